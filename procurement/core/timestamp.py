"""Have a third party state when a digest existed (RFC 3161), or a development authority that says what it is.

A deposit never waits for the authority: its token is asked for by a job, and the receipt says that it is
awaited until then. Every answer is verified before it is kept (``signing.timestamp``).
"""

import base64
import http.client
import os
import secrets
import shutil
import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from procurement.core import services
from procurement.core.clock import Clock
from procurement.core.errors import Unavailable
from procurement.core.settings import Settings, SettingsError
from procurement.core.text import _
from signing import timestamp as rfc3161
from signing.authority import Subject, create_authority, issue_timestamping
from signing.errors import SealedError
from signing.tsa import Unit

#: Stated in tokens of the development authority: an arc under example.com's, so that no real policy is
#: claimed.
DEVELOPMENT_POLICY = "1.3.6.1.4.1.32473.1.1"
_NAME = "Pli, horodatage de développement, NON QUALIFIÉ"
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
_LARGEST_ANSWER = 1 << 16
_OK = 200


class TimestampUnavailable(Unavailable):
    """Say that no valid token could be had now; the deposit stands and the token is asked for again."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "timestamp.unavailable",
            _("Le service d’horodatage ne répond pas. Votre dépôt est reçu ; son jeton d’horodatage suivra."),
        )
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


@dataclass(frozen=True)
class Token:
    """A verified time-stamp. ``der`` is the whole TimeStampResp, as ``openssl ts -verify -in`` takes it."""

    der: bytes = field(repr=False)
    gen_time: datetime
    qualified: bool
    authority: str
    serial: int
    policy: str


class Timestamper(Protocol):
    """Ask for time-stamps: two implementations, an authority by URL and the development one."""

    def stamp(self, sha256_digest: bytes) -> Token:
        """Return a verified token over a digest of 32 bytes, or raise TimestampUnavailable."""
        ...

    def certificates(self) -> list[bytes]:
        """Return the certificates (DER) that tokens chain to."""
        ...


class Rfc3161Timestamper:
    """Ask authorities over HTTP, in the order given, until one answers well."""

    def __init__(self, urls: list[str], trusted: list[bytes], *, qualified: bool, timeout: float) -> None:
        self._urls = [urlsplit(url) for url in urls]
        self._trusted = trusted
        self._qualified = qualified
        self._timeout = timeout

    def stamp(self, sha256_digest: bytes) -> Token:
        """Return a verified token."""
        failures = []
        for url in self._urls:
            try:
                return self._ask(url, sha256_digest)
            except (OSError, http.client.HTTPException, SealedError) as error:
                failures.append(f"{url.hostname}: {type(error).__name__}: {error}")
        raise TimestampUnavailable("; ".join(failures))

    def certificates(self) -> list[bytes]:
        """Return the trusted certificates of the settings."""
        return list(self._trusted)

    def _ask(self, url: SplitResult, digest: bytes) -> Token:
        nonce = secrets.randbits(64)
        answer = post(url, rfc3161.request(digest, nonce), self._timeout)
        stamped = rfc3161.verify(answer, digest, authorities=self._trusted, nonce=nonce)
        return _token(stamped, qualified=self._qualified)


def post(url: SplitResult, body: bytes, timeout: float) -> bytes:
    """Post a DER TimeStampReq and return the body of the answer; raises OSError or HTTPException."""
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    if url.username:
        credentials = base64.b64encode(f"{url.username}:{url.password or ''}".encode()).decode()
        headers["Authorization"] = f"Basic {credentials}"
    connection = _connection(url, timeout)
    try:
        target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        if answer.status != _OK:
            raise http.client.HTTPException(f"status {answer.status}")
        return answer.read(_LARGEST_ANSWER)
    finally:
        connection.close()


def _connection(url: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, url.port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, url.port, timeout=timeout)


class DevelopmentTimestamper:
    """Stamp in process with a key of our own, at the time of the application's clock; never qualified."""

    def __init__(self, unit: Unit, authority: bytes, clock: Clock) -> None:
        self._unit = unit
        self._authority = authority
        self._clock = clock

    def stamp(self, sha256_digest: bytes) -> Token:
        """Return a token that went through the same verification as a real one."""
        nonce = secrets.randbits(64)
        answer = self.answer(rfc3161.request(sha256_digest, nonce))
        stamped = rfc3161.verify(answer, sha256_digest, authorities=[self._authority], nonce=nonce)
        return _token(stamped, qualified=False)

    def answer(self, request: bytes) -> bytes:
        """Answer a DER TimeStampReq of anybody's with a DER TimeStampResp."""
        return self._unit.issue(request, at=self._clock.now(), serial=secrets.randbits(63))

    def certificates(self) -> list[bytes]:
        """Return the certificate of the development authority."""
        return [self._authority]


