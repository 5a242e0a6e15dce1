"""Refuse, by the name of its field, a character that no format can hold or that makes a text read otherwise."""

from procurement.core.errors import Invalid
from procurement.core.text import _, hostile_character

_LAYOUT = frozenset("\n\t")
# XML 1.0 forbids the last two code points of each plane as well; they are no characters.
_NONCHARACTER = 0xFFFE


def refuse_hostile(text: str, field: str) -> None:
    """Raise ``clauses.text_character`` when ``text`` holds a control, a bidirectional or a forbidden character."""
    found = hostile_character(text, allowed=_LAYOUT)
    char = (
        found[1]
        if found
        else next((char for char in text if ord(char) & _NONCHARACTER == _NONCHARACTER), None)
    )
    if char is None:
        return
    message = _(
        "« %(field)s » contient le caractère invisible %(character)s, qu’aucun document ne peut porter : "
        "effacez-le ou retapez le texte. Rien n’a été perdu."
    )
    raise Invalid("clauses.text_character", message, field=field, character=f"U+{ord(char):04X}")
