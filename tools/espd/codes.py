"""Take the code lists of a version from its genericode files: identifier, agency, version and values."""

import re
from pathlib import Path

from lxml import etree

from espd.kit import JsonObject, xml

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
# The list of occupations has no file in the kit: its values stand in the sheet that compares with them.
OCCUPATION = re.compile("translate\\('\x7f(0\x7f[^']*)\x7f'")


def build(folder: Path) -> dict[str, JsonObject]:
    """Return the lists of a folder of genericode files by their short names."""
    return dict(_list(xml(path)) for path in sorted(folder.glob("*.gc")))


def occupations(sheet: Path) -> JsonObject:
    """Return the codes of ESCO occupations that the sheet of values accepts for enrolment in a register."""
    tests = [str(entry.get("test")) for entry in xml(sheet).iter(f"{SVRL}failed-assert")]
    ((values,),) = [found for found in map(OCCUPATION.findall, tests) if found]
    return {"id": "occupation", "agency": "", "version": "", "values": values.split("\x7f")}


def _list(root: etree._Element) -> tuple[str, JsonObject]:
    head = root.find("Identification")
    if head is None:
        raise SystemExit(f"{root.base} has no Identification.")
    name = (head.findtext("ShortName") or "").strip()
    cells = root.findall("SimpleCodeList/Row/Value[@ColumnRef='code']/SimpleValue")
    return name, {
        "id": (head.findtext("LongName[@Identifier='listId']") or name).strip(),
        "agency": _agency(head),
        "version": (head.findtext("Version") or "").strip(),
        "values": [(cell.text or "").strip() for cell in cells],
    }


def _agency(head: etree._Element) -> str:
    identifier = head.find("Agency/Identifier")
    if identifier is None:
        return ""
    return (identifier.get("Identifier") or identifier.text or "").strip()
