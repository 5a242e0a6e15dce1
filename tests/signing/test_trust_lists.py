"""What lists state is read as it stands: services, periods, qualifiers, pointers; one bad service does not spoil a list."""

import base64
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyhanko.sign.validation.qualified import eutl_parse

from signing._pyhanko_trust import official_signers
from signing.errors import Unverifiable
from signing.summary_fr import sentence
from signing.trust.lists import parse
from signing.trust.model import SERVICE_CA_QC, Qualifier
from tests.signing import pki
from tests.signing import trust_lists as lists

KIT = os.environ.get("PLI_TEST_SIGNATURES")
needs_kit = pytest.mark.skipif(not KIT, reason="PLI_TEST_SIGNATURES is not set")
Q = lists.QUALIFIER


def read(*services, **parts):
    return parse(lists.document(providers=[lists.provider(*services)], **parts))


def one(*qualifications):
    """Return the qualifiers of a service that states some."""
    made = lists.service(pki.holder("ca").der, extras=lists.extensions(qualifications))
    return read(made).services[0].qualifiers


@pytest.mark.parametrize("version", ["5", "6"])
def test_list_states_itself_and_its_services(version):
    found = parse(lists.document(version=version, providers=[lists.provider(*lists.usual())]))
    assert (found.kind, found.version, found.territory, found.sequence) == ("TL", int(version), "FR", 7)
    assert (found.issued_at, found.next_update) == (lists.ISSUED, lists.ISSUED + timedelta(days=180))
    assert (found.operator, found.errors, found.pivots) == ("Opérateur FR", (), ())
    assert [service.name for service in found.services] == [
        "AC d'essai",
        "AC RSA d'essai",
        "Horodatage d'essai",
    ]
    assert found.services[0].provider == "Prestataire d'essai"
    assert found.services[0].additional == (pki.FOR_SIGNATURES, pki.FOR_SEALS)
    expected = [(one.type, one.certificates, one.history) for one in pki.qualified()]
    assert [(one.type, one.certificates, one.history) for one in found.services] == expected


def test_authorities_are_counted_once_by_name_and_key_when_granted_today():
    ca, rsa = pki.holder("ca").der, pki.holder("ca-rsa").der
    found = read(
        lists.service(ca),
        lists.service(ca, rsa),
        lists.service(pki.holder("root").der, status="withdrawn"),
        lists.service(pki.holder("tsa").der, kind=pki.SERVICE_TSA_QTST),
    )
    assert (found.ca_qc_services, len(found.services)) == (2, 4)


def test_history_keeps_what_was_said_in_each_period():
    born, changed = datetime(2014, 5, 1, tzinfo=UTC), datetime(2016, 7, 1, tzinfo=UTC)
    qualified = lists.qualification(["QCWithSSCD"], lists.criteria("all", lists.policies("1.2.3")))
    past = lists.instance(
        "ServiceHistoryInstance",
        "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC",
        "undersupervision",
        born,
        identities="<ServiceDigitalIdentity/>",
        extras=lists.extensions([qualified]),
    )
    made = lists.service(
        pki.holder("ca").der,
        starts=changed,
        extras=lists.extensions(additional=["ForeSeals"]),
        history=[past],
    )
    service = read(made).services[0]
    assert service.status_at(born - timedelta(seconds=1)) is None
    assert service.as_of(born - timedelta(seconds=1)) is None
    assert service.status_at(born) == lists.STATUS + "undersupervision"
    assert service.status_at(changed) == lists.STATUS + "granted"
    before, after = service.as_of(born), service.as_of(pki.NOW)
    assert (before.type, before.additional) == ("http://uri.etsi.org/TrstSvc/Svctype/CA/PKC", ())
    assert before.qualifiers == (Qualifier((Q + "QCWithSSCD",), (("1.2.3",),)),)
    assert (after.type, after.qualifiers, after.additional) == (SERVICE_CA_QC, (), (pki.FOR_SEALS,))


