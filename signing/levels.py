"""Which levels of a signature really hold, by its bytes alone: neither trust nor time has a part in it."""

from dataclasses import dataclass

from signing.facts import SignatureFacts, SignerStatus, StampKind
from signing.types import Finding, Format

_ADES = (Format.XADES, Format.CADES, Format.PADES)


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels that hold (EN 319 122, 132, 142): basic, with time, with validation material, archive."""

    b: bool
    t: bool
    lt: bool
    a: bool


def levels_of(facts: SignatureFacts) -> Levels:
    """Return the levels that hold; each one demands the basic level, and all its time-stamps sound."""
    basic = basic_holds(facts)
    signature = _all_sound(facts, StampKind.SIGNATURE)
    archive = _all_sound(facts, StampKind.ARCHIVE, StampKind.DOCUMENT)
    timed = basic and (signature if signature is not None else bool(archive))
    material = bool(facts.crls or facts.ocsps)
    return Levels(
        b=basic,
        t=timed,
        lt=timed and material,
        a=basic and bool(archive) and signature is not False,
    )


def basic_holds(facts: SignatureFacts) -> bool:
    """Tell whether the signature is a sound advanced one over data at hand, whoever signed."""
    return (
        facts.format in _ADES
        and facts.signer_status is SignerStatus.IDENTIFIED
        and not facts.structure_errors
        and not facts.constraint_errors
        and facts.intact
        and all(reference.found for reference in facts.references)
    )


def document_errors(facts: SignatureFacts) -> tuple[Finding, ...]:
    """Name what was altered since the signature."""
    return tuple(
        Finding("verdict.altered", {"name": reference.name})
        for reference in facts.references
        if reference.found and reference.checked and not reference.intact
    )


def _all_sound(facts: SignatureFacts, *kinds: StampKind) -> bool | None:
    """Tell whether all time-stamps of some kinds are sound; None when there is none."""
    found = [stamp.sound for stamp in facts.stamps if stamp.kind in kinds]
    return all(found) if found else None
