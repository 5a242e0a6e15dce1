"""Hand a report to the page that shows it, so that nothing is kept here: compressed, dated, under a MAC of ours.

The page gives it back when the report is wanted as a file. The MAC makes sure that we typeset only what we found.
"""

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from procurement.signatures.errors import ReportExpired, ReportRefused

#: How long a report may be given back.
LIFE = timedelta(hours=1)
_MAC_BYTES = 32
_LABEL = b"pli signature report 1"


def hand_over(report: dict[str, Any], *, secret: str, now: datetime) -> str:
    """Return a report as text that a form can hold."""
    dated = {"at": now.astimezone(UTC).isoformat(), "report": report}
    packed = zlib.compress(json.dumps(dated, ensure_ascii=False).encode(), 9)
    return base64.b64encode(_mac(packed, secret) + packed).decode("ascii")


def take_back(text: str, *, secret: str, now: datetime) -> tuple[dict[str, Any], datetime]:
    """Return the report and its instant; raise ReportRefused for what is not ours, ReportExpired after an hour."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ReportRefused from None
    mac, packed = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(packed, secret)):
        raise ReportRefused
    dated = json.loads(zlib.decompress(packed))
    at = datetime.fromisoformat(dated["at"])
    if not at <= now < at + LIFE:
        raise ReportExpired
    return dated["report"], at


def _mac(packed: bytes, secret: str) -> bytes:
    key = hmac.digest(secret.encode(), _LABEL, hashlib.sha256)
    return hmac.digest(key, packed, hashlib.sha256)
