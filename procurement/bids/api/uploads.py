"""Resumable uploads: tus 1.0.0 core with creation, checksum, expiration and termination (https://tus.io/protocols)."""

import base64
import binascii
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from pyramid.response import Response

from procurement.bids import errors
from procurement.bids.errors import BadRequest, LengthRequired, WrongMediaType, WrongVersion
from procurement.bids.models import BidUpload
from procurement.bids.queries import drafts as stored
from procurement.bids.queries.tender import tender
from procurement.bids.service import attempts, terms, uploads
from procurement.bids.service.leases import Leases
from procurement.bids.service.parts import ALGORITHMS, Checksum, Part
from procurement.bids.service.uploads import Receiver, Wanted
from procurement.core import services
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.errors import DomainError, TooLarge
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.storage import Storage
from procurement.core.text import _
from procurement.core.web import endpoint
from signing.errors import SealedError
from signing.sealed.stream import PLI

VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,expiration,termination"
PART_TYPE = "application/offset+octet-stream"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


def _protocol(request: Any) -> None:
    """Announce the version on every answer, errors included, and refuse another one."""

    def announce(_request: Any, response: Any) -> None:
        response.headers["Tus-Resumable"] = VERSION
        response.headers["Cache-Control"] = "no-store"

    request.add_response_callback(announce)
    if request.headers.get("Tus-Resumable") != VERSION:
        request.add_response_callback(
            lambda _request, response: response.headers.update({"Tus-Version": VERSION})
        )
        raise WrongVersion(
            "bid.tus_version",
            _("Cette version du protocole d’envoi n’est pas prise en charge. Rien n’a été gardé."),
        )


@endpoint("bids.api.uploads", permission=Permission.PUBLIC, methods=("OPTIONS",))
def describe(request: Any) -> Response:
    """Say what this server can do."""
    settings: Settings = services.get(request, Settings)
    return Response(
        status=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
            "Tus-Max-Size": str(PLI.cipher_size(settings.file_bytes)),
        },
    )


@endpoint("bids.api.uploads", permission=Permission.DEPOSIT_EDIT, methods=("POST",), transaction=False)
def create(request: Any) -> Response:
    """Open an upload; limits are checked before the first byte."""
    _protocol(request)
    length = _whole(request, "Upload-Length")
    deposit, envelope, n = _place(request.headers.get("Upload-Metadata", ""))
    draft = stored.draft(request.db, deposit, request.identity.organisation_id)
    _check_size(length)
    settings: Settings = services.get(request, Settings)
    database: Database = services.get(request, Database)
    now = services.get(request, Clock).now()
    with database.write() as session:
        limits = tender(session, draft.consultation_id, now=now).limits
        wanted = Wanted(envelope, n, length)
        upload = uploads.create(
            session, draft, wanted, limits=limits, by=request.identity, now=now, life=terms.life(settings)
        )
    location = request.route_path("bids.api.upload", upload=upload.id)
    return Response(status=201, headers={"Location": location, "Upload-Expires": _expires(upload)})


@endpoint("bids.api.upload", permission=Permission.DEPOSIT_EDIT, methods=("HEAD",))
def position(request: Any) -> Response:
    """Say where to go on."""
    _protocol(request)
    upload = request.context.upload
    _check_alive(request, upload)
    return Response(
        status=200,
        headers={
            "Upload-Offset": str(upload.offset),
            "Upload-Length": str(upload.length),
            "Upload-Expires": _expires(upload),
        },
    )


@endpoint(
    "bids.api.upload",
    permission=Permission.DEPOSIT_EDIT,
    methods=("PATCH",),
    transaction=False,
    most=None,
)
def receive(request: Any) -> Response:
    """Take one part: a new object in the store, then the offset moves."""
    _protocol(request)
    upload = request.context.upload
    try:
        part = _part(request, upload)
        request.db.close()  # A read that stays open for the time of an upload would keep the WAL from shrinking.
        receiver = Receiver(
            services.get(request, Database), services.get(request, Storage), services.get(request, Clock)
        )
        leases: Leases = services.get(request, Leases)
        with leases.hold(upload.id) as alive:
            end = receiver.receive(upload, part, alive)
    except DomainError as error:
        _note(request, upload, error)
        raise
    return Response(status=204, headers={"Upload-Offset": str(end), "Upload-Expires": _expires(upload)})


