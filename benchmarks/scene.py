"""The production application in this process, with a consultation that takes bids and a signed-in company.

Logs go to a file of the measure's folder: they are written, as in production, and do not mix with the report.
"""

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from webob import Request
from webob.response import Response

from benchmarks.harness import Timed
from procurement.core.clock import SandboxClock
from procurement.core.db import Database, schema
from procurement.core.runtime import Runtime
from tests.factories.bids import Bidder, World, make_world

SECRET = "benchmarks-" * 4


class Scene:
    """What the sheets about bids share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log: TextIO = (folder / "server.log").open("w", encoding="utf-8")
        with contextlib.redirect_stdout(self._log):
            self.runtime = start_application(folder)
            self.world: World = make_world(self.runtime)
            self.bidder: Bidder = self.world.company()
            self._token = self.bidder.send.csrf()
        jar = self.bidder.send.app.cookiejar
        self._cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

    @contextlib.contextmanager
    def logging(self) -> Iterator[None]:
        """Send standard output, where the application logs, to the scene's file."""
        with contextlib.redirect_stdout(self._log):
            yield

    def request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Request:
        """Return a request in the company's session, ready to be answered."""
        own = {"X-CSRF-Token": self._token, "Cookie": self._cookies}
        request = Request.blank(path, method=method, body=body, headers={**own, **headers})
        request.host = "localhost"
        return request

    def answer(self, request: Request) -> Response:
        """Have the application answer."""
        response: Response = request.get_response(self.runtime.app)
        return response

    def clock(self) -> SandboxClock:
        """Return the application's clock."""
        assert isinstance(self.runtime.clock, SandboxClock)
        return self.runtime.clock

    def timed(self, work: Callable[[], None]) -> Timed:
        """Return a measure of ``work`` by the wall clock, with its log lines in the file."""

        def run() -> float:
            with self.logging():
                return wall(work)

        return run


def wall(work: Callable[[], None]) -> float:
    """Return the seconds that ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def start_application(folder: Path, more: dict[str, str] | None = None) -> Runtime:
    """Start the application on an empty database in ``folder``, with ``more`` settings."""
    from procurement.core.runtime import start

    url = f"sqlite:///{folder}/pli.sqlite"
    database = Database(url)
    schema.upgrade(database)
    database.dispose()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return start(
            {
                "pli.environment": "test", "pli.base_url": "http://localhost", "pli.data_directory": str(folder),
                "sqlalchemy.url": url, "pli.secret_key": SECRET, "pli.mail": "outbox", "pli.timestamp": "development",
                "pli.clock": "sandbox", "pli.log_format": "json",
            }
            | (more or {})
        )  # fmt: skip


def pattern(path: Path, size: int) -> Path:
    """Write ``size`` bytes that do not compress and are the same in each run."""
    block = bytes((i * 167 + (i >> 8) * 59) & 255 for i in range(1 << 20))
    with path.open("wb") as file:
        for number in range(-(-size // len(block))):
            file.write(number.to_bytes(8, "big") + block[8:])
        file.truncate(size)
    return path
