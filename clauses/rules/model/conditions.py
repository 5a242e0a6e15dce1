"""Hold a condition as a tree of immutable nodes."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from clauses.rules.model.values import Value


class Op(StrEnum):
    """The operators of atoms, as written."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "dans"
    CONTAINS = "contient"


@dataclass(frozen=True)
class Literal:
    """A value written in a condition, typed as the fact on its left; texts and codes are ``quoted``."""

    value: Value
    quoted: bool = False


@dataclass(frozen=True)
class ParameterRef:
    """A dated parameter named in a condition."""

    key: str


Operand: TypeAlias = Literal | ParameterRef


@dataclass(frozen=True)
class Atom:
    """``fact op operand``; only ``dans`` has several operands."""

    fact: str
    op: Op
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Not:
    """The contrary of one condition."""

    arg: "Node"


@dataclass(frozen=True)
class And:
    """Every one of two or more conditions."""

    args: "tuple[Node, ...]"


@dataclass(frozen=True)
class Or:
    """At least one of two or more conditions."""

    args: "tuple[Node, ...]"


Node: TypeAlias = Atom | Not | And | Or


@dataclass(frozen=True)
class Condition:
    """A condition as it was written, and its typed tree; two layouts of one tree are equal."""

    text: str = field(compare=False)
    tree: Node
