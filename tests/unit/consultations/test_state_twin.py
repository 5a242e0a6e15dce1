"""The state in SQL is the state of the pure rule, on both engines."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from procurement.consultations import queries, rules
from procurement.consultations.models import Consultation
from tests.factories.accounts import create_buyer
from tests.factories.consultations import create_draft

#: Small whole steps around now, so that equalities are hit.
steps = st.none() | st.integers(-3, 3)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.fixed_dictionaries(dict.fromkeys(rules.Facts.__dataclass_fields__, steps)))
def test_state_in_sql_equals_the_rule(session: Session, now: datetime, facts: dict[str, int | None]) -> None:
    made = session.info.get("made")
    if made is None:
        buyer = create_buyer(session, now)
        made = session.info["made"] = create_draft(session, buyer, now).id
    values = {
        name: None if step is None else now + timedelta(milliseconds=step) for name, step in facts.items()
    }
    if values["published_at"] is not None and not _allowed(values):
        values["published_at"] = None
    session.execute(update(Consultation).where(Consultation.id == made).values(**values))
    found = session.scalar(select(queries.state_expression(now)).where(Consultation.id == made))
    assert found == rules.state(rules.Facts(**values), now)


def _allowed(values: dict[str, datetime | None]) -> bool:
    """The database refuses a published consultation without a later deadline."""
    published, closes = values["published_at"], values["closes_at"]
    return published is not None and closes is not None and closes > published
