"""Roles under concurrency, the dashboard's hook, and the cookie's name."""

import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from procurement.accounts import cookies, queries
from procurement.accounts.dashboard import Section, register, sections
from procurement.accounts.rules import OrganisationKind
from procurement.accounts.service import team
from procurement.core import journal
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.errors import Conflict
from procurement.core.runtime import Runtime
from tests.factories.accounts import create_buyer, create_person, identity_of


def test_two_administrators_who_leave_at_once_leave_one(database: Database, clock: SandboxClock) -> None:
    with database.write() as session:
        made = create_buyer(session, clock.now(), people=False)
        pair = [
            create_person(session, clock.now(), made.organisation, roles=("administrator",))
            for _n in range(2)
        ]
    start, outcomes = threading.Barrier(2), []

    def leave(number: int) -> None:
        by = identity_of(database, pair[number], made)
        start.wait()
        try:
            with database.write() as session:
                team.set_roles(session, made.id, pair[number].id, (), by=by, now=clock.now())
            outcomes.append("left")
        except Conflict as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=leave, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["left", "team.last_administrator"]
    with database.read() as session:
        assert len(queries.people_with_role(session, made.id, "administrator")) == 1
        assert journal.verify(session).ok


def test_withdrawn_roles_stay_in_the_books(database: Database, clock: SandboxClock) -> None:
    from procurement.accounts.models import RoleGrant

    with database.write() as session:
        made = create_buyer(session, clock.now())
    who, by = made.people["observer"], made.identity("administrator")
    clock.advance(hours=1)
    with database.write() as session:
        team.set_roles(session, made.id, who.id, (), by=by, now=clock.now())
    with database.read() as session:
        row = session.query(RoleGrant).filter_by(person_id=who.id).one()
        assert (row.withdrawn_at, row.withdrawn_by) == (clock.now(), by.person_id)
        assert queries.grants_of(session, who.id, made.id) == ()
        assert queries.organisation_by_siret(session, made.siret, OrganisationKind.BUYER) == made.organisation


class _Part:
    def __init__(self, section: Section | None) -> None:
        self._section = section

    def build(self, request: Any) -> Section | None:
        del request
        return self._section


def test_dashboard_shows_the_parts_in_order_and_skips_the_empty() -> None:
    registry: dict[str, Any] = {}
    config = SimpleNamespace(registry=registry)
    for part in (Section(order=20, title="Dépôts"), None, Section(order=10, title="Consultations")):
        register(config, _Part(part))
    found = sections(SimpleNamespace(registry=registry))
    assert [section.title for section in found] == ["Consultations", "Dépôts"]


def test_cookie_is_bound_to_its_host_over_https(runtime: Runtime) -> None:
    assert cookies.cookie_name(runtime.settings) == "pli_session"
    secure = replace(runtime.settings, base_url="https://pli.example")
    assert cookies.cookie_name(secure) == "__Host-pli_session"
