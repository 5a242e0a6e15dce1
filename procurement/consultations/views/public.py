"""A published consultation as everybody sees it."""

import re
from typing import Any

from pyramid.response import Response

from procurement.consultations import queries
from procurement.consultations.dumes import published_dume
from procurement.consultations.forms import IdentifyForm
from procurement.consultations.rules import ConsultationView, DocumentView, State
from procurement.consultations.service.indexing import stamp
from procurement.consultations.views.buyer import STATES
from procurement.core import codes
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import endpoint, page
from procurement.core.web.views import see_other

#: Where the browser's session keeps who takes documents, when he said so.
WITHDRAWER = "withdrawer"


@page("consultations.show", permission=Permission.PUBLIC, template="consultations/show.html")
def show(request: Any) -> dict[str, Any]:
    """Show a consultation: object, deadline, lots, documents, limits. Never how many bids there are."""
    consultation = request.context.consultation
    documents = queries.published_documents(request.db, consultation.id)
    return {**shown(request, consultation, documents), "preview": False}


def shown(request: Any, consultation: ConsultationView, documents: list[DocumentView]) -> dict[str, Any]:
    """Return what the page and its preview show."""
    language = request.lang
    return {
        "consultation": consultation,
        "STATES": STATES,
        "state": consultation.state(request.now),
        "documents": documents,
        "total_size": sum(item.size for item in documents),
        "cpv": cpv_texts(consultation, language),
        "cpv_text": lambda code: cpv_text(code, language),
        "places": [place_text(code, language) for code in consultation.nuts],
        "zones": other_zones(consultation),
        "withdrawer": request.session.get(WITHDRAWER),
        "dume": published_dume(request, consultation),
        "accepts_bids": consultation.state(request.now) in {State.OPEN, State.CLOSED},
    }


def cpv_text(code: str, language: str) -> str:
    """Return a CPV code with its key and its label."""
    entry = codes.cpv(code)
    return f"{entry.full} {entry.label(language)}" if entry else code


def cpv_texts(consultation: ConsultationView, language: str) -> list[str]:
    """Return the consultation's codes, the main one first."""
    every = ([consultation.cpv] if consultation.cpv else []) + list(consultation.cpv_more)
    return [cpv_text(code, language) for code in every]


def place_text(code: str, language: str) -> str:
    """Return a NUTS code with its name."""
    entry = codes.nuts(code)
    return f"{entry.label(language)} ({code})" if entry else code


#: Overseas part of the French NUTS codes -> its zone; the rest of the country lives on Paris time.
_OVERSEAS = {
    "FRY10": "America/Guadeloupe",
    "FRY20": "America/Martinique",
    "FRY30": "America/Cayenne",
    "FRY40": "Indian/Reunion",
    "FRY50": "Indian/Mayotte",
}


def other_zones(consultation: ConsultationView) -> list[str]:
    """Return the zones, other than the stated one, in which the deadline is shown as well."""
    places = {_OVERSEAS[code] for code in consultation.nuts if code in _OVERSEAS}
    return sorted((places | {"Europe/Paris"}) - {consultation.zone})


