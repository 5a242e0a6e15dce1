"""Read a trusted list, or the list of the lists, in the form of ETSI TS 119 612, versions 5 and 6.

``parse`` says what the bytes state and verifies nothing: what it returns is believed only after
``signing.trust.signature.verify``. Elements are looked for at their place, never by name anywhere: what stands inside the
list's own signature is not signed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from signing.errors import Unverifiable
from signing.trust.model import SERVICE_CA_QC, Service
from signing.trust.services import TSL, Misstated, certificates, instant, localised, services, text
from signing.types import Finding

if TYPE_CHECKING:
    from lxml.etree import _Element

GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
VERSIONS = (5, 6)
_LOTL_TYPES = ("/EUlistofthelists", "/ListOfTheLists")
_MIME = "{http://uri.etsi.org/02231/v2/additionaltypes#}MimeType"
_LIST_MIME = "application/vnd.etsi.tsl+xml"
_INFO = f"{TSL}AdditionalInformation/{TSL}OtherInformation"
_IDENTITIES = f"{TSL}ServiceDigitalIdentities/{TSL}ServiceDigitalIdentity"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a list says that another one is, and who may sign it (5.3.13); XML lists only."""

    territory: str
    location: str
    type: str
    certificates: tuple[bytes, ...] = field(repr=False)

    @property
    def lotl(self) -> bool:
        """Tell whether the other list is a list of the lists."""
        return self.type.endswith(_LOTL_TYPES)


@dataclass(frozen=True, slots=True)
class ParsedList:
    """What a list states. ``errors`` name the services and pointers that were left out."""

    kind: str
    version: int
    territory: str
    sequence: int
    issued_at: datetime
    next_update: datetime | None
    operator: str
    #: Information URIs of the scheme in order; those of a list of the lists that end in .xml are its pivots.
    uris: tuple[str, ...]
    pointers: tuple[Pointer, ...]
    services: tuple[Service, ...] = field(repr=False)
    errors: tuple[Finding, ...]
    sha256: str

    @property
    def lotl(self) -> bool:
        """Tell whether this is a list of the lists."""
        return self.kind == "LOTL"

    @property
    def pivots(self) -> tuple[str, ...]:
        """Return the addresses of the pivots, oldest first; the list names the newest first."""
        return tuple(reversed([uri for uri in self.uris if uri.endswith(".xml")])) if self.lotl else ()

    @property
    def ca_qc_services(self) -> int:
        """Count the authorities (name and key) whose issuing of qualified certificates is granted today."""
        granted = (
            one for one in self.services if one.type == SERVICE_CA_QC and one.history[0].status == GRANTED
        )
        return len({_authority(certificate) for service in granted for certificate in service.certificates})


def parse(data: bytes) -> ParsedList:
    """Return what a list states.

    Raises ``Unverifiable``: UNREADABLE for what is not XML or not a list, UNSUPPORTED for another version of the format,
    REFUSED_DTD and TOO_LARGE before anything is read.
    """
    root = _root(data)
    scheme = root.find(f"{TSL}SchemeInformation")
    if scheme is None:
        raise Unverifiable("UNREADABLE", "trust.not_a_list", "no SchemeInformation")
    version = _version(scheme)
    try:
        return _parsed(root, scheme, version, sha256(data).hexdigest())
    except Misstated as error:
        raise Unverifiable("UNREADABLE", "trust.misstated", str(error), what=str(error)) from error


def _root(data: bytes) -> "_Element":
    from lxml import etree

    from signing.xml.parse import parse as parse_xml

    root = parse_xml(data).root
    # Neither may cut a text in two: what is read is what the signature's canonical form says.
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    if root.tag != f"{TSL}TrustServiceStatusList":
        raise Unverifiable("UNREADABLE", "trust.not_a_list", f"root {root.tag}")
    return root


def _version(scheme: "_Element") -> int:
    stated = text(scheme.find(f"{TSL}TSLVersionIdentifier"))
    if stated not in {str(version) for version in VERSIONS}:
        raise Unverifiable("UNSUPPORTED", "trust.version", f"version {stated}", version=stated[:20] or "?")
    return int(stated)


def _parsed(root: "_Element", scheme: "_Element", version: int, digest: str) -> ParsedList:
    territory = _stated(scheme, "SchemeTerritory")
    found = list(services(root, territory))
    pointers = list(_pointers(scheme))
    kind = "LOTL" if _stated(scheme, "TSLType").endswith(_LOTL_TYPES) else "TL"
    return ParsedList(
        kind=kind,
        version=version,
        territory=territory,
        sequence=_sequence(scheme),
        issued_at=instant(scheme.find(f"{TSL}ListIssueDateTime")),
        next_update=_next_update(scheme),
        operator=localised(scheme.find(f"{TSL}SchemeOperatorName")),
        uris=tuple(text(uri) for uri in scheme.iterfind(f"{TSL}SchemeInformationURI/{TSL}URI")),
        pointers=tuple(pointer for pointer in pointers if isinstance(pointer, Pointer)),
        services=tuple(service for service in found if isinstance(service, Service)),
        errors=tuple(finding for finding in (*pointers, *found) if isinstance(finding, Finding)),
        sha256=digest,
    )


def _stated(scheme: "_Element", name: str) -> str:
    value = text(scheme.find(f"{TSL}{name}"))
    if not value:
        raise Misstated(name)
    return value


def _sequence(scheme: "_Element") -> int:
    value = _stated(scheme, "TSLSequenceNumber")
    if not (value.isascii() and value.isdigit() and len(value) < 10):  # noqa: PLR2004  # xs:positiveInteger of a sane length
        raise Misstated(f"TSLSequenceNumber {value[:20]}")
    return int(value)


def _next_update(scheme: "_Element") -> datetime | None:
    """Return when the next list is due; an empty NextUpdate closes a list for good (5.3.15)."""
    element = scheme.find(f"{TSL}NextUpdate/{TSL}dateTime")
    return None if element is None else instant(element)


def _pointers(scheme: "_Element") -> Iterator[Pointer | Finding]:
    for element in scheme.iterfind(f"{TSL}PointersToOtherTSL/{TSL}OtherTSLPointer"):
        if text(element.find(f"{_INFO}/{_MIME}")) != _LIST_MIME:
            continue
        territory = text(element.find(f"{_INFO}/{TSL}SchemeTerritory"))
        try:
            found = [one for identity in element.iterfind(_IDENTITIES) for one in certificates(identity)]
        except Misstated as error:
            yield Finding("trust.pointer", {"territory": territory or "?", "what": str(error)})
            continue
        location, kind = text(element.find(f"{TSL}TSLLocation")), text(element.find(f"{_INFO}/{TSL}TSLType"))
        yield Pointer(territory, location, kind, tuple(dict.fromkeys(found)))


def _authority(certificate: bytes) -> tuple[str, bytes]:
    from asn1crypto import x509

    parsed = x509.Certificate.load(certificate)
    return parsed.subject.hashable, parsed.public_key.dump()
