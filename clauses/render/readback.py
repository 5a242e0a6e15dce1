"""Read an edited DOCX back: which clauses changed, and what was written outside of them. Nothing is applied here.

Clauses are found by their bookmarks. Three texts are compared, each read the same way so that only what a person did
shows: what was sent (``base``), what the file holds, and what the draft says now. A clause that only the draft changed since
is no news; one that both changed is a conflict. Without the text that was sent there are two only, and nothing is
proposed: what the draft changed since cannot be told from what the file changed. Pending revisions count as accepted.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from clauses.render.spacing import loose
from clauses.render.tree import Clause, Document, anchor_of, text_of
from clauses.render.words import changes, text_changes

__all__ = ["ClauseBack", "Comment", "Outcome", "Outside", "Provenance", "ReadBack", "read_back"]

_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
#: « 2026-11-30T10:00:00 »: word processors differ in what follows, a zone or fractions.
_TO_THE_SECOND = 19
_KEY_CHARACTERS = 32
_IGNORED = ("toc ", "table of contents", "header", "footer")


class Outcome(StrEnum):
    """What became of a clause."""

    UNCHANGED = "unchanged"
    MODIFIED = "modified"
    MISSING = "missing"
    MOVED = "moved"
    #: Changed in the file, and otherwise in the draft since.
    CONFLICT = "conflict"
    #: Changed in the file, and no longer in the document.
    GONE = "gone"


class Provenance(StrEnum):
    """What a file says of where it comes from."""

    #: An export of this draft, whose text is known.
    KNOWN = "known"
    #: An export of this draft, but the text of that revision was not kept.
    LOST = "lost"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ClauseBack:
    """One clause of the document: its words as sent and as they came back, and the body to keep if confirmed.

    ``moved`` is also said of a modified clause. ``title`` is the heading when it was changed. In a conflict ``since`` is what
    the draft changed, ``diff`` what the file did. ``proposed`` tells that nothing but the file changed the clause.
    """

    id: str
    outcome: Outcome
    moved: bool = False
    title: str = ""
    body: str = ""
    diff: tuple[tuple[str, str], ...] = ()
    since: tuple[tuple[str, str], ...] = ()
    proposed: bool = False


@dataclass(frozen=True)
class Outside:
    """Text that stands in no clause, and the clause it follows."""

    text: str
    after: str


@dataclass(frozen=True)
class Comment:
    """A comment of the word processor, and the clause it stands in.

    ``key`` stays the same when the file is saved and read again: it stands for author, date and words, and tells apart
    several that have them all in common.
    """

    author: str
    text: str
    clause: str
    key: str = field(default="", compare=False)


@dataclass(frozen=True)
class ReadBack:
    """What came back."""

    clauses: tuple[ClauseBack, ...]
    outside: tuple[Outside, ...]
    comments: tuple[Comment, ...]
    revision_authors: tuple[str, ...]
    provenance: Provenance = Provenance.UNKNOWN
    #: The revision of the draft that the file was made of, where it says so.
    revision: int | None = None

    @property
    def changed(self) -> tuple[ClauseBack, ...]:
        """Return the clauses to look at."""
        return tuple(one for one in self.clauses if one.outcome is not Outcome.UNCHANGED)

    @property
    def proposed(self) -> tuple[ClauseBack, ...]:
        """Return the clauses that may be taken over without a second look."""
        return tuple(one for one in self.clauses if one.proposed)


@dataclass(frozen=True)
class _Read:
    """The pieces of a file, by clause and outside."""

    by_anchor: dict[str, list[ReadPiece]]
    outside: list[tuple[str, str]]
    comments: dict[str, str]


def read_back(
    file: bytes | Parts,
    document: Document,
    *,
    base: bytes | None = None,
    provenance: Provenance = Provenance.UNKNOWN,
    known: Collection[str] = (),
) -> ReadBack:
    """Return what changed in a file that came back; see `open_docx` for refusals.

    ``document`` is what the draft says now, ``base`` the DOCX that was sent where that is another. ``known`` are clauses that the
    document may have held before.
    """
    parts = open_docx(file) if isinstance(file, bytes) else file
    ids = frozenset({*known, *(clause.id for clause in document.clauses)})
    root = parts.document
    who = revisions.authors(root)
    revisions.accept(root)
    found = _read(_reader(parts, ids).pieces(root))
    now = _sent(document, ids)
    compared = _Compared(
        was=now if base is None else _of(open_docx(base), ids), now=now, found=found,
        trusted=provenance is Provenance.KNOWN,
    )  # fmt: skip
    by_anchor = {anchor_of(one): one for one in ids}
    return ReadBack(
        clauses=(*compared.clauses(document), *compared.gone(document, by_anchor)),
        outside=tuple(
            Outside(text, by_anchor.get(after, ""))
            for text, after in _added(compared.was.outside, found.outside)
        ),
        comments=tuple(_comments(parts, found, by_anchor)),
        revision_authors=who,
        provenance=provenance,
    )


@dataclass(frozen=True)
class _Compared:
    """What was sent, what the draft says now, what the file holds; ``trusted`` says that the first is really known."""

    was: _Read
    now: _Read
    found: _Read
    trusted: bool

    def clauses(self, document: Document) -> Iterator[ClauseBack]:
        """Yield what became of each clause of the document."""
        anchors = [clause.anchor for clause in document.clauses]
        sent = [anchor for anchor in self.was.by_anchor if anchor in anchors]
        moved = _moved(sent, [anchor for anchor in self.found.by_anchor if anchor in sent])
        for clause in document.clauses:
            yield self._clause(clause, moved=clause.anchor in moved)

    def gone(self, document: Document, by_anchor: Mapping[str, str]) -> Iterator[ClauseBack]:
        """Yield the clauses that the file changed and the document no longer holds."""
        here = {clause.anchor for clause in document.clauses}
        for anchor, after in self.found.by_anchor.items():
            was = self.was.by_anchor.get(anchor, [])
            if anchor not in here and _meaning(was) != _meaning(after):
                diff = tuple(text_changes(_all_text(was), _all_text(after)))
                yield ClauseBack(by_anchor[anchor], Outcome.GONE, diff=diff)

    def _clause(self, clause: Clause, *, moved: bool) -> ClauseBack:
        now = self.now.by_anchor[clause.anchor]
        was = self.was.by_anchor.get(clause.anchor, [])
        after = self.found.by_anchor.get(clause.anchor, [])
        if not any(_text(piece.content) for piece in after):
            # A clause that entered since cannot be in the file.
            return ClauseBack(clause.id, Outcome.MISSING if was else Outcome.UNCHANGED)
        if _meaning(after) in (_meaning(was), _meaning(now)):
            return ClauseBack(clause.id, Outcome.MOVED if moved else Outcome.UNCHANGED, moved=moved)
        alone = _meaning(was) == _meaning(now)
        (heading, rest), old_heading = _split(after), _split(was)[0] if was else ""
        return ClauseBack(
            clause.id,
            Outcome.MODIFIED if alone else Outcome.CONFLICT,
            moved,
            title="" if _plain(heading) == _plain(old_heading) else heading,
            body=_body(clause, now, rest),
            diff=tuple(text_changes(_all_text(was), _all_text(after))),
            since=() if alone else tuple(text_changes(_all_text(was), _all_text(now))),
            proposed=alone and self.trusted,
        )


def _of(parts: Parts, ids: frozenset[str]) -> _Read:
    return _read(_reader(parts, ids).pieces(parts.document))


@lru_cache(maxsize=4)
def _sent(document: Document, ids: frozenset[str]) -> _Read:
    return _of(open_docx(docx.write(document, date=_NO_DATE)), ids)


def _reader(parts: Parts, ids: frozenset[str]) -> Reader:
    """Return what reads a file: the clauses that its bookmarks, and the hidden ones of its references, may name."""
    anchors = {anchor_of(one): one for one in ids}
    references = {hidden_name("_Ref", anchor): one for anchor, one in anchors.items()}
    return Reader(parts, references, anchors)


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


def _meaning(pieces: Sequence[ReadPiece]) -> list[tuple[str, str]]:
    return [source.meaning(piece.content) for piece in pieces if _text(piece.content)]


def _split(pieces: Sequence[ReadPiece]) -> tuple[str, list[ReadLine | ReadTable]]:
    """Return the heading of a clause and what stands below it; someone may have taken the heading away."""
    contents = [piece.content for piece in pieces if _text(piece.content)]
    first = contents[0]
    if isinstance(first, ReadLine) and first.style.startswith("heading"):
        return loose(text_of(first.spans)).strip(), contents[1:]
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


def _comments(parts: Parts, found: _Read, clauses: Mapping[str, str]) -> Iterator[Comment]:
    root = parts.xml("word/comments.xml")
    alike: Counter[tuple[str, ...]] = Counter()
    for comment in () if root is None else root.iterfind("w:comment", NS):
        clause = clauses.get(found.comments.get(comment.get(q("id"), ""), ""), "")
        author, text = (
            comment.get(q("author"), ""),
            "\n".join(filter(None, map(_paragraph_text, comment.iter(q("p"))))),
        )
        # A file cleaned of personal data has no dates: the same words elsewhere are then another comment.
        said = (author, comment.get(q("date"), "")[:_TO_THE_SECOND] or clause, _plain(text))
        alike[said] += 1
        yield Comment(author, text, clause, _key(*said, str(alike[said])))


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_KEY_CHARACTERS]


def _paragraph_text(paragraph: etree._Element) -> str:
    return "".join(text.text or "" for text in paragraph.iter(q("t")))
