"""P13: judge a 4.1.0 request and response natively, against the official kit and against a bare parse of the same file.

Both floors run on documents of all 62 criteria made from the kit of ``PLI_TEST_ESPD_KIT``; schemas and sheets are compiled
before. Without the kit only the parse is measured, on nothing: the sheet then says so and gives no ratio.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lxml import etree

from benchmarks.harness import Measure, Timed
from dume import kit
from dume.espd.validate import validate
from tests.contract.espd_mutants import bases

VERSION = "4.1.0"


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
        print("P13   not measured: PLI_TEST_ESPD_KIT names no folder of the official kits")
        return
    for kind, data in bases(Path(named), VERSION).items():
        if not (validate(data).valid and kit.validate(data, named).valid):
            raise SystemExit(f"P13: the {kind} is not valid")
        yield Measure(
            id="P13", what=f"judge a {kind} of {len(data) >> 10} KiB, against XSD and Saxon", clock="cpu",
            floor=cpu(lambda data=data: kit.validate(data, named)), subject=cpu(lambda data=data: validate(data)),
            demand=8.0, rounds=5,
        )  # fmt: skip
        yield Measure(
            id="P13", what=f"judge a {kind} of {len(data) >> 10} KiB, against a bare parse", clock="cpu",
            floor=cpu(lambda data=data: etree.fromstring(data)), subject=cpu(lambda data=data: validate(data)),
            demand=10.0, at_most=True, rounds=9 if quick else 25,
        )  # fmt: skip
