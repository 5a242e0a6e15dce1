"""Find the signatures and document time-stamps of a PDF, and read their dictionaries (ISO 32000-1, 12.8.1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from signing import limits
from signing.errors import Unverifiable
from signing.pades import byterange
from signing.pades.byterange import ByteRange
from signing.pades.fields import Form
from signing.pades.objects import Pdf, Ref, Value, entries, name, resolve, text
from signing.types import Finding

TIMESTAMP = "ETSI.RFC3161"
#: Entries that make a signature what it is: they must be the same in the signed revision and in the last one.
_IDENTITY = ("/Contents", "/ByteRange", "/Filter", "/SubFilter", "/Name")
_DATE = re.compile(
    r"(?:D:)?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:(Z)(?:00'?(?:00)?)?|([+-])(\d{2})'?(\d{2})?)?'?\s*\Z"
)


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature or document time-stamp: the field that holds it, and its dictionary as the last revision has it."""

    name: str
    field_name: str
    entries: dict[str, Value] = field(repr=False)
    subfilter: str | None
    contents: bytes | None = field(repr=False)
    byte_range: ByteRange | None
    #: What is wrong with the ByteRange, empty when it is sound.
    faults: tuple[Finding, ...]
    signing_time: datetime | None
    lock: Value = field(repr=False, default=None)

    @property
    def is_stamp(self) -> bool:
        """Tell whether this is a document time-stamp."""
        return self.subfilter == TIMESTAMP

    @property
    def end(self) -> int:
        """Return where the signed revision ends, 0 when the ByteRange is not sound."""
        return self.byte_range.end if self.byte_range and not self.faults else 0


def signatures(pdf: Pdf, form: Form, data: bytes) -> list[Signed]:
    """Return the signatures and document time-stamps in file order; raises Unverifiable beyond the limit."""
    found = sorted(
        _signatures(pdf, form, data), key=lambda signed: signed.byte_range.gap if signed.byte_range else 0
    )
    if len(found) > limits.SIGNATURES:
        raise Unverifiable("TOO_LARGE", "pdf.too_many_signatures", str(len(found)), count=len(found))
    return found


def _signatures(pdf: Pdf, form: Form, data: bytes) -> Iterator[Signed]:
    values: set[Ref] = set()
    labels: set[str] = set()
    for position, item in enumerate(form.fields, 1):
        value = resolve(pdf, item.value)
        if item.kind == "Sig" and isinstance(item.value, Ref) and value is None and pdf.place(item.value):
            value = {}
        if item.kind != "Sig" or not isinstance(value, dict):
            continue
        if isinstance(item.value, Ref):
            if item.value in values:
                continue
            values.add(item.value)
        label = item.name or f"sig-{position}"
        label = label if label not in labels else f"{label}#{position}"
        labels.add(label)
        yield _signed(pdf, value, data, label=label, field_name=item.name, lock=item.own.get("/Lock"))


def _signed(
    pdf: Pdf, value: dict[str, Value], data: bytes, *, label: str, field_name: str, lock: Value
) -> Signed:
    contents = resolve(pdf, value.get("/Contents"))
    contents = contents if isinstance(contents, bytes) else None
    numbers = resolve(pdf, value.get("/ByteRange"))
    if isinstance(numbers, list):
        numbers = [resolve(pdf, number) for number in numbers]
    found = byterange.parse(numbers)
    faults = byterange.faults(data, found, contents)
    if not contents or not contents.strip(b"\0"):
        faults.append(Finding("pdf.contents_missing"))
    subfilter = name(pdf, value.get("/SubFilter"))
    stated = text(pdf, value.get("/M"))
    return Signed(
        label,
        field_name,
        value,
        subfilter,
        contents,
        found,
        tuple(faults),
        moment(stated) if stated else None,
        lock,
    )


def moment(stated: str) -> datetime | None:
    """Read a PDF date (ISO 32000-1, 7.9.4) as UTC; one without a zone is taken as UTC. None when it is no date."""
    found = _DATE.match(stated)
    if found is None:
        return None
    year, month, day, *clock = (int(part) if part else None for part in found.groups()[:6])
    shift = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0)) * (-1 if found[8] == "-" else 1)
    try:
        hour, minute, second = (part or 0 for part in clock)
        zone = timezone(shift)
        return datetime(year or 0, month or 1, day or 1, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def not_as_signed(signed: Signed, pdf: Pdf, form: Form) -> list[Finding]:
    """Say how the signed revision does not hold the signature that the last revision shows.

    The dictionary must be in the revision it signs, its value where the ByteRange leaves a gap, and what makes it that
    signature unchanged since.
    """
    candidates = [item for item in form.fields if item.kind == "Sig" and item.name == signed.field_name]
    for item in candidates:
        own = entries(pdf, item.value)
        if own and all(_same(pdf, own.get(key), signed.entries.get(key)) for key in _IDENTITY):
            return [] if _stands_around_gap(signed, pdf, item.value) else [Finding("pdf.contents_elsewhere")]
    return [Finding("pdf.not_in_signed_revision")]


def _same(pdf: Pdf, first: Value, second: Value) -> bool:
    return resolve(pdf, first) == resolve(pdf, second)


def _stands_around_gap(signed: Signed, pdf: Pdf, value: Value) -> bool:
    if not isinstance(value, Ref) or signed.byte_range is None:
        return signed.byte_range is not None
    place = pdf.place(value)
    if place is None or place.number >= 0 or pdf.doubled(value):
        return False
    return place.start < signed.byte_range.gap and signed.byte_range.resume <= pdf.end(value)
