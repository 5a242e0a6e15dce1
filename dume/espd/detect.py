"""Tell which version of the DUME a document is, or what else it is, from its root and its version elements. Pure.

Source: the ESPD-EDM releases. 1.0.2 is known by its own namespaces (its VersionID is a date); from 2.1.1 the root is
UBL's and the version stands in ProfileExecutionID, which many 2.1.1 documents lack.
"""

import re
from dataclasses import dataclass

from lxml import etree

from dume.espd.errors import NotAnESPD, UnsupportedVersion
from dume.espd.findings import Finding, Severity
from dume.espd.model import Kind, Version
from procurement.core.text import _

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CBC = f"{_UBL}CommonBasicComponents-2"
_ROOTS = {
    f"{{{_UBL}QualificationApplicationRequest-2}}QualificationApplicationRequest": (2, Kind.REQUEST),
    f"{{{_UBL}QualificationApplicationResponse-2}}QualificationApplicationResponse": (2, Kind.RESPONSE),
    "{urn:grow:names:specification:ubl:schema:xsd:ESPDRequest-1}ESPDRequest": (1, Kind.REQUEST),
    "{urn:grow:names:specification:ubl:schema:xsd:ESPDResponse-1}ESPDResponse": (1, Kind.RESPONSE),
}
_CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_PROFILE = re.compile(r"\s*ESPD-EDM[vV]?(\d+(?:\.\d+)*)(-[A-Za-z-]+)?\s*", re.IGNORECASE)
_NUMBER = re.compile(r"\s*v?(\d+\.\d+\.\d+)\s*")
_SAYS_VERSION = frozenset((Version.V3_3_0, Version.V4_0_0, Version.V4_1_0))


@dataclass(frozen=True, slots=True)
class Detected:
    """The version and kind, and where the document contradicts itself about them."""

    version: Version
    kind: Kind
    disagreements: tuple[Finding, ...] = ()


def detect(root: etree._Element) -> Detected:
    """Return version and kind of a parsed document; raise UnsupportedVersion or NotAnESPD, each by name."""
    known = _ROOTS.get(str(root.tag))
    if known is None:
        raise _other(root)
    generation, kind = known
    if generation == 1:
        return Detected(Version.V1_0_2, kind)
    profile = _text(root, "ProfileExecutionID")
    version = _by_profile(profile) if _PROFILE.fullmatch(profile) else _by_type_code(root, profile)
    return Detected(version, kind, _disagreements(root, version))


def _by_profile(profile: str) -> Version:
    """Return the version ProfileExecutionID names (``ESPD-EDMv4.1.0``, ``ESPD-EDMv2.1.1-BASIC``)."""
    match = _PROFILE.fullmatch(profile)
    if match is None:
        raise UnsupportedVersion(profile.strip()[:60])
    number = match.group(1)
    if number == Version.V1_0_2 or number not in set(Version):
        raise UnsupportedVersion(number + (match.group(2) or ""))
    return Version(number)


def _by_type_code(root: etree._Element, profile: str) -> Version:
    """Return the version of a document whose ProfileExecutionID says none: its VersionID, or 2.1.1 by its type code."""
    ubl, written = _text(root, "UBLVersionID").strip(), _NUMBER.fullmatch(_text(root, "VersionID"))
    code = _text(root, "QualificationApplicationTypeCode").strip().upper()
    if written and (written.group(1).startswith("2.0.") or written.group(1) == "2.1.0"):
        raise UnsupportedVersion(written.group(1))
    if written and written.group(1) in _SAYS_VERSION:
        return Version(written.group(1))
    if profile:
        raise UnsupportedVersion(profile.strip()[:60])
    if ubl == "2.2" and code in ("BASIC", "EXTENDED"):
        return Version.V2_1_1
    if code in ("REGULATED", "SELFCONTAINED", "SELF-CONTAINED"):
        raise UnsupportedVersion("2.0.x")
    raise UnsupportedVersion(written.group(1) if written else "")


def _disagreements(root: etree._Element, version: Version) -> tuple[Finding, ...]:
    """Return a finding when VersionID names another version than ProfileExecutionID."""
    written = _NUMBER.fullmatch(_text(root, "VersionID"))
    if version not in _SAYS_VERSION or written is None or written.group(1) == version:
        return ()
    params = {"profile": version.value, "version": written.group(1)}
    return (Finding("PLI-VERSION-DISAGREES", Severity.WARNING, "/*/cbc:VersionID", params),)


def _text(root: etree._Element, name: str) -> str:
    return root.findtext(f"{{{CBC}}}{name}") or ""


def _other(root: etree._Element) -> NotAnESPD:
    """Say what the document is, for people who picked the wrong file."""
    namespace, _brace, local = str(root.tag).lstrip("{").rpartition("}")
    if local in ("TED_EXPORT", "TED_ESENDERS") or "/schema/ted/" in namespace:
        return NotAnESPD(_("un avis TED"), "ted")
    if namespace.startswith(_UBL) and local in ("Invoice", "CreditNote"):
        return NotAnESPD(_("une facture UBL"), "ubl-invoice")
    if namespace == _CII:
        return NotAnESPD(_("une facture CII (Factur-X)"), "cii-invoice")
    if namespace.startswith(_UBL) and local.endswith("Notice"):
        return NotAnESPD(_("un avis eForms"), "eforms")
    if namespace.startswith(("urn:oasis:names:specification:ubl:", "urn:grow:")):
        return NotAnESPD(_("un autre document UBL") + f" ({local[:60]})", "ubl", local[:60])
    return NotAnESPD(_("un autre document XML") + f" ({local[:60]})", "xml", local[:60])
