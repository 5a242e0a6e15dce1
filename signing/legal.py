"""Answer the five checks of article 5 of the order of 22 March 2019 on electronic signatures in public procurement.

They are independent of the indication: a perfectly valid signature may be of no use for the contract, and the reverse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signing.facts import SignatureFacts, SignerStatus
from signing.levels import document_errors
from signing.path.cache import certificate
from signing.types import CHECKS, Check, CheckStatus, Finding, Format, SubIndication

if TYPE_CHECKING:
    from signing.rules import Conclusion

_ADES = (Format.XADES, Format.CADES, Format.PADES)

#: Verdicts on the chain under which the certificate is not shown to have been valid when it was used.
_INVALID = frozenset(
    {
        SubIndication.REVOKED_NO_POE,
        SubIndication.REVOKED_CA_NO_POE,
        SubIndication.OUT_OF_BOUNDS_NO_POE,
        SubIndication.OUT_OF_BOUNDS_NOT_REVOKED,
        SubIndication.NOT_YET_VALID,
    }
)


def checks(facts: SignatureFacts, conclusion: Conclusion) -> dict[str, Check]:
    """Return the five checks by name, in the order of the article."""
    answers = (
        identity(facts),
        certificate_category(conclusion),
        form(facts),
        validity_at_signing(conclusion),
        integrity(facts),
    )
    return dict(zip(CHECKS, answers, strict=True))


def identity(facts: SignatureFacts) -> Check:
    """Leave the identity to a person, who compares the certificate's name with whom he deals with."""
    known = facts.certificate is not None and facts.signer_status in (
        SignerStatus.IDENTIFIED,
        SignerStatus.UNREFERENCED,
    )
    return _check("identity", CheckStatus.HUMAN if known else CheckStatus.UNKNOWN)


def certificate_category(conclusion: Conclusion) -> Check:
    """Tell whether the certificate was qualified at the best signature time, by the trusted lists.

    A qualified seal is that of a legal person: whether it will do as a signature is for a person to say.
    """
    said = conclusion.standing
    if not said.covered:
        return _check("category", CheckStatus.UNKNOWN)
    if said.stale:
        return _check("category", CheckStatus.UNKNOWN, "stale")
    if not said.qualified:
        return _check("category", CheckStatus.FAILED)
    return _check("category", CheckStatus.HUMAN if said.seal else CheckStatus.PASSED)


def form(facts: SignatureFacts) -> Check:
    """Tell whether the signature is a well-formed XAdES, CAdES or PAdES one (article 3)."""
    if facts.format not in _ADES:
        return _check("format", CheckStatus.FAILED, "not_advanced", format=str(facts.format))
    if facts.structure_errors:
        return _check("format", CheckStatus.FAILED)
    return _check("format", CheckStatus.PASSED, format=str(facts.format))


def validity_at_signing(conclusion: Conclusion) -> Check:
    """Tell whether the certificate had neither expired nor been revoked at the best signature time."""
    verdict, best = conclusion.chain_verdict, conclusion.best_signature_time
    leaf = certificate(verdict.chain[0]) if verdict else None
    if verdict is None or leaf is None:
        return _check("validity", CheckStatus.UNKNOWN)
    if verdict.passed:
        return _check("validity", CheckStatus.PASSED, "proved" if conclusion.time_is_proved else "")
    outside = not leaf.not_before <= best <= leaf.not_after
    if verdict.subindication in _INVALID or outside:
        return _check("validity", CheckStatus.FAILED)
    return _check("validity", CheckStatus.UNKNOWN)


def integrity(facts: SignatureFacts) -> Check:
    """Tell whether the document is the one that was signed."""
    if facts.structure_errors or document_errors(facts) or facts.value_intact is False:
        return _check("integrity", CheckStatus.FAILED)
    complete = facts.data_found and all(one.found and one.checked for one in facts.references)
    if not complete or facts.value_intact is None:
        return _check("integrity", CheckStatus.UNKNOWN)
    return _check("integrity", CheckStatus.PASSED)


def _check(name: str, status: CheckStatus, case: str = "", **details: str | int) -> Check:
    code = f"verdict.{name}.{status}"
    return Check(status, Finding(f"{code}.{case}" if case else code, details))
