"""Raise what other tools signed: their signatures keep their value and gain time-stamps and validation data."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from signing import api
from signing.errors import SealedError, Unverifiable
from signing.produce import asic
from signing.produce.assemble import extend
from signing.produce.imprint import archive_imprint
from signing.produce.markup import DS, XADES, XADES141, parse
from signing.produce.params import Level, Profile
from signing.types import Bytes, Content, Indication
from tests.signing import pki, signed
from tests.signing.test_cross import by_pyhanko, changed, ran, tool
from tests.signing.test_produce_rules import refused

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5)
HIGHER = [Level.B_T, Level.B_LT, Level.B_LTA]
DOCUMENT = Bytes("acte.txt", signed.TEXT)


def verdicts(
    made: bytes, name: str, *contents: Content, at: datetime | None = None
) -> list[tuple[str, Indication]]:
    moment = at or datetime.now(UTC)
    report = api.verify(
        made, name=name, contents=contents, trust=pki.trust(), evidence=pki.evidence(moment), at=moment
    )
    assert report.error is None
    return [(one.level, one.indication) for one in report.signatures]


def passed(level: Level) -> list[tuple[str, Indication]]:
    return [(str(level), Indication.TOTAL_PASSED)]


def by_signxml() -> bytes:
    from signxml import SignatureMethod
    from signxml.xades import XAdESDataObjectFormat, XAdESSigner

    holder = pki.signer("good")
    signer = XAdESSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        data_object_format=XAdESDataObjectFormat(Description="acte", MimeType="text/xml"),
    )
    chain = [one.certificate for one in (holder, *holder.issuers)]
    return etree.tostring(signer.sign(etree.fromstring(signed.XML), key=holder.key, cert=chain))


@pytest.mark.parametrize("level", HIGHER)
def test_signature_of_signxml_is_raised(level: Level) -> None:
    made = by_signxml()
    raised = extend(made, level, timestamper=pki.Tsa(NOW), evidence=pki.evidence(NOW))
    assert verdicts(raised, "acte.xml") == passed(level)
    altered = changed(raised, raised.index(b"voirie"))
    assert verdicts(altered, "acte.xml")[0][1] is Indication.TOTAL_FAILED


@pytest.mark.parametrize("level", HIGHER)
def test_enveloping_signature_of_signxml_is_raised(level: Level) -> None:
    from signxml import SignatureConstructionMethod, SignatureMethod
    from signxml.xades import XAdESDataObjectFormat, XAdESSigner

    holder = pki.signer("good")
    signer = XAdESSigner(
        method=SignatureConstructionMethod.enveloping,
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        data_object_format=XAdESDataObjectFormat(Description="acte", MimeType="text/xml"),
    )
    chain = [one.certificate for one in (holder, *holder.issuers)]
    made = etree.tostring(signer.sign(etree.fromstring(signed.XML), key=holder.key, cert=chain))
    assert verdicts(made, "acte.xml") == passed(Level.B_B)
    raised = extend(made, level, timestamper=pki.Tsa(NOW), evidence=pki.evidence(NOW))
    assert verdicts(raised, "acte.xml") == passed(level)


def test_reference_that_only_the_other_tool_understands_gets_no_archive_time_stamp() -> None:
    root = etree.fromstring(by_signxml())
    reference = root.find(f".//{{{DS}}}Reference")
    raised = {"timestamper": pki.Tsa(NOW), "evidence": pki.evidence(NOW)}
    assert extend(etree.tostring(root), Level.B_LTA, **raised)
    reference.set("URI", "#nowhere")
    refused("produce.foreign_reference", lambda: archive_imprint(root.find(f".//{{{DS}}}Signature"), (), {}))


@pytest.mark.parametrize("profile", list(Profile))
def test_broken_signature_is_not_raised(profile: Profile) -> None:
    made = signed.sign(profile, what=DOCUMENT if "detached" in profile else None)
    contents = [DOCUMENT] if "detached" in profile else []
    extend(made, Level.B_T, timestamper=pki.Tsa(), contents=contents)
    if contents:
        wrong = [Bytes("acte.txt", changed(signed.TEXT, 3))]
        refused("produce.broken", lambda: extend(made, Level.B_T, timestamper=pki.Tsa(), contents=wrong))
        return
    broken = (
        changed(made, made.index(b"voirie"))
        if profile is Profile.XADES_ENVELOPED
        else _repacked(made, profile)
    )
    error = refused("produce.broken", lambda: extend(broken, Level.B_T, timestamper=pki.Tsa()))
    assert error.params["name"]


def _repacked(made: bytes, profile: Profile) -> bytes:
    if profile is Profile.PADES:
        return changed(made, made.index(b"/MediaBox") + 14)
    entries = asic.unpack(made)
    return asic.pack({**entries, "acte é.txt": b"autre"}, pki.NOW)


@pytest.mark.parametrize("profile", [Profile.CADES_DETACHED, Profile.XADES_ENVELOPED, Profile.ASIC_E])
def test_damaged_file_ends_in_a_refusal(profile: Profile) -> None:
    made = signed.sign(profile, Level.B_T)
    draw = random.Random(f"{profile}")
    for _turn in range(60):
        at, size = draw.randrange(len(made)), draw.randrange(1, 40)
        for damaged in (
            made[:at],
            made[:at] + made[at + size :],
            changed(made, at),
            made[:at] + b"\0\xff<" + made[at:],
        ):
            try:
                extend(damaged, Level.B_T, timestamper=pki.Tsa())
            except (SealedError, Unverifiable):
                continue


@pytest.mark.parametrize("level", HIGHER)
def test_signature_of_pyhanko_is_raised(level: Level) -> None:
    made = by_pyhanko("ec", Level.B_B)
    raised = extend(made, level, timestamper=pki.Tsa(datetime.now(UTC)), evidence=pki.evidence(NOW))
    assert raised.startswith(made)
    ((_level, indication),) = verdicts(raised, "acte.pdf")
    assert indication is Indication.TOTAL_PASSED


@tool("openssl")
@pytest.mark.parametrize("form", ["DER", "PEM"])
def test_signature_of_openssl_is_raised(tmp_path: Path, form: str) -> None:
    holder = pki.signer("good", "rsa")
    (tmp_path / "acte.txt").write_bytes(signed.TEXT)
    (tmp_path / "cert.pem").write_bytes(holder.pem)
    (tmp_path / "key.pem").write_bytes(holder.key_pem)
    (tmp_path / "chain.pem").write_bytes(b"".join(one.pem for one in holder.issuers))
    command = f"openssl cms -sign -cades -binary -in acte.txt -signer cert.pem -inkey key.pem -certfile chain.pem -outform {form} -out acte.p7s"
    assert ran(command.split(), tmp_path)
    made = (tmp_path / "acte.p7s").read_bytes()
    assert verdicts(made, "acte.p7s", DOCUMENT) == passed(Level.B_B)
    raised = extend(made, Level.B_T, timestamper=pki.Tsa(datetime.now(UTC)))
    assert verdicts(raised, "acte.p7s", DOCUMENT) == passed(Level.B_T)
    (tmp_path / "root.pem").write_bytes(pki.holder("root").pem)
    (tmp_path / "raised.p7s").write_bytes(raised)
    check = "openssl cms -verify -cades -binary -content acte.txt -inform DER -in raised.p7s -CAfile root.pem -purpose any -out out"
    assert ran(check.split(), tmp_path)


@dataclass
class Relay:
    """Time-stamp units that take turns: the archive is kept by another one than that of the signature."""

    at: datetime
    units: list[str] = field(default_factory=lambda: ["tsa", "tsa-late"])

    def stamp(self, digest: bytes, algorithm: str) -> bytes:
        return pki.token(digest, self.at, self.units.pop(0), algorithm)


@pytest.mark.parametrize("profile", [Profile.XADES_ENVELOPED, Profile.ASIC_E, Profile.PADES])
def test_each_archive_time_stamp_brings_what_proves_the_one_before(profile: Profile) -> None:
    made = signed.sign(profile, Level.B_LTA, timestamper=Relay(pki.NOW))
    name = {"xades-enveloped": "a.xml", "asic-e": "a.asice", "pades": "a.pdf"}[profile]
    assert verdicts(made, name, at=pki.NOW + pki.DAY) == passed(Level.B_LTA)
    later = pki.NOW + 200 * pki.DAY
    raised = extend(
        made, Level.B_LTA, timestamper=pki.Tsa(later, "tsa-late"), evidence=pki.evidence(pki.NOW + pki.DAY)
    )
    assert verdicts(raised, name, at=later + pki.DAY) == passed(Level.B_LTA)
    if profile is Profile.XADES_ENVELOPED:
        root = parse(raised)
        (data,) = root.iter(f"{{{XADES141}}}TimeStampValidationData")
        assert len(list(data.iter(f"{{{XADES}}}EncapsulatedX509Certificate"))) == 1
        assert [one.tag for one in data.itersiblings()] == [f"{{{XADES141}}}ArchiveTimeStamp"]
        assert root.find(f".//{{{DS}}}Signature") is not None


def test_archive_survives_the_signer_and_its_first_authority() -> None:
    made = signed.sign(Profile.XADES_ENVELOPED, Level.B_LTA, timestamper=Relay(pki.NOW))
    # After the signer's certificate and the first unit's have ended; the archive's unit lives until 2055.
    long_after = pki.DIES + 300 * pki.DAY
    assert verdicts(made, "a.xml", at=long_after) == passed(Level.B_LTA)
    low = signed.sign(Profile.XADES_ENVELOPED, Level.B_B)
    assert verdicts(low, "a.xml", at=long_after)[0][1] is not Indication.TOTAL_PASSED


@pytest.mark.parametrize("place", ["CertificateValues", "value"])
def test_token_or_certificate_that_cannot_be_read_stops_the_extension(place: str) -> None:
    made = signed.sign(Profile.XADES_ENVELOPED, Level.B_T)
    root = parse(made)
    element = root.find(
        f".//{{{XADES}}}EncapsulatedTimeStamp" if place == "value" else f".//{{{DS}}}X509Certificate"
    )
    for text, code in (("%%%", "produce.not_signed"), ("AAAA", None)):
        element.text = text
        wrong = etree.tostring(root)
        expected = code or ("produce.token_refused" if place == "value" else "produce.certificate_unreadable")
        refused(
            expected,
            lambda wrong=wrong: extend(wrong, Level.B_LT, timestamper=pki.Tsa(), evidence=pki.evidence()),
        )


def test_signature_without_certificate_is_not_extended() -> None:
    root = parse(signed.sign(Profile.XADES_ENVELOPED, Level.B_T))
    info = root.find(f".//{{{DS}}}KeyInfo")
    info.getparent().remove(info)
    wrong = etree.tostring(root)
    refused(
        "produce.not_signed",
        lambda: extend(wrong, Level.B_LT, timestamper=pki.Tsa(), evidence=pki.evidence()),
    )


def test_certificate_values_of_another_tool_are_completed() -> None:
    root = parse(signed.sign(Profile.XADES_ENVELOPED, Level.B_T))
    place = root.find(f".//{{{XADES}}}UnsignedSignatureProperties")
    etree.SubElement(place, f"{{{XADES}}}CertificateValues")
    raised = extend(etree.tostring(root), Level.B_LT, timestamper=None, evidence=pki.evidence())
    assert len(list(parse(raised).iter(f"{{{XADES}}}CertificateValues"))) == 1
    assert verdicts(raised, "a.xml", at=pki.NOW + pki.DAY) == passed(Level.B_LT)
