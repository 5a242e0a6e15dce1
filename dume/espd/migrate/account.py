"""Say what became of each value of a 4.1.0 document that is written in an older version."""

from lxml import etree

from dume.espd.migrate.fill import key_of
from dume.espd.migrate.old import children, local, text
from dume.espd.migrate.tables import criteria
from dume.espd.model import Document, Version
from dume.espd.report import Ledger
from dume.espd.taxonomy import strip, taxonomy

NO_CRITERION = "La version {version} n’a pas ce critère."
NO_QUESTION = "La version {version} ne pose pas cette question."
NO_VALUE = "La version {version} n’a pas de place pour cette valeur."
ADDED = "Valeur sans affirmation, que la version {version} exige et que le DUME 4.1.0 ne dit pas."
WRITTEN = "Écrit sous la forme de la version {version}."
# What the older versions have no place for, wherever it stands.
_ALWAYS_LOST = {"SubTenderingCriterion", "Signature", "UBLExtensions"}
_LOST = {
    Version.V2_1_1: _ALWAYS_LOST | {"PreviousVersionID"},
    Version.V1_0_2: _ALWAYS_LOST
    | {
        "PreviousVersionID",
        "ProcedureCode",
        "BuyerProfileURI",
        "EconomicOperatorRole",
        "EconomicOperatorGroupName",
        "MainCommodityClassification",
        "ConfidentialityLevelCode",
        "ProcurementProjectLot",
        "ProcurementProjectLotReference",
    },
}
_PARTS = ("TenderingCriterion", "TenderingCriterionResponse")


def account(
    root: etree._Element, ledger: Ledger, document: Document, version: Version, used: set[str]
) -> None:
    """Claim every leaf of the document; `used` names the requirements and answers that were written."""
    targets = _targets(version)
    for name in _LOST[version]:
        for element in root.iter(f"{{*}}{name}"):
            ledger.lost_whole(element, NO_VALUE.format(version=version.value))
    for element in children(root, "TenderingCriterion"):
        _criterion(element, ledger, version, used, targets)
    known: dict[str, list[str]] = {}
    for each in document.answers:
        known.setdefault(each.property, []).append(key_of(each))
    for element in children(root, "TenderingCriterionResponse"):
        _response(element, ledger, version, used, known)
    for element in root:
        if local(element) not in _PARTS:
            _rest(element, ledger, version)


def _targets(version: Version) -> set[str]:
    """List the paths of 4.1.0 that an older version can say, and the codes of its criteria."""
    found: set[str] = set()
    for row in criteria(version.value):
        entry = taxonomy().by_code.get(row.to)
        if entry is not None:
            found.add(row.to)
            found |= {
                strip(f"{entry.path}/{each.to.partition('#')[0]}")
                for group in row.groups
                for each in group.targets()
            }
    return found


def _criterion(
    element: etree._Element, ledger: Ledger, version: Version, used: set[str], targets: set[str]
) -> None:
    """Say what became of a criterion and of its properties."""
    if text(element, "CriterionTypeCode") not in targets:
        ledger.lost_whole(element, NO_CRITERION.format(version=version.value))
        return
    for each in element.iter("{*}TenderingCriterionProperty"):
        identifier = text(each, "ID")
        expected = [value for value in each if _is_expected(value)]
        if strip(identifier) not in targets:
            ledger.lost_whole(each, NO_QUESTION.format(version=version.value))
        elif expected and (identifier not in used or version is Version.V1_0_2):
            for value in expected:
                ledger.lost_whole(value, NO_VALUE.format(version=version.value))
    _rest(element, ledger, version)


def _is_expected(element: etree._Element) -> bool:
    return (
        local(element).startswith(("Expected", "Minimum", "Maximum")) or local(element) == "ApplicablePeriod"
    )


def _response(
    element: etree._Element, ledger: Ledger, version: Version, used: set[str], known: dict[str, list[str]]
) -> None:
    """Say what became of an answer: the answers to one question stand in the order of the document."""
    waiting = known.get(text(element, "ValidatedCriterionPropertyID"), [])
    key = waiting.pop(0) if waiting else ""
    if key in used:
        _rest(element, ledger, version)
    else:
        ledger.lost_whole(element, NO_QUESTION.format(version=version.value))


def _rest(element: etree._Element, ledger: Ledger, version: Version) -> None:
    """Say that what is left of an element is written: values as they are, machinery in the older form."""
    for each in element.iter(etree.Element):
        where = ledger.at(each)
        if ledger.silent(where):
            ledger.kept(where, f"{local(element)}/{local(each)}" if each is not element else local(element))
        for name in each.attrib:
            at = f"{where}/@{etree.QName(name).localname}"
            if ledger.silent(at):
                ledger.renamed(at, str(name), WRITTEN.format(version=version.value))
