"""PDFs for tests: made byte by byte, signed with pyHanko (another hand than ours), updated honestly or not."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import BytesIO

from asn1crypto import cms, tsp
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from asn1crypto.crl import CertificateList
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.signing import pki

CATALOG, PAGES, FIRST, SECOND, CONTENT, OTHER_CONTENT, FONT, FORM, TEXT_FIELD, NOTE = range(1, 11)
#: Numbers from here on are free in a document that was signed a few times.
FREE = 200

OBJECTS = {
    CATALOG: b"<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R/Lang(fr)>>",
    PAGES: b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 595 842]/Resources<</Font<</F1 7 0 R>>>>>>",
    FIRST: b"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Annots[9 0 R]>>",
    SECOND: b"<</Type/Page/Parent 2 0 R/Contents 6 0 R/Annots[10 0 R]>>",
    CONTENT: b"<</Length 41>>\nstream\nBT /F1 12 Tf 72 700 Td (12 300 EUR) Tj ET\nendstream",
    OTHER_CONTENT: b"<</Length 41>>\nstream\nBT /F1 12 Tf 72 700 Td (deuxieme..) Tj ET\nendstream",
    FONT: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    FORM: b"<</Fields[9 0 R]/DA(/F1 0 Tf 0 g)/DR<</Font<</F1 7 0 R>>>>>>",
    TEXT_FIELD: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(nom)/F 4/Rect[72 600 272 620]/P 3 0 R>>",
    NOTE: b"<</Type/Annot/Subtype/Text/Rect[10 10 30 30]/Contents(signe avec le reste)/P 4 0 R>>",
}


def write(
    objects: Mapping[int, bytes], *, header: bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", trailer: bytes = b""
) -> bytes:
    """Return a new file of these objects, the catalogue being the first."""
    return _written(header, objects, b"/Root 1 0 R/ID[<00><00>]" + trailer)


def update(
    pdf: bytes, objects: Mapping[int, bytes], *, root: int = 1, trailer: bytes = b"", size: int = FREE + 50
) -> bytes:
    """Return a file with an incremental update: these objects, new or written over."""
    previous = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])
    lead = b"" if pdf.endswith(b"\n") else b"\n"
    return _written(pdf + lead, objects, b"/Root %d 0 R/Prev %d" % (root, previous) + trailer, size=size)


def _written(head: bytes, objects: Mapping[int, bytes], trailer: bytes, size: int | None = None) -> bytes:
    out, rows = bytearray(head), []
    for number, body in sorted(objects.items()):
        rows.append((number, len(out)))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    at = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in rows:
        out += b"%d 1\n%010d 00000 n \n" % (number, offset)
    last = size or max(objects) + 1
    out += b"trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (last, trailer, at)
    return bytes(out)


@cache
def plain() -> bytes:
    """Return an unsigned form of two pages, with a text field and a note."""
    return write(OBJECTS)


def _asn1(der: bytes) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(der)


def _key(holder: pki.Holder) -> asn1_keys.PrivateKeyInfo:
    der = holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return asn1_keys.PrivateKeyInfo.load(der)


def signer(name: str = "good", *, chain: bool = True, **more: object) -> signers.SimpleSigner:
    """Return pyHanko's signer for a holder of the test PKI."""
    holder = pki.signer(name)
    store = SimpleCertificateStore()
    store.register_multiple([_asn1(der) for der in holder.chain[1:]] if chain else [])
    return signers.SimpleSigner(
        signing_cert=_asn1(holder.der), signing_key=_key(holder), cert_registry=store, **more
    )


