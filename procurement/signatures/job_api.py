"""Signing jobs for programs: people ask for a code with their session, ``pli sign`` does the rest with the code alone."""

import base64
import re
import uuid
from typing import Any

from pyramid.response import Response

from procurement.core import rate, services
from procurement.core.api import contract
from procurement.core.api.answers import json_response
from procurement.core.db import Database
from procurement.core.permissions import Permission
from procurement.core.security import bearer_token
from procurement.core.settings import Settings
from procurement.core.storage import Storage
from procurement.core.timestamp import Timestamper
from procurement.core.web.views import endpoint
from procurement.signatures.errors import CodeUnknown, NoJob
from procurement.signatures.joint import (
    OneTimeCode,
    Party,
    admit,
    discarding,
    file_of,
    give_code,
    open_signing_jobs,
)
from procurement.signatures.joint.documents import load
from procurement.signatures.joint.turns import Turn, check_open, claim, make, note_prepared, turn
from procurement.signatures.joint.values import Bench, Signed, finish
from procurement.signatures.schemas import ClaimBody, PrepareBody, SigningJobBody, ValuesBody
from procurement.signatures.trusted import Trusted
from signing.report import as_json
from signing.strict import instant_text

#: Wrong codes that one address may try.
CLAIM_RATE = "signatures.claim"
#: Codes that one address may ask for.
OPEN_RATE = "signatures.jobs"
#: Documents of one request, as base64 in JSON.
_OPEN_BYTES = 24 << 20
_API = "/api/v1/signing-jobs"
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")


@endpoint(
    "signatures.api.signing_jobs",
    permission=Permission.SIGNATURE_SIGN,
    methods=("POST",),
    schema=SigningJobBody,
    most=_OPEN_BYTES,
    transaction=False,
)
def ask_for_code(request: Any) -> Response:
    """Give a one-time code: for a job that waits for one's organisation, or for documents of its own."""
    rate.check(request, OPEN_RATE)
    body: SigningJobBody = request.validated
    if body.job is None:
        return json_response(201, _code(_own(request, body)), Cache_Control="no-store")
    with _database(request).write() as session:
        given = give_code(session, body.job, secret=_secret(request), by=request.identity, now=request.now)
    return json_response(201, _code(given), Cache_Control="no-store")


def _own(request: Any, body: SigningJobBody) -> OneTimeCode:
    """Open a job for the asking organisation alone."""
    assert body.format is not None
    by = request.identity
    storage: Storage = services.get(request, Storage)
    admitted = admit(storage, body.given(), profile=body.format, level=body.level, now=request.now)
    with discarding(storage, _database(request), admitted), _database(request).write() as session:
        opened = open_signing_jobs(
            session,
            admitted,
            [Party(by.organisation_id, by.organisation_name)],
            subject=f"organisation:{by.organisation_id}",
            organisation_id=by.organisation_id,
            by=by,
            now=request.now,
        )
        return give_code(session, opened.jobs[0], secret=_secret(request), by=by, now=request.now)


def _code(given: OneTimeCode) -> dict[str, str]:
    return {"job": str(given.job), "code": given.code, "expires_at": instant_text(given.expires_at)}


@endpoint(
    "signatures.api.signing_claim",
    permission=Permission.PUBLIC,
    methods=("POST",),
    schema=ClaimBody,
    csrf=False,
    transaction=False,
)
@contract(idempotent=False)
def claim_job(request: Any) -> Response:
    """Take a job by its code, which serves once; no session, the code is the proof."""
    # Wrong codes alone are counted, and a good one forgives none: who has codes of his own could try for ever.
    rate.look(request, CLAIM_RATE)
    try:
        with _database(request).write() as session:
            found, token = claim(session, request.validated.code, secret=_secret(request), now=request.now)
            answer = _claimed(found, token)
    except CodeUnknown:
        rate.check(request, CLAIM_RATE)
        raise
    return json_response(200, answer, Cache_Control="no-store")


