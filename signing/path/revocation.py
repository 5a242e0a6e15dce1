"""Every verified answer on the revocation of a certificate. What cannot be verified is no answer."""

from collections.abc import Iterable, Sequence

from signing.path import crls as lists
from signing.path import ocsp, partial
from signing.path.answer import Answer
from signing.path.cache import Cert


def answers(
    subject: Cert, issuer: Cert, crls: Iterable[bytes], ocsps: Iterable[bytes], others: Sequence[bytes] = ()
) -> list[Answer]:
    """Return every verified answer on a certificate; ``others`` are certificates among which a responder may be."""
    listed = list(crls)
    name = issuer.subject
    read = [(der, crl) for der in listed if (crl := lists.read(der)) is not None]
    found = [
        answer
        for der, crl in read
        if crl.issuer == name and (answer := lists.said(der, crl, subject, issuer))
    ]
    if not all(crl.complete for _, crl in read):
        found.extend(partial.of_deltas(listed, subject, issuer))
        found.extend(partial.of_indirect(listed, subject, issuer, others))
    for response in ocsps:
        found.extend(ocsp.answers_of(response, subject, issuer, listed, others))
    return found
