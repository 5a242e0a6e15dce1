"""Bring the text of a clause to a new release, three ways: base is the old release, theirs the new one, ours the draft.

A local edit is never overwritten, dropped or merged silently. Texts are compared by sentences (diff3): where only
one side touched a passage, the merge proposes its words; where both did differently, it shows a conflict.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum


class Situation(StrEnum):
    """What the two sides did to a clause."""

    SAME = "same"  #: Nobody touched it, or both came to the same words.
    TAKE = "take"  #: Only the release did: the new words are taken.
    KEEP = "keep"  #: Only the draft did: its words stay.
    DECIDE = "decide"  #: Both did: a decision is required.
    WITHDRAWN = "withdrawn"  #: The release has it no more: the words stay, labelled local.
    ADDED = "added"  #: Only the release has it.


class Decision(StrEnum):
    """What a person decides where both sides changed."""

    KEEP = "keep"
    TAKE = "take"
    MERGED = "merged"


@dataclass(frozen=True)
class Passage:
    """A stretch of sentences: what the merge proposes, or in a conflict the words of each side."""

    text: str
    conflict: bool = False
    ours: str = ""
    theirs: str = ""
    base: str = ""


@dataclass(frozen=True)
class Upgrade:
    """What becomes of one clause; ``text`` is None while a decision is required."""

    situation: Situation
    text: str | None
    passages: tuple[Passage, ...] = ()

    @property
    def conflicts(self) -> tuple[Passage, ...]:
        """Return the passages that both sides changed differently."""
        return tuple(passage for passage in self.passages if passage.conflict)

    @property
    def merged(self) -> str | None:
        """Return the words of both sides, nothing while a passage is in conflict."""
        return None if self.conflicts or not self.passages else "".join(one.text for one in self.passages)


class UndecidedUpgrade(ValueError):
    """The decision given does not settle the clause."""


def upgrade(base: str | None, theirs: str | None, ours: str | None) -> Upgrade:
    """Return what becomes of a clause; None says that a side does not have it, and ``ours`` that nobody edited it."""
    if theirs is None:
        kept = base if ours is None else ours
        return Upgrade(Situation.WITHDRAWN, kept)
    if base is None and ours is None:
        return Upgrade(Situation.ADDED, theirs)
    if ours is None or ours in {base, theirs}:
        return Upgrade(
            Situation.SAME if theirs == (base if ours is None else ours) else Situation.TAKE, theirs
        )
    if theirs == base:
        return Upgrade(Situation.KEEP, ours)
    return Upgrade(Situation.DECIDE, None, tuple(merge(base or "", theirs, ours)))


def decide(found: Upgrade, decision: Decision, *, theirs: str, ours: str, merged: str | None = None) -> str:
    """Return the words decided; ``merged`` are those a person wrote, else the merge without conflict.

    Raise `UndecidedUpgrade` when a merge is asked for and passages are still in conflict.
    """
    if decision is Decision.KEEP:
        return ours
    if decision is Decision.TAKE:
        return theirs
    text = found.merged if merged is None else merged
    if text is None:
        raise UndecidedUpgrade(f"{len(found.conflicts)} passages are in conflict")
    return text


# A sentence ends after its mark and the blank that follows; paragraphs, list items and rows end with their line.
_SENTENCE = re.compile(r"[^\n]*?(?:[.!?…](?:[»”)\"]|[ \u00a0]»)?[ \t]+|\n+|$)")
_ABBREVIATION = re.compile(r"(?:^|[\s(’'])(?:art|al|cf|ex|n|p|M|Mme|etc|[A-Z]|[0-9]+)\.[ \t]+$")


def sentences(text: str) -> tuple[str, ...]:
    """Cut a text into sentences and line ends; joined again they are the text, to the byte."""
    found: list[str] = []
    for piece in _SENTENCE.findall(text):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += piece
        elif piece:
            found.append(piece)
    return tuple(found)


def merge(base: str, theirs: str, ours: str) -> Iterator[Passage]:
    """Yield the passages of a three-way merge by sentences (diff3)."""
    old, new, own = sentences(base), sentences(theirs), sentences(ours)
    at = (0, 0, 0)
    for kept in (*_stable(old, new, own), _End(len(old), len(new), len(own))):
        yield from _passage(old[at[0] : kept.base], new[at[1] : kept.theirs], own[at[2] : kept.ours])
        if kept.length:
            yield Passage("".join(_common(kept, old, new, own)))
        at = (kept.base + kept.length, kept.theirs + kept.length, kept.ours + kept.length)


def _common(kept: "_End", old: Sequence[str], new: Sequence[str], own: Sequence[str]) -> Iterator[str]:
    """Yield sentences that all three have; their blanks come from the side that changed them."""
    for offset in range(kept.length):
        base, theirs, ours = old[kept.base + offset], new[kept.theirs + offset], own[kept.ours + offset]
        yield theirs if ours == base else ours


@dataclass(frozen=True)
class _End:
    """Sentences that all three have, from these places on."""

    base: int
    theirs: int
    ours: int
    length: int = 0


def _stable(old: Sequence[str], new: Sequence[str], own: Sequence[str]) -> Iterator[_End]:
    """Yield, in order, the stretches of the base that stand on both sides."""
    theirs, ours = _places(old, new), _places(old, own)
    start: _End | None = None
    for place in range(len(old)):
        if place not in theirs or place not in ours:
            continue
        here = _End(place, theirs[place], ours[place], 1)
        if start is not None and _follows(start, here):
            start = _End(start.base, start.theirs, start.ours, start.length + 1)
            continue
        if start is not None:
            yield start
        start = here
    if start is not None:
        yield start


def _follows(one: _End, other: _End) -> bool:
    ends = (one.base + one.length, one.theirs + one.length, one.ours + one.length)
    return ends == (other.base, other.theirs, other.ours)


def _places(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Return where each sentence of the base stands on a side, blanks at its end left out."""
    base, side = ([sentence.rstrip(" \t") for sentence in one] for one in (old, new))
    blocks = SequenceMatcher(None, base, side, autojunk=False).get_matching_blocks()
    return {block.a + offset: block.b + offset for block in blocks for offset in range(block.size)}


def _passage(old: Sequence[str], new: Sequence[str], own: Sequence[str]) -> Iterator[Passage]:
    """Yield what becomes of a stretch that is not common to all three."""
    base, theirs, ours = "".join(old), "".join(new), "".join(own)
    if ours in (base, theirs):
        text = theirs
    elif theirs == base:
        text = ours
    else:
        yield Passage("", conflict=True, ours=ours, theirs=theirs, base=base)
        return
    if text:
        yield Passage(text)
