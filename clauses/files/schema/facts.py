"""Read ``faits.yaml``: the dictionary of facts."""

import re
from collections.abc import Mapping
from dataclasses import replace

from clauses.files.fields import IDENTIFIER, Fields
from clauses.files.nodes import Keys, Text, raw
from clauses.rules.facts import COMPUTED, parse_value
from clauses.rules.facts.reading import without_bounds
from clauses.rules.lang import Vocabulary
from clauses.rules.model import (
    ORDERED,
    TEXTUAL,
    TYPE_NAMES,
    Choice,
    Column,
    Domain,
    DurationUnit,
    Fact,
    FactType,
    Label,
    Scope,
    Source,
    Value,
)
from procurement.core.errors import Invalid
from procurement.core.text import _

_TYPES = {name: kind for kind, name in TYPE_NAMES.items()}
_CODE = re.compile(r"[^\W\d]\w*|[0-9]{1,9}")
_WORDS = frozenset({"et", "ou", "dans", "contient"})
_LISTS = frozenset({FactType.SET, FactType.RECORDS, FactType.TEXTS})
_LISTED = frozenset({FactType.ENUM, FactType.SET})
_CELLS = (
    frozenset(FactType) - _LISTS - {FactType.RICH, FactType.ORGANISATION, FactType.PERSON, FactType.ADDRESS}
)


def read_facts(top: Fields) -> dict[str, Fact]:
    """Return the facts, without ``pertinent_si``: a condition needs all facts to be typed."""
    found: dict[str, Fact] = {}
    for fields in top.groups("faits", required=True):
        fact = _fact(fields)
        if fact.key in found:
            fields.fault(
                "fact.duplicate",
                _("Le fait « %(key)s » est défini deux fois."),
                fields.place("cle"),
                key=fact.key,
            )
        elif fact.key:
            found[fact.key] = fact
    top.done()
    _check_computed(found, top)
    return found


def with_relevance(top: Fields, facts: Mapping[str, Fact], words: Vocabulary) -> dict[str, Fact]:
    """Return the facts with ``pertinent_si`` and ``neutre``, which only come together."""
    found = dict(facts)
    for fields in top.groups("faits"):
        key = fields.text("cle", required=False)
        if key not in facts:
            continue
        condition = fields.condition("pertinent_si", words)
        neutral = _neutral(fields, facts[key])
        if fields.has("pertinent_si") != fields.has("neutre"):
            message = _("« pertinent_si » et « neutre » vont ensemble : donnez les deux ou aucun.")
            fields.fault("fact.neutral", message, fields.place("pertinent_si"))
        found[key] = replace(facts[key], relevant_if=condition, neutral=neutral)
    return found


def _fact(fields: Fields) -> Fact:
    fact = Fact(
        key=fields.identifier("cle", pattern=IDENTIFIER),
        type=_type(fields),
        label=label(fields),
        question=fields.text("question", required=False),
        help=fields.block("aide", required=False),
        scope=fields.choice("portee", Scope, Scope.CONSULTATION),
        source=fields.choice("source", Source, Source.ANSWER),
        unit=fields.text("unite", required=False),
        personal_data=fields.flag("donnee_personnelle"),
        origin=fields.origin(),
    )
    fields.node("pertinent_si")
    fields.node("neutre")
    _check_unit(fields, fact)
    fact = replace(fact, domain=_domain(fields, fact))
    fields.done()
    return fact


def _type(fields: Fields) -> FactType:
    text = fields.text("type")
    if text and text not in _TYPES:
        message = _("« %(text)s » n’est pas un type de fait. Types : %(types)s.")
        fields.fault("fact.type", message, fields.place("type"), text=text, types=", ".join(_TYPES))
    return _TYPES.get(text, FactType.TEXT)


def label(fields: Fields) -> Label:
    """Return a label: French text alone, or ``fr`` and ``en``."""
    node = fields.node("libelle", required=True)
    if not isinstance(node, Keys):
        return Label(fields.text("libelle", required=False))
    inner = Fields(node, fields.file, fields.faults)
    found = Label(inner.text("fr"), inner.text("en", required=False))
    inner.done()
    return found


