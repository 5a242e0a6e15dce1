import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from procurement.core.errors import Invalid
from procurement.notices import reader
from procurement.notices.reader import ItemKind
from procurement.notices.reader.report import Ledger, Place

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
LOT = "/*/cac:ProcurementProjectLot[2]"
DEADLINE = datetime(2027, 3, 15, 11, 0, tzinfo=UTC)
SOURCE = (Path(__file__).resolve().parents[2] / "vectors" / "notices" / "call_16_two_lots.xml").read_bytes()
UBL = b"urn:oasis:names:specification:ubl:schema:xsd:"


def refusal(data, **options):
    with pytest.raises(Invalid) as caught:
        reader.read_notice(data, now=NOW, **options)
    assert str(caught.value)
    return caught.value


def test_head(call):
    assert call.head == reader.NoticeHead(
        identifier="6f1f4d0e-7d2b-4c39-9a53-0f3c5f2d8a11",
        version="01",
        procedure_id="b1b6a3f8-51c4-4f0e-8d5e-93a7c2f40b62",
        subtype="16",
        sdk="eforms-sdk-1.15",
        form="competition",
        kind="cn-standard",
        legal_basis="32014L0024",
        dispatched=datetime(2027, 1, 11, 8, 30, tzinfo=UTC),
        planned=None,
        languages=("FRA", "ENG"),
        changes="",
    )


def test_procedure(call):
    assert call.procedure == reader.Procedure(
        code="ao_ouvert",
        eforms_code="open",
        features="Visite du site obligatoire.",
        lots_per_bidder=2,
        lots_per_winner=1,
        internal_id="2027-TX-08",
        title="Rénovation énergétique de l’école Jules-Ferry",
        description="Isolation par l’extérieur et remplacement des menuiseries.\nDeux lots, travaux en site occupé.",
        note="Travaux pendant les vacances scolaires.",
        nature="works",
        cpv="45453100",
        additional_cpv=("45321000",),
        nuts=("FRK24",),
        estimated=reader.Amount(Decimal("6200000.00"), "EUR"),
    )


def test_buyer(call):
    assert call.buyers == (
        reader.Buyer(
            reference="ORG-0001",
            name="Ville de Valmont",
            siret="21380123600018",
            company_id="213 801 236 00018",
            address=reader.Address("1 place de la Mairie", "38999", "Valmont", "FRK24", "FRA"),
            email="marches@valmont.example",
            telephone="+33 4 00 00 00 01",
            website="https://www.valmont.example",
            profile_url="https://marches.valmont.example",
            legal_type="la",
            activity="gen-pub",
        ),
    )


CRITERIA = (
    reader.Criterion(
        "price", "Prix des prestations", "Au vu du détail quantitatif.", Decimal(40), "percentage"
    ),
    reader.Criterion(
        "quality",
        "Valeur technique",
        "Mémoire : méthodes, moyens, planning.",
        Decimal(45),
        "percentage",
    ),
    reader.Criterion(
        "quality",
        "Performance environnementale",
        "Chantier à faibles nuisances.",
        Decimal(15),
        "percentage",
    ),
)
FIRST_LOT = reader.Lot(
    identifier="LOT-0001",
    internal_id="TX-1",
    title="Isolation et enduits",
    description="Isolation par l’extérieur de 4 200 m².",
    nature="works",
    cpv="45321000",
    additional_cpv=("45410000",),
    nuts=("FRK24",),
    estimated=reader.Amount(Decimal("3900000.00"), "EUR"),
    duration=reader.Duration(14, "MONTH"),
    renewals=3,
    criteria=CRITERIA,
    offers_close=reader.Moment(DEADLINE, past=False),
    questions_close=reader.Moment(datetime(2027, 3, 1, 17, 0, tzinfo=UTC), past=False),
    validity=reader.Duration(4, "MONTH"),
    documents=(reader.Document("https://marches.valmont.example/dce/1", languages=("FRA",)),),
    submission_url="https://marches.valmont.example/depot",
    languages=("FRA",),
    variants="allowed",
    reserved="none",
    framework="none",
    dynamic_purchasing="none",
)


