"""CMS and CAdES signatures (RFC 5652, EN 319 122-1 and -2): bytes in, facts out."""

from collections.abc import Callable, Sequence

from signing.facts import SignatureFacts
from signing.types import Content


def read(
    data: bytes,
    *,
    name: str,
    contents: Sequence[Content] = (),
    extra_certs: Sequence[bytes] = (),
    ids: str = "sig",
) -> list[SignatureFacts]:
    """Read the signatures of a CMS file in DER, BER, PEM or Base64.

    ``contents`` are the documents that a detached signature may be over: the one whose digest was signed is taken;
    when a single one is given and does not fit, it counts as altered. ``extra_certs`` (DER) are where the signer's
    certificate may be when the file has it not. Entries are named ``sig-1``, ``sig-2``..., each followed by its
    counter-signatures ``sig-1/counter-1``... A file of certificates alone gives an empty list.

    Raises Unverifiable: UNREADABLE, UNSUPPORTED (another CMS type, or a time-stamp token), TOO_LARGE. A fault in one
    signature is in the facts of that signature.
    """
    from signing.cades.reader import read_file

    return read_file(data, name=name, contents=contents, extra_certs=extra_certs, ids=ids)


def read_signed_data(
    cms: bytes,
    *,
    name: str,
    digest_of: Callable[[str], bytes | None],
    extra_certs: Sequence[bytes] = (),
    ids: str = "sig",
    pdf: bool = True,
) -> list[SignatureFacts]:
    """Read a CMS whose content is elsewhere and known by its digests: the signature of a PDF revision.

    ``digest_of("sha256")`` gives the raw digest of the covered bytes for a hashlib name, or None. Zero bytes after
    the CMS are padding. With ``pdf``, facts are named ``ids`` itself when there is one SignerInfo (``ids-1``,
    ``ids-2``... when there are several), the format is PADES or PDF, the level follows EN 319 142-1 (no signing-time
    attribute), Adobe's revocation attribute is read, and an enclosed content is a structure error unless it is the
    SHA-1 of the covered bytes (adbe.pkcs7.sha1). ``extra["signed_attributes"]`` lists the OIDs that stand there.

    Raises Unverifiable as ``read`` does.
    """
    from signing.cades.reader import read_external

    return read_external(cms, name=name, digest_of=digest_of, extra_certs=extra_certs, ids=ids, pdf=pdf)
