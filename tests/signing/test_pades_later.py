"""What later revisions of a signed PDF did: pages, annotations, fields, signatures, validation data, and the rest."""

import re
import zlib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm

from signing import pades
from signing.facts import SignatureFacts
from signing.pades.later import Kind
from signing.summary_fr import sentence
from signing.wording.pdf import KINDS, SENTENCES
from tests.signing import pdfs
from tests.signing.pdfs import FREE, OBJECTS

PAGE_OF_LIES = b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % FREE
LIES = b"<</Length 41>>\nstream\nBT /F1 12 Tf 72 700 Td (99 999 EUR) Tj ET\nendstream"
NEW_NOTE = b"<</Type/Annot/Subtype/FreeText/Rect[50 50 90 90]/Contents(lu)/P 3 0 R>>"


@pytest.fixture(scope="module")
def signed() -> bytes:
    """A signed form whose signature is sound before anything is done to it."""
    pdf = pdfs.sign(pdfs.plain())
    (facts,) = pades.read(pdf, name="acte.pdf")
    assert facts.intact and facts.structure_errors == facts.constraint_errors == facts.warnings == ()
    assert facts.extra["later_changes"] == []
    return pdf


def first(pdf: bytes) -> SignatureFacts:
    return next(facts for facts in pades.read(pdf, name="acte.pdf") if facts.id == "Signature1")


def kinds(facts: SignatureFacts) -> set[str]:
    """Return what came later, but for the extensions and versions that writers note as they go."""
    return set(facts.extra["later_changes"]) - {"metadata"}


def codes(facts: SignatureFacts) -> tuple[list[str], list[str]]:
    return [item.code for item in facts.structure_errors], [item.code for item in facts.constraint_errors]


def page(pdf: bytes, number: int, **changes: bytes) -> bytes:
    """Return a page's body with entries written in place of others."""
    body = pdfs.object_of(pdf, number)
    for old, new in changes.values():
        assert old in body
        body = body.replace(old, new)
    return body


# Pages.


def test_page_added_at_the_end_is_named(signed):
    tree = OBJECTS[pdfs.PAGES].replace(b"4 0 R]/Count 2", b"4 0 R 201 0 R]/Count 3")
    facts = first(pdfs.update(signed, {pdfs.PAGES: tree, FREE: LIES, 201: PAGE_OF_LIES}))
    assert facts.extra["changed_pages"] == [3]
    assert codes(facts) == (["pdf.pages_changed"], [])
    assert facts.intact


def test_page_added_at_the_beginning_is_named(signed):
    tree = OBJECTS[pdfs.PAGES].replace(b"[3 0 R 4 0 R]/Count 2", b"[201 0 R 3 0 R 4 0 R]/Count 3")
    facts = first(pdfs.update(signed, {pdfs.PAGES: tree, FREE: LIES, 201: PAGE_OF_LIES}))
    assert facts.extra["changed_pages"] == [1]


def test_page_removed_is_named(signed):
    tree = OBJECTS[pdfs.PAGES].replace(b"[3 0 R 4 0 R]/Count 2", b"[4 0 R]/Count 1")
    assert first(pdfs.update(signed, {pdfs.PAGES: tree})).extra["changed_pages"] == [1]


def test_pages_in_another_order_are_named(signed):
    tree = OBJECTS[pdfs.PAGES].replace(b"[3 0 R 4 0 R]", b"[4 0 R 3 0 R]")
    assert first(pdfs.update(signed, {pdfs.PAGES: tree})).extra["changed_pages"] == [1, 2]


def test_page_replaced_by_another_object_is_named(signed):
    tree = OBJECTS[pdfs.PAGES].replace(b"[3 0 R", b"[201 0 R")
    facts = first(pdfs.update(signed, {pdfs.PAGES: tree, FREE: LIES, 201: PAGE_OF_LIES}))
    assert facts.extra["changed_pages"] == [1]


def test_page_rewritten_with_the_same_looks_is_not_changed(signed):
    tree = OBJECTS[pdfs.PAGES].replace(b"[3 0 R", b"[201 0 R")
    same = OBJECTS[pdfs.FIRST]
    facts = first(pdfs.update(signed, {pdfs.PAGES: tree, 201: same}))
    assert facts.extra["changed_pages"] == []


