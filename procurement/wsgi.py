"""The WSGI entry point for a process server: the settings file is named by PLI_CONFIG."""

import os
from typing import Any


def application() -> Any:
    """Return the application built from the file that PLI_CONFIG names."""
    from procurement.core.runtime import DEFAULT_INI, bootstrap

    return bootstrap(os.environ.get("PLI_CONFIG", DEFAULT_INI)).app
