from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from procurement.core.errors import Invalid
from procurement.notices.reader import read_notice
from procurement.notices.reader.report import NS

CALL = Path(__file__).resolve().parents[2] / "vectors" / "notices" / "call_16_two_lots.xml"
NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
SOURCE = CALL.read_bytes()


class Notice:
    """The notice of the vector, to be changed and read."""

    def __init__(self):
        self.root = etree.fromstring(SOURCE)

    def all(self, path):
        return self.root.xpath(path, namespaces=NS)

    def set(self, path, text, **attributes):
        for element in self.all(path):
            element.text = text
            element.attrib.update(attributes)
        assert self.all(path)
        return self

    def drop(self, path):
        assert self.all(path)
        for element in self.all(path):
            element.getparent().remove(element)
        return self

    def add(self, path, xml):
        names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
        (parent,) = self.all(path)
        parent.extend(etree.fromstring(f"<x {names}>{xml}</x>"))
        return self

    def bytes(self):
        return etree.tostring(self.root, encoding="utf-8")

    def read(self, now=NOW):
        draft = read_notice(self.bytes(), now=now)
        assert sum(item.count for item in draft.report) == len(self.root.xpath("//*[not(*)]"))
        return draft

    def doubts(self, field):
        return [(item.kind, item.message) for item in self.read().report if item.field == field]

    def refusal(self):
        with pytest.raises(Invalid) as caught:
            self.read()
        assert str(caught.value)
        return caught.value


@pytest.fixture
def notice():
    return Notice()


@pytest.fixture
def call():
    return read_notice(SOURCE, now=NOW)


@pytest.fixture
def call_path():
    return CALL