@pytest.mark.parametrize("number", [pdfs.CONTENT, pdfs.FONT])
def test_content_or_font_written_over_repaints_the_pages_that_use_it(signed, number):
    other = {
        pdfs.CONTENT: LIES,
        pdfs.FONT: OBJECTS[pdfs.FONT].replace(
            b"/WinAnsiEncoding", b"<</Type/Encoding/Differences[48/nine]>>"
        ),
    }[number]
    pages = first(pdfs.update(signed, {number: other})).extra["changed_pages"]
    assert pages == ([1] if number == pdfs.CONTENT else [1, 2])


@pytest.mark.parametrize(
    "entry",
    [b"/MediaBox[0 0 100 100]", b"/Rotate 90", b"/CropBox[0 0 5 5]", b"/UserUnit 2", b"/Resources<<>>"],
)
def test_entry_that_makes_the_looks_of_a_page_repaints_it(signed, entry):
    body = pdfs.object_of(signed, pdfs.SECOND).replace(b"/Type/Page", b"/Type/Page" + entry)
    if b"/Type/Page" not in body:
        body = pdfs.object_of(signed, pdfs.SECOND).replace(b"<<", b"<<" + entry, 1)
    assert first(pdfs.update(signed, {pdfs.SECOND: body})).extra["changed_pages"] == [2]


def test_inherited_entry_that_changes_repaints_every_page(signed):
    tree = OBJECTS[pdfs.PAGES].replace(b"595 842", b"595 400")
    assert first(pdfs.update(signed, {pdfs.PAGES: tree})).extra["changed_pages"] == [1, 2]


def test_content_moved_into_an_array_of_other_order_repaints_the_page():
    objects = OBJECTS | {pdfs.FIRST: OBJECTS[pdfs.FIRST].replace(b"5 0 R", b"[5 0 R 6 0 R]")}
    signed = pdfs.sign(pdfs.write(objects))
    assert first(signed).extra["changed_pages"] == []
    body = pdfs.object_of(signed, pdfs.FIRST)
    swapped = body.replace(b"5 0 R", b"@").replace(b"6 0 R", b"5 0 R").replace(b"@", b"6 0 R")
    assert swapped != body
    assert first(pdfs.update(signed, {pdfs.FIRST: swapped})).extra["changed_pages"] == [1]


def test_quiet_entry_of_a_page_changes_nothing(signed):
    body = pdfs.object_of(signed, pdfs.SECOND).replace(
        b"<<", b"<</LastModified(D:2027)/Tabs/S/StructParents 1", 1
    )
    facts = first(pdfs.update(signed, {pdfs.SECOND: body}))
    assert (facts.extra["changed_pages"], facts.extra["undefined_changes"]) == ([], 0)


def test_action_put_on_a_page_is_not_explained(signed):
    body = pdfs.object_of(signed, pdfs.SECOND).replace(
        b"<<", b"<</AA<</O<</S/JavaScript/JS(app.alert)>>>>", 1
    )
    facts = first(pdfs.update(signed, {pdfs.SECOND: body}))
    assert facts.extra["changed_pages"] == []
    assert codes(facts) == ([], ["pdf.undefined_changes"])
    assert facts.extra["change"] == "CREATION of /AA"


# Annotations.


def with_note(pdf: bytes, note: bytes = NEW_NOTE) -> bytes:
    body = pdfs.object_of(pdf, pdfs.SECOND).replace(b"10 0 R", b"10 0 R 201 0 R")
    return pdfs.update(pdf, {pdfs.SECOND: body, 201: note})


def test_annotation_added_is_a_warning(signed):
    facts = first(with_note(signed))
    assert facts.extra["annotation_changes"] is True
    assert facts.extra["undefined_changes"] == 0
    assert codes(facts) == ([], [])
    assert [item.code for item in facts.warnings] == ["pdf.annotations_changed"]


def test_annotation_removed_is_a_warning(signed):
    body = pdfs.object_of(signed, pdfs.SECOND).replace(b"10 0 R", b"")
    facts = first(pdfs.update(signed, {pdfs.SECOND: body}))
    assert (facts.extra["annotation_changes"], codes(facts)) == (True, ([], []))


def test_annotation_shown_otherwise_is_a_warning(signed):
    note = OBJECTS[pdfs.NOTE].replace(b"/P 4", b"/C[1 0 0]/M(D:2027)/P 4")
    facts = first(pdfs.update(signed, {pdfs.NOTE: note}))
    assert (facts.extra["annotation_changes"], codes(facts)) == (True, ([], []))


