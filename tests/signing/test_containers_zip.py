"""Open archives that may be hostile: every trap is first shown not to catch the honest archive it is made from."""

import hashlib
import io
import os
import struct
import subprocess
import zipfile
import zlib

import pytest

from signing import limits
from signing.containers.zipsafe import ALGORITHMS, Archive
from signing.errors import Unverifiable
from signing.summary_fr import sentence
from signing.types import Finding
from tests.signing.archives import Member, archive, crafted, zip64

DEFLATED = zipfile.ZIP_DEFLATED


def refusal(data: bytes) -> Unverifiable:
    """Return why an archive is refused, when it is opened or when it is read."""
    with pytest.raises(Unverifiable) as caught:
        contents(data)
    assert sentence(Finding(caught.value.reason, caught.value.params)).endswith((".", ". ", "»"))
    return caught.value


def contents(data: bytes) -> dict[str, bytes]:
    opened = Archive(data)
    return {entry.name: opened.read(entry.name) for entry in opened.entries}


def test_an_honest_archive_is_read():
    files = {"acte.pdf": b"%PDF-1.7 acte", "dossier/prix.csv": bytes(range(256)) * 4000, "vide.txt": b""}
    data = archive(files.items(), comment=b"mimetype=x")
    assert contents(data) == files
    assert Archive(data).comment == b"mimetype=x"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, DEFLATED])
def test_digests_are_those_of_hashlib(method):
    body = bytes(range(256)) * 3000
    opened = Archive(archive([("a.bin", body)], method=method))
    lazy = opened.digests("a.bin")
    assert dict(lazy) == {name: hashlib.new(name, body).hexdigest() for name in ALGORITHMS}
    assert len(lazy) == len(ALGORITHMS)
    assert lazy.get("md5") is None
    assert opened.head("a.bin", 5) == body[:5]


def test_what_zipfile_streams_with_descriptors_is_read():
    class Pipe(io.RawIOBase):
        """A file that cannot seek: the writer then puts sizes after the data."""

        def __init__(self):
            self.written = bytearray()

        def writable(self):
            return True

        def write(self, data):
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", DEFLATED) as file:
        file.writestr("a.txt", b"a" * 1000)
        file.writestr("b.txt", b"b" * 1000)
    assert contents(bytes(pipe.written)) == {"a.txt": b"a" * 1000, "b.txt": b"b" * 1000}


def test_folders_are_no_documents():
    data = crafted([Member(b"dossier/", b"", mode=0o040755), Member(b"dossier/a.txt", b"a")])
    opened = Archive(data)
    assert [entry.name for entry in opened.entries] == ["dossier/a.txt"]
    assert "dossier/" not in opened
    assert opened.first.name == "dossier/"


def test_zip64_figures_are_read():
    assert contents(zip64(b"grand.bin", b"donnees")) == {"grand.bin": b"donnees"}
    assert refusal(zip64(b"grand.bin", b"donnees", entries=5000)).reason == "containers.zip_entries"
    assert refusal(zip64(b"grand.bin", b"donnees", hole=b"cache")).reason == "containers.zip_hidden"
    wide = zip64(b"grand.bin", b"donnees")
    moved = wide.replace(b"PK\x06\x06", b"PK\x06\x05")
    assert refusal(moved).reason == "containers.zip_damaged"
    disk = wide.replace(b"PK\x06\x07" + bytes(4), b"PK\x06\x07" + b"\x01" + bytes(3))
    assert refusal(disk).reason == "containers.zip_parts"
    small = bytearray(wide)
    small[-14:-10] = b"\x07\x00" * 2
    assert refusal(bytes(small)).reason == "containers.zip_ambiguous"


def test_zip64_written_by_the_standard_library_is_read():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file, file.open("g.bin", "w", force_zip64=True) as entry:
        entry.write(b"contenu")
    assert contents(target.getvalue()) == {"g.bin": b"contenu"}


@pytest.mark.parametrize(
    ("raw", "flags", "extra", "expected"),
    [
        ("é.txt".encode(), 0x0800, b"", "é.txt"),
        ("é.txt".encode(), 0, b"", "é.txt"),
        ("é.txt".encode("cp437"), 0, b"", "é.txt"),
        (
            "é.txt".encode("cp850"),
            0,
            struct.pack("<HHBL", 0x7075, 5 + len("œ.txt".encode()), 1, zlib.crc32("é.txt".encode("cp850")))
            + "œ.txt".encode(),
            "œ.txt",
        ),
    ],
)
def test_names_are_read_in_every_encoding_of_theirs(raw, flags, extra, expected):
    data = crafted([Member(raw, b"a", flags=flags, extra=extra, local_extra=extra)])
    assert list(contents(data)) == [expected]


