"""A DUME in a real Chromium: prefilled, answered with the keyboard alone, sealed in a bid, compared after the opening."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from procurement.cli.demo import dume, people
from procurement.cli.demo.actors import Buyer, Company
from tests.browser import tender
from tests.browser.stage import PATIENCE_MS
from tests.browser.tender import BIDDER, CITY_OPENER, Town

expect.set_options(timeout=60_000)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
    ),
]

#: The company of the keyboard's test: no other test fills its first DUME, which a later one would begin from.
NEWCOMER = people.cast()["numerique"].who("depositor").email
#: More steps of the Tab key than any page of questions has places.
MOST_TABS = 400
#: What stands under the focus: enough to know which key a person would press.
FOCUS = """() => {
  const it = document.activeElement;
  const box = it?.closest("form");
  return {
    tag: it?.tagName ?? "", type: it?.type ?? "", name: it?.name ?? "", value: it?.value ?? "", text: it?.textContent?.trim() ?? "",
    mode: it?.inputMode ?? "", checked: it?.checked ?? false, ours: Boolean(box && document.querySelector("main")?.contains(box)),
    chosen: it?.type === "radio" ? Boolean(box?.querySelector(`[name="${CSS.escape(it.name)}"]:checked`)) : false,
    free: it?.tagName === "SELECT" ? it.options[0]?.text === "Aucune" : false,
  };
}"""


@pytest.fixture(scope="module")
def town(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with tender.town(tmp_path_factory.mktemp("dume"), chromium) as found:
        yield found


@dataclass
class Asked:
    """A published consultation and the DUME that it asks for."""

    reference: str
    closes_at: Any
    request: str


def publish(town: Town, title: str) -> Asked:
    """Publish a consultation with its request."""
    found: list[str] = []

    def ask(buyer: Buyer, reference: str) -> None:
        found.append(dume.ask(buyer, reference))

    reference, closes_at = town.publish(title, before=ask)
    return Asked(reference, closes_at, found[0])


def after(town: Town, asked: Asked) -> None:
    """Let the deadline pass; everybody signs in anew."""
    town.clock.move_to(asked.closes_at)
    town.clock.advance(seconds=1)
    town.states.clear()


def join(page: Page, number: str) -> None:
    """Put a validated DUME into the bid being prepared, in one press."""
    entry = page.locator(f"[data-dume='{number}']")
    entry.get_by_role("button", name="Joindre au pli").click()
    expect(entry).to_contain_text("Joint, chiffré", timeout=PATIENCE_MS)


def open_candidatures(town: Town, asked: Asked) -> Page:
    """Open the candidatures with the city's key."""
    page = town.page(CITY_OPENER)
    page.goto(f"/consultations/{asked.reference}/ouvertures")
    page.get_by_role("radio", name="Candidature").check()
    page.get_by_role("button", name="Ouvrir la séance").click()
    expect(page.locator("#ouverture")).to_have_attribute("data-ready", "true")
    page.locator("#fichier-cle").set_input_files(town.keys[0].path)
    page.locator("#phrase").fill(town.keys[0].passphrase)
    page.get_by_role("button", name="Ouvrir les plis").click()
    expect(page.locator(".pl-envelope--opened")).to_have_count(1, timeout=PATIENCE_MS)
    return page


def until_proposed(page: Page, address: str) -> None:
    """Wait for what the sources propose: it comes a moment after the last of them has answered."""
    limit = time.monotonic() + PATIENCE_MS / 1000
    page.goto(address)
    while page.get_by_text("Proposé par les sources").count() == 0:
        assert time.monotonic() < limit, page.locator("main").inner_text()
        page.wait_for_timeout(200)
        page.reload()


