"""A public-key infrastructure for tests, built at run time and kept for the process; no key is ever stored.

Use: ``from tests.signing import pki``. Everything stands around ``pki.NOW``; certificates are valid from ``BORN`` to
``DIES`` unless their name says otherwise, and the revoked ones were revoked at ``REVOKED_AT``. A CRL or an answer made
``at`` an instant says what was known then.

- ``holder(name)`` gives certificate, key and chain: see ``AUTHORITIES`` and ``SIGNERS``; ``signer("good", key="rsa")``.
- ``crls(at)``, ``ocsp(cert, at, status)``, ``stamp(data, at)``, ``Tsa(at).stamp(digest, algorithm)``, ``Net(at)``.
- ``trust()`` trusts the root; ``trust(services=qualified())`` adds trusted-list services.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as _field
from datetime import UTC, datetime
from functools import cache, cached_property
from hashlib import new as new_digest
from hashlib import sha256

from asn1crypto import algos, cms, core, tsp
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from signing.trust.model import (
    SERVICE_CA_QC,
    SERVICE_TSA_QTST,
    ListInfo,
    Qualifier,
    Service,
    StatusPeriod,
    TrustSnapshot,
)
from signing.types import Evidence
from tests.signing.pki_profiles import (
    AUTHORITIES,
    AUTHORITY,
    BORN,
    CA_USAGE,
    DAY,
    DIES,
    ESEAL,
    ESIGN,
    EXPIRED_AT,
    FOR_SEALS,
    FOR_SIGNATURES,
    GRANTED,
    NOW,
    REVOKED_AT,
    ROOT_BORN,
    ROOT_DIES,
    SIGNERS,
    STARTS_AT,
    TIME_STAMPING,
    TSA_POLICY,
    WITHDRAWN,
    Key,
    Profile,
    qc_statements,
)

#: What is passed on from pki_profiles.
__all__ = [
    "AUTHORITIES", "AUTHORITY", "BORN", "CA_USAGE", "DAY", "DIES", "ESEAL", "ESIGN", "EXPIRED_AT",
    "FOR_SEALS", "FOR_SIGNATURES", "GRANTED", "NOW", "REVOKED_AT", "ROOT_BORN", "ROOT_DIES", "SIGNERS",
    "STARTS_AT", "TIME_STAMPING", "TSA_POLICY", "WITHDRAWN", "Key", "Profile", "qc_statements",
]  # fmt: skip


@dataclass(frozen=True)
class Holder:
    """A certificate, its key, and the certificates above it up to the root, which stands last."""

    name: str
    profile: Profile
    key: Key = _field(repr=False)
    certificate: x509.Certificate = _field(repr=False)

    @cached_property
    def der(self) -> bytes:
        """Return the certificate in DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @cached_property
    def pem(self) -> bytes:
        """Return the certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @cached_property
    def key_pem(self) -> bytes:
        """Return the private key in PEM, PKCS#8, without a password."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @cached_property
    def issuers(self) -> tuple["Holder", ...]:
        """Return the authorities above, from the issuer up to the root."""
        if self.profile.issuer == self.name.partition("/")[0]:
            return ()
        issuer = holder(self.profile.issuer)
        return (issuer, *issuer.issuers)

    @property
    def chain(self) -> tuple[bytes, ...]:
        """Return the chain in DER, from this certificate up to the root."""
        return (self.der, *(issuer.der for issuer in self.issuers))

    @property
    def intermediates(self) -> tuple[bytes, ...]:
        """Return the authorities between this certificate and the root, in DER."""
        return self.chain[1:-1]

    def p12(self, password: bytes) -> bytes:
        """Return a PKCS#12 file of the key and the chain."""
        authorities = [issuer.certificate for issuer in self.issuers]
        return pkcs12.serialize_key_and_certificates(
            b"pli", self.key, self.certificate, authorities, serialization.BestAvailableEncryption(password)
        )

    def sign(self, data: bytes, digest: str = "sha256") -> bytes:
        """Sign data: ECDSA in DER, RSA with PKCS#1 v1.5."""
        return sign(self.key, data, digest)


