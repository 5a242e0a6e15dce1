"""Seal what the platform issues (receipts, minutes) with a key of its own, so that a third party can check who issued it.

The key is in a PKCS#12 file or on a PKCS#11 token. A seal carries a time-stamp when the authority answers (B-T), and is
made without (B-B) when it does not: a seal never waits. In development a key is made at first use, whose certificate
says that it is not qualified; production refuses it.
"""

import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from procurement.core import private_files, services
from procurement.core.clock import Clock
from procurement.core.errors import Unavailable
from procurement.core.settings import Settings, SettingsError
from procurement.core.text import _
from procurement.core.timestamp import Timestamper, TimestampUnavailable
from signing.adapters.holder import KeyHolder, sign
from signing.adapters.p12 import P12Holder
from signing.authority import Subject, create_authority, issue_seal
from signing.certificates import subject_name
from signing.produce.params import Level, Profile, SignParams
from signing.produce.refusals import ProductionRefused
from signing.types import Bytes

#: What the certificate of a development seal says of itself, and production refuses.
UNQUALIFIED = "cachet de développement, NON QUALIFIÉ"
_NAME = f"Pli, {UNQUALIFIED}"
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
_OTHERS = 0o077


class SealUnavailable(Unavailable):
    """Say that no seal can be made now: the token is out, or its certificate has expired."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "seal.unavailable", _("Le cachet de la plateforme ne peut pas être posé maintenant.")
        )
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class Sealer(Protocol):
    """Seal bytes as the platform: the key is in a file or on a token, as the settings say."""

    def seal_cms(self, data: bytes) -> bytes:
        """Return a detached CAdES signature (DER) over ``data``: B-T, or B-B when no time-stamp can be had.

        Raises SealUnavailable.
        """
        ...

    def seal_pdf(self, pdf: bytes) -> bytes:
        """Return ``pdf`` with a PAdES signature: B-T, or B-B when no time-stamp can be had. Raises SealUnavailable."""
        ...

    def seal_xades(self, data: bytes, name: str) -> bytes:
        """Return a detached XAdES signature over ``data``, a file called ``name``: B-T, or B-B when no time-stamp can be had.

        Raises SealUnavailable.
        """
        ...

    def chain(self) -> tuple[bytes, ...]:
        """Return the seal's certificate (DER), then those above it. Raises SealUnavailable."""
        ...


class Stamps:
    """The platform's time-stamp authority as production asks it: a bare token for a digest."""

    def __init__(self, timestamper: Timestamper) -> None:
        self._timestamper = timestamper

    def stamp(self, digest: bytes, algorithm: str) -> bytes:
        """Return the token over a SHA-256 digest, the only one that production asks for."""
        from signing.timestamps.tst import token_of

        assert algorithm == "sha256"
        return token_of(self._timestamper.stamp(digest).der)


class KeySealer:
    """Seal with a key, wherever it is; it is reached at the first seal and kept."""

    def __init__(self, reach: Callable[[], KeyHolder], timestamper: Timestamper, clock: Clock) -> None:
        self._reach = reach
        self._stamps = Stamps(timestamper)
        self._clock = clock
        self._holder: KeyHolder | None = None
        self._lock = Lock()

    def seal_cms(self, data: bytes) -> bytes:
        """Return a detached CAdES signature."""
        return self._seal(Bytes("data", data), Profile.CADES_DETACHED)

    def seal_pdf(self, pdf: bytes) -> bytes:
        """Return the sealed PDF."""
        return self._seal(Bytes("document.pdf", pdf), Profile.PADES)

    def seal_xades(self, data: bytes, name: str) -> bytes:
        """Return a detached XAdES signature."""
        return self._seal(Bytes(name, data), Profile.XADES_DETACHED)

    def chain(self) -> tuple[bytes, ...]:
        """Return the seal's certificate and those above it."""
        return self._found().chain

    def _found(self) -> KeyHolder:
        with self._lock:
            try:
                self._holder = self._holder or self._reach()
            except (ProductionRefused, SettingsError) as error:
                raise SealUnavailable(str(error)) from error
            return self._holder

    def _seal(self, document: Bytes, profile: Profile) -> bytes:
        holder = self._found()
        try:
            return self._signed(document, profile, holder, Level.B_T)
        except TimestampUnavailable:
            return self._signed(document, profile, holder, Level.B_B)

    def _signed(self, document: Bytes, profile: Profile, holder: KeyHolder, level: Level) -> bytes:
        params = SignParams(profile, self._clock.now(), level)
        try:
            return sign(document, holder, params, timestamper=self._stamps)
        except ProductionRefused as error:
            raise SealUnavailable(str(error)) from error


