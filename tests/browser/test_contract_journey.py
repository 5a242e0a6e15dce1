"""A buyer writes the contract documents in a real Chromium: asked once, explained, saved while typed, validated, attached, brought to a new release."""

import hashlib
import io
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from playwright.sync_api import Browser, Locator, Page, expect

from clauses import queries, service
from clauses.queries.releases import in_force
from procurement.cli.demo import contracts as library
from procurement.cli.demo import people, server
from procurement.cli.demo.actors import Buyer
from procurement.core.seal import Sealer
from tests.browser.stage import PATIENCE_MS, PUBLISHER, Server, build

expect.set_options(timeout=30_000)
pytestmark = pytest.mark.browser

DRAFTER = "redactrice@ministere.example"
TITLE = "Entretien des espaces verts"
LOTS = ("Sites de l’ouest", "Sites de l’est")
CLAUSE = "rc.dce.modification"
OPENING = "Les questions sont posées par écrit"
#: A question of the first chapter, and the clause that hangs on it.
FACT, HANGING = "groupement_commandes", "#clause-rc\\.groupement_commandes"
NARROW = {"width": 320, "height": 900}
WIDE = {"width": 1280, "height": 900}
#: Fill in what a chapter asks, as a person would who has no particular wish; return the questions.
FILL = """(wanted) => {
  const groups = [...document.querySelectorAll("[data-asked] [data-fact]")].filter((one) => !one.hidden);
  for (const group of groups) {
    const fact = group.dataset.fact;
    const radios = [...group.querySelectorAll("input[type='radio']")];
    if (radios.length) {
      (radios.find((one) => one.value === (wanted[fact] ?? "non")) ?? radios[0]).checked = true;
      continue;
    }
    for (const one of group.querySelectorAll("select, textarea, input:not([type='hidden'])")) {
      const row = one.name.match(/:(\\d+):(\\w+)$/);
      if (row) { one.value = wanted[fact]?.[row[1]]?.[row[2]] ?? ""; continue; }
      if (one.type === "checkbox") { one.checked ||= !group.querySelector(":checked"); continue; }
      if (one.value) continue;
      if (one.tagName === "SELECT") one.selectedIndex = 1;
      else one.value = wanted[fact] ?? wanted[one.name.split(":")[2]] ?? (one.inputMode ? "30" : "Direction des achats");
    }
  }
  return groups.map((one) => one.dataset.fact);
}"""
WANTED = {
    "type_contrat": "S",
    "nb_tranches_optionnelles": "0",
    "nb_reconductions": "0",
    "siret": "10001990000016",
    "courriel": "greffe@tribunal.example",
    "criteres": [
        {"critere": "Prix", "poids": "60", "environnemental": "non"},
        {"critere": "Environnement", "poids": "40", "environnemental": "oui"},
    ],
}


@dataclass
class Office(Server):
    """A server with a ministry that drafts and validates, the clause library, and a consultation with two lots."""

    reference: str = ""
    drafts: str = ""
    buyer: Buyer = None  # type: ignore[assignment]  # set by ``office``

    def page(self, person: str = DRAFTER) -> Page:
        """Return a page of a new browser profile, which forgets nothing typed by itself."""
        return self.context(person, viewport=WIDE).new_page()

    def begin(self, canvas: str, lot: int = 0) -> str:
        """Begin a document as the form does; return its address."""
        form = self.buyer.drafter.get(self.drafts).tree
        lots = ["", *form.xpath("//input[@name='lot']/@value")[1:]]
        answer = self.buyer.drafter.post_form(self.drafts, {"canvas": canvas, "lot": lots[lot], "title": ""})
        return str(answer.url.removeprefix(self.address))

    def draft(self, address: str) -> Any:
        """Return a document as it is stored."""
        with self.runtime.database.read() as session:
            return queries.view(session, _id(address))


