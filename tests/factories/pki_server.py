"""The test PKI on a real HTTP server of this machine, under its public name; everything else keeps its real address."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from procurement.core.outside import Visitor
from procurement.core.webhooks.addresses import Guard
from procurement.core.webhooks.sending import Pinned
from tests.signing import pki

HOST = "pki.example"
#: An address of the documentation's networks that the tests take for a public one: the name of the PKI resolves to it.
PUBLIC = "198.20.0.1"
Special = Callable[[BaseHTTPRequestHandler], None]


class PkiServer:
    """What the server was asked, as it stands at an instant; ``special`` answers a path in another way."""

    def __init__(self, at: Any = pki.NOW) -> None:
        self.net = pki.Net(at)
        self.asked: list[str] = []
        self.special: dict[str, Special] = {}
        self._crls: dict[str, bytes | None] = {}
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self.http.server_address[1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the library's name
                place.asked.append(self.path)
                if self.path in place.special:
                    place.special[self.path](self)
                elif self.path.endswith(".cer"):
                    answer(self, b"".join(place.net.certificates(f"http://{HOST}{self.path}")))
                else:
                    answer(self, place.crl(self.path.strip("/").removesuffix(".crl")))

            def do_POST(self) -> None:  # the library's name
                place.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path in place.special:
                    place.special[self.path](self)
                elif self.path.endswith("/ocsp"):
                    answer(self, place.net.ocsp(self.path, body))

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing on the tests' standard error."""

        return Handler

    def crl(self, authority: str) -> bytes | None:
        """Return the CRL that is served, always the same bytes."""
        if authority not in self._crls:
            self._crls[authority] = self.net.crl(f"http://{HOST}/{authority}.crl")
        return self._crls[authority]

    def visitor(self, guard: Guard | None = None) -> Visitor:
        """Return who visits this server as if it stood on the Internet, on port 80."""
        return Visitor(guard or Guard(plain=True, resolver=resolve), network=partial(_Here, self.port))


class _Here(Pinned):
    """Connect to the server of the test where the public address of its name was found; refuse to go elsewhere."""

    def __init__(self, port: int, guard: Guard, deadline: float) -> None:
        super().__init__(guard, deadline)
        self._here = port
        self._inner = _Detour(port)


class _Detour(httpcore.SyncBackend):
    def __init__(self, port: int) -> None:
        self._port = port

    def connect_tcp(self, host: str, port: int, **more: Any) -> httpcore.NetworkStream:
        if (host, port) != (PUBLIC, 80):
            raise AssertionError(f"a connection to {host}:{port}")
        return super().connect_tcp("127.0.0.1", self._port, **more)


def resolve(host: str, _port: int) -> list[str]:
    """Resolve the name of the PKI to a public address, « inside.example » to a private one, no other."""
    known = {HOST: PUBLIC, "inside.example": "10.1.2.3"}
    if host not in known:
        raise OSError("unknown")
    return [known[host]]


def answer(handler: BaseHTTPRequestHandler, body: bytes | None, status: int = 200) -> None:
    """Answer with a body, or 404 when there is none."""
    handler.send_response(status if body is not None else 404)
    handler.send_header("Content-Length", str(len(body or b"")))
    handler.end_headers()
    handler.wfile.write(body or b"")


def moved(location: str) -> Special:
    """Answer with a redirection."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return act


def slow(handler: BaseHTTPRequestHandler) -> None:
    """Answer drop by drop, for as long as anybody listens."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _turn in range(600):
            handler.wfile.write(b"0")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        return


def huge(handler: BaseHTTPRequestHandler) -> None:
    """Answer without an end."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"0" * (1 << 20))
    except OSError:
        return


def naming(address: str, name: str = "good", issuer: str = "ca") -> pki.Holder:
    """Return a holder of the test PKI anew, whose certificate names where that of its issuer is."""
    old = pki.holder(name)
    place = x509.UniformResourceIdentifier(address)
    access = [x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, place)]
    builder = x509.CertificateBuilder(
        subject_name=old.certificate.subject,
        issuer_name=pki.holder(issuer).certificate.subject,
        public_key=old.certificate.public_key(),
        serial_number=pki.serial_of(f"{name}, naming its issuer"),
        not_valid_before=old.profile.born,
        not_valid_after=old.profile.dies,
    )
    for extension in old.certificate.extensions:
        if not isinstance(extension.value, x509.AuthorityInformationAccess):
            builder = builder.add_extension(extension.value, extension.critical)
    made = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
    return pki.Holder(name, old.profile, old.key, made.sign(pki.holder(issuer).key, hashes.SHA256()))


@contextmanager
def serving() -> Iterator[PkiServer]:
    """Serve the test PKI until the end of the block."""
    place = PkiServer()
    thread = threading.Thread(target=place.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield place
    finally:
        place.http.shutdown()
        place.http.server_close()
        thread.join()
