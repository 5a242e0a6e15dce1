"""The structure of a document is judged as the schema of its version does, and told in plain words."""

import copy
from functools import cache

import pytest
from lxml import etree

from dume.espd import structure
from dume.espd.findings import Severity
from dume.espd.model import Kind, Version
from dume.espd.validate import message
from dume.espd.write_v41 import write
from tests.vectors.dume.documents import requests

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
EXT = "{urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2}"


@cache
def document() -> bytes:
    return write(requests()["request-simplified"])


@pytest.fixture
def root() -> etree._Element:
    return etree.fromstring(document())


def told(root: etree._Element) -> list[tuple[str, str, str]]:
    """Return rule, sentence and path of each finding, the line left out."""
    return [
        (found.rule, message(found, "fr").partition(" : ")[2], found.path)
        for found in structure.check(root, Version.V4_1_0, Kind.REQUEST)
    ]


def test_document_of_ours_is_well_structured(root):
    assert told(root) == []


def test_element_out_of_place_is_named_with_what_was_expected(root):
    uuid = root.find(f"{CBC}UUID")
    root.insert(0, uuid)
    ((rule, sentence, path),) = told(root)
    assert (rule, path) == ("XSD", "/espd-req:QualificationApplicationRequest/cbc:UBLVersionID")
    assert sentence.startswith(
        "l’élément cbc:UBLVersionID n’est pas à sa place. Supprimez-le ou déplacez-le. Attendu ici : "
    )
    assert "cbc:ContractFolderID" in sentence


def test_element_that_stands_twice_is_out_of_place(root):
    identifier = root.find(f"{CBC}ID")
    identifier.addnext(copy.deepcopy(identifier))
    assert [(rule, path) for rule, _, path in told(root)] == [
        ("XSD", "/espd-req:QualificationApplicationRequest/cbc:ID[2]")
    ]


def test_missing_element_is_asked_for(root):
    for element in root.findall(f"{CAC}TenderingCriterion") + root.findall(f"{CAC}ContractingParty"):
        root.remove(element)
    for element in list(root.find(f"{CBC}IssueDate").itersiblings()):
        root.remove(element)
    ((rule, sentence, path),) = told(root)
    assert (rule, path) == ("XSD", "/espd-req:QualificationApplicationRequest")
    assert sentence.startswith(
        "il manque quelque chose dans espd-req:QualificationApplicationRequest. Ajoutez : "
    )


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [("IssueDate", "31/01/2026", "date"), ("CopyIndicator", "oui", "boolean"), ("IssueTime", "midi", "time")],
)
def test_value_of_another_type_is_told_with_the_type(root, name, text, kind):
    root.find(f"{CBC}{name}").text = text
    ((rule, sentence, path),) = told(root)
    assert (rule, path) == ("XSD", f"/espd-req:QualificationApplicationRequest/cbc:{name}")
    expected = f"« {text} » n’est pas une valeur permise pour cbc:{name}. Écrivez une valeur du type {kind}."
    assert sentence == expected


def test_unknown_attribute_is_told(root):
    root.find(f"{CBC}IssueDate").set("listID", "x")
    assert [sentence for _, sentence, _ in told(root)] == [
        "cbc:IssueDate n’a pas d’attribut listID. Supprimez cet attribut."
    ]


def test_missing_attribute_is_told(root):
    criterion = root.find(f"{CAC}TenderingCriterion")
    asked = next(criterion.iter(f"{CAC}TenderingCriterionProperty"))
    etree.SubElement(asked, f"{CBC}ExpectedAmount").text = "1"
    sentences = [sentence for _, sentence, _ in told(root)]
    assert "il manque à cbc:ExpectedAmount l’attribut currencyID. Ajoutez-le." in sentences


def test_text_between_elements_is_told(root):
    root.find(f"{CAC}ContractingParty")[0].tail = "égaré"
    assert [sentence for _, sentence, _ in told(root)] == [
        "cac:ContractingParty contient un texte entre ses éléments. Supprimez ce texte."
    ]


def test_element_inside_a_text_is_told(root):
    etree.SubElement(root.find(f"{CBC}ID"), f"{CBC}Note")
    assert [sentence for _, sentence, _ in told(root)] == [
        "cbc:ID ne doit contenir que du texte. Supprimez les éléments qui s’y trouvent."
    ]


def test_path_bears_our_prefixes_whatever_those_of_the_document():
    data = (
        document()
        .replace(b"cbc:", b"b:")
        .replace(b"xmlns:cbc=", b"xmlns:b=")
        .replace(b"Indicator>false", b"Indicator>no")
    )
    assert [path for _, _, path in told(etree.fromstring(data))] == [
        "/espd-req:QualificationApplicationRequest/cbc:CopyIndicator"
    ]


def test_extension_is_not_checked_and_says_so(root):
    extensions = etree.Element(f"{EXT}UBLExtensions")
    etree.SubElement(extensions, "{urn:autre}rien")
    root.insert(0, extensions)
    (found,) = structure.check(root, Version.V4_1_0, Kind.REQUEST)
    assert (found.rule, found.severity) == ("PLI-EXT-UNCHECKED", Severity.INFO)
    assert found.path == "/espd-req:QualificationApplicationRequest/ext:UBLExtensions"


def test_request_judged_as_a_response_is_refused(root):
    (found,) = structure.check(root, Version.V4_1_0, Kind.RESPONSE)
    assert (found.rule, found.severity) == ("XSD", Severity.FATAL)


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("kind", list(Kind))
def test_structure_of_each_version_can_be_judged(version, kind):
    """An empty root lacks something in every version, and nothing else goes wrong."""
    names = {Version.V1_0_2: "urn:grow:names:specification:ubl:schema:xsd:ESPD{}-1 ESPD{}"}
    other = (
        "urn:oasis:names:specification:ubl:schema:xsd:QualificationApplication{}-2 QualificationApplication{}"
    )
    space, name = names.get(version, other).replace("{}", kind.value.capitalize()).split()
    (found,) = structure.check(etree.Element(f"{{{space}}}{name}"), version, kind)
    assert found.params["sentence"] == "XSD-MISSING"
