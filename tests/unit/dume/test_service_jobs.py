"""What runs behind: prefilling with live statuses, proofs, freshness for the buyer, drafts destroyed after a day."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import MetaData, select
from sqlalchemy.orm import Session

from dume import queries, service
from dume.espd.model import AnswerStatus, EconomicOperator
from dume.models import Dume, DumeRevision, DumeSource
from dume.rules import Role, SourceStatus
from dume.service import Given, Place, ResponseDraft, ResponseEdits, Why, link_owner
from dume.service.answers import properties
from dume.service.owners import owner_of
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.errors import DomainError
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault, VaultKey
from procurement.core.webhooks import events
from procurement.core.worker import Worker
from tests.factories.accounts import Made, create_company
from tests.factories.dume import answer_all, create_response, operator_of, publish_request

#: The complete company of the simulator, and the one whose certificates soon expire.
COMPLETE, EXPIRING, UNKNOWN = "00000001800010", "00000009100017", "00000002600013"
CANARY = b"%PDF-1.7 CANARI-7Q2"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Hear every event that is emitted."""
    heard: list[tuple[str, dict[str, Any]]] = []
    real = events.emit

    def emit(session: Session, event: str, **kw: Any) -> int:
        heard.append((event, kw))
        return real(session, event, **kw)

    monkeypatch.setattr("procurement.core.webhooks.emit", emit)
    return heard


def begin(
    database: Database, vault: KeyVault, buyer: Made, now: datetime, siret: str, *, operator: bool = False
) -> tuple[UUID, Made]:
    """Begin a response of a company with this SIRET to a published request."""
    with database.write() as session:
        company = create_company(session, now, siret=siret, name="Société essayée")
        request = publish_request(session, vault, buyer, now)
        who = operator_of(company) if operator else EconomicOperator()
        by = company.identity("depositor")
        draft = ResponseDraft(role=Role.SOLE, request=request, operator=who)
        row = service.create_response(session, vault, draft, owner=owner_of(by), by=by, now=now)
        return row.id, company


def prefill(database: Database, dume_id: UUID, level: int, recipient: str, now: datetime) -> UUID:
    with database.write() as session:
        row = queries.by_id(session, dume_id)
        return service.start_prefill(session, row, level=level, recipient=recipient, by=None, now=now)


def test_a_prefilling_proposes_and_never_answers(
    database: Database,
    worker: Worker,
    vault: KeyVault,
    storage: Storage,
    buyer: Made,
    now: datetime,
    told: list[tuple[str, dict[str, Any]]],
) -> None:
    dume_id, company = begin(database, vault, buyer, now, COMPLETE, operator=True)
    asked = prefill(database, dume_id, 2, buyer.siret, now)
    with database.read() as session:
        row = queries.by_id(session, dume_id)
        assert {one.status for one in queries.prefill(session, row, asked)} == {SourceStatus.PENDING}
    worker.run_all()
    with database.write() as session:
        row = queries.by_id(session, dume_id)
        found = queries.prefill(session, row, asked)
        assert SourceStatus.PENDING not in {one.status for one in found}
        assert "tax_certificate" in {one.source for one in found if one.status is SourceStatus.OBTAINED}
        what = queries.document(session, vault, row)
        assert {one.status for one in what.answers} == {AnswerStatus.PROPOSED}
        assert {type(one.value) for one in what.answers} - {bool} != set()
        shown = service.changes(session, vault, row).items
        assert Why.PROPOSED in {one.why for one in shown}
        proofs = queries.evidences(session, row)
        seen, content = queries.proof(session, vault, storage, row, proofs[0].id)
        assert (seen.document_size, content[:5]) == (len(content), b"%PDF-")
        stored = [b"".join(storage.open(key)) for key in storage.keys("dume/")]
        assert len(stored) == len(proofs)
        assert not any(content.startswith(b"%PDF-") or b"%PDF-" in content for content in stored)
    done = [event for event, _kw in told]
    assert done.count("prefill.completed") == 1
    # A second run of the job finds nothing pending and changes nothing that was decided.
    assert company.siret == COMPLETE


