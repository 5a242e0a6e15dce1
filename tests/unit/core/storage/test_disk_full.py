"""A disk that is really full: a small tmpfs where one may be mounted, and a file size limit elsewhere."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from procurement.core.storage import FileStorage, StorageFull

MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path):
    point = tmp_path / "small"
    point.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(point)],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {made.stderr.strip()}")
    yield point
    subprocess.run(["umount", str(point)], check=True)


def test_disk_full_is_said_and_earlier_objects_stay(small_disk: Path) -> None:
    store = FileStorage(small_disk / "objects")
    store.put("first", [b"x" * MIB])
    with pytest.raises(StorageFull) as refusal:
        store.put("second", (b"x" * MIB for _ in range(10)))
    assert refusal.value.status == 507
    assert list(store.keys()) == ["first"]
    assert [path.name for path in (small_disk / "objects").iterdir()] == ["first"]
    assert store.put("third", [b"x" * MIB]).size == MIB


def test_failed_write_leaves_nothing(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import resource, signal, sys
        from pathlib import Path
        from procurement.core.storage import FileStorage, StorageError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        store = FileStorage(Path(sys.argv[1]))
        try:
            store.put("a", [b"x" * (1 << 20), b"x"])
        except StorageError as error:
            print(type(error).__name__, list(Path(sys.argv[1]).iterdir()))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "o")],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path.cwd(),
    )
    assert done.stdout == "StorageError []\n"
