"""Forms of consultations: sections of a draft, lots, documents, identification, search."""

from procurement.consultations.forms.criteria import Criteria
from procurement.consultations.forms.limits import DatesForm, DepositForm
from procurement.consultations.forms.sections import (
    AllotmentForm,
    CreateForm,
    IdentifyForm,
    IdentityForm,
    LabelForm,
    LotForm,
    ProcedureForm,
)

__all__ = [
    "AllotmentForm",
    "CreateForm",
    "Criteria",
    "DatesForm",
    "DepositForm",
    "IdentifyForm",
    "IdentityForm",
    "LabelForm",
    "LotForm",
    "ProcedureForm",
]
