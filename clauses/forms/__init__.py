"""What people type for facts: a field of the page for each type, read back as files hold it."""

from clauses.forms.answers import FactField, Option, field_of, given_in
from clauses.forms.texts import BeginForm, DateForm, DerogationForm, ReasonForm, RemarkForm

__all__ = [
    "BeginForm",
    "DateForm",
    "DerogationForm",
    "FactField",
    "Option",
    "ReasonForm",
    "RemarkForm",
    "field_of",
    "given_in",
]
