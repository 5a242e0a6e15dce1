"""Tender documents on their way out: whole or by range, each download in the register before its first byte."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pyramid.response import Response

from procurement.consultations import archive, queries, rules, service
from procurement.consultations.errors import ConsultationNotFound
from procurement.consultations.rules import ConsultationView, DocumentView
from procurement.consultations.service.documents import find
from procurement.consultations.views.public import WITHDRAWER
from procurement.core import services
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.permissions import Permission
from procurement.core.storage import Storage
from procurement.core.web import page

Read = Callable[[int, int], Iterator[bytes]]


class Content:
    """The body of a response: all of it, or a range; tells ``done`` when its last byte has left."""

    def __init__(self, size: int, read: Read, done: Callable[[], None] | None = None) -> None:
        self._size = size
        self._read = read
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        return self.app_iter_range(0, self._size)

    def app_iter_range(self, start: int, stop: int | None) -> Iterator[bytes]:
        """Give the bytes of a range (WebOb asks for it by this name)."""
        last = self._size if stop is None else stop
        yield from self._read(start, last)
        if self._done is not None and start == 0 and last == self._size:
            self._done()


@page("consultations.document", permission=Permission.PUBLIC, records=True, transaction=False)
def document(request: Any) -> Response:
    """Send one document of the published version."""
    consultation = request.context.consultation
    wanted = _uuid(request.matchdict["document"])
    documents = queries.published_documents(request.db, consultation.id)
    found = next((item for item in documents if item.id == wanted), None)
    if found is None:
        raise ConsultationNotFound
    response = document_response(request, found)
    _recorded(request, response, consultation, found, what=found.path)
    return response


@page("consultations.archive", permission=Permission.PUBLIC, records=True, transaction=False)
def whole(request: Any) -> Response:
    """Send the whole set of documents as one ZIP."""
    consultation = request.context.consultation
    documents = queries.published_documents(request.db, consultation.id)
    if not documents:
        raise ConsultationNotFound
    plan = layout(consultation, documents)
    storage = services.get(request, Storage)
    name = rules.archive_name(consultation.reference, consultation.dce_version or 1)

    def read(start: int, stop: int) -> Iterator[bytes]:
        return plan.read(start, stop, storage.open)

    response = _response(request, plan.size, consultation.dce_sha256 or "", read, name, "application/zip")
    _recorded(request, response, consultation, None, what=name)
    return response


def layout(consultation: ConsultationView, documents: list[DocumentView]) -> archive.Archive:
    """Return the archive of a published version: always the same bytes, dated by the publication (Paris time)."""
    assert consultation.published_at is not None
    at = consultation.published_at.astimezone(ZoneInfo(rules.PARIS))
    items = [archive.Item(item.path, item.size, item.crc32, item.storage_key) for item in documents]
    return archive.plan(items, at)


@page("consultations.hashes", permission=Permission.PUBLIC)
def hashes(request: Any) -> Response:
    """Give the hashes in the form that ``sha256sum --check`` reads."""
    documents = queries.published_documents(request.db, request.context.consultation.id)
    body = "".join(f"{item.sha256}  {item.path}\n" for item in documents)
    return Response(body=body.encode(), content_type="text/plain", charset="utf-8")


@page("consultations.manifest", permission=Permission.PUBLIC)
def manifest(request: Any) -> Response:
    """Give the manifest of the published version, in the very bytes whose hash is announced."""
    stored = queries.manifest(request.db, request.context.consultation.id)
    if stored is None:
        raise ConsultationNotFound
    body = json.dumps(stored, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Response(body=body.encode(), content_type="application/json", charset="utf-8")


@page("consultations.document_read", permission=Permission.CONSULTATION_VIEW)
def document_read(request: Any) -> Response:
    """Send a document of a draft to its buyer."""
    consultation = request.context.consultation
    found = find(request.db, consultation.id, _uuid(request.matchdict["document"]))
    return document_response(request, found)


def document_response(request: Any, found: DocumentView) -> Response:
    """Return a response that sends one document."""
    storage = services.get(request, Storage)

    def read(start: int, stop: int) -> Iterator[bytes]:
        opened: Iterator[bytes] = storage.open(found.storage_key, start, stop - start)
        return opened

    name = found.path.rsplit("/", 1)[-1]
    return _response(request, found.size, found.sha256, read, name, found.media_type)


def _response(request: Any, size: int, etag: str, read: Read, name: str, media_type: str) -> Response:
    del request
    response = Response(
        app_iter=Content(size, read),
        content_type=media_type,
        conditional_response=True,
        accept_ranges="bytes",
    )
    response.charset = None
    response.content_length = size
    response.etag = etag
    # Never shown inside our pages, whatever the file claims to be.
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-cache"
    return response


def disposition(name: str) -> str:
    """Return the header that keeps a file name as it is, with a plain form for old clients (RFC 6266)."""
    plain = "".join(
        char if char.isascii() and char.isprintable() and char not in '"\\%' else "_" for char in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _recorded(
    request: Any, response: Response, consultation: ConsultationView, found: DocumentView | None, *, what: str
) -> None:
    """Write the line of the register: for a download from its first byte, not for what resumes or repeats it."""
    resumes = request.range is not None and request.range.start != 0
    if request.method != "GET" or resumes or response.etag in request.if_none_match:
        return
    database: Database = services.get(request, Database)
    clock: Clock = services.get(request, Clock)
    request.db.rollback()  # Nothing stays open while the bytes flow.
    with database.write() as session:
        line = service.record_withdrawal(
            session, consultation, found, what=what, by=_withdrawer(request), now=request.now
        )

    def done() -> None:
        with database.write() as session:
            service.complete_withdrawal(session, line, now=clock.now())

    response.app_iter._done = done  # noqa: SLF001  # the body is ours, made a few lines above


def _withdrawer(request: Any) -> service.Withdrawer:
    identity = request.identity
    if identity is not None:
        return service.Withdrawer(identity=identity)
    return service.Withdrawer(**(request.session.get(WITHDRAWER) or {}))


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise ConsultationNotFound from None
