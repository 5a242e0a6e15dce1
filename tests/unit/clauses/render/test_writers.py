"""What each writer adds to the tree: real headings, header cells, alternative text, pages, language."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from lxml import etree

from clauses.render import docx, html, layout, odt
from clauses.render.docx.blocks import hidden_name
from clauses.render.docx.revisions import accept
from clauses.render.tree import Document
from clauses.rules.model import Choice, Domain, Fact, FactType, Label
from tests.factories import contract
from tests.factories.contract_reading import ODF, W, part

DOCUMENT = contract.document()
NS = {"w": W[1:-1], **ODF}


def validated() -> Document:
    done = {
        key: replace(one, legal_status=contract.clause("x.y", "", "", validated=True).legal_status)
        for key, one in contract.CLAUSES.items()
    }
    return contract.document(clauses=done)


def soup(text: Any) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def test_page_has_one_title_headings_in_order_and_headed_tables() -> None:
    page = soup(html.page(DOCUMENT))
    levels = [int(one.name[1]) for one in page.find_all(["h1", "h2", "h3", "h4"])]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.html is not None
    assert page.html["lang"] == "fr"
    assert [one["scope"] for one in page.find_all("th")] == ["col"] * 6
    assert all(table.caption for table in page.find_all("table"))
    assert [one["alt"] for one in page.find_all("img")] == ["Ville de Rouen"]
    assert page.find_all(["script", "link"]) == []
    ids = [one["id"] for one in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert {one["href"][1:] for one in page.find_all("a")} <= set(ids)


def test_fragment_takes_the_heading_level_of_its_page() -> None:
    fragment = soup(html.fragment(DOCUMENT, level=3))
    assert [one.name for one in fragment.find_all(["h3", "h4", "h5"])][:3] == ["h3", "h4", "h5"]
    clause = soup(html.clause_fragment(DOCUMENT.clauses[0], level=2))
    assert [one.name for one in clause.find_all(["h2", "h3"])] == ["h2", "h3", "h3"]
    assert fragment.find("style") is None


def test_docx_is_french_a4_with_a_running_header_but_on_the_cover() -> None:
    data = docx.write(DOCUMENT, date=contract.DATE)
    styles, body = part(data, "word/styles.xml"), part(data, "word/document.xml")
    assert styles.xpath("//w:docDefaults//w:lang/@w:val", namespaces=NS) == ["fr-FR"]
    (size,) = body.xpath("//w:sectPr/w:pgSz", namespaces=NS)
    assert (size.get(f"{W}w"), size.get(f"{W}h")) == ("11906", "16838")
    assert body.xpath("//w:sectPr/w:titlePg", namespaces=NS)
    codes = [one.text.strip() for one in part(data, "word/footer1.xml").iter(f"{W}instrText")]
    assert codes == ["PAGE", "NUMPAGES"]
    (contents,) = styles.xpath("//w:style[@w:styleId='TOCHeading']/w:basedOn/@w:val", namespaces=NS)
    assert contents == "Normal"
    assert body.xpath("//*[local-name()='docPr']/@descr") == ["Ville de Rouen"]
    assert len(body.xpath("//w:tr/w:trPr/w:tblHeader", namespaces=NS)) == 2


def test_every_clause_has_a_bookmark_from_its_heading_to_its_last_paragraph() -> None:
    body = part(docx.write(DOCUMENT, date=contract.DATE), "word/document.xml")
    starts = {one.get(f"{W}id"): one for one in body.iter(f"{W}bookmarkStart")}
    ends = {one.get(f"{W}id"): one.getparent() for one in body.iter(f"{W}bookmarkEnd")}
    assert starts.keys() == ends.keys()
    names = [one.get(f"{W}name") for one in starts.values()]
    assert len(names) == len(set(names))
    assert all(len(name) <= 40 for name in names)
    for clause in DOCUMENT.clauses:
        (start,) = (one for one in starts.values() if one.get(f"{W}name") == clause.anchor)
        following = ends[start.get(f"{W}id")].getnext()
        style = following.find(f"{W}pPr/{W}pStyle") if following.tag == f"{W}p" else None
        assert following.tag == f"{W}sectPr" or style.get(f"{W}val") in {"Heading1", "Heading2"}


def test_first_article_begins_a_page_without_a_notice_too() -> None:
    body = part(docx.write(validated(), date=contract.DATE), "word/document.xml")
    assert len(body.xpath("//w:pPr/w:pageBreakBefore", namespaces=NS)) == 1
    content = part(odt.write(validated(), date=contract.DATE), "content.xml")
    styles = content.xpath("//text:h/@text:style-name", namespaces=NS)
    assert (styles[0], styles.count("HeadingBreak")) == ("HeadingBreak", 1)


def test_contents_leave_their_pages_to_whoever_lays_the_document_out() -> None:
    """A number that we wrote would be another program's; the references are to every heading, and hold none."""
    anchors = [one.anchor for one in layout.contents(DOCUMENT)]
    word = docx.write(DOCUMENT, date=contract.DATE)
    lines = [one for one in part(word, "word/document.xml").iter(f"{W}hyperlink") if one.get(f"{W}anchor")]
    codes = ["".join(one.itertext(f"{W}instrText")) for one in lines]
    assert codes == [f" PAGEREF {hidden_name('_Toc', anchor)} \\h " for anchor in anchors]
    assert {list(one.iter(f"{W}t"))[-1].text for one in lines} == {None}
    assert part(word, "word/settings.xml").find(f"{W}updateFields").get(f"{W}val") == "true"
    index = part(odt.write(DOCUMENT, date=contract.DATE), "content.xml")
    pages = index.xpath("//text:index-body//text:bookmark-ref[@text:reference-format='page']", namespaces=NS)
    assert [(one.get(f"{{{ODF['text']}}}ref-name"), one.text) for one in pages] == [
        (one, None) for one in anchors
    ]