def sign(key: Key, data: bytes, digest: str = "sha256") -> bytes:
    """Sign with any key of this PKI."""
    algorithm = _hash(digest)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), algorithm)
    return key.sign(data, ec.ECDSA(algorithm))


def _hash(name: str) -> hashes.HashAlgorithm:
    found: hashes.HashAlgorithm = getattr(hashes, name.upper())()
    return found


@cache
def key_of(owner: str, kind: str) -> Key:
    """Return the key of an owner; made once in a process."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, int(kind.partition("-")[2] or 2048))


@cache
def holder(name: str) -> Holder:
    """Return an authority, or a signer with the key of its profile."""
    return _made(name, AUTHORITIES[name], AUTHORITIES[name].key) if name in AUTHORITIES else signer(name)


@cache
def signer(name: str = "good", key: str = "ec") -> Holder:
    """Return a signer with an elliptic key (P-256) or ``key="rsa"`` (2048 bits)."""
    profile = SIGNERS[name]
    return _made(f"{name}/{key}", profile, profile.key if profile.key != "ec" else key)


def tsa(name: str = "tsa") -> Holder:
    """Return a time-stamp unit: tsa, tsa-late, tsa-foreign, tsa-lax, tsa-revoked."""
    return holder(name)


def _made(name: str, profile: Profile, kind: str) -> Holder:
    key = key_of(name, kind)
    alone = profile.issuer == name.partition("/")[0]
    issuer_key = key if alone else holder(profile.issuer).key
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(profile))
        .issuer_name(_name(profile) if alone else holder(profile.issuer).certificate.subject)
        .public_key(key.public_key())
        .serial_number(serial_of(name))
        .not_valid_before(profile.born)
        .not_valid_after(profile.dies)
    )
    for extension, critical in _extensions(profile, key, issuer_key):
        builder = builder.add_extension(extension, critical)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    if profile.digest == "sha1":
        certificate = _with_sha1(certificate, issuer_key)
    return Holder(name, profile, key, certificate)


def _with_sha1(certificate: x509.Certificate, issuer_key: Key) -> x509.Certificate:
    """Sign a certificate again with SHA-1, which no builder does any more."""
    old = asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
    algorithm = {"algorithm": signature_algorithm(issuer_key, "sha1")}
    body = old["tbs_certificate"].copy()
    body["signature"] = algorithm
    parts = {"tbs_certificate": body, "signature_algorithm": algorithm}
    parts["signature_value"] = sign(issuer_key, body.dump(force=True), "sha1")
    return x509.load_der_x509_certificate(asn1_x509.Certificate(parts).dump())


def serial_of(name: str) -> int:
    """Return the serial number of a certificate of this PKI."""
    return int.from_bytes(sha256(name.encode()).digest()[:8]) | 1


def _name(profile: Profile) -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, profile.country),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, AUTHORITY if profile.ca else profile.organization),
        x509.NameAttribute(NameOID.COMMON_NAME, profile.common_name),
    ]
    if profile.organization_id:
        parts.insert(2, x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, profile.organization_id))
    return x509.Name(parts)


_BITS = [
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
]


def _extensions(profile: Profile, key: Key, issuer_key: Key) -> Iterable[tuple[x509.ExtensionType, bool]]:
    yield x509.BasicConstraints(profile.ca, profile.path_length), True
    yield x509.KeyUsage(**{bit: bit in profile.usage for bit in _BITS}), True
    yield x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
    yield x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
    if profile.extended:
        yield x509.ExtendedKeyUsage(profile.extended), profile.extended_critical
    if profile.no_check:
        yield x509.OCSPNoCheck(), False
    if profile.email:
        yield x509.SubjectAlternativeName([x509.RFC822Name(profile.email)]), False
    if profile.permitted:
        yield x509.NameConstraints([x509.RFC822Name(name) for name in profile.permitted], None), True
    if profile.qc:
        yield (
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), qc_statements(profile.qc)),
            False,
        )
    if not profile.silent and not profile.no_check:
        yield from _addresses(profile)


def _addresses(profile: Profile) -> Iterable[tuple[x509.ExtensionType, bool]]:
    address = x509.UniformResourceIdentifier(f"http://pki.example/{profile.issuer}.crl")
    yield x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)]), False
    responder = x509.UniformResourceIdentifier(f"http://pki.example/{profile.issuer}/ocsp")
    method = x509.oid.AuthorityInformationAccessOID.OCSP
    yield x509.AuthorityInformationAccess([x509.AccessDescription(method, responder)]), False


# Revocation.


def crl(
    authority: str, at: datetime = NOW, *, until: datetime | None = None, hidden: Sequence[str] = ()
) -> bytes:
    """Return the CRL of an authority made ``at`` an instant, valid a week; ``hidden`` names are left out of it."""
    maker = holder(authority)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(maker.certificate.subject)
        .last_update(at)
        .next_update(until or at + 7 * DAY)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(maker.key.public_key()), critical=False
        )
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
    )
    for name in _revoked(authority, at, hidden):
        entry = x509.RevokedCertificateBuilder().serial_number(serial_of(name)).revocation_date(REVOKED_AT)
        entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(maker.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _revoked(authority: str, at: datetime, hidden: Sequence[str]) -> list[str]:
    if at < REVOKED_AT:
        return []
    names = [name for name, profile in AUTHORITIES.items() if profile.revoked and profile.issuer == authority]
    for name, profile in SIGNERS.items():
        if profile.revoked and profile.issuer == authority:
            names += [f"{name}/ec", f"{name}/rsa"]
    return [name for name in names if name not in hidden]


#: The authorities that keep a CRL.
CRL_MAKERS = ("root", "ca", "ca-rsa", "ca-revoked", "ca-deep", "ca-named", "other-root")


def crls(at: datetime = NOW) -> tuple[bytes, ...]:
    """Return the CRLs of every authority as they stood at an instant, always the same bytes for an instant."""
    return _crls(at)


@cache
def _crls(at: datetime) -> tuple[bytes, ...]:
    return tuple(crl(name, at) for name in CRL_MAKERS)


def ocsp(
    certificate: bytes | Holder,
    at: datetime = NOW,
    status: str = "good",
    *,
    responder: str | None = None,
    revoked_at: datetime = REVOKED_AT,
    until: datetime | None = None,
) -> bytes:
    """Return an OCSP answer (good, revoked, unknown) made ``at`` an instant, signed by the issuer's responder.

    ``responder`` names another one: an authority itself, ``ocsp-no-eku``, ``ocsp-checked``...
    """
    subject = asn1_x509.Certificate.load(certificate if isinstance(certificate, bytes) else certificate.der)
    issuer = _issuer_of(subject)
    maker = holder(responder or f"ocsp-{issuer.name}")
    value: core.Asn1Value | None = core.Null()
    if status == "revoked":
        value = asn1_ocsp.RevokedInfo({"revocation_time": revoked_at, "revocation_reason": "key_compromise"})
    answer = asn1_ocsp.SingleResponse(
        {
            "cert_id": _cert_id(subject, issuer),
            "cert_status": asn1_ocsp.CertStatus(name=status, value=value),
            "this_update": at,
            "next_update": until or at + 7 * DAY,
        }
    )
    return _signed_answer(maker, answer, at)


def _issuer_of(subject: asn1_x509.Certificate) -> Holder:
    for name, profile in AUTHORITIES.items():
        if profile.ca and holder(name).certificate.subject.public_bytes() == subject.issuer.dump():
            return holder(name)
    raise LookupError("this certificate is of no authority of this PKI")


def _cert_id(subject: asn1_x509.Certificate, issuer: Holder) -> asn1_ocsp.CertId:
    above = asn1_x509.Certificate.load(issuer.der)
    return asn1_ocsp.CertId(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha1"}),
            "issuer_name_hash": subject.issuer.sha1,
            "issuer_key_hash": above.public_key.sha1,
            "serial_number": subject.serial_number,
        }
    )


def _signed_answer(maker: Holder, answer: asn1_ocsp.SingleResponse, at: datetime) -> bytes:
    certificate = asn1_x509.Certificate.load(maker.der)
    data = asn1_ocsp.ResponseData(
        {
            "responder_id": asn1_ocsp.ResponderId(name="by_key", value=certificate.public_key.sha1),
            "produced_at": at,
            "responses": [answer],
        }
    )
    basic = asn1_ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": data,
            "signature_algorithm": {"algorithm": signature_algorithm(maker.key)},
            "signature": maker.sign(data.dump()),
            "certs": [certificate],
        }
    )
    body = asn1_ocsp.ResponseBytes({"response_type": "basic_ocsp_response", "response": basic})
    response: bytes = asn1_ocsp.OCSPResponse({"response_status": "successful", "response_bytes": body}).dump()
    return response


def signature_algorithm(key: Key, digest: str = "sha256") -> str:
    """Return the name in asn1crypto of what ``sign`` does."""
    return f"{digest}_rsa" if isinstance(key, rsa.RSAPrivateKey) else f"{digest}_ecdsa"


class Net:
    """A ``Fetcher`` that serves this PKI as it stands at an instant, and counts what it was asked."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at
        self.asked: list[str] = []

    def crl(self, url: str) -> bytes | None:
        """Serve ``http://pki.example/<authority>.crl``."""
        self.asked.append(url)
        name = url.removeprefix("http://pki.example/").removesuffix(".crl")
        return crl(name, self.at) if name in CRL_MAKERS else None

    def certificates(self, url: str) -> tuple[bytes, ...]:
        """Serve ``http://pki.example/<authority>.cer``."""
        self.asked.append(url)
        name = url.removeprefix("http://pki.example/").removesuffix(".cer")
        return (holder(name).der,) if name in AUTHORITIES else ()

    def ocsp(self, url: str, request: bytes) -> bytes | None:
        """Answer a request about any certificate of this PKI."""
        self.asked.append(url)
        wanted = asn1_ocsp.OCSPRequest.load(request)["tbs_request"]["request_list"][0]["req_cert"]
        number = wanted["serial_number"].native
        for name in (*AUTHORITIES, *(f"{name}/{key}" for name in SIGNERS for key in ("ec", "rsa"))):
            if serial_of(name) == number:
                found = holder(name) if name in AUTHORITIES else signer(*name.split("/"))
                revoked = found.profile.revoked and self.at >= REVOKED_AT
                return ocsp(found, self.at, "revoked" if revoked else "good")
        return None


