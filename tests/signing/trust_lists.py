"""Trusted lists and lists of the lists for tests, signed with signxml in the form that real ones have.

    made = trust_lists.tl(sequence=7)                         # version 6, territory FR, signed by the operator of FR
    made = trust_lists.lotl(pointers=[trust_lists.points_to("FR", trust_lists.OPERATOR)])

Signers of lists are self-signed and of no authority, as several real ones are: who may sign a list is said elsewhere.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod
from signxml.algorithms import CanonicalizationMethod
from signxml.xades import XAdESDataObjectFormat, XAdESSigner

from tests.signing import pki

TSL = "http://uri.etsi.org/02231/v2#"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
TYPE = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/"
QUALIFIER = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
NS = (
    f'xmlns="{TSL}" xmlns:add="http://uri.etsi.org/02231/v2/additionaltypes#" '
    'xmlns:sie="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#" '
    'xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"'
)
ISSUED = pki.NOW - timedelta(days=9)


@dataclass(frozen=True)
class ListSigner:
    """Who signs a list."""

    name: str
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """Return the certificate in DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """Return the certificate in PEM."""
        return self.certificate.public_bytes(Encoding.PEM)


@cache
def signer(name: str, bits: int = 2048) -> ListSigner:
    """Return a self-signed list signer; one a name in a process."""
    key = rsa.generate_private_key(65537, bits)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Listes"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(pki.serial_of(name))
        .not_valid_before(pki.ROOT_BORN)
        .not_valid_after(pki.ROOT_DIES)
        .sign(key, hashes.SHA256())
    )
    return ListSigner(name, key, certificate)


def commission() -> ListSigner:
    """Return who signs the list of the lists."""
    return signer("Commission d'essai")


def operator() -> ListSigner:
    """Return who signs the French list."""
    return signer("Agence d'essai")


def stranger() -> ListSigner:
    """Return somebody who signs no list."""
    return signer("Inconnu d'essai")


def names(element: str, french: str) -> str:
    """Write a multilingual name."""
    english = f'<Name xml:lang="en">EN {escape(french)}</Name>'
    return f'<{element}>{english}<Name xml:lang="fr">{escape(french)}</Name></{element}>'


def identity(*certificates: bytes) -> str:
    """Write a digital identity of certificates, and of their name as real lists do."""
    inner = "".join(
        f"<DigitalId><X509Certificate>{base64.encodebytes(der).decode()}</X509Certificate></DigitalId>"
        for der in certificates
    )
    return f"<ServiceDigitalIdentity>{inner}<DigitalId><X509SubjectName>CN=x</X509SubjectName></DigitalId></ServiceDigitalIdentity>"


def qualification(uris: Sequence[str], criteria: str) -> str:
    """Write a QualificationElement; ``uris`` are the last words of qualifiers."""
    stated = "".join(f'<sie:Qualifier uri="{QUALIFIER}{uri}"/>' for uri in uris)
    return f"<sie:QualificationElement><sie:Qualifiers>{stated}</sie:Qualifiers>{criteria}</sie:QualificationElement>"


def policies(*oids: str) -> str:
    """Write a set of policies."""
    inner = "".join(
        f"<sie:PolicyIdentifier><xades:Identifier>{oid}</xades:Identifier></sie:PolicyIdentifier>"
        for oid in oids
    )
    return f"<sie:PolicySet>{inner}</sie:PolicySet>"


def usages(**bits: bool) -> str:
    """Write a key usage criterion."""
    inner = "".join(
        f'<sie:KeyUsageBit name="{name}">{str(value).lower()}</sie:KeyUsageBit>'
        for name, value in bits.items()
    )
    return f"<sie:KeyUsage>{inner}</sie:KeyUsage>"


def criteria(assertion: str, *inner: str) -> str:
    """Write a list of criteria."""
    return f'<sie:CriteriaList assert="{assertion}">{"".join(inner)}<sie:Description>d</sie:Description></sie:CriteriaList>'


