"""P13: judge a 4.1.0 request and response natively, against the official kit and against a bare parse of the same file.

Both documents are ours and hold all 62 criteria, the response with every question answered; schemas and sheets are compiled
before. The kit is the folder of ``PLI_TEST_ESPD_KIT``; without it the comparison with the kit is left out, and said so.
"""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from lxml import etree

from benchmarks.harness import Measure, Timed
from dume import kit
from dume.espd.validate import validate
from dume.espd.write_v41 import write
from tests.vectors.dume.documents import documents


def cpu(work: Callable[[], object]) -> Timed:
    """Return a callable that gives the processor seconds of one run of `work`."""

    def timed() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return timed


def measures(folder: Path, *, quick: bool) -> Iterator[Measure]:
    """Give for each document: at least 8 times as fast as the kit, at most 10 times a bare parse."""
    del folder
    named = os.environ.get("PLI_TEST_ESPD_KIT")
    if not named:
        print("P13   not measured against the kit: PLI_TEST_ESPD_KIT names no folder of the official kits")
    made = documents()
    for name in ("request-everything", "response-full"):
        data = write(made[name])
        if not validate(data).valid:
            raise SystemExit(f"P13: {name} is not valid")
        what = f"judge a {name.partition('-')[0]} of {len(data) >> 10} KiB"
        if named:
            yield Measure(
                id="P13", what=f"{what}, against XSD and Saxon", clock="cpu",
                floor=cpu(partial(kit.validate, data, named)), subject=cpu(partial(validate, data)),
                demand=8.0, rounds=5,
            )  # fmt: skip
        yield Measure(
            id="P13", what=f"{what}, against a bare parse", clock="cpu",
            floor=cpu(partial(etree.fromstring, data)), subject=cpu(partial(validate, data)),
            demand=10.0, at_most=True, rounds=9 if quick else 25,
        )  # fmt: skip
