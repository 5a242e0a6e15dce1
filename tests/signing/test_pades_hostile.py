"""PDFs made to hang, to exhaust, or to be misread: each ends quickly, with facts or with a clear refusal."""

import logging
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing import pades
from signing.errors import Unverifiable
from signing.pades.signature import moment
from tests.pace import brief
from tests.signing import pdfs
from tests.signing.pdfs import FREE, OBJECTS
from tests.signing.test_pades_levels import _cades

TREE = OBJECTS[pdfs.PAGES]


@pytest.fixture(scope="module")
def signed() -> bytes:
    return pdfs.sign(pdfs.plain())


def outcome(pdf: bytes) -> list[str] | str:
    """Return the codes of every error, or that of the refusal; never an exception of another kind, never slow."""
    with brief():
        try:
            found = pades.read(pdf, name="acte.pdf")
        except Unverifiable as refusal:
            return refusal.reason
    return [item.code for facts in found for item in (*facts.structure_errors, *facts.constraint_errors)]


def stream(body: bytes, entries: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(body), body)


def with_catalogue(pdf: bytes, entry: bytes, objects: dict[int, bytes]) -> bytes:
    body = pdfs.object_of(pdf, pdfs.CATALOG)
    return pdfs.update(pdf, {pdfs.CATALOG: body[:-2] + entry + b">>", **objects})


# Loops.


def test_page_tree_that_holds_itself_ends(signed):
    looped = TREE.replace(b"[3 0 R 4 0 R]", b"[2 0 R 3 0 R 4 0 R 2 0 R]")
    assert outcome(pdfs.update(signed, {pdfs.PAGES: looped})) == []
    assert outcome(pdfs.update(signed, {pdfs.PAGES: b"<</Type/Pages/Kids 2 0 R/Parent 2 0 R>>"})) == [
        "pdf.pages_changed"
    ]


def test_field_that_holds_itself_ends(signed):
    looped = b"<</FT/Tx/T(nom)/Kids[9 0 R 9 0 R]/Parent 9 0 R>>"
    assert isinstance(outcome(pdfs.update(signed, {pdfs.TEXT_FIELD: looped})), list)


def test_references_that_lead_round_end(signed):
    assert isinstance(
        outcome(with_catalogue(signed, b"/X 201 0 R", {201: b"202 0 R", 202: b"201 0 R"})), list
    )


def test_stream_that_is_its_own_length_ends(signed):
    loop = b"<</Length 5 0 R>>\nstream\nx\nendstream"
    assert outcome(pdfs.update(signed, {pdfs.CONTENT: loop})) == ["pdf.pages_changed"]


def test_object_stream_that_holds_itself_ends(signed):
    body = b"201 0 <</A 201 0 R>>"
    holder = stream(body, b"/Type/ObjStm/N 1/First 6/Extends 201 0 R")
    assert isinstance(outcome(with_catalogue(signed, b"/X 201 0 R", {201: holder})), list)


def test_cross_references_in_a_ring_are_refused_as_damaged(signed):
    at = len(signed)
    ring = signed + b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 9/Root 1 0 R/Prev %d>>\n" % at
    assert outcome(ring + b"startxref\n%d\n%%%%EOF\n" % at) == ["pdf.document_unreadable"]


def test_thousands_of_revisions_are_refused_as_damaged(signed):
    out = bytearray(signed)
    previous = int(signed.rsplit(b"startxref", 1)[1].split()[0])
    for _ in range(1_500):
        at = len(out)
        out += b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 300/Root 1 0 R/Prev %d>>\n" % previous
        out += b"startxref\n%d\n%%%%EOF\n" % at
        previous = at
    assert outcome(bytes(out)) == ["pdf.document_unreadable"]


def test_hundred_revisions_are_read(signed):
    pdf = signed
    for number in range(100):
        pdf = pdfs.update(pdf, {FREE: b"(%d)" % number})
    assert outcome(pdf) == []
    (facts,) = pades.read(pdf, name="acte.pdf")
    assert (facts.extra["revision"], facts.extra["revisions"]) == (2, 102)