def extensions(qualifications: Sequence[str] = (), additional: Sequence[str] = (), *, other: str = "") -> str:
    """Write the extensions of a service."""
    parts = []
    if qualifications:
        inner = "".join(qualifications)
        parts.append(
            f'<Extension Critical="true"><sie:Qualifications>{inner}</sie:Qualifications></Extension>'
        )
    parts += [
        f'<Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">{QUALIFIER}{uri}</URI>'
        "</AdditionalServiceInformation></Extension>"
        for uri in additional
    ]
    inner = "".join(parts) + other
    return f"<ServiceInformationExtensions>{inner}</ServiceInformationExtensions>" if inner else ""


def instance(
    tag: str,
    kind: str,
    status: str,
    starts: datetime,
    *,
    identities: str,
    extras: str = "",
    name: str = "Service",
) -> str:
    """Write what a list says of a service now (ServiceInformation) or said (ServiceHistoryInstance)."""
    return (
        f"<{tag}><ServiceTypeIdentifier>{kind}</ServiceTypeIdentifier>{names('ServiceName', name)}{identities}"
        f"<ServiceStatus>{STATUS}{status}</ServiceStatus><StatusStartingTime>{moment(starts)}</StatusStartingTime>"
        f"{extras}</{tag}>"
    )


def service(
    *certificates: bytes,
    kind: str = pki.SERVICE_CA_QC,
    status: str = "granted",
    starts: datetime = datetime(2017, 1, 1, tzinfo=UTC),
    extras: str = "",
    history: Sequence[str] = (),
    name: str = "Service",
) -> str:
    """Write a service."""
    now = instance(
        "ServiceInformation",
        kind,
        status,
        starts,
        identities=identity(*certificates),
        extras=extras,
        name=name,
    )
    past = f"<ServiceHistory>{''.join(history)}</ServiceHistory>" if history else ""
    return f"<TSPService>{now}{past}</TSPService>"


def usual() -> list[str]:
    """Write the services that say of the test PKI what ``pki.qualified()`` says."""
    both = extensions(additional=("ForeSignatures", "ForeSeals"))
    stamps = [pki.holder(name).der for name in ("tsa", "tsa-late")]
    return [
        service(pki.holder("ca").der, extras=both, name="AC d'essai"),
        service(pki.holder("ca-rsa").der, extras=both, name="AC RSA d'essai"),
        service(*stamps, kind=pki.SERVICE_TSA_QTST, name="Horodatage d'essai"),
    ]


def provider(*services: str, name: str = "Prestataire d'essai") -> str:
    """Write a provider and its services."""
    return (
        f"<TrustServiceProvider><TSPInformation>{names('TSPName', name)}</TSPInformation>"
        f"<TSPServices>{''.join(services)}</TSPServices></TrustServiceProvider>"
    )


def points_to(
    territory: str, *signers: ListSigner, location: str = "", kind: str = "EUgeneric", mime: str = "xml"
) -> str:
    """Write a pointer to another list."""
    identities = "".join(identity(one.der) for one in signers)
    where = location or f"https://listes.example/{territory}.xml"
    mimetype = "application/vnd.etsi.tsl+xml" if mime == "xml" else "application/pdf"
    return (
        f"<OtherTSLPointer><ServiceDigitalIdentities>{identities}</ServiceDigitalIdentities>"
        f"<TSLLocation>{where}</TSLLocation><AdditionalInformation>"
        f"<OtherInformation><TSLType>{TYPE}{kind}</TSLType></OtherInformation>"
        f"<OtherInformation><SchemeTerritory>{territory}</SchemeTerritory></OtherInformation>"
        f"<OtherInformation><add:MimeType>{mimetype}</add:MimeType></OtherInformation>"
        "</AdditionalInformation></OtherTSLPointer>"
    )


