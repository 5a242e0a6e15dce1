"""Keys: holders and their certificates, rehearsals, revocation, the key set of a consultation."""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procurement.bids import errors, wording
from procurement.bids.models import BidKeyHolder, BidKeySet, BidRecipient, BidRehearsal
from procurement.bids.queries import keysets
from procurement.bids.queries.keysets import KeySetView
from procurement.bids.rules import HolderRole, HolderState, Kind
from procurement.consultations.rules import ConsultationView
from procurement.core import journal
from procurement.core.errors import Conflict, FieldError, Invalid
from procurement.core.security import Identity
from procurement.core.text import _
from signing.certificates import check_recipient, check_recipients
from signing.errors import SealedError
from signing.sealed import rehearsal
from signing.sealed.descriptor import Kind as SealedKind
from signing.sealed.keyset import KeyHolder, KeySet

#: A challenge that nobody answers is worth nothing after this.
CHALLENGE_LIFE = timedelta(hours=1)
_MOST_CERTIFICATE = 64 * 1024


def read_certificate(data: bytes) -> bytes:
    """Return the DER of a certificate given as DER or PEM."""
    if len(data) > _MOST_CERTIFICATE:
        raise errors.certificate_refused("unreadable")
    if b"-----BEGIN CERTIFICATE-----" not in data:
        return data
    try:
        return load_pem_x509_certificates(data)[0].public_bytes(Encoding.DER)
    except ValueError:
        raise errors.certificate_refused("unreadable") from None


def add_holder(
    session: Session,
    certificate: bytes,
    *,
    name: str,
    role: HolderRole,
    kinds: Sequence[str],
    by: Identity,
    now: datetime,
) -> BidKeyHolder:
    """Add a certificate to the organisation's keys; a rehearsal will make it eligible."""
    assert by.organisation_id is not None
    try:
        recipient = check_recipient(certificate, now)
    except SealedError as error:
        raise errors.certificate_refused(str(error.params.get("reason", "unreadable"))) from error
    digest = recipient.sha256.hex()
    known = select(BidKeyHolder.id).where(
        BidKeyHolder.organisation_id == by.organisation_id, BidKeyHolder.cert_sha256 == digest
    )
    if session.scalars(known).first() is not None:
        raise errors.certificate_refused("known")
    holder = BidKeyHolder(
        id=uuid.uuid4(), organisation_id=by.organisation_id, person_id=by.person_id, name=name, role=role,
        kinds=sorted(set(kinds)), cert_der=certificate, cert_sha256=digest, algorithm=recipient.key_type.value,
        expires_at=recipient.not_after, created_at=now,
    )  # fmt: skip
    session.add(holder)
    session.flush()
    data = {"certificate": digest, "role": role.value, "kinds": holder.kinds}
    journal.append(session, at=now, actor=by, action="bids:key:added", subject=holder.id, data=data)
    return holder


def challenge(
    session: Session, holder: BidKeyHolder, *, by: Identity, now: datetime
) -> tuple[BidRehearsal, bytes]:
    """Begin a rehearsal: seal a nonce to the certificate; only its hash is kept."""
    if holder.revoked_at is not None:
        raise errors.certificate_refused("revoked")
    try:
        recipient = check_recipient(holder.cert_der, now)
    except SealedError as error:
        raise errors.certificate_refused(str(error.params.get("reason", "unreadable"))) from error
    nonce = secrets.token_bytes(rehearsal.NONCE_BYTES)
    row = BidRehearsal(
        id=uuid.uuid4(), key_holder_id=holder.id, nonce_sha256=hashlib.sha256(nonce).hexdigest(), sent_at=now
    )
    session.add(row)
    session.flush()
    journal.append(session, at=now, actor=by, action="bids:key:challenged", subject=holder.id)
    return row, rehearsal.seal(nonce, recipient)


def rehearsal_of(session: Session, rehearsal_id: uuid.UUID, holder: BidKeyHolder) -> BidRehearsal:
    """Return a rehearsal of this holder, or raise NotFound."""
    found = session.get(BidRehearsal, rehearsal_id)
    if found is None or found.key_holder_id != holder.id:
        raise errors.no_key()
    return found


def answer(
    session: Session, row: BidRehearsal, holder: BidKeyHolder, value: bytes, *, by: Identity, now: datetime
) -> bool:
    """Take the answer to a challenge, once; tell whether it proves possession of the key."""
    if row.answered_at is not None or now > row.sent_at + CHALLENGE_LIFE or holder.revoked_at is not None:
        return False
    good = hmac.compare_digest(hashlib.sha256(value).hexdigest(), row.nonce_sha256)
    row.answered_at, row.ok = now, good
    if good:
        holder.rehearsed_at = now
    session.flush()
    journal.append(
        session,
        at=now,
        actor=by,
        action="bids:key:rehearsed" if good else "bids:key:rehearsal_failed",
        subject=holder.id,
    )
    return good


def rehearsal_failed() -> Invalid:
    """Return the refusal for an answer that does not prove possession."""
    return Invalid(
        "bid.rehearsal_failed",
        _(
            "La réponse n’est pas celle attendue : cette clé n’est pas celle du certificat, ou l’épreuve a plus d’une heure. Recommencez l’épreuve."
        ),
    )


