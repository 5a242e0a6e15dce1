"""What an outsider needs to check the demonstration without us: key, sealed bid, receipt, plaintext, authority."""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from procurement.cli.deposit_client import HeldKey, Prepared
from signing.sealed import container


def certificates(pem: bytes) -> list[bytes]:
    """Return the DER certificates of a PEM file."""
    return [found.public_bytes(Encoding.DER) for found in x509.load_pem_x509_certificates(pem)]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The pieces of one deposit."""

    agent: HeldKey
    receipt: bytes
    authority: bytes
    seal_authority: bytes
    prepared: Prepared

    def write(self, folder: Path, plain: dict[str, bytes]) -> None:
        """Write ``agent.key``, ``agent.crt``, ``deposit.pli``, ``receipt.zip``, ``tsa.pem``, ``cachet.pem`` and ``plain/``."""
        folder.mkdir(parents=True, exist_ok=True)
        key = self.agent.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "agent.key").write_bytes(key)
        certificate = x509.load_der_x509_certificate(self.agent.certificate)
        (folder / "agent.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
        with (folder / "deposit.pli").open("wb") as target:
            container.write_again(target, self.prepared.sealing, self.prepared.sealed)
        (folder / "receipt.zip").write_bytes(self.receipt)
        (folder / "tsa.pem").write_bytes(self.authority)
        (folder / "cachet.pem").write_bytes(self.seal_authority)
        for name, content in plain.items():
            path = folder / "plain" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
