"""The platform's seal: the same tests for a key in a file and on a real token."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from procurement.core.clock import SandboxClock
from procurement.core.seal import (
    UNQUALIFIED,
    Sealer,
    SealUnavailable,
    anchors,
    build,
    seal_file,
)
from procurement.core.settings import Settings, SettingsError
from procurement.core.timestamp import Timestamper, TimestampUnavailable, Token
from procurement.core.timestamp import build as build_timestamper
from signing.api import verify
from signing.certificates import subject_name
from signing.report import Report
from signing.trust.model import TrustSnapshot
from signing.types import Bytes, Indication
from tests.signing import pki, signed
from tests.signing import token as tokens

DATA = b'{"v":"pli/1","late":false}'
OPENSSL = "openssl cms -verify -cades -binary -content data -inform DER -in seal.p7s -CAfile ca.pem -out out"


class Authority:
    """A time-stamp authority that may fall silent."""

    def __init__(self, real: Timestamper) -> None:
        self.real, self.away = real, False

    def stamp(self, sha256_digest: bytes) -> Token:
        if self.away:
            raise TimestampUnavailable("nobody there")
        return self.real.stamp(sha256_digest)

    def certificates(self) -> list[bytes]:
        return self.real.certificates()


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(pki.NOW, frozen=True)


@pytest.fixture
def authority(tmp_path: Path, clock: SandboxClock) -> Authority:
    settings = Settings(environment="test", timestamp="development", data_directory=tmp_path)
    return Authority(build_timestamper(settings, clock))


def file_settings(tmp_path: Path, **more: object) -> Settings:
    path = tmp_path / "cachet.p12"
    path.write_bytes(pki.signer("good", "ec").p12(b"secret"))
    path.chmod(0o600)
    given = {"seal_file": path, "seal_passphrase": "secret", "data_directory": tmp_path, **more}
    return Settings(environment="production", **given)  # type: ignore[arg-type]  # the test knows the fields


def token_settings(token: tokens.Token, **more: object) -> Settings:
    given = {
        "seal": "pkcs11",
        "seal_pkcs11_library": token.library,
        "seal_pkcs11_token": token.label,
        "seal_pkcs11_key": token.ids["ec"].hex(),
        "seal_passphrase": token.pin,
        **more,
    }
    return Settings(environment="production", **given)  # type: ignore[arg-type]  # the test knows the fields


@pytest.fixture(params=["file", pytest.param("pkcs11", marks=tokens.needed)])
def sealer(
    request: pytest.FixtureRequest, tmp_path: Path, authority: Authority, clock: SandboxClock
) -> Iterator[Sealer]:
    with ExitStack() as stack:
        if request.param == "file":
            settings = file_settings(tmp_path)
        else:
            settings = token_settings(stack.enter_context(tokens.token(tmp_path)))
        yield build(settings, authority, clock)


def report(file: bytes, name: str, sealer: Sealer, authority: Authority, content: bytes = DATA) -> Report:
    trust = TrustSnapshot(anchors=(*anchors(sealer.chain()), *authority.certificates()))
    contents = () if name.endswith(".pdf") else (Bytes("receipt.json", content),)
    return verify(file, name=name, contents=contents, trust=trust, evidence=pki.evidence(), at=pki.NOW)


class TestSealer:
    """What holds wherever the key is."""

    def test_cms_is_passed_by_openssl_and_a_changed_byte_is_not(self, sealer: Sealer, tmp_path: Path) -> None:
        (tmp_path / "seal.p7s").write_bytes(sealer.seal_cms(DATA))
        (tmp_path / "ca.pem").write_bytes(b"".join(pem(der) for der in anchors(sealer.chain())))
        for content, code in ((DATA, 0), (DATA.replace(b"false", b"true "), 4)):
            (tmp_path / "data").write_bytes(content)
            done = subprocess.run(OPENSSL.split(), cwd=tmp_path, capture_output=True, check=False)
            assert done.returncode == code, done.stderr

    def test_cms_is_b_t_and_passes(self, sealer: Sealer, authority: Authority) -> None:
        (one,) = report(sealer.seal_cms(DATA), "s.p7s", sealer, authority).signatures
        assert (one.format, one.level, one.indication) == ("CAdES", "B-T", Indication.TOTAL_PASSED)
        (one,) = report(sealer.seal_cms(DATA), "s.p7s", sealer, authority, b"{}").signatures
        assert one.indication is not Indication.TOTAL_PASSED

    def test_pdf_is_b_t_and_passes(self, sealer: Sealer, authority: Authority) -> None:
        pdf = sealer.seal_pdf(signed.pdf())
        assert pdf.startswith(signed.pdf())
        (one,) = report(pdf, "s.pdf", sealer, authority).signatures
        assert (one.format, one.level, one.indication) == ("PAdES", "B-T", Indication.TOTAL_PASSED)

    def test_xades_is_b_t_and_passes_over_its_file_only(self, sealer: Sealer, authority: Authority) -> None:
        sealed = sealer.seal_xades(DATA, "receipt.json")
        (one,) = report(sealed, "s.xml", sealer, authority).signatures
        assert (one.format, one.level, one.indication) == ("XAdES", "B-T", Indication.TOTAL_PASSED)
        (one,) = report(sealed, "s.xml", sealer, authority, b"{}").signatures
        assert one.indication is not Indication.TOTAL_PASSED

    def test_authority_away_gives_b_b(self, sealer: Sealer, authority: Authority) -> None:
        authority.away = True
        levels = [
            report(file, name, sealer, authority).signatures[0].level
            for file, name in (
                (sealer.seal_cms(DATA), "s.p7s"),
                (sealer.seal_pdf(signed.pdf()), "s.pdf"),
                (sealer.seal_xades(DATA, "receipt.json"), "s.xml"),
            )
        ]
        assert levels == ["B-B", "B-B", "B-B"]

    def test_chain_begins_with_the_certificate(self, sealer: Sealer) -> None:
        known = pki.signer("good", "ec").chain
        assert sealer.chain() == known
        assert anchors(sealer.chain()) == list(sealer.chain()[1:])
        assert anchors(known[:1]) == [known[0]]

    def test_seals_from_several_threads(self, sealer: Sealer) -> None:
        made: list[bytes] = []
        threads = [threading.Thread(target=lambda: made.append(sealer.seal_cms(DATA))) for _one in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == len(threads)

    def test_expired_certificate_seals_nothing(self, sealer: Sealer, clock: SandboxClock) -> None:
        assert sealer.seal_cms(DATA)
        clock.move_to(datetime(2060, 1, 1, tzinfo=UTC), frozen=True)
        for seal in (sealer.seal_cms, sealer.seal_pdf):
            with pytest.raises(SealUnavailable, match="certificate_dates"):
                seal(signed.pdf())

    def test_damaged_pdf_is_not_sealed(self, sealer: Sealer) -> None:
        with pytest.raises(SealUnavailable, match="pdf_unreadable"):
            sealer.seal_pdf(b"%PDF-1.7 and no more")


def pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


@tokens.needed
def test_token_that_is_out_is_reached_when_it_is_back(
    tmp_path: Path, authority: Authority, clock: SandboxClock
) -> None:
    with tokens.token(tmp_path) as token:
        sealer = build(token_settings(token, seal_pkcs11_token="another"), authority, clock)
        with pytest.raises(SealUnavailable, match="token_absent"):
            sealer.seal_cms(DATA)
        with pytest.raises(SealUnavailable, match="token_absent"):
            sealer.chain()
        wrong = build(token_settings(token, seal_passphrase="271828"), authority, clock)
        with pytest.raises(SealUnavailable, match="token_pin"):
            wrong.seal_cms(DATA)
        assert build(token_settings(token), authority, clock).seal_cms(DATA)


def development(tmp_path: Path, environment: str = "test", **more: object) -> Settings:
    return Settings(environment=environment, data_directory=tmp_path, **more)  # type: ignore[arg-type]  # as above


def test_development_seal_is_made_once_and_says_what_it_is(
    tmp_path: Path, authority: Authority, clock: SandboxClock
) -> None:
    first = build(development(tmp_path), authority, clock).chain()
    assert build(development(tmp_path), authority, clock).chain() == first
    assert subject_name(x509.load_der_x509_certificate(first[0])) == f"Pli, {UNQUALIFIED}"
    assert UNQUALIFIED == "cachet de développement, NON QUALIFIÉ"
    path = seal_file(development(tmp_path))
    assert (
        path.stat().st_mode & 0o777,
        [one.name for one in path.parent.iterdir() if "seal" in one.name],
    ) == (
        0o600,
        ["seal.p12"],
    )


def test_production_makes_no_seal_and_refuses_a_development_one(
    tmp_path: Path, authority: Authority, clock: SandboxClock
) -> None:
    with pytest.raises(SettingsError, match=r"seal\.p12 cannot be read"):
        build(development(tmp_path, "production"), authority, clock)
    build(development(tmp_path), authority, clock)
    with pytest.raises(SettingsError, match="production refuses it"):
        build(development(tmp_path, "production"), authority, clock)
    build(file_settings(tmp_path), authority, clock)


def test_named_file_is_never_made(tmp_path: Path, authority: Authority, clock: SandboxClock) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        build(development(tmp_path, seal_file=tmp_path / "absent.p12"), authority, clock)


def test_file_that_does_not_open_is_explained(
    tmp_path: Path, authority: Authority, clock: SandboxClock
) -> None:
    settings = file_settings(tmp_path)
    build(settings, authority, clock)
    with pytest.raises(SettingsError, match="PLI_SEAL_PASSPHRASE"):
        build(file_settings(tmp_path, seal_passphrase="wrong"), authority, clock)
    (tmp_path / "cachet.p12").chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        build(settings, authority, clock)


def test_passphrase_is_read_from_a_file(tmp_path: Path, authority: Authority, clock: SandboxClock) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("secret\nnot this\n")
    settings = file_settings(tmp_path, seal_passphrase="", seal_passphrase_file=secret)
    assert build(settings, authority, clock).seal_cms(DATA)
    secret.unlink()
    with pytest.raises(SettingsError, match="seal_passphrase_file cannot be read"):
        build(settings, authority, clock)
