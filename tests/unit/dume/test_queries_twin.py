"""The status in SQL is the status of the pure rule, on both engines; lists show one's own, in pages."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dume import queries, rules, service
from dume.models import Dume
from dume.queries import Filter, Slot
from dume.rules import Kind, Status
from procurement.core.vault import KeyVault
from tests.factories.accounts import Made, create_buyer
from tests.factories.dume import create_request, publish_request

steps = st.none() | st.integers(-3, 3)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.fixed_dictionaries(dict.fromkeys(rules.Facts.__dataclass_fields__, steps)))
def test_status_in_sql_equals_the_rule(
    session: Session, vault: KeyVault, buyer: Made, now: datetime, facts: dict[str, int | None]
) -> None:
    made = session.info.get("dume")
    if made is None:
        made = session.info["dume"] = create_request(session, vault, buyer, now).id
    values = {name: None if step is None else now + timedelta(seconds=step) for name, step in facts.items()}
    # The database wants a replacement to name what replaced it.
    by = made if values["replaced_at"] else None
    session.execute(update(Dume).where(Dume.id == made).values(**values, replaced_by=by))
    found = session.scalar(select(queries.status_expression()).where(Dume.id == made))
    assert found == rules.status(rules.Facts(**values))


def test_a_list_holds_ones_own_by_consultation_lot_and_status(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    create_request(session, vault, create_buyer(session, now), now)
    first = publish_request(session, vault, buyer, now, lots=2, reference="2027-000001")
    second = publish_request(session, vault, buyer, now, reference="2027-000002")
    draft = create_request(session, vault, buyer, now)
    gone = create_request(session, vault, buyer, now)
    service.delete(session, gone, by=buyer.identity("publisher"), now=now)
    mine = Slot(organisation_id=buyer.id)

    def found(**wanted: object) -> list[str]:
        rows = queries.search(session, mine, Filter(kind=Kind.REQUEST, **wanted))  # type: ignore[arg-type]  # fields
        return [row.id_dume for row in rows]

    assert found() == [draft.id_dume, second.id_dume, first.id_dume]
    assert found(status=Status.DELETED) == [gone.id_dume]
    assert found(status=Status.PUBLISHED) == [second.id_dume, first.id_dume]
    assert found(consultation="2027-000001", lot="LOT-0002") == [first.id_dume]
    assert found(consultation="2027-000001", lot="LOT-000_") == []
    assert found(siret="00000000000000") == []
    assert queries.search(session, mine, Filter(kind=Kind.RESPONSE)) == []
    assert queries.search(session, Slot(), Filter(kind=Kind.REQUEST)) == []


def test_a_list_goes_on_where_a_page_ended(
    session: Session, vault: KeyVault, buyer: Made, now: datetime
) -> None:
    made = [create_request(session, vault, buyer, now).id for _each in range(3)]
    mine, wanted = Slot(organisation_id=buyer.id), Filter(kind=Kind.REQUEST)
    page = queries.search(session, mine, wanted, limit=2)
    rest = queries.search(session, mine, wanted, after=page[-1].id, limit=2)
    assert [row.id for row in (*page, *rest)] == made[::-1]
