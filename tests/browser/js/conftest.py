"""A page on the small platform, and throw-away buyer's certificates."""

import datetime as dt
import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser, Page, expect

from signing.sealed.descriptor import Kind
from signing.sealed.keyset import KeyHolder, KeySet


def _load(name: str) -> ModuleType:
    # Test folders are no packages: the platform's module is loaded by its path.
    spec = importlib.util.spec_from_file_location(f"pli_js_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


# A shared machine may be slow; an expectation that holds ends at once all the same.
expect.set_options(timeout=20_000)

platform_module = _load("platform")
pages_module = _load("pages")


@dataclass
class Holder:
    """A buyer's certificate and its private key."""

    name: str
    key: Any
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def write(self, folder: Path) -> tuple[str, str]:
        """Write key and certificate as PEM; return their paths."""
        key, certificate = folder / f"{self.name}.key", folder / f"{self.name}.crt"
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        certificate.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return str(key), str(certificate)


def make_certificate(
    key: Any, *, name: str = "Acheteur", agreement: bool | None = None, serial: int | None = None
) -> x509.Certificate:
    """Issue a self-signed certificate whose usage fits its key, unless told otherwise."""
    agreement = not isinstance(key, rsa.RSAPrivateKey) if agreement is None else agreement
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=not agreement,
        data_encipherment=False,
        key_agreement=agreement,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    )
    builder = builder.serial_number(serial or x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1))
    builder = builder.not_valid_after(now + dt.timedelta(days=300))
    return builder.add_extension(usage, critical=True).sign(key, SHA256())


@pytest.fixture(scope="session")
def holders() -> dict[str, Holder]:
    """Return one holder per kind of key."""
    keys = {
        "rsa": rsa.generate_private_key(65537, 3072),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
    }
    return {name: Holder(name, key, make_certificate(key, name=name)) for name, key in keys.items()}


@pytest.fixture
def platform(holders: dict[str, Holder]) -> Any:
    """Return a platform whose key set holds the three kinds of key."""
    kinds = (Kind.CANDIDATURE, Kind.OFFRE)
    chosen = tuple(KeyHolder(holder.der, name, "holder", kinds) for name, holder in holders.items())
    return platform_module.Platform(KeySet(uuid4(), 1, 1, chosen))


@pytest.fixture
def origin(platform: Any) -> Iterator[str]:
    """Serve the platform; return its address."""
    server = platform_module.serve(platform)
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(chromium: Browser, origin: str) -> Iterator[Page]:
    """Open a blank page of the platform; any console error fails the test."""
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(origin)
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def js(page: Page) -> Callable[..., Any]:
    """Run the body of an async function in the page; ``load(name)`` imports one of our modules."""

    def run(body: str, argument: Any = None) -> Any:
        prelude = "const load = (name) => import(`/static/js/seal/${name}.js`);"
        return page.evaluate(f"async (given) => {{ {prelude} {body} }}", argument)

    return run


@pytest.fixture
def show(page: Page, platform: Any, origin: str) -> Callable[..., None]:
    """Render a template of the room, serve it, and open it in the page."""

    def run(template: str, **context: Any) -> None:
        platform.page = pages_module.render(template, context)
        page.goto(f"{origin}/page")

    return run
