"""What the paged writers share: column widths, and which headings a table of contents lists."""

from collections.abc import Iterator

from clauses.render import tree
from clauses.render.tree import Document, Grid, Title

CONTENTS_TITLE = "Sommaire"
CONTENTS_LEVELS = 2
#: Height of the logo of a cover page, in millimetres.
LOGO_HEIGHT = 22
#: A column is never narrower than a short word, and a long text never takes the whole page.
_LEAST = 8
_MOST = 60


def column_shares(grid: Grid) -> tuple[int, ...]:
    """Return the width of each column, in hundredths of the table; they add up to 100."""
    columns = range(len(grid.head))
    cells = [[tree.text_of(row[column]) for row in (grid.head, *grid.rows)] for column in columns]
    weights = [max(_longest_word(texts), min(_MOST, max(map(len, texts))), _LEAST) for texts in cells]
    shares = [weight * 100 // sum(weights) for weight in weights]
    shares[-1] += 100 - sum(shares)
    return tuple(shares)


def _longest_word(texts: list[str]) -> int:
    return min(_MOST // 2, max((len(word) for text in texts for word in text.split()), default=0))


def contents(document: Document) -> Iterator[Title]:
    """Yield the headings of the table of contents."""
    return (title for title in tree.titles(document) if title.number.level <= CONTENTS_LEVELS)


def running_header(document: Document) -> str:
    """Return what stands at the top of every page but the cover."""
    return " – ".join(part for part in (document.kind, document.reference, document.subject) if part)


def logo_name(data: bytes) -> str:
    """Return the file name of a logo that was accepted."""
    return "logo.png" if data.startswith(_PNG) else "logo.jpg"


def logo_type(data: bytes) -> str:
    """Return the media type of a logo that was accepted."""
    return "image/png" if data.startswith(_PNG) else "image/jpeg"


_PNG = b"\x89PNG"
