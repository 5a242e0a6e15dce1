"""Requests and responses for tests, made through the room's own verbs; answers that hold, question by question."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from dume import queries, service
from dume.espd import codec, complete
from dume.espd.model import (
    Address,
    Amount,
    Buyer,
    Code,
    Contact,
    Document,
    EconomicOperator,
    Identifier,
    Lot,
    Party,
    Period,
    Procedure,
    Property,
    Quantity,
)
from dume.espd.value_codec import shape
from dume.models import Dume
from dume.rules import Mode, Role
from dume.service import Given, Place, RequestDraft, ResponseDraft, Tie
from dume.service.answers import properties
from dume.service.owners import owner_of
from procurement.core.vault import KeyVault
from tests.factories.accounts import Made

REFERENCE = "2027-000042"
#: A short request: the eight grounds that BR-REQ-30 wants, and two selection criteria.
CHOICES = tuple(
    complete.Choice(code)
    for code in (
        "crime-org", "corruption", "fraud", "terr-offence", "finan-laund", "human-traffic", "tax-pay", "socsec-pay",
        "gen-year-to", "year-manpower",
    )
)  # fmt: skip
_VALUES: dict[type, Callable[[Property], Any]] = {
    bool: lambda _entry: False,
    str: lambda _entry: "Sans objet",
    Decimal: lambda _entry: Decimal(12),
    date: lambda _entry: date(2026, 6, 30),
    Amount: lambda _entry: Amount(Decimal("1250000.50"), "EUR"),
    Code: lambda _entry: Code("FRA", "country"),
    Identifier: lambda _entry: Identifier("ESSAI-1"),
    Period: lambda _entry: Period(date(2025, 1, 1), date(2025, 12, 31)),
    Quantity: lambda entry: Quantity(Decimal(2025), "YEAR" if entry.value_type.endswith("_YEAR") else ""),
}


def buyer_of(made: Made) -> Buyer:
    """Return the buyer of a request."""
    return Buyer(party=party_of(made))


def party_of(made: Made) -> Party:
    """Return an organisation as a document names it."""
    found = made.organisation
    return Party(
        identifiers=(Identifier(found.siret, scheme="NATIONAL"),),
        name=found.legal_name,
        website="https://exemple.test",
        endpoint=Identifier("achats@exemple.test", scheme="EM"),
        address=Address(found.address, found.city, found.postal_code, found.country),
        contact=Contact("Service des marchés", "+33 1 02 03 04 05", "", "achats@exemple.test"),
    )


def request_draft(made: Made, *, lots: int = 0, mode: Mode = Mode.STANDARD) -> RequestDraft:
    """Return what a buyer begins with."""
    return RequestDraft(
        buyer=buyer_of(made),
        procedure=Procedure("open", "Rénovation du gymnase", "Isolation et ventilation.", ("45000000",)),
        lots=tuple(Lot(f"LOT-{number:04d}", f"Lot {number}") for number in range(1, lots + 1)),
        mode=mode,
        choices=CHOICES if mode is Mode.STANDARD else (),
    )


def create_request(
    session: Session, vault: KeyVault, made: Made, now: datetime, *, lots: int = 0, mode: Mode = Mode.STANDARD
) -> Dume:
    """Begin a request of a buyer."""
    by = made.identity("drafter")
    draft = request_draft(made, lots=lots, mode=mode)
    return service.create_request(session, vault, draft, owner=owner_of(by), by=by, now=now)


def tie(now: datetime, *, reference: str = REFERENCE, lots: tuple[str, ...] = ()) -> Tie:
    """Return a consultation that closes in ten days."""
    return Tie(reference=reference, lots=lots, closes_at=now + timedelta(days=10))


def publish_request(
    session: Session, vault: KeyVault, made: Made, now: datetime, *, lots: int = 0, reference: str = REFERENCE
) -> Dume:
    """Begin, validate and publish a request."""
    row = create_request(session, vault, made, now, lots=lots)
    by = made.identity("publisher")
    checked = service.validate(session, vault, row, by=by, now=now)
    assert checked.ready, checked.findings
    service.publish(session, row, tie=tie(now, reference=reference), by=by, now=now)
    return row


def publish_for(
    session: Session,
    vault: KeyVault,
    made: Made,
    consultation: Any,
    now: datetime,
    *,
    choices: tuple[complete.Choice, ...] = CHOICES,
) -> Dume:
    """Publish a request that goes with a consultation (a ``ConsultationView``), lot by lot."""
    draft = RequestDraft(
        buyer=buyer_of(made),
        procedure=Procedure("open", consultation.title, consultation.description, ("45000000",)),
        lots=tuple(Lot(f"LOT-{one.number:04d}", one.title) for one in consultation.lots),
        choices=choices,
    )
    by = made.identity("drafter")
    tied = Tie(
        reference=consultation.reference,
        consultation_id=consultation.id,
        closes_at=consultation.closes_at,
        buyer_organisation_id=made.id,
    )
    row = service.create_request(session, vault, draft, owner=owner_of(by), by=by, now=now, tie=tied)
    checked = service.validate(session, vault, row, by=by, now=now)
    assert checked.ready, checked.findings
    service.publish(session, row, tie=tied, by=made.identity("publisher"), now=now)
    return row


def operator_of(made: Made, role: Role = Role.SOLE) -> EconomicOperator:
    """Return a company as its response names it."""
    return EconomicOperator(party=party_of(made), role=role, size="medium")


def create_response(
    session: Session,
    vault: KeyVault,
    made: Made,
    request: Dume,
    now: datetime,
    *,
    role: Role = Role.SOLE,
    **draft: Any,
) -> Dume:
    """Begin a response of a company to a published request."""
    by = made.identity("depositor")
    asked = ResponseDraft(role=role, request=request, operator=operator_of(made, role), **draft)
    return service.create_response(session, vault, asked, owner=owner_of(by), by=by, now=now)


def value_for(entry: Property) -> Any:
    """Return a value that fits a question."""
    return _VALUES[shape(entry.value_type)](entry)


def answers_for(what: Document) -> list[Given]:
    """Return an answer to every question that lacks one, as a client would send it."""
    known = properties(what)
    return [
        Given(
            place=Place(property=one.property, occurrence=one.occurrence),
            value=codec.dump_value(value_for(known[one.property])),
        )
        for one in complete.missing(what)
    ]


def answer_all(session: Session, vault: KeyVault, row: Dume, made: Made, now: datetime) -> Document:
    """Answer until nothing is missing: an answer may show further questions."""
    what = queries.document(session, vault, row)
    for _round in range(8):
        given = answers_for(what)
        if not given:
            return what
        what = service.answer(session, vault, row, given, by=made.identity("depositor"), now=now)
    raise AssertionError(f"still missing: {complete.missing(what)[:3]}")


def valid_response(
    session: Session, vault: KeyVault, made: Made, request: Dume, now: datetime, **draft: Any
) -> Dume:
    """Begin a response, answer everything and validate it."""
    row = create_response(session, vault, made, request, now, **draft)
    answer_all(session, vault, row, made, now)
    checked = service.validate(session, vault, row, by=made.identity("depositor"), now=now)
    assert checked.ready, checked.findings
    return row