class Unit(TimeStamper):
    """A time-stamp authority in process, as pyHanko asks one."""

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        imprint = req["message_imprint"]
        token = pki.token(
            imprint["hashed_message"].native,
            algorithm=imprint["hash_algorithm"]["algorithm"].native,
            nonce=req["nonce"].native,
        )
        return tsp.TimeStampResp(
            {"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}
        )


def context() -> ValidationContext:
    """Return what pyHanko needs to gather validation data, without a network."""
    return ValidationContext(
        trust_roots=[_asn1(pki.holder("root").der)],
        other_certs=[_asn1(der) for der in pki.evidence().certificates],
        crls=[CertificateList.load(pki.crl(name)) for name in ("root", "ca")],
        moment=pki.NOW,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def sign(
    pdf: bytes,
    field: str = "Signature1",
    *,
    stamped: bool = False,
    by: str = "good",
    pades: bool = True,
    **metadata: object,
) -> bytes:
    """Sign a PDF with pyHanko; ``metadata`` are fields of PdfSignatureMetadata."""
    kind = fields.SigSeedSubFilter.PADES if pades else fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    given = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", subfilter=kind, **metadata)
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    out = signers.sign_pdf(writer, given, signer(by), timestamper=Unit() if stamped else None)
    return out.getvalue()


def long_term(pdf: bytes, *, archived: bool) -> bytes:
    """Sign at B-LT, or at B-LTA, with pyHanko."""
    return sign(
        pdf,
        stamped=True,
        embed_validation_info=True,
        use_pades_lta=archived,
        validation_context=context(),
    )


def stamp(pdf: bytes) -> bytes:
    """Add a document time-stamp with pyHanko."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    return signers.PdfTimeStamper(Unit()).timestamp_pdf(writer, "sha256").getvalue()


def with_empty_field(pdf: bytes, field: str = "Signature1", **spec: object) -> bytes:
    """Add an unsigned signature field."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    fields.append_signature_field(writer, fields.SigFieldSpec(field, **spec))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def object_of(pdf: bytes, number: int) -> bytes:
    """Return the last body of an object written in full in the file."""
    return re.findall(rb"(?:^|\n)%d 0 obj\s*(.*?)\s*endobj" % number, pdf, re.DOTALL)[-1]


def numbers_of(pdf: bytes, pattern: bytes) -> list[int]:
    """Return the numbers of the objects whose body holds a pattern, in file order."""
    found = re.findall(rb"(?:^|\n)(\d+) 0 obj(.*?)endobj", pdf, re.DOTALL)
    return [int(number) for number, body in found if re.search(pattern, body)]


def replaced(pdf: bytes, swaps: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return the file with each text replaced by one of the same length, which must be there."""
    for old, new in swaps:
        assert len(old) == len(new) and old in pdf
        pdf = pdf.replace(old, new)
    return pdf


def sealed(
    pdf: bytes,
    make: Callable[[bytes], bytes],
    *,
    subfilter: bytes,
    more: bytes = b"",
    field: bytes = b"Signature1",
    time: bytes = b"/M(D:20270111090000Z)",
) -> bytes:
    """Sign by hand: ``make`` turns the covered bytes into the value of a dictionary of this subfilter."""
    room = 20_000
    dictionary = (
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/%s%s%s/ByteRange[0 ########## ########## ##########]"
        b"/Contents<%s>>>" % (subfilter, time, more, b"0" * room)
    )
    form = re.sub(rb"/Fields ?\[", b"/Fields[%d 0 R " % FREE, object_of(pdf, FORM))
    widget = b"<</FT/Sig/T(%s)/V %d 0 R/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/F 132>>" % (field, FREE + 1)
    out = update(pdf, {FORM: form, FREE: widget, FREE + 1: dictionary})
    gap = out.rindex(b"/Contents<") + len(b"/Contents")
    resume = gap + room + 2
    figures = [b"%-10d" % number for number in (gap, resume, len(out) - resume)]
    for figure in figures:
        out = out.replace(b"#" * 10, figure, 1)
    value = make(out[:gap] + out[resume:]).hex().encode()
    return out[: gap + 1] + value.ljust(room, b"0") + out[resume - 1 :]


def stamped_by_hand(pdf: bytes, make: Callable[[bytes], bytes]) -> bytes:
    """Add a document time-stamp by hand, over what ``make`` is given or over anything else."""
    return sealed(pdf, make, subfilter=b"ETSI.RFC3161", field=b"Horodatage", time=b"")
