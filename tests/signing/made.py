"""Facts made by hand for tests of judgement: what a reader would say of a sound signature, one thing changed at a time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from signing.facts import AlgorithmUse, Reference, SignatureFacts, SignerStatus, StampFacts, StampKind
from signing.path.engine import Chains
from signing.policy import DEFAULT
from signing.rules import Conclusion, conclude
from signing.trust.model import TrustSnapshot
from signing.types import Evidence, Format, Poe
from tests.signing import pki

VALUE = b"the value of a signature"
DIGEST = sha256(VALUE).digest()


def facts(signer: str = "good", **changes: Any) -> SignatureFacts:
    """Return the facts of a sound XAdES signature by a signer of the test PKI."""
    who = pki.signer(signer)
    sound = SignatureFacts(
        id="sig-1",
        format=Format.XADES,
        level="B-B",
        structure_errors=(),
        signer_status=SignerStatus.IDENTIFIED,
        certificate=who.der,
        signing_certificate_reference_present=True,
        signing_certificate_digest_match=True,
        references=(
            Reference("acte.pdf", True, True, "sha256"),
            Reference("SignedProperties", True, True, "sha256", document=False),
        ),
        value_intact=True,
        value=VALUE,
        algorithms=(
            AlgorithmUse("signature", "sha256", "ec", 256),
            AlgorithmUse("reference", "sha256"),
        ),
        certificates=who.chain,
    )
    return replace(sound, **changes)


def stamp(
    at: datetime,
    *,
    kind: StampKind = StampKind.SIGNATURE,
    unit: str = "tsa",
    covers: Sequence[bytes] = (),
    name: str = "stamp-1",
    **changes: Any,
) -> StampFacts:
    """Return the facts of a sound time-stamp over VALUE and over the objects of ``covers``."""
    who = pki.tsa(unit)
    proved = () if kind is StampKind.CONTENT else (VALUE, *covers)
    sound = StampFacts(
        id=name,
        kind=kind,
        token=pki.stamp(VALUE, at, unit=unit),
        gen_time=at,
        certificate=who.der,
        signature_intact=True,
        data_found=True,
        imprint_intact=True,
        imprint_algorithm="sha256",
        certificates=who.chain,
        covers=frozenset(sha256(one).digest() for one in proved),
        algorithms=(AlgorithmUse("signature", "sha256", "ec", 256),),
    )
    return replace(sound, **changes)


def judged(
    given: SignatureFacts,
    *,
    at: datetime = pki.NOW,
    trust: TrustSnapshot | None = None,
    evidence: Evidence | None = None,
    poe: Sequence[Poe] = (),
) -> Conclusion:
    """Return the conclusion on facts, the CRLs of the test PKI as of ``at`` being at hand unless told otherwise."""
    material = pki.evidence(at) if evidence is None else evidence
    chains = Chains(trust or pki.trust(), material, policy=DEFAULT, at=at)
    return conclude(given, chains, policy=DEFAULT, at=at, poe=poe)
