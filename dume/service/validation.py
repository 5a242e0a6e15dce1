"""Check a DUME, and make it valid: the official verdict, what our own rules block, and no value merely proposed."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, time

from sqlalchemy.orm import Session

from dume.espd import complete, own_rules
from dume.espd import validate as engine
from dume.espd.findings import Finding, Severity
from dume.espd.model import Document, Kind
from dume.models import Dume
from dume.queries.content import document, documents, lots_of, revision, write
from dume.queries.rows import status_of
from dume.rules import Status, Verb
from dume.service.news import tell
from dume.service.operator import proposed_operator
from dume.service.terms import Checked
from dume.service.writing import check, fill, lock, note
from procurement.core.security import Identity
from procurement.core.vault import KeyVault

__all__ = ["check_document", "check_dume", "validate"]

#: A value of the operator itself that nobody has confirmed: a DUME is a sworn statement.
UNCONFIRMED = "PLI-TO-CONFIRM"


def check_dume(session: Session, vault: KeyVault, row: Dume, *, now: datetime) -> Checked:
    """Return what stands between a DUME and its validation, without changing anything."""
    what = document(session, vault, row)
    contents = [content for _lot, content in documents(session, vault, row)]
    return _with_operator(session, vault, row, _judge(contents, what, now))


def check_document(what: Document, lots: tuple[str, ...], *, now: datetime) -> Checked:
    """Return what stands between a document and its validation."""
    return _judge([write(what, lot) for lot in lots], what, now)


def validate(session: Session, vault: KeyVault, row: Dume, *, by: Identity | None, now: datetime) -> Checked:
    """Validate a DUME whose check finds nothing that blocks; otherwise only say what was found.

    The revision is then fixed, one document per lot; a second time does nothing more.
    """
    lock(session, row)
    if status_of(row) is Status.VALID:
        return check_dume(session, vault, row, now=now)
    check(row, Verb.VALIDATE)
    what = document(session, vault, row)
    what = replace(what, header=replace(what.header, issue_date=now.date(), issue_time=_time(now)))
    lots = lots_of(row)
    found = _with_operator(session, vault, row, check_document(what, lots, now=now))
    if not found.ready:
        return found
    fixed = revision(session, row)
    fill(session, vault, row, fixed, what, lots)
    fixed.validated_at = row.validated_at = now
    row.edition += 1
    session.flush()
    note(session, row, "validated", by=by, now=now, data={"revision": row.revision, "sha256": fixed.sha256})
    tell(session, row, "dume.validated", now=now)
    return found


def _judge(contents: list[bytes], what: Document, now: datetime) -> Checked:
    """Gather the official findings of every document, each once, and ours about the whole."""
    verdicts = [engine.validate(content) for content in contents]
    own = tuple(_shown(own_rules.check(what, now), what))
    valid = all(verdict.valid for verdict in verdicts)
    blocked = any(finding.severity is not Severity.INFO for finding in own)
    return Checked(valid=valid, ready=valid and not blocked, findings=(*_told(verdicts), *own))


def _shown(findings: Iterable[Finding], what: Document) -> Iterator[Finding]:
    """Leave out what is found in questions that are hidden: their answers are kept, and not part of the statement."""
    shown = complete.visible(what)
    return (one for one in findings if one.params.get("property", "") in {"", *shown})


def _with_operator(session: Session, vault: KeyVault, row: Dume, found: Checked) -> Checked:
    """Add what is proposed of the operator itself and nobody has confirmed."""
    if row.kind is Kind.REQUEST:
        return found
    more = tuple(
        Finding(UNCONFIRMED, Severity.WARNING, "/economic_operator", {"property": one.place.property})
        for one in proposed_operator(session, vault, row)
    )
    return replace(found, ready=found.ready and not more, findings=(*found.findings, *more))


def _told(verdicts: list[engine.Verdict]) -> Iterator[Finding]:
    """Give each finding once: the documents of several lots share most of theirs."""
    seen: set[tuple[object, ...]] = set()
    for finding in (one for verdict in verdicts for one in verdict.findings):
        key = (finding.rule, finding.path, *sorted(finding.params.items()))
        if key not in seen:
            seen.add(key)
            yield finding


def _time(now: datetime) -> time:
    return now.time().replace(microsecond=0, tzinfo=None)
