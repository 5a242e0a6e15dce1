"""Every way to sign with XAdES, made by xmlsec1: the facts are those that were put in."""

from datetime import UTC, datetime
from hashlib import sha256, sha512

import pytest

from signing.facts import SignatureFacts, SignerStatus
from signing.types import Bytes, Coverage, Digests, Format, ScopeKind
from signing.xades import read, read_signature
from tests.signing import pki
from tests.signing import xades_builder as make
from tests.signing.xades_builder import Plan, Ref, detached, transform


def alone(data: bytes, *contents: Bytes | Digests, **more: object) -> SignatureFacts:
    (facts,) = read(data, name="acte.xml", contents=contents, **more)  # type: ignore[arg-type]
    return facts


def sound(facts: SignatureFacts) -> bool:
    return facts.intact and not facts.structure_errors and not facts.constraint_errors


def test_enveloped():
    facts = alone(make.enveloped())

    assert sound(facts)
    assert (facts.id, facts.format, facts.level) == ("sig", Format.XADES, "B-B")
    assert facts.signer_status is SignerStatus.IDENTIFIED
    assert facts.certificate == pki.signer("good", "rsa").der
    assert facts.signing_certificate_digest_match is True
    assert facts.signing_time == datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
    assert facts.warnings == ()
    (scope,) = facts.scope
    assert (scope.name, scope.kind, scope.coverage) == ("acte.xml", ScopeKind.XML_ROOT, Coverage.FULL)
    assert scope.digest == ("sha256", sha256(b"<acte><lot>Voirie</lot></acte>").hexdigest())
    assert facts.extra["original_documents"] == 1
    assert {(use.use, use.digest, use.key, use.bits) for use in facts.algorithms} == {
        ("signature", "sha256", "rsa", 2048),
        ("signing-certificate", "sha256", None, None),
        ("reference", "sha256", None, None),
    }


@pytest.mark.parametrize(
    ("reference", "objects"),
    [
        (
            Ref("#o-1", (transform(make.BASE64),), make.DS + "Object"),
            '<ds:Object Id="o-1">b2ZmcmU=</ds:Object>',
        ),
        (
            Ref("#o-1", (), make.DS + "Object"),
            '<ds:Object Id="o-1"><a:acte xmlns:a="urn:a">é</a:acte></ds:Object>',
        ),
        (Ref("#o-1", (transform(make.C14N),)), '<ds:Object Id="o-1"><acte xmlns="">x</acte></ds:Object>'),
    ],
)
def test_enveloping(reference: Ref, objects: str):
    facts = alone(make.sign("{signature}", Plan([reference], objects)))

    assert sound(facts)
    assert [(one.name, one.coverage) for one in facts.scope] == [("/Signature/Object[2]", Coverage.FULL)]


def test_element_inside_own_object():
    held = '<ds:Object><acte Id="a-1">x</acte></ds:Object>'
    data = make.sign("{signature}", Plan([detached("#a-1")], held), ids=["acte"])
    facts = alone(data)

    assert sound(facts)
    assert [(one.name, one.coverage) for one in facts.scope] == [("/Signature/Object[2]/acte", Coverage.FULL)]


def test_element_beside_the_signature_is_a_part():
    data = make.sign(
        '<dossier><acte Id="a-1">x</acte><annexe/>{signature}</dossier>',
        Plan([detached("#a-1")]),
        ids=["acte"],
    )
    facts = alone(data)

    assert sound(facts)
    assert [(one.name, one.coverage, one.note and one.note.code) for one in facts.scope] == [
        ("/dossier/acte", Coverage.PARTIAL, "xml.scope_part")
    ]


def test_root_by_identifier_is_full():
    data = make.sign('<acte Id="a-1"><lot/>{signature}</acte>', Plan([Ref("#a-1")]), ids=["acte"])
    facts = alone(data)

    assert sound(facts)
    assert [(one.kind, one.coverage) for one in facts.scope] == [(ScopeKind.XML_ROOT, Coverage.FULL)]


@pytest.mark.parametrize("leaving_out", [make.SUBTRACT, make.NOT_SIGNATURES])
def test_two_signatures_of_one_document(leaving_out: str):
    reference = Ref("", (leaving_out, transform(make.EXC)))
    first = make.sign("<acte>a<b/>{signature} fin </acte>", Plan([reference]))
    second = first.decode().replace("</acte>", "{signature}</acte>")
    facts = read(make.sign(second, Plan([reference], id="sig2")), name="acte.xml")

    assert [one.id for one in facts] == ["sig", "sig2"]
    assert all(sound(one) for one in facts)
    assert {one.scope[0].coverage for one in facts} == {Coverage.FULL}


