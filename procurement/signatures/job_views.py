"""A signing job for the people who are asked for it: the code for ``pli sign``, how far the parties are, what came of it."""

import uuid
from typing import Any
from urllib.parse import quote

from pyramid.response import Response

from procurement.core import rate, services
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.storage import Storage
from procurement.core.text import _, line
from procurement.core.web import page
from procurement.core.web.views import see_other
from procurement.signatures import joint, queries
from procurement.signatures.errors import NameMissing, NoJob
from procurement.signatures.job_api import OPEN_RATE
from procurement.signatures.joint import FileSeen, JobSeen, Progress
from procurement.signatures.rules import JobState
from signing.produce.params import Profile

_SIGN = Permission.SIGNATURE_SIGN
_NAME = 200
#: State of a party -> word and kind.
STATES: dict[JobState, tuple[str, str]] = {
    JobState.WAITING: (_("À signer"), "todo"),
    JobState.CLAIMED: (_("Signature en cours"), "info"),
    JobState.SIGNED: (_("Signé, identité à confirmer"), "warn"),
    JobState.CONFIRMED: (_("Signé, identité confirmée"), "ok"),
}
FORMATS: dict[Profile, str] = {
    Profile.PADES: _("PAdES, dans le PDF"),
    Profile.XADES_ENVELOPED: _("XAdES, dans le fichier XML"),
    Profile.XADES_DETACHED: _("XAdES, dans un fichier à part"),
    Profile.CADES_DETACHED: _("CAdES, dans un fichier à part"),
    Profile.ASIC_E: _("XAdES, dans un conteneur ASiC-E"),
}


@page(
    "signatures.job",
    permission=_SIGN,
    template="signatures/job.html",
    methods=("GET", "POST"),
)
def show_job(request: Any) -> dict[str, Any]:
    """Show a job; asked by the form, give a code, which this answer alone shows."""
    found, job = _found(request)
    values = _values(request, found, job)
    if request.method != "POST":
        return values
    rate.check(request, OPEN_RATE)
    request.response.cache_control = "no-store"
    settings: Settings = services.get(request, Settings)
    try:
        given = joint.give_code(
            request.db, job.id, secret=settings.secret_key, by=request.identity, now=request.now
        )
    except DomainError as error:
        request.response.status_int = error.status
        return values | {"errors": [("code", request.translate(error.message, **error.params))]}
    return values | {"code": given.code, "expires_at": given.expires_at}


@page("signatures.job_identity", permission=_SIGN, template="signatures/job.html", methods=("POST",))
def confirm(request: Any) -> Any:
    """Record that an agent of the buyer knows who signed."""
    found, job = _found(request)
    try:
        name = line(request.POST.get("name", ""), field="name")[:_NAME]
        if not name:
            raise NameMissing
        joint.confirm_identity(request.db, job.id, name=name, by=request.identity, now=request.now)
    except DomainError as error:
        request.response.status_int = error.status
        said = request.translate(error.message, **error.params)
        return _values(request, found, job) | {"errors": [("name", said)]}
    return see_other(request.route_path("signatures.job", job=job.id))


@page("signatures.job_file", permission=_SIGN)
def job_file(request: Any) -> Response:
    """Send what a party made, to every party."""
    _progress, job = _found(request)
    number = request.matchdict["n"]
    return _sent(request, next((file for file in job.files if str(file.n) == number), None))


@page("signatures.job_document", permission=_SIGN)
def job_document(request: Any) -> Response:
    """Send a document as it was given, to every party."""
    found, _job = _found(request)
    number = request.matchdict["n"]
    return _sent(request, next((file for file in found.documents if str(file.n) == number), None))


def _sent(request: Any, file: FileSeen | None) -> Response:
    if file is None:
        raise NoJob
    storage: Storage = services.get(request, Storage)
    response = Response(content_type="application/octet-stream", cache_control="no-store")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    response.app_iter = storage.open(file.storage_key)
    response.content_length = file.size
    return response


def _found(request: Any) -> tuple[Progress, JobSeen]:
    """Return a job with the whole, to the parties and to who keeps the verdicts; nobody else learns that it is there."""
    try:
        job_id = uuid.UUID(request.matchdict["job"])
    except ValueError:
        raise NoJob from None
    found = joint.of_job(request.db, job_id)
    asks = request.identity.organisation_id
    if asks not in {found.organisation_id, *(job.organisation_id for job in found.jobs)}:
        raise NoJob
    return found, next(job for job in found.jobs if job.id == job_id)


def _values(request: Any, found: Progress, job: JobSeen) -> dict[str, Any]:
    settings: Settings = services.get(request, Settings)
    asks = request.identity.organisation_id
    own = job.organisation_id == asks
    return {
        "errors": [],
        "code": None,
        "server": settings.base_url,
        "job": _party(request, job),
        "may_sign": own and job.done_at is None,
        "may_confirm": found.organisation_id == asks and job.done_at is not None,
        "settled": found.settled,
        "format": request.translate(FORMATS[found.profile]),
        "level": str(found.level),
        "documents": [
            {
                "name": file.name,
                "size": file.size,
                "sha256": file.sha256,
                "url": request.route_path("signatures.job_document", job=job.id, n=file.n),
            }
            for file in found.documents
        ],
        "parties": [_party(request, one) for one in found.jobs],
        "files": [_made(request, job, file) for file in job.files],
    }


def _party(request: Any, job: JobSeen) -> dict[str, Any]:
    word, kind = STATES[job.state]
    return {
        "id": job.id,
        "party": job.party,
        "word": request.translate(word),
        "kind": kind,
        "url": request.route_path("signatures.job", job=job.id),
        "signer": job.signer,
        "done_at": job.done_at,
        "confirmed_at": job.confirmed_at,
        "confirmed_name": job.confirmed_name,
    }


def _made(request: Any, job: JobSeen, file: FileSeen) -> dict[str, Any]:
    reports = queries.shown(request.db, file.verdict, request.lang) if file.verdict else []
    return {
        "name": file.name,
        "size": file.size,
        "sha256": file.sha256,
        "url": request.route_path("signatures.job_file", job=job.id, n=file.n),
        "reports": reports,
    }
