"""The CPV and NUTS lists with their official labels, read once when first asked for.

Built by ``tools/build_codes.py`` from the eForms SDK; ``edition`` says which one, to be kept beside stored
values.
"""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from procurement.core import ids
from procurement.core.search.analyser import fold, search_terms

__all__ = [
    "CpvCode",
    "NutsCode",
    "cpv",
    "cpv_codes",
    "cpv_prefix",
    "edition",
    "nuts",
    "nuts_codes",
    "search_cpv",
    "search_nuts",
]

_DIVISION = 2


@dataclass(frozen=True)
class CpvCode:
    """One entry of the Common Procurement Vocabulary (regulation (EC) 213/2008)."""

    code: str
    fr: str
    en: str

    @property
    def full(self) -> str:
        """The code with its key, as published: ``72230000-6``."""
        return f"{self.code}-{ids.cpv_check_digit(self.code)}"

    def label(self, language: str) -> str:
        """Return the label in a language, French unless English is asked for."""
        return self.en if language == "en" else self.fr


@dataclass(frozen=True)
class NutsCode:
    """One level-3 territorial unit (regulation (EC) 1059/2003)."""

    code: str
    fr: str
    en: str

    @property
    def country(self) -> str:
        """The two letters of the country as NUTS writes them (``EL`` is Greece)."""
        return self.code[:2]

    def label(self, language: str) -> str:
        """Return the label in a language, French unless English is asked for."""
        return self.en if language == "en" else self.fr


def cpv(code: str) -> CpvCode | None:
    """Return the entry of 8 digits, if there is one."""
    return cpv_codes().get(code)


def nuts(code: str) -> NutsCode | None:
    """Return the level-3 unit of this code, if there is one; ``FRZZZ`` (extra-regio) is one."""
    return nuts_codes().get(code)


def cpv_prefix(code: str) -> str:
    """Return what every code below this one begins with: ``45210000`` gives ``4521``, a division 2 digits."""
    return code[:_DIVISION] + code[_DIVISION:].rstrip("0")


def search_cpv(words: str, *, language: str = "fr", limit: int = 20) -> list[CpvCode]:
    """Return the codes whose label holds all the words or which begin with the digits, broadest first."""
    return [found for code in _search(words, _cpv_terms(language), limit) if (found := cpv(code))]


def search_nuts(words: str, *, country: str = "FR", limit: int = 20) -> list[NutsCode]:
    """Return the units of a country whose name holds all the words, or which begin with the code."""
    terms = [entry for entry in _nuts_terms() if entry[0].startswith(country)]
    return [found for code in _search(words, terms, limit) if (found := nuts(code))]


@cache
def cpv_codes() -> dict[str, CpvCode]:
    """Return every CPV entry by its 8 digits, in order."""
    return {row[0]: CpvCode(*row) for row in _rows("cpv")}


@cache
def nuts_codes() -> dict[str, NutsCode]:
    """Return every level-3 unit by its code, in order."""
    return {row[0]: NutsCode(*row) for row in _rows("nuts")}


@cache
def edition(kind: str = "cpv") -> str:
    """Return where a list comes from: ``eforms-sdk 1.15.1``."""
    return _lines(kind)[0].removeprefix("# ")


def _search(words: str, entries: Iterable[tuple[str, frozenset[str]]], limit: int) -> list[str]:
    """Return codes that begin with what was typed, or whose terms begin with each of its words."""
    typed = fold(words).replace("-", "").replace(" ", "").upper()
    asked = search_terms(words).split()
    if not typed:
        return []
    ranked = [
        (rank, len(cpv_prefix(code)), len(terms), code)
        for code, terms in entries
        if (rank := _rank(typed, asked, code, terms)) is not None
    ]
    return [found[-1] for found in sorted(ranked)[:limit]]


def _rank(typed: str, asked: list[str], code: str, terms: frozenset[str]) -> int | None:
    """Return 0 for the code itself, 1 for exact words, 2 for beginnings of words, nothing otherwise."""
    if code.startswith(typed[: len(code)]):
        return 0
    if asked and terms.issuperset(asked):
        return 1
    begun = asked and all(any(term.startswith(word) for term in terms) for word in asked)
    return 2 if begun else None


@cache
def _cpv_terms(language: str) -> list[tuple[str, frozenset[str]]]:
    return [(code, _terms(entry.label(language))) for code, entry in cpv_codes().items()]


@cache
def _nuts_terms() -> list[tuple[str, frozenset[str]]]:
    return [(code, _terms(entry.fr)) for code, entry in nuts_codes().items()]


def _terms(label: str) -> frozenset[str]:
    return frozenset(search_terms(label).split())


def _rows(kind: str) -> list[list[str]]:
    return [line.split("\t") for line in _lines(kind)[1:]]


def _lines(kind: str) -> list[str]:
    packed = resources.files("procurement.core").joinpath("data", f"{kind}.tsv.gz").read_bytes()
    return gzip.decompress(packed).decode("utf-8").splitlines()
