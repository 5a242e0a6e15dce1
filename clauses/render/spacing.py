"""The spaces that French typography ties: put in when a document is written, plain again when one is read back."""

import re

#: Where a space must not end a line; the pattern of the space itself is filled in.
_PLACES = r"{space}(?=[:;?!»])|(?<=\d){space}(?=[%€])|(?<=«){space}|(?<=\bn°){space}(?=\d)|(?<=\b[LRD]\.){space}(?=\d)"
_TIED = re.compile(_PLACES.format(space=" "))
_LOOSE = re.compile(_PLACES.format(space="[\u00a0\u202f]"))


def tied(text: str) -> str:
    """Return the text with no line end possible before « : », inside guillemets or within « R. 2191-7 »."""
    return _TIED.sub("\u00a0", text)


def loose(text: str) -> str:
    """Return the text as files hold it: `tied` puts the same spaces in again."""
    return _LOOSE.sub(" ", text)
