"""Tracked changes: accepting all gives the new document, rejecting all the old one."""

import random
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from lxml import etree

from clauses.render import redline
from clauses.render.docx.lines import Line, Piece, Row, Table
from clauses.render.docx.revisions import accept, authors
from clauses.render.docx.xml import w
from clauses.render.redline import Redline
from clauses.render.tree import Span
from clauses.rules.spans import Position
from tests.factories import contract

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NS = {"w": W[1:-1]}
WORDS = [
    "le",
    "titulaire",
    "remet",
    "chaque",
    "mois",
    "un",
    "état",
    "des",
    "heures",
    "et",
    "l’acheteur",
    "vérifie",
    "sous",
    "quinze",
    "jours,",
    "sauf",
    "accord",
    ":",
    "12,5",
    "%",
    "du",
    "montant",
]
STYLES = ("BodyText", "ListBullet", "Heading3")
PARAGRAPHS = 1000


def settled(root: Any, *, kept: str, dropped: str) -> None:
    """Settle revisions one way, written from the norm and not from the code under test."""
    for row in root.xpath(f".//w:tr[w:trPr/w:{dropped}]", namespaces=NS):
        row.getparent().remove(row)
    for table in root.xpath(".//w:tbl[not(w:tr)]", namespaces=NS):
        table.getparent().remove(table)
    for paragraph in root.xpath(f".//w:p[w:pPr/w:rPr/w:{dropped}]", namespaces=NS):
        assert not paragraph.xpath(
            "./w:r|./w:ins/w:r" if dropped == "del" else "./w:r|./w:del/w:r", namespaces=NS
        )
        paragraph.getparent().remove(paragraph)
    for mark in root.xpath(f".//w:trPr/w:{kept}|.//w:rPr/w:{kept}", namespaces=NS):
        mark.getparent().remove(mark)
    for gone in root.xpath(f".//w:{dropped}", namespaces=NS):
        gone.getparent().remove(gone)
    for stays in root.xpath(f".//w:{kept}", namespaces=NS):
        for child in list(stays):
            stays.addprevious(child)
        stays.getparent().remove(stays)
    for text in root.iter(f"{W}delText"):
        text.tag = f"{W}t"


def spelled(root: Any) -> list[Any]:
    """Return style and words, with their look, of every paragraph; rows as lists."""
    found: list[Any] = []
    for element in root:
        if element.tag == f"{W}p":
            found.append(_paragraph(element))
        elif element.tag == f"{W}tbl":
            found.append([[_paragraph(one) for one in row.iter(f"{W}p")] for row in element.iter(f"{W}tr")])
    return found


def _paragraph(element: Any) -> tuple[str, str]:
    runs = []
    for run in element.iter(f"{W}r"):
        look = "".join(sorted(one.tag.removeprefix(W) for one in run.findall("w:rPr/*", NS)))
        runs += [(character, look) for text in run.iter(f"{W}t") for character in text.text or ""]
    style = element.find("w:pPr/w:pStyle", NS).get(f"{W}val")
    return style, "".join(character + (f"<{look}>" if look else "") for character, look in runs)


def plain(pieces: Sequence[Piece]) -> Any:
    """Write pieces without any revision: what the settled document must equal."""
    return etree.fromstring(etree.tostring(w("body", *Redline("x", contract.DATE).pieces((), pieces))))


def both_ways(old: Sequence[Piece], new: Sequence[Piece]) -> None:
    written = etree.tostring(w("body", *Redline("Clausier", contract.DATE).pieces(old, new)))
    for kept, dropped, expected in (("ins", "del", new), ("del", "ins", old)):
        root, reference = etree.fromstring(written), plain(expected)
        settled(root, kept=kept, dropped=dropped)
        settled(reference, kept="ins", dropped="del")
        assert spelled(root) == spelled(reference)
    root = etree.fromstring(written)
    accept(root)
    reference = plain(new)
    accept(reference)
    assert spelled(root) == spelled(reference)


def a_line(chance: random.Random) -> Line:
    words = [chance.choice(WORDS) for _word in range(chance.randint(1, 30))]
    spans = tuple(
        Span(
            f"{word} ",
            bold=chance.random() < 0.1,
            italic=chance.random() < 0.1,
            position=chance.choice((Position.NORMAL, Position.NORMAL, Position.SUPER)),
        )
        for word in words
    )
    return Line(chance.choice(STYLES), spans)


def a_table(chance: random.Random) -> Table:
    cells = [
        tuple(Line("TableText", (Span(chance.choice(WORDS)),)) for _column in range(3))
        for _row in range(chance.randint(1, 6))
    ]
    head = Row(tuple(Line("TableHead", (Span(name),)) for name in "ABC"), header=True)
    return Table((head, *map(Row, cells)), (30, 30, 40))


def edited(pieces: Sequence[Piece], chance: random.Random) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        what = chance.random()
        if what < 0.15:
            continue
        if what < 0.3:
            found.append(a_line(chance))
        found.append(changed(piece, chance) if what < 0.7 else piece)
    return found


