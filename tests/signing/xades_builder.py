"""Make XAdES signatures for tests: a template written here, digested and signed by Debian's ``xmlsec1``."""

import base64
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import new as new_digest
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from urllib.parse import unquote

import pytest
from lxml import etree

from tests.signing import pki

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
XADES_141 = "http://uri.etsi.org/01903/v1.4.1#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_11 = "http://www.w3.org/2006/12/xml-c14n11"
ENVELOPED = DS + "enveloped-signature"
BASE64 = DS + "base64"
FILTER_2 = "http://www.w3.org/2002/06/xmldsig-filter2"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
NS = {"ds": DS, "xades": XADES, "x141": XADES_141}
SUBTRACT = (
    f'<ds:Transform Algorithm="{FILTER_2}"><f:XPath xmlns:f="{FILTER_2}" Filter="subtract">'
    "/descendant::ds:Signature</f:XPath></ds:Transform>"
)
NOT_SIGNATURES = f'<ds:Transform Algorithm="{XPATH}"><ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>'


def transform(algorithm: str, inner: str = "") -> str:
    """Write one ds:Transform."""
    return f'<ds:Transform Algorithm="{algorithm}">{inner}</ds:Transform>'


@dataclass(frozen=True)
class Ref:
    """One reference of a template; ``uri`` None leaves the attribute out."""

    uri: str | None = ""
    transforms: tuple[str, ...] = (transform(ENVELOPED), transform(EXC))
    type: str = ""
    id: str = "r-1"
    digest: str = SHA256

    def xml(self) -> str:
        """Write the reference with an empty digest."""
        uri = "" if self.uri is None else f' URI="{self.uri}"'
        kind = f' Type="{self.type}"' if self.type else ""
        transforms = f"<ds:Transforms>{''.join(self.transforms)}</ds:Transforms>" if self.transforms else ""
        return (
            f'<ds:Reference Id="{self.id}"{uri}{kind}>{transforms}'
            f'<ds:DigestMethod Algorithm="{self.digest}"/><ds:DigestValue></ds:DigestValue></ds:Reference>'
        )


def detached(uri: str | None, *transforms: str, name: str = "r-1") -> Ref:
    """Return a reference to something outside, or inside, as it stands."""
    return Ref(uri, transforms, id=name)


@dataclass(frozen=True)
class Plan:
    """What to put in a signature."""

    references: Sequence[Ref] = (Ref(),)
    objects: str = ""
    id: str = "sig"
    signer: str = "good"
    key: str = "rsa"
    method: str = RSA_SHA256
    c14n: str = EXC
    namespace: str = XADES
    properties: bool = True
    signed_type: str = "http://uri.etsi.org/01903#SignedProperties"
    signing_time: str | None = "2027-01-11T09:00:00Z"
    certificate_property: str = "V2"
    certificates: tuple[bytes, ...] | None = None
    key_info: str | None = None
    key_info_attributes: str = ""
    data_properties: str = ""
    signature_properties: str = ""
    target: str | None = None
    method_inner: str = ""
    inner_transforms: tuple[str, ...] = (transform(EXC),)
    named: str | None = None
    extra_certificate_digest: str | None = None
    order: Mapping[str, int] = field(default_factory=dict)

    @property
    def holder(self) -> pki.Holder:
        """Return who signs."""
        return pki.signer(self.signer, self.key)


def b64(data: bytes) -> str:
    """Encode base64."""
    return base64.b64encode(data).decode()


def template(plan: Plan) -> str:
    """Write the unsigned ds:Signature."""
    references = "".join(one.xml() for one in plan.references)
    if plan.properties:
        own = Ref(f"#xades-{plan.id}", plan.inner_transforms, plan.signed_type, id=f"p-{plan.id}")
        references += own.xml()
    chain = (
        plan.certificates if plan.certificates is not None else (plan.holder.der, *plan.holder.intermediates)
    )
    certificates = "".join(f"<ds:X509Certificate>{b64(der)}</ds:X509Certificate>" for der in chain)
    key_info = plan.key_info if plan.key_info is not None else f"<ds:X509Data>{certificates}</ds:X509Data>"
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="{plan.id}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{plan.c14n}"/>'
        f'<ds:SignatureMethod Algorithm="{plan.method}">{plan.method_inner}</ds:SignatureMethod>'
        f'{references}</ds:SignedInfo><ds:SignatureValue Id="value-{plan.id}"></ds:SignatureValue>'
        f"<ds:KeyInfo{plan.key_info_attributes}>{key_info}</ds:KeyInfo>"
        f"{qualifying(plan) if plan.properties else ''}{plan.objects}</ds:Signature>"
    )


