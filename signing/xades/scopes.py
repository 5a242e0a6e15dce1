"""Say what a signature covers, and what stands beside it unsigned."""

from collections.abc import Sequence

from signing.types import Coverage, Finding, Scope, ScopeKind
from signing.xades.positions import NOT_FOUND, Place
from signing.xades.references import Outcome, everything
from signing.xades.subject import Subject
from signing.xml.parse import elements, readable_path

_KINDS = {
    Place.DOCUMENT: ScopeKind.XML_ROOT,
    Place.EXTERNAL: ScopeKind.DOCUMENT,
}


def scope(subject: Subject, outcomes: Sequence[Outcome]) -> tuple[Scope, ...]:
    """Return one entry for each document of the references, then one for each thing that nothing covers."""
    documents = [one for one in everything(list(outcomes)) if one.fact.document]
    return (*(_entry(subject, one) for one in documents), *_unsigned(subject, documents))


def original_documents(outcomes: Sequence[Outcome]) -> int:
    """Return how many documents were found as they were signed."""
    return sum(one.fact.document and one.holds for one in everything(list(outcomes)))


def broken_manifest_entries(outcomes: Sequence[Outcome]) -> int:
    """Return how many entries of manifests are missing or changed."""
    return sum(one.in_manifest and not one.holds for one in everything(list(outcomes)))


def _entry(subject: Subject, outcome: Outcome) -> Scope:
    kind = _KINDS.get(outcome.target.place, ScopeKind.XML_ELEMENT)
    if outcome.in_manifest:
        kind = ScopeKind.MANIFEST_ENTRY
    algorithm = outcome.signed.algorithm
    digest = (algorithm, outcome.computed.hex()) if algorithm and outcome.computed else None
    coverage, note = _coverage(subject, outcome)
    return Scope(outcome.fact.name, kind, coverage, digest, note)


def _coverage(subject: Subject, outcome: Outcome) -> tuple[Coverage, Finding | None]:
    place = outcome.target.place
    if place in NOT_FOUND or not outcome.fact.found:
        return Coverage.NONE, Finding("xml.scope_not_found")
    if not outcome.fact.checked:
        return Coverage.NONE, Finding("xml.scope_not_checked")
    if not outcome.fact.intact:
        return Coverage.NONE, Finding("xml.scope_changed")
    if place is Place.COUNTERSIGNED:
        return Coverage.FULL, Finding("xml.scope_countersigned")
    if place is Place.ELEMENT and not _inside_own_object(subject, outcome):
        return Coverage.PARTIAL, Finding("xml.scope_part")
    return Coverage.FULL, None


def _inside_own_object(subject: Subject, outcome: Outcome) -> bool:
    element = outcome.target.element
    parent = None if element is None else element.getparent()
    return parent is not None and parent in subject.core.objects and len(elements(parent)) == 1


def _unsigned(subject: Subject, documents: Sequence[Outcome]) -> list[Scope]:
    """Return the objects that no reference covers, and the document when the signature covers none of it."""
    signed = [one.target.element for one in documents if one.target.place not in NOT_FOUND]
    holders = [one.getparent() for one in subject.qualifying]
    left = [
        item
        for item in subject.core.objects
        if item not in holders
        and item not in signed
        and not any(child in signed or _is_manifest(child) for child in elements(item))
    ]
    note = Finding("xml.scope_unsigned")
    found = [Scope(readable_path(item), ScopeKind.XML_ELEMENT, Coverage.NONE, None, note) for item in left]
    if _stands_in_foreign_document(subject, signed):
        found.append(Scope(subject.name, ScopeKind.XML_ROOT, Coverage.NONE, None, note))
    return found


def _is_manifest(element: object) -> bool:
    return str(getattr(element, "tag", "")).endswith(("}Manifest", "}SignatureProperties"))


def _stands_in_foreign_document(subject: Subject, signed: Sequence[object]) -> bool:
    """Tell whether the signature, though it covers an object or a file, stands in a document it does not cover."""
    document = subject.document
    whole = any(item is document.root for item in signed)
    if subject.parent is not None or document.holds_only_signatures or whole:
        return False
    around = set(subject.element.iterancestors())
    return not any(getattr(item, "getparent", lambda: None)() in around for item in signed)
