"""Find the implementation that the settings chose for a protocol."""

from typing import Any

_KEY = "pli.services"


def register(registry: Any, protocol: type[Any], implementation: object) -> None:
    """Make ``implementation`` the answer for ``protocol``; the last one wins."""
    registry.setdefault(_KEY, {})[protocol] = implementation


# A protocol is an abstract type, which mypy refuses as ``type[T]``: hence Any, narrowed by the caller's annotation.
def find(registry: Any, protocol: type[Any]) -> Any:
    """Return the implementation of ``protocol``; KeyError names what no include registered."""
    return registry[_KEY][protocol]


def get(request: Any, protocol: type[Any]) -> Any:
    """Return the implementation of ``protocol`` for this request's application."""
    return find(request.registry, protocol)
