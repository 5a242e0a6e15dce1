"""Endpoints that look at files and keep nothing: validate, convert, render, merge; and the referentials."""

import base64
import json
from typing import Any

from pyramid.response import Response

from dume import errors, wording
from dume.api.documents import both
from dume.api.requests import FILE_BODY
from dume.api.shown import one_of, xml_of
from dume.espd import write_v41
from dume.espd.codes import codes
from dume.espd.errors import ESPDError
from dume.espd.export import export
from dume.espd.importing import Imported, read
from dume.espd.merge import merge
from dume.espd.model import Document, Kind, Version
from dume.espd.taxonomy import TaxonomyGroup, taxonomy
from dume.espd.validate import validate as judge
from dume.rendering import pages
from dume.schemas import ConversionBody, FileBody, MergeBody, RenderingBody
from procurement.core.api import contract
from procurement.core.errors import NotFound
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.views import endpoint

_PUBLIC = Permission.PUBLIC
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
    data = xml_of(request.validated.xml)
    verdict = judge(data)
    if verdict.version is None and verdict.kind is None:
        _imported(request.validated.xml)  # Says what the file is, and where it breaks.
    return verdict.as_json(request.lang)


@endpoint(
    "dume.api.conversions", permission=_PUBLIC, methods=("POST",), schema=ConversionBody, csrf=False, most=FILE_BODY
)  # fmt: skip
@contract(idempotent=False)
def convert(request: Any) -> dict[str, Any]:
    """Write a file in another version, with the report of every value; nothing is kept."""
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


@endpoint("dume.api.taxonomy", permission=_PUBLIC, methods=("GET",))
@contract()
def show_taxonomy(request: Any) -> Response:
    """Give the 62 criteria with their groups and properties."""
    found = [
        {
            "id": one.id,
            "code": one.code,
            "tag": one.tag,
            "kind": one.kind,
            "name": wording.criterion_name(one.code, request.lang),
            "groups": [_group(group) for group in one.groups],
        }
        for one in taxonomy().criteria
    ]
    return _cacheable({"version": "4.1.0", "criteria": found})


def _group(group: TaxonomyGroup) -> dict[str, Any]:
    return {
        "path": group.path,
        "condition": group.condition.value,
        "min": group.min,
        "max": group.max,
        "properties": [
            {
                "path": one.path,
                "type": one.type.value,
                "value_type": one.value_type,
                "min": one.min,
                "max": one.max,
            }
            for one in group.properties
        ],
        "groups": [_group(below) for below in group.groups],
    }


@endpoint("dume.api.code_list", permission=_PUBLIC, methods=("GET",))
@contract()
def code_list(request: Any) -> Response:
    """Give a code list with the names of its values."""
    name = request.matchdict["list"]
    try:
        found = codes(name)
    except KeyError:
        raise NotFound("dume.code_list_unknown", _("Cette liste de codes n’existe pas.")) from None
    values = [
        {"code": value, "label": wording.code_label(name, value, request.lang) or value}
        for value in found.values
    ]
    listed = {"name": name, "list_id": found.list_id, "agency": found.agency, "version": found.version}
    return _cacheable({**listed, "values": values})


@endpoint("dume.api.labels", permission=_PUBLIC, methods=("GET",))
@contract()
def labels(request: Any) -> Response:
    """Give the words of the form: criteria with text and help, questions by path."""
    lang = request.lang
    criteria = {
        one.code: {
            "name": wording.criterion_name(one.code, lang),
            "text": wording.criterion_text(one.code, lang),
            "help": wording.criterion_help(one.code, lang),
        }
        for one in taxonomy().criteria
    }
    properties = {path: wording.label(path, lang) for path in taxonomy().properties}
    return _cacheable({"lang": lang, "criteria": criteria, "properties": properties})


def _cacheable(value: dict[str, Any]) -> Response:
    content = json.dumps(value, ensure_ascii=False).encode()
    response = Response(body=content, content_type="application/json", charset="utf-8")
    response.cache_control = "public, max-age=3600"
    return response
