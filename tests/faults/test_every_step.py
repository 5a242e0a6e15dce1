"""Every durable step of a deposit fails once (EIO, ENOSPC): a full receipt or a clear error, never both, never neither."""

import errno
import itertools
import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from procurement.cli.deposit_client import Prepared, Reply, SealingClient
from procurement.core.runtime import Runtime
from signing.sealed.descriptor import Candidate
from tests.factories import accounts
from tests.factories.bids import Bidder, World, make_world, offer
from tests.faults.evidence import Evidence
from tests.faults.injection import Steps, injected

_PROBLEM = "application/problem+json"


@pytest.fixture
def engine() -> str:
    """One engine: the steps of the store are the same on the other, and its commits are killed elsewhere."""
    return "sqlite"


class ClearOrWhole:
    """Send; an error must be a problem with a sentence, and the same request sent again must succeed."""

    def __init__(self, bidder: Bidder, evidence: Evidence) -> None:
        self._bidder = bidder
        self._evidence = evidence
        self.refused: list[int] = []

    def __call__(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        reply = self._bidder.send(method, path, body, headers)
        if reply.status < 500:
            return reply
        self.refused.append(reply.status)
        assert reply.status in {503, 507}, reply.body
        assert reply.headers["content-type"].split(";")[0] == _PROBLEM
        assert reply.json()["detail"].endswith((".", "…"))
        if path.endswith("/depot"):
            number = uuid.UUID(path.split("/")[-2])
            assert number not in self._evidence.deposits(), "an error was answered to a deposit that was made"
        again = self._bidder.send(method, path, body, headers)
        assert again.status < 300, again.body
        return again


class OneDeposit:
    """The scenario: draft, uploads, objects, final act, receipt."""

    def __init__(self, world: World, bidder: Bidder, folder: Path) -> None:
        self._world = world
        self._bidder = bidder
        self._folder = folder
        self._numbers = itertools.count(600_000)
        self.evidence = Evidence(world.runtime)

    def run(self) -> list[int]:
        """Play it to the end; return the errors that were met on the way."""
        send = ClearOrWhole(self._bidder, self.evidence)
        client = SealingClient(send)
        group = Candidate(self._bidder.made.siret, (accounts.make_siret(next(self._numbers)),))
        content = b"%PDF-1.7 " + bytes(3000)
        plans = [offer(self._folder, content)]
        prepared, answer = client.deposit(self._world.consultation.id, group, plans, at=self._world.now())
        self._check(client, prepared, content)
        assert answer["deposit"] == prepared.deposit
        return send.refused

    def _check(self, client: SealingClient, prepared: Prepared, content: bytes) -> None:
        number = uuid.UUID(prepared.deposit)
        assert client.receipt(prepared.deposit, "json") == self.evidence.receipt(number)
        assert self.evidence.open(number, self._world.key) == {"offre.pdf": content}
        assert self.evidence.journal_lines("bids:deposit:committed")[number] == 1


def test_every_failing_step_gives_a_receipt_or_a_clear_error(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = make_world(runtime)
    scenario = OneDeposit(world, world.company(), tmp_path)
    scenario.run()
    with injected(runtime, monkeypatch) as steps:
        last = {error: exhaust(steps, scenario, error) for error in (errno.EIO, errno.ENOSPC)}
    assert len(set(last.values())) == 1
    assert scenario.evidence.journal_holds()
    print(f"\ndeposit: {last[errno.EIO]} steps, {last[errno.EIO] + 1} clean")


def exhaust(steps: Steps, scenario: OneDeposit, error: int) -> int:
    """Fail step 1, then 2, and so on until a run has no such step any more; return how many there are."""
    kinds: Counter[str] = Counter()
    for number in itertools.count(1):
        steps.arm(number, error)
        refused = scenario.run()
        if not steps.failed:
            assert refused == []
            print(f"{errno.errorcode[error]}: {dict(kinds)}")
            assert set(kinds) == {"open", "write", "fdatasync", "fsync", "link", "mkdir", "commit"}
            return number - 1
        kinds[steps.failed] += 1
    raise AssertionError("unreachable")
