"""Make detached CAdES signatures, B-B and B-T (EN 319 122-1)."""

from collections.abc import Sequence

from signing.produce import cms, unsigned
from signing.produce.documents import digest_of
from signing.produce.params import Level, Mechanism, SignParams
from signing.produce.prepared import Prepared
from signing.produce.refusals import ProductionRefused
from signing.produce.stamping import stamp
from signing.types import Content, Stamper


def prepare(
    documents: Sequence[Content], chain: Sequence[bytes], params: SignParams, mechanism: Mechanism
) -> Prepared:
    """Return the signed attributes over one document; its digest is enough."""
    check_level(params.level)
    if len(documents) != 1:
        raise ProductionRefused("produce.one_document", f"{len(documents)} documents")
    attributes = cms.signed_attributes(
        digest_of(documents[0], mechanism.digest), chain[0], mechanism, params.signing_time
    )
    return Prepared(params.profile, params.level, mechanism, attributes, tuple(chain), {})


def assemble(prepared: Prepared, value: bytes, timestamper: Stamper | None) -> bytes:
    """Return the CMS file (DER) around a verified value."""
    signed = cms.signed_data(prepared.to_sign, value, prepared.chain, prepared.mechanism)
    return signed if prepared.level is Level.B_B else extend(signed, prepared.level, timestamper)


def extend(signed: bytes, level: Level, timestamper: Stamper | None) -> bytes:
    """Add a signature time-stamp to every signer that has none."""
    check_level(level)
    signed = cms.unarmored(signed)
    cms.loaded(signed)
    if level is Level.B_B:
        return signed
    return unsigned.stamped(signed, lambda value: stamp(timestamper, value).token)


def check_level(level: Level) -> None:
    """Refuse the levels that are not made for CAdES."""
    if level.rank > Level.B_T.rank:
        raise ProductionRefused("produce.level_unavailable", f"CAdES {level}", level=level, format="CAdES")
