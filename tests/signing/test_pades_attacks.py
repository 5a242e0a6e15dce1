"""Attacks on signed PDFs: forged ranges and values (USF, SWA), updates that hide (ISA), shadow documents, borrowed parts."""

import re

import pytest

from signing import pades
from signing.facts import SignatureFacts
from tests.signing import pdfs
from tests.signing.pdfs import FREE, OBJECTS

LIES = b"<</Length 41>>\nstream\nBT /F1 12 Tf 72 700 Td (99 999 EUR) Tj ET\nendstream"


@pytest.fixture(scope="module")
def signed() -> bytes:
    pdf = pdfs.sign(pdfs.plain())
    assert codes(only(pdf)) == [] and only(pdf).intact
    return pdf


def only(pdf: bytes) -> SignatureFacts:
    (facts,) = pades.read(pdf, name="acte.pdf")
    return facts


def codes(facts: SignatureFacts) -> list[str]:
    return [item.code for item in (*facts.structure_errors, *facts.constraint_errors)]


def dictionary(pdf: bytes) -> tuple[int, bytes]:
    """Return number and body of the signature dictionary."""
    (number,) = pdfs.numbers_of(pdf, rb"/ByteRange")
    return number, pdfs.object_of(pdf, number)


def span(pdf: bytes) -> list[int]:
    return [int(number) for number in re.search(rb"/ByteRange\s*\[([^]]*)\]", pdf)[1].split()]


def with_range(pdf: bytes, written: bytes) -> bytes:
    """Return the file with its ByteRange written over in place."""
    found = re.search(rb"/ByteRange\s*\[[^]]*\]\s*", pdf)
    new = b"/ByteRange " + written
    assert len(new) <= len(found[0])
    return pdf[: found.start()] + new.ljust(len(found[0])) + pdf[found.end() :]


# Ranges.


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (b"null", "pdf.byte_range_missing"),
        (b"[]", "pdf.byte_range_missing"),
        (b"[0 1 2]", "pdf.byte_range_missing"),
        (b"[0 1 2 3 4]", "pdf.byte_range_missing"),
        (b"[0 (1) 2 3]", "pdf.byte_range_missing"),
        (b"[0 -1 2 3]", "pdf.byte_range_missing"),
        (b"[0 1.5 2 3]", "pdf.byte_range_missing"),
        (b"[true 1 2 3]", "pdf.byte_range_missing"),
        (b"[1 2 3 4]", "pdf.byte_range_start"),
        (b"[0 0 9 9]", "pdf.byte_range_overlap"),
        (b"[0 9 5 9]", "pdf.byte_range_overlap"),
        (b"[0 9 9 0]", "pdf.byte_range_overlap"),
        (b"[0 9 99 99999999]", "pdf.byte_range_past_end"),
        (b"[0 9 99 10]", "pdf.byte_range_not_a_revision"),
    ],
)
def test_byte_range_that_is_none_is_a_structure_error(signed, written, code):
    facts = only(with_range(signed, written))
    assert codes(facts)[0] == code
    assert facts.extra["byte_range_valid"] is False
    assert not facts.intact


def test_byte_range_that_leaves_more_than_the_value_is_a_structure_error(signed):
    start, gap, resume, length = span(signed)
    for first, last in ((gap - 9, resume), (gap, resume + 9), (gap - 1, resume), (gap + 1, resume - 1)):
        moved = b"[%d %d %d %d]" % (start, first, last, length + resume - last)
        assert codes(only(with_range(signed, moved))) == ["pdf.byte_range_gap"]


def test_signed_part_that_ends_inside_a_revision_is_a_structure_error(signed):
    start, gap, resume, length = span(signed)
    cut = with_range(signed, b"[%d %d %d %d]" % (start, gap, resume, length - 20))
    assert codes(only(cut)) == ["pdf.byte_range_not_a_revision"]


def test_value_written_elsewhere_is_a_structure_error(signed):
    """USF: the dictionary that readers see holds a value of its own, the gap another one."""
    number, body = dictionary(signed)
    value = re.search(rb"/Contents\s*<([0-9a-fA-F]+)>", body)[1]
    forged = body.replace(value, b"30" + value[2:-2] + b"ff")
    assert forged != body
    facts = only(pdfs.update(signed, {number: forged}))
    assert "pdf.contents_differ" in codes(facts)