def test_plain_enveloped_signature_is_broken_by_a_second_one():
    first = make.enveloped()
    assert sound(alone(first))
    second = first.decode().replace("</acte>", "{signature}</acte>")
    one, two = read(make.sign(second, Plan(id="sig2")), name="acte.xml")

    assert one.data_found and not one.digests_intact
    assert sound(two)


@pytest.mark.parametrize(
    "c14n", [make.C14N, make.C14N + "#WithComments", make.EXC, make.EXC + "WithComments"]
)
def test_canonicalisations_with_all_that_is_inherited(c14n: str):
    """Namespaces, xml:lang, comments and instructions around: what two engines must see alike."""
    document = (
        '<?pi un?><!--c--><d:dossier xmlns:d="urn:d" xmlns="urn:e" xmlns:f="urn:d" xml:lang="fr" xml:space="preserve">'
        '<!--x--><acte Id="a-1" f:k="&#13;&#9;" b="&lt;é&quot;"><f:p/><q xmlns=""><r/></q> fin </acte>'
        "{signature}</d:dossier><?pi deux?>"
    )
    references = [
        detached("#a-1", transform(c14n)),
        Ref("", (transform(make.ENVELOPED), transform(c14n)), id="r-2"),
        Ref("", (transform(make.ENVELOPED),), id="r-3"),
        Ref("#xpointer(id('a-1'))", (transform(c14n),), id="r-4"),
    ]
    plan = Plan(references, c14n=c14n, inner_transforms=(transform(c14n),))
    facts = alone(make.sign(document, plan, ids=["urn:e:acte"]))

    assert [one.intact for one in facts.references] == [True] * 5
    assert sound(facts)


def test_prefixes_to_keep_in_exclusive_form():
    keep = f'<ec:InclusiveNamespaces xmlns:ec="{make.EXC}" PrefixList="d #default"/>'
    document = '<d:x xmlns:d="urn:d" xmlns="urn:e"><acte Id="a-1"/>{signature}</d:x>'
    plan = Plan([detached("#a-1", transform(make.EXC, keep))])

    assert sound(alone(make.sign(document, plan, ids=["urn:e:acte"])))


