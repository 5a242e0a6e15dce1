"""An installation for the operator's commands: its settings, and a database migrated once per worker."""

import shutil
from pathlib import Path

import pytest

from procurement.core.db import Database, schema

INI = """[app:main]
use = egg:pli
pli.environment = test
pli.base_url = http://localhost
pli.data_directory = {folder}
sqlalchemy.url = sqlite:///{folder}/pli.sqlite
pli.secret_key = {secret}
pli.mail = outbox
pli.timestamp = development
"""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of an empty, migrated database; to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "pli.sqlite"
    database = Database(f"sqlite:///{file}")
    schema.upgrade(database)
    database.dispose()
    return file


@pytest.fixture
def ini(tmp_path: Path, migrated: Path) -> str:
    """Return the settings of an installation where nobody is yet."""
    shutil.copy(migrated, tmp_path)
    file = tmp_path / "pli.ini"
    file.write_text(INI.format(folder=tmp_path, secret="s" * 40))
    return str(file)
