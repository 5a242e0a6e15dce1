"""Find in the tables the group and the property that an old document shows at the same place."""

from dataclasses import dataclass, field, replace

from dume.espd.migrate.old import OldCriterion, OldGroup, OldProperty
from dume.espd.migrate.skeleton import Draft
from dume.espd.migrate.tables import TableCriterion, TableGroup, TableProperty
from dume.espd.migrate.values import same_family
from dume.espd.taxonomy import strip, taxonomy


@dataclass(slots=True)
class Match:
    """For each group and property of an old criterion (by the identity of its element), its row in the table."""

    groups: dict[int, TableGroup] = field(default_factory=dict)
    properties: dict[int, TableProperty] = field(default_factory=dict)

    def target(self, each: OldProperty) -> str:
        """Give the path of a property in the 4.1.0 criterion, empty when it has none."""
        row = self.properties.get(id(each))
        return row.to if row else ""

    def group_path(self, group: OldGroup, draft: Draft) -> str:
        """Give the path of the 4.1.0 group that holds most of what stands in an old group."""
        row = self.groups.get(id(group))
        targets = row.targets() if row else ()
        if not targets:
            return ""
        common = _common([_parent(each.to) for each in targets])
        return f"{draft.taxonomy.path}/{common}" if common else draft.taxonomy.path

    def anchor(self, group: OldGroup, draft: Draft) -> str | None:
        """Give the 4.1.0 group to repeat with a repeated group of requirements; none for a group of questions."""
        row = self.groups.get(id(group))
        targets = row.targets() if row else ()
        if not any(each.kind == "R" and each.type != "LOT_IDENTIFIER" for each in targets):
            return None
        path = self.group_path(group, draft)
        while path.count("/"):
            known = taxonomy().group(path)
            if known is not None and known.repeatable:
                return path
            path = path.rpartition("/")[0]
        return None


@dataclass(frozen=True, slots=True)
class _Table:
    """A criterion of a table, searched by identifier wherever the old document shows it."""

    groups: dict[str, TableGroup]
    properties: dict[str, TableProperty]
    present: frozenset[str]


def match(rows: tuple[TableCriterion, ...], criterion: OldCriterion) -> Match:
    """Match a criterion with the table that knows most of its groups (2.1.1 has two)."""
    best = Match()
    present = frozenset(each.id for group in criterion.groups for each in group.all_groups())
    for row in rows:
        found, everywhere = Match(), [each for group in row.groups for each in group.walk()]
        table = _Table(
            {each.id: each for each in reversed(everywhere)},
            {each.id: each for group in everywhere for each in group.properties},
            present,
        )
        _groups(criterion.groups, row.groups, found, table)
        if len(found.properties) > len(best.properties):
            best = found
    return best


def _groups(old: list[OldGroup], known: tuple[TableGroup, ...], found: Match, table: _Table) -> None:
    """Match sibling groups: by identifier, else the next one of the same types that the document does not show."""
    by_id = {group.id: group for group in reversed(known)}
    free = [group for group in known if group.id not in table.present]
    count: dict[int, int] = {}
    for group in old:
        row = by_id.get(group.id) or table.groups.get(group.id)
        row = row or next((each for each in free if _alike(group, each)), None)
        row = row or next((found.groups[id(each)] for each in old if _twins(group, each, found)), None)
        if row is not None:
            free = [each for each in free if each is not row]
            found.groups[id(group)] = row
            count[id(row)] = group.ordinal = count.get(id(row), 0) + 1
        _properties(group.properties, row.properties if row else (), found, table)
        _groups(group.groups, row.groups if row else (), found, table)


def _twins(group: OldGroup, other: OldGroup, found: Match) -> bool:
    """Tell whether a group asks what an already matched sibling asks: early files number each repetition anew."""
    types = [[(each.kind, each.type) for each in one.properties] for one in (group, other)]
    return group is not other and id(other) in found.groups and types[0] == types[1] and len(types[0]) > 1


def _alike(group: OldGroup, row: TableGroup) -> bool:
    """Tell whether a group of another identifier stands for a known one: the same types, and more than one."""
    types = [(each.kind, each.type) for each in group.properties]
    return types == [(each.kind, each.type) for each in row.properties] and len(types) > 1


def _properties(
    old: list[OldProperty], known: tuple[TableProperty, ...], found: Match, table: _Table
) -> None:
    """Match the properties of a group: by identifier, else the n-th of the same kind and type that is left."""
    by_id = {each.id: each for each in known}
    named = {each.id for each in old} | {strip(each.id) for each in old}
    seen: dict[tuple[str, str], int] = {}
    for each in old:
        row = by_id.get(each.id) or by_id.get(strip(each.id))
        if row is None:
            key = (each.kind, each.type)
            like = [one for one in known if (one.kind, one.type) == key and one.id not in named]
            number, last = seen.get(key, 0), len(like) - 1
            seen[key] = number + 1
            row = like[min(number, last)] if like and (number <= last or each.kind == "R") else None
        row = row or table.properties.get(each.id) or _by_type(each, table.properties)
        if row is not None:
            found.properties[id(each)] = row


def _by_type(each: OldProperty, anywhere: dict[str, TableProperty]) -> TableProperty | None:
    """Match a property of an unknown identifier by its type, when only one question of the criterion has that type.

    Early 1.0.2 files ask for a year and an amount where later ones ask for a start, an end and an amount.
    """
    if each.type in ("INDICATOR", "DESCRIPTION", "CODE", "NONE", ""):
        return None
    rows = [row for row in anywhere.values() if row.to and row.kind == each.kind]
    like = {row.to: row for row in rows if same_family(each.type, row.type) and row.type != "DATE"}
    if not like and each.type.startswith("QUANTITY"):
        starts = {row.to.partition("#")[0]: row for row in rows if row.to.endswith("#start")}
        # An average asks for its period just before its amount.
        beside = {f"{row.to[:-1]}1": row for row in rows if row.type == "AMOUNT" and row.to.endswith("/Q2")}
        like = {to: replace(row, to=f"{to}#year") for to, row in (starts or beside).items()}
    return next(iter(like.values())) if len(like) == 1 else None


def _parent(path: str) -> str:
    return strip(path.partition("#")[0]).rpartition("/")[0]


def _common(paths: list[str]) -> str:
    """Give the longest path all of these start with."""
    split = [path.split("/") for path in paths]
    common = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return "/".join(common)
