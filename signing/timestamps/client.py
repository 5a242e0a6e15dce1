"""Ask RFC 3161 authorities for time-stamps, in order, and keep only an answer that stands every check.

The way to the authority is the caller's: this module opens no socket.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from signing import chain, timestamp
from signing.errors import SealedError, Unverifiable
from signing.facts import StampFacts, StampKind
from signing.produce.refusals import ProductionRefused
from signing.timestamps import tst

#: Posts a DER TimeStampReq as ``application/timestamp-query`` and returns the body of the answer. What it raises
#: as OSError counts as a failure of that authority.
Transport = Callable[[bytes], bytes]
_NONCE_BITS = 64


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamp authority: its name for messages, the way to it, and what its tokens must fulfil.

    ``anchors`` are the certificates (DER) that tokens chain to; None leaves the chain to verification, all other
    checks stand. ``policy`` is an OID that tokens must state, and that is asked for.
    """

    name: str
    transport: Transport = field(repr=False)
    anchors: tuple[bytes, ...] | None = field(default=None, repr=False)
    policy: str | None = None


class TimestampClient:
    """A ``signing.types.Stamper`` over several authorities."""

    def __init__(
        self, authorities: Sequence[Authority], *, random_bits: Callable[[int], int] = secrets.randbits
    ) -> None:
        self._authorities = tuple(authorities)
        self._random_bits = random_bits

    def stamp(self, digest: bytes, algorithm: str) -> bytes:
        """Return the token (DER of a CMS ContentInfo) of the first authority that answers well.

        Raises ProductionRefused ``produce.timestamp_failed`` with every authority's reason.
        """
        failures = []
        for authority in self._authorities:
            try:
                return self._ask(authority, digest, algorithm)
            except (OSError, SealedError, Unverifiable) as error:
                failures.append(f"{authority.name}: {error}")
        reason = "; ".join(failures) or "no authority"
        raise ProductionRefused("produce.timestamp_failed", reason, reason=reason)

    def _ask(self, authority: Authority, digest: bytes, algorithm: str) -> bytes:
        nonce = self._random_bits(_NONCE_BITS)
        query = timestamp.request(digest, nonce, algorithm=algorithm, policy=authority.policy)
        token = tst.token_of(authority.transport(query))
        check_token(token, digest, algorithm, nonce=nonce, authority=authority)
        return token


def check_token(
    token: bytes, digest: bytes, algorithm: str, *, nonce: int | None, authority: Authority
) -> None:
    """Raise SealedError ``timestamp...`` unless a token is sound, over the digest, and as asked of the authority.

    Sound is: signed by the certificate whose hash it signs (RFC 5816), which is for time-stamping alone and says so
    in a critical extension (RFC 3161, 2.3), and which chains to the anchors at the time that the token states.
    """
    from asn1crypto import cms

    facts = tst.read(
        token,
        lambda name: digest if name == algorithm else None,
        id="timestamp",
        kind=StampKind.STANDALONE,
    )
    if not facts.imprint_intact:
        raise SealedError("timestamp.imprint_mismatch", "stamped something else")
    if not facts.signature_intact:
        raise SealedError("timestamp.untrusted", ", ".join(finding.code for finding in facts.findings))
    signed = cms.ContentInfo.load(token)["content"]
    _check_asked(signed, facts, nonce, authority.policy)
    if authority.anchors is not None and facts.gen_time is not None:
        chain.check(signed, authority.anchors, facts.gen_time)


def _check_asked(signed: object, facts: StampFacts, nonce: int | None, policy: str | None) -> None:
    from asn1crypto import cms

    assert isinstance(signed, cms.SignedData)
    info = signed["encap_content_info"]["content"].parsed
    if nonce is not None and info["nonce"].native != nonce:
        raise SealedError("timestamp.nonce_mismatch", "answers another request")
    if policy is not None and facts.policy != policy:
        raise SealedError("timestamp.policy_mismatch", f"policy {facts.policy}")
