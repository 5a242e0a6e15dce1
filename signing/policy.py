"""What a verification accepts: algorithms and until when, how fresh revocation must be, which keys may sign.

The end dates are those of ETSI TS 119 312 (1.5.1, machine-readable form of October 2024) and of its forerunner TS 102 176-1: the
first instant at which a use of the algorithm proves nothing any more, unless it is proved to be older. TS 119 312 moves the dates of
what is still in use at each edition: this table is to be looked at with each release. RSA of less than 3000 bits ends with 2028.
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256

from signing.facts import AlgorithmUse


def _year(number: int) -> datetime:
    return datetime(number, 1, 1, tzinfo=UTC)


#: Digests that never prove anything are not in the table; None means: no end in sight.
DIGESTS: tuple[tuple[str, datetime | None], ...] = (
    ("sha1", _year(2009)),
    ("ripemd160", _year(2011)),
    ("sha224", _year(2029)),
    ("sha256", None),
    ("sha384", None),
    ("sha512", None),
    ("sha512_256", None),
    ("sha3_256", None),
    ("sha3_384", None),
    ("sha3_512", None),
    ("shake256", None),
)

#: Family of key, smallest size in bits of the row, end date; the row of the largest fitting size decides.
KEYS: tuple[tuple[str, int, datetime | None], ...] = (
    ("rsa", 1024, _year(2009)),
    ("rsa", 1536, _year(2016)),
    ("rsa", 2048, _year(2029)),
    ("rsa", 3000, None),
    ("dsa", 1024, _year(2013)),
    ("dsa", 2048, _year(2029)),
    ("dsa", 3000, None),
    ("ec", 160, _year(2013)),
    ("ec", 224, _year(2016)),
    ("ec", 256, None),
    ("ed25519", 0, None),
    ("ed448", 0, None),
)

_FAMILIES = {
    "rsassa_pss": "rsa",
    "rsassa_pkcs1v15": "rsa",
    "rsa_pss": "rsa",
    "rsaes_oaep": "rsa",
    "ecdsa": "ec",
}


@dataclass(frozen=True)
class Policy:
    """The rules of acceptance. Two policies with the same ``id`` give the same verdicts."""

    digests: tuple[tuple[str, datetime | None], ...] = DIGESTS
    keys: tuple[tuple[str, int, datetime | None], ...] = KEYS
    #: Greatest age of revocation data at the instant it is asked about; None leaves it to its own nextUpdate.
    freshness: timedelta | None = None
    #: What holds for revocation data that states no nextUpdate.
    freshness_without_next_update: timedelta = timedelta(days=1)
    #: Difference of clocks that is forgiven.
    tolerance: timedelta = timedelta(minutes=5)
    #: Key usages of which one at least must be stated (RFC 5280, 4.2.1.3) by the certificate of a signature.
    signature_usages: tuple[str, ...] = ("digital_signature", "non_repudiation")
    #: Extended uses that alone do not allow to sign documents: TLS servers, time-stamping, OCSP (RFC 5280, 4.2.1.12).
    foreign_extended_usages: tuple[str, ...] = (
        "1.3.6.1.5.5.7.3.1",
        "1.3.6.1.5.5.7.3.8",
        "1.3.6.1.5.5.7.3.9",
    )
    #: A trusted list issued longer ago says nothing of qualification.
    list_age: timedelta = timedelta(days=180)

    @cached_property
    def id(self) -> str:
        """Return the SHA-256 of the content, in hex."""
        content = "|".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))
        return sha256(f"pli policy 1|{content}".encode()).hexdigest()

    @cached_property
    def _digests(self) -> dict[str, datetime | None]:
        return dict(self.digests)

    @cached_property
    def _rows(self) -> dict[str, list[tuple[int, datetime | None]]]:
        """Return the rows of each family of keys, the largest size first."""
        families: dict[str, list[tuple[int, datetime | None]]] = {}
        for name, size, end in self.keys:
            families.setdefault(name, []).append((size, end))
        return {name: sorted(rows, key=_size, reverse=True) for name, rows in families.items()}

    def allows(self, use: AlgorithmUse, moment: datetime) -> bool:
        """Tell whether a use of cryptography that existed at an instant proves something."""
        known, ends = self.end_of(use)
        return known and (ends is None or moment < ends)

    def end_of(self, use: AlgorithmUse) -> tuple[bool, datetime | None]:
        """Return whether the use was ever acceptable, and its end date when it has one."""
        ends = []
        if use.digest is not None:
            name = use.digest.lower().replace("-", "")
            if name not in self._digests:
                return False, None
            ends.append(self._digests[name])
        if use.key is not None:
            known, end = self._end_of_key(use.key.lower(), use.bits or 0)
            if not known:
                return False, None
            ends.append(end)
        return bool(ends), min((end for end in ends if end is not None), default=None)

    def _end_of_key(self, key: str, bits: int) -> tuple[bool, datetime | None]:
        for size, end in self._rows.get(_FAMILIES.get(key, key), ()):
            if bits >= size:
                return True, end
        return False, None


def _size(row: tuple[int, datetime | None]) -> int:
    return row[0]


DEFAULT = Policy()