@endpoint("consultations.api_show", permission=Permission.PUBLIC, methods=("GET",))
def api_show(request: Any) -> dict[str, Any]:
    """Give a consultation as JSON, with the announced limits."""
    consultation = request.context.consultation
    limits = consultation.limits
    request.response.headers["Access-Control-Allow-Origin"] = "*"
    return {
        "id": str(consultation.id),
        "reference": consultation.reference,
        "title": consultation.title,
        "description": consultation.description,
        "state": str(consultation.state(request.now)),
        "buyer": {"name": consultation.buyer_name, "siret": consultation.buyer_siret},
        "procedure": consultation.procedure_code,
        "nature": consultation.nature,
        "techniques": list(consultation.techniques),
        "cpv": [code for code in (consultation.cpv, *consultation.cpv_more) if code],
        "nuts": list(consultation.nuts),
        "published_at": stamp(consultation.published_at),
        "closes_at": stamp(consultation.closes_at),
        "questions_at": stamp(consultation.questions_at),
        "zone": consultation.zone,
        "envelopes": list(consultation.envelopes),
        "relations": list(consultation.relations),
        "lots": [{"number": lot.number, "title": lot.title, "cpv": lot.cpv} for lot in consultation.lots],
        "pieces": [
            {"code": item.code, "label": item.label, "envelope": item.envelope, "lot": item.lot}
            for item in consultation.all_pieces
        ],
        "limits": {
            "file_bytes": limits.file_bytes,
            "files": limits.files,
            "total_bytes": limits.total_bytes,
            "types": list(limits.types),
        },
        "dce": {"version": consultation.dce_version, "sha256": consultation.dce_sha256},
    }


@page(
    "consultations.identify",
    permission=Permission.PUBLIC,
    template="consultations/identify.html",
    methods=("GET", "POST"),
)
def identify(request: Any) -> Any:
    """Offer to say who takes the documents; it is never asked for."""
    consultation = request.context.consultation
    back = request.route_path("consultations.show", reference=consultation.reference) + "#documents"
    if request.method == "POST" and "forget" in request.POST:
        request.session.pop(WITHDRAWER, None)
        request.flash(_("Vos téléchargements seront anonymes."))
        return see_other(back)
    form = IdentifyForm(request, data=request.session.get(WITHDRAWER) or {})
    if form.accepted():
        request.session[WITHDRAWER] = {key: value or "" for key, value in form.data.items()}
        request.flash(_("C’est noté : le registre des retraits portera le nom de votre entreprise."))
        return see_other(back)
    return {"consultation": consultation, "form": form, "known": request.session.get(WITHDRAWER)}


@page("consultations.calendar", permission=Permission.PUBLIC)
def calendar(request: Any) -> Response:
    """Give the dates as iCalendar (RFC 5545), in UTC; the identifiers stay when a date moves."""
    consultation = request.context.consultation
    moments = (
        ("deadline", _("Date limite de remise des plis : %(title)s"), consultation.closes_at),
        ("questions", _("Fin des questions : %(title)s"), consultation.questions_at),
    )
    rows = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Pli//Consultations//FR"]
    for name, text, instant in moments:
        if instant is not None:
            rows += _event(request, name, request.translate(text, title=consultation.title), instant)
    body = "".join(_folded(row) for row in [*rows, "END:VCALENDAR"])
    return Response(body=body.encode(), content_type="text/calendar", charset="utf-8")


def _event(request: Any, name: str, summary: str, instant: Any) -> list[str]:
    consultation = request.context.consultation
    cancelled = consultation.state(request.now) is State.ABANDONED
    at = instant.strftime("%Y%m%dT%H%M%SZ")
    return [
        "BEGIN:VEVENT",
        f"UID:{consultation.id}-{name}",
        f"DTSTAMP:{consultation.published_at.strftime('%Y%m%dT%H%M%SZ')}",
        # A date only ever moves later, so the instant itself grows with each change.
        f"SEQUENCE:{max(0, int((instant - consultation.published_at).total_seconds() // 60))}",
        f"DTSTART:{at}",
        f"DTEND:{at}",
        f"SUMMARY:{_escaped(summary)}",
        f"URL:{request.route_url('consultations.show', reference=consultation.reference)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(summary)}",
        "TRIGGER:-P1D",
        "END:VALARM",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def _folded(row: str) -> str:
    """Break a line so that none is longer than 75 bytes."""
    pieces, current = [], ""
    for char in row:
        if len((current + char).encode()) > 74:  # noqa: PLR2004  # RFC 5545, section 3.1, less the leading space
            pieces.append(current)
            current = ""
        current += char
    return "\r\n ".join([*pieces, current]) + "\r\n"