@pytest.fixture(scope="module")
def office(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    runtime = build(tmp_path_factory.mktemp("contracts") / "server")
    people.load(runtime, runtime.clock.now())
    library.load(runtime)
    with server.serving(runtime) as address:
        found = Office(address, runtime, chromium, buyer=Buyer(address, people.cast()["ministere"]))
        found.reference = _consultation(found)
        root = found.buyer.drafter.get(f"/acheteur/consultations/{found.reference}/pieces")
        found.drafts = root.url.removeprefix(address)
        yield found


def _consultation(office: Office) -> str:
    buyer = office.buyer
    reference = buyer.create(TITLE)
    about = {"title": TITLE, "description": "Tonte et taille.", "cpv": "77310000", "nuts": "FR101"}
    buyer.section(reference, "identite", **about, estimated="90000")
    buyer.section(reference, "procedure", procedure="mapa", nature="services", buyer_category="central")
    for title in LOTS:
        buyer.add_lot(reference, title)
    buyer.set_deadline(reference, office.clock.now() + timedelta(days=45))
    return reference


def _id(address: str) -> uuid.UUID:
    return uuid.UUID(address.split("/redaction/", 1)[1][:36])


def fits(page: Page) -> None:
    """Hold the page against the narrowest screen: nothing is scrolled sideways."""
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], page.url
    page.set_viewport_size(WIDE)


def saved(page: Page) -> Locator:
    return page.locator("form[data-words] [data-saved]")


def answer_everything(page: Page, address: str) -> set[str]:
    """Go through the chapters by their button until nothing is asked; return what was asked."""
    found: set[str] = set()
    page.goto(f"{address}/chapitres/1")
    while True:
        asked = set(page.evaluate(FILL, WANTED))
        assert not found & asked, "a question is asked again"
        found |= asked
        button = "Enregistrer et voir l’effet" if asked else "Enregistrer, puis chapitre suivant"
        way = page.get_by_role("button", name=button).or_(page.get_by_role("link", name="Chapitre suivant"))
        if way.count() == 0:
            return found
        with page.expect_navigation():
            way.first.click()
        expect(page.locator(".pl-error-summary")).to_have_count(0)


def asked_in(office: Office, address: str) -> set[str]:
    """Return what a document asks."""
    with office.runtime.database.read() as session:
        return {one.fact for one in queries.desk_of(session, _id(address)).questions}


def begin_by_page(page: Page, office: Office, canvas: str) -> str:
    page.goto(f"/acheteur/consultations/{office.reference}")
    page.get_by_role("link", name="Pièces du marché").click()
    page.locator(f"input[name='canvas'][value='{canvas}']").check()
    fits(page)
    page.get_by_role("button", name="Commencer la rédaction").click()
    page.wait_for_url(re.compile(r"/acheteur/redaction/[0-9a-f-]{36}$"))
    fits(page)
    return page.url.removeprefix(office.address)


def answer_one_and_see_its_effect(page: Page, address: str) -> None:
    """Choose an answer: it is saved at once, and the clause that hung on it leaves those to decide."""
    page.goto(f"{address}/chapitres/1")
    expect(page.locator("form[data-wizard]")).to_have_attribute("data-ready", "true")
    group = page.locator(f"[data-fact='{FACT}']")
    expect(page.locator(f"[data-region='waiting'] {HANGING}")).to_have_count(1)
    group.get_by_role("radio", name="Non", exact=True).check()
    expect(group.locator("[data-saved]")).to_contain_text("Enregistré à")
    expect(page.locator(f"[data-region='outside'] {HANGING}")).to_have_count(1)
    fits(page)


def see_the_habit_offered(page: Page, address: str) -> None:
    """Answer what is nobody's purchase: the button about one's usual answer comes with the save, without a new page."""
    page.goto(f"{address}/chapitres/6")
    expect(page.locator("form[data-wizard]")).to_have_attribute("data-ready", "true")
    group = page.locator("[data-fact='demat_exception']")
    offered = group.get_by_role("button", name="En faire ma réponse habituelle")
    expect(offered).to_have_count(0)
    group.get_by_role("radio", name="Non", exact=True).check()
    expect(offered).to_be_visible()


def read_why(page: Page, address: str) -> None:
    page.goto(f"{address}/chapitres/1")
    page.locator(HANGING).get_by_role("link", name="Pourquoi pas ?").click()
    why = page.locator("#pourquoi")
    expect(why.get_by_role("heading", level=2)).to_have_text("Pourquoi pas cette clause ?")
    expect(why).to_contain_text("Clause écartée")
    page.locator("#clause-rc\\.objet").get_by_role("link", name="Pourquoi cette clause ?").click()
    expect(why).to_contain_text("Clause présente")
    fits(page)


