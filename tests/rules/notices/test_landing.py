"""What of a notice lands in a draft, in which words."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from procurement.notices import rules
from procurement.notices.reader import (
    Amount,
    Criterion,
    Duration,
    Item,
    ItemKind,
    Lot,
    Moment,
    NoticeDraft,
    NoticeHead,
    Procedure,
)

DAY = datetime(2027, 3, 15, 11, tzinfo=UTC)
LATER = datetime(2027, 3, 20, 11, tzinfo=UTC)
HEAD = NoticeHead(
    identifier="",
    version="01",
    procedure_id="",
    subtype="16",
    sdk="",
    form="",
    kind="",
    legal_basis="",
    dispatched=None,
    planned=None,
    languages=(),
)


def to_come(at):
    return Moment(at, past=False)


def draft(*lots, **procedure):
    return NoticeDraft(HEAD, Procedure(**procedure), (), lots, ())


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("procedure.title", ItemKind.TAKEN),
        ("lots[3].criteria[0].weight", ItemKind.TAKEN),
        ("lots[0].offers_close", ItemKind.TAKEN),
        ("head.version", ItemKind.TAKEN),
        ("lots[0].variants", ItemKind.KEPT),
        ("lots[0].documents[0]", ItemKind.KEPT),
        ("buyers[0].email", ItemKind.KEPT),
        ("procedure.accelerated", ItemKind.KEPT),
    ],
)
def test_taken_line_lands_or_is_kept(field, kind):
    (item,) = rules.landed((Item(ItemKind.TAKEN, "Repris.", field=field, count=1),))
    assert (item.kind, item.field, item.count) == (kind, field, 1)


@pytest.mark.parametrize("kind", [ItemKind.DOUBTFUL, ItemKind.IGNORED, ItemKind.TO_SET_AGAIN])
def test_other_lines_stay_as_they_are(kind):
    item = Item(kind, "x", field="lots[0].variants")
    assert rules.landed((item,)) == (item,)


def test_closing_is_the_first_deadline_to_come():
    lots = (
        Lot(identifier="a", offers_close=to_come(LATER)),
        Lot(identifier="b", offers_close=to_come(DAY)),
        Lot(identifier="c", offers_close=Moment(datetime(2027, 1, 1, tzinfo=UTC), past=True)),
    )
    assert rules.closing(draft(*lots, code="ao_ouvert")) == DAY


def test_closing_of_two_steps_is_that_of_the_candidatures():
    lot = Lot(identifier="a", offers_close=to_come(DAY), requests_close=to_come(LATER))
    assert rules.closing(draft(lot, code="ao_restreint")) == LATER
    assert rules.closing(draft(lot, code="mapa")) == DAY


def test_closing_falls_back_on_the_other_deadline():
    assert rules.closing(draft(Lot(identifier="a", requests_close=to_come(DAY)))) == DAY


def test_closing_without_any_deadline_to_come():
    assert rules.closing(draft(Lot(identifier="a", offers_close=Moment(DAY, past=True)))) is None


@pytest.mark.parametrize(
    ("questions", "closes_at", "expected"),
    [(DAY, LATER, DAY), (LATER, DAY, None), (DAY, DAY, None), (DAY, None, None), (None, DAY, None)],
)
def test_questions_close_before_the_deadline(questions, closes_at, expected):
    lot = Lot(identifier="a", questions_close=to_come(questions) if questions else None)
    assert rules.questions_closing(draft(lot), closes_at) == expected


@pytest.mark.parametrize(
    ("amount", "cents"),
    [(Amount(Decimal("12.34"), "EUR"), 1234), (Amount(Decimal(12), "USD"), None), (None, None)],
)
def test_cents_of_euros_only(amount, cents):
    assert rules.euro_cents(amount) == cents


@pytest.mark.parametrize(("code", "kept"), [("45000000", "45000000"), ("99999999", None), ("", None)])
def test_only_known_codes(code, kept):
    assert rules.known(code) == kept


@pytest.mark.parametrize(("title", "length"), [("", 0), ("a" * 300, 300), ("a" * 301, 300)])
def test_shortened_title(title, length):
    assert len(rules.shortened(title)) == length


def test_lot_in_words():
    criteria = (
        Criterion("price", "Prix", "", Decimal("60.0"), "percentage"),
        Criterion("quality", "", "Mémoire", Decimal("7.5"), "points"),
        Criterion("quality", "Délai"),
    )
    lot = Lot(
        identifier="a",
        description="Toiture.",
        note="Site occupé.",
        duration=Duration(14, "MONTH"),
        reserved="res-ws",
        criteria=criteria,
    )
    assert rules.lot_text(lot) == (
        "Toiture.\n\nSite occupé.\n\nDurée : 14 mois.\n\n"
        "Lot réservé à des entreprises ou ateliers qui emploient des travailleurs handicapés ou défavorisés.\n\n"
        "Critères d’attribution :\n- Prix : 60 %\n- quality : 7,5 points (Mémoire)\n- Délai"
    )


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (Duration(), ""),
        (Duration(starts=date(2027, 4, 1), ends=date(2028, 3, 31)), "Durée : 01/04/2027 – 31/03/2028."),
        (Duration(ends=date(2028, 3, 31)), "Durée : 31/03/2028."),
        (Duration(1, "DAY"), "Durée : 1 jour."),
        (Duration(2, "DAY"), "Durée : 2 jours."),
    ],
)
def test_duration_in_words(duration, text):
    assert rules.lot_text(Lot(identifier="a", duration=duration)) == text


def test_whole_of_an_undivided_contract_says_each_thing_once():
    lot = Lot(identifier="LOT-0000", description="Entretien.", duration=Duration(1, "YEAR"))
    whole = draft(lot, description="Entretien.", features="Visite.", note="")
    assert rules.whole_text(whole) == "Entretien.\n\nVisite.\n\nDurée : 1 an."


def test_whole_of_several_lots_leaves_them_their_words():
    lots = (Lot(identifier="a", description="Un."), Lot(identifier="b", description="Deux."))
    assert rules.whole_text(draft(*lots, description="Tout.")) == "Tout."


@pytest.mark.parametrize(
    ("field", "number"),
    [("lots[0].cpv", 1), ("lots[11].criteria[2].name", 12), ("procedure.cpv", None), ("lots", None)],
)
def test_number_of_the_lot_of_a_field(field, number):
    assert rules.lot_number(field) == number
