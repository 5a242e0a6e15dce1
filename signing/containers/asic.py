"""Read ASiC containers (EN 319 162-1 and -2): signatures over files that stand beside them in one archive.

A signature in a container is verified by its own reader; what is added here is what that reader cannot know: which
files the container holds, which of them a manifest binds, and which of them nobody signed.
"""

from collections.abc import Sequence
from dataclasses import replace

from signing import limits
from signing.containers import asic_cades, asic_xades
from signing.containers.asic_stamps import Stamped, read_stamps
from signing.containers.flavour import META, MIMETYPE, Flavour, data_names, declared_type, flavour
from signing.containers.manifests import Manifests, listed_names, read_manifests
from signing.containers.reading import AsicReading, numbered
from signing.containers.zipindex import STORED, printable
from signing.containers.zipsafe import Archive
from signing.errors import Unverifiable
from signing.facts import SignatureFacts
from signing.types import Container, Finding

__all__ = ["AsicReading", "read"]


def read(data: bytes, name: str, extra_certs: Sequence[bytes] = ()) -> AsicReading:
    """Read an archive that ``sniff`` found to be an ASiC container, an OpenDocument file or a plain ZIP.

    Raises Unverifiable when the archive cannot be opened safely, holds too many signatures, or holds an XML file with
    a document type; a signature file that cannot be read is a failed signature of the reading.
    """
    archive = Archive(data)
    kind = flavour(archive, name)
    if kind not in {Flavour.ASIC_S, Flavour.ASIC_E}:
        from signing.containers import plain

        return plain.read(archive, kind, extra_certs)
    return _read_asic(archive, kind, extra_certs)


def _read_asic(archive: Archive, kind: Flavour, extra_certs: Sequence[bytes]) -> AsicReading:
    manifests = read_manifests(archive)
    simple = kind is Flavour.ASIC_S
    xml_files, cms_files = asic_xades.signature_files(archive), asic_cades.signature_files(archive)
    groups: dict[str, list[SignatureFacts]] = {}
    for file in (*xml_files, *cms_files):
        if file in cms_files:
            groups[file] = asic_cades.read_file(archive, file, manifests, extra_certs, simple=simple)
        else:
            groups[file] = asic_xades.read_file(archive, file, extra_certs)
        if sum(map(len, groups.values())) > limits.SIGNATURES or len(groups) > limits.SIGNATURES:
            raise Unverifiable("TOO_LARGE", "containers.too_many_signatures", "", most=limits.SIGNATURES)
    stamped = read_stamps(archive, manifests, groups, extra_certs)
    signatures = [
        facts
        for file, group in zip(groups, _each(groups), strict=True)
        for facts in _with_container(archive, file, group, stamped, simple=simple)
    ]
    return AsicReading(
        Container.ASIC_S if simple else Container.ASIC_E,
        signatures,
        stamped.alone,
        [*_findings(archive, manifests, groups, simple=simple), *stamped.findings],
    )


def _each(groups: dict[str, list[SignatureFacts]]) -> list[list[SignatureFacts]]:
    """Return the groups of signatures, every id unique in the container."""
    named = iter(numbered(list(groups.values()), list(groups)))
    return [[next(named) for _ in group] for group in groups.values()]


def _with_container(
    archive: Archive, file: str, group: list[SignatureFacts], stamped: Stamped, *, simple: bool
) -> list[SignatureFacts]:
    """Add what the container says of the signatures of one file: its form, and time-stamps on the whole file."""
    count = len([name for name in data_names(archive) if "/" not in name])
    errors = (Finding("containers.asic_s_files", {"count": count}),) if simple and count != 1 else ()
    stamps = stamped.over(file)
    return [
        replace(
            facts,
            structure_errors=(*facts.structure_errors, *errors),
            stamps=(*facts.stamps, *stamps),
            level="B-LTA" if stamps and facts.level == "B-LT" else facts.level,
        )
        for facts in group
    ]


def _findings(
    archive: Archive, manifests: Manifests, groups: dict[str, list[SignatureFacts]], *, simple: bool
) -> list[Finding]:
    """Return the warnings on the form of a container."""
    found = list(_mimetype_findings(archive))
    found += [
        Finding("containers.manifest_unreadable", {"name": printable(name)}) for name in manifests.unreadable
    ]
    found += [
        Finding(
            "containers.manifest_orphan", {"name": printable(item.file), "missing": printable(item.sealed_by)}
        )
        for item in manifests.read
        if item.sealed_by not in archive
    ]
    found += [
        Finding("containers.signature_file_empty", {"name": printable(file)})
        for file, group in groups.items()
        if not group
    ]
    if simple and len(groups) > 1:
        found.append(Finding("containers.asic_s_signature_files", {"count": len(groups)}))
    listed = listed_names(archive)
    if listed is not None and listed - {MIMETYPE} != {*data_names(archive)}:
        found.append(Finding("containers.manifest_xml_differs"))
    if any(
        "evidencerecord" in entry.name.lower() for entry in archive.entries if entry.name.startswith(META)
    ):
        found.append(Finding("containers.evidence_record"))
    return found


def _mimetype_findings(archive: Archive) -> list[Finding]:
    """Say where the mimetype departs from EN 319 162-1, annex A.1: first, stored, in a header without extra field."""
    if MIMETYPE not in archive:
        return [Finding("containers.mimetype_missing")] if not declared_type(archive) else []
    entry = archive.entry(MIMETYPE)
    first = archive.first
    plain = entry.method == STORED and entry.bare and first is not None and first.name == MIMETYPE
    return [] if plain else [Finding("containers.mimetype_place")]
