"""Make the negative set: for each version and each official rule that can fire, one document that breaks it."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree

from dume.espd import rules_41, rules_older

from .changes import REQUEST, RESPONSE, Recipe, asks_occupation, in_extension, mark, write
from .first import FIRST, FirstMaker, with_code
from .recipes import ANSWERING, ASKING, BOTH, OLD_ANSWERING, OLD_ASKING
from .tree import Node
from .ubl import Maker

VERSIONS = ("4.1.0", "4.0.0", "3.3.0", "2.1.1", "1.0.2")
VALUES_SHEET = {"2.1.1": "01 ESPD-codelist-values.xsl", "1.0.2": "ESPD-codelist-values.xsl"}
# An element that UBL has not, where the rules mean AdditionalDocumentReference: it can stand in an extension only.
NOWHERE = "cac:AdditionalReferenceDocument"
# Coded elements of 1.0.2 that stand at the end of the root, since no party has them here.
ADDED = ("cbc:ActivityTypeCode", "cbc:ContractTypeCode", "cbc:ProcurementTypeCode")
ATTRIBUTES = {
    "CurrencyCode": ("//cbc:Name", "currencyID"),
    "LanguageCodeEU": ("//ccv:LegislationReference", "langID"),
}


@dataclass(frozen=True)
class Negative:
    """A document of a version that breaks a rule."""

    version: str
    rule: str
    kind: str
    data: bytes

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return f"{self.version}-{self.rule.rstrip('.')}{'-endpoint' if self.rule.endswith('.') else ''}.xml"


def sound(version: str, kind: str) -> bytes:
    """Return the document of a kind that breaks no rule."""
    maker = FirstMaker() if version == "1.0.2" else Maker(version)
    return _bytes(maker.request() if kind == REQUEST else maker.response())


def negatives(version: str) -> Iterator[Negative]:
    """Yield the negative set of a version."""
    chosen = _first() if version == "1.0.2" else _ubl(version)
    maker: Any = FirstMaker() if version == "1.0.2" else Maker(version)
    models = {REQUEST: maker.request(), RESPONSE: maker.response()}
    for rule, (kind, change, versions) in sorted(chosen.items()):
        if versions and version not in versions:
            continue
        root = deepcopy(models[kind])
        change(root, maker)
        yield Negative(version, rule, kind, _bytes(root))


def unsupported() -> Iterator[tuple[str, bytes]]:
    """Yield documents of the versions that are refused by name: 2.0.x and 2.1.0."""
    for profile in ("ESPD-EDMv2.0.0-REGULATED", "ESPD-EDMv2.0.0-SELFCONTAINED", "ESPD-EDMv2.1.0-REGULATED"):
        maker = Maker("2.1.1")
        root = maker.request()
        write("/*/cbc:ProfileExecutionID", profile)(root, maker)
        yield profile, _bytes(root)


def _bytes(root: Node) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _ubl(version: str) -> dict[str, Recipe]:
    recipes = BOTH | ASKING | ANSWERING
    if version == "2.1.1":
        recipes |= OLD_ASKING | OLD_ANSWERING
    sheet = VALUES_SHEET.get(version, "01-ESPD-codelist-values.xsl")
    for rule in Maker(version).facts["values"]:
        context: str = rule["context"]
        if version == "2.1.1" and context == "cbc:ProfileExecutionID":
            # Only a profile of 2.1.1 leaves the document one of 2.1.1: see the recipes.
            continue
        last = context.rpartition("/")[2]
        place = f"*[local-name()='{last.partition(':')[2]}']"
        if version == "2.1.1":
            name = rules_older.unnamed_rule(sheet, context, "")
        else:
            name = rules_41.unnamed_rule(sheet, place, "")
        kind = RESPONSE if _answered_only(last) else REQUEST
        change = write(f"//{context}", "ZZZ")
        if "[" in context:
            change = asks_occupation
        if context.startswith(NOWHERE):
            change = in_extension(*context.split("/"), text="ZZZ")
        recipes[name] = (kind, change, ())
    return recipes


def _answered_only(element: str) -> bool:
    return element in {"cbc:ConfidentialityLevelCode", "cbc:IndustryClassificationCode", "cbc:RoleCode"}


def _first() -> dict[str, Recipe]:
    recipes = dict(FIRST)
    codes = {
        "CriteriaTypeCode": (REQUEST, "//cbc:TypeCode"),
        "CriterionJurisdictionLevel": (REQUEST, "//ccv-cbc:JurisdictionLevelCode"),
        "CountryCodeIdentifier": (REQUEST, "//cac:Country/cbc:IdentificationCode"),
        "TendererRole": (RESPONSE, "//espd-cbc:EconomicOperatorRoleCode"),
    }
    for name, (kind, path) in codes.items():
        recipes[f"CL-{name}"] = (kind, write(path, "ZZZ"), ())
    recipes["CL-ResponseDataType"] = (REQUEST, mark("//ccv:Requirement", "responseDataType", "ZZZ"), ())
    for name, (path, attribute) in ATTRIBUTES.items():
        recipes[f"CL-{name}"] = (REQUEST, mark(path, attribute, "ZZZ"), ())
    lists = FirstMaker().lists(REQUEST)
    for element in ADDED:
        recipes[f"CL-{lists[element]['listName']}"] = (REQUEST, with_code(element, lists[element]), ())
    return recipes