def test_criteria_that_must_all_be_met_make_one_alternative():
    stated = lists.criteria(
        "all", lists.policies("urn:oid:1.2", "1.3"), lists.usages(nonRepudiation=True, digitalSignature=False)
    )
    assert one(lists.qualification(["QCWithQSCD", "QCForESig"], stated)) == (
        Qualifier(
            (Q + "QCWithQSCD", Q + "QCForESig"),
            (("1.2", "1.3"),),
            ((("digitalSignature", False), ("nonRepudiation", True)),),
        ),
    )


def test_criteria_of_which_one_suffices_make_one_alternative_each():
    stated = lists.criteria("atLeastOne", lists.policies("1.2"), lists.usages(nonRepudiation=True))
    assert one(lists.qualification(["QCWithQSCD"], stated)) == (
        Qualifier((Q + "QCWithQSCD",), (("1.2",),)),
        Qualifier((Q + "QCWithQSCD",), (), ((("nonRepudiation", True),),)),
    )


def test_nested_criteria_are_multiplied_out():
    inner = lists.criteria("atLeastOne", lists.policies("1.2"), lists.policies("1.3"))
    stated = lists.criteria("all", lists.usages(nonRepudiation=True), inner)
    assert [
        (found.policies, found.key_usages) for found in one(lists.qualification(["QCWithQSCD"], stated))
    ] == [
        ((("1.2",),), ((("nonRepudiation", True),),)),
        ((("1.3",),), ((("nonRepudiation", True),),)),
    ]


def test_criteria_none_of_which_may_be_met_are_turned_round():
    stated = lists.criteria("none", lists.usages(nonRepudiation=True, digitalSignature=True))
    assert [found.key_usages for found in one(lists.qualification(["QCWithQSCD"], stated))] == [
        ((("digitalSignature", False),),),
        ((("nonRepudiation", False),),),
    ]


DEEP = lists.policies("1.2")
for _ in range(7):
    DEEP = lists.criteria("all", DEEP)
WIDE = lists.criteria(
    "all", *[lists.criteria("atLeastOne", lists.policies("1.2"), lists.policies(f"1.{n}")) for n in range(9)]
)
UNREADABLE = {
    "absent": "",
    "empty": lists.criteria("all"),
    "odd assertion": lists.criteria("perhaps", lists.policies("1.2")),
    "no assertion": "<sie:CriteriaList><sie:PolicySet/></sie:CriteriaList>",
    "negated policy": lists.criteria("none", lists.policies("1.2")),
    "unknown criterion": lists.criteria("all", "<sie:otherCriteriaList/>"),
    "no policy": lists.criteria("all", lists.policies()),
    "blank policy": lists.criteria("all", lists.policies("")),
    "no bit": lists.criteria("all", lists.usages()),
    "odd bit": lists.criteria(
        "all", '<sie:KeyUsage><sie:KeyUsageBit name="x">maybe</sie:KeyUsageBit></sie:KeyUsage>'
    ),
    "too deep": DEEP,
    "too many": WIDE,
}


@pytest.mark.parametrize("stated", UNREADABLE.values(), ids=UNREADABLE)
def test_doubt_on_criteria_is_turned_against_the_certificate(stated):
    found = one(lists.qualification(["QCWithQSCD", "QCNoQSCD", "NotQualified"], stated))
    assert found == (
        Qualifier((Q + "QCNoQSCD", Q + "NotQualified")),
        Qualifier((Q + "QCWithQSCD",), readable=False),
    )


def test_doubt_leaves_out_what_it_does_not_touch():
    assert one(lists.qualification(["QCNoQSCD"], "")) == (Qualifier((Q + "QCNoQSCD",)),)
    assert one(lists.qualification(["QCWithQSCD"], "")) == (Qualifier((Q + "QCWithQSCD",), readable=False),)


