"""Who there is in the test PKI, and when it lives: names of ``tests.signing.pki`` to what their certificates say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
BORN = datetime(2024, 1, 1, tzinfo=UTC)
DIES = datetime(2034, 1, 1, tzinfo=UTC)
ROOT_BORN = datetime(2015, 1, 1, tzinfo=UTC)
ROOT_DIES = datetime(2055, 1, 1, tzinfo=UTC)
#: The signer "expired" was valid from BORN to EXPIRED_AT; "not-yet" is valid from STARTS_AT on.
EXPIRED_AT = datetime(2026, 1, 1, tzinfo=UTC)
STARTS_AT = datetime(2028, 1, 1, tzinfo=UTC)
REVOKED_AT = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)

GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
WITHDRAWN = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
FOR_SIGNATURES = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures"
FOR_SEALS = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSeals"
TSA_POLICY = "1.3.6.1.4.1.99999.1.1"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Profile:
    """What a certificate is to be; ``issuer`` is a name of this PKI, its own for a root."""

    common_name: str
    issuer: str
    key: str = "ec"
    born: datetime = BORN
    dies: datetime = DIES
    ca: bool = False
    path_length: int | None = None
    usage: tuple[str, ...] = ("digital_signature", "content_commitment")
    extended: tuple[x509.ObjectIdentifier, ...] = ()
    extended_critical: bool = False
    qc: tuple[str, ...] = ()
    permitted: tuple[str, ...] = ()
    no_check: bool = False
    revoked: bool = False
    digest: str = "sha256"
    #: An explicit e-mail address, for name constraints.
    email: str | None = None
    organization: str = "Commune d'essai"
    country: str = "FR"
    organization_id: str | None = None
    #: Neither CRL distribution point nor OCSP address.
    silent: bool = False


CA_USAGE = ("key_cert_sign", "crl_sign")
TIME_STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)
AUTHORITY = "Autorité d'essai"

#: Authorities, responders and time-stamp units.
AUTHORITIES: dict[str, Profile] = {
    "root": Profile("Racine d'essai", "root", born=ROOT_BORN, dies=ROOT_DIES, ca=True, usage=CA_USAGE),
    "other-root": Profile(
        "Racine étrangère", "other-root", born=ROOT_BORN, dies=ROOT_DIES, ca=True, usage=CA_USAGE
    ),
    "ca": Profile(
        "AC d'essai", "root", born=ROOT_BORN, dies=ROOT_DIES, ca=True, path_length=0, usage=CA_USAGE
    ),
    "ca-rsa": Profile(
        "AC d'essai RSA",
        "root",
        "rsa",
        born=ROOT_BORN,
        dies=ROOT_DIES,
        ca=True,
        path_length=0,
        usage=CA_USAGE,
    ),
    "ca-revoked": Profile(
        "AC révoquée", "root", born=ROOT_BORN, dies=ROOT_DIES, ca=True, usage=CA_USAGE, revoked=True
    ),
    "ca-deep": Profile("AC trop longue", "ca", born=ROOT_BORN, dies=ROOT_DIES, ca=True, usage=CA_USAGE),
    "ca-named": Profile(
        "AC aux noms contraints",
        "root",
        born=ROOT_BORN,
        dies=ROOT_DIES,
        ca=True,
        usage=CA_USAGE,
        permitted=("mairie.example",),
    ),
    "tsa": Profile(
        "Horodatage d'essai",
        "root",
        usage=("digital_signature",),
        born=ROOT_BORN,
        dies=DIES,
        extended=TIME_STAMPING,
        extended_critical=True,
    ),
    #: A second, long-lived unit for archive time-stamps.
    "tsa-late": Profile(
        "Horodatage tardif",
        "root",
        usage=("digital_signature",),
        dies=ROOT_DIES,
        extended=TIME_STAMPING,
        extended_critical=True,
    ),
    "tsa-rsa": Profile(
        "Horodatage RSA",
        "root",
        "rsa",
        usage=("digital_signature",),
        born=ROOT_BORN,
        extended=TIME_STAMPING,
        extended_critical=True,
    ),
    "tsa-foreign": Profile(
        "Horodatage étranger",
        "other-root",
        usage=("digital_signature",),
        born=ROOT_BORN,
        extended=TIME_STAMPING,
        extended_critical=True,
    ),
    #: Its extended key usage is not critical: not a time-stamp unit for RFC 3161.
    "tsa-lax": Profile("Horodatage laxiste", "root", usage=("digital_signature",), extended=TIME_STAMPING),
    "tsa-revoked": Profile(
        "Horodatage révoqué",
        "root",
        usage=("digital_signature",),
        extended=TIME_STAMPING,
        extended_critical=True,
        revoked=True,
    ),
    **{
        f"ocsp-{issuer}": Profile(
            f"Répondeur OCSP de {issuer}",
            issuer,
            usage=("digital_signature",),
            born=ROOT_BORN,
            dies=ROOT_DIES,
            extended=(ExtendedKeyUsageOID.OCSP_SIGNING,),
            no_check=True,
        )
        for issuer in ("root", "ca", "ca-rsa", "ca-revoked", "ca-named", "other-root")
    },
    #: A certificate of the same authority that may not answer for it.
    "ocsp-no-eku": Profile("Faux répondeur", "ca", usage=("digital_signature",), no_check=True),
    "ocsp-sha1": Profile(
        "Répondeur vieilli",
        "ca",
        usage=("digital_signature",),
        extended=(ExtendedKeyUsageOID.OCSP_SIGNING,),
        no_check=True,
        digest="sha1",
    ),
    "ocsp-checked": Profile(
        "Répondeur sans nocheck",
        "ca",
        usage=("digital_signature",),
        extended=(ExtendedKeyUsageOID.OCSP_SIGNING,),
    ),
}

ESIGN, ESEAL = "0.4.0.1862.1.6.1", "0.4.0.1862.1.6.2"
_JEANNE = "Jeanne Martin"

#: Signers; every one exists with key "ec" or "rsa" (see ``signer``).
SIGNERS: dict[str, Profile] = {
    "good": Profile(_JEANNE, "ca"),
    "expired": Profile("Paul Expiré", "ca", dies=EXPIRED_AT),
    "not-yet": Profile("Nadia Future", "ca", born=STARTS_AT),
    "revoked": Profile("René Révoqué", "ca", revoked=True),
    "revoked-ca": Profile("Claire Martin", "ca-revoked"),
    "wrong-usage": Profile("Serveur web", "ca", usage=("key_encipherment",)),
    "too-long": Profile("Luc Long", "ca-deep"),
    "wrong-name": Profile("Noël Nom", "ca-named", email="noel@ailleurs.example"),
    "right-name": Profile("Rose Nom", "ca-named", email="rose@mairie.example"),
    "twin": Profile(_JEANNE, "ca"),
    "foreign": Profile("Fritz Fremd", "other-root"),
    "self-signed": Profile("Solo Signe", "self-signed"),
    "rsa-1024": Profile("Petit Module", "ca-rsa", "rsa-1024"),
    "sha1": Profile("Vieux Condensat", "ca-rsa", digest="sha1"),
    "silent": Profile("Sans Adresse", "ca", silent=True),
    "qualified": Profile("Quentin Qualifié", "ca", qc=("compliance", "qscd", ESIGN)),
    "qualified-soft": Profile("Sophie Logiciel", "ca", qc=("compliance", ESIGN)),
    "seal": Profile(
        "Cachet de la commune", "ca", qc=("compliance", "qscd", ESEAL), organization_id="NTRFR-13000"
    ),
    "seal-soft": Profile("Cachet logiciel", "ca", qc=("compliance", ESEAL)),
    "no-qc": Profile("Nicolas Simple", "ca"),
}


def qc_statements(wanted: Sequence[str]) -> bytes:
    """Return the value of a qcStatements extension: ``compliance``, ``qscd``, and QcType OIDs."""
    statements = []
    for word in wanted:
        if word in ("compliance", "qscd"):
            number = "0.4.0.1862.1.1" if word == "compliance" else "0.4.0.1862.1.4"
            statements.append(_sequence([core.ObjectIdentifier(number).dump()]))
        else:
            types = _sequence([core.ObjectIdentifier(word).dump()])
            statements.append(_sequence([core.ObjectIdentifier("0.4.0.1862.1.6").dump(), types]))
    return _sequence(statements)


def _sequence(parts: Sequence[bytes]) -> bytes:
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x81" + bytes([len(body)])
    return b"\x30" + size + body
