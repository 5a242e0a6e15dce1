"""Read the criteria of a trusted list's qualifiers (TS 119 612, 5.5.9.2) as plain alternatives.

A list combines policy sets and key usages by ``all``, ``atLeastOne`` and ``none``, at any depth; here every combination is
written out as alternatives (a disjunctive normal form), each a ``Qualifier`` of its own. What cannot be written so is
unreadable, and then the doubt is turned against the certificate: a qualifier that raises it applies to no certificate, one that
lowers it applies to all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from signing.trust.model import Qualifier

if TYPE_CHECKING:
    from lxml.etree import _Element

SIE = "{http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#}"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
_QUALIFIERS = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
#: Qualifiers that take something away from a certificate.
LOWERING = frozenset(_QUALIFIERS + name for name in ("NotQualified", "QCNoSSCD", "QCNoQSCD"))
_ASSERTIONS = ("all", "atLeastOne", "none")
#: Beyond these a list is written to be slow.
_DEPTH = 5
_ALTERNATIVES = 64


class Unreadable(ValueError):
    """Say that criteria cannot be written as alternatives."""


@dataclass(frozen=True, slots=True)
class _Term:
    """What one alternative demands: policies that must be there, key usage bits with their values."""

    policies: frozenset[str] = frozenset()
    bits: frozenset[tuple[str, bool]] = frozenset()

    def __and__(self, other: "_Term") -> "_Term":
        return _Term(self.policies | other.policies, self.bits | other.bits)

    def negated(self) -> list["_Term"]:
        """Return the alternatives of its contrary; that a policy is absent cannot be said."""
        if self.policies:
            raise Unreadable("a policy that must be absent")
        return [_Term(bits=frozenset({(name, not value)})) for name, value in sorted(self.bits)]


def qualifiers(element: "_Element") -> Iterator[Qualifier]:
    """Yield what a ``QualificationElement`` says, one qualifier per alternative."""
    uris = tuple(
        uri for child in element.iterfind(f"{SIE}Qualifiers/{SIE}Qualifier") if (uri := child.get("uri"))
    )
    lowering = tuple(uri for uri in uris if uri in LOWERING)
    raising = tuple(uri for uri in uris if uri not in LOWERING)
    try:
        terms = _criteria(element.find(f"{SIE}CriteriaList"), 0)
    except Unreadable:
        if lowering:
            yield Qualifier(lowering)
        if raising:
            yield Qualifier(raising, readable=False)
        return
    for term in terms:
        yield Qualifier(
            uris,
            (tuple(sorted(term.policies)),) if term.policies else (),
            (tuple(sorted(term.bits)),) if term.bits else (),
        )


def _criteria(element: "_Element | None", depth: int) -> list[_Term]:
    if element is None or depth > _DEPTH:
        raise Unreadable("no criteria, or criteria too deep")
    assertion = element.get("assert")
    if assertion not in _ASSERTIONS:
        raise Unreadable(f"assertion {assertion}")
    criteria = [_criterion(child, depth) for child in element if child.tag != f"{SIE}Description"]
    if not criteria:
        raise Unreadable("no criteria")
    if assertion == "none":
        return _all([_negated(alternatives) for alternatives in criteria])
    return _all(criteria) if assertion == "all" else _bounded([term for found in criteria for term in found])


def _criterion(element: "_Element", depth: int) -> list[_Term]:
    if element.tag == f"{SIE}PolicySet":
        return [_Term(policies=frozenset(_policies(element)))]
    if element.tag == f"{SIE}KeyUsage":
        return [_Term(bits=frozenset(_bits(element)))]
    if element.tag == f"{SIE}CriteriaList":
        return _criteria(element, depth + 1)
    raise Unreadable(f"criterion {element.tag}")


def _policies(element: "_Element") -> Iterator[str]:
    found = [
        (child.text or "").strip().removeprefix("urn:oid:")
        for child in element.iterfind(f"{SIE}PolicyIdentifier/{XADES}Identifier")
    ]
    if not found or "" in found or len(found) != len(element):
        raise Unreadable("a policy set without identifiers")
    yield from found


def _bits(element: "_Element") -> Iterator[tuple[str, bool]]:
    values = {"true": True, "1": True, "false": False, "0": False}
    found = [
        (child.get("name", ""), values.get((child.text or "").strip()))
        for child in element.iterfind(f"{SIE}KeyUsageBit")
    ]
    if not found:
        raise Unreadable("a key usage without bits")
    for name, value in found:
        if not name or value is None:
            raise Unreadable("a key usage bit without name or value")
        yield name, value


def _all(criteria: list[list[_Term]]) -> list[_Term]:
    """Return the alternatives under which every criterion is met."""
    merged = [_Term()]
    for alternatives in criteria:
        merged = _bounded([left & right for left, right in product(merged, alternatives)])
    return merged


def _negated(alternatives: list[_Term]) -> list[_Term]:
    return _all([term.negated() for term in alternatives])


def _bounded(terms: list[_Term]) -> list[_Term]:
    if len(terms) > _ALTERNATIVES:
        raise Unreadable("too many alternatives")
    return terms
