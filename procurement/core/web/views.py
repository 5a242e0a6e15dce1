"""The two decorators views are registered with: ``@page`` and ``@endpoint``.

``permission`` has no default: a view that everybody may reach spells out ``Permission.PUBLIC``. Unsafe methods check
the CSRF token unless an endpoint is listed as exempt. An endpoint whose permission is a scope is one of API clients: it knows
bearer tokens alone, checks no CSRF token, and goes through ``procurement.core.api.door``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import venusian
from pydantic import BaseModel, ValidationError
from pyramid.csrf import check_csrf_origin, check_csrf_token
from pyramid.httpexceptions import HTTPLengthRequired
from pyramid.response import Response

from procurement.core.api import door
from procurement.core.api.contracts import Contract, contract_of, usual
from procurement.core.errors import FieldError, Invalid, TooLarge
from procurement.core.permissions import Permission, PublicResource
from procurement.core.text import _

View = Callable[[Any], Any]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Largest JSON body, and largest form, unless a view says otherwise.
BODY_BYTES = 1 << 20
FORM_BYTES = 4 << 20


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What the architecture tests ask of every view."""

    name: str
    route: str
    kind: str
    methods: tuple[str, ...]
    permission: Permission
    csrf: bool
    template: str | None

    @property
    def bearer(self) -> bool:
        """Tell whether it is for API clients, by their tokens."""
        return self.permission.scope is not None


def page(
    route: str,
    *,
    permission: Permission,
    template: str | None = None,
    methods: tuple[str, ...] = ("GET",),
    records: bool = False,
    transaction: bool = True,
    most: int | None = FORM_BYTES,
) -> Callable[[View], View]:
    """Register a page. ``records`` says that a GET leaves a journal line, ``transaction=False`` that it manages its own.

    ``most`` is the size of its form; None says that the view reads the body itself, within a limit of its own.
    """
    del records  # Said for the reader: the view calls journal.record() itself.

    def decorate(function: View) -> View:
        renderer = f"procurement.templates:{template}" if template else None
        about = _about(function, route, "page", methods, permission, csrf=True, template=template)
        _attach(function, about, renderer=renderer, transaction=transaction, schema=None, most=most)
        return function

    return decorate


def endpoint(
    route: str,
    *,
    permission: Permission,
    methods: tuple[str, ...],
    schema: type[BaseModel] | None = None,
    most: int | None = BODY_BYTES,
    transaction: bool = True,
    csrf: bool = True,
) -> Callable[[View], View]:
    """Register an endpoint: JSON out, problem+json on errors.

    ``request.validated`` holds the body, of ``most`` bytes, read by ``schema``; None says that the view reads the body
    itself, within a limit of its own.
    """

    def decorate(function: View) -> View:
        about = _about(function, route, "endpoint", methods, permission, csrf=csrf, template=None)
        _attach(function, about, renderer="json", transaction=transaction, schema=schema, most=most)
        return function

    return decorate


def _about(
    function: View,
    route: str,
    kind: str,
    methods: tuple[str, ...],
    permission: Permission,
    *,
    csrf: bool,
    template: str | None,
) -> Registered:
    unsafe = not SAFE.issuperset(methods)
    name = f"{function.__module__}.{function.__name__}"
    return Registered(
        name=name,
        route=route,
        kind=kind,
        methods=methods,
        permission=permission,
        csrf=csrf and unsafe and permission.scope is None,
        template=template,
    )


def _attach(
    function: View,
    about: Registered,
    *,
    renderer: str | None,
    transaction: bool,
    schema: type[BaseModel] | None,
    most: int | None,
) -> None:
    terms = _terms(function, about, keeps=transaction and most is not None)

    def register(scanner: Any, _name: str, _function: View) -> None:
        config = scanner.config
        methods = about.methods if "GET" not in about.methods else (*about.methods, "HEAD")
        config.add_view(
            _prepared(function, about, schema, most, terms),
            route_name=about.route,
            request_method=tuple(dict.fromkeys(methods)),
            renderer=renderer,
            permission=str(about.permission),
            require_csrf=False,  # Checked by the wrapper, which answers with a sentence.
            mapper=_OneArgument,
        )
        config.registry.setdefault("pli.views", []).append(about)
        if not transaction:
            config.registry.setdefault("pli.own_transaction", set()).add((about.route, about.methods))
        if about.kind == "endpoint":
            config.registry.setdefault("pli.endpoints", set()).add(about.route)
        if terms is not None:
            kind = "pli.bearer" if about.bearer else "pli.public_api"
            config.registry.setdefault(kind, set()).add(about.route)

    # Two frames up stands the module that is decorated: venusian skips what was only imported there.
    venusian.attach(function, register, category="pyramid", depth=2)


