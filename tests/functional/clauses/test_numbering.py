"""Numbers and references are the same in all formats, on every canvas of the starter library, for two lots."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from clauses.files.reader import read_library
from clauses.render import docx, html, odt, pdf
from clauses.render.build import Assembly, build
from clauses.render.tree import Document
from clauses.rules.evaluate import Compiled, compile_library, holds
from clauses.rules.lang import parse
from clauses.rules.simulate import draws
from tests.factories import contract, office
from tests.factories import contract_reading as read

STARTER = Path(__file__).parents[3] / "clauses" / "starter"
CANVASES = ("ae", "annexe_rgpd", "ccap", "ccp", "cctp", "rapport", "rc")


@cache
def starter() -> Compiled:
    return compile_library(read_library(STARTER))


@cache
def lots(canvas: str) -> tuple[Document, ...]:
    """Return the documents of two lots, whose answers differ."""
    return tuple(_documents(canvas))


def _documents(canvas: str) -> Iterator[Document]:
    compiled = starter()
    for number, draw in enumerate(draws(compiled, 2, seed=11), start=1):
        evaluation = compiled.evaluate(draw.facts, on=draw.on, canvas=canvas)
        snapshot = evaluation.snapshot
        yield build(
            Assembly(
                canvas=compiled.library.canvases[canvas],
                clauses={key: compiled.library.clauses[key] for key in evaluation.included},
                facts=compiled.library.facts,
                values=snapshot.values,
                holds=lambda text, known=snapshot: holds(parse(text, compiled.words), known),
                cover=compiled.library.covers.get(compiled.library.canvases[canvas].cover),
                lot=f"Lot {number}",
                reference="2026-000123",
            )
        )


def test_numbering_covers_every_canvas() -> None:
    assert tuple(sorted(starter().library.canvases)) == CANVASES


def test_numbering_has_three_levels_and_lots_differ() -> None:
    documents = [one for canvas in CANVASES for one in lots(canvas)]
    assert {title.count(".") for one in documents for title in map(_number, read.headings_of_tree(one))} >= {
        0,
        1,
        2,
    }
    assert sum(bool(read.references_of_tree(one)) for one in documents) >= 2
    first, second = lots("ccap")
    assert read.headings_of_tree(first) != read.headings_of_tree(second)


def _number(heading: str) -> str:
    return heading.split(" ", maxsplit=1)[0]


@pytest.mark.parametrize("canvas", CANVASES)
def test_numbering_is_equal_in_docx_odt_and_html(canvas: str) -> None:
    for document in lots(canvas):
        headings, references = read.headings_of_tree(document), read.references_of_tree(document)
        word, text, page = (
            docx.write(document, date=contract.DATE),
            odt.write(document, date=contract.DATE),
            html.page(document),
        )
        assert (read.headings_of_docx(word), read.references_of_docx(word)) == (headings, references)
        assert (read.headings_of_odt(text), read.references_of_odt(text)) == (headings, references)
        assert (read.headings_of_html(page), read.references_of_html(page)) == (headings, references)


@pytest.mark.skipif(not pdf.available(), reason="needs the extra pdf")
@pytest.mark.parametrize("canvas", CANVASES)
def test_numbering_is_equal_in_pdf(canvas: str) -> None:
    for document in lots(canvas):
        headings = read.headings_of_tree(document)
        text = read.text_of_pdf(pdf.write(document, date=contract.DATE), from_page=2)
        assert read.headings_of_text(text, headings) == headings
        numbers = [heading.split(" ")[0] for heading in headings]
        assert read.references_of_text(text, numbers) == read.references_of_tree(document)


@office.needed
@pytest.mark.parametrize("canvas", CANVASES)
def test_numbering_is_equal_through_libreoffice(canvas: str, tmp_path: Path) -> None:
    document = lots(canvas)[0]
    files = {
        "a.docx": docx.write(document, date=contract.DATE),
        "b.odt": odt.write(document, date=contract.DATE),
    }
    headings = read.headings_of_tree(document)
    for shown in office.convert(tmp_path, files).values():
        text = read.text_of_pdf(shown, from_page=2)
        assert read.headings_of_text(text, headings) == headings
        contents = read.contents_of_pdf(shown, document)
        assert [said for _heading, said, _page in contents] == [page for _heading, _said, page in contents]
