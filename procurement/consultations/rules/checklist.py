"""What a draft still lacks, section by section of its task list. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from procurement.consultations.rules.consultation import ConsultationView
from procurement.core.text import _


class Section(StrEnum):
    """The sections of the task list, in the order of the page; they can be filled in any order."""

    IDENTITY = "identity"
    PROCEDURE = "procedure"
    LOTS = "lots"
    DATES = "dates"
    DEPOSIT = "deposit"
    DOCUMENTS = "documents"


class SectionState(StrEnum):
    """How far a section is."""

    FREE = "free"
    """Not begun, and not required."""
    TODO = "todo"
    STARTED = "started"
    DONE = "done"


SECTIONS: dict[Section, str] = {
    Section.IDENTITY: _("Objet, codes et lieu"),
    Section.PROCEDURE: _("Procédure et type de contrat"),
    Section.LOTS: _("Lots"),
    Section.DATES: _("Dates limites"),
    Section.DEPOSIT: _("Règles de dépôt des plis"),
    Section.DOCUMENTS: _("Dossier de consultation (DCE)"),
}


@dataclass(frozen=True)
class Missing:
    """Something to be filled in before publication."""

    section: Section
    code: str
    message: str


def missing(draft: ConsultationView, *, documents: int) -> list[Missing]:
    """Return what is missing, in the order of the page; ``documents`` counts the tender documents."""
    found = [
        *_identity(draft),
        *_procedure(draft),
        *_lots(draft),
        *_dates(draft),
    ]
    if not draft.deposit_confirmed:
        text = _("Vérifiez les limites de dépôt et les pièces demandées.")
        found.append(Missing(Section.DEPOSIT, "consultation.deposit_unconfirmed", text))
    if documents == 0:
        text = _("Ajoutez au moins un document au dossier de consultation.")
        found.append(Missing(Section.DOCUMENTS, "consultation.no_document", text))
    return found


def section_states(draft: ConsultationView, *, documents: int) -> dict[Section, SectionState]:
    """Return how far each section is."""
    lacking = {item.section for item in missing(draft, documents=documents)}
    begun = _begun(draft, documents)
    return {
        section: SectionState.DONE
        if section not in lacking
        else (SectionState.STARTED if section in begun else SectionState.TODO)
        for section in Section
    }


def _begun(draft: ConsultationView, documents: int) -> set[Section]:
    given = {
        Section.IDENTITY: bool(draft.title or draft.description or draft.cpv or draft.nuts),
        Section.PROCEDURE: bool(draft.procedure_code or draft.nature or draft.buyer_category),
        Section.LOTS: draft.allotted is not None,
        Section.DATES: draft.closes_at is not None,
        Section.DEPOSIT: False,
        Section.DOCUMENTS: documents > 0,
    }
    return {section for section, has_begun in given.items() if has_begun}


def _identity(draft: ConsultationView) -> list[Missing]:
    wanted = (
        (draft.title, "consultation.no_title", _("Donnez un intitulé à la consultation.")),
        (draft.description, "consultation.no_description", _("Décrivez l’objet en quelques phrases.")),
        (draft.cpv, "consultation.no_cpv", _("Indiquez le code CPV principal.")),
        (draft.nuts, "consultation.no_place", _("Indiquez le lieu d’exécution.")),
    )
    return [Missing(Section.IDENTITY, code, text) for value, code, text in wanted if not value]


def _procedure(draft: ConsultationView) -> list[Missing]:
    wanted = (
        (draft.procedure, "consultation.no_procedure", _("Choisissez la procédure.")),
        (draft.nature, "consultation.no_nature", _("Choisissez le type de contrat.")),
        (draft.buyer_category, "consultation.no_category", _("Choisissez la catégorie d’acheteur.")),
    )
    return [Missing(Section.PROCEDURE, code, text) for value, code, text in wanted if not value]


def _lots(draft: ConsultationView) -> list[Missing]:
    if draft.allotted is None:
        text = _("Dites si le marché est alloti.")
        return [Missing(Section.LOTS, "consultation.lots_undecided", text)]
    if draft.allotted and not draft.lots:
        return [Missing(Section.LOTS, "consultation.no_lot", _("Décrivez au moins un lot."))]
    if not draft.allotted and not draft.no_lots_reason:
        text = _("Donnez le motif de l’absence d’allotissement (CCP, article L2113-11).")
        return [Missing(Section.LOTS, "consultation.no_lots_reason", text)]
    return []


def _dates(draft: ConsultationView) -> list[Missing]:
    if draft.closes_at is None:
        text = _("Fixez la date limite de remise des plis.")
        return [Missing(Section.DATES, "consultation.no_deadline", text)]
    return []
