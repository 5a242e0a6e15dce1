"""A sealed bid in a real Chromium, from the buyer's draft to the opened bytes; and what goes wrong on the way."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from playwright.sync_api import Browser, Page, expect

from procurement.cli.demo import browser as http
from procurement.cli.demo import keep
from signing import private_keys
from signing import receipt as receipts
from signing.sealed.stream import Layout
from tests.browser import tender
from tests.browser.stage import CITY, PATIENCE_MS, sign_in
from tests.browser.tender import BIDDER, CITY_OPENER, COLLEAGUE, Town

# A busy machine is slow, not wrong.
expect.set_options(timeout=60_000)
pytestmark = pytest.mark.browser

MIB = 1 << 20
BIG = 200_000_000
FINAL_ACT = 64_000


@pytest.fixture(scope="module")
def town(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with tender.town(tmp_path_factory.mktemp("town"), chromium) as found:
        yield found


@pytest.fixture(autouse=True)
def fresh_record(town: Town) -> Iterator[None]:
    """Forget what the server saw of an earlier test; refuse nothing any more afterwards."""
    town.seen.calls.clear()
    yield
    town.seen.refuses = lambda _call: False
    for context in town.browser.contexts:
        if context.pages and context.pages[0].url.startswith(town.address):
            context.close()


def write(path: Path, size: int, seed: int = 1) -> Path:
    """Write a file whose every block differs from the others."""
    with path.open("wb") as target:
        for number in range(-(-size // MIB)):
            block = bytes((number + seed + place) % 251 for place in range(256)) * (MIB // 256)
            target.write(block[: min(MIB, size - number * MIB)])
    return path


def digest(path: Path) -> str:
    with path.open("rb") as source:
        return file_digest(source, "sha256").hexdigest()


def until_acknowledged(page: Page, town: Town, size: int) -> None:
    """Wait until the server has acknowledged so many bytes of files."""
    limit = time.monotonic() + 120
    while town.seen.acknowledged() < size:
        assert time.monotonic() < limit, page.locator("main").inner_text()
        page.wait_for_timeout(20)


def only_first_pieces(town: Town, count: int) -> None:
    """Let the server take some pieces of files and be busy for the rest."""
    town.seen.refuses = lambda call: call.method == "PATCH" and len(town.seen.patches()) >= count


@dataclass
class Opening:
    """The opening room of the city's opener."""

    page: Page

    @classmethod
    def begin(cls, town: Town, reference: str) -> "Opening":
        page = town.page(CITY_OPENER)
        page.goto(f"/consultations/{reference}/ouvertures")
        page.get_by_role("radio", name="Offre").check()
        page.get_by_role("button", name="Ouvrir la séance").click()
        expect(page.locator("#ouverture")).to_have_attribute("data-ready", "true")
        return cls(page)

    def present(self, key: Path, passphrase: str) -> None:
        self.page.locator("#fichier-cle").set_input_files(key)
        self.page.locator("#phrase").fill(passphrase)
        self.page.get_by_role("button", name="Ouvrir les plis").click()

    def says(self, sentence: str) -> None:
        expect(self.page.locator("#ouverture-message")).to_contain_text(sentence, timeout=PATIENCE_MS)


def after(town: Town, closes_at: datetime) -> None:
    """Let the deadline pass; everybody signs in anew, for hours went by."""
    town.clock.move_to(closes_at)
    town.clock.advance(seconds=1)
    town.states.clear()


def test_bid_travels_from_draft_to_opened_bytes(town: Town, tmp_path: Path) -> None:
    closes_at = tender.deadline(town.clock.now(), 24 * 40)
    buyer = town.page(CITY)
    reference = tender.draft_by_pages(buyer, "Entretien des ascenseurs de la mairie", closes_at)
    rules = tmp_path / "reglement.txt"
    rules.write_text("Règlement de la consultation.\n")
    tender.publish_by_pages(buyer, reference, rules)
    big = write(tmp_path / "memoire.bin", BIG)
    receipt = deposit_with_a_killed_tab(town, reference, big, tmp_path)
    verify_receipt(town, receipt, tmp_path)
    after(town, closes_at)
    room = Opening.begin(town, reference)
    room.present(town.keys[0].path, town.keys[0].passphrase)
    room.says("Secrets transmis : 1.")
    expect(room.page.locator(".pl-envelope--opened")).to_have_count(1, timeout=180_000)
    room.page.get_by_role("link", name="Voir les fichiers").click()
    with room.page.expect_download(timeout=120_000) as download:
        room.page.get_by_role("link", name=big.name).click()
    download.value.save_as(tmp_path / "opened.bin")
    assert digest(tmp_path / "opened.bin") == digest(big)


