"""Write a document in the version its reader understands: 4.1.0 whole, 2.1.1 and 1.0.2 with what they can hold.

A response holds one lot, so one file is written for each lot it tenders for; a request whose criteria differ from lot to
lot becomes one file per lot in the older versions. The report accounts for every value of the 4.1.0 document.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dume.espd import write_v41, write_v102, write_v211
from dume.espd.complete import exported, for_lot
from dume.espd.errors import UnsupportedVersion
from dume.espd.migrate.account import ADDED, account
from dume.espd.migrate.fill import Written
from dume.espd.model import Document, Kind, Version
from dume.espd.parse import parse
from dume.espd.report import Ledger, Report


@dataclass(frozen=True, slots=True)
class Exported:
    """The files written (one, or one per lot), what became of each value, and whether any was lost."""

    files: tuple[tuple[str, bytes], ...]
    report: Report
    lossy: bool


#: What the identifier of a lot may bring into a file's name, and how much of it.
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_NAME = 60
_OLDER: dict[Version, Callable[[Document, Written], bytes]] = {
    Version.V2_1_1: write_v211.write,
    Version.V1_0_2: write_v102.write,
}


def export(document: Document, version: Version) -> Exported:
    """Write a document in version 4.1.0, 2.1.1 or 1.0.2; raise UnsupportedVersion for another."""
    if version is not Version.V4_1_0 and version not in _OLDER:
        raise UnsupportedVersion(version.value)
    shown = exported(document)
    parts = _parts(shown, version)
    files: list[tuple[str, bytes]] = []
    items: list[Written] = []
    names = lot_names([lot for lot, _part in parts])
    for number, (lot, part) in enumerate(parts):
        own = f"-{names[number]}" if lot else ""
        name = f"dume-{document.kind.value}-{version.value}{own}.xml"
        if version is Version.V4_1_0:
            files.append((name, write_v41.write(part)))
            continue
        written = Written()
        files.append((name, _OLDER[version](part, written)))
        items.append(written)
    report = _report(shown, version, items)
    return Exported(tuple(files), report, lossy=report.summary["lost"] > 0)


def lot_names(lots: Sequence[str]) -> list[str]:
    """Return what stands for each lot in the name of a file, all different: strangers write the identifiers of lots.

    Nothing stays of what a path, a header or a right-to-left mark could mean.
    """
    names = [_UNSAFE.sub("_", lot)[:_NAME].lstrip(".") for lot in lots]
    return [
        own if own and names.count(own) == 1 else f"{own}-{number}" for number, own in enumerate(names, 1)
    ]


def _parts(document: Document, version: Version) -> list[tuple[str, Document]]:
    """Split a document by lot when the version or the kind wants one lot per file."""
    lots = list(dict.fromkeys(lot.id for lot in document.lots))
    differ = any(
        0 < len(each.lots) < len(lots) or any(group.occurrence > 1 for group in each.groups)
        for each in document.criteria
    )
    if len(lots) < 2 or (document.kind is Kind.REQUEST and (version is Version.V4_1_0 or not differ)):  # noqa: PLR2004  # Two lots differ.
        return [("", document)]
    return [(lot, for_lot(document, lot)) for lot in lots]


def _report(document: Document, version: Version, parts: list[Written]) -> Report:
    """Account for each value of the 4.1.0 document, by what the files hold."""
    whole = replace(document, lots=document.lots[:1]) if document.kind is Kind.RESPONSE else document
    root = parse(write_v41.write(whole))
    ledger = Ledger(root)
    if version is Version.V4_1_0:
        ledger.kept_whole(root, "")
    else:
        account(root, ledger, whole, version, {name for each in parts for name in each.used})
        for path, value in dict.fromkeys(each for part in parts for each in part.added):
            ledger.defaulted("/*", path, ADDED.format(version=version.value), value)
    return Report(ledger.close().items, Version.V4_1_0.value, document.kind.value, target=version.value)
