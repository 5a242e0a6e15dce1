"""Refusals that need a crafted counterpart: odd authorities, damaged archives, dishonest sealers."""

import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from signing import authority, der, preflight, timestamp, tsa
from signing.authority import Subject
from signing.errors import SealedError
from signing.sealed import container as container_names
from signing.sealed import stream
from signing.sealed.container import Container
from signing.sealed.extracting import HolderKey, extract
from signing.sealed.keyset import Limits

AT = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
DIGEST = sha256(b"x").digest()


def issue_unit(ca, purposes, key=None):
    key = key or authority.generate_private_key(authority.SECP384R1())
    builder = authority._leaf(*ca, key.public_key(), Subject("T"), AT - timedelta(900), AT + timedelta(900))
    builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
    return key, builder.sign(ca[0], SHA256()).public_bytes(Encoding.DER)


def untrusted(response, ca):
    with pytest.raises(SealedError) as caught:
        timestamp.verify(response, DIGEST, authorities=[ca[1]])
    return caught.value.code == "timestamp.untrusted"


def test_certificate_of_several_purposes_refused(ca):
    unit = tsa.Unit(*issue_unit(ca, [Purpose.TIME_STAMPING, Purpose.CODE_SIGNING]), "1.2.3")
    assert untrusted(unit.issue(timestamp.request(DIGEST, 1), at=AT, serial=1), ca)


def test_token_without_its_certificate_hash_refused(ca, monkeypatch):
    monkeypatch.setattr(tsa, "_SIGNING_CERTIFICATE_V2", der.oid("1.2.3.4"))
    unit = tsa.Unit(*issue_unit(ca, [Purpose.TIME_STAMPING]), "1.2.3")
    assert untrusted(unit.issue(timestamp.request(DIGEST, 1), at=AT, serial=1), ca)


def test_token_of_another_stated_algorithm_refused(ca):
    unit = tsa.Unit(*issue_unit(ca, [Purpose.TIME_STAMPING]), "1.2.3")
    response = unit.issue(timestamp.request(DIGEST, 1), at=AT, serial=1)
    at = response.rindex(der.oid("1.2.840.10045.4.3.2"))
    stated = der.oid("1.2.840.10045.4.3.3")
    assert untrusted(response[:at] + stated + response[at + len(stated) :], ca)


def test_rsa_authority_is_accepted(ca, tmp_path):
    key, certificate = issue_unit(ca, [Purpose.TIME_STAMPING], rsa.generate_private_key(65537, 3072))
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    pem = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
    (tmp_path / "crt").write_bytes(pem)
    (tmp_path / "tsq").write_bytes(timestamp.request(DIGEST, 9))
    (tmp_path / "serial").write_text("01")
    (tmp_path / "cnf").write_text(
        f"[tsa]\ndefault_tsa = a\n[a]\nserial = {tmp_path}/serial\nsigner_digest = sha256\n"
        "default_policy = 1.2.3\ndigests = sha256\ness_cert_id_alg = sha256\n"
    )
    line = [
        "openssl",
        "ts",
        "-reply",
        "-config",
        "cnf",
        "-queryfile",
        "tsq",
        "-inkey",
        "key",
        "-signer",
        "crt",
    ]
    subprocess.run([*line, "-out", "tsr"], cwd=tmp_path, check=True, capture_output=True)
    token = timestamp.verify((tmp_path / "tsr").read_bytes(), DIGEST, authorities=[ca[1]])
    assert token.policy == "1.2.3"


def codes(container, holders, target):
    results = extract(container, [HolderKey(holders["rsa"].key)], {}, target)
    return [result.error and result.error.code for result in results]


def test_damaged_packet_in_the_archive_is_damage(sealed, holders, tmp_path):
    data = sealed.path.read_bytes()
    packets = list(sealed.deposit.packets.values())
    at = data.index(packets[1])
    broken = tmp_path / "x.pli"
    broken.write_bytes(data[: at + 50] + bytes([data[at + 50] ^ 1]) + data[at + 51 :])
    with Container(broken) as container:
        assert codes(container, holders, tmp_path / "out") == [None, "bid.damaged"]


