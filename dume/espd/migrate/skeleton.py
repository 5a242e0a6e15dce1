"""Build a complete 4.1.0 criterion, with the buyer's values and as many copies of its groups as are needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dume.espd.model import Criterion, Group, Legislation, Property, PropertyType, Value
from dume.espd.taxonomy import TaxonomyCriterion, TaxonomyGroup, TaxonomyProperty, taxonomy

# For each repeated group above a property, which copy it stands in.
Scope = Mapping[str, int]
_FIRST: Scope = {}


@dataclass(slots=True)
class Draft:
    """A 4.1.0 criterion being filled; keys of the dictionaries are identifiers of properties."""

    taxonomy: TaxonomyCriterion
    name: str = ""
    description: str = ""
    legislations: list[Legislation] = field(default_factory=list)
    lots: list[str] = field(default_factory=list)
    copies: dict[str, int] = field(default_factory=dict)
    more: dict[str, int] = field(default_factory=dict)
    expected: dict[str, Value] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)

    def build(self) -> Criterion:
        """Give the criterion."""
        return Criterion(
            id=self.taxonomy.id,
            code=self.taxonomy.code,
            tag=self.taxonomy.tag,
            name=self.name or self.taxonomy.name_fr,
            description=self.description,
            lots=tuple(dict.fromkeys(self.lots)),
            legislations=tuple(self.legislations),
            groups=tuple(each for group in self.taxonomy.groups for each in self._copies(group, _FIRST)),
        )

    def _copies(self, group: TaxonomyGroup, scope: Scope) -> list[Group]:
        count = self.copies.get(group.path, 1)
        return [self._group(group, {**scope, group.path: k}, k) for k in range(1, count + 1)]

    def _group(self, group: TaxonomyGroup, scope: Scope, occurrence: int) -> Group:
        return Group(
            path=group.path,
            condition=group.condition,
            occurrence=occurrence,
            properties=tuple(each for entry in group.properties for each in self._properties(entry, scope)),
            groups=tuple(each for child in group.groups for each in self._copies(child, scope)),
        )

    def _properties(self, entry: TaxonomyProperty, scope: Scope) -> list[Property]:
        count = self.more.get(property_id(entry, scope), 1)
        return [self._property(entry, property_id(entry, scope, own)) for own in range(1, count + 1)]

    def _property(self, entry: TaxonomyProperty, identifier: str) -> Property:
        return Property(
            id=identifier,
            path=entry.path,
            type=entry.type,
            value_type=entry.value_type,
            description=self.descriptions.get(identifier, ""),
            expected=self.expected.get(identifier),
        )


def indexes(entry: TaxonomyProperty, scope: Scope, own: int = 1) -> tuple[int, ...]:
    """Give the index of each repeatable group above a property, then its own."""
    above = [scope.get(group.path, 1) for group in taxonomy().above(entry.path) if group.repeatable]
    return (*above, own)[-entry.levels :] if entry.levels else ()


def property_id(entry: TaxonomyProperty, scope: Scope, own: int = 1) -> str:
    """Give the identifier a property has in a document: a requirement always carries its indexes."""
    if entry.type is PropertyType.REQUIREMENT:
        return entry.response_id(indexes(entry, scope, own))
    copies = [scope[group.path] for group in taxonomy().above(entry.path) if scope.get(group.path, 1) > 1]
    return entry.path + "".join(f"/R{k}" for k in copies)
