"""No address reads an endless body into memory, whoever sends it and whatever it calls itself."""

import pytest
from webob import Request

from procurement.core.runtime import Runtime

FORM = "application/x-www-form-urlencoded"
TOO_MUCH = (4 << 20) + 1


class Endless:
    """A body that fails the test when more of it is read than any view may hold."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1, /) -> bytes:
        self.taken += size
        assert size >= 0
        assert self.taken <= TOO_MUCH
        return b"a" * size

    def readline(self, size: int = -1, /) -> bytes:
        return self.read(size)


def send(runtime: Runtime, path: str, kind: str, **environ: str) -> int:
    """Send a body without end; the application must answer without reading it."""
    body = Endless()
    request = Request.blank(path, method="POST")
    request.environ |= {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_TYPE": kind}
    request.environ.pop("CONTENT_LENGTH", None)
    request.environ.update(environ)
    status = int(request.get_response(runtime.app).status_int)
    assert body.taken == 0
    return status


@pytest.mark.parametrize("path", ["/connexion", "/mot-de-passe/oublie", "/inscription", "/deconnexion"])
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "application/json"])
def test_large_form_of_a_stranger_is_refused_unread(runtime: Runtime, path: str, kind: str) -> None:
    assert send(runtime, path, kind, CONTENT_LENGTH=str(1 << 40)) == 413


@pytest.mark.parametrize("path", ["/connexion", "/deconnexion"])
def test_form_of_unknown_length_is_refused_unread(runtime: Runtime, path: str) -> None:
    assert send(runtime, path, FORM, HTTP_TRANSFER_ENCODING="chunked") == 411


def test_streaming_address_does_not_look_for_a_token_in_the_body(runtime: Runtime) -> None:
    assert send(runtime, "/api/v1/poste/envoi", FORM, CONTENT_LENGTH=str(1 << 40)) == 413
