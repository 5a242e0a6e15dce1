"""Look at who the buyer and the operator are: SIRET numbers, countries, sizes, people."""

from collections.abc import Iterator
from datetime import date

from dume.espd.codes import codes
from dume.espd.findings import Finding, Severity
from dume.espd.model import Address, Document, Identifier, Party
from procurement.core import ids
from procurement.core.errors import DomainError

SIRET_DIGITS = 14


def check(document: Document, today: date) -> Iterator[Finding]:
    """Yield what is wrong with the parties, as JSON Pointers into the document."""
    yield from _party(document.buyer.party, "/buyer/party")
    if document.buyer.service_provider is not None:
        yield from _party(document.buyer.service_provider, "/buyer/service_provider")
    operator = document.economic_operator
    if operator is None:
        return
    yield from _party(operator.party, "/economic_operator/party")
    yield from in_list(operator.size, "economic-operator-size", "/economic_operator/size")
    for at, person in enumerate(operator.representatives):
        place = f"/economic_operator/representatives/{at}"
        yield from _country(person.address, place)
        if person.birth_date is not None and person.birth_date > today:
            quoted = {"date": person.birth_date.isoformat()}
            yield Finding("PLI-DATE-ORDER", Severity.WARNING, f"{place}/birth_date", quoted)


def in_list(value: str, name: str, place: str) -> Iterator[Finding]:
    """Yield a finding when a value that is given is not in a code list of 4.1.0."""
    if value and codes(name).find(value) is None:
        yield Finding("PLI-CODE-UNKNOWN", Severity.WARNING, place, {"value": value, "list": name})


def _party(party: Party, place: str) -> Iterator[Finding]:
    yield from _country(party.address, place)
    for at, identifier in enumerate(party.identifiers):
        number = "".join(identifier.value.split())
        if not _is_siret(number, identifier, party.address.country):
            continue
        try:
            ids.siret(number)
        except DomainError:
            quoted = {"value": identifier.value}
            yield Finding("PLI-SIRET", Severity.WARNING, f"{place}/identifiers/{at}/value", quoted)


def _is_siret(number: str, identifier: Identifier, country: str) -> bool:
    """Tell whether an identifier means to be a SIRET: so it says, or it has its 14 digits in France."""
    if "SIRET" in f"{identifier.agency} {identifier.scheme}".upper():
        return True
    return country == "FRA" and number.isascii() and number.isdigit() and len(number) == SIRET_DIGITS


def _country(address: Address, place: str) -> Iterator[Finding]:
    yield from in_list(address.country, "country", f"{place}/address/country")