@pytest.mark.parametrize("value", [b"<>", b"null", b"<00>", b"()", b"/Name"])
def test_value_taken_out_is_a_structure_error(signed, value):
    number, body = dictionary(signed)
    emptied = re.sub(rb"/Contents\s*<[0-9a-fA-F]+>", b"/Contents " + value, body)
    facts = only(pdfs.update(signed, {number: emptied}))
    assert codes(facts) != [] and not facts.intact


def test_value_of_zeros_in_place_is_a_structure_error(signed):
    _, gap, resume, _ = span(signed)
    zeros = signed[: gap + 1] + b"0" * (resume - gap - 2) + signed[resume - 1 :]
    facts = only(zeros)
    assert "pdf.contents_missing" in codes(facts) and not facts.intact


def test_unknown_subfilter_is_a_structure_error(signed):
    facts = only(pdfs.replaced(signed, [(b"ETSI.CAdES.detached", b"ETSI.CAdES.attached")]))
    assert "pdf.unknown_subfilter" in codes(facts)
    assert facts.level == "NOT-ETSI"


# Wrapping.


def test_signature_wrapping_leaves_something_uncovered(signed):
    """SWA: the second stretch moves to the end of the file; what the attacker wants stands in between."""
    start, gap, resume, length = span(signed)
    inserted = b"%d 0 obj\n%s\nendobj\n" % (pdfs.CONTENT, LIES)
    moved = signed[:resume] + inserted + signed[resume:]
    body = with_range(moved, b"[%d %d %d %d]" % (start, gap, resume + len(inserted), length))
    facts = only(body)
    assert codes(facts)[0] in {"pdf.byte_range_gap", "pdf.document_unreadable"}


def test_dictionary_moved_to_a_later_revision_is_a_structure_error(signed):
    """The later dictionary claims the gap of the first one, and states another name of signer."""
    number, body = dictionary(signed)
    renamed = body.replace(b"/Type", b"/Name(Un autre)/Type", 1)
    facts = only(pdfs.update(signed, {number: renamed}))
    assert "pdf.not_in_signed_revision" in codes(facts)


def test_field_that_borrows_the_signature_of_another_is_a_structure_error(signed):
    number, _ = dictionary(signed)
    fields = re.search(rb"/Fields \[ ?(.*?) ?\]", pdfs.object_of(signed, pdfs.FORM))[1]
    form = pdfs.object_of(signed, pdfs.FORM).replace(fields, fields + b" 201 0 R")
    copy = pdfs.object_of(signed, number)
    borrowed = pdfs.update(signed, {pdfs.FORM: form, 201: b"<</FT/Sig/T(Maire)/V 202 0 R>>", 202: copy})
    found = {facts.id: codes(facts) for facts in pades.read(borrowed, name="acte.pdf")}
    assert found == {"Signature1": [], "Maire": ["pdf.not_in_signed_revision"]}


def test_field_that_shares_the_dictionary_of_another_is_counted_once(signed):
    number, _ = dictionary(signed)
    fields = re.search(rb"/Fields \[ ?(.*?) ?\]", pdfs.object_of(signed, pdfs.FORM))[1]
    form = pdfs.object_of(signed, pdfs.FORM).replace(fields, fields + b" 201 0 R")
    shared = pdfs.update(signed, {pdfs.FORM: form, 201: b"<</FT/Sig/T(Maire)/V %d 0 R>>" % number})
    assert only(shared).id == "Signature1"


# Incremental saving.


def test_bytes_after_the_end_that_no_revision_has_are_not_explained(signed):
    """ISA without a cross-reference: a lenient reader looks for objects by itself."""
    tail = b"%d 0 obj\n%s\nendobj\n" % (pdfs.CONTENT, LIES)
    again = re.findall(rb"startxref\s+\d+\s+%%EOF", signed)[-1]
    facts = only(signed + tail + again + b"\n")
    assert codes(facts) == ["pdf.bytes_after_end"]
    assert facts.extra["undefined_changes"] == 1


def test_bytes_after_the_end_without_an_end_of_their_own_are_seen(signed):
    tail = b"%d 0 obj\n%s\nendobj\n" % (pdfs.CONTENT, LIES)
    assert codes(only(signed + tail)) == ["pdf.bytes_after_end"]
    assert codes(only(signed + tail * 30)) == ["pdf.document_unreadable"]


def test_blanks_after_the_end_are_nothing(signed):
    assert codes(only(signed + b"\r\n \0\n")) == []


