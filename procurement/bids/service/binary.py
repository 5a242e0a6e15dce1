"""Read base64url without padding, the only binary form of the API."""

import base64
import binascii

from procurement.bids.errors import BadRequest
from procurement.core.text import _


def decode(text: str) -> bytes:
    """Return the bytes, or refuse the text."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(
            "bid.base64_invalid", _("Une valeur n’est pas en base64url. Rien n’a été gardé.")
        ) from None
