"""Read one run of text of a clause body: emphasis, super and subscript, and the places to be filled in.

``**gras**``, ``*italique*``, ``^exposant^``, ``~indice~``, ``{{…}}``; a backslash before a mark makes it a
plain character, and a mark between two spaces is one already. Everything else is text, whatever it looks like.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum


class Position(StrEnum):
    """Where the characters stand on their line."""

    NORMAL = ""
    SUPER = "sup"
    SUB = "sub"


class PlaceKind(StrEnum):
    """What fills a place."""

    VALUE = "valeur"
    REFERENCE = "ref"
    FORMULA = "formule"
    SIGNATURE = "signature"
    DEROGATIONS = "derogations"


@dataclass(frozen=True)
class Text:
    """Characters and how they look."""

    text: str
    bold: bool = False
    italic: bool = False
    position: Position = Position.NORMAL


@dataclass(frozen=True)
class Place:
    """What ``{{…}}`` names: a fact, a clause, a formula, a party; ``line`` and ``column`` count from 1."""

    kind: PlaceKind
    name: str
    bold: bool = False
    italic: bool = False
    line: int = 0
    column: int = 0


Inline = Text | Place


@dataclass(frozen=True)
class BodyFault:
    """One thing wrong in a body, where it stands, and what to write instead."""

    code: str
    message: str
    line: int
    column: int = 1


FORMULAS = ("revision",)
PARTIES = ("acheteur", "titulaire")

_TOKEN = re.compile(r"\\(?P<escaped>[\\*^~{}|#:\-])|\{\{(?P<place>.*?)\}\}|(?P<mark>\*\*|\*|\^|~)", re.DOTALL)
_FACT = re.compile(r"[a-z][a-z0-9_]*")
_CLAUSE = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+")
_NAMES = {"**": "bold", "*": "italic", "^": Position.SUPER, "~": Position.SUB}


class _Reader:
    """Read one run; faults are gathered, never raised."""

    def __init__(self, source: str, line: int, column: int, faults: list[BodyFault]) -> None:
        self.source = source
        self.line = line
        self.column = column
        self.faults = faults
        self.open: dict[str, int] = {}
        self.found: list[Inline] = []

    def read(self) -> tuple[Inline, ...]:
        """Return the inlines of the run."""
        end = 0
        for token in _TOKEN.finditer(self.source):
            self._text(self.source[end : token.start()])
            self._token(token)
            end = token.end()
        self._text(self.source[end:])
        for mark, offset in self.open.items():
            self._fault(
                "mark",
                f"« {mark} » n’est pas refermé ; pour le signe lui-même, écrivez « \\{mark} ».",
                offset,
            )
        return tuple(_joined(self.found))

    def _token(self, token: re.Match[str]) -> None:
        if token["escaped"]:
            self._text(token["escaped"])
        elif token["mark"]:
            self._mark(token["mark"], token.start(), token.end())
        else:
            self._place(token["place"].strip(), token.start())

    def _mark(self, mark: str, start: int, end: int) -> None:
        """Switch a mark on before a word and off after one; between spaces it is a plain character."""
        if mark in self.open:
            if self.source[start - 1].isspace():
                self._text(mark)
            else:
                del self.open[mark]
        elif end == len(self.source) or self.source[end].isspace():
            self._text(mark)
        else:
            self.open[mark] = start

    def _place(self, inner: str, offset: int) -> None:
        head, colon, name = inner.partition(":")
        line, column = self._where(offset)
        kind = _kind(head, name, colon=bool(colon))
        if kind is None:
            self._fault("place", f"« {{{{{inner}}}}} » n’est pas admis : {_ADMITTED}", offset)
            return
        style = {"bold": "**" in self.open, "italic": "*" in self.open}
        self.found.append(Place(kind, name if colon else head, line=line, column=column, **style))

    def _text(self, text: str) -> None:
        if not text:
            return
        position = (
            Position.SUPER if "^" in self.open else Position.SUB if "~" in self.open else Position.NORMAL
        )
        self.found.append(
            Text(text.replace("\n", " ").replace("\t", " "), "**" in self.open, "*" in self.open, position)
        )

    def _where(self, offset: int) -> tuple[int, int]:
        before = self.source[:offset]
        lines = before.count("\n")
        column = offset - before.rfind("\n") if lines else offset + self.column
        return self.line + lines, column

    def _fault(self, code: str, message: str, offset: int) -> None:
        self.faults.append(BodyFault(f"body.{code}", message, *self._where(offset)))


_ADMITTED = (
    "écrivez un fait ({{objet}}), un renvoi ({{ref:ccap.avance}}), {{formule:revision}}, "
    "{{signature:acheteur}}, {{signature:titulaire}} ou {{derogations}}."
)


def _kind(head: str, name: str, *, colon: bool) -> PlaceKind | None:
    """Return what a place is, or nothing when it is none of the admitted ones."""
    if not colon:
        return _bare_kind(head)
    admitted = {
        PlaceKind.REFERENCE: bool(_CLAUSE.fullmatch(name)),
        PlaceKind.FORMULA: name in FORMULAS,
        PlaceKind.SIGNATURE: name in PARTIES,
    }
    return next((kind for kind, fits in admitted.items() if head == kind and fits), None)


def _bare_kind(head: str) -> PlaceKind | None:
    if head == PlaceKind.DEROGATIONS:
        return PlaceKind.DEROGATIONS
    return PlaceKind.VALUE if _FACT.fullmatch(head) else None


def _joined(inlines: list[Inline]) -> Iterator[Inline]:
    """Yield the inlines with neighbouring texts of one look made one."""
    held: Text | None = None
    for inline in inlines:
        if (
            isinstance(inline, Text)
            and held is not None
            and replace(held, text="") == replace(inline, text="")
        ):
            held = replace(held, text=held.text + inline.text)
            continue
        if held is not None:
            yield held
        held = inline if isinstance(inline, Text) else None
        if held is None:
            yield inline
    if held is not None:
        yield held


def read_inlines(source: str, line: int, column: int, faults: list[BodyFault]) -> tuple[Inline, ...]:
    """Return what one run of text holds; ``faults`` receives what is wrong in it."""
    return _Reader(source, line, column, faults).read()
