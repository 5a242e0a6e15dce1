"""P12: the final act of a large draft against that of a small one: nothing that was received is read again."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import delete, update

from benchmarks.harness import Measure, Timed
from benchmarks.scene import Scene, pattern, wall
from procurement.bids.models import BidCommitRequest, BidDeposit, BidDraft, BidEnvelope
from procurement.cli.deposit_client import Prepared
from signing.sealed.descriptor import Candidate, Kind
from signing.sealed.sealing import EnvelopePlan, SourceFile
from tests.factories import accounts

#: Most bytes of the final act's request and response together.
MOST = 64_000
SMALL = 20 << 20


class Act:
    """One draft, committed again in each round after its deposit was undone."""

    def __init__(self, scene: Scene, size: int, number: int) -> None:
        self._scene = scene
        source = pattern(scene.folder / f"{size}.bin", size)
        plan = EnvelopePlan(0, Kind.OFFRE, [SourceFile(source, "offre.bin", "application/octet-stream")])
        group = Candidate(scene.bidder.made.siret, (accounts.make_siret(900_000 + number),))
        with scene.logging():
            self._prepared: Prepared = scene.bidder.sealing.prepare(
                scene.world.consultation.id, group, [plan], at=scene.world.now()
            )
        source.unlink()
        self.bytes = 0

    def timed(self) -> Timed:
        """Return the measure."""
        return self._run

    def _run(self) -> float:
        body = json.dumps(self._prepared.final_act).encode()
        path = f"/api/v1/plis/{self._prepared.deposit}/depot"
        with self._scene.logging():
            request = self._scene.request("POST", path, body, {"Content-Type": "application/json"})
            seconds = wall(lambda: self._answer(request))
        self._undo()
        return seconds

    def _answer(self, request: object) -> None:
        response = self._scene.answer(request)
        assert response.status_int == 201, response.text
        self.bytes = len(request.as_bytes()) + len(response.body) + len(str(response.headers))  # type: ignore[attr-defined]  # webob
        assert self.bytes < MOST

    def _undo(self) -> None:
        number = uuid.UUID(self._prepared.deposit)
        with self._scene.runtime.database.write() as session:
            session.execute(delete(BidEnvelope).where(BidEnvelope.deposit_id == number))
            session.execute(delete(BidDeposit).where(BidDeposit.id == number))
            session.execute(delete(BidCommitRequest).where(BidCommitRequest.draft_id == number))
            session.execute(update(BidDraft).where(BidDraft.id == number).values(committed_at=None))


def measures(folder: Path, *, quick: bool) -> Iterator[Measure]:
    """Give the ratio: at most three times as long for a draft a hundred times as large."""
    scene = Scene(folder)
    size = (256 << 20) if quick else (2 << 30) - (1 << 20)
    small, large = Act(scene, SMALL, 1), Act(scene, size, 2)
    yield Measure(
        id="P12", what=f"final act of {size >> 20} MiB against 20 MiB, < 64 kB", clock="wall",
        floor=small.timed(), subject=large.timed(), demand=3.0, at_most=True,
    )  # fmt: skip
    print(f"P12   request and response: {large.bytes} bytes (< {MOST})")
