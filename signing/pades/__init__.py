"""Signatures in PDF files (ISO 32000, EN 319 142-1 and -2): bytes in, facts out."""

from collections.abc import Sequence

from signing.facts import SignatureFacts, StampFacts


def read(data: bytes, *, name: str, extra_certs: Sequence[bytes] = ()) -> list[SignatureFacts]:
    """Read the signatures of a PDF, one entry for each signed field, in file order; ``id`` is the field's full name.

    ``extra_certs`` (DER) are where a signer's certificate may be when the file has it not. Document time-stamps are not
    signatures: they stand in the ``stamps`` of the signatures they cover, and ``stamps`` lists them all. ``extra`` holds
    what a PDF alone knows: ``byte_range_valid``, ``revision`` and ``revisions``, ``changed_pages`` (numbers),
    ``annotation_changes``, ``form_changes``, ``filled_fields``, ``undefined_changes`` (a count) and the first one as
    ``change``, ``later_changes`` (the kinds of ``signing.pades.later``), ``docmdp``.

    Raises Unverifiable: UNREADABLE (no PDF), UNSUPPORTED (a password is needed), TOO_LARGE. A PDF too damaged to be read that
    holds traces of signatures gives these signatures, each with a structure error.
    """
    from signing.pades.reader import read_pdf

    return read_pdf(data, name=name, extra_certs=extra_certs)


def stamps(data: bytes, *, extra_certs: Sequence[bytes] = ()) -> list[StampFacts]:
    """Read the document time-stamps (ETSI.RFC3161) of a PDF in file order; none when it cannot be read.

    ``id`` is the field's name, ``covers`` names what stood in the document when it was stamped.
    """
    from signing.pades.reader import read_document_stamps

    return read_document_stamps(data, extra_certs=extra_certs)
