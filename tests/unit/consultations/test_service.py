"""The verbs of consultations on a real database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from procurement.consultations import queries, rules, service
from procurement.consultations.errors import ConsultationNotFound, NotReady, Refusal
from procurement.consultations.hooks import Hooks
from procurement.consultations.rules import ConsultationView, Limits, Nature, State
from procurement.core import journal
from procurement.core.db import Database
from procurement.core.errors import Conflict, Invalid
from procurement.core.search import index
from procurement.core.storage import Storage
from tests.factories.accounts import Made
from tests.factories.consultations import LIMITS, create_draft, create_published, create_ready, fill


class Listener:
    """Hear everything that hooks say."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def published(self, session: Session, consultation: ConsultationView, **more: object) -> None:
        self.heard.append(("published", consultation.reference))

    def deadline_changed(self, session: Session, consultation: ConsultationView, **more: object) -> None:
        self.heard.append(("deadline", str(more["before"])))

    def opened(self, session: Session, consultation: ConsultationView, **more: object) -> None:
        self.heard.append(("opened", str(more["at"])))

    def hooks(self) -> Hooks:
        return Hooks(on_published=[self], on_deadline_changed=[self], on_opened=[self])


class Guard:
    """Refuse always, as a room without keys would."""

    def check(self, session: Session, consultation: ConsultationView, now: datetime) -> list[Refusal]:
        return [Refusal("bid.no_keys", "Il manque %(count)s clés.", {"count": 2}, "bids.keyset")]


def test_references_count_per_year_in_paris(database: Database, buyer: Made, now: datetime) -> None:
    new_year = datetime(2027, 12, 31, 23, 0, tzinfo=now.tzinfo)  # Midnight in Paris.
    with database.write() as session:
        made = [create_draft(session, buyer, at).reference for at in (now, now, new_year)]
    assert made == ["2027-000001", "2027-000002", "2028-000001"]


def test_publish_twice_is_publishing_once(
    database: Database, storage: Storage, buyer: Made, now: datetime
) -> None:
    ready, listener = create_ready(database, storage, buyer, now), Listener()
    views = []
    for later in (0, 5):
        with database.write() as session:
            at = now + timedelta(seconds=later)
            by = buyer.identity("publisher")
            views.append(service.publish(session, ready.id, by=by, now=at, hooks=listener.hooks()))
    assert views[0] == views[1]
    assert listener.heard == [("published", ready.reference)]
    with database.read() as session:
        assert [item.action for item in journal.history(session, ready.id)].count(
            "consultations:consultation:published"
        ) == 1


def test_two_publishers_at_once_publish_once(
    database: Database, storage: Storage, buyer: Made, now: datetime
) -> None:
    ready, listener = create_ready(database, storage, buyer, now), Listener()
    by = buyer.identity("publisher")

    def publish(_rank: int) -> ConsultationView:
        with database.write() as session:
            return service.publish(session, ready.id, by=by, now=now, hooks=listener.hooks())

    with ThreadPoolExecutor(4) as pool:
        views = list(pool.map(publish, range(4)))
    assert set(views) == {views[0]}
    assert listener.heard == [("published", ready.reference)]


def test_publish_asks_every_guard(database: Database, storage: Storage, buyer: Made, now: datetime) -> None:
    ready, by = create_ready(database, storage, buyer, now), buyer.identity("publisher")
    with pytest.raises(NotReady) as refused, database.write() as session:
        service.publish(session, ready.id, by=by, now=now, hooks=Hooks(guards=[Guard(), Guard()]))
    assert [item.code for item in refused.value.refusals] == ["bid.no_keys", "bid.no_keys"]
    with database.read() as session:
        assert queries.view(session, ready.id).state(now) is State.DRAFT


