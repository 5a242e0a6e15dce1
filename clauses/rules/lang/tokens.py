"""Cut the text of a condition into words."""

import re
from dataclasses import dataclass
from enum import StrEnum

from clauses.rules.lang.problems import MAX_TEXT, SYNTAX, TOO_LARGE, ConditionRefused, Problem
from procurement.core.text import _


class Kind(StrEnum):
    """What a word is."""

    DATE = "date"
    NUMBER = "number"
    NAME = "name"
    STRING = "string"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True)
class Token:
    """One word and the character it starts at."""

    kind: Kind
    text: str
    offset: int


_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<date>[0-9]{4}-[0-9]{2}(?:-[0-9]{2}(?:T[0-9:]+(?:Z|[+-][0-9:]+)?)?)?)"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*)"
    r'|(?P<string>"(?:[^"\\]|\\["\\])*")'
    r"|(?P<sign>>=|<=|!=|=|<|>|\(|\)|,)"
    r")"
)


def cut(text: str) -> list[Token]:
    """Return the words of ``text`` and an end mark; raise `ConditionRefused` at the first sign unknown."""
    if len(text) > MAX_TEXT:
        message = _("Cette condition dépasse %(most)s caractères.")
        raise ConditionRefused((Problem(TOO_LARGE, message, MAX_TEXT, {"most": MAX_TEXT}),))
    tokens: list[Token] = []
    end = len(text.rstrip())
    place = 0
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise _unknown_sign(text, place)
        kind = Kind(match.lastgroup or "")
        tokens.append(Token(kind, match[kind], match.start(kind)))
        place = match.end()
    return [*tokens, Token(Kind.END, "", end)]


def unquote(text: str) -> str:
    """Return what a quoted text says."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def quote(text: str) -> str:
    """Return ``text`` between double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unknown_sign(text: str, place: int) -> ConditionRefused:
    at = place + len(text[place:]) - len(text[place:].lstrip())
    message = _("Signe inattendu « %(sign)s ».")
    return ConditionRefused((Problem(SYNTAX, message, at, {"sign": text[at]}),))
