"""Build the tree of a document from its canvas, its included clauses and the answers.

Nothing is decided here: which clauses stand, and whether a conditional passage does, is handed in. A value that
is not known shows as « [à compléter : libellé] » and is listed in ``Document.missing``.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from clauses.render import tree
from clauses.render.fill import AWAITED_PASSAGE, Filler
from clauses.render.guard import refuse_hostile
from clauses.render.logo import check_logo
from clauses.render.spacing import tied_tree
from clauses.render.tree import CoverLine, CoverRole, Span
from clauses.rules import body
from clauses.rules.derogations import Derogation
from clauses.rules.model import Canvas, Clause, Cover, CoverBlock, CoverBlockKind, Fact, Facts
from clauses.rules.numbering import ChapterNumbers, ClauseNumbers, Number, number_chapters
from clauses.rules.spans import read_inlines
from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _

__all__ = ["Assembly", "build"]


def _always(_condition: str) -> bool | None:
    return True


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """What a document is made of.

    ``clauses`` are those included, by id; ``holds`` tells whether a conditional passage stands (None: an answer
    is awaited); ``texts`` are the bodies edited in the draft, by clause; ``images`` the logos, by name.
    """

    canvas: Canvas
    clauses: Mapping[str, Clause]
    facts: Mapping[str, Fact]
    values: Facts
    holds: Callable[[str], bool | None] = _always
    cover: Cover | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    departures: tuple[Derogation, ...] = ()
    reference: str = ""
    subject: str = ""
    lot: str = ""
    author: str = ""
    images: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class _Standing:
    """A clause and the blocks of its body that stand."""

    clause: Clause
    blocks: tuple[body.Block, ...]

    @property
    def headings(self) -> int:
        return sum(isinstance(block, body.Heading) for block in self.blocks)


def build(assembly: Assembly) -> tree.Document:
    """Return the numbered tree; raise ``clauses.body_invalid`` or ``clauses.text_character``."""
    chapters = [
        (
            chapter.title,
            [
                _standing(assembly, assembly.clauses[one])
                for one in chapter.clauses
                if one in assembly.clauses
            ],
        )
        for chapter in assembly.canvas.chapters
    ]
    chapters = [(title, clauses) for title, clauses in chapters if clauses]
    numbers = number_chapters([[one.headings for one in clauses] for _title, clauses in chapters])
    filler = Filler(assembly.facts, assembly.values, _by_clause(chapters, numbers), assembly.departures)
    for name, text in _handed_in(assembly):
        refuse_hostile(text, name)
    built = tuple(_chapter(filler, *one) for one in zip(chapters, numbers, strict=True))
    document = tree.Document(
        title=_clean(assembly.canvas.title, assembly.canvas.id),
        kind=assembly.canvas.document,
        reference=assembly.reference or filler.words("reference"),
        subject=assembly.subject or filler.words("objet"),
        cover=tuple(_cover(assembly, filler)),
        chapters=built,
        notice=_notice(built),
        author=assembly.author,
        missing=tuple(filler.missing),
    )
    return tied_tree(document)


def _handed_in(assembly: Assembly) -> Iterator[tuple[str, str]]:
    """Yield the words that come from elsewhere than facts and clauses, each with the name of its field."""
    yield from (("Référence", assembly.reference), ("Objet", assembly.subject), ("Lot", assembly.lot))
    yield "Acheteur", assembly.author
    for one in assembly.departures:
        yield "Dérogations", f"{one.ccag} {one.article}"


_Chapters = list[tuple[str, list[_Standing]]]


def _standing(assembly: Assembly, clause: Clause) -> _Standing:
    text = _clean(assembly.texts.get(clause.id, clause.body), clause.title)
    _clean(clause.title, clause.id)
    try:
        read = body.parse(text)
    except body.BodyFaults as faults:
        message = _(
            "Le texte de la clause « %(clause)s » n’a pas pu être lu. Il est gardé tel quel : corrigez-le."
        )
        errors = tuple(FieldError(f"{clause.id}:{one.line}", one.code, one.message) for one in faults.faults)
        raise Invalid("clauses.body_invalid", message, errors=errors, clause=clause.title) from faults
    return _Standing(clause, tuple(_kept(read.blocks, assembly.holds)))


def _kept(blocks: tuple[body.Block, ...], holds: Callable[[str], bool | None]) -> Iterator[body.Block]:
    """Yield the blocks that stand; passages under a condition keep the whole of it as their source.

    What does not stand is carried in the source of the block after it, so that it is not lost when the other
    paragraphs of the clause come back edited.
    """
    carried = ""
    for block in blocks:
        standing = _standing_blocks(block, holds)
        if not standing:
            carried += f"{block.source}\n\n"
        for one in standing:
            yield replace(one, source=f"{carried}{block.source}") if carried or one is not block else one
        carried = carried if not standing else ""


def _standing_blocks(block: body.Block, holds: Callable[[str], bool | None]) -> tuple[body.Block, ...]:
    if not isinstance(block, body.Conditional):
        return (block,)
    outcome = holds(block.condition)
    if outcome is None:
        return (body.Paragraph((body.Text(AWAITED_PASSAGE),), block.source),)
    return block.blocks if outcome else ()


def _by_clause(chapters: _Chapters, numbers: tuple[ChapterNumbers, ...]) -> dict[str, Number]:
    return {
        standing.clause.id: one.number
        for (_title, clauses), chapter in zip(chapters, numbers, strict=True)
        for standing, one in zip(clauses, chapter.clauses, strict=True)
    }


def _chapter(filler: Filler, chapter: tuple[str, list[_Standing]], numbers: ChapterNumbers) -> tree.Chapter:
    title, clauses = chapter
    built = tuple(_clause(filler, *one) for one in zip(clauses, numbers.clauses, strict=True))
    return tree.Chapter(f"a_{numbers.number.plain}", numbers.number, _clean(title, title), built)


def _clause(filler: Filler, standing: _Standing, numbers: ClauseNumbers) -> tree.Clause:
    clause = standing.clause
    anchor = tree.anchor_of(clause.id)
    below = iter(numbers.below)
    blocks: list[tree.Block] = []
    for block in standing.blocks:
        if isinstance(block, body.Heading):
            number = next(below)
            own = f"{anchor}_{number.parts[-1]}"
            blocks.append(tree.Subheading(number, filler.spans(block.inlines), own, block.source))
        else:
            blocks.extend(filler.block(block))
    pending = not clause.legal_status.validated
    return tree.Clause(clause.id, anchor, numbers.number, clause.title, tuple(blocks), pending)


def _notice(chapters: tuple[tree.Chapter, ...]) -> str:
    """Say which clauses no lawyer has validated yet; the document says so until one has."""
    clauses = [clause for chapter in chapters for clause in chapter.clauses]
    pending = [clause.number.plain for clause in clauses if clause.pending]
    if not pending:
        return ""
    if len(pending) == len(clauses):
        return "Projet\u00a0: toutes les clauses de ce document sont à valider par un juriste."
    return f"Projet\u00a0: clauses à valider par un juriste\u00a0: {', '.join(pending)}."


def _cover(assembly: Assembly, filler: Filler) -> Iterator[CoverLine]:
    blocks = assembly.cover.blocks if assembly.cover else (CoverBlock(CoverBlockKind.TITLE),)
    parts = (part for block in blocks for part in _paragraphs(block))
    lines = [line for part in parts if (line := _cover_line(assembly, filler, part))]
    title = _cover_line(assembly, filler, CoverBlock(CoverBlockKind.TITLE))
    yield from lines or filter(None, (title,))


def _paragraphs(block: CoverBlock) -> Iterator[CoverBlock]:
    """Yield a free text paragraph by paragraph, any other block as it is."""
    free = block.kind is CoverBlockKind.TEXT
    for text in filter(None, _BLANK_LINES.split(block.text.strip())) if free else (block.text,):
        yield replace(block, text=text)


_BLANK_LINES = re.compile(r"\n\s*\n")


def _cover_line(assembly: Assembly, filler: Filler, block: CoverBlock) -> CoverLine | None:
    if block.kind is CoverBlockKind.LOGO:
        data = assembly.images.get(block.image, b"")
        if data:
            check_logo(data, block.alt)
        return (
            CoverLine(CoverRole.LOGO, (Span(_clean(block.alt, "alt")),), image=block.image, data=data)
            if data
            else None
        )
    if block.kind in {CoverBlockKind.TITLE, CoverBlockKind.TEXT}:
        text = block.text or assembly.canvas.title
        role = CoverRole.TITLE if block.kind is CoverBlockKind.TITLE else CoverRole.TEXT
        return CoverLine(role, filler.spans(read_inlines(_clean(text, "cover"), 1, 1, [])))
    label, words, key = _cover_fact(assembly, filler, block.kind)
    if not words and key not in assembly.facts:
        return None  # Nobody can be asked for it: no lot, no reference.
    spans = (Span(words),) if words else filler.spans((body.Place(body.PlaceKind.VALUE, key),))
    return CoverLine(CoverRole.FACT, spans, label=_clean(block.text, "cover") or label)


def _cover_fact(assembly: Assembly, filler: Filler, kind: CoverBlockKind) -> tuple[str, str, str]:
    """Return the label, the words and the fact of a line of the cover."""
    return {
        CoverBlockKind.REFERENCE: ("Référence", assembly.reference or filler.words("reference"), "reference"),
        CoverBlockKind.OBJECT: ("Objet", assembly.subject or filler.words("objet"), "objet"),
        CoverBlockKind.LOT: ("Lot", assembly.lot, "lot"),
        CoverBlockKind.DEADLINE: (
            "Date et heure limites de remise des plis",
            filler.words("date_limite"),
            "date_limite",
        ),
    }[kind]


def _clean(text: str, field: str) -> str:
    refuse_hostile(text, field)
    return text
