"""Names of tender documents: kept byte for byte, refused when they could not be unpacked safely. Pure."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from procurement.core.errors import Invalid
from procurement.core.text import _, display_name, nfc

#: Longest name of one folder or file on the usual file systems, in bytes of UTF-8.
NAME_BYTES = 255
#: Longest whole path, in bytes; unpackers of Windows stop soon after.
PATH_BYTES = 900
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{rank}" for port in ("com", "lpt") for rank in range(1, 10))}
)


def check_path(raw: bytes) -> str:
    """Return the path of a document as it was sent; folders are accepted, traps are not.

    Raise ``document.name_*`` for a name that is empty, not UTF-8, too long, or could leave its folder.
    """
    try:
        path = raw.decode("utf-8")
    except UnicodeDecodeError:
        message = _("Le nom de ce fichier n’est pas écrit en UTF-8. Renommez-le, puis envoyez-le de nouveau.")
        raise Invalid("document.name_encoding", message) from None
    if not path.strip() or path.endswith("/"):
        raise Invalid(
            "document.name_empty", _("Ce fichier n’a pas de nom. Donnez-lui un nom et recommencez.")
        )
    if len(raw) > PATH_BYTES or any(len(part.encode()) > NAME_BYTES for part in path.split("/")):
        message = _("Le nom « %(name)s » est trop long : 255 octets par dossier et 900 en tout au plus.")
        raise Invalid("document.name_too_long", message, name=_short(path))
    if _unsafe(path):
        message = _(
            "Le nom « %(name)s » ne peut pas être accepté : il contient « .. », « \\ », un caractère de commande "
            "ou un nom réservé. Renommez ce fichier."
        )
        raise Invalid("document.name_unsafe", message, name=_short(path))
    return path


def path_key(path: str) -> str:
    """Return what two paths share when they would be one file on some computer."""
    return nfc(path).casefold()


def clash(path: str, others: Iterable[str]) -> str | None:
    """Return the path among ``others`` that cannot stand beside ``path``: same name, or file against folder."""
    key = path_key(path)
    for other in others:
        known = path_key(other)
        if known == key or known.startswith(key + "/") or key.startswith(known + "/"):
            return other
    return None


def archive_name(reference: str, version: int) -> str:
    """Return the file name of the whole set of tender documents."""
    return f"DCE-{reference}-v{version}.zip"


def _unsafe(path: str) -> bool:
    if path.startswith("/") or "\\" in path or any(ord(char) < 32 or ord(char) == 127 for char in path):  # noqa: PLR2004  # ASCII control characters
        return True
    parts = path.split("/")
    return any(part in {"", ".", ".."} or _device(part) or part.endswith((" ", ".")) for part in parts)


def _device(part: str) -> bool:
    return PurePosixPath(part.casefold()).name.split(".")[0] in _DEVICES


def _short(path: str) -> str:
    shown = display_name(path)
    return shown if len(shown) <= 80 else f"{shown[:40]}…{shown[-36:]}"  # noqa: PLR2004  # fits a sentence
