"""Raise XAdES signatures to B-T, B-LT and B-LTA (EN 319 132-1, 5.3 to 5.5 and 6)."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from lxml import etree

from signing.produce.markup import (
    DS,
    EXCLUSIVE,
    FILTER2,
    XADES,
    XADES141,
    canonical,
    canonical_document,
    child,
)
from signing.produce.material import Collector, Material
from signing.produce.params import Level
from signing.produce.refusals import ProductionRefused
from signing.produce.stamping import Stamped, stamp, taken_apart
from signing.types import Evidence, Stamper

_UNSIGNED = f"{{{XADES}}}UnsignedSignatureProperties"
_STAMP = f"{{{XADES}}}SignatureTimeStamp"
_ARCHIVES = (f"{{{XADES141}}}ArchiveTimeStamp", f"{{{XADES}}}ArchiveTimeStamp")
_ENCAPSULATED = f"{{{XADES}}}EncapsulatedTimeStamp"
#: Where validation data may stand, with the name of what each element holds.
_VALUES = {
    "certificates": f"{{{XADES}}}EncapsulatedX509Certificate",
    "crls": f"{{{XADES}}}EncapsulatedCRLValue",
    "ocsps": f"{{{XADES}}}EncapsulatedOCSPValue",
}

#: Gives the bytes of a document beside the signature, by its decoded name.
Resolve = Callable[[str], bytes]


def raise_to(
    signature: Any, level: Level, *, timestamper: Stamper | None, evidence: Evidence | None, resolve: Resolve
) -> None:
    """Add to a signature, in place, what a level needs and it has not; B-LTA always adds an archive time-stamp.

    Raises ProductionRefused as ``stamp`` and ``Collector`` do; the element is then of no more use.
    """
    if level.rank >= Level.B_T.rank and _unsigned(signature).find(_STAMP) is None:
        value = child(signature, f"{{{DS}}}SignatureValue")
        _add_stamp(_unsigned(signature), _STAMP, stamp(timestamper, canonical(value)))
    if level.rank >= Level.B_LT.rank:
        _add_material(signature, evidence or Evidence())
    if level is Level.B_LTA:
        imprinted = archive_imprint(signature, resolve)
        _add_stamp(_unsigned(signature), _ARCHIVES[0], stamp(timestamper, imprinted))


def _unsigned(signature: Any) -> Any:
    """Return the place of unsigned properties, made when it is not there."""
    qualifying = child(signature, f"{{{DS}}}Object", f"{{{XADES}}}QualifyingProperties")
    found = qualifying.find(f"{{{XADES}}}UnsignedProperties/{_UNSIGNED}")
    if found is not None:
        return found
    above = qualifying.find(f"{{{XADES}}}UnsignedProperties")
    if above is None:
        above = etree.SubElement(qualifying, f"{{{XADES}}}UnsignedProperties")
    return etree.SubElement(above, _UNSIGNED)


def _add_stamp(place: Any, tag: str, stamped: Stamped) -> None:
    """Add a time-stamp; its canonicalisation method says how the imprint was made."""
    spaces = {"xades141": XADES141} if tag == _ARCHIVES[0] else None
    element = etree.SubElement(place, tag, nsmap=spaces)
    etree.SubElement(element, f"{{{DS}}}CanonicalizationMethod", Algorithm=EXCLUSIVE)
    etree.SubElement(element, _ENCAPSULATED).text = base64.b64encode(stamped.token).decode("ascii")


def _add_material(signature: Any, evidence: Evidence) -> None:
    """Add the validation data of the signer and of every time-stamp that stands so far."""
    place = _unsigned(signature)
    stamps = _stamps(place)
    # The certificates of KeyInfo and of tokens help to build the paths.
    own = _values(signature.find(f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Certificate")
    if not own or not stamps:
        raise ProductionRefused("produce.not_signed", "no certificate, or no time-stamp")
    tokens = [certificate for one in stamps for certificate in one.certificates]
    held = Material(**{name: tuple(_values(place, tag)) for name, tag in _VALUES.items()})
    collector = Collector(evidence, [*own, *tokens], held)
    collector.add(own[0], at=stamps[0].gen_time)
    for one in stamps:
        collector.add(one.signer, at=one.gen_time)
    missing = collector.material().without({*held.certificates, *held.crls, *held.ocsps, *own})
    if missing.empty:
        return
    archived = any(place.find(tag) is not None for tag in _ARCHIVES)
    later = archived or place.find(f"{{{XADES}}}RevocationValues") is not None
    _write_later(place, missing) if later else _write_first(place, missing)


def _write_first(place: Any, material: Material) -> None:
    """Write CertificateValues and RevocationValues (EN 319 132-1, 5.4)."""
    if material.certificates and place.find(f"{{{XADES}}}CertificateValues") is None:
        _write_certificates(place, material)
    _write_revocation(place, material)


def _write_later(place: Any, material: Material) -> None:
    """Write what a later time-stamp needs into TimeStampValidationData (EN 319 132-1, 5.5.1)."""
    later = etree.SubElement(place, f"{{{XADES141}}}TimeStampValidationData", nsmap={"xades141": XADES141})
    if material.certificates:
        _write_certificates(later, material)
    if material.crls or material.ocsps:
        _write_revocation(later, material)


def _write_certificates(place: Any, material: Material) -> None:
    element = etree.SubElement(place, f"{{{XADES}}}CertificateValues")
    _write_each(element, _VALUES["certificates"], material.certificates)


def _write_revocation(place: Any, material: Material) -> None:
    element = etree.SubElement(place, f"{{{XADES}}}RevocationValues")
    if material.crls:
        _write_each(etree.SubElement(element, f"{{{XADES}}}CRLValues"), _VALUES["crls"], material.crls)
    if material.ocsps:
        _write_each(etree.SubElement(element, f"{{{XADES}}}OCSPValues"), _VALUES["ocsps"], material.ocsps)


def _write_each(place: Any, tag: str, items: tuple[bytes, ...]) -> None:
    for item in items:
        etree.SubElement(place, tag).text = base64.b64encode(item).decode("ascii")


def _values(place: Any, tag: str) -> list[bytes]:
    """Return the decoded contents of every element of a name under a place."""
    found = () if place is None else place.iter(tag)
    try:
        return [base64.b64decode("".join((element.text or "").split()), validate=True) for element in found]
    except ValueError as error:
        raise ProductionRefused("produce.not_signed", str(error)) from error


def _stamps(place: Any) -> list[Stamped]:
    """Return the time-stamps on the signature, in the order in which they stand."""
    found = []
    for element in place:
        if element.tag in (_STAMP, *_ARCHIVES):
            for token in _values(element, _ENCAPSULATED):
                parts = taken_apart(token)
                if parts is None:
                    raise ProductionRefused("produce.token_refused", "a time-stamp cannot be read")
                found.append(parts[0])
    return found


def archive_imprint(signature: Any, resolve: Resolve) -> bytes:
    """Return what an archive time-stamp added now is over (EN 319 132-1, 5.5.2.2).

    In this order: every signed reference after its transforms, SignedInfo, SignatureValue, KeyInfo, every unsigned
    property that stands already, every ds:Object other than that of the qualifying properties.
    """
    info = child(signature, f"{{{DS}}}SignedInfo")
    parts = [_dereferenced(reference, signature, resolve) for reference in info.findall(f"{{{DS}}}Reference")]
    parts += [canonical(info), canonical(child(signature, f"{{{DS}}}SignatureValue"))]
    parts += [canonical(element) for element in signature.findall(f"{{{DS}}}KeyInfo")]
    parts += [canonical(element) for element in _unsigned(signature)]
    others = [
        element
        for element in signature.findall(f"{{{DS}}}Object")
        if element.find(f"{{{XADES}}}QualifyingProperties") is None
    ]
    return b"".join(parts + [canonical(element) for element in others])


def _dereferenced(reference: Any, signature: Any, resolve: Resolve) -> bytes:
    """Return the bytes of one of our own references; a form that we do not write is refused."""
    uri, transforms = reference.get("URI"), _transforms(reference)
    root = signature.getroottree().getroot()
    if uri == "" and transforms == [FILTER2, EXCLUSIVE] and _subtracts(reference):
        return canonical_document(root)
    if uri and uri.startswith("#") and transforms == [EXCLUSIVE]:
        return canonical(_by_id(signature, uri[1:]))
    if uri and not uri.startswith("#") and not transforms:
        return resolve(unquote(uri))
    raise ProductionRefused("produce.foreign_reference", f"URI {uri!r}, transforms {transforms}")


def _transforms(reference: Any) -> list[str | None]:
    return [element.get("Algorithm") for element in reference.iter(f"{{{DS}}}Transform")]


def _subtracts(reference: Any) -> bool:
    (path,) = reference.iter(f"{{{FILTER2}}}XPath")
    same = path.get("Filter") == "subtract" and path.text == "/descendant::ds:Signature"
    return bool(same and path.nsmap.get("ds") == DS)


def _by_id(signature: Any, identifier: str) -> Any:
    """Return this signature's own SignedProperties; nothing else is referenced by what we write."""
    properties = child(
        signature, f"{{{DS}}}Object", f"{{{XADES}}}QualifyingProperties", f"{{{XADES}}}SignedProperties"
    )
    if properties.get("Id") != identifier:
        raise ProductionRefused("produce.foreign_reference", f"#{identifier}")
    return properties
