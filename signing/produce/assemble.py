"""Put a signature value into what was prepared, and raise signatures to higher levels."""

from collections.abc import Sequence

from signing.produce import asic, cades, keys, pades, xades, xades_levels
from signing.produce.markup import is_xml, parse, signatures, write
from signing.produce.params import Level, Profile, SignatureValue
from signing.produce.prepared import Prepared
from signing.produce.refusals import ProductionRefused, refusing
from signing.types import Bytes, Evidence, Stamper

_PDF_HEADER = 1024


def assemble(
    prepared: Prepared,
    value: SignatureValue,
    *,
    timestamper: Stamper | None = None,
    evidence: Evidence | None = None,
) -> bytes:
    """Return the signed file. B-T and above need a time-stamper, B-LT and above evidence.

    The value is verified first: SignatureValueMismatch when it is not the certificate's over ``prepared.to_sign``.
    Raises ProductionRefused when something needed is missing; what was prepared stays good for another try.
    """
    verified = keys.check_value(prepared.to_sign, value, prepared.chain[0], prepared.mechanism)
    if prepared.profile is Profile.CADES_DETACHED:
        return cades.assemble(prepared, verified, timestamper)
    if prepared.profile is Profile.PADES:
        return pades.assemble(prepared, verified, timestamper, evidence)
    raw = keys.to_raw(verified, prepared.chain[0])
    if prepared.profile is Profile.ASIC_E:
        return asic.assemble(prepared, raw, timestamper, evidence)
    return _xades(prepared, raw, timestamper, evidence)


def _xades(prepared: Prepared, raw: bytes, timestamper: Stamper | None, evidence: Evidence | None) -> bytes:
    unsigned = prepared.state.get("unsigned", b"")
    root, signature = xades.with_value(unsigned, prepared.to_sign, raw)
    documents = {
        name.removeprefix("document:"): data
        for name, data in prepared.state.items()
        if name.startswith("document:")
    }
    xades_levels.raise_to(
        signature,
        prepared.level,
        timestamper=timestamper,
        evidence=evidence,
        documents=documents,
    )
    return write(root)


def extend(
    signed: bytes,
    level: Level,
    *,
    timestamper: Stamper | None,
    evidence: Evidence | None = None,
    contents: Sequence[Bytes] = (),
) -> bytes:
    """Return the file with all its signatures raised to a level; none is ever lowered.

    ``contents`` are the documents of a detached XAdES signature, which B-LTA needs. The form is found from the
    bytes: PDF, ASiC-E, XML or CMS. B-LTA adds one more archive time-stamp each time. Raises ProductionRefused,
    and Unverifiable for a hostile container.
    """
    check_intact(signed, contents)
    with refusing("produce.not_signed"):
        if b"%PDF-" in signed[:_PDF_HEADER]:
            return pades.extend(signed, level, timestamper, evidence)
        if signed.startswith(b"PK"):
            return asic.extend(signed, level, timestamper, evidence)
        if is_xml(signed):
            return _extend_xml(signed, level, timestamper, evidence, contents)
        return cades.extend(signed, level, timestamper)


def check_intact(signed: bytes, contents: Sequence[Bytes]) -> None:
    """Refuse to raise what holds a broken signature: a time-stamp over it would prove nothing.

    A document that is not at hand is no fault here. Raises ProductionRefused ``produce.broken``, and Unverifiable for
    a file that cannot be read.
    """
    from signing.api import read

    for one in read(signed, name="signature", contents=contents).signatures:
        if one.value_intact is False or not one.digests_intact or one.structure_errors:
            raise ProductionRefused("produce.broken", f"{one.id} is broken", name=one.id)


def _extend_xml(
    signed: bytes,
    level: Level,
    timestamper: Stamper | None,
    evidence: Evidence | None,
    contents: Sequence[Bytes],
) -> bytes:
    root = parse(signed)
    found = signatures(root)
    if not found:
        raise ProductionRefused("produce.not_signed", "no signature in this document")
    documents = {content.name: content.data for content in contents}
    for signature in found:
        xades_levels.raise_to(
            signature, level, timestamper=timestamper, evidence=evidence, documents=documents
        )
    return write(root)
