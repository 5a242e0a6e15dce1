"""Every HTML page holds no accessibility fault that axe finds, at both widths."""

import os
from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Page

from tests.browser.cases import CASES, CLAUSES, NO_PAGE, Case
from tests.browser.stage import Demo

pytestmark = pytest.mark.browser

WIDTHS = (1280, 320)
FULL = os.environ.get("PLI_TEST_SCALE") == "full"
#: Every state of every page at night; at each run the filled state of each, which is listed first.
SHOWN = CASES if FULL else list({case.route: case for case in reversed(CASES)}.values())
#: Both languages at night. At each run the second one where it changes more than sentences: the pages of drafting mix
#: French words of documents into an English page, and have to say of each which it is.
BOTH = [
    (language, case)
    for case in SHOWN
    for language in ("fr", "en")
    if FULL or language == "fr" or case in CLAUSES
]
#: What Chromium itself writes when a form comes back with 422: no fault of the page.
REFUSAL = "Failed to load resource: the server responded with a status of"


def test_every_page_route_has_a_case(demo: Demo) -> None:
    routes = {
        view.route
        for view in demo.runtime.registry["pli.views"]
        if view.kind == "page" and "GET" in view.methods
    }
    assert routes - {case.route for case in CASES} == set(NO_PAGE)


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds: rule and the elements concerned. axe itself stays in the page from the first call on."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize(
    ("language", "case"), BOTH, ids=lambda one: one if isinstance(one, str) else one.name
)
def test_page_passes_axe(
    case: Case,
    language: str,
    demo: Demo,
    pages: Callable[[str | None], Page],
    console: Callable[[Page], list[str]],
) -> None:
    page = pages(case.person)
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    errors = console(page)
    response = case.show(page, demo, language)
    assert response.status == case.status
    assert page.locator("html").get_attribute("lang") == language
    # The second language is as wide as the first: what differs is read once.
    for width in WIDTHS if FULL or language == "fr" else WIDTHS[1:]:
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [error for error in errors if case.status == 200 or not error.startswith(REFUSAL)] == []  # HTTP
