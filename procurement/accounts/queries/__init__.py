"""Reads of accounts: frozen values out, never rows."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from procurement.accounts import models
from procurement.accounts.rules import (
    ADMINISTRATORS,
    Grant,
    OrganisationKind,
    Origin,
    Role,
    SessionFacts,
    effective_roles,
    email_key,
    session_alive,
)
from procurement.core.errors import NotFound
from procurement.core.security import Identity
from procurement.core.text import _


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """A buyer or a company; ``origin`` says whether a registry or a person gave its name and address."""

    id: uuid.UUID
    kind: OrganisationKind
    siret: str
    legal_name: str
    address: str
    postal_code: str
    city: str
    country: str
    origin: Origin
    source: str
    origin_at: datetime


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: uuid.UUID
    name: str
    email: str
    language: str


@dataclass(frozen=True)
class Service:
    """A service of a buyer; ``depth`` is 0 for those directly under the organisation."""

    id: uuid.UUID
    parent_id: uuid.UUID | None
    name: str
    depth: int = 0


@dataclass(frozen=True)
class Held:
    """A role held since a day, in the whole organisation or in one service."""

    role: Role
    service_id: uuid.UUID | None
    service_name: str | None
    granted_at: datetime


@dataclass(frozen=True)
class Member:
    """A person of an organisation with the roles held there."""

    person: Person
    roles: tuple[Held, ...]
    second_factor: bool


@dataclass(frozen=True)
class Pending:
    """An invitation that nobody has accepted yet."""

    id: uuid.UUID
    email: str
    name: str
    roles: tuple[Role, ...]
    service_name: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Device:
    """A session as its owner sees it."""

    id: uuid.UUID
    device: str
    address: str
    created_at: datetime
    seen_at: datetime
    mfa: bool


def _organisation(row: models.Organisation) -> Organisation:
    return Organisation(**{name: getattr(row, name) for name in Organisation.__dataclass_fields__})


def _person(row: models.Person) -> Person:
    return Person(row.id, row.name, row.email, row.language)


def organisation(session: Session, organisation_id: uuid.UUID) -> Organisation | None:
    """Return an organisation by its id."""
    row = session.get(models.Organisation, organisation_id)
    return _organisation(row) if row else None


def organisation_by_siret(session: Session, siret: str, kind: OrganisationKind) -> Organisation | None:
    """Return the buyer or the company registered under a SIRET in normal form."""
    found = models.Organisation
    row = session.scalars(select(found).where(found.siret == siret, found.kind == kind)).one_or_none()
    return _organisation(row) if row else None


def person(session: Session, person_id: uuid.UUID) -> Person | None:
    """Return a person by id."""
    row = session.get(models.Person, person_id)
    return _person(row) if row else None


def person_by_email(session: Session, email: str) -> Person | None:
    """Return the person who signs in with an address."""
    row = session.scalars(
        select(models.Person).where(models.Person.email_key == email_key(email))
    ).one_or_none()
    return _person(row) if row else None


def people_with_role(session: Session, organisation_id: uuid.UUID, role: Role | str) -> list[Person]:
    """Return those who hold ``role`` in an organisation, limited to a service or not, by name."""
    held = _held(organisation_id).where(models.RoleGrant.role == Role(role)).subquery()
    query = (
        select(models.Person)
        .where(models.Person.id.in_(select(held.c.person_id)))
        .order_by(models.Person.name)
    )
    return [_person(row) for row in session.scalars(query)]


def _held(organisation_id: uuid.UUID) -> Select[models.RoleGrant]:
    grants = models.RoleGrant
    return select(grants).where(grants.organisation_id == organisation_id, grants.withdrawn_at.is_(None))


def grants_of(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID) -> tuple[Grant, ...]:
    """Return the roles that a person holds in an organisation."""
    rows = session.scalars(_held(organisation_id).where(models.RoleGrant.person_id == person_id))
    return tuple(Grant(row.role, str(row.service_id) if row.service_id else None) for row in rows)


def organisations_of(session: Session, person_id: uuid.UUID) -> list[Organisation]:
    """Return the organisations in which a person holds a role, by name."""
    grants, found = models.RoleGrant, models.Organisation
    held = select(grants.organisation_id).where(grants.person_id == person_id, grants.withdrawn_at.is_(None))
    rows = session.scalars(select(found).where(found.id.in_(held)).order_by(found.legal_name, found.id))
    return [_organisation(row) for row in rows]


def other_administrators(
    session: Session, organisation_id: uuid.UUID, kind: OrganisationKind, but: uuid.UUID
) -> int:
    """Return how many people other than ``but`` administer the whole organisation."""
    grants = models.RoleGrant
    query = select(func.count()).select_from(grants).where(
        grants.organisation_id == organisation_id,
        grants.role == ADMINISTRATORS[kind],
        grants.service_id.is_(None),
        grants.withdrawn_at.is_(None),
        grants.person_id != but,
    )  # fmt: skip
    return int(session.scalar(query) or 0)


def members(session: Session, organisation_id: uuid.UUID) -> list[Member]:
    """Return the people of an organisation with their roles, by name; the same number of queries however many."""
    grants, people, services = models.RoleGrant, models.Person, models.Service
    query = (
        select(people, grants, services.name)
        .join(grants, grants.person_id == people.id)
        .outerjoin(services, services.id == grants.service_id)
        .where(grants.organisation_id == organisation_id, grants.withdrawn_at.is_(None))
        .order_by(people.name, people.id)
    )
    rows: dict[uuid.UUID, tuple[models.Person, list[Held]]] = {}
    for row, grant, service_name in session.execute(query):
        held = Held(grant.role, grant.service_id, service_name, grant.granted_at)
        rows.setdefault(row.id, (row, []))[1].append(held)
    return [Member(_person(row), _sorted(held), row.totp_sealed is not None) for row, held in rows.values()]


def _sorted(held: Iterable[Held]) -> tuple[Held, ...]:
    order = list(Role)
    return tuple(sorted(held, key=lambda item: (order.index(item.role), item.service_name or "")))


def member(session: Session, organisation_id: uuid.UUID, person_id: uuid.UUID) -> Member:
    """Return one member; raise NotFound for somebody else's."""
    found = next((item for item in members(session, organisation_id) if item.person.id == person_id), None)
    if found is None:
        raise NotFound("team.member_not_found", _("Cette personne ne fait pas partie de votre organisation."))
    return found


