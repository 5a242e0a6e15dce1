"""The buyer's pages: a key made and rehearsed in the browser, bids opened with it, damaged ones reported alone."""

import base64
import subprocess
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)
from playwright.sync_api import expect

from signing.certificates import read_recipient
from signing.sealed import rehearsal
from signing.sealed.keys import share_commitment
from signing.sealed.packets import KeyPacket, Role, Scheme
from signing.strict import b64encode

pytestmark = pytest.mark.browser

PASSPHRASE = "phrase de passe longue"
KINDS = [("candidature", "Candidature"), ("offre", "Offre")]
OPENING = "55555555-5555-4555-8555-555555555555"
CONSULTATION = SimpleNamespace(
    id=uuid4(), reference="2027-000014", title="Groupe scolaire", buyer_name="Ville", closes_at=datetime(2027, 1, 11, tzinfo=UTC),
    url="/consultations/2027-000014",
)  # fmt: skip


def key_file(holder):
    clear = holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    command = ["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", f"pass:{PASSPHRASE}"]
    found = subprocess.run(command, input=clear, capture_output=True, check=True)
    return {"name": "cle.p8", "mimeType": "application/pkcs8", "buffer": found.stdout}


def holder_values(holder):
    return {
        "id": uuid4(), "name": "Directrice des achats", "role": "holder", "role_text": "Ouverture courante", "kinds": ["offre"],
        "kinds_text": "Offre", "cert_sha256": read_recipient(holder.der).sha256.hex(), "algorithm": "P-384", "state": "proposed",
        "word": "À éprouver", "expires_at": datetime(2029, 1, 1, tzinfo=UTC), "rehearsed_at": None, "certificate_url": "/c",
        "rehearsal_url": "/r", "revoke_url": "/v",
    }  # fmt: skip


def test_key_is_made_saved_read_again_and_rehearsed(show, page, platform, tmp_path):
    organisation = {"id": "66666666-6666-4666-8666-666666666666", "name": "Ville"}
    show("bids/key_ceremony.html", organisation=organisation, kinds=KINDS, person_name="Jeanne Marchal")
    phrase = page.locator("#phrase-proposee").inner_text()
    assert len(phrase.split()) == 6
    with page.expect_download() as download:
        page.get_by_role("button", name="Créer la clé et enregistrer le fichier").press("Enter")
    assert download.value.suggested_filename == "cle-jeanne-marchal.p8"
    saved = tmp_path / "cle.p8"
    download.value.save_as(saved)
    command = [
        "openssl",
        "pkey",
        "-in",
        str(saved),
        "-passin",
        f"pass:{phrase}",
        "-pubout",
        "-outform",
        "DER",
    ]
    spki = subprocess.run(command, capture_output=True, check=True).stdout
    platform.rehearsal = rehearse_for(spki)
    assert platform.keys == []  # nothing is registered before the file was read again
    page.locator("#fichier-cle").set_input_files(saved)
    page.get_by_label("Phrase de passe", exact=True).fill(phrase)
    page.get_by_role("button", name="Relire et éprouver").press("Enter")
    expect(page.locator("#ceremonie-message")).to_contain_text("Clé créée, relue et éprouvée")
    (sent,) = platform.keys
    assert base64.urlsafe_b64decode(sent["spki"] + "==") == spki
    assert set(sent) == {"name", "role", "kinds", "spki"}
    assert platform.answers == [b64encode(bytes(range(32)))]


def rehearse_for(spki):
    recipient = SimpleNamespace(
        issuer=bytes.fromhex("3000"), serial=1, key_type="p384", public_key=load_der_public_key(spki)
    )
    return rehearsal.seal(bytes(range(32)), recipient)


def test_wrong_file_at_the_second_step_registers_nothing(show, page, platform, holders):
    show(
        "bids/key_ceremony.html", organisation={"id": uuid4(), "name": "Ville"}, kinds=KINDS, person_name="J"
    )
    with page.expect_download():
        page.get_by_role("button", name="Créer la clé et enregistrer le fichier").click()
    page.locator("#fichier-cle").set_input_files(key_file(holders["p384"]))
    page.get_by_label("Phrase de passe", exact=True).fill(PASSPHRASE)
    page.get_by_role("button", name="Relire et éprouver").click()
    expect(page.locator("#ceremonie-message")).to_contain_text("Ce fichier contient une autre clé")
    assert platform.keys == []


