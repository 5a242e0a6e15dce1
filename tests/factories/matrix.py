"""The world of the access matrices: two buyers and two companies, so that one may try what belongs to the other.

A room joins by a function ``matrix_cases(world) -> dict[str, Case]`` in ``tests/factories/<room>.py``: it makes objects
of ``world.buyer`` or ``world.company`` and says, for each of its routes with a placeholder, which object to try.
"""

import importlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from webtest import TestApp

from procurement.accounts.rules import ROLES
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.vault import KeyVault
from tests.factories.accounts import (
    Account,
    Made,
    create_organisation_of,
    create_person,
    enter,
    give_second_factor,
)
from tests.factories.clients import Vendor, create_vendor


@dataclass(frozen=True)
class Case:
    """An object to try: ``side`` (``buyer``, ``company`` or ``client``) owns it; a ``public`` one may be read by all.

    ``also`` names roles to which the object itself gives what the table of roles does not.
    """

    ids: dict[str, str]
    side: str
    public: bool = False
    also: frozenset[str] = frozenset()


@dataclass
class World:
    """Owners (``buyer``, ``company``, ``vendor``), strangers, and a client for each person."""

    runtime: Runtime
    buyer: Made
    company: Made
    other_buyer: Made
    other_company: Made
    clients: dict[Any, TestApp] = field(default_factory=dict)

    @cached_property
    def vendor(self) -> Vendor:
        """The API client that owns the objects of side ``client``."""
        return create_vendor(self.runtime)

    @cached_property
    def other_vendor(self) -> Vendor:
        """An API client that owns nothing."""
        return create_vendor(self.runtime)

    @property
    def clock(self) -> SandboxClock:
        clock = self.runtime.clock
        assert isinstance(clock, SandboxClock)
        return clock

    def client(self, who: Account | None) -> TestApp:
        """Return a client signed in as somebody, or anonymous."""
        key = who.id if who else None
        if key not in self.clients:
            app = TestApp(
                self.runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"}
            )
            if who is not None:
                enter(app, self.runtime.database, who, now=self.clock.now())
            self.clients[key] = app
        return self.clients[key]

    def side(self, name: str) -> Made:
        """Return the owner on a side."""
        return self.buyer if name == "buyer" else self.company


def build(runtime: Runtime) -> World:
    """Make the four organisations, each with one person per role and one, ``all``, who holds every role."""
    with runtime.database.write() as session:
        clock = runtime.clock
        vault = runtime.find(KeyVault)
        made = []
        for kind in ("buyer", "company", "buyer", "company"):
            found = create_organisation_of(session, kind, clock.now())
            roles = ROLES[found.kind]
            people = {str(role): create_person(session, clock.now(), found, roles=(role,)) for role in roles}
            people["all"] = create_person(session, clock.now(), found, roles=roles)
            for name in {"opener", "all"} & set(people):
                people[name] = give_second_factor(session, vault, people[name], clock.now())
            made.append(Made(found, people))
    return World(runtime, *made)


def cases(world: World) -> dict[str, Case]:
    """Collect what every room's factories contribute."""
    found: dict[str, Case] = {}
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.stem in {"__init__", "matrix"}:
            continue
        module = importlib.import_module(f"tests.factories.{file.stem}")
        if hasattr(module, "matrix_cases"):
            found |= module.matrix_cases(world)
    return found
