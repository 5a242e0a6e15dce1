"""Draw the conclusion on one signature from its facts (EN 319 102-1, 5.3 to 5.6). Pure: no clock, no network, no file.

Blocks in order, the first failure decides: format (FC), signing certificate (ISC), cryptographic verification (CV),
certificate and chain (XCV), acceptance (SAV), order of time-stamps. Time comes from proofs alone: given ones, and sound
time-stamps of a trusted authority, the latest judged first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from signing.facts import SignatureFacts, SignerStatus, StampFacts, StampKind
from signing.legal import checks
from signing.levels import Levels, document_errors, levels_of
from signing.path.cache import certificate
from signing.path.engine import Chains, ChainVerdict, Purpose
from signing.path.poe import Proofs
from signing.policy import Policy
from signing.stamp_rules import StampVerdict, first_dead, in_order, judge_stamp, judge_stamps
from signing.trust import age
from signing.trust.model import ListInfo, TrustSnapshot
from signing.trust.qualification import Standing, standing
from signing.types import Evidence, Finding, Format, Indication, Poe, Qualification, SubIndication

__all__ = ["Conclusion", "StampVerdict", "checks", "conclude", "judge_stamp", "material_of"]

#: The sub-indications under which a signature is known to be wrong; all others leave it undetermined.
FATAL = frozenset(
    {
        SubIndication.FORMAT_FAILURE,
        SubIndication.HASH_FAILURE,
        SubIndication.SIG_CRYPTO_FAILURE,
        SubIndication.REVOKED,
        SubIndication.EXPIRED,
        SubIndication.NOT_YET_VALID,
    }
)

#: Verdicts under which the chain is not shown to be one: nothing may be deduced from the authorities it names.
UNFOUNDED = frozenset(
    {
        SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
        SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
        SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    }
)

#: Only then is the certificate at hand that of the signer.
KNOWN = frozenset({SignerStatus.IDENTIFIED, SignerStatus.UNREFERENCED})

ADES = frozenset({Format.XADES, Format.CADES, Format.PADES})

Failure = tuple[SubIndication, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdict on one signature, and what it rests on."""

    indication: Indication
    subindication: SubIndication | None
    #: The earliest proof that the signature existed; the time of validation when there is none.
    best_signature_time: datetime
    #: Whether a proof gave that time.
    time_is_proved: bool
    #: DER from the signer up to the anchor; empty when no certificate is known.
    chain: tuple[bytes, ...] = field(repr=False)
    #: The verdict on the chain, whatever decided; None when no certificate is known.
    chain_verdict: ChainVerdict | None
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    levels: Levels
    stamps: tuple[StampVerdict, ...]
    #: What the lists say of the signer's certificate.
    standing: Standing
    qualification: Qualification | None

    @property
    def b_level_valid(self) -> bool:
        """Tell whether the basic level really holds."""
        return self.levels.b

    @property
    def t_level_valid(self) -> bool:
        """Tell whether the level with time really holds."""
        return self.levels.t

    @property
    def lt_level_valid(self) -> bool:
        """Tell whether the level with validation material really holds."""
        return self.levels.lt

    @property
    def a_level_valid(self) -> bool:
        """Tell whether the archive level really holds."""
        return self.levels.a

    @property
    def evidence_used(self) -> tuple[bytes, ...]:
        """Return the DER of the CRLs and OCSP responses that decided."""
        signer = self.chain_verdict.revocation_used if self.chain_verdict else ()
        return tuple(
            dict.fromkeys((*signer, *(one for stamp in self.stamps for one in stamp.revocation_used)))
        )


