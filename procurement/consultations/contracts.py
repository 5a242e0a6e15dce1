"""The contract documents of a consultation: what it says to the clause room, and its drafts put into its tender documents.

The clause room knows no consultation: this module answers it (``FactSource``), keeps a consultation from being
published with a file that its draft no longer says, and freezes the drafts with the publication. ``attaching`` puts its
files into the DCE in one click.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clauses import queries as contracts
from clauses import service as drafting
from clauses.hooks import FactSource, Narrowed, SourceFacts, SourceLot, facts_of
from clauses.queries import DraftView
from clauses.rules.states import ArtefactFormat, DraftState
from dume import queries as dumes
from procurement.accounts import queries as accounts
from procurement.consultations import queries
from procurement.consultations.capacities import levels
from procurement.consultations.errors import ConsultationNotFound, Refusal
from procurement.consultations.rules import (
    PARIS,
    BuyerCategory,
    ConsultationView,
    Envelope,
    LotView,
    Nature,
    SectionState,
    Technique,
)
from procurement.core.security import Identity
from procurement.core.text import _
from procurement.core.vault import KeyVault

#: Our procedures -> those of clause files; a code that is not here has clauses for all procedures only.
PROCEDURES = {
    "mapa": "MAPA",
    "ao_ouvert": "AOO",
    "ao_restreint": "AOR",
    "negociation": "PN",
    "dialogue": "DC",
}
OTHER_PROCEDURE = "AUTRE"
NO_PROCEDURE = _(
    "La bibliothèque ne connaît pas cette procédure : seules les clauses communes à toutes les procédures sont proposées."
)
#: Services are of four contract types, and state buyers of two categories: those are asked in the draft, the others left out.
_TYPES = {Nature.WORKS: "T", Nature.SUPPLIES: "F"}
_NATURES = {Nature.WORKS: "travaux", Nature.SUPPLIES: "fournitures"}
_CATEGORIES = {
    BuyerCategory.OTHER: "autre_pouvoir_adjudicateur",
    BuyerCategory.UTILITIES: "entite_adjudicatrice",
}
_OF_SERVICES = _("La consultation porte sur des services : seuls les choix qui en sont figurent ici.")
_OF_THE_STATE = _("La consultation dit que l’acheteur relève de l’État : seules ces catégories figurent ici.")
_SERVICES = {
    "type_contrat": Narrowed(("S", "PI", "TIC", "MOE"), _OF_SERVICES),
    "nature_achat": Narrowed(("services", "services_sociaux"), _OF_SERVICES),
}
_STATE = {"categorie_acheteur": Narrowed(("etat", "etablissement_etat"), _OF_THE_STATE)}
#: The first that applies counts: an electronic catalogue says nothing of the contract's form.
_TECHNIQUES = {
    Technique.FRAMEWORK: "accord_cadre",
    Technique.DPS: "sad",
    Technique.CONTEST: "concours",
}
_MEGABYTE = 1 << 20
#: The document that is never published.
INTERNAL = "RAPPORT"


class ConsultationFacts:
    """Answer the clause room (``clauses.hooks.FactSource``).

    ``site`` is the address of the buyer profile; ``vault`` opens a DUME that is kept sealed.
    """

    def __init__(self, site: str, vault: Callable[[], KeyVault]) -> None:
        self._site = site
        self._vault = vault

    def facts(self, session: Session, consultation_id: uuid.UUID, lot_id: uuid.UUID | None) -> SourceFacts:
        """Return what a consultation stores, for one of its lots when it is given."""
        found = queries.view(session, consultation_id)
        lot = _lot(found, lot_id) if lot_id else None
        published = found.published_at
        known = found.procedure_code is None or found.procedure_code in PROCEDURES
        return SourceFacts(
            organisation_id=found.organisation_id,
            reference=found.reference,
            title=found.title,
            values=dict(self._values(session, found, lot)),
            narrowed=_narrowed(found),
            lot_number=lot.number if lot else None,
            lot_title=lot.title if lot else "",
            reference_date=published.astimezone(ZoneInfo(PARIS)).date() if published else None,
            notes=() if known else (NO_PROCEDURE,),
            lots=tuple(SourceLot(id=one.id, number=one.number, title=one.title) for one in found.lots),
            services=_services(session, found),
            open=published is None,
        )

    def _values(
        self, session: Session, found: ConsultationView, lot: LotView | None
    ) -> Iterator[tuple[str, Any]]:
        yield "reference", found.reference
        yield "objet", found.title
        yield from _choices(found)
        yield from _lots(found)
        yield from _limits(found)
        yield from _pieces(found, lot)
        if found.cpv:
            yield "cpv_principal", found.cpv
        if found.nuts:
            yield "lieu_execution", found.nuts[0]
        if (cents := _estimate(found)) is not None:
            yield "montant_estime", f"{cents // 100}.{cents % 100:02d}"
        yield "acheteur", _buyer(session, found)
        yield "url_profil", self._site
        dume = dumes.request_tied(session, found.id)
        if dume is not None:
            yield "dume_acheteur", "oui"
            yield "id_dume_acheteur", dume.id_dume
            asked = dumes.document(session, self._vault(), dume)
            yield from levels(asked, f"LOT-{lot.number:04d}" if lot else None)


def path_of(draft: DraftView, form: ArtefactFormat) -> str:
    """Return the name of a draft's file among the tender documents."""
    lot = f" lot {draft.lot_number}" if draft.lot_number is not None else ""
    return f"{draft.document}{lot}.{form}"


