"""Say what became of the values that carry a version's own machinery: its profile names and its list attributes."""

from lxml import etree

from dume.espd.migrate.codes import REWRITTEN
from dume.espd.migrate.old import local
from dume.espd.report import Change, Item, Ledger

LIST = "Attribut d’une liste de la version d’origine : la version 4.1.0 écrit les siens."
VERSION = "La version 4.1.0 écrit sa propre valeur."
UNREAD = "Le code n’a pas d’équivalent en 4.1.0."
_MACHINERY = (
    "list",
    "scheme",
    "languageID",
    "format",
    "unitCode",
    "name",
    "mimeCode",
    "pi",
    "responseDataType",
)


def close(root: etree._Element, ledger: Ledger) -> list[Item]:
    """Give the items of the report, one for each leaf of the source."""
    for element in root:
        if local(element) in REWRITTEN:
            ledger.renamed(ledger.at(element), local(element), VERSION)
    lost = {item.source for item in ledger.close().items if item.kind is Change.LOST}
    for path in ledger.unclaimed():
        owner, _, name = path.rpartition("/@")
        if owner and name.startswith(_MACHINERY) and (owner not in lost):
            ledger.renamed(path, name, LIST)
    return list(ledger.close().items)
