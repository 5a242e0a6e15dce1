"""Reading an edited DOCX back: exactly the clause that was touched, nothing lost, nothing applied, nothing harmful."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from clauses.render import docx, redline
from clauses.render.build import build
from clauses.render.docx import safety
from clauses.render.readback import Comment, Outcome, Outside, ReadBack, read_back
from clauses.render.tree import anchor_of
from procurement.core.errors import Invalid
from tests.factories import contract, office
from tests.pace import brief

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NS = {"w": W[1:-1]}
DOCUMENT = contract.document()
SENT = docx.write(DOCUMENT, date=contract.DATE)
HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
TEMPLATE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"


def repacked(data: bytes, **parts: bytes) -> bytes:
    """Return the package with parts replaced or added; two underscores stand for a slash."""
    out = BytesIO()
    changed = {name.replace("__", "/"): content for name, content in parts.items()}
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, changed.pop(name, source.read(name)))
        for name, content in changed.items():
            target.writestr(name, content)
    return out.getvalue()


def edited(change: Callable[[Any], None], data: bytes = SENT) -> bytes:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    change(root)
    return repacked(data, **{"word__document.xml": etree.tostring(root)})


def paragraph(root: Any, words: str) -> Any:
    return next(
        one for one in root.iter(f"{W}p") if words in "".join(t.text or "" for t in one.iter(f"{W}t"))
    )


def bookmark(root: Any, clause: str) -> Any:
    return next(one for one in root.iter(f"{W}bookmarkStart") if one.get(f"{W}name") == anchor_of(clause))


def replace_words(old: str, new: str) -> Callable[[Any], None]:
    def change(root: Any) -> None:
        text = [one for one in root.iter(f"{W}t") if old in (one.text or "")][-1]
        text.text = text.text.replace(old, new)

    return change


def outcomes(back: ReadBack) -> dict[str, Outcome]:
    return {one.id: one.outcome for one in back.changed}


def test_untouched_document_comes_back_unchanged() -> None:
    back = read_back(SENT, DOCUMENT)
    assert (back.changed, back.outside, back.comments, back.revision_authors) == ((), (), (), ())
    assert [one.id for one in back.clauses] == [one.id for one in DOCUMENT.clauses]


@pytest.mark.parametrize(
    ("clause", "old", "new"),
    [
        ("essai.objet", "Les lieux sont", "Ces lieux sont"),
        ("essai.objet", "Vitreries", "Vitres"),
        ("essai.objet", "Décomposition en lots", "Découpage en lots"),
        ("essai.pieces", "le mémoire technique", "le mémoire"),
        ("essai.prix", "prix révisé", "prix après révision"),
        ("essai.prix", "150\u00a0€", "200 €"),
        ("essai.derogations", "déroge à", "ne déroge pas à"),
        ("essai.signature", "un seul original", "deux originaux"),
    ],
)
def test_one_edited_paragraph_is_one_clause(clause: str, old: str, new: str) -> None:
    back = read_back(edited(replace_words(old, new)), DOCUMENT)
    assert outcomes(back) == {clause: Outcome.MODIFIED}
    assert back.outside == ()


def test_foreign_bookmarks_are_no_clauses_and_cost_nothing() -> None:
    def crowd(root: Any) -> None:
        body = root.find(f"{W}body")
        for number in range(2_000):
            name = f"c_x_{number:08x}"
            start = etree.Element(f"{W}bookmarkStart", {f"{W}id": str(9_000 + number), f"{W}name": name})
            end = etree.Element(f"{W}bookmarkEnd", {f"{W}id": str(9_000 + number)})
            body.insert(0, start)
            body.append(end)
        for _number in range(4_000):
            line = etree.SubElement(body, f"{W}p")
            etree.SubElement(etree.SubElement(line, f"{W}r"), f"{W}t").text = "x"

    data = edited(crowd)
    with brief(2):
        back = read_back(data, DOCUMENT)
    assert back.changed == ()


def test_edited_clause_keeps_the_source_of_what_nobody_touched() -> None:
    back = read_back(edited(replace_words("Le marché est conclu", "Le contrat est conclu")), DOCUMENT)
    (clause,) = back.changed
    assert clause.body == (
        "Le contrat est conclu pour 12\u00a0mois.\n\n::: si nb_reconductions >= 1\n"
        "Il peut être reconduit {{nb_reconductions}} fois, dans les conditions de l’{{ref:essai.prix}}.\n:::"
    )
    assert clause.diff[1:3] == (("-", "marché "), ("+", "contrat "))


def test_body_read_back_builds_the_same_words() -> None:
    def change(root: Any) -> None:
        for words in ("Les prestations se répartissent", "Vitreries", "Les lieux sont"):
            text = next(one for one in paragraph(root, words).iter(f"{W}t") if words in one.text)
            text.text = text.text.replace(words, f"{words} * _a_ {{{{x}}}} | ~ ^ \\")

    (clause,) = read_back(edited(change), DOCUMENT).changed
    again = build(contract.assembly(texts={clause.id: clause.body}))
    sent_again = docx.write(again, date=contract.DATE)
    assert read_back(edited(change), again).changed == ()
    assert read_back(sent_again, DOCUMENT).changed[0].diff == clause.diff


def test_renamed_clause_gives_its_title() -> None:
    (clause,) = read_back(edited(replace_words("Suivi de l’exécution", "Suivi du marché")), DOCUMENT).changed
    assert (clause.id, clause.title) == ("essai.suivi", "Suivi du marché")


def test_deleted_clause_is_missing() -> None:
    def change(root: Any) -> None:
        for words in (
            "Pièces contractuelles",
            "Par ordre de",
            "l’acte d’engagement",
            "le présent cahier",
            "le mémoire",
        ):
            one = [p for p in root.iter(f"{W}p") if words in "".join(t.text or "" for t in p.iter(f"{W}t"))][
                -1
            ]
            one.getparent().remove(one)

    assert outcomes(read_back(edited(change), DOCUMENT)) == {"essai.pieces": Outcome.MISSING}


def test_clause_cut_and_pasted_elsewhere_is_moved() -> None:
    def change(root: Any) -> None:
        start = bookmark(root, "essai.duree")
        number = start.get(f"{W}id")
        run = [start.getparent()]
        while not run[-1].findall(f"{W}bookmarkEnd[@{W}id='{number}']"):
            run.append(run[-1].getnext())
        target = bookmark(root, "essai.suivi").getparent()
        for one in run:
            target.addprevious(one)

    back = read_back(edited(change), DOCUMENT)
    assert outcomes(back) == {"essai.duree": Outcome.MOVED}


def test_text_typed_between_clauses_is_reported_with_its_place() -> None:
    def change(root: Any) -> None:
        heading = paragraph(root, "Prix et exécution")
        heading = [
            p
            for p in root.iter(f"{W}p")
            if "Prix et exécution" in "".join(t.text or "" for t in p.iter(f"{W}t"))
        ][-1]
        heading.addprevious(
            etree.fromstring(f'<w:p xmlns:w="{W[1:-1]}"><w:r><w:t>Un ajout.</w:t></w:r></w:p>')
        )

    back = read_back(edited(change), DOCUMENT)
    assert back.changed == ()
    assert back.outside == (Outside("Un ajout.", "essai.duree"),)


def test_paragraph_typed_after_a_clause_is_reported_with_that_clause() -> None:
    def change(root: Any) -> None:
        last = paragraph(root, "Un contrôle a lieu")
        last.addnext(
            etree.fromstring(f'<w:p xmlns:w="{W[1:-1]}"><w:r><w:t>Il est contradictoire.</w:t></w:r></w:p>')
        )

    back = read_back(edited(change), DOCUMENT)
    assert back.changed == ()
    assert back.outside == (Outside("Il est contradictoire.", "essai.lot1"),)


def test_references_that_were_renumbered_are_no_change() -> None:
    def change(root: Any) -> None:
        for text in root.iter(f"{W}t"):
            if text.text == "2.1":
                text.text = "3.7"

    assert read_back(edited(change), DOCUMENT).changed == ()


def test_pending_revisions_are_read_as_accepted() -> None:
    new = contract.document(texts={"essai.pieces": "Par ordre d’importance :\n\n{{pieces}}\n\nRien d’autre."})
    tracked = redline.write(DOCUMENT, new, date=contract.DATE, author="Anne Martin")
    back = read_back(tracked, DOCUMENT)
    assert outcomes(back) == {"essai.pieces": Outcome.MODIFIED}
    assert back.changed[0].body == "Par ordre d’importance :\n\n{{pieces}}\n\nRien d’autre."
    assert back.revision_authors == ("Anne Martin",)
    assert read_back(tracked, new).changed == ()


def test_comments_are_gathered_with_their_clause() -> None:
    comments = (
        f'<w:comments xmlns:w="{W[1:-1]}"><w:comment w:id="4" w:author="Anne"><w:p><w:r><w:t>Trop long ?</w:t></w:r></w:p>'
        "<w:p><w:r><w:t>À voir.</w:t></w:r></w:p></w:comment></w:comments>"
    )

    def change(root: Any) -> None:
        paragraph(root, "Fait en un seul").append(
            etree.fromstring(f'<w:r xmlns:w="{W[1:-1]}"><w:commentReference w:id="4"/></w:r>')
        )

    back = read_back(repacked(edited(change), **{"word__comments.xml": comments.encode()}), DOCUMENT)
    assert back.changed == ()
    assert back.comments == (Comment("Anne", "Trop long ?\nÀ voir.", "essai.signature"),)


def test_same_words_without_a_date_in_another_clause_are_another_comment() -> None:
    """A file that was cleaned of personal data names nobody, and no date."""
    comments = (
        f'<w:comments xmlns:w="{W[1:-1]}"><w:comment w:id="4" w:author="Auteur"><w:p><w:r><w:t>À revoir</w:t></w:r></w:p>'
        "</w:comment></w:comments>"
    )

    def read(words: str) -> Comment:
        def change(root: Any) -> None:
            mark = f'<w:r xmlns:w="{W[1:-1]}"><w:commentReference w:id="4"/></w:r>'
            paragraph(root, words).append(etree.fromstring(mark))

        data = repacked(edited(change), **{"word__comments.xml": comments.encode()})
        (found,) = read_back(data, DOCUMENT).comments
        return found

    first, again, other = read("Fait en un seul"), read("Fait en un seul"), read("Un contrôle a lieu")
    assert first.clause != other.clause
    assert (first.key == again.key, first.key == other.key) == (True, False)


def relations(kind: str, target: str) -> bytes:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    ).encode()


ENTITY = b'<!DOCTYPE x [<!ENTITY y "z">]><x>&y;</x>'


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"word__vbaProject.bin": b"x"}, "clauses.docx_macros"),
        ({"word__activeX__activeX1.xml": b"<x/>"}, "clauses.docx_macros"),
        (
            {"word___rels__settings.xml.rels": relations(TEMPLATE, "https://example.org/a.dotm")},
            "clauses.docx_external",
        ),
        ({"word__document.xml": ENTITY}, "clauses.docx.doctype"),
        ({"word__styles.xml": ENTITY}, "clauses.docx.doctype"),
        ({"word__comments.xml": ENTITY}, "clauses.docx.doctype"),
        ({"word__document.xml": b"<w:document"}, "clauses.docx.not_xml"),
        ({"word__document.xml": b"<x/>"}, "clauses.docx_unreadable"),
    ],
)
def test_harmful_file_is_refused_by_name(parts: dict[str, bytes], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_back(repacked(SENT, **parts), DOCUMENT)
    assert refusal.value.code == code


def test_macro_enabled_type_is_refused() -> None:
    with zipfile.ZipFile(BytesIO(SENT)) as archive:
        types = archive.read("[Content_Types].xml")
    macro = types.replace(b"wordprocessingml.document.main+xml", b"document.macroEnabled.main+xml")
    assert macro != types
    with pytest.raises(Invalid, match="docx_macros"):
        read_back(repacked(SENT, **{"[Content_Types].xml": macro}), DOCUMENT)


def test_link_that_a_person_clicks_is_read_as_its_words() -> None:
    data = repacked(SENT, **{"word___rels__footnotes.xml.rels": relations(HYPERLINK, "https://example.org")})
    assert read_back(data, DOCUMENT).changed == ()


def test_too_much_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid, match="docx_too_large"):
        read_back(b"PK" + bytes(safety.MOST_BYTES), DOCUMENT)
    bomb = repacked(SENT, **{"word__bomb.xml": b"<x>" + bytes(300_000) + b"</x>"})
    monkeypatch.setattr(safety, "MOST_UNZIPPED", 200_000)
    with pytest.raises(Invalid, match="docx_too_large"):
        read_back(bomb, DOCUMENT)


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04" + bytes(100), repacked(SENT)[:-400]])
def test_what_is_no_docx_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="docx_unreadable"):
        read_back(data, DOCUMENT)


def test_other_zip_is_refused() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(Invalid, match="docx_unreadable"):
        read_back(out.getvalue(), DOCUMENT)


@office.needed
def test_document_saved_by_libreoffice_comes_back(tmp_path: Path) -> None:
    files = {"same.docx": SENT, "edited.docx": edited(replace_words("le mémoire technique", "le mémoire"))}
    saved = office.convert(tmp_path, files, "docx:MS Word 2007 XML")
    assert outcomes(read_back(saved["same.docx"], DOCUMENT)) == {}
    back = read_back(saved["edited.docx"], DOCUMENT)
    assert (outcomes(back), back.outside) == ({"essai.pieces": Outcome.MODIFIED}, ())
