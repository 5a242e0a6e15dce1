"""A ticket: what the service found of one file's signature before its bid was sealed, under a MAC, for a day.

The bidder's browser puts it into the inventory, from where it goes into the receipt. It names the file by its digest under
a key of ours, so that nobody who sees a receipt can guess at the document, and the report by its digest; it holds no name.
Nothing of it is kept here.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from signing.sealed.inventory import SignatureNote, SignatureStatus

#: How long a ticket may be joined to a deposit.
LIFE = timedelta(hours=24)
_LABEL = b"pli signature ticket 1"
_PARTS = 2
#: What nobody but the service can have found.
_CLAIMS = {
    SignatureStatus.SIGNED_VALID,
    SignatureStatus.SIGNED_INVALID,
    SignatureStatus.SIGNED_UNDETERMINED,
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """What was found: of which file (its mark, see ``Tickets.mark``), by which report (SHA-256), on what basis, when."""

    file: str
    status: str
    basis: str | None
    report_sha256: str
    at: datetime


class Tickets:
    """Issue tickets and know them again, with a key made of the service's secret."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), _LABEL, hashlib.sha256)

    def mark(self, file_sha256: str) -> str:
        """Return how a ticket names a file: a keyed digest of its SHA-256, which the service alone can compare."""
        return hmac.new(self._key, b"file " + file_sha256.encode(), hashlib.sha256).hexdigest()

    def issue(self, ticket: Ticket) -> str:
        """Return the text of a ticket."""
        fields = asdict(ticket) | {"at": ticket.at.astimezone(UTC).isoformat(), "v": 1}
        body = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
        return f"{_text(body)}.{_text(self._mac(body))}"

    def read(self, text: str, *, now: datetime) -> Ticket | None:
        """Return the ticket when it is ours and not a day old; None otherwise: a bad ticket stops nothing."""
        found = self.known(text)
        return found if found is not None and found.at <= now < found.at + LIFE else None

    def settled(self, note: SignatureNote, *, now: datetime) -> SignatureNote:
        """Return what a receipt may say of a file: what the bidder's browser says, as far as a ticket bears it out."""
        ticket = self.read(note.ticket, now=now) if note.ticket else None
        if ticket is not None and (ticket.status, ticket.basis) == (note.status.value, note.basis):
            return note
        seen = SignatureStatus.PRESENT_NOT_CHECKED if note.status in _CLAIMS else note.status
        return SignatureNote(seen)

    def known(self, text: str) -> Ticket | None:
        """Return a ticket of ours, however old."""
        parts = text.split(".")
        if len(parts) != _PARTS:
            return None
        try:
            body, mac = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        except (binascii.Error, ValueError):
            return None
        if not hmac.compare_digest(mac, self._mac(body)):
            return None
        fields: dict[str, Any] = json.loads(body)
        del fields["v"]
        return Ticket(**fields | {"at": datetime.fromisoformat(fields["at"])})

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
