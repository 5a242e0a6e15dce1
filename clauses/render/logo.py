"""Accept the logo of a cover page: a PNG or JPEG of at most 1 MB, with words for those who do not see it."""

from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.image.image import Image

from clauses.render.pictures import cleaned, unreadable
from procurement.core.errors import Invalid
from procurement.core.text import _

MOST_BYTES = 1024 * 1024
_TYPES = {"image/png", "image/jpeg"}
_UNREADABLE = (
    InvalidImageStreamError,
    UnexpectedEndOfFileError,
    UnrecognizedImageError,
    ValueError,
    KeyError,
)


def accepted_logo(data: bytes) -> bytes:
    """Return a logo that somebody sends, without what is no picture; raise ``clauses.logo_…``."""
    _weighed(data)
    return cleaned(data)


def check_logo(data: bytes, alt: str) -> None:
    """Raise ``clauses.logo_too_large``, ``clauses.logo_format`` or ``clauses.logo_alt``."""
    _weighed(data)
    spoken(alt)
    image = _read(data)
    if image is None or image.content_type not in _TYPES or not image.px_height:
        raise unreadable()


def spoken(alt: str) -> str:
    """Return the words that stand for a logo; raise ``clauses.logo_alt`` when there are none."""
    if not alt.strip():
        message = _("Donnez le texte qui remplace le logo pour les personnes qui ne le voient pas.")
        raise Invalid("clauses.logo_alt", message)
    return alt


def ratio(data: bytes) -> float:
    """Return width over height of a logo that was accepted."""
    image = _read(data)
    return image.px_width / image.px_height if image else 1.0


def _weighed(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise Invalid("clauses.logo_too_large", _("Ce logo dépasse 1 Mo : choisissez une image plus légère."))


def _read(data: bytes) -> Image | None:
    try:
        return Image.from_blob(data)
    except _UNREADABLE:
        return None
