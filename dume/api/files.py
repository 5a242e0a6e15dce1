"""Endpoints that look at files and keep nothing: validate, convert, render, merge."""

import base64
from typing import Any

from pyramid.response import Response

from dume import errors
from dume.api.documents import both
from dume.api.requests import FILE_BODY
from dume.api.shown import one_of, verdict_shown, xml_of
from dume.espd import write_v41
from dume.espd.errors import ESPDError
from dume.espd.export import export
from dume.espd.importing import Imported, read
from dume.espd.merge import merge
from dume.espd.model import Document, Kind, Version
from dume.espd.validate import validate as judge
from dume.rendering import pages
from dume.schemas import ConversionBody, FileBody, MergeBody, RenderingBody
from procurement.core import rate
from procurement.core.api import contract
from procurement.core.permissions import Permission
from procurement.core.web.views import endpoint

_PUBLIC = Permission.PUBLIC
#: Looking at a file takes longer than other answers: whoever has no key has fewer of them.
RATE = "dume.files"
_MEDIA = {"html": "text/html", "pdf": "application/pdf", "json": "application/json"}


def _imported(text: str, pointer: str = "/xml") -> Imported:
    try:
        return read(xml_of(text, pointer))
    except ESPDError as error:
        raise errors.Unreadable(error) from None


@endpoint(
    "dume.api.validations", permission=_PUBLIC, methods=("POST",), schema=FileBody, csrf=False, most=FILE_BODY
)
@contract(idempotent=False)
def validate(request: Any) -> dict[str, Any]:
    """Judge a file by the official rules of its version; nothing is kept."""
    rate.check(request, RATE)
    data = xml_of(request.validated.xml)
    verdict = judge(data)
    if verdict.version is None and verdict.kind is None:
        _imported(request.validated.xml)  # Says what the file is, and where it breaks.
    return verdict_shown(verdict, request.lang)


@endpoint(
    "dume.api.conversions", permission=_PUBLIC, methods=("POST",), schema=ConversionBody, csrf=False, most=FILE_BODY
)  # fmt: skip
@contract(idempotent=False)
def convert(request: Any) -> dict[str, Any]:
    """Write a file in another version, with the report of every value; nothing is kept."""
    rate.check(request, RATE)
    body: ConversionBody = request.validated
    imported = _imported(body.xml)
    exported = export(imported.document, Version(body.to))
    return {
        "lossy": exported.lossy,
        "files": [
            {"name": name, "xml": base64.b64encode(data).decode(), "valid": judge(data).valid}
            for name, data in exported.files
        ],
        "report": imported.report.as_json(),
        "export_report": exported.report.as_json() if exported.lossy else None,
    }


@endpoint(
    "dume.api.renderings", permission=_PUBLIC, methods=("POST",), schema=RenderingBody, csrf=False, most=FILE_BODY
)  # fmt: skip
@contract(idempotent=False, produces=("application/json", "text/html", "application/pdf"))
def render(request: Any) -> Response:
    """Show a file as a page, a PDF or JSON; nothing is kept."""
    rate.check(request, RATE)
    body: RenderingBody = request.validated
    what = _imported(body.xml).document
    if body.format == "pdf":
        content = pages.to_pdf(what, xml_of(body.xml), request.lang, date=request.now)
    elif body.format == "json":
        content = pages.to_json(what, request.lang).encode()
    else:
        content = pages.html(what, request.lang).encode()
    charset = None if body.format == "pdf" else "utf-8"
    return Response(body=content, content_type=_MEDIA[body.format], charset=charset)


@endpoint(
    "dume.api.merges", permission=Permission.API_OE_WRITE, methods=("POST",), schema=MergeBody, most=2 * FILE_BODY
)  # fmt: skip
def merges(request: Any) -> dict[str, Any]:
    """Answer a request with what an older response says; give the new response's XML and what to look at."""
    body: MergeBody = request.validated
    asked, old = _both(request, body)
    if asked.kind is not Kind.REQUEST:
        raise errors.wrong_kind("acheteur")
    if old.kind is not Kind.RESPONSE:
        raise errors.wrong_kind("OE")
    found = merge(asked, old, today=request.now.date())
    request.response.status_int = 201
    return {
        "xml": base64.b64encode(write_v41.write(found.document)).decode(),
        "carried": list(found.carried),
        "to_review": list(found.to_review),
        "unmatched": list(found.unmatched),
    }


def _both(request: Any, body: MergeBody) -> tuple[Document, Document]:
    by_id, by_file = (body.id_dume_acheteur, body.id_dume_oe), (body.request_xml, body.response_xml)
    if all(by_id) and not any(by_file):
        return both(request, body.id_dume_acheteur or "", body.id_dume_oe or "")
    if all(by_file) and not any(by_id):
        return _imported(body.request_xml, "/request_xml").document, _imported(
            body.response_xml, "/response_xml"
        ).document
    raise one_of("/id_dume_acheteur")
