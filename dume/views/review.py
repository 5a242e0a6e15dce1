"""The end of a response: read everything again, validate it, take copies; the report of what was imported or converted."""

from typing import Any

from pyramid.response import Response

from dume import queries, service
from dume.espd import export as exporting
from dume.espd.model import Document, Version
from dume.rendering import pages, sections
from dume.rules import Status
from dume.service.validation import check_document
from dume.views import findings
from dume.views.doors import Door, door_of, read, shown, vault_of
from dume.views.reports import grouped
from procurement.core.errors import NotFound
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other

#: Lines of a report shown of each kind; all are in the JSON file.
SHOWN = 200
_XML = "application/xml"
_ZIP = "application/zip"


@page("dume.review", permission=Permission.DUME_EDIT, template="dume/review.html", methods=("GET", "POST"))
def review(request: Any) -> Any:
    """Show all that the document says; validate it when that is asked, or say what is lacking."""
    what, door = read(request), door_of(request)
    found: list[dict[str, Any]] = []
    if request.method == "POST":
        checked = service.validate(request.db, vault_of(request), door.dume, by=door.by, now=request.now)
        if checked.ready:
            request.flash(_("Votre DUME est validé. Gardez-en une copie."))
            return see_other(door.url())
        request.response.status_int = 422
        told = findings.lines(request, checked.findings, door=door, what=what)
        found = findings.gathered(request, told)
    return shown(request, what, here="review", sections=sections(what, request.lang), findings=found)


@page("dume.report", permission=Permission.DUME_VIEW, template="dume/report.html")
def report(request: Any) -> Any:
    """Show what became of each value of the file that was imported, and what is wrong with the result."""
    what, door = read(request), door_of(request)
    told = queries.report(request.db, vault_of(request), door.dume, 1)
    if told is None:
        raise NotFound("dume.no_report", _("Ce DUME n’a pas été importé : il n’a pas de rapport."))
    checked = check_document(what, queries.lots_of(door.dume), now=request.now)
    found = findings.lines(request, checked.findings, door=door, what=what)
    return shown(
        request,
        what,
        here="report",
        report=grouped(told, request.lang),
        findings=[one for one in found if one["stops"]],
        most=SHOWN,
    )


@page("dume.conversion", permission=Permission.DUME_VIEW, template="dume/conversion.html")
def conversion(request: Any) -> Any:
    """Show what an export in another version keeps, changes and loses, and offer its files."""
    what = read(request)
    version = version_of(request.matchdict["version"])
    made = exporting.export(what, version)
    return shown(
        request, what, here="conversion", report=grouped(made.report.as_json(), request.lang), lossy=made.lossy, files=len(made.files),
        version=version.value, most=SHOWN,
    )  # fmt: skip


def version_of(text: str) -> Version:
    """Return a version that can be written; raise NotFound for another."""
    written = {one.value: one for one in (Version.V4_1_0, Version.V2_1_1, Version.V1_0_2)}
    if text not in written:
        raise NotFound("dume.version_not_written", _("Cette version ne s’écrit pas : 4.1.0, 2.1.1 ou 1.0.2."))
    return written[text]


@page("dume.copy", permission=Permission.DUME_VIEW)
def copy(request: Any) -> Response:
    """Give a copy of the document, at any time: XML, PDF, HTML, JSON, or a ZIP with one XML per lot."""
    what, door = read(request), door_of(request)
    make = _COPIES.get(request.matchdict["form"])
    if make is None:
        raise NotFound(
            "dume.no_such_copy", _("Cette forme de copie n’existe pas : xml, pdf, html, json ou zip.")
        )
    content, media_type, suffix = make(request, door, what)
    name = f"dume-{door.dume.id_dume}.{suffix}"
    return Response(
        body=content,
        content_type=media_type,
        charset=None,
        content_disposition=f'attachment; filename="{name}"',
    )


def _xml(request: Any, door: Door, what: Document) -> tuple[bytes, str, str]:
    version = version_of(request.GET.get("version", Version.V4_1_0.value))
    if version is Version.V4_1_0:
        content, _digest = queries.xml(
            request.db, vault_of(request), door.dume, lot=request.GET.get("lot", "")
        )
        return content, _XML, "xml"
    files = exporting.export(what, version).files
    if len(files) == 1:
        return files[0][1], _XML, f"{version.value}.xml"
    return queries.zipped(files), _ZIP, f"{version.value}.zip"


def _zip(request: Any, door: Door, _what: Document) -> tuple[bytes, str, str]:
    return queries.export_zip(request.db, vault_of(request), door.dume), _ZIP, "zip"


def _pdf(request: Any, door: Door, what: Document) -> tuple[bytes, str, str]:
    door.count()
    content, _digest = queries.xml(request.db, vault_of(request), door.dume)
    return pages.to_pdf(what, content, request.lang, date=request.now), "application/pdf", "pdf"


def _html(request: Any, _door: Door, what: Document) -> tuple[bytes, str, str]:
    return pages.html(what, request.lang).encode(), "text/html; charset=utf-8", "html"


def _json(request: Any, _door: Door, what: Document) -> tuple[bytes, str, str]:
    return pages.to_json(what, request.lang).encode(), "application/json", "json"


_COPIES = {"xml": _xml, "zip": _zip, "pdf": _pdf, "html": _html, "json": _json}


@page("dume.remove", permission=Permission.DUME_EDIT, template="dume/remove.html", methods=("GET", "POST"))
def remove(request: Any) -> Any:
    """Take a DUME away, once its owner has said so twice."""
    what, door = read(request), door_of(request)
    if request.method == "POST":
        service.delete(request.db, door.dume, by=door.by, now=request.now)
        request.flash(_("Le DUME est supprimé."))
        return see_other(request.route_path("dume.own_list" if door.own else "dume.tools"))
    return shown(request, what, here="home", published=queries.status_of(door.dume) is Status.PUBLISHED)
