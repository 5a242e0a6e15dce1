"""Find the clauses no legal fact set includes, and the conditions that say nothing."""

from collections.abc import Iterator

from clauses.rules.analyse.contexts import Context
from clauses.rules.analyse.problem import Wanted
from clauses.rules.analyse.workshop import Query, Workshop, finding, first_witness, guarded
from clauses.rules.coverage import parameters_in
from clauses.rules.evaluate.compiled import filter_nodes
from clauses.rules.model import Clause, Finding
from procurement.core.text import _

ALWAYS_TRUE = "condition.always_true"


def check_reach(shop: Workshop) -> Iterator[Finding]:
    """Give ``clause.unreachable``, ``condition.always_true`` and ``param.gap``."""
    for clause in shop.library.clauses.values():
        yield from guarded(_clause(shop, clause), clause.origin, clause=clause.id, what=clause.id)


def _clause(shop: Workshop, clause: Clause) -> Iterator[Finding]:
    node = shop.nodes[clause.id]
    if node is None:
        return
    late = [key for key in _figures(clause) if _begins_late(shop, clause, key)]
    for key in late:
        message = _("La clause est en vigueur avant la première valeur de « %(key)s », le %(day)s.")
        first = shop.table.first_day(key)
        yield finding(
            "param.gap",
            message,
            clause.origin,
            at="condition",
            clause=clause.id,
            key=key,
            day=first,
        )
    valid = [context for context in shop.contexts([clause], [node]) if clause.validity.holds(context.on)]
    if first_witness(shop, Query((Wanted(node),)), valid) is None:
        message = _("Aucun ensemble de faits n’inclut cette clause.")
        yield finding("clause.unreachable", message, clause.origin, at="condition", clause=clause.id)
    elif _always(shop, clause, valid):
        message = _("La condition est toujours vraie : retirez-la, ou écrivez une dispense motivée.")
        yield finding(ALWAYS_TRUE, message, clause.origin, at="condition", clause=clause.id)


def _always(shop: Workshop, clause: Clause, valid: list[Context]) -> bool:
    if clause.condition is None or (clause.waiver and clause.waiver.code == ALWAYS_TRUE):
        return False
    filters = tuple(Wanted(node) for node in filter_nodes(clause))
    return first_witness(shop, Query((*filters, Wanted(clause.condition.tree, holds=False))), valid) is None


def _figures(clause: Clause) -> set[str]:
    return parameters_in(clause.condition.tree) if clause.condition else set()


def _begins_late(shop: Workshop, clause: Clause, key: str) -> bool:
    return clause.validity.start is not None and clause.validity.start < shop.table.first_day(key)
