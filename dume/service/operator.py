"""What sources say of the operator itself (name, address, numbers, people): proposed beside the document, never in it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from dume.espd.model import Address, EconomicOperator, Identifier, Person, Provenance
from dume.models import Dume
from dume.queries.content import open_bytes, revision
from dume.registry import records
from dume.registry.mapping import Proposal
from dume.registry.mapping.proposal import ADDRESS, IDENTIFIER, NAME, REPRESENTATIVE, SIZE
from dume.service.terms import Place
from dume.service.writing import seal
from procurement.core.vault import KeyVault

__all__ = [
    "OperatorProposal",
    "accept",
    "is_operators",
    "propose_operator",
    "proposed_operator",
    "write_proposals",
]

_PREFIX = "EO/"
OperatorValue = str | Address | Identifier | Person


@dataclass(frozen=True, kw_only=True)
class OperatorProposal:
    """A value for a place of the operator (``EO/name``, ``EO/address``...), with where it comes from."""

    place: Place
    value: OperatorValue = field(repr=False)
    provenance: Provenance


def is_operators(place: Place) -> bool:
    """Tell whether a place is one of the operator itself, not a question."""
    return place.property.startswith(_PREFIX)


def proposed_operator(session: Session, vault: KeyVault, row: Dume) -> tuple[OperatorProposal, ...]:
    """Return what is proposed of the operator and waits for a person."""
    found = revision(session, row, None, "proposals")
    if found.proposals is None:
        return ()
    return tuple(_load(item) for item in json.loads(open_bytes(session, vault, row, found, "proposals")))


def write_proposals(
    session: Session, vault: KeyVault, row: Dume, proposals: Iterable[OperatorProposal]
) -> None:
    """Keep what is proposed of the operator, in place of what was."""
    found = revision(session, row, None, "proposals")
    kept = [_dump(one) for one in proposals]
    content = json.dumps(kept, ensure_ascii=False).encode()
    found.proposals = seal(session, vault, row, found, "proposals", content) if kept else None
    session.flush()


def propose_operator(
    operator: EconomicOperator, proposals: Iterable[Proposal], known: Iterable[OperatorProposal]
) -> tuple[OperatorProposal, ...]:
    """Return what waits already and what is new: only for what the operator does not say yet."""
    waiting = {one.place: one for one in known}
    for one in proposals:
        place = Place(property=one.property, occurrence=one.occurrence)
        if is_operators(place) and isinstance(one.value, str | Address | Identifier | Person):
            made = OperatorProposal(place=place, value=one.value, provenance=one.provenance)
            if not _said(operator, made):
                waiting[place] = made
    return tuple(waiting.values())


def accept(operator: EconomicOperator, one: OperatorProposal) -> EconomicOperator:
    """Return the operator with a value that a person confirmed."""
    party, value = operator.party, one.value
    if isinstance(value, Address):
        return replace(operator, party=replace(party, address=value))
    if isinstance(value, Identifier):
        return replace(operator, party=replace(party, identifiers=(*party.identifiers, value)))
    if isinstance(value, Person):
        return replace(operator, representatives=(*operator.representatives, value))
    if one.place.property == NAME:
        return replace(operator, party=replace(party, name=value))
    return replace(operator, size=value)


def _said(operator: EconomicOperator, one: OperatorProposal) -> bool:
    """Tell whether the operator says something at this place already."""
    value = one.value
    if isinstance(value, Identifier):
        return any(known.value == value.value for known in operator.party.identifiers)
    if isinstance(value, Person):
        names = {(known.first_name, known.family_name) for known in operator.representatives}
        return (value.first_name, value.family_name) in names
    said = {NAME: operator.party.name, SIZE: operator.size}
    if isinstance(value, Address):
        return operator.party.address != Address()
    return bool(said[one.place.property])


def _dump(one: OperatorProposal) -> dict[str, Any]:
    return {
        "property": one.place.property,
        "occurrence": list(one.place.occurrence),
        "value": records.plain(one.value),
        "provenance": records.plain(one.provenance),
    }


def _load(item: dict[str, Any]) -> OperatorProposal:
    place = Place(property=item["property"], occurrence=tuple(item["occurrence"]))
    provenance = Provenance(**item["provenance"])
    return OperatorProposal(place=place, value=_value(item["property"], item["value"]), provenance=provenance)


def _value(place: str, value: Any) -> OperatorValue:
    if place == ADDRESS:
        return Address(**value)
    if place == IDENTIFIER:
        return Identifier(**value)
    if place == REPRESENTATIVE:
        born = value.get("birth_date")
        return Person(**{**value, "birth_date": date.fromisoformat(born) if born else None})
    return str(value)