def test_packet_missing_from_the_list_refused(sealed, tmp_path):
    with Container(sealed.path) as container, pytest.raises(SealedError) as caught:
        container.packet(container.descriptor.deposit, 7)
    assert caught.value.code == "bid.container_invalid"


def test_stream_ending_on_an_empty_segment_refused():
    layout = stream.Layout(4096)
    cipher = stream.SegmentCipher(stream.StreamSecrets(bytes(32), b"a", bytes(32), bytes(7)))
    full = cipher.encrypt(0, bytes(4040), last=False)
    with pytest.raises(SealedError) as caught:
        list(stream.decrypt([full + cipher.encrypt(1, b"", last=True)], bytes(32), b"a", layout))
    assert caught.value.code == "bid.damaged"


LIMITS = Limits(file_bytes=5000, files=20, total_bytes=9000, types=())


def findings(folder, files, limits=LIMITS):
    for name, content in files.items():
        (folder / name).write_bytes(content)
    found = preflight.check(sorted(folder.iterdir()), limits)
    return {(finding.code, finding.path and finding.path.name, finding.blocking) for finding in found}


def archive(*names, encrypted=False):
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    data = bytearray(out.getvalue())
    if encrypted:
        data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def test_good_files_pass(tmp_path):
    pdf = b"%PDF-1.7 startxref 0 %%EOF"
    assert findings(tmp_path, {"a.pdf": pdf, "b.docx": archive("word/document.xml"), "c.txt": b"a"}) == set()


def test_blocking_findings(tmp_path):
    files = {"a.txt": b"", "b.txt": b"0" * 5001, "c.exe": b"0" * 4000}
    limits = Limits(file_bytes=5000, files=2, total_bytes=9000, types=("txt",))
    assert findings(tmp_path, files, limits) == {
        ("empty", "a.txt", True),
        ("too_large", "b.txt", True),
        ("type_forbidden", "c.exe", True),
        ("too_many", None, True),
        ("total_too_large", None, True),
    }
    assert [f.code for f in preflight.check([tmp_path / "gone"], LIMITS)] == ["unreadable"]


def test_warnings(tmp_path):
    files = {
        "a.pdf": b"%PDF-1.7",
        "b.pdf": b"%PDF-1.7 /Encrypt startxref",
        "c.zip": b"PK",
        "d.zip": archive("x", encrypted=True),
        "e.docx": archive("word/vbaProject.bin"),
        "f\u202etxt": b"f",
        "g.txt": b"same",
        "h.txt": b"same",
        "i.txt": b"diff",
    }
    assert findings(tmp_path, files) == {
        ("pdf_corrupt", "a.pdf", False),
        ("pdf_locked", "b.pdf", False),
        ("zip_unreadable", "c.zip", False),
        ("zip_encrypted", "d.zip", False),
        ("macro", "e.docx", False),
        ("name_odd", "f\u202etxt", False),
        ("duplicate", "h.txt", False),
    }


def test_long_name_is_odd(tmp_path):
    assert findings(tmp_path, {"x" * 201: b"a"}) == {("name_odd", "x" * 201, False)}


def test_packets_swapped_in_the_archive_refused(sealed, holders, tmp_path):
    first, second = sealed.deposit.packets
    names = {container_names.packet_name(*first): second, container_names.packet_name(*second): first}
    with zipfile.ZipFile(sealed.path) as source, zipfile.ZipFile(tmp_path / "x.pli", "w") as out:
        for name in source.namelist():
            data = sealed.deposit.packets[names[name]] if name in names else source.read(name)
            out.writestr(zipfile.ZipInfo(name), data)
    with Container(tmp_path / "x.pli") as container:
        assert codes(container, holders, tmp_path / "out") == ["bid.packet_mismatch"] * 2
