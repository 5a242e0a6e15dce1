"""Write pieces of XML as text, in the schema's order, with the elements the model does not know put back. Pure.

Text is joined rather than trees built: a document of the full taxonomy takes a few milliseconds, and a criterion that
was written once is kept as text.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from dume.espd.errors import XMLRefused
from dume.espd.model import Extra, Identifier
from dume.espd.ubl import LAST, LISTS, NO_AGENCY, RANKS, TAXONOMY_ID, CodeListName
from procurement.core.text import _

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TEXT = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
_ATTRIBUTE = {**_TEXT, ord('"'): "&quot;", ord("\n"): "&#10;", ord("\t"): "&#9;"}


class Kept(NamedTuple):
    """An extra ready to be written; `empty` is its name when it has neither text nor children."""

    rank: int
    xml: str
    empty: str


#: Extras by the path of their parent, in the order of the schema; a criterion with any inside has an entry.
Extras = Mapping[str, list[Kept]]
NO_EXTRAS: Extras = {}


def text(value: str) -> str:
    """Escape character data; refuse the characters XML cannot hold."""
    _check(value)
    return value.translate(_TEXT)


def attribute(value: str) -> str:
    """Escape the value of an attribute."""
    _check(value)
    return value.translate(_ATTRIBUTE)


def _check(value: str) -> None:
    if not value.isprintable() and _FORBIDDEN.search(value):
        raise XMLRefused(
            "dume.character_refused", _("Un texte contient un caractère que le XML ne permet pas.")
        )


def leaf(name: str, value: str, attributes: Mapping[str, str] | None = None) -> str:
    """Write a cbc element; an empty attribute is left out."""
    written = "".join(f' {key}="{attribute(each)}"' for key, each in (attributes or {}).items() if each)
    return f"<cbc:{name}{written}>{text(value)}</cbc:{name}>" if value else f"<cbc:{name}{written}/>"


def optional(name: str, value: str, attributes: Mapping[str, str] | None = None) -> str:
    """Write a cbc element unless it is empty."""
    return leaf(name, value, attributes) if value else ""


def day(name: str, value: date | None) -> str:
    """Write a date unless there is none."""
    return f"<cbc:{name}>{value.isoformat()}</cbc:{name}>" if value else ""


def hour(name: str, value: time | None) -> str:
    """Write a time unless there is none."""
    return f"<cbc:{name}>{value.isoformat()}</cbc:{name}>" if value else ""


def number(value: Decimal) -> str:
    """Write an exact decimal without an exponent."""
    return format(value, "f")


def taxonomy_id(name: str, value: str) -> str:
    """Write an identifier of the taxonomy."""
    return leaf(name, value, TAXONOMY_ID)


def identifier(name: str, value: Identifier) -> str:
    """Write an identifier; rule BR-OTH-02 wants an agency whatever happens."""
    return leaf(name, value.value, {"schemeID": value.scheme, "schemeAgencyID": value.agency or NO_AGENCY})


def code(name: str, value: str, source: CodeListName | None = None) -> str:
    """Write a code with its list, unless it is empty."""
    if not value:
        return ""
    where = source or LISTS[name]
    attributes = {"listID": where.list_id, "listAgencyID": where.agency, "listVersionID": where.version}
    return leaf(name, value, attributes)


def lists(extras: Iterable[Extra]) -> dict[str, list[Kept]]:
    """Sort the extras by parent and by place in the schema."""
    found: dict[str, list[Kept]] = {}
    for extra in sorted(extras, key=lambda each: (each.parent, each.position)):
        element = etree.fromstring(extra.xml.encode())
        name = etree.QName(element).localname
        rank = RANKS.get(kind(extra.parent), {}).get(name, LAST)
        empty = "" if element.text or len(element) else name
        found.setdefault(extra.parent, []).append(Kept(rank, extra.xml, empty))
    for parent in tuple(found):
        # The first two steps are the criterion's own path: it is then written with its extras.
        found.setdefault("/".join(parent.split("/", 2)[:2]), [])
    for entries in found.values():
        entries.sort(key=lambda entry: entry.rank)
    return found


def kind(path: str) -> str:
    """Return the element's name at the end of a path: ``Party`` for ``/cac:ContractingParty/cac:Party``."""
    return path.rpartition("/")[2].removeprefix("cac:").partition("[")[0]


def children(path: str, parts: Iterable[tuple[str, str]], extras: Extras) -> str:
    """Join the known children (name, text) of a parent, given in order, with its extras at their places.

    An empty element that was kept gives way to the same element with a value.
    """
    own = extras.get(path)
    if not own:
        return "".join(part for _name, part in parts)
    ranks = RANKS.get(kind(path), {})
    known = [(ranks.get(name, LAST), 0, part) for name, part in parts if part]
    taken = {rank for rank, _order, _part in known}
    kept = [(each.rank, 1, each.xml) for each in own if not (each.empty and each.rank in taken)]
    return "".join(part for _rank, _order, part in sorted([*known, *kept], key=_place))


def _place(entry: tuple[int, int, str]) -> tuple[int, int]:
    return entry[0], entry[1]


def aggregate(path: str, parts: Iterable[tuple[str, str]], extras: Extras, *, always: bool = False) -> str:
    """Write the cac element of a path with its children, unless it would be empty."""
    inside = children(path, parts, extras)
    if not inside and not always:
        return ""
    name = kind(path)
    return f"<cac:{name}>{inside}</cac:{name}>"
