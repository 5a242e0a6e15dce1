"""Match the paragraphs, tables and rows of two versions: equal ones first, then those that are alike, in order."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from clauses.render.docx.lines import Line, Piece, Row, Table
from clauses.render.tree import text_of
from clauses.render.words import MOST, costly

_P = TypeVar("_P", Piece, Row)
#: Two paragraphs are versions of one another when this much of their text is common.
ALIKE = 0.4
#: Beyond this many comparisons of one stretch, paragraphs are only matched when they are equal.
MOST_COMPARED = 2_000
#: What comparing two paragraphs word by word may take, as the word diff counts it.
_MOST = MOST // 20


def pairs(old: Sequence[_P], new: Sequence[_P]) -> Iterator[tuple[_P | None, _P | None]]:
    """Yield each old and new piece once, together where they match; deleted ones come before inserted ones."""
    for kind, start, end, into, until in SequenceMatcher(
        None, [*map(_key, old)], [*map(_key, new)], autojunk=False
    ).get_opcodes():
        if kind == "equal":
            yield from zip(old[start:end], new[into:until], strict=True)
        else:
            yield from _stretch(old[start:end], new[into:until])


def _stretch(old: Sequence[_P], new: Sequence[_P]) -> Iterator[tuple[_P | None, _P | None]]:
    """Yield the best matches of a stretch where nothing is equal, in order, and what is left over."""
    at = 0
    for index, partner in enumerate(_partners(old, new)):
        if partner is None:
            yield old[index], None
            continue
        yield from ((None, one) for one in new[at:partner])
        yield old[index], new[partner]
        at = partner + 1
    yield from ((None, one) for one in new[at:])


def _partners(old: Sequence[_P], new: Sequence[_P]) -> list[int | None]:
    """Return, for each old piece, the place of its new version: the heaviest matching that keeps the order."""
    if not new or len(old) * len(new) > MOST_COMPARED:
        return [None] * len(old)
    scores = [[_likeness(one, other) for other in new] for one in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for row in range(len(old) - 1, -1, -1):
        for column in range(len(new) - 1, -1, -1):
            paired = scores[row][column] + best[row + 1][column + 1] if scores[row][column] else 0.0
            best[row][column] = max(best[row + 1][column], best[row][column + 1], paired)
    return _walk(scores, best)


def _walk(scores: list[list[float]], best: list[list[float]]) -> list[int | None]:
    """Follow the best matching from the start."""
    partners: list[int | None] = [None] * len(scores)
    row = column = 0
    while row < len(scores) and column < len(scores[0]):
        if best[row][column] == best[row + 1][column]:
            row += 1
        elif best[row][column] == best[row][column + 1]:
            column += 1
        else:
            partners[row] = column
            row += 1
            column += 1
    return partners


def _likeness(one: _P, other: _P) -> float:
    """Return how much of two pieces is common, nothing when one cannot be a version of the other."""
    if _shape(one) != _shape(other):
        return 0.0
    words, others = _words(one), _words(other)
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    # Of very long paragraphs only the words count, not their order.
    ratio = matcher.quick_ratio() if costly(words, others, _MOST) else matcher.ratio()
    return ratio if ratio >= ALIKE else 0.0


def _shape(piece: _P) -> tuple[object, ...]:
    """Return what must be equal: the style of a line, the columns of a table or row."""
    if isinstance(piece, Line):
        return ("line", piece.style, piece.align)
    if isinstance(piece, Table):
        return ("table", *(cell.align for cell in piece.rows[0].cells))
    return ("row", piece.header, *(cell.align for cell in piece.cells))


def _words(piece: _P) -> list[str]:
    return [word for text in _texts(piece) for word in text.split()]


def _texts(piece: _P) -> list[str]:
    if isinstance(piece, Line):
        return [text_of(piece.spans)]
    cells = piece.cells if isinstance(piece, Row) else [cell for row in piece.rows for cell in row.cells]
    return [text_of(cell.spans) for cell in cells]


def _key(piece: _P) -> tuple[object, ...]:
    return (*_shape(piece), *_texts(piece))
