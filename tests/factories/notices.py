"""Imported notices for tests, made through the room's own verb."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from procurement.consultations.service import limits_of
from procurement.core.settings import Settings
from procurement.notices import service
from tests.factories.accounts import Made
from tests.factories.matrix import Case, World

CALL = Path(__file__).resolve().parents[1] / "vectors" / "notices" / "call_16_two_lots.xml"


def create_import(
    session: Session,
    buyer: Made,
    now: datetime,
    settings: Settings,
    *,
    content: bytes = b"",
    role: str | None = "drafter",
) -> service.ImportedNotice:
    """Import the sample notice, or another; without a role, as the command line does."""
    file = service.read_file("avis.xml", content or CALL.read_bytes(), now=now)
    return service.import_notice(
        session,
        file,
        by=buyer.identity(role) if role else None,
        now=now,
        organisation_id=buyer.id,
        limits=limits_of(settings),
    )


def matrix_cases(world: World) -> dict[str, Case]:
    """Give the access matrices an import of the buyer."""
    with world.runtime.database.write() as session:
        made = create_import(session, world.buyer, world.clock.now(), world.runtime.settings)
    case = Case({"notice": str(made.notice_id)}, side="buyer")
    return dict.fromkeys(("notices.report", "notices.report_json", "notices.file"), case)
