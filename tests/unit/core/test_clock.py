from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from procurement.core.clock import SandboxClock, SystemClock

NOON = datetime(2027, 3, 15, 11, 0, tzinfo=UTC)


def test_system_clock_follows_the_wall() -> None:
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_system_clock_wall_jumps_keeps_the_guarded_time() -> None:
    clock = SystemClock()
    before = clock.now()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        assert abs(clock.drift() - 3600) < 5
        assert abs(clock.now() - before) < timedelta(seconds=5)


def test_sandbox_clock_frozen_stands_still() -> None:
    clock = SandboxClock(NOON, frozen=True)
    assert (clock.now(), clock.now(), clock.drift()) == (NOON, NOON, 0.0)


def test_sandbox_clock_running_goes_on() -> None:
    clock = SandboxClock(NOON)
    assert NOON <= clock.now() < NOON + timedelta(seconds=5)


def test_sandbox_clock_advance_moves_by_the_duration() -> None:
    assert SandboxClock(NOON, frozen=True).advance(hours=2) == NOON + timedelta(hours=2)


def test_sandbox_clock_move_reaches_another_process(tmp_path: Path) -> None:
    server = SandboxClock(path=tmp_path / "clock.json")
    worker = SandboxClock(path=tmp_path / "clock.json")
    server.move_to(NOON, frozen=True)
    assert worker.now() == NOON


def test_boottime_goes_on() -> None:
    clock = SystemClock()
    assert clock.boottime() <= SandboxClock().boottime()
