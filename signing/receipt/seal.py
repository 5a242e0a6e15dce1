"""Read the platform's seal on a document it issued: is it over these bytes, whose is it, when was it put.

Used on receipts: the CAdES signature beside ``receipt.json`` and the PAdES signature of ``receipt.pdf``. Revocation is not
asked about, no more than for the time-stamp: a receipt is verified offline, at the instant of its seal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import new

from cryptography import x509

from signing.certificates import subject_name
from signing.errors import SealedError, Unverifiable
from signing.facts import SignatureFacts
from signing.types import Bytes, Format, Indication, SubIndication

BROKEN, UNTRUSTED = "receipt.seal_invalid", "receipt.seal_untrusted"
#: Good chain, good dates, and nobody asked about revocation.
_UNASKED = SubIndication.TRY_LATER


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal that is over the whole document: who put it, at which level, when by its own word."""

    holder: str
    level: str
    signing_time: datetime | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed file: the seal itself, and the document when the seal is beside it."""

    file: bytes
    name: str
    contents: tuple[Bytes, ...] = ()


def beside(seal: bytes, document: bytes, name: str = "receipt.json") -> Sealed:
    """Return a detached seal and its document."""
    return Sealed(seal, "receipt.p7s", (Bytes(name, document),))


def inside(pdf: bytes) -> Sealed:
    """Return a sealed PDF."""
    return Sealed(pdf, "receipt.pdf")


def read(sealed: Sealed) -> Seal:
    """Return a seal that is over its document, whoever put it. Raises SealedError ``receipt.seal_invalid``."""
    return _seal(_facts(sealed))


def verify(sealed: Sealed, *, authorities: Sequence[bytes], tsa_ca: Sequence[bytes]) -> tuple[Seal, datetime]:
    """Return a seal that chains to ``authorities`` (DER), and the instant at which it existed.

    The instant is that of its time-stamp, which must chain to ``tsa_ca``; without one (B-B), what it states itself.
    Raises SealedError: ``receipt.seal_invalid``, ``receipt.seal_untrusted``, ``timestamp...``.
    """
    from signing import api
    from signing.trust.model import TrustSnapshot

    facts = _facts(sealed)
    seal = _seal(facts)
    at = _existed_at(facts, tsa_ca)
    trust = TrustSnapshot(anchors=tuple(authorities))
    report = api.verify(sealed.file, name=sealed.name, contents=sealed.contents, trust=trust, at=at)
    (one,) = report.signatures
    if one.indication is not Indication.TOTAL_PASSED and one.subindication is not _UNASKED:
        raise SealedError(UNTRUSTED, f"{one.indication} {one.subindication}")
    return seal, at


def _facts(sealed: Sealed) -> SignatureFacts:
    from signing import api

    try:
        found = api.read(sealed.file, name=sealed.name, contents=sealed.contents)
        (facts,) = found.signatures
    except (Unverifiable, ValueError) as error:
        raise SealedError(BROKEN, str(error)) from error
    # A signed PDF in the place of the detached seal would be over itself, not over the receipt.
    if facts.format is not (Format.CADES if sealed.contents else Format.PADES):
        raise SealedError(BROKEN, f"a signature of another form: {facts.format}")
    return facts


def _seal(facts: SignatureFacts) -> Seal:
    if not facts.seals_whole or facts.certificate is None:
        raise SealedError(BROKEN, "the seal does not hold")
    try:
        holder = subject_name(x509.load_der_x509_certificate(facts.certificate))
    except (ValueError, x509.InvalidVersion) as error:
        raise SealedError(BROKEN, str(error)) from error
    return Seal(holder, facts.level, facts.signing_time)


def _existed_at(facts: SignatureFacts, tsa_ca: Sequence[bytes]) -> datetime:
    """Return the time of the seal's time-stamp, or the stated one when it has none."""
    if not facts.stamps:
        if facts.signing_time is None:
            raise SealedError(BROKEN, "no time at all")
        return facts.signing_time
    times = [stamp.gen_time for stamp in facts.stamps if stamp.sound and stamp.gen_time is not None]
    if len(times) != len(facts.stamps):
        raise SealedError(BROKEN, "the seal's time-stamp does not hold")
    for stamp in facts.stamps:
        _check_token(stamp.token, facts.value, tsa_ca)
    return min(times)


def _check_token(token: bytes, value: bytes, tsa_ca: Sequence[bytes]) -> None:
    from signing.produce.stamping import ALGORITHM
    from signing.timestamps.client import Authority, check_token

    authority = Authority("", _silent, anchors=tuple(tsa_ca))
    check_token(token, new(ALGORITHM, value).digest(), ALGORITHM, nonce=None, authority=authority)


def _silent(_query: bytes) -> bytes:
    raise OSError("nobody is asked")
