"""Read the services of a trusted list (TS 119 612, 5.4 and 5.5): certificates, statuses over time, qualifiers.

What one service says wrongly concerns that service alone: it is left out and named, the others are kept.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from signing.trust.criteria import SIE, qualifiers
from signing.trust.model import Qualifier, Service, StatusPeriod
from signing.types import Finding

if TYPE_CHECKING:
    from lxml.etree import _Element

TSL = "{http://uri.etsi.org/02231/v2#}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ADDITIONAL_TYPES = "{http://uri.etsi.org/02231/v2/additionaltypes#}"
#: Extensions (5.5.9) that this reader knows; what the last two say does not change a verdict.
_QUALIFICATIONS = f"{SIE}Qualifications"
_ADDITIONAL = f"{TSL}AdditionalServiceInformation"
_WITHOUT_EFFECT = frozenset({f"{TSL}ExpiredCertsRevocationInfo", f"{_ADDITIONAL_TYPES}TakenOverBy"})


class Misstated(ValueError):
    """Name the element that a list states wrongly, or that this reader does not know."""


@dataclass(frozen=True, slots=True)
class _Extensions:
    qualifiers: tuple[Qualifier, ...]
    additional: tuple[str, ...]


def services(root: "_Element", territory: str) -> Iterator[Service | Finding]:
    """Yield every service of a list, or the finding that says why one was left out."""
    for provider in root.iterfind(f"{TSL}TrustServiceProviderList/{TSL}TrustServiceProvider"):
        name = localised(provider.find(f"{TSL}TSPInformation/{TSL}TSPName"))
        for element in provider.iterfind(f"{TSL}TSPServices/{TSL}TSPService"):
            try:
                yield _service(element, territory, name)
            except Misstated as error:
                shown = localised(element.find(f"{TSL}ServiceInformation/{TSL}ServiceName"))
                yield Finding("trust.service", {"service": shown, "provider": name, "what": str(error)})


def localised(element: "_Element | None") -> str:
    """Return the French name of a multilingual element, else the English, else the first; empty when there is none."""
    names = {} if element is None else {child.get(XML_LANG): text(child) for child in reversed(element)}
    first = next(iter(reversed(names.values())), "")
    return names.get("fr") or names.get("en") or first


def text(element: "_Element | None") -> str:
    """Return the text of an element, white space put together; empty when there is none."""
    return "" if element is None else " ".join((element.text or "").split())


def local_name(element: "_Element | None") -> str:
    """Return the local name of an element, for people; what is missing is a date."""
    return "dateTime" if element is None else str(element.tag).rpartition("}")[2]


def instant(element: "_Element | None") -> datetime:
    """Return an xs:dateTime as an aware instant; without offset it is UTC, which TS 119 612 (5.1.4) demands."""
    value = text(element)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Misstated(f"{local_name(element)} {value[:40]}".strip()) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def certificates(identity: "_Element | None") -> tuple[bytes, ...]:
    """Return the certificates (DER) of a ``ServiceDigitalIdentity``, each once."""
    found: dict[bytes, None] = {}
    for element in () if identity is None else identity.iterfind(f"{TSL}DigitalId/{TSL}X509Certificate"):
        found[_certificate("".join((element.text or "").split()))] = None
    return tuple(found)


def _certificate(encoded: str) -> bytes:
    from asn1crypto import x509

    try:
        der = base64.b64decode(encoded, validate=True)
        certificate = x509.Certificate.load(der, strict=True)
        # asn1crypto parses on demand: what a path needs is asked for here.
        (
            certificate.subject.hashable,
            certificate.public_key.dump(),
            certificate.not_valid_after,
        )  # parsing is the effect
    except (ValueError, TypeError, KeyError, binascii.Error):
        raise Misstated("X509Certificate") from None
    return der


def _service(element: "_Element", territory: str, provider: str) -> Service:
    current = element.find(f"{TSL}ServiceInformation")
    if current is None:
        raise Misstated("ServiceInformation")
    kind = _required(current, "ServiceTypeIdentifier")
    extensions = _extensions(current)
    past = [
        _period(entry, kind) for entry in element.iterfind(f"{TSL}ServiceHistory/{TSL}ServiceHistoryInstance")
    ]
    history = [StatusPeriod(_required(current, "ServiceStatus"), _start(current)), *past]
    return Service(
        territory=territory,
        provider=provider,
        name=localised(current.find(f"{TSL}ServiceName")),
        type=kind,
        certificates=certificates(current.find(f"{TSL}ServiceDigitalIdentity")),
        history=tuple(sorted(history, key=lambda period: period.starts, reverse=True)),
        qualifiers=extensions.qualifiers,
        additional=extensions.additional,
    )


def _period(entry: "_Element", current: str) -> StatusPeriod:
    kind, extensions = _required(entry, "ServiceTypeIdentifier"), _extensions(entry)
    return StatusPeriod(
        _required(entry, "ServiceStatus"),
        _start(entry),
        None if kind == current else kind,
        extensions.qualifiers,
        extensions.additional,
    )


def _required(element: "_Element", name: str) -> str:
    value = text(element.find(f"{TSL}{name}"))
    if not value:
        raise Misstated(name)
    return value


def _start(element: "_Element") -> datetime:
    return instant(element.find(f"{TSL}StatusStartingTime"))


def _extensions(element: "_Element") -> _Extensions:
    found: list[Qualifier] = []
    additional: list[str] = []
    for extension in element.iterfind(f"{TSL}ServiceInformationExtensions/{TSL}Extension"):
        critical = extension.get("Critical", "").strip() in {"true", "1"}
        for content in extension:
            if content.tag == _QUALIFICATIONS:
                for stated in content.iterfind(f"{SIE}QualificationElement"):
                    found.extend(qualifiers(stated))
            elif content.tag == _ADDITIONAL:
                additional.append(_required(content, "URI"))
            elif critical and content.tag not in _WITHOUT_EFFECT:
                raise Misstated(f"Extension {local_name(content)}")
    return _Extensions(tuple(found), tuple(additional))
