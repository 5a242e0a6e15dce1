"""Mark sentences for translation, and keep what people type clean. Pure.

The translation itself happens at the edge, where the language is known. Cleaning means: composed form (NFC),
no control character, no bidirectional override (a name that reads backwards is a lie), no invisible mark.
"""

import re
import unicodedata

from procurement.core.errors import Invalid

__all__ = ["_", "block", "display_name", "for_count", "hostile_character", "line", "nfc", "refused_character"]

REPLACEMENT = "�"

# Unicode Bidi_Control, the line and paragraph separators, the byte order mark and the interlinear marks: none
# of them has a place in a name. The joiners U+200C and U+200D stay: some scripts cannot do without them.
_INVISIBLE = frozenset(map(chr, (0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x2060, 0xFEFF)))
_BIDI = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xFFF9, 0xFFFC))))
_LAYOUT = frozenset("\n\t")
# The last two code points of each plane are no characters; XML cannot hold them.
_NONCHARACTER = 0xFFFE
# Unbroken spaces stay: French typography needs them.
_SPACES = re.compile(r"[ \t\r\n]+")
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029")
_TRAILING = re.compile(r"[^\S\n]+\n")


def _(message: str) -> str:
    """Mark a French sentence for the catalogue and return it unchanged."""
    return message


def for_count(count: int, one: str, many: str) -> str:
    """Return the marked sentence for a count: in French nothing is one, too."""
    return one if count < 2 else many  # noqa: PLR2004  # the plural begins at two


def nfc(text: str) -> str:
    """Return the composed form of ``text`` (Unicode NFC)."""
    return unicodedata.normalize("NFC", text)


def hostile_character(text: str, *, allowed: frozenset[str] = frozenset()) -> tuple[int, str] | None:
    """Return the place and the character that no name may hold, or nothing."""
    # Most texts are printable, and no hostile character is: asked once, not letter by letter.
    if text.isprintable():
        return None
    return next(
        ((place, char) for place, char in enumerate(text) if char not in allowed and _hostile(char)), None
    )


def line(text: str, *, field: str = "") -> str:
    """Return one clean line: composed, trimmed, single spaces; raise ``text.character`` otherwise."""
    single = _SPACES.sub(" ", nfc(text))
    _refuse(single, frozenset(), field)
    return single.strip()


def block(text: str, *, field: str = "") -> str:
    """Return clean text of several lines: one kind of line end, none trailing; raise ``text.character``."""
    lines = _LINE_ENDS.sub("\n", nfc(text))
    _refuse(lines, _LAYOUT, field)
    return _TRAILING.sub("\n", lines).strip()


def display_name(name: str) -> str:
    """Return how a file name may be shown, hostile characters made visible; the name itself stays."""
    return "".join(REPLACEMENT if _hostile(char) else char for char in nfc(name))


def _hostile(char: str) -> bool:
    if ord(char) & _NONCHARACTER == _NONCHARACTER:
        return True
    return char in _BIDI or char in _INVISIBLE or unicodedata.category(char) in {"Cc", "Cs"}


def _refuse(text: str, allowed: frozenset[str], field: str) -> None:
    found = hostile_character(text, allowed=allowed)
    if found is None:
        return
    place, char = found
    raise refused_character(char, place=place, field=field)


def refused_character(char: str, *, place: int | None = None, field: str = "") -> Invalid:
    """Return the refusal of a character, at its place when that is known."""
    shown = f"U+{ord(char):04X}"
    if place is None:
        message = _(
            "Le caractère invisible %(character)s n’est pas accepté : effacez-le ou retapez le texte."
        )
        return Invalid("text.character", message, character=shown)
    message = _(
        "Le caractère invisible %(character)s, en position %(place)s, n’est pas accepté : "
        "effacez-le ou retapez le texte."
    )
    return Invalid("text.character", message, character=shown, place=place + 1, field=field)