def qualifying(plan: Plan) -> str:
    """Write the object of the qualifying properties."""
    named = pki.signer(plan.named, plan.key) if plan.named else plan.holder
    ds = "xades:" if plan.namespace.endswith("v1.1.1#") else "ds:"
    digest = (
        f'<xades:CertDigest><{ds}DigestMethod Algorithm="{SHA256}"/>'
        f"<{ds}DigestValue>{b64(new_digest('sha256', named.der).digest())}</{ds}DigestValue></xades:CertDigest>"
    )
    number = named.certificate.serial_number
    version_1 = (
        "<xades:SigningCertificate><xades:Cert>"
        f"{digest}<xades:IssuerSerial><ds:X509IssuerName>CN=x</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{number}</ds:X509SerialNumber></xades:IssuerSerial>"
        "</xades:Cert></xades:SigningCertificate>"
    )
    version_2 = f"<xades:SigningCertificateV2><xades:Cert>{digest}</xades:Cert></xades:SigningCertificateV2>"
    certificate = {"V1": version_1, "V2": version_2, "": ""}[plan.certificate_property]
    time = f"<xades:SigningTime>{plan.signing_time}</xades:SigningTime>" if plan.signing_time else ""
    data = (
        f"<xades:SignedDataObjectProperties>{plan.data_properties}</xades:SignedDataObjectProperties>"
        if plan.data_properties
        else ""
    )
    target = plan.target if plan.target is not None else f"#{plan.id}"
    return (
        f'<ds:Object><xades:QualifyingProperties xmlns:xades="{plan.namespace}" Target="{target}">'
        f'<xades:SignedProperties Id="xades-{plan.id}"><xades:SignedSignatureProperties>{time}{certificate}'
        f"{plan.signature_properties}</xades:SignedSignatureProperties>{data}</xades:SignedProperties>"
        "</xades:QualifyingProperties></ds:Object>"
    )


def sign(
    document: str,
    plan: Plan | None = None,
    *,
    files: Mapping[str, bytes] | None = None,
    ids: Sequence[str] = (),
) -> bytes:
    """Sign a document in which ``{signature}`` is where the signature goes; without it, the signature is the document.

    ``files`` are what external references name; ``ids`` are elements (names) whose Id attribute is an identifier.
    """
    return _sign(document, plan or Plan(), tuple((files or {}).items()), tuple(ids))


