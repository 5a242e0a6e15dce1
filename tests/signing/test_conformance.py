"""Kinds of files that other tools write and the kit does not hold, each made here and judged as the norm says."""

import unicodedata
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

import pytest

from signing import cades, der
from signing.api import verify
from signing.report import Report
from signing.trust.model import TrustSnapshot
from signing.types import Bytes, Content, Evidence, Indication, SubIndication
from tests.signing import cades_builder as build
from tests.signing import pki
from tests.signing import xades_builder as make
from tests.signing.archives import ASIC_E, archive, manifest, openssl_cades

LATER = pki.NOW + pki.DAY
PASSED = (Indication.TOTAL_PASSED, None)
ALTERED = (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)
LOST = (Indication.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND)
UNSIGNED = (Indication.INDETERMINATE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)


def judged(
    data: bytes,
    name: str,
    *contents: Content,
    at: datetime = pki.NOW,
    trust: TrustSnapshot | None = None,
    evidence: Evidence | None = None,
) -> Report:
    return verify(
        data,
        name=name,
        contents=contents,
        trust=trust or pki.trust(),
        evidence=evidence or pki.evidence(at),
        at=at,
    )


def verdicts(report: Report) -> list[tuple[Indication, SubIndication | None]]:
    assert report.error is None, report.error
    return [(one.indication, one.subindication) for one in report.signatures]


# The withdrawn archive time-stamp of RFC 3126.

ARCHIVE_V1 = "1.2.840.113549.1.9.16.2.27"


def inside(attribute: bytes) -> bytes:
    return der.Reader(attribute, code="test").next(der.SEQUENCE).content


def archived_v1(how: str, *, content: bytes = b"Bonjour", tagged: bool = False) -> build.Cms:
    cms = build.stamped(build.simple(content=b"Bonjour"))
    signer = cms.signers[0]
    (stamp,) = signer.unsigned
    values = inside(stamp).removeprefix(der.oid(build.SIGNATURE_STAMP))
    parts = {"type and values": inside(stamp), "whole": stamp}
    parts["values"] = der.Reader(values, code="test").next(der.SET).content
    signed = der.Reader(signer.signed, code="test").next(0xA0).content
    signed = der.tlv(der.SET, signed) if tagged else signed
    over = content + signed + signer.signature + parts[how]
    signer.unsigned.append(build.attribute(ARCHIVE_V1, pki.stamp(over, LATER)))
    return cms


@pytest.mark.parametrize("tagged", [False, True])
@pytest.mark.parametrize("how", ["type and values", "values", "whole"])
def test_first_archive_time_stamp_is_over_values(how, tagged):
    cms = archived_v1(how, tagged=tagged)
    (facts,) = cades.read(cms.dump(), name="acte.p7m")
    stamp = facts.stamps[-1]
    assert stamp.sound
    assert {sha256(facts.value).digest(), sha256(facts.stamps[0].token).digest()} <= stamp.covers


def test_first_archive_time_stamp_over_something_else_is_not_sound() -> None:
    (facts,) = cades.read(archived_v1("whole", content=b"Bonsoir").dump(), name="acte.p7m")
    assert (facts.stamps[-1].data_found, facts.stamps[-1].imprint_intact) == (True, False)
    cms = archived_v1("whole")
    cms.content = None
    (facts,) = cades.read(cms.dump(), name="acte.p7s")
    assert not facts.stamps[-1].data_found


def test_second_time_stamp_of_the_first_kind_is_over_the_one_before() -> None:
    cms = archived_v1("type and values")
    signer = cms.signers[0]
    signed = der.Reader(signer.signed, code="test").next(0xA0).content
    over = b"Bonjour" + signed + signer.signature + b"".join(inside(item) for item in signer.unsigned)
    signer.unsigned.append(build.attribute(ARCHIVE_V1, pki.stamp(over, LATER + pki.DAY)))
    (facts,) = cades.read(cms.dump(), name="acte.p7m")
    assert [stamp.sound for stamp in facts.stamps] == [True, True, True]
    assert sha256(facts.stamps[1].token).digest() in facts.stamps[2].covers


# Counter-signatures under the archive time-stamps of what they counter-sign.


def countersigned(*, archived: bool) -> bytes:
    cms = build.stamped(build.simple())
    other = build.counter(cms.signers[0], pki.signer("expired"))
    cms.signers[0].unsigned.append(build.attribute(build.COUNTER, other.dump()))
    cms.certificates += [pki.tsa().der, *pki.signer("expired").chain]
    return (build.archived_v3(cms, EARLY) if archived else cms).dump()


EARLY = pki.EXPIRED_AT - 2 * pki.DAY


def test_archive_time_stamp_proves_when_a_counter_signature_existed() -> None:
    evidence = Evidence(crls=(*pki.crls(EARLY), *pki.crls(pki.NOW)))
    unproved, proved = (
        judged(countersigned(archived=archived), "acte.p7m", evidence=evidence).signatures[1]
        for archived in (False, True)
    )
    assert unproved.indication is Indication.INDETERMINATE
    assert (proved.indication, proved.subindication) == PASSED
    assert proved.best_signature_time == EARLY


