"""Lists in pages: which one is asked for, how many there are, and addresses that keep every filter."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

#: Rows of a page unless a list says otherwise.
SIZE = 20
#: Pages after this are not served: nobody reads them, and their cost grows with their number.
MOST_PAGES = 5000


@dataclass(frozen=True)
class Page:
    """One page of a list of ``total`` rows."""

    number: int
    total: int
    size: int = SIZE

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, min(MOST_PAGES, -(-self.total // self.size)))

    @property
    def first(self) -> int:
        """Return the rank of the first row shown, from 1; 0 for an empty list."""
        return min(self.total, (self.number - 1) * self.size + 1)

    @property
    def last(self) -> int:
        """Return the rank of the last row shown."""
        return min(self.total, self.number * self.size)


def asked(request: Any, *, name: str = "page") -> int:
    """Return the number of the page asked for, from 1; anything else than a number is the first."""
    text = request.GET.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 1  # noqa: PLR2004  # digits
    return min(max(number, 1), MOST_PAGES)


def offset(number: int, *, size: int = SIZE) -> int:
    """Return how many rows come before a page."""
    return (number - 1) * size


def address(request: Any, params: list[tuple[str, str]], **changes: str | None) -> str:
    """Return this page's address with ``params``, each of ``changes`` in place of its own; None takes one out."""
    kept = [(key, value) for key, value in params if key not in changes]
    kept += [(key, value) for key, value in changes.items() if value is not None]
    query = urlencode(kept)
    path: str = request.path
    return f"{path}?{query}" if query else path