def test_text_of_a_signed_annotation_written_over_is_not_explained(signed):
    note = OBJECTS[pdfs.NOTE].replace(b"signe avec le reste", b"autre chose")
    facts = first(pdfs.update(signed, {pdfs.NOTE: note}))
    assert codes(facts) == ([], ["pdf.undefined_changes"])
    assert facts.extra["change"] == "MODIFICATION of /Contents"


# Forms and signatures.


def test_filled_field_is_a_warning_and_named(signed):
    filled = pdfs.object_of(signed, pdfs.TEXT_FIELD).replace(
        b"/T(nom)", b"/T(nom)/V(Dupont)/AP<</N 201 0 R>>"
    )
    look = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 0>>\nstream\n\nendstream"
    facts = first(pdfs.update(signed, {pdfs.TEXT_FIELD: filled, 201: look}))
    assert codes(facts) == ([], [])
    assert facts.extra["filled_fields"] == ["nom"]
    assert [item.code for item in facts.warnings] == ["pdf.form_changed"]


def test_other_signature_leaves_the_first_sound(signed):
    one, two = pades.read(pdfs.sign(signed, "Signature2"), name="acte.pdf")
    assert (codes(one), codes(two)) == (([], []), ([], []))
    assert kinds(one) == {"signature"}
    assert (one.extra["revision"], two.extra["revision"], two.extra["revisions"]) == (2, 3, 3)


def test_signature_in_a_field_prepared_before_leaves_the_first_sound():
    prepared = pdfs.with_empty_field(pdfs.plain(), "Signature2", box=(10, 10, 200, 60))
    one, two = pades.read(pdfs.sign(pdfs.sign(prepared), "Signature2"), name="acte.pdf")
    assert {one.id, two.id} == {"Signature1", "Signature2"}
    for facts in (one, two):
        assert facts.intact and codes(facts) == ([], [])


def test_prepared_field_is_a_form_change(signed):
    facts = first(pdfs.with_empty_field(signed, "Signature2"))
    assert (codes(facts), kinds(facts)) == (([], []), {"form"})


def test_time_stamp_and_validation_data_leave_no_warning():
    facts = first(pdfs.long_term(pdfs.plain(), archived=True))
    assert kinds(facts) == {"timestamp", "validation-data"}
    assert (codes(facts), facts.warnings) == (([], []), ())


def test_signature_taken_out_of_its_field_is_not_explained_to_the_other(signed):
    both = pdfs.sign(signed, "Signature2")
    (field,) = pdfs.numbers_of(both, rb"/T \(Signature1\)|/T\(Signature1\)")[-1:]
    emptied = pdfs.object_of(both, field)
    body = b"<<" + b"/FT/Sig/T(Signature1)/Type/Annot/Subtype/Widget/F 132/Rect[0 0 0 0]>>"
    assert b"/V" in emptied
    (facts,) = pades.read(pdfs.update(both, {field: body}), name="acte.pdf")
    assert facts.id == "Signature2"
    assert "pdf.undefined_changes" in codes(facts)[1]


def test_field_renamed_is_not_explained(signed):
    body = pdfs.object_of(signed, pdfs.TEXT_FIELD).replace(b"(nom)", b"(prix)")
    assert codes(first(pdfs.update(signed, {pdfs.TEXT_FIELD: body})))[1] == ["pdf.undefined_changes"]


def test_field_locked_by_a_reader_is_a_form_change(signed):
    body = pdfs.object_of(signed, pdfs.TEXT_FIELD).replace(b"/T(nom)", b"/T(nom)/Ff 1")
    facts = first(pdfs.update(signed, {pdfs.TEXT_FIELD: body}))
    assert (codes(facts), kinds(facts)) == (([], []), {"form"})


# The rest of the document.


@pytest.mark.parametrize(
    ("entry", "change"),
    [
        (b"/OpenAction<</S/JavaScript/JS(app.alert)>>", "CREATION of /OpenAction"),
        (b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(x)>>]>>>>", "CREATION of /JavaScript"),
        (b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec>>]>>>>", "CREATION of /EmbeddedFiles"),
        (b"/OCProperties<</OCGs[]/D<<>>>>", "CREATION of /OCProperties"),
        (b"/ViewerPreferences<</HideMenubar true>>", "CREATION of /ViewerPreferences"),
        (b"/PageMode/UseNone", "MODIFICATION of /PageMode"),
    ],
)
def test_entry_that_comes_into_the_catalogue_is_not_explained(signed, entry, change):
    body = pdfs.object_of(signed, pdfs.CATALOG)
    facts = first(pdfs.update(signed, {pdfs.CATALOG: body[:-2] + entry + b">>"}))
    assert codes(facts) == ([], ["pdf.undefined_changes"])
    assert facts.extra["change"] == change


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (b"/PieceInfo<</X<</LastModified(D:2027)>>>>", "metadata"),
        (b"/DSS<</Certs[]>>", "validation-data"),
        (b"/Names<</AP<</Names[]>>>>", "annotation"),
        (b"/StructTreeRoot<</Type/StructTreeRoot>>", "undefined"),
    ],
)
def test_entry_that_comes_into_the_catalogue_has_its_kind(signed, entry, kind):
    body = pdfs.object_of(signed, pdfs.CATALOG)
    facts = first(pdfs.update(signed, {pdfs.CATALOG: body[:-2] + entry + b">>"}))
    assert facts.extra["later_changes"] == [kind]


