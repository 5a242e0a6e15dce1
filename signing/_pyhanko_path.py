"""All calls of the path engine to pyhanko-certvalidator: RFC 5280 path validation, and signatures of OCSP responses.

Revocation and proofs of existence are not left to it: its time-sliding takes OCSP responses at face value and follows
their issuers without end, which a hostile file could use; ``signing.path.revocation`` believes verified answers only.
"""

from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

from asn1crypto import algos, keys
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.errors import ValidationError
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    AcceptAllAlgorithms,
    CertRevTrustPolicy,
    PKIXValidationParams,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidationContext,
)
from pyhanko_certvalidator.validate import async_validate_path

from signing.path.cache import Cert

Result = TypeVar("Result")

#: What certvalidator raises on hostile input; it asserts that a key is of the kind its signature algorithm names.
_ERRORS = (
    ValidationError,
    ValueError,
    TypeError,
    LookupError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    UnsupportedAlgorithm,
)


class _Witness(DefaultSignatureValidator):
    """Verify signatures, and remember that one was wrong."""

    def __init__(self) -> None:
        self.refused = False

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: keys.PublicKeyInfo,
        signature_algorithm: algos.SignedDigestAlgorithm,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        """Verify, or raise InvalidSignature."""
        try:
            super().validate_signature(signature, signed_data, public_key_info, signature_algorithm, context)
        except InvalidSignature:
            self.refused = True
            raise


def examine(path: Sequence[Cert], moment: datetime) -> str | None:
    """Validate a chain (leaf first, anchor last) as if at ``moment``, without revocation or algorithm policy.

    Returns None when it holds, ``signature`` when a certificate was not signed by the one above, ``constraints`` for
    any other reason: path length, name constraints, policies, critical extensions, not an authority (RFC 5280, 6.1).
    """
    witness = _Witness()
    anchor = CertTrustAnchor(path[-1].asn1)
    chain = ValidationPath(anchor, [one.asn1 for one in reversed(path[1:-1])], path[0].asn1)
    spec = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[anchor]),
        revinfo_policy=CertRevTrustPolicy(revocation_checking_policy=NO_REVOCATION),
        algorithm_usage_policy=AcceptAllAlgorithms(),
        pkix_validation_params=PKIXValidationParams(),
        signature_validator=witness,
    )
    timing = ValidationTimingInfo(
        validation_time=moment, best_signature_time=moment, point_in_time_validation=True
    )
    try:
        context = spec.build_validation_context(timing_info=timing, handlers=None)
        _run(async_validate_path(context, chain, spec.pkix_validation_params))
    except _ERRORS:
        return "signature" if witness.refused else "constraints"
    return None


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that never waits, without the cost of an event loop."""
    try:
        work.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    work.close()
    raise RuntimeError("path validation waited for something although nothing may be fetched")


def signed_by(signature: bytes, data: bytes, algorithm: algos.SignedDigestAlgorithm, issuer: Cert) -> bool:
    """Tell whether a signature is that of a certificate's key."""
    try:
        DefaultSignatureValidator().validate_signature(signature, data, issuer.asn1.public_key, algorithm)
    except (InvalidSignature, *_ERRORS):
        return False
    return True
