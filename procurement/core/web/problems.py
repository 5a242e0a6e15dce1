"""Errors as people and programs need them: a page that says what to do, or an RFC 9457 problem document."""

import logging
from http import HTTPStatus
from typing import Any

from jinja2 import TemplateNotFound
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import HTTPException
from pyramid.renderers import render_to_response
from pyramid.response import Response
from sqlalchemy.exc import DataError, DBAPIError

from procurement.core import services
from procurement.core.db.fair import WriterBusy
from procurement.core.errors import DomainError
from procurement.core.security import bearer_token, is_bearer
from procurement.core.settings import Settings
from procurement.core.text import _

_log = logging.getLogger(__name__)
PROBLEM_TYPE = "application/problem+json"


class Refusal:
    """An error on its way out: status, code, sentence."""

    def __init__(self, status: int, code: str, message: str, params: dict[str, Any] | None = None) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.params = params or {}
        self.errors: tuple[Any, ...] = ()
        self.headers: dict[str, str] = {}


_HTTP = {
    400: _("La requête n’a pas été comprise. Rien n’a été enregistré."),
    401: _("Il faut se connecter pour continuer."),
    403: _("Votre compte n’a pas le droit de faire cela. Rien n’a été modifié."),
    404: _("Cette page n’existe pas, ou n’est pas accessible à votre organisation."),
    405: _("Cette adresse ne répond pas à ce type de demande. Rien n’a été modifié."),
    406: _("Cette adresse ne répond dans aucun des formats que vous acceptez (en-tête Accept)."),
    413: _("L’envoi dépasse la taille permise. Rien n’a été enregistré."),
    415: _("Ce format d’envoi n’est pas pris en charge. Rien n’a été enregistré."),
}
_EXPIRED = _(
    "Votre session a expiré ou la page est restée ouverte trop longtemps. Revenez en arrière, rechargez la page et recommencez."
)
_TOKEN = _("Le jeton manque, a expiré ou a été révoqué. Demandez-en un à /oauth/token, puis recommencez.")
_SCOPE = _(
    "Ce jeton ne donne pas le droit « %(scope)s ». Demandez-en un avec ce droit. Rien n’a été modifié."
)
_AWAY = _("La base de données ne répond pas. Rien n’est perdu : réessayez dans quelques secondes.")
_UNKNOWN = _(
    "Un défaut de notre côté a interrompu cette action, et elle n’a rien enregistré. Réessayez ; s’il revient, donnez au support le numéro de la demande."
)


def wants_problem(request: Any) -> bool:
    """Tell whether the client is a program: an API address, or one that asks for JSON."""
    route = getattr(request, "matched_route", None)
    known = request.registry.get("pli.endpoints", ())
    return request.path.startswith("/api/") or bool(route and route.name in known)


