"""Key holders, a consultation's key set and a sealed deposit, made once for the whole folder."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from signing import authority
from signing.certificates import PrivateKey, Recipient, check_recipient
from signing.sealed import container
from signing.sealed.descriptor import Candidate, Kind
from signing.sealed.keyset import KeyHolder, KeySet
from signing.sealed.sealing import Client, EnvelopePlan, SealedDeposit, Sealing, SourceFile

AT = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
CONSULTATION = UUID("11111111-1111-4111-8111-111111111111")


@dataclass(frozen=True)
class Holder:
    name: str
    key: PrivateKey
    certificate: bytes
    recipient: Recipient

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write key and certificate as openssl reads them."""
        key, certificate = folder / f"{self.name}.key", folder / f"{self.name}.crt"
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        pem = x509.load_der_x509_certificate(self.certificate).public_bytes(Encoding.PEM)
        certificate.write_bytes(pem)
        return key, certificate


@pytest.fixture(scope="session")
def ca():
    return authority.create_authority(
        authority.Subject("AC d’essai", "Ville"), not_before=FROM, not_after=UNTIL
    )


@pytest.fixture(scope="session")
def make_holder(ca) -> Callable[[str, PrivateKey], Holder]:
    def make(name: str, key: PrivateKey) -> Holder:
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        subject = authority.Subject(f"Porteur {name}", "Ville")
        certificate = authority.issue_recipient(*ca, spki, subject, not_before=FROM, not_after=UNTIL)
        return Holder(name, key, certificate, check_recipient(certificate, AT))

    return make


@pytest.fixture(scope="session")
def holders(make_holder) -> dict[str, Holder]:
    keys = {
        "rsa": rsa.generate_private_key(65537, 3072),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "other": ec.generate_private_key(ec.SECP384R1()),
        "custodian": ec.generate_private_key(ec.SECP384R1()),
    }
    return {name: make_holder(name, key) for name, key in keys.items()}


@pytest.fixture(scope="session")
def key_set(holders) -> Callable[..., KeySet]:
    def make(
        m: int = 1, names: tuple[str, ...] = ("rsa", "p256", "p384"), custodian: str | None = None
    ) -> KeySet:
        chosen = tuple(KeyHolder(holders[n].certificate, n, "holder", tuple(sorted(Kind))) for n in names)
        return KeySet(CONSULTATION, 1, m, chosen, custodian and holders[custodian].certificate)

    return make


@dataclass(frozen=True)
class Sealed:
    path: Path
    deposit: SealedDeposit
    sources: dict[str, bytes]
    sealing: Sealing


@pytest.fixture(scope="session")
def seal(key_set, tmp_path_factory) -> Callable[..., Sealed]:
    """Seal two envelopes of lot 3 (candidature, offre) and return the export file."""

    def make(**policy: object) -> Sealed:
        folder = tmp_path_factory.mktemp("sealed")
        sources = {"dc1.pdf": b"%PDF- candidature", "prix.pdf": bytes(range(256)) * 8193, "vide.txt": b""}
        for name, content in sources.items():
            (folder / name).write_bytes(content)
        candidature = EnvelopePlan(3, Kind.CANDIDATURE, [source(folder / "dc1.pdf")])
        offre = EnvelopePlan(3, Kind.OFFRE, [source(folder / "prix.pdf"), source(folder / "vide.txt")])
        sealing = Sealing(
            key_set(**policy), Candidate("12345678901234"), Client("t", "1"), [candidature, offre], at=AT
        )
        path = folder / "x.pli"
        with path.open("wb") as target:
            return Sealed(path, container.write(target, sealing), sources, sealing)

    return make


def source(path: Path) -> SourceFile:
    return SourceFile(path, path.name, "application/octet-stream")


@pytest.fixture(scope="session")
def sealed(seal) -> Sealed:
    return seal()