# Time-stamps.


def stamp(
    data: bytes,
    at: datetime = NOW,
    *,
    unit: str = "tsa",
    algorithm: str = "sha256",
    certificates: bool = True,
    crls: Sequence[bytes] = (),
) -> bytes:
    """Return an RFC 3161 token (DER of a CMS ContentInfo) over data, issued at any instant."""
    return token(
        new_digest(algorithm, data).digest(), at, unit, algorithm, certificates=certificates, crls=crls
    )


def token(
    digest: bytes,
    at: datetime = NOW,
    unit: str = "tsa",
    algorithm: str = "sha256",
    *,
    certificates: bool = True,
    crls: Sequence[bytes] = (),
    nonce: int | None = None,
) -> bytes:
    """Return an RFC 3161 token over a digest."""
    maker = holder(unit)
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": TSA_POLICY,
            "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest},
            "serial_number": int.from_bytes(sha256(digest + at.isoformat().encode()).digest()[:8]),
            "gen_time": at,
            "nonce": nonce,
        }
    )
    chain = maker.chain if certificates else ()
    return signed_data(maker, "tst_info", info.dump(), at, certificates=chain, crls=crls)


def signed_data(
    maker: Holder,
    content_type: str,
    content: bytes,
    at: datetime,
    *,
    certificates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
) -> bytes:
    """Return a CMS SignedData over content held within, with contentType, messageDigest, time and ESS certificate."""
    signer_info = _signer_info(maker, content_type, content, at)
    body: dict[str, object] = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": content_type, "content": core.ParsableOctetString(content)},
        "signer_infos": [signer_info],
    }
    if certificates:
        body["certificates"] = [asn1_x509.Certificate.load(der) for der in certificates]
    if crls:
        body["crls"] = [cms.RevocationInfoChoice.load(der) for der in crls]
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(body)}).dump())


