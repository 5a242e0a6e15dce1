"""``kill -9`` at random moments of deposits on the real server: nothing that was acknowledged is lost.

``pytest tests/faults/test_kill9.py --kills 50 --engine sqlite [--seed N] -s``
"""

import random
import threading
import tomllib
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from procurement.cli.demo.actors import server_time
from procurement.cli.demo.browser import Browser
from procurement.cli.deposit_client import HeldKey
from procurement.core.db import Database, schema
from procurement.core.runtime import Runtime, start
from procurement.core.worker import Worker
from signing.sealed.descriptor import Candidate, Kind
from signing.sealed.sealing import EnvelopePlan, SourceFile
from tests.factories import accounts
from tests.factories.accounts import Made
from tests.factories.bids import World, make_world
from tests.faults.bidder import PHASES, Acknowledged, PatientClient, PatientSend, sources
from tests.faults.evidence import Evidence
from tests.faults.machine import Machine, free_port, settings_for

pytestmark = pytest.mark.slow
#: Phases in which the client waits for the killer, since no request of its own is in flight.
_PAUSES = frozenset({"between", "acknowledged"})
#: One kill in so many takes master, server and job worker together.
_WHOLE = 9


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--engine", default=None)
        metafunc.parametrize("kind", [wanted] if wanted else ["sqlite", "postgresql"])


@pytest.fixture
def kills(request: pytest.FixtureRequest, kind: str, scale: str) -> int:
    given = request.config.getoption("--kills", default=None)
    table = tomllib.loads(Path(__file__).parents[1].joinpath("scale.toml").read_text())
    return int(given or table["kill9"][kind][scale])


class Killer:
    """Kill at a random moment of a chosen phase, and write down where the client was."""

    def __init__(self, machine: Machine, draws: random.Random, most: int) -> None:
        self._machine = machine
        self._draws = draws
        self._most = most
        self._phase = "idle"
        self._lock = threading.Lock()
        self._target = ""
        self._skip = 0
        self._timer: threading.Timer | None = None
        self.hit: Counter[str] = Counter()
        self.whole = 0
        self._aim()

    @property
    def done(self) -> int:
        return sum(self.hit.values())

    def enter(self, phase: str) -> None:
        """Note where the client is; the kill comes at a pause at once, and in a request after a random moment."""
        with self._lock:
            self._phase = phase
            if phase != self._target or self._timer is not None or self.done >= self._most:
                return
            if self._skip:
                self._skip -= 1
                return
            if phase in _PAUSES:
                self._kill()
                return
            # Requests take 5 to 80 ms; a phase not hit yet is not given the time to end first.
            longest = self._draws.choice((0.01, 0.03, 0.08)) if self.hit[phase] else 0.004
            self._timer = threading.Timer(self._draws.uniform(0, longest), self._fire)
            self._timer.start()

    def wait(self) -> None:
        """Let a kill that is under way land before the next deposit begins."""
        timer = self._timer
        if timer is not None:
            timer.join()

    def _fire(self) -> None:
        with self._lock:
            self._timer = None
            self._kill()

    def _kill(self) -> None:
        self.hit[self._phase] += 1
        if self.done % _WHOLE == 0:
            self.whole += 1
            self._machine.kill_machine()
        else:
            self._machine.kill_process()
        self._aim()

    def _aim(self) -> None:
        """Choose the next phase: one not hit yet while there is one, then any, the commit more often than others."""
        missing = [phase for phase in PHASES if not self.hit[phase]]
        self._target = self._draws.choice(missing or [*PHASES, "commit", "commit", "patch"])
        self._skip = self._draws.randrange(3) if self._target in {"patch", "objects", "create"} else 0


@dataclass
class Scene:
    """A server with a consultation that takes bids, and a company that deposits."""

    runtime: Runtime
    world: World
    company: Made
    machine: Machine

    def browser(self) -> Browser:
        browser = Browser(f"http://127.0.0.1:{self.machine.port}")
        account = self.company.people["depositor"]
        browser.post_form("/connexion", {"email": account.email, "password": account.password})
        return browser


