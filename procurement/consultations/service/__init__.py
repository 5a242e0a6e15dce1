"""The verbs of consultations: drafting, tender documents, publication, registers."""

from procurement.consultations.service.documents import (
    Received,
    add_document,
    check_new_path,
    label_document,
    new_key,
    remove_document,
)
from procurement.consultations.service.drafts import (
    create,
    create_draft,
    numbered_pieces,
    remove_lot,
    save,
    save_lot,
)
from procurement.consultations.service.fields import (
    Allotment,
    Dates,
    DepositRules,
    DraftFields,
    Identification,
    LotFields,
    ProcedureChoice,
    known_cpv,
    known_nuts,
    limits_of,
)
from procurement.consultations.service.publication import (
    extend_deadline,
    publish,
    record_opened,
    refusals,
)
from procurement.consultations.service.register import Withdrawer, complete_withdrawal, record_withdrawal

__all__ = [
    "Allotment",
    "Dates",
    "DepositRules",
    "DraftFields",
    "Identification",
    "LotFields",
    "ProcedureChoice",
    "Received",
    "Withdrawer",
    "add_document",
    "check_new_path",
    "complete_withdrawal",
    "create",
    "create_draft",
    "extend_deadline",
    "known_cpv",
    "known_nuts",
    "label_document",
    "limits_of",
    "new_key",
    "numbered_pieces",
    "publish",
    "record_opened",
    "record_withdrawal",
    "refusals",
    "remove_document",
    "remove_lot",
    "save",
    "save_lot",
]
