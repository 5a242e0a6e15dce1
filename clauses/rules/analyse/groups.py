"""Check the groups of each canvas: two clauses at once, none at all, as the mode forbids."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from clauses.rules.analyse.contexts import Context
from clauses.rules.analyse.problem import Wanted
from clauses.rules.analyse.solve import MAX_BOXES, Budget
from clauses.rules.analyse.workshop import Query, Witness, Workshop, finding, first_witness, guarded
from clauses.rules.model import Canvas, Clause, Finding, GroupMode, Node
from procurement.core.text import _

_COVERS = frozenset({GroupMode.EXACTLY_ONE, GroupMode.AT_LEAST_ONE})
_EXCLUDES = frozenset({GroupMode.EXACTLY_ONE, GroupMode.AT_MOST_ONE})


def check_groups(shop: Workshop) -> Iterator[Finding]:
    """Give ``group.gap``, ``group.overlap`` and what is not named on both sides."""
    for canvas in shop.library.canvases.values():
        members = _members(shop, canvas)
        yield from _unnamed(canvas, members)
        for name, mode in canvas.groups.items():
            if name in members:
                checks = _group(_Group(shop, canvas, name, mode, members[name]))
                yield from guarded(checks, canvas.origin, what=f"{canvas.id} / {name}")


def _members(shop: Workshop, canvas: Canvas) -> dict[str, list[Clause]]:
    found: dict[str, list[Clause]] = {}
    for clause in shop.canvases[canvas.id]:
        if clause.group:
            found.setdefault(clause.group, []).append(clause)
    return found


def _unnamed(canvas: Canvas, members: dict[str, list[Clause]]) -> Iterator[Finding]:
    for name in sorted(canvas.groups.keys() - members.keys()):
        message = _("Aucune clause du canevas n’est du groupe « %(group)s ».")
        yield finding("canvas.orphan", message, canvas.origin, at="groupes", group=name)
    for name in sorted(members.keys() - canvas.groups.keys()):
        if len(members[name]) > 1:
            message = _(
                "Le groupe « %(group)s » réunit plusieurs clauses et n’a pas de mode dans ce canevas."
            )
            yield finding("group.mode", message, canvas.origin, at="groupes", group=name)


class _Group:
    """One group of one canvas."""

    def __init__(
        self, shop: Workshop, canvas: Canvas, name: str, mode: GroupMode, clauses: list[Clause]
    ) -> None:
        self.shop = shop
        self.canvas = canvas
        self.name = name
        self.mode = mode
        self.clauses = clauses
        self.nodes = {clause.id: shop.nodes[clause.id] for clause in clauses}
        self.scope = shop.scope(canvas)
        asked = [node for node in self.nodes.values() if node is not None]
        self.contexts = shop.contexts(clauses, [*asked, *self.scope])

    def wanted(self, clause: Clause, *, holds: bool) -> tuple[Wanted, ...] | None:
        """Return what is asked so that a clause is in, or out; nothing when it cannot be so."""
        node: Node | None = self.nodes[clause.id]
        if node is None:
            return () if holds else None
        return (Wanted(node, holds=holds),)

    def query(self, asked: tuple[Wanted, ...]) -> Query:
        """Return a query within the filters of the canvas."""
        return Query((*(Wanted(node) for node in self.scope), *asked))


def _group(group: _Group) -> Iterator[Finding]:
    budget = Budget(MAX_BOXES)
    if group.mode in _COVERS:
        gap = _gap(group, budget)
        if gap is not None:
            message = _("Groupe « %(group)s » : aucune clause ne convient à ces faits dans « %(canvas)s ».")
            yield finding(
                "group.gap", message, group.canvas.origin, at="groupes", witness=gap, **_names(group)
            )
    if group.mode not in _EXCLUDES:
        return
    for one, other in combinations(group.clauses, 2):
        both = _both(group, one, other, budget)
        if both is not None:
            message = _(
                "Groupe « %(group)s » : « %(one)s » et « %(other)s » conviennent aux mêmes faits dans « %(canvas)s »."
            )
            yield finding(
                "group.overlap", message, other.origin, at="condition", clause=other.id, witness=both,
                one=one.id, other=other.id, **_names(group),
            )  # fmt: skip


def _names(group: _Group) -> dict[str, str]:
    return {"group": group.name, "canvas": group.canvas.id}


def _gap(group: _Group, budget: Budget) -> Witness | None:
    """Search, epoch by epoch, for facts that leave out every clause that is valid then."""
    for context in group.contexts:
        if not _within_life(group.clauses, context.on):
            continue
        asked = [
            group.wanted(clause, holds=False) for clause in group.clauses if clause.validity.holds(context.on)
        ]
        if None in asked:
            continue
        query = group.query(tuple(one for part in asked for one in part or ()))
        found = first_witness(group.shop, query, [context], budget)
        if found is not None:
            return found
    return None


def _within_life(clauses: list[Clause], on: date) -> bool:
    """Say whether a day is between the first and the last day on which any clause of the group may be used."""
    first = min(clause.validity.start or date.min for clause in clauses)
    last = max(clause.validity.end or date.max for clause in clauses)
    return first <= on <= last


def _both(group: _Group, one: Clause, other: Clause, budget: Budget) -> Witness | None:
    asked = (*(group.wanted(one, holds=True) or ()), *(group.wanted(other, holds=True) or ()))
    valid: list[Context] = [
        context
        for context in group.contexts
        if one.validity.holds(context.on) and other.validity.holds(context.on)
    ]
    return first_witness(group.shop, group.query(asked), valid, budget)
