"""Without JavaScript every journey completes, but for the pages that seal, open and make keys: those say so."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from procurement.cli.demo import people
from signing.produce.params import Level, Profile
from tests.browser import tender
from tests.browser.stage import CITY, OPENER, Demo, sign_in
from tests.signing import signed

pytestmark = pytest.mark.browser

#: A company of the directory that registers here, and nowhere else in the tests.
NEWCOMER = "90001201400016"


@pytest.fixture
def plain(demo: Demo) -> Iterator[Callable[[str | None], Page]]:
    """Return a browser without JavaScript, signed in as somebody."""
    opened: list[BrowserContext] = []

    def run(person: str | None = None) -> Page:
        opened.append(demo.context(person, java_script_enabled=False))
        return opened[-1].new_page()

    yield run
    for context in opened:
        context.close()


@pytest.mark.parametrize("person", ["contact@lebrun.example", "ouvreur@hopital.example"])
def test_sign_in_and_out(plain: Callable[[], Page], demo: Demo, person: str) -> None:
    page = plain()
    demo.clock.advance(seconds=31)
    sign_in(page, person, demo.clock)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tableau de bord")
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page.locator("main")).to_contain_text("Vous êtes déconnecté.")


def test_signature_is_verified_and_its_report_downloaded(plain: Callable[[], Page]) -> None:
    page = plain()
    page.goto("/")
    page.get_by_role("link", name="Vérifier une signature").first.click()
    pdf = signed.sign(Profile.PADES, Level.B_LT)
    page.locator("#file").set_input_files({"name": "acte.pdf", "mimeType": "application/pdf", "buffer": pdf})
    page.get_by_role("button", name="Vérifier", exact=True).click()
    expect(page.get_by_role("heading", level=2, name=re.compile("Signature 1"))).to_be_visible()
    for name, head in (("Télécharger en PDF", b"%PDF-"), ("Télécharger en JSON", b"{")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert Path(download.value.path()).read_bytes().startswith(head)


def test_search_consultation_and_documents(plain: Callable[[], Page]) -> None:
    page = plain()
    page.goto("/")
    page.locator("main input[name='q']").fill("rénovations thermiques")
    page.locator("main form button[type='submit']").first.click()
    page.get_by_role("link", name="Rénovation thermique du groupe scolaire des Tilleuls").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Rénovation thermique du groupe scolaire des Tilleuls"
    )
    expect(page.locator("main time").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Tout télécharger")).click()
    archive = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert {"cahier des charges.txt", "reglement.txt"} <= set(archive.namelist())


def test_draft_is_written_and_published(
    plain: Callable[[str | None], Page], demo: Demo, tmp_path: Path
) -> None:
    page = plain(CITY)
    closes_at = tender.deadline(demo.clock.now(), 24 * 40)
    reference = tender.draft_by_pages(page, "Peinture des passages piétons", closes_at)
    rules = tmp_path / "reglement.txt"
    rules.write_text("Règlement de la consultation.\n")
    tender.publish_by_pages(page, reference, rules)
    anonymous = plain(None)
    anonymous.goto(f"/consultations/{reference}")
    expect(anonymous.get_by_role("heading", level=1)).to_have_text("Peinture des passages piétons")


def test_company_registers(plain: Callable[[], Page], demo: Demo) -> None:
    page = plain()
    page.goto("/inscription")
    page.locator("[name='siret']").fill(NEWCOMER)
    page.locator("main form button[type='submit']").first.click()
    expect(page.locator("main")).to_contain_text("Restauration Saveurs du Vercors")
    page.locator("main form button[type='submit']").first.click()
    page.locator("[name='name']").fill("Anaïs Vercors")
    page.locator("[name='email']").fill("anais@vercors.example")
    page.locator("main form button[type='submit']").first.click()
    expect(page).to_have_url(re.compile("/inscription/courriel$"))
    page.goto(demo.mail_link("anais@vercors.example", "/inscription/"))
    page.locator("[name='new']").fill(people.password())
    page.locator("[name='again']").fill(people.password())
    page.locator("main form button[type='submit']").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tableau de bord")
    expect(page.locator("main")).to_contain_text("Votre entreprise est inscrite.")


@pytest.mark.parametrize(
    ("path", "person"),
    [
        ("/consultations/{lots}/depot", "contact@numerique.example"),
        ("/ouvertures/{opening}", OPENER),
        ("/organisation/cles/nouvelle", "administratrice@ministere.example"),
        ("/cles/{key}/epreuve", OPENER),
        ("/poste", None),
    ],
)
def test_page_that_needs_scripts_says_so(
    plain: Callable[[str | None], Page], demo: Demo, path: str, person: str | None
) -> None:
    page = plain(person)
    page.goto(path.format(**demo.ids))
    expect(page.locator(".pl-alert").filter(has_text="a besoin de JavaScript")).to_be_visible()
