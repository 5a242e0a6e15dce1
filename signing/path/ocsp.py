"""OCSP responses (RFC 6960): parsed once, their responder authorised and verified, asked about a certificate."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import new, sha256
from itertools import islice
from typing import Any

from signing.path import crls
from signing.path.answer import Answer, Standing, issued_with, use_of, vouching
from signing.path.cache import PARSED, Cert, Memory, certificate, comparable
from signing.path.certs import digest_of
from signing.path.fitness import issued

OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"

#: Responses parsed, and whether they are signed by a certificate.
_RESPONSES: Memory[Any] = Memory(PARSED)
_SIGNERS: Memory[bool] = Memory(4 * PARSED)

#: Certificates that a response brings along, and those of its responder's name that are tried.
_BROUGHT, _TRIED = 20, 4


@dataclass(frozen=True, slots=True)
class _Responder:
    """Who signed a response; ``said`` is what lists say of a delegate that has to be asked about, else None."""

    cert: Cert
    said: Sequence[Answer] | None = None


def _ocsp(der: bytes) -> Any:
    """Parse an OCSP response, once while it is remembered."""
    known = _RESPONSES.get(der)
    if known is None:
        known = _parse(der)
        if known is not None:
            _RESPONSES.keep(der, known, 20 * len(der))
    return known


def _parse(der: bytes) -> Any:
    """Parse an OCSP response; None when it is none, or reports an error."""
    from asn1crypto import ocsp

    basic = None
    with suppress(ValueError, TypeError, LookupError, AttributeError, RecursionError):
        response = ocsp.OCSPResponse.load(der, strict=True)
        if response["response_status"].native == "successful":
            parsed = response["response_bytes"]["response"].parsed
            # asn1crypto parses on demand: what is malformed must raise here.
            basic = parsed if parsed.native else None
    return basic


def answers_of(
    der: bytes, subject: Cert, issuer: Cert, listed: Sequence[bytes], others: Sequence[bytes]
) -> Iterable[Answer]:
    """Yield what a response says of a certificate; nothing when its signer may not answer for the issuer."""
    basic = _ocsp(der)
    if basic is None:
        return
    singles = [
        one for one in basic["tbs_response_data"]["responses"] if _is_about(one["cert_id"], subject, issuer)
    ]
    signer = _responder(der, issuer, listed, others) if singles else None
    if signer is None:
        return
    for single in singles:
        answer = _answer_of(der, basic, single, signer, issuer)
        if answer is not None:
            yield answer


def _is_about(cert_id: Any, subject: Cert, issuer: Cert) -> bool:
    algorithm = cert_id["hash_algorithm"]["algorithm"].native
    if algorithm not in ("sha1", "sha256", "sha384", "sha512"):
        return False
    key = new(algorithm, bytes(issuer.asn1.public_key["public_key"])).digest()
    name = new(algorithm, subject.asn1.issuer.dump()).digest()
    return bool(
        cert_id["serial_number"].native == subject.serial
        and cert_id["issuer_key_hash"].native == key
        and cert_id["issuer_name_hash"].native == name
    )


def _answer_of(der: bytes, basic: Any, single: Any, responder: _Responder, issuer: Cert) -> Answer | None:
    signer, status = responder.cert, single["cert_status"]
    if status.name not in ("good", "revoked"):
        return None
    this_update = single["this_update"].native
    if not signer.not_before <= this_update <= signer.not_after:
        return None
    good = vouching(responder.said, signer, this_update) if responder.said is not None else None
    if responder.said is not None and good is None:
        return None
    revoked = status.name == "revoked"
    cutoff = single.archive_cutoff_value
    algorithm = basic["signature_algorithm"]
    delegation = () if signer.sha256 == issuer.sha256 else (issued_with(signer, issuer),)
    return Answer(
        source=der,
        sha256=sha256(der).digest(),
        standing=Standing(status.name),
        this_update=this_update,
        next_update=single["next_update"].native,
        revoked_at=status.chosen["revocation_time"].native if revoked else None,
        on_hold=revoked and status.chosen["revocation_reason"].native == "certificate_hold",
        algorithms=(use_of(signer, digest_of(algorithm)), *delegation, *(good.algorithms if good else ())),
        keeps_expired_since=cutoff.native if cutoff is not None else None,
        beside=good.sources if good else (),
    )


def _responder(
    der: bytes, issuer: Cert, listed: Sequence[bytes], others: Sequence[bytes]
) -> _Responder | None:
    """Return who signed a response, when it may answer for the issuer: itself, or one it delegated (RFC 6960, 4.2.2.2)."""
    basic = _ocsp(der)
    inside = [one.dump() for one in basic["certs"]] if basic["certs"] else []
    identifier = basic["tbs_response_data"]["responder_id"]
    around = (parsed for other in (*inside[:_BROUGHT], *others) if (parsed := certificate(other)))
    named = (candidate for candidate in (issuer, *around) if _named(identifier, candidate))
    for candidate in islice(named, _TRIED):
        own = candidate.sha256 == issuer.sha256
        if (own or _delegated(candidate, issuer)) and _signed(der, candidate):
            asked = not own and not candidate.no_check
            return _Responder(candidate, _said(candidate, issuer, listed) if asked else None)
    return None


def _named(identifier: Any, candidate: Cert) -> bool:
    if identifier.name == "by_key":
        return bool(identifier.native == candidate.key_sha1)
    return comparable(identifier.chosen.untag().dump()) == candidate.subject


def _signed(der: bytes, candidate: Cert) -> bool:
    key = der, candidate.sha256
    known = _SIGNERS.get(key)
    if known is None:
        from signing._pyhanko_path import signed_by

        basic = _ocsp(der)
        data = basic["tbs_response_data"].dump()
        known = signed_by(basic["signature"].native, data, basic["signature_algorithm"], candidate)
        _SIGNERS.keep(key, known, len(der))
    return known


def _delegated(candidate: Cert, issuer: Cert) -> bool:
    """Tell whether a responder holds the issuer's delegation."""
    if OCSP_SIGNING not in (candidate.extended or ()):
        return False
    return candidate.issuer == issuer.subject and issued(candidate.der, issuer.der)


def _said(candidate: Cert, issuer: Cert, listed: Sequence[bytes]) -> list[Answer]:
    """Return what the issuer's complete lists say of a responder."""
    return [answer for crl in listed if (answer := crls.answer_of(crl, candidate, issuer))]


def request_for(subject: Cert, issuer: Cert) -> bytes:
    """Return the DER of an OCSP request on one certificate, without a nonce."""
    from asn1crypto import ocsp

    identifier = {
        "hash_algorithm": {"algorithm": "sha1"},
        "issuer_name_hash": subject.asn1.issuer.sha1,
        "issuer_key_hash": issuer.key_sha1,
        "serial_number": subject.serial,
    }
    request = ocsp.OCSPRequest({"tbs_request": {"request_list": [{"req_cert": identifier}]}})
    written: bytes = request.dump()
    return written
