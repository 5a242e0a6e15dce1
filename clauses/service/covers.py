"""Give the documents of a layer a cover page of their own: check it, lay it out once, keep it, withdraw it."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from clauses import errors
from clauses.files.printer import print_file
from clauses.models import LayerCover
from clauses.queries import covers as reading
from clauses.queries.adapted import above as above_of
from clauses.queries.releases import LibraryView
from clauses.queries.releases import library as library_of
from clauses.render import pdf
from clauses.render.errors import PdfFailed
from clauses.render.logo import accepted_logo, spoken
from clauses.render.specimen import specimen
from clauses.render.tree import Document
from clauses.rules import body as bodies
from clauses.rules import model
from clauses.rules.covers import ALL, CoverPage, canvas_for, cover_id
from clauses.rules.model import Cover, CoverBlock, CoverBlockKind, Layer
from clauses.service.freezing import digest
from clauses.service.layers import layer_row, noted
from procurement.core.errors import Invalid
from procurement.core.security import Identity
from procurement.core.text import _, block, line

#: What may stand on a cover page, each once; the second free text is the one that stands apart, at the foot for example.
TEXTS = {"texte": "text", "texte_2": "text_2"}
BLOCKS = (*(one.value for one in CoverBlockKind), "texte_2")
#: What was meant to be filled in, where the text cannot be read.
_PLACE = re.compile(r"(?<!\\)\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class CoverWish:
    """What a keeper wants on a cover page: ``places`` are names of `BLOCKS` in order, empty where nothing stands.

    ``logo`` is a picture that is sent now; None keeps the one that is there.
    """

    document: str
    places: tuple[str, ...]
    text: str = ""
    text_2: str = ""
    alt: str = ""
    logo: bytes | None = None


def compose_cover(session: Session, library_id: uuid.UUID, wish: CoverWish, *, on: date) -> CoverPage:
    """Return the cover page as it would be kept, once every document can be written with it; nothing is written.

    Raise ``clauses.cover_…`` or ``clauses.logo_…``, beside the field it is about.
    """
    mine = library_of(session, library_id)
    if mine.parent_id is None or mine.layer is Layer.AGENT:
        raise errors.layer_not_found()
    above = above_of(session, mine, on).library
    if canvas_for(above, wish.document) is None:
        raise errors.cover_document(wish.document)
    _placed(wish)
    name, logo = cover_id(mine.layer, wish.document), _logo(session, mine, wish)
    blocks = tuple(_block(wish, one, reading.picture(name, logo)) for one in wish.places if one)
    made = CoverPage(Cover(name, _title(wish.document), wish.document, blocks), logo)
    _laid_out(above, made)
    return made


def keep_cover(
    session: Session, library_id: uuid.UUID, made: CoverPage, *, seen: str, by: Identity, now: datetime
) -> CoverPage:
    """Keep a cover page in the place of the one of id ``seen``; raise ``clauses.cover_changed`` when it is another one."""
    library = layer_row(session, library_id, held=True)
    mine = reading.in_use(library_id).where(LayerCover.document == made.document)
    earlier = session.scalars(mine).one_or_none()
    if seen != (str(earlier.id) if earlier else ""):
        raise errors.CoverChanged
    if earlier is not None:
        earlier.removed_at, earlier.removed_by = now, by.person_id
    content = print_file(made.cover).encode()
    row = LayerCover(
        library_id=library_id, document=made.document, content=content, logo=made.logo or None, created_at=now,
        created_by=by.person_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    told = {"sha256": digest(content), **({"logo": digest(made.logo)} if made.logo else {})}
    noted(session, library, "cover_kept", by=by, now=now, document=made.document, **told)
    return replace(made, id=row.id)


def remove_cover(
    session: Session, library_id: uuid.UUID, page_id: uuid.UUID, *, by: Identity, now: datetime
) -> None:
    """Withdraw a cover page: new releases give its documents the cover of the layer above."""
    library = layer_row(session, library_id, held=True)
    row = session.get(LayerCover, page_id)
    if row is None or row.library_id != library_id or row.removed_at is not None:
        raise errors.cover_not_found()
    row.removed_at, row.removed_by = now, by.person_id
    noted(session, library, "cover_removed", by=by, now=now, document=row.document)


def cover_specimen(above: model.Library, made: CoverPage) -> Document:
    """Return an empty document with this cover page, for who wants to see it; raise ``clauses.cover_document``."""
    canvas = canvas_for(above, made.document)
    if canvas is None:
        raise errors.cover_document(made.document)
    return specimen(canvas, above.facts, made.cover, {reading.picture(made.cover.id, made.logo): made.logo})


def _placed(wish: CoverWish) -> None:
    """Refuse a place taken twice, a page without its title, and a text that stands nowhere."""
    taken: set[str] = set()
    for number, one in enumerate(wish.places, start=1):
        if one and (one in taken or one not in BLOCKS):
            message = _("Ce bloc a déjà une place : choisissez-en un autre, ou « Rien ».")
            raise errors.beside(Invalid("clauses.cover_twice", message), f"place_{number}")
        taken.add(one)
    if CoverBlockKind.TITLE.value not in taken:
        message = _("Une page de garde porte le titre du document : donnez-lui une place.")
        raise errors.beside(Invalid("clauses.cover_title", message), "place_1")
    for code, field in TEXTS.items():
        if getattr(wish, field).strip() and code not in taken:
            message = _("Ce texte n’a pas de place sur la page : choisissez-lui une place, ou effacez-le.")
            raise errors.beside(Invalid("clauses.cover_unplaced", message), field)
    if wish.logo is not None and CoverBlockKind.LOGO.value not in taken:
        message = _("Ce logo n’a pas de place sur la page : choisissez-lui une place.")
        raise errors.beside(Invalid("clauses.cover_unplaced", message), "logo")


def _logo(session: Session, mine: LibraryView, wish: CoverWish) -> bytes:
    """Return the picture that stands on the page, nothing when none has a place there."""
    if CoverBlockKind.LOGO.value not in wish.places:
        return b""
    if wish.logo is None:
        kept = reading.cover_of(session, mine, wish.document)
        if kept is None or not kept.logo:
            message = _("Choisissez l’image du logo, en PNG ou en JPEG.")
            raise errors.beside(Invalid("clauses.logo_missing", message), "logo")
        return kept.logo
    try:
        return accepted_logo(wish.logo)
    except Invalid as refusal:
        raise errors.beside(refusal, "logo") from None


def _block(wish: CoverWish, code: str, image: str) -> CoverBlock:
    if code in TEXTS:
        field = TEXTS[code]
        return CoverBlock(CoverBlockKind.TEXT, text=_paragraphs(_clean(block, wish, field), field))
    if code != CoverBlockKind.LOGO:
        return CoverBlock(CoverBlockKind(code))
    return CoverBlock(
        CoverBlockKind.LOGO, image=image, alt=_clean(lambda text: spoken(line(text)), wish, "alt")
    )


def _clean(by: Callable[[str], str], wish: CoverWish, field: str) -> str:
    """Return a text as it is kept; refuse what no document can hold, beside its field."""
    try:
        return by(getattr(wish, field))
    except Invalid as refusal:
        raise errors.beside(refusal, field) from None


def _paragraphs(text: str, field: str) -> str:
    """Return a free text once it is made of paragraphs, and asks for nothing."""
    try:
        parsed = bodies.parse(text)
    except bodies.BodyFaults as faults:
        if place := _PLACE.search(text):
            raise _no_place(place[0], field) from None
        raise errors.beside(errors.wrong_body(str(faults)), field) from None
    for one in bodies.places(parsed):
        raise _no_place(_written(one), field)
    if not text:
        message = _("Écrivez ce texte, ou retirez-lui sa place.")
        raise errors.beside(Invalid("clauses.cover_empty", message), field)
    if not all(isinstance(one, bodies.Paragraph) for one in parsed.blocks):
        message = _("Une page de garde ne porte que des paragraphes : ni liste, ni tableau, ni titre.")
        raise errors.beside(Invalid("clauses.cover_paragraphs", message), field)
    return text


def _no_place(place: str, field: str) -> Invalid:
    message = _(
        "« %(place)s » ne se remplit pas sur une page de garde : placez les blocs référence, objet, lot ou date limite. "
        "Pour le signe lui-même, écrivez « \\{ »."
    )
    return errors.beside(Invalid("clauses.cover_place", message, place=place), field)


def _written(place: bodies.Place) -> str:
    """Return a place as texts write it."""
    kind = "" if place.kind is bodies.PlaceKind.VALUE else place.kind.value
    return f"{{{{{':'.join(filter(None, (kind, place.name)))}}}}}"


def _laid_out(above: model.Library, made: CoverPage) -> None:
    """Lay the page out once where PDF can be made: a picture that its reader cannot decode would fail every document."""
    document = cover_specimen(above, made)
    if not made.logo or not pdf.available():
        return
    try:
        pdf.write(document, date=_ANY_DAY)
    except PdfFailed:
        message = _(
            "Cette image n’a pas pu être mise en page : enregistrez-la de nouveau, en PNG par exemple."
        )
        raise errors.beside(Invalid("clauses.logo_damaged", message), "logo") from None


_ANY_DAY = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


def _title(document: str) -> str:
    return "Page de garde de tous les documents" if document == ALL else f"Page de garde : {document}"