def _paths(drafts: Iterable[DraftView]) -> set[str]:
    return {path_of(draft, form) for draft in drafts for form in ArtefactFormat}


def prepare(session: Session, consultation_id: uuid.UUID) -> None:
    """Work out what the drafts of a consultation say, before the publication that freezes them begins to write."""
    for draft in contracts.of_consultation(session, consultation_id):
        _ = contracts.desk(session, draft).evaluation


class ContractsSection:
    """The section of the task list: contract documents are never required, once begun they are finished or left out."""

    key = "contracts"
    title = _("Pièces du marché")
    route = "consultations.contracts"

    def state(self, session: Session, consultation: ConsultationView, now: datetime) -> SectionState:
        """Return how far the documents are; without one there is nothing to do."""
        del now
        drafts = contracts.of_consultation(session, consultation.id)
        if not drafts:
            return SectionState.FREE
        settled = {DraftState.VALIDATED, DraftState.FROZEN}
        return SectionState.DONE if all(one.state in settled for one in drafts) else SectionState.STARTED


class ContractGuard:
    """No publication with a file that its draft, or the consultation, no longer says; ``source`` answers for the latter."""

    def __init__(self, source: FactSource) -> None:
        self._source = source

    def check(self, session: Session, consultation: ConsultationView, now: datetime) -> list[Refusal]:
        """Return what forbids the publication."""
        del now
        drafts = contracts.of_consultation(session, consultation.id)
        attached = [(item.path, item.sha256) for item in queries.documents(session, consultation.id)]
        refused: list[Refusal] = []
        for draft in drafts:
            # Drafts of two lots may say the very same: then the name tells whose file it is.
            others = _paths(one for one in drafts if one.id != draft.id) - _paths([draft])
            mine = [(path, digest) for path, digest in attached if path not in others]
            refused += self._of(session, draft, mine)
        return refused

    def _of(self, session: Session, draft: DraftView, attached: list[tuple[str, str]]) -> Iterator[Refusal]:
        made = contracts.artefact_hashes(session, draft.id)
        current = contracts.artefact_hashes(session, draft.id, revision=draft.revision)
        settled = draft.state in {DraftState.VALIDATED, DraftState.FROZEN}
        files = [(path, digest in current and settled) for path, digest in attached if digest in made]
        yield from (_stale(path) for path, holds in files if not holds)
        holding = [path for path, holds in files if holds]
        if holding:
            yield from self._upstream(session, draft, holding)

    def _upstream(self, session: Session, draft: DraftView, paths: list[str]) -> Iterator[Refusal]:
        """Yield what the consultation says otherwise than a draft whose files are attached."""
        assert draft.consultation_id is not None
        said = facts_of(self._source, session, draft.consultation_id, draft.lot_id)
        if said.lot_gone:
            yield from (_lot_gone(path) for path in paths)
            return
        found = contracts.upstream_of(session, draft, said)
        if found.changed:
            known = contracts.edition(session, draft.release_id).library.facts
            names = ", ".join(
                known[one.fact].label.fr if one.fact in known else one.fact for one in found.changes
            )
            yield from (_overtaken(path, names) for path in paths)


class ContractsFrozen:
    """The validated drafts of a consultation are frozen with its publication, in the same transaction."""

    def published(
        self, session: Session, consultation: ConsultationView, *, by: Identity, now: datetime
    ) -> None:
        """Freeze what is validated; a draft that is not has no place in what is published."""
        for draft in contracts.of_consultation(session, consultation.id):
            if draft.state is DraftState.VALIDATED:
                drafting.freeze(session, draft.id, by=by, now=now)


def _stale(path: str) -> Refusal:
    message = _(
        "Le document « %(path)s » du dossier ne dit plus la même chose que sa rédaction, ou n’est plus validé. "
        "Validez-la et joignez-la de nouveau, ou retirez-le."
    )
    return Refusal("consultation.contract_changed", message, {"path": path}, "consultations.documents")


def _lot_gone(path: str) -> Refusal:
    message = _(
        "Le document « %(path)s » du dossier est écrit pour un lot qui n’est plus dans la consultation. Retirez-le du dossier."
    )
    return Refusal("consultation.contract_lot_gone", message, {"path": path}, "consultations.documents")