def test_short_own_passphrase_is_refused(show, page, platform):
    show(
        "bids/key_ceremony.html", organisation={"id": uuid4(), "name": "Ville"}, kinds=KINDS, person_name="J"
    )
    page.get_by_role("radio", name="Ma propre phrase, 14 caractères au moins").check()
    page.get_by_label("Ma phrase").fill("treize signes")
    page.get_by_role("button", name="Créer la clé et enregistrer le fichier").click()
    expect(page.locator("#ceremonie-message")).to_contain_text("moins de 14 caractères")
    expect(page.get_by_label("Ma phrase")).to_be_focused()


def rehearse(page, holder, passphrase=PASSPHRASE):
    page.locator("#fichier-cle").set_input_files(key_file(holder))
    page.get_by_label("Phrase de passe").fill(passphrase)
    page.get_by_role("button", name="Éprouver la clé").press("Enter")


def test_rehearsal_gives_the_number_back(show, page, platform, holders):
    platform.rehearsal = rehearsal.seal(bytes(32), read_recipient(holders["p384"].der))
    values = holder_values(holders["p384"])
    show("bids/rehearsal.html", organisation={"id": uuid4(), "name": "Ville"}, holder=values)
    rehearse(page, holders["p384"], "pas la bonne phrase")
    expect(page.locator("#epreuve-message")).to_contain_text("La phrase de passe n’ouvre pas ce fichier.")
    rehearse(page, holders["p256"])
    expect(page.locator("#epreuve-message")).to_contain_text("Cette clé n’est pas celle du certificat")
    assert platform.answers == []
    rehearse(page, holders["p384"])
    expect(page.locator("#epreuve-message")).to_contain_text("La clé ouvre")
    assert platform.answers == [b64encode(bytes(32))]


def test_real_packet_sent_as_rehearsal_is_not_answered(show, page, platform, holders):
    packet = KeyPacket(uuid4(), Role.BUYER, Scheme.WHOLE, 1, 1, 1, bytes(32))
    platform.rehearsal = packet.seal([read_recipient(holders["p384"].der)])
    show(
        "bids/rehearsal.html",
        organisation={"id": uuid4(), "name": "V"},
        holder=holder_values(holders["p384"]),
    )
    rehearse(page, holders["p384"])
    expect(page.locator("#epreuve-message")).to_contain_text("Le contenu reçu n’est pas une épreuve.")
    assert platform.answers == []


def sealed_envelope(holders, *, value, committed=None, damage=False):
    envelope = uuid4()
    to = [read_recipient(holder.der) for holder in holders.values()]
    message = KeyPacket(envelope, Role.BUYER, Scheme.WHOLE, 1, 1, 3, value).seal(to)
    if damage:
        message = message[:-1] + bytes([message[-1] ^ 1])
    commitment = share_commitment(UUID(str(envelope)), committed or value).hex()
    packets = [{"x": 1, "der": b64encode(message)}]
    return {
        "envelope": str(envelope),
        "lot": 1,
        "kind": "offre",
        "share_commitments": [commitment],
        "packets": packets,
    }


def progress(platform):
    """Tell what the platform would: an envelope is open once its secret came, unopenable once reported."""
    opened = {answer["envelope"] for answer in platform.answers}
    reported = {report["envelope"] for report in platform.reports}

    def row(index, envelope):
        state = "opened" if envelope in opened else "unopenable" if envelope in reported else "openable"
        return {
            "envelope": envelope, "title": f"Candidat {index} – Offre, lot 1", "lot": 1, "kind": "offre", "state": state, "word": state,
            "received_text": "hier", "failure": "Abîmé." if state == "unopenable" else None,
            "url": "/ouvert" if state == "opened" else None, "files": [{"name": "a.pdf", "size": 9, "url": "/f"}],
        }  # fmt: skip

    known = [item["envelope"] for item in platform.sealed]
    done = len(opened) + len(reported) == len(known)
    return {
        "state": "done" if done else "waiting", "bytes_done": len(opened), "bytes_total": len(known), "opened": len(opened),
        "failed": len(reported), "remaining": len(known) - len(opened) - len(reported), "minutes_url": "/pv.pdf" if done else None,
        "envelopes": [row(index, envelope) for index, envelope in enumerate(known, 1)],
    }  # fmt: skip


