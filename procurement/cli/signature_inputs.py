"""What ``pli signature verify`` reads beside the file: certificates, evidence, the trust of this installation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from procurement.core.settings import DEFAULT_INI
from procurement.core.text import _
from signing.errors import Unverifiable
from signing.limits import FILE_BYTES
from signing.policy import DEFAULT, Policy
from signing.summary_fr import sentence
from signing.trust import TrustSnapshot
from signing.types import Evidence, Fetcher, Finding

if TYPE_CHECKING:
    from signing.evidence import Frozen

#: What parsers of DER raise for what is none.
_NO_DER = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
#: Seconds that one command may spend on fetching: somebody waits, and may wait longer than a page does.
PATIENCE = 30.0


class Refused(Exception):
    """Stop with a sentence and exit 2; ``code`` and ``finding`` are those of the report's ``error``."""

    def __init__(self, code: str, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Material:
    """Evidence given by hand; a frozen archive brings its trust and its proofs of existence as well."""

    evidence: Evidence = field(default_factory=Evidence, repr=False)
    #: The archive as it was read, and what it holds: to be vouched for before it is believed.
    archive: bytes | None = field(default=None, repr=False)
    frozen: "Frozen | None" = None


def read(path: Path) -> bytes:
    """Return a file's bytes within the limit; a device such as /dev/null is an empty file."""
    try:
        if path.is_file() and path.stat().st_size > FILE_BYTES:
            message = _("Le fichier « %(name)s » dépasse %(most)s Mo : il n’est pas lu.")
            raise Refused("TOO_LARGE", message % {"name": path.name, "most": FILE_BYTES >> 20})
        with path.open("rb") as file:
            return file.read(FILE_BYTES + 1)
    except OSError:
        message = _("Le fichier « %(name)s » n’existe pas ou ne peut pas être lu.")
        raise Refused("UNREADABLE", message % {"name": path.name}) from None


def anchors(paths: tuple[Path, ...]) -> TrustSnapshot:
    """Return a trust that holds the certificates of these files and nothing else."""
    return TrustSnapshot(tuple(der for path in paths for der in certificates(path)))


def stored_trust(ini: str) -> tuple[TrustSnapshot, Policy]:
    """Return the trust that ``pli trust`` stored; without a settings file of the usual name, nobody is trusted."""
    if ini == DEFAULT_INI and not Path(ini).exists():
        return TrustSnapshot(), DEFAULT
    from procurement.core.ini import settings_from
    from signing.trust.store import load_snapshot

    settings = settings_from(ini)
    policy = replace(DEFAULT, list_age=timedelta(days=settings.trust_list_days))
    try:
        return load_snapshot(settings.trusted_lists_directory), policy
    except Unverifiable as error:
        raise refused(error) from None


def fetcher(ini: str, now: Callable[[], datetime]) -> Fetcher | None:
    """Return what may fetch revocation data, if the settings allow it; without a settings file nothing may."""
    if ini == DEFAULT_INI and not Path(ini).exists():
        return None
    from procurement.core.ini import settings_from

    settings = settings_from(ini)
    if not settings.signing_fetch:
        return None
    from procurement.signatures.fetching import build

    built = build(settings, now)
    return built.within(PATIENCE) if built is not None else None


def certificates(path: Path) -> tuple[bytes, ...]:
    """Return the certificates (DER) of a PEM or DER file; an empty file holds none."""
    data = read(path)
    from asn1crypto import x509

    try:
        found = tuple(_ders(data))
        for der in found:
            _native = x509.Certificate.load(der, strict=True).native
    except _NO_DER:
        message = _("Le fichier « %(name)s » ne contient pas de certificat lisible (PEM ou DER).")
        raise Refused("UNREADABLE", message % {"name": path.name}) from None
    return found


def material(path: Path, file: bytes) -> Material:
    """Return what a frozen archive of ``file``, another ZIP archive, or one PEM or DER file holds."""
    data = read(path)
    try:
        return _thawed(data, file) if data.startswith(b"PK") else _loose(path, [data])
    except Unverifiable as error:
        raise refused(error) from None


def _thawed(data: bytes, file: bytes) -> Material:
    from signing.containers.zipsafe import Archive
    from signing.evidence import is_evidence, thaw

    if not is_evidence(data):
        archive = Archive(data)
        return _loose(Path("zip"), [archive.read(entry.name) for entry in archive.entries])
    frozen = thaw(data)
    if frozen.file_sha256 != sha256(file).hexdigest():
        raise Refused("BAD_OPTION", _("Ce dossier de preuves est celui d’un autre fichier."))
    return Material(frozen.evidence, data, frozen)


def _loose(path: Path, pieces: list[bytes]) -> Material:
    found = [(kind, der) for piece in pieces for der in _ders(piece) for kind in _kinds(der)]
    if not found:
        message = _("Le fichier « %(name)s » ne contient ni certificat, ni CRL, ni réponse OCSP.")
        raise Refused("UNREADABLE", message % {"name": path.name})
    kinds = {kind: tuple(der for one, der in found if one == kind) for kind in _KINDS}
    return Material(Evidence(**kinds))


_KINDS = ("certificates", "crls", "ocsps")


def _ders(data: bytes) -> list[bytes]:
    from asn1crypto import pem

    if not data.strip():
        return []
    if not pem.detect(data):
        return [data]
    return [der for _kind, _headers, der in pem.unarmor(data, multiple=True)]


def _kinds(der: bytes) -> Iterator[str]:
    """Say which of the three kinds of evidence a piece is, if it is any."""
    from asn1crypto import crl, ocsp, x509

    shapes = (x509.Certificate, crl.CertificateList, ocsp.OCSPResponse)
    for kind, shape in zip(_KINDS, shapes, strict=True):
        try:
            _native = shape.load(der, strict=True).native
        except _NO_DER:
            continue
        yield kind
        return


def refused(error: Unverifiable) -> Refused:
    """Return the refusal that an unreadable piece becomes."""
    return Refused(error.code, sentence(Finding(error.reason, error.params)), error.offset)
