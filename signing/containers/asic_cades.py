"""Read the CAdES signatures of a container: over the one document (ASiC-S) or over a manifest of digests (ASiC-E).

A CMS over a manifest says nothing of the files that the manifest names: every digest in it is computed here, as
EN 319 162-1, 4.4.4 and annex A.4 ask. A bare CMS verifier would accept a container whose files were changed.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from signing.containers.asn1 import holds_content
from signing.containers.flavour import META, MIMETYPE, data_names
from signing.containers.manifests import DataReference, Manifest, Manifests
from signing.containers.reading import uncovered, unreadable_signature
from signing.containers.zipindex import printable
from signing.containers.zipsafe import Archive
from signing.errors import Unverifiable
from signing.facts import AlgorithmUse, Reference, SignatureFacts
from signing.types import Bytes, Content, Coverage, Finding, Format, Scope, ScopeKind

SIGNATURES = re.compile(r"META-INF/[^/]*\.(?:p7s|p7m|p7b|pkcs7|cms)", re.IGNORECASE)


def signature_files(archive: Archive) -> list[str]:
    """Return the names of the files of CAdES signatures, sorted as their numbers go."""
    return sorted(entry.name for entry in archive.entries if SIGNATURES.fullmatch(entry.name))


def read_file(
    archive: Archive, file: str, manifests: Manifests, extra_certs: Sequence[bytes], *, simple: bool
) -> list[SignatureFacts]:
    """Read the signatures of one file, over its manifest, or in ASiC-S without one over the document."""
    binding = manifests.of(file)
    manifest = binding[0] if len(binding) == 1 else None
    documents = data_names(archive)
    contents: list[Content] = []
    if manifest:
        contents = [Bytes(manifest.file, manifest.data)]
    elif simple and not binding:
        contents = [archive.content(name) for name in documents if "/" not in name]
    found = _read_cms(archive, file, contents, extra_certs)
    errors = _binding_errors(archive, file, binding, manifests, simple=simple)
    return [
        _with_manifest(archive, replace(facts, structure_errors=(*facts.structure_errors, *errors)), manifest)
        if facts.counter_of is None and (manifest or not simple)
        else _over_document(facts, documents, errors)
        for facts in found
    ]


def _read_cms(
    archive: Archive, file: str, contents: list[Content], extra_certs: Sequence[bytes]
) -> list[SignatureFacts]:
    from signing import cades

    try:
        return cades.read(archive.read(file), name=file, contents=contents, extra_certs=extra_certs)
    except Unverifiable as error:
        return [unreadable_signature(file, Format.CADES, error)]


def _binding_errors(
    archive: Archive, file: str, binding: list[Manifest], manifests: Manifests, *, simple: bool
) -> tuple[Finding, ...]:
    """Return what is unsound in the way a signature file is bound to documents."""
    errors = []
    if _attached(archive.read(file)):
        errors.append(Finding("containers.cms_not_detached", {"name": printable(file)}))
    if len(binding) > 1:
        errors.append(Finding("containers.manifest_ambiguous", {"name": printable(file)}))
    if not binding and not simple:
        broken = manifests.unreadable
        code = "containers.manifest_altered" if broken else "containers.manifest_missing"
        errors.append(Finding(code, {"name": printable(broken[0] if broken else file)}))
    return tuple(errors)


def _attached(data: bytes) -> bool:
    from signing.cades.ber import BadBer

    try:
        return holds_content(data)
    except (BadBer, Unverifiable):
        # The reader of signatures has already said that it is unreadable.
        return False


def _over_document(
    facts: SignatureFacts, documents: list[str], errors: tuple[Finding, ...]
) -> SignatureFacts:
    """Name the one document of an ASiC-S as an entry, and list the others as not covered."""
    if facts.counter_of is not None:
        return facts
    covered = {reference.name for reference in facts.references if reference.document and reference.found}
    scope = [_entry(item) if item.kind is ScopeKind.DOCUMENT else item for item in facts.scope]
    return replace(
        facts,
        structure_errors=(*facts.structure_errors, *errors),
        scope=(*scope, *uncovered(documents, covered)),
    )


def _entry(item: Scope) -> Scope:
    """Name a document as an entry; one that is not covered, though the reader had it, was changed."""
    changed = item.coverage is Coverage.NONE and item.note is None
    note = Finding("containers.entry_changed", {"name": printable(item.name)}) if changed else item.note
    return replace(item, kind=ScopeKind.ASIC_ENTRY, note=note)


def _with_manifest(archive: Archive, facts: SignatureFacts, manifest: Manifest | None) -> SignatureFacts:
    """Put the references of the manifest in the place of the one to the manifest."""
    itself = tuple(replace(reference, document=False) for reference in facts.references)
    altered = any(reference.found and not reference.intact for reference in itself)
    errors = (
        (Finding("containers.manifest_altered", {"name": printable(manifest.file)}),)
        if manifest and altered
        else ()
    )
    entries = manifest.references if manifest else ()
    references = [reference_facts(archive, entry) for entry in entries]
    broken = sum(reference.found and not reference.intact for reference in references)
    unknown = tuple(
        Finding("containers.digest_unknown", {"algorithm": printable(entry.algorithm)})
        for entry in entries
        if not entry.known
    )
    uses = dict.fromkeys(AlgorithmUse("manifest-entry", entry.algorithm) for entry in entries if entry.known)
    return replace(
        facts,
        structure_errors=(*facts.structure_errors, *errors),
        constraint_errors=(*facts.constraint_errors, *unknown),
        references=(*itself, *references),
        algorithms=(*facts.algorithms, *uses),
        scope=_scope(archive, entries, references),
        extra={**facts.extra, "broken_manifest_entries": broken},
    )


def reference_facts(archive: Archive, entry: DataReference) -> Reference:
    """Digest the entry that a DataObjectReference names."""
    found = entry.known and entry.name in archive
    intact = found and archive.digest(entry.name, entry.algorithm) == entry.digest
    is_document = entry.name != MIMETYPE and not entry.name.startswith(META)
    return Reference(entry.name, found, intact, entry.algorithm, document=is_document)


def _scope(
    archive: Archive, entries: Sequence[DataReference], references: Sequence[Reference]
) -> tuple[Scope, ...]:
    """List what the manifest binds, then what it does not."""
    covered = [
        Scope(
            printable(reference.name),
            ScopeKind.MANIFEST_ENTRY,
            Coverage.FULL if reference.intact else Coverage.NONE,
            (entry.algorithm, entry.digest) if entry.known else None,
            _note(reference),
        )
        for entry, reference in zip(entries, references, strict=True)
    ]
    names = {reference.name for reference in references if reference.found}
    return (*covered, *uncovered(data_names(archive), names))


def _note(reference: Reference) -> Finding | None:
    if not reference.found:
        return Finding("containers.entry_missing", {"name": printable(reference.name)})
    return (
        None if reference.intact else Finding("containers.entry_changed", {"name": printable(reference.name)})
    )
