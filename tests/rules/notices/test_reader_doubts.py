"""One thing changed in the notice, one line of the report that says so."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from procurement.notices import reader
from procurement.notices.reader import ItemKind

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
LOT = "/*/cac:ProcurementProjectLot[1]"
DEADLINE = f"{LOT}/cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod"
PROJECT = "/*/cac:ProcurementProject"
COMPANY = "//efac:Organization[1]/efac:Company"
CRITERION = f"{LOT}//cac:SubordinateAwardingCriterion[1]"
WEIGHT = f"{CRITERION}//efbc:ParameterNumeric"
WEIGHT_CODE = f"{CRITERION}//efbc:ParameterCode"
DOUBT, AGAIN, TAKEN = ItemKind.DOUBTFUL, ItemKind.TO_SET_AGAIN, ItemKind.TAKEN


@pytest.mark.parametrize(
    ("path", "text", "field", "kind", "words"),
    [
        ("//cbc:SubTypeCode", "19", "head.subtype", DOUBT, "peu courant"),
        ("/*/cbc:CustomizationID", "eforms-sdk-1.16", "head.sdk", DOUBT, "format inconnue"),
        ("/*/cbc:CustomizationID", "eforms-de-2.0", "head.sdk", DOUBT, "format inconnue"),
        ("/*/cbc:ID", "6F1F4D0E-7D2B-4C39-9A53-0F3C5F2D8A11", "head.identifier", DOUBT, "UUID de version 4"),
        ("/*/cbc:ID", "01890a5d-ac96-774b-bcce-b302099a8057", "head.identifier", DOUBT, "UUID de version 4"),
        ("/*/cbc:ContractFolderID", "2027-A", "head.procedure_id", DOUBT, "UUID de version 4"),
        ("/*/cbc:IssueTime", "9h30", "head.dispatched", DOUBT, "illisible"),
        ("//cbc:ProcedureCode", "comp-tend", "procedure.code", DOUBT, "pas d’équivalent"),
        ("//cbc:ProcedureCode", "oth-single", "procedure.code", DOUBT, "procédure adaptée"),
        (f"{PROJECT}/cbc:ProcurementTypeCode", "combined", "procedure.nature", DOUBT, "Code inconnu"),
        (f"{PROJECT}/cac:MainCommodityClassification/*", "99999999", "procedure.cpv", DOUBT, "nomenclature"),
        (f"{PROJECT}/cac:MainCommodityClassification/*", "45453100-9", "procedure.cpv", DOUBT, "clé"),
        (f"{PROJECT}/cac:RealizedLocation//cbc:CountrySubentityCode", "FR1", "procedure.nuts", DOUBT, "NUTS"),
        (
            f"{PROJECT}//cbc:EstimatedOverallContractAmount",
            "1 000",
            "procedure.estimated",
            DOUBT,
            "illisible",
        ),
        (f"{PROJECT}//cbc:EstimatedOverallContractAmount", "-1", "procedure.estimated", DOUBT, "illisible"),
        (
            f"{PROJECT}//cbc:EstimatedOverallContractAmount",
            "9" * 15,
            "procedure.estimated",
            DOUBT,
            "illisible",
        ),
        (f"{PROJECT}//cbc:EstimatedOverallContractAmount", "1.005", "procedure.estimated", DOUBT, "arrondi"),
        (f"{PROJECT}/cbc:Name[2]", "École \u202eyrreF", "procedure.title", DOUBT, "invisibles"),
        ("//cbc:MaximumLotsAwardedNumeric", "un", "procedure.lots_per_winner", DOUBT, "Nombre illisible"),
        (f"{COMPANY}//cbc:CompanyID", "21380123600019", "buyers[0].siret", DOUBT, "pas un SIRET valide"),
        (
            f"{COMPANY}/cbc:WebsiteURI",
            "javascript:alert(1)",
            "buyers[0].website",
            DOUBT,
            "Adresse web refusée",
        ),
        (
            f"{COMPANY}/cbc:WebsiteURI",
            "https://a@b.example",
            "buyers[0].website",
            DOUBT,
            "Adresse web refusée",
        ),
        (f"{COMPANY}/cbc:WebsiteURI", "https://[::1", "buyers[0].website", DOUBT, "Adresse web refusée"),
        (f"{COMPANY}/cbc:WebsiteURI", "https://", "buyers[0].website", DOUBT, "Adresse web refusée"),
        (
            f"{COMPANY}/cbc:WebsiteURI",
            "https://a.example/b c",
            "buyers[0].website",
            DOUBT,
            "Adresse web refusée",
        ),
        ("/*/cac:ContractingParty//cbc:ID", "ORG-0009", "buyers[0].reference", DOUBT, "décrit nulle part"),
        (f"{DEADLINE}/cbc:EndTime", "12:00", "lots[0].offers_close", DOUBT, "illisible"),
        (f"{DEADLINE}/cbc:EndDate", "2027-02-30+01:00", "lots[0].offers_close", DOUBT, "illisible"),
        (f"{DEADLINE}/cbc:EndDate", "0001-01-01+01:00", "lots[0].offers_close", AGAIN, "passée"),
        (f"{DEADLINE}/cbc:EndDate", "2027-01-10+01:00", "lots[0].offers_close", AGAIN, "passée"),
        (f"{DEADLINE}/cbc:EndTime", "12:00:00Z", "lots[0].offers_close", DOUBT, "soit 15/03/2027 13:00:00"),
        (f"{DEADLINE}/cbc:EndTime", " ", "lots[0].offers_close", AGAIN, "Date sans heure"),
        (f"{LOT}//cac:PlannedPeriod/*", "douze", "lots[0].duration", DOUBT, "Durée illisible"),
        (f"{WEIGHT}", "beaucoup", "lots[0].criteria[0].weight", DOUBT, "illisible"),
        (f"{WEIGHT}", "-5", "lots[0].criteria[0].weight", DOUBT, "illisible"),
        (f"{WEIGHT_CODE}", "poids", "lots[0].criteria[0].weight", DOUBT, "illisible"),
        (f"{WEIGHT_CODE}", "per-mid", "lots[0].criteria[0].weight", DOUBT, "fourchette"),
        (f"{WEIGHT_CODE}", "ord-imp", "lots[0].criteria[0].weight", DOUBT, "Ordre d’importance"),
        (f"{WEIGHT}", "41", "lots[0].criteria", DOUBT, "font 101 %, et non 100 %"),
        (
            f"{CRITERION}/cbc:AwardingCriterionTypeCode",
            "beauty",
            "lots[0].criteria[0].kind",
            DOUBT,
            "Code inconnu",
        ),
        (f"{LOT}//cbc:VariantConstraintCode", "perhaps", "lots[0].variants", DOUBT, "Code inconnu"),
        (f"{DEADLINE}/cbc:EndDate", "2027-03-16+01:00", "lots", DOUBT, "même date limite"),
    ],
)
def test_one_change_gives_one_remark(notice, path, text, field, kind, words):
    draft = notice.set(path, text).read()
    remarks = [item for item in draft.report if item.kind in {DOUBT, AGAIN} and item.field == field]
    assert [(item.kind, words in item.message % item.params) for item in remarks] == [(kind, True)]


@pytest.mark.parametrize(
    ("path", "field", "words"),
    [
        (f"{PROJECT}", "procedure.title", "pas d’objet"),
        (f"{PROJECT}/cac:MainCommodityClassification", "procedure.cpv", "pas de code CPV"),
        ("/*/cac:ContractingParty", "buyers", "pas d’acheteur"),
        ("/*/cac:ContractingParty/cac:Party", "buyers", "pas d’acheteur"),
        ("/*/cac:ProcurementProjectLot", "lots", "aucun lot"),
        ("/*/cac:ProcurementProjectLot/cbc:ID", "lots", "aucun lot"),
    ],
)
def test_missing_part_is_remarked(notice, path, field, words):
    (item,) = [item for item in notice.drop(path).read().items(DOUBT) if item.field == field]
    assert (words in item.message, item.path, item.count) == (True, "", 0)


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("/*/cbc:ID", "identifier", ""),
        ("/*/cbc:CustomizationID", "sdk", ""),
        ("/*/cbc:NoticeTypeCode", "form", ""),
        ("/*/cbc:IssueDate", "dispatched", None),
        ("/*/cbc:VersionID", "version", ""),
    ],
)
def test_head_without(notice, path, field, value):
    assert getattr(notice.drop(path).read().head, field) == value


@pytest.mark.parametrize("subtype", ["25", "29", "E4", "38", "X01", "99"])
def test_subtype_that_calls_for_nothing_is_refused(notice, subtype):
    refused = notice.set("//cbc:SubTypeCode", subtype).refusal()
    assert (refused.code, refused.params) == ("notice.subtype", {"subtype": subtype})


def test_subtype_empty_is_refused(notice):
    assert notice.set("//cbc:SubTypeCode", "").refusal().code == "notice.not_eforms"


@pytest.mark.parametrize(
    ("eforms", "ours"),
    [
        ("open", "ao_ouvert"),
        ("restricted", "ao_restreint"),
        ("neg-w-call", "negociation"),
        ("comp-dial", "dialogue"),
        ("oth-single", "mapa"),
        ("oth-mult", "mapa"),
        ("innovation", ""),
        ("neg-wo-call", ""),
    ],
)
def test_procedure_code(notice, eforms, ours):
    procedure = notice.set("//cbc:ProcedureCode", eforms).read().procedure
    assert (procedure.eforms_code, procedure.code) == (eforms, ours)


def test_procedure_code_absent(notice):
    procedure = notice.drop("//cbc:ProcedureCode").read().procedure
    assert (procedure.eforms_code, procedure.code) == ("", "")


def test_procedure_of_a_national_notice_is_doubted(notice):
    notice.set("//cbc:SubTypeCode", "E3")
    assert notice.doubts("procedure.code") == [
        (DOUBT, "Avis national : vérifiez s’il s’agit d’une procédure adaptée.")
    ]


def test_procedure_accelerated(notice):
    assert notice.set("//cac:ProcessJustification/cbc:ProcessReasonCode", "true").read().procedure.accelerated


def test_title_lent_by_the_first_lot(notice):
    assert notice.drop(f"{PROJECT}/cbc:Name").read().title == "Isolation et enduits"


def test_title_in_the_language_of_the_notice_without_french(notice):
    notice.drop(f"{PROJECT}/cbc:Name[2]").set("/*/cbc:NoticeLanguageCode", "ENG")
    notice.add(PROJECT, '<cbc:Name languageID="DEU">Schule</cbc:Name>')
    assert notice.read().title == "Energy renovation of the Jules-Ferry school"


def test_title_twice_in_one_language_keeps_the_first(notice):
    notice.add(PROJECT, '<cbc:Name languageID="FRA">Autre</cbc:Name>')
    draft = notice.read()
    assert draft.title == "Rénovation énergétique de l’école Jules-Ferry"
    assert [item.value for item in draft.items(ItemKind.IGNORED) if item.path == f"{PROJECT}/cbc:Name"] == [
        "Autre"
    ]


def test_title_with_hostile_characters_is_shown_with_marks(notice):
    assert notice.set(f"{PROJECT}/cbc:Name[2]", "École \u202eyrreF").read().title == "École �yrreF"


def test_amount_in_another_currency(notice):
    draft = notice.set(f"{PROJECT}//cbc:EstimatedOverallContractAmount", "100", currencyID="USD").read()
    assert draft.procedure.estimated == reader.Amount(Decimal(100), "USD")
    (item,) = draft.items(DOUBT)
    assert item.message % item.params == "Montant en « USD », et non en euros : à convertir."


def test_amount_is_rounded_to_the_cent(notice):
    draft = notice.set(f"{PROJECT}//cbc:EstimatedOverallContractAmount", "1.005").read()
    assert draft.procedure.estimated == reader.Amount(Decimal("1.01"), "EUR")


def test_framework_maximum(notice):
    notice.add(
        f"{LOT}//cac:RequestedTenderTotal",
        "<ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent><efext:EformsExtension>"
        '<efbc:FrameworkMaximumAmount currencyID="EUR">5000000</efbc:FrameworkMaximumAmount>'
        "</efext:EformsExtension></ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>",
    )
    assert notice.read().lots[0].framework_maximum == reader.Amount(Decimal(5_000_000), "EUR")


@pytest.mark.parametrize(
    ("listed", "code", "techniques"),
    [
        ("framework-agreement", "fa-w-rc", {"framework"}),
        ("dps-usage", "dps-list", {"dps"}),
        ("dps-usage", "none", set()),
    ],
)
def test_techniques(notice, listed, code, techniques):
    draft = notice.set(f"//cbc:ContractingSystemTypeCode[@listName='{listed}']", code).read()
    assert draft.techniques == techniques


def test_cpv_unreadable_is_left_out(notice):
    draft = notice.set(f"{PROJECT}/cac:AdditionalCommodityClassification/*", "travaux").read()
    assert draft.procedure.additional_cpv == ()
    assert [item.field for item in draft.items(DOUBT)] == ["procedure.additional_cpv"]


def test_place_of_performance_twice_is_kept_once(notice):
    notice.add(
        f"{LOT}//cac:RealizedLocation/cac:Address",
        "<cbc:CountrySubentityCode>FRK24</cbc:CountrySubentityCode>",
    )
    assert notice.read().lots[0].nuts == ("FRK24",)


def test_buyer_cited_twice(notice):
    party = "<cac:ContractingParty><cac:Party><cac:PartyIdentification><cbc:ID>ORG-0001</cbc:ID>"
    party += "</cac:PartyIdentification></cac:Party></cac:ContractingParty>"
    draft = notice.add("/*", party).read()
    assert [buyer.name for buyer in draft.buyers] == ["Ville de Valmont"]
    assert [item.field for item in draft.items(DOUBT)] == ["buyers[1].reference"]


def test_buyer_described_nowhere_keeps_its_reference(notice):
    assert notice.set("/*/cac:ContractingParty//cbc:ID", "ORG-0009").read().buyers == (
        reader.Buyer("ORG-0009"),
    )


def test_company_without_identifier_is_passed_over(notice):
    notice.drop("//efac:Organization[2]/efac:Company/cac:PartyIdentification")
    assert len(notice.read().buyers) == 1


def test_buyer_without_address_and_identifier(notice):
    notice.drop(f"{COMPANY}/cac:PartyLegalEntity").drop(f"{COMPANY}/cac:PostalAddress")
    (buyer,) = notice.read().buyers
    assert (buyer.siret, buyer.company_id, buyer.address) == (None, "", reader.Address())


def test_buyer_with_its_siret_as_second_identifier(notice):
    notice.set(f"{COMPANY}//cbc:CompanyID", "Service 12")
    notice.add(
        COMPANY,
        "<cac:PartyLegalEntity><cbc:CompanyID>21380123600018</cbc:CompanyID></cac:PartyLegalEntity>",
    )
    (buyer,) = notice.read().buyers
    assert (buyer.siret, buyer.company_id) == ("21380123600018", "21380123600018")


def test_deadline_gone_by_is_kept_and_marked(notice):
    notice.set(f"{DEADLINE}/cbc:EndDate", "2027-01-10+01:00")
    moment = notice.read().lots[0].offers_close
    assert moment == reader.Moment(datetime(2027, 1, 10, 11, 0, tzinfo=UTC), past=True)


def test_deadline_at_this_very_instant_is_past(notice):
    assert notice.read(now=datetime(2027, 3, 15, 11, 0, tzinfo=UTC)).lots[0].offers_close.past


def test_deadline_without_zone_is_read_in_paris(notice):
    notice.set(f"{DEADLINE}/cbc:EndDate", "2027-07-15").set(f"{DEADLINE}/cbc:EndTime", "12:00:00.000")
    draft = notice.read()
    assert draft.lots[0].offers_close.at == datetime(2027, 7, 15, 10, 0, tzinfo=UTC)
    first, _second = draft.items(DOUBT)
    assert first.message % first.params == (
        "Sans fuseau : lu comme heure de Paris (15/07/2027 12:00:00), à vérifier."
    )


@pytest.mark.parametrize(
    ("day", "hour"), [("0001-01-01", "00:00:00+01:00"), ("9999-12-31", "23:59:59-01:00")]
)
def test_deadline_out_of_time(notice, day, hour):
    draft = notice.set(f"{DEADLINE}/cbc:EndDate", day).set(f"{DEADLINE}/cbc:EndTime", hour).read()
    assert draft.lots[0].offers_close is None


def test_deadline_absent(notice):
    assert notice.drop(DEADLINE).read().lots[0].offers_close is None


def test_requests_and_interest_deadlines(notice):
    period = "<cbc:EndDate>2027-02-15+01:00</cbc:EndDate><cbc:EndTime>12:00:00+01:00</cbc:EndTime>"
    notice.add(
        f"{LOT}/cac:TenderingProcess",
        f"<cac:ParticipationRequestReceptionPeriod>{period}</cac:ParticipationRequestReceptionPeriod>",
    )
    notice.add(
        "/*/cac:ProcurementProjectLot[2]/cac:TenderingProcess",
        "<ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent><efext:EformsExtension>"
        f"<efac:InterestExpressionReceptionPeriod>{period}</efac:InterestExpressionReceptionPeriod>"
        "</efext:EformsExtension></ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>",
    )
    expected = reader.Moment(datetime(2027, 2, 15, 11, 0, tzinfo=UTC), past=False)
    assert [lot.requests_close for lot in notice.read().lots] == [expected, expected]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("2027-04-01+02:00", date(2027, 4, 1), TAKEN),
        ("2027-01-11", date(2027, 1, 11), TAKEN),
        ("2027-01-10Z", date(2027, 1, 10), AGAIN),
        ("2027-13-01", None, DOUBT),
        ("demain", None, DOUBT),
    ],
)
def test_start_of_the_contract(notice, text, value, kind):
    notice.add(f"{LOT}//cac:PlannedPeriod", f"<cbc:StartDate>{text}</cbc:StartDate>")
    draft = notice.read()
    assert draft.lots[0].duration.starts == value
    assert [item.kind for item in draft.report if item.field == "lots[0].duration"] == [TAKEN, kind]


def test_duration_with_an_unknown_unit(notice):
    draft = notice.set(f"{LOT}//cac:PlannedPeriod/*", "3", unitCode="FORTNIGHT").read()
    assert draft.lots[0].duration == reader.Duration()


@pytest.mark.parametrize(
    ("code", "number", "weight", "scale"),
    [
        ("per-exa", "40", Decimal(40), "percentage"),
        ("per-mid", "40", Decimal(40), "percentage"),
        ("dec-mid", "0.4", Decimal(40), "percentage"),
        ("poi-exa", "8", Decimal(8), "points"),
        ("poi-mid", "8", Decimal(8), "points"),
        ("ord-imp", "1", None, "rank"),
        ("other", "1", None, ""),
    ],
)
def test_weight_of_each_scale(notice, code, number, weight, scale):
    criterion = notice.set(WEIGHT_CODE, code).set(WEIGHT, number).read().lots[0].criteria[0]
    assert (criterion.weight, criterion.scale) == (weight, scale)


@pytest.mark.parametrize("path", [WEIGHT, WEIGHT_CODE, f"{CRITERION}/ext:UBLExtensions"])
def test_weight_absent(notice, path):
    criterion = notice.drop(path).read().lots[0].criteria[0]
    assert (criterion.name, criterion.weight, criterion.scale) == ("Prix des prestations", None, "")


def test_criteria_absent(notice):
    draft = notice.drop(f"{LOT}//cac:AwardingTerms").read()
    assert draft.lots[0].criteria == ()
    assert draft.items(DOUBT) == ()


def test_criteria_formula_is_doubted(notice):
    notice.add(
        f"{LOT}//cac:AwardingCriterion", "<cbc:CalculationExpression>P/20 + T</cbc:CalculationExpression>"
    )
    assert notice.doubts("lots[0].criteria") == [
        (DOUBT, "Formule de calcul des critères : à reprendre à la main.")
    ]


def test_documents_without_an_address(notice):
    assert notice.drop(f"{LOT}//cac:Attachment").read().lots[0].documents == ()


def test_documents_restricted(notice):
    draft = notice.set(f"{LOT}//cbc:DocumentType", "restricted-document").read()
    assert draft.lots[0].documents[0].restricted


def test_groups_of_lots_are_ignored(notice):
    draft = notice.set(f"{LOT}/cbc:ID", "GLO-0001", schemeName="LotsGroup").read()
    assert [lot.identifier for lot in draft.lots] == ["LOT-0002"]


def test_undivided_contract(notice):
    assert (
        notice.drop("/*/cac:ProcurementProjectLot[2]")
        .set(f"{LOT}/cbc:ID", "LOT-0000")
        .read()
        .lots[0]
        .undivided
    )


@pytest.mark.parametrize("reason", ["cancel", "cancel-intent", "cor-buy"])
def test_change_notice(notice, reason):
    notice.add(
        "/*/ext:UBLExtensions//efext:EformsExtension",
        "<efac:Changes><efbc:ChangedNoticeIdentifier>f42be27e-01</efbc:ChangedNoticeIdentifier>"
        f"<efac:ChangeReason><cbc:ReasonCode>{reason}</cbc:ReasonCode></efac:ChangeReason></efac:Changes>",
    )
    draft = notice.read()
    assert draft.head.changes == "f42be27e-01"
    assert len(draft.items(DOUBT)) == (2 if reason.startswith("cancel") else 1)


def test_each_leaf_deleted_in_turn_is_survived(notice):
    leaves = notice.all("//*[not(*)]")
    for leaf in leaves:
        if leaf.tag.endswith("SubTypeCode"):
            continue
        parent, place = leaf.getparent(), leaf.getparent().index(leaf)
        parent.remove(leaf)
        notice.read()
        parent.insert(place, leaf)


@pytest.mark.parametrize("text", ["", "\u202e", "-1", "9" * 400, "<&>", "2027-01-01", "é" * 50])
def test_each_leaf_spoilt_at_once_is_survived(notice, text):
    notice.set("//*[not(*)][not(self::cbc:SubTypeCode)]", text).read()
