"""The tools without an account, without JavaScript: make, import, answer, check, convert, bring together."""

import pytest
from webtest import TestApp, TestResponse, Upload

from dume.espd import importing
from dume.espd import validate as engine
from dume.espd.model import Kind
from procurement.core.runtime import Runtime
from procurement.core.worker import Worker
from tests.factories.dume_pages import answer_all, fill, sent

SIRET = "00000001800010"
REQUEST = {
    "siret": "213 801 236 00018",
    "name": "Ville de Tilleuls",
    "city": "Tilleuls",
    "contact": "Service des marchés",
    "email": "achats@ville.example",
    "telephone": "01 02 03 04 05",
    "website": "https://ville.example/marches",
    "reference": "VT-2027-01",
    "title": "Rénovation du gymnase",
    "description": "Isolation et ventilation.",
    "cpv": "45000000",
}


def make_request(app: TestApp, **more: str) -> TestResponse:
    """Create a request and return its page."""
    page = app.get("/dume/demande")
    return fill(sent(page), **{**REQUEST, **more}).submit().follow()


def xml_of(app: TestApp, page: TestResponse) -> bytes:
    return bytes(app.get(f"{page.request.path}/copie/xml").body)


def test_simplified_request_in_one_click_is_valid(app: TestApp) -> None:
    page = make_request(app)
    page.mustcontain("26 critères", "Rénovation du gymnase")
    content = xml_of(app, page)
    verdict = engine.validate(content)
    assert (verdict.version, verdict.kind, verdict.valid) == ("4.1.0", Kind.REQUEST, True)
    validated = sent(app.get(f"{page.request.path}/relire")).submit().follow()
    validated.mustcontain("Validée")


def test_refused_request_keeps_what_was_typed(app: TestApp) -> None:
    form = fill(sent(app.get("/dume/demande")), **{**REQUEST, "siret": "12345"})
    page = form.submit(status=422)
    page.mustcontain("Erreur :", "Un SIRET compte 14 chiffres.", "Ville de Tilleuls")


def upload(app: TestApp, address: str, *, status: int | None = None, **files: bytes) -> TestResponse:
    """Send files with a tool's form."""
    form = sent(app.get(address))
    for name, content in files.items():
        form[name] = Upload("dume.xml", content, "application/xml")
    return form.submit(status=status)


def begin_response(app: TestApp, lots: str = "") -> TestResponse:
    """Create a request, then begin the response to it with its file; return the task list."""
    content = xml_of(app, make_request(app, lots=lots))
    page = upload(app, "/dume/repondre", file=content).follow()
    return page.click("Continuer sans SIRET")


def test_standard_request_holds_thresholds_and_lots(app: TestApp) -> None:
    page = make_request(app, mode="standard", lots="Gros œuvre\nPeinture")
    page.mustcontain("Critères de la demande")
    form = sent(page)
    for box in form.fields["critere"]:
        if getattr(box, "_checked", None) is not None and box._value == "aver-year-to":
            box.checked = True
    form["seuil|C29_SC_gen-year-to/RG1/RSG1/RQ3"] = "abc"
    refused = form.submit(status=422)
    refused.mustcontain("Erreur :")
    again = sent(refused)
    again["seuil|C29_SC_gen-year-to/RG1/RSG1/RQ3"] = "1 200 000"
    for box in again.fields["lots|gen-year-to"]:
        box.checked = box._value == "LOT-0002"
    home = again.submit().follow()
    document = importing.read(xml_of(app, home)).document
    chosen = {one.code: one for one in document.criteria}
    assert [lot.title for lot in document.lots] == ["Gros œuvre", "Peinture"]
    assert chosen["gen-year-to"].lots == ("LOT-0002",)
    assert "aver-year-to" in chosen
    assert b"1200000" in xml_of(app, home)


def test_import_shows_its_report(app: TestApp) -> None:
    content = xml_of(app, make_request(app))
    page = upload(app, "/dume/importer", file=content).follow()
    page.mustcontain("Rapport d’import", "Valeurs reprises", "Le fichier suit les règles de sa version")
    page.click("Continuer", index=0).mustcontain("Rénovation du gymnase")