def test_update_that_forgets_the_signed_cross_reference_is_compared_all_the_same(signed):
    """The new cross-reference lists every object anew and has no /Prev: the signed revision is read from its own bytes."""
    number, _ = dictionary(signed)
    evil = pdfs.update(signed, {pdfs.CONTENT: LIES})
    before = only(evil)
    assert before.extra["changed_pages"] == [1]
    objects = {int(found[1]): found.start() + 1 for found in re.finditer(rb"\n(\d+) 0 obj", evil)}
    assert number in objects
    at = len(evil)
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % (item, offset) for item, offset in sorted(objects.items()))
    alone = evil + b"xref\n0 1\n0000000000 65535 f \n" + rows
    alone += b"trailer\n<</Size 300/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % at
    facts = only(alone)
    assert facts.extra["changed_pages"] == [1]
    assert "pdf.pages_changed" in codes(facts)


def test_cross_reference_that_points_back_to_an_earlier_revision_is_seen():
    """The last update brings back the unsigned text, which stands inside the signed bytes."""
    drafted = pdfs.update(pdfs.plain(), {pdfs.CONTENT: LIES})
    signed = pdfs.sign(drafted)
    assert codes(only(signed)) == []
    old = signed.index(b"\n%d 0 obj" % pdfs.CONTENT) + 1
    previous = int(re.findall(rb"startxref\s+(\d+)", signed)[-1])
    at = len(signed)
    evil = signed + b"xref\n%d 1\n%010d 00000 n \n" % (pdfs.CONTENT, old)
    evil += b"trailer\n<</Size 300/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (previous, at)
    assert only(evil).extra["changed_pages"] == [1]


def test_length_that_changes_cuts_a_signed_stream_elsewhere_and_is_seen():
    """The signed bytes hold two ends for one stream; the length, an object of its own, chooses between them."""
    shown, hidden = b"BT (12 300) Tj ET", b"\nendstream endobj 98 0 obj <<>> stream\nBT (99 999) Tj ET"
    content = b"<</Length 11 0 R>>\nstream\n" + shown + hidden + b"\nendstream"
    draft = pdfs.write(OBJECTS | {pdfs.CONTENT: content, 11: b"%d" % len(shown + hidden)})
    signed = pdfs.sign(draft)
    assert codes(only(signed)) == []
    assert only(pdfs.update(signed, {11: b"%d" % len(shown + hidden)})).extra["changed_pages"] == []
    assert only(pdfs.update(signed, {11: b"%d" % len(shown)})).extra["changed_pages"] == [1]


def test_filter_that_changes_shows_other_bytes_and_is_seen():
    content = b"<</Filter 11 0 R/Length 5>>\nstream\n3020>\nendstream"
    signed = pdfs.sign(pdfs.write(OBJECTS | {pdfs.CONTENT: content, 11: b"/ASCIIHexDecode"}))
    assert codes(only(signed)) == []
    assert only(pdfs.update(signed, {11: b"null"})).extra["changed_pages"] == [1]


def test_object_freed_afterwards_is_seen(signed):
    previous = int(re.findall(rb"startxref\s+(\d+)", signed)[-1])
    at = len(signed)
    evil = signed + b"xref\n%d 1\n0000000000 00001 f \n" % pdfs.CONTENT
    evil += b"trailer\n<</Size 300/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (previous, at)
    assert only(evil).extra["changed_pages"] == [1]


def test_root_moved_to_another_catalogue_is_seen(signed):
    pages = b"<</Type/Pages/Kids[203 0 R]/Count 1/MediaBox[0 0 595 842]>>"
    catalogue = pdfs.object_of(signed, pdfs.CATALOG).replace(b"/Pages 2 0 R", b"/Pages 202 0 R")
    page = b"<</Type/Page/Parent 202 0 R/Contents 204 0 R>>"
    evil = pdfs.update(signed, {201: catalogue, 202: pages, 203: page, 204: LIES}, root=201)
    facts = only(evil)
    assert facts.extra["changed_pages"] == [1, 2]


# Shadow documents: what is shown later lay in the signed document already.


