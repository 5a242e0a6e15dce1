"""One test class for both stores: what holds for files holds for S3."""

import hashlib
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from procurement.core.settings import Settings, SettingsError
from procurement.core.storage import (
    BadKey,
    FileStorage,
    KeyMissing,
    KeyTaken,
    Storage,
    StorageError,
    Stored,
    build,
)
from procurement.core.storage.s3 import PART

MIB = 1 << 20


@pytest.fixture(params=["files", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "s3":
        return build(Settings(**request.getfixturevalue("s3_settings")))
    return build(Settings(storage="files", data_directory=tmp_path))


@pytest.fixture
def prefix() -> str:
    return f"t-{uuid.uuid4().hex}"


def read(store: Storage, key: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.open(key, start, length))


class TestBothStores:
    def test_put_returns_size_and_hash(self, store: Storage, prefix: str) -> None:
        body = b"pli" * 1000
        assert store.put(f"{prefix}/a", [body]) == Stored(3000, hashlib.sha256(body).hexdigest())
        assert read(store, f"{prefix}/a") == body
        assert store.size(f"{prefix}/a") == 3000

    def test_put_empty(self, store: Storage, prefix: str) -> None:
        assert store.put(f"{prefix}/empty", []) == Stored(0, hashlib.sha256(b"").hexdigest())
        assert read(store, f"{prefix}/empty") == b""

    def test_put_joins_chunks_in_order(self, store: Storage, prefix: str) -> None:
        store.put(f"{prefix}/a", (bytes([n]) * n for n in range(200)))
        assert read(store, f"{prefix}/a") == b"".join(bytes([n]) * n for n in range(200))

    @pytest.mark.parametrize("size", [PART - 1, PART, PART + 1, 2 * PART + 5])
    def test_put_large_around_part_size(self, store: Storage, prefix: str, size: int) -> None:
        body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        stored = store.put(f"{prefix}/large", (body[at : at + 5 * MIB] for at in range(0, size, 5 * MIB)))
        assert stored == Stored(size, hashlib.sha256(body).hexdigest())
        assert hashlib.sha256(read(store, f"{prefix}/large")).hexdigest() == stored.sha256

    @pytest.mark.parametrize("size", [3, PART + 1])
    def test_put_twice_refused_and_first_kept(self, store: Storage, prefix: str, size: int) -> None:
        store.put(f"{prefix}/a", [b"first"])
        with pytest.raises(KeyTaken):
            store.put(f"{prefix}/a", [b"x" * size])
        assert read(store, f"{prefix}/a") == b"first"

    def test_put_at_once_by_many_gives_one_winner(self, store: Storage, prefix: str) -> None:
        outcomes: list[str] = []
        start = threading.Barrier(6)

        def put(number: int) -> None:
            start.wait()
            try:
                store.put(f"{prefix}/race", [str(number).encode()])
                outcomes.append(str(number))
            except KeyTaken:
                outcomes.append("taken")

        threads = [threading.Thread(target=put, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        winners = [outcome for outcome in outcomes if outcome != "taken"]
        assert len(outcomes) == 6
        assert len(winners) == 1
        assert read(store, f"{prefix}/race").decode() == winners[0]

    @pytest.mark.parametrize("before", [1, PART * 2])
    def test_put_interrupted_leaves_no_key(self, store: Storage, prefix: str, before: int) -> None:
        def broken() -> Iterator[bytes]:
            yield b"x" * before
            raise ConnectionResetError("the client hung up")

        with pytest.raises(ConnectionResetError):
            store.put(f"{prefix}/half", broken())
        assert list(store.keys(prefix)) == []
        assert store.put(f"{prefix}/half", [b"whole"]).size == 5

    @pytest.mark.parametrize(
        ("start", "length", "expected"),
        [
            (0, 4, b"0123"),
            (4, 3, b"456"),
            (8, None, b"89"),
            (8, 50, b"89"),
            (10, None, b""),
            (30, 2, b""),
            (3, 0, b""),
        ],
    )
    def test_open_range(
        self, store: Storage, prefix: str, start: int, length: int | None, expected: bytes
    ) -> None:
        store.put(f"{prefix}/a", [b"0123456789"])
        assert read(store, f"{prefix}/a", start, length) == expected

    def test_open_gives_pieces_of_a_mebibyte_at_most(self, store: Storage, prefix: str) -> None:
        store.put(f"{prefix}/a", [b"x" * (2 * MIB + 7)])
        sizes = [len(piece) for piece in store.open(f"{prefix}/a")]
        assert max(sizes) <= MIB
        assert sum(sizes) == 2 * MIB + 7

    def test_missing_key_is_said_before_reading(self, store: Storage, prefix: str) -> None:
        with pytest.raises(KeyMissing):
            store.open(f"{prefix}/none")
        with pytest.raises(KeyMissing):
            store.size(f"{prefix}/none")
        with pytest.raises(KeyMissing):
            store.age(f"{prefix}/none")
        assert store.exists(f"{prefix}/none") is False

    def test_keys_sorted_and_by_prefix(self, store: Storage, prefix: str) -> None:
        for name in ("b/2", "a/10", "a/9", "ab"):
            store.put(f"{prefix}/{name}", [b"x"])
        assert list(store.keys(f"{prefix}/")) == [f"{prefix}/{name}" for name in ("a/10", "a/9", "ab", "b/2")]
        assert list(store.keys(f"{prefix}/a/")) == [f"{prefix}/a/10", f"{prefix}/a/9"]

    def test_delete_removes_and_forgives(self, store: Storage, prefix: str) -> None:
        store.put(f"{prefix}/a", [b"x"])
        store.delete(f"{prefix}/a")
        store.delete(f"{prefix}/a")
        assert store.exists(f"{prefix}/a") is False

    def test_age_is_short_after_put(self, store: Storage, prefix: str) -> None:
        store.put(f"{prefix}/a", [b"x"])
        assert timedelta(seconds=-2) < store.age(f"{prefix}/a") < timedelta(minutes=1)

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            ".hidden",
            "a/.part",
            "a b",
            "a\\b",
            "é",
            "a\n",
            "a" * 600,
        ],
    )
    def test_bad_key_refused(self, store: Storage, key: str) -> None:
        with pytest.raises(BadKey):
            store.put(key, [b"x"])
        with pytest.raises(BadKey):
            store.open(key)
        with pytest.raises(BadKey):
            store.delete(key)


def test_s3_unreachable_is_storage_error() -> None:
    store = build(
        Settings(storage="s3", s3_endpoint="http://127.0.0.1:9", s3_access_key="k", s3_secret_key="s")
    )
    with pytest.raises(StorageError):
        store.exists("a")


def test_s3_wrong_secret_is_storage_error(s3_settings: dict[str, str]) -> None:
    store = build(Settings(**{**s3_settings, "s3_secret_key": "wrong"}))
    with pytest.raises(StorageError):
        store.put("a", [b"x"])


def test_s3_missing_bucket_is_storage_error(s3_settings: dict[str, str]) -> None:
    store = build(Settings(**{**s3_settings, "s3_bucket": "pli-none"}))
    with pytest.raises(StorageError):
        store.put("a", [b"x"])


def test_s3_sweep_aborts_interrupted_upload(s3_settings: dict[str, str]) -> None:
    store = build(Settings(**s3_settings))
    client, bucket = store._client, s3_settings["s3_bucket"]
    client.create_multipart_upload(Bucket=bucket, Key="interrupted")
    assert store.sweep(timedelta(hours=1)) == 0
    assert store.sweep(timedelta(seconds=-10)) == 1
    assert client.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


def test_s3_without_extra_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(SettingsError, match=r"pip install 'pli\[s3\]'"):
        build(Settings(storage="s3"))


def test_s3_part_in_transit_altered_is_refused(s3_settings: dict[str, str]) -> None:
    store = build(Settings(**s3_settings))

    def alter(request: object, **_kw: object) -> None:
        request.body = b"altered"

    store._client.meta.events.register("before-send.s3.PutObject", alter)
    with pytest.raises(StorageError):
        store.put("altered", [b"content"])
    assert store.exists("altered") is False


@pytest.fixture
def files(tmp_path: Path) -> FileStorage:
    return FileStorage(tmp_path / "objects")


def test_files_refuse_symlinked_file(files: FileStorage, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (tmp_path / "objects" / "a").symlink_to(secret)
    with pytest.raises(BadKey):
        files.open("a")
    with pytest.raises(BadKey):
        files.put("a", [b"x"])
    assert secret.read_text() == "secret"


def test_files_refuse_symlinked_folder(files: FileStorage, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "objects" / "dir").symlink_to(tmp_path / "outside")
    with pytest.raises(BadKey):
        files.put("dir/a", [b"x"])
    assert list((tmp_path / "outside").iterdir()) == []


def test_files_are_private(files: FileStorage, tmp_path: Path) -> None:
    files.put("bids/a", [b"x"])
    assert (tmp_path / "objects" / "bids" / "a").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "objects" / "bids").stat().st_mode & 0o777 == 0o700


def test_files_sweep_removes_old_parts_only(files: FileStorage, tmp_path: Path) -> None:
    files.put("bids/a", [b"x"])
    (tmp_path / "objects" / "bids" / ".0123.part").write_bytes(b"half")
    assert files.sweep(timedelta(hours=48)) == 0
    assert files.sweep(timedelta(seconds=-10)) == 1
    assert list(files.keys()) == ["bids/a"]


def test_files_folder_is_not_a_key(files: FileStorage) -> None:
    files.put("bids/a", [b"x"])
    assert files.exists("bids") is False
    assert files.exists("bids/a/b") is False
    with pytest.raises(KeyMissing):
        files.open("bids")


def test_files_unwritable_folder_is_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError):
        FileStorage(tmp_path / "file" / "objects")


def test_files_shortened_while_read_is_storage_error(files: FileStorage, tmp_path: Path) -> None:
    files.put("a", [b"x" * (MIB + 10)])
    pieces = files.open("a")
    next(pieces)
    (tmp_path / "objects" / "a").write_bytes(b"")
    with pytest.raises(StorageError):
        next(pieces)
