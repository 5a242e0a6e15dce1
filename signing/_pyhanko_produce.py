"""What production asks of pyHanko: place a signature in a PDF, its validation data, its document time-stamps.

Everything is added as an incremental update: the bytes of earlier revisions never change.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, PdfSignedData, SignatureObject
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import SignatureValidationError, ValidationInfoReadingError

from signing.produce.material import Material
from signing.produce.refusals import ProductionRefused

#: Hexadecimal digits kept for a document time-stamp.
_STAMP_ROOM = 48 << 10


@dataclass(frozen=True, slots=True)
class Placed:
    """A PDF with room for a CMS between two offsets, angle brackets included, and the digest of all the rest."""

    document: bytes = field(repr=False)
    digest: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature of a PDF; ``stamp`` for a document time-stamp."""

    name: str
    cms: bytes = field(repr=False)
    stamp: bool


class _Revision(IncrementalPdfFileWriter):
    """An incremental update that writes what it is asked to and no more: the same input gives the same bytes.

    pyHanko would draw a random file identifier, and write itself and the machine's time into the author's metadata. A
    signer's own machine can so prepare a PDF again and compare what it is asked to sign.
    """

    def __init__(self, data: bytes, seed: bytes = b"") -> None:
        super().__init__(BytesIO(data))
        known = "/ID" in self.prev.trailer
        first = self._document_id[0] if known else _identifier(data)
        self._document_id = generic.ArrayObject([first, _identifier(data + seed)])

    def _update_meta(self) -> None:
        """Leave the metadata as they are."""


def _identifier(data: bytes) -> Any:
    return generic.ByteStringObject(sha256(data).digest()[:16])


@contextmanager
def _reading() -> Iterator[None]:
    """Turn whatever a damaged PDF raises into a refusal."""
    try:
        yield
    except ProductionRefused:
        raise
    except (PdfError, SignatureValidationError, ValueError, TypeError, LookupError, AttributeError, AssertionError, OSError, RecursionError) as error:  # fmt: skip
        raise ProductionRefused("produce.pdf_unreadable", f"{type(error).__name__}: {error}") from error


def _untyped(thing: Any) -> Any:
    """Call what pyHanko leaves without types."""
    return thing


def check_signable(data: bytes) -> None:
    """Refuse a PDF that must not be signed: encrypted, or locked against any change by an earlier signature.

    Raises ProductionRefused: ``produce.pdf_unreadable``, ``produce.pdf_encrypted``, ``produce.pdf_locked``
    (ISO 32000-1, 12.8.2.2: DocMDP with P = 1).
    """
    with _reading():
        reader = PdfFileReader(BytesIO(data))
        encrypted = reader.encrypted
        locks = [] if encrypted else [*_certified(reader), *_locked(reader)]
    if encrypted:
        raise ProductionRefused("produce.pdf_encrypted", "encrypted")
    if locks:
        raise ProductionRefused("produce.pdf_locked", "DocMDP P=1", field=locks[0])


def _certified(reader: PdfFileReader) -> list[str]:
    """Return a name when the catalogue names a certification that allows no change."""
    perms = reader.root.get("/Perms")
    signature = None if perms is None else perms.get_object().get("/DocMDP")
    if signature is None:
        return []
    references = signature.get_object().get("/Reference") or ()
    levels = [reference.get_object().get("/TransformParams", {}).get("/P", 2) for reference in references]
    return ["DocMDP"] if 1 in levels else []


def _locked(reader: PdfFileReader) -> list[str]:
    return [
        str(one.field_name)
        for one in reader.embedded_regular_signatures
        if one.docmdp_level is MDPPerm.NO_CHANGES
    ]


def place(
    data: bytes,
    *,
    name: str | None,
    at: datetime,
    room: int,
    algorithm: str,
    about: tuple[str | None, str | None] = (None, None),
) -> Placed:
    """Add a signature with ``room`` hexadecimal digits to a field, the one named or a new invisible one.

    ``about`` is reason and place. Raises ``produce.pdf_unreadable``, ``produce.pdf_field``.
    """
    reason, location = about
    value = SignatureObject(
        timestamp=at, subfilter=SigSeedSubFilter.PADES, reason=reason, location=location, bytes_reserved=room
    )
    with _reading():
        writer = _Revision(data, at.isoformat().encode())
        chosen = name or _free_name(writer, "Signature")
        return _placed(writer, chosen, value, algorithm)


def _placed(writer: IncrementalPdfFileWriter, name: str, value: PdfSignedData, algorithm: str) -> Placed:
    steps: Any = PdfCMSEmbedder().write_cms(name, writer)
    try:
        next(steps)
    except SigningError as error:
        raise ProductionRefused("produce.pdf_field", str(error), field=name) from error
    steps.send(SigObjSetup(sig_placeholder=value))
    prepared, output = steps.send(SigIOSetup(md_algorithm=algorithm))
    start, end = prepared.reserved_region_start, prepared.reserved_region_end
    return Placed(output.getvalue(), prepared.document_digest, start, end)


def _free_name(writer: IncrementalPdfFileWriter, stem: str) -> str:
    taken = {name for name, _value, _reference in enumerate_sig_fields(writer)}
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def signatures(data: bytes) -> list[Signed]:
    """Return the signatures and document time-stamps of a PDF, oldest first."""
    with _reading():
        return [
            Signed(str(one.field_name), bytes(one.pkcs7_content), one.sig_object_type == "/DocTimeStamp")
            for one in PdfFileReader(BytesIO(data)).embedded_signatures
        ]


def store(data: bytes) -> Material:
    """Return the validation data that a PDF holds already."""
    with _reading():
        reader = PdfFileReader(BytesIO(data))
        try:
            dss = DocumentSecurityStore.read_dss(reader)
        except ValidationInfoReadingError:
            return Material()
        return Material(
            tuple(certificate.dump() for certificate in dss.load_certs()),
            tuple(bytes(reference.get_object().data) for reference in dss.crls),
            tuple(bytes(reference.get_object().data) for reference in dss.ocsps),
        )


def add_store(data: bytes, material: Material) -> bytes:
    """Add validation data to the document security store (EN 319 142-1, 5.4)."""
    with _reading():
        writer = _Revision(data)
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=[asn1_x509.Certificate.load(item) for item in material.certificates],
            crls=[asn1_crl.CertificateList.load(item) for item in material.crls],
            ocsps=[asn1_ocsp.OCSPResponse.load(item) for item in material.ocsps],
        )
        output: Any = BytesIO()
        _untyped(writer).write(output)
        return bytes(output.getvalue())


def add_stamp(data: bytes, stamped: Callable[[bytes], bytes], algorithm: str) -> bytes:
    """Add a document time-stamp (EN 319 142-1, 5.4.3); ``stamped`` gives the token over the bytes covered."""
    with _reading():
        writer = _Revision(data)
        value = _untyped(DocumentTimestamp)(bytes_reserved=_STAMP_ROOM)
        placed = _placed(writer, _free_name(writer, "TimeStamp"), value, algorithm)
    covered = placed.document[: placed.start] + placed.document[placed.end :]
    return fill(placed.document, placed.start, placed.end, stamped(covered))


def fill(document: bytes, start: int, end: int, cms: bytes) -> bytes:
    """Write a CMS into the room kept for it, padded with zeros; raises ``produce.pdf_room``."""
    room = end - start - 2
    text = cms.hex().upper().encode("ascii")
    if len(text) > room:
        raise ProductionRefused("produce.pdf_room", f"{len(text)} digits for {room}")
    return document[: start + 1] + text.ljust(room, b"0") + document[end - 1 :]
