"""Build requests and responses, and tell what is shown, what is missing and what a lot sees. Pure.

A buyer's request is made from its choices of criteria; a company's response starts from the request and its role. Hidden
answers stay in the draft; ``exported`` leaves them out, as ``for_lot`` does for the one document of a lot.
"""

from dume.espd.complete.answering import response, with_answers
from dume.espd.complete.asking import Choice, Mode, Requirements, request
from dume.espd.complete.choosing import choices_of
from dume.espd.complete.lots import exported, for_lot
from dume.espd.complete.showing import Missing, missing, visible

__all__ = [
    "Choice",
    "Missing",
    "Mode",
    "Requirements",
    "choices_of",
    "exported",
    "for_lot",
    "missing",
    "request",
    "response",
    "visible",
    "with_answers",
]
