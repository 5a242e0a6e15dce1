"""Security headers on every response, and no caching of what is personal."""

from collections.abc import Callable
from typing import Any

from pyramid.response import Response
from pyramid.tweens import INGRESS

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


def tween_factory(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    """Return the tween that adds the headers."""
    del registry

    def tween(request: Any) -> Any:
        response = handler(request) if _readable(request) else _unreadable()
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


def _unreadable() -> Response:
    text = (
        "Cette adresse contient des caractères illisibles. Reprenez le lien d’origine, ou partez de l’accueil.\n"
        "This address holds unreadable characters. Use the original link, or start from the home page.\n"
    )
    return Response(status=400, text=text, content_type="text/plain", charset="utf-8")


def _personal(request: Any) -> bool:
    return request.__dict__.get("identified") is not None or request.method not in {"GET", "HEAD"}


def includeme(config: Any) -> None:
    """Add the tween outside the exception views, so that errors carry the headers too."""
    config.add_tween("procurement.core.web.headers.tween_factory", under=INGRESS)
