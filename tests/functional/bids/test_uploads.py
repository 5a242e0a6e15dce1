"""tus over HTTP: parts, checksums, offsets, limits, cuts, concurrent writers."""

import base64
import hashlib
import threading
import uuid
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from webob import Request

from procurement.bids.models import BidAttempt, BidAttemptEvent, BidChunk, BidUpload
from procurement.cli.deposit_client import RefusedByServer, Reply
from procurement.core import services
from procurement.core.clock import SandboxClock
from procurement.core.storage import Storage
from signing.merkle import root
from signing.sealed.stream import PLI
from tests.factories import accounts
from tests.factories.bids import Bidder, World

MIB = 1 << 20
URL = "/api/v1/televersements"


def stream(segments: int, rest: int = 0) -> bytes:
    """Return bytes of a length that a sealed stream can have."""
    size = segments * MIB + rest
    PLI.plain_size_of(size)
    return hashlib.shake_128(str(size).encode()).digest(size)


def leaves(data: bytes) -> list[bytes]:
    return [hashlib.sha256(data[at : at + MIB]).digest() for at in range(0, len(data), MIB)]


class Tus:
    """A tus client that lets a test choose every header."""

    def __init__(self, bidder: Bidder, deposit: str) -> None:
        self.send = bidder.send
        self.deposit = deposit

    def create(self, length: int, *, envelope: uuid.UUID | None = None, n: int = 1, **changed: str) -> Reply:
        parts = {"deposit": self.deposit, "envelope": str(envelope or uuid.uuid4()), "n": str(n)}
        metadata = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in parts.items()
        )
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": metadata}
        return self.send(
            "POST", URL, b"", {**headers, **{key.replace("_", "-"): value for key, value in changed.items()}}
        )

    def patch(self, address: str, offset: int, body: bytes, **changed: str) -> Reply:
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
        }
        return self.send(
            "PATCH",
            address,
            body,
            {**headers, **{key.replace("_", "-"): value for key, value in changed.items()}},
        )

    def offset(self, address: str) -> int:
        reply = self.send("HEAD", address, None, {"Tus-Resumable": "1.0.0"})
        assert reply.status == 200
        return int(reply.headers["upload-offset"])


@pytest.fixture
def bidder(world: World) -> Bidder:
    return world.company()


@pytest.fixture
def tus(world: World, bidder: Bidder) -> Tus:
    return Tus(bidder, bidder.sealing.start(world.consultation.id))


def code(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json()["code"]


def test_options_tells_what_the_server_can_do(world: World) -> None:
    headers = world.client().options(URL, status=204).headers
    assert headers["Tus-Version"] == "1.0.0"
    assert headers["Tus-Extension"] == "creation,checksum,expiration,termination"
    assert headers["Tus-Checksum-Algorithm"] == "sha256,sha1,pli-tree"
    assert headers["Tus-Max-Size"] == str(PLI.cipher_size(2 << 30))


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "pli-tree"])
def test_upload_in_parts_with_checksums_stores_equal_bytes_and_root(
    world: World, tus: Tus, algorithm: str
) -> None:
    data = stream(3, 500_000)
    address = tus.create(len(data)).headers["location"]
    for start in (0, 2 * MIB):
        part = data[start : start + 2 * MIB]
        digest = root(leaves(part)) if algorithm == "pli-tree" else hashlib.new(algorithm, part).digest()
        reply = tus.patch(
            address, start, part, Upload_Checksum=f"{algorithm} {base64.b64encode(digest).decode()}"
        )
        assert (reply.status, reply.headers["upload-offset"]) == (204, str(start + len(part)))
        assert reply.headers["tus-resumable"] == "1.0.0"
    with world.runtime.database.read() as session:
        upload = session.scalars(select(BidUpload)).one()
        chunks = session.scalars(select(BidChunk).order_by(BidChunk.start)).all()
        events = session.scalars(select(BidAttemptEvent.code)).all()
        attempt = session.scalars(select(BidAttempt)).one()
    storage: Storage = services.find(world.runtime.registry, Storage)
    assert b"".join(piece for chunk in chunks for piece in storage.open(chunk.storage_key)) == data
    assert (upload.offset, upload.ct_root) == (len(data), root(leaves(data)))
    assert upload.completed_at is not None
    assert (list(events), attempt.bytes) == (["part", "part"], len(data))


