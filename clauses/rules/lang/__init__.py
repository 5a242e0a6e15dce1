"""The language of conditions: typed when parsed, three-valued when evaluated.

::

    cond  = et {"ou" et} ;  et = terme {"et" terme} ;  terme = "non" terme | "(" cond ")" | atome
    atome = fait ("="|"!="|"<"|"<="|">"|">=") valeur | fait "dans" "(" valeur {"," valeur} ")"
          | ensemble "contient" valeur
    valeur = literal | enum_value | oui | non | parametre

The name on the right is resolved by the type of the fact on the left: a value of its list, or a dated parameter.
"""

from clauses.rules.lang.jsonform import from_json, operand_json, to_json
from clauses.rules.lang.parse import parse, parse_condition
from clauses.rules.lang.printing import print_node, print_operand
from clauses.rules.lang.problems import (
    MAX_ATOMS,
    MAX_DEPTH,
    MAX_TEXT,
    ConditionRefused,
    Problem,
    atoms,
    check_size,
)
from clauses.rules.lang.vocabulary import ParameterKind, Vocabulary, vocabulary

__all__ = [
    "MAX_ATOMS", "MAX_DEPTH", "MAX_TEXT", "ConditionRefused", "ParameterKind", "Problem", "Vocabulary", "atoms",
    "check_size", "from_json", "operand_json", "parse", "parse_condition", "print_node", "print_operand", "to_json",
    "vocabulary",
]  # fmt: skip
