"""Find the chains from a certificate up to an anchor, at a bounded cost whatever the certificates at hand say.

Nothing is verified here: names and key identifiers only say which chains are worth a validation.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from signing.path.cache import Cert

#: Certificates of a chain, the anchor included.
DEPTH = 10
#: Certificates looked at as possible issuers, for one leaf.
STEPS = 200
#: Chains validated, for one leaf.
PATHS = 12

Pool = Mapping[str, Sequence[Cert]]


def by_subject(certificates: Iterable[Cert]) -> dict[str, list[Cert]]:
    """Arrange certificates by subject, each once."""
    arranged: dict[str, list[Cert]] = {}
    seen: set[bytes] = set()
    for certificate in certificates:
        if certificate.sha256 not in seen:
            seen.add(certificate.sha256)
            arranged.setdefault(certificate.subject, []).append(certificate)
    return arranged


def chains(leaf: Cert, anchors: Pool, pool: Pool) -> Iterator[tuple[Cert, ...]]:
    """Yield at most PATHS chains (leaf first, anchor last), the shortest first; a leaf that is an anchor is alone."""
    if any(anchor.sha256 == leaf.sha256 for anchor in anchors.get(leaf.subject, ())):
        return iter([(leaf,)])
    return islice(_ending(leaf, anchors, pool), PATHS)


def _ending(leaf: Cert, anchors: Pool, pool: Pool) -> Iterator[tuple[Cert, ...]]:
    waiting: deque[tuple[Cert, ...]] = deque([(leaf,)])
    for _ in range(STEPS):
        if not waiting:
            return
        path = waiting.popleft()
        yield from ((*path, anchor) for anchor in issuers(path, anchors))
        if len(path) < DEPTH - 1 and len(waiting) < STEPS:
            waiting.extend((*path, issuer) for issuer in islice(issuers(path, pool), STEPS))


def issuers(path: tuple[Cert, ...], pool: Pool) -> Iterator[Cert]:
    """Yield the certificates that may stand above the last of a path, by name and key identifier."""
    subject = path[-1]
    for issuer in pool.get(subject.issuer, ()):
        if any(issuer.sha256 == one.sha256 for one in path):
            continue
        if subject.authority_key_id and issuer.key_id and subject.authority_key_id != issuer.key_id:
            continue
        yield issuer
