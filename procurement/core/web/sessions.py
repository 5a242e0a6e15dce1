"""The browser session: a signed cookie with the CSRF token, flash messages and the language; never an identity."""

from typing import Any

from pyramid.csrf import SessionCSRFStoragePolicy
from pyramid.session import JSONSerializer, SignedCookieSessionFactory

from procurement.core import services
from procurement.core.settings import Settings

COOKIE = "pli_browser"


def includeme(config: Any) -> None:
    """Install the session factory, the CSRF policy and ``request.flash``."""
    settings: Settings = services.find(config.registry, Settings)
    secure = settings.base_url.startswith("https://")
    factory = SignedCookieSessionFactory(
        settings.secret_key,
        cookie_name=f"__Host-{COOKIE}" if secure else COOKIE,
        secure=secure,
        httponly=True,
        samesite="Lax",
        timeout=None,
        reissue_time=None,
        max_age=None,
        hashalg="sha256",
        serializer=JSONSerializer(),
    )
    config.set_session_factory(factory)
    config.set_csrf_storage_policy(SessionCSRFStoragePolicy())
    # Checked by ``page`` and ``endpoint``, with Pyramid's own names for the field and the header.
    config.set_default_csrf_options(require_csrf=False)
    config.add_request_method(_flash, "flash")


def _flash(request: Any, message: str, kind: str = "success", **params: Any) -> None:
    """Show ``message`` (a marked French sentence) on the next page; ``kind`` is success, info or warning."""
    request.session.flash({"message": message, "kind": kind, "params": params}, allow_duplicate=False)
