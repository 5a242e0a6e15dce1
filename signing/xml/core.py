"""Read the core of an XML signature: SignedInfo, its references, the value; and check the value with a key.

Positions are strict: everything is a direct child of its parent, and there is one of each (XML Signature 1.1, 4).
"""

from dataclasses import dataclass, field

from lxml import etree

from signing import limits
from signing.cades.algorithms import Algorithm, UnknownAlgorithm
from signing.errors import Unverifiable
from signing.types import Finding
from signing.xml import algorithms
from signing.xml.algorithms import DIGESTS, Key
from signing.xml.parse import elements, local
from signing.xml.transforms import (
    DS,
    STRING,
    Method,
    RefusedTransform,
    Transform,
    canonical,
    decoded,
    read_method,
    read_transforms,
)


@dataclass(frozen=True, slots=True)
class SignedReference:
    """One ds:Reference: ``uri`` None when the attribute is absent; ``refused`` names a transform that is never run."""

    element: "etree._Element"
    id: str | None
    uri: str | None
    type: str
    digest_uri: str
    digest: bytes | None = field(repr=False)
    transforms: tuple[Transform, ...] = ()
    refused: str | None = None

    @property
    def algorithm(self) -> str | None:
        """Return the hashlib name of the digest, None when it is not known."""
        return DIGESTS.get(self.digest_uri)

    @property
    def label(self) -> str:
        """Return what to call the reference in a message."""
        return self.uri or self.id or "-"


@dataclass(slots=True)
class Core:
    """The parts of a ds:Signature, and what is wrong with them."""

    element: "etree._Element"
    signed_info: "etree._Element | None" = None
    value_element: "etree._Element | None" = None
    key_info: "etree._Element | None" = None
    objects: "list[etree._Element]" = field(default_factory=list)
    references: list[SignedReference] = field(default_factory=list)
    method: Method | None = None
    algorithm: Algorithm | None = None
    value: bytes = field(default=b"", repr=False)
    errors: list[Finding] = field(default_factory=list)
    constraints: list[Finding] = field(default_factory=list)
    _form: bytes | None = None

    def signed_form(self) -> bytes | None:
        """Return the canonical SignedInfo, which the value is over; None when it cannot be had."""
        if self._form is None and self.signed_info is not None and self.method is not None:
            try:
                self._form = canonical(self.signed_info, self.method)
            except Unverifiable:
                self.method = None
        return self._form

    def verify(self, key: Key) -> bool:
        """Tell whether the value is right for a key; False when form, method or value are missing."""
        form = self.signed_form()
        if form is None or self.algorithm is None or not self.value:
            return False
        return algorithms.verify(key, self.algorithm, self.value, form)


def read(signature: "etree._Element") -> Core:
    """Take a ds:Signature apart; never raises: what is wrong stands in ``errors`` and ``constraints``."""
    core = Core(signature)
    core.signed_info = _one(core, "SignedInfo")
    core.value_element = _one(core, "SignatureValue")
    core.key_info = _one(core, "KeyInfo", optional=True)
    core.objects = named(signature, "Object")
    if len(core.objects) > limits.REFERENCES:
        core.errors.append(Finding("xml.too_many_references", {"most": limits.REFERENCES}))
        core.objects = core.objects[: limits.REFERENCES]
    _read_value(core)
    if core.signed_info is not None:
        _read_methods(core, core.signed_info)
        _read_references(core, core.signed_info)
    return core


def named(parent: "etree._Element | None", name: str) -> "list[etree._Element]":
    """Return the children of an element with a name of XML Signature."""
    return [] if parent is None else list(parent.iterchildren(f"{{{DS}}}{name}"))


