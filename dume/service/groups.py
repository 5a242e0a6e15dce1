"""Consortia: a lead invites by link, each member answers for itself, and the lead sees status, never answers."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from dume import errors, rules
from dume.models import Consortium, ConsortiumMember, Dume
from dume.queries.groups import member_by_token
from dume.rules import Kind, Owner, Role
from dume.service.links import new_token
from dume.service.news import tell
from dume.service.responses import create_response
from dume.service.terms import Guest, Invited, ResponseDraft
from dume.service.writing import lock, note, require
from procurement.accounts.rules import check_email, digest
from procurement.core import journal, mail
from procurement.core.ids import uuid7
from procurement.core.security import Identity
from procurement.core.text import line
from procurement.core.vault import KeyVault

__all__ = ["invite_member", "join_consortium", "leave_consortium", "remove_member", "start_consortium"]


def start_consortium(
    session: Session, lead: Dume, *, name: str, by: Identity | None, now: datetime
) -> Consortium:
    """Begin a consortium around the response of its lead, which answers a published request."""
    require(lead, Kind.RESPONSE)
    if lead.role is not Role.LEAD:
        raise errors.role_not_in_group()
    if lead.request_id is None:
        raise errors.request_not_published()
    lock(session, lead)
    if lead.consortium_id is not None:
        raise errors.in_consortium()
    made = Consortium(
        id=uuid7(), name=line(name)[:200], request_id=lead.request_id, organisation_id=lead.organisation_id,
        client_id=lead.client_id, siret=lead.siret, lots=lead.lots, created_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(
        ConsortiumMember(
            consortium_id=made.id, role=Role.LEAD, name=made.name, siret=lead.siret, email="", criteria=[],
            invited_at=now, expires_at=now, joined_at=now, dume_id=lead.id,
        )
    )  # fmt: skip
    lead.consortium_id = made.id
    session.flush()
    note(session, lead, "consortium_started", by=by, now=now, data={"consortium": str(made.id)})
    session.refresh(made)
    return made


def invite_member(
    session: Session,
    group: Consortium,
    guest: Guest,
    *,
    base_url: str = "",
    by: Identity | None,
    now: datetime,
) -> Invited:
    """Invite a company by a link that is good once; with ``base_url`` it is sent by mail, else the caller passes it on.

    Raise ``dume.second_lead`` and ``dume.role_not_in_group``.
    """
    if guest.role is Role.LEAD:
        raise errors.second_lead()
    if guest.role is Role.SOLE:
        raise errors.role_not_in_group()
    token, stored = new_token()
    member = ConsortiumMember(
        id=uuid7(), consortium_id=group.id, role=guest.role, name=line(guest.name)[:200], siret=guest.siret,
        email=check_email(guest.email), token_hash=stored, criteria=sorted(guest.criteria), invited_at=now,
        expires_at=now + rules.INVITATION_LIFE,
    )  # fmt: skip
    session.add(member)
    session.flush()
    session.refresh(group)
    _note(session, group, member, "invited", by=by, now=now)
    if base_url:
        _send(session, group, member, f"{base_url}/groupement/{token}", guest.language, by=by, now=now)
    return Invited(consortium=group, member=member, token=token)


def join_consortium(
    session: Session, vault: KeyVault, token: str, *, owner: Owner, by: Identity | None, now: datetime
) -> Dume:
    """Accept an invitation: the company gets a response of its own, for its role, to the same request.

    Raise ``dume.link_not_found``, ``dume.link_used``, ``dume.wrong_siret``.
    """
    member = member_by_token(session, digest(token), now=now)
    session.refresh(member, with_for_update={"of": ConsortiumMember})
    if member.joined_at is not None:
        raise errors.link_used()
    if member.siret and member.siret != owner.siret:
        raise errors.wrong_siret()
    group = session.get_one(Consortium, member.consortium_id)
    draft = ResponseDraft(
        role=member.role, request=group.request, lots=tuple(group.lots), relied_on=frozenset(member.criteria),
        consortium_id=group.id,
    )  # fmt: skip
    row = create_response(session, vault, draft, owner=owner, by=by, now=now)
    member.joined_at, member.dume_id, member.siret = now, row.id, owner.siret
    session.flush()
    session.refresh(member)
    _note(session, group, member, "joined", by=by, now=now)
    return row


def leave_consortium(
    session: Session, group: Consortium, member: ConsortiumMember, *, by: Identity | None, now: datetime
) -> None:
    """End a member's place, by its own will; its response stays its own."""
    _end(session, group, member, "left", by=by, now=now)


def remove_member(
    session: Session, group: Consortium, member: ConsortiumMember, *, by: Identity | None, now: datetime
) -> None:
    """End a member's place, or take an invitation back, by the lead's will; the lead itself stays."""
    if member.role is Role.LEAD:
        raise errors.role_not_in_group()
    _end(session, group, member, "removed", by=by, now=now)


def _end(
    session: Session,
    group: Consortium,
    member: ConsortiumMember,
    verb: str,
    *,
    by: Identity | None,
    now: datetime,
) -> None:
    if member.consortium_id != group.id:
        raise errors.no_member()
    if member.left_at is not None:
        return
    member.left_at, member.token_hash = now, None
    if member.dume is not None:
        member.dume.consortium_id = None
    session.flush()
    _note(session, group, member, verb, by=by, now=now)


def _note(
    session: Session,
    group: Consortium,
    member: ConsortiumMember,
    verb: str,
    *,
    by: Identity | None,
    now: datetime,
) -> None:
    """Keep what happened to a member, and tell the lead's client: which place, which state, no answer."""
    journal.append(
        session,
        at=now,
        actor=by,
        action=f"dume:member:{verb}",
        subject=group.id,
        data={"member": str(member.id), "role": str(member.role)},
        organisation_id=group.organisation_id,
    )
    lead = next((one.dume for one in group.members if one.role is Role.LEAD), None)
    if lead is not None:
        more = {"consortium": str(group.id), "member": str(member.id), "change": verb}
        tell(session, lead, "consortium.member_changed", now=now, more=more)


def _send(
    session: Session,
    group: Consortium,
    member: ConsortiumMember,
    link: str,
    language: str,
    *,
    by: Identity | None,
    now: datetime,
) -> None:
    context = {
        "name": member.name,
        "group": group.name,
        "title": group.request.title,
        "sender": by.name if by else None,
        "link": link,
        "expires_at": member.expires_at,
    }
    mail.queue(
        session, to=member.email, template="emails/dume_consortium", context=context, language=language, now=now,
        about=f"consortium:{group.id}",
    )  # fmt: skip


def place(group: Consortium, member_id: uuid.UUID) -> ConsortiumMember:
    """Return a member of a consortium; raise ``dume.member_not_found``."""
    found = next((one for one in group.members if one.id == member_id), None)
    if found is None:
        raise errors.no_member()
    return found
