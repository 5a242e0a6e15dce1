"""Parse and type a condition."""

from clauses.rules.lang.problems import MAX_DEPTH as MAX_NESTING
from clauses.rules.lang.problems import SYNTAX, ConditionRefused, Problem, check_size, too_deep
from clauses.rules.lang.tokens import Kind, Token, cut
from clauses.rules.lang.typing import Typer
from clauses.rules.lang.vocabulary import Vocabulary
from clauses.rules.model import And, Atom, Condition, Fact, Node, Not, Op, Operand, Or
from procurement.core.text import _

_WORDS = frozenset({"et", "ou", "non", "dans", "contient"})
_SIGNS = {op.value: op for op in Op}


def parse(text: str, words: Vocabulary) -> Node:
    """Return the typed tree of a condition.

    Raise `ConditionRefused`: at the first fault of syntax, else with every fault of name and type.
    """
    parser = _Parser(cut(text), Typer(words))
    node = parser.condition()
    parser.expect_end()
    if parser.typer.problems:
        raise ConditionRefused(tuple(parser.typer.problems))
    check_size(node)
    return node


def parse_condition(text: str, words: Vocabulary) -> Condition:
    """Return the condition: its text as written, and its tree."""
    return Condition(text, parse(text, words))


class _Parser:
    """Recursive descent over the words; ``level`` counts open brackets and ``non``."""

    def __init__(self, tokens: list[Token], typer: Typer) -> None:
        self.tokens = tokens
        self.typer = typer
        self.place = 0
        self.level = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def advance(self) -> Token:
        token = self.token
        self.place += 1
        return token

    def eat(self, text: str) -> bool:
        found = self.token.text == text and self.token.kind in {Kind.NAME, Kind.SIGN}
        self.place += found
        return found

    def expect(self, text: str) -> None:
        if not self.eat(text):
            raise self.wrong(_("« %(expected)s » est attendu ici, pas « %(found)s »."), expected=text)

    def expect_end(self) -> None:
        if self.token.kind is not Kind.END:
            raise self.wrong(_("« et », « ou » ou la fin sont attendus ici, pas « %(found)s »."))

    def wrong(self, message: str, **params: str) -> ConditionRefused:
        found = self.token.text or "la fin"
        return ConditionRefused((Problem(SYNTAX, message, self.token.offset, {**params, "found": found}),))

    def condition(self) -> Node:
        args = [self.conjunction()]
        while self.eat("ou"):
            args.append(self.conjunction())
        return args[0] if len(args) == 1 else Or(tuple(args))

    def conjunction(self) -> Node:
        args = [self.term()]
        while self.eat("et"):
            args.append(self.term())
        return args[0] if len(args) == 1 else And(tuple(args))

    def term(self) -> Node:
        if self.eat("non"):
            self.deeper()
            inner: Node = Not(self.term())
        elif self.eat("("):
            self.deeper()
            inner = self.condition()
            self.expect(")")
        else:
            return self.atom()
        self.level -= 1
        return inner

    def deeper(self) -> None:
        self.level += 1
        if self.level > MAX_NESTING:
            raise too_deep(self.token.offset)

    def atom(self) -> Atom:
        if self.token.kind is not Kind.NAME or self.token.text in _WORDS:
            raise self.wrong(_("Le nom d’un fait est attendu ici, pas « %(found)s »."))
        name = self.advance()
        op = _SIGNS.get(self.token.text)
        if op is None:
            raise self.wrong(_("Une comparaison est attendue ici, pas « %(found)s »."))
        sign = self.advance()
        left = self.typer.left(name, op, sign)
        if op is not Op.IN:
            return Atom(name.text, op, (self.operand(left),))
        return Atom(name.text, op, self.operands(left))

    def operands(self, left: Fact | None) -> tuple[Operand, ...]:
        self.expect("(")
        found = [self.operand(left)]
        while self.eat(","):
            found.append(self.operand(left))
        self.expect(")")
        return tuple(found)

    def operand(self, left: Fact | None) -> Operand:
        if self.token.kind in {Kind.SIGN, Kind.END}:
            raise self.wrong(_("Une valeur est attendue ici, pas « %(found)s »."))
        token = self.advance()
        unit = None
        if token.kind is Kind.NUMBER and self.token.kind is Kind.NAME and self.token.text not in _WORDS:
            unit = self.advance()
        return self.typer.operand(left, token, unit)
