"""The public search, in four shapes: page, Atom, JSON, CSV; the same address but for its ending."""

import csv
import io
from collections.abc import Callable
from typing import Any

from pyramid.response import Response

from procurement.consultations import rules
from procurement.consultations.forms import Criteria
from procurement.consultations.rules import Nature
from procurement.consultations.service.indexing import stamp
from procurement.core import codes
from procurement.core.errors import Invalid
from procurement.core.permissions import Permission
from procurement.core.search import index
from procurement.core.text import _
from procurement.core.web import endpoint, page, paging
from procurement.core.web.views import see_other

#: Most rows of a feed or a file; the page goes on by pages.
MOST_ROWS = 500
_FEED_ROWS = 100
_FACETS = ("nature", "procedure")


@page("consultations.search", permission=Permission.PUBLIC, template="consultations/search.html")
def search(request: Any) -> Any:
    """Show what answers, with the filters that are on; a form's empty fields leave the address."""
    criteria = Criteria.read(request)
    if "" in request.GET.values():
        return see_other(paging.address(request, criteria.params(page=True)))
    question = criteria.question(request.now)
    hits = index.search(request.db, question)
    counts = {name: index.counts(request.db, question, name) for name in _FACETS}
    params = criteria.params()
    return {
        "criteria": criteria,
        "hits": hits,
        "paging": paging.Page(criteria.page, hits.total),
        "page_url": lambda number: paging.address(request, params, page=str(number) if number > 1 else None),
        "params": params,
        "counts": counts,
        "chips": _chips(request, criteria, params),
        "natures": [(str(item), request.translate(item.label)) for item in Nature],
        "procedures": [(item.code, item.label(request.lang)) for item in rules.procedures().values()],
        "nature_labels": {str(item): request.translate(item.label) for item in Nature},
        "procedure_labels": _procedure_labels(request),
    }


@page("consultations.search_atom", permission=Permission.PUBLIC, template="consultations/search.xml")
def search_atom(request: Any) -> dict[str, Any]:
    """Give the newest answers as an Atom feed (RFC 4287)."""
    criteria = _understood(request)
    hits = _all(request, criteria, _FEED_ROWS, sort="recent")
    request.response.content_type = "application/atom+xml"
    newest = max((hit.at for hit in hits.rows), default=request.now)
    return {
        "criteria": criteria,
        "hits": hits,
        "params": criteria.params(),
        "updated": stamp(newest),
        "stamp": stamp,
    }


@endpoint("consultations.search_json", permission=Permission.PUBLIC, methods=("GET",))
def search_json(request: Any) -> dict[str, Any]:
    """Give the answers as JSON."""
    hits = _all(request, _understood(request), MOST_ROWS)
    request.response.headers["Access-Control-Allow-Origin"] = "*"
    return {"total": hits.total, "results": [_row(request, hit) for hit in hits.rows]}


@page("consultations.search_csv", permission=Permission.PUBLIC)
def search_csv(request: Any) -> Response:
    """Give the answers as a table for a spreadsheet."""
    hits = _all(request, _understood(request), MOST_ROWS)
    columns = (
        *("reference", "title", "buyer", "siret", "nature", "procedure"),
        *("cpv", "nuts", "lots", "published_at", "closes_at", "url"),
    )
    table: list[list[str]] = [list(columns)]
    for hit in hits.rows:
        row = _row(request, hit)
        table.append(
            [" ".join(value) if isinstance(value := row[name], list) else str(value) for name in columns]
        )
    return csv_response(table, "consultations.csv")


def csv_response(table: list[list[str]], name: str) -> Response:
    """Return a table as CSV; a cell that a spreadsheet would run as a formula is disarmed."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in table:
        writer.writerow(
            [f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in row]
        )
    response = Response(body=out.getvalue().encode("utf-8-sig"), content_type="text/csv", charset="utf-8")
    response.content_disposition = f'attachment; filename="{name}"'
    return response


def _understood(request: Any) -> Criteria:
    criteria = Criteria.read(request)
    if criteria.errors:
        message = _("Cette recherche contient un filtre qui n’a pas été compris.")
        raise Invalid("search.filter", message, errors=criteria.errors)
    return criteria


def _all(request: Any, criteria: Criteria, size: int, sort: str | None = None) -> index.Hits:
    question = criteria.question(request.now, size=size)
    if sort is not None:
        question = index.Question(**{**vars(question), "sort": sort})
    return index.search(request.db, question)


def _row(request: Any, hit: index.Hit) -> dict[str, Any]:
    data = hit.data
    return {
        "id": hit.subject,
        "reference": data["reference"],
        "title": hit.label,
        "url": request.application_url + hit.url,
        "buyer": data["buyer"],
        "siret": data["siret"],
        "nature": data["nature"],
        "procedure": data["procedure"],
        "cpv": data["cpv"],
        "nuts": data["nuts"],
        "lots": data["lots"],
        "published_at": stamp(hit.at),
        "closes_at": stamp(hit.due_at),
        "zone": data["zone"],
    }


def _procedure_labels(request: Any) -> dict[str, str]:
    return {item.code: item.label(request.lang) for item in rules.procedures().values()}


def _chips(request: Any, criteria: Criteria, params: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the filters that are on: a text, and the address without it."""
    labels = _procedure_labels(request)
    place = codes.nuts(criteria.place) if criteria.place else None
    texts: dict[str, Callable[[str], str]] = {
        "nature": lambda value: str(request.translate(Nature(value).label)),
        "procedure": lambda value: labels[value],
        "cpv": lambda value: f"CPV {value}",
        "lieu": lambda value: place.label(request.lang) if place else value,
        "acheteur": lambda value: f"SIRET {value}",
        "du": lambda value: str(request.translate(_("limite après le %(day)s"), day=value)),
        "au": lambda value: str(request.translate(_("limite avant le %(day)s"), day=value)),
    }
    return [
        (texts[name](value), paging.address(request, [pair for pair in params if pair != (name, value)]))
        for name, value in params
        if name in texts
    ]
