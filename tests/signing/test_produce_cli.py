"""``pli sign`` and ``pli timestamp`` with real keys, a real token and a real authority over HTTP."""

import json
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from procurement.cli import cli
from signing import api
from signing.produce.params import Profile
from signing.types import Bytes, Indication
from tests.signing import pki, signed
from tests.signing import token as tokens
from tests.signing.test_produce_timestamps import asked, response

NOW = datetime.now(UTC).replace(microsecond=0)


def answered(query: bytes) -> bytes:
    digest, algorithm, nonce = asked(query)
    return response(
        pki.token(digest, datetime.now(UTC).replace(microsecond=0), algorithm=algorithm, nonce=nonce)
    )


@pytest.fixture
def authority() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            query = self.rfile.read(int(self.headers["Content-Length"]))
            body = answered(query) if self.path == "/tsa" else b""
            self.send_response(200 if self.path == "/tsa" else 503)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cle.p12").write_bytes(pki.signer("good").p12(b"secret"))
    (tmp_path / "acte.pdf").write_bytes(signed.pdf())
    (tmp_path / "acte.xml").write_bytes(signed.XML)
    (tmp_path / "acte.txt").write_bytes(signed.TEXT)
    (tmp_path / "root.pem").write_bytes(pki.holder("root").pem)
    evidence = pki.evidence(NOW)
    pem = [("CERTIFICATE", one) for one in evidence.certificates] + [
        ("X509 CRL", one) for one in evidence.crls
    ]
    (tmp_path / "preuves.pem").write_bytes(b"".join(_pem(kind, one) for kind, one in pem))
    return tmp_path


def _pem(kind: str, der: bytes) -> bytes:
    from asn1crypto import pem

    return bytes(pem.armor(kind, der))


def pli(*arguments: object, secret: bytes | None = b"secret\n") -> Result:
    """Run ``pli``; the secret comes through a pipe, as a careful script gives it."""
    given = [str(one) for one in arguments]
    if secret is None:
        return CliRunner().invoke(cli, given)
    reader, writer = os.pipe()
    try:
        os.write(writer, secret)
        os.close(writer)
        return CliRunner().invoke(cli, [*given, "--secret-fd", str(reader)])
    finally:
        os.close(reader)


def verdicts(path: Path, *contents: Path) -> list[tuple[str, Indication]]:
    report = api.verify(
        path.read_bytes(),
        name=path.name,
        contents=[Bytes(one.name, one.read_bytes()) for one in contents],
        trust=pki.trust(),
        evidence=pki.evidence(NOW),
        at=datetime.now(UTC),
    )
    return [(one.level, one.indication) for one in report.signatures]


@pytest.mark.parametrize(
    ("name", "more", "profile"),
    [
        ("acte.pdf", (), Profile.PADES),
        ("acte.xml", (), Profile.XADES_ENVELOPED),
        ("acte.xml", ("--detached",), Profile.XADES_DETACHED),
        ("acte.txt", (), Profile.XADES_DETACHED),
        ("acte.pdf", ("--format", "cades"), Profile.CADES_DETACHED),
        ("acte.txt", ("--format", "asic"), Profile.ASIC_E),
    ],
)
def test_format_follows_the_file_or_the_option(
    folder: Path, name: str, more: tuple[str, ...], profile: Profile
) -> None:
    out = folder / "out"
    done = pli("sign", folder / name, "--p12", folder / "cle.p12", "--out", out, "--json", *more)
    assert done.exit_code == 0
    result = json.loads(done.stdout)
    assert (result["profile"], result["level"], result["file"]) == (profile, "B-B", name)
    assert result["sha256"] in done.stderr
    detached = profile in {Profile.XADES_DETACHED, Profile.CADES_DETACHED}
    assert verdicts(out, *([folder / name] if detached else [])) == [("B-B", Indication.TOTAL_PASSED)]


def test_container_gets_a_second_signature(folder: Path) -> None:
    first, second = folder / "un.asice", folder / "deux.asice"
    pli("sign", folder / "acte.txt", "--format", "asic", "--p12", folder / "cle.p12", "--out", first)
    assert pli("sign", first, "--p12", folder / "cle.p12", "--out", second).exit_code == 0
    assert verdicts(second) == [("B-B", Indication.TOTAL_PASSED)] * 2


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_higher_levels_with_an_authority_and_evidence(folder: Path, authority: str, level: str) -> None:
    command = [
        "sign",
        folder / "acte.pdf",
        "--p12",
        folder / "cle.p12",
        "--level",
        level,
        "--out",
        folder / "out",
    ]
    stamps = ["--timestamp-url", f"{authority}/down", "--timestamp-url", f"{authority}/tsa"]
    full = [*stamps, "--timestamp-ca", folder / "root.pem", "--evidence", folder / "preuves.pem"]
    assert pli(*command).exit_code == 1
    assert not (folder / "out").exists()
    assert pli(*command, *full).exit_code == 0
    assert verdicts(folder / "out") == [(level, Indication.TOTAL_PASSED)]


def test_authority_that_is_not_trusted_is_refused(folder: Path, authority: str) -> None:
    (folder / "other.pem").write_bytes(pki.holder("other-root").pem)
    common = ["sign", folder / "acte.pdf", "--p12", folder / "cle.p12", "--level", "B-T", "--timestamp-url", f"{authority}/tsa"]  # fmt: skip
    done = pli(*common, "--timestamp-ca", folder / "other.pem", "--out", folder / "out")
    assert done.exit_code == 1
    assert "jeton valable" in done.stderr
    assert pli(*common, "--timestamp-ca", folder / "root.pem", "--out", folder / "out").exit_code == 0


