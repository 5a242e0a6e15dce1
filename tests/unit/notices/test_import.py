"""A notice becomes a draft, in a real database."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from procurement.consultations.rules import Nature, State, Technique
from procurement.core import journal
from procurement.core.errors import Invalid
from procurement.notices import queries, service
from procurement.notices.errors import NoticeNotFound
from procurement.notices.reader import ItemKind
from tests.factories import accounts, notices

CALL = notices.CALL
SIRET = "21380123600018"
START = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)


@pytest.fixture
def buyer(session):
    return accounts.create_buyer(session, START, name="Ville de Valmont", siret=SIRET)


def imported(session, runtime, buyer, content=b"", now=START, role="drafter"):
    return notices.create_import(session, buyer, now, runtime.settings, content=content, role=role)


def test_draft_holds_what_the_notice_says(session, runtime, buyer):
    draft = imported(session, runtime, buyer).consultation
    assert (draft.title, draft.procedure_code, draft.nature, draft.cpv) == (
        "Rénovation énergétique de l’école Jules-Ferry",
        "ao_ouvert",
        Nature.WORKS,
        "45453100",
    )
    assert (draft.cpv_more, draft.nuts, draft.estimated_cents) == (
        ("45321000", "45410000", "45421000", "44221100"),
        ("FRK24",),
        620_000_000,
    )
    assert (draft.closes_at, draft.questions_at) == (
        datetime(2027, 3, 15, 11, 0, tzinfo=UTC),
        datetime(2027, 3, 1, 17, 0, tzinfo=UTC),
    )
    assert draft.state(START) is State.DRAFT


def test_draft_holds_the_lots(session, runtime, buyer):
    draft = imported(session, runtime, buyer).consultation
    assert draft.allotted
    assert [(lot.number, lot.title, lot.cpv, lot.estimated_cents) for lot in draft.lots] == [
        (1, "Isolation et enduits", "45321000", 390_000_000),
        (2, "Menuiseries extérieures", "45421000", 230_000_000),
    ]
    assert draft.lots[1].description.endswith(
        "- Coût global : 60 % (Sur dix ans.)\n- Valeur technique : 40 % (Qualité des menuiseries.)"
    )


def test_past_deadline_is_left_out_and_said(session, runtime, buyer):
    late = datetime(2027, 4, 1, 9, 0, tzinfo=UTC)
    result = imported(session, runtime, buyer, now=late)
    assert (result.consultation.closes_at, result.consultation.questions_at) == (None, None)
    fields = [item.field for item in result.report if item.kind is ItemKind.TO_SET_AGAIN]
    assert fields == [f"lots[{lot}].{name}" for lot in (0, 1) for name in ("offers_close", "questions_close")]


def test_notice_is_filed_byte_for_byte(session, runtime, buyer):
    result = imported(session, runtime, buyer)
    filed = queries.notice(session, result.notice_id)
    assert queries.content(session, result.notice_id) == CALL.read_bytes()
    assert (filed.reference, filed.identifier, filed.version, filed.subtype) == (
        result.consultation.reference,
        "6f1f4d0e-7d2b-4c39-9a53-0f3c5f2d8a11",
        "01",
        "16",
    )
    assert filed.report == result.report
    assert queries.of_organisation(session, buyer.id) == [filed]


def test_import_is_in_the_journal(session, runtime, buyer):
    imported(session, runtime, buyer)
    assert journal.verify(session).ok


def test_undivided_contract_has_no_lots(session, runtime, buyer):
    source = CALL.read_bytes()
    end = b"</cac:ProcurementProjectLot>"
    first = source.index(end) + len(end)
    alone = source[:first] + source[source.rindex(end) + len(end) :]
    alone = alone.replace(b"LOT-0001", b"LOT-0000").replace(
        b'"framework-agreement">none', b'"framework-agreement">fa-w-rc'
    )
    draft = imported(session, runtime, buyer, alone).consultation
    assert (draft.lots, draft.allotted, draft.techniques) == ((), None, (Technique.FRAMEWORK,))
    assert "- Prix des prestations : 40 %" in draft.description


def test_notice_of_another_buyer_is_remarked(session, runtime, buyer):
    other = accounts.create_buyer(session, START)
    report = imported(session, runtime, other).report
    (remark,) = [item for item in report if item.kind is ItemKind.DOUBTFUL]
    assert remark.message % remark.params == (
        "L’acheteur de l’avis est « Ville de Valmont » : le brouillon est au nom de votre organisation."
    )


def test_same_file_twice_is_remarked(session, runtime, buyer):
    first = imported(session, runtime, buyer)
    second = imported(session, runtime, buyer)
    (remark,) = [item for item in second.report if item.kind is ItemKind.DOUBTFUL]
    assert remark.params == {"reference": first.consultation.reference}
    assert second.consultation.reference != first.consultation.reference


def test_long_title_is_shortened_and_remarked(session, runtime, buyer):
    long = CALL.read_bytes().replace("Rénovation énergétique".encode(), b"Travaux " * 60)
    result = imported(session, runtime, buyer, long)
    assert len(result.consultation.title) == 300
    assert [item.params for item in result.report if item.kind is ItemKind.DOUBTFUL] == [{"limit": 300}]


def test_bare_notice_still_begins_a_draft(session, runtime, buyer):
    bare = (
        '<ContractNotice xmlns="urn:oasis:names:specification:ubl:schema:xsd:ContractNotice-2"'
        ' xmlns:e="urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"'
        ' xmlns:x="http://data.europa.eu/p27/eforms-ubl-extensions/1"'
        ' xmlns:a="http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1"'
        ' xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">'
        "<e:UBLExtensions><e:UBLExtension><e:ExtensionContent><x:EformsExtension><a:NoticeSubType>"
        "<b:SubTypeCode>16</b:SubTypeCode></a:NoticeSubType></x:EformsExtension></e:ExtensionContent>"
        "</e:UBLExtension></e:UBLExtensions></ContractNotice>"
    )
    draft = imported(session, runtime, buyer, bare.encode(), role=None).consultation
    assert (draft.title, draft.lots, draft.procedure_code) == (
        "Consultation importée d’un avis sans objet",
        (),
        None,
    )


def test_too_many_lots_are_refused():
    source = CALL.read_bytes()
    end = b"</cac:ProcurementProjectLot>"
    start, stop = source.index(b"<cac:ProcurementProjectLot>"), source.index(end) + len(end)
    many = source[:stop] + source[start:stop] * 199 + source[stop:]
    with pytest.raises(Invalid) as caught:
        service.read_file("avis.xml", many, now=START)
    assert (caught.value.code, caught.value.params) == ("notice.too_many_lots", {"lots": 201, "most": 200})


def test_unknown_notice_is_not_found(session, buyer):
    with pytest.raises(NoticeNotFound):
        queries.notice(session, buyer.id)


@pytest.fixture
def command(runtime, monkeypatch):
    from procurement.cli import notice

    monkeypatch.setattr(notice, "bootstrap", lambda _ini: runtime)

    def run(*arguments):
        return CliRunner().invoke(notice.command, ["import", *map(str, arguments)])

    return run


@pytest.fixture
def registered(database):
    with database.write() as opened:
        return accounts.create_buyer(opened, START, name="Ville de Valmont", siret=SIRET)


def test_command_creates_a_draft(command, registered):
    result = command(CALL, "--organisation", "213 801 236 00018", "--json")
    shown = json.loads(result.stdout)
    assert (result.exit_code, shown["reference"]) == (0, "2027-000001")
    assert {line["kind"] for line in shown["report"]} == {"taken", "kept", "ignored"}


def test_command_says_what_is_to_be_looked_at(command, registered, tmp_path):
    other = tmp_path / "avis.xml"
    other.write_bytes(CALL.read_bytes().replace(b"2027-03-15+01:00", b"2026-03-15+01:00"))
    result = command(other, "--organisation", SIRET)
    assert result.exit_code == 0
    assert "Draft 2027-000001 created (" in result.stdout
    assert "Date passée (15/03/2026 12:00:00, heure de Paris) : à fixer de nouveau." in result.stdout


def test_command_refuses_what_is_not_a_notice(command, registered, tmp_path):
    other = tmp_path / "facture.xml"
    other.write_bytes(b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>')
    result = command(other, "--organisation", SIRET)
    assert (result.exit_code, result.stderr) == (
        2,
        "pli: notice.not_a_notice: Ce fichier est une facture, pas un avis de marché.\n",
    )


@pytest.mark.parametrize(
    ("siret", "code", "word"), [("1", 2, "siret.format"), (SIRET, 1, "cli.organisation_missing")]
)
def test_command_refuses_an_organisation(command, siret, code, word):
    result = command(CALL, "--organisation", siret)
    assert (result.exit_code, word in result.stderr) == (code, True)


def test_long_description_is_shortened_and_remarked(session, runtime, buyer):
    long = CALL.read_bytes().replace(b"Visite du site", b"Visite " * 6000)
    result = imported(session, runtime, buyer, long)
    assert len(result.consultation.description) == 40_000
    assert [item.params for item in result.report if item.kind is ItemKind.DOUBTFUL] == [{"limit": 40_000}]
