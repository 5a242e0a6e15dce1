"""Read an edited DOCX back: which clauses changed, and what was written outside of them. Nothing is applied here.

Clauses are found by their bookmarks. What the file holds is compared with what the tree gives when it is
written and read the same way, so that only what a person did shows. Pending revisions count as accepted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from lxml import etree

from clauses.render import docx, source
from clauses.render.docx import lines, revisions
from clauses.render.docx.blocks import hidden_name
from clauses.render.docx.reading import Reader, ReadLine, ReadPiece, ReadTable
from clauses.render.docx.safety import Parts, open_docx
from clauses.render.docx.xml import NS, q
from clauses.render.tree import Clause, Document, text_of
from clauses.render.words import changes, text_changes

__all__ = ["ClauseBack", "Comment", "Outcome", "Outside", "ReadBack", "read_back"]

_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
_IGNORED = ("toc ", "table of contents", "header", "footer")


class Outcome(StrEnum):
    """What became of a clause."""

    UNCHANGED = "unchanged"
    MODIFIED = "modified"
    MISSING = "missing"
    MOVED = "moved"


@dataclass(frozen=True)
class ClauseBack:
    """One clause of the document: its words as sent and as they came back, and the body to keep if confirmed.

    ``moved`` is also said of a modified clause. ``title`` is the heading when it was changed.
    """

    id: str
    outcome: Outcome
    moved: bool = False
    title: str = ""
    body: str = ""
    diff: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Outside:
    """Text that stands in no clause, and the clause it follows."""

    text: str
    after: str


@dataclass(frozen=True)
class Comment:
    """A comment of the word processor, and the clause it stands in."""

    author: str
    text: str
    clause: str


@dataclass(frozen=True)
class ReadBack:
    """What came back."""

    clauses: tuple[ClauseBack, ...]
    outside: tuple[Outside, ...]
    comments: tuple[Comment, ...]
    revision_authors: tuple[str, ...]

    @property
    def changed(self) -> tuple[ClauseBack, ...]:
        """Return the clauses to look at."""
        return tuple(one for one in self.clauses if one.outcome is not Outcome.UNCHANGED)


@dataclass(frozen=True)
class _Read:
    """The pieces of a file, by clause and outside."""

    by_anchor: dict[str, list[ReadPiece]]
    outside: list[tuple[str, str]]
    comments: dict[str, str]


def read_back(data: bytes, document: Document) -> ReadBack:
    """Return what changed between the tree that was sent and the file that came back; see `open_docx` for refusals."""
    parts = open_docx(data)
    root = parts.document
    who = revisions.authors(root)
    revisions.accept(root)
    found = _read(_reader(parts, document).pieces(root))
    sent = _sent(document)
    by_anchor = {clause.anchor: clause.id for clause in document.clauses}
    moved = _moved([*sent.by_anchor], [anchor for anchor in found.by_anchor if anchor in by_anchor])
    return ReadBack(
        clauses=tuple(_clause(one, sent, found, moved=one.anchor in moved) for one in document.clauses),
        outside=tuple(
            Outside(text, by_anchor.get(after, "")) for text, after in _added(sent.outside, found.outside)
        ),
        comments=tuple(_comments(parts, found, by_anchor)),
        revision_authors=who,
    )


@lru_cache(maxsize=4)
def _sent(document: Document) -> _Read:
    parts = open_docx(docx.write(document, date=_NO_DATE))
    return _read(_reader(parts, document).pieces(parts.document))


def _reader(parts: Parts, document: Document) -> Reader:
    return Reader(parts, _references(document), {clause.anchor for clause in document.clauses})


def _references(document: Document) -> dict[str, str]:
    """Return the clause that each hidden bookmark of a reference names."""
    return {hidden_name("_Ref", clause.anchor): clause.id for clause in document.clauses}


def _read(pieces: Iterator[ReadPiece]) -> _Read:
    by_anchor: dict[str, list[ReadPiece]] = {}
    outside: list[tuple[str, str]] = []
    comments: dict[str, str] = {}
    last = ""
    for piece in pieces:
        comments.update(dict.fromkeys(piece.content.comments, piece.anchor))
        if piece.anchor:
            last = piece.anchor
            by_anchor.setdefault(piece.anchor, []).append(piece)
        elif not _ignored(piece.content) and (text := _text(piece.content)):
            outside.append((text, last))
    return _Read(by_anchor, outside, comments)


def _ignored(content: ReadLine | ReadTable) -> bool:
    return isinstance(content, ReadLine) and content.style.startswith(_IGNORED)


def _text(content: ReadLine | ReadTable) -> str:
    if isinstance(content, ReadLine):
        return _plain(text_of(content.spans))
    cells = (" ".join(_text(line) for line in cell) for row in content.rows for cell in row)
    return _plain(" | ".join(cells))


def _plain(text: str) -> str:
    """Return the text as compared: word processors change spaces at will."""
    return " ".join(text.split())


def _clause(clause: Clause, sent: _Read, found: _Read, *, moved: bool) -> ClauseBack:
    before = sent.by_anchor[clause.anchor]
    after = found.by_anchor.get(clause.anchor, [])
    if not any(_text(piece.content) for piece in after):
        return ClauseBack(clause.id, Outcome.MISSING)
    if _meaning(before) == _meaning(after):
        return ClauseBack(clause.id, Outcome.MOVED if moved else Outcome.UNCHANGED, moved=moved)
    (heading, rest), (old_heading, _old) = _split(after), _split(before)
    diff = tuple(text_changes(_all_text(before), _all_text(after)))
    title = "" if _plain(heading) == _plain(old_heading) else heading
    return ClauseBack(clause.id, Outcome.MODIFIED, moved, title, _body(clause, before, rest), diff)


def _meaning(pieces: Sequence[ReadPiece]) -> list[tuple[str, str]]:
    return [source.meaning(piece.content) for piece in pieces if _text(piece.content)]


def _split(pieces: Sequence[ReadPiece]) -> tuple[str, list[ReadLine | ReadTable]]:
    """Return the heading of a clause and what stands below it; someone may have taken the heading away."""
    contents = [piece.content for piece in pieces if _text(piece.content)]
    first = contents[0]
    if isinstance(first, ReadLine) and first.style.startswith("heading"):
        return text_of(first.spans).strip(), contents[1:]
    return "", contents


def _body(clause: Clause, before: Sequence[ReadPiece], rest: list[ReadLine | ReadTable]) -> str:
    """Return the new body; passages nobody touched keep their source, so that their facts go on filling them."""
    _heading, old = _split(before)
    return source.merged([*_sources(clause)], old, rest)


def _sources(clause: Clause) -> Iterator[str]:
    """Yield what each written line or table that has words was written from."""
    for block in clause.blocks:
        for piece in lines.block_pieces(block):
            if isinstance(piece, lines.Table) or _plain(text_of(piece.spans)):
                yield block.source


def _all_text(pieces: Sequence[ReadPiece]) -> str:
    return "\n".join(filter(None, (_text(piece.content) for piece in pieces)))


def _moved(sent: list[str], found: list[str]) -> set[str]:
    """Return the clauses that left their place: the fewest whose move explains the new order."""
    kept = {anchor for change, run in changes(sent, found) if change == "=" for anchor in run}
    return {anchor for anchor in found if anchor not in kept}


def _added(sent: list[tuple[str, str]], found: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the text that stands outside the clauses and did not when the file was sent."""
    left = Counter(text for text, _after in sent)
    for text, after in found:
        if left[text]:
            left[text] -= 1
        else:
            yield text, after


def _comments(parts: Parts, found: _Read, clauses: dict[str, str]) -> Iterator[Comment]:
    root = parts.xml("word/comments.xml")
    for comment in () if root is None else root.iterfind("w:comment", NS):
        anchor = found.comments.get(comment.get(q("id"), ""), "")
        paragraphs = (_paragraph_text(one) for one in comment.iter(q("p")))
        yield Comment(
            comment.get(q("author"), ""), "\n".join(filter(None, paragraphs)), clauses.get(anchor, "")
        )


def _paragraph_text(paragraph: etree._Element) -> str:
    return "".join(text.text or "" for text in paragraph.iter(q("t")))
