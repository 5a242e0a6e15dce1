"""Resolve the names of an atom and type its values; collect what is wrong instead of stopping."""

from collections.abc import Sequence

from clauses.rules.facts.reading import nearest
from clauses.rules.facts.scalars import SCALARS
from clauses.rules.lang.problems import (
    TYPE,
    UNKNOWN_FACT,
    UNKNOWN_PARAMETER,
    UNKNOWN_VALUE,
    Problem,
)
from clauses.rules.lang.tokens import Kind, Token, unquote
from clauses.rules.lang.vocabulary import Vocabulary, operators, takes
from clauses.rules.model import (
    TEXTUAL,
    TYPE_NAMES,
    Duration,
    Fact,
    FactType,
    Literal,
    Op,
    Operand,
    ParameterRef,
    Value,
)
from procurement.core.errors import Invalid
from procurement.core.text import _

#: Stands for an operand that could not be typed: its problem is listed, so the tree is never used.
_REFUSED = Literal("")
_KINDS = {
    FactType.DATE: Kind.DATE,
    FactType.DATETIME: Kind.DATE,
    FactType.MONTH: Kind.DATE,
    FactType.INTEGER: Kind.NUMBER,
    FactType.AMOUNT: Kind.NUMBER,
    FactType.RATE: Kind.NUMBER,
    FactType.DURATION: Kind.NUMBER,
    **dict.fromkeys(TEXTUAL, Kind.STRING),
}


class Typer:
    """Types atoms against one vocabulary; ``problems`` grows."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.problems: list[Problem] = []

    def left(self, name: Token, op: Op, sign: Token) -> Fact | None:
        """Return the fact on the left, or nothing when the atom cannot be typed."""
        fact = self.words.facts.get(name.text)
        if fact is None:
            message = _("Le fait « %(name)s » n’existe pas. Noms proches : %(near)s.")
            self._unknown(UNKNOWN_FACT, message, name, list(self.words.facts))
            return None
        allowed = operators(fact.type)
        if fact.type is FactType.DURATION and not fact.unit:
            message = _("La durée « %(name)s » n’a pas d’unité : une condition ne peut pas la comparer.")
            self._add(TYPE, message, name, name=name.text)
        elif not allowed:
            message = _("Une condition ne peut pas lire « %(name)s », de type %(type)s.")
            self._add(TYPE, message, name, name=name.text, type=TYPE_NAMES[fact.type])
        elif op not in allowed:
            message = _(
                "« %(op)s » ne s’applique pas à « %(name)s », de type %(type)s. Possibles : %(allowed)s."
            )
            names = " ".join(sorted(allowed))
            self._add(
                TYPE, message, sign, op=op.value, name=name.text, type=TYPE_NAMES[fact.type], allowed=names
            )
        else:
            return fact
        return None

    def operand(self, fact: Fact | None, token: Token, unit: Token | None) -> Operand:
        """Return the typed operand; a number may be followed by the unit of a duration."""
        if fact is None:
            return _REFUSED
        if unit is not None and fact.type is not FactType.DURATION:
            message = _("« %(found)s » n’a pas sa place après un nombre ici.")
            self._add(TYPE, message, unit, found=unit.text)
            return _REFUSED
        if fact.type is FactType.BOOL or fact.type in {FactType.ENUM, FactType.SET}:
            return self._named_value(fact, token)
        if token.kind is Kind.NAME:
            return self._parameter(fact, token)
        return self._literal(fact, token, unit)

    def _named_value(self, fact: Fact, token: Token) -> Operand:
        known = ["oui", "non"] if fact.type is FactType.BOOL else list(fact.domain.codes)
        if token.text in known and token.kind in {Kind.NAME, Kind.NUMBER}:
            return Literal(token.text == "oui" if fact.type is FactType.BOOL else token.text)
        if token.text in self.words.facts or token.text in self.words.parameters:
            message = _(
                "« %(fact)s » se compare à une de ses valeurs, pas au fait ou paramètre « %(name)s »."
            )
            self._add(TYPE, message, token, fact=fact.key, name=token.text)
            return _REFUSED
        message = _("« %(name)s » n’est pas une valeur de « %(fact)s ». Valeurs proches : %(near)s.")
        self._unknown(UNKNOWN_VALUE, message, token, known, fact=fact.key)
        return _REFUSED

    def _parameter(self, fact: Fact, token: Token) -> Operand:
        kind = self.words.parameters.get(token.text)
        if kind is not None and takes(fact, kind):
            return ParameterRef(token.text)
        if kind is not None:
            message = _("Le paramètre « %(name)s » ne se compare pas à « %(fact)s », de type %(type)s.")
            self._add(TYPE, message, token, name=token.text, fact=fact.key, type=TYPE_NAMES[fact.type])
        elif token.text in self.words.facts:
            message = _("Un fait ne se compare pas à un autre fait : « %(fact)s » et « %(name)s ».")
            self._add(TYPE, message, token, fact=fact.key, name=token.text)
        else:
            message = _("Le paramètre « %(name)s » n’existe pas. Noms proches : %(near)s.")
            self._unknown(UNKNOWN_PARAMETER, message, token, list(self.words.parameters))
        return _REFUSED

    def _literal(self, fact: Fact, token: Token, unit: Token | None) -> Operand:
        if token.kind is not _KINDS[fact.type]:
            message = _("« %(found)s » ne se compare pas à « %(fact)s », de type %(type)s.")
            self._add(TYPE, message, token, found=token.text, fact=fact.key, type=TYPE_NAMES[fact.type])
            return _REFUSED
        text = unquote(token.text) if token.kind is Kind.STRING else token.text
        try:
            value = SCALARS[fact.type](f"{text} {unit.text}" if unit else text)
        except Invalid as refusal:
            self.problems.append(Problem(TYPE, refusal.message, token.offset, refusal.params))
            return _REFUSED
        return self._same_unit(fact, value, token)

    def _same_unit(self, fact: Fact, value: Value, token: Token) -> Operand:
        if isinstance(value, Duration) and value.unit != fact.unit:
            message = _("« %(fact)s » se compte en %(unit)s, pas en %(other)s.")
            self._add(TYPE, message, token, fact=fact.key, unit=fact.unit, other=value.unit.value)
        return Literal(value, quoted=token.kind is Kind.STRING)

    def _add(self, code: str, message: str, token: Token, **params: object) -> None:
        self.problems.append(Problem(code, message, token.offset, params))

    def _unknown(self, code: str, message: str, token: Token, known: Sequence[str], **params: object) -> None:
        near = nearest(token.text, known)
        shown = ", ".join(near) or "-"
        self._add(code, message, token, name=token.text, near=shown, nearest=tuple(near), **params)
