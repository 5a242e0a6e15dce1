"""Read versions 3.3.0, 4.0.0 and 4.1.0 into the 4.1.0 model."""

from lxml import etree

from dume.espd.model import Document, Version
from dume.espd.report import Item


def read(root: etree._Element, version: Version) -> tuple[Document, list[Item]]:
    """Read a document and say what became of each of its values."""
    raise NotImplementedError
