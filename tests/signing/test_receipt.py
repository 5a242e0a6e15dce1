"""The receipt: its five mandatory items, its archive, and what verification says of each bad one."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest

from signing import authority, jcs, receipt, timestamp, tsa
from signing.errors import SealedError
from signing.receipt import (
    Archive,
    Document,
    Evidence,
    EvidenceFile,
    Party,
    PrivateFile,
    PrivatePart,
    Receipt,
    ReceiptParts,
)
from signing.receipt import archive as archives
from signing.receipt import private as privates
from signing.sealed.descriptor import Kind, SealedFile
from signing.sealed.inventory import SignatureNote
from signing.sealed.keys import plaintext_commitment
from signing.sealed.stream import PLI, hash_plaintext

AT = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
FILES = {"prix.pdf": b"prix" * 100, "note.pdf": b"note"}
ENVELOPE, DEPOSIT = UUID(int=4), UUID(int=5)


def hashed(content):
    return hash_plaintext([content], len(content))


def private_part():
    rows = [PrivateFile(ENVELOPE, n, hashed(c), bytes([n]) * 32) for n, c in enumerate(FILES.values(), 1)]
    return PrivatePart(DEPOSIT, tuple(rows))


def body(**changes):
    files = tuple(
        EvidenceFile(
            ENVELOPE,
            SealedFile(
                n,
                PLI.cipher_size(len(content)),
                bytes(32),
                plaintext_commitment(bytes([n]) * 32, hashed(content).algorithm, hashed(content).value),
            ),
            None if n == 1 else "abcdefgh",
            SignatureNote(),
        )
        for n, content in enumerate(FILES.values(), 1)
    )
    evidence = Evidence(
        deposit=DEPOSIT,
        consultation=UUID(int=6),
        deadline=AT + timedelta(days=1),
        late=False,
        started_at=changes.pop("started_at", None),
        clock="normal",
        simulation=False,
        pli_sha256=bytes(32),
        files=files,
        missing_pieces=("Attestation",),
    )
    documents = tuple(Document(1, Kind.OFFRE, name, len(content), "PRIX") for name, content in FILES.items())
    values = {
        "depositor": Party("Dupont SARL", "12345678901234"),
        "buyer": Party("Ville", None),
        "title": "Travaux",
        "object": "Rénovation",
        "received_at": AT,
        "documents": documents,
        "evidence": evidence,
    }
    return Receipt(**{**values, **changes})


@pytest.fixture(scope="module")
def unit(ca):
    until = AT + timedelta(days=900)
    pair = authority.issue_timestamping(
        *ca, authority.Subject("T"), not_before=AT - timedelta(9), not_after=until
    )
    return tsa.Unit(*pair, "1.2.3")


def stamp(unit, data, at=AT):
    return unit.issue(timestamp.request(sha256(data).digest(), 1), at=at, serial=1)


@pytest.fixture(scope="module")
def parts(unit):
    data = body().to_bytes()
    private = private_part().to_bytes()
    return ReceiptParts(data, pdf=b"%PDF-", timestamp=stamp(unit, data), private=private)


def checks(data, ca, **named):
    return {check.name: (check.ok, check.detail) for check in receipt.verify(data, tsa_ca=[ca[1]], **named)}


def write(folder, files):
    (folder / "sub").mkdir()
    for name, content in files.items():
        (folder / "sub" / name).write_bytes(content)
    return folder


def test_receipt_has_the_five_mandatory_items():
    document = json.loads(body(started_at=AT).to_bytes())
    assert set(document) == {"v", "mandatory", "evidence"}
    assert set(document["mandatory"]) == {"depositor", "buyer", "consultation", "received_at", "documents"}
    assert receipt.parse(body(started_at=AT).to_bytes()) == body(started_at=AT)


def test_whole_receipt_holds(parts, ca, tmp_path):
    found = checks(parts.to_bytes(), ca, files_dir=write(tmp_path, FILES))
    assert found == {
        "receipt": (True, "00" * 32),
        "timestamp": (True, "2027-01-11T09:00:00.000Z T"),
        "pdf": (None, "not_covered"),
        "seal": (None, "not_present"),
        "log": (None, "not_present"),
        "commitments": (True, "2"),
        "files": (True, "2"),
    }


def test_absent_parts_are_said_to_be_absent(ca):
    found = checks(ReceiptParts(body().to_bytes()).to_bytes(), ca, log_key="k")
    assert {ok for name, (ok, _) in found.items() if name != "receipt"} == {None}
    assert {detail for name, (_, detail) in found.items() if name != "receipt"} == {"not_present"}


def test_parts_of_later_versions_are_not_passed_over(parts, ca):
    later = ReceiptParts(parts.body, seal=b"x", log_proof=b"x").to_bytes()
    assert checks(later, ca)["log"] == (None, "not_supported")
    assert checks(later, ca, log_key="k")["log"] == (False, "not_supported")
    assert checks(later, ca)["seal"] == (False, "receipt.seal_invalid")


def test_changed_or_lost_files_are_named(parts, ca, tmp_path):
    folder = write(tmp_path, {**FILES, "prix.pdf": b"PRIX" * 100})
    assert checks(parts.to_bytes(), ca, files_dir=folder)["files"] == (
        False,
        "receipt.file_differs: prix.pdf",
    )
    public = ReceiptParts(parts.body).to_bytes()
    assert checks(public, ca, files_dir=folder)["files"] == (False, "receipt.private_needed")


def test_any_flipped_bit_of_a_part_is_refused(parts, ca):
    data = parts.to_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        starts = [
            (entry.header_offset + 30 + len(entry.filename), entry.file_size) for entry in archive.infolist()
        ]
    for start, size in starts:
        for bit in range(0, size * 8, 41):
            broken = bytearray(data)
            broken[start + bit // 8] ^= 1 << bit % 8
            assert checks(bytes(broken), ca) == {"receipt": (False, "receipt.archive_invalid")}


def test_any_flipped_bit_is_refused_even_with_repaired_checksums(parts, ca):
    for name in ("body", "timestamp", "private"):
        part = getattr(parts, name)
        for bit in range(0, len(part) * 8, 97):
            broken = bytearray(part)
            broken[bit // 8] ^= 1 << bit % 8
            values = {field: getattr(parts, field) for field in ("body", "timestamp", "private")}
            data = ReceiptParts(**{**values, name: bytes(broken)}).to_bytes()
            assert False in {ok for ok, _ in checks(data, ca).values()}, (name, bit)


def test_token_older_than_the_deposit_refused(parts, unit, ca):
    early = stamp(unit, parts.body, AT - timedelta(minutes=2))
    data = ReceiptParts(parts.body, timestamp=early).to_bytes()
    assert checks(data, ca)["timestamp"] == (False, "timestamp.before_receipt")


def test_private_part_of_another_deposit_refused(parts, ca):
    other = PrivatePart(UUID(int=9), private_part().files).to_bytes()
    data = ReceiptParts(parts.body, private=other).to_bytes()
    assert checks(data, ca)["commitments"] == (False, "receipt.private_mismatch")
    first, second = private_part().files
    swapped = PrivateFile(ENVELOPE, 1, second.pt, first.salt)
    data = ReceiptParts(parts.body, private=PrivatePart(DEPOSIT, (swapped, second)).to_bytes()).to_bytes()
    assert checks(data, ca)["commitments"] == (False, "bid.commitment_mismatch")


def test_receipt_refused(ca):
    document = json.loads(body().to_bytes())
    for change in (
        {"v": "pli/2"},
        {"more": 1},
        {"mandatory": {**document["mandatory"], "documents": document["mandatory"]["documents"][:1]}},
        {"mandatory": {**document["mandatory"], "sixth": 1}},
    ):
        data = ReceiptParts(jcs.dumps({**document, **change})).to_bytes()
        assert checks(data, ca) == {"receipt": (False, "receipt.invalid")}


def test_private_part_refused():
    with pytest.raises(SealedError) as caught:
        privates.parse(b"{}")
    assert caught.value.code == "receipt.private_invalid"


def archive_of(entries, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries:
            archive.writestr(name, content, **options)
    return out.getvalue()


def test_deflated_archive_is_read():
    data = archive_of([(archives.BODY, b"{}")], compress_type=zipfile.ZIP_DEFLATED)
    assert Archive(data).body == b"{}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        archive_of([]),
        archive_of([(archives.PDF, b"")]),
        archive_of([(archives.BODY, b"{}"), ("../evil", b"")]),
        archive_of([(archives.BODY, b"{}")], compress_type=zipfile.ZIP_BZIP2),
        archive_of(
            [(archives.BODY, b"0" * (archives.MAX_PART_BYTES + 1))], compress_type=zipfile.ZIP_DEFLATED
        ),
        bytes(archives.MAX_ARCHIVE_BYTES + 1),
    ],
    ids=["empty", "stub", "no entry", "no body", "unknown entry", "bzip2", "bomb", "too large"],
)
def test_hostile_archive_refused(data):
    with pytest.raises(SealedError) as caught:
        Archive(data)
    assert caught.value.code == "receipt.archive_invalid"


def test_entry_with_a_false_size_refused():
    data = bytearray(archive_of([(archives.BODY, b"{}" * 50)], compress_type=zipfile.ZIP_DEFLATED))
    at = data.index(b"PK\1\2") + 24
    for size in (10, 200):
        data[at : at + 4] = size.to_bytes(4, "little")
        with pytest.raises(SealedError):
            Archive(bytes(data))
