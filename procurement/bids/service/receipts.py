"""Receipts: composed with the deposit, time-stamped after it, given as JSON, PDF, token or archive."""

import hashlib
import logging
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from procurement.bids import rules
from procurement.bids.models import BidDeposit
from procurement.bids.queries.tender import Tender
from procurement.bids.service.checking import Verified
from procurement.core import journal
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.errors import DomainError
from procurement.core.security import Identity
from procurement.core.timestamp import Timestamper, TimestampUnavailable, Token
from procurement.core.vault import KeyVault
from procurement.signatures.tickets import Tickets
from signing.receipt import Document, Evidence, EvidenceFile, Party, Receipt, ReceiptParts, parse

RECEIPT_PURPOSE = "bids.receipt"
_log = logging.getLogger(__name__)


def settled(verified: Verified, tickets: Tickets, *, received_at: datetime) -> Verified:
    """Return a deposit whose inventory says of signatures no more than the tickets bear out: see ``Tickets.settled``."""
    listed = verified.inventory
    files = tuple(
        replace(file, signature=tickets.settled(file.signature, now=received_at)) for file in listed.files
    )
    return replace(verified, inventory=replace(listed, files=files))


def compose(
    tender: Tender,
    verified: Verified,
    *,
    depositor: Identity,
    received_at: datetime,
    started_at: datetime | None,
    guarded: bool,
    pli_sha256: str,
) -> bytes:
    """Return ``receipt.json``: the five mandatory contents of annexe 7, article 2, and the evidence beside them."""
    listed = {(file.envelope, file.n): file for file in verified.inventory.files}
    documents, files = [], []
    for envelope in verified.descriptor.envelopes:
        for sealed in envelope.files:
            known = listed[envelope.envelope, sealed.n]
            documents.append(Document(envelope.lot, envelope.kind, known.name, known.size, known.piece))
            files.append(EvidenceFile(envelope.envelope, sealed, known.dume, known.signature))
    evidence = Evidence(
        deposit=verified.descriptor.deposit,
        consultation=tender.id,
        deadline=tender.deadline,
        late=rules.is_late(received_at, tender.deadline),
        started_at=started_at,
        clock="guarded" if guarded else "normal",
        simulation=False,
        pli_sha256=bytes.fromhex(pli_sha256),
        files=tuple(files),
        missing_pieces=_missing_pieces(tender, verified),
    )
    receipt = Receipt(
        depositor=Party(depositor.organisation_name, depositor.siret or None),
        buyer=Party(tender.buyer_name, tender.buyer_siret),
        title=tender.title,
        object=tender.object,
        received_at=received_at,
        documents=tuple(documents),
        evidence=evidence,
    )
    return receipt.to_bytes()


def _missing_pieces(tender: Tender, verified: Verified) -> tuple[str, ...]:
    """Return the labels of required pieces that no document of the envelopes concerned declares."""
    listed = {file.envelope: set[str | None]() for file in verified.inventory.files}
    for file in verified.inventory.files:
        listed[file.envelope].add(file.piece)
    lacking = [
        piece.label
        for envelope in verified.descriptor.envelopes
        for piece in tender.pieces
        if piece.envelope == envelope.kind.value
        and piece.lot in {0, envelope.lot}
        and not {piece.code, piece.label} & listed[envelope.envelope]
    ]
    return tuple(dict.fromkeys(lacking))


@dataclass(frozen=True, slots=True)
class Stamper:
    """What it takes to have a receipt time-stamped."""

    database: Database
    clock: Clock
    authority: Timestamper

    def stamp(self, deposit_id: uuid.UUID, receipt_sha256: str) -> bool:
        """Ask for the token and keep it; False when it cannot be had or kept, a job tries again."""
        try:
            token = self.authority.stamp(bytes.fromhex(receipt_sha256))
        except TimestampUnavailable as error:
            _log.warning("time-stamp pending for a receipt: %s", error)
            return False
        try:
            self._keep(deposit_id, token)
        except DBAPIError as error:
            # The deposit stands and its depositor must hear so: a token that could not be kept is asked for again.
            _log.warning("time-stamp pending for a receipt: %s", error)
            return False
        return True

    def _keep(self, deposit_id: uuid.UUID, token: Token) -> None:
        with self.database.write() as session:
            session.execute(
                update(BidDeposit)
                .where(BidDeposit.id == deposit_id, BidDeposit.tsr.is_(None))
                .values(
                    tsr=token.der,
                    stamped_at=token.gen_time,
                    stamp_authority=token.authority[:200],
                    stamp_qualified=token.qualified,
                )
            )
            data = {"token_sha256": hashlib.sha256(token.der).hexdigest(), "qualified": token.qualified}
            journal.append(
                session,
                at=self.clock.now(),
                actor=None,
                action="bids:receipt:stamped",
                subject=deposit_id,
                data=data,
            )


def body_of(session: Session, vault: KeyVault, deposit: BidDeposit) -> bytes:
    """Return the bytes of ``receipt.json`` that the token covers."""
    return vault.open(session, deposit.company_id, RECEIPT_PURPOSE, deposit.receipt_body)


def read(body: bytes) -> Receipt:
    """Return a stored receipt, typed."""
    return parse(body)


def archive(body: bytes, pdf: bytes | None, tsr: bytes | None, seal: bytes | None = None) -> bytes:
    """Return ``receipt-<deposit>.zip``; a part that is not there yet is left out."""
    return ReceiptParts(body, pdf=pdf, seal=seal, timestamp=tsr).to_bytes()


class NotStamped(DomainError):
    """The token is asked for before the authority has answered."""

    status = 404
