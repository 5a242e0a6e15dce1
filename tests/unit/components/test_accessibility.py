"""Walk the style guide with axe, in Chromium, at both ends of the width range and in both colour schemes."""

import functools
import http.server
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.browser


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def site(render, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "static").symlink_to(ROOT / "procurement/static")
    for name in ("styleguide", "home", "help"):
        (folder / f"{name}.html").write_text(
            render(f"core/{name}.html", has_route=lambda route: route != "bids.api.clock")
        )
    (folder / "clock.html").write_text(render("core/styleguide.html"))
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def visit(chromium, site):
    """Open a page; errors of its scripts fail the test."""
    contexts = []

    def _visit(name, width=1280, scheme="light", answers=None, **more):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
        contexts.append(context)
        for address, answer in (answers or {}).items():
            context.route(f"**{address}", lambda route, _request, answer=answer: route.fulfill(**answer))
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{site}/{name}.html", wait_until="networkidle")
        return page

    yield _visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", ["styleguide", "home", "help"])
def test_page_has_no_violation_and_fits_its_width(visit, name, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(name, width, scheme)
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert [
        (rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found.response["violations"]
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.errors == []


def test_chevron_of_the_breadcrumb_never_stands_alone_on_a_line(visit):
    page = visit("styleguide", 320)
    found = page.evaluate("""[...document.querySelectorAll('.pl-breadcrumb li:not(:first-child)')].map((item) => {
      const place = item.querySelector('a, span');
      place.textContent = 'Cahier des clauses administratives particulières, ' + 'un mot long '.repeat(4);
      const beside = place.getBoundingClientRect().left - item.getBoundingClientRect().left;
      return [beside > 12, place.getBoundingClientRect().top - item.getBoundingClientRect().top < 10];
    })""")
    assert found
    assert all(all(one) for one in found), found
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_targets_are_24_pixels_or_more(visit):
    page = visit("styleguide", 320)
    small = page.evaluate("""[...document.querySelectorAll('a, button, input, select, textarea, summary')]
      .filter((element) => !element.closest('p, dd, .pl-skip') && element.checkVisibility())
      .map((element) => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
      .filter(([, box]) => box.height < 23.5 || box.width < 23.5).map(([html]) => html)""")
    assert small == []


def test_skip_link_is_the_first_stop_and_leads_to_the_content(visit):
    page = visit("home")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "pl-skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"


def test_menu_opens_and_closes_by_keyboard_on_a_narrow_screen(visit):
    page = visit("home", 320)
    page.locator("details.pl-menu summary").press("Enter")
    assert page.locator("details.pl-menu").get_attribute("open") == ""
    page.keyboard.press("Escape")
    assert page.locator("details.pl-menu").get_attribute("open") is None


def test_error_summary_takes_the_focus_and_leads_to_the_field(visit):
    page = visit("styleguide")
    page.wait_for_function("document.activeElement.matches('[data-pl-errors]')")
    page.locator("[data-pl-errors] a").last.click()
    assert page.evaluate("document.activeElement.id") == "poids"


def test_dialog_opens_as_a_modal_and_gives_the_focus_back(visit):
    page = visit("styleguide")
    opener = page.locator("#exemple-dialogue summary")
    opener.click()
    assert page.locator("dialog.pl-modal").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog.pl-modal").is_visible()
    assert page.evaluate("document.activeElement.parentElement.id") == "exemple-dialogue"


def test_countdown_crosses_the_deadline_by_the_server_clock(visit, site):
    page = visit("styleguide")
    soon = page.locator(".pl-countdown").nth(1)
    assert soon.locator("b").all_text_contents()[:2] == ["0", "00"]
    assert "pl-countdown--soon" in soon.get_attribute("class").split()
    assert (
        page.locator(".pl-countdown").nth(2).locator("[data-pl-spoken]").text_content()
        == "Le délai est dépassé : votre pli sera reçu et signalé hors délai."
    )


def test_page_works_without_script(visit):
    page = visit("styleguide", java_script_enabled=False)
    page.locator("#exemple-dialogue summary").click()
    assert page.locator("#exemple-dialogue .pl-dialog__body").is_visible()
    assert (
        page.locator("[data-pl-server]").first.text_content()
        == "Heure du serveur à l’affichage de cette page : 10:41:07."
    )


def test_countdown_follows_the_measured_server_clock(visit):
    answer = {"status": 200, "json": {"now": "2027-03-09T10:41:07.000Z"}}
    page = visit("clock", answers={"/bids/api/clock": answer})
    page.wait_for_function("document.querySelectorAll('.pl-countdown--late').length === 2")
    crossed = page.locator(".pl-countdown").nth(1)
    assert crossed.locator("[data-pl-server]").text_content().startswith("Heure du serveur : 11:41:")
    assert (
        crossed.locator("[data-pl-spoken]").text_content()
        == "Le délai est dépassé : votre pli sera reçu et signalé hors délai."
    )


def test_copy_button_copies_without_spaces(visit):
    page = visit("styleguide", permissions=["clipboard-read", "clipboard-write"])
    page.locator("[data-pl-copy]").click()
    page.wait_for_function("document.querySelector('[data-pl-copy]').textContent === 'Copié'")
    assert page.evaluate("navigator.clipboard.readText()") == "VSO-2027-014"
