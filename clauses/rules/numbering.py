"""Number chapters, clauses and sub-headings, and word the references to them.

Numbers are counted here, once, for every format: « Article 9 – Prix », « 9.2 », « 9.2.1 »; a reference reads
« article 9.2 ». A chapter without a clause does not stand in a document and takes no number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    """The place of a heading: one part per level."""

    parts: tuple[int, ...]

    @property
    def level(self) -> int:
        """Return 1 for a chapter, 2 for a clause, 3 for a sub-heading."""
        return len(self.parts)

    @property
    def plain(self) -> str:
        """Return the figures alone: ``9.2``."""
        return ".".join(map(str, self.parts))

    @property
    def label(self) -> str:
        """Return what stands before the title."""
        return f"Article {self.plain} –" if self.level == 1 else self.plain

    def heading(self, title: str) -> str:
        """Return the whole heading as it is read."""
        return f"{self.label} {title}"

    def reference(self) -> str:
        """Return how a sentence names this place; the space does not break."""
        return f"article\u00a0{self.plain}"


@dataclass(frozen=True)
class ClauseNumbers:
    """The number of a clause and those of its sub-headings."""

    number: Number
    below: tuple[Number, ...]


@dataclass(frozen=True)
class ChapterNumbers:
    """The number of a chapter and those of its clauses."""

    number: Number
    clauses: tuple[ClauseNumbers, ...]


def number_chapters(outline: Sequence[Sequence[int]]) -> tuple[ChapterNumbers, ...]:
    """Return the numbers of chapters; ``outline`` tells, per clause, how many sub-headings it has."""
    return tuple(
        ChapterNumbers(Number((first,)), tuple(_clauses(first, chapter)))
        for first, chapter in enumerate(outline, start=1)
    )


def _clauses(first: int, chapter: Sequence[int]) -> Iterator[ClauseNumbers]:
    for second, headings in enumerate(chapter, start=1):
        below = tuple(Number((first, second, third)) for third in range(1, headings + 1))
        yield ClauseNumbers(Number((first, second)), below)
