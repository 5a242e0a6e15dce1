"""The tools without an account: make or import a request, answer one, check, convert and bring files together.

What is made is a draft behind a secret link, encrypted, kept for 24 hours after its last change.
"""

from collections.abc import Callable
from typing import Any

from pyramid.response import Response

from dume import service
from dume.espd import importing
from dume.espd import validate as engine
from dume.espd.errors import ESPDError
from dume.espd.model import Kind, Role
from dume.espd.parse import MAX_BYTES
from dume.forms.asking import RequestForm
from dume.models import Dume
from dume.rules import Mode
from dume.service import RequestDraft, ResponseDraft, Tie
from dume.views import findings
from dume.views.doors import LINK, Door, vault_of
from dume.views.review import version_of
from procurement.core import rate
from procurement.core.errors import DomainError, Invalid
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other

#: What a form adds around its files, in bytes, at most.
_MARGIN = 64 << 10
ONE_FILE, TWO_FILES = MAX_BYTES + _MARGIN, 2 * MAX_BYTES + _MARGIN
_BOTH = ("GET", "POST")


@page("dume.tools", permission=Permission.PUBLIC, template="dume/tools.html")
def tools(request: Any) -> dict[str, Any]:
    """Show what can be done without an account."""
    del request
    return {}


def _file(request: Any, name: str = "file") -> bytes:
    """Return the bytes of a file that was sent; raise ``dume.no_file``."""
    sent = request.POST.get(name)
    if getattr(sent, "file", None) is None:
        raise Invalid("dume.no_file", _("Choisissez un fichier XML : rien n’a été envoyé."))
    content: bytes = sent.file.read(MAX_BYTES + 1)
    return content


def _tool(request: Any, act: Callable[[], Any], **values: Any) -> Any:
    """Do what a tool does with what was sent; a refusal is a sentence beside the file."""
    found: list[tuple[str, str]] = []
    if request.method == "POST":
        rate.check(request, "dume.tools")
        try:
            return act()
        except ESPDError as error:
            found.append(("file", request.translate(error.template, **error.params)))
            request.response.status_int = 400
        except DomainError as error:
            field = error.errors[0].field if isinstance(error, Invalid) and error.errors else "file"
            found.append(
                (field if field.isidentifier() else "file", request.translate(error.message, **error.params))
            )
            request.response.status_int = error.status
    return {"errors": found, **values}


def _made(request: Any, row: Dume, secret: str, then: str, **more: Any) -> Response:
    """Lead to a page of the draft just made; whoever keeps the link keeps the draft."""
    service.linked(request.db, row, secret, now=request.now)
    return see_other(Door(request, LINK, secret).url(then, **more))


@page("dume.new_request", permission=Permission.PUBLIC, template="dume/new_request.html", methods=_BOTH)
def new_request(request: Any) -> Any:
    """Begin a buyer's request; in simplified mode that is all."""
    form = RequestForm(request)
    if form.accepted():
        try:
            rate.check(request, "dume.tools")
            return _create(request, form)
        except DomainError as error:
            form.refuse(error, "siret" if error.code.startswith("siret") else None)
    return {"form": form}


def _create(request: Any, form: RequestForm) -> Response:
    mode = Mode(form.mode.data)
    owner, secret = service.link_owner(form.number())
    draft = RequestDraft(
        buyer=form.buyer(), procedure=form.what(), lots=form.parts(), mode=Mode.SIMPLIFIED, lang=request.lang
    )
    tie = Tie(reference=form.reference.data) if form.reference.data else None
    row = service.create_request(
        request.db, vault_of(request), draft, owner=owner, by=None, now=request.now, tie=tie
    )
    return _made(request, row, secret, "criteria" if mode is Mode.STANDARD else "home")


@page("dume.import", permission=Permission.PUBLIC, template="dume/import.html", methods=_BOTH, most=ONE_FILE)
def import_file(request: Any) -> Any:
    """Take a file of any readable version, request or response, as the beginning of a draft."""

    def act() -> Response:
        row, secret = _import(request, _file(request))
        return _made(request, row, secret, "report")

    return _tool(request, act)


def _import(request: Any, data: bytes) -> tuple[Dume, str]:
    """Begin a draft with a file, whichever of the two it is."""
    kind = importing.read(data).document.kind
    owner, secret = service.link_owner()
    begin = service.import_request if kind is Kind.REQUEST else service.import_response
    row = begin(request.db, vault_of(request), data, owner=owner, by=None, now=request.now)
    return row, secret


@page(
    "dume.respond", permission=Permission.PUBLIC, template="dume/respond.html", methods=_BOTH, most=ONE_FILE
)
def respond(request: Any) -> Any:
    """Begin a response to the request that comes as a file."""

    def act() -> Response:
        row, secret = begin_response(request, _file(request))
        return _made(request, row, secret, "siret")

    return _tool(request, act)


def begin_response(request: Any, data: bytes, reuse: Dume | None = None) -> tuple[Dume, str]:
    """Begin a response to a request's XML behind a link of its own."""
    owner, secret = service.link_owner(reuse.siret if reuse is not None else "")
    draft = ResponseDraft(role=_role(request), request_xml=data, reuse=reuse)
    row = service.create_response(request.db, vault_of(request), draft, owner=owner, by=None, now=request.now)
    return row, secret


def _role(request: Any) -> Role:
    said = request.POST.get("role", Role.SOLE)
    return Role(said) if said in set(Role) else Role.SOLE


@page("dume.check", permission=Permission.PUBLIC, template="dume/check.html", methods=_BOTH, most=ONE_FILE)
def check(request: Any) -> Any:
    """Judge a file by the official rules of its version; nothing is kept."""

    def act() -> dict[str, Any]:
        data = _file(request)
        verdict = engine.validate(data)
        if verdict.kind is None:
            importing.read(data)  # Raises what is wrong with the bytes, in a sentence.
        found = findings.lines(request, verdict.findings)
        return {"errors": [], "verdict": verdict, "findings": found}

    return _tool(request, act, verdict=None)


@page(
    "dume.convert", permission=Permission.PUBLIC, template="dume/convert.html", methods=_BOTH, most=ONE_FILE
)
def convert(request: Any) -> Any:
    """Write a file in another version: its report and its files are behind a link."""

    def act() -> Response:
        version = version_of(request.POST.get("version", "4.1.0"))
        row, secret = _import(request, _file(request))
        return _made(request, row, secret, "conversion", version=version.value)

    return _tool(request, act)


@page("dume.merge", permission=Permission.PUBLIC, template="dume/merge.html", methods=_BOTH, most=TWO_FILES)
def merge(request: Any) -> Any:
    """Begin a response to a new request with the answers of an older one."""

    def act() -> Response:
        asked, answered = _file(request), _file(request, "response")
        owner, _secret = service.link_owner()
        vault = vault_of(request)
        old = service.import_response(request.db, vault, answered, owner=owner, by=None, now=request.now)
        row, secret = begin_response(request, asked, old)
        service.delete(request.db, old, by=None, now=request.now)
        return _made(request, row, secret, "changes")

    return _tool(request, act)