def test_archive_time_stamp_covers_what_a_counter_signature_holds_and_an_untrusted_one_proves_nothing() -> (
    None
):
    cms = build.stamped(build.simple())
    other = build.counter(cms.signers[0], pki.signer("expired"))
    token, nested = pki.stamp(other.signature, EARLY), build.counter(other, pki.signer("twin"))
    other.unsigned += [
        build.attribute(build.SIGNATURE_STAMP, token),
        build.attribute(build.COUNTER, nested.dump()),
    ]
    cms.signers[0].unsigned.append(build.attribute(build.COUNTER, other.dump()))
    cms.certificates += [pki.tsa().der, *pki.signer("expired").chain, pki.signer("twin").der]
    file = build.archived_v3(cms, EARLY).dump()
    (facts, *_counters) = cades.read(file, name="acte.p7m")
    assert {sha256(one).digest() for one in (other.signature, token, nested.signature)} <= facts.stamps[
        -1
    ].covers
    blind = judged(file, "acte.p7m", trust=TrustSnapshot())
    assert {one.best_signature_time for one in blind.signatures} == {pki.NOW}


def test_archive_time_stamp_covers_the_counter_signature_of_an_xml_signature() -> None:
    inner = make.Plan(
        [
            make.Ref(
                "#value-sig", (make.transform(make.EXC),), "http://uri.etsi.org/01903#CountersignedSignature"
            )
        ],
        id="contre",
        signer="expired",
    )
    root = make.parsed(make.enveloped())
    counter = make.etree.SubElement(make.unsigned(root), f"{{{make.XADES}}}CounterSignature")
    counter.text = "{signature}"
    root = make.parsed(make.sign(make.written(root).decode(), inner))
    over = make.archive_octets(root, [b"<acte><lot>Voirie</lot></acte>"])
    make.add_stamp(make.unsigned(root), "ArchiveTimeStamp", pki.stamp(over, EARLY), make.XADES_141)
    evidence = Evidence(pki.tsa().chain, crls=(*pki.crls(EARLY), *pki.crls(pki.NOW)))
    main, other = judged(make.written(root), "acte.xml", evidence=evidence).signatures
    assert (main.indication, other.indication) == (Indication.TOTAL_PASSED, Indication.TOTAL_PASSED)
    assert main.best_signature_time == other.best_signature_time == EARLY


# KeyInfo that points to its certificates.


def retrieved() -> bytes:
    holder = pki.signer("good", "rsa")
    found = "".join(f"<ds:X509Certificate>{make.b64(one)}</ds:X509Certificate>" for one in holder.chain)
    kept = f'<ds:X509Data Id="certificats">{found}</ds:X509Data>'
    method = f'<ds:RetrievalMethod URI="#certificats" Type="{make.DS}X509Data"></ds:RetrievalMethod>'
    plan = make.Plan(key_info=method, objects=f"<ds:Object>{kept}</ds:Object>")
    return make.sign("<acte>{signature}</acte>", plan, ids=[f"{make.DS}:X509Data"])


def test_certificates_are_found_where_key_info_says() -> None:
    assert verdicts(judged(retrieved(), "acte.xml")) == [PASSED]


@pytest.mark.parametrize(
    "changed", [('Id="certificats"', 'Id="autres"'), ("<ds:X509Data Id", "<ds:SPKIData Id")]
)
def test_certificates_that_are_not_there_identify_nobody(changed: tuple[str, str]) -> None:
    text = retrieved().decode().replace(*changed)
    text = (
        text.replace("</ds:X509Data></ds:Object>", "</ds:SPKIData></ds:Object>") if "SPKI" in text else text
    )
    assert verdicts(judged(text.encode(), "acte.xml")) == [UNSIGNED]


def test_retrieval_through_a_file_or_a_transform_is_not_followed() -> None:
    text = retrieved().decode()
    for changed in (
        text.replace('URI="#certificats"', 'URI="http://pki.example/certificats.xml"'),
        text.replace("</ds:RetrievalMethod>", "<ds:Transforms/></ds:RetrievalMethod>").replace(
            '#X509Data"/>', '#X509Data"><ds:Transforms/></ds:RetrievalMethod>'
        ),
    ):
        assert changed != text
        assert verdicts(judged(changed.encode(), "acte.xml")) == [UNSIGNED]


# XPath expressions that are the enveloped-signature transform by another name.

_COUNT = (
    "count(ancestor-or-self::ds:Signature | here()/ancestor::ds:Signature[1]) &gt; "
    "count(ancestor-or-self::ds:Signature)"
)
ENVELOPES = [
    make.transform(make.XPATH, f"<ds:XPath>{_COUNT}</ds:XPath>"),
    make.transform(
        make.FILTER_2,
        f'<f:XPath xmlns:f="{make.FILTER_2}" Filter="subtract"> here()/ancestor::ds:Signature[1] </f:XPath>',
    ),
]


