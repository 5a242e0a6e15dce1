"""Turn a PDF into the facts of its signatures; nothing is judged here."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from signing import limits
from signing.containers.pdf import has_header
from signing.errors import Unverifiable
from signing.facts import SignatureFacts, StampFacts
from signing.pades import levels, raw
from signing.pades.cms import read_value
from signing.pades.dss import Store
from signing.pades.later import Kind, Later, later_changes
from signing.pades.objects import PdfEncrypted, PdfUnreadable, text
from signing.pades.permissions import Permissions, exceeded, permissions
from signing.pades.signature import Signed, not_as_signed, signatures
from signing.pades.stamping import Stamped, read_stamps
from signing.pades.states import State, States, open_states
from signing.types import Coverage, Finding, Format, Scope, ScopeKind
from signing.wording.pdf import ACTIONS, KINDS

#: What later revisions may hold without the document being another one.
_HARMLESS = frozenset({Kind.VALIDATION_DATA, Kind.TIMESTAMP, Kind.SIGNATURE, Kind.METADATA})


@dataclass(frozen=True, slots=True)
class _Document:
    """A PDF that could be read, what is signed in it, and what came with the question."""

    name: str
    states: States
    found: list[Signed]
    extra_certs: tuple[bytes, ...] = field(repr=False)


def read_pdf(data: bytes, *, name: str, extra_certs: Sequence[bytes] = ()) -> list[SignatureFacts]:
    """Read the signatures of a PDF; see ``signing.pades.read``."""
    if not has_header(data):
        raise Unverifiable("UNREADABLE", "pdf.unreadable", "no PDF header")
    try:
        document = _open(data, name, extra_certs)
    except PdfEncrypted as error:
        raise Unverifiable("UNSUPPORTED", "pdf.encrypted", str(error)) from error
    except PdfUnreadable as error:
        return raw.broken_signatures(data, str(error), name=name, extra_certs=extra_certs)
    facts = _values(document)
    stamps = read_stamps(document.states, document.found, facts, extra_certs=document.extra_certs)
    return [
        _facts(document, signed, facts[signed.name], stamps)
        for signed in document.found
        if not signed.is_stamp
    ]


def read_document_stamps(data: bytes, *, extra_certs: Sequence[bytes] = ()) -> list[StampFacts]:
    """Read the document time-stamps of a PDF; see ``signing.pades.stamps``."""
    try:
        document = _open(data, "", extra_certs)
    except PdfUnreadable:
        return []
    stamps = read_stamps(document.states, document.found, _values(document), extra_certs=document.extra_certs)
    return [stamp.facts for stamp in stamps]


def _open(data: bytes, name: str, extra_certs: Sequence[bytes]) -> _Document:
    if len(data) > limits.FILE_BYTES:
        raise Unverifiable("TOO_LARGE", "pdf.too_large", f"{len(data)} bytes")
    states = open_states(data)
    found = signatures(states.last.pdf, states.last.form, data)
    return _Document(name, states, found, tuple(extra_certs))


def _values(document: _Document) -> dict[str, SignatureFacts]:
    """Read the CMS of each signature, without what stands around it."""
    pool = (*document.states.last.store.certificates, *document.extra_certs)
    return {
        signed.name: read_value(
            signed, document.states.last.pdf, document.states.data, name=document.name, extra_certs=pool
        )
        for signed in document.found
        if not signed.is_stamp
    }


def _facts(
    document: _Document, signed: Signed, base: SignatureFacts, stamps: Sequence[Stamped]
) -> SignatureFacts:
    """Add to what a CMS says what its PDF says: the revision it covers, what came later, the store, the stamps."""
    states = document.states
    state = states.at(signed.end) if signed.end else None
    structure = [*base.structure_errors, *signed.faults, *_state_faults(signed, state)]
    allowed = permissions(states.last.pdf, signed.entries, signed.lock)
    later = _later(states, signed, state)
    mine = [stamped for stamped in stamps if stamped.over(signed)]
    store = states.all_stores()
    whole = replace(
        base,
        signing_time=signed.signing_time or base.signing_time,
        stamps=(*base.stamps, *(stamped.facts for stamped in mine)),
        structure_errors=(*structure, *_page_errors(later)),
        constraint_errors=(*base.constraint_errors, *_constraint_errors(later), *exceeded(allowed, later)),
        warnings=(*base.warnings, *_warnings(signed, base, later)),
        scope=tuple(_scope(document, signed, base, later)),
        extra={**base.extra, **_extra(states, signed, later, allowed)},
    )
    claimed = levels.level(
        levels.Claim(
            whole, signed, states.last.pdf, whole.stamps, store, any(item.over_revocation for item in mine)
        )
    )
    return _with_store(whole, claimed, store)


def _with_store(facts: SignatureFacts, level: str, store: Store) -> SignatureFacts:
    return replace(
        facts,
        level=level,
        format=Format.PDF if level == "NOT-ETSI" else Format.PADES,
        certificates=tuple(dict.fromkeys((*facts.certificates, *store.certificates))),
        crls=tuple(dict.fromkeys((*facts.crls, *store.crls))),
        ocsps=tuple(dict.fromkeys((*facts.ocsps, *store.ocsps))),
    )


def _state_faults(signed: Signed, state: State | None) -> list[Finding]:
    if not signed.end:
        return []
    if state is None:
        return [Finding("pdf.signed_revision_unreadable")]
    return not_as_signed(signed, state.pdf, state.form)


def _later(states: States, signed: Signed, state: State | None) -> Later:
    """Say what came after a signature; nothing can be said of one whose revision is not known."""
    if state is None:
        return Later()
    found = later_changes(state.pdf, states.last.pdf, states.budget)
    found.loose_bytes = states.bytes_after(signed.end)
    if found.loose_bytes:
        found.add(Kind.UNDEFINED)
    return found


def _page_errors(later: Later) -> list[Finding]:
    if not later.pages:
        return []
    shown = ", ".join(str(number) for number in later.pages[:20])
    return [Finding("pdf.pages_changed", {"pages": shown + (", …" if len(later.pages) > 20 else "")})]  # noqa: PLR2004


def _constraint_errors(later: Later) -> list[Finding]:
    found = []
    if later.undefined:
        one = later.undefined[0]
        words = f"{ACTIONS[one.action]} {one.keys[-1]}"
        found.append(Finding("pdf.undefined_changes", {"count": len(later.undefined), "change": words}))
    if later.loose_bytes:
        found.append(Finding("pdf.bytes_after_end", {"count": later.loose_bytes}))
    if later.incomplete:
        found.append(Finding("pdf.too_complex"))
    return found


def _warnings(signed: Signed, base: SignatureFacts, later: Later) -> list[Finding]:
    found = []
    if Kind.ANNOTATION in later.kinds:
        found.append(Finding("pdf.annotations_changed"))
    if Kind.FORM in later.kinds:
        found.append(Finding("pdf.form_changed"))
    if base.counter_signatures:
        found.append(Finding("pdf.counter_signatures", {"count": base.counter_signatures}))
    if signed.subfilter == "adbe.pkcs7.detached":
        found.append(Finding("pdf.adobe_subfilter"))
    return found


def _scope(document: _Document, signed: Signed, base: SignatureFacts, later: Later) -> list[Scope]:
    """Name the revision that is signed, and apart from it those that came later."""
    states, kind = document.states, ScopeKind.PDF_REVISION
    if not signed.end or signed.byte_range is None:
        return [Scope(document.name, kind, Coverage.NONE, note=Finding("pdf.revision_unknown"))]
    algorithm = next((item.algorithm for item in base.references if item.document), "sha256")
    try:
        digest = (algorithm, signed.byte_range.digest(states.data)(algorithm).hex())
    except (ValueError, TypeError):
        digest = ("sha256", signed.byte_range.digest(states.data)("sha256").hex())
    number, total = states.number(signed.end), len(states.ends)
    note = Finding("pdf.revision", {"number": number, "total": total})
    coverage = Coverage.FULL if later.kinds <= _HARMLESS else Coverage.PARTIAL
    found = [Scope(document.name, kind, coverage, digest, note)]
    if number < total or later.kinds:
        words = ", ".join(KINDS[item] for item in sorted(later.kinds)) or KINDS["none"]
        found.append(Scope(document.name, kind, Coverage.NONE, note=Finding("pdf.later", {"what": words})))
    return found


def _extra(states: States, signed: Signed, later: Later, allowed: Permissions) -> dict[str, object]:
    undefined = len(later.undefined) + bool(later.loose_bytes) + later.incomplete
    change = (
        str(later.undefined[0]) if later.undefined else "ADDITION of bytes" if later.loose_bytes else None
    )
    span = signed.byte_range
    return {
        "field": signed.field_name,
        "sub_filter": signed.subfilter,
        "byte_range": [span.start, span.gap, span.resume, span.length] if span else None,
        "byte_range_valid": not signed.faults,
        "revision": states.number(signed.end) if signed.end else None,
        "revisions": len(states.ends),
        "changed_pages": later.pages,
        "annotation_changes": Kind.ANNOTATION in later.kinds,
        "form_changes": Kind.FORM in later.kinds,
        "filled_fields": later.filled,
        "undefined_changes": undefined,
        "change": change,
        "changes": [f"{item} ({' '.join(item.keys)})" for item in later.undefined[:20]],
        "later_changes": sorted(kind.value for kind in later.kinds),
        "docmdp": allowed.level,
        "reason": text(states.last.pdf, signed.entries.get("/Reason")),
        "location": text(states.last.pdf, signed.entries.get("/Location")),
    }
