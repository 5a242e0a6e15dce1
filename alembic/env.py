"""Run the migrations on the database that the caller's connection, or the settings file, names."""

from alembic import context
from sqlalchemy import Connection

from procurement.core.db import Base
from procurement.core.db.schema import load_models

config = context.config
load_models()


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(config.attributes["connection"])
