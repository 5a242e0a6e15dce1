"""Read and write key packets: the small contents that carry K, A, B or a share to a certificate."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from signing import jcs
from signing.certificates import PrivateKey, Recipient
from signing.errors import SealedError
from signing.sealed import cms
from signing.sealed.keys import KEY_BYTES
from signing.strict import Fields, b64encode

CODE = "bid.packet_invalid"
VERSION = "pli/1"
MAX_SHARES = 255


class Role(StrEnum):
    """Who a packet is for."""

    BUYER = "buyer"
    CUSTODIAN = "custodian"


class Scheme(StrEnum):
    """What a packet carries: the whole 32-byte value, or one 33-byte Shamir share of it."""

    WHOLE = "whole"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class KeyPacket:
    """The content of one packet. ``x`` is 0 for the custodian, 1 for a whole value, 1 to n for a share."""

    envelope: UUID
    role: Role
    scheme: Scheme
    x: int
    m: int
    n: int
    value: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        """Return the JCS bytes that are sealed."""
        return jcs.dumps(
            {
                "v": VERSION,
                "envelope": str(self.envelope),
                "role": self.role.value,
                "scheme": self.scheme.value,
                "x": self.x,
                "m": self.m,
                "n": self.n,
                "value": b64encode(self.value),
            }
        )

    def seal(self, to: Sequence[Recipient]) -> bytes:
        """Return the CMS message that carries this packet to its recipients."""
        return cms.seal(self.to_bytes(), to)


def parse(data: bytes) -> KeyPacket:
    """Read the content of a packet, or refuse it (``bid.packet_invalid``)."""
    fields = Fields(_json(data), code=CODE, where="packet")
    fields.one_of("v", [VERSION])
    scheme = Scheme(fields.one_of("scheme", list(Scheme)))
    packet = KeyPacket(
        envelope=fields.uuid("envelope"),
        role=Role(fields.one_of("role", list(Role))),
        scheme=scheme,
        x=fields.integer("x", most=MAX_SHARES),
        m=fields.integer("m", least=1, most=MAX_SHARES),
        n=fields.integer("n", least=1, most=MAX_SHARES),
        value=fields.binary("value", size=KEY_BYTES + (scheme is Scheme.SHARE)),
    )
    fields.done()
    return packet


def unseal(data: bytes, private_key: PrivateKey, recipient: Recipient | None = None) -> KeyPacket:
    """Open a CMS key packet with one private key."""
    return parse(cms.unseal(data, private_key, recipient))


def _json(data: bytes) -> jcs.Json:
    try:
        return jcs.parse(data)
    except SealedError as error:
        raise SealedError(CODE, error.detail, where="packet") from error
