"""The authority that certifies keys made in the browser: its own key lies in a file, outside the database."""

import os
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate

from procurement.core import services
from procurement.core.clock import Clock
from procurement.core.settings import Settings, SettingsError
from signing.authority import Subject, create_authority, issue_recipient

#: A holder's certificate lives for this long: consultations and their litigation end before.
HOLDER_LIFE = timedelta(days=3 * 365)
_AUTHORITY_LIFE = timedelta(days=20 * 365)
#: Clocks of clients that are a little behind must not find the certificate in the future.
_BACKDATED = timedelta(hours=1)


class CertificateAuthority(Protocol):
    """Certify a public key at once; a rehearsal then proves that the holder has its private key."""

    def issue(self, spki: bytes, *, name: str, organisation: str, now: datetime) -> bytes:
        """Return a certificate (DER), or raise SealedError ``bid.certificate_refused``."""
        ...


class FileAuthority:
    """Keep the authority's key in a folder: ``ca.key`` (mode 0600) and ``ca.crt``, made at first use."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def issue(self, spki: bytes, *, name: str, organisation: str, now: datetime) -> bytes:
        """Certify a SubjectPublicKeyInfo for receiving bid keys."""
        key, certificate = self._load()
        subject = Subject(name, organisation or None)
        return issue_recipient(
            key, certificate, spki, subject, not_before=now - _BACKDATED, not_after=now + HOLDER_LIFE
        )

    def _load(self) -> tuple[EllipticCurvePrivateKey, bytes]:
        path = self._folder / "ca.key"
        if not path.exists():
            self._create()
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise SettingsError(
                f"The authority's key {path} may be read by others (mode {mode:04o}). Run: chmod 600 {path}"
            )
        key = load_pem_private_key(path.read_bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        certificate = load_pem_x509_certificate((self._folder / "ca.crt").read_bytes())
        return key, certificate.public_bytes(Encoding.DER)

    def _create(self) -> None:
        """Make key and certificate in a fresh folder and move it into place; of two processes the first one's stay."""
        now = self._clock.now()
        key, der = create_authority(
            Subject("Pli, clés de plis"), not_before=now - timedelta(days=1), not_after=now + _AUTHORITY_LIFE
        )
        self._folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = Path(tempfile.mkdtemp(prefix=".ca-", dir=self._folder.parent))
        _write(fresh / "ca.crt", _pem_certificate(der))
        _write(fresh / "ca.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with suppress(OSError):
            fresh.rename(self._folder)
            return
        for path in fresh.iterdir():
            path.unlink()
        fresh.rmdir()


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _pem_certificate(der: bytes) -> bytes:
    from cryptography.x509 import load_der_x509_certificate

    return load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def includeme(config: Any) -> None:
    """Register the authority that the settings name."""
    settings: Settings = services.find(config.registry, Settings)
    folder = settings.ca_directory or settings.keys_directory / "ca"
    clock: Clock = services.find(config.registry, Clock)
    services.register(config.registry, CertificateAuthority, FileAuthority(folder, clock))
