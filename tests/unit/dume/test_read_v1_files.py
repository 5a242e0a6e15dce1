"""Files of version 1.0.2 come in whole or in part, never with a crash, never with a value that nobody accounts for."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from dume.espd import read_v1
from dume.espd.model import Amount, AnswerStatus, Code, Document, Kind, Period, Role
from dume.espd.report import Item, leaves

SPACES = (
    'xmlns:r="urn:grow:names:specification:ubl:schema:xsd:%s-1"'
    ' xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"'
    ' xmlns="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
    ' xmlns:v="urn:isa:names:specification:ubl:schema:xsd:CCV-CommonAggregateComponents-1"'
    ' xmlns:b="urn:isa:names:specification:ubl:schema:xsd:CCV-CommonBasicComponents-1"'
    ' xmlns:e="urn:isa:names:specification:ubl:schema:xsd:CEV-CommonAggregateComponents-1"'
    ' xmlns:eb="urn:grow:names:specification:ubl:schema:xsd:ESPD-CommonBasicComponents-1"'
    ' xmlns:ea="urn:grow:names:specification:ubl:schema:xsd:ESPD-CommonAggregateComponents-1"'
)
TURNOVER = "499efc97-2ac1-4af2-9e84-323c2ca67747"
CRIME = "005eb9ed-1347-4ca3-bb29-9bc0db64e1ab"


def read(body: str, kind: str = "ESPDResponse") -> tuple[Document, list[Item]]:
    """Read a small document of version 1.0.2."""
    root = etree.fromstring(f"<r:{kind} {SPACES % kind}>{body}</r:{kind}>".encode())
    document, items = read_v1.read(root)
    paths = Counter(item.source for item in items if item.source != "/*")
    assert paths == Counter(path for path, _ in leaves(root))
    return document, items


def criterion(identifier: str, inside: str, code: str = "CRITERION.X") -> str:
    """Write a criterion."""
    return f"<v:Criterion><ID>{identifier}</ID><TypeCode>{code}</TypeCode>{inside}</v:Criterion>"


def group(identifier: str, inside: str, condition: str = "") -> str:
    """Write a group."""
    pi = f' pi="GROUP_FULFILLED.{condition}"' if condition else ""
    return f"<v:RequirementGroup{pi}><ID>{identifier}</ID>{inside}</v:RequirementGroup>"


def asked(identifier: str, value_type: str, answer: str = "") -> str:
    """Write a requirement and its answer."""
    response = f"<v:Response>{answer}</v:Response>" if answer else ""
    return f'<v:Requirement responseDataType="{value_type}"><ID>{identifier}</ID>{response}</v:Requirement>'


def year(start: str, end: str, amount: str) -> str:
    """Write a year's turnover."""
    return group(
        "c0cd9c1c-e90a-4ff9-bce3-ac0fe31abf16",
        asked("42ec8116-31a7-4118-8612-5b04f5c8bde7", "DATE", f"<Date>{start}</Date>")
        + asked("3641b897-f9f0-4d90-909a-b6d4c4b1d645", "DATE", f"<Date>{end}</Date>")
        + asked(
            "42db0eaa-d2dd-48cb-83ac-38d73cab9b50", "AMOUNT", f'<Amount currencyID="EUR">{amount}</Amount>'
        ),
    )


def test_years_of_turnover_become_periods_side_by_side_with_their_amounts() -> None:
    body = year("2023-01-01", "2023-12-31", "1000.10") + year("2024-01-01", "2024-12-31", "2000.20")
    document, _ = read(criterion(TURNOVER, body))
    answers = {each.property[-4:] + str(each.occurrence): each.value for each in document.answers}
    assert answers == {
        "2/Q1(1, 1, 1, 1)": Period(date(2023, 1, 1), date(2023, 12, 31)),
        "2/Q2(1, 1, 1, 1)": Amount(Decimal("1000.10"), "EUR"),
        "2/Q1(1, 1, 2, 1)": Period(date(2024, 1, 1), date(2024, 12, 31)),
        "2/Q2(1, 1, 2, 1)": Amount(Decimal("2000.20"), "EUR"),
    }


