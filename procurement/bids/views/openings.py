"""Pages of the buyer after the deadline: register, openings, opened bids, minutes, downloads."""

import re
import uuid
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.response import Response

from procurement.bids import rules, wording
from procurement.bids.errors import seal_pending
from procurement.bids.models import BidOpening
from procurement.bids.opener import check
from procurement.bids.queries import envelopes, keysets, openings
from procurement.bids.queries.envelopes import EnvelopeView
from procurement.bids.queries.tender import Tender
from procurement.bids.rules import EnvelopeState, Kind
from procurement.bids.service import minutes
from procurement.bids.service import opening as verbs
from procurement.bids.service.archive import whole_bid
from procurement.bids.service.paper import minutes_pdf
from procurement.bids.shown import envelope_title, place, signature_lines, state_word
from procurement.bids.views.deposits import consultation_values
from procurement.bids.views.downloads import file_response
from procurement.consultations.hooks import Hooks
from procurement.core import journal, services
from procurement.core.db import Database
from procurement.core.errors import DomainError, NotFound
from procurement.core.permissions import Permission
from procurement.core.storage import Storage
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other
from signing import jcs

_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_EVENTS = {
    "bids:opening:started": _("Ouverture commencée"),
    "bids:opening:secrets": _("Secrets reçus et vérifiés"),
    "bids:opening:finished": _("Ouverture terminée, procès-verbal établi"),
}


@page("bids.register", permission=Permission.CONSULTATION_VIEW, template="bids/register.html")
def register(request: Any) -> dict[str, Any]:
    """Show the register of deposits, after the deadline only: before it, not even their number."""
    found: Tender = request.context.tender(request.now)
    closed = rules.is_closed(found.deadline, request.now)
    return {
        "consultation": consultation_values(request, found),
        "closed": closed,
        "rows": _register_rows(request, found) if closed else [],
    }


def _register_rows(request: Any, found: Tender) -> list[dict[str, Any]]:
    views = envelopes.of_consultation(request.db, found.id, deadline=found.deadline, now=request.now)
    deposits: dict[uuid.UUID, list[EnvelopeView]] = {}
    for view in views:
        deposits.setdefault(view.deposit_id, []).append(view)
    return [_register_row(request, group) for group in deposits.values()]


def _register_row(request: Any, group: list[EnvelopeView]) -> dict[str, Any]:
    who = openings.bidder(request.db, group[0])
    kinds = list(dict.fromkeys(view.kind for view in group))
    states = sorted({view.state for view in group}, key=list(EnvelopeState).index)
    return {
        "deposit": group[0].deposit_id,
        "received_at": group[0].received_at,
        "candidate": who.name,
        "siret": who.siret,
        "members": list(who.members),
        "lots_text": ", ".join(str(lot) for lot in sorted({view.lot for view in group if view.lot})),
        "kinds_text": ", ".join(request.translate(wording.KINDS[kind]) for kind in kinds),
        "late": group[0].late,
        "state": states[0].value,
        "word": ", ".join(request.translate(wording.ENVELOPES[state]) for state in states),
        "envelopes": [
            {
                "envelope": view.id,
                "title": place(request, view.kind, view.lot),
                "state": view.state.value,
                "word": state_word(request, view),
            }
            for view in group
        ],
    }


def _openings_page(request: Any, errors: list[tuple[str, str]]) -> dict[str, Any]:
    found: Tender = request.context.tender(request.now)
    closed = rules.is_closed(found.deadline, request.now)
    views = (
        envelopes.of_consultation(request.db, found.id, deadline=found.deadline, now=request.now)
        if closed
        else []
    )
    rows = openings.of_consultation(request.db, found.id)
    return {
        "consultation": consultation_values(request, found),
        "now": request.now,
        "too_early": not closed,
        "kinds": [_kind(request, Kind(kind), views, rows, closed=closed) for kind in found.kinds],
        "lots": [{"number": number, "title": title} for number, title in found.lots],
        "openings": [opening_values(request, row, found) for row in rows],
        "errors": errors,
    }


def _kind(
    request: Any, kind: Kind, views: list[EnvelopeView], rows: list[BidOpening], *, closed: bool
) -> tuple[str, str, str | None, str | None]:
    word = request.translate(wording.KINDS[kind])
    if not closed:
        return kind.value, word, None, None
    waiting = sum(view.kind is kind and view.state is EnvelopeState.OPENABLE for view in views)
    total = sum(view.kind is kind for view in views)
    count = request.translate(_("À ouvrir : %(waiting)s sur %(total)s"), waiting=waiting, total=total)
    going = next((row for row in rows if row.kind is kind and row.finished_at is None), None)
    return kind.value, word, count, request.route_path("bids.opening", opening=going.id) if going else None


