"""What a signature allows afterwards, and what cannot be compared."""

import pytest

from signing import pades
from signing.facts import SignatureFacts
from signing.pades import comparison
from signing.pades.permissions import Permissions
from tests.signing import pdfs
from tests.signing.pdfs import FREE
from tests.signing.test_pades_levels import _cades


def first(pdf: bytes) -> SignatureFacts:
    (facts,) = pades.read(pdf, name="acte.pdf")
    return facts


def codes(facts: SignatureFacts) -> list[str]:
    return [item.code for item in (*facts.structure_errors, *facts.constraint_errors)]


def filled(pdf: bytes) -> bytes:
    body = pdfs.object_of(pdf, pdfs.TEXT_FIELD).replace(b"/T(nom)", b"/T(nom)/V(Dupont)")
    return pdfs.update(pdf, {pdfs.TEXT_FIELD: body}, size=300)


def signed(reference: bytes) -> bytes:
    pdf = pdfs.sealed(
        pdfs.plain(), _cades(), subfilter=b"ETSI.CAdES.detached", more=b"/Reference[%s]" % reference
    )
    assert codes(first(pdf)) == []
    return pdf


@pytest.mark.parametrize(
    ("params", "level", "expected"),
    [
        (b"/P 1", 1, ["pdf.docmdp_exceeded"]),
        (b"/P 2", 2, []),
        (b"", 2, []),
        (b"/P 3", 3, []),
        (b"/P 9", 1, ["pdf.docmdp_exceeded"]),
        (b"/P(x)", 1, ["pdf.docmdp_exceeded"]),
    ],
)
def test_level_of_docmdp_that_is_none_is_the_strictest(params, level, expected):
    pdf = signed(b"<</TransformMethod/DocMDP/TransformParams<<%s>>>>" % params)
    assert first(pdf).extra["docmdp"] == level
    assert codes(first(filled(pdf))) == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (b"/Action/All", ["pdf.field_locked"]),
        (b"/Action/Include/Fields[(nom)]", ["pdf.field_locked"]),
        (b"/Action/Include/Fields[(prix)]", []),
        (b"/Action/Exclude/Fields[(prix)]", ["pdf.field_locked"]),
        (b"/Action/Exclude/Fields[(nom)]", []),
        (b"/Action/Other", []),
    ],
)
def test_fields_locked_by_a_signature_are_those_it_names(params, expected):
    pdf = signed(b"<</TransformMethod/FieldMDP/TransformParams<<%s>>>>" % params)
    assert codes(first(filled(pdf))) == expected


def test_locked_field_locks_those_below_it():
    locks = Permissions(action="Include", fields=frozenset({"adresse"}))
    assert [locks.locks(name) for name in ("adresse", "adresse.ville", "adresse2")] == [True, True, False]


def test_reference_of_another_method_allows_everything():
    assert codes(first(filled(signed(b"<</TransformMethod/UR3>>")))) == []


def test_comparison_that_costs_too_much_is_a_constraint_error(monkeypatch):
    pdf = pdfs.update(pdfs.sign(pdfs.plain()), {FREE: b"null"})
    assert codes(first(pdf)) == []
    monkeypatch.setattr(comparison, "_MOST_STEPS", 10)
    facts = first(pdf)
    assert codes(facts) == ["pdf.too_complex"]
    assert facts.extra["undefined_changes"] == 1


def test_hybrid_cross_references_are_read():
    """A table for old readers, and a stream beside it with one object more (ISO 32000-1, 7.5.8.4)."""
    pdf = pdfs.sign(pdfs.plain())
    previous = int(pdf.rsplit(b"startxref", 1)[1].split()[0])
    hidden = b"201 0 obj\n<</Type/Page/Parent 2 0 R>>\nendobj\n"
    at = len(pdf)
    held = at + len(hidden)
    row = bytes([1]) + at.to_bytes(3, "big") + bytes([0])
    stream = b"<</Type/XRef/Size 300/W[1 3 1]/Index[201 1]/Length 5>>\nstream\n%s\nendstream" % row
    out = pdf + hidden + b"299 0 obj\n%s\nendobj\n" % stream
    tree = (
        b"2 0 obj\n"
        + pdfs.OBJECTS[pdfs.PAGES].replace(b"4 0 R]/Count 2", b"4 0 R 201 0 R]/Count 3")
        + b"\nendobj\n"
    )
    place, table = len(out), len(out) + len(tree)
    out += tree + b"xref\n2 1\n%010d 00000 n \ntrailer\n<</Size 300/Root 1 0 R/Prev %d/XRefStm %d>>\n" % (
        place,
        previous,
        held,
    )
    facts = first(out + b"startxref\n%d\n%%%%EOF\n" % table)
    assert facts.extra["changed_pages"] == [3]


def test_damaged_file_names_what_is_left_of_each_signature():
    both = pdfs.sign(pdfs.sign(pdfs.plain()), "Signature2")
    cut = both[: len(both) - 300]
    found = pades.read(cut + b"x" * 3_000, name="acte.pdf")
    assert [codes(facts)[0] for facts in found] == ["pdf.document_unreadable"] * 2
    assert found[0].intact and not found[1].intact
    lost = pades.read(b"%PDF-1.7\n<</ByteRange [0 10 20 30]>>", name="acte.pdf")
    assert [facts.id for facts in lost] == ["sig-1"]
    assert not lost[0].intact
    twice = b"%PDF-1.7\n/T(A)/ByteRange [0 1 2 3]" + b" " * 5_000 + b"/T(A)/ByteRange [0 1 2 4]"
    assert [facts.id for facts in pades.read(twice, name="acte.pdf")] == ["A", "A#2"]
