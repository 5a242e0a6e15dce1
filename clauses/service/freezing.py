"""Freeze a library into the files of a release: canonical bytes, and a manifest that names the hash of each.

Also the other way: say whether files that come from elsewhere are a release, whole and unchanged, before anything of
them is believed. Pure but for the signature, which is handed in.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from clauses import errors
from clauses.files.printer import print_file, print_library
from clauses.files.reader import MANIFEST, SIGNATURE, read_library
from clauses.rules.model import Finding, Library, Manifest, ReleaseFile, ReleaseInfo, ReleaseWaiver
from procurement.core.text import _
from signing.api import verify
from signing.report import Report, SignatureReport
from signing.trust.model import TrustSnapshot
from signing.types import Bytes, Format, SubIndication


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """What a release says of itself beside its contents."""

    version: str
    valid_from: date
    analyser: str
    changelog: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frozen:
    """The files of a release (without a signature) by path, and the library they hold."""

    files: Mapping[str, bytes]
    library: Library

    @property
    def manifest(self) -> bytes:
        """Return the bytes that are signed."""
        return self.files[MANIFEST]


@dataclass(frozen=True)
class Signed:
    """A release that was checked and signed, not yet stored; ``warnings`` do not stand in its way."""

    frozen: Frozen
    signature: bytes
    signer: str
    warnings: tuple[Finding, ...] = ()

    @property
    def files(self) -> dict[str, bytes]:
        """Return every file, the signature included."""
        return dict(sorted({**self.frozen.files, SIGNATURE: self.signature}.items()))


@dataclass(frozen=True)
class Checked:
    """A release that came from elsewhere: unchanged, and signed by somebody who is trusted here."""

    frozen: Frozen
    signature: bytes
    signer: str


def freeze(library: Library, said: Announcement) -> Frozen:
    """Return the release of a library; what it says of an earlier release is replaced."""
    bare = replace(library, manifest=replace(library.manifest, release=None))
    contents = {path: data for path, data in print_library(bare).items() if path != MANIFEST}
    info = ReleaseInfo(
        version=said.version,
        valid_from=said.valid_from,
        analyser=said.analyser,
        changelog=said.changelog,
        files=tuple(ReleaseFile(path, digest(data), len(data)) for path, data in contents.items()),
        waivers=tuple(
            ReleaseWaiver(clause.id, clause.waiver.code, clause.waiver.reason)
            for clause in library.clauses.values()
            if clause.waiver
        ),
        to_validate=tuple(key for key, one in library.clauses.items() if not one.legal_status.validated),
    )
    manifest = replace(library.manifest, release=info)
    files = {**contents, MANIFEST: print_file(manifest).encode()}
    return Frozen(dict(sorted(files.items())), replace(library, manifest=manifest))


def check(files: Mapping[str, bytes], *, seals: Sequence[bytes], now: datetime) -> Checked:
    """Return a release from elsewhere once its signature, its hashes and its form hold; raise ``clauses.archive_refused``.

    ``seals`` are the certificates (DER) whose signature is believed: these alone, whatever their authority has issued beside.
    """
    manifest, signature = files.get(MANIFEST), files.get(SIGNATURE)
    if manifest is None or signature is None:
        raise errors.archive_refused(
            _("ce n’est pas une publication signée (manifest.yaml et manifest.xades.xml).")
        )
    signer = _signed_by(manifest, signature, seals=seals, now=now)
    contents = {path: data for path, data in files.items() if path not in {MANIFEST, SIGNATURE}}
    library = read_library({**contents, MANIFEST: manifest})
    if library.manifest.release is None:
        raise errors.archive_refused(_("son manifeste ne dit pas de quelle version il s’agit."))
    _compare(library.manifest, contents)
    canonical = print_library(library)
    odd = [path for path in canonical if canonical[path] != files.get(path)]
    if odd:
        raise errors.archive_refused(
            _("ces fichiers ne sont pas sous leur forme canonique : ") + ", ".join(odd)
        )
    return Checked(Frozen({**contents, MANIFEST: manifest}, library), signature, signer)


def digest(data: bytes) -> str:
    """Return the SHA-256 in lower hex."""
    return hashlib.sha256(data).hexdigest()


def _signed_by(manifest: bytes, signature: bytes, *, seals: Sequence[bytes], now: datetime) -> str:
    trust = TrustSnapshot(anchors=tuple(seals))
    report = verify(signature, name=SIGNATURE, contents=(Bytes(MANIFEST, manifest),), trust=trust, at=now)
    if len(report.signatures) != 1 or not _holds(report.signatures[0]):
        raise errors.archive_refused(
            _("la signature de son manifeste n’est pas valable ici : ") + _why(report) + _by(report)
        )
    signer = report.signatures[0].signer
    # A seal named as an anchor would vouch for what its key has issued: the signer is compared with the seals themselves.
    if signer is None or signer.sha256 not in {digest(one) for one in seals}:
        who = signer.subject if signer else "?"
        raise errors.archive_refused(_not_believed(who))
    return signer.subject


def _holds(one: SignatureReport) -> bool:
    """Tell whether a signature is over the whole manifest by somebody trusted; nobody is asked about revocation.

    A release is verified offline, as a receipt is: good chain, good dates, good value.
    """
    facts = one.facts
    sound = one.format is Format.XADES and facts.seals_whole and all(stamp.sound for stamp in facts.stamps)
    return sound and (one.passed or one.subindication is SubIndication.TRY_LATER)


def _by(report: Report) -> str:
    """Say who signed, for the keeper who has to decide whether to believe him."""
    signers = [one.signer for one in report.signatures if one.signer is not None]
    said = [f"{one.subject} (SHA-256 {one.sha256})" for one in signers]
    words = _("Elle est de :")
    return f" {words} {' ; '.join(said)}." if said else ""


def _not_believed(who: str) -> str:
    return _("elle est signée par « %(who)s », dont le certificat n’est pas de ceux qui sont crus ici.") % {
        "who": who
    }


def _why(report: Report) -> str:
    if report.error is not None:
        return f"{report.error.code}."
    said = [str(one.subindication or one.indication) for one in report.signatures if not one.passed]
    return f"{', '.join(said) or 'NO_SIGNATURE'}."


def _compare(manifest: Manifest, contents: Mapping[str, bytes]) -> None:
    """Refuse a file that is not the manifest's, that it lacks, or that was changed."""
    assert manifest.release is not None
    listed = {one.path: one for one in manifest.release.files}
    wrong: Sequence[str] = [
        *(path for path in listed if path not in contents),
        *(path for path in contents if path not in listed),
        *(path for path, data in contents.items() if path in listed and digest(data) != listed[path].sha256),
    ]
    if wrong:
        raise errors.archive_refused(_("ces fichiers ne sont pas ceux du manifeste : ") + ", ".join(wrong))