def _lots_text(request: Any, row: BidOpening, found: Tender) -> str:
    """Say which lots an opening is about; nothing for a contract without lots."""
    if not found.lots:
        return ""
    if not row.lots:
        return str(request.translate(_("tous les lots")))
    return str(request.translate(_("lots %(numbers)s"), numbers=", ".join(str(lot) for lot in row.lots)))


def opening_values(request: Any, row: BidOpening, found: Tender) -> dict[str, Any]:
    """Return what pages show of an opening."""
    progress = openings.progress(request.db, row, found, now=request.now)
    state = rules.OpeningState.DONE if row.finished_at is not None else progress.state
    minutes_url = request.route_path("bids.minutes", opening=row.id, format="pdf")
    return {
        "id": row.id,
        "kind": row.kind.value,
        "kind_text": request.translate(wording.KINDS[row.kind]),
        "lots_text": _lots_text(request, row, found),
        "started_at": row.at,
        "by": row.by_name,
        "state": state.value,
        "word": request.translate(wording.OPENINGS[state]),
        "url": request.route_path("bids.opening", opening=row.id),
        "minutes_url": minutes_url if row.finished_at is not None else None,
        "minutes_files": _minutes_files(request, row),
    }


def _minutes_files(request: Any, row: BidOpening) -> list[dict[str, str]]:
    """Return what proves the minutes beside their PDF: their facts, and the seal once it is there."""
    formats = ["json"] if row.finished_at is not None else []
    formats += ["p7s"] if row.sealed_at is not None else []
    return [
        {
            "name": f"proces-verbal.{one}",
            "url": request.route_path("bids.minutes", opening=row.id, format=one),
        }
        for one in formats
    ]


@page("bids.openings", permission=Permission.OPENING_VIEW, template="bids/openings.html")
def show_openings(request: Any) -> dict[str, Any]:
    """Show what can be opened, and the openings made."""
    return _openings_page(request, [])


@page("bids.openings", permission=Permission.CONSULTATION_VIEW, methods=("POST",), transaction=False)
def start_opening(request: Any) -> Any:
    """Begin an opening; a refused attempt is journaled."""
    found: Tender = request.context.tender(request.now)
    check(request, found)
    given = request.POST
    try:
        kind, lots = Kind(given.get("kind", "")), [int(text) for text in given.getall("lots")]
    except ValueError:
        return _refused(request, [("kind", request.translate(_("Choisissez le type de plis à ouvrir.")))])
    database: Database = services.get(request, Database)
    hooks: Hooks = services.get(request, Hooks)
    try:
        with database.write() as session:
            row = verbs.start(
                session, found, kind=kind, lots=lots, by=request.identity, now=request.now, hooks=hooks
            )
            minutes.conclude_stuck(session, row, now=request.now)
            minutes.conclude(session, row.id, now=request.now)
    except DomainError as error:
        return _refused(request, [("lots", request.translate(error.message, **error.params))])
    return see_other(request.route_path("bids.opening", opening=row.id))


def _refused(request: Any, errors: list[tuple[str, str]]) -> Any:
    values = _openings_page(request, errors)
    response = render_to_response("procurement.templates:bids/openings.html", values, request=request)
    response.status_int = 422
    return response


@page("bids.opening", permission=Permission.OPENING_VIEW, template="bids/opening.html")
def show_opening(request: Any) -> dict[str, Any]:
    """Show an opening; its script asks for packets, unwraps them and posts the secrets."""
    found: Tender = request.context.tender(request.now)
    row: BidOpening = request.context.opening
    current = keysets.latest(request.db, found.id)
    values = opening_values(request, row, found)
    return {
        "consultation": consultation_values(request, found),
        "opening": values,
        "holders": [
            {
                "name": member.name,
                "role_text": request.translate(wording.ROLES[member.role]),
                "certificate_sha256": member.cert_sha256,
            }
            for member in (current.members if current else ())
        ],
        "minutes_url": values["minutes_url"],
        "events": _events(request, row),
    }


def _events(request: Any, row: BidOpening) -> list[dict[str, Any]]:
    told = [*journal.history(request.db, row.consultation_id), *journal.history(request.db, row.id)]
    mine = [one for one in told if one.subject == str(row.id) or one.data.get("opening") == str(row.id)]
    return [
        {"at": one.at, "text": request.translate(_EVENTS[one.action])}
        for one in mine
        if one.action in _EVENTS
    ]


