"""The minimum levels of capacity that a buyer's DUME announces, as the clause library names them. Pure.

The levels are announced once: what the DUME asks is not asked again for the rules of the consultation (CCP R2142-7).
"""

from collections.abc import Iterator
from typing import Any

from dume.espd.complete import choices_of
from dume.espd.complete.asking import Choice, Requirements
from dume.espd.model import Amount, Document, Quantity, Value

_EURO = "EUR"
_TURNOVER = frozenset({"gen-year-to", "aver-year-to"})
_REFERENCES = frozenset({"work-perform", "supply-perform", "service-perform"})
_STAFF = frozenset({"manage-staff", "year-manpower"})
_QUALIFICATIONS = frozenset({"qualification", "qa-certif-inst", "qu-certif-indep", "envir-certif-indep"})


def levels(document: Document, lot: str | None = None) -> Iterator[tuple[str, Any]]:
    """Yield facts of ``faits.yaml`` out of a request, for one of its lots when it is given; nothing where it asks no level.

    Amounts that differ from lot to lot have no one value for the whole: the amount is then left to be asked.
    """
    asked = [(one, values) for one in choices_of(document) for values in _sets(one, lot)]
    turnover = {value for one, values in asked if one.code in _TURNOVER for value in _amounts(values)}
    texts = {
        "references": _texts(asked, _REFERENCES),
        "effectifs": _texts(asked, _STAFF),
        "qualifications": _texts(asked, _QUALIFICATIONS),
    }
    codes = ["chiffre_affaires"] if turnover else []
    codes += [key for key, found in texts.items() if found]
    if not codes:
        return
    yield "niveaux_minimaux", "oui"
    yield "niveaux_exiges", codes
    if len(turnover) == 1:
        yield "ca_minimum", f"{turnover.pop():.2f}"
    for key in ("references", "effectifs"):
        if texts[key]:
            yield key, " ".join(texts[key])
    if texts["qualifications"]:
        yield "qualifications", texts["qualifications"]


def _sets(one: Choice, lot: str | None) -> Iterator[Requirements]:
    """Yield the sets of values of a criterion that hold for a lot; none named stands for all."""
    if lot is None or not one.lots or lot in one.lots:
        yield from (found for found in one.requirements if lot is None or not found.lots or lot in found.lots)


def _amounts(found: Requirements) -> Iterator[Any]:
    values = (found.values or {}).values()
    return (value.value for value in values if isinstance(value, Amount) and value.currency == _EURO)


def _texts(asked: list[tuple[Choice, Requirements]], codes: frozenset[str]) -> list[str]:
    """Return what the buyer wrote for these criteria, each once; a number of years to declare is no level."""
    found: list[str] = []
    for one, values in asked:
        if one.code in codes:
            found += [_sentence(value) for value in (values.values or {}).values() if _is_level(one, value)]
    return list(dict.fromkeys(found))


def _is_level(one: Choice, value: Value) -> bool:
    written = isinstance(value, str) and bool(value.strip())
    return written or (isinstance(value, Quantity) and one.code in _REFERENCES)


def _sentence(value: Value) -> str:
    if isinstance(value, Quantity):
        return f"Au moins {value.value:f} références comparables."
    return str(value).strip()
