"""Chains, relations, key sets, limits."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.bids.rules import (
    SEGMENT,
    ChainLink,
    HolderRole,
    HolderState,
    Kind,
    Relation,
    SetMember,
    acceptable_part,
    check_relation,
    concerns,
    displaced,
    lot_allowed,
    missing_for,
    received_instant,
)
from procurement.core.errors import DomainError

T = datetime(2027, 3, 15, 11, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
A, B, C = (uuid.UUID(int=number) for number in (1, 2, 3))


def link(
    envelope: uuid.UUID,
    at: int,
    relation: Relation = Relation.PREMIER,
    *,
    on_time: bool = True,
    refers_to: tuple[uuid.UUID, ...] = (),
) -> ChainLink:
    return ChainLink(
        envelope=envelope,
        received_at=T + at * SECOND,
        on_time=on_time,
        relation=relation,
        refers_to=frozenset(refers_to),
    )


def test_later_replacement_displaces_everything_before_it() -> None:
    chain = [
        link(A, 0),
        link(B, 1, Relation.COMPLETE, refers_to=(A,)),
        link(C, 2, Relation.REMPLACE, refers_to=(A,)),
    ]
    assert displaced(chain) == {A, B}


def test_late_replacement_displaces_nothing() -> None:
    assert displaced([link(A, 0), link(B, 1, Relation.REMPLACE, on_time=False, refers_to=(A,))]) == set()


def test_replacement_displaces_late_ones_before_it_too() -> None:
    assert displaced([link(A, 0, on_time=False), link(B, 1, Relation.REMPLACE, refers_to=(A,))]) == {A}


def test_replacement_does_not_displace_what_came_after_it() -> None:
    assert displaced([link(A, 0, Relation.REMPLACE, refers_to=(B,)), link(B, 1)]) == set()


def test_replacement_of_the_same_instant_displaces_what_it_names() -> None:
    chain = [link(A, 0), link(B, 0, Relation.REMPLACE, refers_to=(A,)), link(C, 0)]
    assert displaced(chain) == {A}


@given(st.lists(st.tuples(st.sampled_from(list(Relation)), st.booleans()), max_size=8))
def test_last_on_time_replacement_is_never_displaced(described: list[tuple[Relation, bool]]) -> None:
    chain = [
        link(uuid.UUID(int=at + 1), at, relation, on_time=on_time)
        for at, (relation, on_time) in enumerate(described)
    ]
    replacing = [one for one in chain if one.relation is Relation.REMPLACE and one.on_time]
    gone = displaced(chain)
    if not replacing:
        assert gone == set()
    else:
        last = replacing[-1]
        assert gone == {one.envelope for one in chain if one.received_at < last.received_at}


ALLOWED_CASES = [
    (Relation.PREMIER, (), set(), ("premier",)),
    (Relation.REMPLACE, (A,), {A}, ("premier", "remplace")),
    (Relation.REMPLACE, (A, B), {B}, ("premier", "remplace")),
    (Relation.COMPLETE, (A,), {A}, ("premier", "complete")),
]
REFUSED_CASES = [
    (Relation.PREMIER, (), {A}, ("premier",), "exists"),
    (Relation.REMPLACE, (A,), {A}, ("premier",), "not_allowed"),
    (Relation.REMPLACE, (C,), {A}, ("premier", "remplace"), "unknown_envelope"),
]


@pytest.mark.parametrize(("relation", "refers_to", "live", "allowed"), ALLOWED_CASES)
def test_relation_that_is_borne_out_passes(
    relation: Relation, refers_to: tuple[uuid.UUID, ...], live: set[uuid.UUID], allowed: tuple[str, ...]
) -> None:
    check_relation(relation, refers_to, chain=[link(A, 0), link(B, 1)], live=frozenset(live), allowed=allowed)


@pytest.mark.parametrize(("relation", "refers_to", "live", "allowed", "reason"), REFUSED_CASES)
def test_relation_that_is_not_borne_out_is_refused(
    relation: Relation,
    refers_to: tuple[uuid.UUID, ...],
    live: set[uuid.UUID],
    allowed: tuple[str, ...],
    reason: str,
) -> None:
    with pytest.raises(DomainError) as caught:
        check_relation(
            relation, refers_to, chain=[link(A, 0), link(B, 1)], live=frozenset(live), allowed=allowed
        )
    assert (caught.value.code, caught.value.params["reason"]) == ("bid.relation_refused", reason)


@pytest.mark.parametrize(
    ("durable", "expected"), [(None, T + SECOND), (T, T), (T - SECOND, T), (T + SECOND / 2, T + SECOND)]
)
def test_retry_keeps_the_first_instant_when_all_bytes_were_there(
    durable: datetime | None, expected: datetime
) -> None:
    assert received_instant(T, T + SECOND, durable) == expected


def member(
    certificate: str,
    role: HolderRole = HolderRole.HOLDER,
    state: HolderState = HolderState.ELIGIBLE,
    kinds: tuple[Kind, ...] = (Kind.OFFRE,),
) -> SetMember:
    return SetMember(certificate=certificate, role=role, kinds=frozenset(kinds), state=state)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([], ("recipients", "recovery")),
        ([member("a")], ("recipients", "recovery")),
        ([member("a"), member("b")], ("recovery",)),
        ([member("a"), member("a", HolderRole.RECOVERY)], ("recipients",)),
        ([member("a"), member("b", HolderRole.RECOVERY)], ()),
        ([member("a"), member("b", HolderRole.RECOVERY, HolderState.STALE)], ("rehearsal",)),
        ([member("a"), member("b", HolderRole.RECOVERY, HolderState.REVOKED)], ("rehearsal",)),
        (
            [member("a"), member("b", HolderRole.RECOVERY, kinds=(Kind.CANDIDATURE,))],
            ("recipients", "recovery"),
        ),
    ],
)
def test_key_set_needs_two_rehearsed_recipients_one_of_recovery(
    members: list[SetMember], expected: tuple[str, ...]
) -> None:
    assert missing_for(Kind.OFFRE, members) == expected


@pytest.mark.parametrize(
    ("offset", "length", "received", "total", "expected"),
    [
        (0, 8 * SEGMENT, 8 * SEGMENT, 20 * SEGMENT, 8 * SEGMENT),
        (0, 8 * SEGMENT, 3 * SEGMENT + 7, 20 * SEGMENT, 3 * SEGMENT),
        (0, 100, 100, 20 * SEGMENT, 0),
        (0, 100, 100, 100, 100),
        (SEGMENT, 100, 100, SEGMENT + 100, 100),
        (SEGMENT, 100, 99, SEGMENT + 100, 0),
    ],
)
def test_stored_part_ends_on_a_segment(
    offset: int, length: int, received: int, total: int, expected: int
) -> None:
    assert acceptable_part(offset, length, received=received, total=total) == expected


@pytest.mark.parametrize(
    ("kind", "lot", "lots", "expected"),
    [
        (Kind.OFFRE, 0, (), True),
        (Kind.OFFRE, 1, (), False),
        (Kind.OFFRE, 0, (1, 2), False),
        (Kind.OFFRE, 2, (1, 2), True),
        (Kind.OFFRE, 3, (1, 2), False),
        (Kind.CANDIDATURE, 0, (1, 2), True),
    ],
)
def test_lot_zero_is_for_the_undivided_and_for_candidatures(
    kind: Kind, lot: int, lots: tuple[int, ...], *, expected: bool
) -> None:
    assert lot_allowed(kind, lot, lots=lots) is expected


@pytest.mark.parametrize(
    ("kind", "lot", "lots", "expected"),
    [
        (Kind.OFFRE, 1, (), True),
        (Kind.OFFRE, 1, (1,), True),
        (Kind.OFFRE, 2, (1,), False),
        (Kind.OFFRE, 0, (1,), True),
        (Kind.CANDIDATURE, 1, (), False),
    ],
)
def test_opening_takes_its_kind_and_lots(kind: Kind, lot: int, lots: tuple[int, ...], expected: bool) -> None:  # noqa: FBT001
    assert concerns(kind, lot, wanted_kind=Kind.OFFRE, wanted_lots=lots) is expected
