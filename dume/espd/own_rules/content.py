"""Look at what a document refers to: codes, lots, evidences, dates of the document itself."""

import re
from collections.abc import Iterator
from datetime import date

from dume.espd.codes import code_lists
from dume.espd.findings import Finding, Severity
from dume.espd.model import NO_LOT, Amount, Code, Document, Identifier
from dume.espd.own_rules.index import properties
from dume.espd.own_rules.parties import in_list
from dume.espd.taxonomy import taxonomy

CPV = re.compile(r"[0-9]{8}(-[0-9])?")
EVIDENCE = "EVIDENCE_IDENTIFIER"


def check(document: Document, today: date) -> Iterator[Finding]:
    """Yield what is wrong with the references of a document, as JSON Pointers into it."""
    issued = document.header.issue_date
    if issued is not None and issued > today:
        yield Finding("PLI-DATE-ORDER", Severity.WARNING, "/header/issue_date", {"date": issued.isoformat()})
    yield from _cpv(document)
    yield from _codes(document)
    yield from _lots(document)
    yield from _evidences(document)


def _cpv(document: Document) -> Iterator[Finding]:
    listed = [("/procedure/cpv", document.procedure.cpv)]
    listed += [(f"/lots/{at}/cpv", lot.cpv) for at, lot in enumerate(document.lots)]
    for place, given in listed:
        for at, value in enumerate(given):
            if not CPV.fullmatch(value):
                yield Finding(
                    "PLI-CODE-UNKNOWN", Severity.WARNING, f"{place}/{at}", {"value": value, "list": "cpv"}
                )


def _codes(document: Document) -> Iterator[Finding]:
    asked = properties(document)
    for at, answer in enumerate(document.answers):
        place, value = f"/answers/{at}/value", answer.value
        if isinstance(value, Amount):
            yield from in_list(value.currency, "currency", place)
        if isinstance(value, Code) and answer.property in asked:
            known = taxonomy().property(asked[answer.property].property.path)
            if known is not None and known.code_list in code_lists():
                yield from in_list(value.value, known.code_list, place)


def _lots(document: Document) -> Iterator[Finding]:
    known = {lot.id for lot in document.lots} or {NO_LOT}
    used = [(f"/criteria/{at}/lots", criterion.lots) for at, criterion in enumerate(document.criteria)]
    used += [(f"/answers/{at}/lots", answer.lots) for at, answer in enumerate(document.answers)]
    for place, lots in used:
        for at, lot in enumerate(lots):
            if lot not in known:
                yield Finding("PLI-LOT-UNKNOWN", Severity.WARNING, f"{place}/{at}", {"value": lot})


def _evidences(document: Document) -> Iterator[Finding]:
    used = {evidence for answer in document.answers for evidence in answer.evidences}
    asked = properties(document)
    for answer in document.answers:
        if answer.property in asked and asked[answer.property].property.value_type == EVIDENCE:
            used.add(answer.value.value if isinstance(answer.value, Identifier) else str(answer.value))
    for at, evidence in enumerate(document.evidences):
        if evidence.id.value not in used:
            yield Finding(
                "PLI-EVIDENCE-UNUSED", Severity.INFO, f"/evidences/{at}", {"value": evidence.id.value}
            )
