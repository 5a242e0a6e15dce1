"""Propose who the operator is: name, address, numbers, size, representatives (part II of the form)."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain

from dume.espd.model import Address, Amount, Identifier, Person, Quantity, Value
from dume.registry.mapping.proposal import (
    ADDRESS,
    IDENTIFIER,
    NAME,
    REPRESENTATIVE,
    SIZE,
    Findings,
    Proposal,
    provenance,
)
from dume.registry.readings.payload import day, number
from procurement.accounts.registry import SourceResult

_INSEE = (
    "insee_establishment",
    "insee_establishment_public",
    "insee_unit",
    "insee_unit_public",
    "insee_head_office",
    "insee_head_office_public",
    "insee_address",
    "insee_address_public",
)
_NAMES = (*_INSEE, "rne_extract", "rcs_extract", "association", "association_public", "rna")
_OFFICERS = ("rcs_officers", "rcs_extract", "rne_extract")
#: Auditors control the accounts: they do not speak for the company.
_NO_SPOKESMAN = ("commissaire",)
_SME = "C65_OT_sme/QG1"
#: Recommendation 2003/361/EC, article 2: people below, turnover in euros at most.
_SIZES = (
    ("micro", 10, Decimal(2_000_000)),
    ("small", 50, Decimal(10_000_000)),
    ("medium", 250, Decimal(50_000_000)),
)
_LARGE = {"ETI", "GE"}


def propose(found: Findings) -> Iterator[Proposal]:
    """Yield what the sources say of the operator."""
    return chain(_names(found), _addresses(found), _numbers(found), _sizes(found), _people(found))


def _place(path: str, value: Value | Address | Person, result: SourceResult, turn: int = 1) -> Proposal:
    return Proposal(property=path, path=path, occurrence=(turn,), value=value, provenance=provenance(result))


def _names(found: Findings) -> Iterator[Proposal]:
    result = next((item for item in found.every(*_NAMES) if item.values.get("name")), None)
    if result:
        yield _place(NAME, str(result.values["name"]), result)


def _addresses(found: Findings) -> Iterator[Proposal]:
    where = (*_INSEE, "association", "association_public", "rna")
    result = next((item for item in found.every(*where) if item.values.get("city")), None)
    if result:
        parts = {name: str(result.values.get(name, "")) for name in ("street", "city", "postcode", "country")}
        yield _place(ADDRESS, Address(**parts), result)


def _numbers(found: Findings) -> Iterator[Proposal]:
    known = next((item for item in found.every(*_INSEE) if item.values.get("siret")), None)
    if known:
        yield _place(IDENTIFIER, Identifier(str(known.values["siret"]), scheme="NATIONAL"), known)
    vat = found.first("vat")
    if vat and vat.values.get("vat"):
        yield _place(IDENTIFIER, Identifier(str(vat.values["vat"]), scheme="VAT"), vat, 2)


def _sizes(found: Findings) -> Iterator[Proposal]:
    result = next((item for item in found.every(*_INSEE) if item.values.get("category")), None)
    if result is None:
        return
    category = str(result.values["category"])
    if category in _LARGE:
        yield _place(SIZE, "large", result)
        yield from found.propose(f"{_SME}/Q1", False, result)
    elif category == "PME":
        yield _place(SIZE, _band(found) or "sme", result)
        yield from found.propose(f"{_SME}/Q1", True, result)
        yield from _figures(found)


def _figures(found: Findings) -> Iterator[Proposal]:
    people, turnover = found.first("headcount_yearly"), found.first("turnover")
    count, amount = _headcount(people), _amount(turnover)
    if people and count is not None:
        yield from found.propose(f"{_SME}/QSG1/Q1", Quantity(count), people)
    if turnover and amount is not None:
        yield from found.propose(f"{_SME}/QSG1/Q2", Amount(amount, "EUR"), turnover)


def _band(found: Findings) -> str:
    """Return the size that figures prove; a turnover above a limit proves nothing, for the balance sheet counts too."""
    count, amount = _headcount(found.first("headcount_yearly")), _amount(found.first("turnover"))
    if count is None or amount is None:
        return ""
    return next((name for name, people, most in _SIZES if count < people and amount <= most), "")


def _headcount(result: SourceResult | None) -> Decimal | None:
    rows = result.values.get("headcount", []) if result else []
    return number(rows[0], "mean") if rows else None


def _amount(result: SourceResult | None) -> Decimal | None:
    rows = result.values.get("turnover", []) if result else []
    return number(rows[0], "amount") if rows else None


def _people(found: Findings) -> Iterator[Proposal]:
    result = next((item for item in found.every(*_OFFICERS) if _spokesmen(item)), None)
    if result is None:
        return
    for turn, row in enumerate(_spokesmen(result), 1):
        person = Person(
            first_name=str(row.get("first", "")),
            family_name=str(row.get("family", "")),
            birth_date=day(row, "born_on"),
            birth_place=str(row.get("born_in", "")),
            role=str(row.get("role", "")),
        )
        yield _place(REPRESENTATIVE, person, result, turn)


def _spokesmen(result: SourceResult) -> list[dict[str, str]]:
    return [
        row
        for row in result.values.get("officers", [])
        if row.get("person") and not any(word in row.get("role", "").lower() for word in _NO_SPOKESMAN)
    ]