def test_year_without_dates_is_a_calendar_year_to_review() -> None:
    body = group(
        "unknown-group",
        asked("5aacceb3-280e-42f1-b2da-3d8ac7877fe9", "QUANTITY", "<Quantity>2015</Quantity>")
        + asked("unknown", "AMOUNT", '<Amount currencyID="RON">5</Amount>'),
    )
    document, items = read(criterion(TURNOVER, body))
    period = next(each for each in document.answers if isinstance(each.value, Period))
    assert period.value == Period(date(2015, 1, 1), date(2015, 12, 31))
    assert period.status is AnswerStatus.TO_REVIEW
    assert [item.kind.value for item in items if item.value == "2015"] == ["retyped"]


def test_length_of_exclusion_in_words_is_kept_in_words() -> None:
    body = group(
        "7c637c0c-7703-4389-ba52-02997a055bd7",
        asked("974c8196-9d1c-419c-9ca9-45bb9f5fd59a", "INDICATOR", "<b:Indicator>true</b:Indicator>")
        + group(
            "f5276600-a2b6-4ff6-a90e-b31fe19dae41",
            asked(
                "9ca9096f-edd2-4f19-b6b1-b55c83a2d5c8",
                "PERIOD",
                "<cac:Period><Description>cinq ans</Description></cac:Period>",
            ),
            "ON_TRUE",
        ),
    )
    document, items = read(criterion(CRIME, body))
    values = {each.property: each.value for each in document.answers}
    assert values["C1_EG_crime-org/QG1/QSG1/Q4"] == Period(description="cinq ans")
    assert [item.kind.value for item in items if item.value == "cinq ans"] == ["kept"]


def test_proof_spread_over_three_answers_becomes_one() -> None:
    inside = (
        asked(
            "f4313bb6-21b6-499e-bdff-debe10e11d2c",
            "EVIDENCE_URL",
            "<e:Evidence><e:EvidenceDocumentReference><cac:Attachment><cac:ExternalReference>"
            "<URI>https://preuve.test/</URI></cac:ExternalReference></cac:Attachment>"
            "</e:EvidenceDocumentReference></e:Evidence>",
        )
        + asked("1f1cd18e-3e01-4ca2-af4c-e2981924ba8d", "CODE", "<b:Code>ABC-1</b:Code>")
        + asked("c3ccfa31-0c5e-4e3a-a3fd-db9fb83d78d4", "DESCRIPTION", "<Description>Greffe</Description>")
    )
    proof = group("41dd2e9b-1bfd-44c7-93ee-56bd74a4334b", inside, "ON_TRUE")
    online = asked("c1347b74-1872-4060-a6db-f4044edcd7c4", "INDICATOR", "<b:Indicator>true</b:Indicator>")
    body = group("7458d42a-e581-4640-9283-34ceb3ad4345", online + proof)
    document, _ = read(criterion(CRIME, body))
    assert [
        (each.reference.uri, each.reference.id.value, each.issuer.name)
        for each in document.evidences
        if each.reference and each.issuer
    ] == [("https://preuve.test/", "ABC-1", "Greffe")]
    assert [each.evidences for each in document.answers if each.evidences] == [("EVIDENCE-00001",)]


