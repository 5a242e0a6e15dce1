"""Tell what an archive is: an ASiC container, an office document, a Java archive or a plain ZIP (EN 319 162-1, annex A.1)."""

import re
from enum import StrEnum

from signing.containers.zipsafe import Archive
from signing.errors import Unverifiable

MIMETYPE = "mimetype"
META = "META-INF/"
_ASIC_S, _ASIC_E = "application/vnd.etsi.asic-s+zip", "application/vnd.etsi.asic-e+zip"
_ODF = "application/vnd.oasis.opendocument."
_MIMETYPE_MOST = 255
_ENDINGS_S = (".asics", ".scs")
#: BDOC, EDOC and ADOC are the Baltic names of ASiC-E.
_ENDINGS_E = (".asice", ".sce", ".bdoc", ".edoc", ".adoc")
_SIMPLE = {META + "signatures.xml", META + "signature.p7s", META + "timestamp.tst"}
_EXTENDED = re.compile(
    r"META-INF/(?:[^/]*signatures[^/]*\.xml|ASiC[^/]*Manifest[^/]*\.xml|[^/]*signature[^/]*\.p7s)"
)
ODF_SIGNATURES = META + "documentsignatures.xml"


class Flavour(StrEnum):
    """The kinds of archives that are told apart."""

    ASIC_S = "asic-s"
    ASIC_E = "asic-e"
    ODF = "odf"
    OFFICE = "office"
    PLAIN = "plain"


def flavour(archive: Archive, name: str) -> Flavour:
    """Return what an archive is, by its mimetype, else its comment, else its file name, else what it holds.

    Raises Unverifiable (UNSUPPORTED) for archives signed in a way of their own: Office (OPC) and Java.
    """
    declared = declared_type(archive)
    if declared.startswith(_ODF):
        return Flavour.ODF
    for kind, told in ((Flavour.ASIC_S, _ASIC_S), (Flavour.ASIC_E, _ASIC_E)):
        if declared == told:
            return kind
    return _office_or_java(archive) or _named(name) or _held(archive)


def declared_type(archive: Archive) -> str:
    """Return the media type that an archive declares by its mimetype entry or its comment, or nothing."""
    if MIMETYPE in archive and archive.entry(MIMETYPE).size <= _MIMETYPE_MOST:
        return archive.read(MIMETYPE).decode("ascii", "replace").strip()
    comment = archive.comment.decode("ascii", "replace").strip()
    return comment.removeprefix("mimetype=").strip() if comment.startswith("mimetype=") else ""


def data_names(archive: Archive) -> list[str]:
    """Return the names of the documents: all that is neither the mimetype nor in META-INF."""
    return [
        entry.name for entry in archive.entries if entry.name != MIMETYPE and not entry.name.startswith(META)
    ]


def _office_or_java(archive: Archive) -> Flavour | None:
    names = [entry.name for entry in archive.entries]
    if "[Content_Types].xml" in names:
        if any(name.lower().startswith("_xmlsignatures/") for name in names):
            raise Unverifiable("UNSUPPORTED", "containers.is_office_signed", "signed OPC package")
        return Flavour.OFFICE
    if any(re.fullmatch(r"META-INF/[^/]+\.(?:RSA|DSA|EC)", name) for name in names):
        raise Unverifiable("UNSUPPORTED", "containers.is_jar", "signed JAR")
    return None


def _named(name: str) -> Flavour | None:
    lower = name.lower()
    if lower.endswith(_ENDINGS_S):
        return Flavour.ASIC_S
    return Flavour.ASIC_E if lower.endswith(_ENDINGS_E) else None


def _held(archive: Archive) -> Flavour:
    held = {entry.name for entry in archive.entries if entry.name.startswith(META)}
    if ODF_SIGNATURES in held:
        return Flavour.ODF
    if held & _SIMPLE and len(data_names(archive)) == 1 and not any("Manifest" in name for name in held):
        return Flavour.ASIC_S
    return Flavour.ASIC_E if any(_EXTENDED.fullmatch(name) for name in held) else Flavour.PLAIN
