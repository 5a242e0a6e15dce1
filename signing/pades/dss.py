"""Read the document security store of a PDF (EN 319 142-1, 5.4.2): certificates, CRLs, OCSP responses."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha1, sha256

from signing import limits
from signing.pades.objects import Pdf, PdfUnreadable, Stream, Value, entries, items, resolve, root

_STORE = ("/Certs", "/CRLs", "/OCSPs")
_PER_SIGNATURE = ("/Cert", "/CRL", "/OCSP")


@dataclass(slots=True)
class Store:
    """Material of a document, DER, each once and in file order; ``keys`` name the signatures it was gathered for."""

    certificates: dict[bytes, None] = field(default_factory=dict, repr=False)
    crls: dict[bytes, None] = field(default_factory=dict, repr=False)
    ocsps: dict[bytes, None] = field(default_factory=dict, repr=False)
    keys: set[str] = field(default_factory=set)
    #: The catalogue has a /DSS entry, be it empty.
    present: bool = False

    @property
    def has_revocation(self) -> bool:
        """Tell whether there is any revocation data."""
        return bool(self.crls or self.ocsps)

    def add(self, other: "Store") -> None:
        """Add what another state of the document holds: a later store may have replaced an earlier one."""
        self.certificates.update(other.certificates)
        self.crls.update(other.crls)
        self.ocsps.update(other.ocsps)
        self.keys |= other.keys
        self.present = self.present or other.present

    def marks(self) -> frozenset[bytes]:
        """Return the SHA-256 of every object."""
        return marks((*self.certificates, *self.crls, *self.ocsps))


def marks(objects: Iterable[bytes]) -> frozenset[bytes]:
    """Return the SHA-256 of objects."""
    return frozenset(sha256(der).digest() for der in objects)


def key_of(contents: bytes) -> str:
    """Return the name of a signature in the store: the SHA-1 of its /Contents, in upper-case hex."""
    return sha1(contents, usedforsecurity=False).hexdigest().upper()


def read_store(pdf: Pdf) -> Store:
    """Read the store of one state of a document; what cannot be decoded is left out."""
    found = Store()
    top = root(pdf).get("/DSS")
    store = entries(pdf, top)
    found.present = isinstance(resolve(pdf, top), dict)
    _gather(pdf, store, _STORE, found)
    for key, value in entries(pdf, store.get("/VRI")).items():
        if len(found.keys) < limits.SIGNATURES:
            found.keys.add(key[1:].upper())
            _gather(pdf, entries(pdf, value), _PER_SIGNATURE, found)
    return found


def _gather(pdf: Pdf, source: dict[str, Value], keys: tuple[str, ...], found: Store) -> None:
    for key, kept in zip(keys, (found.certificates, found.crls, found.ocsps), strict=True):
        for item in items(pdf, source.get(key)):
            der = _decoded(resolve(pdf, item))
            if der and len(kept) < limits.CERTIFICATES:
                kept[_response(der) if kept is found.ocsps else der] = None


def _decoded(stream: object) -> bytes | None:
    if not isinstance(stream, Stream):
        return None
    try:
        return stream.decode()
    except PdfUnreadable:
        return None


def _response(der: bytes) -> bytes:
    """Return an OCSPResponse: some producers store the BasicOCSPResponse inside it alone."""
    from signing.cades.ber import SEQUENCE, BadBer, parse
    from signing.cades.signed_data import wrap_basic

    try:
        basic = parse(der).child(0).tag == SEQUENCE
    except BadBer:
        return der
    return wrap_basic(der) if basic else der