def test_lost_creation_answer_gives_the_same_upload(tus: Tus) -> None:
    envelope = uuid.uuid4()
    first = tus.create(1000, envelope=envelope)
    again = tus.create(1000, envelope=envelope)
    assert (first.status, again.status) == (201, 201)
    assert first.headers["location"] == again.headers["location"]
    assert code(tus.create(2000, envelope=envelope)) == (409, "bid.upload_exists")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"Tus_Resumable": "0.2.2"}, (412, "bid.tus_version")),
        ({"Upload_Length": "x"}, (400, "bid.header_invalid")),
        ({"Upload_Length": "-1"}, (400, "bid.header_invalid")),
        ({"Upload_Length": "12"}, (400, "bid.length_invalid")),
        ({"Upload_Metadata": "deposit x"}, (400, "bid.metadata_invalid")),
        ({"Upload_Metadata": ""}, (400, "bid.metadata_invalid")),
        ({"Upload_Length": str(PLI.cipher_size((2 << 30) + 1))}, (413, "bid.too_large")),
    ],
)
def test_creation_refused_before_the_first_byte(
    tus: Tus, changed: Mapping[str, str], expected: tuple[int, str]
) -> None:
    assert code(tus.create(1000, **changed)) == expected


def test_number_of_files_and_total_are_limited_before_the_first_byte(world: World, tus: Tus) -> None:
    with world.runtime.database.write() as session:
        from procurement.consultations.models import Consultation

        row = session.get_one(Consultation, world.consultation.id)
        row.files, row.file_bytes, row.total_bytes = 3, 10 * MIB, 20 * MIB
    envelope = uuid.uuid4()
    assert tus.create(9 * MIB, envelope=envelope, n=1).status == 201
    assert tus.create(9 * MIB, envelope=envelope, n=2).status == 201
    assert tus.create(9 * MIB, envelope=envelope, n=3).json()["limit"] == "total_bytes"
    assert tus.create(1000, envelope=envelope, n=3).status == 201
    assert tus.create(1000, envelope=envelope, n=4).json()["limit"] == "files"
    assert tus.create(1000, envelope=envelope, n=0).status == 201


@pytest.mark.parametrize(
    ("offset", "size", "changed", "expected"),
    [
        (MIB, MIB, {}, (409, "bid.offset_mismatch")),
        (0, 3 * MIB, {}, (413, "bid.upload_too_long")),
        (0, MIB, {"Content_Type": "application/octet-stream"}, (415, "bid.media_type")),
        (0, MIB, {"Upload_Checksum": "md5 AAAA"}, (400, "bid.checksum_unknown")),
        (0, MIB, {"Upload_Checksum": f"sha256 {'A' * 43}="}, (460, "bid.checksum_mismatch")),
        (0, MIB + 7, {"Upload_Checksum": f"sha256 {'A' * 43}="}, (409, "bid.chunk_unaligned")),
        (0, 100, {}, (400, "bid.chunk_empty")),
        (0, 0, {}, (400, "bid.chunk_empty")),
        (0, MIB, {"Tus_Resumable": "2.0.0"}, (412, "bid.tus_version")),
        (0, MIB, {"Upload_Offset": ""}, (400, "bid.header_invalid")),
    ],
)
def test_part_refused_keeps_the_offset(
    world: World, tus: Tus, offset: int, size: int, changed: Mapping[str, str], expected: tuple[int, str]
) -> None:
    data = stream(2)
    address = tus.create(len(data)).headers["location"]
    assert code(tus.patch(address, offset, (data * 2)[:size], **changed)) == expected
    assert tus.offset(address) == 0
    storage: Storage = services.find(world.runtime.registry, Storage)
    assert list(storage.keys("bids/")) == []


def test_part_that_ends_inside_a_segment_keeps_whole_segments(tus: Tus) -> None:
    data = stream(3, 1000)
    address = tus.create(len(data)).headers["location"]
    reply = tus.patch(address, 0, data[: 2 * MIB + 77])
    assert (reply.status, reply.headers["upload-offset"]) == (204, str(2 * MIB))
    assert tus.patch(address, 2 * MIB, data[2 * MIB :]).headers["upload-offset"] == str(len(data))


class Cut(BytesIO):
    """A body whose sender hangs up after some bytes."""

    def __init__(self, data: bytes, at: int) -> None:
        super().__init__(data)
        self.at = at

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= self.at:
            raise OSError("the client hung up")
        return super().read(min(size if size and size > 0 else self.at, self.at - self.tell()))


@pytest.mark.parametrize(("checksum", "kept"), [(False, MIB), (True, 0)])
def test_cut_part_keeps_whole_segments_or_nothing_with_a_checksum(
    tus: Tus, kept: int, *, checksum: bool
) -> None:
    data = stream(4)
    address = tus.create(len(data)).headers["location"]
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "X-CSRF-Token": tus.send.csrf()}
    if checksum:
        headers["Upload-Checksum"] = "pli-tree " + base64.b64encode(root(leaves(data))).decode()
    body = Cut(data, MIB + 500)
    environ = {
        "wsgi.input": body,
        "CONTENT_LENGTH": str(len(data)),
        "CONTENT_TYPE": "application/offset+octet-stream",
    }
    request = tus.send.app.RequestClass.blank(address, environ=environ, method="PATCH", headers=headers)
    request.environ |= {**environ, "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"}
    response = tus.send.app.do_request(request, expect_errors=True)
    assert response.status_int == (409 if checksum else 204)
    assert tus.offset(address) == kept


