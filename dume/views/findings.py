"""Findings as a page says them: the sentence, where to go, and the rule behind « détail »."""

import re
from collections.abc import Iterable
from typing import Any

from dume import wording
from dume.espd import complete
from dume.espd.findings import Finding, Severity
from dume.espd.model import Document
from dume.espd.taxonomy import taxonomy
from dume.espd.validate import message
from dume.forms import Scope
from dume.forms.fields import EVERY_LOT
from dume.views import parts
from dume.views.doors import Door
from procurement.core.text import _

_CRITERION = re.compile(r"/cac:TenderingCriterion\[(\d+)\]")
_OPERATOR = re.compile(r"EconomicOperatorParty|/economic_operator|^/eo")
#: So many findings of one rule on one page are told as one.
_MANY = 3
#: How a severity looks in a list of findings.
_STOPS = frozenset((Severity.FATAL, Severity.ERROR, Severity.WARNING))


def lines(
    request: Any, found: Iterable[Finding], *, door: Door | None = None, what: Document | None = None
) -> list[dict[str, Any]]:
    """Return findings as sentences, each once: the blocking ones first, and those that a page puts right before the others."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for one in found:
        said = message(one, request.lang) or request.translate(_other(one))
        href = _href(door, what, one) if door is not None and what is not None else ""
        line = {
            "rule": one.rule,
            "severity": one.severity.value,
            "stops": one.severity in _STOPS,
            "message": said,
            "about": _about(one, what, request.lang),
            "part": _part(request, one, what),
            "path": one.path,
            "href": href,
        }
        told.setdefault((said, href or one.path), line)
    return sorted(told.values(), key=lambda line: (not line["stops"], not line["href"]))


def gathered(request: Any, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return findings with those of one rule on one page as a single line, so that a list of them can be read."""
    pages: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in found:
        pages.setdefault((one["rule"], one["href"].partition("#")[0]), []).append(one)
    return [line for alike in pages.values() for line in _gather(request, alike)]


def _gather(request: Any, alike: list[dict[str, Any]]) -> list[dict[str, Any]]:
    first = alike[0]
    if len(alike) < _MANY or not first["href"]:
        return alike
    said = request.translate(_("%(count)s fois dans cette partie."), count=len(alike))
    return [{**first, "about": first["part"], "message": f"{first['message']} {said}", "path": ""}]


def _other(one: Finding) -> str:
    return one.rule


def _code(one: Finding, what: Document | None) -> str:
    """Return the code of the criterion that a finding is about, when it can be told."""
    known = taxonomy().criterion_of(one.params.get("property", ""))
    if known is not None:
        return known.code
    place = _CRITERION.search(one.path)
    if place is None or what is None or int(place[1]) > len(what.criteria):
        return one.params.get("criterion", "")
    return what.criteria[int(place[1]) - 1].code


def _about(one: Finding, what: Document | None, lang: str) -> str:
    """Return the question or the criterion that a finding is about."""
    asked = wording.label(one.params.get("property", ""), lang)
    criterion = wording.criterion_name(_code(one, what), lang)
    return " : ".join(part for part in (criterion, asked) if part)


def _part(request: Any, one: Finding, what: Document | None) -> str:
    name = parts.part_of(what, _code(one, what)) if what is not None else None
    return f"{name.number} {request.translate(name.title)}" if name is not None else ""


def _href(door: Door, what: Document, one: Finding) -> str:
    """Return where a finding is put right."""
    name = parts.part_of(what, _code(one, what))
    if name is not None:
        page = door.url("part", part=name.slug, _query={"controle": "1"})
        field = _field(what, one.params.get("property", ""))
        return f"{page}#{field}" if field else page
    return door.url("company") if _OPERATOR.search(one.path) else ""


def _field(what: Document, asked: str) -> str:
    """Return the field of a question: at the place where it lacks its answer, or where it has one."""
    if not asked:
        return ""
    places = [one.occurrence for one in complete.missing(what) if one.property == asked]
    places += [one.occurrence for one in what.answers if one.property == asked]
    return Scope(asked, places[0], EVERY_LOT).id if places else ""
