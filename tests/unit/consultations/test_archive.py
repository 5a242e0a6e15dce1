"""The archive: readable by others, the same bytes by any range, ZIP64 where it is needed."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from procurement.consultations.archive import Item, plan

AT = datetime(2027, 1, 11, 10, 0, 30)  # noqa: DTZ001  # ZIP knows no zone
contents = st.dictionaries(
    st.from_regex(r"[a-zé]{1,8}(/[a-z]{1,5})?", fullmatch=True), st.binary(max_size=60), max_size=6
)


def built(files: dict[str, bytes]) -> tuple[bytes, object]:
    items = [Item(name, len(data), zlib.crc32(data), name) for name, data in files.items()]
    archive = plan(items, AT)

    def open_object(key: str, start: int, length: int) -> Iterator[bytes]:
        yield files[key][start : start + length]

    return b"".join(archive.read(0, archive.size, open_object)), (archive, open_object)


@given(files=contents)
def test_archive_is_read_by_another_program(files: dict[str, bytes]) -> None:
    data, (archive, _open) = built(files)
    assert len(data) == archive.size
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        assert {item.filename: opened.read(item) for item in opened.infolist()} == files
        assert {item.date_time for item in opened.infolist()} <= {(2027, 1, 11, 10, 0, 30)}


@given(files=contents, data=st.data())
def test_any_range_is_a_slice(files: dict[str, bytes], data: st.DataObject) -> None:
    whole, (archive, open_object) = built(files)
    start = data.draw(st.integers(0, archive.size - 1))
    stop = data.draw(st.integers(start + 1, archive.size))
    assert b"".join(archive.read(start, stop, open_object)) == whole[start:stop]


def test_large_files_have_wide_sizes_and_offsets() -> None:
    size = 5 << 30
    archive = plan([Item("gros.bin", size, 7, "a"), Item("petit.txt", 3, 8, "b")], AT)
    heads = [piece for piece in archive.pieces if isinstance(piece, bytes)]
    assert archive.size == size + 3 + sum(map(len, heads))
    assert struct.unpack("<HHQQ", heads[0][-20:]) == (1, 16, size, size)
    end = heads[-1]
    # What zipfile reads of the directory alone: sizes, CRC and place of each entry.
    first, second = end.index(b"gros.bin"), end.index(b"petit.txt")
    assert struct.unpack("<HHQQ", end[first + 8 : first + 28]) == (1, 16, size, size)
    assert struct.unpack("<HHQ", end[second + 9 : second + 21]) == (1, 8, size + len(heads[0]))
    assert b"PK\x06\x06" in end
    assert b"PK\x06\x07" in end


def test_many_files_have_a_wide_count() -> None:
    archive = plan([Item(f"{rank}", 0, 0, "a") for rank in range(65_536)], AT)
    data = b"".join(piece for piece in archive.pieces if isinstance(piece, bytes))
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert len(opened.namelist()) == 65_536
