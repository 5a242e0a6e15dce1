"""What is taken for the picture of a logo, what is left of it, and what is refused by name."""

import struct
import zlib

import pytest

from clauses.render.pictures import MOST_PIXELS, cleaned
from procurement.core.errors import Invalid
from tests.factories import pictures
from tests.factories.pictures import JPEG, chunk, exif, jpeg, png, segment
from tests.pace import brief

FRAME, SCAN = JPEG.index(b"\xff\xc0"), JPEG.index(b"\xff\xda")


def framed(**fields: bytes) -> bytes:
    """Return the JPEG with other bytes in its frame."""
    places = {"marker": 1, "depth": 4, "height": 5, "width": 7, "components": 9, "first": 10}
    data = bytearray(JPEG)
    for name, value in fields.items():
        data[FRAME + places[name] : FRAME + places[name] + len(value)] = value
    return bytes(data)


def bomb() -> bytes:
    """Return a PNG of one pixel that unpacks to 512 MB."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    packed = b"".join(packer.compress(block) for _part in range(512)) + packer.flush()
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", packed), chunk(b"IEND", b""))
    return pictures.PNG + b"".join(parts)


@pytest.mark.parametrize(
    "data",
    [
        png(),
        JPEG,
        png(8, 4, rows=b"\0\xff" * 4, head=(1, 0, 0)),
        png(9, 9, rows=bytes(9 * (1 + 4 * 2 * 9)), head=(16, 6, 0)),
        png(3, 3, more=[chunk(b"PLTE", bytes(6)), chunk(b"tRNS", b"\0\xff")], rows=bytes(12), head=(8, 3, 0)),
        # Interlaced, 3 × 3: passes 1 and 4 have one pixel, 5 a row of two, 6 two rows of one, 7 a row of three.
        png(3, 3, rows=bytes(2 + 2 + 3 + 2 * 2 + 4), head=(8, 0, 1)),
    ],
)
def test_whole_picture_is_kept_as_it_is(data: bytes) -> None:
    assert cleaned(data) == data


@pytest.mark.parametrize(
    "data",
    [
        png(more=[chunk(b"tEXt", b"Author\0Jeanne Martin"), chunk(b"eXIf", b"MM\0*48.85 N")]),
        png(more=[chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(1 << 20)))]),
        png(more=[chunk(b"acTL", struct.pack(">II", 2, 0))]),
        png() + b"<script>alert(1)</script>",
    ],
)
def test_what_is_no_picture_leaves_a_png(data: bytes) -> None:
    assert cleaned(data) == png()


@pytest.mark.parametrize(
    "data",
    [
        jpeg(exif(), segment(0xED, b"Photoshop 3.0\0Jeanne Martin"), segment(0xFE, b"<script>")),
        # Without a JFIF segment, as a camera writes it: one is given.
        JPEG[:2] + exif() + JPEG[20:],
        jpeg(segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01")),
        JPEG + b"PK\x03\x04 an archive after the end",
        # Bytes that fill up before a marker (T.81, B.1.1.2), here before the end.
        JPEG[:-2] + b"\xff" * 40 + JPEG[-2:],
    ],
)
def test_what_is_no_picture_leaves_a_jpeg(data: bytes) -> None:
    assert cleaned(data) == JPEG


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format"),
        (b"GIF89a" + bytes(50), "format"),
        (b"<!doctype html><script>alert(1)</script>", "format"),
        (b"\xff\xd8GIF", "format"),
        (pictures.PNG, "damaged"),
        (png()[:-20], "damaged"),
        (png().replace(b"IDAT", b"JDAT"), "damaged"),  # The checksum no longer holds.
        (png(rows=bytes(10)), "damaged"),
        (png(rows=b"\x05" + bytes(24 * 73 - 1)), "damaged"),  # There is no fifth filter.
        (png(3, 3, rows=bytes(12), head=(8, 3, 0)), "damaged"),  # Colours of a palette that is not there.
        (png(head=(3, 2, 0)), "damaged"),
        (bomb(), "damaged"),
        (png(MOST_PIXELS + 1, 1, rows=b""), "dimensions"),
        (png(50_000, 50_000, rows=b""), "dimensions"),
        (png(0, 24, rows=b""), "dimensions"),
        (png(80, 10, rows=b""), "dimensions"),
        (JPEG[: len(JPEG) // 2], "damaged"),
        (JPEG[:-2], "damaged"),
        (JPEG[: FRAME + 6], "damaged"),
        (JPEG[:2] + JPEG[-2:], "damaged"),
        (JPEG[:SCAN] + JPEG[SCAN:-2] * 65 + JPEG[-2:], "damaged"),
        (JPEG[:FRAME] + JPEG[FRAME + 19 :], "damaged"),  # A scan without its frame.
        (framed(width=struct.pack(">H", 60_000)), "dimensions"),
        (framed(height=struct.pack(">H", 0)), "dimensions"),
        (framed(marker=b"\xc9"), "colours"),  # Arithmetic coding.
        (framed(depth=b"\x0c"), "colours"),
        (framed(first=b"R\x22\0G\x11\x01B"), "colours"),
        (jpeg(segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")), "colours"),
    ],
)
def test_what_cannot_be_drawn_everywhere_is_refused_by_name(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        cleaned(data)
    assert refusal.value.code == f"clauses.logo_{code}"


def test_bytes_hidden_behind_the_pixels_of_a_png_are_refused() -> None:
    pixels = zlib.compress(bytes(24 * (1 + 3 * 24)))
    header = struct.pack(">IIBBBBB", 24, 24, 8, 2, 0, 0, 0)
    for hidden, refused in ((b"", False), (b"PK\x03\x04 an archive", True)):
        parts = (chunk(b"IHDR", header), chunk(b"IDAT", pixels + hidden), chunk(b"IEND", b""))
        data = pictures.PNG + b"".join(parts)
        if not refused:
            assert cleaned(data) == data
            continue
        with pytest.raises(Invalid) as refusal:
            cleaned(data)
        assert refusal.value.code == "clauses.logo_damaged"


@pytest.mark.parametrize("before", [JPEG[:2] + b"\xff\xda\x00\x02", JPEG[:2]])
def test_a_file_of_filling_bytes_is_refused_quickly(before: bytes) -> None:
    with brief(), pytest.raises(Invalid) as refusal:
        cleaned(before + b"\xff" * (1 << 20))
    assert refusal.value.code == "clauses.logo_damaged"
