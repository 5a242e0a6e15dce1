"""Archives for tests: sound ones by zipfile, and traps written byte by byte."""

import io
import struct
import subprocess
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from tests.signing import pki

ASIC_S, ASIC_E = b"application/vnd.etsi.asic-s+zip", b"application/vnd.etsi.asic-e+zip"


def archive(
    entries: Iterable[tuple[str, bytes]],
    *,
    mimetype: bytes | None = None,
    comment: bytes = b"",
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """Write an ordinary archive; the mimetype, when given, stands first and stored."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as file:
        if mimetype is not None:
            file.writestr(zipfile.ZipInfo("mimetype", (2026, 3, 2, 10, 0, 0)), mimetype)
        for name, data in entries:
            info = zipfile.ZipInfo(name, (2026, 3, 2, 10, 0, 0))
            info.compress_type = method
            file.writestr(info, data)
        file.comment = comment
    return target.getvalue()


@dataclass
class Member:
    """One entry, every field of which may lie; ``local_*`` are those of the local header when they differ."""

    name: bytes
    data: bytes = b"x"
    method: int = 0
    flags: int = 0
    size: int | None = None
    packed: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    local_method: int | None = None
    local_size: int | None = None
    local_flags: int | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    system: int = 3
    mode: int = 0o100644
    header: int | None = None
    descriptor: bytes = b""
    raw: bytes | None = None

    def packed_data(self) -> bytes:
        if self.raw is not None:
            return self.raw
        if self.method != zipfile.ZIP_DEFLATED:
            return self.data
        state = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return state.compress(self.data) + state.flush()


def _first(*values: int | None) -> int:
    return next(value for value in values if value is not None)


def _member(member: Member, offset: int) -> tuple[bytes, bytes]:
    """Write the local header with its data, and the entry of the directory."""
    packed = member.packed_data()
    crc = _first(member.crc, zlib.crc32(member.data))
    size, small = _first(member.size, len(member.data)), _first(member.packed, len(packed))
    local_name = member.name if member.local_name is None else member.local_name
    flags, method = _first(member.local_flags, member.flags), _first(member.local_method, member.method)
    sizes = (crc, small, _first(member.local_size, size), len(local_name), len(member.local_extra))
    local = b"PK\x03\x04" + struct.pack("<HHHLLLLHH", 20, flags, method, 0, *sizes)
    lengths = (crc, small, size, len(member.name), len(member.extra), 0, 0, 0)
    rest = (*lengths, member.mode << 16, _first(member.header, offset))
    entry = b"PK\x01\x02" + struct.pack(
        "<BBHHHLLLLHHHHHLL", 20, member.system, 20, member.flags, member.method, 0, *rest
    )
    return (
        local + local_name + member.local_extra + packed + member.descriptor,
        entry + member.name + member.extra,
    )


def crafted(
    members: list[Member],
    *,
    before: bytes = b"",
    between: bytes = b"",
    after_entries: bytes = b"",
    after_directory: bytes = b"",
    after: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    offset_shift: int = 0,
    disk: int = 0,
) -> bytes:
    """Write an archive field by field."""
    body = bytearray(before)
    directory = bytearray()
    for index, member in enumerate(members):
        body += between if index else b""
        local, entry = _member(member, len(body))
        body += local
        directory += entry
    body += after_entries
    total = len(members) if count is None else count
    end = b"PK\x05\x06" + struct.pack(
        "<4H2LH", disk, disk, total, total, len(directory), len(body) + offset_shift, len(comment)
    )
    return bytes(body) + bytes(directory) + after_directory + end + comment + after


def zip64(name: bytes, data: bytes, *, entries: int = 1, hole: bytes = b"") -> bytes:
    """Write an archive of one stored entry whose sizes stand in zip64 fields, as large archives have them."""
    full = 0xFFFFFFFF
    local_extra = struct.pack("<HHQQ", 1, 16, len(data), len(data))
    central_extra = struct.pack("<HHQQQ", 1, 24, len(data), len(data), 0)
    crc = zlib.crc32(data)
    body = b"PK\x03\x04" + struct.pack(
        "<HHHLLLLHH", 45, 0, 0, 0, crc, full, full, len(name), len(local_extra)
    )
    body += name + local_extra + data
    directory = b"PK\x01\x02" + struct.pack(
        "<HHHHLLLLHHHHHLL", 45, 45, 0, 0, 0, crc, full, full, len(name), len(central_extra), 0, 0, 0, 0, full
    )
    directory += name + central_extra
    end64 = b"PK\x06\x06" + struct.pack(
        "<QHHLLQQQQ", 44, 45, 45, 0, 0, entries, entries, len(directory), len(body)
    )
    at = len(body) + len(directory)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, at, 1)
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 0xFFFF, 0xFFFF, full, full, 0)
    return body + directory + end64 + hole + locator + end


def openssl_cades(
    data: bytes, signer: pki.Holder, *, attached: bool = False, more: Iterable[str] = ()
) -> bytes:
    """Sign data with openssl as CAdES-BES, detached unless said otherwise (DER)."""
    with TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "key.pem").write_bytes(signer.key_pem)
        (path / "cert.pem").write_bytes(signer.pem)
        (path / "doc").write_bytes(data)
        command = ["openssl", "cms", "-sign", "-cades", "-binary", "-md", "sha256", "-outform", "DER"]
        command += ["-in", "doc", "-signer", "cert.pem", "-inkey", "key.pem", *more]
        command += ["-nodetach"] if attached else []
        return subprocess.run(command, cwd=path, check=True, capture_output=True).stdout


SHA256_URI = "http://www.w3.org/2001/04/xmlenc#sha256"


def manifest(sealed_by: str, entries: Iterable[tuple[str, bytes]], *, algorithm: str = SHA256_URI) -> bytes:
    """Write an ASiCManifest (EN 319 162-1, annex A.4) over entries, with SHA-256 digests."""
    lines = "".join(
        f'<asic:DataObjectReference URI="{quote(name)}"><ds:DigestMethod Algorithm="{algorithm}"/>'
        f"<ds:DigestValue>{b64encode(sha256(data).digest()).decode()}</ds:DigestValue></asic:DataObjectReference>"
        for name, data in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" '
        'xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f'<asic:SigReference URI="{quote(sealed_by)}"/>{lines}</asic:ASiCManifest>'
    ).encode()


def asic_e(
    documents: dict[str, bytes], signer: pki.Holder, *, more: dict[str, bytes] | None = None
) -> dict[str, bytes]:
    """Return the entries of an ASiC-E with one CAdES signature over a manifest of all documents."""
    bound = manifest("META-INF/signature001.p7s", documents.items())
    return {
        **documents,
        "META-INF/ASiCManifest001.xml": bound,
        "META-INF/signature001.p7s": openssl_cades(bound, signer),
        **(more or {}),
    }
