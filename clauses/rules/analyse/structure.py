"""Check what names what: canvases, covers, walk-throughs, legal bases."""

from collections.abc import Iterator

from clauses.rules.analyse.workshop import Workshop, finding
from clauses.rules.coverage import CODES, normalise
from clauses.rules.model import Canvas, Clause, CoverBlockKind, Finding
from procurement.core.text import _


def check_structure(shop: Workshop) -> Iterator[Finding]:
    """Give ``canvas.orphan``, ``legal_base.unknown``, ``cover.image`` and ``help.walkthrough``."""
    for canvas in shop.library.canvases.values():
        yield from _canvas(shop, canvas)
    for clause in shop.library.clauses.values():
        yield from _placed(shop, clause)
        yield from _bases(clause)
        if clause.help.walkthrough and clause.help.walkthrough not in shop.library.walkthroughs:
            message = _("Le parcours « %(name)s » n’existe pas.")
            yield finding(
                "help.walkthrough",
                message,
                clause.origin,
                at="aide",
                clause=clause.id,
                name=clause.help.walkthrough,
            )
    yield from _covers(shop)


def _canvas(shop: Workshop, canvas: Canvas) -> Iterator[Finding]:
    for key in canvas.clause_ids:
        clause = shop.library.clauses.get(key)
        if clause is None:
            message = _("Le canevas nomme « %(name)s », qui n’existe pas.")
            yield finding("canvas.orphan", message, canvas.origin, at="chapitres", name=key)
        elif canvas.document not in clause.documents:
            message = _("Le canevas nomme « %(name)s », qui n’est pas faite pour le document %(document)s.")
            yield finding(
                "canvas.orphan", message, canvas.origin, at="chapitres", name=key, document=canvas.document
            )
    if canvas.cover and canvas.cover not in shop.library.covers:
        message = _("La page de garde « %(name)s » n’existe pas.")
        yield finding("canvas.orphan", message, canvas.origin, at="garde", name=canvas.cover)


def _placed(shop: Workshop, clause: Clause) -> Iterator[Finding]:
    """Give what no canvas places, among the documents that have one."""
    canvases = shop.library.canvases.values()
    for document in clause.documents:
        of_document = [canvas for canvas in canvases if canvas.document == document]
        if of_document and not any(clause.id in canvas.clause_ids for canvas in of_document):
            message = _("Aucun canevas de %(document)s ne place cette clause.")
            yield finding(
                "canvas.orphan", message, clause.origin, at="documents", clause=clause.id, document=document
            )
    if not any(clause.id in canvas.clause_ids for canvas in canvases):
        message = _("Aucun canevas ne place cette clause.")
        yield finding("canvas.orphan", message, clause.origin, at="documents", clause=clause.id)


def _bases(clause: Clause) -> Iterator[Finding]:
    for base in clause.bases:
        if normalise(base) is None:
            message = _(
                "« %(base)s » n’est pas un article reconnu : écrivez CODE:ARTICLE, avec un code parmi %(codes)s."
            )
            codes = ", ".join(CODES)
            yield finding(
                "legal_base.unknown",
                message,
                clause.origin,
                at="bases",
                clause=clause.id,
                base=base,
                codes=codes,
            )


def _covers(shop: Workshop) -> Iterator[Finding]:
    for cover in shop.library.covers.values():
        for block in cover.blocks:
            image = f"gardes/{block.image}"
            if block.kind is CoverBlockKind.LOGO and block.image and image not in shop.library.images:
                message = _("L’image « %(image)s » n’est pas dans le dossier gardes.")
                yield finding("cover.image", message, cover.origin, at="blocs", image=block.image)
