"""Two buyers, the small library released, and a consultation with two lots."""

from datetime import datetime

import pytest
from webtest import TestApp

from clauses.queries import ReleaseView
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from tests.factories import clause_pages
from tests.factories.accounts import Made, create_buyer
from tests.factories.clause_pages import Scene


@pytest.fixture
def now(clock: SandboxClock) -> datetime:
    return clock.now()


@pytest.fixture
def buyer(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_buyer(session, now, name="Ville de Valcombe-sur-Orle")


@pytest.fixture
def other_buyer(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_buyer(session, now, name="Département de l’Orle")


@pytest.fixture
def release(runtime: Runtime, now: datetime) -> ReleaseView:
    return clause_pages.released(runtime, now)


@pytest.fixture
def scene(app: TestApp, runtime: Runtime, buyer: Made, release: ReleaseView) -> Scene:
    return clause_pages.scene(app, runtime, buyer)


@pytest.fixture
def keeper(app: TestApp, scene: Scene, buyer: Made) -> TestApp:
    """Return the app signed in as the administrator, whose organisation has begun its layer."""
    clause_pages.act_as(app, buyer, "administrator")
    assert "Rien n’est publié" not in app.get(clause_pages.LAYER).text
    clause_pages.form_with(app.get(clause_pages.LAYER), "above").submit(status=303)
    return app
