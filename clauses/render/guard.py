"""Refuse, by the name of its field, a character that no format can hold or that makes a text read otherwise."""

from procurement.core.errors import Invalid
from procurement.core.text import _, hostile_character

_LAYOUT = frozenset("\n\t")


def refuse_hostile(text: str, field: str) -> None:
    """Raise ``clauses.text_character`` when ``text`` holds a control, a bidirectional or a forbidden character."""
    found = hostile_character(text, allowed=_LAYOUT)
    if found is None:
        return
    message = _(
        "« %(field)s » contient le caractère invisible %(character)s, qu’aucun document ne peut porter : "
        "effacez-le ou retapez le texte. Rien n’a été perdu."
    )
    raise Invalid("clauses.text_character", message, field=field, character=f"U+{ord(found[1]):04X}")