def _signer_info(maker: Holder, content_type: str, content: bytes, at: datetime) -> cms.SignerInfo:
    certificate = asn1_x509.Certificate.load(maker.der)
    named = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    ess = {"cert_hash": sha256(maker.der).digest()}
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": [content_type]},
            {"type": "signing_time", "values": [cms.Time(name="utc_time", value=at)]},
            {"type": "message_digest", "values": [sha256(content).digest()]},
            {"type": "signing_certificate_v2", "values": [{"certs": [ess]}]},
        ]
    )
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(name="issuer_and_serial_number", value=named),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": signature_algorithm(maker.key)},
            "signature": maker.sign(attributes.untag().dump()),
        }
    )


@dataclass(frozen=True)
class Tsa:
    """A ``Stamper`` that issues at one instant."""

    at: datetime = NOW
    unit: str = "tsa"

    def stamp(self, digest: bytes, algorithm: str) -> bytes:
        """Return a token over a digest."""
        return token(digest, self.at, self.unit, algorithm)


# Trust.


def trust(*anchors: str, services: Sequence[Service] = ()) -> TrustSnapshot:
    """Return a snapshot that trusts the named certificates (the root by default), and lists when there are services."""
    given = anchors or (() if services else ("root",))
    return TrustSnapshot(
        anchors=tuple(holder(name).der for name in given),
        services=tuple(services),
        lists=(list_info(services),) if services else (),
    )


