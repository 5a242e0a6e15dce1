"""Check what bodies say: their form, the facts they show, the clauses they refer to."""

from collections.abc import Iterator
from dataclasses import replace

from clauses.rules import body as bodies
from clauses.rules.analyse.problem import Wanted
from clauses.rules.analyse.workshop import Query, Workshop, finding, first_witness, guarded
from clauses.rules.facts.reading import nearest
from clauses.rules.lang import ConditionRefused, parse
from clauses.rules.model import Canvas, Clause, Finding, Node
from procurement.core.text import _

_FORMULA_FACTS = ("part_fixe", "termes")


def check_bodies(shop: Workshop) -> Iterator[Finding]:
    """Give ``body.…``, ``condition.…`` of conditional blocks, and ``reference.dangling``."""
    for clause in shop.library.clauses.values():
        try:
            read = bodies.parse(clause.body)
        except bodies.BodyFaults as refusal:
            for fault in refusal.faults:
                yield _at(
                    clause, fault.line, finding(fault.code, "%(what)s", clause.origin, what=fault.message)
                )
            continue
        for condition, place in _places(shop, read):
            yield from guarded(
                _place(shop, clause, condition, place), clause.origin, clause=clause.id, what=clause.id
            )
        yield from _conditions(shop, clause, read)


def _places(shop: Workshop, read: bodies.Body) -> Iterator[tuple[Node | None, bodies.Place]]:
    """Give each place with the condition of the block it stands in."""
    for block in read.blocks:
        condition = None
        if isinstance(block, bodies.Conditional):
            try:
                condition = parse(block.condition, shop.compiled.words)
            except ConditionRefused:
                continue  # `_conditions` says so.
        for place in bodies.places(bodies.Body((block,))):
            yield condition, place


def _conditions(shop: Workshop, clause: Clause, read: bodies.Body) -> Iterator[Finding]:
    for block in bodies.conditions(read):
        try:
            parse(block.condition, shop.compiled.words)
        except ConditionRefused as refusal:
            for problem in refusal.problems:
                found = replace(finding(problem.code, problem.message, clause.origin), params=problem.params)
                yield _at(clause, block.line, found)


def _place(shop: Workshop, clause: Clause, condition: Node | None, place: bodies.Place) -> Iterator[Finding]:
    if place.kind is bodies.PlaceKind.REFERENCE:
        yield from _reference(shop, clause, condition, place)
        return
    facts = {bodies.PlaceKind.VALUE: (place.name,), bodies.PlaceKind.FORMULA: _FORMULA_FACTS}
    for key in facts.get(place.kind, ()):
        if key not in shop.library.facts:
            message = _("Le texte montre « %(key)s », qui n’est pas un fait. Noms proches : %(near)s.")
            near = ", ".join(nearest(key, list(shop.library.facts))) or "-"
            yield _at(
                clause, place.line, finding("body.unknown_fact", message, clause.origin, key=key, near=near)
            )
        elif key not in clause.variables:
            message = _(
                "Le texte montre « %(key)s », qui manque dans « variables » : il ne serait pas demandé."
            )
            yield _at(clause, place.line, finding("body.undeclared", message, clause.origin, key=key))


def _reference(
    shop: Workshop, clause: Clause, condition: Node | None, place: bodies.Place
) -> Iterator[Finding]:
    target = shop.library.clauses.get(place.name)
    if target is None:
        message = _("Le texte renvoie à « %(target)s », qui n’existe pas. Noms proches : %(near)s.")
        near = ", ".join(nearest(place.name, list(shop.library.clauses))) or "-"
        yield _at(
            clause,
            place.line,
            finding("reference.dangling", message, clause.origin, target=place.name, near=near),
        )
        return
    for canvas in shop.library.canvases.values():
        if clause in shop.canvases[canvas.id]:
            yield from _within(shop, canvas, (clause, target), condition, place)


def _within(
    shop: Workshop, canvas: Canvas, pair: tuple[Clause, Clause], condition: Node | None, place: bodies.Place
) -> Iterator[Finding]:
    """Give the finding when some fact set of a canvas includes the clause without the one it refers to."""
    clause, target = pair
    asked = [*shop.scope(canvas), *(node for node in (shop.nodes[clause.id], condition) if node)]
    wanted = tuple(Wanted(node) for node in asked)
    goal = shop.nodes[target.id]
    contexts = [
        context
        for context in shop.contexts(pair, [*asked, *([goal] if goal else [])])
        if clause.validity.holds(context.on)
    ]
    there = [one for one in contexts if target in shop.canvases[canvas.id] and target.validity.holds(one.on)]
    witness = first_witness(shop, Query(wanted), [one for one in contexts if one not in there])
    if witness is None and goal is not None:
        witness = first_witness(shop, Query((*wanted, Wanted(goal, holds=False))), there)
    if witness is not None:
        message = _("Le texte renvoie à « %(target)s », qui peut manquer dans « %(canvas)s ».")
        found = finding(
            "reference.dangling", message, clause.origin, witness=witness, target=target.id, canvas=canvas.id
        )
        yield _at(clause, place.line, found)


def _at(clause: Clause, line: int, found: Finding) -> Finding:
    """Return the finding at a line of the body: a literal block begins on the line after its key."""
    first, column = clause.origin.at("corps")
    return replace(found, clause=clause.id, line=first + line if first else 0, column=column)
