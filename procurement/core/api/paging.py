"""Walk along a list by cursor: what is inserted on the way is neither shown twice nor makes one skip (RFC 8288 links)."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _

#: Rows of a page unless the client asks otherwise, and at most.
SIZE = 50
MOST = 200
_CURSOR_MAX = 500
Row = TypeVar("Row")


@dataclass(frozen=True)
class Window:
    """What is asked for: ``limit`` rows after the place ``after`` (the sort key of the last row seen)."""

    limit: int
    after: str | None = None

    @property
    def fetch(self) -> int:
        """Return how many rows to read: one more tells whether there is a next page."""
        return self.limit + 1

    @property
    def after_id(self) -> uuid.UUID | None:
        """Return the place as the id of a row; refuse a cursor of another list."""
        if self.after is None:
            return None
        try:
            return uuid.UUID(self.after)
        except ValueError:
            raise _refused("cursor") from None


def window(request: Any, *, size: int = SIZE) -> Window:
    """Read ``limit`` and ``cursor``; refuse what is neither."""
    text = request.GET.get("limit", str(size))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):  # noqa: PLR2004  # digits
        raise _refused("limit")
    cursor = request.GET.get("cursor")
    return Window(int(text), _read(cursor) if cursor else None)


def page_of(
    request: Any, rows: Sequence[Row], asked: Window, *, place: Callable[[Row], object]
) -> Sequence[Row]:
    """Cut ``rows`` (of ``asked.fetch``) to one page and announce the next in ``Link``; ``place`` gives a row's sort key."""
    links = [_link(request, None, "first")]
    shown = rows[: asked.limit]
    if len(rows) > asked.limit:
        links.append(_link(request, str(place(shown[-1])), "next"))
    request.response.headers["Link"] = ", ".join(links)
    return shown


def next_cursor(rows: Sequence[Row], asked: Window, *, place: Callable[[Row], object]) -> str | None:
    """Return the cursor of the page after this one, None on the last."""
    return _write(str(place(rows[asked.limit - 1]))) if len(rows) > asked.limit else None


def _link(request: Any, after: str | None, relation: str) -> str:
    params = [(name, value) for name, value in request.GET.items() if name != "cursor"]
    if after is not None:
        params.append(("cursor", _write(after)))
    address = request.path_url + (f"?{urlencode(params)}" if params else "")
    return f'<{address}>; rel="{relation}"'


def _write(after: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([1, after]).encode()).decode().rstrip("=")


def _read(cursor: str) -> str:
    try:
        if len(cursor) > _CURSOR_MAX:
            raise _refused("cursor")
        version, after = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, TypeError, RecursionError):
        raise _refused("cursor") from None
    if version != 1 or not isinstance(after, str):
        raise _refused("cursor")
    return after


def _refused(name: str) -> Invalid:
    message = _("« limit » va de 1 à 200 ; « cursor » se reprend tel quel du lien « next ».")
    return Invalid("api.page_invalid", message, errors=(FieldError(name, "api.page_invalid", message),))
