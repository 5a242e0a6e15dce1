"""Read ``parametres.yaml``: the dated figures of the law."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from clauses.files.fields import Fields
from clauses.files.nodes import Items
from clauses.rules.facts.scalars import read_date
from clauses.rules.model import ANY, BUYER_FACT, NATURE_FACT, Fact, Parameter
from procurement.core.errors import Invalid
from procurement.core.text import _

_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,4})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_parameters(top: Fields) -> tuple[tuple[Parameter, Fields], ...]:
    """Return each period of each parameter, with the keys it was read from."""
    found: list[tuple[Parameter, Fields]] = []
    kinds: dict[str, type] = {}
    for fields in top.groups("parametres", required=True):
        parameter = _parameter(fields)
        if parameter is None:
            continue
        kind = kinds.setdefault(parameter.key, type(parameter.value))
        if kind is not type(parameter.value):
            message = _("« %(key)s » est tantôt une date, tantôt un nombre.")
            fields.fault("param.type", message, fields.place("valeur"), key=parameter.key)
            continue
        found.append((parameter, fields))
    top.done()
    return tuple(found)


def check_selectors(parameters: tuple[tuple[Parameter, Fields], ...], facts: Mapping[str, Fact]) -> None:
    """Note buyers and natures that the dictionary does not know, and keys that are also facts."""
    for parameter, fields in parameters:
        selectors = (
            ("categorie_acheteur", BUYER_FACT, parameter.buyer_category),
            ("nature_achat", NATURE_FACT, parameter.nature),
        )
        for key, fact, values in selectors:
            known = facts[fact].domain.codes if fact in facts else ()
            for value in values:
                if value != ANY and value not in known:
                    message = _("« %(value)s » n’est pas une valeur de « %(fact)s ».")
                    fields.fault("param.selector", message, fields.place(key), value=value, fact=fact)
        if parameter.key in facts:
            message = _("« %(key)s » est déjà le nom d’un fait.")
            fields.fault("param.key", message, fields.place("cle"), key=parameter.key)


def _parameter(fields: Fields) -> Parameter | None:
    key = fields.identifier("cle")
    value = fields.read("valeur", _value, required=True)
    start = fields.day("du", required=True)
    end = fields.day("au")
    buyer, nature = _selector(fields, "categorie_acheteur"), _selector(fields, "nature_achat")
    unit, source = fields.text("unite", required=False), fields.text("source")
    verified = fields.text("verifie_par", required=False)
    name = fields.text("libelle", required=False)
    fields.done()
    if start is not None and end is not None and end < start:
        fields.fault("param.period", _("La période finit avant de commencer."), fields.place("au"))
    if value is None or start is None or not key:
        return None
    return Parameter(key, value, start, end, buyer, nature, unit, source, verified, name, fields.origin())


def _selector(fields: Fields, key: str) -> tuple[str, ...]:
    """Return one code, several, or ``*`` when the key is absent."""
    if not fields.has(key):
        return (ANY,)
    if isinstance(fields.node(key), Items):
        return fields.texts(key) or (ANY,)
    return (fields.text(key) or ANY,)


def _value(text: str) -> Decimal | date:
    if _DATE.fullmatch(text):
        return read_date(text)
    if not _NUMBER.fullmatch(text):
        message = _("« %(text)s » n’est ni un nombre (140000.00) ni une date (2026-08-22).")
        raise Invalid("param.value", message, text=text)
    return Decimal(text)