def conclude(
    facts: SignatureFacts, chains: Chains, *, policy: Policy, at: datetime, poe: Sequence[Poe] = ()
) -> Conclusion:
    """Return the conclusion on a signature at the instant ``at``.

    ``chains`` holds what is trusted and the material of the same file; that of the signature itself is added here.
    ``poe`` are proofs that the caller vouches for (a deposit log), of objects named by the SHA-256 of their bytes.
    """
    known = chains.having(material_of(facts))
    stamps, proofs = judge_stamps(facts.stamps, known, policy=policy, proofs=Proofs.given(at, poe))
    digest = sha256(facts.value).digest()
    proved = bool(facts.value) and proofs.has(digest)
    best = proofs.of(digest) if proved else at
    chain = None
    if facts.certificate is not None and facts.signer_status in KNOWN:
        chain = known.conclude(facts.certificate, Purpose.SIGNATURE, at=best, poe=proofs)
    failure = _first_failure(facts, chain, stamps, known.trust, best, at, policy)
    said = Standing()
    if chain is not None and chain.subindication not in UNFOUNDED:
        said = standing(chain.chain, known.trust, best=best, at=at, policy=policy)
    return Conclusion(
        indication=_indication(failure),
        subindication=failure[0] if failure else None,
        best_signature_time=best,
        time_is_proved=proved,
        chain=chain.chain if chain else (),
        chain_verdict=chain,
        errors=_errors(failure),
        warnings=(
            *facts.warnings,
            *_warnings(facts, stamps, best if proved else None),
            *_old_list(said.info, known.trust, at, policy),
        ),
        levels=levels_of(facts),
        stamps=stamps,
        standing=said,
        qualification=None if failure else said.qualification,
    )


def material_of(facts: SignatureFacts) -> Evidence:
    """Return the certificates, CRLs and OCSP responses that a signature and its time-stamps carry."""
    parts: list[SignatureFacts | StampFacts] = [facts, *facts.stamps]
    return Evidence(
        certificates=tuple(der for part in parts for der in part.certificates),
        crls=tuple(der for part in parts for der in part.crls),
        ocsps=tuple(der for part in parts for der in part.ocsps),
    )


def _old_list(info: ListInfo | None, trust: TrustSnapshot, at: datetime, policy: Policy) -> list[Finding]:
    """Warn of the list that was believed when it is overdue, or too old to be believed."""
    if info is None:
        return []
    found = age.warning(info, trust, at, most_days=policy.list_age.days)
    return [found] if found else []


def _indication(failure: Failure | None) -> Indication:
    if failure is None:
        return Indication.TOTAL_PASSED
    return Indication.TOTAL_FAILED if failure[0] in FATAL else Indication.INDETERMINATE


def _first_failure(
    facts: SignatureFacts,
    chain: ChainVerdict | None,
    stamps: Sequence[StampVerdict],
    trust: TrustSnapshot,
    best: datetime,
    at: datetime,
    policy: Policy,
) -> Failure | None:
    return (
        _format(facts)
        or _signer(facts, chain)
        or _cryptography(facts)
        or _path(chain, stamps, trust, at)
        or _acceptance(facts, best, policy)
        or _order(stamps)
    )


def _format(facts: SignatureFacts) -> Failure | None:
    if facts.structure_errors:
        return _failed(SubIndication.FORMAT_FAILURE, *facts.structure_errors)
    return None