@pytest.mark.parametrize(
    "tail", [b"%", b"% a comment", b"<<", b"(", b"[", b"<", b"/", b"1 0 obj", b"1 0 obj <</A %x"]
)
def test_object_at_the_very_end_of_the_file_ends(signed, tail):
    """pyHanko waits for the end of a comment for ever."""
    previous = int(signed.rsplit(b"startxref", 1)[1].split()[0])
    place = len(signed)
    head = signed + tail
    rows = b"xref\n5 1\n%010d 00000 n \n" % place
    evil = head + b"\n" + rows + b"trailer\n<</Size 300/Root 1 0 R/Prev %d>>\n" % previous
    evil += b"startxref\n%d\n%%%%EOF\n" % (len(head) + 1)
    assert isinstance(outcome(evil), list)
    assert isinstance(outcome(signed + tail), list)


# Sizes that lie.


def xref_stream(signed: bytes, entries: bytes, body: bytes) -> bytes:
    previous = int(signed.rsplit(b"startxref", 1)[1].split()[0])
    at = len(signed)
    held = stream(body, b"/Type/XRef/Root 1 0 R/Prev %d%s" % (previous, entries))
    return signed + b"299 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (held, at)


def test_cross_reference_stream_that_is_sound_is_read(signed):
    row = bytes([1, 0, 0, 0, 0])
    assert outcome(xref_stream(signed, b"/Size 300/W[1 3 1]/Index[298 1]", row)) == []


@pytest.mark.parametrize(
    "entries",
    [
        b"/Size 999999999/W[0 0 0]/Index[0 999999999]",
        b"/Size 999999999/W[0 0 0]",
        b"/Size 999999999/W[1 1 1]/Index[0 999999999]",
        b"/Size 300/W[-1 -1 -1]/Index[0 99999999]",
        b"/Size 300/W[99999999999 1 1]",
        b"/Size 300/W[1]",
        b"/Size 300/W(x)",
        b"/Size(x)/W[1 2 1]",
        b"/Size 300/W[1 2 1]/Index[5 4 3]",
        b"/Size 300/W[1 2 1]/Index(x)",
    ],
)
def test_cross_reference_stream_that_lies_ends(signed, entries):
    assert isinstance(outcome(xref_stream(signed, entries, b"\x01\x00\x00")), list)


def test_cross_reference_stream_that_expands_is_bounded(signed):
    body = zlib.compress(b"\x01" * (40 << 20), 9)
    lie = xref_stream(signed, b"/Size 40000000/W[1 0 0]/Filter/FlateDecode/Index[0 40000000]", body)
    assert outcome(lie) == ["pdf.document_unreadable"]


def test_cross_reference_table_that_lies_ends(signed):
    at = len(signed)
    lie = (
        signed
        + b"xref\n0 999999999\n0000000000 65535 f \ntrailer\n<</Size 9/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % at
    )
    assert isinstance(outcome(lie), list)


def test_object_stream_that_expands_is_bounded(signed):
    body = zlib.compress(b"201 0 " + b" " * (70 << 20) + b"<<>>", 9)
    bomb = stream(body, b"/Type/ObjStm/N 1/First 6/Filter/FlateDecode")
    table = xref_stream(
        pdfs.update(signed, {202: bomb}), b"/Size 300/W[1 3 1]/Index[201 1]", bytes([2, 0, 0, 202, 0])
    )
    evil = with_catalogue_through_stream(table)
    assert isinstance(outcome(evil), list)


def with_catalogue_through_stream(pdf: bytes) -> bytes:
    body = b"<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R/X 201 0 R>>"
    return pdfs.update(pdf, {pdfs.CATALOG: body})


def test_page_contents_that_expand_differently_are_bounded(signed):
    bomb = zlib.compress(b"0" * (70 << 20), 9)
    assert outcome(pdfs.update(signed, {pdfs.CONTENT: stream(bomb, b"/Filter/FlateDecode")})) == [
        "pdf.pages_changed"
    ]
    nested = zlib.compress(bomb, 9)
    twice = stream(nested, b"/Filter[/FlateDecode/FlateDecode]")
    assert outcome(pdfs.update(signed, {pdfs.CONTENT: twice})) == ["pdf.pages_changed"]


def test_deep_nesting_ends(signed):
    for deep in (
        b"[" * 100_000,
        b"[" * 900 + b"]" * 900,
        b"<</A" * 50_000,
        b"<</A" * 400 + b" 1" + b">>" * 400,
    ):
        assert isinstance(outcome(with_catalogue(signed, b"/X 201 0 R", {201: deep})), list)


