"""CRLs that need something beside them to be an answer: deltas (RFC 5280, 5.2.4) and indirect lists (5.2.5 and 5.3.3).

A delta needs the complete list that it starts from. An indirect list is signed by another authority than the one that
issued the certificate: it is believed when it is the issuer itself, or one to whom the issuer gave a certificate for it,
whom the certificate names (cRLIssuer), and whom a list that was still current says not to be revoked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from signing.path import crls
from signing.path.answer import Answer, Standing, issued_with, vouching
from signing.path.cache import Cert, certificate
from signing.path.crls import Crl
from signing.path.fitness import issued
from signing.path.names import of_cryptography

#: Lists of one certificate that are combined, and certificates tried as their signers.
_COMBINED, _TRIED = 20, 4


def of_deltas(listed: Sequence[bytes], subject: Cert, issuer: Cert) -> Iterator[Answer]:
    """Yield what deltas say of a certificate, each with the newest complete list that it may be laid over."""
    read = [(der, crl) for der in listed if (crl := crls.read(der)) is not None and not crl.indirect]
    deltas = [one for one in read if one[1].base is not None and crls.speaks_for(one[1], subject, issuer)]
    for der, delta in deltas[:_COMBINED]:
        entry = delta.parsed.get_revoked_certificate_by_serial_number(subject.serial)
        said = crls.answered(der, delta, issuer, entry)
        if said.standing is Standing.REVOKED:
            yield said
            continue
        base = _base(delta, [one for one in read if one[1].complete], subject, issuer)
        if base is not None and (entry is not None or base.standing is Standing.GOOD):
            yield replace(said, beside=(base.source,), algorithms=(*said.algorithms, *base.algorithms))


def _base(delta: Crl, complete: Sequence[tuple[bytes, Crl]], subject: Cert, issuer: Cert) -> Answer | None:
    """Return the answer of the newest complete list between the number a delta starts from and its own."""
    fit = [
        (crl.number, der)
        for der, crl in complete
        if crl.number is not None
        and delta.number is not None
        and delta.base is not None
        and delta.base <= crl.number < delta.number
        and crl.only == delta.only
        and crls.speaks_for(crl, subject, issuer)
    ]
    return crls.answer_of(max(fit)[1], subject, issuer) if fit else None


def of_indirect(
    listed: Sequence[bytes], subject: Cert, issuer: Cert, others: Sequence[bytes]
) -> Iterator[Answer]:
    """Yield what indirect lists say of a certificate."""
    read = [(der, crl) for der in listed if (crl := crls.read(der)) is not None]
    for der, crl in [one for one in read if one[1].indirect and one[1].base is None][:_COMBINED]:
        for signer, good in _signers(crl, subject, issuer, listed, others):
            if not crls.speaks_for(crl, subject, signer):
                continue
            answer = crls.answered(der, crl, signer, _entry(crl, subject))
            if good is not None:
                delegation = (*answer.algorithms, issued_with(signer, issuer), *good.algorithms)
                answer = replace(answer, beside=(signer.der, *good.sources), algorithms=delegation)
            yield answer
            break


def _signers(
    crl: Crl, subject: Cert, issuer: Cert, listed: Sequence[bytes], others: Sequence[bytes]
) -> Iterator[tuple[Cert, Answer | None]]:
    """Yield who may have signed an indirect list about a certificate: its issuer, or one delegated by it.

    With a delegate comes the answer by which it was not revoked when it signed.
    """
    if crl.issuer == issuer.subject:
        yield issuer, None
        return
    if crl.issuer not in _named_issuers(subject):
        return
    named = (one for der in others if (one := certificate(der)) is not None and one.subject == crl.issuer)
    for candidate in islice(named, _TRIED):
        if (
            candidate.usage is None
            or candidate.issuer != issuer.subject
            or not issued(candidate.der, issuer.der)
        ):
            continue
        said = [answer for der in listed if (answer := crls.answer_of(der, candidate, issuer))]
        good = vouching(said, candidate, crl.this_update)
        if good is not None:
            yield candidate, good


def _named_issuers(subject: Cert) -> set[str]:
    """Return the names that a certificate gives to the issuers of its lists (RFC 5280, 4.2.1.13: cRLIssuer)."""
    from cryptography import x509

    if subject.strict is None:
        return set()
    return {
        of_cryptography(name.value).key
        for extension in subject.strict.extensions
        if isinstance(extension.value, x509.CRLDistributionPoints)
        for point in extension.value
        for name in point.crl_issuer or ()
        if isinstance(name, x509.DirectoryName)
    }


def _entry(crl: Crl, subject: Cert) -> Any | None:
    """Return the entry of a certificate: an entry without an issuer has that of the one before it, at first the list's."""
    from cryptography import x509

    owner = crl.issuer
    for entry in crl.parsed:
        for extension in entry.extensions:
            if isinstance(extension.value, x509.CertificateIssuer):
                names = extension.value.get_values_for_type(x509.DirectoryName)
                owner = of_cryptography(names[0]).key if names else ""
        if entry.serial_number == subject.serial and owner == subject.issuer:
            return entry
    return None
