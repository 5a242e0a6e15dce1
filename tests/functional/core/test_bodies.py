"""Bodies of requests: bounded before they are read, copied in memory, and in a file that is closed."""

import gc

import pytest
from webtest import TestApp

from procurement.core.web.transactions import RETRY_BYTES
from procurement.core.web.views import BODY_BYTES

CLOCK = "/sandbox/clock"


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def padded(size: int) -> bytes:
    body = b'{"at": "2027-03-01T00:00:00Z", "frozen": true}'
    return body + b" " * (size - len(body))


def test_json_body_up_to_the_limit_is_read(app: TestApp) -> None:
    answer = app.post(CLOCK, padded(BODY_BYTES), content_type="application/json")
    assert answer.json == {"now": "2027-03-01T00:00:00+00:00"}


def test_json_body_beyond_the_limit_is_refused_with_a_sentence(app: TestApp) -> None:
    answer = app.post(CLOCK, padded(BODY_BYTES + 1), content_type="application/json", status=413)
    assert (answer.json["code"], answer.json["value"]) == ("api.body_too_large", BODY_BYTES)
    assert answer.json["detail"].startswith("Le corps de la requête dépasse la taille permise.")


@pytest.mark.parametrize("size", [64 * 1024, RETRY_BYTES - 100])
def test_form_of_any_size_leaves_no_file_open(app: TestApp, size: int) -> None:
    app.post("/connexion", "a=" + "b" * (size - 2), status=400)
    gc.collect()  # A file left open would be told of here, and fail this test.