def test_long_chain_of_objects_ends(signed):
    chain = {number: b"<</Next %d 0 R>>" % (number + 1) for number in range(300, 3_300)}
    body = pdfs.object_of(signed, pdfs.CATALOG)
    evil = pdfs.update(signed, {pdfs.CATALOG: body[:-2] + b"/X 300 0 R>>", **chain}, size=3_400)
    assert outcome(evil) == ["pdf.undefined_changes"]


def test_web_of_objects_is_walked_once():
    web = {
        number: b"[%s]" % b" ".join(b"%d 0 R" % other for other in range(300, 400))
        for number in range(300, 400)
    }
    pdf = pdfs.sign(pdfs.write(OBJECTS | {pdfs.CATALOG: OBJECTS[1][:-2] + b"/X 300 0 R>>"} | web))
    assert outcome(pdfs.update(pdf, {FREE: b"null"}, size=400)) == []
    other = pdfs.update(pdf, {399: web[399][:-1] + b" (more)]"}, size=400)
    assert outcome(other) == ["pdf.undefined_changes"]


def test_values_that_are_not_what_they_should_be_end(signed):
    for entry in (
        b"/Pages (x)",
        b"/Pages 9999 0 R",
        b"/AcroForm 7",
        b"/AcroForm[1 2]",
        b"/Names 3",
        b"/DSS 5",
    ):
        key = entry.split(b" ")[0].split(b"[")[0]
        body = pdfs.object_of(signed, pdfs.CATALOG).replace(key, b"/Was" + key[1:])
        evil = pdfs.update(signed, {pdfs.CATALOG: body[:-2] + entry + b">>"})
        assert isinstance(outcome(evil), list)


def test_store_that_is_no_store_is_left_aside(signed):
    for store in (b"<</CRLs 7>>", b"<</CRLs[1 (x) 201 0 R]/VRI[1]>>", b"<</VRI<</A 3/B<</CRL[201 0 R]>>>>>>"):
        broken = stream(b"not deflated", b"/Filter/FlateDecode")
        evil = with_catalogue(signed, b"/DSS " + store, {201: broken})
        (facts,) = pades.read(evil, name="acte.pdf")
        assert (facts.crls, facts.level) == ((), "B-B")


# Files that are cut, turned, or locked.