@pytest.fixture(scope="module")
def shadowed() -> bytes:
    """A signed document that holds a hidden page, and an image over its first one."""
    objects = OBJECTS | {
        pdfs.FIRST: b"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Annots[9 0 R]/Resources<</XObject<</Im 12 0 R>>>>>>",
        11: b"<</Type/Page/Parent 2 0 R/Contents 13 0 R>>",
        12: b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Length 4>>\nstream\n0 g \nendstream",
        13: LIES,
    }
    pdf = pdfs.sign(pdfs.write(objects))
    assert codes(only(pdf)) == []
    return pdf


def test_shadow_hide_is_seen(shadowed):
    """The overlay that hid a text is emptied."""
    overlay = b"<</Type/XObject/Subtype/Form/BBox[0 0 0 0]/Length 0>>\nstream\n\nendstream"
    assert only(pdfs.update(shadowed, {12: overlay})).extra["changed_pages"] == [1]


def test_shadow_hide_by_freeing_the_overlay_is_seen(shadowed):
    page = pdfs.object_of(shadowed, pdfs.FIRST).replace(b"12 0 R", b"299 0 R")
    assert only(pdfs.update(shadowed, {pdfs.FIRST: page}, size=300)).extra["changed_pages"] == [1]


def test_shadow_replace_of_a_fields_looks_is_not_explained():
    """The value of a field stays, what is shown of it changes."""
    look = b"<</Type/XObject/Subtype/Form/BBox[0 0 200 20]/Length 9>>\nstream\n(Dupont) \nendstream"
    field = OBJECTS[pdfs.TEXT_FIELD].replace(b"/T(nom)", b"/T(nom)/V(Dupont)/AP<</N 11 0 R>>")
    signed = pdfs.sign(pdfs.write(OBJECTS | {pdfs.TEXT_FIELD: field, 11: look}))
    assert codes(only(signed)) == []
    facts = only(pdfs.update(signed, {11: look.replace(b"(Dupont)", b"(Durand)")}))
    assert codes(facts) == ["pdf.undefined_changes"]


def test_shadow_replace_of_the_forms_font_is_seen(shadowed):
    font = OBJECTS[pdfs.FONT].replace(b"Helvetica", b"Symbol...")
    facts = only(pdfs.update(shadowed, {pdfs.FONT: font}))
    assert set(codes(facts)) == {"pdf.pages_changed", "pdf.undefined_changes"}


def test_shadow_hide_and_replace_is_seen(shadowed):
    """The hidden page takes the place of the shown one: only the page tree changes."""
    tree = pdfs.object_of(shadowed, pdfs.PAGES).replace(b"3 0 R", b"11 0 R", 1)
    assert only(pdfs.update(shadowed, {pdfs.PAGES: tree})).extra["changed_pages"] == [1]


def test_cross_reference_that_pointed_past_the_signed_end_is_seen():
    """The signed cross-reference names an offset where nothing was yet; the text comes there afterwards."""
    page = OBJECTS[pdfs.FIRST].replace(b"/Contents 5 0 R", b"/Contents[5 0 R 11 0 R]")
    draft = pdfs.write(OBJECTS | {pdfs.FIRST: page, 11: b"<</Length 0>>\nstream\n\nendstream"})
    rows = {int(found[1]): int(found[2]) for found in re.finditer(rb"\n(\d+) 1\n(\d{10}) ", draft)}
    promised = 40_000
    draft = draft.replace(b"\n11 1\n%010d" % rows[11], b"\n11 1\n%010d" % promised)
    signed = pdfs.sign(draft)
    assert len(signed) < promised and codes(only(signed)) == []
    comment = b"%" + b" " * (promised - len(signed) - 2) + b"\n"
    evil = pdfs.update(signed + comment + b"11 0 obj\n" + LIES + b"\nendobj\n", {FREE: b"null"})
    assert only(evil).extra["changed_pages"] == [1]


# Altered bytes.


@pytest.mark.parametrize("place", [0.02, 0.2, 0.5, 0.97])
def test_one_byte_changed_is_never_intact(signed, place):
    _, gap, resume, _ = span(signed)
    at = int(len(signed) * place)
    at = at if not gap <= at < resume else gap // 2
    altered = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
    found = pades.read(altered, name="acte.pdf")
    assert all(not facts.intact or facts.structure_errors for facts in found)


def test_text_changed_in_place_is_a_digest_that_does_not_match(signed):
    facts = only(pdfs.replaced(signed, [(b"(12 300 EUR)", b"(99 999 EUR)")]))
    assert codes(facts) == []
    assert facts.digests_intact is False and facts.value_intact is True
