"""Read every XML signature of a document into facts, XAdES or plain, with the counter-signatures as their own."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from signing import limits
from signing.errors import Unverifiable
from signing.facts import AlgorithmUse, Reference, SignatureFacts
from signing.types import Content, Finding, Format
from signing.xades import crosscheck, levels, material, policy, references, scopes, signer, stamps, times
from signing.xades.material import Material
from signing.xades.positions import Place
from signing.xades.references import Outcome
from signing.xades.subject import Subject, enclosing, subject
from signing.xml import algorithms
from signing.xml.ids import id_of
from signing.xml.parse import Document, local, parse
from signing.xml.transforms import SIGNATURE, signatures_in


@dataclass(slots=True)
class _Read:
    """A signature with its references processed, before it gets its name."""

    subject: Subject
    outcomes: list[Outcome]
    #: The signature that this one counter-signs.
    master: "etree._Element | None" = None
    id: str = ""
    counters: "list[_Read]" = field(default_factory=list)

    @classmethod
    def of(cls, found: Subject) -> "_Read":
        """Process the references of a signature, and see whether they are over the value of another one."""
        outcomes = references.process(found)
        return cls(found, outcomes, found.parent if found.parent is not None else _countersigned(outcomes))


def read(
    data: bytes,
    *,
    name: str,
    contents: Sequence[Content] = (),
    extra_certs: Sequence[bytes] = (),
    named_contents: bool = False,
) -> list[SignatureFacts]:
    """Read the signatures of an XML document, in document order, each followed by its counter-signatures.

    ``contents`` are the documents of detached signatures, found by digest when their name is another one, unless they are
    ``named_contents``: in a container a name is part of what is signed. ``extra_certs`` are DER certificates of the caller. Returns
    an empty list when nothing is signed. Raises Unverifiable when the document cannot be read at all (REFUSED_DTD,
    TOO_LARGE, UNSUPPORTED, UNREADABLE).
    """
    document = parse(data)
    found = _signatures(document)
    if len(found) > limits.SIGNATURES:
        raise Unverifiable("TOO_LARGE", "xml.too_many_signatures", most=limits.SIGNATURES)
    every = [
        _Read.of(
            subject(
                document,
                one,
                name=name,
                contents=contents,
                extra_certs=extra_certs,
                named_contents=named_contents,
            )
        )
        for one in found
    ]
    _name(every)
    return [facts for one in every if one.master is None for facts in _with_counters(one, Material(), None)]


def read_signature(
    signature: "etree._Element | bytes",
    *,
    name: str,
    contents: Sequence[Content] = (),
    extra_certs: Sequence[bytes] = (),
) -> SignatureFacts:
    """Read one signature: an element that ``signing.xml.parse`` gave, or a document that holds exactly one.

    Raises Unverifiable as ``read`` does, and UNREADABLE when the document does not hold exactly one.
    """
    if isinstance(signature, bytes):
        every = read(signature, name=name, contents=contents, extra_certs=extra_certs)
        mains = [one for one in every if one.counter_of is None]
        if len(mains) != 1:
            raise Unverifiable("UNREADABLE", "xml.not_one_signature", f"{len(mains)} signatures")
        return mains[0]
    tree = signature.getroottree()
    document = Document(b"", tree)
    one = _Read.of(subject(document, signature, name=name, contents=contents, extra_certs=extra_certs))
    one.id = one.subject.id = id_of(signature) or "sig-1"
    return _facts(one, Material(), None)


def _signatures(document: Document) -> "list[etree._Element]":
    """Return the signatures to read: not those that are part of a property (an XML time-stamp, an assertion)."""
    return [
        one
        for one in signatures_in(document)
        if enclosing(one) is not None
        or not any(local(ancestor) == "QualifyingProperties" for ancestor in _up_to_signature(one))
    ]


def _up_to_signature(signature: "etree._Element") -> "list[etree._Element]":
    found = []
    for ancestor in signature.iterancestors():
        if ancestor.tag == SIGNATURE:
            break
        found.append(ancestor)
    return found


def _countersigned(outcomes: Sequence[Outcome]) -> "etree._Element | None":
    """Return the signature whose value is all that this one signs, wherever it stands."""
    documents = [one for one in outcomes if one.fact.document]
    values = [one.target.element for one in documents if one.target.place is Place.COUNTERSIGNED]
    if not values or len(values) < len(documents) or values[0] is None:
        return None
    return values[0].getparent()


def _name(every: list[_Read]) -> None:
    """Give each its name: its identifier when nobody else bears it, its rank, or its rank under what it counters."""
    by_element = {one.subject.element: one for one in every}
    for one in every:
        master = by_element.get(one.master) if one.master is not None else None
        if master is None or _loops(one, by_element):
            one.master = None
            continue
        master.counters.append(one)
    taken: set[str] = set()
    for rank, one in enumerate((one for one in every if one.master is None), start=1):
        own = id_of(one.subject.element)
        _give_name(one, own if own and own not in taken else f"sig-{rank}", depth=0)
        taken.add(one.id)


def _loops(one: _Read, by_element: "dict[etree._Element, _Read]") -> bool:
    """Tell whether two signatures counter-sign each other, so that neither would be reported."""
    seen = [one.subject.element]
    master = one.master
    while master is not None and master in by_element:
        if master in seen or len(seen) > limits.COUNTER_DEPTH:
            return True
        seen.append(master)
        master = by_element[master].master
    return False


def _give_name(one: _Read, name: str, *, depth: int) -> None:
    one.id = one.subject.id = name
    for rank, counter in enumerate(one.counters, start=1):
        _give_name(counter, f"{name}/counter-{rank}", depth=depth + 1)


def _with_counters(one: _Read, above: Material, parent: str | None) -> list[SignatureFacts]:
    """Return the facts of a signature and, after it, of those on it, which may use its validation data."""
    facts = _facts(one, above, parent)
    beside = Material(facts.certificates, facts.crls, facts.ocsps)
    return [facts, *(item for counter in one.counters for item in _with_counters(counter, beside, one.id))]


def _facts(one: _Read, above: Material, parent: str | None) -> SignatureFacts:
    found, outcomes = one.subject, one.outcomes
    own = material.gather(found)
    who = signer.identify(found, outcomes, (own + above).certificates)
    _compare_engines(found, outcomes, who)
    level = levels.level(found, outcomes, who)
    stamped = stamps.read(found, outcomes, own + above)
    signed_at = times.signing_time(found)
    extra = _extra(found, outcomes)
    return SignatureFacts(
        id=one.id,
        format=Format.XMLDSIG if found.version is None else Format.XADES,
        level=level,
        structure_errors=_each_once(found.errors),
        signer_status=who.status,
        certificate=who.certificate.der if who.certificate else None,
        signing_certificate_reference_present=who.reference_present,
        signing_certificate_digest_match=who.digest_match,
        references=tuple(_references(outcomes)),
        value_intact=who.value_intact,
        value=found.core.value,
        constraint_errors=_each_once(found.constraints),
        algorithms=_uses(found, outcomes, who),
        signing_time=signed_at,
        stamps=stamped,
        certificates=(own + above).certificates,
        crls=(own + above).crls,
        ocsps=(own + above).ocsps,
        scope=scopes.scope(found, outcomes),
        warnings=_each_once(found.warnings),
        counter_of=parent,
        counter_signatures=len(one.counters),
        extra=extra,
    )


def _extra(found: Subject, outcomes: list[Outcome]) -> dict[str, object]:
    return {
        "original_documents": scopes.original_documents(outcomes),
        "broken_manifest_entries": scopes.broken_manifest_entries(outcomes),
        **policy.describe(found),
    }


def _uses(found: Subject, outcomes: list[Outcome], who: signer.Identified) -> tuple[AlgorithmUse, ...]:
    algorithm = found.core.algorithm
    own = algorithms.use(algorithm, who.key) if algorithm else ()
    return (*own, *who.uses, *references.uses(outcomes))


def _references(outcomes: list[Outcome]) -> list[Reference]:
    return [one.fact for one in references.everything(outcomes)]


def _each_once(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple({(one.code, tuple(one.params.items())): one for one in found}.values())


def _compare_engines(found: Subject, outcomes: list[Outcome], who: signer.Identified) -> None:
    """Fail a signature on which the two engines differ: one of them does not see what the other sees."""
    settled = found.errors or found.constraints or not who.value_intact
    if not settled and crosscheck.disagrees(found, outcomes, who.key):
        found.errors.append(Finding("xml.engines_disagree"))