def _terms(function: View, about: Registered, *, keeps: bool) -> Contract | None:
    """Return the terms of an endpoint of the API: all for clients are, public ones say so by ``@contract``.

    An answer is kept (``Idempotency-Key``) in the request's transaction, beside the hash of its whole body.
    """
    found = contract_of(function)
    if not about.bearer:
        return found if found is not None and about.permission is Permission.PUBLIC else None
    terms = found or usual(about.methods)
    if not keeps and "POST" in about.methods and terms.idempotent:
        raise ValueError(f"{about.name}: with a transaction or a body of its own, a POST keeps no answer")
    return terms


class _OneArgument:
    """Call a view with the request alone; its context is ``request.context``."""

    def __init__(self, **kw: Any) -> None:
        del kw

    def __call__(self, view: View) -> Callable[[Any, Any], Any]:
        def call(context: Any, request: Any) -> Any:
            del context
            return view(request)

        return call


def _prepared(
    function: View,
    about: Registered,
    schema: type[BaseModel] | None,
    most: int | None,
    terms: Contract | None,
) -> View:
    def work(request: Any) -> Any:
        if schema is not None:
            request.validated = read_body(request, schema)
        return function(request)

    def view(request: Any) -> Any:
        if request.content_type == "multipart/form-data":
            request.add_finished_callback(_close_files)
        if most is not None:
            _check_length(request, most)
        elif about.csrf:
            # Without any token the check would look for one in the body, which the view reads itself.
            request.headers.setdefault("X-CSRF-Token", "absent")
        if about.csrf and request.method not in SAFE:
            check_csrf_origin(request, raises=True)
            check_csrf_token(request, raises=True)
        if terms is None:
            return work(request)
        door.enter(request, terms)
        return door.answer(request, terms, lambda: work(request))

    view.__name__ = function.__name__
    view.__doc__ = function.__doc__
    view.__module__ = function.__module__
    return view


def _close_files(request: Any) -> None:
    """Close the temporary files of a form that was read, rather than leave them to the collector."""
    read = request.environ.get("webob._parsed_post_vars")
    for sent in read[0].values() if read else ():
        if getattr(sent, "file", None) is not None:
            sent.file.close()


def _check_length(request: Any, most: int) -> None:
    """Refuse a body that would be held in memory whole, before even the token in it is looked for."""
    if "Transfer-Encoding" in request.headers and request.content_length is None:
        raise HTTPLengthRequired
    if (request.content_length or 0) > most:
        raise TooLarge(
            "api.body_too_large",
            _("Le corps de la requête dépasse la taille permise. Rien n’a été enregistré."),
            value=most,
        )


def read_body(request: Any, schema: type[BaseModel]) -> BaseModel:
    """Read the JSON body by ``schema``; raise Invalid with one error per field."""
    return parsed(request.body or b"{}", schema)


def parsed(text: bytes, schema: type[BaseModel]) -> BaseModel:
    """Read JSON by ``schema``; raise Invalid with one error per field."""
    try:
        return schema.model_validate_json(text)
    except ValidationError as error:
        problems = tuple(
            FieldError("/" + "/".join(str(part) for part in item["loc"]), f"api.{item['type']}", item["msg"])
            for item in error.errors(include_url=False)
        )
        raise Invalid(
            "api.body_invalid", _("Le corps de la requête ne suit pas le contrat de l’API."), errors=problems
        ) from None


def see_other(location: str) -> Response:
    """Answer 303: the deed is done, look at this page."""
    return Response(status=303, location=location, content_type="text/plain", charset="utf-8", body=b"")


def includeme(config: Any) -> None:
    """Make the public resource the context of routes that have no factory."""
    config.set_root_factory(PublicResource)
