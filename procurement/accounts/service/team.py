"""Who belongs to an organisation: invitations, roles given and withdrawn; all dated and journaled."""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.accounts import models, queries
from procurement.accounts.rules import (
    ROLE_NAMES,
    Grant,
    OrganisationKind,
    Role,
    check_email,
    check_roles,
    digest,
    email_key,
    leaves_no_administrator,
    token_alive,
)
from procurement.accounts.service.organisations import check_service
from procurement.core import i18n, journal, mail
from procurement.core.errors import Conflict, Gone, NotFound
from procurement.core.security import Identity
from procurement.core.text import _

_TOKEN_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Guest:
    """Somebody to be invited; the roles hold in the whole organisation unless a service is named."""

    email: str
    name: str
    roles: tuple[Role, ...]
    service_id: uuid.UUID | None = None
    language: str = "fr"


@dataclass(frozen=True)
class Invited:
    """An invitation just made; the token goes into the mail and nowhere else."""

    id: uuid.UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Offer:
    """An invitation as the one who received it sees it."""

    id: uuid.UUID
    organisation: queries.Organisation
    email: str
    name: str
    roles: tuple[Role, ...]
    service_name: str | None
    has_account: bool


def invite(
    session: Session,
    organisation_id: uuid.UUID,
    guest: Guest,
    *,
    base_url: str,
    days: int,
    by: Identity | None,
    now: datetime,
) -> Invited:
    """Send somebody a link that gives roles; an earlier link to the same address stops working."""
    row = session.get_one(models.Organisation, organisation_id)
    address = check_email(guest.email)
    roles = check_roles(row.kind, guest.roles)
    check_service(session, organisation_id, guest.service_id)
    _refuse_member(session, organisation_id, address)
    _withdraw_earlier(session, organisation_id, address, now=now)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    sent = models.Invitation(
        organisation_id=organisation_id,
        service_id=guest.service_id,
        email=address,
        email_key=email_key(address),
        name=guest.name,
        roles=[str(role) for role in roles],
        token_hash=digest(token),
        created_at=now,
        created_by=by.person_id if by else None,
        expires_at=now + timedelta(days=days),
    )
    session.add(sent)
    session.flush()
    _note(session, "sent", sent, by=by, now=now)
    _send(session, row.legal_name, sent, f"{base_url}/invitation/{token}", guest.language, by=by, now=now)
    return Invited(sent.id, token, sent.expires_at)


def _send(
    session: Session,
    organisation: str,
    sent: models.Invitation,
    link: str,
    language: str,
    *,
    by: Identity | None,
    now: datetime,
) -> None:
    context = {
        "organisation": organisation,
        "name": sent.name,
        "roles": [i18n.translate(ROLE_NAMES[Role(role)], language) for role in sent.roles],
        "sender": by.name if by else None,
        "link": link,
        "expires_at": sent.expires_at,
    }
    mail.queue(
        session,
        to=sent.email,
        template="emails/accounts_invitation",
        context=context,
        language=language,
        now=now,
        about=f"invitation:{sent.id}",
    )


def _refuse_member(session: Session, organisation_id: uuid.UUID, address: str) -> None:
    known = queries.person_by_email(session, address)
    if known and queries.grants_of(session, known.id, organisation_id):
        raise Conflict(
            "team.already_member",
            _("Cette personne fait déjà partie de l’équipe. Changez ses rôles sur sa fiche."),
        )


def _withdraw_earlier(session: Session, organisation_id: uuid.UUID, address: str, *, now: datetime) -> None:
    sent = models.Invitation
    query = select(sent).where(
        sent.organisation_id == organisation_id,
        sent.email_key == email_key(address),
        sent.accepted_at.is_(None),
        sent.withdrawn_at.is_(None),
    )
    for row in session.scalars(query):
        row.withdrawn_at = now


def withdraw_invitation(
    session: Session, organisation_id: uuid.UUID, invitation_id: uuid.UUID, *, by: Identity, now: datetime
) -> None:
    """Make an invitation's link useless."""
    row = session.get(models.Invitation, invitation_id)
    if row is None or row.organisation_id != organisation_id or row.withdrawn_at or row.accepted_at:
        raise NotFound("invitation.not_found", _("Cette invitation n’existe plus."))
    row.withdrawn_at = now
    _note(session, "withdrawn", row, by=by, now=now)


def offer(session: Session, token: str, *, now: datetime) -> Offer:
    """Return what an invitation's link offers; raise Gone when it was used, withdrawn or is too old."""
    row = _usable(session, token, now=now)
    found = queries.organisation(session, row.organisation_id)
    service = session.get(models.Service, row.service_id) if row.service_id else None
    assert found is not None
    return Offer(
        row.id,
        found,
        row.email,
        row.name,
        tuple(map(Role, row.roles)),
        service.name if service else None,
        queries.person_by_email(session, row.email) is not None,
    )