def refusal_response(request: Any, refusal: Refusal) -> Response:
    """Render a refusal for this client."""
    message = request.translate(refusal.message, **refusal.params)
    response = (
        _problem(request, refusal, message) if wants_problem(request) else _page(request, refusal, message)
    )
    response.status_int = refusal.status
    response.headers.update(refusal.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def _problem(request: Any, refusal: Refusal, message: str) -> Response:
    settings: Settings = services.get(request, Settings)
    body: dict[str, Any] = {
        "type": f"{settings.base_url}/aide/erreurs/{refusal.code}",
        "title": HTTPStatus(refusal.status).phrase if refusal.status != 460 else "Checksum Mismatch",  # noqa: PLR2004  # tus
        "status": refusal.status,
        "code": refusal.code,
        "detail": message,
        "instance": request.path,
        "request_id": getattr(request, "request_id", ""),
    }
    body |= {
        name: value for name, value in refusal.params.items() if isinstance(value, str | int | list | dict)
    }
    if refusal.errors:
        body["errors"] = [
            {
                "pointer": error.field,
                "code": error.code,
                "detail": request.translate(error.message, **(error.params or {})),
            }
            for error in refusal.errors
        ]
    return Response(json_body=body, content_type=PROBLEM_TYPE, charset="utf-8")


def _page(request: Any, refusal: Refusal, message: str) -> Response:
    values = {"status": refusal.status, "code": refusal.code, "message": message, "errors": refusal.errors}
    template = f"procurement.templates:errors/{refusal.status}.html"
    try:
        return render_to_response(template, values, request=request)
    except TemplateNotFound:  # No page of its own for this status.
        return render_to_response("procurement.templates:errors/problem.html", values, request=request)


def _domain(error: DomainError, request: Any) -> Response:
    refusal = Refusal(error.status, error.code, error.message, error.params)
    refusal.errors = getattr(error, "errors", ())
    wait = getattr(error, "retry_after", None)
    if wait:
        refusal.headers["Retry-After"] = str(wait)
    return refusal_response(request, refusal)


def _http(error: HTTPException, request: Any) -> Response:
    status = error.status_int
    if status < HTTPStatus.BAD_REQUEST:
        return error
    if status == HTTPStatus.FORBIDDEN and is_bearer(request):
        return _other_token(request, error)
    if status == HTTPStatus.FORBIDDEN and request.identity is None:
        return _sign_in_first(request)
    code = f"http.{HTTPStatus(status).name.lower()}"
    return refusal_response(request, Refusal(status, code, _HTTP.get(status, _HTTP[400])))


def _sign_in_first(request: Any) -> Response:
    """Send a person to the sign-in page and back again; tell a program that it needs credentials."""
    if wants_problem(request):
        refusal = Refusal(401, "http.unauthorized", _HTTP[401])
        refusal.headers["WWW-Authenticate"] = 'Bearer realm="pli"'
        return refusal_response(request, refusal)
    back = request.path_qs if request.method in {"GET", "HEAD"} else (request.referrer or "/")
    location = request.route_path("accounts.sign_in", _query={"retour": back})
    return Response(status=303, location=location, cache_control="no-store")


def _other_token(request: Any, error: HTTPException) -> Response:
    """Tell an API client that its token does not work (RFC 6750, section 3), or which scope it lacks."""
    if request.identity is None:
        refusal = Refusal(401, "api.token_invalid", _TOKEN)
        sent = ', error="invalid_token"' if bearer_token(request) else ""
        refusal.headers["WWW-Authenticate"] = f'Bearer realm="pli"{sent}'
        return refusal_response(request, refusal)
    lacking = str(getattr(getattr(error, "result", None), "permission", "")).removeprefix("api:")
    refusal = Refusal(403, "api.scope_missing", _SCOPE, {"scope": lacking})
    refusal.headers["WWW-Authenticate"] = f'Bearer realm="pli", error="insufficient_scope", scope="{lacking}"'
    return refusal_response(request, refusal)


def _csrf(error: Exception, request: Any) -> Response:
    del error
    return refusal_response(request, Refusal(400, "http.csrf", _EXPIRED))


def _database(error: Exception, request: Any) -> Response:
    _log.warning("database: %s", error.__class__.__name__, exc_info=error)
    refusal = Refusal(503, "core.database_away", _AWAY)
    refusal.headers["Retry-After"] = "2"
    return refusal_response(request, refusal)


def _unstorable(error: Exception, request: Any) -> Response:
    """Refuse a value that no column can hold, such as a text with NUL on PostgreSQL: it is the sender's, not ours."""
    _log.warning("value refused by the database: %s", error.__class__.__name__)
    return refusal_response(request, Refusal(400, "http.bad_request", _HTTP[400]))


def _unexpected(error: Exception, request: Any) -> Response:
    _log.error("unexpected error", exc_info=error)
    return refusal_response(request, Refusal(500, "core.unexpected", _UNKNOWN))


def includeme(config: Any) -> None:
    """Register the exception views."""
    views = (
        (_domain, DomainError),
        (_http, HTTPException),
        (_csrf, BadCSRFToken),
        (_csrf, BadCSRFOrigin),
        (_unstorable, DataError),
        (_database, DBAPIError),
        (_database, WriterBusy),
        (_unexpected, Exception),
    )
    for view, error in views:
        config.add_exception_view(view, context=error)
    config.add_notfound_view(_http, append_slash=False)
    config.add_forbidden_view(_http)