def test_lots(call):
    first, second = call.lots
    assert first == FIRST_LOT
    assert (second.identifier, second.reserved, second.duration) == (
        "LOT-0002",
        "res-pub-ser",
        reader.Duration(10, "MONTH"),
    )
    assert [criterion.weight for criterion in second.criteria] == [60, 40]
    assert not first.undivided


def test_report_of_a_clean_notice(call):
    assert call.items(ItemKind.DOUBTFUL) == ()
    assert call.items(ItemKind.TO_SET_AGAIN) == ()
    assert {item.message for item in call.items(ItemKind.TAKEN)} == {"Repris."}
    assert len({(item.path, item.message, item.value) for item in call.report}) == len(call.report)


def test_report_gives_path_and_value(call):
    found = [item for item in call.report if item.field == "lots[1].estimated"]
    assert [(item.kind, item.path, item.value, item.label, item.count) for item in found] == [
        (
            ItemKind.TAKEN,
            f"{LOT}/cac:ProcurementProject/cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount",
            "2300000",
            "Valeur estimée",
            1,
        )
    ]


def test_report_sums_up_what_is_ignored_by_path(call):
    found = [item for item in call.items(ItemKind.IGNORED) if item.path.endswith("cbc:FundingProgramCode")]
    assert [(item.path, item.value, item.count) for item in found] == [
        ("/*/cac:ProcurementProjectLot/cac:TenderingTerms/cbc:FundingProgramCode", "no-eu-funds", 2)
    ]


def test_report_says_where_ignored_things_belong(call):
    sentences = {item.path.split("/")[-1]: item.message for item in call.items(ItemKind.IGNORED)}
    assert (
        sentences["cbc:UBLVersionID"]
        == "Cette information n’a pas de place dans un brouillon de consultation."
    )
    appeals = [item.message for item in call.items(ItemKind.IGNORED) if "AppealTerms" in item.path]
    assert appeals == ["Voies de recours : à indiquer dans le règlement de la consultation."]


def test_report_shows_long_values_shortened(notice):
    draft = notice.set("//cac:TenderingProcess/cbc:Description", "mot " * 100).read()
    (item,) = [item for item in draft.report if item.field == "procedure.features"]
    assert (len(item.value), item.value[-1]) == (200, "…")
    assert len(draft.procedure.features) == 399


def test_report_of_an_empty_element(notice):
    draft = notice.set("/*/cac:ProcurementProject/cbc:Note", " ").read()
    (item,) = [item for item in draft.report if item.path == "/*/cac:ProcurementProject/cbc:Note"]
    assert (item.kind, item.message, draft.procedure.note) == (ItemKind.IGNORED, "Élément vide.", "")


def test_read_from_a_path_equals_read_from_bytes(call, call_path):
    assert reader.read_notice(call_path, now=NOW) == call


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "notice.empty"),
        (b"%PDF-1.7", "notice.not_xml"),
        (b'{"a": 1}', "notice.not_xml"),
        (b"<ContractNotice xmlns='" + UBL + b"ContractNotice-2'><a></b>", "notice.not_xml"),
        (b"<!DOCTYPE a><a/>", "notice.doctype"),
        (b"<ContractNotice xmlns='" + UBL + b"ContractNotice-2'>" + b"<a>" * 100, "notice.too_deep"),
        (b"<ContractNotice xmlns='" + UBL + b"ContractNotice-2'/>", "notice.not_eforms"),
    ],
)
def test_file_refused(data, code):
    assert refusal(data).code == code


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<ContractAwardNotice xmlns='" + UBL + b"ContractAwardNotice-2'/>", "avis d’attribution"),
        (b"<Invoice xmlns='" + UBL + b"Invoice-2'/>", "une facture"),
        (b"<CreditNote xmlns='" + UBL + b"CreditNote-2'/>", "une facture"),
        (
            b"<QualificationApplicationRequest xmlns='" + UBL + b"QualificationApplicationRequest-2'/>",
            "un DUME",
        ),
        (
            b"<TED_EXPORT xmlns='http://publications.europa.eu/resource/schema/ted/R2.0.9/publication'/>",
            "R2.0.9",
        ),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "une page web"),
        (b"<html/>", "une page web"),
        (b"<marches/>", "DECP"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "un flux Atom"),
        (b"<ContractNotice/>", "sa racine est « ContractNotice »"),
        (b"<Order xmlns='" + UBL + b"Order-2'/>", "sa racine est « Order »"),
        (b"<PriorInformationNotice xmlns='" + UBL + b"ContractNotice-2'/>", "« PriorInformationNotice »"),
    ],
)
def test_other_document_is_named(data, words):
    refused = refusal(data)
    assert (refused.code, words in str(refused)) == ("notice.not_a_notice", True)


