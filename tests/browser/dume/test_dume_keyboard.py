"""A company enters its SIRET, sees its data arrive, and answers what is left with the keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dume import queries
from procurement.accounts.rules import digest
from procurement.cli.demo import people, server
from procurement.core.vault import KeyVault
from tests.browser import dumes, stage

expect.set_options(timeout=60_000)
pytestmark = pytest.mark.browser

#: More steps of the Tab key than any page here has places.
MOST_TABS = 300
HERE = """() => {
  const it = document.activeElement;
  return [it?.getAttribute("name") ?? "", it?.getAttribute("type") ?? "", it?.getAttribute("value") ?? "",
    it?.textContent?.trim() ?? ""];
}"""


@pytest.fixture(scope="module")
def alone(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[stage.Server, str]]:
    """Serve an application with one published request, and a draft behind a link that answers it."""
    folder: Path = tmp_path_factory.mktemp("keyboard")
    runtime = stage.build(folder)
    people.load(runtime, runtime.clock.now())
    with server.serving(runtime) as address:
        found = stage.Server(address, runtime, chromium)
        made = dumes.ids(runtime, found.organisation("ville"), found.organisation("medilog"))
        yield found, made["dume_response"]


def tab_to(page: Page, *, name: str = "", value: str = "", text: str = "") -> None:
    """Press Tab until the place that is meant has the focus."""
    for _step in range(MOST_TABS):
        page.keyboard.press("Tab")
        at = page.evaluate(HERE)
        if (not name or at[0] == name) and (not value or at[2] == value) and (not text or text in at[3]):
            return
    raise AssertionError(f"no place named {name or text} is reached with the keyboard")


def answer_no(page: Page) -> int:
    """Answer no to every question of a page that asks yes or no; return how many there were."""
    names = page.evaluate(
        "[...new Set([...document.querySelectorAll(\"input[type='radio']\")]"
        ".filter((one) => one.checkVisibility()).map((one) => one.name))]"
    )
    for _name in names:
        for _step in range(MOST_TABS):
            page.keyboard.press("Tab")
            at = page.evaluate(HERE)
            if at[1] == "radio" and at[0] in names:
                break
        # One stop of the Tab key per question; the arrows choose, from « oui » to « non ».
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
    return len(names)


def test_siret_then_keyboard(alone: tuple[stage.Server, str]) -> None:
    site, secret = alone
    context = site.context()
    page = context.new_page()
    page.goto(f"/dume/brouillon/{secret}/siret")
    tab_to(page, name="siret")
    page.keyboard.type(dumes.COMPLETE_SIRET)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce que disent les sources")
    said = page.locator("[data-sources-said]")
    # The page was drawn while the sources were asked: what follows comes without loading it again.
    expect(said).to_have_text("Toutes les sources ont répondu.")
    assert page.locator("[data-source] .pl-status--ok").count() > 3  # Several sources gave something.
    tab_to(page, text="Voir ce qui est proposé")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui a changé")
    first = page.locator("input[name='confirme']").first
    value = first.get_attribute("value") or ""
    tab_to(page, name="confirme", value=value)
    page.keyboard.press("Space")
    tab_to(page, text="Confirmer ce qui est coché")
    page.keyboard.press("Enter")
    expect(page.locator(".pl-flashes")).to_contain_text("1 valeur confirmée.")
    page.goto(f"/dume/brouillon/{secret}/partie/iii-a")
    page.locator("form[data-ready]").wait_for()
    assert answer_no(page) == 6  # the grounds of part III.A
    tab_to(page, text="Enregistrer et continuer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Impôts et cotisations sociales")
    with site.runtime.database.read() as session:
        vault = site.runtime.find(KeyVault)
        row = queries.by_secret(session, digest(secret), now=site.clock.now())
        given = [one for one in queries.document(session, vault, row).answers if one.value is False]
    assert len(given) == 6
    context.close()


def test_hidden_questions_show_at_once_with_a_script(alone: tuple[stage.Server, str]) -> None:
    site, secret = alone
    context = site.context()
    page = context.new_page()
    page.goto(f"/dume/brouillon/{secret}/partie/iii-c")
    page.locator("form[data-ready]").wait_for()
    part = page.locator("[data-when]").first
    expect(part).to_be_hidden()
    page.locator("input[type='radio'][value='yes']").first.check()
    expect(part).to_be_visible()
    page.locator("input[type='radio'][value='no']").first.check()
    expect(part).to_be_hidden()
    context.close()
