"""Time-stamps of XAdES: what each is over, what it proves, and what a stolen or misplaced one is worth."""

from hashlib import sha256

import pytest
from lxml import etree

from signing.errors import Unverifiable
from signing.facts import SignatureFacts, StampKind
from signing.types import Bytes, Digests
from signing.xades import read
from tests.signing import pki
from tests.signing import xades_builder as make
from tests.signing.xades_builder import DS, XADES, XADES_141, Plan, Ref, detached, transform

DATA = b"<acte><lot>Voirie</lot></acte>"


def facts_of(data: bytes, *contents: Bytes | Digests) -> SignatureFacts:
    (facts,) = read(data, name="acte.xml", contents=contents)
    return facts


def digest(data: bytes) -> bytes:
    return sha256(data).digest()


def with_signature_stamp(data: bytes | None = None) -> "etree._Element":
    root = make.parsed(data or make.enveloped())
    value = make.c14n(make.one(root, "//ds:Signature[@Id='sig']/ds:SignatureValue"))
    make.add_stamp(make.unsigned(root), "SignatureTimeStamp", pki.stamp(value))
    return root


def with_values(root: "etree._Element") -> "etree._Element":
    holder = pki.signer("good", "rsa")
    make.add_values(make.unsigned(root), holder.chain, pki.crls(), [pki.ocsp(holder, pki.NOW, "good")])
    return root


def with_archive(root: "etree._Element", *, namespace: str = XADES_141) -> "etree._Element":
    octets = make.archive_octets(root, [DATA])
    make.add_stamp(make.unsigned(root), "ArchiveTimeStamp", pki.stamp(octets, pki.NOW + pki.DAY), namespace)
    return root


def sound(facts: SignatureFacts) -> list[bool]:
    return [stamp.sound for stamp in facts.stamps]


def test_level_t():
    facts = facts_of(make.written(with_signature_stamp()))

    assert facts.level == "B-T" and facts.intact
    (stamp,) = facts.stamps
    assert stamp.sound and stamp.kind is StampKind.SIGNATURE
    assert (stamp.id, stamp.gen_time, stamp.certificate) == ("sig/timestamp-1", pki.NOW, pki.tsa().der)
    assert stamp.covers == {digest(facts.value)}


def test_level_lt():
    facts = facts_of(make.written(with_values(with_signature_stamp())))

    assert facts.level == "B-LT"
    assert set(facts.certificates) == set(pki.signer("good", "rsa").chain)
    assert (set(facts.crls), len(facts.ocsps)) == (set(pki.crls()), 1)


@pytest.mark.parametrize("namespace", [XADES, XADES_141])
def test_level_lta(namespace: str):
    facts = facts_of(make.written(with_archive(with_values(with_signature_stamp()), namespace=namespace)))

    assert facts.level == "B-LTA"
    assert sound(facts) == [True, True]
    first, archive = facts.stamps
    assert archive.kind is StampKind.ARCHIVE
    objects = [facts.value, *facts.certificates, *facts.crls, *facts.ocsps, first.token, *first.certificates]
    assert archive.covers == {digest(one) for one in [*objects, DATA]}


def test_second_archive_stamp_is_over_the_first():
    root = with_archive(with_archive(with_values(with_signature_stamp())))
    facts = facts_of(make.written(root))

    assert sound(facts) == [True, True, True]
    assert digest(facts.stamps[1].token) in facts.stamps[2].covers
    assert digest(facts.stamps[2].token) not in facts.stamps[1].covers


def test_property_added_before_an_archive_stamp_breaks_it():
    root = with_archive(with_values(with_signature_stamp()))
    assert sound(facts_of(make.written(root))) == [True, True]
    properties = make.unsigned(root)
    values = properties[1]
    make.add_values(properties, [pki.tsa().der])
    added = properties[-1]
    properties.insert(properties.index(values), added)

    assert sound(facts_of(make.written(root))) == [True, False]


def test_value_added_after_an_archive_stamp_is_not_covered_by_it():
    root = with_archive(with_values(with_signature_stamp()))
    other = pki.signer("no-qc", "ec").der
    make.add_values(make.unsigned(root), [other])
    facts = facts_of(make.written(root))

    assert sound(facts) == [True, True]
    assert other in facts.certificates and digest(other) not in facts.stamps[1].covers