def read_and_hand_over(page: Page, office: Office, address: str) -> None:
    """Read two clauses on the page of checks; the others are read elsewhere; hand the document over."""
    page.goto(f"{address}/controles")
    fits(page)
    for _clause in range(2):
        row = page.locator("section[aria-labelledby='non-lues'] li").first
        row.locator("summary").click()
        expect(row.locator(".doc-clause")).to_be_visible()
        row.get_by_role("button").click()
        page.wait_for_url("**/controles#non-lues")
    draft = office.draft(address)
    with office.runtime.database.write() as session:
        for key in queries.desk_of(session, draft.id).included:
            service.acknowledge(session, draft.id, key, by=_writer(office), now=office.clock.now())
    page.goto(f"{address}/controles")
    expect(page.locator("main")).to_contain_text("Tous les contrôles passent")
    page.get_by_role("button", name="Transmettre").click()
    expect(page.locator("main")).to_contain_text("Le document est transmis pour validation")
    expect(page.get_by_role("button", name="Valider le document")).to_have_attribute("aria-disabled", "true")


def _writer(office: Office) -> Any:
    from tests.browser.contracts import _who

    return _who(office.organisation("ministere"))


def validate(office: Office, address: str) -> None:
    page = office.page(PUBLISHER)
    page.goto(f"{address}/controles")
    page.get_by_role("button", name="Valider le document").click()
    expect(page.locator("main")).to_contain_text("Le document est validé")
    page.context.close()


def attach(page: Page, office: Office, address: str) -> None:
    """Put it into the tender documents in one click; what is downloaded there has the digest of what was made."""
    page.goto(address)
    page.get_by_role("button", name="Joindre au dossier").click()
    told = page.locator("main").inner_text()
    digest = re.search(r"SHA-256 : ([0-9a-f]{64})", told)
    assert digest, told
    with office.runtime.database.read() as session:
        made = [one.sha256 for one in queries.artefacts(session, _id(address))]
    page.goto(f"/acheteur/consultations/{office.reference}/documents")
    fits(page)
    with page.expect_download() as download:
        page.locator("main a[href*='/documents/']").filter(has_text="RC").first.click()
    content = Path(download.value.path()).read_bytes()
    assert [hashlib.sha256(content).hexdigest()] == made == [digest[1]]


def test_buyer_answers_once_understands_has_it_validated_and_attaches_it(office: Office) -> None:
    page = office.page()
    rc = begin_by_page(page, office, "rc")
    stored = set(office.draft(rc).facts)
    assert {"objet", "procedure", "montant_estime", "lots"} <= stored
    answer_one_and_see_its_effect(page, rc)
    see_the_habit_offered(page, rc)
    asked = answer_everything(page, rc)
    assert not asked & stored
    read_why(page, rc)
    first, second = office.begin("ccap", 1), office.begin("ccap", 2)
    assert [office.draft(one).lot_title for one in (first, second)] == list(LOTS)
    assert not (asked | stored) & asked_in(office, first)
    page.goto(f"{rc}/apercu")
    fits(page)
    read_and_hand_over(page, office, rc)
    validate(office, rc)
    attach(page, office, rc)
    page.context.close()


def open_clause(office: Office, page: Page, address: str) -> Locator:
    page.goto(f"{address}/clauses/{CLAUSE}")
    expect(page.locator("form[data-words]")).to_have_attribute("data-ready", "true")
    return page.locator("#body")


def test_words_typed_through_a_cut_line_are_all_there_after_a_reload(office: Office) -> None:
    rc, page = office.begin("rc"), office.page()
    box = open_clause(office, page, rc)
    box.press("Control+End")
    page.keyboard.type("\n\nPremier ajout.")
    expect(saved(page)).to_contain_text("Enregistré à")
    page.context.set_offline(True)
    page.keyboard.type(" Deuxième ajout.")
    expect(saved(page)).to_contain_text("Pas encore enregistré")
    page.keyboard.type(" Troisième ajout.")
    typed = box.input_value()
    page.context.set_offline(False)
    expect(saved(page)).to_contain_text("Enregistré à")
    assert office.draft(rc).texts[CLAUSE] == typed.strip()
    page.reload()
    assert box.input_value() == typed
    assert typed.endswith("Premier ajout. Deuxième ajout. Troisième ajout.")
    expect(page.locator("section[aria-labelledby='ecart'] ins")).to_contain_text("Troisième ajout")
    fits(page)
    page.context.close()


