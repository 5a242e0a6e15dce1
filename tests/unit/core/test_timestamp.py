import hashlib
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from procurement.core.clock import SandboxClock
from procurement.core.settings import Settings, SettingsError
from procurement.core.timestamp import DevelopmentTimestamper, TimestampUnavailable, build
from signing.authority import Subject, create_authority, issue_timestamping
from signing.timestamp import verify

NOW = datetime(2027, 1, 11, 9, 0, 0, 123_000, tzinfo=UTC)
DIGEST = hashlib.sha256(b"a sealed bid").digest()
Answer = Callable[[bytes], tuple[int, bytes]]


@pytest.fixture
def development(tmp_path: Path) -> DevelopmentTimestamper:
    settings = Settings(environment="test", timestamp="development", data_directory=tmp_path)
    found = build(settings, SandboxClock(NOW, frozen=True))
    assert isinstance(found, DevelopmentTimestamper)
    return found


class Authority:
    """``openssl ts`` behind HTTP: an authority that shares no code with ours."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answer: Answer = self.by_openssl
        self.requests: list[dict[str, str]] = []
        since, until = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
        authority_key, authority = create_authority(Subject("CA"), not_before=since, not_after=until)
        key, certificate = issue_timestamping(
            authority_key, authority, Subject("TSA"), not_before=since, not_after=until
        )
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "tsa.key").write_bytes(pem)
        for name, content in (("tsa.crt", certificate), ("ca.crt", authority)):
            (folder / name).write_bytes(x509.load_der_x509_certificate(content).public_bytes(Encoding.PEM))
        (folder / "serial").write_text("01\n")
        (folder / "ts.cnf").write_text(
            "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\ncrypto_device=builtin\nsigner_cert=tsa.crt\n"
            "signer_key=tsa.key\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\n"
            "accuracy=secs:1\ness_cert_id_alg=sha256\n"
        )

    def by_openssl(self, query: bytes) -> tuple[int, bytes]:
        (self.folder / "q.tsq").write_bytes(query)
        command = ["openssl", "ts", "-reply", "-config", "ts.cnf", "-queryfile", "q.tsq", "-out", "a.tsr"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        return 200, (self.folder / "a.tsr").read_bytes()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    assert shutil.which("openssl")
    folder = tmp_path / "authority"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def url(authority: Authority) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            authority.requests.append(dict(self.headers.items()))
            status, body = authority.answer(query)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/tsa"
    server.shutdown()
    thread.join()
    server.server_close()


def settings(url: str, authority: Authority, **changes: object) -> Settings:
    values = {
        "timestamp_url": url,
        "timestamp_ca_file": authority.folder / "ca.crt",
        "timestamp_timeout": 5.0,
    }
    return Settings(**(values | changes))


def test_development_token_follows_the_clock(development: DevelopmentTimestamper) -> None:
    token = development.stamp(DIGEST)
    assert token.gen_time == NOW
    assert token.qualified is False
    assert "NON QUALIFIÉ" in token.authority


def test_development_token_verifies_offline(development: DevelopmentTimestamper) -> None:
    token = development.stamp(DIGEST)
    assert verify(token.der, DIGEST, authorities=development.certificates()).gen_time == NOW


def test_development_token_verifies_with_openssl(development: DevelopmentTimestamper, tmp_path: Path) -> None:
    (tmp_path / "token.tsr").write_bytes(development.stamp(DIGEST).der)
    (tmp_path / "ca.pem").write_bytes(
        x509.load_der_x509_certificate(development.certificates()[0]).public_bytes(Encoding.PEM)
    )
    command = ["openssl", "ts", "-verify", "-digest", DIGEST.hex(), "-in", "token.tsr", "-CAfile", "ca.pem"]
    done = subprocess.run(
        [*command, "-attime", str(int(NOW.timestamp()))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verification: OK" in done.stdout + done.stderr


def test_development_key_is_kept_and_private(tmp_path: Path) -> None:
    chosen = Settings(environment="test", timestamp="development", data_directory=tmp_path)
    first = build(chosen, SandboxClock(NOW)).certificates()
    assert build(chosen, SandboxClock(NOW)).certificates() == first
    assert (tmp_path / "keys" / "tsa" / "tsa.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["tsa"]


def test_serials_differ(development: DevelopmentTimestamper) -> None:
    assert len({development.stamp(DIGEST).serial for _ in range(20)}) == 20


def test_real_authority(url: str, authority: Authority) -> None:
    token = build(settings(url, authority, timestamp_qualified=True), SandboxClock(NOW)).stamp(DIGEST)
    assert token.qualified is True
    assert token.policy == "1.2.3.4"
    assert "TSA" in token.authority
    assert abs((token.gen_time - datetime.now(UTC)).total_seconds()) < 60
    assert authority.requests[0]["Content-Type"] == "application/timestamp-query"


def test_second_authority_answers_when_the_first_does_not(url: str, authority: Authority) -> None:
    found = build(settings(f"http://127.0.0.1:9/ {url}", authority), SandboxClock(NOW))
    assert found.stamp(DIGEST).policy == "1.2.3.4"


def test_credentials_of_the_url_are_sent(url: str, authority: Authority) -> None:
    build(settings(url.replace("//", "//user:pass@"), authority), SandboxClock(NOW)).stamp(DIGEST)
    assert authority.requests[0]["Authorization"] == "Basic dXNlcjpwYXNz"


@pytest.mark.parametrize(
    "answer",
    [
        lambda _query: (503, b""),
        lambda _query: (200, b"not a token"),
        lambda _query: (200, b""),
        lambda _query: (200, bytes.fromhex("30053003020102")),
    ],
)
def test_bad_answer_is_unavailable(url: str, authority: Authority, answer: Answer) -> None:
    authority.answer = answer
    with pytest.raises(TimestampUnavailable) as refusal:
        build(settings(url, authority), SandboxClock(NOW)).stamp(DIGEST)
    assert refusal.value.status == 503


def test_replayed_answer_is_unavailable(url: str, authority: Authority) -> None:
    timestamper = build(settings(url, authority), SandboxClock(NOW))
    replay = timestamper.stamp(DIGEST).der
    authority.answer = lambda _query: (200, replay)
    with pytest.raises(TimestampUnavailable, match="nonce"):
        timestamper.stamp(DIGEST)


def test_untrusted_authority_is_unavailable(
    url: str, authority: Authority, development: DevelopmentTimestamper, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(
        x509.load_der_x509_certificate(development.certificates()[0]).public_bytes(Encoding.PEM)
    )
    with pytest.raises(TimestampUnavailable, match="untrusted"):
        build(settings(url, authority, timestamp_ca_file=other), SandboxClock(NOW)).stamp(DIGEST)


def test_nobody_listening_is_unavailable(authority: Authority) -> None:
    with pytest.raises(TimestampUnavailable, match="refused"):
        build(settings("http://127.0.0.1:9/", authority), SandboxClock(NOW)).stamp(DIGEST)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timestamp_url": ""}, "timestamp_url is missing"),
        ({"timestamp_url": "ftp://tsa"}, "timestamp_url is missing"),
        ({"timestamp_ca_file": None}, "timestamp_ca_file is missing"),
        ({"timestamp_ca_file": Path("/nowhere.pem")}, "holds no PEM certificate"),
        ({"timestamp_ca_file": Path(__file__)}, "holds no PEM certificate"),
    ],
)
def test_settings_that_cannot_work(authority: Authority, changes: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        build(settings("http://tsa.example/", authority, **changes), SandboxClock(NOW))
