"""Whether a certificate may serve a purpose, and whether a chain is one at all, dates and revocation apart."""

from functools import lru_cache

from signing.path.cache import PARSED, VERDICTS, Cert, Memory, certificate
from signing.path.model import Purpose
from signing.policy import Policy
from signing.types import Finding, SubIndication

EXTENDED_KEY_USAGE = "2.5.29.37"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"


def unfit(leaf: Cert, purpose: Purpose, policy: Policy) -> tuple[SubIndication, Finding] | None:
    """Say why a certificate may not be used for a purpose (RFC 5280, 4.2.1.3 and 4.2.1.12; RFC 3161, 2.3)."""
    accepted = set(policy.signature_usages)
    fit = leaf.usage is None or bool(leaf.usage & accepted)
    extended = leaf.extended or frozenset()
    if purpose is Purpose.TIMESTAMP:
        fit = fit and extended == {TIME_STAMPING} and EXTENDED_KEY_USAGE in leaf.critical
    elif extended:
        fit = fit and not extended <= set(policy.foreign_extended_usages)
    if fit:
        return None
    return SubIndication.CHAIN_CONSTRAINTS_FAILURE, Finding(f"path.unfit_{purpose}", {"name": leaf.name})


@lru_cache(maxsize=VERDICTS)
def structure(ders: tuple[bytes, ...]) -> tuple[SubIndication, Finding] | None:
    """Validate a chain by RFC 5280 at an instant at which all its certificates below the anchor are valid.

    This is the pre-check of past validation (EN 319 102-1, 5.6.2.1); dates and revocation are judged afterwards.
    """
    from signing._pyhanko_path import examine

    path = [found for der in ders if (found := certificate(der))]
    below = path[:-1]
    starts, ends = max(one.not_before for one in below), min(one.not_after for one in below)
    if starts > ends:
        return SubIndication.CHAIN_CONSTRAINTS_FAILURE, Finding("path.never_valid")
    above = ders[1:]
    if _PROVEN.get(above) and _plain_leaf(path[0], path[1]):
        return None
    problem = examine(path, ends)
    if problem is None:
        if not any(one.constrained for one in path[1:-1]):
            _PROVEN.keep(above, value=True)
        return None
    if problem == "signature":
        # Names alone make no chain: an authority of that name, with that key, is not known.
        return SubIndication.NO_CERTIFICATE_CHAIN_FOUND, Finding("path.forged")
    return SubIndication.CHAIN_CONSTRAINTS_FAILURE, Finding("path.constraints", {"name": path[0].name})


#: Chains of authorities that passed the whole validation with some leaf, and put no condition on the leaf. What is kept
#: here is a function of the certificates alone; it spares a new signer under known authorities most of the cost.
_PROVEN: Memory[bool] = Memory(VERDICTS)

#: Critical extensions of a leaf that ask nothing of its chain; others get the whole validation.
_HARMLESS = frozenset(
    {
        "1.3.6.1.5.5.7.1.1",
        "1.3.6.1.5.5.7.1.3",
        "1.3.6.1.5.5.7.48.1.5",
        "2.5.29.14",
        "2.5.29.15",
        "2.5.29.17",
        "2.5.29.19",
        "2.5.29.31",
        "2.5.29.32",
        "2.5.29.35",
        EXTENDED_KEY_USAGE,
    }
)


def _plain_leaf(leaf: Cert, issuer: Cert) -> bool:
    """Tell whether a leaf under proven authorities is certain to be valid: RFC 5280, 6.1.3, without constraints."""
    return (
        not leaf.constrained
        and leaf.critical <= _HARMLESS
        and leaf.strict is not None
        and issuer.strict is not None
        and leaf.issuer_name == issuer.subject_name
        and issued(leaf.der, issuer.der)
    )


@lru_cache(maxsize=PARSED)
def issued(subject_der: bytes, issuer_der: bytes) -> bool:
    """Tell whether a certificate was signed by another's key."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    from signing._pyhanko_path import signed_by

    subject, issuer = certificate(subject_der), certificate(issuer_der)
    if subject is None or issuer is None:  # pragma: no cover  # the caller has parsed them already
        return False
    if subject.strict is not None and issuer.strict is not None:
        try:
            subject.strict.verify_directly_issued_by(issuer.strict)
        except InvalidSignature:
            return False
        except (UnsupportedAlgorithm, ValueError, TypeError):
            # Digests that died are for the policy to refuse; the signature is verified all the same, below.
            pass
        else:
            return True
    body = subject.asn1
    signature = body["signature_value"].native
    return signed_by(signature, body["tbs_certificate"].dump(), body["signature_algorithm"], issuer)
