"""Fetch trusted lists for ``pli trust update --from URL``: the only use of the network around trust.

Addresses other than the one on the command line come from a list of the lists whose signature held; its pivots, which are needed
to judge that signature, are only taken from the host that gave the list itself.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx

from signing import limits
from signing.trust import update
from signing.trust.lists import ParsedList, Pointer, parse
from signing.trust.update import Basis, Incoming, Refused
from signing.types import Finding

_TIMEOUT = 30.0
_REDIRECTS = 5
_SCHEMES = ("http", "https")

Fetch = Callable[[str], bytes]


class NotFetched(Exception):
    """Say which address did not answer as expected, and why."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url}: {why}")
        self.finding = Finding("trust.fetch", {"url": url, "why": why})


def client() -> httpx.Client:
    """Return the client that fetches lists."""
    return httpx.Client(
        timeout=_TIMEOUT,
        follow_redirects=True,
        max_redirects=_REDIRECTS,
        headers={"User-Agent": "pli trust update", "Accept": "application/xml, text/xml, */*"},
    )


def fetcher(http: httpx.Client) -> Fetch:
    """Return a function that gets an address, up to the size of the largest list."""

    def fetch(url: str) -> bytes:
        if urlsplit(url).scheme not in _SCHEMES:
            raise NotFetched(url, "http(s)")
        try:
            with http.stream("GET", url) as answer:
                answer.raise_for_status()
                return _bounded(url, answer.iter_bytes())
        except httpx.HTTPStatusError as error:
            raise NotFetched(url, f"HTTP {error.response.status_code}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotFetched(url, type(error).__name__) from error

    return fetch


def gather(
    url: str, fetch: Fetch, basis: Basis, territories: frozenset[str]
) -> tuple[list[Incoming], list[Refused]]:
    """Fetch a list, and what a list of the lists points to; ``territories`` empty means all of them.

    Raises NotFetched when the first address does not answer, ``Unverifiable`` when it gives no list. Where the others do not
    answer, it is said in the second part.
    """
    first = Incoming(url, fetch(url))
    parsed = parse(first.data)
    if not parsed.lotl:
        return [first], []
    found: list[Incoming] = [first]
    missing: list[Refused] = []
    if update.plan(found, basis).refused:
        pivots, missing = _each(_pivots(url, parsed), fetch)
        found += pivots
    if update.plan(found, basis).refused:
        # Whoever wrote this list, it says nothing that is worth following.
        return found, missing
    wanted = [pointer for pointer in parsed.pointers if _wanted(pointer, territories)]
    lists, silent = _each((pointer.location for pointer in wanted), fetch)
    return found + lists, missing + silent


def _wanted(pointer: Pointer, territories: frozenset[str]) -> bool:
    return not pointer.lotl and (not territories or pointer.territory in territories)


def _pivots(url: str, lotl: ParsedList) -> Iterator[str]:
    host = urlsplit(url).hostname
    for address in lotl.pivots:
        if urlsplit(address).hostname == host:
            yield address


def _each(urls: Iterator[str], fetch: Fetch) -> tuple[list[Incoming], list[Refused]]:
    found: list[Incoming] = []
    missing: list[Refused] = []
    for url in dict.fromkeys(urls):
        try:
            found.append(Incoming(url, fetch(url)))
        except NotFetched as error:
            missing.append(Refused(url, error.finding))
    return found, missing


def _bounded(url: str, chunks: Iterator[bytes]) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > limits.XML_BYTES:
            raise NotFetched(url, f"> {limits.XML_BYTES} bytes")
    return bytes(data)
