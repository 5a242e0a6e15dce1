"""Turn a notice into a draft consultation, and file the notice with the report of what became of it."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from procurement.accounts import queries as accounts
from procurement.consultations import service as consultations
from procurement.consultations.rules import ConsultationView, Limits, Nature, Technique
from procurement.consultations.service import DraftFields, LotFields
from procurement.core import codes, journal
from procurement.core.security import Identity
from procurement.core.text import _, display_name
from procurement.notices import queries, rules
from procurement.notices.errors import TooManyLots
from procurement.notices.models import Notice
from procurement.notices.reader import Item, ItemKind, Lot, NoticeDraft, read_notice

__all__ = ["ImportedNotice", "NoticeFile", "import_notice", "read_file"]

MOST_LOTS = 200
_UNTITLED = "Consultation importée d’un avis sans objet"


@dataclass(frozen=True)
class NoticeFile:
    """A notice as it came, and as it was read."""

    name: str
    content: bytes
    draft: NoticeDraft

    @property
    def sha256(self) -> str:
        """The hash of the bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class ImportedNotice:
    """The draft that was begun, the notice as filed, and its report."""

    consultation: ConsultationView
    notice_id: uuid.UUID
    report: tuple[Item, ...]


def read_file(name: str, content: bytes, *, now: datetime) -> NoticeFile:
    """Read a file before any transaction is opened; raise ``notice.*``."""
    draft = read_notice(content, now=now)
    if len(draft.lots) > MOST_LOTS:
        raise TooManyLots(len(draft.lots), MOST_LOTS)
    return NoticeFile(display_name(name), content, draft)


def import_notice(
    session: Session,
    file: NoticeFile,
    *,
    by: Identity | None,
    now: datetime,
    organisation_id: uuid.UUID,
    limits: Limits,
) -> ImportedNotice:
    """Begin a draft with what the notice says and file the notice; ``by`` is nobody on the command line."""
    report = (*rules.landed(file.draft.report), *_remarks(session, file, organisation_id))
    consultation = consultations.create_draft(
        session, by=by, now=now, organisation_id=organisation_id, fields=_fields(file.draft), limits=limits
    )
    head = file.draft.head
    row = Notice(
        organisation_id=organisation_id,
        consultation_id=consultation.id,
        reference=consultation.reference,
        identifier=rules.shortened(head.identifier),
        version=rules.shortened(head.version),
        procedure_id=rules.shortened(head.procedure_id),
        subtype=head.subtype,
        sdk=rules.shortened(head.sdk),
        title=rules.shortened(file.draft.title),
        file_name=rules.shortened(file.name),
        size=len(file.content),
        sha256=file.sha256,
        content=file.content,
        report=[_plain(item) for item in report],
        imported_at=now,
        imported_by=by.person_id if by else None,
    )
    session.add(row)
    session.flush()
    _note(session, row, by=by, now=now)
    return ImportedNotice(consultation, row.id, report)


def _fields(draft: NoticeDraft) -> DraftFields:
    procedure, divided = draft.procedure, len(draft.lots) > 1 or not all(lot.undivided for lot in draft.lots)
    alone = None if divided or not draft.lots else draft.lots[0]
    closes_at = rules.closing(draft)
    cpv = rules.known(procedure.cpv or (alone.cpv if alone else ""))
    more = (
        *procedure.additional_cpv,
        *(code for lot in draft.lots for code in (lot.cpv, *lot.additional_cpv)),
    )
    places = (*procedure.nuts, *(code for lot in draft.lots for code in lot.nuts))
    nature = procedure.nature or (alone.nature if alone else "")
    return DraftFields(
        title=rules.shortened(draft.title) or _UNTITLED,
        description=rules.whole_text(draft),
        procedure=procedure.code or None,
        nature=Nature(nature) if nature in set(Nature) else None,
        techniques=tuple(Technique(name) for name in sorted(draft.techniques)),
        lots=tuple(_lot(lot) for lot in draft.lots) if divided else (),
        cpv=cpv,
        cpv_more=tuple(dict.fromkeys(code for code in more if rules.known(code) and code != cpv)),
        nuts=tuple(dict.fromkeys(code for code in places if codes.nuts(code))),
        estimated_cents=rules.euro_cents(procedure.estimated or (alone.estimated if alone else None)),
        closes_at=closes_at,
        questions_at=rules.questions_closing(draft, closes_at),
    )


def _lot(lot: Lot) -> LotFields:
    return LotFields(
        title=rules.shortened(lot.title) or lot.identifier,
        description=rules.lot_text(lot),
        cpv=rules.known(lot.cpv),
        estimated_cents=rules.euro_cents(lot.estimated),
    )


def _remarks(session: Session, file: NoticeFile, organisation_id: uuid.UUID) -> Iterator[Item]:
    """Say what only the house can know: another buyer, a file imported before, a title that does not fit."""
    draft, earlier = file.draft, queries.earlier(session, organisation_id, file.sha256)
    buyer = accounts.organisation(session, organisation_id)
    assert buyer is not None
    if earlier:
        message = _("Ce fichier a déjà été importé : voyez le brouillon %(reference)s.")
        yield Item(ItemKind.DOUBTFUL, message, label=_("Fichier"), params={"reference": earlier})
    if draft.buyers and buyer.siret not in {one.siret for one in draft.buyers}:
        message = _("L’acheteur de l’avis est « %(name)s » : le brouillon est au nom de votre organisation.")
        yield Item(ItemKind.DOUBTFUL, message, label=_("Acheteur"), params={"name": draft.buyers[0].name})
    for label, limit in rules.too_long(draft):
        message = _("Un texte dépasse %(limit)s caractères : il a été raccourci.")
        yield Item(ItemKind.DOUBTFUL, message, label=label, params={"limit": limit})


def _plain(item: Item) -> dict[str, Any]:
    """Return a line of the report as JSON can hold it."""
    params = {name: value if isinstance(value, int) else str(value) for name, value in item.params.items()}
    return asdict(item) | {"kind": str(item.kind), "params": params}


def _note(session: Session, row: Notice, *, by: Identity | None, now: datetime) -> None:
    journal.append(
        session,
        at=now,
        actor=by,
        action="notices:notice:imported",
        subject=row.id,
        data={
            "consultation": row.reference,
            "identifier": row.identifier,
            "version": row.version,
            "sha256": row.sha256,
            "size": row.size,
        },
        organisation_id=row.organisation_id,
    )
