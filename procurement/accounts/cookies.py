"""The session cookie, and the identity it stands for."""

import logging
from typing import Any

from pyramid.csrf import new_csrf_token
from pyramid.response import Response
from sqlalchemy.exc import SQLAlchemyError

from procurement.accounts import queries
from procurement.accounts.rules import TOUCH_EVERY, device_of, digest
from procurement.accounts.service import sign_in
from procurement.accounts.service.sign_in import Opened, Visitor
from procurement.core import rate, services
from procurement.core.db import Database
from procurement.core.db.fair import WriterBusy
from procurement.core.security import Identity
from procurement.core.settings import Settings

_log = logging.getLogger(__name__)
_NAME = "pli_session"


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name; ``__Host-`` lets no other host or path set it, but needs https."""
    return f"__Host-{_NAME}" if settings.base_url.startswith("https://") else _NAME


def token_of(request: Any) -> str | None:
    """Return the token that the browser sent."""
    found: str | None = request.cookies.get(cookie_name(services.get(request, Settings)))
    return found


def give(request: Any, response: Response, opened: Opened) -> Response:
    """Put a session's token into the response, and change the CSRF token with it (session fixation)."""
    settings: Settings = services.get(request, Settings)
    response.set_cookie(
        cookie_name(settings),
        opened.token,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=settings.base_url.startswith("https://"),
    )
    new_csrf_token(request)
    return response


def take_away(request: Any, response: Response) -> Response:
    """Make the browser forget the session; the language it chose stays."""
    language = request.session.get("lang")
    request.session.invalidate()
    if language:
        request.session["lang"] = language
    settings: Settings = services.get(request, Settings)
    response.delete_cookie(cookie_name(settings), path="/")
    return response


def visitor(request: Any) -> Visitor:
    """Say from where a request comes."""
    return Visitor(rate.client_address(request), device_of(request.user_agent or ""))


class CookieIdentities:
    """Find the identity behind the session cookie."""

    def identify(self, request: Any) -> Identity | None:
        """Read it in a short session of its own: the request's may be waiting for the one writer."""
        token = token_of(request)
        if not token:
            return None
        settings: Settings = services.get(request, Settings)
        limits = sign_in.lives(settings.session_idle_minutes, settings.session_hours)
        database: Database = services.get(request, Database)
        with database.read() as session:
            found = queries.identify(session, digest(token), request.now, **limits)
        if found is None:
            return None
        if request.now - found.seen_at >= TOUCH_EVERY:
            # After the response, when the request holds no transaction any more.
            request.add_finished_callback(lambda done: _touch(done, found.identity))
        return found.identity


def _touch(request: Any, identity: Identity) -> None:
    database: Database = services.get(request, Database)
    assert identity.session_id is not None
    try:
        with database.write() as session:
            sign_in.touch(session, identity.session_id, now=request.now)
    except (SQLAlchemyError, WriterBusy) as error:
        # The answer has been made: a session noted as alive a minute late harms nobody.
        _log.warning("session not touched: %s", error.__class__.__name__)
