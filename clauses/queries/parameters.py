"""The one dated table of legal figures of the whole application."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clauses.models import ParameterValue
from clauses.queries.releases import in_force
from clauses.rules.model import ANY


@dataclass(frozen=True, kw_only=True)
class LegalFigure:
    """A figure as it holds on a date, with where it comes from."""

    key: str
    value: Decimal | date
    unit: str
    start: date
    end: date | None
    source: str
    verified_by: str


def parameter(
    session: Session, key: str, *, on: date, buyer_category: str = "", nature: str = ""
) -> LegalFigure | None:
    """Return a legal figure on a reference date (dispatch of the notice, else launch: CCP R2121-3), never today's.

    ``buyer_category`` and ``nature`` are codes of ``faits.yaml``. None when no library is in force, or it has none.
    """
    release = in_force(session, on)
    if release is None:
        return None
    query = select(ParameterValue).where(
        ParameterValue.release_id == release.id,
        ParameterValue.key == key,
        ParameterValue.start_on <= on,
        or_(ParameterValue.end_on.is_(None), ParameterValue.end_on >= on),
    )
    rows = [
        row
        for row in session.scalars(query)
        if _for(row.buyer_category, buyer_category) and _for(row.nature, nature)
    ]
    return _figure(rows[0]) if rows else None


def _for(selectors: list[str], code: str) -> bool:
    return ANY in selectors or code in selectors


def _figure(row: ParameterValue) -> LegalFigure:
    return LegalFigure(
        key=row.key, value=_typed(row.value), unit=row.unit, start=row.start_on, end=row.end_on,
        source=row.source, verified_by=row.verified_by,
    )  # fmt: skip


def _typed(text: str) -> Decimal | date:
    """Return a figure as it was written: a date has two hyphens, a number none."""
    return date.fromisoformat(text) if text.count("-") == 2 else Decimal(text)  # noqa: PLR2004  # year-month-day