def _usable(session: Session, token: str, *, now: datetime, lock: bool = False) -> models.Invitation:
    query = select(models.Invitation).where(models.Invitation.token_hash == digest(token))
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None or row.withdrawn_at or not token_alive(row.expires_at, row.accepted_at, now):
        raise Gone(
            "invitation.gone",
            _(
                "Cette invitation a déjà servi, a été retirée ou a expiré. Demandez-en une nouvelle à votre équipe."
            ),
        )
    return row


def accept(session: Session, token: str, *, by: Identity, now: datetime) -> queries.Organisation:
    """Take an invitation's roles; only the person whose address was invited can."""
    row = _usable(session, token, now=now, lock=True)
    if email_key(by.email) != row.email_key:
        raise Conflict(
            "invitation.other_person",
            _("Cette invitation est adressée à %(email)s. Déconnectez-vous, puis ouvrez de nouveau le lien."),
            email=row.email,
        )
    row.accepted_at, row.accepted_by = now, by.person_id
    _note(session, "accepted", row, by=by, now=now)
    held = {(item.role, item.service_id) for item in _grants(session, row.organisation_id, by.person_id)}
    for role in map(Role, row.roles):
        if (role, row.service_id) not in held:
            grant(session, row.organisation_id, by.person_id, role, service_id=row.service_id, by=by, now=now)
    found = queries.organisation(session, row.organisation_id)
    assert found is not None
    return found


def grant(
    session: Session,
    organisation_id: uuid.UUID,
    person_id: uuid.UUID,
    role: Role,
    *,
    service_id: uuid.UUID | None = None,
    by: Identity | None,
    now: datetime,
) -> None:
    """Give one role; the callers have checked that it may be given."""
    row = models.RoleGrant(
        person_id=person_id,
        organisation_id=organisation_id,
        service_id=service_id,
        role=role,
        granted_at=now,
        granted_by=by.person_id if by else None,
    )
    session.add(row)
    session.flush()
    _note_role(session, "granted", row, by=by, now=now)


def set_roles(
    session: Session,
    organisation_id: uuid.UUID,
    person_id: uuid.UUID,
    wanted: Iterable[Grant],
    *,
    by: Identity,
    now: datetime,
) -> None:
    """Make a member's roles exactly these; none at all takes the person out of the organisation."""
    # The row of the organisation is the lock under which administrators are counted.
    row = session.get_one(models.Organisation, organisation_id, with_for_update=True)
    held = _grants(session, organisation_id, person_id)
    if not held:
        raise NotFound("team.member_not_found", _("Cette personne ne fait pas partie de votre organisation."))
    goal = set(wanted)
    if goal:
        check_roles(row.kind, [item.role for item in goal])
    for item in goal:
        check_service(session, organisation_id, uuid.UUID(item.service) if item.service else None)
    _keep_an_administrator(session, row.kind, organisation_id, person_id, goal)
    for existing in held:
        if _as_grant(existing) not in goal:
            existing.withdrawn_at, existing.withdrawn_by = now, by.person_id
            _note_role(session, "withdrawn", existing, by=by, now=now)
    missing = goal - {_as_grant(item) for item in held}
    for item in sorted(missing, key=lambda found: (list(Role).index(found.role), found.service or "")):
        service_id = uuid.UUID(item.service) if item.service else None
        grant(session, organisation_id, person_id, item.role, service_id=service_id, by=by, now=now)


def _keep_an_administrator(
    session: Session,
    kind: OrganisationKind,
    organisation_id: uuid.UUID,
    person_id: uuid.UUID,
    goal: set[Grant],
) -> None:
    others = queries.other_administrators(session, organisation_id, kind, person_id)
    if leaves_no_administrator(kind, goal, others):
        raise Conflict(
            "team.last_administrator",
            _(
                "Cette personne est le dernier administrateur. Nommez-en d’abord un autre ; rien n’a été changé."
            ),
        )


def _as_grant(row: models.RoleGrant) -> Grant:
    return Grant(row.role, str(row.service_id) if row.service_id else None)


def _grants(session: Session, organisation_id: uuid.UUID, person_id: uuid.UUID) -> list[models.RoleGrant]:
    grants = models.RoleGrant
    query = select(grants).where(
        grants.organisation_id == organisation_id,
        grants.person_id == person_id,
        grants.withdrawn_at.is_(None),
    )
    return list(session.scalars(query))


def _note_role(
    session: Session, verb: str, row: models.RoleGrant, *, by: Identity | None, now: datetime
) -> None:
    data = {"role": str(row.role), "service": str(row.service_id) if row.service_id else None}
    journal.append(
        session,
        at=now,
        actor=by,
        action=f"accounts:role:{verb}",
        subject=row.person_id,
        data=data,
        organisation_id=row.organisation_id,
    )


def _note(session: Session, verb: str, row: models.Invitation, *, by: Identity | None, now: datetime) -> None:
    # The address stays out of the chain: entries cannot be erased, the invitation can.
    journal.append(
        session,
        at=now,
        actor=by,
        action=f"accounts:invitation:{verb}",
        subject=row.id,
        data={"roles": list(row.roles), "service": str(row.service_id) if row.service_id else None},
        organisation_id=row.organisation_id,
    )
