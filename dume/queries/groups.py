"""Consortia, as their lead may see them, and hand-overs behind their links."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dume import errors, rules
from dume.espd import complete
from dume.espd.model import Document
from dume.models import Consortium, ConsortiumMember, Handover
from dume.queries.content import document
from dume.queries.rows import status_of
from dume.rules import HandoverFacts, HandoverState, MemberFacts, MemberState, Role
from procurement.core.vault import KeyVault


@dataclass(frozen=True, kw_only=True)
class GridMember:
    """A member as the lead sees it: status, never answers. ``missing`` counts the questions without an answer."""

    id: uuid.UUID
    name: str
    siret: str
    role: Role
    state: MemberState
    missing: int | None


@dataclass(frozen=True, kw_only=True)
class GridCriterion:
    """A criterion of the request, and which members still owe it; nobody's answer shows."""

    code: str
    name: str
    expected_of: tuple[uuid.UUID, ...]
    missing_from: tuple[uuid.UUID, ...]

    @property
    def covered(self) -> bool:
        """Tell whether somebody is to answer, and nobody owes an answer any more."""
        return bool(self.expected_of) and not self.missing_from


@dataclass(frozen=True, kw_only=True)
class Grid:
    """What a consortium still lacks: members, roles, criteria."""

    members: tuple[GridMember, ...]
    missing_roles: tuple[Role, ...]
    criteria: tuple[GridCriterion, ...]

    @property
    def complete(self) -> bool:
        """Tell whether nothing is missing."""
        standing = [one for one in self.members if one.state is not MemberState.LEFT]
        done = all(one.state is MemberState.VALIDATED for one in standing)
        return done and not self.missing_roles and all(one.covered for one in self.criteria)


def consortium(session: Session, consortium_id: uuid.UUID) -> Consortium:
    """Return a consortium, whoever asks; raise ``dume.member_not_found``."""
    found = session.get(Consortium, consortium_id)
    if found is None:
        raise errors.no_member()
    return found


def member_facts(row: ConsortiumMember) -> MemberFacts:
    """Return the facts that the state of a member is derived from."""
    return MemberFacts(
        expires_at=row.expires_at,
        joined_at=row.joined_at,
        left_at=row.left_at,
        status=status_of(row.dume) if row.dume else None,
    )


def member_state(row: ConsortiumMember, now: datetime) -> MemberState:
    """Return where a member stands."""
    return rules.member_state(member_facts(row), now)


def member_by_token(session: Session, token_hash: str, *, now: datetime) -> ConsortiumMember:
    """Return the invitation behind a link; raise ``dume.link_not_found``, or ``dume.link_used`` once it is accepted."""
    query = select(ConsortiumMember).where(ConsortiumMember.token_hash == token_hash)
    row = session.scalars(query).one_or_none()
    if row is None or row.left_at is not None:
        raise errors.link_not_found()
    if row.joined_at is not None:
        raise errors.link_used()
    if now >= row.expires_at:
        raise errors.link_not_found()
    return row


def membership(session: Session, dume_id: uuid.UUID) -> ConsortiumMember | None:
    """Return the place that a response has in a consortium, or none."""
    return session.scalars(select(ConsortiumMember).where(ConsortiumMember.dume_id == dume_id)).one_or_none()


def grid(session: Session, vault: KeyVault, row: Consortium, *, now: datetime) -> Grid:
    """Return what a consortium lacks. The answers are read to be counted here, and go no further."""
    told = [(member, _document(session, vault, member)) for member in row.members]
    members = tuple(_member(member, said, now) for member, said in told)
    standing = [(member, said) for member, said in told if member.left_at is None]
    missing_roles = _missing_roles(member for member, _said in standing)
    asked = document(session, vault, row.request)
    return Grid(members=members, missing_roles=missing_roles, criteria=_criteria(asked, standing))


def _document(session: Session, vault: KeyVault, member: ConsortiumMember) -> Document | None:
    if member.dume is None or member.left_at is not None:
        return None
    return document(session, vault, member.dume)


def _member(row: ConsortiumMember, said: Document | None, now: datetime) -> GridMember:
    return GridMember(
        id=row.id,
        name=row.name,
        siret=row.siret,
        role=row.role,
        state=member_state(row, now),
        missing=None if said is None else len(complete.missing(said)),
    )


def _missing_roles(members: Iterable[ConsortiumMember]) -> tuple[Role, ...]:
    held = {member.role for member in members}
    return () if Role.LEAD in held else (Role.LEAD,)


def _criteria(
    asked: Document, standing: list[tuple[ConsortiumMember, Document | None]]
) -> tuple[GridCriterion, ...]:
    """Gather, criterion by criterion of the request, who is asked and who still owes an answer."""
    expected: dict[str, list[uuid.UUID]] = {}
    owed: dict[str, set[uuid.UUID]] = {}
    for member, said in standing:
        if said is None:
            continue
        for code in dict.fromkeys(criterion.code for criterion in said.criteria):
            expected.setdefault(code, []).append(member.id)
        for one in complete.missing(said):
            owed.setdefault(one.criterion, set()).add(member.id)
    names = {criterion.code: criterion.name for criterion in asked.criteria}
    return tuple(
        GridCriterion(
            code=code,
            name=name,
            expected_of=tuple(expected.get(code, ())),
            missing_from=tuple(one for one in expected.get(code, ()) if one in owed.get(code, ())),
        )
        for code, name in names.items()
    )


def handover_facts(row: Handover) -> HandoverFacts:
    """Return the facts that the state of a hand-over is derived from."""
    return HandoverFacts(expires_at=row.expires_at, begun_at=row.begun_at, completed_at=row.completed_at)


def handover_by_token(session: Session, token_hash: str, *, now: datetime) -> Handover:
    """Return the hand-over behind a link that has not been begun; raise ``dume.link_not_found`` or ``dume.link_used``."""
    row, state = _handover(session, token_hash, now)
    if state is not HandoverState.WAITING:
        raise errors.link_used()
    return row


def handover_by_session(session: Session, token_hash: str, session_hash: str, *, now: datetime) -> Handover:
    """Return a begun hand-over to the browser that began it; the link without that browser's secret is dead."""
    row, state = _handover(session, token_hash, now)
    if state is not HandoverState.BEGUN or row.session_hash != session_hash:
        raise errors.link_used()
    return row


def _handover(session: Session, token_hash: str, now: datetime) -> tuple[Handover, HandoverState]:
    row = session.scalars(select(Handover).where(Handover.token_hash == token_hash)).one_or_none()
    if row is None or row.dume.deleted_at is not None:
        raise errors.link_not_found()
    state = rules.handover_state(handover_facts(row), now)
    if state is HandoverState.EXPIRED:
        raise errors.link_not_found()
    return row, state
