"""Verify the files of a folder, one process each, and tell of each what came out and what it cost.

Run as a program: ``malformed_worker.py FOLDER LIST``. It starts fresh and loads only what one sound file of a kind needs;
every hostile file is then verified in a child of its own, whose memory and time are those the system counted.
"""

import json
import logging
import os
import pickle
import resource
import sys
import time
import traceback
from datetime import datetime
from pathlib import Path

ADDRESS_SPACE = 1 << 30
SECONDS = 10


def main() -> None:
    folder = Path(sys.argv[1])
    logging.disable(logging.CRITICAL)
    terms = pickle.loads((folder / "terms").read_bytes())
    cases = [json.loads(line) for line in (folder / sys.argv[2]).read_text().splitlines()]
    # The first one is sound: it loads what its kind needs, and shows that the rest would pass if it were sound.
    answer = _verify(folder, cases[0], terms)
    print(json.dumps({**cases[0], **answer, "cpu": time.process_time(), "mib": _mib("VmHWM")}), flush=True)
    for case in cases:
        print(json.dumps({**case, **_in_child(folder, case, terms)}), flush=True)


def _mib(line: str) -> float:
    """Return what the system says of this process's memory."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{line}:")[2].split()[0]) / 1024


def _in_child(folder: Path, case: dict, terms: dict) -> dict:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(folder, case, terms, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    _, status, usage = os.wait4(child, 0)
    # A child starts without the pages of the libraries; only its growth is to be added to what a fresh process holds.
    cost = {"cpu": usage.ru_utime + usage.ru_stime, "status": os.waitstatus_to_exitcode(status), "mib": None}
    return {**cost, **(json.loads(answer) if answer else {})}


def _child(folder: Path, case: dict, terms: dict, writing: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    held = _mib("VmRSS")
    try:
        answer = _verify(folder, case, terms)
    except BaseException:  # noqa: BLE001 - whatever comes out is the finding
        answer = {"traceback": traceback.format_exc()[-2000:]}
    answer["mib"] = _mib("VmHWM") - held
    os.write(writing, json.dumps(answer).encode())
    os._exit(0)


def _verify(folder: Path, case: dict, terms: dict) -> dict:
    from signing import api
    from signing.report import as_json, exit_code
    from signing.types import Bytes

    contents = [Bytes(name, (folder / file).read_bytes()) for name, file in case["contents"]]
    report = api.verify(
        (folder / case["data"]).read_bytes(),
        name=case["file"],
        contents=contents,
        trust=terms["trust"],
        evidence=terms["evidence"],
        at=datetime.fromisoformat(terms["at"]),
    )
    shown = as_json(report, detail=True)
    json.dumps(shown)
    return {
        "exit": exit_code(report),
        "passed": [one["id"] for one in shown["signatures"] if one["indication"] == "TOTAL-PASSED"],
        "verdicts": [[one["indication"], one["subindication"]] for one in shown["signatures"]],
        "error": report.error.finding.code if report.error else None,
        "detail": getattr(report.error, "code", None),
    }


if __name__ == "__main__":
    main()
