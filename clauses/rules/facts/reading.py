"""Type what files and forms give for a fact: text, or lists and mappings of text."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

from clauses.rules.facts.scalars import SCALARS, read_text
from clauses.rules.model import (
    ORDERED,
    RECORD_KEYS,
    Column,
    Domain,
    Duration,
    Fact,
    FactType,
    Label,
    Record,
    Value,
)
from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _

#: What a strict YAML reader or a decoded JSON body hands over.
Raw: TypeAlias = str | Sequence["Raw"] | Mapping[str, "Raw"]

MAX_ITEMS = 500


def parse_value(fact: Fact, raw: Raw) -> Value:
    """Return the typed value of ``raw``; raise `Invalid` with a ``fact.…`` code and a sentence."""
    value = _typed(fact, raw)
    _check_bounds(fact, value)
    return value


def parse_facts(facts: Mapping[str, Fact], raw: Mapping[str, Raw]) -> dict[str, Value]:
    """Type a whole fact set; raise one `Invalid` that names every unknown key and mistyped value."""
    found: dict[str, Value] = {}
    errors: list[FieldError] = []
    for key, given in raw.items():
        fact = facts.get(key)
        if fact is None:
            errors.append(_unknown(facts, key))
            continue
        try:
            found[key] = parse_value(fact, given)
        except Invalid as refusal:
            errors.append(
                FieldError(key, refusal.code, refusal.message, {**refusal.params, "type": fact.type.value})
            )
    if errors:
        message = _("Des faits sont inconnus ou mal typés : %(names)s.")
        raise Invalid(
            "clauses.facts", message, errors=tuple(errors), names=", ".join(one.field for one in errors)
        )
    return found


def nearest(word: str, known: Sequence[str]) -> list[str]:
    """Return up to three known names that look like ``word``."""
    return difflib.get_close_matches(word, known, n=3, cutoff=0.6)


def _unknown(facts: Mapping[str, Fact], key: str) -> FieldError:
    near = nearest(key, list(facts))
    message = _("Il n’y a pas de fait « %(key)s ». Noms proches : %(near)s.")
    return FieldError(
        key, "fact.unknown", message, {"key": key, "near": ", ".join(near) or "-", "nearest": near}
    )


def _typed(fact: Fact, raw: Raw) -> Value:
    if fact.type is FactType.ENUM:
        return _code(fact, _text(raw))
    if fact.type is FactType.SET:
        return frozenset(_code(fact, _text(item)) for item in _items(raw, split=True))
    if fact.type is FactType.TEXTS:
        return tuple(_filled(_text(item)) for item in _items(raw))
    if fact.type is FactType.RECORDS:
        return tuple(_row(fact.domain.columns, item) for item in _items(raw))
    if fact.type in RECORD_KEYS:
        return _fixed_record(fact.type, raw)
    return SCALARS[fact.type](_text(raw))


def _text(raw: Raw) -> str:
    if not isinstance(raw, str):
        raise Invalid(
            "fact.shape", _("Une seule valeur est attendue ici, pas une liste ni un groupe de clés.")
        )
    return raw


def _filled(text: str) -> str:
    read = read_text(text)
    if not read:
        raise Invalid("fact.empty", _("Une ligne de la liste est vide."))
    return read


def _items(raw: Raw, *, split: bool = False) -> Sequence[Raw]:
    if isinstance(raw, str) and split:
        return [part.strip() for part in raw.split(",") if part.strip()]
    if isinstance(raw, str | Mapping):
        raise Invalid("fact.shape", _("Une liste est attendue ici."))
    if len(raw) > MAX_ITEMS:
        raise Invalid("fact.too_many", _("Cette liste dépasse %(most)s lignes."), most=MAX_ITEMS)
    return raw


def _code(fact: Fact, text: str) -> str:
    code = text.strip()
    if code not in fact.domain.codes:
        message = _("« %(text)s » n’est pas une valeur de « %(fact)s ». Valeurs : %(values)s.")
        values = ", ".join(fact.domain.codes)
        raise Invalid("fact.value", message, text=code[:40], fact=fact.key, values=values)
    return code


def _row(columns: Sequence[Column], raw: Raw) -> Record:
    given = _mapping(raw)
    known = {column.key: column for column in columns}
    _refuse_unknown(given, tuple(known))
    lacking = [key for key, column in known.items() if key not in given and not column.optional]
    if lacking:
        raise Invalid("fact.column", _("Il manque la colonne %(names)s."), names=", ".join(lacking))
    return {key: _cell(known[key], given[key]) for key in known if key in given}


def _cell(column: Column, raw: Raw) -> Value:
    fact = Fact(column.key, column.type, column.label, domain=Domain(values=column.values))
    return parse_value(fact, raw)


def _fixed_record(kind: FactType, raw: Raw) -> Record:
    """Read an organisation, a person, an address; one text alone is its first key."""
    keys = RECORD_KEYS[kind]
    given = {keys[0]: raw} if isinstance(raw, str) else _mapping(raw)
    _refuse_unknown(given, keys)
    if keys[0] not in given:
        raise Invalid("fact.column", _("Il manque la colonne %(names)s."), names=keys[0])
    return {key: _record_part(key, given[key]) for key in keys if key in given}


def _record_part(key: str, raw: Raw) -> Value:
    kind = FactType.SIRET if key == "siret" else FactType.TEXT
    return _typed(Fact(key, kind, Label(key)), raw)


def _mapping(raw: Raw) -> Mapping[str, Raw]:
    if not isinstance(raw, Mapping):
        raise Invalid("fact.shape", _("Un groupe de clés est attendu ici."))
    return raw


def _refuse_unknown(given: Mapping[str, Raw], known: tuple[str, ...]) -> None:
    extra = [key for key in given if key not in known]
    if extra:
        message = _("Colonne inconnue : %(names)s. Colonnes : %(known)s.")
        raise Invalid("fact.column", message, names=", ".join(extra), known=", ".join(known))


def _check_bounds(fact: Fact, value: Value) -> None:
    if isinstance(value, Duration):
        _check_unit(fact, value)
    if fact.type in ORDERED:
        _check_range(fact, value)
    domain = fact.domain
    if isinstance(value, tuple | frozenset):
        low, high = domain.min_size, domain.max_size
        if (low is not None and len(value) < low) or (high is not None and len(value) > high):
            message = _("« %(fact)s » compte %(size)s valeurs : il en faut de %(low)s à %(high)s.")
            raise Invalid(
                "fact.size", message, fact=fact.key, size=len(value), low=low or 0, high=high or MAX_ITEMS
            )


def _check_unit(fact: Fact, value: Duration) -> None:
    if fact.unit and value.unit != fact.unit:
        message = _("« %(fact)s » se compte en %(unit)s, pas en %(other)s.")
        raise Invalid("fact.unit", message, fact=fact.key, unit=fact.unit, other=value.unit.value)


def _check_range(fact: Fact, value: Value) -> None:
    number = cast("Any", value)
    if isinstance(value, Duration):
        number = value.number
    low, high = (_bound(bound) for bound in (fact.domain.minimum, fact.domain.maximum))
    if (low is not None and number < low) or (high is not None and number > high):
        message = _("« %(fact)s » : %(value)s est hors des bornes %(low)s à %(high)s.")
        shown = ["…" if bound is None else str(bound) for bound in (low, high)]
        raise Invalid("fact.range", message, fact=fact.key, value=str(value), low=shown[0], high=shown[1])


def _bound(bound: Value | None) -> Any:
    return bound.number if isinstance(bound, Duration) else bound


def without_bounds(fact: Fact) -> Fact:
    """Return the fact as it is while its own bounds are being read."""
    return replace(fact, domain=Domain(values=fact.domain.values, columns=fact.domain.columns))