def test_what_a_person_said_is_not_proposed_again_and_a_refusal_stays(
    database: Database, worker: Worker, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    dume_id, company = begin(database, vault, buyer, now, COMPLETE, operator=True)
    with database.write() as session:
        row = queries.by_id(session, dume_id)
        before = answer_all(session, vault, row, company, now)
    prefill(database, dume_id, 2, buyer.siret, now)
    worker.run_all()
    with database.write() as session:
        row = queries.by_id(session, dume_id)
        after = queries.document(session, vault, row)
        kept = {(one.property, one.occurrence): one for one in after.answers}
        assert [kept[one.property, one.occurrence] for one in before.answers] == list(before.answers)


def test_who_the_company_is_waits_for_a_person_as_well(
    database: Database, worker: Worker, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    dume_id, company = begin(database, vault, buyer, now, COMPLETE)
    prefill(database, dume_id, 1, "", now)
    worker.run_all()
    by = company.identity("depositor")
    with database.write() as session:
        row = queries.by_id(session, dume_id)
        items = service.changes(session, vault, row).items
        places = {one.place.property for one in items if one.place.property.startswith("EO/")}
        assert "EO/size" in places
        size = next(one for one in items if one.place.property == "EO/size")
        rest = [one for one in items if one.place.property.startswith("EO/") and one is not size]
        what = service.confirm(session, vault, row, [size.place], edition=row.edition, by=by, now=now)
        assert what.economic_operator is not None
        assert what.economic_operator.size == size.value
        service.answer(session, vault, row, [Given(place=one.place) for one in rest], by=by, now=now)
        left = service.changes(session, vault, row).items
        assert [one for one in left if one.place.property.startswith("EO/")] == []


def test_an_unknown_company_gets_nothing_proposed_and_no_log_names_it(
    database: Database,
    worker: Worker,
    vault: KeyVault,
    buyer: Made,
    now: datetime,
    capfd: pytest.CaptureFixture[str],
) -> None:
    dume_id, _company = begin(database, vault, buyer, now, UNKNOWN)
    asked = prefill(database, dume_id, 1, "", now)
    worker.run_all()
    with database.read() as session:
        row = queries.by_id(session, dume_id)
        statuses = {one.status for one in queries.prefill(session, row, asked)}
        assert statuses <= {SourceStatus.NOT_FOUND, SourceStatus.SKIPPED}
    assert UNKNOWN[:9] not in "".join(capfd.readouterr())
    with database.read() as session:
        row = queries.by_id(session, dume_id)
        assert queries.document(session, vault, row).answers == ()


def test_a_question_that_cannot_be_asked_ends_as_such(
    database: Database, worker: Worker, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    dume_id, _company = begin(database, vault, buyer, now, COMPLETE)
    asked = prefill(database, dume_id, 1, "", now)
    with database.write() as session:
        queries.by_id(session, dume_id).siret = "12345678901234"
    worker.run_all()
    with database.read() as session:
        found = queries.prefill(session, queries.by_id(session, dume_id), asked)
    assert {one.status for one in found} == {SourceStatus.BAD_PARAMETER}


@pytest.mark.parametrize(
    ("level", "recipient", "code"),
    [(2, "", "dume.recipient_mismatch"), (2, "00000001800010", "dume.recipient_mismatch")],
)
def test_protected_data_are_for_the_buyer_of_the_request_only(
    database: Database, vault: KeyVault, buyer: Made, now: datetime, level: int, recipient: str, code: str
) -> None:
    dume_id, _company = begin(database, vault, buyer, now, COMPLETE)
    with pytest.raises(DomainError) as refused:
        prefill(database, dume_id, level, recipient, now)
    assert refused.value.code == code


def test_sources_are_asked_again_at_the_opening_for_the_buyer(
    database: Database,
    worker: Worker,
    vault: KeyVault,
    clock: SandboxClock,
    buyer: Made,
    now: datetime,
    told: list[tuple[str, dict[str, Any]]],
) -> None:
    dume_id, company = begin(database, vault, buyer, now, COMPLETE, operator=True)
    prefill(database, dume_id, 2, buyer.siret, now)
    worker.run_all()
    by, deposit = company.identity("depositor"), UUID(int=7)
    with database.write() as session:
        row = queries.by_id(session, dume_id)
        places = [one.place for one in service.changes(session, vault, row).items if one.why is Why.PROPOSED]
        service.confirm(session, vault, row, places, edition=row.edition, by=by, now=now)
        # What a register knows of the officers is not enough for a power of attorney: nobody is named here.
        nobody = ResponseEdits(representatives=())
        service.edit_response(session, vault, row, nobody, by=by, now=now)
        answer_all(session, vault, row, company, now)
        checked = service.validate(session, vault, row, by=by, now=now)
        assert checked.ready, checked.findings
        service.record_deposited(
            session, [row], deposit_id=deposit, buyer_organisation_id=buyer.id, by=by, now=now
        )
        sworn = queries.xml(session, vault, row)
    clock.advance(days=11)
    with database.write() as session:
        service.record_opened(session, deposit, by=None, at=clock.now())
    worker.run_all()
    with database.read() as session:
        row = queries.by_id(session, dume_id)
        report = queries.freshness(session, row)
        assert report != ()
        assert {one.freshness for one in report} <= {"unchanged", "changed", "expired", "unavailable"}
        assert "unchanged" in {one.freshness for one in report}
        assert queries.xml(session, vault, row) == sworn
    event, heard = next((event, kw) for event, kw in told if event == "freshness.completed")
    assert (event, heard["organisation_id"]) == ("freshness.completed", buyer.id)


def test_a_proof_of_the_companys_own_is_sealed_listed_and_taken_off(
    database: Database, vault: KeyVault, storage: Storage, buyer: Made, company: Made, now: datetime
) -> None:
    with database.write() as session:
        request = publish_request(session, vault, buyer, now)
        row = create_response(session, vault, company, request, now)
        dume_id, owner = row.id, row.vault_owner
    stored = service.store_proof(
        database, vault, storage, owner, CANARY, name="CANARI attestation.pdf", now=now
    )
    with database.write() as session:
        row = queries.by_id(session, dume_id)
        view = service.attach_evidence(session, vault, row, stored, by=None, now=now)
        assert queries.proof(session, vault, storage, row, view.id)[1] == CANARY
        what = queries.document(session, vault, row)
        assert [one.id.value for one in what.evidences] == [view.evidence]
        assert queries.source_payload(session, vault, row, view.id) == {"name": "CANARI attestation.pdf"}
        assert all(CANARY not in b"".join(storage.open(key)) for key in storage.keys("dume/"))
    with database.write() as session:
        row = queries.by_id(session, dume_id)
        service.detach_evidence(session, vault, row, view.id, by=None, now=now)
        assert queries.document(session, vault, row).evidences == ()


def test_answers_and_proofs_are_taken_over_into_the_next_response(
    database: Database, vault: KeyVault, storage: Storage, buyer: Made, company: Made, now: datetime
) -> None:
    with database.write() as session:
        request = publish_request(session, vault, buyer, now)
        old = create_response(session, vault, company, request, now)
        old_id, owner = old.id, old.vault_owner
    stored = service.store_proof(database, vault, storage, owner, CANARY, name="attestation.pdf", now=now)
    with database.write() as session:
        old = queries.by_id(session, old_id)
        proof = service.attach_evidence(session, vault, old, stored, by=None, now=now)
        what = answer_all(session, vault, old, company, now)
        named = next(one for one in properties(what).values() if one.value_type == "EVIDENCE_IDENTIFIER")
        given = Given(place=Place(property=named.id), value=proof.evidence)
        before = service.answer(session, vault, old, [given], by=None, now=now)
        request = publish_request(session, vault, buyer, now, reference="2027-000043")
        new = create_response(session, vault, company, request, now, reuse=old)
        after = queries.document(session, vault, new)
        assert {one.property for one in after.answers} == {one.property for one in before.answers}
        assert after.header.id.value == new.id_dume
        assert after.economic_operator == before.economic_operator
        assert len(service.changes(session, vault, new).items) <= 10
        view = queries.evidences(session, new)
        assert [one.evidence for one in view] == [proof.evidence]
        assert queries.proof(session, vault, storage, new, view[0].id)[1] == CANARY


def test_a_response_is_brought_over_to_a_newer_request(
    database: Database, vault: KeyVault, buyer: Made, company: Made, now: datetime
) -> None:
    by = buyer.identity("publisher")
    with database.write() as session:
        request = publish_request(session, vault, buyer, now)
        row = create_response(session, vault, company, request, now)
        before = answer_all(session, vault, row, company, now)
        newer = service.renew_request(session, vault, request, owner=owner_of(by), by=by, now=now)
        assert service.validate(session, vault, newer, by=by, now=now).ready
        service.publish(session, newer, by=by, now=now)
        offered = service.changes(session, vault, row).newer
        assert offered is newer
        done = service.merge_request(session, vault, row, offered, by=None, now=now)
        assert (len(done.carried), done.unmatched, row.request_id) == (len(before.answers), (), newer.id)
        after = queries.document(session, vault, row)
        assert (after.buyer, after.criteria) == (
            queries.document(session, vault, newer).buyer,
            before.criteria,
        )
        assert after.header.id == before.header.id


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ" + bytes(20), "dume.evidence_type"),
        (b"%PDF-" + bytes(10 << 20), "dume.evidence_too_large"),
    ],
)
def test_a_proof_of_another_kind_or_too_large_is_refused(
    database: Database,
    vault: KeyVault,
    storage: Storage,
    company: Made,
    now: datetime,
    content: bytes,
    code: str,
) -> None:
    with pytest.raises(DomainError) as refused:
        service.store_proof(database, vault, storage, company.id, content, name="x", now=now)
    assert refused.value.code == code
    assert list(storage.keys("dume/")) == []


def begin_draft(
    database: Database, vault: KeyVault, buyer: Made, company: Made, now: datetime
) -> tuple[UUID, str]:
    """Begin a response without an account; return it and the secret of its link."""
    owner, secret = link_owner(siret=company.siret)
    with database.write() as session:
        request = publish_request(session, vault, buyer, now)
        draft = ResponseDraft(role=Role.SOLE, request=request, operator=operator_of(company))
        row = service.create_response(session, vault, draft, owner=owner, by=None, now=now)
        return service.linked(session, row, secret, now=now).dume.id, secret


def test_a_draft_without_an_account_is_destroyed_with_its_key_a_day_after_its_last_change(
    database: Database, worker: Worker, vault: KeyVault, storage: Storage, clock: SandboxClock,
    buyer: Made, company: Made, now: datetime,
) -> None:  # fmt: skip
    dume_id, secret = begin_draft(database, vault, buyer, company, now)
    stored = service.store_proof(database, vault, storage, dume_id, CANARY, name="x.pdf", now=now)
    clock.advance(hours=20)
    with database.write() as session:
        row = service.resume(session, secret, now=clock.now())
        service.attach_evidence(session, vault, row, stored, by=None, now=clock.now())
    clock.advance(hours=23)
    worker.run_all()
    with database.read() as session:
        assert service.resume(session, secret, now=clock.now()).id == dume_id
    clock.advance(hours=1, minutes=20)
    worker.run_all()
    with database.read() as session:
        with pytest.raises(DomainError):
            service.resume(session, secret, now=clock.now())
        for table in (DumeRevision, DumeSource):
            assert session.scalars(select(table).where(table.dume_id == dume_id)).all() == []
        assert (session.get(Dume, dume_id), session.get(VaultKey, dume_id)) == (None, None)
    assert list(storage.keys("dume/")) == []


def places(database: Database, folder: Path, canary: str) -> list[str]:
    """Return the files in which a canary lies, and ``database`` when it lies there in clear or in hexadecimal."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files != []
    found = [path.name for path in files if canary.encode() in path.read_bytes()]
    if database.dialect == "sqlite":
        with closing(sqlite3.connect(str(database.url.database))) as connection:
            dump = "\n".join(connection.iterdump()).lower()
        return found + ["database"] * (canary.lower() in dump or canary.encode().hex() in dump)
    tables = MetaData()
    tables.reflect(database.read_engine)
    with database.read_engine.connect() as connection:
        values = [
            value
            for table in tables.sorted_tables
            for row in connection.execute(select(table))
            for value in row
        ]
    plain = "\n".join(value.hex() if isinstance(value, bytes) else str(value) for value in values).lower()
    return found + ["database"] * (canary.lower() in plain or canary.encode().hex() in plain)


def test_canary_of_a_response_and_its_proof_is_nowhere_on_the_machine(
    database: Database, runtime: Runtime, worker: Worker, vault: KeyVault, storage: Storage,
    buyer: Made, company: Made, now: datetime, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    canary, by = "CANARI7Q2", company.identity("depositor")
    with database.write() as session:
        request = publish_request(session, vault, buyer, now)
        operator = replace(operator_of(company), party=replace(operator_of(company).party, name=canary))
        draft = ResponseDraft(role=Role.SOLE, request=request, operator=operator)
        row = service.create_response(session, vault, draft, owner=owner_of(by), by=by, now=now)
        data = queries.xml(session, vault, row)[0]
        imported = service.import_response(session, vault, data, owner=owner_of(by), by=by, now=now)
        assert queries.source_file(session, vault, imported) == data
        dume_id, owner = row.id, row.vault_owner
    content = f"%PDF-1.7 {canary}".encode()
    proof = service.store_proof(database, vault, storage, owner, content, name=f"{canary}.pdf", now=now)
    with database.write() as session:
        row = queries.by_id(session, dume_id)
        service.attach_evidence(session, vault, row, proof, by=by, now=now)
        answer_all(session, vault, row, company, now)
        assert service.validate(session, vault, row, by=by, now=now).ready
        service.publish(session, row, by=by, now=now)
    worker.run_all()
    assert canary not in "".join(capfd.readouterr())
    assert places(database, Path(runtime.settings.data_directory), canary) == []
    # The search finds what is there: the title of the request is no secret.
    assert places(database, Path(runtime.settings.data_directory), "Rénovation du gymnase") != []
    with database.read() as session:
        assert canary.encode() in queries.xml(session, vault, queries.by_id(session, dume_id))[0]


def test_a_lost_proof_is_swept_after_two_days(
    database: Database, worker: Worker, vault: KeyVault, storage: Storage, company: Made, now: datetime
) -> None:
    service.store_proof(database, vault, storage, company.id, CANARY, name="x.pdf", now=now)
    assert len(list(storage.keys("dume/"))) == 1
    worker.run_all()
    # The store's own clock says that it is young: it stays.
    assert len(list(storage.keys("dume/"))) == 1
