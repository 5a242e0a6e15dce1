"""Logs as one JSON object per line on standard output, and a tween that logs and measures every request.

A line holds who and where in identifiers only: never a token, an e-mail address, a file name of a bid, a
query string or a body. ``ts`` is the machine's time, even when a sandbox moves the application's clock.
"""

import logging
import re
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import Processor

from procurement.core import services
from procurement.core.metrics import observe_request
from procurement.core.settings import Settings

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
)


class Stdout(logging.Handler):
    """Write to whatever standard output is at that moment, so that a redirection made later is followed."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()
        except Exception:  # noqa: BLE001  # a log that cannot be written must not stop a deposit
            self.handleError(record)


class _Line:
    """The cheapest logger: one line, one write."""

    def msg(self, message: str) -> None:
        sys.stdout.write(message + "\n")
        sys.stdout.flush()

    debug = info = warning = error = critical = exception = log = msg


def quiet() -> None:
    """Keep to warnings and worse: for commands whose answer is for a person's eyes. Call it after the start."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.getLogger().setLevel(logging.WARNING)


def configure(settings: Settings) -> None:
    """Send the lines of structlog and of the standard library to standard output in one form."""
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings.log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(timestamp_key="ts", colors=sys.stdout.isatty())
    structlog.configure(
        processors=[*_SHARED, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_names: _Line(),
        cache_logger_on_first_use=True,
    )
    handler = Stdout()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    for old in [item for item in root.handlers if isinstance(item, Stdout)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # Alembic announces itself at each look at the schema, which /readyz takes every few seconds.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Its lines hold whole addresses: which company is asked about for which procedure is nobody's to read.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def request_id(headers: Any) -> str:
    """Return the id a proxy gave the request when it looks like one, else a fresh one."""
    given = headers.get("X-Request-Id", "")
    return given if _REQUEST_ID.match(given) else uuid.uuid4().hex


def tween_factory(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    """Wrap the application: give each request an id, then log and measure its answer."""
    del registry
    log = structlog.get_logger("pli.access")

    def tween(request: Any) -> Any:
        start = time.perf_counter()
        request.request_id = request_id(request.headers)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)
        try:
            response = handler(request)
        except BaseException:
            _report(log, request, 500, start)
            raise
        response.headers["X-Request-Id"] = request.request_id
        _report(log, request, response.status_int, start)
        return response

    return tween


def _report(log: Any, request: Any, status: int, start: float) -> None:
    seconds = time.perf_counter() - start
    route = request.matched_route.name if getattr(request, "matched_route", None) else ""
    observe_request(route, request.method if request.method in _METHODS else "other", status, seconds)
    # Read from the reified attribute only: asking for the identity here would cost every static file a query.
    identity = request.__dict__.get("identified")
    log.info(
        "request",
        route=route,
        method=request.method,
        status=status,
        ms=round(seconds * 1000, 2),
        actor=str(identity.person_id) if identity else None,
        org=str(identity.organisation_id) if identity and identity.organisation_id else None,
    )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def includeme(config: Any) -> None:
    """Configure the logs and put the tween outermost."""
    from pyramid.tweens import INGRESS

    configure(services.find(config.registry, Settings))
    config.add_tween("procurement.core.logging.tween_factory", under=INGRESS)