def test_publish_checks_the_dates_again(
    database: Database, storage: Storage, buyer: Made, now: datetime
) -> None:
    ready = create_ready(
        database, storage, buyer, now, procedure="ao_ouvert", closes_at=now + timedelta(days=30)
    )
    with database.read() as session:
        assert service.refusals(session, ready, now=now, hooks=Hooks()) == ()
        codes = [
            service.refusals(session, ready, now=now + timedelta(days=days), hooks=Hooks())[0].code
            for days in (1, 31)
        ]
    assert codes == ["deadline.below_minimum", "deadline.past"]


def test_nothing_can_be_edited_once_published(
    database: Database, storage: Storage, buyer: Made, now: datetime
) -> None:
    published = create_published(database, storage, buyer, now)
    by = buyer.identity("drafter")
    verbs = (
        lambda s: service.save(s, published.id, service.Allotment(allotted=True), by=by, now=now),
        lambda s: service.save_lot(s, published.id, service.LotFields(title="X"), number=1, by=by, now=now),
        lambda s: service.remove_lot(s, published.id, 1, by=by, now=now),
        lambda s: service.check_new_path(s, published.id, "x.pdf", now),
    )
    for verb in verbs:
        with pytest.raises(Conflict) as refused, database.write() as session:
            verb(session)
        assert refused.value.code == "consultation.move_refused"


def test_deadline_moves_later_only_and_while_open(
    database: Database, storage: Storage, buyer: Made, now: datetime
) -> None:
    published, listener = create_published(database, storage, buyer, now), Listener()
    before = published.closes_at
    by = buyer.identity("publisher")

    def extend(to: datetime, at: datetime) -> ConsultationView:
        with database.write() as session:
            return service.extend_deadline(session, published.id, to, by=by, now=at, hooks=listener.hooks())

    with pytest.raises(Invalid) as refused:
        extend(before, now)
    assert refused.value.code == "deadline.not_later"
    assert extend(before + timedelta(days=1), now).closes_at == before + timedelta(days=1)
    with pytest.raises(Conflict):
        extend(before + timedelta(days=9), before + timedelta(days=2))
    assert listener.heard == [("deadline", str(before))]
    with database.read() as session:
        hit = index.search(session, index.Question(kinds=("consultation",))).rows[0]
    assert hit.due_at == before + timedelta(days=1)


def test_opened_is_written_once_and_after_the_deadline(
    database: Database, storage: Storage, buyer: Made, now: datetime
) -> None:
    published, listener = create_published(database, storage, buyer, now), Listener()
    by = buyer.identity("opener")
    with pytest.raises(Conflict), database.write() as session:
        service.record_opened(session, published.id, at=now, by=by)
    first = published.closes_at + timedelta(hours=1)
    for at in (first, first + timedelta(hours=1)):
        with database.write() as session:
            view = service.record_opened(session, published.id, at=at, by=by, hooks=listener.hooks())
    assert (view.facts.opened_at, view.state(first)) == (first, State.ANALYSIS)
    assert len(listener.heard) == 2


def test_draft_from_a_notice(database: Database, buyer: Made, now: datetime) -> None:
    fields = service.DraftFields(
        title="Avis",
        description="Objet",
        procedure="ao_ouvert",
        nature=Nature.SERVICES,
        lots=(service.LotFields(title="Lot A", cpv="45000000"), service.LotFields(title="Lot B")),
        cpv="45000000",
        nuts=("FR101",),
        closes_at=now - timedelta(days=1),
    )
    with database.write() as session:
        made = service.create_draft(session, by=None, now=now, organisation_id=buyer.id, fields=fields)
        again = service.create_draft(
            session,
            by=buyer.identity("drafter"),
            now=now,
            organisation_id=buyer.id,
            fields=replace(fields, closes_at=now + timedelta(days=40), procedure="inconnue", lots=()),
            limits=LIMITS,
        )
    assert (made.closes_at, made.procedure_code, [lot.title for lot in made.lots]) == (
        None,
        "ao_ouvert",
        ["Lot A", "Lot B"],
    )
    assert (again.closes_at, again.procedure_code, again.lots) == (now + timedelta(days=40), None, ())


