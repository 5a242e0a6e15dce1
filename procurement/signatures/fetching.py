"""Fetch what certificates point to while signatures are verified: CRLs, OCSP answers, certificates of issuers.

Off unless ``signing_fetch`` says so. What cannot be had is None, and the verdict then says that it has to be tried later.
Answers are kept until they say that another one is due, for every request of this process; what did not answer is left
alone for a minute. An answer is believed for its signature, which the verification checks: here is only a courier.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from procurement.core.db import writing
from procurement.core.outside import NotHad, Visitor, Wanted
from procurement.core.settings import Settings
from procurement.core.webhooks.addresses import Guard
from signing.path.cache import Memory
from signing.types import Fetcher

__all__ = ["Fetching", "Round", "build"]

#: Largest CRL, OCSP answer, and file of certificates, in bytes.
CRL_BYTES, OCSP_BYTES, CERTIFICATE_BYTES = 24 << 20, 256 << 10, 256 << 10
#: Seconds for one document, and for all documents of one verification.
PATIENCE, PATIENCE_ALL = 6.0, 12.0
#: Documents asked for in one verification.
MOST = 40
#: How long an answer is kept at most, however late it says that the next one is due; and one that does not say.
LONGEST, UNSAID = timedelta(hours=12), timedelta(minutes=10)
#: How long what did not answer is left alone.
LEFT_ALONE = timedelta(minutes=1)
#: Answers that are kept, and the bytes that they may take.
KEPT, KEPT_BYTES = 512, 96 << 20
#: Certificates taken from one file.
_BROUGHT = 10
#: A certificate is never due again.
_NEVER = datetime.max.replace(tzinfo=UTC)
#: What the parser of DER raises for what is none.
_NO_DER = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)

_log = logging.getLogger(__name__)
#: Reads what came: what it is worth keeping as, and until when it says it is good.
_Reader = Callable[[bytes], tuple[tuple[bytes, ...], datetime | None]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an address gave, none for a failure, and until when that is not asked again."""

    found: tuple[bytes, ...] = field(repr=False)
    until: datetime


class Fetching:
    """What is shared by the verifications of a process: how one asks, and what was answered."""

    def __init__(self, visitor: Visitor, now: Callable[[], datetime]) -> None:
        self.visitor = visitor
        self.now = now
        self.memory: Memory[_Kept] = Memory(KEPT, KEPT_BYTES)

    def within(self, seconds: float = PATIENCE_ALL) -> Fetcher:
        """Return the fetcher of one verification, or of several that share its time."""
        return Round(self, seconds)


class Round:
    """The fetches of one verification: bounded in time and in number."""

    def __init__(self, shared: Fetching, seconds: float) -> None:
        self._shared = shared
        self._left = seconds
        self._asked = 0

    def crl(self, url: str) -> bytes | None:
        """Return a CRL in DER, or None when it could not be had."""
        return _first(self._had(Wanted(url, CRL_BYTES), _crl))

    def ocsp(self, url: str, request: bytes) -> bytes | None:
        """Return an OCSP response in DER, or None when it could not be had."""
        headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
        return _first(self._had(Wanted(url, OCSP_BYTES, request, headers), _ocsp))

    def certificates(self, url: str) -> Sequence[bytes]:
        """Return the certificates (DER) that an address holds, none when it could not be had."""
        return self._had(Wanted(url, CERTIFICATE_BYTES), _certificates)

    def _had(self, wanted: Wanted, read: _Reader) -> tuple[bytes, ...]:
        now, key = self._shared.now(), (wanted.url, wanted.body, read.__name__)
        known = self._shared.memory.get(key)
        if known is not None and now < known.until:
            return known.found
        if not self._may_ask(wanted.url):
            return ()
        try:
            found, until = self._read(wanted, read)
        except NotHad as failure:
            _log.warning("nothing came from %s: %s", wanted.url, failure)
            found, until = (), now + LEFT_ALONE
        # An answer that is over when it comes is still the newest there is: asked again in a minute, not at once.
        due = min(max(until or now + UNSAID, now + LEFT_ALONE), now + LONGEST)
        self._shared.memory.keep(key, _Kept(found, due), sum(map(len, found)))
        return found

    def _may_ask(self, url: str) -> bool:
        if writing.underway():
            _log.error("nothing is fetched while a write transaction is open: %s", url)
            return False
        self._asked += 1
        return self._asked <= MOST and self._left > 0

    def _read(self, wanted: Wanted, read: _Reader) -> tuple[tuple[bytes, ...], datetime | None]:
        try:
            return read(self._get(wanted))
        except NotHad:
            raise
        except Exception as failure:  # whatever a server provokes, a verification goes on without it
            raise NotHad(f"unforeseen {type(failure).__name__}") from failure

    def _get(self, wanted: Wanted) -> bytes:
        start = time.monotonic()
        try:
            return self._shared.visitor.get(wanted, deadline=start + min(PATIENCE, self._left))
        finally:
            self._left -= time.monotonic() - start


def _first(found: tuple[bytes, ...]) -> bytes | None:
    return found[0] if found else None


def _crl(data: bytes) -> tuple[tuple[bytes, ...], datetime | None]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        found = x509.load_pem_x509_crl(data) if _is_pem(data) else x509.load_der_x509_crl(data)
        return (found.public_bytes(Encoding.DER),), found.next_update_utc
    except ValueError:
        raise NotHad("no CRL") from None


def _ocsp(data: bytes) -> tuple[tuple[bytes, ...], datetime | None]:
    from cryptography.x509 import ocsp

    try:
        found = ocsp.load_der_ocsp_response(data)
        if found.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise NotHad(f"OCSP {found.response_status.name}")
        dues = [single.next_update_utc for single in found.responses]
    except ValueError:
        raise NotHad("no OCSP response") from None
    return (data,), min((due for due in dues if due is not None), default=None)


def _certificates(data: bytes) -> tuple[tuple[bytes, ...], datetime | None]:
    """Read one certificate, or a bag of them (RFC 5280, 4.2.2.1: DER, or a certs-only CMS), PEM where a server errs."""
    from asn1crypto import cms, pem, x509

    try:
        pieces = (
            [der for _kind, _headers, der in pem.unarmor(data, multiple=True)] if _is_pem(data) else [data]
        )
        found = [_alone(x509.Certificate, piece) or _bag(cms.ContentInfo, piece) for piece in pieces]
    except _NO_DER:
        raise NotHad("no certificate") from None
    ders = tuple(der for several in found for der in several)
    if not ders:
        raise NotHad("no certificate")
    return ders[:_BROUGHT], _NEVER


def _alone(shape: Any, der: bytes) -> list[bytes]:
    with suppress(*_NO_DER):
        _native = shape.load(der, strict=True).native
        return [der]
    return []


def _bag(shape: Any, der: bytes) -> list[bytes]:
    inside = shape.load(der, strict=True)["content"]["certificates"]
    return [one.chosen.dump() for one in inside if one.name == "certificate"]


def _is_pem(data: bytes) -> bool:
    return data.lstrip().startswith(b"-----BEGIN")


def build(settings: Settings, now: Callable[[], datetime]) -> Fetching | None:
    """Return what the settings allow: nothing, unless they say so."""
    if not settings.signing_fetch:
        return None
    return Fetching(Visitor(Guard(private=settings.webhooks_private, plain=True)), now)
