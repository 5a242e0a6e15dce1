"""What must end quickly, told in the time of a calm machine: a busy one is given what its own floor shows it lacks."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Process seconds that the floor takes on a calm machine.
CALM = 0.05
#: Room for noise that no floor shows; what hangs, or grows by its square, needs far more.
ROOM = 3


def floor() -> float:
    """Return the process time of a piece of work that is always the same; a tracer slows it as it slows the code."""
    began, held = time.process_time(), {}
    for number in range(600_000):
        held[number & 1023] = str(number)
    return time.process_time() - began


@contextmanager
def brief(seconds: float = 1.0) -> Iterator[None]:
    """Fail once the block takes more process time than ``seconds`` of a calm machine, with room for noise."""
    began = time.process_time()
    yield
    taken = time.process_time() - began
    if taken < seconds:
        return
    most = seconds * ROOM * max(1.0, floor() / CALM)
    assert taken < most, f"{taken:.1f} s of process time, {most:.1f} s allowed on this machine"