def changed(piece: Piece, chance: random.Random) -> Piece:
    if isinstance(piece, Table):
        rows = [row for row in piece.rows[1:] if chance.random() < 0.7]
        new = Row(tuple(Line("TableText", (Span(chance.choice(WORDS)),)) for _column in range(3)))
        rows.insert(chance.randint(0, len(rows)), new)
        return Table((piece.rows[0], *rows), piece.shares)
    spans = list(piece.spans)
    at = chance.randrange(len(spans))
    spans[at : at + 2] = [Span("modifié "), Span("par avenant ", bold=True)]
    return Line(piece.style, tuple(spans))


def test_a_thousand_random_paragraphs_settle_both_ways() -> None:
    chance = random.Random(7)  # a fixed document is the point
    done = 0
    while done < PARAGRAPHS:
        old: list[Piece] = [
            a_table(chance) if chance.random() < 0.1 else a_line(chance) for _piece in range(10)
        ]
        both_ways(old, edited(old, chance))
        done += len(old)


def test_one_changed_word_is_one_deletion_and_one_insertion() -> None:
    old = [Line("BodyText", (Span("Le délai est de "), Span("trente", bold=True), Span(" jours.")))]
    new = [Line("BodyText", (Span("Le délai est de "), Span("quinze", bold=True), Span(" jours.")))]
    (element,) = Redline("Clausier", contract.DATE).pieces(old, new)
    assert [text.text for text in element.iter(f"{W}delText")] == ["trente"]
    assert [text.text for text in element.xpath(".//w:ins//w:t", namespaces=NS)] == ["quinze"]
    assert len(element.xpath(".//w:ins//w:b|.//w:del//w:b", namespaces=NS)) == 2


def test_whole_documents_settle_both_ways_and_ids_are_unique() -> None:
    old = contract.document(1)
    new = contract.document(
        2, texts={"essai.pieces": "Par ordre d’importance :\n\n{{pieces}}\n\nRien d’autre."}
    )
    data = redline.write(old, new, date=contract.DATE, author="Clausier v12")
    with zipfile.ZipFile(BytesIO(data)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    changes = root.xpath(".//w:ins|.//w:del", namespaces=NS)
    ids = [one.get(f"{W}id") for one in root.xpath(".//w:ins|.//w:del|.//w:bookmarkStart", namespaces=NS)]
    assert len(ids) == len(set(ids))
    assert {one.get(f"{W}date") for one in changes} == {"2026-11-23T09:00:00Z"}
    assert authors(root) == ("Clausier v12",)
    same = redline.write(old, old, date=contract.DATE, author="Clausier v12")
    with zipfile.ZipFile(BytesIO(same)) as archive:
        unchanged = etree.fromstring(archive.read("word/document.xml"))
    assert unchanged.xpath(".//w:ins|.//w:del", namespaces=NS) == []
    settled(root, kept="del", dropped="ins")
    assert body_of(root) == body_of(unchanged)


def body_of(root: Any) -> list[Any]:
    return [one for one in spelled(root[0]) if not (isinstance(one, tuple) and one[0].startswith("TOC"))]


def test_revisions_of_a_word_processor_are_accepted() -> None:
    """A move, a format change, a deleted mark between two halves, a bookmark inside a deletion."""
    body = etree.fromstring(
        f'<w:body xmlns:w="{W[1:-1]}">'
        '<w:p><w:pPr><w:pStyle w:val="BodyText"/><w:rPr><w:del w:id="1" w:author="Anne"/></w:rPr></w:pPr><w:r><w:t>Un </w:t></w:r></w:p>'
        '<w:p><w:pPr><w:pStyle w:val="BodyText"/></w:pPr><w:del w:id="2" w:author="Anne"><w:r><w:delText>faux</w:delText></w:r>'
        '<w:bookmarkStart w:id="9" w:name="c_x"/></w:del><w:r><w:rPr><w:rPrChange w:id="3" w:author="Bruno"><w:rPr/></w:rPrChange></w:rPr>'
        "<w:t>deux</w:t></w:r></w:p>"
        '<w:p><w:pPr><w:pStyle w:val="BodyText"/><w:rPr><w:moveFrom w:id="4" w:author="Cléo"/></w:rPr></w:pPr>'
        '<w:moveFromRangeStart w:id="5"/><w:moveFrom w:id="6" w:author="Cléo"><w:r><w:t>trois</w:t></w:r></w:moveFrom><w:moveFromRangeEnd w:id="5"/></w:p>'
        '<w:p><w:pPr><w:pStyle w:val="BodyText"/><w:rPr><w:moveTo w:id="7" w:author="Cléo"/></w:rPr></w:pPr>'
        '<w:moveTo w:id="8" w:author="Cléo"><w:r><w:t>trois</w:t></w:r></w:moveTo></w:p>'
        "</w:body>"
    )
    assert authors(body) == ("Anne", "Bruno", "Cléo")
    accept(body)
    assert spelled(body) == [("BodyText", "Un deux"), ("BodyText", "trois")]
    assert [one.get(f"{W}name") for one in body.iter(f"{W}bookmarkStart")] == ["c_x"]
    assert body.xpath(".//w:del|.//w:ins|.//w:moveFrom|.//w:moveTo|.//w:rPrChange", namespaces=NS) == []
