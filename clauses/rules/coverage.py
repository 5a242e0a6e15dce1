"""Link clauses to the articles they rest on, and say what changed articles oblige to review.

An article has one written form here, ``CCP:R2191-7``: the code, a colon, the number. The list of changed articles is an
input (official LEGI data); no text of law is kept.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from clauses.rules.facts import COMPUTED
from clauses.rules.lang import atoms
from clauses.rules.model import Clause, Library, Node, Parameter, ParameterRef, Source

#: The codes and texts a legal base may name; acts (``LOI-2021-1109``) are known by their form.
CODES: Mapping[str, str] = {
    "CCP": "Code de la commande publique",
    "CTRAV": "Code du travail",
    "CCIV": "Code civil",
    "CENV": "Code de l’environnement",
    "CASS": "Code des assurances",
    "CCOM": "Code de commerce",
    "CPI": "Code de la propriété intellectuelle",
    "CJA": "Code de justice administrative",
    "CGCT": "Code général des collectivités territoriales",
    "CSP": "Code de la santé publique",
    "CPEN": "Code pénal",
    "CRPA": "Code des relations entre le public et l’administration",
    "CPAT": "Code du patrimoine",
    "CCH": "Code de la construction et de l’habitation",
    "CMF": "Code monétaire et financier",
    "CURB": "Code de l’urbanisme",
    "RGPD": "Règlement (UE) 2016/679",
    "RUE": "Règlement de l’Union européenne",
    "DUE": "Directive de l’Union européenne",
}
_ACT = re.compile(r"(?:LOI|DEC|ORD|ARR|CCAG)(?:-[0-9A-Z]+)*")
_NUMBER = re.compile(r"[LRDA]?\*?[0-9]+(?:[-./][0-9A-Z]+)*", re.IGNORECASE)
_PREFIX = re.compile(r"(?:articles?|art)\.?\s+", re.IGNORECASE)
_LETTER = re.compile(r"^([LRDA])\s*\.?\s*(?=\*?[0-9])", re.IGNORECASE)
_SUFFIX = re.compile(r"\s+(?:du|de la|de l['’])\s+(?P<code>code.*)$", re.IGNORECASE)
_DEFAULT = "CCP"


def normalise(text: str) -> str | None:
    """Return the one form of an article id; nothing for what is none.

    ``R. 2191-7``, ``art. R2191-7``, ``R.2191-7 du code de la commande publique`` and ``CCP:R2191-7`` are one article.
    """
    code, colon, rest = text.strip().partition(":")
    if not colon:
        code, rest = _spoken_code(text.strip())
    code = code.strip().upper()
    number = _LETTER.sub(r"\1", _PREFIX.sub("", rest.strip(), count=1)).strip()
    number = re.sub(r"\s*([-‑–./])\s*", lambda mark: "-" if mark[1] in "-‑–" else mark[1], number)
    if (code not in CODES and not _ACT.fullmatch(code)) or not _NUMBER.fullmatch(number):
        return None
    return f"{code}:{number[0].upper()}{number[1:]}"


def _spoken_code(text: str) -> tuple[str, str]:
    """Return the code a sentence names, by default that of public procurement, and the rest."""
    match = _SUFFIX.search(text)
    if match is None:
        return _DEFAULT, text
    spoken = match["code"].replace("'", "’").lower()
    known = {name.lower(): code for code, name in CODES.items()}
    return known.get(spoken, ""), text[: match.start()]


@dataclass(frozen=True)
class ClauseImpact:
    """A clause to review, the changed articles it names, and the documents it stands in."""

    clause: str
    articles: tuple[str, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Impact:
    """What changed articles oblige to review; ``unknown`` could not be read as articles."""

    articles: tuple[str, ...]
    unknown: tuple[str, ...]
    clauses: tuple[ClauseImpact, ...]
    parameters: tuple[str, ...]


def articles_of(library: Library, clause: Clause) -> tuple[str, ...]:
    """Return the articles of a clause: its own bases, and those of the computed facts its condition reads."""
    bases = [normalise(base) or base for base in clause.bases]
    trees: list[Node] = [clause.condition.tree] if clause.condition else []
    computed = [
        COMPUTED[key].article
        for key in dict.fromkeys(atom.fact for tree in trees for atom in atoms(tree))
        if key in COMPUTED and library.facts[key].source is Source.COMPUTED
    ]
    return tuple(dict.fromkeys([*bases, *computed]))


def coverage(library: Library) -> dict[str, tuple[str, ...]]:
    """Return the clauses that rest on each article, in order of article."""
    found: dict[str, list[str]] = {}
    for clause in library.clauses.values():
        for article in articles_of(library, clause):
            found.setdefault(article, []).append(clause.id)
    return {article: tuple(found[article]) for article in sorted(found)}


def impact(library: Library, changed: Iterable[str]) -> Impact:
    """Return what to review when these articles change."""
    given = [text.strip() for text in changed if text.strip()]
    read = {text: normalise(text) for text in given}
    articles = tuple(dict.fromkeys(article for article in read.values() if article))
    clauses = [
        ClauseImpact(clause.id, named, clause.documents)
        for clause in library.clauses.values()
        if (named := tuple(one for one in articles_of(library, clause) if one in articles))
    ]
    parameters = {one.key for one in library.parameters if _names(one, articles)}
    unknown = tuple(text for text, article in read.items() if article is None)
    return Impact(articles, unknown, tuple(clauses), tuple(sorted(parameters)))


def clauses_reading(library: Library, parameters: Collection[str]) -> tuple[str, ...]:
    """Return the clauses whose condition compares with one of these parameters."""
    return tuple(
        clause.id
        for clause in library.clauses.values()
        if clause.condition and parameters_in(clause.condition.tree) & set(parameters)
    )


def parameters_in(node: Node) -> set[str]:
    """Return the parameters a condition names."""
    return {one.key for atom in atoms(node) for one in atom.operands if isinstance(one, ParameterRef)}


_ARTICLE_IN_TEXT = re.compile(r"\b[LRDA]\s?\.?\s?\*?[0-9]{3,4}(?:-[0-9]+)+\b")


def _names(parameter: Parameter, articles: Collection[str]) -> bool:
    """Say whether the source of a figure names one of the articles."""
    return any(normalise(found) in articles for found in _ARTICLE_IN_TEXT.findall(parameter.source))
