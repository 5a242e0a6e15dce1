"""Read the time-stamps of a container that stand in files of their own, and what their manifests prove.

An ASiC-S may hold a time-stamp over its document instead of a signature; an ASiC-E one over a manifest; an archive
manifest names signature files as well, and its time-stamp then proves that all they hold existed (EN 319 162-1, 4.3.3,
4.4.4 and annex A.7).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from signing import limits
from signing.containers.asic_cades import reference_facts
from signing.containers.flavour import data_names
from signing.containers.manifests import Manifest, Manifests
from signing.containers.zipindex import printable
from signing.containers.zipsafe import Archive
from signing.errors import Unverifiable
from signing.facts import SignatureFacts, StampFacts, StampKind
from signing.types import Finding

STAMPS = re.compile(r"META-INF/[^/]*\.(?:tst|tsr)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stamped:
    """The time-stamps of a container: those that stand alone, and those over signature files, with these files."""

    alone: list[StampFacts] = field(default_factory=list)
    archive: list[tuple[StampFacts, frozenset[str]]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def over(self, file: str) -> tuple[StampFacts, ...]:
        """Return the archive time-stamps over one signature file."""
        return tuple(stamp for stamp, files in self.archive if file in files)


def read_stamps(
    archive: Archive,
    manifests: Manifests,
    groups: Mapping[str, Sequence[SignatureFacts]],
    extra_certs: Sequence[bytes],
) -> Stamped:
    """Read every time-stamp file of META-INF, over its manifest or, without one, over the only document."""
    files = [entry.name for entry in archive.entries if STAMPS.fullmatch(entry.name)]
    if len(files) > limits.TIMESTAMPS:
        raise Unverifiable("TOO_LARGE", "containers.too_many_stamps", "", most=limits.TIMESTAMPS)
    tokens = {file: _token(archive, file) for file in files}
    reader = _Reader(archive, groups, tokens, tuple(extra_certs))
    stamped = Stamped()
    for file in files:
        binding = manifests.of(file)
        if len(binding) == 1:
            _add(stamped, *reader.over_manifest(file, binding[0]))
        else:
            stamped.alone.append(reader.over_document(file, ambiguous=bool(binding)))
    return stamped


def _add(stamped: Stamped, stamp: StampFacts, files: frozenset[str], findings: list[Finding]) -> None:
    stamped.findings.extend(findings)
    if files:
        stamped.archive.append((stamp, files))
    else:
        stamped.alone.append(stamp)


def _token(archive: Archive, file: str) -> bytes:
    """Return the token of a time-stamp file; one that is unreadable comes back as it is, and is said so later."""
    from signing.timestamps import tst

    data = archive.read(file)
    try:
        return tst.token_of(data)
    except Unverifiable:
        return data


@dataclass(frozen=True, slots=True)
class _Reader:
    archive: Archive
    groups: Mapping[str, Sequence[SignatureFacts]]
    tokens: Mapping[str, bytes]
    extra_certs: tuple[bytes, ...]

    def over_document(self, file: str, *, ambiguous: bool) -> StampFacts:
        """Read a token over the one document of the container."""
        from signing.timestamps import tst

        names = [name for name in data_names(self.archive) if "/" not in name]

        def digest(algorithm: str) -> bytes | None:
            value = self.archive.digests(names[0]).get(algorithm)
            return bytes.fromhex(value) if value else None

        return tst.read(
            self.tokens[file],
            digest if len(names) == 1 and not ambiguous else None,
            id=file,
            kind=StampKind.STANDALONE,
            extra_certs=self.extra_certs,
        )

    def over_manifest(
        self, file: str, manifest: Manifest
    ) -> tuple[StampFacts, frozenset[str], list[Finding]]:
        """Read a token over a manifest: the stamp, the signature files it proves, what is wrong with the rest."""
        from signing.timestamps import tst

        references = [reference_facts(self.archive, entry) for entry in manifest.references]
        proven = {reference.name for reference in references if reference.found and reference.intact}
        findings = [
            Finding(
                "containers.stamped_entry_broken",
                {"name": printable(reference.name), "stamp": printable(file)},
            )
            for reference in references
            if reference.name not in proven
        ]
        files = frozenset(proven & set(self.groups))
        stamp = tst.read(
            self.tokens[file],
            manifest.data,
            id=file,
            kind=StampKind.ARCHIVE if files else StampKind.STANDALONE,
            extra_certs=self.extra_certs,
            covers=self._objects(proven),
        )
        return stamp, files, findings

    def _objects(self, names: set[str]) -> frozenset[bytes]:
        """Return the SHA-256 of all that the files hold whose existence matters later."""
        found = {sha256(self.tokens[name]).digest() for name in names if name in self.tokens}
        for name in names & set(self.groups):
            for facts in self.groups[name]:
                found |= {sha256(item).digest() for item in _material(facts)}
        return frozenset(found)


def _material(facts: SignatureFacts) -> list[bytes]:
    items = [facts.value, *facts.certificates, *facts.crls, *facts.ocsps]
    for stamp in facts.stamps:
        items += [stamp.token, *stamp.certificates, *stamp.crls, *stamp.ocsps]
    return items
