"""Refuse to start where XML signatures do not work: a deposit's verdict must not depend on a broken pair of libraries."""

from functools import cache
from typing import Any

from procurement.core.settings import SettingsError
from signing import selfcheck


@cache
def checked() -> dict[str, str]:
    """Sign and verify 1 KB, once in a process; return the versions of the libraries.

    Raises SettingsError with the versions found and those to install.
    """
    try:
        return selfcheck.run()
    except selfcheck.SelfCheckFailed as error:
        raise SettingsError(str(error)) from error


def includeme(config: Any) -> None:
    """Check before anything is served."""
    del config
    checked()
