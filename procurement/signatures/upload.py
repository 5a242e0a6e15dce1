"""A form with a signed file and the documents beside it, read within its limits."""

from typing import Any

from procurement.core.text import display_name
from procurement.signatures.errors import Malformed, NoFile
from procurement.signatures.service import MOST_BYTES, Given
from signing.types import Bytes

#: What a form adds around its files, in bytes, at most.
MARGIN = 1 << 20
#: The largest body of a verification.
BODY_BYTES = MOST_BYTES + MARGIN
_NAME = 200


def given(request: Any) -> Given:
    """Return the file of the form, and the documents beside it; raise NoFile or Malformed."""
    fields = _fields(request)
    sent = fields.get("file")
    if getattr(sent, "file", None) is None:
        raise NoFile
    contents = tuple(
        Bytes(_name(one.filename), one.file.read())
        for one in fields.getall("content")
        if getattr(one, "file", None) is not None
    )
    return Given(_name(sent.filename), sent.file.read(), contents).within_limits()


def _fields(request: Any) -> Any:
    try:
        return request.POST
    except ValueError:  # A boundary that is none, or fields that are no text.
        raise Malformed from None


def _name(sent: str | None) -> str:
    """Return how a file name is shown: its last part, hostile characters made visible."""
    last = (sent or "").replace("\\", "/").rpartition("/")[2]
    return display_name(last)[:_NAME] or "fichier"
