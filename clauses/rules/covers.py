"""The cover pages that a layer gives its documents, and which document takes which. Pure."""

import uuid
from dataclasses import dataclass, field, replace

from clauses.rules.model import Canvas, Cover, CoverBlockKind, Layer, Library

#: Stands for every document but the internal one, which nobody outside reads.
ALL, INTERNAL = "*", "RAPPORT"


@dataclass(frozen=True)
class CoverPage:
    """A cover page of a layer, with its logo; ``id`` is that of the row that keeps it, None in a release."""

    cover: Cover
    logo: bytes = field(default=b"", repr=False)
    id: uuid.UUID | None = field(default=None, compare=False)

    @property
    def document(self) -> str:
        """Return the document it is for, ``*`` for all of them."""
        return self.cover.document

    @property
    def alt(self) -> str:
        """Return what stands for the logo, nothing without one."""
        return next((one.alt for one in self.cover.blocks if one.kind is CoverBlockKind.LOGO), "")


def cover_id(layer: Layer, document: str) -> str:
    """Return the name of the file of a layer's cover page."""
    return layer.value if document == ALL else f"{layer.value}-{document.lower()}"


def documents(library: Library) -> tuple[str, ...]:
    """Return the documents that a layer may give a cover page, in the order of the canvases."""
    found = dict.fromkeys(canvas.document for canvas in library.canvases.values())
    return tuple(one for one in found if one != INTERNAL)


def canvas_for(library: Library, document: str) -> Canvas | None:
    """Return the first canvas of a document, of any for ``*``; None when there is none that may have a cover page."""
    canvases = (one for one in library.canvases.values() if one.document != INTERNAL)
    return next((one for one in canvases if document in {ALL, one.document}), None)


def covered(library: Library, own: Library) -> Library:
    """Return the library with the cover pages and the logos of a layer: that of a document before that of all."""
    if not own.covers:
        return library
    by_document = {one.document: one.id for one in own.covers.values()}

    def cover_of(canvas: Canvas) -> str:
        common = by_document.get(ALL) if canvas.document != INTERNAL else None
        return by_document.get(canvas.document) or common or canvas.cover

    return replace(
        library,
        canvases={key: replace(one, cover=cover_of(one)) for key, one in library.canvases.items()},
        covers={**library.covers, **own.covers},
        images={**library.images, **own.images},
    )
