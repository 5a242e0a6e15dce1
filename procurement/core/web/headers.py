"""Security headers on every response, and no caching of what is personal."""

from collections.abc import Callable
from typing import Any

from pyramid.response import Response
from pyramid.tweens import INGRESS

from procurement.core import services
from procurement.core.settings import Settings

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types pli"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

#: Where addresses for programs begin.
_PROGRAMS = ("/api/", "/oauth/")


def tween_factory(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    """Return the tween that adds the headers."""
    del registry

    def tween(request: Any) -> Any:
        response = handler(request) if _readable(request) else _unreadable(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store" if _personal(request) else "no-cache"
        return response

    return tween


def _readable(request: Any) -> bool:
    """Tell whether address and form are UTF-8 without NUL; nothing further in, error pages included, takes another."""
    if (request.charset or "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
        return False
    try:
        texts = (request.path_info, *request.GET.values())
    except UnicodeDecodeError:
        return False
    return not any("\0" in text for text in texts)


def _unreadable(request: Any) -> Response:
    """Refuse in both languages, as a text or, to programs, as a problem document: the address may name none."""
    text = (
        "Cette adresse contient des caractères illisibles. Reprenez le lien d’origine, ou partez de l’accueil.\n"
        "This address holds unreadable characters. Use the original link, or start from the home page.\n"
    )
    if not str(request.environ.get("PATH_INFO", "")).startswith(_PROGRAMS):
        return Response(status=400, text=text, content_type="text/plain", charset="utf-8")
    settings: Settings = services.get(request, Settings)
    problem = {
        "type": f"{settings.base_url}/aide/erreurs/http.bad_request",
        "title": "Bad Request",
        "status": 400,
        "code": "http.bad_request",
        "detail": text,
        "request_id": getattr(request, "request_id", ""),
    }
    return Response(status=400, json_body=problem, content_type="application/problem+json", charset="utf-8")


def _personal(request: Any) -> bool:
    return request.__dict__.get("identified") is not None or request.method not in {"GET", "HEAD"}


def includeme(config: Any) -> None:
    """Add the tween outside the exception views, so that errors carry the headers too."""
    config.add_tween("procurement.core.web.headers.tween_factory", under=INGRESS)
