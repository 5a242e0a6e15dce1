"""Add time-stamps to the signers of a CMS byte by byte (RFC 5652, 5.3; RFC 3161, annex A; EN 319 122-1, 5.3).

Everything that is not added is copied as it stands. asn1crypto is not asked to write what it has read: it takes a length
whose last byte is 0x80 for an indefinite one (one file in 256) and encodes the whole again, at a cost that grows
exponentially with the depth, so that a token inside a signature takes minutes.
"""

from collections.abc import Callable

from signing import der
from signing.cades import ber
from signing.produce.refusals import ProductionRefused

_STAMP = "1.2.840.113549.1.9.16.2.14"
_STAMP_TYPE = der.oid(_STAMP)
_UNSIGNED = 0xA1
_CONTENT, _SIGNED_DATA = 1, 0
_ATTRIBUTE_VALUES = 1


def stamped(signed: bytes, token_of: Callable[[bytes], bytes]) -> bytes:
    """Return a CMS (DER or BER) in which every signer without a signature time-stamp has one.

    ``token_of`` gives the token (DER) over a signature value. Raises ``produce.not_signed``.
    """
    try:
        root = ber.parse(signed)
        wrapped = root.child(_CONTENT)
        data = wrapped.child(_SIGNED_DATA)
        signers = [_with_stamp(signer, token_of) for signer in _signers(root)]
    except ber.BadBer as error:
        raise ProductionRefused("produce.not_signed", str(error)) from error
    parts = [*(part.raw for part in data.children[:-1]), der.set_of(*signers)]
    inner = der.tlv(wrapped.tag, der.tlv(data.tag, b"".join(parts)))
    return der.tlv(root.tag, root.child(0).raw + inner)


def tokens(signed: bytes) -> list[bytes]:
    """Return the signature time-stamps of the first signer, as they stand; raises ``produce.not_signed``."""
    try:
        found = _stamps(_signers(ber.parse(signed))[0])
    except (ber.BadBer, IndexError) as error:
        raise ProductionRefused("produce.not_signed", str(error)) from error
    return [token.raw for values in found for token in values.children]


def _signers(root: ber.Node) -> tuple[ber.Node, ...]:
    """Return the SignerInfos, which stand last in SignedData."""
    data = root.child(_CONTENT).child(_SIGNED_DATA)
    return data.child(max(0, len(data.children) - 1), ber.SET).children


def _stamps(signer: ber.Node) -> list[ber.Node]:
    attributes = signer.tagged(_UNSIGNED)
    found = attributes.children if attributes else ()
    return [one.child(_ATTRIBUTE_VALUES) for one in found if one.child(0).oid() == _STAMP]


def _with_stamp(signer: ber.Node, token_of: Callable[[bytes], bytes]) -> bytes:
    if _stamps(signer):
        return signer.raw
    before = signer.tagged(_UNSIGNED)
    kept = [part for part in signer.children if part is not before]
    if not kept:
        raise ber.BadBer("a signer without a value", signer.start)
    value = kept[-1].octets()
    attribute = der.sequence(_STAMP_TYPE, der.set_of(token_of(value)))
    attributes = sorted([*(one.raw for one in (before.children if before else ())), attribute])
    return der.tlv(
        signer.tag, b"".join([*(part.raw for part in kept), der.tlv(_UNSIGNED, b"".join(attributes))])
    )