def test_expired_upload_is_gone(clock: SandboxClock, world: World, bidder: Bidder, tus: Tus) -> None:
    address = tus.create(1000).headers["location"]
    clock.advance(days=world.runtime.settings.upload_days, seconds=1)
    again = Tus(Bidder(bidder.made, world.signed_in(bidder.made.people["depositor"])), tus.deposit)
    assert code(again.patch(address, 0, stream(0, 1000))) == (410, "bid.upload_expired")
    assert code(again.create(1000)) == (410, "bid.upload_expired")


def test_terminated_upload_is_not_found_and_may_be_sent_anew(tus: Tus) -> None:
    envelope = uuid.uuid4()
    address = tus.create(1000, envelope=envelope).headers["location"]
    assert tus.patch(address, 0, stream(0, 1000)).status == 204
    assert tus.send("DELETE", address, None, {"Tus-Resumable": "1.0.0"}).status == 204
    assert tus.send("HEAD", address, None, {"Tus-Resumable": "1.0.0"}).status == 404
    assert tus.create(2000, envelope=envelope).status == 201


def test_four_writers_at_one_offset_commit_one_part(world: World, bidder: Bidder, tus: Tus) -> None:
    data = stream(8)
    address = tus.create(len(data)).headers["location"]
    token = tus.send.csrf()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in tus.send.app.cookiejar)
    statuses: list[int] = []

    def write() -> None:
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": "0",
            "X-CSRF-Token": token,
            "Cookie": cookies,
            "Content-Type": "application/offset+octet-stream",
        }
        request = Request.blank(address, headers=headers, method="PATCH", body=data)
        request.host = "localhost"
        statuses.append(request.get_response(world.runtime.app).status_int)

    threads = [threading.Thread(target=write) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 409, 423}
    assert tus.offset(address) == len(data)
    with world.runtime.database.read() as session:
        assert session.scalar(select(func.count()).select_from(BidChunk)) == 1


def test_upload_of_another_company_is_not_found(world: World, tus: Tus) -> None:
    address = tus.create(1000).headers["location"]
    stranger = Tus(world.company(), tus.deposit)
    assert stranger.send("HEAD", address, None, {"Tus-Resumable": "1.0.0"}).status == 404
    assert stranger.patch(address, 0, stream(0, 1000)).status == 404
    assert stranger.create(1000).status == 404


def test_session_that_ended_gives_401_and_loses_nothing(world: World, bidder: Bidder, tus: Tus) -> None:
    data = stream(2)
    address = tus.create(len(data)).headers["location"]
    assert tus.patch(address, 0, data[:MIB]).status == 204
    signed_out = Tus(bidder, tus.deposit)
    accounts.sign_out(signed_out.send.app)
    for reply in (
        signed_out.send(
            "PATCH",
            address,
            data[MIB:],
            {"Tus-Resumable": "1.0.0", "Upload-Offset": str(MIB), "X-CSRF-Token": "x"},
        ),
        signed_out.create(1000),
    ):
        assert reply.status == 401
    again = Tus(Bidder(bidder.made, world.signed_in(bidder.made.people["depositor"])), tus.deposit)
    assert again.offset(address) == MIB
    assert again.patch(address, MIB, data[MIB:]).status == 204


def test_missing_csrf_token_is_refused(world: World, tus: Tus) -> None:
    address = tus.create(1000).headers["location"]
    headers: dict[str, Any] = {
        "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"
    }  # fmt: skip
    assert (
        tus.send.app.request(address, method="PATCH", body=stream(0, 1000), headers=headers, status=400).json[
            "code"
        ]
        == "http.csrf"
    )
    assert tus.offset(address) == 0


def test_draft_of_a_stranger_cannot_be_started_by_the_buyer(world: World) -> None:
    buyer = world.signed_in(world.buyer.people["publisher"])
    with pytest.raises(RefusedByServer) as caught:
        Bidder(world.buyer, buyer).sealing.start(world.consultation.id)
    assert caught.value.reply.status == 403


def test_draft_that_has_expired_is_not_resumed(
    world: World, clock: SandboxClock, bidder: Bidder, tus: Tus
) -> None:
    clock.advance(seconds=timedelta(days=world.runtime.settings.upload_days).total_seconds())
    again = world.signed_in(bidder.made.people["depositor"])
    assert again("GET", f"/api/v1/plis/{tus.deposit}", None, {}).json()["state"] == "expired"
