"""Write a document in the version its reader understands: 4.1.0 whole, 2.1.1 and 1.0.2 with what they can hold."""

from dataclasses import dataclass

from dume.espd.model import Document, Version
from dume.espd.report import Report


@dataclass(frozen=True, slots=True)
class Exported:
    """The files written (one, or one per lot), what was lost in them, and whether anything was."""

    files: tuple[tuple[str, bytes], ...]
    report: Report
    lossy: bool


def export(document: Document, version: Version) -> Exported:
    """Write a document in version 4.1.0, 2.1.1 or 1.0.2."""
    raise NotImplementedError
