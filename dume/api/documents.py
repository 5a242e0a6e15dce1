"""Endpoints that give documents: one DUME in the form asked for, proofs, and the opened responses of a consultation."""

import io
import json
import zipfile
from typing import Any

from pyramid.httpexceptions import HTTPNotAcceptable
from pyramid.response import Response

from dume import errors, queries, service
from dume.api.groups import check_protected
from dume.api.responses import own
from dume.api.shown import check_mandate, vault_of
from dume.espd import codec
from dume.espd.export import export, lot_names
from dume.espd.model import Document, Version
from dume.models import Dume
from dume.queries import SourceView
from dume.rendering import pages
from dume.rules import Kind
from dume.schemas import DocumentsBody, instant
from procurement.core import services
from procurement.core.api import contract
from procurement.core.db import Database
from procurement.core.errors import FieldError, Invalid
from procurement.core.permissions import Permission
from procurement.core.storage import Storage
from procurement.core.text import _
from procurement.core.web.views import endpoint

XML, HTML, PDF, JSON, ZIP = (
    "application/xml",
    "text/html",
    "application/pdf",
    "application/json",
    "application/zip",
)
_FORMS = (XML, HTML, PDF, JSON, ZIP)
_WRITTEN = (Version.V4_1_0, Version.V2_1_1, Version.V1_0_2)


@endpoint("dume.api.request_document", permission=Permission.API_ACHETEUR_READ, methods=("GET",))
@contract(produces=_FORMS)
def request_document(request: Any) -> Response:
    """Give a request as XML, HTML, PDF, JSON or ZIP."""
    return document(request, request.context.dume)


@endpoint("dume.api.response_document", permission=Permission.API_OE_READ, methods=("GET",))
@contract(produces=_FORMS)
def response_document(request: Any) -> Response:
    """Give a response of the client's own as XML, HTML, PDF, JSON or ZIP."""
    return document(request, request.context.dume)


def document(request: Any, row: Dume) -> Response:
    """Give a DUME in the form that ``Accept`` names, of one lot or of the whole, in the version asked for."""
    vault, version = vault_of(request), _version(request.GET.get("version", Version.V4_1_0.value))
    offers = request.accept.acceptable_offers(list(_FORMS))
    if not offers:
        raise HTTPNotAcceptable
    form, lot = offers[0][0], request.GET.get("lot", "")
    if form == XML and version is Version.V4_1_0:
        content, digest = queries.xml(request.db, vault, row, lot=lot)
        own = f"-{lot_names([lot])[0]}" if lot else ""
        return _answer(content, form, f"{row.id_dume}{own}.xml", digest)
    if form == ZIP and version is Version.V4_1_0:
        return _answer(queries.export_zip(request.db, vault, row), form, f"{row.id_dume}.zip")
    if version is not Version.V4_1_0 and not request.accept.acceptable_offers([XML, ZIP]):
        raise HTTPNotAcceptable  # Older versions are files: the pages show what the DUME says.
    what = queries.document(request.db, vault, row)
    if version is not Version.V4_1_0:
        return _older(what, version, form, row.id_dume)
    return _answer(*_form(request, row, what, form))


def _form(request: Any, row: Dume, what: Document, form: str) -> tuple[bytes, str, str]:
    if form == HTML:
        return pages.html(what, request.lang).encode(), form, f"{row.id_dume}.html"
    if form == PDF:
        xml = queries.documents(request.db, vault_of(request), row)[0][1]
        return pages.to_pdf(what, xml, request.lang, date=row.edited_at), form, f"{row.id_dume}.pdf"
    return json.dumps(codec.dump(what), ensure_ascii=False).encode(), form, f"{row.id_dume}.json"


def _older(what: Document, version: Version, form: str, name: str) -> Response:
    """Give an older version: one file, or a ZIP of one per lot with the report of what it cannot hold."""
    exported = export(what, version)
    if form == XML and len(exported.files) == 1:
        return _answer(exported.files[0][1], XML, f"{name}-{version}.xml")
    files = [*exported.files, ("report.json", json.dumps(exported.report.as_json()).encode())]
    return _answer(zipped(files), ZIP, f"{name}-{version}.zip")