def _overtaken(path: str, facts: str) -> Refusal:
    message = _(
        "La consultation a changé depuis la validation du document « %(path)s » du dossier (%(facts)s). Faites-le rendre à la "
        "rédaction, reprenez les données, validez-le et joignez-le de nouveau, ou retirez-le."
    )
    params = {"path": path, "facts": facts}
    return Refusal("consultation.contract_overtaken", message, params, "consultations.documents")


def _services(session: Session, found: ConsultationView) -> tuple[uuid.UUID, ...]:
    return tuple(accounts.service_and_parents(session, found.service_id)) if found.service_id else ()


def _lot(found: ConsultationView, lot_id: uuid.UUID) -> LotView:
    lot = next((one for one in found.lots if one.id == lot_id), None)
    if lot is None:
        raise ConsultationNotFound
    return lot


def _choices(found: ConsultationView) -> Iterator[tuple[str, str]]:
    if found.nature in _TYPES:
        yield "type_contrat", _TYPES[found.nature]
        yield "nature_achat", _NATURES[found.nature]
    if found.buyer_category in _CATEGORIES:
        yield "categorie_acheteur", _CATEGORIES[found.buyer_category]
    if found.procedure_code:
        yield "procedure", PROCEDURES.get(found.procedure_code, OTHER_PROCEDURE)
        yield (
            "technique",
            next((code for one, code in _TECHNIQUES.items() if one in found.techniques), "aucune"),
        )


def _narrowed(found: ConsultationView) -> dict[str, Narrowed]:
    services = _SERVICES if found.nature is Nature.SERVICES else {}
    return services | (_STATE if found.buyer_category is BuyerCategory.CENTRAL else {})


def _lots(found: ConsultationView) -> Iterator[tuple[str, Any]]:
    if found.allotted is None:
        return
    yield "allotissement", "oui" if found.allotted else "non"
    if found.allotted and found.lots:
        yield "lots", [_row(lot) for lot in found.lots]
    if found.no_lots_reason:
        yield "precisions_non_allotissement", found.no_lots_reason


def _row(lot: LotView) -> dict[str, str]:
    row = {"numero": str(lot.number), "intitule": lot.title, "description": lot.description, "cpv": lot.cpv}
    return {key: value for key, value in row.items() if value}


def _limits(found: ConsultationView) -> Iterator[tuple[str, Any]]:
    if found.closes_at is not None:
        yield "date_limite", found.closes_at.isoformat(timespec="minutes")
    if (days := _questions(found)) is not None:
        yield "delai_questions_jours", str(days)
    if found.deposit_confirmed:
        yield "taille_max", str(found.limits.total_bytes // _MEGABYTE)
        if found.limits.types:
            yield "formats", [form.upper() for form in found.limits.types]


def _questions(found: ConsultationView) -> int | None:
    """Return how many whole days before the deadline questions end; None when it is no number of days."""
    if found.questions_at is None or found.closes_at is None:
        return None
    zone = ZoneInfo(PARIS)
    # By the calendar of Paris: a change of the clock between the two does not count.
    asked, closed = (
        one.astimezone(zone).replace(tzinfo=None) for one in (found.questions_at, found.closes_at)
    )
    whole, rest = divmod(closed - asked, timedelta(days=1))
    return whole if whole > 0 and not rest else None


def _pieces(found: ConsultationView, lot: LotView | None) -> Iterator[tuple[str, list[str]]]:
    """Yield the pieces of the offer: the consultation's and those of its lots, of one lot alone when it is given."""
    lots = [lot] if lot else found.lots
    own = [piece.label for piece in found.pieces if piece.envelope == Envelope.OFFRE]
    own += [
        piece.label if lot else f"{piece.label} (lot {one.number})"
        for one in lots
        for piece in one.pieces
        if piece.envelope == Envelope.OFFRE
    ]
    if own:
        yield "pieces_offre", list(dict.fromkeys(own))


def _estimate(found: ConsultationView) -> int | None:
    """Return the estimate of all lots together (CCP R2121-1): the consultation's own, else their sum once each has one."""
    if found.estimated_cents is not None:
        return found.estimated_cents
    lots = [lot.estimated_cents for lot in found.lots]
    return sum(cents for cents in lots if cents is not None) if lots and None not in lots else None


def _buyer(session: Session, found: ConsultationView) -> dict[str, str]:
    organisation = accounts.organisation(session, found.organisation_id)
    assert organisation is not None
    town = f"{organisation.postal_code} {organisation.city}".strip()
    address = ", ".join(part for part in (organisation.address, town) if part)
    record = {"nom": organisation.legal_name, "siret": organisation.siret, "adresse": address}
    return {key: value for key, value in record.items() if value}
