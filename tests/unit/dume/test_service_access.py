"""Who finds what by its address: owner, buyer, another tenant, nobody; deny by default."""

import threading
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from pyramid.authorization import ACLHelper, Everyone
from sqlalchemy.orm import Session

from dume import queries, routes, service
from dume.models import Dume
from dume.rules import Owner, OwnerKind, Role, Status
from dume.service import ResponseDraft, link_owner
from procurement.accounts.models.clients import ApiClient
from procurement.accounts.rules.clients import ClientState
from procurement.core.db import Database
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.security import Identity
from procurement.core.vault import KeyVault
from tests.factories.accounts import Made, create_buyer
from tests.factories.dume import (
    answer_all,
    create_request,
    create_response,
    operator_of,
    publish_request,
    request_draft,
    tie,
    valid_response,
)


def ask(session: Session, identity: Identity | None, now: datetime, **match: str) -> Any:
    """Return what a factory sees of a request."""
    return SimpleNamespace(db=session, identity=identity, now=now, matchdict=match, cookies={})


def granted(resource: Any, identity: Identity | None) -> set[str]:
    """Return the permissions of this room and the scopes that a resource gives somebody."""
    held = identity.principals() if identity else [Everyone]
    return {
        one.name
        for one in Permission
        if one.value.startswith(("dume:", "api:")) and ACLHelper().permits(resource, held, one)
    }


def code(factory: Any, request: Any) -> str:
    with pytest.raises(DomainError) as refused:
        factory(request)
    return refused.value.code


