"""The buyer's DUME of a consultation: a section of the task list, a condition of publication, published with it.

It is never required (a buyer accepts a DUME, CCP R2143-4, and may do without one of its own); once begun it goes with
the consultation, or is deleted.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dume import queries as dumes
from dume import service as dume
from dume.espd.model import NO_LOT, Address, Buyer, Contact, Identifier, Lot, Party, Procedure
from dume.queries import Dume
from dume.rules import Status
from dume.service import Tie
from procurement.accounts import queries as accounts
from procurement.consultations.errors import Refusal
from procurement.consultations.rules import ConsultationView, SectionState
from procurement.core.security import Identity
from procurement.core.text import _

ROUTE = "consultations.dume"
_READY = frozenset({Status.VALID, Status.PUBLISHED})
#: Longest title that the list of DUMEs keeps; see ``dume.service.writing``.
_TITLE = 300


class DumeSection:
    """The section of the task list."""

    key = "dume"
    title = _("DUME de l’acheteur")
    route = ROUTE

    def state(self, session: Session, consultation: ConsultationView, now: datetime) -> SectionState:
        """Return how far the DUME is; without one there is nothing to do."""
        del now
        row = dumes.request_tied(session, consultation.id)
        if row is None:
            return SectionState.FREE
        return SectionState.STARTED if refusals(row, consultation) else SectionState.DONE


class DumeGuard:
    """No publication with a DUME that is not valid, or that says something else than the consultation."""

    def check(self, session: Session, consultation: ConsultationView, now: datetime) -> list[Refusal]:
        """Return what forbids the publication."""
        del now
        row = dumes.request_tied(session, consultation.id)
        return [] if row is None else refusals(row, consultation)


class DumePublished:
    """The DUME is published with its consultation, in the same transaction."""

    def published(
        self, session: Session, consultation: ConsultationView, *, by: Identity, now: datetime
    ) -> None:
        """Publish the DUME, if there is one."""
        row = dumes.request_tied(session, consultation.id)
        if row is not None:
            dume.publish(session, row, tie=tie(consultation), by=by, now=now)


class DumeDeadline:
    """A deadline moved later is the DUME's as well."""

    def deadline_changed(
        self,
        session: Session,
        consultation: ConsultationView,
        *,
        before: datetime,
        by: Identity,
        now: datetime,
    ) -> None:
        """Tell the DUME."""
        del before
        assert consultation.closes_at is not None
        dume.move_deadline(session, consultation.id, consultation.closes_at, by=by, now=now)


def refusals(row: Dume, consultation: ConsultationView) -> list[Refusal]:
    """Return why a DUME cannot be published with its consultation yet."""
    found = []
    if dumes.status_of(row) not in _READY:
        text = _(
            "Le DUME de l’acheteur n’est pas validé. Validez-le, ou supprimez-le : il n’est pas obligatoire."
        )
        found.append(Refusal("consultation.dume_not_valid", text, url_route=ROUTE))
    if differs(row, consultation):
        text = _(
            "Le DUME de l’acheteur ne dit plus la même chose que la consultation (intitulé ou lots). "
            "Reprenez-y les données de la consultation, puis validez-le."
        )
        found.append(Refusal("consultation.dume_differs", text, url_route=ROUTE))
    return found


def differs(row: Dume, consultation: ConsultationView) -> bool:
    """Tell whether a DUME names another title or other lots than its consultation."""
    title = consultation.title.strip()
    shown = title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"
    return row.title != shown or set(row.lots) != {lot.id for lot in lots(consultation)}


def tie(consultation: ConsultationView) -> Tie:
    """Return the consultation as a DUME knows it."""
    return Tie(
        reference=consultation.reference,
        consultation_id=consultation.id,
        lots=tuple(lot.id for lot in lots(consultation)),
        closes_at=consultation.closes_at,
        buyer_organisation_id=consultation.organisation_id,
    )


def lots(consultation: ConsultationView) -> tuple[Lot, ...]:
    """Return the lots as a DUME writes them; one that stands for the whole without allotment."""
    found = tuple(
        Lot(f"LOT-{lot.number:04d}", lot.title, lot.description, (lot.cpv,) if lot.cpv else ())
        for lot in consultation.lots
    )
    return found or (Lot(NO_LOT),)


def procedure(consultation: ConsultationView) -> Procedure:
    """Return what is bought as a DUME writes it."""
    known = consultation.procedure
    codes = tuple(code for code in (consultation.cpv, *consultation.cpv_more) if code)
    return Procedure(
        known.eforms_procedure if known else "", consultation.title, consultation.description, codes
    )


def buyer(session: Session, consultation: ConsultationView, *, by: Identity, site: str) -> Buyer:
    """Return the buyer as a DUME writes it: its registered name and address, and who writes as its contact."""
    found = accounts.organisation(session, consultation.organisation_id)
    assert found is not None
    party = Party(
        identifiers=(Identifier(found.siret, scheme="NATIONAL"),),
        name=found.legal_name,
        website=site,
        endpoint=Identifier(by.email, scheme="EM"),
        address=Address(found.address, found.city, found.postal_code, found.country),
        contact=Contact(by.name, "", "", by.email),
    )
    return Buyer(party=party, profile_uri=site)


def published_dume(request: Any, consultation: ConsultationView) -> dict[str, Any] | None:
    """Return what the public page says of the DUME in force: its identifier, since when, the digest of its XML."""
    row = dumes.request_for(request.db, consultation.id)
    if row is None:
        return None
    fixed = dumes.revision(request.db, row)
    return {
        "id_dume": row.id_dume,
        "published_at": row.published_at,
        "sha256": fixed.sha256,
        "mode": row.mode,
    }