def test_dates_need_a_known_and_justified_ground(database: Database, buyer: Made, now: datetime) -> None:
    by = buyer.identity("drafter")
    short = service.Dates(closes_at=now + timedelta(days=20), zone="Europe/Paris")
    with database.write() as session:
        draft = fill(session, create_draft(session, buyer, now), buyer, now, procedure="ao_ouvert")
        codes = []
        for change in ({}, {"deadline_ground": "magie"}, {"deadline_ground": "urgent"}):
            with pytest.raises(Invalid) as refused:
                service.save(session, draft.id, replace(short, **change), by=by, now=now)
            codes.append(refused.value.code)
        good = replace(short, deadline_ground="urgent", deadline_reason="Sinistre du 3 janvier.")
        assert service.save(session, draft.id, good, by=by, now=now).closes_at == short.closes_at
    assert codes == ["deadline.below_minimum", "deadline.ground", "deadline.ground_reason"]


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        (Limits(file_bytes=0, files=1, total_bytes=1), "file_bytes"),
        (Limits(file_bytes=5, files=501, total_bytes=5), "files"),
        (Limits(file_bytes=5, files=5, total_bytes=4), "total_bytes"),
        (Limits(file_bytes=5, files=5, total_bytes=5, types=("p/f",)), "types"),
    ],
)
def test_limits_that_cannot_be_kept(
    database: Database, buyer: Made, now: datetime, limits: Limits, field: str
) -> None:
    with database.write() as session:
        draft = create_draft(session, buyer, now)
        rules_for = service.DepositRules(limits=limits, relations=())
        with pytest.raises(Invalid) as refused:
            service.save(session, draft.id, rules_for, by=buyer.identity("drafter"), now=now, most=LIMITS)
    assert [error.field for error in refused.value.errors] == [field]


def test_unknown_consultation_and_lot(database: Database, buyer: Made, now: datetime) -> None:
    with database.write() as session:
        draft = create_draft(session, buyer, now)
        for key in ("2027-999999", buyer.id):
            with pytest.raises(ConsultationNotFound):
                queries.view(session, key)
        with pytest.raises(ConsultationNotFound):
            service.remove_lot(session, draft.id, 3, by=buyer.identity("drafter"), now=now)
        with pytest.raises(ConsultationNotFound):
            service.record_opened(session, buyer.id, at=now, by=None)


def test_two_lots_too_many(
    database: Database, buyer: Made, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.drafts, "MOST_LOTS", 1)
    by = buyer.identity("drafter")
    with database.write() as session:
        draft = create_draft(session, buyer, now)
        service.save_lot(session, draft.id, service.LotFields(title="Un"), number=None, by=by, now=now)
        with pytest.raises(Invalid) as refused:
            service.save_lot(session, draft.id, service.LotFields(title="Deux"), number=None, by=by, now=now)
    assert refused.value.code == "lots.too_many"


def test_next_deadlines_and_counts(database: Database, storage: Storage, buyer: Made, now: datetime) -> None:
    for days in (30, 10):
        create_published(
            database, storage, buyer, now, title=f"{days} jours", closes_at=now + timedelta(days=days)
        )
    with database.write() as session:
        create_draft(session, buyer, now)
    with database.read() as session:
        labels = [hit.label for hit in queries.next_deadlines(session, now, 5)]
        later = queries.next_deadlines(session, now + timedelta(days=11), 5)
        counts = queries.state_counts(session, buyer.id, now)
        total, rows = queries.buyer_list(
            session, buyer.id, now, states=(State.OPEN,), sort="deadline", limit=1
        )
    assert (labels, len(later)) == (["10 jours", "30 jours"], 1)
    assert counts == {rules.State.DRAFT: 1, rules.State.OPEN: 2}
    assert (total, [row.title for row in rows]) == (2, ["10 jours"])
