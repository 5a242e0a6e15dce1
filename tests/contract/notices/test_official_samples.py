"""The reader against the samples of the eForms SDK, and our own sample against its schemas."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from procurement.core.errors import Invalid
from procurement.notices.reader import ItemKind, read_notice
from tests.factories import accounts, notices

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
OWN = Path(__file__).resolve().parents[2] / "vectors" / "notices" / "call_16_two_lots.xml"


@pytest.fixture(scope="module")
def sdk():
    named = os.environ.get("PLI_TEST_EFORMS_SDK")
    if not named:
        pytest.skip("set PLI_TEST_EFORMS_SDK to the eForms SDK (a version folder or its parent)")
    folder = Path(named)
    return folder if (folder / "examples").is_dir() else max(folder.glob("*/examples")).parent


def sample(sdk, name):
    return sdk / "examples" / "notices" / name


def leaves(path):
    return len(etree.parse(path).xpath("//*[not(*)]"))


@pytest.mark.parametrize(
    ("name", "subtype", "procedure", "lots"),
    [
        ("cn_24_minimal.xml", "16", "ao_ouvert", ["LOT-0000"]),
        ("change-cn_24_void.xml", "16", "ao_ouvert", ["LOT-0000"]),
        ("pin-only_24.xml", "4", "", ["PAR-0000"]),
        ("INVALID_cn_24_stage-2.xml", "16", "", []),
    ],
)
def test_sample_is_read_and_every_leaf_accounted_for(sdk, name, subtype, procedure, lots):
    path = sample(sdk, name)
    draft = read_notice(path, now=NOW)
    assert (draft.head.subtype, draft.procedure.code, [lot.identifier for lot in draft.lots]) == (
        subtype,
        procedure,
        lots,
    )
    assert sum(item.count for item in draft.report) == leaves(path)


@pytest.mark.parametrize("name", ["can_24_minimal.xml", "veat_24.xml"])
def test_result_sample_is_named(sdk, name):
    with pytest.raises(Invalid) as caught:
        read_notice(sample(sdk, name), now=NOW)
    assert (caught.value.code, "avis d’attribution" in str(caught.value)) == ("notice.not_a_notice", True)


def test_minimal_sample_in_detail(sdk):
    draft = read_notice(sample(sdk, "cn_24_minimal.xml"), now=NOW)
    (lot,) = draft.lots
    assert draft.title.startswith("Provision of IT Services")
    assert (lot.cpv, lot.nuts, lot.duration.value, lot.duration.unit) == ("72230000", ("FRD22",), 48, "MONTH")
    assert (lot.offers_close.at, lot.offers_close.past) == (datetime(2020, 2, 4, 8, tzinfo=UTC), True)
    assert (lot.framework, draft.techniques, lot.undivided) == ("fa-wo-rc", {"framework"}, True)
    assert [item.field for item in draft.items(ItemKind.TO_SET_AGAIN)] == [
        "lots[0].offers_close",
        "lots[0].opens",
    ]
    assert [item.field for item in draft.items(ItemKind.DOUBTFUL)] == ["buyers[0].siret"]


def test_own_sample_satisfies_the_official_schema(sdk):
    (path,) = (sdk / "schemas" / "maindoc").glob("UBL-ContractNotice-*.xsd")
    schema = etree.XMLSchema(etree.parse(path))
    schema.assertValid(etree.parse(OWN))


def test_every_element_of_the_samples_renamed_in_turn_is_survived(sdk):
    root = etree.parse(sample(sdk, "cn_24_minimal.xml")).getroot()
    for element in root.iterdescendants("{*}*"):
        if element.tag.endswith("SubTypeCode") or any(
            child.tag.endswith("SubTypeCode") for child in element.iter()
        ):
            continue
        tag, element.tag = element.tag, "{urn:x}renamed"
        draft = read_notice(etree.tostring(root), now=NOW)
        assert sum(item.count for item in draft.report) == len(root.xpath("//*[not(*)]"))
        element.tag = tag


def test_sample_becomes_a_draft_without_its_past_dates(sdk, session, runtime):
    buyer = accounts.create_buyer(session, NOW)
    content = sample(sdk, "cn_24_minimal.xml").read_bytes()
    made = notices.create_import(session, buyer, NOW, runtime.settings, content=content)
    draft = made.consultation
    assert (draft.procedure_code, draft.nature, draft.cpv, draft.nuts, draft.lots, draft.closes_at) == (
        "ao_ouvert",
        "services",
        "72230000",
        ("FRD22",),
        (),
        None,
    )