def test_a_name_of_two_readings_is_refused():
    extra = struct.pack("<HHBL", 0x7075, 10, 1, zlib.crc32(b"a.txt")) + b"b.txt"
    assert list(contents(crafted([Member(b"a.txt", extra=extra, local_extra=extra)]))) == ["b.txt"]
    assert refusal(crafted([Member(b"a.txt", extra=extra)])).reason == "containers.zip_mismatch"
    bad = struct.pack("<HHBL", 0x7075, 7, 1, zlib.crc32(b"a.txt")) + b"\xff\xfe"
    assert refusal(crafted([Member(b"a.txt", extra=bad)])).reason == "containers.zip_name"
    assert refusal(crafted([Member(b"\xff.txt", flags=0x0800)])).reason == "containers.zip_name"


BOMB = b"\0" * (2 << 20)
GOOD = [Member(b"a.txt", b"aaa"), Member(b"b.txt", b"bbb", DEFLATED)]
TRAPS = {
    "zip_duplicate": crafted([Member(b"a.txt"), Member(b"a.txt")]),
    "zip_duplicate folder": crafted([Member(b"a"), Member(b"a/", b"")]),
    "zip_duplicate form": crafted([Member("é".encode(), flags=0x800), Member("é".encode(), flags=0x800)]),
    "zip_path up": crafted([Member(b"../a.txt")]),
    "zip_path inside": crafted([Member(b"a/../../b.txt")]),
    "zip_path absolute": crafted([Member(b"/etc/passwd")]),
    "zip_path windows": crafted([Member(b"..\\a.txt")]),
    "zip_path drive": crafted([Member(b"C:\\a.txt")]),
    "zip_path empty": crafted([Member(b"")]),
    "zip_path dot": crafted([Member(b"./a.txt")]),
    "zip_path control": crafted([Member(b"a\x00.txt")]),
    "zip_path long": crafted([Member(b"a" * 2000)]),
    "zip_encrypted": crafted([Member(b"a.txt", flags=1)]),
    "zip_encrypted strong": crafted([Member(b"a.txt", flags=0x41)]),
    "zip_encrypted directory": crafted([Member(b"a.txt", flags=0x2000)]),
    "zip_mismatch name": crafted([Member(b"a.txt", local_name=b"b.txt")]),
    "zip_mismatch method": crafted([Member(b"a.txt", local_method=8)]),
    "zip_mismatch size": crafted([Member(b"a.txt", local_size=7)]),
    "zip_mismatch flags": crafted([Member(b"a.txt", local_flags=0x0800)]),
    "zip_mismatch header": crafted([Member(b"a.txt"), Member(b"b.txt", header=3)]),
    "zip_mismatch stored": crafted([Member(b"a.txt", b"aaa", size=2, local_size=2)]),
    "zip_overlap twice": crafted([Member(b"a.txt", b"aaa"), Member(b"a.txt", b"aaa", header=0)]),
    "zip_overlap into": crafted([Member(b"a.txt", b"aaa", packed=90, size=90), Member(b"b.txt", b"b" * 99)]),
    "zip_overlap directory": crafted([Member(b"a.txt", b"aaa", packed=30, size=30)]),
    "zip_link": crafted([Member(b"a.txt", b"/etc/passwd", mode=0o120777)]),
    "zip_link device": crafted([Member(b"a.txt", b"", mode=0o020666)]),
    "zip_hidden before": crafted(GOOD, before=b"MZ program"),
    "zip_hidden between": crafted(GOOD, between=b"cache"),
    "zip_hidden entries": crafted(GOOD, after_entries=b"cache"),
    "zip_hidden directory": crafted(GOOD, after_directory=b"cache"),
    "zip_hidden count": crafted(GOOD, count=1),
    "zip_hidden shift": crafted(GOOD, offset_shift=-1),
    "zip_entries": archive((f"{n}.txt", b"") for n in range(limits.ZIP_ENTRIES + 1)),
    "zip_entries said": crafted(GOOD, count=5000),
    "zip_parts": crafted(GOOD, disk=1),
    "zip_bomb ratio": archive([("a.bin", BOMB)]),
    "zip_bomb of one among others": archive([("a.bin", BOMB), ("b.bin", os.urandom(1 << 19))]),
    "zip_bomb said": crafted([Member(b"a.bin", BOMB, DEFLATED, size=3, local_size=3)]),
    "zip_bomb expanded": crafted([Member(b"a.bin", b"a", DEFLATED, size=(1 << 30) + 1)]),
    "zip_ambiguous": crafted(GOOD, comment=b"PK\x05\x06" + b"\0" * 18),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_refused_by_name(trap):
    assert len(contents(crafted(GOOD))) == 2
    error = refusal(TRAPS[trap])
    assert (error.code, error.reason) == ("REFUSED_ZIP", "containers." + trap.split()[0])


DAMAGED = {
    "trailing": crafted(GOOD, after=b"x"),
    "no end": crafted(GOOD)[:-22],
    "count": crafted(GOOD, count=3),
    "checksum": crafted([Member(b"a.txt", b"aaa", crc=1)]),
    "deflate": crafted([Member(b"a.txt", b"aaa", DEFLATED, raw=b"\xff\xff\xff")]),
    "deflate cut": crafted([Member(b"a.txt", b"aaa" * 99, DEFLATED, raw=b"\x4b")]),
    "deflate more": crafted([Member(b"a.txt", b"a", DEFLATED, raw=b"K\x04\x00trailing")]),
    "short": crafted([Member(b"a.txt", b"aaa", DEFLATED, size=9, local_size=9)]),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_archive_is_unreadable(damage):
    error = refusal(DAMAGED[damage])
    assert (error.code, error.reason) == ("UNREADABLE", "containers.zip_damaged")


def test_every_truncation_is_refused():
    data = archive([("acte.pdf", b"%PDF-1.7" * 50), ("b.txt", b"b")], mimetype=b"application/x")
    assert len(contents(data)) == 3
    for size in range(len(data)):
        assert refusal(data[:size]).code in {"UNREADABLE", "REFUSED_ZIP"}


def test_every_flip_of_a_header_byte_changes_nothing_silently():
    data = archive([("acte.pdf", b"%PDF-1.7" * 50), ("b.txt", b"b")])
    good = contents(data)
    for at in range(len(data)):
        flipped = data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :]
        try:
            read = contents(flipped)
        except Unverifiable:
            continue
        # Dates, versions and attributes may change; what is read may not, under the names that are read.
        assert sorted(read.values()) == sorted(good.values())


def test_other_methods_are_unsupported():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("a.txt", b"aaa")
    error = refusal(target.getvalue())
    assert (error.code, error.reason) == ("UNSUPPORTED", "containers.zip_method")


def test_an_entry_too_large_for_its_use_is_refused():
    opened = Archive(archive([("a.txt", b"a" * 100)]))
    assert opened.read("a.txt", 100) == b"a" * 100
    with pytest.raises(Unverifiable) as caught:
        opened.read("a.txt", 99)
    assert caught.value.code == "TOO_LARGE"


def test_an_archive_too_large_is_not_opened(monkeypatch):
    monkeypatch.setattr(limits, "FILE_BYTES", 50)
    assert refusal(crafted(GOOD)).code == "TOO_LARGE"


def test_a_small_repetitive_document_is_no_bomb():
    blank = b"<row/>" * 20_000
    assert contents(archive([("feuille.xml", blank)])) == {"feuille.xml": blank}


def test_a_broken_head_is_damage():
    opened = Archive(crafted([Member(b"a.txt", b"aaa", DEFLATED, raw=b"\xff\xff\xff")]))
    with pytest.raises(Unverifiable) as caught:
        opened.head("a.txt")
    assert caught.value.reason == "containers.zip_damaged"


def test_a_descriptor_must_repeat_the_figures():
    streamed = Member(b"a.txt", b"aaa", flags=8, local_size=0)
    figures = struct.pack("<LLL", zlib.crc32(b"aaa"), 3, 3)
    wide = struct.pack("<LQQ", zlib.crc32(b"aaa"), 3, 3)
    for descriptor in (b"", figures, b"PK\x07\x08" + figures, b"PK\x07\x08" + wide, wide):
        streamed.descriptor = descriptor
        assert contents(crafted([streamed])) == {"a.txt": b"aaa"}
    streamed.descriptor = struct.pack("<LLL", 1, 3, 3)
    assert refusal(crafted([streamed])).reason == "containers.zip_hidden"


def test_archives_of_system_tools_are_read(tmp_path):
    (tmp_path / "é accent.txt").write_bytes(b"accent")
    (tmp_path / "a.txt").write_bytes(b"a" * 5000)
    tool = "import shutil, sys; shutil.make_archive('sortie', 'zip', '.', 'sous')"
    (tmp_path / "sous").mkdir()
    (tmp_path / "sous" / "b.txt").write_bytes(b"b" * 5000)
    subprocess.run(["python3", "-c", tool], cwd=tmp_path, check=True)
    assert contents((tmp_path / "sortie.zip").read_bytes()) == {"sous/b.txt": b"b" * 5000}