@pytest.mark.parametrize("transform", ENVELOPES, ids=["XPath", "Filter 2.0"])
def test_expression_that_leaves_its_own_signature_out_is_known(transform: str) -> None:
    plan = make.Plan([make.Ref("", (transform, make.transform(make.EXC)))])
    signed = make.sign("<acte><lot>Voirie</lot>{signature}</acte>", plan)
    assert verdicts(judged(signed, "acte.xml")) == [PASSED]
    assert verdicts(judged(signed.replace(b"Voirie", b"Voirit"), "acte.xml")) == [ALTERED]


@pytest.mark.parametrize(
    "change", [("Signature[1]", "Signature[2]"), ("count(ancestor-or-self", "count(self"), ("&gt;", "&lt;")]
)
def test_expression_that_is_nearly_one_of_them_is_refused(change: tuple[str, str]) -> None:
    text = make.sign("<a>{signature}</a>", make.Plan([make.Ref("", (ENVELOPES[0],))])).decode()
    assert change[0] in text
    (one,) = judged(text.replace(*change).encode(), "acte.xml").signatures
    assert one.indication is not Indication.TOTAL_PASSED
    assert "xml.transform_refused" in [found.code for found in one.facts.constraint_errors]


# Names that two machines write with different code points.

NFC, NFD = (unicodedata.normalize(form, "pi\u00e8ce \u00e9crite.txt") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(("signed", "stored"), [(NFC, NFD), (NFD, NFC), (NFC, NFC)])
def test_manifest_finds_a_name_in_either_normal_form(signed: str, stored: str) -> None:
    bound = manifest("META-INF/signature001.p7s", [(signed, b"texte")])
    token = openssl_cades(bound, pki.signer("good"))
    entries = {stored: b"texte", "META-INF/ASiCManifest.xml": bound, "META-INF/signature001.p7s": token}
    report = judged(archive(entries.items(), mimetype=ASIC_E), "acte.asice")
    assert verdicts(report) == [PASSED]
    assert [entry.coverage.value for entry in report.signatures[0].scope] == ["FULL"]
    entries[stored] = b"autre"
    assert verdicts(judged(archive(entries.items(), mimetype=ASIC_E), "acte.asice")) == [ALTERED]


@pytest.mark.parametrize(("signed", "stored"), [(NFC, NFD), (NFD, NFC)])
def test_xml_reference_finds_a_name_in_either_normal_form(signed: str, stored: str) -> None:
    plan = make.Plan([make.detached(quote(signed))])
    data = make.sign("{signature}", plan, files={quote(signed): b"texte"})
    documents = {stored: b"texte", "autre.txt": b"autre"}
    entries = {**documents, "META-INF/signatures.xml": data}
    assert verdicts(judged(archive(entries.items(), mimetype=ASIC_E), "acte.asice")) == [PASSED]
    entries[stored] = b"change"
    assert verdicts(judged(archive(entries.items(), mimetype=ASIC_E), "acte.asice")) == [ALTERED]
    both = [Bytes(NFC + "x", b"texte"), Bytes("b", b"b")]
    assert verdicts(judged(data, "signature.xml", *both)) == [LOST]


def test_office_document_signed_as_a_container_is_read() -> None:
    plan = make.Plan([make.detached("content.xml")])
    data = make.sign("{signature}", plan, files={"content.xml": b"<office/>"})
    entries = {"content.xml": b"<office/>", "META-INF/signatures001.xml": data}
    office = b"application/vnd.oasis.opendocument.text"
    assert verdicts(judged(archive(entries.items(), mimetype=office), "acte.odt")) == [PASSED]
    entries["content.xml"] = b"<office>autre</office>"
    assert verdicts(judged(archive(entries.items(), mimetype=office), "acte.odt")) == [ALTERED]


@pytest.mark.parametrize("name", ["autre/acte.txt", "acte.TXT", "copie.txt"])
def test_file_of_a_container_under_another_name_is_not_the_signed_one(name: str) -> None:
    """A name is part of what is signed there: the content alone does not make the document."""
    plan = make.Plan([make.detached("acte.txt")])
    data = make.sign("{signature}", plan, files={"acte.txt": b"texte"})
    entries = {"acte.txt": b"texte", "META-INF/signatures.xml": data}
    assert verdicts(judged(archive(entries.items(), mimetype=ASIC_E), "acte.asice")) == [PASSED]
    moved = {name: b"texte", "META-INF/signatures.xml": data}
    assert verdicts(judged(archive(moved.items(), mimetype=ASIC_E), "acte.asice")) == [LOST]
    # Outside of a container the name is a hint: a signer's machine writes its own path.
    assert verdicts(judged(data, "signature.xml", Bytes(name, b"texte"))) == [PASSED]