@endpoint("bids.api.upload", permission=Permission.DEPOSIT_EDIT, methods=("DELETE",), transaction=False)
def terminate(request: Any) -> Response:
    """Withdraw a file from the deposit in preparation."""
    _protocol(request)
    database: Database = services.get(request, Database)
    with database.write() as session:
        uploads.terminate(session, request.context.upload, now=services.get(request, Clock).now())
    return Response(status=204)


def _part(request: Any, upload: BidUpload) -> Part:
    """Check everything that can be checked before the first byte is read."""
    if request.content_type != PART_TYPE:
        raise WrongMediaType(
            "bid.media_type",
            _("Une partie de fichier s’envoie en application/offset+octet-stream. Rien n’a été gardé."),
        )
    offset = _whole(request, "Upload-Offset")
    _check_alive(request, upload)
    committed = stored.draft(request.db, upload.draft_id, request.identity.organisation_id).committed_at
    if committed is not None:
        raise errors.already_committed()
    if request.content_length is None:
        raise LengthRequired(
            "bid.length_required", _("La taille de l’envoi n’est pas annoncée. Rien n’a été gardé.")
        )
    if offset != upload.offset:
        raise uploads.offset_mismatch()
    if offset + request.content_length > upload.length:
        raise TooLarge(
            "bid.upload_too_long",
            _(
                "Cette partie dépasse la taille annoncée du fichier. Elle n’a pas été gardée ; les précédentes le sont."
            ),
        )
    read: Callable[[int], bytes] = request.body_file.read
    return Part(
        offset, request.content_length, upload.length, read, _checksum(request.headers.get("Upload-Checksum"))
    )


def _check_alive(request: Any, upload: BidUpload) -> None:
    if services.get(request, Clock).now() >= upload.expires_at:
        raise errors.expired()


def _note(request: Any, upload: BidUpload, error: DomainError) -> None:
    database: Database = services.get(request, Database)
    with database.write() as session:
        attempts.note(
            session,
            upload.draft_id,
            now=services.get(request, Clock).now(),
            code=error.code,
            status=error.status,
        )


def _whole(request: Any, header: str) -> int:
    text = request.headers.get(header, "")
    if not _NUMBER.fullmatch(text):
        raise BadRequest(
            "bid.header_invalid",
            _("L’en-tête %(header)s manque ou n’est pas un nombre. Rien n’a été gardé."),
            header=header,
        )
    return int(text)


def _check_size(length: int) -> None:
    try:
        PLI.plain_size_of(length)
    except SealedError:
        raise BadRequest(
            "bid.length_invalid",
            _("Aucun fichier scellé n’a cette taille. Rien n’a été gardé ; scellez de nouveau le fichier."),
        ) from None


def _checksum(header: str | None) -> Checksum | None:
    if header is None:
        return None
    algorithm, _space, value = header.partition(" ")
    sizes = {"sha256": 32, "sha1": 20, "pli-tree": 32}
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != sizes.get(algorithm):
        raise BadRequest(
            "bid.checksum_unknown",
            _(
                "L’empreinte annoncée n’est pas lisible : sha256, sha1 ou pli-tree en base64. Rien n’a été gardé."
            ),
        )
    return Checksum(algorithm, digest)


def _place(header: str) -> tuple[uuid.UUID, uuid.UUID, int]:
    """Read ``deposit <b64>,envelope <b64>,n <b64>``."""
    try:
        pairs = dict(pair.strip().split(" ", 1) for pair in header.split(","))
        values = {
            name: base64.b64decode(value, validate=True).decode("ascii") for name, value in pairs.items()
        }
        deposit, envelope, number = uuid.UUID(values["deposit"]), uuid.UUID(values["envelope"]), values["n"]
    except (ValueError, KeyError):
        raise _bad_metadata() from None
    if not _NUMBER.fullmatch(number) or int(number) >= 1 << 32:
        raise _bad_metadata()
    return deposit, envelope, int(number)


def _bad_metadata() -> BadRequest:
    return BadRequest(
        "bid.metadata_invalid", _("Upload-Metadata doit nommer deposit, envelope et n. Rien n’a été gardé.")
    )


def _expires(upload: BidUpload) -> str:
    moment: datetime = upload.expires_at
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
