"""What every place of a key does, and signing with it in one call."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from signing.produce.assemble import assemble
from signing.produce.params import Mechanism, SignatureValue, SignParams
from signing.produce.prepare import prepare
from signing.types import Content, Evidence, Stamper


class KeyHolder(Protocol):
    """A key that signs, wherever it is."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """Return the signer's certificate (DER), then those above it that are known."""
        ...

    def sign(self, data: bytes, mechanism: Mechanism) -> SignatureValue:
        """Sign bytes: they are hashed with the mechanism's digest, here or by the key's device."""
        ...


def sign(
    document: Content | Sequence[Content],
    holder: KeyHolder,
    params: SignParams,
    *,
    timestamper: Stamper | None = None,
    evidence: Evidence | None = None,
) -> bytes:
    """Prepare, sign and assemble; raises as ``prepare`` and ``assemble`` do, and what the holder raises."""
    prepared = prepare(document, holder.chain, params)
    value = holder.sign(prepared.to_sign, prepared.mechanism)
    return assemble(prepared, value, timestamper=timestamper, evidence=evidence)


def ordered(leaf: x509.Certificate, others: Iterable[x509.Certificate]) -> tuple[bytes, ...]:
    """Return a chain in DER from a certificate up, of those that really issued one another."""
    chain, left = [leaf], [other for other in others if other != leaf]
    while issuer := next((other for other in left if _issued(chain[-1], other)), None):
        chain.append(issuer)
        left.remove(issuer)
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True
