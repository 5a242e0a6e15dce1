"""A form with files is cut exactly, however the bytes come, and never held whole."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.consultations.multipart import FIELD_BYTES, HEAD_BYTES, Reader
from procurement.core.errors import Invalid

KIND = "multipart/form-data; boundary=frontière".replace("è", "e")


class Trickle(io.BytesIO):
    """Give a few bytes at a time, as a slow network does."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self._step = step

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(self._step, size or 0))


def body(*parts: tuple[str, bytes | None, bytes]) -> bytes:
    out = b"preamble to be skipped"
    for name, file_name, data in parts:
        out += b'\r\n--frontiere\r\nContent-Disposition: form-data; name="' + name.encode() + b'"'
        if file_name is not None:
            out += b'; filename="' + file_name + b'"\r\nContent-Type: Application/PDF; x=1'
        out += b"\r\n\r\n" + data
    return out + b"\r\n--frontiere--\r\n"


def reader(data: bytes, step: int = 1 << 16, length: int | None = None) -> Reader:
    return Reader(Trickle(data, step), KIND, len(data) if length is None else length)


@given(
    data=st.lists(
        st.sampled_from([b"\r\n", b"--", b"frontiere", b"\r\n--frontier", b"x" * 50, b"\0"]), max_size=12
    ).map(b"".join),
    step=st.integers(1, 80),
)
def test_bytes_come_out_as_they_went_in(data: bytes, step: int) -> None:
    if b"\r\n--frontiere" in b"\r\n" + data:
        return
    parts = [
        (part.name, part.file_name, part.media_type, b"".join(part.chunks()))
        for part in reader(body(("a", None, b"un"), ("f", b"caf\xc3\xa9%22.pdf", data)), step).parts()
    ]
    assert parts == [
        ("a", None, "application/octet-stream", b"un"),
        ("f", b'caf\xc3\xa9".pdf', "application/pdf", data),
    ]


def test_parts_not_read_are_passed_over() -> None:
    names = [part.name for part in reader(body(("a", b"a", b"x" * 9000), ("b", b"b", b""))).parts()]
    assert names == ["a", "b"]


def test_text_field_read_and_limited() -> None:
    part = next(reader(body(("t", None, "été".encode()))).parts())
    assert part.text() == "été"
    part = next(reader(body(("t", None, b"x" * (FIELD_BYTES + 1)))).parts())
    with pytest.raises(Invalid) as refused:
        part.text()
    assert refused.value.code == "document.upload_malformed"


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "multipart/mixed; boundary=b"])
def test_other_bodies_are_refused(kind: str) -> None:
    with pytest.raises(Invalid) as refused:
        Reader(io.BytesIO(b""), kind, 0)
    assert refused.value.code == "document.upload_malformed"


def test_endless_head_is_refused() -> None:
    data = b"--frontiere\r\n" + b"x" * (HEAD_BYTES * 40)
    with pytest.raises(Invalid) as refused:
        next(reader(data, 1000).parts())
    assert refused.value.code == "document.upload_malformed"


@pytest.mark.parametrize("kept", [5, 40, 120])
def test_body_cut_short_is_said(kept: int) -> None:
    data = body(("a", None, b"un"), ("f", b"f.pdf", b"x" * 100))
    with pytest.raises(Invalid) as refused:
        list(reader(data[:kept], length=len(data)).parts())
    assert refused.value.code == "document.upload_cut"
