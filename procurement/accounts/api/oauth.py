"""Tokens of API clients: client credentials (RFC 6749, section 4.4) and what the server announces (RFC 8414)."""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from pyramid.response import Response

from procurement.accounts.service import api_tokens
from procurement.accounts.service.api_tokens import ClientRefused, Issued, Proven, TokenRefused
from procurement.core import rate, services
from procurement.core.api import contract
from procurement.core.clock import outside
from procurement.core.permissions import Permission, scopes
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web.problems import Refusal, refusal_response
from procurement.core.web.views import endpoint

FORM = "application/x-www-form-urlencoded"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FIELDS = ("grant_type", "scope", "client_id", "client_assertion_type", "client_assertion")


@endpoint(
    "accounts.api.token", permission=Permission.PUBLIC, methods=("POST",), csrf=False, most=16 * 1024
)  # fmt: skip
@contract(consumes=(FORM,), idempotent=False)
def token(request: Any) -> Response:
    """Give a bearer token to a client that proves itself by its secret or by a signed assertion."""
    rate.check(request, "accounts.token")
    settings: Settings = services.get(request, Settings)
    try:
        form = _form(request)
        proven = _prove(request, form, settings)
        request.api_client = proven.client.id
        production = settings.environment == "production"
        issued = api_tokens.issue(
            request.db, proven, form.get("scope"), production=production, now=request.now
        )
    except TokenRefused as error:
        return _refused(request, error)
    return _given(issued)


@endpoint("accounts.api.metadata", permission=Permission.PUBLIC, methods=("GET",))
@contract()
def metadata(request: Any) -> dict[str, Any]:
    """Announce the token endpoint and what it knows."""
    settings: Settings = services.get(request, Settings)
    request.response.headers["Cache-Control"] = "public, max-age=3600"
    request.response.headers["Access-Control-Allow-Origin"] = "*"
    return {
        "issuer": settings.base_url,
        "token_endpoint": _token_endpoint(settings),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(api_tokens.ALGORITHMS),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": sorted(scopes()),
        "ui_locales_supported": ["fr", "en"],
    }


def _token_endpoint(settings: Settings) -> str:
    return f"{settings.base_url}/oauth/token"


def _form(request: Any) -> dict[str, str]:
    """Return the parameters; none may be given twice (RFC 6749, section 3.2)."""
    given = request.POST
    if any(len(given.getall(name)) > 1 for name in _FIELDS) or request.GET:
        raise TokenRefused("oauth.invalid_request", _("Un paramètre est donné deux fois, ou dans l’adresse."))
    form = {name: str(given[name]) for name in _FIELDS if given.get(name)}
    if "grant_type" not in form:
        raise TokenRefused("oauth.invalid_request", _("Le paramètre grant_type manque."))
    if form["grant_type"] != "client_credentials":
        raise TokenRefused(
            "oauth.unsupported_grant_type", _("Seul grant_type=client_credentials est pris en charge.")
        )
    return form


def _prove(request: Any, form: dict[str, str], settings: Settings) -> Proven:
    """Find who asks, by the one means that the request holds."""
    scheme, _space, credentials = request.headers.get("Authorization", "").partition(" ")
    if form.get("client_assertion_type") == ASSERTION and "client_assertion" in form:
        if scheme:
            raise TokenRefused("oauth.invalid_request", _("Donnez une seule preuve d’identité par demande."))
        audiences = (_token_endpoint(settings), settings.base_url)
        return api_tokens.by_assertion(
            request.db, form["client_assertion"], audiences=audiences, at=outside()
        )
    if scheme.lower() != "basic":
        raise ClientRefused(
            "oauth.invalid_client",
            _("Donnez l’identifiant et le secret du client par l’en-tête Authorization: Basic, ou une assertion signée."),
        )  # fmt: skip
    public_id, secret = _basic(credentials)
    return api_tokens.by_secret(request.db, services.get(request, KeyVault), public_id, secret)


def _basic(credentials: str) -> tuple[str, str]:
    """Return the name and the secret (RFC 6749, section 2.3.1: each form-encoded, then joined and in base64)."""
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    public_id, _colon, secret = text.partition(":")
    return unquote_plus(public_id)[:200], unquote_plus(secret)[:200]


def _given(issued: Issued) -> Response:
    body = {
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": issued.seconds,
        "scope": " ".join(issued.scopes),
    }
    response = Response(json_body=body, charset="utf-8", content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def _refused(request: Any, error: TokenRefused) -> Response:
    """Answer in the form of RFC 6749, section 5.2, with the members of a problem document beside it."""
    refusal = Refusal(error.status, error.code, error.message)
    if isinstance(error, ClientRefused):
        refusal.headers["WWW-Authenticate"] = 'Basic realm="pli", charset="UTF-8"'
    response = refusal_response(request, refusal)
    problem = response.json_body
    request.api_code = error.code
    response.json_body = {
        "error": error.error,
        "error_description": problem["detail"],
        "error_uri": problem["type"],
        **problem,
    }
    response.content_type = "application/json"
    response.headers["Pragma"] = "no-cache"
    return response
