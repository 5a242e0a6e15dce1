"""Get small public documents by their address: guarded as webhooks are, within a size and a time.

Whoever calls says how much and how long; nothing comes back but the whole document, or why it could not be had. A name is
resolved once and that very address is called; a redirection is another address, and is judged like the first.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urljoin

import httpcore

from procurement.core.webhooks.addresses import AddressRefused, Guard
from procurement.core.webhooks.sending import Pinned

_OK = 200
_MOVED = frozenset({301, 302, 303, 307, 308})
#: Redirections followed, of a GET alone.
_REDIRECTS = 2
#: What is public is served where the world looks for it; other ports of a host are not asked.
_PORTS = frozenset({None, 80, 443})


class NotHad(Exception):
    """Say why a document could not be had; for the log, never for a page."""


@dataclass(frozen=True)
class Wanted:
    """A document: where, what is sent for it (None: a GET), and the most bytes that are read of it."""

    url: str
    most: int
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Visitor:
    """Get documents from the addresses that the guard lets through."""

    guard: Guard
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    #: How one connects: replaced where a test has its own server answer for a name.
    network: type[Pinned] | partial[Pinned] = Pinned

    def get(self, wanted: Wanted, *, deadline: float) -> bytes:
        """Return the whole document before ``deadline`` (of ``time.monotonic``), or raise NotHad."""
        url = wanted.url
        try:
            for _visit in range(1 + (_REDIRECTS if wanted.body is None else 0)):
                found = self._visit(url, wanted, deadline)
                if isinstance(found, bytes):
                    return found
                url = found
        except AddressRefused as refusal:
            raise NotHad(f"address refused: {refusal}") from None
        except (httpcore.TimeoutException, TimeoutError):
            raise NotHad("no answer in time") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as failure:
            raise NotHad(f"{type(failure).__name__}: {failure}"[:300]) from None
        raise NotHad("redirected again and again")

    def _visit(self, url: str, wanted: Wanted, deadline: float) -> bytes | str:
        """Return the document, or the address where it is to be asked for instead."""
        parts = self.guard.check(url)
        if not self.guard.private and parts.port not in _PORTS:
            raise AddressRefused("port")
        times = dict.fromkeys(
            ("connect", "read", "write", "pool"), 60.0
        )  # The deadline of the network is shorter.
        backend = self.network(self.guard, deadline)
        with (
            httpcore.ConnectionPool(ssl_context=self.tls, network_backend=backend, retries=0) as pool,
            pool.stream(
                "GET" if wanted.body is None else "POST",
                url,
                headers=[("User-Agent", "Pli"), ("Accept-Encoding", "identity"), *wanted.headers.items()],
                content=wanted.body,
                extensions={"timeout": times},
            ) as response,
        ):
            if response.status in _MOVED and wanted.body is None:
                return _next(url, response)
            if response.status != _OK:
                raise NotHad(f"HTTP {response.status}")
            return _bounded(response, wanted.most)


def _next(url: str, response: httpcore.Response) -> str:
    try:
        return urljoin(url, _location(response))
    except ValueError:  # such as a bracket that no other closes
        raise NotHad("redirected nowhere") from None


def _location(response: httpcore.Response) -> str:
    for name, value in response.headers:
        if name.lower() == b"location":
            return str(value.decode("latin-1"))
    raise NotHad("redirected nowhere")


def _bounded(response: httpcore.Response, most: int) -> bytes:
    data = bytearray()
    for piece in response.iter_stream():
        data += piece
        if len(data) > most:
            raise NotHad(f"larger than {most} bytes")
    return bytes(data)
