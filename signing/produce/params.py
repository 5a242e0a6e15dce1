"""The words of production: what is to be made, with which key, under which policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Profile(StrEnum):
    """The forms of signature that are made."""

    #: Inside the XML document it signs (EN 319 132-1).
    XADES_ENVELOPED = "xades-enveloped"
    #: An XML file beside the documents it signs.
    XADES_DETACHED = "xades-detached"
    #: A CMS file beside the document it signs (EN 319 122-1).
    CADES_DETACHED = "cades-detached"
    #: A revision of the PDF (EN 319 142-1).
    PADES = "pades"
    #: A ZIP of documents with XAdES signatures (EN 319 162-1).
    ASIC_E = "asic-e"


class Level(StrEnum):
    """The baseline levels, from the lowest to the highest."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    @property
    def rank(self) -> int:
        """Return the place of the level, 0 for B-B."""
        return list(Level).index(self)


class Encoding(StrEnum):
    """How a signature value is written; RSA has one form, both words mean it."""

    #: r and s side by side, each as long as the curve's order (XMLDSig, PKCS#11).
    RAW = "raw"
    #: SEQUENCE of r and s (CMS, X.509).
    DER = "der"


@dataclass(frozen=True, slots=True)
class Mechanism:
    """How the bytes are to be signed: RSA is PKCS#1 v1.5, ``digest`` is a name of hashlib."""

    key: str
    digest: str

    @property
    def name(self) -> str:
        """Return a name such as ``ecdsa-sha256`` or ``rsa-pkcs1-sha256``."""
        return f"{'ecdsa' if self.key == 'ec' else 'rsa-pkcs1'}-{self.digest}"

    @classmethod
    def parse(cls, name: str) -> "Mechanism":
        """Read what ``name`` wrote; raises ValueError."""
        scheme, _, digest = name.rpartition("-")
        keys = {"ecdsa": "ec", "rsa-pkcs1": "rsa"}
        if scheme not in keys or digest not in DIGESTS:
            raise ValueError(f"no mechanism {name!r}")
        return cls(keys[scheme], digest)


#: The digests that production knows (TS 119 312); nothing weaker is ever written.
DIGESTS = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class SignatureValue:
    """What a key answered."""

    value: bytes
    encoding: Encoding = Encoding.RAW


@dataclass(frozen=True, slots=True)
class ProductionPolicy:
    """What keys and certificates may sign. Tests relax it; production does not."""

    rsa_bits: int = 3072
    curves: tuple[str, ...] = ("secp256r1", "secp384r1", "secp521r1")
    digests: tuple[str, ...] = DIGESTS
    #: The certificate must be within its dates at the time of signing, and made for signing.
    check_certificate: bool = True


PRODUCTION = ProductionPolicy()


@dataclass(frozen=True, slots=True)
class SignParams:
    """What is to be made. ``signing_time`` is aware; ``digest`` None takes the one that suits the key."""

    profile: Profile
    signing_time: datetime
    level: Level = Level.B_B
    digest: str | None = None
    #: Media types by document name; others are guessed from the name.
    media_types: Mapping[str, str] = field(default_factory=dict)
    policy: ProductionPolicy = PRODUCTION
    #: PDF only: an empty field to fill, or the name of a new invisible one.
    field_name: str | None = None
    reason: str | None = None
    location: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return everything but the policy, which belongs to each machine, as JSON values."""
        return {
            "profile": self.profile,
            "signing_time": self.signing_time.isoformat(),
            "level": self.level,
            "digest": self.digest,
            "media_types": dict(self.media_types),
            "field_name": self.field_name,
            "reason": self.reason,
            "location": self.location,
        }

    @classmethod
    def from_json(cls, read: Mapping[str, Any], policy: ProductionPolicy = PRODUCTION) -> "SignParams":
        """Read what ``to_json`` wrote, under a policy of one's own; raises ValueError, LookupError or TypeError."""
        return cls(
            profile=Profile(read["profile"]),
            signing_time=datetime.fromisoformat(read["signing_time"]),
            level=Level(read["level"]),
            digest=read["digest"],
            media_types={str(name): str(value) for name, value in dict(read["media_types"]).items()},
            policy=policy,
            field_name=read["field_name"],
            reason=read["reason"],
            location=read["location"],
        )