BROKEN = {
    "certificate": (b"0\x03\x02\x01\x01", {}),
    "trailing bytes": (pki.holder("ca").der + b"\x00", {}),
    "critical extension": (
        pki.holder("ca").der,
        {"extras": lists.extensions(other='<Extension Critical="true"><odd xmlns="urn:x"/></Extension>')},
    ),
    "past without date": (
        pki.holder("ca").der,
        {
            "history": [
                "<ServiceHistoryInstance><ServiceTypeIdentifier>x</ServiceTypeIdentifier><ServiceStatus>y</ServiceStatus></ServiceHistoryInstance>"
            ]
        },
    ),
    "no type": (pki.holder("ca").der, {"kind": ""}),
}


@pytest.mark.parametrize(("certificate", "changes"), BROKEN.values(), ids=BROKEN)
def test_bad_service_is_left_out_and_named(certificate, changes):
    sound = lists.service(pki.holder("ca-rsa").der, name="Bon")
    found = read(lists.service(certificate, name="Mauvais", **changes), sound)
    assert [service.name for service in found.services] == ["Bon"]
    assert [finding.code for finding in found.errors] == ["trust.service"]
    assert "« Mauvais »" in sentence(found.errors[0])


def test_service_without_information_is_left_out():
    found = read("<TSPService/>", lists.service(pki.holder("ca").der))
    assert (len(found.services), len(found.errors)) == (1, 1)


def test_unknown_extension_that_is_not_critical_and_known_ones_change_nothing():
    other = (
        '<Extension Critical="false"><odd xmlns="urn:x"/></Extension>'
        '<Extension Critical="true"><ExpiredCertsRevocationInfo>2014-01-01T00:00:00Z</ExpiredCertsRevocationInfo></Extension>'
        '<Extension Critical="true"><add:TakenOverBy/></Extension>'
    )
    found = read(lists.service(pki.holder("ca").der, extras=lists.extensions(other=other)))
    assert (len(found.services), found.errors) == (1, ())


def test_pointers_to_lists_are_read_and_those_to_documents_are_not():
    signers = (lists.operator(), lists.stranger())
    made = lists.document(
        kind="EUlistofthelists",
        territory="EU",
        pointers=[
            lists.points_to("FR", *signers),
            lists.points_to("FR", *signers, mime="pdf"),
            lists.points_to("EU", lists.commission(), kind="EUlistofthelists"),
        ],
        uris=[
            "https://x.example/eu-lotl-pivot-9.xml",
            "https://x.example/notice",
            "https://x.example/eu-lotl-pivot-8.xml",
        ],
    )
    found = parse(made)
    assert found.kind == "LOTL"
    assert [(one.territory, one.lotl, one.certificates) for one in found.pointers] == [
        ("FR", False, tuple(signer.der for signer in signers)),
        ("EU", True, (lists.commission().der,)),
    ]
    assert found.pivots == ("https://x.example/eu-lotl-pivot-8.xml", "https://x.example/eu-lotl-pivot-9.xml")


def test_pointer_with_a_bad_certificate_is_left_out():
    good, text = lists.points_to("FR", lists.operator()), base64.encodebytes(lists.operator().der).decode()
    found = parse(lists.document(pointers=[good.replace(text, "AAAA"), good]))
    assert [one.territory for one in found.pointers] == ["FR"]
    assert [finding.code for finding in found.errors] == ["trust.pointer"]


def test_closed_list_has_no_next_update_and_a_time_without_offset_is_utc():
    made = lists.document(due=None).replace(b"2027-01-02T09:00:00Z", b"2027-01-02T09:00:00")
    assert (parse(made).next_update, parse(made).issued_at) == (None, lists.ISSUED)


def test_comments_cut_no_text_in_two():
    made = lists.document(providers=[lists.provider(lists.service(pki.holder("ca").der))])
    found = parse(made.replace(b"Svcstatus/granted", b"Svcstatus/with<!-- -->drawn<?pi?>"))
    assert found.services[0].history[0].status == lists.STATUS + "withdrawn"