def pending_invitations(session: Session, organisation_id: uuid.UUID, now: datetime) -> list[Pending]:
    """Return the invitations that can still be accepted, newest first."""
    sent, services = models.Invitation, models.Service
    query = (
        select(sent, services.name)
        .outerjoin(services, services.id == sent.service_id)
        .where(
            sent.organisation_id == organisation_id, sent.accepted_at.is_(None), sent.withdrawn_at.is_(None)
        )
        .where(sent.expires_at > now)
        .order_by(sent.created_at.desc(), sent.id.desc())
    )
    return [
        Pending(
            row.id, row.email, row.name, tuple(map(Role, row.roles)), name, row.created_at, row.expires_at
        )
        for row, name in session.execute(query)
    ]


def services(session: Session, organisation_id: uuid.UUID) -> list[Service]:
    """Return the open services of a buyer, each after its parent, with its depth."""
    found = models.Service
    query = (
        select(found)
        .where(found.organisation_id == organisation_id, found.closed_at.is_(None))
        .order_by(found.name)
    )
    children: dict[uuid.UUID | None, list[models.Service]] = {}
    for row in session.scalars(query):
        children.setdefault(row.parent_id, []).append(row)
    return _walk(children, None, 0)


def _walk(
    children: dict[uuid.UUID | None, list[models.Service]], parent: uuid.UUID | None, depth: int
) -> list[Service]:
    found: list[Service] = []
    for row in children.get(parent, ()):
        found.append(Service(row.id, row.parent_id, row.name, depth))
        found.extend(_walk(children, row.id, depth + 1))
    return found


def service_and_parents(session: Session, service_id: uuid.UUID) -> list[uuid.UUID]:
    """Return a service and those above it: what ``buyer_acl`` takes so that roles limited to them count."""
    found: list[uuid.UUID] = []
    current: uuid.UUID | None = service_id
    while current is not None:
        found.append(current)
        current = session.scalar(select(models.Service.parent_id).where(models.Service.id == current))
    return found


def devices(
    session: Session, person_id: uuid.UUID, now: datetime, *, idle: timedelta, longest: timedelta
) -> list[Device]:
    """Return a person's sessions that still stand, the latest first."""
    found = models.SignIn
    query = select(found).where(
        found.person_id == person_id, found.ended_at.is_(None), found.waiting.is_(False)
    )
    rows = session.scalars(query.order_by(found.seen_at.desc(), found.id.desc()))
    return [
        Device(row.id, row.device, row.address, row.created_at, row.seen_at, row.mfa)
        for row in rows
        if session_alive(_facts(row), now, idle=idle, longest=longest)
    ]


def recovery_codes_left(session: Session, person_id: uuid.UUID) -> int:
    """Return how many recovery codes a person can still use."""
    codes = models.RecoveryCode
    query = (
        select(func.count()).select_from(codes).where(codes.person_id == person_id, codes.used_at.is_(None))
    )
    return int(session.scalar(query) or 0)


@dataclass(frozen=True)
class Found:
    """A session that stands, and who it is."""

    identity: Identity
    seen_at: datetime


def _facts(row: models.SignIn) -> SessionFacts:
    return SessionFacts(row.created_at, row.seen_at, row.ended_at)


def identify(
    session: Session, token_hash: str, now: datetime, *, idle: timedelta, longest: timedelta
) -> Found | None:
    """Return who a session's token belongs to; None when it is unknown, ended, too old, or waits for a code."""
    opened, people, found = models.SignIn, models.Person, models.Organisation
    query = (
        select(opened, people, found)
        .join(people, people.id == opened.person_id)
        .outerjoin(found, found.id == opened.organisation_id)
        .where(opened.token_hash == token_hash, opened.waiting.is_(False))
    )
    row = session.execute(query).one_or_none()
    if row is None or not session_alive(_facts(row[0]), now, idle=idle, longest=longest):
        return None
    sign_in, holder, acting_for = row
    grants = grants_of(session, holder.id, acting_for.id) if acting_for else ()
    identity = Identity(
        person_id=holder.id,
        name=holder.name,
        email=holder.email,
        language=holder.language,
        organisation_id=acting_for.id if grants else None,
        organisation_name=acting_for.legal_name if grants else "",
        organisation_kind=str(acting_for.kind) if grants else "",
        siret=acting_for.siret if grants else "",
        roles=effective_roles(grants, mfa=sign_in.mfa),
        session_id=sign_in.id,
        mfa=sign_in.mfa,
    )
    return Found(identity, sign_in.seen_at)
