"""Take the code lists of a version from its genericode files: identifier, agency, version and values."""

import re
from pathlib import Path

from lxml import etree

from espd.kit import JsonObject, xml

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
XSL = "{http://www.w3.org/1999/XSL/Transform}"
ATTRIBUTE = re.compile(r"@(\w+) ?!= ?'([^']*)'")
# The list of occupations has no file in the kit: its values stand in the sheet that compares with them.
OCCUPATION = re.compile("translate\\('\x7f(0\x7f[^']*)\x7f'")


def build(folder: Path) -> dict[str, JsonObject]:
    """Return the lists of a folder of genericode files by their short names."""
    return dict(_list(xml(path)) for path in sorted(folder.glob("*.gc")))


def current(folder: Path) -> dict[str, JsonObject]:
    """Return the lists of 4.1.0 by the last part of their identifiers (``eo-role-type``), as documents quote them."""
    lists = {entry["id"].rpartition("/")[2]: entry for entry in build(folder / "codelists").values()}
    sheets = folder / "ESPDRequest"
    lists["occupation"] = {
        **_quoted(sheets / "01-ESPD-common-cl-attributes.xsl", "cbc:Occupation"),
        "values": _occupations(sheets / "01-ESPD-codelist-values.xsl"),
    }
    return dict(sorted(lists.items()))


def _quoted(sheet: Path, node: str) -> JsonObject:
    """Return the attributes that the sheet expects on the codes of a node."""
    rule = next(entry for entry in xml(sheet).iter(f"{XSL}template") if entry.get("match") == node)
    tests = " ".join(str(entry.get("test")) for entry in rule.iter(f"{SVRL}failed-assert"))
    found = dict(ATTRIBUTE.findall(tests))
    return {"id": found["listID"], "agency": found["listAgencyID"], "version": found["listVersionID"]}


def _occupations(sheet: Path) -> list[str]:
    """Return the codes of ESCO occupations that the sheet accepts for enrolment in a register."""
    tests = [str(entry.get("test")) for entry in xml(sheet).iter(f"{SVRL}failed-assert")]
    ((values,),) = [found for found in map(OCCUPATION.findall, tests) if found]
    return str(values).split("\x7f")


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
