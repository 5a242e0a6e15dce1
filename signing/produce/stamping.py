"""Ask for a time-stamp token and make sure that it is over what was asked, before it goes into a signature."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from signing.produce.keys import digest
from signing.produce.refusals import ProductionRefused
from signing.types import Stamper

#: The digest of every time-stamp that is asked for.
ALGORITHM = "sha256"


@dataclass(frozen=True, slots=True)
class Stamped:
    """A token and what production needs of it."""

    token: bytes = field(repr=False)
    gen_time: datetime
    #: The authority's own certificate, then the others, in DER.
    certificates: tuple[bytes, ...] = field(repr=False)
    signer: bytes = field(repr=False)


def stamp(timestamper: Stamper | None, data: bytes) -> Stamped:
    """Have data stamped. Raises ProductionRefused: ``produce.timestamper_missing``, ``produce.token_refused``.

    What the time-stamper itself raises passes through.
    """
    if timestamper is None:
        raise ProductionRefused("produce.timestamper_missing", "this level needs a time-stamp")
    wanted = digest(ALGORITHM, data)
    return checked(timestamper.stamp(wanted, ALGORITHM), wanted)


def checked(token: bytes, wanted: bytes) -> Stamped:
    """Return a token over a digest taken apart, or refuse another one."""
    read = taken_apart(token)
    if read is None or read[1] != wanted:
        raise ProductionRefused("produce.token_refused", "no token, or one over something else")
    return read[0]


def taken_apart(token: bytes) -> tuple[Stamped, bytes] | None:
    """Return a token's parts and its imprint, or None for what is no token with its signer's certificate."""
    from asn1crypto import cms

    try:
        signed = cms.ContentInfo.load(token, strict=True)["content"]
        info = signed["encap_content_info"]["content"].parsed
        certificates = tuple(item.chosen.dump() for item in signed["certificates"])
        signer = _signer(signed)
        stamped = Stamped(token, info["gen_time"].native, certificates, signer)
        return stamped, bytes(info["message_imprint"]["hashed_message"].native)
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def _signer(signed: Any) -> bytes:
    (signer,) = signed["signer_infos"]
    wanted = signer["sid"].chosen
    for item in signed["certificates"]:
        certificate = item.chosen
        same = certificate.serial_number == wanted["serial_number"].native
        if same and certificate.issuer.dump() == wanted["issuer"].dump():
            return bytes(certificate.dump())
    raise LookupError("the token does not hold its signer's certificate")