def tab_to(page: Page, button: str) -> None:
    """Walk with the Tab key, answering what is met without an answer, to a button; press it."""
    for _step in range(MOST_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["ours"] and focus["tag"] == "BUTTON" and focus["text"].startswith(button):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
        if focus["ours"]:
            press(page, focus)
    raise AssertionError(f"the Tab key never reached {button}: {page.locator('main').inner_text()[:500]}")


def press(page: Page, focus: dict[str, Any]) -> None:
    """Answer as a person would who has no mouse."""
    kind, empty = focus["type"], not focus["value"]
    if kind == "radio" and not focus["chosen"]:
        page.keyboard.press("ArrowDown")  # From « Oui » to « Non ».
    elif kind == "checkbox" and not focus["checked"]:
        page.keyboard.press("Space")
    elif kind == "date" and empty:
        # The same day whichever of day and month comes first; a period ends after it began.
        page.keyboard.type("12122025" if focus["name"].endswith("|end") else "01012020")
    elif focus["tag"] == "SELECT" and empty and not focus["free"]:
        page.keyboard.press("ArrowDown")
    elif kind in WRITTEN and empty and not focus["name"].endswith(("|unit", "|currency")):
        page.keyboard.type(WORDS.get(focus["name"], "2025" if focus["mode"] else "Sans objet"))


WRITTEN = frozenset({"text", "url", "email", "tel", "textarea"})
WORDS = {
    "telephone": "0476000000",
    "website": "https://proprete.example",
    "email": "contact@proprete.example",
    "contact": "Sandrine Pons",
}


def answer_with_the_keyboard(page: Page, asked: Asked) -> str:
    """Enter the SIRET, see the data come in, answer what is left, validate; return the DUME's identifier."""
    page.goto(f"/consultations/{asked.reference}/depot")
    page.get_by_role("link", name="Remplir un DUME pour cette consultation").click()
    tab_to(page, "Commencer")
    # The SIRET is that of the account; the sources answer one after the other, while the page shows it.
    tab_to(page, "Demander aux sources")
    page.wait_for_url("**/sources")
    expect(page.locator("main")).not_to_contain_text("En cours", timeout=PATIENCE_MS)
    base = page.url.removesuffix("/sources")
    until_proposed(page, f"{base}/entreprise")
    tab_to(page, "Confirmer ce qui est coché")
    page.goto(f"{base}/entreprise")
    tab_to(page, "Enregistrer et continuer")
    page.goto(base)
    first = page.locator(".pl-tasks a[href*='/partie/']").first.get_attribute("href")
    assert first is not None
    page.goto(first)
    for _part in range(30):
        if page.url.endswith("/relire"):
            break
        tab_to(page, "Enregistrer et continuer")
    tab_to(page, "Valider le DUME")
    expect(page.locator("main")).to_contain_text("Votre DUME est validé")
    return base.rsplit("/", 1)[1]


def test_company_answers_with_the_keyboard_seals_and_the_buyer_compares(town: Town, tmp_path: Path) -> None:
    asked = publish(town, "Nettoyage des écoles maternelles")
    page = town.page(NEWCOMER)
    number = answer_with_the_keyboard(page, asked)
    tender.begin_deposit(page, asked.reference)
    join(page, number)
    offer = tmp_path / "offre.txt"
    offer.write_text("Une offre.\n")
    tender.add_files(page, offer)
    tender.arrived(page, 2)
    tender.seal(page)
    expect(page.locator("main")).to_contain_text(f"DUME-{number}.xml")
    after(town, asked)
    room = open_candidatures(town, asked)
    room.goto(f"/consultations/{asked.reference}/ouvertures")
    room.get_by_role("link", name="Comparer les DUME des candidats").click()
    main = room.locator("main")
    expect(main).to_contain_text(number)
    expect(main).to_contain_text("Même DUME que dans le pli")
    expect(main).to_contain_text("Chiffre d’affaires annuel général")
    room.set_viewport_size({"width": 320, "height": 900})
    assert room.evaluate("document.documentElement.scrollWidth") <= 320


def test_dume_that_changed_is_joined_again_before_the_bid_is_sealed(town: Town) -> None:
    asked = publish(town, "Nettoyage des gymnases")
    company = Company(town.address, people.cast()["proprete"], town.keys[0].path.parent / "proprete")
    number, _sources = dume.respond(company, asked.request)
    page = town.page(BIDDER)
    tender.begin_deposit(page, asked.reference)
    join(page, number)
    tender.arrived(page, 1)
    base = f"/dume/mes-dume/{number}"
    company.browser.post_form(f"{base}/entreprise", {"telephone": "04 76 11 22 33"})
    page.get_by_role("button", name="Relire et sceller").click()
    expect(page.locator("#depot-erreur")).to_contain_text("Ce DUME n’est pas validé")
    company.browser.post_form(f"{base}/relire", {})
    page.get_by_role("button", name="Relire et sceller").click()
    expect(page.locator("#depot-erreur")).to_contain_text(f"Le DUME {number} a changé")
    page.locator(".pl-file").filter(has_text=f"DUME-{number}").get_by_role("button", name="Retirer").click()
    join(page, number)
    tender.seal(page)


def member(town: Town, slug: str, consortium: str) -> str:
    """Let a company accept its invitation in a browser of its own and answer; return its DUME."""
    company = Company(town.address, people.cast()[slug], town.keys[0].path.parent / slug)
    person = people.cast()[slug].who("depositor").email
    page = town.page(person)
    page.goto(town.mail_link(person, "/groupement/"))
    page.get_by_role("button", name="Accepter pour").click()
    page.wait_for_url(f"**{consortium}")
    link = page.get_by_role("link", name="Remplir mon DUME").get_attribute("href")
    assert link is not None
    number = link.rsplit("/", 1)[1]
    dume.complete(company, number)
    return number


def invite(page: Page, consortium: str, slug: str) -> None:
    """Invite a company by mail."""
    page.goto(f"{consortium}/inviter")
    page.get_by_label("Nom de l’entreprise").fill(slug)
    page.get_by_label("Adresse électronique").fill(people.cast()[slug].who("depositor").email)
    page.locator("input[name='siret']").fill(people.cast()[slug].siret)
    page.get_by_role("radio", name="Cotraitant").check()
    page.get_by_role("button", name="Envoyer l’invitation").click()
    page.wait_for_url(f"**{consortium}")


def test_three_companies_answer_together(town: Town) -> None:
    asked = publish(town, "Nettoyage des médiathèques")
    lead = Company(town.address, people.cast()["proprete"], town.keys[0].path.parent / "mandataire")
    number, _sources = dume.respond(lead, asked.request, role="group-lead")
    page = town.page(BIDDER)
    page.goto(f"/groupement/nouveau/{number}")
    page.get_by_label("Nom du groupement").fill("Groupement des trois")
    page.locator("main form button[type='submit']").click()
    page.wait_for_url("**/groupement/espace/*")
    consortium = page.url.removeprefix(town.address)
    for slug in ("faure", "lebrun"):
        invite(page, consortium, slug)
    numbers = [member(town, slug, consortium) for slug in ("faure", "lebrun")]
    page.goto(consortium)
    expect(page.locator("main")).to_contain_text("Rien ne manque")
    tender.begin_deposit(page, asked.reference)
    page.get_by_role("radio", name="En groupement, comme mandataire").check()
    page.locator("#membres").fill("\n".join(people.cast()[slug].siret for slug in ("faure", "lebrun")))
    expect(page.locator("#dume")).to_contain_text("les DUME validés des autres membres partent avec le vôtre")
    join(page, number)
    tender.seal(page)
    after(town, asked)
    room = open_candidatures(town, asked)
    room.goto(f"/consultations/{asked.reference}/comparaison")
    rows = room.locator("table").first.locator("tbody tr")
    expect(rows).to_have_count(3)
    assert [any(one in row for row in rows.all_inner_texts()) for one in (number, *numbers)] == [
        True,
        True,
        True,
    ]
    expect(rows.first).to_contain_text("Mandataire du groupement")
