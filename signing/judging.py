"""Judge what a file says, signature by signature: readings become reports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from signing import rules
from signing.facts import SignatureFacts, StampFacts, StampKind
from signing.identity import name_of, signer_of
from signing.path.engine import Chains
from signing.policy import Policy
from signing.report import Report, SignatureReport, StampReport
from signing.stamp_rules import StampVerdict
from signing.trust.model import TrustSnapshot
from signing.types import Evidence, Fetcher, Poe

if TYPE_CHECKING:
    from signing.api import Reading


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a file is judged: whom to believe, what is at hand, which rules, when."""

    trust: TrustSnapshot
    material: Evidence
    policy: Policy
    at: datetime
    poe: tuple[Poe, ...] = ()
    fetch: Fetcher | None = None


def judge(name: str, reading: "Reading", terms: Terms) -> Report:
    """Return the report on a file; certificates of one file help no other, those of one signature help its neighbours."""
    known = _material(reading, terms.material)
    chains = Chains(terms.trust, known, policy=terms.policy, at=terms.at, fetch=terms.fetch)
    signatures = tuple(_signatures(reading.signatures, chains, terms))
    stamps = tuple(_stamp(rules.judge_stamp(facts, chains, policy=terms.policy)) for facts in reading.stamps)
    fetched = chains.fetched
    return Report(
        file=name,
        container=reading.container,
        signatures=signatures,
        timestamps=stamps,
        findings=reading.findings,
        material=Evidence(
            tuple(dict.fromkeys((*known.certificates, *fetched.certificates))),
            tuple(dict.fromkeys((*known.crls, *fetched.crls))),
            tuple(dict.fromkeys((*known.ocsps, *fetched.ocsps))),
        ),
    )


def _material(reading: "Reading", given: Evidence) -> Evidence:
    parts: list[SignatureFacts | StampFacts] = [*reading.signatures, *reading.stamps]
    return Evidence(
        certificates=tuple(
            dict.fromkeys((*given.certificates, *(der for part in parts for der in part.certificates)))
        ),
        crls=tuple(dict.fromkeys((*given.crls, *(der for part in parts for der in part.crls)))),
        ocsps=tuple(dict.fromkeys((*given.ocsps, *(der for part in parts for der in part.ocsps)))),
    )


def _signatures(every: Sequence[SignatureFacts], chains: Chains, terms: Terms) -> Iterator[SignatureReport]:
    """Judge signatures in file order; the later time-stamps of one prove what they cover of its counter-signatures."""
    proved: dict[str, tuple[Poe, ...]] = {}
    for facts in every:
        above = proved.get(facts.counter_of or "", ())
        conclusion = rules.conclude(facts, chains, policy=terms.policy, at=terms.at, poe=(*terms.poe, *above))
        if facts.counter_signatures:
            proved[facts.id] = (*above, *_proofs(conclusion.stamps))
        yield _signature(facts, conclusion)


def _proofs(stamps: Sequence[StampVerdict]) -> Iterator[Poe]:
    for stamp in stamps:
        if stamp.time is not None and stamp.facts.kind is not StampKind.CONTENT:
            for digest in stamp.facts.covers:
                yield Poe(digest, stamp.time, stamp.facts.id)


def _signature(facts: SignatureFacts, conclusion: rules.Conclusion) -> SignatureReport:
    return SignatureReport(
        id=facts.id,
        format=facts.format,
        level=facts.level,
        indication=conclusion.indication,
        subindication=conclusion.subindication,
        signer=signer_of(facts.certificate) if facts.certificate is not None else None,
        signing_time=facts.signing_time,
        best_signature_time=conclusion.best_signature_time,
        scope=facts.scope,
        checks=rules.checks(facts, conclusion),
        qualification=conclusion.qualification,
        errors=conclusion.errors,
        warnings=conclusion.warnings,
        facts=facts,
        levels=conclusion.levels,
        stamps=tuple(_stamp(verdict) for verdict in conclusion.stamps),
    )


def _stamp(verdict: StampVerdict) -> StampReport:
    certificate = verdict.facts.certificate
    return StampReport(
        facts=verdict.facts,
        trusted=verdict.trusted,
        subindication=verdict.subindication,
        authority=name_of(certificate) if certificate is not None else None,
    )
