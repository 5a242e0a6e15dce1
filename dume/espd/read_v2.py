"""Read version 2.1.1 into the 4.1.0 model."""

from lxml import etree

from dume.espd.model import Document
from dume.espd.report import Item


def read(root: etree._Element) -> tuple[Document, list[Item]]:
    """Read a document and say what became of each of its values."""
    raise NotImplementedError