@pytest.mark.parametrize("address", ["/dume/importer", "/dume/repondre", "/dume/verifier", "/dume/convertir"])
def test_bad_file_gets_a_sentence_with_line_and_column(app: TestApp, address: str) -> None:
    page = upload(app, address, file=b"<a>\n  <b></a>", status=400)
    page.mustcontain("ligne 2, colonne", "Erreur :")
    upload(app, address, file=b"<Invoice/>", status=400).mustcontain("Erreur :")
    sent(app.get(address)).submit(status=422).mustcontain("Choisissez un fichier XML")


def test_too_large_body_is_refused_before_it_is_read(runtime: Runtime) -> None:
    app = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    headers = {"Content-Length": str(21 << 20), "Content-Type": "multipart/form-data; boundary=x"}
    page = app.post("/dume/verifier", b"", headers=headers, status=413)
    page.mustcontain("dépasse la taille permise")


def test_check_says_what_is_wrong_with_the_rule_behind_detail(app: TestApp) -> None:
    content = xml_of(app, make_request(app))
    upload(app, "/dume/verifier", file=content).mustcontain("Ce DUME suit les règles officielles")
    broken = content.replace(b' schemeAgencyID="', b' lang="', 1)
    assert broken != content
    page = upload(app, "/dume/verifier", file=broken)
    page.mustcontain("ne suit pas toutes les règles", "XSD")
    assert [one.text for one in page.html.select("summary")][-1] == "Détail"


@pytest.mark.parametrize("version", ["4.1.0", "2.1.1", "1.0.2"])
def test_convert_reports_and_gives_the_file(app: TestApp, version: str) -> None:
    content = xml_of(app, make_request(app))
    form = sent(app.get("/dume/convertir"))
    form["file"] = Upload("dume.xml", content, "application/xml")
    form["version"] = version
    page = form.submit().follow()
    page.mustcontain("Version écrite", version)
    file = page.click("Télécharger le fichier XML").body
    verdict = engine.validate(file)
    assert (verdict.version, verdict.valid) == (version, True)


def test_copies_of_a_draft_at_any_time(app: TestApp) -> None:
    home = begin_response(app)
    address = home.request.path
    assert app.get(f"{address}/copie/html").body.startswith(b"<!DOCTYPE html>")
    assert app.get(f"{address}/copie/json").json["kind"] == "response"
    assert app.get(f"{address}/copie/zip").body.startswith(b"PK")
    assert app.get(f"{address}/copie/pdf").body.startswith(b"%PDF")
    app.get(f"{address}/copie/doc", status=404)


def test_unknown_link_is_dead_and_says_so(app: TestApp) -> None:
    app.get("/dume/brouillon/" + "x" * 43, status=404).mustcontain(
        "Ce lien n’existe pas ou n’est plus valable"
    )


def test_draft_is_gone_after_24_hours(app: TestApp, runtime: Runtime, worker: Worker) -> None:
    home = begin_response(app)
    runtime.clock.advance(hours=24, minutes=11)  # type: ignore[attr-defined]  # the sandbox's
    worker.run_all()
    app.get(home.request.path, status=404)


def test_source_statuses_are_followed_without_a_script(app: TestApp, worker: Worker) -> None:
    home = begin_response(app)
    page = fill(sent(home.click("SIRET et sources publiques")), siret=SIRET).submit().follow()
    page.mustcontain("En cours", "Actualiser")
    pending = app.get(f"{home.request.path}/sources.json").json["pending"]
    assert pending > 3
    worker.run_all()
    page = page.click("Actualiser")
    page.mustcontain("Toutes les sources ont répondu.", "Réponse reçue")
    company = page.click("Toutes les parties", index=0).click("II. Votre entreprise", index=0)
    company.mustcontain("Proposé par les sources", "Nom de l’entreprise")
    confirmed = sent(company).submit().follow()
    confirmed.mustcontain("valeurs confirmées")
    assert "Proposé par les sources" not in confirmed.text
    validated = answer_all(app, confirmed)
    validated.mustcontain("Votre DUME est validé")


def test_reuse_shows_what_changed_only(app: TestApp) -> None:
    home = begin_response(app)
    fill(sent(app.get(f"{home.request.path}/siret")), siret="00000002600013").submit()
    first = answer_all(app, home)
    old = app.get(f"{first.request.path}/copie/xml").body
    asked = xml_of(app, make_request(app, title="Réfection de la halle", reference="VT-2027-02"))
    page = upload(app, "/dume/fusionner", file=asked, response=old).follow()
    page.mustcontain("Ce qui a changé", "Réfection de la halle")
    assert len(page.html.select(".pl-changes > li")) <= 10
