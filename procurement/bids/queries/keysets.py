"""Key holders and key sets, with the states that their facts give."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procurement.bids import errors, rules
from procurement.bids.models import BidKeyHolder, BidKeySet, BidRecipient
from procurement.bids.rules import HolderFacts, HolderRole, HolderState, Kind, SetMember
from procurement.consultations import queries as consultations
from procurement.consultations.rules import State
from signing.sealed.descriptor import Kind as SealedKind
from signing.sealed.keyset import KeyHolder, KeySet


@dataclass(frozen=True, kw_only=True)
class Member:
    """One recipient of a key set; the certificate's facts of today beside the place it was given."""

    holder_id: uuid.UUID
    name: str
    x: int
    role: HolderRole
    kinds: tuple[str, ...]
    cert_der: bytes
    cert_sha256: str
    rehearsed_at: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> HolderState:
        """Return where the holder stands today."""
        return rules.holder_state(
            HolderFacts(rehearsed_at=self.rehearsed_at, revoked_at=self.revoked_at), now
        )


@dataclass(frozen=True, kw_only=True)
class KeySetView:
    """One version of the keys of a consultation; members by ascending certificate hash."""

    id: uuid.UUID
    consultation_id: uuid.UUID
    version: int
    sha256: str
    m: int
    created_at: datetime
    members: tuple[Member, ...]

    @property
    def stale(self) -> bool:
        """Tell whether a certificate was revoked: no bid may be sealed to this key set any more."""
        return any(member.revoked_at is not None for member in self.members)

    def sealed(self) -> KeySet:
        """Return the key set in the form that clients seal to."""
        return KeySet(
            self.consultation_id,
            self.version,
            self.m,
            tuple(
                KeyHolder(
                    member.cert_der,
                    member.name,
                    member.role.value,
                    tuple(SealedKind(kind) for kind in member.kinds),
                )
                for member in self.members
            ),
        )


def latest(session: Session, consultation_id: uuid.UUID) -> KeySetView | None:
    """Return the newest version, None while there is none."""
    query = select(BidKeySet).where(BidKeySet.consultation_id == consultation_id)
    found = session.scalars(query.order_by(BidKeySet.version.desc()).limit(1)).one_or_none()
    return _view(session, found) if found else None


def version(session: Session, consultation_id: uuid.UUID, number: int) -> KeySetView | None:
    """Return one version, or None."""
    query = select(BidKeySet).where(BidKeySet.consultation_id == consultation_id, BidKeySet.version == number)
    found = session.scalars(query).one_or_none()
    return _view(session, found) if found else None


def _view(session: Session, found: BidKeySet) -> KeySetView:
    query = select(BidRecipient, BidKeyHolder).join(BidKeyHolder).where(BidRecipient.key_set_id == found.id)
    members = tuple(
        Member(
            holder_id=holder.id, name=holder.name, x=recipient.x, role=recipient.role, kinds=tuple(recipient.kinds),
            cert_der=holder.cert_der, cert_sha256=holder.cert_sha256,
            rehearsed_at=holder.rehearsed_at, revoked_at=holder.revoked_at,
        )
        for recipient, holder in session.execute(query.order_by(BidRecipient.x))
    )  # fmt: skip
    return KeySetView(
        id=found.id, consultation_id=found.consultation_id, version=found.version, sha256=found.sha256, m=found.m,
        created_at=found.created_at, members=members,
    )  # fmt: skip


def used_by(session: Session, holder_id: uuid.UUID, *, now: datetime) -> list[str]:
    """Return the references of the consultations open or about to be whose newest key set holds this key."""
    newest = (
        select(BidKeySet.consultation_id, func.max(BidKeySet.version).label("version"))
        .group_by(BidKeySet.consultation_id)
        .subquery()
    )
    query = (
        select(BidKeySet.consultation_id)
        .join(BidRecipient, BidRecipient.key_set_id == BidKeySet.id)
        .join(
            newest,
            (newest.c.consultation_id == BidKeySet.consultation_id) & (newest.c.version == BidKeySet.version),
        )
        .where(BidRecipient.key_holder_id == holder_id)
    )
    found = [consultations.view(session, one) for one in session.scalars(query)]
    return sorted(one.reference for one in found if one.state(now) in {State.SCHEDULED, State.OPEN})


def gaps(members: Iterable[SetMember], kinds: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return what a key set lacks, by kind of envelope; empty when it is complete."""
    known = list(members)
    found = {kind: rules.missing_for(Kind(kind), known) for kind in kinds}
    return {kind: lacking for kind, lacking in found.items() if lacking}


def set_members(view: KeySetView, now: datetime) -> list[SetMember]:
    """Return a key set's members as its completeness sees them."""
    return [
        SetMember(
            certificate=member.cert_sha256, role=member.role,
            kinds=frozenset(Kind(kind) for kind in member.kinds), state=member.state(now),
        )
        for member in view.members
    ]  # fmt: skip


def holders(session: Session, organisation_id: uuid.UUID) -> list[BidKeyHolder]:
    """Return the key holders of an organisation, by name."""
    query = select(BidKeyHolder).where(BidKeyHolder.organisation_id == organisation_id)
    return list(session.scalars(query.order_by(BidKeyHolder.name, BidKeyHolder.created_at, BidKeyHolder.id)))


def holder(session: Session, holder_id: uuid.UUID, organisation_id: uuid.UUID | None) -> BidKeyHolder:
    """Return a key holder of this organisation, or raise NotFound."""
    found = session.get(BidKeyHolder, holder_id)
    if found is None or organisation_id is None or found.organisation_id != organisation_id:
        raise errors.no_key()
    return found


def state_of(found: BidKeyHolder, now: datetime) -> HolderState:
    """Return where a key holder stands."""
    return rules.holder_state(HolderFacts(rehearsed_at=found.rehearsed_at, revoked_at=found.revoked_at), now)


def as_set_member(found: BidKeyHolder, now: datetime) -> SetMember:
    """Return a holder as the completeness of a key set sees it."""
    return SetMember(
        certificate=found.cert_sha256,
        role=found.role,
        kinds=frozenset(Kind(kind) for kind in found.kinds),
        state=state_of(found, now),
    )
