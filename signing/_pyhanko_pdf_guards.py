"""Bounds on what pyHanko's reader costs: the bytes it is shown, the cross-references it believes, what it may unfold."""

import logging
import re
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic, misc, reader, xref
from pyhanko.pdf_utils.decode_limits import (
    DecodeLimits,
    DecodePurpose,
    DocumentDecodeBudget,
    StreamDecodeLimits,
)

from signing import limits

_MIB = 1 << 20
_SECTIONS = 5 * limits.SIGNATURES
_EMPTY_READS = 10_000
_LAST_START = re.compile(rb"startxref[\x00\t\n\x0c\r ]*([0-9]{1,10})[\x00\t\n\x0c\r ]*%%EOF")
#: The marker stands in the last bytes, before what a transfer may have added.
_END_WITHIN = 2_048
_WIDTHS = 3
#: A sloppy producer may announce a few rows more than it writes.
_MISSING_ROWS = 1_000


def last_start(data: bytes) -> int:
    """Return where the last cross-reference section starts (ISO 32000-1, 7.5.5).

    pyHanko looks for it backwards, line by line, and never stops on a file cut after an empty line.
    """
    found = _LAST_START.findall(data, max(0, len(data) - _END_WITHIN))
    if not found:
        raise misc.PdfReadError("no end of file marker")
    return int(found[-1])


class _Quiet(logging.Filter):
    """Drop what pyHanko says of a file: the facts say it better, and a hostile file must not fill a disk with logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.CRITICAL


for _module in (reader, xref, generic):
    logging.getLogger(_module.__name__).addFilter(_Quiet())


class Bytes(BytesIO):
    """Bytes whose end is met a bounded number of times: a parser that waits there for more would wait for ever.

    ``holes`` are long hexadecimal strings, by the offset of their first digit: pyHanko reads them a digit at a time, so they
    are shown to it empty, noted in ``skipped``, and filled in afterwards.
    """

    ends = 0

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.holes: dict[int, int] = {}
        self.skipped: list[int] = []

    def read(self, size: int | None = -1, /) -> bytes:
        if size == 1 and self.holes:
            at = self.tell()
            if at in self.holes:
                self.skipped.append(at)
                self.seek(self.holes[at])
        found = super().read(size)
        if not found and size:
            self.ends += 1
            if self.ends > _EMPTY_READS:
                raise misc.PdfReadError("the end of the file was met too often")
        return found


class Sections(xref.XRefBuilder):
    """Cross-reference sections, in a bounded number and each no larger than its bytes allow."""

    def _read_xref_stream_object(self) -> Any:
        read: Any = super()._read_xref_stream_object
        ref, stream = read()
        widths = [int(width) for width in stream.get("/W")]
        if len(widths) < _WIDTHS or min(widths) < 0 or not 0 < sum(widths) <= 64:  # noqa: PLR2004 - beyond any file
            raise misc.PdfReadError("cross-reference rows without bytes")
        index = stream.get("/Index", [0, stream.get("/Size")])
        rows = sum(int(count) for count in list(index)[1::2])
        if rows > len(stream.read_data(DecodePurpose.XREF_STREAM)) // sum(widths) + _MISSING_ROWS:
            raise misc.PdfReadError("more cross-reference rows than bytes for them")
        if len(self.sections) > _SECTIONS:
            raise misc.PdfReadError("too many cross-reference sections")
        return ref, stream

    def _read_xref_table(self, declared_startxref: int) -> Any:
        if len(self.sections) > _SECTIONS:
            raise misc.PdfReadError("too many cross-reference sections")
        read: Any = super()._read_xref_table
        return read(declared_startxref)


def decode_limits(size: int) -> DecodeLimits:
    """Return what decoding may yield for a file of so many bytes."""
    return DecodeLimits(
        per_stream=StreamDecodeLimits(ratio_floor=_MIB, max_output_size=64 * _MIB),
        per_purpose={
            DecodePurpose.OBJECT_STREAM: StreamDecodeLimits(
                max_ratio=100, ratio_floor=2 * _MIB, max_output_size=64 * _MIB
            ),
            DecodePurpose.XREF_STREAM: StreamDecodeLimits(max_output_size=size + (64 << 10)),
        },
        document_budget=DocumentDecodeBudget(base_allowance=16 * _MIB, max_ratio=30),
    )
