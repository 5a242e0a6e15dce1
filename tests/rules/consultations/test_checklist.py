"""What a draft lacks, section by section."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from procurement.consultations import rules
from procurement.consultations.rules import (
    BuyerCategory,
    ConsultationView,
    Envelope,
    Facts,
    Limits,
    LotView,
    Nature,
    Piece,
    Relation,
    Section,
    SectionState,
    State,
    Technique,
)

NOW = datetime(2027, 1, 11, 9, tzinfo=UTC)
EMPTY = ConsultationView(
    id=uuid.UUID(int=1),
    reference="2027-000001",
    organisation_id=uuid.UUID(int=2),
    service_id=None,
    buyer_name="Ville",
    buyer_siret="80000001000017",
    facts=Facts(),
    created_at=NOW,
    limits=Limits(file_bytes=1, files=1, total_bytes=1),
)
LOT = LotView(
    id=uuid.UUID(int=3), number=1, title="Lot", pieces=(Piece(code="a", label="A", envelope="offre", lot=1),)
)
WHOLE = replace(
    EMPTY,
    title="Titre",
    description="Objet",
    cpv="45000000",
    nuts=("FR101",),
    procedure_code="mapa",
    nature=Nature.WORKS,
    buyer_category=BuyerCategory.OTHER,
    allotted=True,
    lots=(LOT,),
    facts=Facts(closes_at=NOW),
    deposit_confirmed=True,
)


def test_empty_draft_lacks_everything() -> None:
    assert [item.code for item in rules.missing(EMPTY, documents=0)] == [
        "consultation.no_title",
        "consultation.no_description",
        "consultation.no_cpv",
        "consultation.no_place",
        "consultation.no_procedure",
        "consultation.no_nature",
        "consultation.no_category",
        "consultation.lots_undecided",
        "consultation.no_deadline",
        "consultation.deposit_unconfirmed",
        "consultation.no_document",
    ]
    assert set(rules.section_states(EMPTY, documents=0).values()) == {SectionState.TODO}


def test_whole_draft_lacks_nothing() -> None:
    assert rules.missing(WHOLE, documents=1) == []
    assert set(rules.section_states(WHOLE, documents=1).values()) == {SectionState.DONE}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lots": ()}, "consultation.no_lot"),
        ({"allotted": False, "lots": ()}, "consultation.no_lots_reason"),
        ({"procedure_code": "inconnue"}, "consultation.no_procedure"),
    ],
)
def test_one_thing_missing(change: dict[str, object], code: str) -> None:
    assert [item.code for item in rules.missing(replace(WHOLE, **change), documents=1)] == [code]


def test_reason_replaces_lots() -> None:
    alone = replace(WHOLE, allotted=False, lots=(), no_lots_reason="Un seul ouvrage.")
    assert rules.missing(alone, documents=1) == []


def test_section_begun_is_not_to_do() -> None:
    states = rules.section_states(replace(EMPTY, title="Titre"), documents=0)
    assert states[Section.IDENTITY] is SectionState.STARTED


def test_envelopes_of_the_procedure() -> None:
    assert EMPTY.envelopes == ()
    assert WHOLE.envelopes == ("candidature", "offre")
    assert replace(WHOLE, single_envelope=True).envelopes == ("offre",)


def test_view_gathers_pieces_and_state() -> None:
    common = Piece(code="c", label="C", envelope="candidature")
    assert replace(WHOLE, pieces=(common,)).all_pieces == (common, LOT.pieces[0])
    assert (WHOLE.closes_at, WHOLE.published_at, WHOLE.state(NOW)) == (NOW, None, State.DRAFT)


@pytest.mark.parametrize("kind", [Nature, BuyerCategory, Technique, Envelope, Relation])
def test_every_word_has_a_label(kind: type[Nature]) -> None:
    assert all(item.label for item in kind)
