"""Leases of uploads, and pieces made ahead in another thread."""

import threading
import uuid
from collections.abc import Iterator

import pytest

from procurement.bids.errors import Locked
from procurement.bids.service.ahead import ahead
from procurement.bids.service.leases import LEASE, Leases


def test_second_writer_is_told_early_and_a_frozen_one_hinders_nobody() -> None:
    now = [0.0]
    leases, upload = Leases(lambda: now[0]), uuid.uuid4()
    with leases.hold(upload) as alive:
        with pytest.raises(Locked), leases.hold(upload):
            pass
        now[0] += LEASE - 1
        alive()
        now[0] += LEASE - 1
        with pytest.raises(Locked), leases.hold(upload):
            pass
        now[0] += 2
        with leases.hold(upload):
            alive()
    with leases.hold(upload):
        pass


def test_pieces_come_in_order_and_the_thread_ends() -> None:
    before = threading.active_count()
    assert list(ahead(iter([bytes([n]) for n in range(50)]))) == [bytes([n]) for n in range(50)]
    assert threading.active_count() == before


def test_error_comes_out_where_it_happened_and_an_early_end_stops_the_thread() -> None:
    def broken() -> Iterator[bytes]:
        yield b"1"
        raise ValueError("damaged")

    seen = []
    with pytest.raises(ValueError, match="damaged"):
        seen.extend(ahead(broken()))
    before = threading.active_count()
    endless = ahead(iter(lambda: b"x", None))
    assert next(endless) == b"x"
    endless.close()  # type: ignore[attr-defined]  # a generator
    assert threading.active_count() == before
