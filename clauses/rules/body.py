"""Read the body of a clause (``corps``): a restricted Markdown of paragraphs, lists, tables and conditional blocks.

Paragraphs, ``- `` lists of two levels, pipe tables with a header, ``### `` sub-headings, ``::: si <condition>`` …
``:::`` (one level). A paragraph that is only ``{{x}}`` is an `Insert`: a table, a list or blocks take its place.
Nothing is evaluated here: facts, clauses and conditions are named, `places` and `conditions` list them for the
analysis. A body with faults is refused with all of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from clauses.rules.spans import BodyFault, Inline, Place, PlaceKind, Position, Text, read_inlines

__all__ = [
    "Align",
    "Block",
    "Body",
    "BodyFault",
    "BodyFaults",
    "Bullets",
    "Conditional",
    "Grid",
    "Heading",
    "Inline",
    "Insert",
    "Item",
    "Paragraph",
    "Place",
    "PlaceKind",
    "Position",
    "Text",
    "conditions",
    "parse",
    "places",
    "runs",
]


class Align(StrEnum):
    """How the cells of a column are set."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    inlines: tuple[Inline, ...]
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Heading:
    """A sub-heading inside the clause."""

    inlines: tuple[Inline, ...]
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Item:
    """One item of a list, with the items below it."""

    inlines: tuple[Inline, ...]
    items: "tuple[Item, ...]" = ()


@dataclass(frozen=True)
class Bullets:
    """A list of one or two levels."""

    items: tuple[Item, ...]
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Grid:
    """A table: a header row, the rows, the alignment of each column."""

    head: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    aligns: tuple[Align, ...]
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Insert:
    """A place that stands alone: what it names may be a table, a list, blocks or a line."""

    place: Place
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Conditional:
    """Blocks that stand only if a condition holds; its text is for the condition language."""

    condition: str
    blocks: "tuple[Block, ...]"
    line: int = 0
    source: str = field(default="", compare=False)


Block: TypeAlias = "Paragraph | Heading | Bullets | Grid | Insert | Conditional"


@dataclass(frozen=True)
class Body:
    """What a clause says, read."""

    blocks: tuple[Block, ...]


class BodyFaults(Exception):
    """Carry everything that is wrong in one body."""

    def __init__(self, faults: list[BodyFault]) -> None:
        super().__init__("; ".join(f"ligne {fault.line} : {fault.message}" for fault in faults))
        self.faults = tuple(faults)


_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"( *)- +(\S.*)")
_FOREIGN_ITEM = re.compile(r" *[*+] +\S")
_FENCE = re.compile(r":::\s*(.*)")
_RULE_CELL = re.compile(r"(:?)-+(:?)")
_CELL_END = re.compile(r"(?<!\\)\|")
_ALONE = {PlaceKind.SIGNATURE, PlaceKind.DEROGATIONS}


def parse(text: str) -> Body:
    """Return the blocks of a body; raise `BodyFaults` with every fault, lines counted from 1."""
    reader = _Reader(text.split("\n"))
    blocks = reader.read()
    reader.faults.extend(_misplaced(blocks))
    if reader.faults:
        raise BodyFaults(sorted(reader.faults, key=lambda fault: (fault.line, fault.column)))
    return Body(blocks)


