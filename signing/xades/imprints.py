"""Put together the octets that each kind of time-stamp of XAdES is over (EN 319 132-1, 5.2 to 5.5; TS 101 903, 7).

Time-stamps name no algorithm for this beyond one canonicalisation, and tools of twenty years differ in details. So each
kind has a short list of forms, all of them holding at least what the norm demands; an imprint that is the digest of any
of them proves that those octets existed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from signing import limits
from signing.xades.names import (
    ARCHIVE_STAMPS,
    COMPLETE_REFERENCES,
    SIGNATURE_STAMPS,
    SIGNED_PROPERTIES_TYPES,
    properties,
)
from signing.xades.positions import Place
from signing.xades.references import Outcome, everything
from signing.xades.subject import Subject
from signing.xml.core import named
from signing.xml.parse import elements, local
from signing.xml.transforms import (
    C14N_EXCLUSIVE,
    DEFAULT,
    METHODS,
    Method,
    NodeSet,
    RefusedTransform,
    canonical,
    octets,
    read_method,
    read_transforms,
    transformed,
)


@dataclass(frozen=True, slots=True)
class Form:
    """One way the stamped octets may have been put together; ``octets`` None when part of it is not at hand."""

    octets: bytes | None = field(repr=False)
    #: Whether the signature value is part of it.
    signature: bool = False
    #: The properties and KeyInfo that are part of it.
    parts: "tuple[etree._Element, ...]" = ()
    #: The references whose data is part of it.
    data: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time-stamp property with all that its forms are made of."""

    subject: Subject
    outcomes: Sequence[Outcome]
    element: "etree._Element"
    #: Unsigned properties that stand before it.
    before: "tuple[etree._Element, ...]" = ()


def forms(stamped: Stamped) -> Iterator[Form]:
    """Give the forms of a time-stamp's octets, the norm's first; each is made when it is asked for."""
    for method in _methods(stamped):
        if _includes(stamped.element):
            yield _explicit(stamped, method)
        yield from _implicit(stamped, method)


def _implicit(stamped: Stamped, method: Method) -> Iterator[Form]:
    name = local(stamped.element)
    if name == "AllDataObjectsTimeStamp":
        yield _data_form([one for one in stamped.outcomes if not _is_own(one)], method)
    elif name in SIGNATURE_STAMPS:
        yield Form(_value(stamped, method), signature=True)
    elif name in ARCHIVE_STAMPS:
        yield _archive(stamped, method, stamped.outcomes)
        yield _archive(stamped, method, stamped.outcomes, every_object=True)
        if any(one.entries for one in stamped.outcomes):
            yield _archive(stamped, method, list(everything(list(stamped.outcomes))))
    elif name.startswith(("SigAndRefs", "RefsOnly")):
        yield from _references(stamped, method)


def _methods(stamped: Stamped) -> list[Method]:
    """Return the stated canonicalisation, else the default; then the others that tools have used in its place."""
    stated = named(stamped.element, "CanonicalizationMethod")
    found: list[Method] = []
    try:
        found.extend(read_method(element) for element in stated[:1])
    except RefusedTransform:
        return []
    found.extend([DEFAULT, METHODS[C14N_EXCLUSIVE]])
    if stamped.subject.core.method is not None:
        found.append(stamped.subject.core.method)
    return list(dict.fromkeys(found))


def _is_own(outcome: Outcome) -> bool:
    return outcome.target.place is Place.SIGNED_PROPERTIES or outcome.signed.type in SIGNED_PROPERTIES_TYPES


def _data_form(outcomes: Sequence[Outcome], method: Method) -> Form:
    """Put the data of references side by side, each as its transforms leave it."""
    parts = [one.octets(method) for one in outcomes]
    known = [part for part in parts if part is not None]
    complete = bool(parts) and len(known) == len(parts)
    return Form(b"".join(known) if complete else None, data=tuple(outcomes))


def _value(stamped: Stamped, method: Method) -> bytes | None:
    element = stamped.subject.core.value_element
    return None if element is None else canonical(element, method)


def _archive(
    stamped: Stamped, method: Method, outcomes: Sequence[Outcome], *, every_object: bool = False
) -> Form:
    """Follow EN 319 132-1, 5.5.2.2: data, SignedInfo, value, KeyInfo, earlier properties, unreferenced objects.

    Some tools add every object but that of the properties, the referenced ones a second time (``every_object``), or
    the data that manifests list (in ``outcomes``).
    """
    core = stamped.subject.core
    data = _data_form(outcomes, method)
    objects = _objects(stamped, every=every_object)
    parts = [core.signed_info, core.value_element, core.key_info, *stamped.before, *objects]
    stamped.subject.document.charge(len(parts) * limits.XML_STEP)
    rest = b"".join(canonical(part, method) for part in parts if part is not None)
    stamped.subject.document.charge(len(rest))
    covered = tuple(part for part in (core.key_info, *stamped.before) if part is not None)
    return Form(None if data.octets is None else data.octets + rest, True, covered, data.data)