def _signer(facts: SignatureFacts, chain: ChainVerdict | None) -> Failure | None:
    if facts.signer_status is SignerStatus.MISMATCH:
        return _failed(SubIndication.NO_SIGNING_CERTIFICATE_FOUND, Finding("verdict.signer_mismatch"))
    if chain is None:
        return _failed(SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    return None


def _cryptography(facts: SignatureFacts) -> Failure | None:
    lost = [reference.name for reference in facts.references if not reference.found]
    if lost or not facts.data_found:
        details = (Finding("verdict.missing_data", {"name": lost[0]}),) if lost else ()
        return _failed(SubIndication.SIGNED_DATA_NOT_FOUND, *details)
    altered = document_errors(facts)
    if altered:
        return _failed(SubIndication.HASH_FAILURE, *altered)
    if facts.value_intact is not True:
        return _failed(SubIndication.SIG_CRYPTO_FAILURE)
    if not all(reference.checked for reference in facts.references):
        # What was not digested may have been altered: nothing further is worth saying.
        return _failed(SubIndication.SIG_CONSTRAINTS_FAILURE, *facts.constraint_errors)
    return None


def _path(
    chain: ChainVerdict | None, stamps: Sequence[StampVerdict], trust: TrustSnapshot, at: datetime
) -> Failure | None:
    if chain is None or chain.subindication is None:
        return None
    if chain.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND:
        return _unlisted(chain, trust, at)
    return _failed(_known_after(chain, stamps), chain.detail)


def _known_after(chain: ChainVerdict, stamps: Sequence[StampVerdict]) -> SubIndication:
    """Turn a lack of proof into a proof of the contrary: a content time-stamp shows that the signature came later.

    EN 319 102-1, 5.3.4: the signature was then made after the revocation, or after the expiry.
    """
    sub = chain.subindication or SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
    before = [one.time for one in stamps if one.facts.kind is StampKind.CONTENT and one.time is not None]
    latest = max(before, default=None)
    if latest is None:
        return sub
    if sub is SubIndication.REVOKED_NO_POE and chain.revoked_at is not None and latest > chain.revoked_at:
        return SubIndication.REVOKED
    leaf = certificate(chain.chain[0])
    outside = (SubIndication.OUT_OF_BOUNDS_NO_POE, SubIndication.OUT_OF_BOUNDS_NOT_REVOKED)
    if sub in outside and leaf is not None and latest > leaf.not_after:
        return SubIndication.EXPIRED
    return sub


def _unlisted(chain: ChainVerdict, trust: TrustSnapshot, at: datetime) -> Failure:
    """Say which lists do not know the issuer, never the bare indication."""
    sub = SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    code = f"verdict.{sub}"
    if trust.lists:
        info = _list_for(chain.chain[0], trust.lists)
        age = max(0, ((trust.frozen_at or at) - info.issued_at).days)
        details: dict[str, str | int] = {"territory": info.territory, "number": info.sequence, "days": age}
        main = Finding(f"{code}.lists", details)
    else:
        main = Finding(f"{code}.anchors" if trust.anchors or trust.services else code)
    return sub, (main, chain.detail)


def _list_for(der: bytes, lists: Sequence[ListInfo]) -> ListInfo:
    """Return the list of the issuer's country, else the French one, else the first."""
    parsed = certificate(der)
    country = parsed.issuer_name.country if parsed else None
    for territory in (country, "FR"):
        for info in lists:
            if info.territory == territory:
                return info
    return lists[0]


def _acceptance(facts: SignatureFacts, best: datetime, policy: Policy) -> Failure | None:
    if facts.constraint_errors:
        return _failed(SubIndication.SIG_CONSTRAINTS_FAILURE, *facts.constraint_errors)
    if facts.format not in ADES or facts.signer_status is SignerStatus.UNREFERENCED:
        return _failed(SubIndication.SIG_CONSTRAINTS_FAILURE, Finding("verdict.not_advanced"))
    weak = first_dead(facts.algorithms, best, policy)
    return _failed(weak[0], weak[1]) if weak else None


def _order(stamps: Sequence[StampVerdict]) -> Failure | None:
    return None if in_order(stamps) else _failed(SubIndication.TIMESTAMP_ORDER_FAILURE)


def _failed(sub: SubIndication, *details: Finding) -> Failure:
    return sub, (Finding(f"verdict.{sub}"), *details)


def _errors(failure: Failure | None) -> tuple[Finding, ...]:
    """Return what to say of a failure: the reason, its details, and what to do about it."""
    if failure is None:
        return ()
    return (*failure[1], Finding(f"verdict.{failure[0]}.advice"))


def _warnings(
    facts: SignatureFacts, stamps: Sequence[StampVerdict], proved: datetime | None
) -> list[Finding]:
    found = []
    if proved is None:
        found.append(Finding("verdict.time_declared" if facts.signing_time else "verdict.time_unknown"))
    elif facts.signing_time is not None and facts.signing_time > proved:
        found.append(Finding("verdict.time_contradicted"))
    for stamp in stamps:
        if not stamp.trusted:
            found.append(Finding("verdict.stamp.useless", {"id": stamp.facts.id}))
            found.append(stamp.finding)
    return found