def read_reference(element: "etree._Element") -> SignedReference:
    """Read one ds:Reference, of a SignedInfo or of a Manifest."""
    methods, values = named(element, "DigestMethod"), named(element, "DigestValue")
    transforms: tuple[Transform, ...] = ()
    refused = None
    parents = named(element, "Transforms")
    try:
        if len(parents) > 1:
            raise RefusedTransform("Transforms")  # noqa: TRY301 - the same refusal as below
        transforms = read_transforms(parents[0] if parents else None)
    except RefusedTransform as error:
        refused = str(error)
    return SignedReference(
        element=element,
        id=element.get("Id"),
        uri=element.get("URI"),
        type=element.get("Type", ""),
        digest_uri=methods[0].get("Algorithm", "") if len(methods) == 1 else "",
        digest=decoded(values[0].text) if len(values) == 1 and not len(values[0]) else None,
        transforms=transforms,
        refused=refused,
    )


def _one(core: Core, name: str, *, optional: bool = False) -> "etree._Element | None":
    found = named(core.element, name)
    if len(found) > 1 or (not found and not optional):
        core.errors.append(Finding("xml.element_count", {"name": name, "count": len(found)}))
    return found[0] if found else None


def _read_value(core: Core) -> None:
    element = core.value_element
    if element is None:
        return
    value = None if elements(element) else decoded(str(STRING(element)))
    if not value:
        core.errors.append(Finding("xml.value_not_base64"))
    core.value = value or b""


def _read_methods(core: Core, info: "etree._Element") -> None:
    canonicalisations, methods = named(info, "CanonicalizationMethod"), named(info, "SignatureMethod")
    for name, found in (("CanonicalizationMethod", canonicalisations), ("SignatureMethod", methods)):
        if len(found) != 1:
            core.errors.append(Finding("xml.element_count", {"name": name, "count": len(found)}))
    if len(canonicalisations) == 1:
        try:
            core.method = read_method(canonicalisations[0])
        except RefusedTransform as error:
            core.constraints.append(Finding("xml.unknown_c14n", {"algorithm": str(error)}))
    if len(methods) == 1:
        _read_signature_method(core, methods[0])


def _read_signature_method(core: Core, element: "etree._Element") -> None:
    uri = element.get("Algorithm", "")
    if algorithms.is_hmac(uri):
        core.errors.append(Finding("xml.hmac"))
        return
    try:
        core.algorithm = _pss(element) if uri == algorithms.RSA_PSS else algorithms.SIGNATURES[uri]
    except (KeyError, UnknownAlgorithm):
        core.constraints.append(Finding("xml.unknown_signature_method", {"algorithm": uri}))


def _pss(element: "etree._Element") -> Algorithm:
    """Read RSAPSSParams: DigestMethod, MaskGenerationFunction/DigestMethod, SaltLength, TrailerField."""
    digest_uri = mask_uri = None
    salt = None
    for part in element.iterdescendants():
        name = local(part)
        if name == "DigestMethod":
            inside_mask = local(part.getparent()) == "MaskGenerationFunction"  # type: ignore[arg-type]  # a descendant
            digest_uri, mask_uri = (
                (digest_uri, part.get("Algorithm")) if inside_mask else (part.get("Algorithm"), mask_uri)
            )
        elif name == "SaltLength":
            text = (part.text or "").strip()
            if not text.isascii() or not text.isdigit() or len(text) > 4:  # noqa: PLR2004 - no salt is that long
                raise UnknownAlgorithm(algorithms.RSA_PSS)
            salt = int(text)
    return algorithms.pss(digest_uri, mask_uri, salt)


def _read_references(core: Core, info: "etree._Element") -> None:
    found = named(info, "Reference")
    if not found:
        core.errors.append(Finding("xml.element_count", {"name": "Reference", "count": 0}))
    if len(found) > limits.REFERENCES:
        core.errors.append(Finding("xml.too_many_references", {"most": limits.REFERENCES}))
        found = found[: limits.REFERENCES]
    core.references = [read_reference(element) for element in found]
    for reference in core.references:
        if reference.digest is None:
            core.errors.append(Finding("xml.digest_not_base64", {"name": reference.label}))
