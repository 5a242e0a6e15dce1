"""Read the XAdES signatures of a container: XML files in META-INF whose references name entries (EN 319 162-1, 4.4.3)."""

import re
from collections.abc import Sequence
from dataclasses import replace

from signing.containers.flavour import META, MIMETYPE, data_names
from signing.containers.reading import uncovered, unreadable_signature
from signing.containers.zipsafe import Archive
from signing.errors import Unverifiable
from signing.facts import Reference, SignatureFacts
from signing.types import Format, Scope, ScopeKind

SIGNATURES = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml", re.IGNORECASE)


def signature_files(archive: Archive) -> list[str]:
    """Return the names of the files of XAdES signatures, sorted as their numbers go."""
    return sorted(entry.name for entry in archive.entries if SIGNATURES.fullmatch(entry.name))


def read_file(archive: Archive, file: str, extra_certs: Sequence[bytes]) -> list[SignatureFacts]:
    """Read the signatures of one file; every other entry is at hand for their references."""
    from signing import xades

    names = [entry.name for entry in archive.entries if entry.name != file]
    try:
        found = xades.read(
            archive.read(file),
            name=file,
            contents=[archive.content(other) for other in names],
            extra_certs=extra_certs,
            named_contents=True,
        )
    except Unverifiable as error:
        if error.code == "REFUSED_DTD":
            raise
        return [unreadable_signature(file, Format.XADES, error)]
    documents = data_names(archive)
    return [_in_container(facts, documents, set(names)) for facts in found]


def _in_container(facts: SignatureFacts, documents: list[str], names: set[str]) -> SignatureFacts:
    """Keep as documents only the entries of the container: what a signature file says of itself signs none of them."""
    if facts.counter_of is not None:
        # What it signs is the value of another signature.
        return facts
    covered = {reference.name for reference in facts.references if reference.found and reference.document}
    references = tuple(_reference(reference, names) for reference in facts.references)
    scope = (*(_scope(item) for item in facts.scope), *uncovered(documents, covered))
    return replace(facts, references=references, scope=scope)


def _reference(reference: Reference, names: set[str]) -> Reference:
    """Take a found reference for that of a document only when it names one of the container."""
    if not reference.document or not reference.found:
        return reference
    is_document = (
        reference.name in names and reference.name != MIMETYPE and not reference.name.startswith(META)
    )
    return replace(reference, document=is_document)


def _scope(item: Scope) -> Scope:
    """Call what is covered by its place: an entry of the container."""
    return replace(item, kind=ScopeKind.ASIC_ENTRY) if item.kind is ScopeKind.DOCUMENT else item
