"""Each version is known by name, whatever else the document says of itself; other documents are named too."""

import pytest
from lxml import etree

from dume.espd.detect import detect
from dume.espd.errors import NotAnESPD, UnsupportedVersion
from dume.espd.model import Kind, Version

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CBC = f"{UBL}CommonBasicComponents-2"


def ubl(kind: str = "Request", **texts: str) -> etree._Element:
    """Return a UBL document that says these things of itself."""
    root = etree.Element(f"{{{UBL}QualificationApplication{kind}-2}}QualificationApplication{kind}")
    for name, text in texts.items():
        etree.SubElement(root, f"{{{CBC}}}{name}").text = text
    return root


@pytest.mark.parametrize("version", ["3.3.0", "4.0.0", "4.1.0"])
@pytest.mark.parametrize("kind", ["Request", "Response"])
def test_version_is_the_one_of_the_profile(version, kind):
    found = detect(ubl(kind, ProfileExecutionID=f" ESPD-EDMv{version}\n", VersionID=version))
    assert (found.version, found.kind, found.disagreements) == (Version(version), Kind(kind.lower()), ())


def test_other_version_id_is_a_disagreement():
    found = detect(ubl(ProfileExecutionID="ESPD-EDMv4.1.0", VersionID="4.0.0"))
    assert found.version is Version.V4_1_0
    assert [(each.rule, each.path, dict(each.params)) for each in found.disagreements] == [
        ("PLI-VERSION-DISAGREES", "/*/cbc:VersionID", {"profile": "4.1.0", "version": "4.0.0"})
    ]


@pytest.mark.parametrize(
    "texts",
    [
        {"UBLVersionID": "2.2", "QualificationApplicationTypeCode": "Basic"},
        {"UBLVersionID": "2.2", "QualificationApplicationTypeCode": "EXTENDED", "VersionID": "1.0"},
        {"ProfileExecutionID": "ESPD-EDMv2.1.1-BASIC"},
        {"ProfileExecutionID": "ESPD-EDMv2.1.1-EXTENDED", "UBLVersionID": "2.2"},
    ],
)
def test_version_2_1_1_is_known_with_or_without_a_profile(texts):
    assert detect(ubl(**texts)).version is Version.V2_1_1


@pytest.mark.parametrize("kind", ["Request", "Response"])
def test_version_1_0_2_is_known_by_its_namespace(kind):
    root = etree.Element(f"{{urn:grow:names:specification:ubl:schema:xsd:ESPD{kind}-1}}ESPD{kind}")
    assert (detect(root).version, detect(root).kind) == (Version.V1_0_2, Kind(kind.lower()))


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        ({"ProfileExecutionID": "ESPD-EDMv2.0.0-REGULATED"}, "2.0.0-REGULATED"),
        ({"ProfileExecutionID": "ESPD-EDMv2.1.0-SELFCONTAINED"}, "2.1.0-SELFCONTAINED"),
        ({"ProfileExecutionID": "ESPD-EDMv3.0.0"}, "3.0.0"),
        ({"ProfileExecutionID": "ESPD-EDMv3.0.1"}, "3.0.1"),
        ({"ProfileExecutionID": "ESPD-EDMv3.1.0"}, "3.1.0"),
        ({"ProfileExecutionID": "ESPD-EDMv5.0.0", "UBLVersionID": "2.4"}, "5.0.0"),
        ({"ProfileExecutionID": "ESPD-EDMv1.0.2"}, "1.0.2"),
        ({"ProfileExecutionID": "autre chose"}, "autre chose"),
        ({"UBLVersionID": "2.2", "QualificationApplicationTypeCode": "REGULATED"}, "2.0.x"),
        (
            {"UBLVersionID": "2.2", "QualificationApplicationTypeCode": "Basic", "VersionID": "2.1.0"},
            "2.1.0",
        ),
        ({"VersionID": "2.0.2"}, "2.0.2"),
        ({}, ""),
    ],
)
def test_other_version_is_refused_by_name(texts, named):
    with pytest.raises(UnsupportedVersion) as caught:
        detect(ubl(**texts))
    assert caught.value.version == named
    assert named in caught.value.message


@pytest.mark.parametrize(
    ("tag", "what"),
    [
        ("{http://publications.europa.eu/resource/schema/ted/R2.0.9/publication}TED_EXPORT", "un avis TED"),
        ("{http://publications.europa.eu/resource/schema/ted/R2.0.9/reception}TED_ESENDERS", "un avis TED"),
        (f"{{{UBL}ContractNotice-2}}ContractNotice", "un avis eForms"),
        (f"{{{UBL}ContractAwardNotice-2}}ContractAwardNotice", "un avis eForms"),
        (f"{{{UBL}PriorInformationNotice-2}}PriorInformationNotice", "un avis eForms"),
        (f"{{{UBL}Invoice-2}}Invoice", "une facture UBL"),
        (f"{{{UBL}CreditNote-2}}CreditNote", "une facture UBL"),
        (
            "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice",
            "une facture CII (Factur-X)",
        ),
        (f"{{{UBL}Order-2}}Order", "un autre document UBL (Order)"),
        ("html", "un autre document XML (html)"),
    ],
)
def test_other_document_is_named(tag, what):
    with pytest.raises(NotAnESPD) as caught:
        detect(etree.Element(tag))
    assert caught.value.what == what
    assert what in caught.value.message
