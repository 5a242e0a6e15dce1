"""No line may begin with « : » nor end with an opening guillemet, in any format, whoever wrote the words."""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from lxml import etree
from pypdf import PdfReader

from clauses.render import docx, html, odt, pdf
from clauses.render.build import build
from clauses.render.readback import read_back
from clauses.render.tree import Document
from clauses.rules.model import Canvas, Chapter, CoverBlock, CoverBlockKind, Label
from tests.factories import contract, office
from tests.factories.contract_reading import part

PHRASE = "Oui ! « Non » ; quoi ?"
LOOSE = re.compile(r" [:;?!»]|« ")
BREAKS = re.compile(r"^\s*[:;?!»]|«\s*$", re.MULTILINE)


def of_canvas(title: str) -> Canvas:
    chapters = (
        Chapter(f"{title} : chapitre", contract.CANVAS.chapters[0].clauses),
        *contract.CANVAS.chapters[1:],
    )
    return replace(contract.CANVAS, title=f"{title} ! cahier", chapters=chapters)


def punctuated(answer: str = PHRASE) -> Document:
    """Return a document in which everything that anybody may write holds punctuation: answers, titles, labels."""
    facts, values = dict(contract.FACTS), dict(contract.VALUES)
    lots = facts["lots"].domain
    columns = tuple(replace(one, label=Label(f"{one.label.fr} : ici")) for one in lots.columns)
    facts["lots"] = replace(facts["lots"], domain=replace(lots, columns=columns))
    values["objet"], values["pieces"], values["precisions"] = (
        PHRASE,
        (answer, answer),
        f"**{answer}** : {answer}",
    )
    values["lots"] = tuple({**one, "intitule": answer, "observations": answer} for one in values["lots"])
    clauses = {key: replace(one, title=f"{one.title} : règles") for key, one in contract.CLAUSES.items()}
    cover = replace(
        contract.COVER, blocks=(*contract.COVER.blocks, CoverBlock(CoverBlockKind.OBJECT, text="Objet :"))
    )
    made = contract.assembly(
        values=values, facts=facts, clauses=clauses, cover=cover, canvas=of_canvas("Garde")
    )
    return build(replace(made, lot=PHRASE, author=PHRASE))


def words_of_docx(document: Document) -> str:
    body = part(docx.write(document, date=contract.DATE), "word/document.xml")
    return "\n".join("".join(one.itertext("{*}t")) for one in body.iter("{*}p"))


def words_of_odt(document: Document) -> str:
    body = part(odt.write(document, date=contract.DATE), "content.xml")
    return "\n".join("".join(one.itertext()) for one in body.iter("{*}p", "{*}h"))


def words_of_html(document: Document) -> str:
    body = BeautifulSoup(html.page(document), "html.parser").body
    assert body is not None
    return body.get_text()


def words_of_pdf(document: Document) -> str:
    """Return what is handed to Typst: a PDF no longer tells which of its spaces tie."""
    handed = {**pdf.payload(document), "author": ""}
    return "\n".join(_strings(handed))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("words", [words_of_docx, words_of_odt, words_of_html, words_of_pdf])
def test_no_space_before_punctuation_may_end_a_line(words: Callable[[Document], str]) -> None:
    text = words(punctuated())
    assert text.count("«\u00a0Non\u00a0»\u00a0; quoi\u00a0?") >= 7
    assert LOOSE.findall(text) == []


def test_mark_that_begins_a_span_ties_the_space_before_it() -> None:
    (paragraph,) = contract.document(texts={"essai.suivi": "Prix *: neuf* « **dit**"}).clauses[5].blocks
    assert "".join(span.text for span in paragraph.spans) == "Prix\u00a0: neuf «\u00a0dit"  # type: ignore[union-attr]


def test_words_are_read_back_as_they_were_typed() -> None:
    document = punctuated()
    sent = docx.write(document, date=contract.DATE)
    for data in (sent, spaced(sent, " "), spaced(sent, "\u202f")):
        back = read_back(data, document)
        assert (back.changed, back.outside) == ((), ())


def test_edited_clause_and_title_are_proposed_with_plain_spaces() -> None:
    document = contract.document(texts={"essai.suivi": "Suivi *: un* ; deux."})
    sent = docx.write(document, date=contract.DATE)
    new = replaced(replaced(sent, " deux.", " trois."), "Suivi de l’exécution", "Suivi\u202f: comment\u00a0?")
    (clause,) = read_back(new, document).changed
    assert (clause.title, clause.body) == ("Suivi : comment ?", "Suivi *: un* ; trois.")


def spaced(data: bytes, space: str) -> bytes:
    """Return the file with other spaces where ours tie: as older ones were written, or as a word processor types."""
    return replaced(data, "\u00a0", space)


def replaced(data: bytes, old: str, new: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                content = etree.tostring(etree.fromstring(content), encoding="utf-8").replace(
                    old.encode(), new.encode()
                )
            target.writestr(name, content)
    return out.getvalue()


@office.needed
def test_no_line_begins_with_punctuation_in_libreoffice(tmp_path: Path) -> None:
    """Whatever the width of the words before it: each of the answers ends its lines elsewhere."""
    document = punctuated(" ".join(f"{'a' * (number % 23 + 1)} ; « b » ?" for number in range(90)))
    files = {
        "a.docx": docx.write(document, date=contract.DATE),
        "b.odt": odt.write(document, date=contract.DATE),
    }
    for data in office.convert(tmp_path, files).values():
        text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)
        assert len(text) > 10_000
        assert BREAKS.findall(text) == []
