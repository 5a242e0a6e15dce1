"""The application without a web server: what the command line and the worker stand on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from procurement.core import services
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.ini import read_ini, settings_from
from procurement.core.jobs import JobContext
from procurement.core.settings import DEFAULT_INI, Settings

__all__ = ["Runtime", "bootstrap", "read_ini", "settings_from", "start"]


@dataclass(frozen=True)
class Runtime:
    """The wired application: its registry and the services used most."""

    app: Any
    settings: Settings
    database: Database
    clock: Clock

    @property
    def registry(self) -> Any:
        """Return Pyramid's registry."""
        return self.app.registry

    @property
    def jobs(self) -> JobContext:
        """Return what job handlers work with."""
        return JobContext(self.registry, self.database, self.clock)

    def find(self, protocol: type[Any]) -> Any:
        """Return the implementation of ``protocol``."""
        return services.find(self.registry, protocol)


def bootstrap(path: Path | str = DEFAULT_INI, overrides: Mapping[str, str] | None = None) -> Runtime:
    """Build the application from an ini file."""
    return start({**read_ini(path), **(overrides or {})})


def start(ini: Mapping[str, str]) -> Runtime:
    """Build the application from settings already read."""
    from procurement import main

    app = main({}, **ini)
    registry = app.registry
    return Runtime(
        app,
        services.find(registry, Settings),
        services.find(registry, Database),
        services.find(registry, Clock),
    )
