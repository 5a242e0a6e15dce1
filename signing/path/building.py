"""Find the chains from a certificate up to an anchor, at a bounded cost whatever the certificates at hand say.

Nothing is verified here: names and key identifiers only say which chains are worth a validation.
"""

from collections.abc import Iterable, Iterator, Mapping

from signing.path.cache import Cert

#: Certificates of a chain, the anchor included.
DEPTH = 10
#: Certificates looked at as possible issuers, for one leaf.
STEPS = 200
#: Chains validated, for one leaf.
PATHS = 12

Pool = Mapping[str, Iterable[Cert]]


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
        yield (leaf,)
        return
    waiting: list[tuple[Cert, ...]] = [(leaf,)]
    steps = found = 0
    while waiting and steps < STEPS and found < PATHS:
        path = waiting.pop(0)
        steps += 1
        for anchor in _issuers(path, anchors):
            found += 1
            yield (*path, anchor)
        if len(path) < DEPTH - 1 and len(waiting) < STEPS:
            waiting.extend((*path, issuer) for issuer in _issuers(path, pool))


def _issuers(path: tuple[Cert, ...], pool: Pool) -> Iterator[Cert]:
    subject = path[-1]
    for issuer in pool.get(subject.issuer, ()):
        if issuer in path or any(issuer.sha256 == one.sha256 for one in path):
            continue
        if subject.authority_key_id and issuer.key_id and subject.authority_key_id != issuer.key_id:
            continue
        yield issuer