@pytest.mark.parametrize(
    ("key", "method"),
    [
        ("ec", make.ECDSA_SHA256),
        ("ec", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"),
        ("rsa", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"),
        ("rsa", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"),
        ("rsa", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
    ],
)
def test_signature_methods(key: str, method: str):
    facts = alone(make.sign("<acte>{signature}</acte>", Plan(key=key, method=method)))

    assert sound(facts)
    assert facts.algorithms[0].key == key and facts.algorithms[0].digest == method.rpartition("-")[2]


CONTENT = b"Acte d'engagement\n"


@pytest.mark.parametrize(
    "content",
    [
        Bytes("acte 1.txt", CONTENT),
        Digests("acte 1.txt", {"sha256": sha256(CONTENT).hexdigest()}),
        Bytes("renomme.txt", CONTENT),
        Digests("renomme.txt", {"sha256": sha256(CONTENT).hexdigest()}),
    ],
)
def test_detached(content: Bytes | Digests):
    data = make.sign("{signature}", Plan([detached("acte%201.txt")]), files={"acte%201.txt": CONTENT})
    facts = alone(data, content)

    assert sound(facts)
    assert [(one.name, one.kind, one.coverage) for one in facts.scope] == [
        (content.name, ScopeKind.DOCUMENT, Coverage.FULL)
    ]
    assert facts.scope[0].digest == ("sha256", sha256(CONTENT).hexdigest())


def test_detached_without_the_document():
    data = make.sign("{signature}", Plan([detached("acte.txt")]), files={"acte.txt": CONTENT})
    facts = alone(data)

    assert facts.value_intact and not facts.data_found
    assert [(one.name, one.coverage) for one in facts.scope] == [("acte.txt", Coverage.NONE)]


def test_detached_with_a_changed_document_of_that_name():
    data = make.sign("{signature}", Plan([detached("acte.txt")]), files={"acte.txt": CONTENT})
    facts = alone(data, Bytes("acte.txt", CONTENT + b"!"))

    assert facts.data_found and not facts.digests_intact


@pytest.mark.parametrize("place", [0, 1])
def test_detached_among_documents_of_the_same_name(place: int):
    """Two lots of one bid, each with its own act: the signature is over one of them."""
    data = make.sign("{signature}", Plan([detached("acte.txt")]), files={"acte.txt": CONTENT})
    contents = [Bytes("acte.txt", b"autre lot")]
    contents.insert(place, Bytes("acte.txt", CONTENT))
    assert sound(alone(data, *contents))
    changed = alone(data, Bytes("acte.txt", b"1"), Bytes("acte.txt", b"2"))
    assert changed.data_found and not changed.digests_intact


def test_detached_with_another_document():
    data = make.sign("{signature}", Plan([detached("acte.txt")]), files={"acte.txt": CONTENT})

    assert not alone(data, Bytes("autre.txt", b"autre")).data_found
    assert not alone(data, Bytes("autre.txt", CONTENT), Bytes("tiers.txt", b"")).data_found


def test_detached_by_a_path_of_the_signers_machine():
    data = make.sign(
        "{signature}", Plan([detached("file:///C:/x/acte.txt")]), files={"file:///C:/x/acte.txt": CONTENT}
    )
    facts = alone(data, Bytes("autre.txt", b""), Bytes("acte.txt", CONTENT))

    assert sound(facts)


def test_detached_digest_of_another_algorithm_is_not_enough():
    data = make.sign("{signature}", Plan([detached("acte.txt")]), files={"acte.txt": CONTENT})
    facts = alone(data, Digests("acte.txt", {"sha512": sha512(CONTENT).hexdigest()}))

    assert not facts.data_found
    assert [one.code for one in facts.warnings] == ["xml.digest_not_given"]


def test_detached_xml_in_canonical_form():
    content = b'<?xml version="1.0"?>\n<a  b="1"   ><!-- c --></a>'
    reference = detached("a.xml", transform(make.C14N))
    data = make.sign("{signature}", Plan([reference]), files={"a.xml": content})

    assert sound(alone(data, Bytes("a.xml", content)))
    assert sound(alone(data, Bytes("a.xml", b'<a b="1"></a>')))
    stated = Digests("a.xml", {"sha256": sha256(b'<a b="1"></a>').hexdigest()})
    assert not alone(data, stated).data_found
    changed = alone(data, Bytes("a.xml", b"<a/"))
    assert changed.data_found and not changed.digests_intact


def manifest(*names: str) -> str:
    entries = "".join(
        f'<ds:Reference URI="{name}"><ds:DigestMethod Algorithm="{make.SHA256}"/>'
        "<ds:DigestValue></ds:DigestValue></ds:Reference>"
        for name in names
    )
    return f'<ds:Object><ds:Manifest Id="m-1">{entries}</ds:Manifest></ds:Object>'


def by_manifest(*names: str) -> bytes:
    reference = Ref("#m-1", (transform(make.EXC),), make.DS + "Manifest")
    return make.sign(
        "{signature}", Plan([reference], manifest(*names)), files={name: name.encode() for name in names}
    )


def test_manifest_entries_are_the_documents():
    facts = alone(by_manifest("a.txt", "b.txt"), Bytes("a.txt", b"a.txt"), Bytes("b.txt", b"b.txt"))

    assert sound(facts)
    assert [(one.name, one.kind, one.coverage) for one in facts.scope] == [
        ("a.txt", ScopeKind.MANIFEST_ENTRY, Coverage.FULL),
        ("b.txt", ScopeKind.MANIFEST_ENTRY, Coverage.FULL),
    ]
    assert facts.extra["broken_manifest_entries"] == 0


@pytest.mark.parametrize(
    ("second", "found_and_intact"),
    [(b"b.txt", (True, True)), (b"changed", (True, False)), (None, (False, True))],
)
def test_manifest_proves_nothing_before_its_entries(
    second: bytes | None, found_and_intact: tuple[bool, bool]
):
    contents = [Bytes("a.txt", b"a.txt")] + ([Bytes("b.txt", second)] if second is not None else [])
    facts = alone(by_manifest("a.txt", "b.txt"), *contents)

    assert (facts.data_found, facts.digests_intact) == found_and_intact
    assert facts.extra["broken_manifest_entries"] == (0 if all(found_and_intact) else 1)


def test_empty_manifest_signs_no_document():
    facts = alone(by_manifest())

    assert facts.value_intact and not facts.data_found


@pytest.mark.parametrize("kind", ["http://uri.etsi.org/01903#CountersignedSignature", ""])
def test_counter_signature_inside(kind: str):
    root = make.parsed(make.enveloped())
    make.etree.SubElement(make.unsigned(root), f"{{{make.XADES}}}CounterSignature").text = "{signature}"
    plan = Plan([Ref("#value-sig", (transform(make.EXC),), kind)], id="counter")
    main, counter = read(make.sign(make.written(root).decode(), plan), name="acte.xml")

    assert sound(main) and main.counter_signatures == 1 and main.counter_of is None
    assert sound(counter) and (counter.id, counter.counter_of) == ("sig/counter-1", "sig")
    assert counter.level == ("B-B" if kind else "BES")
    assert counter.scope[0].note is not None and counter.scope[0].note.code == "xml.scope_countersigned"


def test_counter_signature_beside():
    document = make.enveloped().decode().replace("</acte>", "{signature}</acte>")
    reference = Ref("#value-sig", (transform(make.EXC),), "http://uri.etsi.org/01903#CountersignedSignature")
    subtract = Ref("", (make.SUBTRACT, transform(make.EXC)))
    assert sound(alone(make.sign("<acte>{signature}</acte>", Plan([subtract]))))
    document = make.sign("<acte>{signature}</acte>", Plan([subtract])).decode()
    document = document.replace("</acte>", "{signature}</acte>")
    main, counter = read(make.sign(document, Plan([reference], id="c")), name="acte.xml")

    assert sound(main) and sound(counter)
    assert (counter.id, counter.counter_of, main.counter_signatures) == ("sig/counter-1", "sig", 1)


@pytest.mark.parametrize(
    "namespace", ["http://uri.etsi.org/01903/v1.1.1#", "http://uri.etsi.org/01903/v1.2.2#"]
)
def test_older_versions(namespace: str):
    plan = Plan(namespace=namespace, certificate_property="V1", signed_type=namespace + "SignedProperties")
    facts = alone(make.sign("<acte>{signature}</acte>", plan))

    assert sound(facts)
    assert (facts.format, facts.level, facts.signer_status) == (Format.XADES, "BES", SignerStatus.IDENTIFIED)


def test_signing_certificate_of_the_first_form():
    facts = alone(make.sign("<acte>{signature}</acte>", Plan(certificate_property="V1")))

    assert sound(facts) and facts.signing_certificate_digest_match and facts.warnings == ()


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"signing_time": None}, "BES"),
        ({"certificate_property": ""}, "NOT-ETSI"),
        ({"properties": False}, "NOT-ETSI"),
        ({"signature_properties": "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyImplied/>"
          "</xades:SignaturePolicyIdentifier>", "signing_time": None}, "EPES"),
    ],
)  # fmt: skip
def test_levels_without_stamps(changes: dict[str, object], level: str):
    facts = alone(make.sign("<acte>{signature}</acte>", Plan(**changes)))  # type: ignore[arg-type]

    assert sound(facts) and facts.level == level


