"""The walk-throughs of the shipped library: every step opens its page at its anchor, and is resumed where one stopped."""

from datetime import date, datetime
from pathlib import Path

import pytest
from webtest import TestApp

from clauses import service
from clauses.files.reader import read_library
from clauses.rules.model import Library
from procurement.core.runtime import Runtime
from procurement.core.seal import Sealer
from tests.factories import clause_pages
from tests.factories.accounts import Made, sign_in, sign_out
from tests.factories.clause_pages import ROOT, begin, form_with

STARTER = Path(__file__).parents[3] / "clauses" / "starter"


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def library(runtime: Runtime, now: datetime) -> Library:
    found = read_library(STARTER)
    said = service.Announcement(version="1.0", valid_from=date(2026, 1, 1), analyser="essai", changelog=())
    with runtime.database.write() as session:
        service.publish(session, service.sign(found, said, sealer=runtime.find(Sealer)), by=None, now=now)
    return found


def test_every_step_opens_its_page_at_its_anchor(
    app: TestApp, runtime: Runtime, buyer: Made, library: Library
) -> None:
    made = clause_pages.scene(app, runtime, buyer)
    for canvas in ("ccap", "rc"):
        begin(app, made, canvas)
    assert sorted(library.walkthroughs) == ["clause-sociale", "criteres", "premier-document"]
    for walk in library.walkthroughs.values():
        page = app.get(f"{ROOT}/parcours/{walk.id}")
        for number, step in enumerate(walk.steps):
            href = page.html.select(f"#etape-{number + 1} a")[0]["href"]
            opened = app.get(href)
            anchor = href.rpartition("#")[2]
            assert anchor == step.anchor
            if step.anchor not in library.facts:
                assert opened.html.select_one(f'[id="{anchor}"]') is not None, (walk.id, number)
            assert step.text in opened.html.select_one(".cl-walk").text


@pytest.mark.parametrize("step", ["99", "0000009", "1" * 30, "-1", "x"])
def test_step_that_is_none_is_refused(
    app: TestApp, runtime: Runtime, buyer: Made, library: Library, step: str
) -> None:
    clause_pages.scene(app, runtime, buyer)
    form = form_with(app.get(f"{ROOT}/parcours/premier-document"), "etape")
    form["etape"].force_value(step)
    assert form.submit(status="*").status_int in {404, 409, 422}


def test_tour_is_resumed_where_it_was_left_by_this_person_alone(
    app: TestApp, runtime: Runtime, buyer: Made, library: Library
) -> None:
    made = clause_pages.scene(app, runtime, buyer)
    begin(app, made, "rc")
    address = f"{ROOT}/parcours/premier-document"
    page = form_with(app.get(address), "etape").submit(status=303).follow()
    assert [tag.text for tag in page.html.select("#etape-2 .pl-status")] == ["La suivante"]
    token = page.html.select_one("[name=csrf_token]")["value"]
    app.post(address, {"csrf_token": token, "etape": "99"}, status=422)
    sign_out(app)
    sign_in(app, buyer.people["observer"])
    assert [tag.text for tag in app.get(address).html.select("#etape-1 .pl-status")] == ["La suivante"]
    sign_out(app)
    sign_in(app, buyer.people["drafter"])
    page = app.get(address)
    assert [tag.text for tag in page.html.select("#etape-1 .pl-status")] == ["Faite"]
    form = form_with(page, "etape")
    form.submit(status=303)
    app.get(f"{ROOT}/parcours/rien", status=404)