def test_metadata_written_over_is_of_its_kind(signed):
    (number,) = pdfs.numbers_of(signed, rb"/Type\s*/Metadata")
    stream = b"<</Type/Metadata/Subtype/XML/Length 3>>\nstream\n<x>\nendstream"
    facts = first(pdfs.update(signed, {number: stream}))
    assert facts.extra["later_changes"] == ["metadata"]


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (pdfs.CATALOG, b"/Pages"),
        (pdfs.PAGES, b"/Kids"),
        (pdfs.FIRST, b"/Contents"),
        (pdfs.FONT, b"/BaseFont"),
    ],
)
def test_key_that_stands_twice_in_a_later_object_is_not_explained(signed, number, key):
    body = pdfs.object_of(signed, number)
    same = first(pdfs.update(signed, {number: body}))
    assert codes(same) == ([], [])
    doubled = body[:-2] + key + b" 201 0 R>>"
    facts = first(pdfs.update(signed, {number: doubled, 201: b"<</Evil true>>"}))
    assert codes(facts) == ([], ["pdf.undefined_changes"])


def test_trailer_with_two_roots_is_not_explained(signed):
    facts = first(pdfs.update(signed, {FREE: b"<</Type/Catalog>>"}, trailer=b"/Root %d 0 R" % FREE))
    assert codes(facts) == ([], ["pdf.undefined_changes"])


def test_xfa_form_that_comes_is_not_explained(signed):
    body = pdfs.object_of(signed, pdfs.FORM)
    facts = first(pdfs.update(signed, {pdfs.FORM: body[:-2] + b"/XFA(x)>>"}))
    assert facts.extra["change"] == "MODIFICATION of /XFA"


def test_object_that_nothing_shows_may_change(signed):
    facts = first(pdfs.update(signed, {FREE: b"(nothing refers to this)"}))
    assert (codes(facts), facts.extra["later_changes"]) == (([], []), [])
    assert (facts.extra["revision"], facts.extra["revisions"]) == (2, 3)


# Permissions.


def certified(level: MDPPerm) -> bytes:
    pdf = pdfs.sign(pdfs.plain(), certify=True, docmdp_permissions=level)
    facts = first(pdf)
    assert codes(facts) == ([], []) and facts.extra["docmdp"] == level.value
    return pdf


@pytest.mark.parametrize("level", list(MDPPerm))
def test_certified_document_allows_what_its_level_says(level):
    pdf = certified(level)
    filled = pdfs.object_of(pdf, pdfs.TEXT_FIELD).replace(b"/T(nom)", b"/T(nom)/V(Dupont)")
    done = {
        "stamp": codes(first(pdfs.stamp(pdf))),
        "form": codes(first(pdfs.update(pdf, {pdfs.TEXT_FIELD: filled}))),
        "note": codes(first(with_note(pdf))),
    }
    broken = ([], ["pdf.docmdp_exceeded"])
    assert done == {
        "stamp": ([], []),
        "form": broken if level is MDPPerm.NO_CHANGES else ([], []),
        "note": ([], []) if level is MDPPerm.ANNOTATE else broken,
    }


def test_signature_after_a_certification_that_allows_none_is_beyond_it():
    pdf = certified(MDPPerm.NO_CHANGES)
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    field = generic.DictionaryObject(
        {pdf_name("/FT"): pdf_name("/Sig"), pdf_name("/T"): generic.pdf_string("Signature2")}
    )
    writer.root["/AcroForm"]["/Fields"].append(writer.add_object(field))
    writer.update_container(writer.root["/AcroForm"]["/Fields"])
    out = BytesIO()
    writer.write(out)
    assert codes(first(out.getvalue())) == ([], ["pdf.docmdp_exceeded"])


