"""Gather what is wrong in the files of a library: every fault, with its file, line and column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clauses.rules.model import Finding
from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _


class LibraryFaults(Invalid):
    """Files that do not make a library; ``faults`` lists every fault, in the order of files and lines."""

    def __init__(self, faults: Sequence[Finding]) -> None:
        ordered = tuple(sorted(faults, key=lambda one: (one.file, one.line, one.column, one.code)))
        errors = tuple(
            FieldError(f"{one.file}:{one.line}:{one.column}", one.code, one.message, dict(one.params))
            for one in ordered
        )
        message = _("%(count)s fautes dans les fichiers de la bibliothèque ; rien n’a été enregistré.")
        super().__init__("clauses.files", message, errors=errors, count=len(ordered))
        self.faults = ordered

    def __str__(self) -> str:
        return "\n".join(f"{one.file}:{one.line}:{one.column}: {one.code}: {one.text}" for one in self.faults)


@dataclass
class Faults:
    """The faults found so far in one reading."""

    found: list[Finding] = field(default_factory=list)

    def add(
        self, code: str, message: str, file: str, place: tuple[int, int] = (1, 1), /, **params: object
    ) -> None:
        """Note one fault at its line and column."""
        self.found.append(Finding(code, message, file=file, line=place[0], column=place[1], params=params))

    def refused(self, refusal: Invalid, file: str, place: tuple[int, int]) -> None:
        """Note the refusal of a rule."""
        params: Mapping[str, object] = refusal.params
        self.add(refusal.code, refusal.message, file, place, **params)

    def raise_if_any(self) -> None:
        """Raise `LibraryFaults` unless there is none."""
        if self.found:
            raise LibraryFaults(self.found)