def client_identity(session: Session, now: datetime, *scopes: str) -> Identity:
    row = ApiClient(
        public_id=uuid4().hex, name="Éditeur", email="api@essai.example", state=ClientState.SANDBOX, scopes=[],
        return_urls=[], pepper_sealed=b"", created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return Identity(
        person_id=row.id, name=row.name, email=row.email, client_id=row.id, scopes=frozenset(scopes)
    )


def test_a_request_is_its_buyers_by_role_and_unknown_to_others(
    session: Session, vault: KeyVault, buyer: Made, company: Made, now: datetime
) -> None:
    row = create_request(session, vault, buyer, now)
    seen = {
        role: granted(
            routes.request_by_id(ask(session, buyer.identity(role), now, id_dume=row.id_dume)),
            buyer.identity(role),
        )
        for role in ("drafter", "publisher", "observer", "administrator")
    }
    assert seen == {
        "drafter": {"DUME_EDIT", "DUME_VIEW"},
        "publisher": {"DUME_PUBLISH", "DUME_VIEW"},
        "observer": {"DUME_READ_OPENED", "DUME_VIEW"},
        "administrator": set(),
    }
    stranger = create_buyer(session, now)
    for identity in (company.identity("depositor"), stranger.identity("drafter")):
        assert (
            code(routes.request_by_id, ask(session, identity, now, id_dume=row.id_dume)) == "dume.not_found"
        )
    assert granted(routes.request_by_id(ask(session, None, now, id_dume=row.id_dume)), None) == set()
    assert code(routes.published_request, ask(session, None, now, id_dume=row.id_dume)) == "dume.not_found"
    published = publish_request(session, vault, buyer, now)
    assert (
        routes.published_request(ask(session, None, now, id_dume=published.id_dume)).dume.id == published.id
    )


def test_no_buyer_finds_a_response_before_its_opening_by_any_address(
    session: Session, vault: KeyVault, buyer: Made, company: Made, other_company: Made, now: datetime
) -> None:
    request = publish_request(session, vault, buyer, now)
    row, deposit = valid_response(session, vault, company, request, now), uuid4()
    service.record_deposited(
        session, [row], deposit_id=deposit, buyer_organisation_id=buyer.id, by=None, now=now
    )
    late = now + timedelta(days=30)
    opener, by_id = buyer.identity("opener"), {"id_dume": row.id_dume}
    for factory in (routes.response_by_id, routes.request_by_id, routes.published_request):
        assert code(factory, ask(session, opener, late, **by_id)) == "dume.not_found"
    for reader, expected in ((buyer, "dume.not_opened"), (other_company, "dume.not_found")):
        with pytest.raises(DomainError) as refused:
            service.opened_responses(session, [row.id_dume], organisation_id=reader.id, now=late)
        assert refused.value.code == expected
    service.record_opened(session, deposit, by=opener, at=late)
    found = routes.response_by_id(ask(session, opener, late, **by_id))
    assert granted(found, opener) == {"DUME_READ_OPENED"}
    assert granted(found, buyer.identity("drafter")) == set()
    assert service.opened_responses(session, [row.id_dume], organisation_id=buyer.id, now=late) == (row,)
    stranger = other_company.identity("depositor")
    assert code(routes.response_by_id, ask(session, stranger, late, **by_id)) == "dume.not_found"


def vendor(session: Session, vault: KeyVault, who: Identity, buyer: Made, now: datetime) -> Dume:
    """Publish a request that a client holds for a buyer."""
    owner = Owner(kind=OwnerKind.CLIENT, client_id=who.client_id, siret=buyer.siret)
    row = service.create_request(session, vault, request_draft(buyer), owner=owner, by=who, now=now)
    assert service.validate(session, vault, row, by=who, now=now).ready
    service.publish(session, row, tie=tie(now), by=who, now=now)
    return row


def test_a_client_finds_its_own_with_its_scopes_and_nothing_of_another(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    mine = client_identity(session, now, "acheteur:read", "oe:read", "prefill:public")
    other = client_identity(session, now, "acheteur:read", "acheteur:analyse", "oe:read")
    row = vendor(session, vault, mine, buyer, now)
    found = routes.api_request(ask(session, mine, now, id_dume=row.id_dume))
    assert (found.dume, granted(found, mine)) == (row, {"API_ACHETEUR_READ"})
    for factory in (routes.api_request, routes.api_response):
        assert code(factory, ask(session, other, now, id_dume=row.id_dume)) == "dume.not_found"
    # The buyer of that SIRET who signs in here did not make it: it is not his either.
    by = buyer.identity("drafter")
    assert code(routes.request_by_id, ask(session, by, now, id_dume=row.id_dume)) == "dume.not_found"
    # Without a token nothing is loaded: the answer will be 401.
    assert granted(routes.api_request(ask(session, None, now, id_dume="unknown0")), None) == set()


def test_a_vendor_gets_no_documents_before_the_deadline_nor_without_its_statement(
    session: Session, vault: KeyVault, buyer: Made, company: Made, now: datetime
) -> None:
    buyers, companys = (client_identity(session, now, "acheteur:analyse", "oe:read") for _each in range(2))
    request = vendor(session, vault, buyers, buyer, now)
    owner = Owner(kind=OwnerKind.CLIENT, client_id=companys.client_id, siret=company.siret)
    draft = ResponseDraft(role=Role.SOLE, request=request, operator=operator_of(company))
    row = service.create_response(session, vault, draft, owner=owner, by=companys, now=now)
    answer_all(session, vault, row, company, now)
    assert service.validate(session, vault, row, by=companys, now=now).ready
    service.publish(session, row, by=companys, now=now)
    late = now + timedelta(days=11)
    by_id = {"id_dume": row.id_dume}
    for at in (now, late):
        with pytest.raises(DomainError) as refused:
            service.opened_responses(session, [row.id_dume], client_id=buyers.client_id, now=at)
        assert refused.value.code == "dume.not_opened"
        assert code(routes.api_response, ask(session, buyers, at, **by_id)) == "dume.not_found"
    service.state_opening(session, request, opened_at=late, said_by="Commission", by=buyers, now=late)
    assert service.opened_responses(session, [row.id_dume], client_id=buyers.client_id, now=late) == (row,)
    found = routes.api_response(ask(session, buyers, late, **by_id))
    assert granted(found, buyers) == {"API_ACHETEUR_ANALYSE"}


def test_a_member_finds_the_consortium_and_not_the_answers_of_another(
    session: Session, vault: KeyVault, buyer: Made, company: Made, other_company: Made, now: datetime
) -> None:
    request = publish_request(session, vault, buyer, now)
    lead = create_response(session, vault, company, request, now, role=Role.LEAD)
    by, theirs = company.identity("depositor"), other_company.identity("depositor")
    group = service.start_consortium(session, lead, name="Groupement", by=by, now=now)
    match = {"consortium": str(group.id)}
    assert code(routes.consortium_by_id, ask(session, theirs, now, **match)) == "dume.member_not_found"
    sent = service.invite_member(
        session, group, service.Guest(role=Role.MEMBER, email="a@essai.example"), by=by, now=now
    )
    row = service.join_consortium(
        session, vault, sent.token, owner=service.owner_of(theirs), by=theirs, now=now
    )
    session.refresh(group)
    found = [routes.consortium_by_id(ask(session, who, now, **match)).leads for who in (by, theirs)]
    assert found == [True, False]
    for who, what in ((by, row), (theirs, lead)):
        assert code(routes.response_by_id, ask(session, who, now, id_dume=what.id_dume)) == "dume.not_found"


def test_a_draft_of_a_link_is_found_by_its_link_alone_and_never_published(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    owner, secret = link_owner()
    row = service.create_request(session, vault, request_draft(buyer), owner=owner, by=None, now=now)
    assert routes.link(ask(session, None, now, secret=secret)).dume is row
    assert (row.title, queries.revision(session, row).sealed) == ("", True)
    assert not any("gymnase" in str(value) for value in vars(row).values())
    by = buyer.identity("drafter")
    for factory, who in ((routes.request_by_id, by), (routes.published_request, None)):
        assert code(factory, ask(session, who, now, id_dume=row.id_dume)) == "dume.not_found"
    assert service.validate(session, vault, row, by=None, now=now).ready
    with pytest.raises(DomainError) as refused:
        service.publish(session, row, tie=tie(now), by=None, now=now)
    assert refused.value.code == "dume.needs_account"


def test_of_two_publications_at_once_one_stands(
    database: Database, vault: KeyVault, buyer: Made, company: Made, other_company: Made, now: datetime
) -> None:
    by = buyer.identity("publisher")
    with database.write() as session:
        rows = [create_request(session, vault, buyer, now) for _each in range(2)]
        assert all(service.validate(session, vault, row, by=by, now=now).ready for row in rows)
        ids = [row.id for row in rows]
    start = threading.Barrier(2)

    def publish(dume_id: Any) -> None:
        start.wait()
        with database.write() as session:
            service.publish(session, queries.by_id(session, dume_id), tie=tie(now), by=by, now=now)

    threads = [threading.Thread(target=publish, args=(dume_id,)) for dume_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        statuses = sorted(queries.status_of(queries.by_id(session, dume_id)) for dume_id in ids)
    assert statuses == [Status.PUBLISHED, Status.REPLACED]