def revoke(session: Session, holder: BidKeyHolder, *, by: Identity, now: datetime) -> None:
    """Revoke a holder's certificate: no bid may be sealed to it any more; those that are can still be opened.

    Refused while an open consultation gives it to bidders: they would be shut out until other keys are chosen.
    """
    _hold(session, holder.organisation_id)
    if holder.revoked_at is None:
        used = keysets.used_by(session, holder.id, now=now)
        if used:
            raise errors.key_in_use(used)
        holder.revoked_at = now
        session.flush()
        journal.append(session, at=now, actor=by, action="bids:key:revoked", subject=holder.id)


def choose(
    session: Session,
    consultation: ConsultationView,
    holder_ids: Iterable[uuid.UUID],
    *,
    by: Identity,
    now: datetime,
) -> KeySetView:
    """Make a new version of a consultation's key set; it must be complete for each kind of envelope."""
    _hold(session, consultation.organisation_id)
    chosen = _own_holders(session, consultation.organisation_id, holder_ids)
    _check_complete(chosen, consultation, now=now)
    number = _next_version(session, consultation.id)
    sealed = _key_set(consultation.id, number, chosen)
    row = BidKeySet(
        id=uuid.uuid4(), consultation_id=consultation.id, version=number, sha256=sealed.sha256().hex(), m=1, n=len(chosen),
        custodian=False, created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(
        BidRecipient(key_set_id=row.id, key_holder_id=one.id, x=x, role=one.role, kinds=one.kinds)
        for x, one in enumerate(chosen, 1)
    )
    session.flush()
    data = {"version": number, "sha256": row.sha256, "certificates": [one.cert_sha256 for one in chosen]}
    journal.append(
        session, at=now, actor=by, action="bids:key_set:chosen", subject=consultation.id, data=data
    )
    found = keysets.latest(session, consultation.id)
    assert found is not None
    return found


def _hold(session: Session, organisation_id: uuid.UUID) -> None:
    """Let choosing keys and revoking one wait for each other, so that neither goes by what the other changes."""
    query = select(BidKeyHolder).where(BidKeyHolder.organisation_id == organisation_id)
    held = query.order_by(BidKeyHolder.id).with_for_update().execution_options(populate_existing=True)
    session.scalars(held).all()


def _own_holders(
    session: Session, organisation_id: uuid.UUID, wanted: Iterable[uuid.UUID]
) -> list[BidKeyHolder]:
    """Return the holders named, each once, by ascending hash of the certificates; a foreign one is not found."""
    known = {holder.id: holder for holder in keysets.holders(session, organisation_id)}
    ids = set(wanted)
    if not ids <= known.keys():
        raise errors.no_key()
    return sorted((known[one] for one in ids), key=lambda holder: holder.cert_sha256)


def _next_version(session: Session, consultation_id: uuid.UUID) -> int:
    latest = select(func.max(BidKeySet.version)).where(BidKeySet.consultation_id == consultation_id)
    return int(session.scalar(latest) or 0) + 1


def _key_set(consultation_id: uuid.UUID, number: int, chosen: Iterable[BidKeyHolder]) -> KeySet:
    """Return the key set whose hash every bid sealed to it carries."""
    holders = tuple(
        KeyHolder(one.cert_der, one.name, one.role.value, tuple(SealedKind(kind) for kind in one.kinds))
        for one in chosen
    )
    return KeySet(consultation_id, number, 1, holders)


def _check_complete(chosen: Sequence[BidKeyHolder], consultation: ConsultationView, *, now: datetime) -> None:
    members = [keysets.as_set_member(holder, now) for holder in chosen]
    lacking = keysets.gaps(members, kinds_of(consultation))
    revoked = [holder.name for holder in chosen if keysets.state_of(holder, now) is HolderState.REVOKED]
    if lacking or revoked:
        raise incomplete(lacking)
    try:
        check_recipients([holder.cert_der for holder in chosen], now)
    except SealedError as error:
        raise errors.certificate_refused(str(error.params.get("reason", "unreadable"))) from error


def kinds_of(consultation: ConsultationView) -> tuple[str, ...]:
    """Return the kinds of envelope of a consultation; offers alone until its procedure is chosen."""
    return tuple(consultation.envelopes) or (Kind.OFFRE.value,)


def problems(lacking: dict[str, tuple[str, ...]]) -> list[tuple[str, dict[str, str]]]:
    """Return the sentences (with their places) for what a key set lacks."""
    return [
        (wording.GAPS[gap], {"kind": wording.KINDS[Kind(kind)]})
        for kind, names in lacking.items()
        for gap in names
    ]


class KeySetIncomplete(Conflict):
    """Refuse a key set that would leave bids unreadable when one key is lost; ``errors`` names each gap."""

    def __init__(self, lacking: dict[str, tuple[str, ...]]) -> None:
        super().__init__(
            "bid.keyset_incomplete",
            _(
                "Les clés choisies ne suffisent pas : il en faut au moins deux par type de pli, dont une clé de secours, "
                "toutes éprouvées depuis moins de 90 jours. Rien n’a été modifié."
            ),
        )
        self.errors = tuple(
            FieldError("/holders", f"bid.keyset_{gap}", message, params)
            for gap, (message, params) in zip(_names(lacking), problems(lacking), strict=True)
        )


def _names(lacking: dict[str, tuple[str, ...]]) -> list[str]:
    return [gap for names in lacking.values() for gap in names]


def incomplete(lacking: dict[str, tuple[str, ...]]) -> KeySetIncomplete:
    """Return the refusal for an incomplete key set."""
    return KeySetIncomplete(lacking)
