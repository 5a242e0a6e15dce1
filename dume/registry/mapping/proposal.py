"""A proposal: a value that a source gives for a place of the DUME, until a person confirms or refuses it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dume.espd.model import (
    Address,
    Document,
    Evidence,
    Group,
    Identifier,
    Party,
    Person,
    Provenance,
    Reference,
    Value,
)
from dume.espd.taxonomy import taxonomy
from dume.registry.sources import source
from procurement.accounts.registry import Proof, SourceResult, SourceStatus

#: Places of the operator itself, which are no properties of a criterion.
NAME = "EO/name"
ADDRESS = "EO/address"
IDENTIFIER = "EO/identifier"
SIZE = "EO/size"
REPRESENTATIVE = "EO/representative"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A value for a property (its id in the request, else its path) or for a place of the operator (``EO/...``).

    `formula` says how a computed value came about. `evidence` is set where the value is the identifier of a proof,
    `document` is that proof.
    """

    property: str
    path: str
    occurrence: tuple[int, ...]
    value: Value | Address | Person
    provenance: Provenance
    evidence: Evidence | None = None
    document: Proof | None = field(default=None, repr=False)
    formula: str = ""

    def criterion(self) -> str:
        """Return the code of the criterion, empty for the operator itself."""
        found = taxonomy().criterion_of(self.path)
        return found.code if found else ""


@dataclass(frozen=True)
class Findings:
    """The results by source, only those that were obtained, and the properties that the request asks."""

    results: Mapping[str, SourceResult]
    request: Document | None = None

    def first(self, *sources: str) -> SourceResult | None:
        """Return the first of these sources that was obtained."""
        return next((self.results[key] for key in sources if key in self.results), None)

    def every(self, *sources: str) -> Iterator[SourceResult]:
        """Yield those of these sources that were obtained."""
        return (self.results[key] for key in sources if key in self.results)

    @cached_property
    def _asked(self) -> Mapping[str, tuple[str, ...]]:
        asked: dict[str, tuple[str, ...]] = {}
        for criterion in self.request.criteria if self.request else ():
            for group in _walk(criterion.groups):
                for item in group.properties:
                    asked[item.path] = (*asked.get(item.path, ()), item.id)
        return asked

    def places(self, path: str) -> tuple[str, ...]:
        """Return the ids of a property in the request; without a request, its path."""
        return self._asked.get(path, ()) if self.request is not None else (path,)

    def expected(self, path: str) -> Value | None:
        """Return what the buyer requires at a path, the first time it stands there."""
        for criterion in self.request.criteria if self.request else ():
            for group in _walk(criterion.groups):
                for item in group.properties:
                    if item.path == path:
                        return item.expected
        return None

    def propose(
        self, path: str, value: Value, result: SourceResult, *, turn: int = 1, formula: str = ""
    ) -> Iterator[Proposal]:
        """Yield a value for a property, once per place; `turn` counts the repetitions of its innermost repeatable group."""
        for place in self.places(path):
            yield Proposal(
                property=place,
                path=path,
                occurrence=occurrence(path, turn),
                value=value,
                provenance=provenance(result),
                formula=formula,
            )

    def attach(
        self, path: str, result: SourceResult, document: Proof, *, turn: int = 1
    ) -> Iterator[Proposal]:
        """Yield a proof for an evidence property; `turn` counts the proofs of that property."""
        proof = evidence(result, document)
        for place in self.places(path):
            yield Proposal(
                property=place,
                path=path,
                occurrence=(*occurrence(path)[:-1], turn),
                value=proof.id,
                provenance=provenance(result, document),
                evidence=proof,
                document=document,
            )


def findings(results: Mapping[str, SourceResult], request: Document | None) -> Findings:
    """Return what may be proposed from: nothing but what was obtained."""
    kept = {key: result for key, result in results.items() if result.status == SourceStatus.OBTAINED}
    return Findings(kept, request)


def occurrence(path: str, turn: int = 1) -> tuple[int, ...]:
    """Return the indexes of a property: 1 everywhere, `turn` at its innermost repeatable group."""
    levels = taxonomy().properties[path].levels
    indexes = [1] * levels
    if turn > 1:
        # The last index is the property's own, the one before it belongs to the innermost repeatable group.
        indexes[-2] = turn
    return tuple(indexes)


def provenance(result: SourceResult, document: Proof | None = None) -> Provenance:
    """Return where a value comes from, in the words of the model."""
    return Provenance(
        source=result.source,
        obtained_at=result.obtained_at.isoformat() if result.obtained_at else "",
        as_of=result.as_of.isoformat() if result.as_of else "",
        valid_until=result.valid_until.isoformat() if result.valid_until else "",
        proof=document.name if document else "",
        proof_sha256=document.sha256 if document else "",
    )


def evidence(result: SourceResult, document: Proof) -> Evidence:
    """Return the model's evidence for a document: its id tells source and content, so that two fetches differ."""
    item = source(result.source)
    number = f"{result.source}-{document.sha256[:12]}"
    return Evidence(
        id=Identifier(number),
        reference=Reference(
            id=Identifier(number),
            issue_date=result.as_of,
            title=item.title,
            descriptions=(document.about,) if document.about else (),
        ),
        issuer=Party(name=item.title.partition(",")[0]),
        description=item.title,
    )


def _walk(groups: tuple[Group, ...]) -> Iterator[Group]:
    for group in groups:
        yield group
        yield from _walk(group.groups)
