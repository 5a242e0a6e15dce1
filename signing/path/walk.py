"""Walk down a chain, from the anchor to the leaf, and judge each certificate at the instant of use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from signing.facts import AlgorithmUse
from signing.path.answer import Answer, Standing, issued_with
from signing.path.cache import Cert
from signing.path.model import ChainVerdict
from signing.path.poe import Proofs
from signing.policy import Policy
from signing.types import Finding, SubIndication


class Source(Protocol):
    """Where a walk finds answers on revocation, and under which policy and time it is made."""

    policy: Policy
    at: datetime

    def answers(self, subject: Cert, issuer: Cert) -> list[Answer]:
        """Return every verified answer at hand on a certificate."""
        ...

    def fetch(self, subject: Cert, issuer: Cert) -> bool:
        """Get more answers; false when there are none to be had."""
        ...


@dataclass(frozen=True, slots=True)
class _Limit:
    """Until when what an authority signed is believed, and what is wrong with it afterwards."""

    until: datetime
    subindication: SubIndication
    authority: Cert

    @property
    def finding(self) -> Finding:
        """Return what to say of what came too late."""
        revoked = self.subindication is SubIndication.REVOKED_CA_NO_POE
        details = {"name": self.authority.name, "on": _day(self.until)}
        return Finding("path.authority_revoked" if revoked else "path.authority_expired", details)


class Walk:
    """One walk down a chain, from the anchor to the leaf."""

    def __init__(self, chains: Source, path: tuple[Cert, ...], at: datetime, proofs: Proofs) -> None:
        self.chains = chains
        self.policy = chains.policy
        self.path = path
        self.at = at
        self.proofs = proofs
        self.used: list[bytes] = []
        self.control = chains.at

    def verdict(self) -> ChainVerdict:
        """Walk, and say what stopped it, or that nothing did."""
        if len(self.path) == 1:
            return self._listed(self.path[0])
        limit: _Limit | None = None
        for place in range(len(self.path) - 2, -1, -1):
            subject, issuer = self.path[place], self.path[place + 1]
            stopped = self._existed_in_time(subject, issuer, limit)
            if stopped is None:
                stopped, limit = self._standing(subject, issuer, limit)
            if stopped is not None:
                return stopped
        return self._end(None, Finding("path.valid"))

    def _listed(self, subject: Cert) -> ChainVerdict:
        """Judge a certificate that a trusted list names itself: its dates hold, and the list stands for revocation."""
        return self._outside(subject, []) or self._end(None, Finding("path.listed"))

    def _end(
        self, subindication: SubIndication | None, finding: Finding, revoked_at: datetime | None = None
    ) -> ChainVerdict:
        ders = tuple(one.der for one in self.path)
        return ChainVerdict(subindication, ders, finding, revoked_at, tuple(self.used), self.control)

    def _existed_in_time(self, subject: Cert, issuer: Cert, limit: _Limit | None) -> ChainVerdict | None:
        """Stop when a certificate may have been made after its issuer, or the algorithm, ceased to be trusted."""
        since = self.proofs.of(subject.sha256)
        if limit is not None and since > limit.until:
            revoked = limit.until if limit.subindication is SubIndication.REVOKED_CA_NO_POE else None
            return self._end(limit.subindication, limit.finding, revoked)
        use = issued_with(subject, issuer)
        if not self.policy.allows(use, since):
            return self._end(*dead(self.policy, use))
        return None

    def _standing(
        self, subject: Cert, issuer: Cert, limit: _Limit | None
    ) -> tuple[ChainVerdict | None, _Limit | None]:
        """Return why the walk stops at a certificate, or until when what it signs is believed."""
        found = self._believed(subject, issuer, limit)
        if revocation_of(found) is None and self._best(found, subject) is None:
            # Nothing at hand decides: ask, where that is allowed.
            found = self._believed(subject, issuer, limit) if self.chains.fetch(subject, issuer) else found
        revoked_at = revocation_of(found)
        stopped = self._revoked(subject, found, revoked_at) or self._outside(subject, found)
        if stopped is None and revoked_at is None:
            stopped = self._answered(subject, issuer, limit, found)
        elif stopped is None:
            # Revoked after the instant of use: it was good until then.
            self._use(found, Standing.REVOKED)
        return stopped, None if stopped else self._limit_of(subject, revoked_at)

    def _revoked(
        self, subject: Cert, found: list[Answer], revoked_at: datetime | None
    ) -> ChainVerdict | None:
        """Stop when the leaf was revoked before it was used; a revoked authority only limits what it signed."""
        if subject is not self.path[0] or revoked_at is None or revoked_at > self.at:
            return None
        self._use(found, Standing.REVOKED)
        details = {"name": subject.name, "on": _day(revoked_at)}
        return self._end(SubIndication.REVOKED_NO_POE, Finding("path.revoked", details), revoked_at)

    def _believed(self, subject: Cert, issuer: Cert, limit: _Limit | None) -> list[Answer]:
        """Return the answers that are proved to have existed while their issuer and algorithm were trusted."""
        return [
            answer
            for answer in self.chains.answers(subject, issuer)
            if (limit is None or self._since(answer) <= limit.until) and self._alive(answer)
        ]

    def _since(self, answer: Answer) -> datetime:
        """Return since when all that an answer is made of is proved to exist."""
        beside = (sha256(one).digest() for one in answer.beside)
        return max(self.proofs.of(one) for one in (answer.sha256, *beside))

    def _alive(self, answer: Answer) -> bool:
        since = self._since(answer)
        return all(self.policy.allows(use, since) for use in answer.algorithms)

    def _outside(self, subject: Cert, found: list[Answer]) -> ChainVerdict | None:
        """Stop when the certificate was not valid, by its dates, at the instant of use."""
        tolerance = self.policy.tolerance
        if self.at + tolerance < subject.not_before:
            details = {"name": subject.name, "on": _day(subject.not_before)}
            early = subject is self.path[0] and self.at < self.chains.at
            sub = SubIndication.NOT_YET_VALID if early else SubIndication.OUT_OF_BOUNDS_NO_POE
            return self._end(sub, Finding("path.not_yet_valid", details))
        if self.at > subject.not_after:
            details = {"name": subject.name, "on": _day(subject.not_after)}
            good = any(one.standing is Standing.GOOD and one.speaks_of(subject) for one in found)
            is_leaf = subject is self.path[0]
            sub = (
                SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
                if is_leaf and good
                else SubIndication.OUT_OF_BOUNDS_NO_POE
            )
            return self._end(sub, Finding("path.expired", details))
        return None

    def _answered(
        self, subject: Cert, issuer: Cert, limit: _Limit | None, found: list[Answer]
    ) -> ChainVerdict | None:
        """Stop when nothing at hand says that the certificate was good at the instant of use."""
        chosen = self._best(found, subject)
        if chosen is None:
            return self._silence(subject, issuer, limit, found)
        self.used.extend(chosen.sources)
        return None

    def _best(self, found: list[Answer], subject: Cert) -> Answer | None:
        """Return the good answer nearest to the instant of use, later ones first."""
        fit = [
            one
            for one in found
            if one.standing is Standing.GOOD and one.covers(self.at, self.policy) and one.speaks_of(subject)
        ]
        later = [one for one in fit if one.this_update >= self.at]
        if later:
            return min(later, key=_made)
        return max(fit, key=_made, default=None)

    def _silence(
        self, subject: Cert, issuer: Cert, limit: _Limit | None, found: list[Answer]
    ) -> ChainVerdict:
        every = self.chains.answers(subject, issuer)
        unproved = [one for one in every if one not in found]
        weak = [one for one in unproved if not self._alive(one)]
        if limit is not None and len(weak) < len(unproved):
            return self._end(limit.subindication, limit.finding)
        if weak:
            since = self._since(weak[0])
            use = next(use for use in weak[0].algorithms if not self.policy.allows(use, since))
            return self._end(*dead(self.policy, use))
        if found:
            newest = max(found, key=_made)
            details = {"name": subject.name, "on": _day(newest.this_update)}
            expired = self.chains.at > subject.not_after
            sub = SubIndication.NO_POE if expired else SubIndication.TRY_LATER
            return self._end(sub, Finding("path.stale", details))
        return self._end(SubIndication.TRY_LATER, Finding("path.no_answer", {"name": subject.name}))

    def _use(self, found: list[Answer], standing: Standing) -> None:
        self.used.extend(part for one in found if one.standing is standing for part in one.sources)

    def _limit_of(self, subject: Cert, revoked_at: datetime | None) -> _Limit:
        """Return until when what this authority signs is believed."""
        self.control = min(self.control, subject.not_after, *([revoked_at] if revoked_at else []))
        if revoked_at is not None and revoked_at <= subject.not_after:
            return _Limit(revoked_at, SubIndication.REVOKED_CA_NO_POE, subject)
        return _Limit(subject.not_after, SubIndication.OUT_OF_BOUNDS_NO_POE, subject)


def revocation_of(found: Sequence[Answer]) -> datetime | None:
    """Return when a certificate was revoked, None when it was not; a hold that a later answer lifts is none."""
    revoked = [one for one in found if one.standing is Standing.REVOKED and one.revoked_at is not None]
    lifted = max((one.this_update for one in found if one.standing is Standing.GOOD), default=None)
    lasting = [one for one in revoked if not (one.on_hold and lifted and lifted > one.this_update)]
    return min((one.revoked_at for one in lasting if one.revoked_at is not None), default=None)


def _made(answer: Answer) -> datetime:
    return answer.this_update


def _day(moment: datetime) -> str:
    return moment.strftime("%d/%m/%Y")


def dead(policy: Policy, use: AlgorithmUse) -> tuple[SubIndication, Finding]:
    """Say that an algorithm proves nothing (any more): with an end date, a proof of existence would have helped."""
    known, ends = policy.end_of(use)
    name = f"{(use.key or '').upper()} {use.bits or ''} {(use.digest or '').upper()}".split()
    details = {"algorithm": " ".join(name), "use": use.use}
    if known and ends is not None:
        finding = Finding("path.algorithm_ended", {**details, "on": _day(ends)})
        return SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, finding
    return SubIndication.CRYPTO_CONSTRAINTS_FAILURE, Finding("path.algorithm_refused", details)
