"""What companies answered, lot by lot and criterion by criterion: the DUMEs of opened envelopes, and no other."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from dume import queries as dumes
from dume import wording as words
from dume.espd import complete
from dume.espd.complete.showing import below
from dume.espd.model import NO_LOT, Criterion, Document, PropertyType
from dume.espd.taxonomy import taxonomy
from dume.queries import Dume, SourceView
from dume.rendering.rows import Row, sections
from dume.rules import Role, buyer_may_read
from procurement.bids.queries import envelopes, openings
from procurement.bids.queries.dumes import file_of
from procurement.bids.queries.envelopes import EnvelopeView
from procurement.bids.queries.openings import Bidder
from procurement.bids.queries.tender import Tender
from procurement.bids.rules import EnvelopeState
from procurement.bids.thresholds import Reached, thresholds
from procurement.core.vault import KeyVault


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One company's response: who, in which bid, what it says for the lot, its sources and its proofs.

    ``same_file`` tells whether a file of the opened bid is this response, byte for byte; None for the member of a group,
    whose lead seals its own.
    """

    id_dume: str
    name: str
    siret: str
    role: Role | None
    bidder: Bidder
    deposit_id: uuid.UUID
    received_at: datetime
    document: Document
    same_file: bool | None
    sources: tuple[SourceView, ...]
    proofs: tuple[SourceView, ...]

    def proof_name(self, proof: SourceView) -> str:
        """Return how the document names a proof."""
        titles = (
            one.reference.title
            for one in self.document.evidences
            if one.id.value == proof.evidence and one.reference
        )
        return next((title for title in titles if title), proof.evidence or proof.source)