def test_locked_field_filled_afterwards_is_named():
    lock = FieldMDPSpec(FieldMDPAction.INCLUDE, fields=["nom"])
    pdf = pdfs.sign(pdfs.with_empty_field(pdfs.plain(), field_mdp_spec=lock))
    assert codes(first(pdf)) == ([], [])
    filled = pdfs.object_of(pdf, pdfs.TEXT_FIELD).replace(b"/T(nom)", b"/T(nom)/V(Dupont)")
    facts = first(pdfs.update(pdf, {pdfs.TEXT_FIELD: filled}))
    assert codes(facts) == ([], ["pdf.field_locked"])
    assert facts.constraint_errors[0].params == {"field": "nom"}


def test_scope_names_the_revision_and_what_came_later(signed):
    facts = first(with_note(signed))
    assert [(item.coverage.value, item.note.code) for item in facts.scope] == [
        ("PARTIAL", "pdf.revision"),
        ("NONE", "pdf.later"),
    ]
    assert facts.scope[0].note.params == {"number": 2, "total": 3}
    assert facts.scope[1].note.params == {"what": "annotations"}


def test_signing_time_is_the_one_of_the_dictionary(signed):
    stated = first(signed).signing_time
    assert stated is not None and stated.tzinfo is UTC and stated <= datetime.now(UTC)


def test_signature_that_the_form_forgot_is_found_on_its_page():
    pdf = pdfs.sign(pdfs.plain())
    form = OBJECTS[pdfs.FORM].replace(b"/Fields[9 0 R]", b"/Fields[]")
    (number,) = pdfs.numbers_of(pdf, rb"/ByteRange")
    (widget,) = pdfs.numbers_of(pdf, rb"/V %d 0 R" % number)
    assert widget
    facts = first(pdfs.update(pdf, {pdfs.FORM: form}))
    assert facts.intact and facts.id == "Signature1"


def test_every_code_has_its_sentence(signed):
    facts = first(with_note(signed))
    notes = [item.note for item in facts.scope]
    assert all(sentence(finding) for finding in (*facts.warnings, *notes) if finding)
    folder = Path(pades.__file__).parent
    used = set(
        re.findall(r"\"(pdf\.[a-z_0-9]+)\"", "".join(file.read_text() for file in folder.glob("*.py")))
    )
    assert used == set(SENTENCES)
    assert set(KINDS) == {kind.value for kind in Kind} | {"none"}


# Fields that are shown several times, or twice named.

GROUP = {
    pdfs.FORM: OBJECTS[pdfs.FORM].replace(b"[9 0 R]", b"[9 0 R 20 0 R 23 0 R]"),
    pdfs.SECOND: OBJECTS[pdfs.SECOND].replace(b"[10 0 R]", b"[10 0 R 21 0 R 22 0 R]"),
    20: b"<</FT/Btn/Ff 32768/T(choix)/V/Off/Kids[21 0 R 22 0 R]>>",
    21: b"<</Type/Annot/Subtype/Widget/Parent 20 0 R/Rect[0 0 9 9]/AS/Off/AP<</N<</Oui 24 0 R/Off 24 0 R>>>>>>",
    22: b"<</Type/Annot/Subtype/Widget/Parent 20 0 R/Rect[9 9 18 18]/AS/Off/AP<</N<</Non 24 0 R/Off 24 0 R>>>>>>",
    23: b"<</FT/Tx/T(adresse)/Kids[<</T(ville)/Subtype/Widget/Rect[0 0 1 1]>>]>>",
    24: b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 4>>\nstream\n0 g \nendstream",
}


@pytest.fixture(scope="module")
def grouped() -> bytes:
    pdf = pdfs.sign(pdfs.write(OBJECTS | GROUP))
    assert codes(first(pdf)) == ([], [])
    return pdf


def test_box_ticked_is_a_filled_field(grouped):
    ticked = {
        20: GROUP[20].replace(b"/V/Off", b"/V/Oui"),
        21: GROUP[21].replace(b"/AS/Off", b"/AS/Oui"),
    }
    facts = first(pdfs.update(grouped, ticked))
    assert (codes(facts), facts.extra["filled_fields"], kinds(facts)) == (([], []), ["choix"], {"form"})


def test_box_shown_ticked_without_its_value_is_not_explained(grouped):
    facts = first(pdfs.update(grouped, {21: GROUP[21].replace(b"/AS/Off", b"/AS/Oui")}))
    assert codes(facts) == ([], ["pdf.undefined_changes"])
    assert facts.extra["change"] == "MODIFICATION of /AS"


