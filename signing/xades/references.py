"""Process every reference of a signature: find it, transform it, digest it, and say what it covers."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from signing import limits
from signing.errors import Unverifiable
from signing.facts import AlgorithmUse, Reference
from signing.types import Finding
from signing.xades import contents
from signing.xades.positions import MANIFEST_TYPE, NOT_FOUND, OWN, Place, Target, locate
from signing.xades.subject import Subject
from signing.xml import algorithms
from signing.xml.core import SignedReference, named, read_reference
from signing.xml.parse import readable_path
from signing.xml.transforms import Data, Method, octets, transformed

_MANIFEST_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """One processed reference: its place, the facts, and the data for time-stamps (None when not at hand)."""

    signed: SignedReference
    target: Target
    fact: Reference
    data: Data | None = field(default=None, repr=False)
    computed: bytes | None = None
    #: Entries of the manifest that it points to.
    entries: tuple["Outcome", ...] = ()
    in_manifest: bool = False

    @property
    def holds(self) -> bool:
        """Tell whether the data was found and has the digest that was signed."""
        return self.fact.found and self.fact.intact

    def octets(self, method: Method) -> bytes | None:
        """Return the data, a node-set in the given canonical form; None when it is not at hand."""
        try:
            return None if self.data is None else octets(self.data, method)
        except Unverifiable as error:
            if error.code == "TOO_LARGE":
                raise
            return None


def process(subject: Subject) -> list[Outcome]:
    """Process the references of SignedInfo in order; what is wrong goes to the subject's lists."""
    outcomes = [_process(subject, reference, depth=0) for reference in subject.core.references]
    if subject.signed_properties is not None and not any(
        one.target.place is Place.SIGNED_PROPERTIES for one in outcomes
    ):
        subject.constraints.append(Finding("xml.signed_properties_not_signed"))
    return outcomes


def everything(outcomes: list[Outcome]) -> Iterator[Outcome]:
    """Walk through references and, after each, the entries of its manifest."""
    for outcome in outcomes:
        yield outcome
        yield from everything(list(outcome.entries))


def uses(outcomes: list[Outcome]) -> tuple[AlgorithmUse, ...]:
    """Return the digests that references use, each once."""
    names = dict.fromkeys(
        one.signed.algorithm for one in everything(outcomes) if one.signed.algorithm is not None
    )
    return tuple(AlgorithmUse("reference", name) for name in names)


def _process(subject: Subject, reference: SignedReference, *, depth: int) -> Outcome:
    subject.document.charge()
    target = locate(subject, reference)
    _complain(subject, reference, target)
    if target.place is Place.EXTERNAL:
        return _external(subject, reference, target, in_manifest=depth > 0)
    name = _name(subject, target, reference)
    document = target.place not in OWN and not _own_by_type(reference)
    if target.nodes is None or target.place in NOT_FOUND:
        fact = Reference(name, found=False, intact=False, algorithm=_algorithm(reference), document=document)
        return Outcome(reference, target, fact, in_manifest=depth > 0)
    data, computed, checked = _digest(subject, reference, target)
    fact = Reference(
        name,
        found=True,
        intact=computed is not None and computed == reference.digest,
        algorithm=_algorithm(reference),
        document=document,
        checked=checked,
    )
    entries = _entries(subject, target, depth) if target.place is Place.MANIFEST else ()
    return Outcome(reference, target, fact, data, computed, entries, in_manifest=depth > 0)


def _own_by_type(reference: SignedReference) -> bool:
    """Tell whether a reference that hit nothing was meant for the signature itself, by its type."""
    return reference.type == MANIFEST_TYPE or reference.type.endswith("#SignedProperties")


def _complain(subject: Subject, reference: SignedReference, target: Target) -> None:
    """Note what bars a reference: a duplicate identifier, a refused transform, an unknown digest, a wrong place."""
    label = reference.label
    if target.place is Place.DUPLICATE:
        subject.errors.append(Finding("xml.duplicate_id", {"id": label.lstrip("#")}))
    if target.place is Place.MISPLACED:
        path = readable_path(target.element) if target.element is not None else label
        subject.warnings.append(Finding("xml.misplaced", {"name": label, "path": path}))
    if reference.refused is not None:
        subject.constraints.append(
            Finding("xml.transform_refused", {"name": label, "transform": reference.refused})
        )
    if reference.algorithm is None:
        subject.constraints.append(
            Finding("xml.unknown_digest", {"name": label, "algorithm": reference.digest_uri or "-"})
        )


def _digest(
    subject: Subject, reference: SignedReference, target: Target
) -> tuple[Data | None, bytes | None, bool]:
    """Return the transformed data, its digest, and whether it could be computed at all."""
    if reference.algorithm is None or reference.refused is not None or target.nodes is None:
        return None, None, False
    try:
        data = transformed(target.nodes, reference.transforms, subject.element)
        computed = algorithms.digest(reference.algorithm, octets(data))
    except Unverifiable as error:
        if error.code == "TOO_LARGE":
            raise
        subject.warnings.append(Finding(error.reason, error.params))
        return None, b"", True
    if computed is None:
        subject.constraints.append(
            Finding("xml.unknown_digest", {"name": reference.label, "algorithm": reference.digest_uri})
        )
    return data, computed, computed is not None


def _external(subject: Subject, reference: SignedReference, target: Target, *, in_manifest: bool) -> Outcome:
    unnamed = [one for one in subject.core.references if not one.uri]
    match = contents.match(
        reference,
        subject.contents,
        subject.element,
        alone=len(unnamed) == 1,
        named=subject.named_contents,
    )
    if match.lacking is not None:
        subject.warnings.append(
            Finding("xml.digest_not_given", {"name": reference.label, "what": match.lacking})
        )
    checked = reference.algorithm is not None and reference.refused is None
    found = match.content is not None and match.lacking is None
    fact = Reference(
        match.content.name if match.content is not None else contents.decoded_name(reference.uri),
        found=found,
        intact=found and match.computed is not None and match.computed == reference.digest,
        algorithm=_algorithm(reference),
        checked=checked,
    )
    return Outcome(reference, target, fact, match.data, match.computed, in_manifest=in_manifest)


def _entries(subject: Subject, target: Target, depth: int) -> tuple[Outcome, ...]:
    """Process the references of a ds:Manifest: its own digest says nothing of the documents it lists."""
    references = [read_reference(element) for element in named(target.element, "Reference")]
    if depth >= _MANIFEST_DEPTH or len(references) > limits.REFERENCES:
        subject.errors.append(Finding("xml.too_many_references", {"most": limits.REFERENCES}))
        return ()
    for reference in references:
        if reference.digest is None:
            subject.errors.append(Finding("xml.digest_not_base64", {"name": reference.label}))
    return tuple(_process(subject, reference, depth=depth + 1) for reference in references)


def _name(subject: Subject, target: Target, reference: SignedReference) -> str:
    if target.place is Place.DOCUMENT:
        return subject.name
    if target.element is None or target.place in NOT_FOUND:
        return reference.label
    return readable_path(target.element)


def _algorithm(reference: SignedReference) -> str:
    return reference.algorithm or reference.digest_uri