def nothing() -> TrustSnapshot:
    """Return an empty snapshot."""
    return TrustSnapshot()


def list_info(services: Sequence[Service]) -> ListInfo:
    """Return the description of a French list, nine days old at NOW."""
    issued = NOW - 9 * DAY
    return ListInfo(
        "FR", 6, 156, issued, issued + 180 * DAY, "00" * 32, "test", "Liste d'essai", len(services)
    )


def service(
    *certificates: str,
    type: str = SERVICE_CA_QC,  # noqa: A002  # the name of the field it fills
    history: Sequence[tuple[str, datetime]] = ((GRANTED, datetime(2017, 1, 1, tzinfo=UTC)),),
    qualifiers: Sequence[Qualifier] = (),
    additional: Sequence[str] = (FOR_SIGNATURES, FOR_SEALS),
) -> Service:
    """Return a service of a trusted list, granted since 2017 unless told otherwise (history: newest first)."""
    return Service(
        territory="FR",
        provider="Prestataire d'essai",
        name="Service d'essai",
        type=type,
        certificates=tuple(holder(name).der for name in certificates),
        history=tuple(StatusPeriod(status, starts) for status, starts in history),
        qualifiers=tuple(qualifiers),
        additional=tuple(additional),
    )


def qualified() -> tuple[Service, ...]:
    """Return what a list says of this PKI: the authorities are CA/QC, the time-stamp units TSA/QTST."""
    return (
        service("ca"),
        service("ca-rsa"),
        service("tsa", "tsa-late", type=SERVICE_TSA_QTST, additional=()),
    )


def evidence(at: datetime = NOW) -> Evidence:
    """Return every authority and every CRL of this PKI at an instant."""
    makers = tuple(holder(name).der for name in AUTHORITIES if AUTHORITIES[name].ca)
    return Evidence(certificates=makers, crls=crls(at))


def another(number: int, key: str = "rsa") -> Holder:
    """Return one more good signer, whose certificate nobody has seen: same authorities, another key."""
    return _made(f"good-{number}/{key}", SIGNERS["good"], key)
