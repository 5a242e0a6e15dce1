"""Reads: the directory, and the number of statements, which does not grow with the rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from procurement.accounts import queries
from procurement.accounts.models import Person
from procurement.accounts.registry.embedded import EmbeddedRegistry
from procurement.accounts.rules import OrganisationKind, digest
from procurement.accounts.service import organisations, sign_in
from procurement.accounts.service.organisations import Declared
from procurement.accounts.service.sign_in import Visitor
from procurement.core import ids
from procurement.core.clock import SandboxClock
from procurement.core.errors import Conflict, Invalid
from tests.factories.accounts import Made, create_buyer, create_person


@contextmanager
def counting(session: Session) -> Iterator[list[str]]:
    """Collect the statements that a session sends."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_team_costs_the_same_for_one_and_three(session: Session, clock: SandboxClock) -> None:
    made = create_buyer(session, clock.now(), people=False)
    costs = []
    for more in (1, 2):
        for _n in range(more):
            create_person(session, clock.now(), made.organisation, roles=("drafter", "observer"))
        session.flush()
        session.expunge_all()
        with counting(session) as sent:
            found = queries.members(session, made.id)
        costs.append((len(found), len(sent)))
    assert costs == [(1, 1), (3, 1)]


def test_identity_costs_two_statements(session: Session, clock: SandboxClock) -> None:
    made = create_buyer(session, clock.now())
    person = session.get_one(Person, made.people["drafter"].id)
    opened = sign_in.open_session(session, person, Visitor("127.0.0.1", ""), waiting=False, now=clock.now())
    session.expunge_all()
    with counting(session) as sent:
        found = queries.identify(session, digest(opened.token), clock.now(), **sign_in.lives(60, 12))
    assert found is not None
    assert found.identity.roles == {"drafter"}
    assert len(sent) == 2


def test_service_and_those_above_it(session: Session, clock: SandboxClock) -> None:
    made: Made = create_buyer(session, clock.now())
    by = made.identity("administrator")
    above = None
    chain = []
    for name in ("Pôle", "Direction", "Bureau"):
        service = organisations.add_service(session, made.id, name, parent_id=above, by=by, now=clock.now())
        above = service.id
        chain.append(service.id)
    assert queries.service_and_parents(session, chain[-1]) == chain[::-1]


# ---- Organisations ----
def test_one_entity_may_be_buyer_and_company_but_each_once(session: Session, clock: SandboxClock) -> None:
    about = Declared(legal_name="Régie", address="1 rue", postal_code="01000", city="Bourg")
    siret = "26990822400018"
    for kind in OrganisationKind:
        organisations.create_organisation(session, kind, siret, about, by=None, now=clock.now())
    with pytest.raises(Conflict) as refused:
        organisations.create_organisation(
            session, OrganisationKind.BUYER, siret, about, by=None, now=clock.now()
        )
    assert refused.value.code == "organisation.exists"


def test_name_from_the_registry_is_not_ours_to_change(session: Session, clock: SandboxClock) -> None:
    entity = EmbeddedRegistry().entities[0]
    made = organisations.create_organisation(
        session, entity.kind, entity.siret, entity, by=None, now=clock.now()
    )
    by = create_buyer(session, clock.now()).identity("administrator")
    about = Declared(legal_name="Autre", address="1 rue", postal_code="01000", city="Bourg")
    with pytest.raises(Conflict) as refused:
        organisations.correct(session, made.id, about, by=by, now=clock.now())
    assert refused.value.code == "organisation.from_registry"
    assert (made.origin, made.source) == ("registry", "Annuaire de démonstration de Pli")


# ---- The embedded directory ----
def test_directory_holds_valid_numbers_once_each() -> None:
    numbers = [entity.siret for entity in EmbeddedRegistry().entities]
    assert [ids.siret(number) for number in numbers] == numbers
    assert len(set(numbers)) == len(numbers)
    assert {entity.kind for entity in EmbeddedRegistry().entities} == set(OrganisationKind)


def test_directory_finds_by_number_and_by_name() -> None:
    directory = EmbeddedRegistry()
    assert directory.find("00000000000000") is None
    assert [item.siret for item in directory.establishments("100019900")] == [
        "10001990000016",
        "10001990000040",
    ]
    assert [item.legal_name for item in directory.search("ELECTRICITE valcombe")] == ["Électricité Lebrun"]
    assert directory.search("   ") == ()
    assert len(directory.search("e", limit=3)) == 3


def test_closed_establishment_is_explained() -> None:
    directory = EmbeddedRegistry()
    closed = next(entity for entity in directory.entities if entity.closed)
    with pytest.raises(Invalid) as refused:
        organisations.look_up(directory, closed.siret)
    assert refused.value.code == "siret.closed"
    assert closed not in directory.search(closed.legal_name)
