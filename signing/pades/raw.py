"""Look for signatures in bytes that claim to be a PDF and cannot be read as one: who seems to have signed is still said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from signing.errors import Unverifiable
from signing.facts import SignatureFacts
from signing.pades import byterange
from signing.pades.byterange import ByteRange
from signing.pades.cms import read_contents
from signing.pades.signature import TIMESTAMP
from signing.types import Coverage, Finding, Scope, ScopeKind

_MOST = 20
_BYTE_RANGE = re.compile(rb"/ByteRange[\x00\t\n\x0c\r ]{0,8}\[([\x00\t\n\x0c\r 0-9]{1,100})\]")
_CONTENTS = re.compile(rb"/Contents[\x00\t\n\x0c\r ]{0,8}(<[0-9A-Fa-f\x00\t\n\x0c\r ]{2,}>)")
_SUBFILTER = re.compile(rb"/SubFilter[\x00\t\n\x0c\r ]{0,8}/([A-Za-z0-9._]{1,40})")
_TITLE = re.compile(rb"/T[\x00\t\n\x0c\r ]{0,8}\(([\x20-\x27\x2a-\x5b\x5d-\x7e]{1,100})\)")
_NEAR = 2_000


@dataclass(frozen=True, slots=True)
class Trace:
    """What is left of a signature: its ByteRange, the value nearest to it, its subfilter."""

    byte_range: ByteRange | None
    contents: bytes = field(repr=False)
    subfilter: str | None
    label: str | None


def broken_signatures(
    data: bytes, detail: str, *, name: str, extra_certs: Sequence[bytes] = ()
) -> list[SignatureFacts]:
    """Return the signatures of which traces are left, each with a structure error.

    Raises Unverifiable (UNREADABLE) without a trace.
    """
    found = [trace for trace in traces(data) if trace.subfilter != TIMESTAMP]
    if not found:
        raise Unverifiable("UNREADABLE", "pdf.unreadable", detail[:200])
    labels = [trace.label for trace in found]
    names = [
        label
        if label and labels.index(label) == place
        else f"{label}#{place + 1}"
        if label
        else f"sig-{place + 1}"
        for place, label in enumerate(labels)
    ]
    return [_facts(data, trace, label, name, extra_certs) for trace, label in zip(found, names, strict=True)]


def _facts(data: bytes, trace: Trace, label: str, name: str, extra_certs: Sequence[bytes]) -> SignatureFacts:
    span = trace.byte_range
    digest_of = span.digest(data) if span and span.end <= len(data) else lambda _: b""
    facts = read_contents(trace.contents, digest_of, label=label, name=name, extra_certs=extra_certs)
    broken = (Finding("pdf.document_unreadable"), *byterange.faults(data, span, trace.contents))
    return replace(
        facts,
        structure_errors=(*facts.structure_errors, *broken),
        scope=(Scope(name, ScopeKind.PDF_REVISION, Coverage.NONE, note=Finding("pdf.revision_unknown")),),
        extra={
            **facts.extra,
            "sub_filter": trace.subfilter,
            "byte_range_valid": len(broken) == 1,
            "changed_pages": [],
            "annotation_changes": False,
            "undefined_changes": 0,
            "change": None,
        },
    )


def traces(data: bytes) -> list[Trace]:
    """Return what is left of signatures, in file order; twenty at most, and each ByteRange once."""
    found: dict[bytes, Trace] = {}
    for match in _BYTE_RANGE.finditer(data):
        written = b" ".join(match[1].split())
        if written not in found:
            found[written] = _trace(data, match.start(), written)
        if len(found) == _MOST:
            break
    return list(found.values())


def _trace(data: bytes, at: int, written: bytes) -> Trace:
    span = byterange.parse([int(number) for number in written.split()])
    contents = min(_contents(data, at, span), key=lambda item: abs(item.start() - at), default=None)
    start = min(at, contents.start()) if contents else at
    near = data[max(0, start - _NEAR) : start + _NEAR]
    subfilter, title = _SUBFILTER.search(near), _TITLE.search(near)
    return Trace(
        span,
        byterange.hex_string(contents[1]) if contents else b"",
        subfilter[1].decode("ascii") if subfilter else None,
        title[1].decode("ascii") if title else None,
    )


def _contents(data: bytes, at: int, span: ByteRange | None) -> Iterator[re.Match[bytes]]:
    """Yield the values of /Contents within reach of a ByteRange: before it by its own gap, or just after."""
    reach = (span.resume - span.gap if span and span.resume > span.gap else 0) + _NEAR
    yield from _CONTENTS.finditer(data, max(0, at - reach), min(len(data), at + reach))
