"""A buyer's DUME through its pages, without JavaScript: begun in a consultation, written, published with it, renewed."""

import hashlib
import io
import re
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from webtest import TestApp, Upload

from dume import queries as dumes
from dume.espd import complete
from dume.espd.rules_41.coverage import ALWAYS
from dume.service import create_request, owner_of
from procurement.consultations import hooks, service
from procurement.consultations.dumes import DumeGuard, lots, procedure, tie
from procurement.consultations.rules import ConsultationView
from procurement.core import journal
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from tests.factories.accounts import Made, create_buyer, create_company, sign_in, sign_out
from tests.factories.consultations import create_ready
from tests.factories.dume import CHOICES, request_draft

TURNOVER = "gen-year-to"
AMOUNT = "C29_SC_gen-year-to/RG1/RSG1/RQ3"


@pytest.fixture(autouse=True)
def no_other_guard(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rooms above have their own tests of what they refuse."""
    monkeypatch.setattr(hooks.found(runtime.registry), "guards", [DumeGuard()])


@pytest.fixture
def now(clock: SandboxClock) -> datetime:
    return clock.now()


@pytest.fixture
def buyer(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_buyer(session, now, name="Ville de Valcombe-sur-Orle")


@pytest.fixture
def draft(runtime: Runtime, database: Database, buyer: Made, now: datetime) -> ConsultationView:
    return create_ready(database, runtime.find(Storage), buyer, now, title="Rénovation du gymnase")


def form_with(page: Any, name: str) -> Any:
    return next(form for form in page.forms.values() if name in form.fields)


def posting_to(page: Any, end: str) -> Any:
    return next(form for form in page.forms.values() if (form.action or "").endswith(end))


def tied(runtime: Runtime, consultation: ConsultationView) -> Any:
    with runtime.database.read() as session:
        return dumes.request_tied(session, consultation.id)


def document(runtime: Runtime, id_dume: str) -> Any:
    with runtime.database.read() as session:
        return dumes.document(session, runtime.find(KeyVault), dumes.by_id_dume(session, id_dume))


def begin(app: TestApp, consultation: ConsultationView, mode: str = "simplifie") -> str:
    """Begin a DUME from the consultation's page; return its own address."""
    page = app.get(f"/acheteur/consultations/{consultation.reference}/dume")
    form = next(one for one in page.forms.values() if "mode" in one.fields and one["mode"]._value == mode)
    return (
        str(form.submit("mode", status=303).location)
        .removeprefix("http://localhost")
        .removesuffix("/criteres")
    )


def complete_buyer(app: TestApp, address: str) -> None:
    form = form_with(app.get(f"{address}/acheteur"), "telephone")
    form["telephone"] = "+33 1 02 03 04 05"
    assert form.submit(status=303).location.endswith(address)


def validate(app: TestApp, address: str) -> Any:
    page = app.get(f"{address}/relire")
    form = next(one for one in page.forms.values() if one.method.lower() == "post" and not one.action)
    return form.submit(status=303)


def publish(app: TestApp, buyer: Made, consultation: ConsultationView) -> Any:
    sign_out(app)
    sign_in(app, buyer.people["publisher"])
    page = app.get(f"/acheteur/consultations/{consultation.reference}/verification")
    return posting_to(page, "/publier").submit(expect_errors=True)


def test_simplified_request_is_begun_in_one_click_with_what_the_consultation_says(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView
) -> None:
    sign_in(app, buyer.people["drafter"])
    address = begin(app, draft)
    what = document(runtime, address.rsplit("/", 1)[1])
    assert [one.code for one in what.criteria] == [one.code for one in complete.request((), what.buyer, what.procedure, what.lots, complete.Mode.SIMPLIFIED, header=what.header).criteria]  # fmt: skip
    assert what.procedure.title == "Rénovation du gymnase"
    assert [(lot.id, lot.title) for lot in what.lots] == [
        ("LOT-0001", "Lot des corps d’état 1"), ("LOT-0002", "Lot des corps d’état 2"),
    ]  # fmt: skip
    assert what.buyer.party.name == "Ville de Valcombe-sur-Orle"
    assert what.buyer.party.identifiers[0].value == buyer.siret
    row = tied(runtime, draft)
    assert (row.consultation_ref, row.closes_at) == (draft.reference, draft.closes_at)


def test_the_page_says_what_is_lacking_then_validates(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView, now: datetime
) -> None:
    wanted = replace(
        request_draft(buyer), choices=CHOICES[1:], procedure=procedure(draft), lots=lots(draft)
    )  # Without one of the eight grounds.
    by = buyer.identity("drafter")
    with runtime.database.write() as session:
        row = create_request(
            session, runtime.find(KeyVault), wanted, owner=owner_of(by), by=by, now=now, tie=tie(draft)
        )
        address = f"/acheteur/dume/{row.id_dume}"
    sign_in(app, buyer.people["drafter"])
    page = app.get(f"{address}/relire")
    assert "BR-REQ-30" in page.html.select_one(".pl-error-summary").text
    assert page.html.select_one("button[aria-disabled='true']") is not None
    form_with(app.get(f"{address}/criteres"), "critere").submit(status=303)
    assert app.get(f"{address}/relire").html.select_one(".pl-error-summary") is None
    assert validate(app, address).location.endswith(address)
    assert tied(runtime, draft).validated_at is not None


def test_criteria_and_thresholds_are_kept_lot_by_lot(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView
) -> None:
    sign_in(app, buyer.people["drafter"])
    address = begin(app, draft, "standard")
    form = form_with(app.get(f"{address}/criteres"), "critere")
    for box in form.fields["critere"]:
        box.checked = box._value in {TURNOVER, "bankruptcy"}  # what the box stands for
    form.submit(status=303)
    page = app.get(f"{address}/criteres/{TURNOVER}")
    form = form_with(page, "jeu")
    form[f"{AMOUNT}|1|*"] = "1 250 000,50"
    form.submit("ajouter", status=303)
    form = form_with(app.get(f"{address}/criteres/{TURNOVER}"), "jeu")
    assert form[f"{AMOUNT}|1|*"].value == "1250000,50"
    form[f"{AMOUNT}|2|*"] = "80000"
    form.set("lots|1", True, index=0)
    form.set("lots|2", True, index=1)
    form.submit(status=303)
    what = document(runtime, address.rsplit("/", 1)[1])
    choices = {one.code: one for one in complete.choices_of(what)}
    assert set(choices) == {*ALWAYS, TURNOVER, "bankruptcy"}
    found = choices[TURNOVER]
    assert found.lots == ()
    assert [(one.lots, one.values[AMOUNT].value) for one in found.requirements] == [
        (("LOT-0001",), Decimal("1250000.50")), (("LOT-0002",), 80000),
    ]  # fmt: skip


def test_a_threshold_that_cannot_be_read_keeps_what_was_typed(
    app: TestApp, buyer: Made, draft: ConsultationView
) -> None:
    sign_in(app, buyer.people["drafter"])
    address = begin(app, draft)
    form = form_with(app.get(f"{address}/criteres/{TURNOVER}"), "jeu")
    form[f"{AMOUNT}|1|*"] = "beaucoup"
    page = form.submit(status=422)
    assert page.html.select_one(f"[name='{AMOUNT}|1|*']")["value"] == "beaucoup"
    assert page.html.select_one(".pl-error-summary") is not None


def test_a_group_of_thresholds_can_be_taken_out(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView
) -> None:
    sign_in(app, buyer.people["drafter"])
    address = begin(app, draft)
    form = form_with(app.get(f"{address}/criteres/{TURNOVER}"), "jeu")
    form[f"{AMOUNT}|1|*"] = "10"
    form.submit("ajouter", status=303)
    form = form_with(app.get(f"{address}/criteres/{TURNOVER}"), "jeu")
    form[f"{AMOUNT}|2|*"] = "20"
    form.submit("retirer", index=0, status=303)
    found = {one.code: one for one in complete.choices_of(document(runtime, address.rsplit("/", 1)[1]))}
    assert [one.values[AMOUNT].value for one in found[TURNOVER].requirements] == [20]


def test_a_consultation_is_not_published_with_a_request_that_is_not_valid(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView
) -> None:
    sign_in(app, buyer.people["drafter"])
    begin(app, draft)
    page = publish(app, buyer, draft)
    assert page.status_int in {200, 409}
    assert "n’est pas validé" in app.get(f"/acheteur/consultations/{draft.reference}/verification").text
    with runtime.database.read() as session:
        assert dumes.request_for(session, draft.id) is None
    app.get(f"/consultations/{draft.reference}", status=404)


def test_published_with_its_consultation_it_is_in_the_documents(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView, now: datetime
) -> None:
    sign_in(app, buyer.people["drafter"])
    address = begin(app, draft)
    id_dume = address.rsplit("/", 1)[1]
    complete_buyer(app, address)
    validate(app, address)
    assert publish(app, buyer, draft).status_int == 303
    row = tied(runtime, draft)
    assert (row.published_at, row.closes_at) == (now, draft.closes_at)
    sign_out(app)
    page = app.get(f"/consultations/{draft.reference}")
    content = app.get(f"/dume/publie/{id_dume}/xml").body
    assert hashlib.sha256(content).hexdigest() in page.text
    dossier = zipfile.ZipFile(io.BytesIO(app.get(f"/consultations/{draft.reference}/dce.zip").body))
    assert dossier.read(f"DUME/dume-acheteur-{id_dume}.xml") == content
    assert dossier.read(f"DUME/dume-acheteur-{id_dume}.pdf")[:5] == b"%PDF-"
    assert (
        f"DUME/dume-acheteur-{id_dume}.xml"
        in app.get(f"/consultations/{draft.reference}/empreintes.sha256").text
    )
    public = app.get(f"/dume/publie/{id_dume}")
    assert f"/dume/mes-dume/nouveau/{id_dume}" in public.text
    assert "Publié le" in public.text


def test_a_published_request_changes_by_a_new_version_alone(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView
) -> None:
    address = published(app, buyer, draft)
    sign_out(app)
    sign_in(app, buyer.people["drafter"])
    renewed = posting_to(app.get(address), "/nouvelle-version").submit(status=303).location
    new = renewed.removeprefix("http://localhost")
    again = posting_to(app.get(address), "/nouvelle-version").submit(status=303).location
    assert (new != address, again) == (True, renewed)
    form = form_with(app.get(f"{new}/criteres/{TURNOVER}"), "jeu")
    form[f"{AMOUNT}|1|*"] = "42000"
    form.submit(status=303)
    validate(app, new)
    sign_out(app)
    sign_in(app, buyer.people["publisher"])
    posting_to(app.get(new), "/publier").submit(status=303)
    with runtime.database.read() as session:
        assert dumes.request_for(session, draft.id).id_dume == new.rsplit("/", 1)[1]
        old = dumes.by_id_dume(session, address.rsplit("/", 1)[1])
        assert str(dumes.status_of(old)) == "remplace"
    sign_out(app)
    assert "version plus récente" in app.get(f"/dume/publie/{address.rsplit('/', 1)[1]}").text


def published(app: TestApp, buyer: Made, draft: ConsultationView) -> str:
    sign_in(app, buyer.people["drafter"])
    address = begin(app, draft)
    complete_buyer(app, address)
    validate(app, address)
    assert publish(app, buyer, draft).status_int == 303
    return address


def test_a_deadline_moved_later_is_the_request_s_as_well(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView, now: datetime
) -> None:
    published(app, buyer, draft)
    later = draft.closes_at + timedelta(days=3)
    with runtime.database.write() as session:
        by = buyer.identity("publisher")
        service.extend_deadline(session, draft.id, later, by=by, now=now, hooks=hooks.found(runtime.registry))
    row = tied(runtime, draft)
    assert row.closes_at == later
    with runtime.database.read() as session:
        assert journal.history(session, row.id)[-1].action == "dume:document:deadline_moved"


def test_lots_that_change_after_the_validation_are_told_and_taken_over(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView, now: datetime
) -> None:
    sign_in(app, buyer.people["drafter"])
    address = begin(app, draft)
    complete_buyer(app, address)
    form = form_with(app.get(f"{address}/criteres/{TURNOVER}"), "jeu")
    form[f"{AMOUNT}|1|*"] = "500"
    form.submit(status=303)
    validate(app, address)
    with runtime.database.write() as session:
        service.remove_lot(session, draft.id, 2, by=buyer.identity("drafter"), now=now)
    page = app.get(f"/acheteur/consultations/{draft.reference}/verification")
    assert "ne dit plus la même chose" in page.text
    page = app.get(f"/acheteur/consultations/{draft.reference}/dume")
    posting_to(page, "/dume/reprendre").submit(status=303)
    what = document(runtime, address.rsplit("/", 1)[1])
    assert [lot.id for lot in what.lots] == ["LOT-0001"]
    found = {one.code: one for one in complete.choices_of(what)}
    assert [one.values[AMOUNT].value for one in found[TURNOVER].requirements] == [500]
    assert what.buyer.party.contact.telephone == "+33 1 02 03 04 05"
    validate(app, address)
    assert "ne dit plus" not in app.get(f"/acheteur/consultations/{draft.reference}/verification").text


def test_a_file_is_imported_with_its_report(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView
) -> None:
    sign_in(app, buyer.people["drafter"])
    address = begin(app, draft)
    content = app.get(f"{address}/copie/xml").body
    posting_to(app.get(address), "/supprimer").submit(status=303)
    assert tied(runtime, draft) is None
    form = form_with(app.get(f"/acheteur/consultations/{draft.reference}/dume"), "file")
    form["file"] = Upload("demande.xml", content, "application/xml")
    imported = form.submit(status=303).location.removeprefix("http://localhost")
    assert "Rapport d’import" in app.get(f"{imported}/rapport").text
    assert tied(runtime, draft).id_dume == imported.rsplit("/", 1)[1]


def test_a_file_that_is_no_request_is_refused_with_a_sentence(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView
) -> None:
    sign_in(app, buyer.people["drafter"])
    form = form_with(app.get(f"/acheteur/consultations/{draft.reference}/dume"), "file")
    form["file"] = Upload("demande.xml", b"<Invoice/>", "application/xml")
    page = form.submit(expect_errors=True)
    assert 400 <= page.status_int < 500
    assert page.html.select_one(".pl-error-summary a[href='#file']") is not None
    assert tied(runtime, draft) is None


def test_a_consultation_has_one_request(app: TestApp, buyer: Made, draft: ConsultationView) -> None:
    sign_in(app, buyer.people["drafter"])
    page = app.get(f"/acheteur/consultations/{draft.reference}/dume")
    form = next(one for one in page.forms.values() if "mode" in one.fields)
    form.submit("mode", status=303)
    assert form.submit("mode", status=409).status_int == 409


def test_another_organisation_finds_nothing(
    app: TestApp, runtime: Runtime, buyer: Made, draft: ConsultationView, now: datetime
) -> None:
    sign_in(app, buyer.people["drafter"])
    address = begin(app, draft)
    with runtime.database.write() as session:
        strangers = [
            create_buyer(session, now).people["drafter"],
            create_company(session, now).people["depositor"],
        ]
    for stranger in strangers:
        sign_out(app)
        sign_in(app, stranger)
        for tail in ("", "/acheteur", "/criteres", f"/criteres/{TURNOVER}", "/relire", "/copie/xml"):
            app.get(f"{address}{tail}", status=404)
        app.get(f"/acheteur/consultations/{draft.reference}/dume", status=404)
    sign_out(app)
    app.get(f"/dume/publie/{address.rsplit('/', 1)[1]}", status=404)


def test_without_a_token_nothing_is_written(app: TestApp, buyer: Made, draft: ConsultationView) -> None:
    sign_in(app, buyer.people["drafter"])
    address = begin(app, draft)
    for tail in ("/acheteur", "/criteres", "/relire", "/supprimer", "/nouvelle-version"):
        assert app.post(f"{address}{tail}", {}, status="*").status_int == 400
    assert re.search("DUME de l’acheteur", app.get(address).text)
