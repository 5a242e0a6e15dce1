"""The people of the demonstration: organisations, accounts, roles, second factors; all from ``demo.toml``."""

import hashlib
import tomllib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from procurement.accounts import queries
from procurement.accounts.registry import CompanyRegistry
from procurement.accounts.rules import OrganisationKind, Role
from procurement.accounts.service import organisations, second_factor, team
from procurement.accounts.service.account import create_person
from procurement.accounts.service.passwords import hash_password
from procurement.core.runtime import Runtime
from procurement.core.security import Identity
from procurement.core.vault import KeyVault


@dataclass(frozen=True)
class DemoPerson:
    """One account of the demonstration."""

    name: str
    email: str
    roles: tuple[str, ...]
    totp: bool = False


@dataclass(frozen=True)
class DemoOrganisation:
    """One organisation of the demonstration with its people."""

    slug: str
    kind: str
    siret: str
    services: tuple[str, ...]
    people: tuple[DemoPerson, ...]

    def who(self, role: str) -> DemoPerson:
        """Return the first person who holds ``role``."""
        return next(person for person in self.people if role in person.roles)


def story() -> dict[str, Any]:
    """Return ``demo.toml``."""
    return tomllib.loads(files("procurement.cli.demo").joinpath("demo.toml").read_text(encoding="utf-8"))


def cast() -> dict[str, DemoOrganisation]:
    """Return the organisations by slug."""
    return {item["slug"]: _organisation(item) for item in story()["organisation"]}


def _organisation(item: dict[str, Any]) -> DemoOrganisation:
    people = tuple(
        DemoPerson(one["name"], one["email"], tuple(one["roles"]), one.get("totp", False))
        for one in item["people"]
    )
    return DemoOrganisation(
        item["slug"], item["kind"], item["siret"], tuple(item.get("services", ())), people
    )


def password() -> str:
    """Return the one password of all demonstration accounts."""
    return str(story()["password"])


def totp_secret(email: str) -> bytes:
    """Return the second factor's secret of a demonstration account: known to all, protects nothing."""
    return hashlib.sha256(b"pli demonstration " + email.encode()).digest()[:20]


def totp_code(email: str, now: datetime) -> str:
    """Return the code that an authenticator would show."""
    return second_factor.code_at(totp_secret(email), now)


def load(runtime: Runtime, now: datetime) -> None:
    """Create everybody, in one transaction."""
    registry, vault = runtime.find(CompanyRegistry), runtime.find(KeyVault)
    hashed = hash_password(password())
    with runtime.database.write() as session:
        for organisation in cast().values():
            known = organisations.look_up(registry, organisation.siret)
            assert known is not None, f"the directory lacks {organisation.siret}"
            kind = OrganisationKind(organisation.kind)
            made = organisations.create_organisation(
                session, kind, organisation.siret, known, by=None, now=now
            )
            administrator = _people(session, vault, made, organisation, hashed, now)
            _services(session, made.id, organisation.services, administrator, now)


def _people(
    session: Session,
    vault: KeyVault,
    made: queries.Organisation,
    organisation: DemoOrganisation,
    hashed: str,
    now: datetime,
) -> Identity:
    identities = []
    for person in organisation.people:
        row = create_person(session, person.email, person.name, hashed, language="fr", now=now)
        for role in person.roles:
            team.grant(session, made.id, row.id, Role(role), by=None, now=now)
        who = Identity(person_id=row.id, name=person.name, email=person.email, organisation_id=made.id)
        if person.totp:
            # Two minutes ago, so that the code of this moment has not served yet.
            then = now - timedelta(minutes=2)
            second_factor.prepare(session, vault, by=who, now=then, secret=totp_secret(person.email))
            second_factor.enrol(session, vault, totp_code(person.email, then), by=who, now=then)
        identities.append(who)
    return identities[0]


def _services(
    session: Session, organisation_id: uuid.UUID, paths: tuple[str, ...], by: Identity, now: datetime
) -> None:
    """Create services written as ``Parent / Child``."""
    made: dict[str, uuid.UUID] = {}
    for path in paths:
        parent = None
        for name in path.split(" / "):
            if name not in made:
                made[name] = organisations.add_service(
                    session, organisation_id, name, parent_id=parent, by=by, now=now
                ).id
            parent = made[name]


def accounts_lines() -> list[str]:
    """Return the accounts as lines to print."""
    lines = [f"Mot de passe de tous les comptes : {password()}"]
    for organisation in cast().values():
        lines.extend(
            f"{person.email:36} {', '.join(person.roles)}{'  (code : pli demo code ' + person.email + ')' if person.totp else ''}"
            for person in organisation.people
        )
    return lines
