"""What a server saw: every request with its size and answer, so that a test can tell what travelled twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

BUSY = b'{"code":"core.busy","status":503,"title":"busy","detail":"La plateforme est occup\\u00e9e."}'


@dataclass
class Call:
    """One request: ``size`` counts its body, ``offset`` is the one it was sent for (PATCH)."""

    method: str
    path: str
    size: int
    head: int
    offset: int | None
    status: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """Return the bytes of the upload that a PATCH carries."""
        assert self.offset is not None
        return self.offset, self.offset + self.size


class Recorder:
    """Stand in front of an application. ``refuses`` says which requests are answered 503 in its place."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.registry = app.registry
        self.calls: list[Call] = []
        self.refuses: Callable[[Call], bool] = lambda _call: False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Note the request, let the application answer, note the status."""
        call = _call(environ)
        self.calls.append(call)
        if self.refuses(call):
            call.status = 503
            start_response("503 Busy", [("Content-Type", "application/problem+json"), ("Retry-After", "1")])
            return [BUSY]

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            call.status = int(status.split(maxsplit=1)[0])
            return start_response(status, headers, *rest)

        return self.app(environ, started)

    def patches(self) -> list[Call]:
        """Return the pieces of files that the application took."""
        return [call for call in self.calls if call.method == "PATCH" and call.status == 204]

    def acknowledged(self, path: str | None = None) -> int:
        """Return how many bytes of files the application acknowledged, of one upload or of all."""
        return sum(call.size for call in self.patches() if path in {None, call.path})

    def unsafe(self) -> Iterator[Call]:
        """Give the requests that change something."""
        return (call for call in self.calls if call.method not in {"GET", "HEAD", "OPTIONS"})

    def sent_twice(self) -> list[tuple[int, int]]:
        """Return what was sent although the application had acknowledged it: nothing, when all is well."""
        again: list[tuple[int, int]] = []
        for path in {call.path for call in self.patches()}:
            held = sorted(call.span for call in self.patches() if call.path == path)
            again.extend((start, end) for (_, end), (start, _end) in pairwise(held) if start < end)
        return again


def _call(environ: dict[str, Any]) -> Call:
    head = sum(len(str(value)) for key, value in environ.items() if key.startswith("HTTP_"))
    offset = environ.get("HTTP_UPLOAD_OFFSET")
    return Call(
        environ["REQUEST_METHOD"],
        environ["PATH_INFO"],
        int(environ.get("CONTENT_LENGTH") or 0),
        head,
        None if offset is None else int(offset),
    )
