"""Requests: made, edited, checked, published, replaced, deleted."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from dume import queries, service
from dume.espd import codec
from dume.espd.complete import Choice, Requirements
from dume.espd.model import Lot, Procedure
from dume.models import Dume
from dume.rules import Mode, Status
from dume.service import RequestEdits, Tie
from dume.service.owners import owner_of
from procurement.core import journal
from procurement.core.errors import Conflict, DomainError, Invalid
from procurement.core.vault import KeyVault
from tests.factories.accounts import Made, create_buyer
from tests.factories.dume import (
    REFERENCE,
    create_request,
    publish_request,
    request_draft,
    tie,
    valid_response,
)


def refusal(code: str, call: object, *args: object, **kw: object) -> DomainError:
    with pytest.raises(DomainError) as refused:
        call(*args, **kw)  # type: ignore[operator]  # a verb
    assert refused.value.code == code
    return refused.value


def valid_request(session: Session, vault: KeyVault, buyer: Made, now: datetime, *, lots: int = 0) -> Dume:
    row = create_request(session, vault, buyer, now, lots=lots)
    checked = service.validate(session, vault, row, by=buyer.identity("publisher"), now=now)
    assert (checked.valid, checked.ready) == (True, True)
    return row


@pytest.mark.parametrize(("mode", "lots", "criteria"), [(Mode.STANDARD, 2, 10), (Mode.SIMPLIFIED, 0, 26)])
def test_a_request_holds_what_was_chosen_and_obeys_the_official_rules(
    session: Session, vault: KeyVault, buyer: Made, now: datetime, mode: Mode, lots: int, criteria: int
) -> None:
    row = create_request(session, vault, buyer, now, lots=lots, mode=mode)
    checked = service.check_dume(session, vault, row, now=now)
    assert (checked.valid, checked.ready, checked.findings) == (True, True, ())
    what = queries.document(session, vault, row)
    assert len(what.criteria) == criteria
    assert (what.header.id.value, row.title, row.siret) == (row.id_dume, "Rénovation du gymnase", buyer.siret)
    assert row.lots == ([f"LOT-{n:04d}" for n in range(1, lots + 1)] or ["LOT-0000"])
    assert queries.status_of(row) is Status.DRAFT


def test_a_request_is_kept_as_it_is_written(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    row = create_request(session, vault, buyer, now)
    found = queries.revision(session, row, None, "xml", "model")
    content, digest = queries.xml(session, vault, row)
    assert (found.sealed, found.xml, found.sha256) == (False, content, digest)
    assert codec.load(json.loads(found.model)) == queries.document(session, vault, row)


def test_an_imported_file_is_kept_byte_for_byte_with_its_report(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    data, _digest = queries.xml(session, vault, create_request(session, vault, buyer, now))
    by = buyer.identity("drafter")
    row = service.import_request(session, vault, data, owner=owner_of(by), by=by, now=now)
    assert queries.source_file(session, vault, row) == data
    report = queries.report(session, vault, row)
    assert report is not None
    assert (report["source"]["version"], report["summary"]["lost"]) == ("4.1.0", 0)
    assert service.validate(session, vault, row, by=by, now=now).ready


def test_a_file_of_the_other_kind_or_none_is_refused(
    session: Session, vault: KeyVault, buyer: Made, company: Made, now: datetime
) -> None:
    request = publish_request(session, vault, buyer, now)
    response, _digest = queries.xml(session, vault, valid_response(session, vault, company, request, now))
    by = buyer.identity("drafter")
    asked = {"owner": owner_of(by), "by": by, "now": now}
    refusal("dume.wrong_kind", service.import_request, session, vault, response, **asked)
    error = refusal("dume.not_well_formed", service.import_request, session, vault, b"<a><b></a>", **asked)
    assert (error.status, error.line) == (400, 1)  # type: ignore[attr-defined]  # Unreadable


def test_an_edit_takes_a_validated_request_back_to_a_draft_in_a_new_revision(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    row, by = valid_request(session, vault, buyer, now), buyer.identity("drafter")
    before, _digest = queries.xml(session, vault, row)
    edits = RequestEdits(procedure=Procedure("open", "Rénovation de la piscine", "", ("45000000",)))
    service.edit_request(session, vault, row, edits, by=by, now=now)
    assert (queries.status_of(row), row.revision, row.title) == (Status.DRAFT, 2, "Rénovation de la piscine")
    assert queries.xml(session, vault, row, number=1)[0] == before
    service.edit_request(session, vault, row, RequestEdits(lots=(Lot("LOT-0000"),)), by=by, now=now)
    assert row.revision == 2


def test_a_lot_that_a_criterion_names_stays(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    row = create_request(session, vault, buyer, now, lots=2)
    edits = RequestEdits(lots=(Lot("LOT-0001"),))
    refusal(
        "dume.lot_unknown",
        service.edit_request,
        session,
        vault,
        row,
        edits,
        by=buyer.identity("drafter"),
        now=now,
    )


def test_criteria_are_chosen_anew_with_thresholds_per_lot(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    row, by = create_request(session, vault, buyer, now, lots=2), buyer.identity("drafter")
    choices = [*request_draft(buyer).choices[:8], Choice("gen-year-to", ("LOT-0002",), (Requirements(),))]
    service.choose_criteria(session, vault, row, choices, by=by, now=now)
    what = queries.document(session, vault, row)
    assert [one.code for one in what.criteria if one.lots] == ["gen-year-to"]
    assert what.criteria[-1].lots == ("LOT-0002",)
    with pytest.raises(Invalid) as refused:
        service.choose_criteria(session, vault, row, [Choice("nothing")], by=by, now=now)
    assert [one.field for one in refused.value.errors] == ["/0/code"]


def test_publication_takes_a_validated_request_and_a_consultation(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    row, by = create_request(session, vault, buyer, now), buyer.identity("publisher")
    refusal("dume.not_validated", service.publish, session, row, by=by, now=now)
    assert service.validate(session, vault, row, by=by, now=now).ready
    refusal("dume.no_consultation", service.publish, session, row, by=by, now=now)
    done = service.publish(session, row, tie=tie(now), by=by, now=now)
    assert (done.replaced, queries.status_of(row), row.consultation_ref) == ((), Status.PUBLISHED, REFERENCE)
    assert service.publish(session, row, tie=tie(now), by=by, now=now + timedelta(1)).dume.published_at == now
    refusal("dume.not_draft", service.edit_request, session, vault, row, RequestEdits(), by=by, now=now)
    refusal("dume.move_refused", service.validate, session, vault, row, by=by, now=now)


def test_a_newer_request_replaces_the_one_of_the_same_consultation_only(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    other = create_buyer(session, now)
    kept = [
        publish_request(session, vault, buyer, now, reference="2027-000041"),
        publish_request(session, vault, other, now),
    ]
    first = publish_request(session, vault, buyer, now)
    second = valid_request(session, vault, buyer, now)
    done = service.publish(session, second, tie=tie(now), by=buyer.identity("publisher"), now=now)
    assert [one.id for one in done.replaced] == [first.id]
    assert (queries.status_of(first), first.replaced_by) == (Status.REPLACED, second.id)
    assert [queries.status_of(one) for one in kept] == [Status.PUBLISHED, Status.PUBLISHED]


def test_lots_decide_what_is_replaced(session: Session, vault: KeyVault, buyer: Made, now: datetime) -> None:
    by = buyer.identity("publisher")
    rows = [valid_request(session, vault, buyer, now, lots=3) for _each in range(4)]
    one, two, both, part = rows
    service.publish(session, one, tie=tie(now, lots=("LOT-0001",)), by=by, now=now)
    done = service.publish(session, two, tie=tie(now, lots=("LOT-0002", "LOT-0003")), by=by, now=now)
    assert done.replaced == ()
    with session.begin_nested() as undone:
        wrong = tie(now, lots=("LOT-0003",))
        refusal("dume.lots_overlap", service.publish, session, part, tie=wrong, by=by, now=now)
        undone.rollback()
    done = service.publish(session, both, tie=tie(now), by=by, now=now)
    assert [item.id for item in done.replaced] == [one.id, two.id]


def test_a_lot_outside_the_document_is_refused(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    row = valid_request(session, vault, buyer, now, lots=1)
    wrong = Tie(reference=REFERENCE, lots=("LOT-0009",))
    refusal(
        "dume.lot_unknown", service.publish, session, row, tie=wrong, by=buyer.identity("publisher"), now=now
    )


def test_deletion_frees_the_place_without_replacing(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    by = buyer.identity("publisher")
    first = publish_request(session, vault, buyer, now)
    service.delete(session, first, by=by, now=now)
    second = valid_request(session, vault, buyer, now)
    assert service.publish(session, second, tie=tie(now), by=by, now=now).replaced == ()
    assert (queries.status_of(first), first.replaced_by) == (Status.DELETED, None)
    assert queries.document(session, vault, first).kind == "request"
    service.delete(session, first, by=by, now=now)
    refusal("dume.move_refused", service.publish, session, first, tie=tie(now), by=by, now=now)


def test_a_published_request_is_renewed_as_a_draft_that_names_it(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    first, by = publish_request(session, vault, buyer, now), buyer.identity("publisher")
    second = service.renew_request(session, vault, first, owner=owner_of(by), by=by, now=now)
    old, new = (queries.document(session, vault, row) for row in (first, second))
    assert (new.criteria, new.header.previous_version) == (old.criteria, old.header.uuid)
    assert (queries.status_of(second), second.consultation_ref) == (Status.DRAFT, REFERENCE)
    assert service.validate(session, vault, second, by=by, now=now).ready
    assert service.publish(session, second, by=by, now=now).replaced == (first,)


def test_every_deed_leaves_a_line_in_the_journal_without_content(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    row = publish_request(session, vault, buyer, now)
    service.delete(session, row, by=buyer.identity("publisher"), now=now)
    lines = journal.history(session, row.id)
    assert [line.action for line in lines] == [
        "dume:document:created",
        "dume:document:validated",
        "dume:document:published",
        "dume:document:deleted",
    ]
    assert all("gymnase" not in str(line.data) for line in lines)
    assert lines[1].data["sha256"] == queries.revision(session, row).sha256


def test_an_identifier_that_is_taken_is_not_given_again(
    session: Session, vault: KeyVault, buyer: Made, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter("a" * 8 + "a" * 8 + "b" * 8)
    monkeypatch.setattr("dume.service.writing.secrets.choice", lambda _alphabet: next(drawn))
    rows = [create_request(session, vault, buyer, now) for _each in range(2)]
    assert [row.id_dume for row in rows] == ["aaaaaaaa", "bbbbbbbb"]


def test_a_refusal_of_a_wrong_kind_says_which_is_expected(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    row = create_request(session, vault, buyer, now)
    error = refusal("dume.wrong_kind", service.changes, session, vault, row)
    assert isinstance(error, Conflict)
    assert error.params == {"expected": "OE"}