@pytest.fixture
def scene(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    url = f"sqlite:///{tmp_path}/pli.sqlite"
    if kind == "postgresql":
        url = request.getfixturevalue("fresh_postgres_url")
    port = free_port()
    ini = settings_for(tmp_path, url, port)
    database = Database(url)
    schema.upgrade(database)
    database.dispose()
    runtime = start(ini)
    world = make_world(runtime)
    with runtime.database.write() as session:
        company = accounts.create_company(session, runtime.clock.now())
    runtime.database.dispose()
    machine = Machine(tmp_path, ini, port)
    machine.start()
    _wait_for(port)
    try:
        yield Scene(runtime, world, company, machine)
    finally:
        machine.stop()
        runtime.database.dispose()


def _wait_for(port: int) -> None:
    send = PatientSend(Browser(f"http://127.0.0.1:{port}"), lambda _phase: None)
    assert send("GET", "/healthz", None, {}).status == 200


def test_kill_at_any_moment_loses_no_acknowledged_bid(
    scene: Scene, kills: int, seed: int, kind: str, tmp_path: Path
) -> None:
    killer = Killer(scene.machine, random.Random(seed), kills)
    acknowledged = deposit_under_fire(scene, killer, kills, tmp_path)
    scene.machine.stop()
    evidence = Evidence(scene.runtime)
    late = check(evidence, acknowledged, scene.world.key)
    hit = {phase: killer.hit[phase] for phase in (*PHASES, *sorted(set(killer.hit) - set(PHASES)))}
    print(
        f"\nkill -9, {kind}: {killer.done} kills ({killer.whole} of the whole machine), {len(acknowledged)} deposits, "
        f"orphans swept {late}, phases {hit}, seed {seed}"
    )
    if kills >= 2 * len(PHASES):
        assert [phase for phase in PHASES if not killer.hit[phase]] == [], "a phase was never hit"
        assert killer.whole == killer.done // _WHOLE


def deposit_under_fire(scene: Scene, killer: Killer, kills: int, folder: Path) -> list[Acknowledged]:
    """Deposit until enough kills have landed; every deposit ends with a receipt in the client's hands."""
    browser = scene.browser()
    send = PatientSend(browser, killer.enter)
    client = PatientClient(send, killer.enter)
    now = server_time(browser)
    acknowledged = []
    while killer.done < kills:
        number = len(acknowledged)
        content = {
            "prix.pdf": bytes([number % 251]) * (5 << 20),
            "dc1.pdf": b"%PDF-1.7 " + str(number).encode(),
        }
        paths = sources(folder / "files" / str(number), content)
        plans = [
            EnvelopePlan(0, Kind.CANDIDATURE, [SourceFile(paths["dc1.pdf"], "dc1.pdf", "application/pdf")]),
            EnvelopePlan(0, Kind.OFFRE, [SourceFile(paths["prix.pdf"], "prix.pdf", "application/pdf")]),
        ]
        # A group of its own each time: the chain of one candidate takes one first bid only.
        group = Candidate(scene.company.siret, (accounts.make_siret(500_000 + number),))
        prepared = client.prepare(scene.world.consultation.id, group, plans, at=now)
        acknowledged.append(client.deposit_all(prepared, content))
        killer.wait()
    return acknowledged


def check(evidence: Evidence, acknowledged: list[Acknowledged], key: HeldKey) -> int:
    """Compare what the clients were told with what is there."""
    Worker(evidence.runtime.jobs).run_all()
    deposits = {uuid.UUID(one.prepared.deposit): one for one in acknowledged}
    assert sorted(evidence.deposits()) == sorted(deposits)
    for number, one in deposits.items():
        assert evidence.receipt(number) == one.receipt
        assert evidence.open(number, key) == one.content
    assert evidence.journal_lines("bids:deposit:committed") == dict.fromkeys(deposits, 1)
    assert evidence.journal_holds()
    assert evidence.parts_hold() > 0
    return _swept(evidence, key, deposits)


def _swept(evidence: Evidence, key: HeldKey, deposits: dict[uuid.UUID, Any]) -> int:
    """Orphans of interrupted requests stay two days, then go; everything that a row names stays for ever."""
    found = evidence.orphans(), evidence.unfinished_writes()
    evidence.sweep()
    assert (evidence.orphans(), evidence.unfinished_writes()) == found
    evidence.age_everything()
    evidence.sweep()
    assert (evidence.orphans(), evidence.unfinished_writes()) == (set(), [])
    assert evidence.parts_hold() > 0
    assert all(evidence.open(number, key) for number in deposits)
    return len(found[0]) + len(found[1])
