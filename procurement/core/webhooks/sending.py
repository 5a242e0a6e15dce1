"""Call an address: resolved once, connected to that very address, within a total time, without following anything."""

import queue
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpcore

from procurement.core.webhooks.addresses import AddressRefused, Guard

#: Seconds for everything: name, connection, request, answer (dume.md, section 8).
TIMEOUT = 15.0
#: What is read of an answer; its content does not matter.
ANSWER_BYTES = 16 * 1024
#: Addresses of one host that are tried.
_TRIED = 3


@dataclass(frozen=True)
class Sent:
    """What came of an attempt: a status, or why there is none."""

    status: int | None
    error: str | None
    milliseconds: int

    @property
    def ok(self) -> bool:
        """Tell whether the address took the message."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  # HTTP's own numbers


@dataclass(frozen=True)
class Sender:
    """Post messages to addresses that the guard lets through."""

    guard: Guard
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    timeout: float = TIMEOUT

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Send once and say what came of it; never raises for what the other side does."""
        start = time.monotonic()
        status, error = None, None
        try:
            self.guard.check(url)
            status = self._status(url, headers, body, start + self.timeout)
        except AddressRefused as refusal:
            error = f"address refused: {refusal}"
        except (httpcore.TimeoutException, TimeoutError):
            error = f"no answer within {self.timeout:g} s"
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as failure:
            error = f"{type(failure).__name__}: {failure}"[:300]
        return Sent(status, error, round((time.monotonic() - start) * 1000))

    def _status(self, url: str, headers: Mapping[str, str], body: bytes, deadline: float) -> int:
        backend = Pinned(self.guard, deadline)
        times = dict.fromkeys(("connect", "read", "write", "pool"), self.timeout)
        with (
            httpcore.ConnectionPool(ssl_context=self.tls, network_backend=backend, retries=0) as pool,
            pool.stream(
                "POST",
                url,
                headers=[("User-Agent", "Pli-Webhooks/1"), ("Accept", "*/*"), *headers.items()],
                content=body,
                extensions={"timeout": times},
            ) as response,
        ):
            seen = 0
            for piece in response.iter_stream():
                seen += len(piece)
                if seen > ANSWER_BYTES:
                    break
            return int(response.status)


class Pinned(httpcore.NetworkBackend):
    """Connect to the address that was checked; the name stays in the Host header and in TLS."""

    def __init__(self, guard: Guard, deadline: float) -> None:
        self._guard = guard
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve once, and connect to what was found; the first address that answers is kept."""
        del timeout, local_address
        found = self._addresses(host, port)[:_TRIED]
        for last, address in enumerate(found, 1):
            try:
                stream = self._inner.connect_tcp(
                    address, port, timeout=_left(self._deadline), socket_options=socket_options
                )
            except httpcore.ConnectError:
                if last == len(found):
                    raise
            else:
                return _Bounded(stream, self._deadline)
        raise httpcore.ConnectError("no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        """Resolve within what is left: the system's resolver knows no limit, so it is left to its thread."""
        answers: queue.SimpleQueue[list[str] | AddressRefused] = queue.SimpleQueue()

        def resolve() -> None:
            try:
                answers.put(self._guard.addresses(host, port))
            except AddressRefused as refusal:
                answers.put(refusal)

        threading.Thread(target=resolve, daemon=True).start()
        try:
            answer = answers.get(timeout=_left(self._deadline))
        except queue.Empty:
            raise httpcore.ConnectTimeout("the name is not resolved in time") from None
        if isinstance(answer, AddressRefused):
            raise answer
        return answer


class _Bounded(httpcore.NetworkStream):
    """A connection with one deadline for all that passes through it: drop by drop does not hold the worker."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read within what is left."""
        del timeout
        return self._inner.read(max_bytes, timeout=_left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write within what is left."""
        del timeout
        self._inner.write(buffer, timeout=_left(self._deadline))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Begin TLS under the name of the URL."""
        del timeout
        stream = self._inner.start_tls(
            ssl_context, server_hostname=server_hostname, timeout=_left(self._deadline)
        )
        return _Bounded(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return what the connection knows of itself."""
        return self._inner.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is over")
    return left
