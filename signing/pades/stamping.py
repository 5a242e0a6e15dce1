"""Read the document time-stamps of a PDF (EN 319 142-1, 5.4.3) and what each proves the existence of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from signing import limits
from signing.facts import SignatureFacts, StampFacts, StampKind
from signing.pades.dss import Store, marks
from signing.pades.signature import Signed, not_as_signed
from signing.pades.states import State, States


@dataclass(frozen=True, slots=True)
class Stamped:
    """One document time-stamp, and the state of the document that it is over when it is over one."""

    signed: Signed
    facts: StampFacts
    state: State | None

    @property
    def over_revocation(self) -> bool:
        """Tell whether the stamp is over a store that holds revocation data, be it sound or not."""
        return self.state is not None and self.state.store.has_revocation

    def over(self, other: Signed) -> bool:
        """Tell whether a signature or an earlier stamp stands whole before the stamp, be the stamp sound or not."""
        mine, its = self.signed.byte_range, other.byte_range
        return mine is not None and its is not None and 0 < its.resume <= mine.gap


def read_stamps(
    states: States,
    found: Sequence[Signed],
    facts: Mapping[str, SignatureFacts],
    *,
    extra_certs: Sequence[bytes] = (),
) -> list[Stamped]:
    """Read the document time-stamps in file order; ``facts`` are those of the signatures, by their name."""
    stamps: list[Stamped] = []
    for signed in [item for item in found if item.is_stamp][: limits.TIMESTAMPS]:
        stamped = _read(states, signed, extra_certs)
        covers = _covers(stamped, found, facts, stamps) if stamped.facts.imprint_intact else frozenset()
        stamps.append(replace(stamped, facts=replace(stamped.facts, covers=covers)))
    return stamps


def _read(states: States, signed: Signed, extra_certs: Sequence[bytes]) -> Stamped:
    from signing.cades.ber import BadBer, parse
    from signing.timestamps import tst

    state = states.at(signed.end) if signed.end else None
    findings = list(signed.faults)
    if state is not None:
        findings += not_as_signed(signed, state.pdf, state.form)
    state = None if findings else state
    try:
        token = parse(signed.contents or b"").raw
    except BadBer:
        token = b""
    imprinted = signed.byte_range.digest(states.data) if state is not None and signed.byte_range else None
    store = state.store if state else Store()
    pool = (*store.certificates, *states.last.store.certificates, *extra_certs)
    facts = tst.read(token, imprinted, id=signed.name, kind=StampKind.DOCUMENT, extra_certs=pool)
    return Stamped(signed, replace(facts, findings=(*findings, *facts.findings)), state)


def _covers(
    stamped: Stamped, found: Sequence[Signed], facts: Mapping[str, SignatureFacts], earlier: Sequence[Stamped]
) -> frozenset[bytes]:
    """Return the SHA-256 of all that is known to stand in the covered revision."""
    covered: set[bytes] = set()
    if stamped.state is not None:
        covered |= stamped.state.store.marks()
    for other in found:
        if other.name in facts and stamped.over(other):
            covered |= marks_of(facts[other.name])
    for stamp in earlier:
        if stamped.over(stamp.signed):
            covered |= marks_of_stamp(stamp.facts)
    return frozenset(covered)


def marks_of(facts: SignatureFacts) -> frozenset[bytes]:
    """Return the SHA-256 of a signature's value and of all that stands in its CMS."""
    own = marks((facts.value, *facts.certificates, *facts.crls, *facts.ocsps))
    return own.union(*(marks_of_stamp(stamp) for stamp in facts.stamps))


def marks_of_stamp(stamp: StampFacts) -> frozenset[bytes]:
    """Return the SHA-256 of a token and of all that stands in it."""
    return marks((*stamp.certificates, *stamp.crls, *stamp.ocsps)) | {sha256(stamp.token).digest()}
