"""The WSGI entry point for a process server: the settings file is named by PLI_CONFIG."""

import os
from typing import Any


def application() -> Any:
    """Return the application built from the file that PLI_CONFIG names."""
    from procurement.core import metrics
    from procurement.core.runtime import bootstrap
    from procurement.core.settings import DEFAULT_INI

    runtime = bootstrap(os.environ.get("PLI_CONFIG", DEFAULT_INI))
    metrics.start_server(runtime.registry)
    return runtime.app