class _Reader:
    """Read lines into blocks, one after the other."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.faults: list[BodyFault] = []

    def read(self, *, inside: bool = False) -> tuple[Block, ...]:
        """Return the blocks up to the end, or up to the closing fence when ``inside`` a condition."""
        blocks: list[Block] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if inside and line.strip() == ":::":
                break
            if not line.strip():
                self.at += 1
            else:
                blocks.extend(self._block(line, inside=inside))
        return tuple(blocks)

    def _block(self, line: str, *, inside: bool) -> Iterator[Block]:
        if fence := _FENCE.fullmatch(line.strip()):
            yield from self._conditional(fence[1], inside=inside)
        elif heading := _HEADING.fullmatch(line.strip()):
            yield self._heading(heading)
        elif _ITEM.fullmatch(line):
            yield self._bullets()
        elif line.lstrip().startswith("|"):
            yield from self._grid()
        else:
            yield self._paragraph()

    def _conditional(self, rest: str, *, inside: bool) -> Iterator[Block]:
        start = self.at
        self.at += 1
        condition = rest.removeprefix("si ").strip() if rest.startswith("si ") else ""
        if not condition:
            self._fault(
                start, "fence", "écrivez « ::: si <condition> », puis « ::: » seul à la fin du passage."
            )
        if inside:
            self._fault(start, "nested", "un passage conditionnel ne peut pas en contenir un autre.")
            return
        blocks = self.read(inside=True)
        if self.at == len(self.lines):
            self._fault(start, "unclosed", "ce passage conditionnel n’est pas refermé par « ::: ».")
        self.at += 1
        yield Conditional(condition, blocks, start + 1, self._source(start))

    def _heading(self, heading: re.Match[str]) -> Heading:
        start = self.at
        self.at += 1
        if heading[1] != "###":
            self._fault(start, "heading", "un seul niveau de sous-titre est admis, il s’écrit « ### ».")
        inlines = read_inlines(heading[2].strip(), start + 1, len(heading[1]) + 2, self.faults)
        return Heading(inlines, self._source(start))

    def _bullets(self) -> Bullets:
        start = self.at
        items: list[tuple[int, int, str]] = []
        while self.at < len(self.lines) and self.lines[self.at].strip():
            line = self.lines[self.at]
            item = _ITEM.fullmatch(line)
            if item:
                items.append((self._level(item[1]), self.at, item[2]))
            elif line.startswith("  "):
                level, first, text = items[-1]
                items[-1] = (level, first, f"{text}\n{line.strip()}")
            elif _FENCE.fullmatch(line.strip()):
                break
            else:
                message = (
                    "laissez une ligne vide après la liste, ou deux espaces pour continuer son dernier point."
                )
                self._fault(self.at, "list_end", message)
            self.at += 1
        return Bullets(self._nested(items), self._source(start))

    def _level(self, indent: str) -> int:
        if indent not in {"", "  "}:
            message = "une liste a deux niveaux : « - » sans retrait, puis deux espaces et « - »."
            self._fault(self.at, "list_level", message)
        return 1 if indent else 0

    def _nested(self, items: list[tuple[int, int, str]]) -> tuple[Item, ...]:
        found: list[tuple[tuple[Inline, ...], list[Item]]] = []
        for level, at, text in items:
            inlines = read_inlines(text, at + 1, 3 + 2 * level, self.faults)
            if level == 0:
                found.append((inlines, []))
            elif found:
                found[-1][1].append(Item(inlines))
            else:
                self._fault(at, "list_level", "une liste commence par un point sans retrait.")
        return tuple(Item(inlines, tuple(below)) for inlines, below in found)

    def _grid(self) -> Iterator[Block]:
        start = self.at
        rows: list[list[str]] = []
        while self.at < len(self.lines) and self.lines[self.at].lstrip().startswith("|"):
            rows.append(_cells(self.lines[self.at]))
            self.at += 1
        aligns = _aligns(rows[1]) if len(rows) > 1 else None
        if aligns is None:
            message = "sous l’en-tête d’un tableau, écrivez une ligne de tirets : | --- | ---: |."
            self._fault(start, "table_head", message)
            return
        for offset, row in enumerate(rows):
            if len(row) != len(aligns):
                message = f"cette ligne a {len(row)} cellules ; le tableau a {len(aligns)} colonnes."
                self._fault(start + offset, "table_cells", message)
        read = [self._row(row, start + offset) for offset, row in enumerate(rows) if offset != 1]
        yield Grid(read[0], tuple(read[1:]), aligns, self._source(start))

    def _row(self, cells: list[str], at: int) -> tuple[tuple[Inline, ...], ...]:
        return tuple(read_inlines(cell, at + 1, 1, self.faults) for cell in cells)

    def _paragraph(self) -> Paragraph | Insert:
        start = self.at
        while self.at < len(self.lines) and self._goes_on(self.lines[self.at], first=self.at == start):
            if _FOREIGN_ITEM.match(self.lines[self.at]):
                self._fault(self.at, "list_mark", "un point de liste s’écrit « - ».")
            self.at += 1
        lines = self.lines[start : self.at]
        indent = len(lines[0]) - len(lines[0].lstrip())
        text = "\n".join(line.strip() for line in lines)
        inlines = read_inlines(text, start + 1, indent + 1, self.faults)
        if len(inlines) == 1 and isinstance(inlines[0], Place):
            return Insert(inlines[0], self._source(start))
        return Paragraph(inlines, self._source(start))

    def _goes_on(self, line: str, *, first: bool) -> bool:
        """Say whether a line belongs to the paragraph begun; the first always does."""
        if first:
            return True
        ends = (
            _HEADING.fullmatch(line)
            or _ITEM.fullmatch(line)
            or _FENCE.fullmatch(line)
            or line.startswith("|")
        )
        return bool(line.strip()) and not ends

    def _source(self, start: int) -> str:
        return "\n".join(self.lines[start : self.at]).strip("\n")

    def _fault(self, at: int, code: str, message: str) -> None:
        self.faults.append(BodyFault(f"body.{code}", message, at + 1))


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    cells = _CELL_END.split(inner)
    if not cells[-1].strip():
        cells.pop()
    return [cell.strip() for cell in cells]


def _aligns(cells: list[str]) -> tuple[Align, ...] | None:
    """Return what a line of dashes says, or nothing when it is none."""
    rules = [_RULE_CELL.fullmatch(cell) for cell in cells]
    sides = {("", ""): Align.LEFT, (":", ""): Align.LEFT, ("", ":"): Align.RIGHT, (":", ":"): Align.CENTER}
    found = tuple(sides[rule[1], rule[2]] for rule in rules if rule)
    return found if found and len(found) == len(cells) else None


def _misplaced(blocks: tuple[Block, ...]) -> Iterator[BodyFault]:
    """Yield the places that must stand alone and do not."""
    for block in blocks:
        if isinstance(block, Conditional):
            yield from _misplaced(block.blocks)
        elif not isinstance(block, Insert):
            for place in _places(block):
                if place.kind in _ALONE:
                    message = "ce bloc doit être seul dans son paragraphe, une ligne vide avant et après."
                    yield BodyFault("body.alone", message, place.line, place.column)


def places(body: Body) -> tuple[Place, ...]:
    """Return everything that the body asks for, in order."""
    return tuple(place for block in body.blocks for place in _places(block))


def conditions(body: Body) -> tuple[Conditional, ...]:
    """Return the conditional blocks."""
    return tuple(block for block in body.blocks if isinstance(block, Conditional))


def _places(block: Block) -> Iterator[Place]:
    if isinstance(block, Insert):
        yield block.place
    elif isinstance(block, Conditional):
        for inner in block.blocks:
            yield from _places(inner)
    else:
        for inlines in runs(block):
            yield from (inline for inline in inlines if isinstance(inline, Place))


def runs(block: Paragraph | Heading | Bullets | Grid) -> Iterator[tuple[Inline, ...]]:
    """Yield every run of text of a block."""
    if isinstance(block, Bullets):
        for item in block.items:
            yield item.inlines
            yield from (below.inlines for below in item.items)
    elif isinstance(block, Grid):
        yield from block.head
        for row in block.rows:
            yield from row
    else:
        yield block.inlines
