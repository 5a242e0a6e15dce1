"""A response as questions on a page: a tree of fields made from the request, and what a person posted read back.

The tree knows nothing of the web: names and texts in, texts and values out. `complete` and the validator have the last word.
"""

from dume.forms.fields import Choice, Field, Part, Question, Requirement, Scope, Widget
from dume.forms.reading import Read, read
from dume.forms.shown import badge, fields_of, operator_label, said
from dume.forms.texts import named
from dume.forms.tree import More, other_lots, parts

__all__ = [
    "Choice",
    "Field",
    "More",
    "Part",
    "Question",
    "Read",
    "Requirement",
    "Scope",
    "Widget",
    "badge",
    "fields_of",
    "named",
    "operator_label",
    "other_lots",
    "parts",
    "read",
    "said",
]
