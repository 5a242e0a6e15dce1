"""``pli signature verify``: exit codes, exactly the JSON of its contract, and no traceback for anybody's bytes."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from procurement.cli import cli, signature_inputs
from signing.evidence import Inputs, freeze
from signing.policy import DEFAULT
from signing.produce.params import Level, Profile
from signing.trust import store
from tests.signing import pki, signed

AT = "2027-01-11T10:00:00+01:00"
SIGNATURE_KEYS = {
    "id", "format", "level", "indication", "subindication", "signer", "signing_time", "best_signature_time",
    "scope", "checks", "qualification", "errors", "warnings",
}  # fmt: skip


def run(*arguments: object, at: str = AT) -> Result:
    given = ["signature", "verify", *map(str, arguments), *(["--at", at] if at else [])]
    result = CliRunner().invoke(cli, given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def report(result: Result) -> dict[str, object]:
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Return signed files, a document and certificates."""
    root = pki.holder("root").certificate
    made = {
        "acte.txt": signed.TEXT,
        "acte.p7s": signed.sign(Profile.CADES_DETACHED),
        "acte.pdf": signed.sign(Profile.PADES, Level.B_LT),
        "root.pem": root.public_bytes(Encoding.PEM),
        "root.der": root.public_bytes(Encoding.DER),
        "ca.crl": b"".join(
            b"-----BEGIN X509 CRL-----\n" + _lines(crl) + b"-----END X509 CRL-----\n" for crl in pki.crls()
        ),
    }
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    return {name: tmp_path / name for name in made}


def _lines(der: bytes) -> bytes:
    from base64 import encodebytes

    return encodebytes(der)


def test_every_signature_passed_is_exit_0(files: dict[str, Path]) -> None:
    result = run(files["acte.pdf"], "--trust-anchor", files["root.pem"], "--json")
    assert result.exit_code == 0
    found = report(result)
    assert set(found) == {"file", "container", "signatures", "error"}
    assert [found["file"], found["container"], found["error"]] == ["acte.pdf", "pdf", None]
    (one,) = found["signatures"]  # type: ignore[misc]  # JSON
    assert set(one) == SIGNATURE_KEYS
    assert one["indication"] == "TOTAL-PASSED"


def test_der_anchor_is_read_too(files: dict[str, Path]) -> None:
    assert run(files["acte.pdf"], "--trust-anchor", files["root.der"]).exit_code == 0


def test_detail_adds_two_keys_and_no_other(files: dict[str, Path]) -> None:
    found = report(run(files["acte.pdf"], "--trust-anchor", files["root.pem"], "--json", "--detail"))
    assert set(found) == {"file", "container", "signatures", "error", "timestamps"}
    assert {*found["signatures"][0]} == SIGNATURE_KEYS | {"facts"}  # type: ignore[index]  # JSON


def test_no_anchor_at_all_is_dev_null(files: dict[str, Path]) -> None:
    result = run(files["acte.pdf"], "--trust-anchor", "/dev/null", "--json")
    (one,) = report(result)["signatures"]  # type: ignore[misc]  # JSON
    assert (result.exit_code, one["subindication"]) == (1, "NO_CERTIFICATE_CHAIN_FOUND")


def test_content_evidence_and_instant_decide(files: dict[str, Path]) -> None:
    anchor = ("--trust-anchor", files["root.pem"])
    given = (files["acte.p7s"], *anchor, "--content", files["acte.txt"])
    assert run(*given).exit_code == 1
    assert run(*given, "--evidence", files["ca.crl"]).exit_code == 0
    assert run(*given, "--evidence", files["ca.crl"], at="2036-01-01").exit_code == 1
    assert run(files["acte.p7s"], *anchor, "--evidence", files["ca.crl"]).exit_code == 1