def test_what_stands_in_the_signature_is_not_read():
    made = lists.tl(services=[])
    inside = f"<x xmlns='{lists.TSL}'>{lists.provider(*lists.usual())}</x>".replace(
        "<x ", "<TrustServiceProviderList "
    ).replace("</x>", "</TrustServiceProviderList>")
    forged = made.replace(b"</ds:Signature>", f"<ds:Object>{inside}</ds:Object></ds:Signature>".encode())
    assert forged != made
    assert parse(forged).services == ()


@pytest.mark.parametrize("version", ["4", "7", "", "abc"])
def test_other_versions_are_refused_by_name(version):
    with pytest.raises(Unverifiable) as refused:
        parse(lists.document(version=version))
    assert (refused.value.code, refused.value.reason) == ("UNSUPPORTED", "trust.version")
    assert refused.value.params["version"] == (version or "?")


DOCTYPE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
REFUSED = {
    "not XML": (b"PK\x03\x04", "UNREADABLE", "xml.unreadable"),
    "empty": (b"", "UNREADABLE", "xml.unreadable"),
    "another root": (b"<a/>", "UNREADABLE", "trust.not_a_list"),
    "no scheme": (
        f'<TrustServiceStatusList xmlns="{lists.TSL}"/>'.encode(),
        "UNREADABLE",
        "trust.not_a_list",
    ),
    "document type": (DOCTYPE + lists.document(), "REFUSED_DTD", "xml.dtd"),
    "no territory": (lists.document(territory=""), "UNREADABLE", "trust.misstated"),
    "odd sequence": (lists.document(sequence="-1"), "UNREADABLE", "trust.misstated"),
    "odd date": (lists.document().replace(b"2027-01-02T", b"2027-31-02T"), "UNREADABLE", "trust.misstated"),
    "attributes": (
        b"<a " + b" ".join(b'a%d="x"' % number for number in range(300)) + b"/>",
        "TOO_LARGE",
        "xml.too_complex",
    ),
}


@pytest.mark.parametrize(("data", "code", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_list_is_refused(data, code, reason):
    with pytest.raises(Unverifiable) as refused:
        parse(data)
    assert (refused.value.code, refused.value.reason) == (code, reason)


def test_too_large_a_list_is_refused_before_it_is_parsed(monkeypatch):
    made = lists.document()
    assert parse(made).sequence == 7
    monkeypatch.setattr("signing.limits.XML_BYTES", len(made) - 1)
    with pytest.raises(Unverifiable) as refused:
        parse(made)
    assert refused.value.code == "TOO_LARGE"


def test_document_type_behind_another_encoding_is_refused():
    text = b'<?xml version="1.0" encoding="UTF-7"?>+ADw-+ACE-DOCTYPE a [<!ENTITY e "boo">]><a>&e;</a>'
    with pytest.raises(Unverifiable):
        parse(text)


def test_official_signers_are_those_that_pyhanko_names():
    expected = [certificate.dump() for certificate in eutl_parse.latest_known_lotl_tlso_certs()]
    assert list(official_signers()) == expected
    assert expected


@needs_kit
def test_kit_french_list_has_its_forty_authorities():
    found = parse((Path(KIT or "") / "trust-lists" / "FR.xml").read_bytes())
    assert (found.kind, found.version, found.territory, found.sequence) == ("TL", 5, "FR", 56)
    assert (found.ca_qc_services, found.errors, len(found.services)) == (40, (), 121)
    assert all(qualifier.readable for service in found.services for qualifier in service.qualifiers)


@needs_kit
def test_kit_list_of_the_lists_has_its_thirty_two_pointers():
    found = parse((Path(KIT or "") / "trust-lists" / "eu-lotl.xml").read_bytes())
    assert (found.kind, found.territory, found.sequence, len(found.pointers)) == ("LOTL", "EU", 248, 32)
