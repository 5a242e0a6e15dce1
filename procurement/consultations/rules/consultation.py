"""A consultation as other rooms see it: frozen, detached from the database. Pure."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from procurement.consultations.rules.procedures import Procedure, procedures
from procurement.consultations.rules.states import Facts, State, state
from procurement.core.text import _


class Nature(StrEnum):
    """Contract type (CCP L1111-1)."""

    WORKS = "works"
    SUPPLIES = "supplies"
    SERVICES = "services"

    @property
    def label(self) -> str:
        """Return the marked French name."""
        return {"works": _("Travaux"), "supplies": _("Fournitures"), "services": _("Services")}[self.value]


class BuyerCategory(StrEnum):
    """Category of the buyer; thresholds depend on it."""

    CENTRAL = "central"
    OTHER = "other"
    UTILITIES = "utilities"

    @property
    def label(self) -> str:
        """Return the marked French name."""
        return {
            "central": _("État et établissements publics de l’État"),
            "other": _("Collectivité, hôpital ou autre pouvoir adjudicateur"),
            "utilities": _("Entité adjudicatrice (réseaux)"),
        }[self.value]


class Technique(StrEnum):
    """Purchasing techniques (CCP L2125-1): a set beside the procedure."""

    FRAMEWORK = "framework"
    CONTEST = "contest"
    DPS = "dps"
    E_CATALOGUE = "e_catalogue"

    @property
    def label(self) -> str:
        """Return the marked French name."""
        return {
            "framework": _("Accord-cadre"),
            "contest": _("Concours"),
            "dps": _("Système d’acquisition dynamique"),
            "e_catalogue": _("Catalogue électronique"),
        }[self.value]


class Envelope(StrEnum):
    """What an envelope of a bid holds."""

    CANDIDATURE = "candidature"
    OFFRE = "offre"
    ANONYMAT = "anonymat"

    @property
    def label(self) -> str:
        """Return the marked French name."""
        return {
            "candidature": _("Candidature"),
            "offre": _("Offre"),
            "anonymat": _("Projet anonyme"),
        }[self.value]


class Relation(StrEnum):
    """How a later bid may stand to an earlier one of the same company."""

    REPLACE = "remplace"
    COMPLETE = "complete"

    @property
    def label(self) -> str:
        """Return the marked French name."""
        return {
            "remplace": _("Remplacer un pli déjà déposé"),
            "complete": _("Compléter un pli déjà déposé"),
        }[self.value]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one deposit may hold; ``types`` are file endings without the dot, none means all."""

    file_bytes: int
    files: int
    total_bytes: int
    types: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece that every bid must hold; lot 0 stands for the whole consultation."""

    code: str
    label: str
    envelope: str
    lot: int = 0


@dataclass(frozen=True, kw_only=True)
class LotView:
    """One lot."""

    id: uuid.UUID
    number: int
    title: str
    description: str = ""
    cpv: str | None = None
    estimated_cents: int | None = None
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DocumentView:
    """One tender document; ``path`` is its name byte for byte, folders included."""

    id: uuid.UUID
    path: str
    label: str
    media_type: str
    size: int
    sha256: str
    crc32: int
    storage_key: str


@dataclass(frozen=True, kw_only=True)
class ConsultationView:
    """Everything upper rooms ask of a consultation."""

    id: uuid.UUID
    reference: str
    organisation_id: uuid.UUID
    service_id: uuid.UUID | None
    buyer_name: str
    buyer_siret: str
    facts: Facts
    created_at: datetime
    limits: Limits
    title: str = ""
    description: str = ""
    procedure_code: str | None = None
    nature: Nature | None = None
    buyer_category: BuyerCategory | None = None
    techniques: tuple[Technique, ...] = ()
    single_envelope: bool = False
    allotted: bool | None = None
    no_lots_reason: str = ""
    lots: tuple[LotView, ...] = ()
    cpv: str | None = None
    cpv_more: tuple[str, ...] = ()
    nuts: tuple[str, ...] = ()
    estimated_cents: int | None = None
    zone: str = "Europe/Paris"
    questions_at: datetime | None = None
    deadline_ground: str | None = None
    deadline_reason: str = ""
    deposit_confirmed: bool = False
    pieces: tuple[Piece, ...] = ()
    relations: tuple[Relation, ...] = ()
    dce_version: int | None = None
    dce_sha256: str | None = None
    archive_size: int | None = None

    @property
    def closes_at(self) -> datetime | None:
        """Return the one deadline of candidatures and offers."""
        return self.facts.closes_at

    @property
    def published_at(self) -> datetime | None:
        """Return when it became public, or nothing for a draft."""
        return self.facts.published_at

    @property
    def procedure(self) -> Procedure | None:
        """Return the type of procedure, once chosen."""
        return procedures().get(self.procedure_code) if self.procedure_code else None

    @property
    def envelopes(self) -> tuple[str, ...]:
        """Return the kinds of envelope that a bid has."""
        if self.procedure is None:
            return ()
        return (Envelope.OFFRE.value,) if self.single_envelope else self.procedure.envelopes

    @property
    def all_pieces(self) -> tuple[Piece, ...]:
        """Return the required pieces of the consultation, then those of each lot."""
        return (*self.pieces, *(piece for lot in self.lots for piece in lot.pieces))

    def state(self, now: datetime) -> State:
        """Return where it stands at ``now``."""
        return state(self.facts, now)