def test_stolen_stamp():
    root = with_signature_stamp()
    assert sound(facts_of(make.written(root))) == [True]
    other = with_signature_stamp(make.sign("<acte><lot>Autre</lot>{signature}</acte>"))
    make.unsigned(root).replace(make.unsigned(root)[0], make.unsigned(other)[0])
    facts = facts_of(make.written(root))

    (stamp,) = facts.stamps
    assert stamp.signature_intact and stamp.data_found and not stamp.imprint_intact
    assert stamp.covers == frozenset()
    assert facts.intact and facts.level == "B-T"


def test_unreadable_stamp_and_stamp_of_another_kind():
    root = with_signature_stamp()
    make.one(root, "//xades:EncapsulatedTimeStamp").text = "AAAA"
    make.etree.SubElement(
        make.etree.SubElement(make.unsigned(root), f"{{{XADES}}}SignatureTimeStamp"),
        f"{{{XADES}}}XMLTimeStamp",
    )
    facts = facts_of(make.written(root))

    assert [(one.token, one.sound, [f.code for f in one.findings]) for one in facts.stamps] == [
        (b"", False, ["cms.stamp_unreadable"])
    ]
    assert [one.code for one in facts.warnings] == ["xml.stamp_of_another_kind"]


def test_several_tokens_in_one_property():
    root = with_signature_stamp()
    value = make.c14n(make.one(root, "//ds:SignatureValue"))
    second = etree.SubElement(make.unsigned(root)[0], f"{{{XADES}}}EncapsulatedTimeStamp")
    second.text = make.b64(pki.stamp(value, pki.NOW + pki.DAY))

    assert sound(facts_of(make.written(root))) == [True, True]


def test_canonical_form_by_default():
    root = with_signature_stamp()
    stamp = make.unsigned(root)[0]
    stamp.remove(stamp[0])
    octets = make.c14n(make.one(root, "//ds:SignatureValue"), exclusive=False)
    stamp[0].text = make.b64(pki.stamp(octets))

    assert sound(facts_of(make.written(root))) == [True]


# Content.


def stamp_xml(token: bytes, inner: str = "", name: str = "AllDataObjectsTimeStamp") -> str:
    return (
        f'<xades:{name}>{inner}<ds:CanonicalizationMethod Algorithm="{make.EXC}"/>'
        f"<xades:EncapsulatedTimeStamp>{make.b64(token)}</xades:EncapsulatedTimeStamp></xades:{name}>"
    )


def test_content_stamp():
    plan = Plan(data_properties=stamp_xml(pki.stamp(DATA)))
    facts = facts_of(make.sign("<acte><lot>Voirie</lot>{signature}</acte>", plan))

    assert facts.intact and facts.level == "B-B"
    (stamp,) = facts.stamps
    assert stamp.sound and stamp.kind is StampKind.CONTENT and stamp.covers == {digest(DATA)}


def test_content_stamp_without_the_content():
    plan = Plan([detached("a.txt")], data_properties=stamp_xml(pki.stamp(b"a")))
    data = make.sign("{signature}", plan, files={"a.txt": b"a"})

    assert sound(facts_of(data, Bytes("a.txt", b"a"))) == [True]
    for contents in ([], [Digests("a.txt", {"sha256": sha256(b"a").hexdigest()})]):
        (stamp,) = facts_of(data, *contents).stamps
        assert (stamp.signature_intact, stamp.data_found, stamp.imprint_intact) == (True, False, False)


def test_individual_content_stamp_is_over_what_it_includes():
    include = '<xades:Include URI="#r-2" referencedData="true"/>'
    references = [detached("a.txt", name="r-1"), detached("b.txt", name="r-2")]
    for stamped, expected in ((b"b", True), (b"ab", False)):
        properties = stamp_xml(pki.stamp(stamped), include, "IndividualDataObjectsTimeStamp")
        files = {"a.txt": b"a", "b.txt": b"b"}
        data = make.sign("{signature}", Plan(references, data_properties=properties), files=files)
        facts = facts_of(data, *(Bytes(name, content) for name, content in files.items()))

        assert facts.intact and sound(facts) == [expected]


def test_node_set_reference_is_stamped_in_the_stamps_own_form():
    """A reference whose transforms leave nodes is digested in C14N 1.0 and stamped as the stamp says."""
    held = '<ds:Object Id="o-1"><acte xmlns="">x</acte></ds:Object>'
    exclusive = f'<ds:Object xmlns:ds="{DS}" Id="o-1"><acte>x</acte></ds:Object>'.encode()
    plan = Plan([Ref("#o-1", ())], held, data_properties=stamp_xml(pki.stamp(exclusive)))

    assert sound(facts_of(make.sign("{signature}", plan))) == [True]


