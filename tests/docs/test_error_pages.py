"""The page that a problem document's ``type`` names, for every code of the source."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from webtest import TestApp

from procurement.core.error_catalogue import catalogue, explain

ROOT = Path(__file__).resolve().parents[2]
#: A code and its sentence as they stand in the text of the source: a second way to find them, without syntax trees.
REFUSAL = re.compile(
    r"\b(?:Conflict|Forbidden|Gone|Invalid|NotFound|TooLarge|DomainError|BadRequest)\(\s*\"([a-z_0-9.]+)\","
)
RAISED = re.compile(r'raise [\w.]+\(\s*"([a-z_0-9]+\.[a-z_0-9]+)"')


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_raised_code_is_known():
    files = [path for room in ("procurement", "signing") for path in (ROOT / room).rglob("*.py")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    raised = {*REFUSAL.findall(source), *RAISED.findall(source)}
    assert len(raised) > 100
    assert raised - set(catalogue()) == set()


def test_every_code_has_a_sentence():
    assert [code for code, explained in catalogue().items() if not explained.sentences] == []


def test_every_code_has_a_page(app: TestApp):
    for code, explained in catalogue().items():
        page = BeautifulSoup(app.get(f"/aide/erreurs/{code}").text, "html.parser")
        leads = [lead.get_text(strip=True) for lead in page.select("main p.pl-lead")]
        assert len(leads) == len(explained.sentences)
        assert [lead for lead in leads if "%(" in lead] == []
        assert page.select_one("h1 .pl-proof").get_text() == code


def test_a_page_puts_an_ellipsis_where_figures_stand(app: TestApp):
    page = BeautifulSoup(app.get("/aide/erreurs/notice.too_many_lots").text, "html.parser")
    assert page.select_one("p.pl-lead").get_text(strip=True) == (
        "Cet avis compte … lots ; une consultation en compte … au plus."
    )


def test_the_page_of_an_answer_is_the_one_its_type_names(app: TestApp):
    problem = app.get("/api/v1/nulle-part", status=404).json
    assert problem["code"] == "http.not_found"
    app.get(problem["type"].removeprefix("http://localhost"), status=200)


def test_open_families_have_pages(app: TestApp):
    for code in ("api.missing", "api.string_too_long", "http.method_not_allowed", "http.bad_request"):
        app.get(f"/aide/erreurs/{code}", status=200)


def test_an_unknown_code_has_no_page(app: TestApp):
    for code in ("bid.nothing", "api.nothing", "http.nothing", "nothing", "http.ok"):
        assert explain(code) is None
        app.get(f"/aide/erreurs/{code}", status=404)