@dataclass(frozen=True, kw_only=True)
class Minimum:
    """A minimum that the buyer demands, in words, and whether one company's answers reach it."""

    path: str
    label: str
    reached: Reached


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What one company says about one criterion; ``attention``: an exclusion ground that it declares."""

    answered: Answered
    rows: tuple[Row, ...]
    thresholds: tuple[Minimum, ...]
    asked: bool
    attention: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """One criterion, what the buyer demands, and a cell per company."""

    code: str
    kind: str
    title: str
    requirements: tuple[Row, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class LotComparison:
    """The comparison of one lot (0 without allotment)."""

    lot: int
    title: str
    answered: tuple[Answered, ...]
    lines: tuple[Line, ...]


def opened_responses(
    session: Session, tender: Tender, *, now: datetime
) -> list[tuple[Dume, list[EnvelopeView]]]:
    """Return the responses that the buyer may read now, each with the opened envelopes of its deposit.

    They stand by the time their bids came, the lead of a group first.
    """
    opened: dict[uuid.UUID, list[EnvelopeView]] = {}
    for view in envelopes.of_consultation(session, tender.id, deadline=tender.deadline, now=now):
        if view.state is EnvelopeState.OPENED:
            opened.setdefault(view.deposit_id, []).append(view)
    return [
        (row, views)
        for deposit_id, views in opened.items()
        for row in sorted(dumes.of_deposit(session, deposit_id), key=_place)
        if buyer_may_read(dumes.opening_facts(row), now)
    ]


def compare(
    session: Session, vault: KeyVault, tender: Tender, lot: int, *, lang: str, now: datetime
) -> LotComparison:
    """Return the comparison of one lot."""
    answered = [
        _answered(session, vault, row, lot, own)
        for row, own in opened_responses(session, tender, now=now)
        if _is_for(row, lot)
    ]
    asked = _asked(session, vault, tender, lot)
    return LotComparison(
        lot=lot,
        title=dict(tender.lots).get(lot, ""),
        answered=tuple(answered),
        lines=tuple(_lines(asked, answered, lang)),
    )


def _place(row: Dume) -> tuple[int, str]:
    roles = list(Role)
    # The lead stands before its members, whose order is that of the roles.
    return (-1 if row.role is Role.LEAD else roles.index(row.role) if row.role else len(roles), row.id_dume)


def _is_members(row: Dume) -> bool:
    return row.consortium_id is not None and row.role is not Role.LEAD


def lot_id(lot: int) -> str:
    """Return how a DUME names a lot."""
    return f"LOT-{lot:04d}" if lot else NO_LOT


def _is_for(row: Dume, lot: int) -> bool:
    return not lot or not row.lots or lot_id(lot) in row.lots


def _answered(session: Session, vault: KeyVault, row: Dume, lot: int, own: list[EnvelopeView]) -> Answered:
    """Read one response; ``own`` are the opened envelopes of its deposit."""
    found = openings.files_of(session, [view.id for view in own])
    digests = {file.digest for files in found.values() for file in files}
    document = dumes.document(session, vault, row)
    operator = document.economic_operator
    return Answered(
        id_dume=row.id_dume,
        name=(operator.party.name if operator else "") or row.siret,
        siret=row.siret,
        role=row.role,
        bidder=openings.bidder(session, own[0]),
        deposit_id=own[0].deposit_id,
        received_at=own[0].received_at,
        document=complete.for_lot(document, lot_id(lot)) if lot else document,
        same_file=None
        if _is_members(row)
        else sha256(file_of(session, vault, row)[2]).hexdigest() in digests,
        sources=dumes.freshness(session, row),
        proofs=dumes.evidences(session, row),
    )


def _asked(session: Session, vault: KeyVault, tender: Tender, lot: int) -> Document | None:
    """Return the request in force for the lot; responses to an earlier one stand beside it."""
    row = dumes.request_for(session, tender.id)
    if row is None:
        return None
    document = dumes.document(session, vault, row)
    return complete.for_lot(document, lot_id(lot)) if lot else document


def _lines(asked: Document | None, answered: list[Answered], lang: str) -> Iterator[Line]:
    known = {code: criterion for one in answered for code, criterion in _criteria(one.document).items()}
    demands = _rows(asked, lang) if asked else {}
    said = {one.id_dume: _rows(one.document, lang) for one in answered}
    for code in dict.fromkeys((*(_criteria(asked) if asked else ()), *known)):
        kind = _kind(code)
        cells = tuple(_cell(one, code, kind, said[one.id_dume].get(code, ())) for one in answered)
        title = words.criterion_name(code, lang) or (known[code].name if code in known else "") or code
        wanted = tuple(row for row in demands.get(code, ()) if row.kind == "requirement")
        yield Line(code=code, kind=kind, title=title, requirements=wanted, cells=cells)


def _criteria(document: Document) -> dict[str, Criterion]:
    return {criterion.code: criterion for criterion in document.criteria}


def _rows(document: Document, lang: str) -> dict[str, tuple[Row, ...]]:
    """Return what a document says of each criterion, as its page and its PDF say it."""
    codes = _criteria(document)
    found: dict[str, tuple[Row, ...]] = {}
    for part in sections(document, lang):
        if part.code in codes:
            found[part.code] = (*found.get(part.code, ()), *part.rows)
    return found


def _kind(code: str) -> str:
    found = taxonomy().by_code.get(code)
    return str(found.kind) if found is not None else "other"


def _cell(one: Answered, code: str, kind: str, rows: tuple[Row, ...]) -> Cell:
    criteria = [criterion for criterion in one.document.criteria if criterion.code == code]
    minimums = _minimums(one.document, criteria, rows) if kind == "selection" else ()
    return Cell(
        answered=one,
        rows=tuple(row for row in rows if row.kind == "answer"),
        thresholds=tuple(minimums),
        asked=bool(criteria),
        attention=kind == "exclusion" and any(_declared(one.document, criterion) for criterion in criteria),
    )


def _minimums(document: Document, criteria: list[Criterion], rows: tuple[Row, ...]) -> Iterator[Minimum]:
    demands = {row.path: f"{row.label} : {row.value}" for row in rows if row.kind == "requirement"}
    for criterion in criteria:
        for one in thresholds(document, criterion):
            path = one.property.id
            yield Minimum(path=path, label=demands.get(path, path), reached=one.reached)


def _declared(document: Document, criterion: Criterion) -> bool:
    """Tell whether the first yes-or-no question of an exclusion ground is answered with yes."""
    questions: Iterable[str] = (
        entry.id
        for group in criterion.groups
        for entry in below(group)
        if entry.type is PropertyType.QUESTION and entry.value_type == "INDICATOR"
    )
    first = next(iter(questions), None)
    return any(answer.property == first and answer.value is True for answer in document.answers)
