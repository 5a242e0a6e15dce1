"""Say in a DOCX which draft it was made of, and at which revision, so that what comes back is compared with what was sent.

It stands twice: as a custom property of the file, which outlives any change of its contents, and as a bookmark over the
first paragraph, for word processors that drop the properties they do not know. A redline bears it as an export does.
"""

import base64
import binascii
import re
import uuid
from dataclasses import dataclass
from typing import Any

from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree

from clauses.render.docx.safety import Parts
from clauses.render.docx.xml import q, w

_NAME = "PliDraft"
_PART = "docProps/custom.xml"
_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VALUES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_NAMESPACES: Any = {None: _PROPERTIES, "vt": _VALUES}
#: What Office gives to properties that users name.
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
#: Below every number that bookmarks of the document take.
_BOOKMARK = 0
_MARK = re.compile(r"pli_([a-z2-7]{26})_([1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Origin:
    """A draft and one of its revisions."""

    draft: uuid.UUID
    revision: int

    @property
    def mark(self) -> str:
        """Return the one word that says both: at most 40 characters, as Word allows for a bookmark."""
        digits = base64.b32encode(self.draft.bytes).decode().rstrip("=").lower()
        return f"pli_{digits}_{self.revision}"


def write(package: Any, body: etree._Element, origin: Origin) -> None:
    """Put the origin into a package in the making, whose body is written already."""
    root = etree.Element(f"{{{_PROPERTIES}}}Properties", nsmap=_NAMESPACES)
    entry = etree.SubElement(root, f"{{{_PROPERTIES}}}property", fmtid=_FORMAT, pid="2", name=_NAME)
    etree.SubElement(entry, f"{{{_VALUES}}}lpwstr").text = origin.mark
    blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    package.relate_to(Part(PackURI(f"/{_PART}"), _TYPE, blob, package), _RELATION)
    first = body.find(q("p"))
    if first is not None:
        after = 1 if len(first) and first[0].tag == q("pPr") else 0
        first.insert(after, w("bookmarkStart", id=_BOOKMARK, name=origin.mark))
        first.append(w("bookmarkEnd", id=_BOOKMARK))


def read(parts: Parts) -> Origin | None:
    """Return the draft and the revision that a file was made of, None where it does not say."""
    marks = [*_properties(parts.xml(_PART)), *_bookmarks(parts.document)]
    return next((found for mark in marks if (found := _origin(mark)) is not None), None)


def _properties(root: etree._Element | None) -> list[str]:
    named = [] if root is None else root.findall(f"{{{_PROPERTIES}}}property")
    return ["".join(map(str, one.itertext())).strip() for one in named if one.get("name") == _NAME]


def _bookmarks(root: etree._Element) -> list[str]:
    return [one.get(q("name"), "") for one in root.iter(q("bookmarkStart"))]


def _origin(mark: str) -> Origin | None:
    found = _MARK.fullmatch(mark)
    if found is None:
        return None
    try:
        number = base64.b32decode(f"{found[1].upper()}======")
    except binascii.Error:
        return None
    return Origin(uuid.UUID(bytes=number), int(found[2]))
