"""A real token for tests: SoftHSM2 in a folder of its own, with the keys and certificates of the test PKI."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.signing import pki

PIN = "314159"
LABEL = "pli-essai"
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
)


def library() -> str | None:
    """Return the path of SoftHSM2's library, None when it is not installed."""
    return next((place for place in _PLACES if Path(place).exists()), None)


needed = pytest.mark.skipif(
    library() is None or shutil.which("softhsm2-util") is None,
    reason="softhsm2 is missing: apt-get install softhsm2",
)


@dataclass(frozen=True)
class Token:
    """One initialised token; ``environment`` is what another process needs to see it."""

    library: str
    label: str
    pin: str
    environment: dict[str, str]
    #: CKA_ID by key kind.
    ids: dict[str, bytes]


@contextmanager
def token(folder: Path) -> Iterator[Token]:
    """Make a token with keys of ``pki.signer("good")`` and their chain: RSA of 2048 and 3072 bits, P-256."""
    found = library()
    assert found is not None
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    kept = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    try:
        _initialise(found)
        ids = {"rsa": b"\x01", "ec": b"\x02", "rsa-3072": b"\x03"}
        for kind, identifier in ids.items():
            _import(folder, kind, identifier)
        _reload(found)
        _certificates(found, ids)
        yield Token(found, LABEL, PIN, {"SOFTHSM2_CONF": str(folder / "softhsm2.conf")}, ids)
    finally:
        if kept is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = kept


def _run(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


def _initialise(found: str) -> None:
    _run(
        "--module",
        found,
        "--init-token",
        "--free",
        "--label",
        LABEL,
        "--pin",
        PIN,
        "--so-pin",
        secrets.token_hex(4),
    )


def _import(folder: Path, kind: str, identifier: bytes) -> None:
    key = folder / f"{kind}.pem"
    key.write_bytes(pki.signer("good", kind).key_pem)
    _run("--import", str(key), "--token", LABEL, "--label", kind, "--id", identifier.hex(), "--pin", PIN)
    key.unlink()


def _reload(found: str) -> None:
    """Have the library see the tokens of this folder: it reads its configuration once."""
    import pkcs11

    pkcs11.lib(found).reinitialize()


def _certificates(found: str, ids: dict[str, bytes]) -> None:
    import pkcs11

    with pkcs11.lib(found).get_token(token_label=LABEL).open(rw=True, user_pin=PIN) as session:
        for kind, identifier in ids.items():
            _store(session, pki.signer("good", kind).der, identifier)
        for number, authority in enumerate(pki.signer("good").chain[1:], 0x10):
            _store(session, authority, bytes([number]))


def _store(session: object, der: bytes, identifier: bytes) -> None:
    from asn1crypto import x509
    from pkcs11 import Attribute, CertificateType, ObjectClass

    certificate = x509.Certificate.load(der)
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.ID: identifier,
            Attribute.LABEL: "certificate",
            Attribute.SUBJECT: certificate.subject.dump(),
            Attribute.ISSUER: certificate.issuer.dump(),
            Attribute.SERIAL_NUMBER: certificate["tbs_certificate"]["serial_number"].dump(),
            Attribute.VALUE: der,
        }
    )
