"""What is sent and how it ends, against real sockets: TLS by name, redirects, slow and silent answers."""

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from procurement.core.webhooks.addresses import Guard
from procurement.core.webhooks.sending import Sender

Answer = Callable[[socket.socket], None]
#: Seconds: far more than any time limit below, far less than what waits for no limit.
LONG = 20
LOCAL = Guard(private=True, resolver=lambda _host, _port: ["127.0.0.1"])


class Server:
    """Take connections one after the other and answer each as told; ``heard`` holds what was asked."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[bytes] = []
        self.names: list[str | None] = []
        self._answer, self._tls = answer, tls
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                client, _address = self._socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), client:
                if self._tls is not None:
                    client = self._tls.wrap_socket(client, server_side=True)
                with client:
                    self.heard.append(whole(client))
                    self._answer(client)

    def close(self) -> None:
        self._socket.close()


def whole(client: socket.socket) -> bytes:
    """Read a request to its end: a connection closed on unread bytes takes the answer with it."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += client.recv(65536) or b"\r\n\r\n"
    head, body = heard.split(b"\r\n\r\n", 1)
    length = int(dict(line.split(b": ") for line in head.lower().split(b"\r\n")[1:])[b"content-length"])
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def start(answer: Answer, tls: ssl.SSLContext | None = None) -> Server:
        made.append(Server(answer, tls))
        return made[-1]

    yield start
    for server in made:
        server.close()


def says(text: str) -> Answer:
    return lambda client: client.sendall(text.encode())


def test_an_answer_is_told_by_its_status(serve: Callable[..., Server]) -> None:
    server = serve(says("HTTP/1.1 204 No Content\r\n\r\n"))
    sent = Sender(LOCAL).post(
        f"http://hooks.example.org:{server.port}/in?x=1", {"webhook-id": "msg_1"}, b"{}"
    )
    assert (sent.status, sent.error, sent.ok) == (204, None, True)
    head = server.heard[0].decode().split("\r\n\r\n")[0].split("\r\n")
    assert head[0] == "POST /in?x=1 HTTP/1.1"
    assert f"Host: hooks.example.org:{server.port}" in head and "webhook-id: msg_1" in head


def test_a_redirect_is_not_followed(serve: Callable[..., Server]) -> None:
    target = serve(says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    server = serve(
        says(f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{target.port}/\r\nContent-Length: 0\r\n\r\n")
    )
    sent = Sender(LOCAL).post(f"http://hooks.example.org:{server.port}/", {}, b"{}")
    assert (sent.status, sent.ok, target.heard) == (302, False, [])


def test_a_name_is_looked_up_once(serve: Callable[..., Server]) -> None:
    """A name that leads elsewhere when asked again (rebinding) is not asked again."""
    server = serve(says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    sender = Sender(Guard(private=True, resolver=lambda _host, _port: next(answers)))
    assert sender.post(f"http://hooks.example.org:{server.port}/", {}, b"{}").status == 200
    assert next(answers) == ["10.0.0.1"]


def test_a_long_answer_is_not_read_to_its_end(serve: Callable[..., Server]) -> None:
    def flood(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            client.sendall(b"x" * 65536)

    begun = time.monotonic()
    assert Sender(LOCAL).post(f"http://h.example:{serve(flood).port}/", {}, b"").status == 200
    assert time.monotonic() - begun < LONG


def test_an_answer_drop_by_drop_ends_with_the_time(serve: Callable[..., Server]) -> None:
    def drip(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(600):
            client.sendall(f"X-{number}: y\r\n".encode())
            time.sleep(0.1)

    begun = time.monotonic()
    sent = Sender(LOCAL, timeout=0.5).post(f"http://h.example:{serve(drip).port}/", {}, b"")
    assert (sent.status, sent.error) == (None, "no answer within 0.5 s")
    assert time.monotonic() - begun < LONG


def test_a_name_that_does_not_resolve_in_time_is_given_up() -> None:
    done = threading.Event()

    def resolver(host: str, port: int) -> list[str]:
        done.wait(60)
        return ["127.0.0.1"]

    begun = time.monotonic()
    sent = Sender(Guard(private=True, resolver=resolver), timeout=0.2).post("http://h.example/", {}, b"")
    done.set()
    assert (sent.error, time.monotonic() - begun < LONG) == ("no answer within 0.2 s", True)


def test_no_answer_and_no_server_are_told(serve: Callable[..., Server]) -> None:
    silent = serve(lambda client: client.recv(1))
    assert Sender(LOCAL, timeout=0.3).post(f"http://h.example:{silent.port}/", {}, b"").error is not None
    garbage = serve(says("not http at all\r\n\r\n"))
    assert "ProtocolError" in str(Sender(LOCAL).post(f"http://h.example:{garbage.port}/", {}, b"").error)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "ConnectError" in str(Sender(LOCAL).post(f"http://h.example:{port}/", {}, b"").error)


def test_tls_is_checked_under_the_name_of_the_address(serve: Callable[..., Server], tmp_path: Path) -> None:
    """Connected to 127.0.0.1, the certificate that counts is that of the name."""
    server_tls, client_tls = certificate(tmp_path, "hooks.example.org")
    server = serve(says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), server_tls)
    sender = Sender(LOCAL, tls=client_tls)
    assert sender.post(f"https://hooks.example.org:{server.port}/", {}, b"{}").status == 200
    assert server.names == ["hooks.example.org"]
    other = sender.post(f"https://other.example.org:{server.port}/", {}, b"{}")
    assert other.status is None and "CERTIFICATE_VERIFY_FAILED" in str(other.error)
    untrusted = Sender(LOCAL).post(f"https://hooks.example.org:{server.port}/", {}, b"{}")
    assert untrusted.status is None


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now, now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate_file, key_file)
    return server, ssl.create_default_context(cafile=certificate_file)