def test_file_that_is_there_is_never_replaced(folder: Path) -> None:
    done = pli("sign", folder / "acte.pdf", "--p12", folder / "cle.p12", "--out", folder / "acte.txt")
    assert done.exit_code == 2
    assert (folder / "acte.txt").read_bytes() == signed.TEXT
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("acte.pdf",), 2),
        (("acte.pdf", "--p12", "cle.p12", "--pkcs11", "x", "--token", "y"), 2),
        (("acte.pdf", "--pkcs11", "x"), 2),
        (("acte.pdf", "--pkcs11", "/no.so", "--token", "y", "--key-id", "zz"), 2),
        (("absent.pdf", "--p12", "cle.p12"), 2),
        (("acte.pdf", "--p12", "absent.p12"), 2),
        (("acte.pdf", "--p12", "acte.txt"), 2),
        (("acte.txt", "--p12", "cle.p12", "--format", "pades"), 2),
        (("acte.txt", "--p12", "cle.p12", "--format", "cades", "--level", "B-LT"), 2),
        (("acte.pdf", "--p12", "cle.p12", "--timestamp-url", "ftp://x"), 2),
        (("acte.pdf", "--p12", "cle.p12", "--evidence", "acte.txt"), 2),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], status: int
) -> None:
    monkeypatch.chdir(folder)
    done = pli("sign", *arguments, "--out", "out")
    assert done.exit_code == status
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.stdout == ""
    assert not Path("out").exists()
    told = json.loads(pli("sign", *arguments, "--out", "out", "--json").stdout)
    assert told["error"]["message"] in done.stderr


def test_secret_is_asked_for_at_a_terminal_alone(folder: Path) -> None:
    command = ["sign", folder / "acte.pdf", "--p12", folder / "cle.p12", "--out", folder / "out"]
    done = pli(*command, secret=None)
    assert done.exit_code == 2
    assert "--secret-fd" in done.stderr
    assert pli(*command, secret=b"wrong\n").exit_code == 2
    assert pli(*command, secret=b"\xff").exit_code == 2
    assert pli(*command).exit_code == 0


@tokens.needed
def test_sign_with_a_token(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with tokens.token(tmp_path_factory.mktemp("token")) as made:
        where = ["--pkcs11", made.library, "--token", made.label, "--key-id", made.ids["ec"].hex()]
        command = ["sign", folder / "acte.pdf", *where, "--out", folder / "out"]
        assert pli(*command, secret=b"000000").exit_code == 2
        assert pli(*command, secret=made.pin.encode()).exit_code == 0
        short = [
            "sign",
            folder / "acte.pdf",
            *where[:4],
            "--key-id",
            made.ids["rsa"].hex(),
            "--out",
            folder / "rsa",
        ]
        done = pli(*short, secret=made.pin.encode())
        # RSA of 2048 bits is not for production.
        assert (done.exit_code, "3072" in done.stderr) == (2, True)
    assert verdicts(folder / "out") == [("B-B", Indication.TOTAL_PASSED)]


def test_timestamp_of_a_file(folder: Path, authority: str) -> None:
    command = ["timestamp", folder / "acte.txt", "--out", folder / "acte.tst"]
    assert pli(*command, secret=None).exit_code == 2
    assert pli(*command, "--timestamp-url", f"{authority}/down", secret=None).exit_code == 1
    full = ["--timestamp-url", f"{authority}/tsa", "--timestamp-ca", folder / "root.pem", "--json"]
    done = pli(*command, *full, secret=None)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["gen_time"].endswith("Z")
    report = api.verify(
        (folder / "acte.tst").read_bytes(),
        name="acte.tst",
        contents=[Bytes("acte.txt", signed.TEXT)],
        trust=pki.trust(),
        evidence=pki.evidence(NOW),
        at=datetime.now(UTC),
    )
    assert (report.error, len(report.timestamps)) == (None, 1)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")
def test_openssl_verifies_the_token(folder: Path, authority: str) -> None:
    full = ["--timestamp-url", f"{authority}/tsa", "--out", folder / "acte.tst"]
    assert pli("timestamp", folder / "acte.txt", *full, secret=None).exit_code == 0
    command = [
        "openssl",
        "ts",
        "-verify",
        "-token_in",
        "-in",
        "acte.tst",
        "-data",
        "acte.txt",
        "-CAfile",
        "root.pem",
    ]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "acte.txt").write_bytes(signed.TEXT + b".")
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode != 0


@contextmanager
def answering(
    status: int, headers: dict[str, str], *, tls: Path | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Serve one answer to everything; gives the port and the paths asked for."""
    asked_for: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked_for.append(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_given: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, asked_for
    server.shutdown()
    server.server_close()
    thread.join()


def test_code_follows_no_redirection(folder: Path) -> None:
    with answering(200, {}) as (elsewhere, stolen):
        to = {"Location": f"http://127.0.0.1:{elsewhere}/claim"}
        with answering(307, to) as (port, asked_for):
            done = pli(
                "sign", "--server", f"http://localhost:{port}", "--code", "X", "--p12", folder / "cle.p12"
            )
    assert (done.exit_code, asked_for, stolen) == (1, ["/api/v1/signing-jobs/claim"], [])
    assert "307" in done.stderr


def test_code_goes_to_no_server_whose_certificate_is_not_trusted(folder: Path) -> None:
    owner = pki.signer("good")
    (folder / "tls.pem").write_bytes(owner.key_pem + owner.pem)
    with answering(200, {}, tls=folder / "tls.pem") as (port, asked_for):
        done = pli(
            "sign", "--server", f"https://localhost:{port}", "--code", "X", "--p12", folder / "cle.p12"
        )
    assert (done.exit_code, asked_for) == (1, [])
    assert "ne répond pas" in done.stderr