def document(
    *,
    kind: str = "EUgeneric",
    version: str = "6",
    territory: str = "FR",
    sequence: str = "7",
    issued: datetime = ISSUED,
    due: datetime | None = ISSUED + timedelta(days=180),
    pointers: Sequence[str] = (),
    uris: Sequence[str] = (),
    providers: Sequence[str] = (),
) -> bytes:
    """Write a list without its signature."""
    next_update = f"<dateTime>{moment(due)}</dateTime>" if due else ""
    listed = f"<TrustServiceProviderList>{''.join(providers)}</TrustServiceProviderList>" if providers else ""
    pointing = f"<PointersToOtherTSL>{''.join(pointers)}</PointersToOtherTSL>" if pointers else ""
    informing = "".join(f'<URI xml:lang="en">{uri}</URI>' for uri in uris)
    text = (
        f'<TrustServiceStatusList {NS} Id="list" TSLTag="http://uri.etsi.org/19612/TSLTag"><SchemeInformation>'
        f"<TSLVersionIdentifier>{version}</TSLVersionIdentifier><TSLSequenceNumber>{sequence}</TSLSequenceNumber>"
        f"<TSLType>{TYPE}{kind}</TSLType>{names('SchemeOperatorName', f'Opérateur {territory}')}"
        f"<SchemeInformationURI>{informing}</SchemeInformationURI><SchemeTerritory>{territory}</SchemeTerritory>"
        f"{pointing}<ListIssueDateTime>{moment(issued)}</ListIssueDateTime><NextUpdate>{next_update}</NextUpdate>"
        f"</SchemeInformation>{listed}</TrustServiceStatusList>"
    )
    return text.encode()


def moment(at: datetime) -> str:
    """Write an instant as lists do."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class _ListSigner(XAdESSigner):
    """Sign as list makers do: the whole list and the SignedProperties, not the KeyInfo; name every canonical form."""

    def _add_reference_to_signed_info(self, sig_root, node_to_reference, **attrs):
        if node_to_reference.tag.endswith("}KeyInfo"):
            return
        super()._add_reference_to_signed_info(sig_root, node_to_reference, **attrs)
        reference = sig_root.find(f"{DS}SignedInfo")[-1]
        transforms = etree.Element(f"{DS}Transforms")
        etree.SubElement(transforms, f"{DS}Transform", Algorithm=self.c14n_alg.value)
        reference.insert(0, transforms)


class _OldListSigner(_ListSigner):
    """Name the signer by SigningCertificate alone, as lists of version 5 do."""

    use_deprecated_legacy_signing_certificate = True

    def add_signing_certificate(self, signed_signature_properties, sig_root, signing_settings):
        super().add_signing_certificate(signed_signature_properties, sig_root, signing_settings)
        newer = signed_signature_properties.find(f"{XADES}SigningCertificateV2")
        signed_signature_properties.remove(newer)


def signed(data: bytes, by: ListSigner, *, legacy: bool = False) -> bytes:
    """Sign a list: one enveloped XAdES signature over the whole; ``legacy`` names the signer by SigningCertificate (v1)."""
    xades = (_OldListSigner if legacy else _ListSigner)(
        data_object_format=XAdESDataObjectFormat("Liste de confiance", "text/xml"),
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    root = xades.sign(etree.fromstring(data), key=by.key, cert=[by.certificate])
    body: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return body


def tl(
    by: ListSigner | None = None,
    *,
    version: str = "6",
    services: Sequence[str] | None = None,
    **parts: object,
) -> bytes:
    """Return a signed national list; without ``services`` it says of the test PKI what ``pki.qualified()`` says."""
    said = usual() if services is None else services
    made = document(version=version, providers=[provider(*said)], **parts)  # type: ignore[arg-type]  # passed on
    return signed(made, by or operator(), legacy=version == "5")


def lotl(
    by: ListSigner | None = None,
    *,
    own: Sequence[ListSigner] | None = None,
    pointers: Sequence[str] | None = None,
    version: str = "6",
    **parts: object,
) -> bytes:
    """Return a signed list of the lists: it points to the French list, and to itself with the signers ``own``."""
    itself = points_to("EU", *(own or [commission()]), kind="EUlistofthelists")
    others = [points_to("FR", operator())] if pointers is None else list(pointers)
    made = document(
        kind="EUlistofthelists",
        territory="EU",
        version=version,
        pointers=[itself, *others],
        **parts,  # type: ignore[arg-type]  # passed on
    )
    return signed(made, by or commission(), legacy=version == "5")
