"""Judge a document with the official kit: its XSD by libxml2 and its compiled Schematron by Saxon, without any network.

The kit is a folder of the operator's: `DIR` is the folder of one version or the parent of them all. This is the oracle of
the native validator (``dume.espd.validate``): the findings bear the same rule ids. Needs the extra ``official-kits``.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from dume.espd import rules_41, rules_older, structure
from dume.espd.findings import Finding, Severity, path_of, remembered
from dume.espd.model import Kind, Version
from dume.espd.validate import Verdict, recognise
from procurement.core.errors import DomainError
from procurement.core.text import _

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
#: The schema folder of a version that has none of its own.
BORROWED = {Version.V3_3_0: "4.1.0", Version.V4_0_0: "4.1.0"}
#: Give an assertion without an id the one the native validator gives it, from sheet, rule context and test; the sheets
#: of 1.0.2 tell no context: the place of the element stands for it.
Naming = Callable[[str, str, str], str]
NAMING: dict[Version, Naming] = {
    Version.V4_1_0: rules_41.unnamed_rule,
    Version.V4_0_0: rules_41.unnamed_rule,
    Version.V3_3_0: rules_41.unnamed_rule,
    Version.V2_1_1: rules_older.unnamed_rule,
    Version.V1_0_2: rules_older.unnamed_rule,
}


class KitUnusable(DomainError):
    """The official kit cannot be used: absent, incomplete, or its engine is not installed."""

    status = 422


@dataclass(frozen=True, slots=True)
class Sheet:
    """A compiled sheet of rules."""

    name: str
    executable: Any


def validate(data: bytes, kit_dir: Path | str) -> Verdict:
    """Judge `data` with the official kit in `kit_dir` (a version's folder, or their parent).

    What cannot be read is told as the native validator tells it; raise KitUnusable (``dume.kit_unusable``).
    """
    recognised = recognise(data)
    if isinstance(recognised, Verdict):
        return recognised
    _root, detected = recognised
    version, kind = detected.version, detected.kind
    folder = folder_of(Path(kit_dir), version)
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    findings = structure.judge(_schema(schema_of(folder, version, kind)), root)
    with remembered():
        findings += _rule_findings(root, folder / f"ESPD{kind.value.capitalize()}", NAMING[version])
    return Verdict(version.value, kind, tuple(findings))


def folder_of(kit: Path, version: Version) -> Path:
    """Return the folder of a version, given it or the parent of all; raise KitUnusable when the version is not there."""
    for folder in (kit / version.value, kit):
        if (folder / "ESPDRequest").is_dir() and folder.resolve().name == version.value:
            return folder.resolve()
    raise KitUnusable(
        "dume.kit_unusable",
        _("Le dossier %(folder)s ne contient pas le kit officiel de la version %(version)s."),
        folder=str(kit),
        version=version.value,
    )


def schema_of(folder: Path, version: Version, kind: Kind) -> Path:
    """Return the main schema of a version: its own, or that of 4.1.0 beside it (3.3.0 and 4.0.0)."""
    own = folder.parent / BORROWED[version] if version in BORROWED else folder
    for found in sorted((own / "xsd" / "maindoc").glob(f"*{kind.value.capitalize()}*.xsd")):
        return found
    raise KitUnusable(
        "dume.kit_unusable",
        _("Le kit officiel %(folder)s n’a pas de schéma pour la version %(version)s."),
        folder=str(own),
        version=version.value,
    )


@lru_cache(maxsize=16)
def _schema(file: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(file, etree.XMLParser(no_network=True)))


@lru_cache(maxsize=1)
def _processor() -> Any:
    """Return the one Saxon of this process; it may read files, never an address."""
    try:
        from saxonche import PySaxonProcessor
    except ImportError as error:
        raise KitUnusable(
            "dume.kit_unusable",
            _("Saxon manque : installez Pli avec l’option « official-kits » pour utiliser le kit officiel."),
        ) from error
    processor = PySaxonProcessor(license=False)
    processor.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "file")
    return processor


@lru_cache(maxsize=16)
def _sheets(folder: Path) -> tuple[Sheet, ...]:
    return tuple(
        Sheet(file.name, _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(file)))
        for file in sorted(folder.glob("*.xsl"))
    )


def _rule_findings(root: etree._Element, folder: Path, name: Naming) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="pli-kit-") as place:
        source = Path(place) / "document.xml"
        source.write_bytes(etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True))
        for sheet in _sheets(folder):
            yield from _sheet_findings(sheet, source, root, name)


def _sheet_findings(sheet: Sheet, source: Path, root: etree._Element, name: Naming) -> Iterator[Finding]:
    """Yield what a sheet reports; a sheet that Saxon cannot finish says nothing.

    That happens when an element stands twice where the sheet takes a single one, or when a value has not the type that
    the sheet compares it with: the schema has already reported both.
    """
    from saxonche import PySaxonApiError

    try:
        report = sheet.executable.transform_to_string(source_file=str(source))
    except PySaxonApiError:
        return
    context = ""
    for node in etree.fromstring(report.encode()):
        if node.tag == f"{SVRL}fired-rule":
            context = node.get("context", "")
        elif node.tag in (f"{SVRL}failed-assert", f"{SVRL}successful-report"):
            yield _finding(
                node,
                root,
                node.get("id") or name(sheet.name, context or node.get("location", ""), node.get("test", "")),
            )


def _finding(node: etree._Element, root: etree._Element, rule: str) -> Finding:
    severity = node.get("flag") or node.get("role") or Severity.FATAL
    message = " ".join(str(node.xpath("string()")).split())
    return Finding(rule, Severity(severity), _place(root, node.get("location", "")), {"detail": message})


def _place(root: etree._Element, location: str) -> str:
    """Return our path of a place that a sheet names by the local name of each step."""
    found = root.xpath(location) if location.startswith("/*[local-name()") and "/@" not in location else []
    nodes = [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []  # noqa: SLF001  # lxml names the class no other way.
    return path_of(nodes[0]) if len(nodes) == 1 else location
