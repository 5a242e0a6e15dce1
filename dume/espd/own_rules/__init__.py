"""Our own rules, for what the official ones do not see: they never change the verdict, but most block at *valider*.

They read the model, so they hold for a document of any version once it is imported; their paths are JSON Pointers into
the document as ``dume.espd.codec`` writes it.
"""

from datetime import date, datetime

from dume.espd.findings import Finding, Severity
from dume.espd.importing import read
from dume.espd.model import Document
from dume.espd.own_rules import answers, content, parties

#: Every rule of ours that a document can break, without the two about files that cannot be read.
RULES = (
    "PLI-ANSWER-MISSING",
    "PLI-CODE-UNKNOWN",
    "PLI-DATE-ORDER",
    "PLI-EVIDENCE-UNUSED",
    "PLI-LOT-UNKNOWN",
    "PLI-NUMBER-RANGE",
    "PLI-SIRET",
    "PLI-STALE",
    "PLI-SUBCONT-SELECTION",
    "PLI-TO-CONFIRM",
)


def check(document: Document, now: datetime) -> tuple[Finding, ...]:
    """Return what our rules find in a document: warnings, which block, and information, which does not."""
    today: date = now.date()
    return (
        *parties.check(document, today),
        *content.check(document, today),
        *answers.check(document, today),
    )


def blocking(document: Document, now: datetime) -> tuple[Finding, ...]:
    """Return the findings that forbid to validate a document (``valider``): all but information."""
    return tuple(found for found in check(document, now) if found.severity is not Severity.INFO)


def check_file(data: bytes, now: datetime) -> tuple[Finding, ...]:
    """Return what our rules find in the bytes of a DUME of any readable version; raise an ESPDError for other bytes."""
    return check(read(data).document, now)