@pytest.fixture
def room(show, page, platform, holders):
    good = sealed_envelope(holders, value=bytes(range(32)))
    platform.sealed = [
        good,
        sealed_envelope(holders, value=bytes(32), damage=True),
        sealed_envelope(holders, value=bytes(32), committed=bytes(range(32))),
    ]
    platform.progress = progress
    opening = {
        "id": OPENING,
        "kind_text": "Offre",
        "lots_text": "1",
        "started_at": datetime.now(UTC),
        "by": "J. M.",
        "state": "waiting",
        "minutes_files": [],
    }
    show(
        "bids/opening.html",
        consultation=CONSULTATION,
        opening=opening,
        holders=[],
        minutes_url=None,
        events=[],
    )
    return page


def present(page, holder, passphrase=PASSPHRASE):
    page.locator("#fichier-cle").set_input_files(key_file(holder))
    page.get_by_label("Phrase de passe").fill(passphrase)
    page.get_by_role("button", name="Ouvrir les plis").press("Enter")


def test_opening_sends_secrets_only_and_reports_the_damaged(room, platform, holders):
    expect(room.locator("[data-part='ouvrir'] article")).to_have_count(3)
    present(room, holders["rsa"])
    expect(room.locator("#ouverture-message")).to_contain_text("Plis que cette clé n’a pas pu ouvrir : 2.")
    expect(room.locator(".pl-envelope--opened")).to_have_count(1)
    expect(room.locator(".pl-envelope--unopenable")).to_have_count(2)
    expect(room.get_by_role("link", name="Procès-verbal (PDF)")).to_be_visible()
    first = platform.sealed[0]["envelope"]
    assert platform.answers == [{"envelope": first, "x": 1, "value": b64encode(bytes(range(32)))}]
    assert [report["code"] for report in platform.reports] == ["bid.damaged", "bid.commitment_mismatch"]
    posted = [size for method, path, size in platform.seen if method == "POST"]
    assert max(posted) < 1000


def test_opening_with_a_foreign_key_changes_nothing(room, platform, holders):
    from cryptography.hazmat.primitives.asymmetric import ec

    present(room, SimpleNamespace(key=ec.generate_private_key(ec.SECP384R1())))
    expect(room.locator("#ouverture-message")).to_contain_text("Rien n’a été ouvert ni bloqué.")
    assert platform.answers == []
    assert platform.reports == []


def test_workstation_test_says_that_it_is_ready(show, page):
    show("bids/workstation.html")
    page.get_by_role("button", name="Lancer le test").press("Enter")
    expect(page.locator("#poste-verdict")).to_contain_text("Ce poste peut déposer", timeout=60_000)
    expect(page.get_by_text("Bloque")).to_have_count(0)
    expect(page.locator("#poste-prevision")).to_contain_text("Un pli de 200 Mo serait chiffré et envoyé en")


def test_receipt_page_erases_a_draft_left_behind(show, page, platform, js):
    deposit = str(uuid4())
    js(
        """const { DraftStore } = await load("draft"), { random } = await load("bytes"); const store = await DraftStore.open();
        const envelope = crypto.randomUUID();
        await store.put("drafts", { deposit: given, consultation: "c" });
        await store.put("envelopes", { envelope, deposit: given, lot: 0, kind: "offre", key: random(32), next: 2 });
        await store.put("streams", { envelope, n: 1, deposit: given, state: "complete", name: "prix.pdf", size: 1, pt: { alg: "sha256", value: "00" } });
        store.close();""",
        deposit,
    )
    now = datetime.now(UTC)
    receipt = {
        "received_at": now, "received_text": "lundi", "late": False, "deadline": now, "margin_text": "2 h", "started_at": None,
        "pli_sha256": "ab" * 32, "clock_guarded": False,
    }  # fmt: skip
    show(
        "bids/receipt.html", consultation=CONSULTATION, receipt=receipt, deposit=deposit, envelopes=[], file_count=1, total_bytes=1,
        depositor={"name": "Lucarne", "siret": "00000001800010", "address": "", "members": []}, buyer={"name": "Ville", "siret": ""},
        timestamp={"state": "pending", "qualified": False, "authority": None, "at": None}, can_withdraw=True, can_replace=True,
        downloads={"zip": "/z", "pdf": "/p", "json": "/j", "tsr": None, "p7s": None}, withdrawn_at=None, log_index=None,
        seal={"state": "not_present"},
    )  # fmt: skip
    with page.expect_download() as download:
        page.get_by_role("button", name="Enregistrer receipt-private.json").click()
    assert download.value.suggested_filename == "receipt-private.json"
    left = js(
        """const { DraftStore } = await load("draft"); const store = await DraftStore.open();
        return { drafts: await store.drafts("c"), envelopes: await store.envelopes(given) };""",
        deposit,
    )
    assert left == {"drafts": [], "envelopes": []}