def test_two_tabs_that_write_the_same_clause_lose_neither_text(office: Office) -> None:
    rc, page = office.begin("rc"), office.page()
    other = page.context.new_page()
    first, second = open_clause(office, page, rc), open_clause(office, other, rc)
    first.fill("Le premier onglet écrit ceci.")
    expect(saved(page)).to_contain_text("Enregistré à")
    second.fill("Le second onglet écrit cela.")
    other.get_by_role("link", name="Comparer et choisir").click()
    texts = other.locator(".cl-two .cl-said")
    expect(texts).to_have_text(["Le premier onglet écrit ceci.", "Le second onglet écrit cela."])
    fits(other)
    other.get_by_label("Ou écrivez un texte qui réunit les deux").fill(
        "Ceci, dit le premier. Cela, dit le second."
    )
    other.get_by_role("button", name="Enregistrer ce texte").click()
    expect(other.locator("main")).to_contain_text("C’est réglé")
    assert office.draft(rc).texts[CLAUSE] == "Ceci, dit le premier. Cela, dit le second."
    other.goto(f"{rc}/historique")
    expect(other.locator("main")).to_contain_text("Deux saisies en même temps")
    fits(other)
    page.context.close()


def release(office: Office, body: str) -> str:
    """Release the library with other words in the clause; return the version."""
    runtime, now = office.runtime, office.clock.now()
    with runtime.database.read() as session:
        current = in_force(session, now.date())
        known = queries.edition(session, current.id).library
    changed = replace(known.clauses[CLAUSE], body=body)
    said = service.Announcement(
        version="2026.2", valid_from=date(2026, 1, 2), analyser="essai", changelog=("Objet précisé.",)
    )
    with runtime.database.write() as session:
        signed = service.sign(
            replace(known, clauses={**known.clauses, CLAUSE: changed}), said, sealer=runtime.find(Sealer)
        )
        service.publish(session, signed, by=None, now=now)
    return said.version


def test_clause_changed_on_both_sides_is_settled_and_the_redline_reads(office: Office) -> None:
    rc, page = office.begin("rc"), office.page()
    box = open_clause(office, page, rc)
    before = box.input_value()
    box.fill(before.replace(OPENING, f"Ici, {OPENING.lower()}"))
    page.get_by_role("button", name="Enregistrer le texte").click()
    expect(page.locator("main")).to_contain_text("Le texte est enregistré")
    page.locator("#derogation").get_by_role("radio", name="Non").check()
    page.get_by_role("button", name="Enregistrer la réponse").click()
    version = release(office, before.replace(OPENING, f"Dorénavant, {OPENING.lower()}"))
    page.goto(rc)
    page.get_by_role("link", name="Voir ce que la mise à niveau changerait").click()
    fits(page)
    page.get_by_role("button", name=f"Passer à la version {version}").click()
    expect(page.locator("main")).to_contain_text("Choisissez pour chaque clause")
    page.get_by_role("radio", name="Le texte ci-dessous, qui réunit les deux").check()
    page.get_by_label("Texte réuni").fill(before.replace(OPENING, f"Ici et dorénavant, {OPENING.lower()}"))
    page.get_by_role("button", name=f"Passer à la version {version}").click()
    expect(page.locator("main")).to_contain_text(f"Le document suit la version {version}")
    draft = office.draft(rc)
    assert draft.release_version == version
    assert draft.texts[CLAUSE] == before.strip().replace(OPENING, f"Ici et dorénavant, {OPENING.lower()}")
    with page.expect_download(timeout=PATIENCE_MS) as download:
        page.get_by_role("link", name="Ce que vous avez changé").click()
    document = Document(io.BytesIO(Path(download.value.path()).read_bytes()))
    added = document.element.body.xpath(".//w:ins//w:t")
    assert "Ici et" in " ".join(one.text for one in added)
    assert any(TITLE in one.text for one in document.paragraphs)
    page.context.close()
