"""« Vérifier une signature »: one page for everybody, without an account and without a script."""

import json
from typing import Any

from pyramid.response import Response

from procurement.core import pdf, rate, services
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.web import page
from procurement.signatures import handback, service, upload
from procurement.signatures.errors import ReportRefused
from procurement.signatures.shown import Reader, present
from procurement.signatures.trusted import Trusted
from signing.report import as_json

_PUBLIC = Permission.PUBLIC


@page(
    "signatures.verify",
    permission=_PUBLIC,
    template="signatures/verify.html",
    methods=("GET", "POST"),
    most=upload.BODY_BYTES,
    transaction=False,
)
def verify(request: Any) -> dict[str, Any]:
    """Verify the file of the form and show the verdict on each of its signatures; nothing is kept."""
    page_of: dict[str, Any] = {
        "errors": [],
        "report": None,
        "most": service.MOST_BYTES >> 20,
        "others": service.MOST_CONTENTS,
    }
    if request.method != "POST":
        return page_of
    rate.check(request, service.RATE)
    try:
        return page_of | _verified(request)
    except DomainError as error:
        request.response.status_int = error.status
        return page_of | {"errors": [("file", request.translate(error.message, **error.params))]}


def _verified(request: Any) -> dict[str, Any]:
    basis = services.get(request, Trusted).basis()
    given = upload.given(request)
    report = service.verify(given, basis=basis, now=request.now)
    shown = present(report, given.about(), basis, Reader(request.lang, request.translate, request.now))
    if report.error is not None:
        request.response.status_int = 422
    # Both in one: the file of the report, and what its PDF says.
    both = {"shown": shown, "json": as_json(report), "language": request.lang}
    return {"report": shown, "kept": handback.hand_over(both, secret=_secret(request), now=request.now)}


@page("signatures.report_json", permission=_PUBLIC, methods=("POST",), transaction=False)
def report_json(request: Any) -> Response:
    """Send the report that the page hands back, as JSON."""
    both, _at = _taken_back(request)
    return _sent(_json(both), "application/json", "rapport-de-signature.json")


@page("signatures.report_pdf", permission=_PUBLIC, methods=("POST",), transaction=False)
def report_pdf(request: Any) -> Response:
    """Send the report that the page hands back, as a PDF with the JSON attached."""
    rate.check(request, service.RATE)
    both, at = _taken_back(request)
    settings: Settings = services.get(request, Settings)
    words = {name: request.translate(text) for name, text in _WORDS.items()}
    data = {**both["shown"], "words": words, "site": settings.site_name, "reference": ""}
    body = pdf.render(
        "signature",
        data,
        title=request.translate(_("Rapport de vérification de signature")),
        language=both["language"],
        date=at,
        attachments={"rapport.json": _json(both)},
    )
    return _sent(body, "application/pdf", "rapport-de-signature.pdf")


_WORDS = {
    "verified": _("Vérifié le"),
    "file": _("Le fichier"),
    "signature": _("Signature"),
    "who": _("Qui a signé"),
    "when": _("Quand"),
    "checks": _("Les cinq vérifications de l’arrêté du 22 mars 2019"),
    "question": _("Question"),
    "answer": _("Réponse"),
    "why": _("Pourquoi"),
    "scope": _("Ce qui est signé, et ce qui ne l’est pas"),
    "what": _("Objet"),
    "state": _("État"),
    "next": _("Que faire"),
    "warnings": _("À savoir"),
    "stamps": _("Horodatages"),
    "details": _("Détails techniques"),
    "trust": _("Listes de confiance utilisées"),
    "limits": _(
        "Ce rapport dit ce que ce service a constaté à la date indiquée. Il ne dit pas si le signataire avait le pouvoir "
        "d’engager son organisation : cela reste à vérifier par une personne."
    ),
}


def _taken_back(request: Any) -> tuple[dict[str, Any], Any]:
    text = request.POST.get("report")
    if not isinstance(text, str):
        raise ReportRefused
    return handback.take_back(text, secret=_secret(request), now=request.now)


def _secret(request: Any) -> str:
    settings: Settings = services.get(request, Settings)
    return settings.secret_key


def _json(both: dict[str, Any]) -> bytes:
    return json.dumps(both["json"], ensure_ascii=False, indent=2).encode()


def _sent(body: bytes, content_type: str, name: str) -> Response:
    charset = "utf-8" if content_type == "application/json" else None
    return Response(
        body=body,
        content_type=content_type,
        charset=charset,
        content_disposition=f'attachment; filename="{name}"',
        cache_control="no-store",
    )
