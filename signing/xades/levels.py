"""Say which level a signature claims by its structure (EN 319 132-1, clause 6; EN 319 132-2, clause 5)."""

from collections.abc import Sequence

from signing.xades.material import Material, of_properties
from signing.xades.names import (
    ARCHIVE_STAMPS,
    COMPLETE_REFERENCES,
    COUNTERSIGNED_TYPE,
    REFERENCE_STAMPS,
    SIGNATURE_STAMPS,
    VALUES,
    first,
)
from signing.xades.positions import Place
from signing.xades.references import Outcome
from signing.xades.signer import Identified
from signing.xades.subject import Subject
from signing.xml.parse import local

NOT_ETSI = "NOT-ETSI"


def level(subject: Subject, outcomes: Sequence[Outcome], signer: Identified) -> str:
    """Return B-B, B-T, B-LT, B-LTA, or an extended form, or NOT-ETSI. What is claimed may still not hold."""
    if not _is_ades(subject, outcomes, signer):
        return NOT_ETSI
    names = {local(element) for element in subject.unsigned}
    baseline = _is_baseline(subject, outcomes, signer) and not names & COMPLETE_REFERENCES
    if not names & SIGNATURE_STAMPS and not names & ARCHIVE_STAMPS:
        return _without_stamp(subject, names, baseline=baseline)
    archived = bool(names & ARCHIVE_STAMPS)
    if baseline:
        if not _has_values(subject):
            return "B-T"
        return "B-LTA" if archived else "B-LT"
    return "A" if archived else _extended(names)


def _without_stamp(subject: Subject, names: set[str], *, baseline: bool) -> str:
    if baseline:
        return "B-B"
    if names & COMPLETE_REFERENCES:
        return _extended(names)
    policy = first(subject.signed_signature_properties, "SignaturePolicyIdentifier")
    return "BES" if policy is None else "EPES"


def _extended(names: set[str]) -> str:
    if not names & COMPLETE_REFERENCES:
        return "T"
    if names & VALUES:
        return "XL"
    return "X" if names & REFERENCE_STAMPS else "C"


def _is_ades(subject: Subject, outcomes: Sequence[Outcome], signer: Identified) -> bool:
    """Tell whether the properties that make a signature advanced are there, over something."""
    if subject.signed_properties is None or not any(one.fact.document or one.entries for one in outcomes):
        return False
    key_info = any(one.target.place is Place.KEY_INFO for one in outcomes)
    return signer.reference_present or key_info


def _is_baseline(subject: Subject, outcomes: Sequence[Outcome], signer: Identified) -> bool:
    """Tell whether the signed properties meet the baseline: time, certificate, and that certificate in KeyInfo."""
    properties = subject.signed_signature_properties
    timed = first(properties, "SigningTime") is not None
    typed = subject.parent is None or any(one.signed.type == COUNTERSIGNED_TYPE for one in outcomes)
    current = subject.version == "1.3.2"
    return timed and typed and current and signer.reference_present and signer.in_key_info


def _has_values(subject: Subject) -> bool:
    found: Material = of_properties(subject.unsigned)
    return bool(found.crls or found.ocsps)
