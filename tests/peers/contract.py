"""Hold every exchange of a test against the contract of an API, the DUME's unless told, with openapi-core and outside the application."""

import json
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import OperationNotFound, PathNotFound
from webtest import TestApp, TestResponse

CONTRACT = Path(__file__).parents[2] / "dume" / "openapi.yaml"
_HOST = "http://localhost"
_METHOD_NOT_ALLOWED = 405


@cache
def contract(path: Path = CONTRACT) -> OpenAPI:
    """Return a contract, read once."""
    readers = dict.fromkeys(("application/problem+json", "application/merge-patch+json"), json.loads)
    return OpenAPI.from_file_path(str(path), config=Config(extra_media_type_deserializers=readers))


class Asked:
    """A request as openapi-core wants to see it."""

    def __init__(self, method: str, path: str, query: Mapping[str, str], headers: Any, body: bytes) -> None:
        self.host_url = _HOST
        self.path = path
        self.method = method.lower()
        self.body = body
        self.content_type = headers.get("Content-Type", "application/octet-stream")
        self.parameters = RequestParameters(query=dict(query), header=dict(headers), cookie={})


class Answered:
    """An answer as openapi-core wants to see it."""

    def __init__(self, answer: TestResponse) -> None:
        self.data = answer.body
        self.status_code = answer.status_int
        self.content_type = answer.content_type or ""
        self.headers = dict(answer.headers)


def check(answer: TestResponse, sent: bytes, held: Path = CONTRACT) -> None:
    """Raise AssertionError when an answer, or a request that was served, does not follow the contract.

    What stands outside the contract (pages, other rooms) is not looked at, nor a method that no operation has.
    """
    request = answer.request
    path = urlsplit(request.url).path
    if request.method == "HEAD" or answer.status_int == _METHOD_NOT_ALLOWED:
        return
    asked = Asked(request.method, path, request.GET, request.headers, sent)
    try:
        with warnings.catch_warnings():
            # openapi-core checks no OAuth2: who may do what is for the matrices.
            warnings.filterwarnings("ignore", "Unsupported scheme type", UserWarning)
            if answer.status_int < 400:  # HTTP's own number
                contract(held).validate_request(asked)
            contract(held).validate_response(asked, Answered(answer))
    except (PathNotFound, OperationNotFound):
        return
    except OpenAPIError as error:
        why = [str(error), *(str(one) for one in _causes(error))]
        raise AssertionError(f"{request.method} {path} -> {answer.status}: {' | '.join(why)}") from error


def _causes(error: BaseException) -> list[Any]:
    found: list[Any] = []
    at: BaseException | None = error
    while at is not None:
        found += getattr(at, "schema_errors", ())
        at = at.__cause__
    return found


class ContractApp(TestApp):
    """A client of the whole application that holds every exchange against the contract, and keeps the refusals."""

    #: The contract that exchanges are held against.
    held = CONTRACT

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.refusals: dict[str, str] = {}

    def do_request(self, req: Any, status: Any = None, expect_errors: Any = None) -> TestResponse:
        """Ask, check, and only then look at the status that the test expects."""
        raw = req.body_file_raw  # Read here: the application makes a file of a long one, and closes it.
        sent = raw.read()
        raw.seek(0)
        answer = super().do_request(req, status="*", expect_errors=True)
        if answer.content_type == "application/problem+json":
            self.refusals[answer.json["code"]] = answer.json["type"]
        check(answer, sent, self.held)
        if not expect_errors:
            self._check_status(status, answer)
        return answer