def test_every_truncation_is_never_intact(signed):
    for part in range(1, 20):
        cut = signed[: len(signed) * part // 20]
        found = outcome(cut)
        assert (
            found == "pdf.unreadable" or "pdf.document_unreadable" in found or pades.read(cut, name="x") == []
        )


def test_flipped_bytes_of_the_structure_are_never_intact(signed):
    for at in range(0, len(signed), 97):
        for bit in (1, 64):
            turned = signed[:at] + bytes([signed[at] ^ bit]) + signed[at + 1 :]
            try:
                found = pades.read(turned, name="acte.pdf")
            except Unverifiable:
                continue
            sound = [facts for facts in found if facts.intact and not facts.structure_errors]
            assert not sound or (sound[0].value, turned[at : at + 1].isalnum()) == (facts_of(signed), True)


def facts_of(pdf: bytes) -> bytes:
    return pades.read(pdf, name="acte.pdf")[0].value


def test_bytes_that_are_no_pdf_are_refused():
    for data in (b"", b"%PDF", b"hello", b"\0" * 5_000, b" " * 2_000 + b"%PDF-1.7 /ByteRange [0 1 2 3]"):
        assert outcome(data) == "pdf.unreadable"
    assert outcome(b"%PDF-1.7\n/ByteRange [0 1 2 3] /Contents <3000>") != []


def test_header_after_some_junk_is_found():
    """A mail gateway put a line before the header, and the producer counts its offsets from the start of the file."""
    late = pdfs.write(OBJECTS, header=b"From: mairie\r\n%PDF-1.7\n")
    signed = pdfs.sealed(late, _cades(), subfilter=b"ETSI.CAdES.detached")
    (facts,) = pades.read(signed, name="acte.pdf")
    assert facts.intact and facts.level == "B-B"
    assert outcome(signed) == []
    assert outcome(signed.replace(b"%PDF-1.7", b"%PDF-x.y")) != []


def encrypted(owner: str, user: str | None) -> bytes:
    """Encrypt with pyHanko; ``user`` None asks no password to read."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(BytesIO(pdfs.plain())))
    # Without its MAC (ISO 32004), whose attribute pyHanko names too late where other tests have used names before.
    writer.encrypt(owner_pass=owner, user_pass=user, pdf_mac=False)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_file_that_opens_with_a_password_is_refused():
    assert outcome(encrypted("secret", "secret")) == "pdf.encrypted"


def test_file_that_only_restricts_its_readers_is_read():
    from pyhanko.sign import fields, signers

    writer = IncrementalPdfFileWriter(BytesIO(encrypted("secret", "")))
    writer.encrypt("")
    given = signers.PdfSignatureMetadata(field_name="Signature1", subfilter=fields.SigSeedSubFilter.PADES)
    pdf = signers.sign_pdf(writer, given, pdfs.signer()).getvalue()
    (facts,) = pades.read(pdf, name="acte.pdf")
    assert facts.intact and (facts.structure_errors, facts.constraint_errors) == ((), ())
    assert facts.id == "Signature1"


def test_thousand_pages_are_compared_in_time():
    pages = {300 + i: b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % (2_000 + i) for i in range(1_000)}
    texts = {2_000 + i: stream(b"BT (%d) Tj ET" % i, b"") for i in range(1_000)}
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    tree = b"<</Type/Pages/Kids[%s]/Count 1000/MediaBox[0 0 595 842]>>" % kids
    pdf = pdfs.sign(pdfs.write(OBJECTS | {pdfs.PAGES: tree} | pages | texts))
    lying = pdfs.update(pdf, {2_500: stream(b"BT (lies) Tj ET", b"")}, size=4_000)
    inserted = tree.replace(b"300 0 R ", b"300 0 R 3500 0 R ").replace(b"/Count 1000", b"/Count 1001")
    longer = pdfs.update(pdf, {pdfs.PAGES: inserted, 3_500: pages[300]}, size=4_000)
    for changed, page in ((lying, 501), (longer, 2)):
        with brief(2):
            (facts,) = pades.read(changed, name="acte.pdf")
        assert facts.extra["changed_pages"] == [page]


def test_hostile_file_says_nothing_in_the_logs(signed, caplog):
    with caplog.at_level(logging.DEBUG):
        outcome(with_catalogue(signed, b"/X 201 0 R/X 202 0 R/Y 999 0 R", {201: b"<</A 1/A 2>>"}))
    assert [record for record in caplog.records if record.name.startswith("pyhanko")] == []


PROBE = """
import resource, sys
from signing import pades
data = sys.stdin.buffer.read()
try:
    pades.read(data, name="acte.pdf")
except ValueError:
    pass
usage = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(usage.ru_utime + usage.ru_stime, int(peak) // 1024)
"""


@pytest.mark.parametrize("kind", ["truncated", "bomb", "deep", "sound"])
def test_fresh_process_reads_a_malformed_file_within_bounds(signed, kind):
    bomb = stream(zlib.compress(b"0" * (70 << 20), 9), b"/Filter/FlateDecode")
    data = {
        "truncated": signed[: len(signed) // 2],
        "bomb": pdfs.update(signed, {pdfs.CONTENT: bomb}),
        "deep": with_catalogue(signed, b"/X 201 0 R", {201: b"[" * 100_000}),
        "sound": signed,
    }[kind]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", PROBE], input=data, capture_output=True, check=True, cwd=root, timeout=60
    )
    seconds, megabytes = done.stdout.split()
    assert float(seconds) < 1.5 and int(megabytes) < 100


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("D:20270111100000+01'00'", "2027-01-11T09:00:00+00:00"),
        ("D:20270111100000+01'00", "2027-01-11T09:00:00+00:00"),
        ("D:20270111083000-00'30'", "2027-01-11T09:00:00+00:00"),
        ("D:20270111090000Z", "2027-01-11T09:00:00+00:00"),
        ("D:20270111090000Z00'00'", "2027-01-11T09:00:00+00:00"),
        ("D:20270111090000", "2027-01-11T09:00:00+00:00"),
        ("20270111090000", "2027-01-11T09:00:00+00:00"),
        ("D:2027", "2027-01-01T00:00:00+00:00"),
        ("D:20271311090000Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_date_of_a_pdf_is_read_as_utc(written, expected):
    found = moment(written)
    assert (found.isoformat() if found else None) == expected
