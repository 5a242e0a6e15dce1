"""Build CMS SignedData with the attributes of CAdES and PAdES (RFC 5652, RFC 5035, EN 319 122-1)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from signing.produce import unsigned
from signing.produce.keys import digest
from signing.produce.params import Mechanism
from signing.produce.refusals import ProductionRefused

_UTC_TIME_ENDS = 2050


def signed_attributes(
    message_digest: bytes, certificate: bytes, mechanism: Mechanism, signing_time: datetime | None
) -> bytes:
    """Return the DER of the SET OF signed attributes, which is what a key signs (RFC 5652, 5.4).

    PAdES states its time in the PDF, so ``signing_time`` is None there (EN 319 142-1, 6.3).
    """
    from asn1crypto import cms

    reference = {
        "hash_algorithm": {"algorithm": mechanism.digest},
        "cert_hash": digest(mechanism.digest, certificate),
    }
    attributes: list[dict[str, object]] = [
        {"type": "content_type", "values": ["data"]},
        {"type": "message_digest", "values": [message_digest]},
        {"type": "signing_certificate_v2", "values": [{"certs": [reference]}]},
        {"type": "cms_algorithm_protection", "values": [_protection(mechanism)]},
    ]
    if signing_time is not None:
        attributes.append({"type": "signing_time", "values": [_time(signing_time)]})
    built: bytes = cms.CMSAttributes(attributes).dump()
    return built


def _protection(mechanism: Mechanism) -> dict[str, object]:
    return {
        "digest_algorithm": {"algorithm": mechanism.digest},
        "signature_algorithm": {"algorithm": _algorithm(mechanism)},
    }


def _time(moment: datetime) -> Any:
    """Return UTCTime before 2050 and GeneralizedTime after (RFC 5652, 11.3), whole seconds."""
    from asn1crypto import cms

    exact = moment.astimezone(UTC).replace(microsecond=0)
    return cms.Time(name="utc_time" if exact.year < _UTC_TIME_ENDS else "generalized_time", value=exact)


def _algorithm(mechanism: Mechanism) -> str:
    return f"{mechanism.digest}_{'ecdsa' if mechanism.key == 'ec' else 'rsa'}"


def signed_data(attributes: bytes, value: bytes, chain: Sequence[bytes], mechanism: Mechanism) -> bytes:
    """Return the DER ContentInfo of a detached signature with its certificates."""
    from asn1crypto import cms, x509

    leaf = x509.Certificate.load(chain[0])
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                    {"issuer": leaf.issuer, "serial_number": leaf.serial_number}
                )
            }
        ),
        "digest_algorithm": {"algorithm": mechanism.digest},
        "signed_attrs": cms.CMSAttributes.load(attributes),
        "signature_algorithm": {"algorithm": _algorithm(mechanism)},
        "signature": value,
    }
    body = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": mechanism.digest}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [x509.Certificate.load(certificate) for certificate in dict.fromkeys(chain)],
        "signer_infos": [signer],
    }
    built: bytes = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(body)}).dump()
    return built


def message_digest(attributes: bytes) -> bytes:
    """Return the digest that signed attributes commit to; raises ``produce.prepared_damaged``."""
    from asn1crypto import cms

    try:
        for attribute in cms.CMSAttributes.load(attributes, strict=True):
            if attribute["type"].native == "message_digest":
                return bytes(attribute["values"][0].native)
    except (ValueError, TypeError, LookupError) as error:
        raise ProductionRefused("produce.prepared_damaged", str(error)) from error
    raise ProductionRefused("produce.prepared_damaged", "no message digest")


def unarmored(data: bytes) -> bytes:
    """Return the bytes of a CMS signature given in DER or PEM; raises ``produce.not_signed``."""
    from asn1crypto import pem

    try:
        return bytes(pem.unarmor(data)[2] if pem.detect(data) else data)
    except ValueError as error:
        raise ProductionRefused("produce.not_signed", str(error)) from error


def loaded(data: bytes) -> Any:
    """Return the ContentInfo of a CMS signature; raises ``produce.not_signed``."""
    from asn1crypto import cms

    try:
        info = cms.ContentInfo.load(data, strict=True)
        if info["content_type"].native == "signed_data" and len(info["content"]["signer_infos"]):
            return info
    except (ValueError, TypeError, LookupError) as error:
        raise ProductionRefused("produce.not_signed", str(error)) from error
    raise ProductionRefused("produce.not_signed", "no signed data")


def trimmed(data: bytes) -> bytes:
    """Return a CMS without the zeros that pad it in a PDF."""
    from asn1crypto import parser

    try:
        *_tag, header, content, trailer = parser.parse(data, strict=False)
    except (ValueError, TypeError) as error:
        raise ProductionRefused("produce.not_signed", str(error)) from error
    return bytes(header + content + trailer)


def certificates(data: bytes) -> list[bytes]:
    """Return the certificates of a CMS and of the time-stamps in it."""
    data = trimmed(data)
    found = [item.chosen.dump() for item in loaded(data)["content"]["certificates"] or ()]
    return found + [item for token in unsigned.tokens(data) for item in certificates(token)]


def signer_certificate(data: bytes) -> bytes:
    """Return the certificate that the first signer names; raises ``produce.not_signed``."""
    content = loaded(trimmed(data))["content"]
    wanted = content["signer_infos"][0]["sid"].chosen
    for item in content["certificates"] or ():
        certificate = item.chosen
        if _same(certificate, wanted):
            return bytes(certificate.dump())
    raise ProductionRefused("produce.not_signed", "the signer's certificate is not in the signature")


def _same(certificate: Any, wanted: Any) -> bool:
    from asn1crypto import cms

    if not isinstance(wanted, cms.IssuerAndSerialNumber):
        return bool(certificate.key_identifier == wanted.native)
    number = wanted["serial_number"].native
    return bool(certificate.serial_number == number and certificate.issuer.dump() == wanted["issuer"].dump())