def test_odt_keeps_spaces_and_describes_its_logo() -> None:
    document = contract.document(values={**contract.VALUES, "objet": "deux  espaces"})
    content = part(odt.write(document, date=contract.DATE), "content.xml")
    spaces = content.xpath("//text:s[@text:c='2']", namespaces=NS)
    assert {one.tail for one in spaces} == {"espaces"}
    assert content.xpath("//*[local-name()='desc']/text()") == ["Ville de Rouen"]


def test_docx_shortens_what_word_takes_no_longer_as_a_property() -> None:
    """An object may be a whole sentence, and the notice lists every clause that awaits its lawyer."""
    long = "Entretien des espaces verts, " * 20
    document = replace(contract.document(values={**contract.VALUES, "objet": long}, author=long), notice=long)
    data = docx.write(document, date=contract.DATE)
    properties = part(data, "docProps/core.xml")
    assert {len(one.text) for one in properties if one.text and one.text.startswith(long[:20])} == {255}
    assert long.strip() in "".join(part(data, "word/document.xml").itertext())


def test_set_and_long_text_that_stand_alone_are_lists_and_paragraphs() -> None:
    codes = Domain(values=(Choice("a", Label("premier")), Choice("b", Label("deuxième"))))
    facts = {
        **contract.FACTS,
        "ensemble": Fact(key="ensemble", type=FactType.SET, label=Label("E"), domain=codes),
        "long": Fact(key="long", type=FactType.TEXT, label=Label("L")),
        "libre": Fact(key="libre", type=FactType.RECORDS, label=Label("T")),
    }
    values = {
        **contract.VALUES,
        "ensemble": frozenset({"b", "a"}),
        "long": "un\n\tdeux",
        "libre": ({"k": "v"},),
    }
    texts = {"essai.pieces": "{{ensemble}}\n\n{{long}}\n\n{{libre}}\n\nSoit {{formule:revision}}."}
    page = soup(html.clause_fragment(contract.document(facts=facts, values=values, texts=texts).clauses[1]))
    assert [one.get_text() for one in page.find_all("li")] == ["premier", "deuxième"]
    assert [one.get_text() for one in page.find_all("p")][:2] == ["un", " deux"]
    assert [one.get_text() for one in page.find_all(["th", "td"])] == ["k", "v"]
    assert page.find_all("p")[-1].get_text().startswith("Soit P = P0 × (0,15")


@pytest.mark.parametrize(
    ("inside", "left"),
    [
        ('<w:tbl><w:tr><w:trPr><w:del w:id="1"/></w:trPr><w:tc><w:p/></w:tc></w:tr></w:tbl><w:p/>', ["p"]),
        (
            (
                '<w:tbl><w:tr><w:tc><w:tcPr><w:cellDel w:id="1"/></w:tcPr><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>'
                '<w:tc><w:tcPr><w:cellIns w:id="2"/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>'
            ),
            ["tbl", "tr", "tc", "tcPr", "p", "tc", "tcPr", "p"],
        ),
        (
            '<w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr><w:bookmarkEnd w:id="2"/></w:p>',
            ["bookmarkEnd"],
        ),
        (
            '<w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr></w:p><w:bookmarkEnd w:id="3"/><w:p><w:r/></w:p>',
            ["bookmarkEnd", "p", "r"],
        ),
    ],
)
def test_deleted_rows_cells_and_marks_are_accepted(inside: str, left: list[str]) -> None:
    body = etree.fromstring(f'<w:body xmlns:w="{W[1:-1]}">{inside}</w:body>')
    accept(body)
    assert [etree.QName(one).localname for one in body.iter()][1:] == left
