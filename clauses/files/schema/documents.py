"""Read canvases, cover pages and walk-throughs."""

import re
from collections.abc import Mapping

from clauses.files.fields import Fields
from clauses.files.schema.clauses import DOCUMENT, codes
from clauses.rules.model import (
    PROCEDURE_FACT,
    TYPE_FACT,
    Canvas,
    Chapter,
    Cover,
    CoverBlock,
    CoverBlockKind,
    Fact,
    GroupMode,
    Step,
    Walkthrough,
)
from procurement.core.text import _

FILE_ID = re.compile(r"[a-z0-9_-]{1,60}")


def read_canvas(top: Fields, facts: Mapping[str, Fact]) -> Canvas:
    """Return the order of one document."""
    canvas = Canvas(
        id=top.identifier("id", pattern=FILE_ID),
        title=top.text("titre"),
        document=top.identifier("document", pattern=DOCUMENT),
        contract_types=codes(top, "types_contrat", facts, TYPE_FACT),
        procedures=codes(top, "procedures", facts, PROCEDURE_FACT),
        cover=top.identifier("garde", pattern=FILE_ID, required=False),
        chapters=_chapters(top),
        groups=_groups(top),
        origin=top.origin(),
    )
    top.done()
    return canvas


def _chapters(top: Fields) -> tuple[Chapter, ...]:
    found: list[Chapter] = []
    seen: set[str] = set()
    for fields in top.groups("chapitres", required=True):
        chapter = Chapter(fields.text("titre"), fields.texts("clauses"))
        twice = [clause for clause in chapter.clauses if clause in seen]
        if twice:
            message = _("Clauses placées deux fois : %(ids)s.")
            fields.fault("canvas.duplicate", message, fields.place("clauses"), ids=", ".join(twice))
        seen.update(chapter.clauses)
        fields.done()
        found.append(chapter)
    return tuple(found)


def _groups(top: Fields) -> dict[str, GroupMode]:
    inner = top.group("groupes")
    if inner is None:
        return {}
    return {key: inner.choice(key, GroupMode) for key in inner.keys.entries}


def read_cover(top: Fields) -> Cover:
    """Return a cover page; a logo needs its image and its alternative text."""
    cover = Cover(
        id=top.identifier("id", pattern=FILE_ID),
        title=top.text("titre"),
        document=top.text("document"),
        blocks=tuple(_cover_block(fields) for fields in top.groups("blocs", required=True)),
        origin=top.origin(),
    )
    top.done()
    return cover


def _cover_block(fields: Fields) -> CoverBlock:
    kind = fields.choice("type", CoverBlockKind)
    logo, free = kind is CoverBlockKind.LOGO, kind is CoverBlockKind.TEXT
    block = CoverBlock(
        kind,
        text=fields.block("texte", required=free),
        image=fields.text("image", required=False),
        alt=fields.text("alt", required=logo),
    )
    fields.done()
    return block


def read_walkthrough(top: Fields) -> Walkthrough:
    """Return a guided visit."""
    found = Walkthrough(
        id=top.identifier("id", pattern=FILE_ID),
        title=top.text("titre"),
        summary=top.block("resume"),
        steps=tuple(_step(fields) for fields in top.groups("etapes", required=True)),
        origin=top.origin(),
    )
    top.done()
    return found


def _step(fields: Fields) -> Step:
    step = Step(
        fields.text("page"),
        fields.text("ancre"),
        fields.block("texte"),
        fields.block("verification", required=False),
    )
    fields.done()
    return step