def _objects(stamped: Stamped, *, every: bool) -> "list[etree._Element]":
    holders = [one.getparent() for one in stamped.subject.qualifying]
    referenced = [one.target.element for one in stamped.outcomes]
    return [
        one for one in stamped.subject.core.objects if one not in holders and (every or one not in referenced)
    ]


def _references(stamped: Stamped, method: Method) -> Iterator[Form]:
    """Follow EN 319 132-1, A.1.5.1 and A.1.5.2: the value and its stamps, or neither, then complete references."""
    with_value = local(stamped.element).startswith("SigAndRefs")
    wanted = COMPLETE_REFERENCES | (SIGNATURE_STAMPS if with_value else frozenset())
    parts = tuple(part for part in stamped.before if local(part) in wanted)
    # TS 101 903 lists the properties in a fixed order, later texts take them as they stand.
    ordered = tuple(sorted(parts, key=lambda part: _ORDER.index(local(part))))
    for chosen in dict.fromkeys((parts, ordered)):
        stamped.subject.document.charge(len(chosen) * limits.XML_STEP)
        body = b"".join(canonical(part, method) for part in chosen)
        value = _value(stamped, method) if with_value else b""
        found = None if value is None or not chosen else value + body
        yield Form(found, with_value, chosen)


_ORDER = (
    "SignatureTimeStamp",
    "CompleteCertificateRefs",
    "CompleteCertificateRefsV2",
    "CompleteRevocationRefs",
    "AttributeCertificateRefs",
    "AttributeCertificateRefsV2",
    "AttributeRevocationRefs",
)


def _includes(element: "etree._Element") -> "list[etree._Element]":
    """Return the explicit list of what is stamped: Include, or HashDataInfo in versions 1.1.1 and 1.2.2."""
    return properties(element, "Include", "HashDataInfo")


def _explicit(stamped: Stamped, method: Method) -> Form:
    """Put together what Include or HashDataInfo name; distributed archive stamps name properties alone."""
    parts: list[etree._Element] = []
    data: list[Outcome] = []
    chunks: list[bytes | None] = []
    for include in _includes(stamped.element):
        stamped.subject.document.charge()
        target = _included(stamped, include)
        outcome = next((one for one in stamped.outcomes if one.signed.element is target), None)
        if outcome is not None and _by_data(stamped, include):
            data.append(outcome)
            chunks.append(outcome.octets(method))
        else:
            parts.extend([] if target is None else [target])
            chunks.append(_included_octets(stamped, include, target, method))
    value = stamped.subject.core.value_element
    known = [chunk for chunk in chunks if chunk is not None]
    form = Form(
        b"".join(known) if len(known) == len(chunks) else None,
        signature=value is not None and value in parts,
        parts=tuple(part for part in parts if part is not value),
        data=tuple(data),
    )
    return _distributed(stamped, form, method) if _needs_value(stamped) and not form.signature else form


def _needs_value(stamped: Stamped) -> bool:
    name = local(stamped.element)
    return name in ARCHIVE_STAMPS | SIGNATURE_STAMPS or name.startswith("SigAndRefs")


def _distributed(stamped: Stamped, form: Form, method: Method) -> Form:
    """Complete an explicit list that leaves the signature out (EN 319 132-1, 5.5.2.3): it names properties alone."""
    if local(stamped.element) not in ARCHIVE_STAMPS:
        value = _value(stamped, method)
        missing = value is None or form.octets is None
        return replace(
            form, octets=None if missing else (value or b"") + (form.octets or b""), signature=True
        )
    return _archive(replace(stamped, before=form.parts), method, stamped.outcomes)


def _by_data(stamped: Stamped, include: "etree._Element") -> bool:
    individual = local(stamped.element) == "IndividualDataObjectsTimeStamp"
    return individual or include.get("referencedData", "false") in {"true", "1"}


def _included(stamped: Stamped, include: "etree._Element") -> "etree._Element | None":
    uri = include.get("URI") or include.get("uri") or ""
    bearers = stamped.subject.document.ids.get(uri[1:]) if uri.startswith("#") else []
    return bearers[0] if len(bearers) == 1 else None


def _included_octets(
    stamped: Stamped, include: "etree._Element", target: "etree._Element | None", method: Method
) -> bytes | None:
    if target is None:
        return None
    try:
        transforms = read_transforms(next(iter(named(include, "Transforms")), None))
    except RefusedTransform:
        return None
    nodes = NodeSet(stamped.subject.document, target, comments=True)
    return octets(transformed(nodes, transforms, stamped.subject.element), method)


def stamp_tokens(element: "etree._Element") -> "list[etree._Element]":
    """Return the EncapsulatedTimeStamp elements of a time-stamp property: one, or several over the same octets."""
    return [one for one in elements(element) if local(one) == "EncapsulatedTimeStamp"]
