"""Read an archive that is no ASiC container: an OpenDocument file, an Office file, or a ZIP that holds signed files.

A plain ZIP gives its documents no signature. Files in it that are signed are read one by one, a token beside its
document being paired with it by digest; archives in the archive stay closed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from signing import limits
from signing.containers import asic_xades, asn1
from signing.containers.flavour import Flavour
from signing.containers.reading import AsicReading, numbered, unreadable_signature
from signing.containers.tokens import Token, digest_of, hinted, token_in
from signing.containers.zipindex import printable
from signing.containers.zipsafe import Archive
from signing.errors import Unverifiable
from signing.facts import SignatureFacts, StampFacts, StampKind
from signing.types import Bytes, Container, Content, Finding, Format

#: A signed file inside a ZIP is opened up to this size.
MEMBER_BYTES = 32 << 20
_SHOWN = 5
_DSIG = b"http://www.w3.org/2000/09/xmldsig#"


def read(archive: Archive, kind: Flavour, extra_certs: Sequence[bytes]) -> AsicReading:
    """Read what is signed in an archive; its container is always ``zip``."""
    if kind is Flavour.OFFICE:
        return AsicReading(Container.ZIP, findings=[Finding("containers.office_unsigned")])
    if kind is Flavour.ODF:
        files = asic_xades.signature_files(archive)
        groups = [asic_xades.read_file(archive, file, extra_certs) for file in files]
        return AsicReading(Container.ZIP, _bounded(numbered(groups, files)))
    return _Plain(archive, tuple(extra_certs)).read()


def _bounded(signatures: list[SignatureFacts]) -> list[SignatureFacts]:
    if len(signatures) > limits.SIGNATURES:
        raise Unverifiable("TOO_LARGE", "containers.too_many_signatures", "", most=limits.SIGNATURES)
    return signatures


@dataclass
class _Plain:
    """One pass over the entries of a plain ZIP."""

    archive: Archive
    extra_certs: tuple[bytes, ...]
    groups: dict[str, list[SignatureFacts]] = field(default_factory=dict)
    stamps: list[StampFacts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    #: Entries that a signature or a token is over, or that are signatures.
    settled: set[str] = field(default_factory=set)

    def read(self) -> AsicReading:
        """Look at every entry, then say what is left without signature."""
        for entry in self.archive.entries:
            reader = self._reader(self.archive.head(entry.name))
            if reader and entry.size > MEMBER_BYTES:
                self.findings.append(Finding("containers.zip_entry_skipped", {"name": printable(entry.name)}))
            elif reader:
                reader(entry.name)
            _bounded([facts for group in self.groups.values() for facts in group])
        self._say_unsigned()
        return AsicReading(
            Container.ZIP, numbered(list(self.groups.values()), list(self.groups)), self.stamps, self.findings
        )

    def _reader(self, head: bytes) -> Callable[[str], None] | None:
        if head[:4] == b"PK\x03\x04":
            return self._nested
        if head[:1] == b"\x30" or head.startswith(b"-----BEGIN ") or head[:2] == b"MI":
            return self._asn1
        if head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<"):
            return self._xml
        return self._pdf if b"%PDF-" in head else None

    def _nested(self, name: str) -> None:
        self.findings.append(Finding("containers.zip_nested", {"name": printable(name)}))

    def _pdf(self, name: str) -> None:
        from signing import pades

        data = self.archive.read(name, MEMBER_BYTES)
        if b"/ByteRange" in data:
            self._add(
                name, Format.PADES, lambda: pades.read(data, name=name, extra_certs=self.extra_certs), {name}
            )

    def _xml(self, name: str) -> None:
        from signing import xades

        data = self.archive.read(name, MEMBER_BYTES)
        if _DSIG not in data.replace(b"\0", b""):
            return
        token = token_in(Bytes(name, data))
        contents = [content for content in self._contents if content.name != name] if token else []
        self._add(
            name,
            Format.XADES,
            lambda: xades.read(data, name=name, contents=contents, extra_certs=self.extra_certs),
            {name},
        )

    def _asn1(self, name: str) -> None:
        from signing import cades

        data = self.archive.read(name, MEMBER_BYTES)
        try:
            kind = asn1.kind(asn1.unarmoured(data))
        except Unverifiable:
            # A certificate, a key, or any other file that begins alike is a document like the others.
            return
        token = token_in(Bytes(name, data))
        matched = self._matched(token, name) if token else []
        if kind is Container.TIMESTAMP:
            self._stamp(name, data, matched)
            return
        self._add(
            name,
            Format.CADES,
            lambda: cades.read(data, name=name, contents=matched, extra_certs=self.extra_certs),
            {name, *(content.name for content in matched)},
        )

    def _stamp(self, name: str, data: bytes, matched: list[Content]) -> None:
        from signing.timestamps import tst

        def digest(algorithm: str) -> bytes | None:
            value = digest_of(matched[0], algorithm)
            return bytes.fromhex(value) if value else None

        try:
            token = tst.token_of(data)
        except Unverifiable:
            token = data
        self.settled |= {name}
        self.stamps.append(
            tst.read(
                token,
                digest if matched else None,
                id=name,
                kind=StampKind.STANDALONE,
                extra_certs=self.extra_certs,
            )
        )

    def _add(
        self, name: str, kind: Format, reader: Callable[[], list[SignatureFacts]], settled: set[str]
    ) -> None:
        try:
            found = reader()
        except Unverifiable as error:
            if error.code == "REFUSED_DTD":
                raise
            found = [unreadable_signature(name, kind, error)]
        if found:
            self.groups[name] = found
            self.settled |= settled
            self.settled |= {item.name for facts in found for item in facts.references if item.found}

    @cached_property
    def _contents(self) -> list[Content]:
        return [self.archive.content(entry.name) for entry in self.archive.entries]

    def _matched(self, token: Token, name: str) -> list[Content]:
        """Return the entries with a digest that the token is over, the one of a fitting name first and alone if it does."""
        names = [entry.name for entry in self.archive.entries if entry.name != name]
        hint = hinted(name, names)
        for candidates in ([hint] if hint else [], names):
            found = [
                self.archive.content(other)
                for other in candidates
                if any(self.archive.digests(other).get(alg) == value for alg, value in token.digests)
            ]
            if found:
                return found
        return [self.archive.content(hint)] if hint and not token.complete else []

    def _say_unsigned(self) -> None:
        if not self.groups and not self.stamps:
            self.findings.append(Finding("containers.zip_nothing_signed"))
            return
        left = [entry.name for entry in self.archive.entries if entry.name not in self.settled]
        if left:
            names = ", ".join(printable(name) for name in left[:_SHOWN]) + (", …" if left[_SHOWN:] else "")
            self.findings.append(Finding("containers.zip_unsigned", {"count": len(left), "names": names}))
