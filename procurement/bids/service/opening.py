"""Opening: only after the deadline, by an opener; secrets come in and are checked, never a private key."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from procurement.accounts.rules import OPENER_PENDING
from procurement.bids import errors, rules
from procurement.bids.models import BidEnvelope, BidOpening, BidOpeningReport, BidShare
from procurement.bids.queries import openings
from procurement.bids.queries.envelopes import EnvelopeView
from procurement.bids.queries.tender import Tender
from procurement.bids.rules import Kind
from procurement.consultations.hooks import Hooks
from procurement.consultations.service import record_opened
from procurement.core import jobs, journal
from procurement.core.db import Database
from procurement.core.errors import DomainError, Invalid
from procurement.core.security import Identity
from procurement.core.text import _
from procurement.core.vault import KeyVault
from signing.errors import SealedError
from signing.sealed import cms
from signing.sealed import opening as sealed
from signing.sealed.descriptor import Envelope

OPEN_JOB = "bids.open_envelope"
SECRET_PURPOSE = "bids.opening"  # noqa: S105  # names a purpose, is no secret
#: What a browser says of a packet whose bytes are wrong, as opposed to a key that is not its recipient.
DAMAGED = frozenset({"bid.damaged", "bid.cms_refused", "bid.packet_invalid", "bid.packet_mismatch"})


@dataclass(frozen=True, slots=True)
class Secret:
    """What one holder drew from a packet."""

    envelope: uuid.UUID
    x: int
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """A secret that is not the one committed to."""

    envelope: uuid.UUID
    code: str
    message: str


def check_opener(tender: Tender, *, opener: bool, by: Identity, now: datetime) -> None:
    """Refuse an opening before the deadline, by someone else than an opener, or without a second factor."""
    if not rules.is_closed(tender.deadline, now):
        raise errors.too_early()
    if not by.mfa and {"opener", OPENER_PENDING} & by.roles:
        raise errors.second_factor_required()
    if not opener:
        raise errors.opener_only()


def record_refusal(
    database: Database, tender: Tender, error: DomainError, *, by: Identity, now: datetime
) -> None:
    """Keep a refused attempt in the journal, in a transaction of its own (annexe 8: attempts are detectable)."""
    journal.record(
        database,
        at=now,
        actor=by,
        action="bids:opening:refused",
        subject=tender.id,
        data={"code": error.code},
        organisation_id=tender.buyer_id,
    )


def start(
    session: Session,
    tender: Tender,
    *,
    kind: Kind,
    lots: Sequence[int],
    by: Identity,
    now: datetime,
    hooks: Hooks | None = None,
) -> BidOpening:
    """Begin an opening and tell the consultation that its bids are being opened."""
    if not set(lots) <= {0, *tender.lot_numbers} or kind.value not in tender.kinds:
        raise Invalid(
            "bid.lot_unknown",
            _("Ce lot ou ce type de pli n’existe pas dans la consultation. Rien n’a été ouvert."),
        )
    opening = BidOpening(
        consultation_id=tender.id, kind=kind, lots=sorted(set(lots)), mode="server",
        by=by.person_id, by_name=by.name, at=now,
    )  # fmt: skip
    session.add(opening)
    session.flush()
    data = {"opening": str(opening.id), "kind": kind.value, "lots": opening.lots}
    journal.append(session, at=now, actor=by, action="bids:opening:started", subject=tender.id, data=data)
    record_opened(session, tender.id, at=now, by=by, hooks=hooks)
    return opening


def waiting_packets(
    session: Session, opening: BidOpening, tender: Tender, *, now: datetime
) -> list[tuple[EnvelopeView, Envelope, dict[int, bytes]]]:
    """Return the envelopes still to open with their public part and packets."""
    if opening.finished_at is not None:
        raise errors.opening_finished()
    found = []
    for view in openings.progress(session, opening, tender, now=now).openable:
        public = openings.descriptor_of(session, view.deposit_id).envelope(view.id)
        found.append((view, public, openings.packets(session, view.deposit_id, view.id)))
    return found


def accept(
    session: Session,
    vault: KeyVault,
    opening: BidOpening,
    tender: Tender,
    secrets: Iterable[Secret],
    *,
    by: Identity,
    now: datetime,
) -> tuple[int, list[Refused]]:
    """Check each secret against its commitments, keep the good ones sealed, and enqueue the decryption."""
    _hold_unfinished(session, opening.id)
    given = list(secrets)
    openable = {view.id: view for view in openings.progress(session, opening, tender, now=now).openable}
    refused: list[Refused] = []
    accepted: list[uuid.UUID] = []
    for secret in given:
        refusal = _refusal(session, openable.get(secret.envelope), secret)
        if refusal is not None:
            refused.append(refusal)
            continue
        _keep(session, vault, opening, tender, secret, by=by, now=now)
        accepted.append(secret.envelope)
    if given and not accepted:
        worst = refused[0]
        raise Invalid(worst.code, worst.message, refused=[str(one.envelope) for one in refused])
    data = {
        "opening": str(opening.id),
        "accepted": [str(one) for one in accepted],
        "refused": [str(one.envelope) for one in refused],
    }
    journal.append(session, at=now, actor=by, action="bids:opening:secrets", subject=tender.id, data=data)
    return len(accepted), refused


def _hold_unfinished(session: Session, opening_id: uuid.UUID) -> None:
    """Keep the minutes from being written meanwhile; refuse once they are, for they must name every bid opened."""
    query = select(BidOpening.finished_at).where(BidOpening.id == opening_id).with_for_update()
    if session.scalars(query).one() is not None:
        raise errors.opening_finished()


def _refusal(session: Session, view: EnvelopeView | None, secret: Secret) -> Refused | None:
    """Return why a secret is not taken: nothing to open with it, or not the value committed to."""
    if view is None:
        message = _("Ce pli n’est pas à ouvrir dans cette ouverture.")
        return Refused(secret.envelope, "bid.not_openable", message)
    public = openings.descriptor_of(session, view.deposit_id).envelope(view.id)
    try:
        sealed.recover_key(public, {secret.x: secret.value})
    except SealedError as error:
        return Refused(secret.envelope, error.code, _message(error.code))
    return None


def _message(code: str) -> str:
    if code == "bid.bad_share":
        return _(
            "La valeur tirée du paquet n’est pas celle à laquelle l’entreprise s’est engagée. Rien n’a été ouvert."
        )
    return _("La clé obtenue n’est pas celle à laquelle l’entreprise s’est engagée. Le pli reste fermé.")


def _keep(
    session: Session,
    vault: KeyVault,
    opening: BidOpening,
    tender: Tender,
    secret: Secret,
    *,
    by: Identity,
    now: datetime,
) -> None:
    known = session.get(BidShare, (opening.id, secret.envelope, secret.x))
    if known is None:
        value = vault.seal(session, tender.buyer_id, SECRET_PURPOSE, secret.value)
        session.add(
            BidShare(
                opening_id=opening.id,
                envelope_id=secret.envelope,
                x=secret.x,
                by=by.person_id,
                received_at=now,
                sealed_value=value,
            )
        )
        session.flush()
    payload = {"opening": str(opening.id), "envelope": str(secret.envelope)}
    jobs.enqueue(session, OPEN_JOB, payload, now=now, priority=20, key=f"{OPEN_JOB}:{secret.envelope}")


def report(
    session: Session,
    opening: BidOpening,
    tender: Tender,
    failures: Iterable[tuple[uuid.UUID, str, str]],
    *,
    by: Identity,
    now: datetime,
) -> None:
    """Keep what the browser could not unwrap; a packet that is wrong by our own check makes its envelope unopenable."""
    openable = {view.id: view for view in openings.progress(session, opening, tender, now=now).openable}
    for envelope_id, code, detail in failures:
        view = openable.get(envelope_id)
        if view is None:
            continue
        where = (BidOpeningReport.opening_id == opening.id, BidOpeningReport.envelope_id == envelope_id)
        known = session.scalars(select(BidOpeningReport).where(*where)).first()
        if known is not None and known.code == openings.WRONG_KEY:
            # That was of the key: what the next key meets says more of the bid.
            known.at, known.code, known.detail = now, code[:80], detail[:500]
        elif known is None:
            session.add(
                BidOpeningReport(
                    opening_id=opening.id,
                    envelope_id=envelope_id,
                    at=now,
                    code=code[:80],
                    detail=detail[:500],
                )
            )
        data = {"opening": str(opening.id), "code": code[:80]}
        journal.append(
            session, at=now, actor=by, action="bids:envelope:reported", subject=envelope_id, data=data
        )
        if code in DAMAGED and _packet_is_wrong(session, view):
            fail(session, envelope_id, "bid.packet_damaged", now=now)


def _packet_is_wrong(session: Session, view: EnvelopeView) -> bool:
    public = openings.descriptor_of(session, view.deposit_id).envelope(view.id)
    packets = openings.packets(session, view.deposit_id, view.id)
    for x, stated in enumerate(public.packets, 1):
        content = packets.get(x, b"")
        try:
            cms.parse(content)
        except SealedError:
            return True
        if hashlib.sha256(content).digest() != stated.sha256:
            return True
    return False


def fail(session: Session, envelope_id: uuid.UUID, code: str, *, now: datetime) -> None:
    """Note that an envelope cannot be opened, and why; the others go on."""
    session.execute(
        update(BidEnvelope)
        .where(BidEnvelope.id == envelope_id, BidEnvelope.opened_at.is_(None))
        .values(open_failed_at=now, failure=code[:80])
        .execution_options(synchronize_session=False)
    )
    journal.append(
        session,
        at=now,
        actor=None,
        action="bids:envelope:open_failed",
        subject=envelope_id,
        data={"code": code},
    )


def erase_secrets(session: Session, envelope_id: uuid.UUID) -> None:
    """Forget the secrets of an envelope whose opening has ended, whichever way."""
    session.execute(
        update(BidShare)
        .where(BidShare.envelope_id == envelope_id)
        .values(sealed_value=None)
        .execution_options(synchronize_session=False)
    )