def _claimed(found: Turn, token: str) -> dict[str, Any]:
    return {
        "job": str(found.job.id),
        "token": token,
        "format": str(found.profile),
        "level": str(found.level),
        "documents": [
            {
                "n": place,
                "name": file.name,
                "size": file.size,
                "sha256": file.sha256,
                "href": f"{_API}/{found.job.id}/documents/{place}",
            }
            for place, file in enumerate(found.files, 1)
        ],
    }


@endpoint(
    "signatures.api.signing_document",
    permission=Permission.PUBLIC,
    methods=("GET",),
)
@contract(produces=("application/octet-stream",))
def read_document(request: Any) -> Response:
    """Send a document of a claimed job, to who holds its token."""
    found = _turn(request)
    number = _number(request)
    if number > len(found.files):
        raise NoJob
    file = found.files[number - 1]
    return _file(services.get(request, Storage), file.storage_key, file.size)


@endpoint(
    "signatures.api.signing_signed",
    permission=Permission.PUBLIC,
    methods=("GET",),
)
@contract(produces=("application/octet-stream",))
def read_signed(request: Any) -> Response:
    """Send what a finished job made, to who holds its token."""
    file = file_of(request.db, _turn(request).job.id, _number(request))
    return _file(services.get(request, Storage), file.storage_key, file.size)


@endpoint(
    "signatures.api.signing_prepare",
    permission=Permission.PUBLIC,
    methods=("POST",),
    schema=PrepareBody,
    csrf=False,
    transaction=False,
)
@contract(idempotent=False)
def prepare_job(request: Any) -> Response:
    """Say which bytes this certificate is to sign, and when; the same input gives the same bytes at the helper's."""
    found = _turn(request)
    check_open(request.db, found)
    documents = load(services.get(request, Storage), found.files)
    # To the second: the bytes to sign state it, and every format can write it.
    at = request.now.replace(microsecond=0)
    made = make(found, documents, request.validated.certificates(), at)
    with _database(request).write() as session:
        note_prepared(session, found.job.id, made, token_hash=found.job.token_hash, now=at)
    items = [
        {
            "n": place,
            "dtbs": base64.b64encode(one.to_sign).decode(),
            "mechanism": one.mechanism.name,
            "signing_time": instant_text(at),
        }
        for place, one in enumerate(made, 1)
    ]
    return json_response(200, {"to_sign": items}, Cache_Control="no-store")


@endpoint(
    "signatures.api.signing_values",
    permission=Permission.PUBLIC,
    methods=("POST",),
    schema=ValuesBody,
    csrf=False,
    transaction=False,
)
@contract(idempotent=False)
def give_values(request: Any) -> Response:
    """Finish a job: verify the values, assemble, verify what comes of it alone, keep it."""
    found = _turn(request)
    check_open(request.db, found)
    bench = Bench(
        _database(request),
        services.get(request, Storage),
        services.get(request, Timestamper),
        services.get(request, Trusted).basis(),
    )
    signed = finish(bench, found, request.validated.by_number(), now=request.now)
    job = str(found.job.id)
    return json_response(
        201, {"job": job, "signed": [_signed(job, one) for one in signed]}, Cache_Control="no-store"
    )


def _signed(job: str, one: Signed) -> dict[str, Any]:
    return {
        "n": one.n,
        "name": one.name,
        "size": one.size,
        "sha256": one.sha256,
        "href": f"{_API}/{job}/signed/{one.n}",
        "report": as_json(one.report),
    }


def _turn(request: Any) -> Turn:
    try:
        job = uuid.UUID(request.matchdict["job"])
    except ValueError:
        raise NoJob from None
    return turn(request.db, job, bearer_token(request), secret=_secret(request), now=request.now)


def _number(request: Any) -> int:
    """Return which document an address names, from 1; raise NoJob for what is no such number, however long."""
    found = _NUMBER.fullmatch(request.matchdict["n"])
    if found is None:
        raise NoJob
    return int(found[0])


def _database(request: Any) -> Database:
    found: Database = services.get(request, Database)
    return found


def _secret(request: Any) -> str:
    settings: Settings = services.get(request, Settings)
    return settings.secret_key


def _file(storage: Storage, key: str, size: int) -> Response:
    response = Response(content_type="application/octet-stream", cache_control="no-store")
    response.app_iter = storage.open(key)
    response.content_length = size
    return response
