"""Read the manifests of an ASiC container: what each is signed or stamped by, and the digests it holds (EN 319 162-1, annex A.4)."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize
from urllib.parse import unquote

from signing import limits
from signing.containers.zipsafe import Archive
from signing.errors import Unverifiable

MANIFEST = re.compile(r"META-INF/[^/]*ASiC(?:Archive|EvidenceRecord)?Manifest[^/]*\.xml")
_NAMESPACE = re.compile(r"http://uri\.etsi\.org/02918/v1\.\d\.\d#|http://uri\.etsi\.org/02918/v1\.\d#")
_DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
_OPENDOCUMENT = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
#: Two thousand references need less than one MiB.
MANIFEST_BYTES = 4 << 20
DIGESTS = {
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#sha224": "sha224",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-224": "sha3_224",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256": "sha3_256",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-384": "sha3_384",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-512": "sha3_512",
}


@dataclass(frozen=True, slots=True)
class DataReference:
    """One DataObjectReference; ``algorithm`` is a hashlib name, or the URI when it is not known."""

    uri: str
    name: str
    algorithm: str
    digest: str

    @property
    def known(self) -> bool:
        """Tell whether the digest can be computed."""
        return self.algorithm in DIGESTS.values()


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest: the file it is in, the file that signs or stamps it, what it refers to."""

    file: str
    data: bytes = field(repr=False)
    sealed_by: str
    references: tuple[DataReference, ...]


@dataclass(frozen=True, slots=True)
class Manifests:
    """The manifests of a container, and the names of those that could not be read."""

    read: tuple[Manifest, ...]
    unreadable: tuple[str, ...]

    def of(self, file: str) -> list[Manifest]:
        """Return the manifests that a signature or time-stamp file is over."""
        return [manifest for manifest in self.read if manifest.sealed_by == file]


def read_manifests(archive: Archive) -> Manifests:
    """Read every ASiC manifest; one with a document type is refused with the whole file (REFUSED_DTD)."""
    found, unreadable = [], []
    for entry in archive.entries:
        if MANIFEST.fullmatch(entry.name):
            manifest = _read(archive, entry.name)
            if manifest is None:
                unreadable.append(entry.name)
            else:
                found.append(manifest)
    return Manifests(tuple(found), tuple(unreadable))


def listed_names(archive: Archive) -> set[str] | None:
    """Return the files that META-INF/manifest.xml (OpenDocument) lists, None when it is absent or unreadable."""
    name = "META-INF/manifest.xml"
    if name not in archive or archive.entry(name).size > MANIFEST_BYTES:
        return None
    root = _root(archive.read(name, MANIFEST_BYTES))
    if root is None or root.tag != f"{_OPENDOCUMENT}manifest":
        return None
    paths = (
        item.get(f"{_OPENDOCUMENT}full-path") for item in root.iterchildren(f"{_OPENDOCUMENT}file-entry")
    )
    return {path for path in paths if path and not path.endswith("/")}


def entry_name(archive: Archive, uri: str) -> str:
    """Return the name that a URI reference gives to an entry: percent-decoded, from the root, in any normal form.

    A reference with a scheme, a fragment or a way up names nothing and comes back as it is.
    """
    decoded = unquote(uri, errors="replace")
    for name in (decoded, uri, decoded.removeprefix("./"), decoded.removeprefix("/")):
        if name in archive:
            return name
    # No archive holds two names of one normal form: that is refused when it is opened.
    return archive.composed.get(normalize("NFC", decoded), decoded)


def _read(archive: Archive, name: str) -> Manifest | None:
    if archive.entry(name).size > MANIFEST_BYTES:
        return None
    data = archive.read(name, MANIFEST_BYTES)
    root = _root(data)
    if root is None:
        return None
    space, _, local = root.tag[1:].rpartition("}")
    sealers = [child for child in root.iterchildren(f"{{{space}}}SigReference") if child.get("URI")]
    if local != "ASiCManifest" or not _NAMESPACE.fullmatch(space) or len(sealers) != 1:
        return None
    try:
        references = tuple(_references(archive, root, space))
    except ValueError:
        return None
    return Manifest(name, data, entry_name(archive, sealers[0].get("URI")), references)


def _references(archive: Archive, root: Any, space: str) -> Iterator[DataReference]:
    for count, item in enumerate(root.iterchildren(f"{{{space}}}DataObjectReference"), 1):
        methods, values = list(item.iterchildren(f"{_DSIG}DigestMethod")), item.findall(f"{_DSIG}DigestValue")
        uri = item.get("URI")
        if len(methods) != 1 or len(values) != 1 or not uri or count > limits.REFERENCES:
            raise ValueError("not one digest for one file")
        algorithm = methods[0].get("Algorithm") or ""
        try:
            digest = base64.b64decode("".join((values[0].text or "").split()), validate=True)
        except binascii.Error as error:
            raise ValueError("a digest is not base64") from error
        yield DataReference(uri, entry_name(archive, uri), DIGESTS.get(algorithm, algorithm), digest.hex())


def _root(data: bytes) -> Any | None:
    """Parse a manifest; None when it is not well-formed or too complex, a document type refuses the whole file."""
    from signing.xml.parse import parse

    try:
        return parse(data).root
    except Unverifiable as error:
        if error.code == "REFUSED_DTD":
            raise
        return None