def _version(text: str) -> Version:
    if text not in {version.value for version in _WRITTEN}:
        message = _("La version écrite est 4.1.0, 2.1.1 ou 1.0.2.")
        raise Invalid("dume.version", message, errors=(FieldError("version", "dume.version", message),))
    return Version(text)


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    """Return a ZIP whose bytes depend on its content alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _answer(content: bytes, form: str, name: str, digest: str = "") -> Response:
    charset = "utf-8" if form in {HTML, XML, JSON} else None
    response = Response(body=content, content_type=form, charset=charset)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if digest:
        response.etag = digest[:32]
    return response


@endpoint(
    "dume.api.documents", permission=Permission.API_ACHETEUR_ANALYSE, methods=("POST",), schema=DocumentsBody
)
@contract(produces=(ZIP,), idempotent=False)
def documents(request: Any) -> Response:
    """Give opened responses with their proofs in one ZIP; refused as a whole while one of them is not open."""
    body: DocumentsBody = request.validated
    rows = [_readable(request, id_dume) for id_dume in dict.fromkeys(body.ids)]
    service.check_opened(rows, request.now)
    vault, storage = vault_of(request), services.get(request, Storage)
    files = []
    for row in rows:
        found = queries.documents(request.db, vault, row)
        names = lot_names([lot or "dume" for lot, _content in found])
        files += [
            (f"{row.id_dume}/{name}.xml", content) for name, (_lot, content) in zip(names, found, strict=True)
        ]
        for one in queries.evidences(request.db, row):
            _view, content = queries.proof(request.db, vault, storage, row, one.id)
            files.append((f"{row.id_dume}/preuves/{one.evidence or one.id}", content))
    response = _answer(zipped(files), ZIP, "dume-oe.zip")
    response.status_int = 202
    return response


def _readable(request: Any, id_dume: str) -> Dume:
    """Return a response to a request of this client's buyer; for all others it does not exist."""
    found = queries.by_id_dume(request.db, id_dume)
    if found.kind is not Kind.RESPONSE or found.buyer_client_id != request.context.client_id:
        raise errors.not_found()
    check_mandate(request, found.buyer_siret, Permission.API_ACHETEUR_ANALYSE)
    return found


@endpoint(
    "dume.api.response_evidences", permission=Permission.API_OE_WRITE, methods=("POST",),
    most=service.EVIDENCE_BYTES + (1 << 16), transaction=False,
)  # fmt: skip
@contract(consumes=("multipart/form-data",), idempotent=False)
def attach(request: Any) -> dict[str, Any]:
    """Attach a proof (PDF, PNG or JPEG, 10 MiB at most); answers may point to its ``evidence``."""
    row, upload = request.context.dume, request.POST.get("file")
    if not hasattr(upload, "file"):
        message = _("Joignez le fichier dans le champ « file » d’un formulaire multipart.")
        raise Invalid("dume.no_file", message, errors=(FieldError("file", "dume.no_file", message),))
    database: Database = services.get(request, Database)
    vault, storage = vault_of(request), services.get(request, Storage)
    content = upload.file.read(service.EVIDENCE_BYTES + 1)
    service.require_room(request.db, row, len(content))
    stored = service.store_proof(
        database, vault, storage, row.vault_owner, content, name=upload.filename, now=request.now
    )
    with database.write() as session:
        held = queries.by_id_dume(session, row.id_dume)
        found = service.attach_evidence(session, vault, held, stored, by=request.identity, now=request.now)
    request.response.status_int = 201
    return _proof(found)


@endpoint("dume.api.response_evidences", permission=Permission.API_OE_READ, methods=("GET",))
def evidences(request: Any) -> dict[str, Any]:
    """List the proofs of a response."""
    return {"items": [_proof(one) for one in queries.evidences(request.db, request.context.dume)]}


@endpoint("dume.api.response_evidence", permission=Permission.API_OE_READ, methods=("GET",))
@contract(produces=("application/octet-stream", PDF, "image/png", "image/jpeg"))
def evidence(request: Any) -> Response:
    """Give a proof's bytes."""
    vault, storage = vault_of(request), services.get(request, Storage)
    number = request.context.id_of("evidence")
    row = request.context.dume
    view, content = queries.proof(request.db, vault, storage, row, number)
    if view.level > 1:
        check_protected(request, row.buyer_siret)  # Of today: a mandate taken back ends the reading as well.
    return _answer(content, view.media_type, f"preuve-{view.id}")


def _proof(one: SourceView) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "evidence": one.evidence,
        "source": one.source,
        "sha256": one.document_sha256,
        "size": one.document_size,
        "media_type": one.media_type,
        "obtained_at": instant(one.obtained_at),
        "valid_until": one.valid_until or None,
    }


def both(request: Any, asked: str, answered: str) -> tuple[Document, Document]:
    """Return what a request and a response of the client's own say."""
    vault = vault_of(request)
    first = queries.document(request.db, vault, own(request, asked, Kind.REQUEST))
    return first, queries.document(request.db, vault, own(request, answered, Kind.RESPONSE))
