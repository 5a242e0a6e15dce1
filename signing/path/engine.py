"""Judge a certificate and its chain at the instant it was used (EN 319 102-1, 5.2.6, 5.5 and 5.6.2).

One rule covers the present and the past. The chain must hold, by dates and revocation, at the instant ``at`` at which the
certificate is proved to have been used (the time of validation when nothing proves it earlier). And whatever an authority
signed (the certificate below it, a CRL, an OCSP response) counts only if it is proved to have existed before that
authority expired, was revoked, or its algorithm died: this is what the time-sliding of the norm establishes, step by step.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from signing import limits
from signing.path.addresses import crl_addresses, issuer_addresses, ocsp_addresses
from signing.path.anchors import anchors_for
from signing.path.answer import Answer
from signing.path.building import Pool, by_subject, chains, issuers
from signing.path.cache import VERDICTS, Cert, Memory, certificate
from signing.path.fitness import structure, unfit
from signing.path.model import ChainVerdict, Purpose
from signing.path.ocsp import request_for
from signing.path.poe import Proofs
from signing.path.revocation import answers
from signing.path.walk import Walk
from signing.policy import DEFAULT, Policy
from signing.trust.model import TrustSnapshot
from signing.types import Evidence, Fetcher, Finding, Poe, SubIndication

__all__ = ["ChainVerdict", "Chains", "Purpose"]

_MEMORY: Memory[ChainVerdict] = Memory(VERDICTS)

NOTHING = Evidence()

#: Addresses asked for one certificate.
ADDRESSES = 2
#: Issuers fetched above one certificate, one above the other.
CLIMB = 4


class Chains:
    """The chains of one file: what is trusted, and the material of that file alone.

    ``material`` holds certificates, CRLs and OCSP responses at hand; they are trusted for nothing. ``fetch`` gets what is
    missing; without it nothing leaves the process.
    """

    def __init__(
        self,
        trust: TrustSnapshot,
        material: Evidence = NOTHING,
        *,
        policy: Policy = DEFAULT,
        at: datetime,
        fetch: Fetcher | None = None,
    ) -> None:
        self.trust = trust
        self.policy = policy
        self.at = at
        self._fetch = fetch
        self._material = _bounded(material)
        parsed = [found for der in self._material.certificates if (found := certificate(der))]
        self._pool = by_subject(parsed)
        self._key = _fingerprint(self._material)
        self._fetched: dict[bytes, Evidence] = {}
        self._climbed: dict[bytes, Cert] = {}

    @property
    def fetched(self) -> Evidence:
        """Return what was fetched so far, to be kept with the verdict."""
        all_of = list(self._fetched.values())
        return Evidence(
            certificates=tuple(self._climbed),
            crls=tuple(crl for one in all_of for crl in one.crls),
            ocsps=tuple(ocsp for one in all_of for ocsp in one.ocsps),
        )

    def having(self, more: Evidence) -> "Chains":
        """Return chains that know more material: that of one signature of the same file."""
        joined = Evidence(
            (*self._material.certificates, *more.certificates),
            (*self._material.crls, *more.crls),
            (*self._material.ocsps, *more.ocsps),
        )
        bounded = _bounded(joined)
        if bounded == self._material:
            return self
        found = Chains(self.trust, bounded, policy=self.policy, at=self.at, fetch=self._fetch)
        found._fetched, found._climbed = self._fetched, self._climbed
        return found

    def conclude(
        self, leaf: bytes, purpose: Purpose, *, at: datetime, poe: Proofs | Sequence[Poe] = ()
    ) -> ChainVerdict:
        """Return the verdict on a certificate (DER) that was used, by proof, at ``at``; ``poe`` proves other objects.

        Verdicts are remembered under all they depend on, unless something may be fetched.
        """
        proofs = poe if isinstance(poe, Proofs) else Proofs.given(self.at, poe)
        parsed = certificate(leaf)
        if parsed is None:
            return ChainVerdict(
                SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, (leaf,), Finding("path.unreadable")
            )
        if self._fetch is not None:
            return self._conclude(parsed, purpose, at, proofs)
        key = (leaf, purpose, at, self.at, self._key, self.trust.id, self.policy.id, proofs.key)
        known = _MEMORY.get(key)
        if known is None:
            known = self._conclude(parsed, purpose, at, proofs)
            _MEMORY.keep(key, known, sum(map(len, known.revocation_used)))
        return known

    def _conclude(self, leaf: Cert, purpose: Purpose, at: datetime, proofs: Proofs) -> ChainVerdict:
        best = self._best(leaf, purpose, at, proofs)
        if (best is None or _rank(best) == 0) and self._climb(leaf):
            best = self._best(leaf, purpose, at, proofs)
        if best is not None:
            return best
        missing = Finding("path.no_chain", {"issuer": leaf.issuer_name.shown})
        return ChainVerdict(SubIndication.NO_CERTIFICATE_CHAIN_FOUND, (leaf.der,), missing)

    def _best(self, leaf: Cert, purpose: Purpose, at: datetime, proofs: Proofs) -> ChainVerdict | None:
        """Return the best verdict over the chains that can be built; None when there is no chain."""
        best: ChainVerdict | None = None
        for path in chains(leaf, anchors_for(self.trust, leaf, purpose), self._known):
            verdict = self._judge(path, purpose, at, proofs)
            if verdict.subindication is SubIndication.REVOKED_NO_POE:
                return verdict
            if best is None or _rank(verdict) > _rank(best):
                best = verdict
        return best

    @property
    def _known(self) -> Pool:
        """Return the certificates at hand, with the issuers that were fetched."""
        if not self._climbed:
            return self._pool
        return by_subject((*(one for group in self._pool.values() for one in group), *self._climbed.values()))

    def _climb(self, leaf: Cert) -> bool:
        """Get the issuers that certificates name, one above the other; false when nothing new came."""
        if self._fetch is None:
            return False
        before, subject = len(self._climbed), leaf
        for _step in range(CLIMB):
            above = next(issuers((subject,), self._known), None) or self._issuer(subject)
            if above is None or above.subject == above.issuer:
                break
            subject = above
        return len(self._climbed) > before

    def _issuer(self, subject: Cert) -> Cert | None:
        """Fetch the certificate above another; what comes is trusted for nothing, as all material."""
        assert self._fetch is not None
        for url in issuer_addresses(subject)[:ADDRESSES]:
            for der in self._fetch.certificates(url):
                found = certificate(der)
                if found is not None and any(issuers((subject,), by_subject([found]))):
                    self._climbed[der] = found
                    return found
        return None

    def _judge(self, path: tuple[Cert, ...], purpose: Purpose, at: datetime, proofs: Proofs) -> ChainVerdict:
        ders = tuple(one.der for one in path)
        if path[0].der in self.trust.anchors:
            return ChainVerdict(None, ders, Finding("path.anchor"), control_time=self.at)
        problem = unfit(path[0], purpose, self.policy) or (structure(ders) if path[1:] else None)
        if problem is not None:
            return ChainVerdict(problem[0], ders, problem[1])
        return Walk(self, path, at, proofs.adding([(path[0].sha256, at)])).verdict()

    def answers(self, subject: Cert, issuer: Cert) -> list[Answer]:
        """Return every verified answer at hand on a certificate."""
        extra = self._fetched.get(subject.sha256, Evidence())
        material = self._material
        return answers(
            subject,
            issuer,
            (*material.crls, *extra.crls),
            (*material.ocsps, *extra.ocsps),
            material.certificates,
        )

    def fetch(self, subject: Cert, issuer: Cert) -> bool:
        """Get answers on a certificate from where it says they are; false when there was nothing to ask, or to add."""
        if self._fetch is None or subject.sha256 in self._fetched:
            return False
        request = request_for(subject, issuer)
        responses = [self._fetch.ocsp(url, request) for url in ocsp_addresses(subject)[:ADDRESSES]]
        lists = [self._fetch.crl(url) for url in crl_addresses(subject)[:ADDRESSES]]
        self._fetched[subject.sha256] = Evidence(
            crls=tuple(filter(None, lists)), ocsps=tuple(filter(None, responses))
        )
        return True


def _rank(verdict: ChainVerdict) -> int:
    """Prefer a chain that holds, then one whose certificates were issued by each other at all.

    Authorities renew their key under the same name, and not all of them say which key they mean: a chain through another
    generation is no chain, and what is wrong with it says nothing of the certificate.
    """
    if verdict.passed:
        return 2
    return int(verdict.subindication is not SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def _bounded(material: Evidence) -> Evidence:
    """Return the material without repetitions, cut where a file would have too much of it."""
    most = limits.CERTIFICATES
    return replace(
        material,
        certificates=tuple(dict.fromkeys(material.certificates))[:most],
        crls=tuple(dict.fromkeys(material.crls))[:most],
        ocsps=tuple(dict.fromkeys(material.ocsps))[:most],
    )


def _fingerprint(material: Evidence) -> bytes:
    digest = sha256()
    for kind in (material.certificates, material.crls, material.ocsps):
        digest.update(b"|" + b"".join(sha256(one).digest() for one in kind))
    return digest.digest()
