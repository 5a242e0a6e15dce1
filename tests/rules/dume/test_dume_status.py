"""The status of a DUME follows from its facts; who may read it, and what a link is good for, as well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dume import rules
from dume.rules import (
    Facts,
    HandoverFacts,
    HandoverState,
    Kind,
    MemberFacts,
    MemberState,
    OpeningFacts,
    OwnerKind,
    Status,
    Verb,
)

T = datetime(2027, 3, 15, 11, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
OPENABLE = OpeningFacts(
    published_at=T - timedelta(days=3),
    deleted_at=None,
    deposited=False,
    opened_at=None,
    closes_at=T,
    request_opened_at=T + timedelta(hours=1),
)
facts = st.builds(Facts, **dict.fromkeys(Facts.__dataclass_fields__, st.none() | st.just(T)))
openings = st.builds(
    OpeningFacts,
    deposited=st.booleans(),
    **{
        name: st.none() | st.integers(-3, 3).map(lambda step: T + step * TICK)
        for name in OpeningFacts.__dataclass_fields__
        if name != "deposited"
    },
)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ((), Status.DRAFT),
        (("validated_at",), Status.VALID),
        (("validated_at", "published_at"), Status.PUBLISHED),
        (("validated_at", "published_at", "replaced_at"), Status.REPLACED),
        (("validated_at", "published_at", "replaced_at", "deleted_at"), Status.DELETED),
        (("deleted_at",), Status.DELETED),
    ],
)
def test_status_follows_from_facts(known: tuple[str, ...], expected: Status) -> None:
    assert rules.status(Facts(**dict.fromkeys(known, T))) is expected


def test_moves_start_and_end_where_the_design_says() -> None:
    table = {verb: ({str(one) for one in move.origins}, str(move.to)) for verb, move in rules.MOVES.items()}
    assert table == {
        Verb.EDIT: ({"brouillon", "valide"}, "brouillon"),
        Verb.VALIDATE: ({"brouillon"}, "valide"),
        Verb.PUBLISH: ({"valide"}, "publie"),
        Verb.REPLACE: ({"publie"}, "remplace"),
        Verb.DELETE: ({"brouillon", "valide", "publie", "remplace"}, "supprime"),
    }


@given(facts)
def test_nothing_may_be_done_to_what_is_deleted(known: Facts) -> None:
    assert [verb for verb in Verb if rules.allowed(replace(known, deleted_at=T), verb)] == []


@pytest.mark.parametrize(
    ("changed", "at", "expected"),
    [
        ({}, T + timedelta(hours=1), True),
        ({}, T + timedelta(minutes=59), False),
        ({"request_opened_at": None}, T + timedelta(days=9), False),
        ({"closes_at": None}, T + timedelta(days=9), False),
        ({"request_opened_at": T - timedelta(days=1)}, T, False),
        ({"request_opened_at": T - timedelta(days=1)}, T + TICK, True),
        ({"deposited": True}, T + timedelta(days=9), False),
        ({"deposited": True, "opened_at": T}, T, True),
        ({"deposited": True, "opened_at": T + TICK}, T, False),
        ({"published_at": None}, T + timedelta(days=9), False),
        ({"deleted_at": T}, T + timedelta(days=9), False),
    ],
)
def test_the_buyer_reads_only_after_the_opening(
    changed: dict[str, object], at: datetime, *, expected: bool
) -> None:
    assert rules.buyer_may_read(replace(OPENABLE, **changed), at) is expected


@given(openings, st.integers(-5, 5))
def test_no_buyer_reads_without_an_opening_whatever_the_facts(known: OpeningFacts, step: int) -> None:
    now = T + step * TICK
    if rules.buyer_may_read(known, now):
        assert known.published_at is not None and known.deleted_at is None
        said = known.opened_at if known.opened_at is not None else known.request_opened_at
        assert said is not None and said <= now
        if known.opened_at is None:
            assert not known.deposited and known.closes_at is not None and now > known.closes_at


@pytest.mark.parametrize(
    ("newer", "older", "covers", "overlap"),
    [
        (["LOT-0001"], ["LOT-0001"], True, True),
        (["LOT-0001", "LOT-0002"], ["LOT-0002"], True, True),
        (["LOT-0001"], ["LOT-0001", "LOT-0002"], False, True),
        (["LOT-0001"], ["LOT-0002"], False, False),
        ([], ["LOT-0002"], True, True),
        (["LOT-0000"], ["LOT-0000"], True, True),
        (["LOT-0001"], ["LOT-0000"], False, True),
    ],
)
def test_a_newer_one_takes_the_place_of_what_it_covers(
    newer: list[str], older: list[str], *, covers: bool, overlap: bool
) -> None:
    assert rules.covers(newer, older) is covers
    assert rules.lots_overlap(newer, older) is overlap


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("daoxup8c", True),
        ("DAOXUP8C", False),
        ("daoxup8", False),
        ("daoxup8c0", False),
        ("daoxup8\n", False),
        ("", False),
    ],
)
def test_the_form_of_a_public_identifier(text: str, *, expected: bool) -> None:
    assert rules.is_id_dume(text) is expected


def test_what_is_sealed() -> None:
    sealed = {(kind, owner) for kind in Kind for owner in OwnerKind if rules.is_sealed(kind, owner)}
    assert sealed == {
        (Kind.RESPONSE, OwnerKind.ORGANISATION),
        (Kind.RESPONSE, OwnerKind.CLIENT),
        (Kind.RESPONSE, OwnerKind.LINK),
        (Kind.REQUEST, OwnerKind.LINK),
    }


@pytest.mark.parametrize(
    ("begun", "completed", "at", "expected"),
    [
        (None, None, T - TICK, HandoverState.WAITING),
        (None, None, T, HandoverState.EXPIRED),
        (T - TICK, None, T - TICK, HandoverState.BEGUN),
        (T - TICK, None, T, HandoverState.EXPIRED),
        (T - TICK, T - TICK, T - TICK, HandoverState.COMPLETED),
        (T - TICK, T - TICK, T, HandoverState.COMPLETED),
    ],
)
def test_a_handover_is_good_once_and_for_a_while(
    begun: datetime | None, completed: datetime | None, at: datetime, expected: HandoverState
) -> None:
    known = HandoverFacts(expires_at=T, begun_at=begun, completed_at=completed)
    assert rules.handover_state(known, at) is expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, MemberState.INVITED),
        ({"expires_at": T}, MemberState.EXPIRED),
        ({"joined_at": T, "status": Status.DRAFT}, MemberState.JOINED),
        ({"joined_at": T, "status": Status.DELETED}, MemberState.JOINED),
        ({"joined_at": T, "status": Status.VALID}, MemberState.VALIDATED),
        ({"joined_at": T, "status": Status.PUBLISHED, "expires_at": T}, MemberState.VALIDATED),
        ({"joined_at": T, "left_at": T}, MemberState.LEFT),
        ({"left_at": T}, MemberState.LEFT),
    ],
)
def test_where_a_member_stands(changed: dict[str, object], expected: MemberState) -> None:
    assert rules.member_state(replace(MemberFacts(expires_at=T + TICK), **changed), T) is expected
