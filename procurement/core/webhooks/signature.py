"""Sign messages as Standard Webhooks says: HMAC-SHA256 over id, time and body, with a secret ``whsec_...``."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
#: Random bytes of a secret; the format allows 24 to 64.
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret, as it is shown to the client."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(message_id: str, body: bytes, keys: Iterable[str], *, moment: int) -> dict[str, str]:
    """Return the three headers of a message; ``moment`` is in seconds since 1970, one signature per secret."""
    signed = f"{message_id}.{moment}.".encode() + body
    signatures = [
        base64.b64encode(hmac.new(_bytes(key), signed, hashlib.sha256).digest()).decode() for key in keys
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _bytes(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
