"""One transaction per unsafe request: return commits, raise or a refusal rolls back. GET and HEAD only read."""

from typing import Any

import transaction
import zope.sqlalchemy
from pyramid.request import Request
from pyramid_tm import default_commit_veto
from sqlalchemy.orm import Session

from procurement.core import services
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.web.views import SAFE

#: Bodies larger than this are never copied to be tried again.
RETRY_BYTES = 1 << 20
_STREAM = "application/offset+octet-stream"


class PliRequest(Request):  # type: ignore[misc]  # pyramid is untyped
    """A request that holds in memory what may be tried again; a larger copy lies in a file that is closed with it."""

    request_body_tempfile_limit = RETRY_BYTES

    def make_tempfile(self) -> Any:
        """Return a file for a body that memory does not hold."""
        file = super().make_tempfile()
        self.add_finished_callback(lambda _request: file.close())
        return file


def includeme(config: Any) -> None:
    """Configure pyramid_tm and pyramid_retry, and add ``request.db``."""
    config.add_settings(
        {
            "tm.manager_hook": lambda request: transaction.TransactionManager(explicit=True),  # noqa: ARG005  # the hook's form
            "tm.activate_hook": _writes,
            "tm.commit_veto": _refused,
            "tm.annotate_user": False,
            "retry.attempts": 3,
            "retry.activate_hook": _attempts,
        }
    )
    config.set_request_factory(PliRequest)
    config.include("pyramid_tm")
    config.include("pyramid_retry")
    config.add_request_method(_session, "db", reify=True)


def _writes(request: Any) -> bool:
    return request.method not in SAFE and not _streams(request)


def _streams(request: Any) -> bool:
    return bool(request.content_type == _STREAM)


def _refused(request: Any, response: Any) -> bool:
    return bool(default_commit_veto(request, response))


def _attempts(request: Any) -> int | None:
    # A form with files is read as it comes, and copying it would leave a temporary file behind.
    once = request.method in SAFE or _streams(request) or request.content_type == "multipart/form-data"
    endless = request.content_length is None and "Transfer-Encoding" in request.headers
    if once or endless or (request.content_length or 0) > RETRY_BYTES:
        return 1
    return None


def _manages_its_own(request: Any) -> bool:
    """Tell whether the matched view opens its own write transactions; it then reads through ``request.db``."""
    route = getattr(request, "matched_route", None)
    own = request.registry.get("pli.own_transaction", ())
    return any(name == route.name and request.method in methods for name, methods in own) if route else False


def _session(request: Any) -> Session:
    """Open the request's session: in its transaction when it writes, else one on which a write fails.

    Who is asking is found first, on a connection that is given back: were it found later, every request would hold one
    connection and wait for a second, and as many requests at once as there are connections would wait for each other.
    """
    getattr(request, "identified", None)  # Found once, then remembered.
    database: Database = services.get(request, Database)
    if "tm.active" in request.environ and not _manages_its_own(request):
        session = database.write_sessions()
        zope.sqlalchemy.register(session, transaction_manager=request.tm)
        session.info["request"] = request
        return session
    session = database.read_sessions()
    request.add_finished_callback(lambda _request: session.close())
    return session


def now(request: Any) -> Any:
    """Read the clock again: for deeds whose end counts, not their beginning."""
    return services.get(request, Clock).now()
