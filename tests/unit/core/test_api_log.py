"""The request log is written in batches, and a database that is away costs entries, never an answer."""

import logging
import time
import uuid
from typing import Any

import pytest

from procurement.core.api.log import BATCH, Buffer
from procurement.core.api.models import LoggedRequest
from procurement.core.db import Database
from procurement.core.ids import uuid7
from tests.conftest import START


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "client_id": uuid.uuid4(),
        "at": START,
        "method": "GET",
        "path": "/api/v1/webhooks",
        "route": "core.api.webhooks",
        "status": 200,
        "code": None,
        "milliseconds": 1,
        "request_id": "r",
        "version": "2026-11-23",
        "user_agent": "",
        "request": {},
        "response": {},
    } | changes


def count(database: Database) -> int:
    with database.read() as session:
        return session.query(LoggedRequest).count()


def test_entries_wait_for_a_batch(database: Database) -> None:
    buffer = Buffer(database, delay=None)
    for _ in range(BATCH - 1):
        buffer.add(entry())
    assert count(database) == 0
    buffer.add(entry())
    assert count(database) == BATCH


def test_an_entry_waits_no_longer_than_the_delay(database: Database) -> None:
    buffer = Buffer(database, delay=0.05)
    buffer.add(entry())
    buffer.add(entry())
    limit = time.monotonic() + 5
    while count(database) < 2 and time.monotonic() < limit:
        time.sleep(0.01)
    assert count(database) == 2
    buffer.flush()
    assert count(database) == 2


def test_what_cannot_be_written_is_said(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    buffer = Buffer(database, delay=None)
    buffer.add(entry(status=None))
    with caplog.at_level(logging.WARNING):
        buffer.flush()
    assert "1 entries of the request log lost: IntegrityError" in caplog.text
    buffer.add(entry())
    buffer.flush()
    assert count(database) == 1