def test_zip_of_loose_evidence_is_read(files: dict[str, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "loose.zip", "w") as archive:
        for number, crl in enumerate(pki.crls()):
            archive.writestr(f"{number}.crl", crl)
        archive.writestr("LISEZMOI.txt", "rien")
    given = (files["acte.p7s"], "--trust-anchor", files["root.pem"], "--content", files["acte.txt"])
    assert run(*given, "--evidence", tmp_path / "loose.zip").exit_code == 0


def test_frozen_evidence_gives_the_verdict_again_without_anything_else(
    files: dict[str, Path], tmp_path: Path
) -> None:
    from signing.api import verify

    data = files["acte.pdf"].read_bytes()
    verdict = verify(data, name="acte.pdf", trust=pki.trust(), at=pki.NOW)
    frozen = freeze(data, verdict, Inputs(trust=pki.trust(), policy=DEFAULT, at=pki.NOW))
    (tmp_path / "preuves.zip").write_bytes(frozen)
    again = run(files["acte.pdf"], "--evidence", tmp_path / "preuves.zip", at="2037-01-01")
    assert again.exit_code == 0
    other = run(files["acte.p7s"], "--evidence", tmp_path / "preuves.zip", "--json")
    assert (other.exit_code, report(other)["error"]["code"]) == (2, "BAD_OPTION")  # type: ignore[index]  # JSON


def test_trust_of_the_installation_is_used_without_an_anchor(files: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "trust"
    store.add_anchor(folder, pki.holder("root").der, reason="essai", at=pki.NOW, by="test")
    ini = tmp_path / "pli.ini"
    ini.write_text(
        f"[app:main]\npli.data_directory = {tmp_path}\npli.secret_key = {'s' * 32}\npli.environment = test\n"
    )
    assert run(files["acte.pdf"], "--config", ini).exit_code == 0
    (folder / "snapshot.json").write_text("{")
    assert run(files["acte.pdf"], "--config", ini).exit_code == 2


@pytest.mark.parametrize("name", ["nowhere.pdf", "empty.pdf", "image.png", "dtd.xml"])
def test_what_cannot_be_read_is_exit_2_in_one_sentence(tmp_path: Path, name: str) -> None:
    content = {"empty.pdf": b"", "image.png": b"\x89PNG\r\n\x1a\n", "dtd.xml": b"<!DOCTYPE a><a/>"}
    if name in content:
        (tmp_path / name).write_bytes(content[name])
    result = run(tmp_path / name, "--trust-anchor", "/dev/null", "--json")
    found = report(result)
    assert result.exit_code == 2
    assert found["signatures"] == []
    assert found["error"]["message"] == result.stderr.strip()  # type: ignore[index]  # JSON
    assert len(result.stderr.strip().splitlines()) == 1
    assert run(tmp_path / name, "--trust-anchor", "/dev/null").stdout == ""


@pytest.mark.parametrize(
    "options",
    [
        ("--trust-anchor", "acte.txt"),
        ("--trust-anchor", "nowhere"),
        ("--signer-cert", "acte.txt"),
        ("--evidence", "acte.txt"),
        ("--content", "nowhere"),
    ],
)
def test_wrong_option_is_exit_2(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, options: tuple[str, str]
) -> None:
    monkeypatch.chdir(files["acte.pdf"].parent)
    assert run("acte.pdf", *options).exit_code == 2


@pytest.mark.parametrize("at", ["demain", "0001-01-01T00:00:00+14:00", "2027-13-01"])
def test_wrong_instant_is_exit_2(files: dict[str, Path], at: str) -> None:
    assert run(files["acte.pdf"], "--trust-anchor", "/dev/null", at=at).exit_code == 2


def test_file_beyond_the_limit_is_not_read(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature_inputs, "FILE_BYTES", 10)
    result = run(files["acte.pdf"], "--trust-anchor", "/dev/null", "--json")
    assert (result.exit_code, report(result)["error"]["code"]) == (2, "TOO_LARGE")  # type: ignore[index]  # JSON


def test_file_without_a_signature_is_exit_1(tmp_path: Path) -> None:
    (tmp_path / "acte.pdf").write_bytes(signed.pdf())
    result = run(tmp_path / "acte.pdf", "--trust-anchor", "/dev/null")
    assert (result.exit_code, "Aucune signature" in result.stdout) == (1, True)


def test_command_brings_no_web_framework(files: dict[str, Path]) -> None:
    code = (
        "import sys; sys.argv = ['pli'];"
        "from procurement.cli import main\n"
        f"try: main(['signature', 'verify', {str(files['acte.p7s'])!r}, '--trust-anchor', '/dev/null'])\n"
        "except SystemExit: pass\n"
        "heavy = [name for name in ('pyramid', 'sqlalchemy', 'webob', 'jinja2', 'signxml') if name in sys.modules]\n"
        "print(heavy, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"
