"""A service without a sandbox: it starts, and offers no key to whoever gives an address."""

from pathlib import Path

from webtest import TestApp

from procurement.core.db import schema
from procurement.core.runtime import start
from tests.conftest import settings_for


def test_service_with_the_machine_s_clock_starts_and_gives_no_key(tmp_path: Path) -> None:
    runtime = start({**settings_for(f"sqlite:///{tmp_path}/pli.sqlite", tmp_path), "pli.clock": "system"})
    schema.upgrade(runtime.database)
    app = TestApp(runtime.app)
    assert app.get("/dume").status_int == 200
    assert app.get("/dume/cle", status=404).status_int == 404
    assert app.post_json("/api/v1/sandbox/clients", {"email": "a@b.example"}, status=404).status_int == 404
    runtime.database.dispose()
