"""The opening: nothing before it, by no route; a deposit, a vendor's statement, what is asked again."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dume import queries, service
from dume.models import Dume
from dume.queries import Relation
from dume.rules import Status
from procurement.core.errors import DomainError
from procurement.core.jobs import Job
from procurement.core.vault import KeyVault
from tests.factories.accounts import Made
from tests.factories.dume import create_response, publish_request, valid_response


def refusal(code: str, call: object, *args: object, **kw: object) -> DomainError:
    with pytest.raises(DomainError) as refused:
        call(*args, **kw)  # type: ignore[operator]  # a verb
    assert refused.value.code == code
    return refused.value


@pytest.fixture
def request_row(session: Session, vault: KeyVault, buyer: Made, now: datetime) -> Dume:
    return publish_request(session, vault, buyer, now)


@pytest.fixture
def response(session: Session, vault: KeyVault, company: Made, request_row: Dume, now: datetime) -> Dume:
    return valid_response(session, vault, company, request_row, now)


def seen(row: Dume, buyer: Made, at: datetime) -> Relation:
    return queries.relation(row, organisation_id=buyer.id, now=at)


def test_a_deposit_publishes_and_holds_its_responses(
    session: Session, response: Dume, company: Made, buyer: Made, now: datetime
) -> None:
    by, deposit = company.identity("depositor"), uuid4()
    for _twice in range(2):
        service.record_deposited(
            session, [response], deposit_id=deposit, buyer_organisation_id=buyer.id, by=by, now=now
        )
    assert (queries.status_of(response), queries.of_deposit(session, deposit)) == (
        Status.PUBLISHED,
        [response],
    )
    refusal("dume.deposited", service.delete, session, response, by=by, now=now)
    service.record_withdrawn(session, deposit, by=by, now=now)
    assert queries.status_of(service.delete(session, response, by=by, now=now)) is Status.DELETED


def test_an_unsworn_response_is_not_deposited(
    session: Session, vault: KeyVault, request_row: Dume, company: Made, now: datetime
) -> None:
    row = create_response(session, vault, company, request_row, now)
    asked = {"deposit_id": uuid4(), "buyer_organisation_id": None, "by": None, "now": now}
    refusal("dume.not_validated", service.record_deposited, session, [row], **asked)


def test_the_buyer_reads_a_deposited_response_from_its_opening_on(
    session: Session, request_row: Dume, response: Dume, company: Made, buyer: Made, now: datetime
) -> None:
    deposit, at = uuid4(), now + timedelta(days=11)
    service.record_deposited(
        session,
        [response],
        deposit_id=deposit,
        buyer_organisation_id=buyer.id,
        by=company.identity("depositor"),
        now=now,
    )
    # A statement about the request opens no sealed bid.
    service.state_opening(session, request_row, opened_at=at, said_by="Ville", by=None, now=at)
    assert seen(response, buyer, at) is Relation.WAITING_BUYER
    refusal("dume.not_opened", service.check_opened, [response], at)
    assert service.record_opened(session, deposit, by=buyer.identity("opener"), at=at) == (response,)
    assert seen(response, buyer, at - timedelta(seconds=1)) is Relation.WAITING_BUYER
    assert seen(response, buyer, at) is Relation.BUYER
    service.check_opened([response], at)


def test_a_vendors_statement_opens_after_the_deadline_only(
    session: Session, request_row: Dume, response: Dume, company: Made, buyer: Made, now: datetime
) -> None:
    service.publish(session, response, by=company.identity("depositor"), now=now)
    assert request_row.closes_at is not None
    closes, late = request_row.closes_at, request_row.closes_at + timedelta(hours=1)
    said = {"said_by": "Commission", "by": None}
    for opened_at, at in ((closes, closes), (closes, late), (late + timedelta(1), late)):
        refusal(
            "dume.too_early", service.state_opening, session, request_row, opened_at=opened_at, now=at, **said
        )
    assert seen(response, buyer, late) is Relation.WAITING_BUYER
    refusal("dume.not_opened", service.check_opened, [response], late)
    service.state_opening(session, request_row, opened_at=late, now=late, **said)
    assert seen(response, buyer, late) is Relation.BUYER
    again = late + timedelta(days=1)
    service.state_opening(session, request_row, opened_at=again, now=again, **said)
    assert request_row.opened_at == late


def test_a_request_without_a_deadline_is_never_stated_open(
    session: Session, request_row: Dume, now: datetime
) -> None:
    request_row.closes_at = None
    session.flush()
    at = now + timedelta(days=99)
    refusal(
        "dume.too_early",
        service.state_opening,
        session,
        request_row,
        opened_at=at,
        said_by="",
        by=None,
        now=at,
    )


def test_an_unpublished_response_stays_closed_whatever_is_stated(
    session: Session, request_row: Dume, response: Dume, buyer: Made, now: datetime
) -> None:
    at = now + timedelta(days=11)
    service.state_opening(session, request_row, opened_at=at, said_by="Ville", by=None, now=at)
    assert seen(response, buyer, at) is Relation.WAITING_BUYER


def test_a_statement_has_the_responses_checked_in_a_job(
    session: Session, request_row: Dume, now: datetime
) -> None:
    at = now + timedelta(days=11)
    service.state_opening(session, request_row, opened_at=at, said_by="Ville", by=None, now=at)
    jobs = session.scalars(select(Job).where(Job.kind == "dume.opened")).all()
    assert [job.payload for job in jobs] == [{"request": str(request_row.id)}]