def test_file_too_large(call_path):
    refused = refusal(call_path, max_bytes=10_000)
    assert refused.code == "notice.too_large"


def with_lots(count):
    end = b"</cac:ProcurementProjectLot>"
    start, stop = SOURCE.index(b"<cac:ProcurementProjectLot>"), SOURCE.index(end) + len(end)
    return SOURCE[:stop] + SOURCE[start:stop] * (count - 2) + SOURCE[stop:]


def cost(data):
    started = time.process_time()
    lots = reader.read_notice(data, now=NOW).lots
    return time.process_time() - started, len(lots)


def test_reading_costs_in_proportion_to_the_lots():
    # The best of several turns: another process on the machine slows single ones.
    few, many = (min(cost(with_lots(count)) for _turn in range(3)) for count in (50, 500))
    assert (few[1], many[1]) == (50, 500)
    assert many[0] < 25 * few[0]


def test_report_of_a_file_of_strange_names_stays_short():
    strange = b"".join(b"<t%d>x</t%d>" % (number, number) for number in range(5_000))
    draft = reader.read_notice(SOURCE.replace(b"</ContractNotice>", strange + b"</ContractNotice>"), now=NOW)
    (rest,) = [item for item in draft.report if item.path == "/*//*"]
    assert (len(draft.report) < 2_000, rest.count > 3_000, rest.kind) == (True, True, ItemKind.IGNORED)


def test_planning_notice(notice):
    notice.root.tag = notice.root.tag.replace("ContractNotice", "PriorInformationNotice")
    source = notice.bytes().replace(b"ContractNotice", b"PriorInformationNotice").replace(b">16<", b">4<")
    source = source.replace(b"PriorPriorInformationNotice", b"PriorInformationNotice")
    source = source.replace(b'schemeName="Lot">LOT-', b'schemeName="Part">PAR-')
    draft = reader.read_notice(source, now=NOW)
    assert (draft.head.subtype, [lot.identifier for lot in draft.lots]) == ("4", ["PAR-0001", "PAR-0002"])


def test_planned_date(notice):
    notice.add("/*", "<cbc:PlannedDate>2027-06-01+02:00</cbc:PlannedDate>")
    assert notice.read().head.planned == date(2027, 6, 1)


def test_leaf_accounted_for_twice_is_a_fault():
    leaf = etree.fromstring(b"<a/>")
    ledger, place = Ledger(leaf), Place("a", "b")
    ledger.record(ItemKind.TAKEN, [leaf], place, "x")
    with pytest.raises(AssertionError, match="twice"):
        ledger.record(ItemKind.TAKEN, [leaf], place, "x")


@given(st.lists(st.tuples(st.integers(0, len(SOURCE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_spoilt_bytes_give_a_draft_or_a_refusal(changes):
    spoilt = bytearray(SOURCE)
    for place, byte in changes:
        spoilt[place] = byte
    try:
        outcome = reader.read_notice(bytes(spoilt), now=NOW).report[0].kind
    except Invalid as error:
        outcome = error.code.partition(".")[0]
    assert outcome in {"notice", *ItemKind}


@given(st.integers(0, len(SOURCE) - 2))
def test_cut_file_is_refused_with_its_place(length):
    refused = refusal(SOURCE[:length])
    assert refused.code == ("notice.not_xml" if length else "notice.empty")
