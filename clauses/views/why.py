"""Why a clause is there and why another is not, ready to be read: one sentence, what decided, the articles, what would change it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from clauses.queries import Desk
from clauses.queries.layers import APPEND, DEFAULT_VALUE, HIDE, REPLACE, Said
from clauses.rules.coverage import CODES
from clauses.rules.evaluate import Outcome
from clauses.rules.explain import Explanation, explain, phrase
from clauses.rules.model import And, Atom, Clause, Layer, Node, Not
from clauses.rules.questions import facts_of
from procurement.core.text import _

#: What an outcome is called, its colour in a list, and the word of its trace.
OUTCOMES = {
    Outcome.INCLUDED: (_("Présente"), "ok"),
    Outcome.EXCLUDED: (_("Écartée"), "info"),
    Outcome.UNKNOWN: (_("À décider"), "warn"),
}
FILTERS = {
    "vigueur": _("En vigueur à la date de référence"),
    "documents": _("Faite pour ce document"),
    "types_contrat": _("Faite pour ce type de contrat"),
    "procedures": _("Faite pour cette procédure"),
}
#: What each layer is called, and what it may make of a clause.
LAYERS = {
    Layer.INTERMINISTERIAL: _("Bibliothèque interministérielle"),
    Layer.MINISTRY: _("Ministère"),
    Layer.ENTITY: _("Entité"),
    Layer.AGENT: _("Personne"),
}
MODES = {
    REPLACE: _("Texte remplacé"),
    APPEND: _("Texte ajouté à la suite"),
    HIDE: _("Clause masquée"),
    DEFAULT_VALUE: _("Réponse habituelle"),
}
_TRUTH = {True: "yes", False: "no", None: "unknown"}
_GROUPS = {And: _("Toutes ces conditions :"), Not: _("Pas ceci :")}


@dataclass(frozen=True)
class Line:
    """One line of a trace; ``marked`` says that its text is a sentence of the catalogue, others are the library's French."""

    text: str
    value: str
    marked: bool = False
    below: tuple["Line", ...] = field(default=())


@dataclass(frozen=True)
class Basis:
    """A legal base: its id, and how it is read."""

    id: str
    label: str


@dataclass(frozen=True)
class Why:
    """The reasons of one clause."""

    clause: Clause
    outcome: Outcome
    sentence: str
    filters: tuple[Line, ...]
    trace: tuple[Line, ...]
    bases: tuple[Basis, ...]
    asked: tuple[str, ...]
    layers: tuple[Said, ...] = ()
    #: The usual answers that it hangs on or shows: what was asked, and whose answer it is.
    usual: tuple[tuple[str, Said], ...] = ()


def why(desk: Desk, key: str) -> Why | None:
    """Return why a clause of the canvas is in or out; None for one that the release does not know."""
    library = desk.edition.library
    if key not in library.clauses or key not in desk.evaluation.places:
        return None
    clause = library.clauses[key]
    found = explain(
        desk.edition.compiled, key, desk.edition.values(desk.draft.facts, desk.draft.answers), desk.draft.reference_date,
        canvas=desk.draft.canvas, version=desk.edition.hashes.get(key, ""),
    )  # fmt: skip
    return Why(
        clause=clause,
        outcome=desk.outcomes[key],
        sentence=found.sentence,
        filters=tuple(Line(FILTERS[one.name], _TRUTH[one.value], marked=True) for one in found.filters),
        trace=tuple(_lines(desk, clause, found)),
        bases=tuple(basis(one) for one in found.legal_bases),
        asked=found.next_questions,
        layers=desk.edition.layered.get(key, ()),
        usual=tuple(
            (library.facts[one].label.fr, desk.usual[one])
            for one in dict.fromkeys(facts_of(clause))
            if one in desk.usual
        ),
    )


def basis(article: str) -> Basis:
    """Return an article as people name it."""
    code, _colon, number = article.partition(":")
    name = CODES.get(code, code.replace("-", " "))
    return Basis(article, f"{name}, {number}" if number else name)


def _lines(desk: Desk, clause: Clause, found: Explanation) -> Iterator[Line]:
    if clause.condition is not None and found.condition is not None:
        yield _line(desk, clause.condition.tree, found.condition)


def _line(desk: Desk, node: Node, read: Mapping[str, Any]) -> Line:
    value = read["value"]
    if isinstance(node, Atom):
        text = phrase(node, holds=bool(value), snapshot=desk.evaluation.snapshot)
        return Line(text, _TRUTH[value])
    args = (node.arg,) if isinstance(node, Not) else node.args
    below = tuple(_line(desk, arg, inside) for arg, inside in zip(args, read["args"], strict=True))
    return Line(
        _GROUPS.get(type(node), _("Au moins une de ces conditions :")),
        _TRUTH[value],
        marked=True,
        below=below,
    )