def _sign(document: str, plan: Plan, files: tuple[tuple[str, bytes], ...], ids: tuple[str, ...]) -> bytes:
    text = document.replace("{signature}", template(plan))
    known = ("Object", "Manifest", "KeyInfo", "SignatureValue", "SignatureProperties")
    names = [f"{DS}:{name}" for name in known] + [f"{plan.namespace}:SignedProperties", *ids]
    with TemporaryDirectory() as folder:
        where = Path(folder)
        (where / "template.xml").write_text(text, encoding="utf-8")
        (where / "key.pem").write_bytes(plan.holder.key_pem)
        if which("xmlsec1") is None:
            pytest.skip("no xmlsec1 here: apt-get install xmlsec1")
        command = ["xmlsec1", "--sign", "--privkey-pem", str(where / "key.pem"), "--node-id", plan.id]
        command += ["--id-attr:Id", f"{DS}:Signature"]
        for name in names:
            command += ["--id-attr:Id", name]
        for rank, (uri, data) in enumerate(files):
            # A relative reference is read from the current folder; --url-map is for the others.
            name = f"file-{rank}" if ":" in uri else unquote(uri)
            (where / name).write_bytes(data)
            command += [f"--url-map:{uri}", str(where / name)] if ":" in uri else []
        done = subprocess.run(
            [*command, str(where / "template.xml")], capture_output=True, check=False, cwd=folder
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


@lru_cache
def enveloped() -> bytes:
    """Return the signature of most tests: a small document, enveloped."""
    return sign("<acte><lot>Voirie</lot>{signature}</acte>")


@lru_cache
def enveloping() -> bytes:
    """Return a signature that holds its document in base64."""
    held = f'<ds:Object Id="o-1">{b64(b"offre")}</ds:Object>'
    return sign("{signature}", Plan([Ref("#o-1", (transform(BASE64),), DS + "Object")], held))


# After signing: properties that are not signed.


def parsed(data: bytes) -> "etree._Element":
    """Parse what was signed."""
    return etree.fromstring(data)


def written(root: "etree._Element") -> bytes:
    """Write a document back, without changing what is signed."""
    return etree.tostring(root.getroottree())


def one(root: "etree._Element", path: str) -> "etree._Element":
    """Return the one element of a path."""
    (found,) = root.xpath(path, namespaces=NS)
    return found


def c14n(element: "etree._Element", *, exclusive: bool = True) -> bytes:
    """Canonicalise an element, as a document of its own."""
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    return etree.tostring(alone.getroottree(), method="c14n", exclusive=exclusive, with_comments=False)


def unsigned(root: "etree._Element", signature: str = "sig") -> "etree._Element":
    """Return UnsignedSignatureProperties of a signature, made when it is not there."""
    qualifying_properties = one(
        root, f"//ds:Signature[@Id='{signature}']/ds:Object/xades:QualifyingProperties"
    )
    found = qualifying_properties.find(
        f"{{{XADES}}}UnsignedProperties/{{{XADES}}}UnsignedSignatureProperties"
    )
    if found is None:
        parent = etree.SubElement(qualifying_properties, f"{{{XADES}}}UnsignedProperties")
        found = etree.SubElement(parent, f"{{{XADES}}}UnsignedSignatureProperties")
    return found


def add_stamp(
    parent: "etree._Element", name: str, token: bytes, namespace: str = XADES, identifier: str = ""
) -> None:
    """Add a time-stamp property with exclusive canonicalisation."""
    stamp = etree.SubElement(parent, f"{{{namespace}}}{name}")
    if identifier:
        stamp.set("Id", identifier)
    etree.SubElement(stamp, f"{{{DS}}}CanonicalizationMethod", Algorithm=EXC)
    etree.SubElement(stamp, f"{{{XADES}}}EncapsulatedTimeStamp").text = b64(token)


def add_values(
    parent: "etree._Element",
    certificates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
    ocsps: Sequence[bytes] = (),
) -> None:
    """Add CertificateValues and RevocationValues."""
    holder = etree.SubElement(parent, f"{{{XADES}}}CertificateValues")
    for der in certificates:
        etree.SubElement(holder, f"{{{XADES}}}EncapsulatedX509Certificate").text = b64(der)
    revocations = etree.SubElement(parent, f"{{{XADES}}}RevocationValues")
    for group, name, ders in (("CRLValues", "CRLValue", crls), ("OCSPValues", "OCSPValue", ocsps)):
        inner = etree.SubElement(revocations, f"{{{XADES}}}{group}") if ders else None
        for der in ders:
            etree.SubElement(inner, f"{{{XADES}}}Encapsulated{name}").text = b64(der)


def archive_octets(root: "etree._Element", data: Sequence[bytes], signature: str = "sig") -> bytes:
    """Put together what an archive time-stamp over a signature is over, written apart from the reader.

    ``data`` are the octets of the references in order, that of SignedProperties left out: it stands last.
    """
    where = f"//ds:Signature[@Id='{signature}']"
    signed = c14n(one(root, f"{where}/ds:Object/xades:QualifyingProperties/xades:SignedProperties"))
    parts = [one(root, f"{where}/ds:{name}") for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
    parts += list(unsigned(root, signature))
    return b"".join([*data, signed, *(c14n(part) for part in parts)])
