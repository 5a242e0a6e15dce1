"""The key set: to whom the envelopes of one consultation are sealed, and under which policy."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from signing import jcs
from signing.certificates import Recipient, check_recipient, check_recipients, fingerprint
from signing.errors import SealedError
from signing.sealed.descriptor import Kind, Policy
from signing.sealed.packets import MAX_SHARES, VERSION
from signing.strict import Fields, b64encode

CODE = "bid.keyset_invalid"
ROLE = r"[a-z][a-z_]{0,19}"


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """One certificate of the set, with the kinds of envelope it may open."""

    certificate: bytes = field(repr=False)
    subject: str
    role: str
    kinds: tuple[Kind, ...]

    def to_json(self) -> jcs.Json:
        """Return the object of ``key_set.certificates[]``."""
        return {
            "sha256": fingerprint(self.certificate).hex(),
            "der": b64encode(self.certificate),
            "subject": self.subject,
            "role": self.role,
            "kinds": sorted(self.kinds),
        }


@dataclass(frozen=True, slots=True)
class KeySet:
    """One version of the key set. ``custodian`` is the DER certificate of the custodian, if there is one."""

    consultation: UUID
    version: int
    m: int
    holders: tuple[KeyHolder, ...]
    custodian: bytes | None = field(default=None, repr=False)

    def sha256(self) -> bytes:
        """Return the hash that descriptors cite: over certificates' hashes, roles, kinds and policy."""
        certificates: list[jcs.Json] = [
            {"sha256": digest, "role": holder.role, "kinds": sorted(holder.kinds)}
            for digest, holder in sorted(
                ((fingerprint(holder.certificate).hex(), holder) for holder in self.holders),
                key=lambda pair: pair[0],
            )
        ]
        body: jcs.Json = {
            "v": VERSION,
            "consultation": str(self.consultation),
            "version": self.version,
            "m": self.m,
            "custodian": None if self.custodian is None else fingerprint(self.custodian).hex(),
            "certificates": certificates,
        }
        return sha256(jcs.dumps(body)).digest()

    def policy(self, kind: Kind) -> Policy:
        """Return the policy of one kind of envelope."""
        return Policy(self.m, len(self._certificates(kind)), self.custodian is not None)

    def recipients(self, kind: Kind, at: datetime) -> list[Recipient]:
        """Return the checked recipients of one kind, by ascending hash: share x goes to the x-th."""
        certificates = self._certificates(kind)
        if len(certificates) < self.m:
            raise SealedError("bid.keyset_incomplete", f"{len(certificates)} for {kind}", kind=kind.value)
        return check_recipients(certificates, at)

    def custodian_recipient(self, at: datetime) -> Recipient | None:
        """Return the checked custodian."""
        return None if self.custodian is None else check_recipient(self.custodian, at)

    def to_json(self) -> jcs.Json:
        """Return the ``key_set`` object that ``GET .../scellement`` hands out."""
        return {
            "version": self.version,
            "sha256": self.sha256().hex(),
            "certificates": [holder.to_json() for holder in self.holders],
        }

    def policy_json(self) -> jcs.Json:
        """Return the ``policy`` object that stands beside it; n counts all certificates of the set."""
        return {"m": self.m, "n": len(self.holders), "custodian": self.custodian is not None}

    def custodian_json(self) -> jcs.Json:
        """Return the ``custodian`` object, or null."""
        if self.custodian is None:
            return None
        return {"sha256": fingerprint(self.custodian).hex(), "der": b64encode(self.custodian)}

    def _certificates(self, kind: Kind) -> list[bytes]:
        chosen = [holder.certificate for holder in self.holders if kind in holder.kinds]
        return sorted(chosen, key=fingerprint)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a consultation accepts; ``types`` are file name endings without the dot, none = all."""

    file_bytes: int
    files: int
    total_bytes: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SealingTerms:
    """What a bidder's client must know before it seals: the answer of ``GET .../scellement``."""

    deadline: datetime
    key_set: KeySet
    limits: Limits
    relations: Sequence[str]


def parse_terms(data: bytes) -> SealingTerms:
    """Read the answer of ``GET .../scellement``; members of later servers are passed over."""
    try:
        value = jcs.loads(data)
    except SealedError as error:
        raise SealedError(CODE, error.detail, where="scellement") from error
    fields = Fields(value, code=CODE, where="scellement", closed=False)
    key_set = _key_set(fields)
    return SealingTerms(
        deadline=fields.instant("deadline"),
        key_set=key_set,
        limits=_limits(fields.object("limits")),
        relations=fields.texts("relations", r"[a-z]{1,20}", most=10),
    )


def _key_set(fields: Fields) -> KeySet:
    stated = fields.object("key_set")
    policy = fields.object("policy")
    key_set = KeySet(
        consultation=fields.uuid("consultation"),
        version=stated.integer("version", least=1),
        m=policy.integer("m", least=1, most=MAX_SHARES),
        holders=tuple(_holder(item) for item in stated.objects("certificates", least=1, most=MAX_SHARES)),
        custodian=None if fields.is_null("custodian") else _certificate(fields.object("custodian")),
    )
    if policy.flag("custodian") != (key_set.custodian is not None):
        policy.refuse("custodian", "does not go with the custodian's certificate")
    if stated.sha256("sha256") != key_set.sha256():
        stated.refuse("sha256", "is not the hash of this key set")
    return key_set


def _holder(fields: Fields) -> KeyHolder:
    return KeyHolder(
        certificate=_certificate(fields),
        subject=fields.text("subject"),
        role=fields.matching("role", ROLE),
        kinds=tuple(Kind(kind) for kind in fields.texts("kinds", "|".join(Kind), least=1)),
    )


def _certificate(fields: Fields) -> bytes:
    certificate = fields.binary("der", most=65_536)
    if fields.sha256("sha256") != fingerprint(certificate):
        fields.refuse("sha256", "is not the hash of the certificate")
    return certificate


def _limits(fields: Fields) -> Limits:
    return Limits(
        file_bytes=fields.integer("file_bytes", least=1),
        files=fields.integer("files", least=1),
        total_bytes=fields.integer("total_bytes", least=1),
        types=fields.texts("types", r"[a-z0-9]{1,10}", most=200),
    )
