"""The bytes of a 4.1.0 document: the same each time, escaped, in the schema's order, without what XML cannot hold."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from dume.espd.errors import XMLRefused
from dume.espd.model import Answer, Extra, Identifier, Period
from dume.espd.ubl import RANKS
from dume.espd.write_v41 import write
from tests.vectors.dume.documents import documents

OWN, AGAIN = documents(), documents()


@pytest.mark.parametrize("name", OWN)
def test_same_document_gives_the_same_bytes(name):
    assert write(OWN[name]) == write(AGAIN[name])


@pytest.mark.parametrize("name", ["request-with-extras", "response-full", "response-lead"])
def test_children_stand_in_the_order_of_the_schema(name):
    root = etree.fromstring(write(OWN[name]))
    for element in root.iter(etree.Element):
        parent = "" if element is root else etree.QName(element).localname
        ranks = RANKS.get(parent)
        if ranks:
            places = [ranks[etree.QName(child).localname] for child in element]
            assert places == sorted(places), parent


def test_text_is_escaped_and_comes_back():
    words = "a<b>&\"c'\r\n\tédé ]]> 🏗"
    document = OWN["request-simplified"]
    document = replace(document, procedure=replace(document.procedure, title=words))
    root = etree.fromstring(write(document))
    assert root.xpath("string(//*[local-name()='ProcurementProject']/*[local-name()='Name'])") == words


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\ud800"])
def test_character_that_xml_cannot_hold_is_refused(character):
    document = OWN["request-simplified"]
    with pytest.raises(XMLRefused) as caught:
        write(replace(document, procedure=replace(document.procedure, title=f"a{character}b")))
    assert caught.value.code == "dume.character_refused"


def test_big_and_small_numbers_have_no_exponent():
    document = OWN["response-simplified"]
    answers = (Answer("x", Decimal("1E+5"), (1,)), Answer("x", Decimal("1E-7"), (2,)))
    written = write(replace(document, answers=answers))
    assert b">100000<" in written
    assert b">0.0000001<" in written


def test_identifier_without_an_agency_is_of_an_unknown_one():
    document = OWN["request-simplified"]
    written = write(replace(document, header=replace(document.header, id=Identifier("seul"))))
    assert b'<cbc:ID schemeAgencyID="UNKNOWN">seul</cbc:ID>' in written


def test_period_may_have_one_end():
    document = replace(OWN["response-simplified"], answers=(Answer("x", Period(end=date(2026, 1, 1)), (1,)),))
    assert b"<cac:ApplicablePeriod><cbc:EndDate>2026-01-01</cbc:EndDate></cac:ApplicablePeriod>" in write(
        document
    )


def test_extra_makes_its_parent_when_it_stands_alone():
    extra = Extra(
        "/cac:ProcurementProject",
        0,
        '<cbc:Note xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">n</cbc:Note>',
    )
    document = OWN["request-simplified"]
    bare = replace(
        document, procedure=replace(document.procedure, title="", description="", cpv=()), extras=(extra,)
    )
    assert f"<cac:ProcurementProject>{extra.xml}</cac:ProcurementProject>".encode() in write(bare)
