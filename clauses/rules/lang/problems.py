"""What can be wrong with a condition, and how large one may be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from clauses.rules.model import Atom, Node, Not
from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _

MAX_DEPTH = 12
MAX_ATOMS = 64
MAX_TEXT = 2_000

SYNTAX = "condition.syntax"
TYPE = "condition.type"
UNKNOWN_FACT = "condition.unknown_fact"
UNKNOWN_VALUE = "condition.unknown_value"
UNKNOWN_PARAMETER = "condition.unknown_parameter"
TOO_LARGE = "clauses.condition_too_large"


@dataclass(frozen=True)
class Problem:
    """One problem; ``offset`` counts characters from the start of the text (0 in the JSON form)."""

    code: str
    message: str
    offset: int = 0
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return the French sentence, its places filled."""
        return self.message % self.params if self.params else self.message


class ConditionRefused(Invalid):
    """A condition that cannot be used; every problem is listed."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        errors = tuple(
            FieldError(f"@{one.offset}", one.code, one.message, dict(one.params)) for one in problems
        )
        super().__init__(first.code, first.message, errors=errors, **first.params)
        self.problems = problems


def check_size(node: Node) -> None:
    """Raise ``clauses.condition_too_large`` for a tree deeper or wider than what people can read."""
    if depth(node) > MAX_DEPTH:
        raise too_deep()
    if sum(1 for _atom in atoms(node)) > MAX_ATOMS:
        message = _("Cette condition compte plus de %(most)s comparaisons : partagez la clause en plusieurs.")
        raise ConditionRefused((Problem(TOO_LARGE, message, 0, {"most": MAX_ATOMS}),))


def too_deep(offset: int = 0) -> ConditionRefused:
    """Return the refusal of a condition with too many levels."""
    message = _("Cette condition a plus de %(most)s niveaux de parenthèses.")
    return ConditionRefused((Problem(TOO_LARGE, message, offset, {"most": MAX_DEPTH}),))


def depth(node: Node) -> int:
    """Return the levels of a tree; an atom alone is one."""
    if isinstance(node, Atom):
        return 1
    if isinstance(node, Not):
        return 1 + depth(node.arg)
    return 1 + max(depth(arg) for arg in node.args)


def atoms(node: Node) -> Iterator[Atom]:
    """Give every atom, from left to right."""
    if isinstance(node, Atom):
        yield node
    elif isinstance(node, Not):
        yield from atoms(node.arg)
    else:
        for arg in node.args:
            yield from atoms(arg)
