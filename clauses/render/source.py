"""Write paragraphs and tables that were read back as the body of a clause, the plain characters kept plain."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby

from clauses.render.docx.reading import ReadLine, ReadTable
from clauses.render.spacing import loose_spans
from clauses.render.tree import Spans
from clauses.rules.spans import Position

_SPECIAL = re.compile(r"([\\*^~|])|(\{)(?=\{)")
_LINE_START = re.compile(r"(#{1,6} |- |::: ?|\|)")
_POSITIONS = {Position.SUPER: "^", Position.SUB: "~", Position.NORMAL: ""}
_EDGES = re.compile(r"(\s*)(.*?)(\s*)", re.DOTALL)


def list_level(line: ReadLine) -> int | None:
    """Return the level of a list item, nothing for other paragraphs."""
    names = {"list bullet": 0, "list bullet 2": 1}
    if line.style in names:
        return names[line.style] if line.level is None else min(line.level, 1)
    return None if line.level is None or line.style.startswith("heading") else min(line.level, 1)


def body_source(pieces: Sequence[ReadLine | ReadTable]) -> str:
    """Return the body that says what these paragraphs and tables say."""
    blocks: list[str] = []
    for is_item, group in groupby(pieces, key=_is_item):
        if is_item:
            blocks.append("\n".join(_items(one for one in group if isinstance(one, ReadLine))))
        else:
            blocks += filter(None, (_block(one) for one in group))
    return "\n\n".join(blocks)


def _is_item(piece: ReadLine | ReadTable) -> bool:
    return isinstance(piece, ReadLine) and list_level(piece) is not None


def _items(lines: Iterator[ReadLine]) -> Iterator[str]:
    first = True
    for line in lines:
        level = 0 if first else list_level(line) or 0
        first = False
        yield f"{'  ' * level}- {_inlines(line.spans)}"


def _block(piece: ReadLine | ReadTable) -> str:
    if isinstance(piece, ReadTable):
        return _table(piece)
    text = _inlines(piece.spans)
    if piece.style == "heading 3" and text:
        return f"### {text}"
    return _LINE_START.sub(lambda start: "\\" + start[0], text, count=1) if _LINE_START.match(text) else text


def _table(table: ReadTable) -> str:
    rows = [
        [" ".join(filter(None, (_inlines(line.spans) for line in cell))) for cell in row]
        for row in table.rows
    ]
    width = max(map(len, rows), default=0)
    if not width:
        return ""
    padded = [[*row, *([""] * (width - len(row)))] for row in rows]
    rule = ["---"] * width
    return "\n".join(f"| {' | '.join(row)} |" for row in (padded[0], rule, *padded[1:]))


def _inlines(spans: Spans) -> str:
    return "".join(_inline(spans)).strip()


def _inline(spans: Spans) -> Iterator[str]:
    """Yield each span between its marks; blanks stay outside of them, where marks need words."""
    for span in loose_spans(spans):
        if span.target:
            yield f"{{{{ref:{span.target}}}}}"
            continue
        edges = _EDGES.fullmatch(span.text)
        assert edges is not None
        before, words, after = edges.groups()
        if not words:
            yield before
            continue
        marks = [mark for mark, on in (("**", span.bold), ("*", span.italic)) if on]
        marks += filter(None, (_POSITIONS[span.position],))
        words = _SPECIAL.sub(_escaped, words)
        yield f"{before}{''.join(marks)}{words}{''.join(reversed(marks))}{after}"


def _escaped(match: re.Match[str]) -> str:
    return "\\" + match[0]


def meaning(piece: ReadLine | ReadTable) -> tuple[str, str]:
    """Return what counts as a change: kind, words, emphasis; not fonts, spaces or style names."""
    if isinstance(piece, ReadTable):
        return "table", _table(piece)
    kind = "heading" if piece.style.startswith("heading") else f"list {list_level(piece)}"
    return kind, " ".join(_inlines(piece.spans).split())


def merged(
    sources: Sequence[str], old: Sequence[ReadLine | ReadTable], new: Sequence[ReadLine | ReadTable]
) -> str:
    """Return the body of an edited clause.

    ``sources`` tells what each old piece was written from. A passage that came back whole keeps its source, so
    that facts and references go on filling it; the rest is written as it was read.
    """
    places = _places([meaning(one) for one in old], [meaning(one) for one in new])
    whole = dict(_whole_passages(sources, places))
    parts: list[str] = []
    read: list[ReadLine | ReadTable] = []
    skipped = 0
    for at, piece in enumerate(new):
        if at in whole:
            source, length = whole[at]
            parts += [body_source(read), source]
            read, skipped = [], length
        if skipped:
            skipped -= 1
        else:
            read.append(piece)
    return "\n\n".join(filter(None, (*parts, body_source(read))))


def _places(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> dict[int, int]:
    """Return where each old piece that came back stands now."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {block.a + offset: block.b + offset for block in blocks for offset in range(block.size)}


def _whole_passages(sources: Sequence[str], places: dict[int, int]) -> Iterator[tuple[int, tuple[str, int]]]:
    """Yield where each passage of one source begins now, its source and its length, if all of it came back."""
    start = 0
    for source, group in groupby(sources):
        length = len(list(group))
        found = [places.get(start + offset) for offset in range(length)]
        first = found[0]
        if source and first is not None and found == list(range(first, first + length)):
            yield first, (source, length)
        start += length
