"""Read the settings of an ini file, without anything of the application: for commands that need no database."""

import os
from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path

from procurement.core.settings import DEFAULT_INI, Settings, SettingsError, load


def read_ini(path: Path | str) -> dict[str, str]:
    """Return the ``[app:main]`` section; ``%(here)s`` is the folder of the file."""
    file = Path(path)
    if not file.is_file():
        raise SettingsError(
            f"No settings file {file}. Name one with --config, or run from a folder that has {DEFAULT_INI}."
        )
    parser = ConfigParser({"here": str(file.resolve().parent)})
    parser.read(file, encoding="utf-8")
    section = "app:main" if parser.has_section("app:main") else "DEFAULT"
    return dict(parser.items(section))


def settings_from(path: Path | str, overrides: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an ini file, the environment on top."""
    return load({**read_ini(path), **(overrides or {})}, os.environ)
