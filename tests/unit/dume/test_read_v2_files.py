"""Files of version 2.1.1, basic or extended: answers find their questions, the rest is said."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest
from lxml import etree

from dume.espd import read_v2
from dume.espd.migrate.tables import TableGroup, find
from dume.espd.model import Amount, Document, Identifier, Quantity
from dume.espd.report import Item, leaves

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
SPACES = (
    f'xmlns:r="{UBL}QualificationApplication%s-2" xmlns:cac="{UBL}CommonAggregateComponents-2"'
    f' xmlns="{UBL}CommonBasicComponents-2"'
)
NAMES = ("cac:TenderingCriterionPropertyGroup", "cac:SubsidiaryTenderingCriterionPropertyGroup")


def read(body: str, kind: str = "Response") -> tuple[Document, list[Item]]:
    """Read a small document of version 2.1.1."""
    name = f"QualificationApplication{kind}"
    root = etree.fromstring(f"<r:{name} {SPACES % kind}>{body}</r:{name}>".encode())
    document, items = read_v2.read(root)
    paths = Counter(item.source for item in items if item.source != "/*")
    assert paths == Counter(path for path, _ in leaves(root))
    return document, items


def criterion(identifier: str, inside: str, code: str = "CRITERION.X") -> str:
    """Write a criterion."""
    head = f"<ID>{identifier}</ID><CriterionTypeCode>{code}</CriterionTypeCode>"
    return f"<cac:TenderingCriterion>{head}{inside}</cac:TenderingCriterion>"


def group(identifier: str, inside: str, condition: str = "ON*", level: int = 0) -> str:
    """Write a group, on the first level or below."""
    name = NAMES[level]
    head = f"<ID>{identifier}</ID><PropertyGroupTypeCode>{condition}</PropertyGroupTypeCode>"
    return f"<{name}>{head}{inside}</{name}>"


def asked(identifier: str, value_type: str, kind: str = "QUESTION", expected: str = "") -> str:
    """Write a property."""
    head = (
        f"<ID>{identifier}</ID><TypeCode>{kind}</TypeCode><ValueDataTypeCode>{value_type}</ValueDataTypeCode>"
    )
    return f"<cac:TenderingCriterionProperty>{head}{expected}</cac:TenderingCriterionProperty>"


def answer(identifier: str, value: str) -> str:
    """Write an answer."""
    return (
        f"<cac:TenderingCriterionResponse><ID>r-{identifier}</ID>"
        f"<ValidatedCriterionPropertyID>{identifier}</ValidatedCriterionPropertyID>"
        f"<cac:ResponseValue><ID>v</ID>{value}</cac:ResponseValue></cac:TenderingCriterionResponse>"
    )


def rows(identifier: str) -> Iterator[TableGroup]:
    """Yield the groups the table of 2.1.1 knows of a criterion."""
    for row in find("2.1.1", identifier, ""):
        for each in row.groups:
            yield from each.walk()


TAX = "b61bbeb7-690e-4a40-bc68-d6d4ecfaa3d4"
THRESHOLD = group(
    next(row.id for row in rows(TAX)),
    asked("p-1", "AMOUNT", "REQUIREMENT", '<ExpectedAmount currencyID="EUR">500000</ExpectedAmount>'),
)


def test_threshold_becomes_a_minimum_amount() -> None:
    document, items = read(criterion(TAX, THRESHOLD), "Request")
    (one,) = document.criteria
    wanted = {each.id: each.expected for each in one.groups[0].properties}
    assert wanted["C7_EG_tax-pay/RG1/RQ1/R1"] == Amount(Decimal(500000), "EUR")
    assert [item.target for item in items if item.value == "500000"] == ["C7_EG_tax-pay/RG1/RQ1/R1"]


def test_answers_in_any_order_find_their_questions() -> None:
    body = group("7c637c0c-7703-4389-ba52-02997a055bd7", asked("mine", "INDICATOR"))
    crime = criterion("005eb9ed-1347-4ca3-bb29-9bc0db64e1ab", body)
    said = answer("mine", "<ResponseIndicator>false</ResponseIndicator>")
    for content in (said + crime, crime + said):
        document, _ = read(content)
        assert [(each.property, each.value) for each in document.answers] == [
            ("C1_EG_crime-org/QG1/Q1", False)
        ]


def test_answer_without_its_question_is_lost_and_said() -> None:
    document, items = read(answer("nobody", "<ResponseIndicator>true</ResponseIndicator>"))
    assert document.answers == ()
    assert {item.why for item in items if item.kind.value == "lost"} == {
        "Cette réponse désigne une question qui n’est pas dans le document."
    }


def test_second_answer_to_a_repeated_question_is_a_second_occurrence() -> None:
    staff = group(
        "1082dc1b-2f2a-4b7b-9c3a-1d2f7d2c3e6d",
        group(
            "96defecc-7d32-4957-82e9-aad5f3c5b736",
            asked("y", "QUANTITY_YEAR") + asked("n", "QUANTITY_INTEGER"),
            level=1,
        ),
    )
    said = "".join(
        answer("y", f'<ResponseQuantity unitCode="YEAR">{year}</ResponseQuantity>')
        + answer("n", f"<ResponseQuantity>{number}</ResponseQuantity>")
        for year, number in ((2024, 12), (2025, 15))
    )
    document, _ = read(criterion("1f49b3f0-d50f-43f6-8b30-4bafab108b9b", staff) + said)
    assert [(each.property[-2:], each.occurrence, each.value) for each in document.answers] == [
        ("Q1", (1, 1, 1), Quantity(Decimal(2024), "YEAR")),
        ("Q1", (1, 2, 1), Quantity(Decimal(2025), "YEAR")),
        ("Q2", (1, 1, 1), Quantity(Decimal(12))),
        ("Q2", (1, 2, 1), Quantity(Decimal(15))),
    ]


def test_lots_tendered_become_the_lots_of_the_document() -> None:
    lots = "".join(
        f"<cac:ProcurementProjectLot><ID>Lot{n}</ID></cac:ProcurementProjectLot>" for n in (1, 2, 3)
    )
    body = group("289f39b2-2a15-421a-8050-a29858223c68", asked("l", "LOT_IDENTIFIER"))
    code = "CRITERION.OTHER.EO_DATA.LOTS_TENDERED"
    said = answer("l", "<ResponseID>Lot2</ResponseID>")
    document, items = read(lots + criterion("8b9700b7-b13c-41e6-a220-6bbf8d5fab31", body, code) + said)
    assert [lot.id for lot in document.lots] == ["LOT-0002"]
    assert [item.target for item in items if item.kind.value == "moved"] == ["lots"]


def test_repeated_requirement_is_repeated_with_identifiers_of_its_own() -> None:
    def insured(amount: int) -> str:
        wanted = asked(
            f"a{amount}",
            "AMOUNT",
            "REQUIREMENT",
            f'<ExpectedAmount currencyID="EUR">{amount}</ExpectedAmount>',
        )
        return group("6fc30a8d-9c7f-4a64-8d0c-6f0ea5b2f7f5", wanted, level=1)

    ids = {row.id[:4]: row.id for row in rows("7604bd40-4462-4086-8763-a50da51a869c")}
    body = group(
        ids["83e3"],
        group(
            ids["cc1d"],
            "".join(insured(n).replace("6fc30a8d-9c7f-4a64-8d0c-6f0ea5b2f7f5", ids["6fc3"]) for n in (1, 2)),
            level=1,
        ),
    )
    document, _ = read(criterion("7604bd40-4462-4086-8763-a50da51a869c", body), "Request")
    (one,) = document.criteria
    groups = [each for each in one.groups[0].groups if each.path.endswith("RG1/RSG1")]
    found = {each.id: each.expected for inner in groups for each in inner.properties if each.expected}
    assert found == {
        "C35_SC_indem-insu/RG1/RSG1/RQ2/R1/R1/R1": Amount(Decimal(1), "EUR"),
        "C35_SC_indem-insu/RG1/RSG1/RQ2/R1/R2/R1": Amount(Decimal(2), "EUR"),
    }
    assert [each.occurrence for each in groups] == [1, 2]


def test_proofs_of_the_list_keep_their_numbers() -> None:
    proof = (
        "<cac:Evidence><ID schemeAgencyID='X'>E-1</ID><ConfidentialityLevelCode>PUBLIC</ConfidentialityLevelCode>"
        "<cac:DocumentReference><ID>D-1</ID><cac:Attachment><cac:ExternalReference><URI>https://x.test/</URI>"
        "</cac:ExternalReference></cac:Attachment></cac:DocumentReference></cac:Evidence>"
    )
    document, _ = read(proof)
    (one,) = document.evidences
    assert (one.id, one.confidentiality, one.reference and one.reference.uri) == (
        Identifier("E-1", "X"),
        "PUBLIC",
        "https://x.test/",
    )


@pytest.mark.parametrize("kind", ["Request", "Response"])
@pytest.mark.parametrize(
    "body",
    [
        "",
        "<cac:TenderingCriterion/>",
        "<cac:TenderingCriterionResponse/>",
        "<cac:Evidence/>",
        (
            "<cac:EconomicOperatorParty><cac:EconomicOperatorRole><RoleCode>??</RoleCode></cac:EconomicOperatorRole>"
            "</cac:EconomicOperatorParty>"
        ),
        criterion(TAX, group("unknown", asked("p", "NOTHING"))),
        criterion(TAX, THRESHOLD.replace("500000", "beaucoup")),
    ],
)
def test_partial_file_is_read(kind: str, body: str) -> None:
    document, _ = read(body, kind)
    assert [lot.id for lot in document.lots] == ["LOT-0000"]


def test_what_is_not_read_of_a_proof_is_not_said_to_be_kept() -> None:
    proof = (
        "<cac:Evidence><ID>E-1</ID><EvidenceTypeCode>T</EvidenceTypeCode><cac:EvidenceIssuingParty><cac:PartyName>"
        "<Name>Greffe</Name></cac:PartyName></cac:EvidenceIssuingParty></cac:Evidence>"
    )
    _, items = read(proof)
    assert {item.value: item.kind.value for item in items if item.source != "/*"} == {
        "E-1": "kept",
        "T": "lost",
        "Greffe": "kept",
    }