# Archive stamps: objects, references, distributed and older forms.


def test_archive_stamp_covers_unreferenced_objects():
    plan = Plan(objects="<ds:Object><note>n</note></ds:Object>")
    root = with_signature_stamp(make.sign("<acte><lot>Voirie</lot>{signature}</acte>", plan))
    loose = make.c14n(make.one(root, "//ds:Object[note]"))
    octets = make.archive_octets(root, [DATA]) + loose
    make.add_stamp(make.unsigned(root), "ArchiveTimeStamp", pki.stamp(octets), XADES_141)
    assert sound(facts_of(make.written(root))) == [True, True]
    make.one(root, "//note").text = "m"

    assert sound(facts_of(make.written(root))) == [True, False]


def complete_references(root: "etree._Element") -> None:
    """Add CompleteCertificateRefs and CompleteRevocationRefs over the chain and the CRLs."""
    properties = make.unsigned(root)
    for name, inner, ders in (
        ("CompleteCertificateRefs", "CertDigest", pki.signer("good", "rsa").intermediates),
        ("CompleteRevocationRefs", "DigestAlgAndValue", pki.crls()),
    ):
        holder = etree.SubElement(properties, f"{{{XADES}}}{name}")
        for der in ders:
            item = etree.SubElement(etree.SubElement(holder, f"{{{XADES}}}Ref"), f"{{{XADES}}}{inner}")
            etree.SubElement(item, f"{{{DS}}}DigestMethod", Algorithm=make.SHA256)
            etree.SubElement(item, f"{{{DS}}}DigestValue").text = make.b64(digest(der))


@pytest.mark.parametrize("name", ["SigAndRefsTimeStamp", "RefsOnlyTimeStamp"])
def test_levels_with_references(name: str):
    root = with_signature_stamp()
    complete_references(root)
    assert facts_of(make.written(root)).level == "C"
    parts = list(make.unsigned(root))
    if name == "SigAndRefsTimeStamp":
        parts.insert(0, make.one(root, "//ds:SignatureValue"))
    else:
        parts.pop(0)
    make.add_stamp(make.unsigned(root), name, pki.stamp(b"".join(make.c14n(part) for part in parts)))
    facts = facts_of(make.written(root))
    assert facts.level == "X" and sound(facts) == [True, True]
    assert facts.stamps[1].kind is StampKind.REFERENCES

    with_values(root)
    facts = facts_of(make.written(root))
    assert facts.level == "XL" and sound(facts) == [True, True]
    held = {digest(one) for one in (*pki.signer("good", "rsa").intermediates, *pki.crls())}
    assert held <= facts.stamps[1].covers
    assert (digest(facts.value) in facts.stamps[1].covers) is (name == "SigAndRefsTimeStamp")

    with_archive(root)
    facts = facts_of(make.written(root))
    assert facts.level == "A" and sound(facts) == [True, True, True]


def test_archive_stamp_that_names_its_properties():
    root = with_values(with_signature_stamp())
    properties = make.unsigned(root)
    for rank, item in enumerate(properties):
        item.set("Id", f"u-{rank}")
    octets = make.archive_octets(root, [DATA])
    make.add_stamp(properties, "ArchiveTimeStamp", pki.stamp(octets), XADES_141)
    for rank in range(3):
        properties[-1].insert(rank, etree.Element(f"{{{XADES}}}Include", URI=f"#u-{rank}"))
    facts = facts_of(make.written(root))

    assert sound(facts) == [True, True]
    assert digest(facts.crls[0]) in facts.stamps[1].covers


def test_archive_stamp_of_a_list_without_the_value_does_not_cover_it():
    """Octets that hold no signature value prove nothing of it, whatever the stamp is called."""
    root = with_values(with_signature_stamp())
    properties = make.unsigned(root)
    properties[1].set("Id", "u-1")
    make.add_stamp(properties, "ArchiveTimeStamp", pki.stamp(make.c14n(properties[1])), XADES_141)
    properties[-1].insert(0, etree.Element(f"{{{XADES}}}Include", URI="#u-1"))

    assert sound(facts_of(make.written(root))) == [True, False]


