"""Verification for programs: the same report as the page and the command line; nothing is kept."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from pyramid.response import Response

from procurement.core import rate, services
from procurement.core.api import contract
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.problems import PROBLEM_TYPE, Refusal, refusal_response
from procurement.core.web.views import endpoint, parsed
from procurement.signatures import preflight, service, upload
from procurement.signatures.schemas import PreflightBody
from procurement.signatures.tickets import Tickets
from procurement.signatures.trusted import Trusted
from signing.report import Report, as_json
from signing.summary_fr import sentences


@endpoint(
    "signatures.api.verifications",
    permission=Permission.PUBLIC,
    methods=("POST",),
    csrf=False,
    most=upload.BODY_BYTES,
    transaction=False,
)
@contract(idempotent=False, consumes=("multipart/form-data",))
def verifications(request: Any) -> Any:
    """Verify a file, with the documents it is detached from; nothing is kept."""
    rate.check(request, service.RATE)
    basis = services.get(request, Trusted).basis()
    report = service.verify(upload.given(request), basis=basis, now=request.now)
    if report.error is not None:
        return _unreadable(request, report)
    return as_json(report, detail=request.GET.get("detail") == "1")


@endpoint(
    "signatures.api.preflight",
    permission=Permission.PUBLIC,
    methods=("POST",),
    schema=PreflightBody,
    csrf=False,
    most=preflight.BODY_BYTES,
    transaction=False,
)
@contract(idempotent=False)
def look_before_sealing(request: Any) -> dict[str, Any]:
    """Look at the signatures of a bid that is about to be sealed, from digests alone; nothing is kept."""
    rate.check(request, service.RATE)
    return _looked(request, request.validated.looked())


@endpoint(
    "signatures.api.preflight_documents",
    permission=Permission.PUBLIC,
    methods=("POST",),
    csrf=False,
    most=upload.DOCUMENTS_BYTES,
    transaction=False,
)
@contract(idempotent=False, consumes=("multipart/form-data",))
def look_at_documents(request: Any) -> dict[str, Any]:
    """Look at the signatures of a bid with the documents that the bidder chose to send: read in memory, kept nowhere."""
    rate.check(request, service.RATE)
    asked, documents = upload.question(request)
    body = parsed(asked, PreflightBody)
    assert isinstance(body, PreflightBody)
    return _looked(request, upload.joined(body.looked(), documents))


def _looked(request: Any, files: Sequence[preflight.Looked]) -> dict[str, Any]:
    with service.place():
        found = preflight.look(
            files,
            basis=services.get(request, Trusted).basis(),
            now=request.now,
            tickets=services.get(request, Tickets),
        )
    return {"files": [_said(request, one) for one in found]}


def _said(request: Any, one: preflight.Found) -> dict[str, Any]:
    reasons = [request.translate(sentences()[reason.code], **reason.params) for reason in one.reasons]
    return {
        "name": one.name,
        "status": one.status.value,
        "basis": one.basis,
        "message": request.translate(preflight.SENTENCES[one.status]),
        "reasons": reasons,
        "ticket": one.ticket,
    }


def _unreadable(request: Any, report: Report) -> Response:
    """Answer 422: a problem document that holds the report's own members as well."""
    assert report.error is not None
    finding = report.error.finding
    reason = request.translate(sentences()[finding.code], **finding.params)
    message = _("Ce fichier ne peut pas être lu comme un fichier signé. %(reason)s")
    refusal = Refusal(422, "signature.unreadable", message, {"reason": reason})
    response = refusal_response(request, refusal)
    response.json_body = {**response.json_body, **as_json(report)}
    response.content_type = PROBLEM_TYPE
    return response


@endpoint("signatures.api.contract", permission=Permission.PUBLIC, methods=("GET",))
@contract(produces=("application/yaml",))
def read_contract(request: Any) -> Response:
    """Give the contract of this API (OpenAPI 3.1)."""
    del request
    response = Response(body=_contract(), content_type="application/yaml", charset="utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@cache
def _contract() -> bytes:
    return files("procurement.signatures").joinpath("openapi.yaml").read_bytes()
