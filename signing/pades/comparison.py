"""Find what differs between two states of a PDF, value by value and by the keys that lead there.

The later state is the earlier one and an incremental update: an object whose bytes stand at the same place in both is the
same object, though what it refers to may have changed.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from typing import Literal, NamedTuple

from signing.pades.objects import Name, Pdf, PdfUnreadable, Ref, Stream, Value, resolve

Action = Literal["CREATION", "DELETION", "MODIFICATION"]
#: Entries that say how long a stream is, and all those that say how it is stored rather than what it holds.
_LENGTHS = frozenset({"/Length", "/DL"})
_STORAGE = _LENGTHS | {"/Filter", "/DecodeParms"}
_BASE_STEPS, _MOST_STEPS = 200_000, 3_000_000
_MAX_CHANGES = 200


class TooComplex(PdfUnreadable):
    """Say that two states cannot be compared at a bearable cost."""


class Budget:
    """The steps that all comparisons of one document may take together."""

    def __init__(self, size: int) -> None:
        self.left = min(_MOST_STEPS, _BASE_STEPS + size)

    def spend(self) -> None:
        """Take one step; raises TooComplex when none is left."""
        self.left -= 1
        if self.left < 0:
            raise TooComplex("the states take too long to compare")


class Way(NamedTuple):
    """The keys that lead to a value, the last one first."""

    key: str
    parent: "Way | None" = None

    def keys(self) -> tuple[str, ...]:
        """Return the keys in the order in which they are followed."""
        found: list[str] = []
        way: Way | None = self
        while way is not None:
            found.append(way.key)
            way = way.parent
        return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what happened, at the end of which keys, from what to what."""

    action: Action
    keys: tuple[str, ...]
    before: Value = field(repr=False)
    after: Value = field(repr=False)

    def __str__(self) -> str:
        return f"{self.action} of {self.keys[-1]}"


class _Pair(NamedTuple):
    way: Way
    before: Value
    after: Value


class Comparison:
    """Two states of one document, compared part by part under one budget of steps."""

    def __init__(self, before: Pdf, after: Pdf, budget: Budget) -> None:
        self.before, self.after = before, after
        self._budget = budget
        self._same: set[Ref] = set()
        self._clean: set[tuple[Ref, Ref]] = set()

    def changes(
        self, way: Way, before: Value, after: Value, *, skip: AbstractSet[Ref] = frozenset()
    ) -> tuple[Change, ...]:
        """Return the differences between two values and all they lead to, at most 200; raises TooComplex.

        References to objects of ``skip``, which are compared elsewhere, are not followed.
        """
        seen: set[tuple[Ref, Ref]] = set()
        found: list[Change] = []
        for change in self._walk([_Pair(way, before, after)], seen, skip):
            found.append(change)
            if len(found) >= _MAX_CHANGES:
                break
        if not found:
            self._clean |= seen
        return tuple(found)

    def _walk(
        self, waiting: list[_Pair], seen: set[tuple[Ref, Ref]], skip: AbstractSet[Ref]
    ) -> Iterator[Change]:
        while waiting:
            self._budget.spend()
            pair = waiting.pop()
            if isinstance(pair.before, Ref) and isinstance(pair.after, Ref):
                both = (pair.before, pair.after)
                if both in seen or both in self._clean or (pair.before == pair.after and pair.before in skip):
                    continue
                seen.add(both)
            yield from self._compare(pair, waiting)

    def _compare(self, pair: _Pair, waiting: list[_Pair]) -> Iterator[Change]:
        after = resolve(self.after, pair.after)
        if isinstance(pair.before, Ref) and pair.before == pair.after and self._whole(pair.before, after):
            waiting.extend(_children(pair.way, after, after, _LENGTHS))
            return
        before = resolve(self.before, pair.before)
        if isinstance(before, Stream) and isinstance(after, Stream):
            same = before.raw == after.raw
            if not same and not _decode_alike(before, after):
                yield _change(pair.way, before, after)
            waiting.extend(_children(pair.way, before, after, _LENGTHS if same else _STORAGE))
        elif (isinstance(before, dict) and isinstance(after, dict)) or (
            isinstance(before, list) and isinstance(after, list)
        ):
            waiting.extend(_children(pair.way, before, after))
        elif not _equal(before, after):
            yield _change(pair.way, before, after)

    def _whole(self, ref: Ref, value: Value) -> bool:
        """Tell whether an object's own bytes are the same ones, the length that cuts a stream included."""
        length = value.entries.get("/Length") if isinstance(value, Stream) else None
        return self.untouched(ref) and (not isinstance(length, Ref) or self.untouched(length))

    def untouched(self, ref: Ref) -> bool:
        """Tell whether an object's own bytes are the same ones in both states."""
        if ref in self._same:
            return True
        place = self.before.place(ref)
        same = (
            place is not None and place == self.after.place(ref) and self.after.end(ref) <= self.before.size
        )
        if same:
            self._same.add(ref)
        return same


def _change(way: Way, before: Value, after: Value) -> Change:
    """Say what happened; a simple value that comes or goes modifies what holds it."""
    action: Action = "MODIFICATION"
    if before is None and isinstance(after, dict | list | Stream):
        action = "CREATION"
    elif after is None and isinstance(before, dict | list | Stream):
        action = "DELETION"
    return Change(action, way.keys(), before, after)


def _children(
    way: Way, before: Value, after: Value, stored: AbstractSet[str] = frozenset()
) -> Iterable[_Pair]:
    """Return what two values hold, pairwise; entries of ``stored`` are left out of streams."""
    if isinstance(before, list) and isinstance(after, list):
        return [_Pair(way, first, second) for first, second in aligned(before, after)]
    if isinstance(before, Stream) and isinstance(after, Stream):
        before, after = before.entries, after.entries
    else:
        stored = frozenset()
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return ()
    keys = [key for key in {**before, **after} if key not in stored]
    return [_Pair(Way(key, way), before.get(key), after.get(key)) for key in reversed(keys)]


def aligned(before: list[Value], after: list[Value]) -> list[tuple[Value, Value]]:
    """Pair the items of two arrays: by position, or by what they name when references came or went in place."""
    if len(before) == len(after):
        return list(zip(before, after, strict=True))
    left = {item for item in before if isinstance(item, Ref)}
    right = {item for item in after if isinstance(item, Ref)}
    kept = [item for item in before if not isinstance(item, Ref) or item in right]
    if not left & right or kept != [item for item in after if not isinstance(item, Ref) or item in left]:
        return list(zip_longest(before, after))
    gone: list[tuple[Value, Value]] = [
        (item, None) for item in before if isinstance(item, Ref) and item not in right
    ]
    come: list[tuple[Value, Value]] = [
        (None, item) for item in after if isinstance(item, Ref) and item not in left
    ]
    return [*((item, item) for item in kept), *gone, *come]


def _equal(before: Value, after: Value) -> bool:
    numbers = int | Decimal
    if isinstance(before, numbers) and isinstance(after, numbers):
        return isinstance(before, bool) == isinstance(after, bool) and before == after
    if isinstance(before, Name) != isinstance(after, Name):
        return False
    return type(before) is type(after) and before == after


def _decode_alike(before: Stream, after: Stream) -> bool:
    try:
        return before.decode() == after.decode()
    except PdfUnreadable:
        return False
