"""No file, however hostile, passes, breaks the program, or costs more than a second and a hundred MiB."""

import json
import os
import pickle
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.signing import malformed, pki
from tests.signing.malformed import Case

ROOT = Path(__file__).resolve().parents[2]
#: Files that one kind of reader sees; the first of each is sound.
KINDS = {
    "xml": ("xml",),
    "pdf": ("pdf",),
    "cms": ("p7m", "p7s", "tsr"),
    "zip": ("asice", "asics", "zip"),
}
MIB = 100.0
#: A file may cost one second of processor with the program's start, which takes 0.4 s on the machine where that was set:
#: so each may cost this many starts, whatever machine draws it.
STARTS = (1.0 - 0.4) / 0.4


def cases(kind: str) -> list[Case]:
    everything = [*malformed.bases().values(), *malformed.stamps().values(), *attacks()]
    return [case for case in everything if case.file.rpartition(".")[2] in KINDS[kind]]


@cache
def attacks() -> list[Case]:
    """Return every attack at full scale, else a fixed sample in which each family has its place."""
    everything = malformed.generated()
    return everything if os.environ.get("PLI_TEST_SCALE") == "full" else malformed.sample(everything)


@cache
def outcomes(kind: str) -> list[dict]:
    """Verify every file of a kind in a fresh program; the first line is the program's own start."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        terms = {"trust": pki.trust(), "evidence": pki.evidence(), "at": pki.NOW.isoformat()}
        (folder / "terms").write_bytes(pickle.dumps(terms))
        with (folder / "list").open("w") as listing:
            for number, case in enumerate(cases(kind)):
                listing.write(json.dumps(_stored(folder, number, case)) + "\n")
        command = [sys.executable, "-m", "tests.signing.malformed_worker", name, "list"]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stderr == ""
        return [json.loads(line) for line in done.stdout.splitlines()]


def _stored(folder: Path, number: int, case: Case) -> dict:
    (folder / str(number)).write_bytes(case.data)
    contents = []
    for index, (name, data) in enumerate(case.contents):
        (folder / f"{number}-{index}").write_bytes(data)
        contents.append((name, f"{number}-{index}"))
    return {"name": case.name, "file": case.file, "data": str(number), "contents": contents}


def brief(outcome: dict) -> dict:
    return {key: value for key, value in outcome.items() if key not in {"data", "contents", "file"}}


def test_there_are_enough_of_them():
    assert len(attacks()) >= 300
    assert {malformed.family(case) for case in attacks()} == {
        malformed.family(case) for case in malformed.generated()
    }
    assert sum(len(cases(kind)) for kind in KINDS) == len(attacks()) + len(malformed.bases()) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_sound_files_pass(kind):
    sound = [one for one in outcomes(kind) if one["name"] in malformed.bases()]
    assert sound and [brief(one) for one in sound if one["exit"] != 0 or not one["passed"]] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_hostile_file_passes_or_breaks_the_program(kind):
    attacked = [one for one in outcomes(kind)[1:] if one["name"] not in malformed.bases()]
    assert len(attacked) == len(cases(kind)) - sum(case.name in malformed.bases() for case in cases(kind))
    wrong = [
        brief(one)
        for one in attacked
        if one["status"] != 0 or one.get("exit") not in {1, 2} or "traceback" in one
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_reader_fails_in_a_way_nobody_foresaw(kind):
    assert [brief(one) for one in outcomes(kind) if one.get("error") == "containers.damaged"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_file_costs_more_than_its_due(kind):
    start, *verified = outcomes(kind)
    dear = [
        brief(one)
        for one in verified
        if one["mib"] is None or start["mib"] + one["mib"] > MIB or one["cpu"] > STARTS * start["cpu"]
    ]
    assert dear == []
