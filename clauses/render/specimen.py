"""Show a cover page before any document has it: on an empty document, with words in the place of a consultation's."""

from collections.abc import Mapping
from dataclasses import replace

from clauses.render.build import Assembly, build
from clauses.render.tree import Document
from clauses.rules.model import Canvas, Cover, Fact

_REFERENCE = "2026-000123"
_SUBJECT = "Objet de la consultation"
_LOT = "1 – Intitulé du lot"


def specimen(
    canvas: Canvas, facts: Mapping[str, Fact], cover: Cover, images: Mapping[str, bytes]
) -> Document:
    """Return a document that is nothing but its cover page; ``images`` are the logos, by name."""
    return build(
        Assembly(
            canvas=replace(canvas, chapters=()), clauses={}, facts=facts, values={}, cover=cover, reference=_REFERENCE,
            subject=_SUBJECT, lot=_LOT, images=images,
        )
    )  # fmt: skip
