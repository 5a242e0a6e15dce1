"""Raise XAdES signatures to B-T, B-LT and B-LTA (EN 319 132-1, 5.3 to 5.5 and 6)."""

import base64
from collections.abc import Mapping
from typing import Any

from lxml import etree

from signing.produce.imprint import archive_imprint
from signing.produce.markup import DS, EXCLUSIVE, XADES, XADES141, canonical, child, qualifying
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


def raise_to(
    signature: Any,
    level: Level,
    *,
    timestamper: Stamper | None,
    evidence: Evidence | None,
    documents: Mapping[str, bytes],
) -> None:
    """Add to a signature, in place, what a level needs and it has not; B-LTA always adds an archive time-stamp.

    ``documents`` are those beside the signature, by decoded name; an archive time-stamp is over their bytes.
    Raises ProductionRefused as ``stamp`` and ``Collector`` do; the element is then of no more use.
    """
    if level.rank >= Level.B_T.rank and _unsigned(signature).find(_STAMP) is None:
        value = child(signature, f"{{{DS}}}SignatureValue")
        _add_stamp(_unsigned(signature), _STAMP, stamp(timestamper, canonical(value)))
    if level.rank >= Level.B_LT.rank:
        _add_material(signature, evidence or Evidence())
    if level is Level.B_LTA:
        imprinted = archive_imprint(signature, _unsigned(signature), documents)
        _add_stamp(_unsigned(signature), _ARCHIVES[0], stamp(timestamper, imprinted))


def _unsigned(signature: Any) -> Any:
    """Return the place of unsigned properties, made when it is not there."""
    return _made(_made(qualifying(signature), f"{{{XADES}}}UnsignedProperties"), _UNSIGNED)


def _made(place: Any, tag: str) -> Any:
    """Return the element of a name under a place, made when it is not there."""
    found = place.find(tag)
    return etree.SubElement(place, tag) if found is None else found


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
    """Write CertificateValues and RevocationValues (EN 319 132-1, 5.4); the first may be there already."""
    if material.certificates:
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
    element = _made(place, f"{{{XADES}}}CertificateValues")
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
