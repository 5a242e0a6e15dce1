"""The pages on the real application: a bid sealed in the browser, its receipt, its opening in the browser."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from playwright.sync_api import Browser, Page, expect

from procurement.cli.demo.server import answering
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.worker import Worker
from signing.produce.params import Profile
from tests.factories.accounts import Account
from tests.factories.bids import World, make_world
from tests.signing import signed

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]

PASSPHRASE = "phrase de passe longue"
MIB = 1 << 20


@pytest.fixture
def address(runtime: Runtime) -> Iterator[str]:
    """Serve the application on a free port; return its address."""
    with answering(runtime.app, threads=6) as found:
        yield found


@pytest.fixture
def world(runtime: Runtime) -> World:
    return make_world(runtime, lots=2)


@pytest.fixture
def visit(chromium: Browser, address: str, world: World) -> Iterator[Callable[[Account, str], Page]]:
    """Open a page as somebody signed in; console errors fail the test."""
    contexts, errors = [], []

    def run(account: Account, path: str) -> Page:
        context = chromium.new_context(base_url=address)
        contexts.append(context)
        send = world.signed_in(account)
        cookies = [{"name": c.name, "value": c.value, "url": address} for c in send.app.cookiejar]
        context.add_cookies(cookies)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(path)
        return page

    yield run
    for context in contexts:
        context.close()
    assert errors == []


def payload(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/pdf", "buffer": content}


def deposit(page: Page, files: Sequence[Path]) -> None:
    expect(page.locator("#depot")).to_have_attribute("data-ready", "true")
    page.get_by_role("checkbox", name="Lot 1").check()
    page.locator("#ajout-candidature-0").set_input_files(payload("dc1.pdf", b"%PDF-1.7 DC1"))
    page.locator("#ajout-offre-1").set_input_files(files)
    expect(page.get_by_text("Chiffré, arrivé")).to_have_count(1 + len(files))
    page.get_by_role("button", name="Relire et sceller").click()
    page.get_by_role("button", name="Sceller et déposer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pli reçu le")


def test_bid_goes_from_browser_to_browser(
    visit: Callable[[Account, str], Page], world: World, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    reference = world.consultation.reference
    files = {"prix.pdf": bytes(range(256)) * 40_000, "Mémoire technique.pdf": b"%PDF-1.7 memoire"}
    bidder = visit(world.company().made.people["depositor"], f"/consultations/{reference}/depot")
    folder = tmp_path / "offre"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    deposit(bidder, sorted(folder.iterdir()))
    expect(bidder.locator("article.pl-receipt")).to_contain_text("Mémoire technique.pdf")
    expect(bidder.get_by_role("button", name="Enregistrer receipt-private.json")).to_be_visible()
    worker.run_all()
    clock.move_to(world.consultation.closes_at, frozen=True)
    clock.advance(milliseconds=1)
    buyer = visit(world.opener, f"/consultations/{reference}/ouvertures")
    buyer.get_by_role("radio", name="Offre").check()
    buyer.get_by_role("button", name="Ouvrir la séance").click()
    expect(buyer.locator("#ouverture")).to_have_attribute("data-ready", "true")
    key = world.key.private_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode())
    )
    buyer.locator("#fichier-cle").set_input_files(
        {"name": "cle.p8", "mimeType": "application/pkcs8", "buffer": key}
    )
    buyer.get_by_label("Phrase de passe").fill(PASSPHRASE)
    buyer.get_by_role("button", name="Ouvrir les plis").click()
    expect(buyer.locator("#ouverture-message")).to_contain_text("Secrets transmis : 1.")
    worker.run_all()
    expect(buyer.locator(".pl-envelope--opened")).to_have_count(1)
    buyer.get_by_role("link", name="Voir les fichiers").click()
    for name, content in files.items():
        with buyer.expect_download() as download:
            buyer.get_by_role("link", name=name).click()
        saved = tmp_path / "fichier"
        download.value.save_as(saved)
        assert saved.read_bytes() == content


def test_signatures_are_told_before_sealing_and_in_the_receipt(
    visit: Callable[[Account, str], Page], world: World
) -> None:
    token = signed.sign(Profile.CADES_DETACHED)
    made = world.company().made
    page = visit(made.people["depositor"], f"/consultations/{world.consultation.reference}/depot")
    expect(page.locator("#depot")).to_have_attribute("data-ready", "true")
    page.get_by_role("checkbox", name="Lot 1").check()
    page.locator("#ajout-offre-1").set_input_files(
        [
            payload("acte.txt", signed.TEXT),
            payload("acte.txt.p7s", token),
            payload("libre.pdf", b"%PDF-1.7 a"),
        ]
    )
    expect(page.get_by_text("Chiffré, arrivé")).to_have_count(3)
    page.get_by_role("button", name="Relire et sceller").click()
    lines = page.locator("[data-part='signatures'] li")
    expect(lines).to_contain_text(["Signature présente", "Signature présente", "Pas de signature"])
    check = page.get_by_role("button", name="Faire vérifier les signatures")
    check.click()
    # No list is loaded here: the signature holds, its authority is unknown.
    expect(lines).to_contain_text(["Signé, à vérifier", "Signé, à vérifier", "Pas de signature"])
    expect(check).to_be_hidden()
    page.get_by_role("button", name="Sceller et déposer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pli reçu le")
    number = page.url.rsplit("/", 1)[1]
    body = page.request.get(f"/api/v1/plis/{number}/recu?format=json").json()
    notes = [file["signature"] for file in body["evidence"]["files"]]
    assert [note["status"] for note in notes] == ["signed-undetermined", "signed-undetermined", "not-signed"]
    assert [note["basis"] for note in notes] == ["digests", "digests", None]


def test_key_made_in_the_browser_becomes_eligible(
    visit: Callable[[Account, str], Page], world: World, tmp_path: Path
) -> None:
    page = visit(world.buyer.people["publisher"], "/organisation/cles/nouvelle")
    phrase = page.locator("#phrase-proposee").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Créer la clé et enregistrer le fichier").click()
    saved = tmp_path / "cle.p8"
    download.value.save_as(saved)
    page.locator("#fichier-cle").set_input_files(saved)
    page.get_by_label("Phrase de passe", exact=True).fill(phrase)
    page.get_by_role("button", name="Relire et éprouver").click()
    expect(page.locator("#ceremonie-message")).to_contain_text("Clé créée, relue et éprouvée")
    page.get_by_role("link", name="Retour aux clés").click()
    expect(page.get_by_role("row")).to_have_count(4)


PAGES = {
    "depositor": ["/consultations/{reference}/depot", "/depots", "/poste"],
    "publisher": [
        "/organisation/cles", "/organisation/cles/nouvelle", "/consultations/{reference}/cles", "/consultations/{reference}/registre",
    ],
    "opener": ["/consultations/{reference}/ouvertures"],
}  # fmt: skip


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("role", PAGES)
def test_pages_pass_axe(visit: Callable[[Account, str], Page], world: World, role: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    company = world.company().made.people
    account = {"depositor": company["depositor"], "opener": world.opener}.get(role) or world.buyer.people[
        role
    ]
    page = visit(account, "/poste")
    page.set_viewport_size({"width": width, "height": 900})
    for path in PAGES[role]:
        page.goto(path.format(reference=world.consultation.reference))
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
