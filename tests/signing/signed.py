"""Make signatures for tests with the test PKI: documents, policy, and the whole way from ``prepare`` to bytes."""

from datetime import datetime
from functools import cache
from io import BytesIO

from pypdf import PdfWriter

from signing.produce.assemble import assemble
from signing.produce.params import Encoding, Level, ProductionPolicy, Profile, SignatureValue, SignParams
from signing.produce.prepare import prepare
from signing.produce.prepared import Prepared
from signing.types import Bytes, Content, Evidence, Stamper
from tests.signing import pki

#: The RSA keys of the test PKI have 2048 bits, for speed; production wants 3072.
POLICY = ProductionPolicy(rsa_bits=2048)
XML = b'<?xml version="1.0"?>\n<!-- offre -->\n<acte xmlns:ds="urn:autre"><lot n="1">Pavage &amp; voirie</lot>\n</acte>\n'
TEXT = "Acte d'engagement, lot 1 : 12 300 € HT\n".encode()


@cache
def pdf(text: str = "Acte d'engagement") -> bytes:
    """Return a PDF of two pages."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.add_blank_page(595, 842)
    writer.add_metadata({"/Title": text})
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def document(profile: Profile) -> Content | list[Content]:
    """Return what a profile signs in these tests."""
    return {
        Profile.XADES_ENVELOPED: Bytes("acte.xml", XML),
        Profile.XADES_DETACHED: Bytes("acte d'engagement n°1.txt", TEXT),
        Profile.CADES_DETACHED: Bytes("acte.txt", TEXT),
        Profile.PADES: Bytes("acte.pdf", pdf()),
        Profile.ASIC_E: [Bytes("acte é.txt", TEXT), Bytes("pièces/plan.xml", XML)],
    }[profile]


def params(profile: Profile, level: Level = Level.B_B, at: datetime = pki.NOW, **more: object) -> SignParams:
    """Return parameters under the tests' policy."""
    given = {"policy": POLICY, **more}
    return SignParams(profile, at, level, **given)  # type: ignore[arg-type]  # the test knows the fields


def value(holder: pki.Holder, prepared: Prepared) -> SignatureValue:
    """Sign what was prepared."""
    return SignatureValue(holder.sign(prepared.to_sign, prepared.mechanism.digest), Encoding.DER)


def sign(
    profile: Profile,
    level: Level = Level.B_B,
    *,
    what: Content | list[Content] | None = None,
    holder: pki.Holder | None = None,
    at: datetime = pki.NOW,
    timestamper: Stamper | None = None,
    evidence: Evidence | None = None,
    **more: object,
) -> bytes:
    """Return a signed file; the state between the two halves goes through JSON, as on the server."""
    signer = holder or pki.signer("good")
    asked = params(profile, level, at, **more)
    prepared = Prepared.from_json(prepare(what or document(profile), signer.chain, asked).to_json())
    return assemble(
        prepared,
        value(signer, prepared),
        timestamper=timestamper or pki.Tsa(at),
        evidence=evidence or pki.evidence(at),
    )


#: Every form and level that is made.
MADE = [
    (profile, level)
    for profile in Profile
    for level in Level
    if profile is not Profile.CADES_DETACHED or level in (Level.B_B, Level.B_T)
]
