"""Read the objects of a PDF with pyHanko, in bounded time and memory, and hand them over as plain values.

pyHanko's reader trusts a file's own figures in a few places (empty rows in a cross-reference stream, a comment at the end of
the file, an object stream parsed anew for each object); each is guarded, here or in ``_pyhanko_pdf_guards``. The reader is lenient: a producer's slip must
not make a signature unreadable, and the rules of ``signing.pades`` compare what was read, revision by revision.
"""

import re
import sys
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from pyhanko.pdf_utils import generic, misc, reader, xref
from pyhanko.pdf_utils.crypt import AuthStatus, StandardSecurityHandler
from pyhanko.pdf_utils.decode_limits import DecodeContext, DecodePurpose

from signing._pyhanko_pdf_guards import Bytes, Sections, decode_limits, last_start
from signing.pades.objects import Name, Pdf, PdfEncrypted, PdfUnreadable, Place, Ref, Stream, Value

_HEADER = re.compile(rb"%PDF-\d\.\d")
_HEADER_WITHIN = 1024
_VALUE = re.compile(rb"/Contents[\x00\t\n\x0c\r ]*<([0-9A-Fa-f]{500,})>")
#: A dictionary that holds a long value begins at most this far before it.
_NEAR = 64 << 10
_READ_DICTIONARY = generic.DictionaryObject.read_from_stream.__code__


class _Reader(reader.PdfFileReader):
    """pyHanko's reader over our bounded sections, which opens each object stream once and notes where objects end."""

    def __init__(self, data: bytes) -> None:
        self.holes: dict[int, int] = {}
        if b"/Encrypt" not in data:
            self.holes = {match.start(1): match.end(1) for match in _VALUE.finditer(data)}
        self.starts = sorted(self.holes)
        self.data = data
        stream = Bytes(data)
        self._security_handler = None
        #: A dictionary was met in which a key stands twice: readers disagree on which one counts.
        self.doubled = False
        self._decode_context = DecodeContext(decode_limits(len(data)), input_size=len(data))
        self.resolved_objects: dict[tuple[int, int], Any] = {}
        self._input_version = None
        self._historical_resolver_cache: dict[int, Any] = {}
        self._embedded_signatures = None
        self.stream = stream
        self.ends: dict[tuple[int, int], int] = {}
        self.object_streams: dict[int, tuple[bytes, list[tuple[int, int]]]] = {}
        self._header_version = reader._read_header_version(stream)  # noqa: SLF001 - what the constructor we stand in for does
        last = last_start(data)
        builder: Any = Sections(handler=self, stream=stream, strict=False, last_startxref=last)
        self.xrefs = xref.XRefCache(self, builder.read_xrefs())
        self.last_startxref = builder.last_startxref
        self.trailer = builder.trailer
        self.has_xref_stream = builder.has_xref_stream

    @property
    def strict(self) -> bool:  # type: ignore[override]  # an attribute there; its setter is never used here
        """Tell pyHanko to be lenient; a dictionary asks it only when a key stands twice in it."""
        if sys._getframe(1).f_code is _READ_DICTIONARY:  # noqa: SLF001 - there is no other sign of it but a log line
            self.doubled = True
        return False

    def _read_object(
        self,
        ref: generic.Reference,
        marker: int | xref.ObjStreamRef | None,
        never_decrypt: bool = False,  # noqa: FBT001, FBT002 - its signature
        as_metadata_stream: bool = False,  # noqa: FBT001, FBT002 - its signature
    ) -> Any:
        found = self._read_with_value(ref, marker, never_decrypt, as_metadata_stream)
        if isinstance(marker, int):
            self.ends[ref.idnum, ref.generation] = self.stream.tell()
        return found

    def _read_with_value(
        self, ref: generic.Reference, marker: int | xref.ObjStreamRef | None, *options: bool
    ) -> Any:
        """Read an object; the one long value that was skipped in it is its /Contents, or the object is read again in full."""
        found, skipped = self._read_skipping(self._holes_near(marker), ref, marker, options)
        if len(skipped) == 1 and isinstance(marker, int) and isinstance(found, generic.DictionaryObject):
            written = self.data[marker : self.stream.tell()]
            if written.count(b"/Contents") == 1 and dict.get(found, "/Contents") == "":
                digits = self.data[skipped[0] : self.holes[skipped[0]]]
                value = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
                found["/Contents"] = generic.ByteStringObject(value)
                return found
        return self._read_skipping({}, ref, marker, options)[0] if skipped else found

    def _read_skipping(
        self,
        holes: dict[int, int],
        ref: generic.Reference,
        marker: int | xref.ObjStreamRef | None,
        options: tuple[bool, ...],
    ) -> tuple[Any, list[int]]:
        """Read an object past some long values; reading it may read another one, its length, which notes its own."""
        stream = self.stream
        outer = stream.holes, stream.skipped
        stream.holes, stream.skipped = holes, []
        try:
            return super()._read_object(ref, marker, *options), stream.skipped
        finally:
            stream.holes, stream.skipped = outer

    def _holes_near(self, marker: int | xref.ObjStreamRef | None) -> dict[int, int]:
        """Return the long values that may stand in an object; looking for them at each byte costs too much elsewhere."""
        if not isinstance(marker, int):
            return {}
        following = bisect(self.starts, marker)
        near = following < len(self.starts) and self.starts[following] - marker < _NEAR
        return self.holes if near else {}

    def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> Any:
        content, rows = self.object_streams.get(stmnum) or self._open_object_stream(stmnum)
        place = (
            rows[idx][1]
            if 0 <= idx < len(rows) and rows[idx][0] == idnum
            else dict(reversed(rows)).get(idnum)
        )
        if place is None:
            return generic.NullObject()
        source = Bytes(content)
        source.seek(place)
        skip: Any = misc.read_non_whitespace
        skip(source, seek_back=True)
        return generic.read_object(source, generic.Reference(idnum, 0, self))

    def _open_object_stream(self, number: int) -> tuple[bytes, list[tuple[int, int]]]:
        stream = generic.Reference(number, 0, self).get_object()
        if not isinstance(stream, generic.StreamObject) or stream.get("/Type") != "/ObjStm":
            raise misc.PdfReadError("an object stream that is none")
        content = stream.read_data(DecodePurpose.OBJECT_STREAM)
        first, count = int(stream["/First"]), int(stream["/N"])
        figures = [int(figure) for figure in content[:first].split()[: 2 * count]]
        rows = [(owner, first + offset) for owner, offset in zip(figures[0::2], figures[1::2], strict=False)]
        self.object_streams[number] = content + b"\n", rows
        return self.object_streams[number]


@contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except PdfUnreadable:
        raise
    except Exception as error:
        raise PdfUnreadable(f"{type(error).__name__}: {error}") from error


class Document:
    """A PDF as its last cross-reference section shows it; see ``signing.pades.objects.Pdf``.

    ``later`` is a later state of the same file: what stands there in the same bytes is not read again.
    """

    def __init__(self, data: bytes, later: Pdf | None = None) -> None:
        self.size = len(data)
        self._later = later
        self._cache: dict[Ref, Value] = {}
        with _guarded():
            self._reader: Any = _Reader(_with_header_first(data))
            self.encrypted = self._opened()
            self.trailer = self._dictionary(self._reader.trailer.flatten())
        self._doubled: set[Ref | None] = {None} if self._reader.doubled else set()

    def _opened(self) -> bool:
        """Open an encrypted file with the empty password, which only restricts what a reader may do."""
        if not self._reader.encrypted:
            return False
        handler = self._reader.security_handler
        if not isinstance(handler, StandardSecurityHandler):
            raise PdfEncrypted("encrypted for the holder of a key")
        if handler.authenticate(b"", id1=self._reader.document_id[0]).status == AuthStatus.FAILED:
            raise PdfEncrypted("encrypted under a password")
        return True

    def get(self, ref: Ref) -> Value:
        """Return an object, None when it does not exist or cannot be read."""
        if ref not in self._cache and not self._borrowed(ref):
            self._reader.doubled = False
            try:
                with _guarded():
                    found = self._reader.get_object(
                        generic.Reference(ref.number, ref.generation, self._reader)
                    )
                    self._cache[ref] = self._value(found)
            except PdfUnreadable:
                self._cache[ref] = None
            if self._reader.doubled:
                self._doubled.add(ref)
        return self._cache[ref]

    def _borrowed(self, ref: Ref) -> bool:
        """Take an object from the later state when its bytes are the same; not a stream, whose length may have changed."""
        later, place = self._later, self.place(ref)
        if later is None or place is None or place != later.place(ref):
            return False
        value = later.get(ref)
        if value is None or isinstance(value, Stream) or later.end(ref) > self.size:
            return False
        self._cache[ref] = value
        if later.doubled(ref):
            self._doubled.add(ref)
        return True

    def doubled(self, ref: Ref | None) -> bool:
        """Tell whether an object that was got, or the trailer (None), has a dictionary in which a key stands twice."""
        return ref in self._doubled

    def all_doubled(self) -> list[Ref]:
        """Return the objects, of those that were got, in which a key stands twice."""
        return sorted(ref for ref in self._doubled if ref is not None)

    def place(self, ref: Ref) -> Place | None:
        """Return where an object stands, None when it does not exist."""
        with _guarded():
            found = self._location(ref)
            if isinstance(found, xref.ObjStreamRef):
                stream = self._location(Ref(found.obj_stream_id, 0))
                return Place(stream, ref.number) if isinstance(stream, int) else None
            return None if found is None else Place(found)

    def end(self, ref: Ref) -> int:
        """Return where the bytes of an object end, the size of the file when they could not be read."""
        with _guarded():
            found = self._location(ref)
        holder = Ref(found.obj_stream_id, 0) if isinstance(found, xref.ObjStreamRef) else ref
        self.get(ref)
        return int(self._reader.ends.get(holder, self.size))

    def _location(self, ref: Ref) -> Any:
        return self._reader.xrefs[generic.Reference(ref.number, ref.generation, self._reader)]

    def startxrefs(self) -> list[int]:
        """Return the offsets of the cross-reference sections, oldest first."""
        sections = self._reader.xrefs
        return [int(sections.get_startxref_for_revision(index)) for index in range(sections.total_revisions)]

    def _value(self, found: Any) -> Value:
        if isinstance(found, generic.DecryptedObjectProxy):
            found = found.decrypted
        if isinstance(found, generic.StreamObject):
            return Stream(self._dictionary(found), found.encoded_data, lambda: _decoded(found))
        if isinstance(found, generic.DictionaryObject):
            return self._dictionary(found)
        if isinstance(found, list):
            return [self._value(item) for item in list.__iter__(found)]
        return _simple(found)

    def _dictionary(self, found: Any) -> dict[str, Value]:
        # The value of a signature is never encrypted (ISO 32000-1, 7.6.1).
        bare = "/Contents" if "/ByteRange" in found else ""
        values = {str(key): self._value(item) for key, item in dict.items(found) if key != bare}
        if bare in found:
            values[bare] = _simple(found.raw_get(bare, decrypt=generic.EncryptedObjAccess.RAW))
        return values


def _simple(found: Any) -> Value:  # noqa: PLR0911 - pyHanko ships no types; one line a type
    if isinstance(found, generic.IndirectObject):
        return Ref(int(found.idnum), int(found.generation))
    if isinstance(found, generic.NameObject):
        return Name(found)
    if isinstance(found, generic.TextStringObject):
        return bytes(found.original_bytes)
    if isinstance(found, bytes):
        return bytes(found)
    if isinstance(found, generic.BooleanObject):
        return bool(found.value)
    if isinstance(found, Decimal):
        return Decimal(found)
    return int(found) if isinstance(found, int) else None


def _decoded(stream: Any) -> bytes:
    with _guarded():
        return bytes(stream.data)


def _with_header_first(data: bytes) -> bytes:
    """Return the data with its header at the very start, where pyHanko wants it, and every other byte in its place."""
    if data.startswith(b"%PDF-"):
        return data
    found = _HEADER.search(data, 0, _HEADER_WITHIN)
    if found is None:
        raise PdfUnreadable("no PDF header")
    blank = b" " * (found.end() - len(found.group()) - 1)
    return found.group() + b"\n" + blank + data[found.end() :]