def opened_envelope(request: Any) -> EnvelopeView:
    """Return the envelope of the address when it is one of this opening's and is open."""
    try:
        envelope_id = uuid.UUID(request.matchdict["envelope"])
    except ValueError:
        raise HTTPNotFound from None
    found: Tender = request.context.tender(request.now)
    row: BidOpening = request.context.opening
    views = envelopes.of_consultation(request.db, found.id, deadline=found.deadline, now=request.now)
    view = next((one for one in views if one.id == envelope_id), None)
    concerned = view is not None and rules.concerns(
        view.kind, view.lot, wanted_kind=row.kind, wanted_lots=row.lots
    )
    if view is None or not concerned or view.state is not EnvelopeState.OPENED:
        raise NotFound("bid.not_opened", _("Ce pli n’existe pas dans cette ouverture, ou n’est pas ouvert."))
    return view


@page("bids.opened", permission=Permission.OPENING_VIEW, template="bids/opened.html")
def show_opened(request: Any) -> dict[str, Any]:
    """List the files of an opened bid."""
    view = opened_envelope(request)
    found: Tender = request.context.tender(request.now)
    row: BidOpening = request.context.opening
    who = openings.bidder(request.db, view)
    where = {"opening": row.id, "envelope": view.id}
    files = openings.files(request.db, view.id)
    signed = signature_lines(request, view.id, [file.n for file in files], **where)
    return {
        "consultation": consultation_values(request, found),
        "opening": opening_values(request, row, found),
        # Not "envelope": the base page imports a macro of that name.
        "bid": {
            "envelope": view.id,
            "title": envelope_title(request, who, view),
            "received_at": view.received_at,
            "candidate": who.name,
            "siret": who.siret,
            "members": list(who.members),
            "archive_url": request.route_path("bids.opened_archive", **where),
        },
        "files": [
            {
                "n": file.n,
                "name": file.name,
                "size": file.size,
                "media_type": file.media_type,
                "digest": file.digest,
                "digest_algorithm": file.digest_algorithm,
                "digest_ok": True,
                "url": request.route_path("bids.opened_file", n=file.n, **where),
                "signature": signed[file.n],
            }
            for file in files
        ],
        "again_url": request.route_path("bids.opened_signatures", **where),
    }


@page("bids.opened_file", permission=Permission.OPENING_VIEW)
def download(request: Any) -> Response:
    """Give one file of an opened bid; a part of it when asked with Range."""
    view = opened_envelope(request)
    number = request.matchdict["n"]
    file = openings.file(request.db, view.id, int(number)) if _NUMBER.fullmatch(number) else None
    if file is None:
        raise HTTPNotFound
    storage: Storage = services.get(request, Storage)
    return file_response(request, storage, file)


@page("bids.opened_archive", permission=Permission.OPENING_VIEW)
def download_all(request: Any) -> Response:
    """Give a whole opened bid as one ZIP, streamed."""
    view = opened_envelope(request)
    files = openings.files(request.db, view.id)
    who = openings.bidder(request.db, view)
    storage: Storage = services.get(request, Storage)
    request.db.close()
    response = Response(app_iter=whole_bid(storage, files), content_type="application/zip")
    response.charset = None
    name = f"{who.siret or 'pli'}-{view.kind.value}-{view.lot}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@page("bids.minutes", permission=Permission.OPENING_VIEW)
def show_minutes(request: Any) -> Response:
    """Give the minutes of a finished opening: JSON, PDF, or the platform's seal over the JSON."""
    row = openings.sealed(request.db, request.context.opening.id)
    wanted = request.matchdict["format"]
    if row.minutes is None or wanted not in _MINUTES:
        raise NotFound(
            "bid.minutes_pending",
            _("Le procès-verbal n’est pas encore établi : l’ouverture n’est pas terminée."),
        )
    if wanted == "p7s" and row.seal_cms is None:
        raise seal_pending()
    request.db.close()
    response = Response(body=_minutes(request, row, wanted), content_type=_MINUTES[wanted])
    response.charset = "utf-8" if wanted == "json" else None
    response.headers["Content-Disposition"] = f'attachment; filename="proces-verbal-{row.id}.{wanted}"'
    response.headers["Cache-Control"] = "no-store"
    return response


_MINUTES = {"json": "application/json", "pdf": "application/pdf", "p7s": "application/pkcs7-signature"}


def _minutes(request: Any, row: BidOpening, wanted: str) -> bytes:
    if wanted == "json":
        return jcs.dumps(row.minutes)
    if wanted == "p7s":
        return row.seal_cms or b""
    assert row.minutes is not None
    return row.seal_pdf or minutes_pdf(row, row.minutes, language=request.lang)