def anchors(chain: tuple[bytes, ...]) -> list[bytes]:
    """Return what a third party trusts to check a seal: the certificates above it, or itself when it stands alone."""
    return list(chain[1:] or chain)


def build(settings: Settings, timestamper: Timestamper, clock: Clock) -> Sealer:
    """Return the sealer that the settings name. A file is read now, a token when it is first needed."""
    if settings.seal == "pkcs11":
        return KeySealer(lambda: _token(settings), timestamper, clock)
    holder = _file(settings)
    return KeySealer(lambda: holder, timestamper, clock)


def _token(settings: Settings) -> KeyHolder:
    from signing.adapters.pkcs11 import Pkcs11Holder

    identifier = bytes.fromhex(settings.seal_pkcs11_key) or None
    pin = _passphrase(settings)
    holder = Pkcs11Holder(
        settings.seal_pkcs11_library, settings.seal_pkcs11_token, lambda: pin, key_id=identifier
    )
    _check_qualified(settings, holder)
    return holder


def _file(settings: Settings) -> KeyHolder:
    path = seal_file(settings)
    if not path.exists() and settings.development and settings.seal_file is None:
        create_seal(path, _NAME)
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The seal's file {path} cannot be read ({error.strerror}). Put there the PKCS#12 file of the platform's "
            "seal (key, certificate, authorities above it), or name another one with pli.seal_file; "
            "docs/how-to/installer-en-production.md tells how to get one."
        ) from None
    if stat.S_IMODE(mode) & _OTHERS:
        raise SettingsError(
            f"The seal's file {path} may be read by others (mode {stat.S_IMODE(mode):04o}). Run: chmod 600 {path}"
        )
    try:
        holder = P12Holder(content, _passphrase(settings).encode() or None)
    except ProductionRefused as error:
        raise SettingsError(
            f"The seal's file {path} does not open as PKCS#12 ({error.detail}). Check PLI_SEAL_PASSPHRASE or "
            "pli.seal_passphrase_file."
        ) from None
    _check_qualified(settings, holder)
    return holder


def seal_file(settings: Settings) -> Path:
    """Return where the seal's PKCS#12 file lies."""
    return settings.seal_file or settings.keys_directory / "seal.p12"


def _passphrase(settings: Settings) -> str:
    if settings.seal_passphrase_file is None:
        return settings.seal_passphrase
    try:
        return settings.seal_passphrase_file.read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Setting pli.seal_passphrase_file cannot be read ({error}).") from None


def _check_qualified(settings: Settings, holder: KeyHolder) -> None:
    name = subject_name(x509.load_der_x509_certificate(holder.chain[0]))
    if not settings.development and UNQUALIFIED in name:
        raise SettingsError(
            f"The platform's seal is that of a development machine ({name}); production refuses it. Put your own "
            "in place with pli.seal_file or pli.seal = pkcs11."
        )


def create_seal(path: Path, name: str) -> None:
    """Write a seal under an authority of its own, readable by its owner alone; one that exists is left as it is."""
    authority_key, authority = create_authority(
        Subject(f"{name} : autorité"), not_before=_FROM, not_after=_UNTIL
    )
    key, certificate = issue_seal(authority_key, authority, Subject(name), not_before=_FROM, not_after=_UNTIL)
    # The authority's key has signed its one certificate and is forgotten here.
    content = serialize_key_and_certificates(
        None,
        key,
        x509.load_der_x509_certificate(certificate),
        [x509.load_der_x509_certificate(authority)],
        NoEncryption(),
    )
    private_files.write_once(path, content)


def includeme(config: Any) -> None:
    """Register the sealer."""
    settings: Settings = services.find(config.registry, Settings)
    timestamper: Timestamper = services.find(config.registry, Timestamper)
    clock: Clock = services.find(config.registry, Clock)
    services.register(config.registry, Sealer, build(settings, timestamper, clock))
