"""Pages of imported notices: send the file, read what became of it."""

from typing import Any

from pyramid.response import Response

from procurement.consultations.service import limits_of
from procurement.core import services
from procurement.core.db import Database
from procurement.core.errors import Invalid
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.web.views import endpoint, page, see_other
from procurement.notices import queries, rules, service
from procurement.notices.reader import Item, ItemKind

#: Lines shown of each part of a report; all are in the JSON file.
SHOWN = 200


@page(
    "notices.import",
    permission=Permission.CONSULTATION_CREATE,
    template="notices/import.html",
    methods=("GET", "POST"),
    transaction=False,
    most=None,
)
def import_page(request: Any) -> Any:
    """Take a file and begin a draft with it. The file is read before the write transaction opens."""
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            imported = _import(request)
        except Invalid as error:
            errors.append(("file", request.translate(error.message, **error.params)))
            request.response.status_int = error.status
        else:
            sentence = _("L’avis est importé : le brouillon %(reference)s est créé.")
            request.flash(request.translate(sentence, reference=imported.consultation.reference))
            return see_other(request.route_path("notices.report", notice=imported.notice_id))
    latest = queries.of_organisation(request.db, request.identity.organisation_id)
    return {"errors": errors, "latest": latest}


@page("notices.report", permission=Permission.CONSULTATION_VIEW, template="notices/report.html")
def report(request: Any) -> dict[str, Any]:
    """Show what was taken, doubtful, to be set again, kept and ignored."""
    notice = request.context.notice
    parts = {
        "to_check": notice.items(ItemKind.TO_SET_AGAIN, ItemKind.DOUBTFUL),
        "taken": notice.items(ItemKind.TAKEN),
        "kept": notice.items(ItemKind.KEPT),
        "ignored": notice.items(ItemKind.IGNORED),
    }
    lines = {name: [_line(request, item) for item in items] for name, items in parts.items()}
    return {"notice": notice, "shown": SHOWN, **lines}


@endpoint("notices.report_json", permission=Permission.CONSULTATION_VIEW, methods=("GET",))
def report_json(request: Any) -> dict[str, Any]:
    """Return the whole report."""
    notice = request.context.notice
    return {
        "reference": notice.reference,
        "notice": notice.identifier,
        "version": notice.version,
        "sha256": notice.sha256,
        "report": [_line(request, item) for item in notice.report],
    }


@page("notices.file", permission=Permission.CONSULTATION_VIEW)
def original(request: Any) -> Response:
    """Send the notice as it came."""
    notice = request.context.notice
    body = queries.content(request.db, notice.id)
    name = f"avis-{notice.reference}.xml"
    disposition = f'attachment; filename="{name}"'
    return Response(body=body, content_type="application/xml", content_disposition=disposition)


def _import(request: Any) -> service.ImportedNotice:
    name, content = request.context.upload.read()
    file = service.read_file(name, content, now=request.now)
    settings: Settings = services.get(request, Settings)
    database: Database = services.get(request, Database)
    with database.write() as session:
        return service.import_notice(
            session,
            file,
            by=request.identity,
            now=request.now,
            organisation_id=request.identity.organisation_id,
            limits=limits_of(settings),
        )


def _line(request: Any, item: Item) -> dict[str, Any]:
    lot = rules.lot_number(item.field)
    label = request.translate(item.label)
    return {
        "kind": str(item.kind),
        "lot": lot,
        "label": request.translate(_("Lot %(number)s : %(label)s"), number=lot, label=label)
        if lot
        else label,
        "sentence": request.translate(item.message, **item.params),
        "field": item.field,
        "path": item.path,
        "short": item.path.rpartition("/")[2],
        "value": item.value,
        "count": item.count,
    }
