"""Public documents by address, from a real server: what comes whole, and all that is refused with its reason."""

import time
from collections.abc import Iterator

import pytest

from procurement.core.outside import NotHad, Visitor, Wanted
from procurement.core.webhooks.addresses import Guard
from tests.factories import pki_server
from tests.factories.pki_server import PkiServer, answer, huge, moved, slow

CRL = "http://pki.example/ca.crl"


@pytest.fixture
def server() -> Iterator[PkiServer]:
    with pki_server.serving() as place:
        yield place


def get(
    visitor: Visitor, url: str = CRL, *, most: int = 1 << 20, seconds: float = 5.0, **more: bytes
) -> bytes:
    return visitor.get(Wanted(url, most, **more), deadline=time.monotonic() + seconds)


def refusal(visitor: Visitor, url: str = CRL, **more: float | bytes) -> str:
    with pytest.raises(NotHad) as refused:
        get(visitor, url, **more)  # type: ignore[arg-type]  # handed on by name
    return str(refused.value)


def test_document_comes_whole_over_plain_http(server: PkiServer) -> None:
    assert get(server.visitor()) == server.crl("ca")
    assert server.asked == ["/ca.crl"]


def test_body_is_posted(server: PkiServer) -> None:
    server.special["/echo"] = lambda handler: answer(handler, handler.headers["Content-Length"].encode())
    assert get(server.visitor(), "http://pki.example/echo", body=b"12345") == b"5"


def test_too_much_is_not_read_to_its_end(server: PkiServer) -> None:
    server.special["/ca.crl"] = huge
    assert refusal(server.visitor(), most=100_000) == "larger than 100000 bytes"
    assert get(server.visitor(), "http://pki.example/root.crl", most=len(server.crl("root") or b""))


def test_drop_by_drop_ends_with_the_time(server: PkiServer) -> None:
    server.special["/ca.crl"] = slow
    start = time.monotonic()
    assert refusal(server.visitor(), seconds=0.4) == "no answer in time"
    assert time.monotonic() - start < 20


def test_another_status_is_no_document(server: PkiServer) -> None:
    assert refusal(server.visitor(), "http://pki.example/none.crl") == "HTTP 404"
    server.special["/ca.crl"] = lambda handler: answer(handler, b"x", 500)
    assert refusal(server.visitor()) == "HTTP 500"


def test_nobody_there_is_said(server: PkiServer) -> None:
    gone = server.visitor()
    server.http.server_close()
    assert refusal(gone).startswith(("ConnectError", "ReadError", "RemoteProtocolError"))


def test_redirection_within_the_public_is_followed(server: PkiServer) -> None:
    server.special["/old.crl"] = moved("/ca.crl")
    assert get(server.visitor(), "http://pki.example/old.crl") == server.crl("ca")


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/ca.crl", "http://127.0.0.1/ca.crl", "http://[::1]/ca.crl", "http://inside.example/ca.crl",
        "http://pki.example:8080/ca.crl", "ftp://pki.example/ca.crl", "file:///etc/passwd", "http://localhost/x",
        "http://169.254.169.254/latest/meta-data", "http://unknown.example/ca.crl",
    ],
)  # fmt: skip
def test_redirection_elsewhere_is_refused(server: PkiServer, location: str) -> None:
    server.special["/old.crl"] = moved(location)
    assert refusal(server.visitor(), "http://pki.example/old.crl").startswith("address refused")
    assert server.asked == ["/old.crl"]
    assert refusal(server.visitor(), location).startswith("address refused")


def test_redirections_end(server: PkiServer) -> None:
    server.special["/ca.crl"] = moved("/ca.crl")
    assert refusal(server.visitor()) == "redirected again and again"
    assert server.asked == ["/ca.crl"] * 3
    server.special["/ca.crl"] = lambda handler: answer(handler, b"", 302)
    assert refusal(server.visitor()) == "redirected nowhere"
    server.special["/ca.crl"] = moved("http://[")
    assert refusal(server.visitor()) == "redirected nowhere"


def test_what_is_posted_is_not_carried_elsewhere(server: PkiServer) -> None:
    server.special["/ca/ocsp"] = moved("/ca.crl")
    assert refusal(server.visitor(), "http://pki.example/ca/ocsp", body=b"x") == "HTTP 302"


def test_developer_may_ask_his_own_machine(server: PkiServer) -> None:
    url = f"http://127.0.0.1:{server.port}/ca.crl"
    assert get(Visitor(Guard(private=True)), url) == server.crl("ca")
    assert refusal(Visitor(Guard(plain=True)), url) == "address refused: not a public address"
    assert refusal(Visitor(Guard()), CRL) == "address refused: scheme"
