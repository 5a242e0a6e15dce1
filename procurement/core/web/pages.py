"""The kernel's own pages: help, legal pages, style guide, error documentation, sandbox clock."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import AwareDatetime, BaseModel
from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response

from procurement.core import error_catalogue, services
from procurement.core.api.contracts import contract
from procurement.core.clock import Clock, SandboxClock
from procurement.core.errors import FieldError, Invalid
from procurement.core.permissions import Permission
from procurement.core.seal import Sealer, anchors
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.timestamp import Timestamper
from procurement.core.web.views import endpoint, page

#: A place of a sentence that a refusal fills in.
_PLACE = re.compile(r"%\((\w+)\)s")
_CLOCK_FROM, _CLOCK_TO = 2000, 2100
#: Slug of a legal page -> its template below templates/core/legal/.
LEGAL_PAGES = (
    "mentions-legales",
    "donnees-personnelles",
    "cookies",
    "conditions",
    "accessibilite",
    "ecoconception",
    "plan-du-site",
    "contact",
    "etat-du-service",
    "code-source",
)


@page("core.help", permission=Permission.PUBLIC, template="core/help.html")
def help_page(request: Any) -> dict[str, Any]:
    """Show the help."""
    del request
    return {}


@page("core.how", permission=Permission.PUBLIC, template="core/how_it_works.html")
def how_it_works(request: Any) -> dict[str, Any]:
    """Explain how a bid stays closed (annexe 8: make the means known)."""
    del request
    return {}


@page("core.prerequisites", permission=Permission.PUBLIC, template="core/prerequisites.html")
def prerequisites(request: Any) -> dict[str, Any]:
    """List the technical prerequisites (annexe 7, art. 1-II)."""
    del request
    return {}


@page("core.styleguide", permission=Permission.PUBLIC, template="core/styleguide.html")
def styleguide(request: Any) -> dict[str, Any]:
    """Show each component in each state."""
    del request
    return {}


@page("core.page", permission=Permission.PUBLIC, template="core/legal/page.html")
def legal_page(request: Any) -> dict[str, Any]:
    """Show one of the obligatory pages."""
    slug = request.matchdict["slug"]
    if slug not in LEGAL_PAGES:
        raise HTTPNotFound
    return {"slug": slug, "body": f"core/legal/{slug}.html"}


@page("core.error_help", permission=Permission.PUBLIC, template="core/error_help.html")
def error_help(request: Any) -> dict[str, Any]:
    """Document an error code: the page that a problem document's ``type`` names."""
    explained = error_catalogue.explain(request.matchdict["code"])
    if explained is None:
        raise HTTPNotFound
    sentences = [_without_figures(request, sentence) for sentence in explained.sentences]
    return {"code": explained.code, "statuses": explained.statuses, "sentences": sentences}


def _without_figures(request: Any, sentence: str) -> str:
    """Return a sentence in the reader's language, with an ellipsis where a refusal puts its figures."""
    return str(request.translate(sentence, **dict.fromkeys(_PLACE.findall(sentence), "…")))


@page("core.timestamp_authority", permission=Permission.PUBLIC)
def timestamp_authority(request: Any) -> Response:
    """Give the certificates that time-stamps chain to, for verification without us."""
    return _pem(services.get(request, Timestamper).certificates())


@page("core.seal_authority", permission=Permission.PUBLIC)
def seal_authority(request: Any) -> Response:
    """Give the certificates that the platform's seals chain to, for verification without us."""
    return _pem(anchors(services.get(request, Sealer).chain()))


def _pem(ders: list[bytes]) -> Response:
    pem = b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders)
    return Response(body=pem, content_type="application/x-pem-file", charset=None)


class ClockMove(BaseModel):
    """Where the sandbox clock is to be set: at an instant, or so much further."""

    at: AwareDatetime | None = None
    advance: timedelta | None = None
    frozen: bool = False


@endpoint(
    "core.api.sandbox_clock", permission=Permission.PUBLIC, methods=("POST",), schema=ClockMove, csrf=False
)
@endpoint("core.sandbox_clock", permission=Permission.PUBLIC, methods=("POST",), schema=ClockMove, csrf=False)
@contract(idempotent=False)
def move_clock(request: Any) -> dict[str, Any]:
    """Move the clock of a sandbox; the route does not exist in production."""
    clock: SandboxClock = services.get(request, Clock)
    clock.move_to(_destination(request.validated, clock.now()), frozen=request.validated.frozen)
    return {"now": clock.now().isoformat()}


def _destination(asked: ClockMove, now: datetime) -> datetime:
    """Return where a clock goes, within the years that every date of the service can be written in."""
    if (asked.at is None) == (asked.advance is None):
        raise _clock_refused()
    try:
        instant = (asked.at or now + (asked.advance or timedelta())).astimezone(UTC)
    except OverflowError:
        raise _clock_refused() from None
    if not _CLOCK_FROM <= instant.year <= _CLOCK_TO:
        raise _clock_refused()
    return instant


def _clock_refused() -> Invalid:
    message = _("Donnez « at » ou « advance », pas les deux, entre les années 2000 et 2100.")
    return Invalid("core.clock_move", message, errors=(FieldError("/at", "core.clock_move", message),))


def includeme(config: Any) -> None:
    """Add the routes and register the views."""
    config.add_route("core.help", "/aide")
    config.add_route("core.error_help", "/aide/erreurs/{code}")
    config.add_route("core.how", "/comment-ca-marche")
    config.add_route("core.prerequisites", "/prerequis")
    config.add_route("core.styleguide", "/styleguide")
    config.add_route("core.page", "/pages/{slug}")
    config.add_route("core.timestamp_authority", "/horodatage/autorite.pem")
    config.add_route("core.seal_authority", "/cachet/autorite.pem")
    settings: Settings = services.find(config.registry, Settings)
    sandbox = isinstance(services.find(config.registry, Clock), SandboxClock) and settings.development
    if sandbox:
        config.add_route("core.sandbox_clock", "/sandbox/clock")
        config.add_route("core.api.sandbox_clock", "/api/v1/sandbox/clock")
    ignore = [] if sandbox else [lambda name: name.endswith("move_clock")]
    config.scan("procurement.core.web.pages", categories=("pyramid",), ignore=ignore)
