"""Bring a database to the schema of this version, and say which version it has."""

import importlib
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from procurement.core.db.engines import Database

_PACKAGE = Path(__file__).resolve().parents[2]
#: Modules that hold tables; a room without tables has none.
_MODELS = (
    "procurement.core.journal",
    "procurement.core.jobs",
    "procurement.core.mail.models",
    "procurement.core.vault",
    "procurement.core.search.models",
    "procurement.core.api.models",
    "procurement.core.webhooks.models",
    "procurement.accounts.models",
    "procurement.accounts.models.clients",
    "procurement.signatures.models",
    "dume.models",
    "clauses.models",
    "procurement.consultations.models",
    "procurement.bids.models",
    "procurement.notices.models",
)


def load_models() -> None:
    """Import every table, so that the metadata is whole."""
    for name in _MODELS:
        if _exists(name):
            importlib.import_module(name)


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def migrations_directory() -> Path:
    """Return the folder of the migrations: inside the package when installed, beside it in the tree."""
    inside = _PACKAGE / "migrations"
    return inside if inside.is_dir() else _PACKAGE.parent / "alembic"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_directory()).replace("%", "%%"))
    return config


def head() -> str:
    """Return the newest migration's name."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current(database: Database) -> str | None:
    """Return the migration that the database is at, None for an empty one."""
    with database.read_engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate up to ``revision``."""
    _run(database, command.upgrade, revision)


def downgrade(database: Database, revision: str) -> None:
    """Migrate down to ``revision``."""
    _run(database, command.downgrade, revision)


def _run(database: Database, verb: object, revision: str) -> None:
    config = _config()
    with database.write_engine.connect() as connection:
        config.attributes["connection"] = connection
        verb(config, revision)  # type: ignore[operator]  # alembic's commands share one form
