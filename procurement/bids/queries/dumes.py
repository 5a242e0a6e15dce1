"""The company's own DUMEs that may go into its bid for a consultation."""

import uuid

from sqlalchemy.orm import Session

from dume import queries as dumes
from dume.rules import Kind, Status, is_id_dume
from procurement.bids import errors
from procurement.core.errors import NotFound
from procurement.core.vault import KeyVault

#: Statuses in which a response may be joined to a bid.
JOINABLE = frozenset({Status.VALID, Status.PUBLISHED})


def own_response(
    session: Session, consultation_id: uuid.UUID, company_id: uuid.UUID | None, id_dume: str
) -> dumes.Dume:
    """Return a response of this company for this consultation; raise ``bid.dume_unknown`` for anything else."""
    try:
        row = dumes.by_id_dume(session, id_dume)
    except NotFound:
        raise errors.dume_unknown(id_dume if is_id_dume(id_dume) else "?") from None
    whose = (row.kind, row.consultation_id, row.organisation_id)
    if company_id is None or whose != (Kind.RESPONSE, consultation_id, company_id):
        raise errors.dume_unknown(id_dume)
    return row


def joinable(
    session: Session, consultation_id: uuid.UUID, reference: str, company_id: uuid.UUID
) -> list[dumes.Dume]:
    """Return the company's own responses for a consultation that are not deleted or replaced, the latest first."""
    whose = dumes.Slot(organisation_id=company_id)
    wanted = dumes.Filter(kind=Kind.RESPONSE, consultation=reference)
    found = dumes.search(session, whose, wanted, limit=100)
    gone = {Status.DELETED, Status.REPLACED}
    return [
        row for row in found if row.consultation_id == consultation_id and dumes.status_of(row) not in gone
    ]


def file_of(session: Session, vault: KeyVault, row: dumes.Dume) -> tuple[str, str, bytes]:
    """Return name, media type and bytes of a response as it goes into a bid: the XML of its one lot, or a ZIP of several.

    The same revision always gives the same bytes.
    """
    found = dumes.documents(session, vault, row)
    if len(found) == 1:
        return f"DUME-{row.id_dume}.xml", "application/xml", found[0][1]
    return f"DUME-{row.id_dume}.zip", "application/zip", dumes.export_zip(session, vault, row)
