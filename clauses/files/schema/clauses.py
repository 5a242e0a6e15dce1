"""Read ``clauses/<id>.yaml``."""

import re
from collections.abc import Mapping
from datetime import date

from clauses.files.fields import Fields
from clauses.files.nodes import Keys, raw
from clauses.rules.facts import parse_value
from clauses.rules.facts.reading import nearest
from clauses.rules.lang import Vocabulary
from clauses.rules.model import (
    ANY,
    PROCEDURE_FACT,
    TYPE_FACT,
    Clause,
    Derogation,
    Example,
    Fact,
    Help,
    LegalStatus,
    Lock,
    Nature,
    Validity,
    Value,
    Waiver,
)
from procurement.core.errors import Invalid
from procurement.core.text import _

CLAUSE_ID = re.compile(r"(?=.{3,80}$)[a-z0-9_]+(?:\.[a-z0-9_]+)+")
DOCUMENT = re.compile(r"[A-Z][A-Z_]*")
TO_VALIDATE = "a_valider_par_un_juriste"
WAIVABLE = "condition.always_true"
_POLARITY = {"presente": True, "absente": False}


def read_clause(top: Fields, words: Vocabulary) -> Clause:
    """Return one clause; the examples are typed by the dictionary of facts."""
    clause = Clause(
        id=_clause_id(top),
        title=top.text("titre"),
        legal_status=_legal_status(top),
        nature=top.choice("nature", Nature),
        lock=top.choice("verrou", Lock),
        documents=_documents(top),
        contract_types=codes(top, "types_contrat", words.facts, TYPE_FACT),
        procedures=codes(top, "procedures", words.facts, PROCEDURE_FACT),
        validity=_validity(top),
        group=top.identifier("groupe", required=False),
        condition=top.condition("condition", words),
        variables=_variables(top, words.facts),
        bases=top.texts("bases", required=False),
        derogations=tuple(_derogation(fields, words) for fields in top.groups("deroge")),
        help=_help(top),
        examples=tuple(_examples(top, words.facts)),
        waiver=_waiver(top),
        body=top.block("corps"),
        origin=top.origin(),
    )
    top.done()
    return clause


def codes(top: Fields, key: str, facts: Mapping[str, Fact], fact: str) -> tuple[str, ...]:
    """Return a filter: codes of an enumerated fact, or ``*`` alone."""
    found = top.texts(key)
    known = facts[fact].domain.codes if fact in facts else ()
    for code in found:
        if (code == ANY and len(found) > 1) or (code != ANY and code not in known):
            message = _("« %(code)s » n’est pas une valeur de « %(fact)s » ; « * » se met seul.")
            top.fault("clause.filter", message, top.place(key), code=code, fact=fact)
    if not found:
        top.fault("clause.filter", _("Donnez au moins une valeur, ou « * »."), top.place(key))
    return found


def _clause_id(top: Fields) -> str:
    found = top.text("id")
    if found and not CLAUSE_ID.fullmatch(found):
        message = _(
            "« %(id)s » : mots en minuscules séparés par des points, deux au moins, 80 caractères au plus."
        )
        top.fault("clause.id", message, top.place("id"), id=found)
    return found


def _legal_status(top: Fields) -> LegalStatus:
    node = top.node("statut_juridique", required=True)
    if not isinstance(node, Keys):
        text = top.text("statut_juridique", required=False)
        if text and text != TO_VALIDATE:
            message = _("Écrivez %(expected)s, ou valide_par et valide_le.")
            top.fault("clause.status", message, top.place("statut_juridique"), expected=TO_VALIDATE)
        return LegalStatus()
    inner = Fields(node, top.file, top.faults)
    found = LegalStatus(inner.text("valide_par"), inner.day("valide_le", required=True))
    inner.done()
    return found


def _documents(top: Fields) -> tuple[str, ...]:
    found = top.texts("documents")
    for document in found:
        if not DOCUMENT.fullmatch(document):
            message = _("« %(document)s » : un document se nomme en majuscules.")
            top.fault("clause.document", message, top.place("documents"), document=document)
    if not found:
        top.fault("clause.document", _("Nommez au moins un document."), top.place("documents"))
    return found


def _validity(top: Fields) -> Validity:
    inner = top.group("vigueur")
    if inner is None:
        return Validity()
    found = Validity(inner.day("du"), inner.day("au"))
    if found.start and found.end and found.end < found.start:
        inner.fault("clause.validity", _("La période finit avant de commencer."), inner.place("au"))
    inner.done()
    return found


def _variables(top: Fields, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    found = top.texts("variables", required=False)
    for key in found:
        if key not in facts:
            near = ", ".join(nearest(key, list(facts))) or "-"
            message = _("Le fait « %(key)s » n’existe pas. Noms proches : %(near)s.")
            top.fault("clause.variable", message, top.place("variables"), key=key, near=near)
    return found


def _derogation(fields: Fields, words: Vocabulary) -> Derogation:
    found = Derogation(fields.text("ccag"), fields.text("article"), fields.condition("si", words))
    fields.done()
    return found


def _help(top: Fields) -> Help:
    inner = top.group("aide")
    if inner is None:
        return Help()
    found = Help(
        inner.block("court", required=False),
        inner.block("exemple", required=False),
        inner.texts("pieges", required=False),
        inner.text("parcours", required=False),
    )
    inner.done()
    return found


def _examples(top: Fields, facts: Mapping[str, Fact]) -> list[Example]:
    found = []
    for fields in top.groups("exemples"):
        values = example_facts(fields, "faits", facts)
        on = fields.day("le", required=True)
        expected = fields.text("attendu")
        if expected and expected not in _POLARITY:
            fields.fault(
                "example.expected", _("« attendu » vaut presente ou absente."), fields.place("attendu")
            )
        contains = fields.text("contient", required=False)
        fields.done()
        present = _POLARITY.get(expected, True)
        found.append(Example(values, on or date.min, present, contains, fields.origin()))
    return found


def example_facts(top: Fields, key: str, facts: Mapping[str, Fact]) -> dict[str, Value]:
    """Return a typed fact set; each wrong value is noted at its place."""
    inner = top.group(key, required=True)
    found: dict[str, Value] = {}
    for name, node in inner.keys.entries.items() if inner else ():
        if name not in facts:
            near = ", ".join(nearest(name, list(facts))) or "-"
            message = _("Le fait « %(key)s » n’existe pas. Noms proches : %(near)s.")
            top.fault("fact.unknown", message, node.place, key=name, near=near)
            continue
        try:
            found[name] = parse_value(facts[name], raw(node))
        except Invalid as refusal:
            top.faults.refused(refusal, top.file, node.place)
    return found


def _waiver(top: Fields) -> Waiver | None:
    inner = top.group("dispense")
    if inner is None:
        return None
    found = Waiver(inner.text("code"), inner.text("motif"))
    if found.code and found.code != WAIVABLE:
        message = _("Seul « %(code)s » admet une dispense.")
        inner.fault("clause.waiver", message, inner.place("code"), code=WAIVABLE)
    inner.done()
    return found
