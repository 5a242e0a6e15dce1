"""Make PAdES signatures, B-B to B-LTA (EN 319 142-1)."""

from collections.abc import Sequence

from signing.produce import cms, keys, unsigned
from signing.produce.documents import bytes_of
from signing.produce.material import Collector
from signing.produce.params import Level, Mechanism, SignParams
from signing.produce.prepared import Prepared
from signing.produce.refusals import ProductionRefused
from signing.produce.stamping import ALGORITHM, Stamped, stamp, taken_apart
from signing.types import Content, Evidence, Stamper

#: Bytes kept in the PDF beside the certificates: attributes and value, then a time-stamp token with its chain.
_ROOM_SIGNATURE, _ROOM_TOKEN = 4 << 10, 16 << 10


def check_documents(documents: Sequence[Content]) -> None:
    """Refuse a PDF that must not be signed: damaged, encrypted, or certified against any change."""
    from signing import _pyhanko_produce as pdf

    for document in documents:
        pdf.check_signable(bytes_of(document))


def prepare(
    documents: Sequence[Content], chain: Sequence[bytes], params: SignParams, mechanism: Mechanism
) -> Prepared:
    """Place an empty signature and return the signed attributes over all the rest of the file."""
    from signing import _pyhanko_produce as pdf

    if len(documents) != 1:
        raise ProductionRefused("produce.one_document", f"{len(documents)} documents")
    data = bytes_of(documents[0])
    pdf.check_signable(data)
    placed = pdf.place(
        data,
        name=params.field_name,
        at=params.signing_time,
        room=2 * _room(chain, params.level),
        algorithm=mechanism.digest,
        about=(params.reason, params.location),
    )
    attributes = cms.signed_attributes(placed.digest, chain[0], mechanism, None)
    offsets = f"{placed.start} {placed.end}".encode()
    state = {"document": placed.document, "room": offsets}
    return Prepared(params.profile, params.level, mechanism, attributes, tuple(chain), state)


def _room(chain: Sequence[bytes], level: Level) -> int:
    token = _ROOM_TOKEN if level is not Level.B_B else 0
    return sum(map(len, chain)) + _ROOM_SIGNATURE + token


def assemble(
    prepared: Prepared, value: bytes, timestamper: Stamper | None, evidence: Evidence | None
) -> bytes:
    """Return the signed PDF around a verified value."""
    from signing import _pyhanko_produce as pdf

    document, start, end = _place(prepared)
    signed = cms.signed_data(prepared.to_sign, value, prepared.chain, prepared.mechanism)
    if prepared.level is not Level.B_B:
        signed = unsigned.stamped(signed, lambda value: stamp(timestamper, value).token)
    written = pdf.fill(document, start, end, signed)
    if prepared.level.rank < Level.B_LT.rank:
        return written
    return _long_term(written, prepared.level, timestamper, evidence, newest_only=True)


def _place(prepared: Prepared) -> tuple[bytes, int, int]:
    """Return the document and its room; the signed attributes must be over exactly the rest of it."""
    try:
        document = prepared.state["document"]
        start, end = (int(number) for number in prepared.state["room"].split())
        fits = document[start : start + 1] == b"<" and document[end - 1 : end] == b">"
    except (LookupError, ValueError) as error:
        raise ProductionRefused("produce.prepared_damaged", str(error)) from error
    digest = keys.digest(prepared.mechanism.digest, document[:start] + document[end:])
    if not fits or digest != cms.message_digest(prepared.to_sign):
        raise ProductionRefused("produce.prepared_damaged", "the document is not the one prepared")
    return document, start, end


def extend(signed: bytes, level: Level, timestamper: Stamper | None, evidence: Evidence | None) -> bytes:
    """Raise a signed PDF: a document time-stamp where signatures have none, validation data, an archive time-stamp.

    A time-stamp cannot be put into a signature that later revisions cover, so B-T adds a document time-stamp.
    """
    from signing import _pyhanko_produce as pdf

    found = pdf.signatures(signed)
    if not any(not one.stamp for one in found):
        raise ProductionRefused("produce.not_signed", "no signature in this PDF")
    if level.rank >= Level.B_T.rank and not _all_stamped(found):
        signed = _document_stamp(signed, timestamper)
    return _long_term(signed, level, timestamper, evidence) if level.rank >= Level.B_LT.rank else signed


def _document_stamp(signed: bytes, timestamper: Stamper | None) -> bytes:
    from signing import _pyhanko_produce as pdf

    return pdf.add_stamp(signed, lambda covered: stamp(timestamper, covered).token, ALGORITHM)


def _all_stamped(found: Sequence[object]) -> bool:
    """Tell whether each signature has a time-stamp of its own, or a document time-stamp after it."""
    return all(time is not None for _signature, time in _times(found))


def _times(found: Sequence[object]) -> list[tuple[bytes, Stamped | None]]:
    """Return each signature's CMS with the earliest time-stamp on it."""
    from signing._pyhanko_produce import Signed

    after: Stamped | None = None
    times: list[tuple[bytes, Stamped | None]] = []
    for one in reversed(found):
        assert isinstance(one, Signed)
        if one.stamp:
            after = _token(one.cms) or after
        else:
            times.append((one.cms, _own_stamp(one.cms) or after))
    return times[::-1]


def _token(token: bytes) -> Stamped | None:
    parts = taken_apart(cms.trimmed(token))
    return None if parts is None else parts[0]


def _own_stamp(signature: bytes) -> Stamped | None:
    tokens = unsigned.tokens(cms.trimmed(signature))
    return _token(tokens[0]) if tokens else None


def _long_term(
    signed: bytes,
    level: Level,
    timestamper: Stamper | None,
    evidence: Evidence | None,
    *,
    newest_only: bool = False,
) -> bytes:
    """Add validation data, then the archive time-stamp that covers it.

    Extending asks for the data of every signature; signing asks for that of the new one: a second signer has no duty
    to complete what the first one left.
    """
    from signing import _pyhanko_produce as pdf

    found, held = pdf.signatures(signed), pdf.store(signed)
    embedded = [item for one in found for item in cms.certificates(one.cms)]
    collector = Collector(evidence or Evidence(), embedded, held)
    for signature, stamped in _times(found)[-1 if newest_only else 0 :]:
        if stamped is None:
            raise ProductionRefused("produce.timestamper_missing", "a signature has no time-stamp")
        collector.add(cms.signer_certificate(signature), at=stamped.gen_time)
        collector.add(stamped.signer, at=stamped.gen_time)
    for one in found:
        stamped = _token(one.cms) if one.stamp and not newest_only else None
        if stamped is not None:
            collector.add(stamped.signer, at=stamped.gen_time)
    missing = collector.material().without((*held.certificates, *held.crls, *held.ocsps))
    signed = signed if missing.empty else pdf.add_store(signed, missing)
    return _document_stamp(signed, timestamper) if level is Level.B_LTA else signed
