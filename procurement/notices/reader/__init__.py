"""Read an eForms notice that announces or calls, and account for every piece of it. Pure: bytes in, values out.

Nothing is guessed: what is taken stands as the notice has it, what is doubtful says why, what has no place
in a draft is listed with its path, and a date gone by must be set again (Union implementing regulation (EU)
2019/1780).
"""

from datetime import datetime
from pathlib import Path

from procurement.core import xml
from procurement.core.text import _
from procurement.notices.reader.buyers import read_buyers
from procurement.notices.reader.documents import check_root
from procurement.notices.reader.draft import (
    Address,
    Amount,
    Buyer,
    Criterion,
    Document,
    Duration,
    Lot,
    Moment,
    NoticeDraft,
    NoticeHead,
    Procedure,
)
from procurement.notices.reader.head import read_head, read_procedure
from procurement.notices.reader.lots import read_lots
from procurement.notices.reader.report import Item, ItemKind, Place
from procurement.notices.reader.values import Source

__all__ = [
    "MAX_BYTES",
    "Address",
    "Amount",
    "Buyer",
    "Criterion",
    "Document",
    "Duration",
    "Item",
    "ItemKind",
    "Lot",
    "Moment",
    "NoticeDraft",
    "NoticeHead",
    "Procedure",
    "read_notice",
]

MAX_BYTES = 20 * xml.MEBIBYTE
#: A notice of 200 lots counts some 30,000.
MAX_ELEMENTS = 60_000


def read_notice(data: bytes | Path, *, now: datetime, max_bytes: int = MAX_BYTES) -> NoticeDraft:
    """Return the draft a notice gives, with its report.

    Raise ``Invalid``: ``notice.`` followed by a code of ``core.xml.parse`` or by ``not_a_notice`` (and
    which file it is), ``not_eforms``, ``subtype``.
    """
    limits = xml.Limits(size=max_bytes, elements=MAX_ELEMENTS)
    source = Source(xml.parse(data, prefix="notice", limits=limits, check_root=check_root), now=now)
    head = read_head(source)
    procedure = read_procedure(source, head)
    buyers = read_buyers(source)
    lots = read_lots(source)
    _remark(source, procedure, buyers, lots)
    return NoticeDraft(head, procedure, buyers, lots, source.ledger.close())


def _remark(source: Source, procedure: Procedure, buyers: tuple[Buyer, ...], lots: tuple[Lot, ...]) -> None:
    """Say what the notice as a whole lacks or leaves open."""
    deadlines = {lot.offers_close.at for lot in lots if lot.offers_close}
    remarks = (
        (not procedure.title, "procedure.title", _("Objet"), _("L’avis ne donne pas d’objet.")),
        (
            not procedure.cpv,
            "procedure.cpv",
            _("Code CPV principal"),
            _("L’avis ne donne pas de code CPV principal."),
        ),
        (not buyers, "buyers", _("Acheteur"), _("L’avis ne nomme pas d’acheteur.")),
        (not lots, "lots", _("Lots"), _("L’avis ne décrit aucun lot.")),
        (
            len(deadlines) > 1,
            "lots",
            _("Date limite de remise des offres"),
            _("Les lots n’ont pas tous la même date limite : une consultation n’en a qu’une."),
        ),
    )
    for applies, field, label, message in remarks:
        if applies:
            source.ledger.remark(ItemKind.DOUBTFUL, Place(field, label), message)
