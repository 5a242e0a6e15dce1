"""Drafts: a company prepares a deposit; small objects are stored until the final act."""

import base64
import binascii
import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from procurement.bids import errors, rules
from procurement.bids.errors import BadRequest
from procurement.bids.models import BidDraft, BidObject
from procurement.bids.queries.tender import Tender
from procurement.core import journal
from procurement.core.errors import TooLarge
from procurement.core.security import Identity
from procurement.core.text import _
from procurement.core.vault import KeyVault
from signing.sealed.descriptor import MAX_DESCRIPTOR_BYTES

DESCRIPTOR, INVENTORY = "pli.json", "inventory.json"
INVENTORY_PURPOSE = "bids.inventory"
_PACKET = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[1-9][0-9]{0,2}\.cms")
_MOST = {DESCRIPTOR: MAX_DESCRIPTOR_BYTES, INVENTORY: 4 << 20}
_MOST_PACKET = 64 * 1024
_CONTENT_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class SmallObject:
    """A named object and its bytes, whose announced digest was checked."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Return the hash in lower hex."""
        return hashlib.sha256(self.content).hexdigest()


def start(
    session: Session, tender: Tender, *, by: Identity, now: datetime, life: timedelta, key: str | None = None
) -> BidDraft:
    """Begin a deposit; the same idempotency key gives the same draft, and is refused for another consultation."""
    assert by.organisation_id is not None
    if not tender.takes_bids:
        raise errors.not_published()
    if key is not None:
        query = select(BidDraft).where(
            BidDraft.company_id == by.organisation_id, BidDraft.idempotency_key == key
        )
        known = session.scalars(query).one_or_none()
        if known is not None and known.consultation_id != tender.id:
            raise errors.idempotency_mismatch()
        if known is not None:
            return known
    draft = BidDraft(
        id=uuid.uuid4(), consultation_id=tender.id, account_id=by.person_id, company_id=by.organisation_id,
        idempotency_key=key, created_at=now, expires_at=now + life, revision=0,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    journal.append(session, at=now, actor=by, action="bids:draft:created", subject=draft.id)
    return draft


def lock(session: Session, draft_id: uuid.UUID) -> None:
    """Keep other transactions from changing the draft until this one ends (SQLite has one writer anyway)."""
    session.execute(select(BidDraft.id).where(BidDraft.id == draft_id).with_for_update())


def touch(session: Session, draft_id: uuid.UUID) -> None:
    """Count a change of what the draft holds."""
    session.execute(
        update(BidDraft)
        .where(BidDraft.id == draft_id)
        .values(revision=BidDraft.revision + 1)
        .execution_options(synchronize_session=False)
    )


def check_open(session: Session, draft_id: uuid.UUID, *, now: datetime) -> None:
    """Refuse to change a draft that is committed or whose time is over."""
    row = session.execute(
        select(BidDraft.committed_at, BidDraft.expires_at).where(BidDraft.id == draft_id)
    ).one()
    if row.committed_at is not None:
        raise errors.already_committed()
    if rules.draft_state(rules.DraftFacts(expires_at=row.expires_at), now) is rules.DraftState.EXPIRED:
        raise errors.expired()


def check_object(name: str, size: int | None) -> None:
    """Refuse a name that has no place in a deposit, and a size beyond its limit, before the body is read."""
    if name not in _MOST and not _PACKET.fullmatch(name):
        raise BadRequest(
            "bid.object_name",
            _("Ce nom d’objet n’a pas de place dans un pli. Rien n’a été gardé."),
            name=name,
        )
    if size is None:
        raise errors.LengthRequired(
            "bid.length_required", _("La taille de l’envoi n’est pas annoncée. Rien n’a été gardé.")
        )
    if size > _MOST.get(name, _MOST_PACKET):
        raise TooLarge(
            "bid.object_too_large",
            _("Cet objet dépasse la taille permise. Rien n’a été gardé."),
            name=name,
            value=size,
        )


def check_digest(content: bytes, header: str) -> None:
    """Refuse bytes that are not those the Content-Digest header (RFC 9530) announces."""
    found = _CONTENT_DIGEST.search(header)
    try:
        announced = base64.b64decode(found.group(1), validate=True) if found else b""
    except binascii.Error:
        announced = b""
    if announced != hashlib.sha256(content).digest():
        raise BadRequest(
            "bid.digest_mismatch",
            _(
                "Cet objet a été altéré pendant l’envoi, ou son empreinte manque. Il n’a pas été gardé ; renvoyez-le."
            ),
        )


def put_object(
    session: Session, vault: KeyVault, draft: BidDraft, given: SmallObject, *, now: datetime
) -> bool:
    """Store a small object, replacing another of the same name; tell whether anything changed."""
    lock(session, draft.id)
    known = session.get(BidObject, (draft.id, given.name))
    if known is not None and known.sha256 == given.sha256:
        return False
    check_open(session, draft.id, now=now)
    content = given.content
    if given.name == INVENTORY:
        content = vault.seal(session, draft.company_id, INVENTORY_PURPOSE, content)
    values = {"sha256": given.sha256, "size": len(given.content), "content": content, "stored_at": now}
    if known is None:
        session.add(BidObject(draft_id=draft.id, name=given.name, **values))
    else:
        for name, value in values.items():
            setattr(known, name, value)
    touch(session, draft.id)
    session.flush()
    return True
