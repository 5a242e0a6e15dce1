"""Judge the time-stamps of a signature, the latest first, each under the proofs that the later ones give.

EN 319 102-1, 5.4 (time-stamps), 5.6.2.3 (extraction of proofs of existence) and 5.6.3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from signing.facts import AlgorithmUse, StampFacts, StampKind
from signing.path.cache import certificate
from signing.path.engine import Chains, Purpose
from signing.path.poe import Proofs
from signing.path.walk import dead
from signing.policy import Policy
from signing.types import Evidence, Finding, SubIndication


@dataclass(frozen=True, slots=True)
class StampVerdict:
    """What a time-stamp is worth: only a ``trusted`` one proves anything."""

    facts: StampFacts
    subindication: SubIndication | None
    finding: Finding
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    revocation_used: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def trusted(self) -> bool:
        """Tell whether the token is sound and its authority's chain holds."""
        return self.subindication is None

    @property
    def time(self) -> datetime | None:
        """Return the instant that the token proves, None when it proves nothing."""
        return self.facts.gen_time if self.trusted else None


#: Order in which time-stamps must follow each other (EN 319 102-1, 5.5.4).
_RANKS = {
    StampKind.CONTENT: 0,
    StampKind.SIGNATURE: 1,
    StampKind.REFERENCES: 2,
    StampKind.ARCHIVE: 3,
    StampKind.DOCUMENT: 3,
}


def judge_stamps(
    stamps: Sequence[StampFacts], chains: Chains, *, policy: Policy, proofs: Proofs
) -> tuple[tuple[StampVerdict, ...], Proofs]:
    """Return the verdicts in the order of ``stamps``, and the proofs, those of trusted time-stamps added."""
    verdicts: dict[int, StampVerdict] = {}
    for place in sorted(range(len(stamps)), key=lambda one: _when(stamps[one]), reverse=True):
        verdict = judge_stamp(stamps[place], chains, policy=policy, proofs=proofs)
        verdicts[place] = verdict
        moment = verdict.time
        if moment is not None and stamps[place].kind is not StampKind.CONTENT:
            proofs = proofs.adding((digest, moment) for digest in stamps[place].covers)
    return tuple(verdicts[place] for place in range(len(stamps))), proofs


def _when(stamp: StampFacts) -> float:
    return stamp.gen_time.timestamp() if stamp.gen_time else 0.0


def judge_stamp(
    stamp: StampFacts, chains: Chains, *, policy: Policy, proofs: Proofs | None = None
) -> StampVerdict:
    """Return the verdict on one time-stamp; ``proofs`` tell since when its token exists."""
    proofs = proofs or Proofs(chains.at)
    unsound = _unsound(stamp)
    if unsound is not None:
        return StampVerdict(stamp, *unsound)
    issued, authority = stamp.gen_time, stamp.certificate
    if issued is None or authority is None:
        missing = Finding("verdict.stamp.unsigned", {"id": stamp.id})
        return StampVerdict(stamp, SubIndication.NO_SIGNING_CERTIFICATE_FOUND, missing)
    exists = proofs.of(sha256(stamp.token).digest())
    wrong = _misdated(stamp, issued, exists, authority, policy) or _weak(stamp, exists, policy)
    if wrong is not None:
        return StampVerdict(stamp, *wrong)
    known = chains.having(Evidence(stamp.certificates, stamp.crls, stamp.ocsps))
    verdict = known.conclude(authority, Purpose.TIMESTAMP, at=exists, poe=proofs)
    return StampVerdict(stamp, verdict.subindication, verdict.detail, verdict.chain, verdict.revocation_used)


def _unsound(stamp: StampFacts) -> tuple[SubIndication, Finding] | None:
    details = {"id": stamp.id}
    if not stamp.signature_intact:
        return SubIndication.SIG_CRYPTO_FAILURE, Finding("verdict.stamp.broken", details)
    if not stamp.data_found:
        return SubIndication.SIGNED_DATA_NOT_FOUND, Finding("verdict.stamp.data_missing", details)
    if not stamp.imprint_intact:
        return SubIndication.HASH_FAILURE, Finding("verdict.stamp.other_data", details)
    return None


def _misdated(
    stamp: StampFacts, issued: datetime, exists: datetime, authority: bytes, policy: Policy
) -> tuple[SubIndication, Finding] | None:
    """Refuse a token dated after it is known to exist, or before its authority's certificate was."""
    details = {"id": stamp.id}
    if issued > exists + policy.tolerance:
        return SubIndication.TIMESTAMP_ORDER_FAILURE, Finding("verdict.stamp.from_the_future", details)
    parsed = certificate(authority)
    if parsed is not None and issued + policy.tolerance < parsed.not_before:
        return SubIndication.NOT_YET_VALID, Finding("verdict.stamp.before_authority", details)
    return None


def _weak(stamp: StampFacts, exists: datetime, policy: Policy) -> tuple[SubIndication, Finding] | None:
    uses = (*stamp.algorithms, AlgorithmUse("imprint", stamp.imprint_algorithm))
    return first_dead(uses, exists, policy)


def first_dead(
    uses: Iterable[AlgorithmUse], moment: datetime, policy: Policy
) -> tuple[SubIndication, Finding] | None:
    """Say which use of cryptography proves nothing at an instant, the hopeless ones first."""
    refused = [dead(policy, use) for use in uses if not policy.allows(use, moment)]
    hopeless = [one for one in refused if one[0] is SubIndication.CRYPTO_CONSTRAINTS_FAILURE]
    return next(iter((*hopeless, *refused)), None)


def in_order(verdicts: Iterable[StampVerdict]) -> bool:
    """Tell whether the trusted time-stamps follow each other as their kinds demand."""
    dated = [(_RANKS[one.facts.kind], one.time) for one in verdicts if one.facts.kind in _RANKS]
    known = [(rank, moment) for rank, moment in dated if moment is not None]
    return all(earlier[1] <= later[1] for earlier in known for later in known if earlier[0] < later[0])