def test_field_below_another_is_named_in_full(grouped):
    body = GROUP[23].replace(b"/T(ville)", b"/T(ville)/V(Lyon)")
    facts = first(pdfs.update(grouped, {23: body}))
    assert (codes(facts), facts.extra["filled_fields"]) == (([], []), ["adresse.ville"])


def test_widget_that_comes_or_goes_is_an_annotation(grouped):
    more = first(
        pdfs.update(grouped, {20: GROUP[20].replace(b"22 0 R]", b"22 0 R 201 0 R]"), 201: GROUP[22]})
    )
    fewer = first(pdfs.update(grouped, {20: GROUP[20].replace(b"22 0 R]", b"]")}))
    assert kinds(more) == kinds(fewer) == {"annotation"}


def test_type_of_a_field_that_changes_is_not_explained(grouped):
    facts = first(pdfs.update(grouped, {20: GROUP[20].replace(b"/Btn", b"/Ch")}))
    assert codes(facts) == ([], ["pdf.undefined_changes"])


def test_second_field_of_the_same_name_is_an_annotation(signed):
    form = pdfs.object_of(signed, pdfs.FORM).replace(b"9 0 R", b"9 0 R 201 0 R", 1)
    twin = OBJECTS[pdfs.TEXT_FIELD].replace(b"/T(nom)", b"/T(nom)/V(autre)")
    facts = first(pdfs.update(signed, {pdfs.FORM: form, 201: twin}))
    assert kinds(facts) == {"annotation"}


def test_field_taken_off_its_page_is_an_annotation(signed):
    body = pdfs.object_of(signed, pdfs.FIRST).replace(b"9 0 R", b"", 1)
    assert kinds(first(pdfs.update(signed, {pdfs.FIRST: body}))) == {"annotation"}


def test_empty_signature_field_that_shows_something_is_an_annotation_too(signed):
    form = pdfs.object_of(signed, pdfs.FORM).replace(b"9 0 R", b"9 0 R 201 0 R", 1)
    look = b"<</FT/Sig/T(Maire)/Subtype/Widget/Rect[0 0 500 500]/AP<</N 5 0 R>>>>"
    assert kinds(first(pdfs.update(signed, {pdfs.FORM: form, 201: look}))) == {"annotation", "form"}


def test_numbers_written_otherwise_are_equal(signed):
    tree = OBJECTS[pdfs.PAGES].replace(b"595 842", b"595.0 842.00")
    assert first(pdfs.update(signed, {pdfs.PAGES: tree})).extra["changed_pages"] == []


def test_stream_stored_otherwise_is_equal(signed):
    packed = zlib.compress(b"BT /F1 12 Tf 72 700 Td (12 300 EUR) Tj ET")
    body = b"<</Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (len(packed), packed)
    assert first(pdfs.update(signed, {pdfs.CONTENT: body})).extra["changed_pages"] == []
    other = body.replace(packed, packed[:-1] + b"!")
    assert first(pdfs.update(signed, {pdfs.CONTENT: other})).extra["changed_pages"] == [1]


def test_structure_that_grows_is_metadata_and_what_is_read_aloud_must_stay():
    structure = {
        pdfs.CATALOG: OBJECTS[pdfs.CATALOG][:-2] + b"/StructTreeRoot 20 0 R>>",
        20: b"<</Type/StructTreeRoot/K[21 0 R]/ParentTreeNextKey 1>>",
        21: b"<</S/P/P 20 0 R/ActualText(12 300 EUR)>>",
    }
    pdf = pdfs.sign(pdfs.write(OBJECTS | structure))
    grown = {
        20: b"<</Type/StructTreeRoot/K[21 0 R 201 0 R]/ParentTreeNextKey 2>>",
        201: b"<</S/Form/P 20 0 R>>",
    }
    facts = first(pdfs.update(pdf, grown))
    assert (codes(facts), facts.extra["later_changes"]) == (([], []), ["metadata"])
    spoken = first(pdfs.update(pdf, {21: structure[21].replace(b"12 300", b"99 999")}))
    assert codes(spoken) == ([], ["pdf.undefined_changes"])
    cut = first(pdfs.update(pdf, {20: b"<</Type/StructTreeRoot/K[]/ParentTreeNextKey 1>>"}))
    assert codes(cut) == ([], ["pdf.undefined_changes"])
