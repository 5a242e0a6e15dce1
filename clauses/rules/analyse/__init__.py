"""Find what is wrong in a library before bidders do: nothing here is a sample, each finding has its witness.

Conditions are turned into sets of cells per fact (`space`), legal fact sets are searched for or proved absent (`solve`),
in every context in which the figures of the law differ (`contexts`).
"""

from clauses.rules.analyse.library import VERSION, Analysis, analyse
from clauses.rules.analyse.problem import Problem, Wanted
from clauses.rules.analyse.solve import MAX_BOXES, Budget, TooComplex

__all__ = ["MAX_BOXES", "VERSION", "Analysis", "Budget", "Problem", "TooComplex", "Wanted", "analyse"]