def deposit_with_a_killed_tab(town: Town, reference: str, big: Path, folder: Path) -> Path:
    """Send a big file, kill the tab half-way, go on in a new one; seal; return the receipt's archive."""
    context = town.context(BIDDER)
    page = context.new_page()
    tender.begin_deposit(page, reference)
    tender.add_files(page, big)
    until_acknowledged(page, town, BIG // 2)
    page.close()
    before = town.seen.acknowledged()
    page = context.new_page()
    tender.begin_deposit(page, reference)
    page.get_by_role("button", name="Reprendre le dépôt").click()
    page.locator(".pl-file input[type='file']").set_input_files(big)
    tender.arrived(page, 1, seconds=180)
    assert before < BIG
    assert town.seen.sent_twice() == []
    (path,) = {call.path for call in town.seen.patches()}
    assert town.seen.acknowledged(path) == Layout().cipher_size(BIG)
    letter = write(folder / "lettre.txt", 2000)
    tender.add_files(page, letter, kind="candidature")
    tender.arrived(page, 2)
    page.get_by_role("button", name="Relire et sceller").click()
    expect(page.get_by_role("button", name="Sceller et déposer")).to_be_visible()
    town.seen.calls.clear()
    page.get_by_role("button", name="Sceller et déposer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pli reçu le")
    (act,) = town.seen.unsafe()
    assert act.path.endswith("/depot")
    assert act.size + act.head < FINAL_ACT
    return save_receipt(page, folder / "receipt.zip")


def save_receipt(page: Page, path: Path) -> Path:
    """Wait for the time-stamp, then download the archive from the receipt's page."""
    limit = time.monotonic() + 60
    while page.locator("a[href$='format=tsr']").count() == 0:
        assert time.monotonic() < limit, "the receipt has no time-stamp"
        page.wait_for_timeout(200)
        page.reload()
    with page.expect_download() as download:
        page.get_by_role("link", name="Archive complète").click()
    download.value.save_as(path)
    return path


def verify_receipt(town: Town, receipt: Path, folder: Path) -> None:
    """Check the receipt offline against the authority's certificates."""
    authority = http.Browser(town.address).get("/horodatage/autorite.pem").body
    checks = receipts.verify(receipt.read_bytes(), tsa_ca=keep.certificates(authority))
    assert [check.name for check in checks if check.ok is False] == []
    assert {check.name: check.ok for check in checks}["timestamp"] is True


def test_recovery_key_can_be_rehearsed_again(town: Town) -> None:
    page = town.page(CITY)
    page.goto("/organisation/cles")
    row = page.locator("tr").filter(has_text="Coffre de la mairie")
    row.locator("a[href$='/epreuve']").click()
    page.locator("#fichier-cle").set_input_files(town.keys[1].path)
    page.locator("#phrase").fill(town.keys[1].passphrase)
    page.get_by_role("button", name="Éprouver la clé").click()
    expect(page.locator("#epreuve-message")).to_contain_text("La clé ouvre")


def test_wrong_key_and_wrong_passphrase_block_nothing(town: Town, tmp_path: Path) -> None:
    reference, closes_at = town.publish("Location de bennes", hours=24)
    page = town.page(BIDDER)
    tender.begin_deposit(page, reference)
    tender.add_files(page, write(tmp_path / "offre.txt", 3000))
    tender.arrived(page, 1)
    tender.seal(page)
    after(town, closes_at)
    room = Opening.begin(town, reference)
    good = town.keys[1]
    room.present(good.path, "une tout autre phrase")
    room.says("La phrase de passe n’ouvre pas ce fichier.")
    other = tmp_path / "autre.p8"
    other.write_bytes(private_keys.export(generate_private_key(SECP384R1()), b"une phrase assez longue"))
    room.present(other, "une phrase assez longue")
    room.says("Cette clé ne fait pas partie des clés de cette consultation. Rien n’a été ouvert ni bloqué.")
    room.present(good.path, good.passphrase)
    room.says("Secrets transmis : 1.")
    expect(room.page.locator(".pl-envelope--opened")).to_have_count(1)


def test_file_altered_between_two_tabs_gets_a_new_number(town: Town, tmp_path: Path) -> None:
    reference, _closes_at = town.publish("Fourniture de sel")
    file = write(tmp_path / "offre.bin", 20 * MIB)
    only_first_pieces(town, 1)
    context = town.context(BIDDER)
    page = context.new_page()
    tender.begin_deposit(page, reference)
    tender.add_files(page, file)
    until_acknowledged(page, town, 8 * MIB)
    page.close()
    town.seen.refuses = lambda _call: False
    content = bytearray(file.read_bytes())
    content[5 * MIB] ^= 1
    file.write_bytes(content)
    page = context.new_page()
    tender.begin_deposit(page, reference)
    page.get_by_role("button", name="Reprendre le dépôt").click()
    page.locator(".pl-file input[type='file']").set_input_files(file)
    tender.arrived(page, 1)
    expect(page.locator(".pl-file__note")).to_contain_text("renvoyé en entier sous un nouveau numéro")
    first, second = dict.fromkeys(call.path for call in town.seen.patches())
    # The closed tab may have had a second part on its way.
    assert town.seen.acknowledged(first) in {8 * MIB, 16 * MIB}
    assert town.seen.acknowledged(second) == Layout().cipher_size(20 * MIB)
    tender.seal(page)


def test_colleague_goes_on_from_the_rescue_file(town: Town, tmp_path: Path) -> None:
    reference, _closes_at = town.publish("Entretien des haies")
    page = town.page(BIDDER)
    tender.begin_deposit(page, reference)
    tender.add_files(page, write(tmp_path / "prix.bin", 3 * MIB))
    tender.arrived(page, 1)
    page.get_by_role("button", name="Proposer six mots").click()
    passphrase = page.locator("#secours-phrase").input_value()
    with page.expect_download() as download:
        page.get_by_role("button", name="Enregistrer le fichier de secours").click()
    rescue = tmp_path / "depot.pli-secours"
    download.value.save_as(rescue)
    page.context.close()
    colleague = town.page(COLLEAGUE)
    tender.begin_deposit(colleague, reference)
    colleague.get_by_text("J’ai un fichier de secours").click()
    colleague.locator("#secours-fichier").set_input_files(rescue)
    colleague.locator("#secours-ouvrir").fill(passphrase)
    colleague.get_by_role("button", name="Reprendre sur ce poste").click()
    expect(colleague.locator("#secours-message")).to_contain_text("Dépôt repris sur ce poste")
    tender.arrived(colleague, 1)
    tender.add_files(colleague, write(tmp_path / "suite.txt", 5000, seed=7))
    tender.arrived(colleague, 2)
    assert town.seen.sent_twice() == []
    tender.seal(colleague)
    expect(colleague.locator("main")).to_contain_text("prix.bin")


def test_session_that_ends_on_the_way_loses_nothing(town: Town, tmp_path: Path) -> None:
    reference, _closes_at = town.publish("Impression du bulletin")
    only_first_pieces(town, 1)
    context = town.browser.new_context(base_url=town.address, locale="fr-FR")
    page = context.new_page()
    town.clock.advance(seconds=31)
    sign_in(page, BIDDER, town.clock)
    tender.begin_deposit(page, reference)
    tender.add_files(page, write(tmp_path / "offre.bin", 20 * MIB))
    until_acknowledged(page, town, 8 * MIB)
    town.clock.advance(hours=12)
    town.seen.refuses = lambda _call: False
    expect(page.locator("main")).to_contain_text("Votre session a expiré", timeout=60_000)
    other = context.new_page()
    sign_in(other, BIDDER, town.clock)
    tender.arrived(page, 1, seconds=90)
    assert town.seen.sent_twice() == []
    town.states.clear()
    tender.seal(page)


def test_file_over_the_limit_is_refused_before_a_byte_leaves(town: Town, tmp_path: Path) -> None:
    reference, _closes_at = town.publish("Numérisation d’archives", file_megabytes=1000)
    huge = tmp_path / "archives.zip"
    with huge.open("wb") as target:
        target.truncate(1_323_000_000)
    page = town.page(BIDDER)
    tender.begin_deposit(page, reference)
    town.seen.calls.clear()
    start = time.monotonic()
    tender.add_files(page, huge)
    expect(page.locator("#verifier")).to_contain_text("archives.zip dépasse la limite par fichier")
    assert time.monotonic() - start < 1
    expect(page.locator("#verifier")).to_contain_text("Découpez-le ou réduisez-le")
    assert list(town.seen.unsafe()) == []
    expect(page.locator(".pl-file")).to_contain_text("0 octet envoyé")
