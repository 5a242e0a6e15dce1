"""The platform's seal on receipts and minutes, put by a job after the deed: neither a deposit nor an opening waits for it.

While the time-stamp authority is away the seal is put without its time-stamp (B-B), and put again once it answers (B-T).
The PDF of a receipt shows the receipt's own time-stamp: it is made and sealed when that is there.
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from procurement.accounts import queries as accounts
from procurement.bids.models import BidDeposit, BidOpening
from procurement.bids.queries import drafts, openings
from procurement.bids.service import minutes, paper, receipts
from procurement.core import i18n, journal, pdf
from procurement.core.jobs import JobContext
from procurement.core.seal import Sealer
from procurement.core.vault import KeyVault
from signing import jcs
from signing.errors import SealedError
from signing.receipt import seal as seals

SEAL_RECEIPT, SEAL_MINUTES = "bids.seal", minutes.SEAL
PAPER_PURPOSE = "bids.receipt.pdf"
_STAMPED = "B-T"


class SealNotStamped(Exception):
    """Say that a seal was put without a time-stamp: the job is tried again."""


@dataclass(frozen=True, slots=True)
class Papers:
    """What was sealed: the detached signature, and the PDF where PDF can be made."""

    cms: bytes
    pdf: bytes | None
    stamped: bool

    def journal(self) -> dict[str, Any]:
        """Return what the journal keeps of it."""
        found = None if self.pdf is None else hashlib.sha256(self.pdf).hexdigest()
        return {
            "seal_sha256": hashlib.sha256(self.cms).hexdigest(),
            "pdf_sha256": found,
            "stamped": self.stamped,
        }


class Sealing:
    """Seal receipts and minutes with what a job is given."""

    def __init__(self, context: JobContext) -> None:
        self._database = context.database
        self._clock = context.clock
        self._sealer: Sealer = context.find(Sealer)
        self._vault: KeyVault = context.find(KeyVault)

    def receipt(self, deposit_id: uuid.UUID) -> None:
        """Seal a receipt; raise SealNotStamped or SealUnavailable to be tried again."""
        with self._database.read() as session:
            row = drafts.receipt_row(session, deposit_id)
            if _done(row, early=row.stamped_at is None):
                return
            body = receipts.body_of(session, self._vault, row)
            language = _language(session, row.account_id)
        early = row.stamped_at is None
        made = self._papers(body, lambda: None if early else paper.receipt_pdf(row, body, language=language))
        with self._database.write() as session:
            kept = None if made.pdf is None else self._closed(session, row.company_id, made.pdf)
            self._keep(session, BidDeposit, deposit_id, made, kept, action="bids:receipt:sealed")
        if not early:  # The job that brings the receipt's time-stamp asks for this one again.
            _ask_again(made)

    def _closed(self, session: Session, owner: uuid.UUID, document: bytes) -> bytes:
        return self._vault.seal(session, owner, PAPER_PURPOSE, document)

    def minutes(self, opening_id: uuid.UUID) -> None:
        """Seal the minutes of an opening; raises as ``receipt``."""
        with self._database.read() as session:
            row = openings.sealed(session, opening_id)
            if row.minutes is None or _done(row):
                return
            language = _language(session, row.by)
            facts = row.minutes
        made = self._papers(jcs.dumps(facts), lambda: paper.minutes_pdf(row, facts, language=language))
        with self._database.write() as session:
            self._keep(session, BidOpening, opening_id, made, made.pdf, action="bids:minutes:sealed")
        _ask_again(made)

    def _papers(self, body: bytes, printed: Callable[[], bytes | None]) -> Papers:
        """Seal a document and its PDF. Nothing is held meanwhile: the authority and the token take their time."""
        cms = self._sealer.seal_cms(body)
        document = printed() if pdf.available() else None
        sealed_pdf = None if document is None else self._sealer.seal_pdf(document)
        made = [seals.read(seals.beside(cms, body))]
        made += [] if sealed_pdf is None else [seals.read(seals.inside(sealed_pdf))]
        return Papers(cms, sealed_pdf, all(one.level == _STAMPED for one in made))

    def _keep(
        self,
        session: Session,
        table: type[BidDeposit | BidOpening],
        identifier: uuid.UUID,
        made: Papers,
        kept: bytes | None,
        *,
        action: str,
    ) -> None:
        now = self._clock.now()
        values = {"sealed_at": now, "seal_cms": made.cms, "seal_pdf": kept}
        session.execute(update(table).where(table.id == identifier).values(values))
        journal.append(session, at=now, actor=None, action=action, subject=identifier, data=made.journal())


def _language(session: Session, person_id: uuid.UUID) -> str:
    person = accounts.person(session, person_id)
    return person.language if person is not None and person.language in i18n.LANGUAGES else i18n.DEFAULT


def _done(row: BidDeposit | BidOpening, *, early: bool = False) -> bool:
    """Tell whether a kept seal needs nothing more: a time-stamp and a PDF; early, it is enough that there is one."""
    from signing.produce import unsigned

    if row.seal_cms is None or early:
        return row.seal_cms is not None
    printed = row.seal_pdf is not None or not pdf.available()
    return printed and bool(unsigned.tokens(row.seal_cms))


def _ask_again(made: Papers) -> None:
    if not made.stamped:
        raise SealNotStamped("the time-stamp authority does not answer")


def sealed_receipt_pdf(session: Session, vault: KeyVault, row: BidDeposit) -> bytes | None:
    """Return the sealed PDF of a receipt, None while there is none."""
    return None if row.seal_pdf is None else vault.open(session, row.company_id, PAPER_PURPOSE, row.seal_pdf)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page says of a seal: ``valid``, ``invalid`` or ``not_present``."""

    state: str
    holder: str = ""
    at: datetime | None = None
    stamped: bool = False


def shown(cms: bytes | None, body: bytes, sealed_at: datetime | None) -> Shown:
    """Check a kept seal over its document for a page; whose it is, the reader judges by the name."""
    if cms is None:
        return Shown("not_present")
    try:
        found = seals.read(seals.beside(cms, body))
    except SealedError:
        return Shown("invalid", at=sealed_at)
    return Shown("valid", found.holder, sealed_at, found.level == _STAMPED)
