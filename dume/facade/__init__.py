"""The façade: the operation names of Service DUME, answered by this room's own verbs; not certified on the wire.

What is public of that service shows beginnings only. Names of domains and operations, the caller's block and the frame of
the answer are its words; the other members of bodies and answers are ours (docs/reference/facade-service-dume.md).
"""

from typing import Any

from dume.facade.calls import FacadeSpace


def includeme(config: Any) -> None:
    """Add the routes after all others of the room: its pages share the first prefix, and come first."""
    for name, path in _ROUTES:
        config.add_route(f"dume.facade.{name}", path, factory=FacadeSpace, request_method="POST")
    config.scan("dume.facade", categories=("pyramid",))


#: Names of domains are one word; pages below ``/dume`` that take forms have routes of their own, which match before.
_ROUTES = (
    ("service", "/service/dume/{domain:[A-Za-z0-9]+}"),
    ("short", "/dume/{domain:[A-Za-z0-9]+}"),
)