def test_certificates_in_any_order():
    holder = pki.signer("good", "rsa")
    facts = alone(
        make.sign("<acte>{signature}</acte>", Plan(certificates=(*holder.intermediates, holder.der)))
    )

    assert sound(facts) and facts.certificate == holder.der


def test_certificate_of_the_caller():
    holder = pki.signer("good", "rsa")
    data = make.sign("<acte>{signature}</acte>", Plan(certificates=holder.intermediates))
    without, with_it = alone(data), alone(data, extra_certs=[holder.der])

    assert (without.signer_status, without.certificate, without.value_intact) == (
        SignerStatus.MISSING,
        None,
        None,
    )
    assert (with_it.signer_status, with_it.certificate) == (SignerStatus.IDENTIFIED, holder.der)
    assert sound(with_it) and holder.der not in with_it.certificates
    assert with_it.level == "BES"


def test_bare_key_tells_integrity_alone():
    numbers = pki.signer("good", "rsa").certificate.public_key().public_numbers()
    modulus, exponent = (
        make.b64(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.n, numbers.e)
    )
    value = (
        f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>{exponent}</ds:Exponent>"
        "</ds:RSAKeyValue></ds:KeyValue>"
    )
    data = make.sign("<acte>{signature}</acte>", Plan(properties=False)).decode()
    before, _, rest = data.partition("<ds:X509Data>")
    facts = alone((before + value + rest.partition("</ds:X509Data>")[2]).encode())

    assert facts.intact
    assert (facts.signer_status, facts.certificate) == (SignerStatus.MISSING, None)


def test_signed_key_info_stands_for_the_certificate_property():
    plan = Plan(
        [Ref(), Ref("#ki", (transform(make.EXC),), id="r-2")],
        certificate_property="",
        certificates=(pki.signer("good", "rsa").der,),
        key_info_attributes=' Id="ki"',
    )
    facts = alone(make.sign("<acte>{signature}</acte>", plan))

    assert sound(facts) and facts.level == "BES"
    assert facts.signer_status is SignerStatus.IDENTIFIED
    assert not facts.signing_certificate_reference_present


def test_one_signature_by_element_or_bytes():
    data = make.enveloped()
    element = make.one(make.parsed(data), "//ds:Signature")

    assert sound(read_signature(data, name="acte.xml"))
    assert sound(read_signature(element, name="acte.xml"))
    assert read_signature(element, name="acte.xml").scope == read_signature(data, name="acte.xml").scope


def test_no_signature():
    assert read(b"<acte/>", name="acte.xml") == []