def test_country_becomes_alpha_3_wherever_it_stands() -> None:
    body = (
        "<cac:ContractingParty><cac:Party><cac:PartyName><Name>Ville</Name></cac:PartyName><cac:PostalAddress>"
        "<cac:Country><IdentificationCode>EL</IdentificationCode></cac:Country></cac:PostalAddress></cac:Party>"
        "</cac:ContractingParty>"
    )
    tax = group(
        "098fd3cc-466e-4233-af1a-affe09471bce",
        group(
            "f8499787-f9f8-4355-95e2-9784426f4d7b",
            asked("6c87d3d4-e8eb-4253-b385-6373020ab886", "CODE_COUNTRY", "<b:Code>BG</b:Code>"),
            "ON_TRUE",
        ),
    )
    document, _ = read(body + criterion("b61bbeb7-690e-4a40-bc68-d6d4ecfaa3d4", tax))
    assert document.buyer.party.address.country == "GRC"
    assert [each.value.value for each in document.answers if isinstance(each.value, Code)] == ["BGR"]


def test_global_tick_is_lost_and_shown() -> None:
    body = group(
        "g", asked("15335c12-ad77-4728-b5ad-3c06a60d65a4", "INDICATOR", "<b:Indicator>true</b:Indicator>")
    )
    code = "CRITERION.SELECTION.ALL_SATISFIED"
    document, items = read(criterion("7e7db838-eeac-46d9-ab39-42927486f22d", body, code))
    assert (document.criteria, document.answers) == ((), ())
    assert {item.why for item in items if item.value in ("true", code)} == {
        (
            "La déclaration globale « tous les critères de sélection » n’existe plus en 4.1.0 : chaque critère doit"
            " être rempli."
        )
    }


def test_unknown_indicator_never_answers_a_known_question() -> None:
    unknown = group("unknown", asked("unknown", "INDICATOR", "<b:Indicator>true</b:Indicator>"))
    document, items = read(criterion(CRIME, unknown))
    assert document.answers == ()
    assert [item.kind.value for item in items if item.value == "true"] == ["lost"]


def test_company_that_takes_part_with_others_is_a_member_to_verify() -> None:
    together = group(
        "d939f2c6-ba25-4dc4-889c-11d1853add19",
        asked("7f18c64e-ae09-4646-9400-f3666d50af51", "INDICATOR", "<b:Indicator>true</b:Indicator>"),
    )
    code = "CRITERION.OTHER.EO_DATA.TOGETHER_WITH_OTHERS"
    document, items = read(
        "<ea:EconomicOperatorParty><eb:SMEIndicator>true</eb:SMEIndicator></ea:EconomicOperatorParty>"
        + criterion("ee51100f-8e3e-40c9-8f8b-57d5a15be1f2", together, code)
    )
    operator = document.economic_operator
    assert operator is not None
    assert (operator.role, operator.size) == (Role.MEMBER, "sme")
    role = next(item for item in items if item.target == "economic_operator.role")
    assert (role.kind.value, role.value) == ("defaulted", "group-mem")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<ID/>",
        "<ContractFolderID/><cac:ContractingParty/>",
        "<cac:ContractingParty><cac:Party/></cac:ContractingParty>",
        "<ea:EconomicOperatorParty/>",
        "<ea:EconomicOperatorParty><ea:RepresentativeNaturalPerson/></ea:EconomicOperatorParty>",
        "<cac:ProcurementProjectLot/>",
        "<cac:AdditionalDocumentReference/>",
        "<v:Criterion/>",
        f"<v:Criterion><ID>{CRIME}</ID><v:RequirementGroup/></v:Criterion>",
        f"<v:Criterion><ID>{CRIME}</ID><v:RequirementGroup><v:Requirement/></v:RequirementGroup></v:Criterion>",
        criterion(TURNOVER, year("demain", "31/12/2023", "mille")),
        criterion(TURNOVER, year("2023-13-45", "", "-")),
        criterion("nobody", group("x", asked("y", "", "<Description>z</Description>"))),
    ],
)
@pytest.mark.parametrize("kind", ["ESPDRequest", "ESPDResponse"])
def test_partial_file_is_read(kind: str, body: str) -> None:
    document, _ = read(body, kind)
    assert document.kind is (Kind.REQUEST if kind == "ESPDRequest" else Kind.RESPONSE)
    assert [lot.id for lot in document.lots] == ["LOT-0000"]