def test_stamp_of_the_first_version_names_the_value():
    namespace = "http://uri.etsi.org/01903/v1.1.1#"
    plan = Plan(namespace=namespace, certificate_property="V1", signed_type=namespace + "SignedProperties")
    root = make.parsed(make.sign("<acte>{signature}</acte>", plan))
    value = make.one(root, "//ds:SignatureValue")
    qualifying = root[0][-1][0]
    group = etree.SubElement(
        etree.SubElement(qualifying, f"{{{namespace}}}UnsignedProperties"),
        f"{{{namespace}}}UnsignedSignatureProperties",
    )
    stamp = etree.SubElement(group, f"{{{namespace}}}SignatureTimeStamp")
    info = etree.SubElement(stamp, f"{{{namespace}}}HashDataInfo", uri="#value-sig")
    etree.SubElement(etree.SubElement(info, f"{{{DS}}}Transforms"), f"{{{DS}}}Transform", Algorithm=make.EXC)
    token = etree.SubElement(stamp, f"{{{namespace}}}EncapsulatedTimeStamp")
    token.text = make.b64(pki.stamp(make.c14n(value)))
    facts = facts_of(make.written(root))

    assert facts.level == "T" and sound(facts) == [True]
    assert facts.stamps[0].covers == {digest(facts.value)}


def test_validation_data_of_stamps():
    root = with_signature_stamp()
    holder = etree.SubElement(make.unsigned(root), f"{{{XADES_141}}}TimeStampValidationData")
    make.add_values(holder, pki.tsa().chain, pki.crls())
    facts = facts_of(make.written(root))

    assert set(pki.tsa().chain) <= set(facts.certificates) and set(facts.crls) == set(pki.crls())
    assert facts.level == "B-LT"


def test_bare_basic_ocsp_response_is_wrapped():
    from asn1crypto import ocsp

    answer = pki.ocsp(pki.signer("good", "rsa"), pki.NOW, "good")
    basic = ocsp.OCSPResponse.load(answer)["response_bytes"]["response"].parsed.dump()
    root = with_signature_stamp()
    make.add_values(make.unsigned(root), ocsps=[basic])

    assert facts_of(make.written(root)).ocsps == (answer,)


def test_values_inside_a_counter_signature_are_its_own():
    root = with_values(with_signature_stamp())
    counter = etree.SubElement(make.unsigned(root), f"{{{XADES}}}CounterSignature")
    counter.text = "{signature}"
    plan = Plan([Ref("#value-sig", (transform(make.EXC),))], id="c", signer="no-qc")
    root = make.parsed(make.sign(make.written(root).decode(), plan))
    foreign = pki.signer("expired", "ec").der
    make.add_values(make.unsigned(root, "c"), [foreign])
    main, one = read(make.written(root), name="acte.xml")

    assert foreign not in main.certificates and foreign in one.certificates
    assert set(main.crls) <= set(one.crls)


def test_hundreds_of_archive_stamps_over_each_other():
    """Each is over all that stand before it, in several forms: the work is bounded."""
    root = with_signature_stamp()
    token = pki.stamp(b"x")
    for _ in range(150):
        make.add_stamp(make.unsigned(root), "ArchiveTimeStamp", token, XADES_141)
    with pytest.raises(Unverifiable) as refused:
        facts_of(make.written(root))

    assert refused.value.reason == "xml.too_much_work"


def test_archive_stamp_over_the_entries_of_a_manifest():
    """Some tools stamp what a manifest lists, after the manifest."""
    entry = (
        f'<ds:Reference URI="a.txt"><ds:DigestMethod Algorithm="{make.SHA256}"/><ds:DigestValue></ds:DigestValue>'
        "</ds:Reference>"
    )
    held = f'<ds:Object><ds:Manifest Id="m-1">{entry}</ds:Manifest></ds:Object>'
    reference = Ref("#m-1", (transform(make.EXC),), DS + "Manifest")
    root = with_signature_stamp(make.sign("{signature}", Plan([reference], held), files={"a.txt": b"a"}))
    listed = make.c14n(make.one(root, "//ds:Manifest"))
    loose = make.c14n(make.one(root, "//ds:Object[ds:Manifest]"))
    for data in ([listed], [listed, b"a"]):
        octets = make.archive_octets(root, data) + loose
        make.add_stamp(make.unsigned(root), "ArchiveTimeStamp", pki.stamp(octets), XADES_141)
    facts = facts_of(make.written(root), Bytes("a.txt", b"a"))

    assert facts.intact and sound(facts) == [True, True, True]
    assert digest(b"a") in facts.stamps[2].covers
