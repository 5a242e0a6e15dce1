"""Match the external references of a signature with the documents given beside it. Nothing is ever fetched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from unicodedata import normalize
from urllib.parse import unquote

from lxml import etree

from signing.errors import Unverifiable
from signing.types import Content, Digests
from signing.xml import algorithms
from signing.xml.core import SignedReference
from signing.xml.transforms import Data, octets, transformed


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for an external reference: ``computed`` is its digest, None when it could not be had."""

    content: Content | None = None
    computed: bytes | None = None
    #: What the transforms give, for time-stamps; None when only digests were given.
    data: Data | None = field(default=None, repr=False)
    #: The document was given as digests, and not the one that is needed.
    lacking: str | None = None


def match(
    reference: SignedReference,
    contents: Sequence[Content],
    signature: "etree._Element",
    *,
    alone: bool,
    named: bool = False,
) -> Match:
    """Find the content of a reference by its percent-decoded name; else, unless it must be ``named``, by digest alone.

    By digest: the sole content given, whatever its name, and a content whose bare name ends the reference's path (a
    signer's machine writes ``file:///C:/acte.pdf``). ``alone`` tells that the signature has no other external
    reference without a name.
    """
    wanted = _clean(reference.uri or "")
    bearing = _named(contents, wanted, reference.uri) if wanted else []
    if bearing:
        tried = [_digested(reference, content, signature) for content in bearing]
        return next((one for one in tried if one.computed == reference.digest), tried[0])
    for content in () if named else contents:
        short = "/" not in content.name and wanted.replace("\\", "/").rpartition("/")[2] == content.name
        if len(contents) > 1 and not short and (wanted or not alone):
            continue
        found = _digested(reference, content, signature)
        if found.computed is not None and found.computed == reference.digest:
            return found
    return Match()


def _named(contents: Sequence[Content], wanted: str, uri: str | None) -> list[Content]:
    """Return the contents that bear a name, else the one whose name is only written with other code points for it.

    Two lots of one bid may each hold a document of that name.
    What one machine signs as "\u00e9" another stores as "e" with an accent (Unicode, normal forms C and D).
    """
    exact = [content for content in contents if content.name in {wanted, uri}]
    if exact or wanted.isascii():
        return exact
    form = normalize("NFC", wanted)
    alike = [one for one in contents if not one.name.isascii() and normalize("NFC", one.name) == form]
    return alike if len(alike) == 1 else []


def decoded_name(uri: str | None) -> str:
    """Return the name that an external reference gives its document."""
    return _clean(uri) if uri else "-"


def _clean(uri: str) -> str:
    name = unquote(uri)
    while name.startswith("./"):
        name = name[2:]
    return name


def _digested(reference: SignedReference, content: Content, signature: "etree._Element") -> Match:
    algorithm = reference.algorithm
    if algorithm is None or reference.refused:
        return Match(content)
    if isinstance(content, Digests):
        return _stated(reference, content, algorithm)
    try:
        data = transformed(content.data, reference.transforms, signature)
    except Unverifiable:
        # The transforms ask for XML or base64, and this is neither: it is not what was signed.
        return Match(content, b"")
    return Match(content, algorithms.digest(algorithm, octets(data)), data)


def _stated(reference: SignedReference, content: Digests, algorithm: str) -> Match:
    stated = content.values.get(algorithm)
    if reference.transforms or stated is None:
        return Match(content, lacking="transforms" if reference.transforms else algorithm)
    try:
        return Match(content, bytes.fromhex(stated))
    except ValueError:
        return Match(content, lacking=algorithm)
