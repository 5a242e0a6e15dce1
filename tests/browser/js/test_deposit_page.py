"""The deposit page, worked as a bidder works it: with the keyboard and the file chooser."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

MIB = 1 << 20


def deposit_context(platform, **changes):
    consultation = SimpleNamespace(
        id=platform.key_set.consultation,
        reference="2027-000014",
        title="Rénovation thermique du groupe scolaire des Tilleuls",
        buyer_name="Ville de Valcombe-sur-Orle",
        closes_at=datetime.now(UTC) + timedelta(hours=1),
        url="/consultations/2027-000014",
    )
    context = {
        "consultation": consultation,
        "dume": None,
        "lots": [
            SimpleNamespace(number=1, title="Isolation"),
            SimpleNamespace(number=3, title="Ventilation"),
        ],
        "kinds": ["candidature", "offre"],
        "limits": SimpleNamespace(file_bytes=2 << 30, files=500, total_bytes=10 << 30, types=[]),
        "candidate": SimpleNamespace(name="Lucarne Bâtiment SAS", siret="00000001800010", address="Montclar"),
        "previous": [],
        "late": False,
        "ready": True,
        "drafts": [],
    }
    return context | changes


@pytest.fixture
def bidder(show, page, platform):
    show("bids/deposit.html", **deposit_context(platform))
    expect(page.locator("#depot")).to_have_attribute("data-ready", "true")
    return page


@pytest.fixture
def file(tmp_path):
    """Write a file to choose: bytes handed to the browser by its debugging protocol take a busy machine longer than the deposit."""

    def make(name, size, byte=65):
        made = tmp_path / name
        if not made.exists():  # chosen again, it is the same file
            made.write_bytes(bytes([byte]) * size)
        return made

    return make


def test_deposit_from_first_file_to_receipt(bidder, platform, file):
    bidder.get_by_role("checkbox", name="Lot 1 : Isolation").check()
    bidder.locator("#ajout-candidature-0").set_input_files(file("dume.pdf", 1000))
    bidder.locator("#ajout-offre-1").set_input_files([file("prix.pdf", 9 * MIB), file("note.pdf", 50, 66)])
    expect(bidder.get_by_text("Chiffré, arrivé")).to_have_count(3)
    expect(bidder.locator("#ouvrir-raison")).to_have_text("Tout est arrivé. Vous relirez avant de sceller.")
    bidder.get_by_role("button", name="Relire et sceller").press("Enter")
    expect(bidder.get_by_role("heading", name="Relire et sceller")).to_be_focused()
    expect(bidder.locator("#relire")).to_contain_text("prix.pdf, note.pdf")
    before = len(platform.seen)
    bidder.get_by_role("button", name="Sceller et déposer").press("Enter")
    bidder.wait_for_url("**/")
    final = [entry for entry in platform.seen[before:] if entry[1].startswith("/api/")]
    assert [(method, path.rsplit("/", 1)[1]) for method, path, _ in final] == [("POST", "depot")]
    assert sum(size for _, _, size in final) < 200


def test_refused_file_is_named_and_sends_nothing(show, page, platform, file):
    platform.limits = {"file_bytes": 100}
    show("bids/deposit.html", **deposit_context(platform, lots=[]))
    expect(page.locator("#depot")).to_have_attribute("data-ready", "true")
    page.locator("#ajout-offre-0").set_input_files(file("visite-video.mov", 250))
    row = page.locator(".pl-file--err")
    expect(row).to_contain_text("Refusé avant l’envoi")
    expect(row).to_contain_text("0 octet envoyé")
    expect(page.locator("#verifier")).to_contain_text(
        "Ce fichier fait 250 octets ; la limite est de 100 octets"
    )
    assert [path for method, path, _ in platform.seen if method in {"PATCH", "PUT"}] == []
    page.get_by_role("button", name="Enlever de la liste visite-video.mov").press("Enter")
    expect(page.locator(".pl-file")).to_have_count(0)
    expect(page.locator("#verifier")).to_be_hidden()


def test_reload_offers_to_go_on_and_sends_only_the_rest(bidder, platform, file):
    from pli_js_platform import problem

    def blocked(*_):
        answer = problem(503, "core.database_away")
        answer.headers = {"Retry-After": "600"}
        return answer

    bidder.get_by_role("checkbox", name="Lot 1 : Isolation").check()
    platform.faults = [lambda *_: None, *[blocked] * 20]
    bidder.locator("#ajout-offre-1").set_input_files(file("plan.pdf", 20 * MIB))
    expect(bidder.locator(".pl-file--warn")).to_contain_text("La plateforme ne répond pas pour l’instant.")
    bidder.on("dialog", lambda dialog: dialog.accept())
    bidder.reload()
    platform.faults, platform.seen[:] = [], []
    bidder.get_by_role("button", name="Reprendre le dépôt").click()
    row = bidder.locator(".pl-file")
    expect(row).to_contain_text("À choisir de nouveau")
    expect(row).to_contain_text("8 Mo sur 20 Mo")
    bidder.locator("#ajout-offre-1").set_input_files(file("plan.pdf", 20 * MIB))
    expect(bidder.get_by_text("Chiffré, arrivé")).to_have_count(1)
    assert sum(size for method, _, size in platform.seen if method == "PATCH") < 13 * MIB


def test_pause_and_resume_by_keyboard(bidder, platform, file):
    from pli_js_platform import problem

    bidder.get_by_role("checkbox", name="Lot 1 : Isolation").check()
    platform.faults = [lambda *_: None, lambda *_: problem(423, "bid.upload_locked")]
    bidder.locator("#ajout-offre-1").set_input_files(file("plan.pdf", 30 * MIB))
    bidder.get_by_role("button", name="Mettre en pause plan.pdf").press("Enter")
    expect(bidder.locator(".pl-file")).to_contain_text("En pause")
    bidder.get_by_role("button", name="Reprendre plan.pdf").press("Enter")
    expect(bidder.get_by_text("Chiffré, arrivé")).to_have_count(1)


def test_group_with_a_bad_siret_is_named(bidder, file):
    bidder.get_by_role("checkbox", name="Lot 1 : Isolation").check()
    bidder.locator("#ajout-offre-1").set_input_files(file("prix.pdf", 10))
    expect(bidder.get_by_text("Chiffré, arrivé")).to_have_count(1)
    bidder.get_by_role("radio", name="En groupement, comme mandataire").check()
    bidder.get_by_label("SIRET des autres membres").fill("123 456 789 00012")
    bidder.get_by_role("button", name="Relire et sceller").click()
    expect(bidder.locator("#depot-erreur")).to_contain_text("Le numéro 12345678900012 n’est pas un SIRET")


def test_replacement_is_declared(show, page, platform, file):
    import json

    earlier = "33333333-3333-4333-8333-333333333333"
    previous = [SimpleNamespace(envelope=earlier, lot=1, kind="offre", received_at=datetime.now(UTC))]
    show("bids/deposit.html", **deposit_context(platform, previous=previous))
    expect(page.locator("#depot")).to_have_attribute("data-ready", "true")
    page.get_by_role("checkbox", name="Lot 1 : Isolation").check()
    page.locator("#ajout-offre-1").set_input_files(file("prix.pdf", 10))
    expect(page.get_by_text("Chiffré, arrivé")).to_have_count(1)
    page.get_by_role("button", name="Relire et sceller").click()
    expect(page.locator("#relire")).to_contain_text("Remplace votre enveloppe déjà déposée")
    (envelope,) = json.loads(platform.objects["pli.json"])["envelopes"]
    assert (envelope["relation"], envelope["refers_to"]) == ("remplace", [earlier])


def test_rescue_file_is_offered_after_the_first_file(bidder, file):
    expect(bidder.get_by_label("Phrase de passe du fichier")).to_be_hidden()
    bidder.get_by_role("checkbox", name="Lot 1 : Isolation").check()
    bidder.locator("#ajout-offre-1").set_input_files(file("prix.pdf", 10))
    bidder.get_by_role("button", name="Proposer six mots").click()
    with bidder.expect_download() as download:
        bidder.get_by_role("button", name="Enregistrer le fichier de secours").click()
    assert download.value.suggested_filename == "secours-2027-000014.pli-secours"
    expect(bidder.locator("#secours-message")).to_contain_text("Fichier de secours enregistré")
