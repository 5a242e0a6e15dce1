"""Migrations go up and down on both engines, and end at the schema that the models describe."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from procurement.core.db import Base, Database, schema

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def empty(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = (
        f"sqlite:///{tmp_path}/pli.sqlite"
        if engine == "sqlite"
        else request.getfixturevalue("fresh_postgres_url")
    )
    database = Database(url)
    yield database
    database.dispose()


def test_upgrade_reaches_the_models(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.read_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            change for change in compare_metadata(context, Base.metadata) if not _search_table(change)
        ]
    assert differences == []


def _search_table(change: object) -> bool:
    """FTS5 keeps its data in shadow tables, and PostgreSQL has an index on an expression: no model describes them."""
    return (
        isinstance(change, tuple)
        and change[0] in {"remove_table", "remove_index"}
        and str(change[1].name).startswith(("core_search", "ix_core_search_terms"))
    )


def test_downgrade_each_step_then_up_again(empty: Database) -> None:
    schema.upgrade(empty)
    for script in ScriptDirectory.from_config(schema._config()).walk_revisions():
        schema.downgrade(empty, str(script.down_revision or "base"))
    with empty.read_engine.connect() as connection:
        left = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    assert left == []
    schema.upgrade(empty)
    assert schema.current(empty) == schema.head()


def test_head_file_names_the_newest_migration() -> None:
    assert (ROOT / "alembic" / "HEAD").read_text().strip() == schema.head()


def test_history_is_one_line() -> None:
    script = ScriptDirectory.from_config(schema._config())
    assert (len(script.get_heads()), len(script.get_bases())) == (1, 1)
