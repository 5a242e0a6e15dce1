"""Find the document that a detached signature or time-stamp is over: by its digest, the file name being only a hint."""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from signing import limits
from signing.containers.flavour import data_names
from signing.containers.zipindex import printable
from signing.containers.zipsafe import Archive
from signing.errors import Unverifiable
from signing.facts import SignatureFacts
from signing.types import Bytes, Container, Content, Coverage, Finding, Scope, ScopeKind

#: Names that end so are those of signatures and time-stamps, never of the document that one is over.
ENDINGS = (".p7s", ".p7m", ".p7b", ".sig", ".xades", ".tsr", ".tst", ".cms", ".pkcs7")
_DSIG = "{http://www.w3.org/2000/09/xmldsig#}"


@dataclass(frozen=True, slots=True)
class Token:
    """What a detached token says of what it is over: pairs of hashlib name and lower-case hex.

    ``complete`` is false when the token does not tell all of its digests (a CMS without signed attributes, an XML
    reference with a transform): the name is then the only hint, and the verification the only proof.
    """

    name: str
    container: Container
    digests: tuple[tuple[str, str], ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Pairing:
    """A token and the documents that it is over, by name; ``hint`` is the document that only its name points to."""

    token: str
    container: Container
    documents: tuple[str, ...]
    hint: str | None
    finding: Finding

    @property
    def orphan(self) -> bool:
        """Tell whether no document with a signed digest is at hand."""
        return not self.documents


def pair(files: Sequence[Content]) -> list[Pairing]:
    """Pair every detached token among the files with its documents; signed files that stand alone are not tokens."""
    tokens = [
        (file, token) for file in files if isinstance(file, Bytes) and (token := token_in(file)) is not None
    ]
    names = {token.name for _, token in tokens}
    documents = [file.name for file in files if file.name not in names]
    index = _index(files, {algorithm for _, token in tokens for algorithm, _ in token.digests})
    return [_pair(token, index, documents) for _, token in tokens]


def _index(files: Sequence[Content], algorithms: set[str]) -> dict[tuple[str, str], list[str]]:
    """Digest every file once under every algorithm that a token names."""
    found: dict[tuple[str, str], list[str]] = {}
    for file in files:
        for algorithm in algorithms:
            value = digest_of(file, algorithm)
            if value is not None:
                found.setdefault((algorithm, value), []).append(file.name)
    return found


def token_in(file: Bytes) -> Token | None:
    """Return what a file is over when it is a detached token; None when it is a document or holds what it signs."""
    from signing.containers.sniff import sniff

    if len(file.data) > limits.TOKEN_BYTES:
        return None
    try:
        kind = sniff(file.data, file.name)
        if kind is Container.XML:
            return _xml(file)
        if kind is Container.CMS:
            return _cms(file)
        return _stamp(file) if kind is Container.TIMESTAMP else None
    except Unverifiable:
        return None


def zip_scope(content: Bytes) -> tuple[Scope, ...]:
    """Return one NONE entry for each document of a ZIP that is signed as one file; nothing for another document."""
    if content.data[:4] != b"PK\x03\x04":
        return ()
    try:
        names = data_names(Archive(content.data))
    except Unverifiable:
        return (
            Scope(content.name, ScopeKind.DOCUMENT, Coverage.NONE, note=Finding("containers.zip_not_listed")),
        )
    note = Finding("containers.zip_signed_whole")
    return tuple(
        Scope(f"{content.name}/{printable(name)}", ScopeKind.DOCUMENT, Coverage.NONE, note=note)
        for name in names
    )


def with_zip_entries(facts: SignatureFacts, contents: Sequence[Content]) -> SignatureFacts:
    """Add to the scope of a detached signature what it does not cover: the documents inside a ZIP that it is over."""
    covered = {item.name for item in facts.scope if item.coverage is Coverage.FULL}
    extra = [
        item
        for content in contents
        if isinstance(content, Bytes) and content.name in covered
        for item in zip_scope(content)
    ]
    return replace(facts, scope=(*facts.scope, *extra)) if extra else facts


def _pair(token: Token, index: Mapping[tuple[str, str], list[str]], documents: Sequence[str]) -> Pairing:
    matched = dict.fromkeys(
        name for digest in token.digests for name in index.get(digest, ()) if name != token.name
    )
    hint = hinted(token.name, documents)
    return Pairing(token.name, token.container, tuple(matched), hint, _finding(token, tuple(matched), hint))


def _finding(token: Token, matched: tuple[str, ...], hint: str | None) -> Finding:
    shown = printable(token.name)
    if matched:
        return Finding("containers.token_paired", {"token": shown, "name": printable(matched[0])})
    if hint is None:
        return Finding("containers.token_orphan", {"token": shown})
    code = "containers.token_orphan_named" if token.complete else "containers.token_by_name"
    return Finding(code, {"token": shown, "name": printable(hint)})


def digest_of(document: Content, algorithm: str) -> str | None:
    """Return the digest of a document in lower-case hex, None when it cannot be had."""
    if isinstance(document, Bytes):
        try:
            return hashlib.new(algorithm, document.data, usedforsecurity=False).hexdigest()
        except (ValueError, TypeError):
            return None
    values: Mapping[str, str] = document.values
    found = values.get(algorithm)
    return found.lower() if found else None


def hinted(token: str, names: Sequence[str]) -> str | None:
    """Return the one document whose name a token's name begins with or shares: ``a.pdf.p7s`` and ``a.p7s`` of a.pdf."""
    bare = PurePosixPath(token.lower())
    names = [name for name in names if name != token and not name.lower().endswith(ENDINGS)]
    begins = [name for name in names if bare.name.startswith(PurePosixPath(name.lower()).name)]
    shares = [name for name in names if PurePosixPath(name.lower()).stem == bare.stem]
    for found in (begins, shares):
        if len(found) == 1:
            return found[0]
    return None


def _cms(file: Bytes) -> Token | None:
    """Read the digests of a detached CMS: the messageDigest of each signer (RFC 5652, 11.2)."""
    from signing.cades import oids, signed_data
    from signing.cades.algorithms import UnknownAlgorithm
    from signing.cades.armour import unarmoured
    from signing.cades.ber import BadBer

    try:
        signed = signed_data.read(unarmoured(file.data))
        if signed.content_node is not None:
            return None
        values = [(signer, signer.signed_value(oids.MESSAGE_DIGEST)) for signer in signed.signers]
        digests = tuple((signer.digest, value.octets().hex()) for signer, value in values if value)
    except (BadBer, UnknownAlgorithm):
        return Token(file.name, Container.CMS, (), complete=False)
    return Token(file.name, Container.CMS, digests, complete=len(digests) == len(values))


def _stamp(file: Bytes) -> Token | None:
    from signing.cades import signed_data
    from signing.timestamps import tst

    info = tst.tst_info(signed_data.read(tst.token_of(file.data)))
    digests = ((info.algorithm, info.imprint.hex()),) if info.algorithm else ()
    return Token(file.name, Container.TIMESTAMP, digests, complete=bool(digests))


def _xml(file: Bytes) -> Token | None:
    """Read the digests of an XML signature over other files: the references that name no part of this document."""
    from signing.xml.parse import parse

    references = [
        reference
        for signature in parse(file.data).root.iter(f"{_DSIG}Signature")
        for reference in signature.iterfind(f"{_DSIG}SignedInfo/{_DSIG}Reference")
        if reference.get("URI") != "" and not (reference.get("URI") or "").startswith("#")
    ]
    if not references:
        return None
    digests = [
        digest for item in references[: limits.REFERENCES] if (digest := _xml_digest(item)) is not None
    ]
    return Token(file.name, Container.XML, tuple(digests), complete=len(digests) == len(references))


def _xml_digest(reference: Any) -> tuple[str, str] | None:
    """Return the digest of a reference over the bytes of a file; None when a transform makes it one of other bytes."""
    from signing.containers.manifests import DIGESTS

    method = reference.find(f"{_DSIG}DigestMethod")
    algorithm = DIGESTS.get(method.get("Algorithm") or "") if method is not None else None
    if algorithm is None or reference.find(f"{_DSIG}Transforms") is not None:
        return None
    value = "".join((reference.findtext(f"{_DSIG}DigestValue") or "").split())
    try:
        return algorithm, base64.b64decode(value, validate=True).hex()
    except binascii.Error:
        return None
