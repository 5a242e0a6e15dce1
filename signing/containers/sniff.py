"""Tell what kind of file bytes are, from the bytes; the name of the file is a hint and nothing more."""

from typing import NoReturn

from signing import limits
from signing.containers import asn1
from signing.errors import Unverifiable
from signing.types import Container

PDF_HEADER_WITHIN = 1024
_TEXT_WITHIN = 4096
_SEQUENCE = 0x30
_SPACE = b" \t\r\n"
#: Byte order marks, longest first (that of UTF-32 begins with that of UTF-16), and XML without one.
_XML_STARTS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_OTHERS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is_office_old", ""),
    (b"Rar!\x1a\x07", "is_archive", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "is_archive", "7z"),
    (b"\x1f\x8b\x08", "is_archive", "gzip"),
    (b"BZh", "is_archive", "bzip2"),
    (b"\xfd7zXZ\x00", "is_archive", "xz"),
    (b"\x89PNG\r\n\x1a\n", "is_image", "PNG"),
    (b"\xff\xd8\xff", "is_image", "JPEG"),
    (b"GIF8", "is_image", "GIF"),
    (b"II*\x00", "is_image", "TIFF"),
    (b"MM\x00*", "is_image", "TIFF"),
    (b"MZ", "is_program", ""),
    (b"\x7fELF", "is_program", ""),
)
#: What a file was meant to be, when its bytes do not say it.
_ENDINGS = {
    ".pdf": "pdf_damaged",
    ".p7s": "asn1_damaged",
    ".p7m": "asn1_damaged",
    ".sig": "asn1_damaged",
    ".zip": "zip_damaged",
    ".asics": "zip_damaged",
    ".asice": "zip_damaged",
}


def sniff(data: bytes, name: str) -> Container:
    """Return what kind of signed file bytes are; raise Unverifiable, with a sentence on what they are, for all else.

    ``name`` only decides between the two ASiC kinds when the archive does not say it itself.
    """
    if not data:
        raise Unverifiable("UNREADABLE", "containers.empty", "no bytes")
    if len(data) > limits.FILE_BYTES:
        raise Unverifiable(
            "TOO_LARGE", "containers.too_large", f"{len(data)} bytes", most=limits.FILE_BYTES >> 20
        )
    if data[:2] == b"PK":
        return _zip(data, name)
    head = data[:_TEXT_WITHIN]
    if data[0] == _SEQUENCE and not _is_text(head):
        return asn1.kind(data)
    if _is_xml(head):
        return Container.XML
    if b"%PDF-" in data[:PDF_HEADER_WITHIN]:
        return Container.PDF
    if asn1.armoured(head):
        return asn1.kind(asn1.unarmoured(data))
    return _refuse(data, head, name.lower())


def _is_text(head: bytes) -> bool:
    """Tell apart a text that begins with the digit 0, which is also the tag of a SEQUENCE."""
    return head.isascii() and head[:64].decode("ascii").isprintable()


def _zip(data: bytes, name: str) -> Container:
    from signing.containers.flavour import Flavour, flavour
    from signing.containers.zipsafe import Archive

    if data[2:4] == b"\x07\x08":
        raise Unverifiable("REFUSED_ZIP", "containers.zip_parts", "spanned archive")
    if data[2:4] not in {b"\x03\x04", b"\x05\x06"}:
        raise Unverifiable("UNREADABLE", "containers.zip_damaged", "no local header first", offset=0)
    archive = Archive(data)
    if not archive.entries:
        raise Unverifiable("UNREADABLE", "containers.zip_empty", "no entry")
    found = flavour(archive, name)
    return {Flavour.ASIC_S: Container.ASIC_S, Flavour.ASIC_E: Container.ASIC_E}.get(found, Container.ZIP)


def _is_xml(head: bytes) -> bool:
    """Tell whether a text begins with an angle bracket, in any encoding that XML may be in."""
    encoding = next((name for start, name in _XML_STARTS if head.startswith(start)), "utf-8")
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if text[:200].lower().startswith(("<!doctype html", "<html")):
        raise Unverifiable("UNSUPPORTED", "containers.is_html", "HTML")
    return text.startswith("<")


def _refuse(data: bytes, head: bytes, name: str) -> NoReturn:
    """Name what the bytes are instead, as far as they show it."""
    for magic, reason, kind in _OTHERS:
        if data.startswith(magic):
            raise Unverifiable("UNSUPPORTED", f"containers.{reason}", "by its first bytes", kind=kind)
    lower = head.lower()
    if b"multipart/signed" in lower or b"application/pkcs7-mime" in lower or b"/x-pkcs7-" in lower:
        raise Unverifiable("UNSUPPORTED", "containers.is_mail", "S/MIME")
    if b"PK\x05\x06" in data[-(22 + 0xFFFF) :]:
        raise Unverifiable("REFUSED_ZIP", "containers.zip_prefixed", "an end record, and no entry first")
    reason = next((reason for ending, reason in _ENDINGS.items() if name.endswith(ending)), "unknown")
    raise Unverifiable("UNREADABLE", f"containers.{reason}", "unknown first bytes", offset=0)
