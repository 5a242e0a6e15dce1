"""What a wrong request gets: a page or a problem document, with the headers, never a traceback."""

import pytest
from webtest import TestApp


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("address", ["/recherche?q=%E9", "/%E9", "/consultations/%FF", "/?lang=%E9"])
def test_address_that_is_no_utf8_is_a_400_page(app: TestApp, address: str) -> None:
    response = app.get(address, status=400)
    assert "caractères illisibles" in response.text


def test_form_in_another_charset_is_refused_with_a_sentence(app: TestApp) -> None:
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    assert "caractères illisibles" in app.post("/connexion", b"x", content_type=kind, status=400).text


def test_unknown_address_is_a_page_for_people_and_a_problem_for_programs(app: TestApp) -> None:
    assert app.get("/nulle-part", status=404).content_type == "text/html"
    problem = app.get("/api/v1/nulle-part", status=404)
    assert (problem.content_type, problem.json["status"], problem.json["code"]) == (
        "application/problem+json",
        404,
        "http.not_found",
    )


def test_unsafe_request_without_csrf_token_is_refused_with_a_sentence(app: TestApp) -> None:
    response = app.post("/connexion", {"email": "a@example.org"}, status=400)
    assert "session a expiré" in response.text


def test_sandbox_clock_is_moved_by_an_aware_instant_only(app: TestApp) -> None:
    assert app.post_json("/sandbox/clock", {"at": "2027-03-01T00:00:00Z", "frozen": True}).json == {
        "now": "2027-03-01T00:00:00+00:00"
    }
    assert (
        app.post_json("/sandbox/clock", {"at": "2027-03-01T00:00:00"}, status=422).json["errors"][0][
            "pointer"
        ]
        == "/at"
    )
