"""A company's client that goes on after every cut, knows in which phase it is, and tells it to whoever kills."""

import http.client
import time
import urllib.error
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from procurement.cli.demo.browser import Browser
from procurement.cli.deposit_client import Prepared, Reply, SealingClient
from signing.sealed.sending import SealingStream
from signing.sealed.stream import SEGMENT

#: Where a client is; "between" and "acknowledged" are pauses between two requests, the others are requests in flight.
PHASES = ("draft", "create", "patch", "between", "objects", "commit", "acknowledged", "receipt")
_CUTS = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
_PATIENCE = 60.0


class Cut(Exception):
    """The connection died in the middle of a request."""


class PatientSend:
    """Send through a browser; a server that is away is waited for by asking again."""

    def __init__(self, browser: Browser, enter: Callable[[str], None]) -> None:
        self._browser = browser
        self._enter = enter
        self.cuts = 0

    def __call__(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        phase = _phase(method, path)
        self._enter(phase)
        try:
            return self._again(method, path, body, headers, once=phase == "patch")
        finally:
            self._enter("idle")

    def _again(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], *, once: bool
    ) -> Reply:
        limit = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._browser.send(method, path, body, headers)
            except _CUTS as error:
                self.cuts += 1
                if time.monotonic() > limit:
                    raise
                time.sleep(0.02)
                if once:
                    raise Cut from error


def _phase(method: str, path: str) -> str:
    if path.endswith("/plis"):
        return "draft"
    if path.endswith("/televersements"):
        return "create"
    if path.endswith("/depot"):
        return "commit"
    if "/recu" in path:
        return "receipt"
    if "/objets/" in path:
        return "objects"
    return "patch" if method == "PATCH" else "other"


@dataclass
class Acknowledged:
    """What the client holds in its hands: the server's answer and the whole receipt."""

    prepared: Prepared
    answer: dict[str, Any]
    receipt: bytes
    content: dict[str, bytes] = field(repr=False)


class PatientClient(SealingClient):
    """Deposit whatever happens: ask for the offset after a cut, replay everything else."""

    def __init__(self, send: PatientSend, enter: Callable[[str], None]) -> None:
        super().__init__(send)
        self._enter = enter

    def send_stream(self, deposit: str, stream: SealingStream) -> str:
        address = self.create_upload(deposit, stream.envelope, stream.n, stream.ct_size)
        offset, first = 0, True
        while offset < stream.ct_size or first:
            first = False
            try:
                offset = self._go_on(address, stream, offset)
            except Cut:
                offset = self.offset(address)
        if offset == stream.ct_size:
            for (
                _segment
            ) in stream.segments():  # A stream that was cut is read to its end once more, for its hash.
                pass
        return address

    def offset(self, address: str) -> int:
        reply = self.call("HEAD", address, Tus_Resumable="1.0.0")
        return int(reply.headers["upload-offset"])

    def _go_on(self, address: str, stream: SealingStream, offset: int) -> int:
        held: list[bytes] = []
        for segment in stream.segments(offset // SEGMENT):
            held.append(segment)
            if len(held) == 2:
                offset, held = self.patch(address, offset, held), []
                self._enter("between")
        return self.patch(address, offset, held) if held else offset

    def deposit_all(self, prepared: Prepared, content: dict[str, bytes]) -> Acknowledged:
        answer = self.commit(prepared)
        self._enter("acknowledged")
        return Acknowledged(prepared, answer, self.receipt(prepared.deposit, "json"), content)


def sources(folder: Path, content: dict[str, bytes]) -> dict[str, Path]:
    """Write the files to seal."""
    folder.mkdir(parents=True)
    paths = {name: folder / name for name in content}
    for name, path in paths.items():
        path.write_bytes(content[name])
    return paths