def _check_unit(fields: Fields, fact: Fact) -> None:
    if fact.type is FactType.AMOUNT and fact.unit not in {"HT", "TTC"}:
        fields.fault("fact.unit", _("Un montant dit son unité : HT ou TTC."), fields.place("unite"))
    if fact.type is FactType.DURATION and fact.unit and fact.unit not in set(DurationUnit):
        message = _("Une durée se compte en %(units)s.")
        fields.fault("fact.unit", message, fields.place("unite"), units=", ".join(DurationUnit))


def _domain(fields: Fields, fact: Fact) -> Domain:
    inner = fields.group("domaine", required=fact.type in _LISTED or fact.type is FactType.RECORDS)
    if inner is None:
        return Domain()
    found = Domain()
    if fact.type in _LISTED:
        found = replace(found, values=_values(inner, required=True))
    if fact.type is FactType.RECORDS:
        found = replace(found, columns=_columns(inner))
    if fact.type in ORDERED:
        found = replace(found, minimum=_bound(inner, "min", fact), maximum=_bound(inner, "max", fact))
    if fact.type in _LISTS:
        found = replace(found, min_size=inner.count("taille_min"), max_size=inner.count("taille_max"))
    inner.done()
    return found


def _bound(fields: Fields, key: str, fact: Fact) -> Value | None:
    return fields.read(key, lambda text: parse_value(without_bounds(fact), text))


def _values(fields: Fields, *, required: bool) -> tuple[Choice, ...]:
    found: list[Choice] = []
    for inner in fields.groups("valeurs", required=required):
        code = inner.text("valeur")
        if code and (not _CODE.fullmatch(code) or code in _WORDS):
            message = _(
                "« %(code)s » ne peut pas être un code : un seul mot, qui n’est pas et, ou, dans, contient."
            )
            inner.fault("fact.code", message, inner.place("valeur"), code=code)
        if code in {choice.value for choice in found}:
            message = _("La valeur « %(code)s » est écrite deux fois.")
            inner.fault("fact.code", message, inner.place("valeur"), code=code)
        found.append(Choice(code, label(inner)))
        inner.done()
    return tuple(found)


def _columns(fields: Fields) -> tuple[Column, ...]:
    found: list[Column] = []
    for inner in fields.groups("champs", required=True):
        column = _column(inner)
        if column.key in {known.key for known in found}:
            message = _("La colonne « %(key)s » est écrite deux fois.")
            inner.fault("fact.column", message, inner.place("cle"), key=column.key)
        found.append(column)
    return tuple(found)


def _column(fields: Fields) -> Column:
    kind = _type(fields)
    if kind not in _CELLS:
        message = _("Une colonne ne peut pas être de type %(type)s.")
        fields.fault("fact.column", message, fields.place("type"), type=TYPE_NAMES[kind])
    column = Column(
        fields.identifier("cle"),
        kind,
        label(fields),
        values=_values(fields, required=True) if kind is FactType.ENUM else (),
        unit=fields.text("unite", required=False),
        optional=fields.flag("facultatif"),
    )
    fields.done()
    return column


def _neutral(fields: Fields, fact: Fact) -> Value | None:
    node = fields.node("neutre")
    if node is None:
        return None
    if isinstance(node, Text) and not node.text and fact.type in TEXTUAL | {FactType.RICH}:
        return ""
    try:
        return parse_value(without_bounds(fact), raw(node))
    except Invalid as refusal:
        fields.faults.refused(refusal, fields.file, node.place)
        return None


def _check_computed(facts: Mapping[str, Fact], top: Fields) -> None:
    for fact in facts.values():
        if fact.source is not Source.COMPUTED:
            continue
        place = fact.origin.at("source")
        computation = COMPUTED.get(fact.key)
        if computation is None:
            message = _("Le fait « %(key)s » n’a pas de calcul. Calculs connus : %(known)s.")
            top.fault("fact.computed", message, place, key=fact.key, known=", ".join(COMPUTED))
            continue
        lacking = [key for key in computation.needs if key not in facts]
        if lacking:
            message = _("Le calcul de « %(key)s » demande les faits %(names)s.")
            top.fault("fact.computed", message, place, key=fact.key, names=", ".join(lacking))
