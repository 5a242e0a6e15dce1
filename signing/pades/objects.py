"""The objects of a PDF as plain Python values (ISO 32000-1, 7.3), whichever library read them.

``None``, ``bool``, ``int``, ``Decimal``, ``bytes`` (strings, decrypted, undecoded), ``Name``, ``Ref``, ``list``, ``dict`` keyed
by names with their slash, and ``Stream``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, Protocol

#: ISO 32000-1, annex D.2 differs from Latin-1 in a few code points that names of fields seldom hold.
_BOMS = ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"), (b"\xef\xbb\xbf", "utf-8"))


class PdfUnreadable(ValueError):
    """Say that the bytes do not make a PDF that can be read, or cost too much to read."""


class PdfEncrypted(PdfUnreadable):
    """Say that the PDF opens with a password or a key that is not at hand."""


class Name(str):
    """A name object, its slash included."""

    __slots__ = ()


class Ref(NamedTuple):
    """An indirect reference."""

    number: int
    generation: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream: its dictionary, its bytes as stored, and a function that undoes its filters.

    ``decode`` raises PdfUnreadable when a filter is unknown, broken, or yields too much.
    """

    entries: "dict[str, Value]"
    raw: bytes = field(repr=False)
    decode: Callable[[], bytes] = field(repr=False, compare=False)


Value = None | bool | int | Decimal | bytes | Name | Ref | Stream | list["Value"] | dict[str, "Value"]


class Place(NamedTuple):
    """Where an object starts in the file, or its number in the object stream that starts there."""

    start: int
    number: int = -1


class Pdf(Protocol):
    """One state of a document, as an application shows it."""

    @property
    def size(self) -> int:
        """Return the number of bytes of the file up to this state."""
        ...

    @property
    def trailer(self) -> dict[str, Value]:
        """Return the trailer, its inherited entries included."""
        ...

    def get(self, ref: Ref) -> Value:
        """Return an object, None when it does not exist or cannot be read."""
        ...

    def place(self, ref: Ref) -> Place | None:
        """Return where an object stands, None when it does not exist."""
        ...

    def end(self, ref: Ref) -> int:
        """Return where the bytes of an object end, the size of the file when they could not be read."""
        ...

    def doubled(self, ref: Ref | None) -> bool:
        """Tell whether an object that was got, or the trailer (None), has a dictionary in which a key stands twice."""
        ...

    def all_doubled(self) -> list[Ref]:
        """Return the objects, of those that were got, in which a key stands twice."""
        ...

    def startxrefs(self) -> list[int]:
        """Return the offsets of the cross-reference sections, oldest first."""
        ...


def resolve(pdf: Pdf, value: Value) -> Value:
    """Follow a reference to what it names, at most eight steps: a longer chain is a trap."""
    for _ in range(8):
        if not isinstance(value, Ref):
            return value
        value = pdf.get(value)
    return None


def entries(pdf: Pdf, value: Value) -> dict[str, Value]:
    """Return a dictionary, or that of a stream; an empty one for anything else."""
    value = resolve(pdf, value)
    if isinstance(value, Stream):
        return value.entries
    return value if isinstance(value, dict) else {}


def items(pdf: Pdf, value: Value) -> list[Value]:
    """Return an array's items, none for anything else."""
    value = resolve(pdf, value)
    return value if isinstance(value, list) else []


def text(pdf: Pdf, value: Value) -> str | None:
    """Decode a text string (ISO 32000-1, 7.9.2.2), None when it is not one."""
    value = resolve(pdf, value)
    if not isinstance(value, bytes):
        return None
    for bom, encoding in _BOMS:
        if value.startswith(bom):
            return value[len(bom) :].decode(encoding, "replace")
    return value.decode("latin-1")


def name(pdf: Pdf, value: Value) -> str | None:
    """Return a name without its slash, None when the value is not one."""
    value = resolve(pdf, value)
    return value[1:] if isinstance(value, Name) else None


def root(pdf: Pdf) -> dict[str, Value]:
    """Return the document catalogue."""
    return entries(pdf, pdf.trailer.get("/Root"))
