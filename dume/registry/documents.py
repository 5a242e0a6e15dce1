"""Fetch the documents of an answer at once, for their addresses expire; refuse what is not what it should be.

An address comes from outside: only hosts of the list are visited, over HTTPS (or the service's own origin), without
the access token, without following a redirect.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from dume.registry.readings import Link
from procurement.accounts.registry import Proof

LARGEST = 10 << 20
#: First bytes of the kinds that sources hand over.
_MAGIC = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
)
HOSTS = ("entreprise.api.gouv.fr", ".entreprise.api.gouv.fr", "data.inpi.fr")


class Refused(Exception):
    """The document is not taken; the word says why."""


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """Fetch documents from allowed hosts; a host that begins with a dot stands for all below it."""

    http: httpx.Client
    origin: str
    hosts: tuple[str, ...] = HOSTS
    monotonic: Callable[[], float]
    largest: int = LARGEST

    def fetch(self, link: Link, deadline: float) -> Proof:
        """Return the document of a link, or raise Refused."""
        if not self._allowed(link.url):
            raise Refused("document_host")
        content = self._download(link.url, deadline)
        media_type, suffix = kind(content)
        return Proof(
            name=f"{link.name}.{suffix}",
            media_type=media_type,
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            about=link.about,
        )

    def _allowed(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            own = urlsplit(self.origin)
            if (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port):
                return parts.username is None
            plain = parts.scheme == "https" and parts.port in {None, 443} and parts.username is None
        except ValueError:
            return False
        host = parts.hostname or ""
        return plain and any(
            host == name or (name.startswith(".") and host.endswith(name)) for name in self.hosts
        )

    def _download(self, url: str, deadline: float) -> bytes:
        left = deadline - self.monotonic()
        if left <= 0:
            raise Refused("document_timeout")
        try:
            with self.http.stream("GET", url, timeout=left, follow_redirects=False) as response:
                if response.status_code != httpx.codes.OK:
                    raise Refused("document_unavailable")
                return self._read(response.iter_bytes(), deadline)
        except httpx.TimeoutException:
            raise Refused("document_timeout") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Refused("document_unavailable") from None

    def _read(self, chunks: Iterator[bytes], deadline: float) -> bytes:
        content = bytearray()
        for chunk in chunks:
            content += chunk
            if len(content) > self.largest:
                raise Refused("document_too_large")
            if self.monotonic() > deadline:
                raise Refused("document_timeout")
        return bytes(content)


def kind(content: bytes) -> tuple[str, str]:
    """Return the media type and suffix that the first bytes say, or raise Refused."""
    for magic, media_type, suffix in _MAGIC:
        if content.startswith(magic):
            return media_type, suffix
    raise Refused("document_kind")