def _token(stamped: rfc3161.Token, *, qualified: bool) -> Token:
    return Token(
        der=stamped.response,
        gen_time=stamped.gen_time,
        qualified=qualified,
        authority=stamped.authority,
        serial=stamped.serial,
        policy=stamped.policy,
    )


def load_unit(folder: Path) -> tuple[Unit, bytes]:
    """Return the development unit and its authority's certificate, made at first use in ``folder``."""
    if not folder.exists():
        _create_unit(folder)
    key = load_pem_private_key((folder / "tsa.key").read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    unit = Unit(key, _der(folder / "tsa.crt"), DEVELOPMENT_POLICY)
    return unit, _der(folder / "ca.crt")


def _create_unit(folder: Path) -> None:
    authority_key, authority = create_authority(
        Subject(f"{_NAME}: autorité"), not_before=_FROM, not_after=_UNTIL
    )
    key, certificate = issue_timestamping(
        authority_key, authority, Subject(_NAME), not_before=_FROM, not_after=_UNTIL
    )
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = Path(tempfile.mkdtemp(prefix=".tsa-", dir=folder.parent))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(fresh / "tsa.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    (fresh / "tsa.crt").write_bytes(_pem(certificate))
    # The authority's key has signed its one certificate and is forgotten here.
    (fresh / "ca.crt").write_bytes(_pem(authority))
    try:
        fresh.rename(folder)
    except OSError:  # Another process of this installation was first; its key stays.
        shutil.rmtree(fresh)


def _pem(certificate: bytes) -> bytes:
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def _der(path: Path) -> bytes:
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)


def build(settings: Settings, clock: Clock) -> Timestamper:
    """Return the timestamper that the settings name."""
    if settings.timestamp == "development":
        unit, authority = load_unit(settings.keys_directory / "tsa")
        return DevelopmentTimestamper(unit, authority, clock)
    urls = settings.timestamp_url.split()
    if not urls or not all(url.startswith(("http://", "https://")) for url in urls):
        raise SettingsError(
            "Setting pli.timestamp_url is missing: give the http(s) address of the time-stamp authority."
        )
    return Rfc3161Timestamper(
        urls,
        _trusted(settings.timestamp_ca_file),
        qualified=settings.timestamp_qualified,
        timeout=settings.timestamp_timeout,
    )


def _trusted(path: Path | None) -> list[bytes]:
    if path is None:
        raise SettingsError(
            "Setting pli.timestamp_ca_file is missing: name the PEM file of the certificates that the "
            "authority's tokens chain to, or no token can be verified."
        )
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"Setting pli.timestamp_ca_file: {path} holds no PEM certificate ({error})."
        ) from None
    return [certificate.public_bytes(Encoding.DER) for certificate in found]


def includeme(config: Any) -> None:
    """Register the timestamper."""
    settings: Settings = services.find(config.registry, Settings)
    clock: Clock = services.find(config.registry, Clock)
    services.register(config.registry, Timestamper, build(settings, clock))
