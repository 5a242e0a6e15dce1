"""Prepare a signature: check the signer's certificate and the document, and say which bytes to sign."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from signing.produce import asic, cades, keys, pades, xades
from signing.produce.documents import bytes_of, listed, names
from signing.produce.markup import parse
from signing.produce.params import Level, Mechanism, Profile, SignParams
from signing.produce.prepared import Prepared
from signing.produce.refusals import ProductionRefused
from signing.types import Content

_Make = Callable[[Sequence[Content], Sequence[bytes], SignParams, Mechanism], Prepared]


def prepare(document: Content | Sequence[Content], chain: Sequence[bytes], params: SignParams) -> Prepared:
    """Return what is to be signed by the first certificate (DER) of ``chain``, and how.

    Several documents make one signature for XAdES detached and ASiC-E. Digests are enough for detached signatures.
    Nothing secret goes in or comes out: ``Prepared.to_json`` may be stored. Raises ProductionRefused with a code of
    ``signing.wording.produce``; nothing was signed then.
    """
    if params.signing_time.tzinfo is None:
        raise ValueError("signing_time must be aware")
    documents = listed(document)
    mechanism = keys.choose(chain, params)
    for certificate in chain[1:]:
        keys.load(certificate)
    made = _MAKERS[params.profile](documents, chain, params, mechanism)
    return replace(made, documents=names(documents))


def check_documents(document: Content | Sequence[Content], params: SignParams) -> None:
    """Refuse documents that cannot be signed in this form and level, whoever signs: before anybody is asked to.

    Raises ProductionRefused with the reason that ``prepare`` would give, such as ``produce.pdf_locked``.
    """
    documents = listed(document)
    if params.profile is Profile.CADES_DETACHED:
        cades.check_level(params.level)
    elif params.profile is Profile.PADES:
        pades.check_documents(documents)
    elif params.profile is Profile.XADES_ENVELOPED:
        for one in documents:
            parse(bytes_of(one))
    elif params.profile is Profile.ASIC_E:
        asic.check_documents(documents, params)


def check_asked(
    to_sign: bytes, document: Content | Sequence[Content], chain: Sequence[bytes], params: SignParams
) -> Prepared:
    """Make sure that bytes somebody else asks to have signed are the signature of one's own document, and no more.

    Preparing is the same for the same input on every machine: the helper that holds the key prepares again and
    compares. It never signs a bare hash. Raises ProductionRefused ``produce.other_bytes``, and as ``prepare``.
    """
    own = prepare(document, chain, params)
    if own.to_sign != to_sign:
        raise ProductionRefused("produce.other_bytes", "not the bytes that this document gives")
    return own


def _enveloped(
    documents: Sequence[Content], chain: Sequence[bytes], params: SignParams, mechanism: Mechanism
) -> Prepared:
    if len(documents) != 1:
        raise ProductionRefused("produce.one_document", f"{len(documents)} documents")
    unsigned, to_sign = xades.enveloped(documents[0], chain, params, mechanism)
    return Prepared(params.profile, params.level, mechanism, to_sign, tuple(chain), {"unsigned": unsigned})


def _detached(
    documents: Sequence[Content], chain: Sequence[bytes], params: SignParams, mechanism: Mechanism
) -> Prepared:
    references = [xades.reference(one, params, mechanism) for one in documents]
    unsigned, to_sign = xades.detached(references, chain, params, mechanism)
    state = {"unsigned": unsigned}
    if params.level is Level.B_LTA:
        # An archive time-stamp is over the documents themselves.
        state |= {f"document:{one.name}": bytes_of(one) for one in documents}
    return Prepared(params.profile, params.level, mechanism, to_sign, tuple(chain), state)


_MAKERS: dict[Profile, _Make] = {
    Profile.XADES_ENVELOPED: _enveloped,
    Profile.XADES_DETACHED: _detached,
    Profile.CADES_DETACHED: cades.prepare,
    Profile.PADES: pades.prepare,
    Profile.ASIC_E: asic.prepare,
}
