"""Openings: what is to be opened, what was, and what came out."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from procurement.accounts import queries as accounts
from procurement.bids import rules
from procurement.bids.models import (
    BidEnvelope,
    BidObject,
    BidOpenedFile,
    BidOpening,
    BidOpeningReport,
    BidShare,
)
from procurement.bids.queries import envelopes
from procurement.bids.queries.envelopes import EnvelopeView
from procurement.bids.queries.tender import Tender
from procurement.bids.rules import EnvelopeState, OpeningState
from signing.sealed import descriptor
from signing.sealed.descriptor import Descriptor

_DESCRIPTOR = "pli.json"
#: Says something of the key that was tried, nothing of the envelope: another key may open it.
WRONG_KEY = "bid.wrong_key"


@dataclass(frozen=True)
class Bidder:
    """Who bids: the depositing company, and the other members of its group."""

    name: str
    siret: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Progress:
    """How far an opening is; ``targets`` are all envelopes that its kind and lots concern, closed ones included."""

    state: OpeningState
    targets: tuple[EnvelopeView, ...]
    opening: frozenset[uuid.UUID]
    reported: dict[uuid.UUID, str]

    @property
    def waiting(self) -> tuple[EnvelopeView, ...]:
        """Return the envelopes whose secret is still to be given."""
        return tuple(
            one for one in self.openable if one.id not in self.opening and one.id not in self.given_up
        )

    @property
    def given_up(self) -> frozenset[uuid.UUID]:
        """Return the envelopes reported for a cause that another key would meet as well."""
        return frozenset(one for one, code in self.reported.items() if code != WRONG_KEY)

    @property
    def stuck(self) -> bool:
        """Tell whether nothing is being decrypted and every envelope that waits has met a wrong key."""
        return not self.opening and all(one.id in self.reported for one in self.waiting)

    @property
    def openable(self) -> tuple[EnvelopeView, ...]:
        """Return the envelopes that may be opened and are not yet."""
        return tuple(one for one in self.targets if one.state is EnvelopeState.OPENABLE)

    def count(self, state: EnvelopeState) -> int:
        """Return how many of the targets are in a state."""
        return sum(one.state is state for one in self.targets)


def opening(session: Session, opening_id: uuid.UUID) -> BidOpening | None:
    """Return an opening."""
    return session.get(BidOpening, opening_id)


def of_consultation(session: Session, consultation_id: uuid.UUID) -> list[BidOpening]:
    """Return the openings of a consultation, oldest first."""
    query = select(BidOpening).where(BidOpening.consultation_id == consultation_id)
    return list(session.scalars(query.order_by(BidOpening.at, BidOpening.id)))


def unfinished(session: Session, opening_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the openings of the same consultation that have no minutes yet."""
    mine = select(BidOpening.consultation_id).where(BidOpening.id == opening_id).scalar_subquery()
    query = select(BidOpening.id).where(BidOpening.consultation_id == mine, BidOpening.finished_at.is_(None))
    return list(session.scalars(query.order_by(BidOpening.at, BidOpening.id)))


def progress(session: Session, found: BidOpening, tender: Tender, *, now: datetime) -> Progress:
    """Return how far an opening is."""
    views = envelopes.of_consultation(session, found.consultation_id, deadline=tender.deadline, now=now)
    targets = tuple(
        one
        for one in views
        if rules.concerns(one.kind, one.lot, wanted_kind=found.kind, wanted_lots=found.lots)
    )
    openable = {one.id for one in targets if one.state is EnvelopeState.OPENABLE}
    given = select(BidShare.envelope_id).where(
        BidShare.opening_id == found.id, BidShare.sealed_value.is_not(None)
    )
    running = frozenset(session.scalars(given)) & openable
    reports = select(BidOpeningReport.envelope_id, BidOpeningReport.code).where(
        BidOpeningReport.opening_id == found.id
    )
    reported = {
        row.envelope_id: row.code for row in session.execute(reports) if row.envelope_id in openable - running
    }
    result = Progress(OpeningState.WAITING, targets, running, reported)
    state = rules.opening_state(waiting=len(result.waiting), running=len(running))
    return Progress(state, targets, running, reported)


def descriptor_of(session: Session, deposit_id: uuid.UUID) -> Descriptor:
    """Return the descriptor of a deposit."""
    query = select(BidObject).where(BidObject.draft_id == deposit_id, BidObject.name == _DESCRIPTOR)
    return descriptor.parse(session.scalars(query.options(undefer(BidObject.content))).one().content)


def packets(session: Session, deposit_id: uuid.UUID, envelope_id: uuid.UUID) -> dict[int, bytes]:
    """Return the key packets of an envelope, by x."""
    prefix = f"{envelope_id}-"
    query = select(BidObject).where(
        BidObject.draft_id == deposit_id, BidObject.name.startswith(prefix, autoescape=True)
    )
    rows = session.scalars(query.options(undefer(BidObject.content)))
    return {int(row.name.removeprefix(prefix).removesuffix(".cms")): row.content for row in rows}


def bidder(session: Session, view: EnvelopeView) -> Bidder:
    """Return who deposited an envelope."""
    company = accounts.organisation(session, view.company_id)
    members = descriptor_of(session, view.deposit_id).candidate.members
    if company is None:
        return Bidder("?", "", members)
    return Bidder(company.legal_name, company.siret, members)


def files(session: Session, envelope_id: uuid.UUID) -> Sequence[BidOpenedFile]:
    """Return the decrypted files of an envelope, in order."""
    query = select(BidOpenedFile).where(BidOpenedFile.envelope_id == envelope_id)
    return session.scalars(query.order_by(BidOpenedFile.n)).all()


def files_of(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[BidOpenedFile]]:
    """Return the decrypted files of several envelopes."""
    found: dict[uuid.UUID, list[BidOpenedFile]] = {}
    query = select(BidOpenedFile).where(BidOpenedFile.envelope_id.in_(ids))
    for row in session.scalars(query.order_by(BidOpenedFile.envelope_id, BidOpenedFile.n)):
        found.setdefault(row.envelope_id, []).append(row)
    return found


def file(session: Session, envelope_id: uuid.UUID, n: int) -> BidOpenedFile | None:
    """Return one decrypted file."""
    return session.get(BidOpenedFile, (envelope_id, n))


def envelope_row(session: Session, envelope_id: uuid.UUID) -> BidEnvelope | None:
    """Return the facts of one envelope."""
    return session.get(BidEnvelope, envelope_id)


def signatures_verified(session: Session, envelope_id: uuid.UUID) -> bool:
    """Tell whether the signatures of an opened envelope were verified."""
    query = select(BidEnvelope.signatures_at).where(BidEnvelope.id == envelope_id)
    return session.scalars(query).one() is not None


def sealed(session: Session, opening_id: uuid.UUID) -> BidOpening:
    """Return an opening with the platform's seals on its minutes."""
    query = select(BidOpening).where(BidOpening.id == opening_id)
    columns = (BidOpening.seal_cms, BidOpening.seal_pdf)
    loaded = query.options(*(undefer(column) for column in columns)).execution_options(populate_existing=True)
    return session.scalars(loaded).one()
