"""Notices (eForms): read those of others into draft consultations, and keep them byte for byte.

Words: a *notice* is what a buyer sends to the Official Journal; a *draft* the consultation it begins here; the
*report* says of every piece of the file what became of it.

Invariants: nothing of a hostile file is resolved or fetched; what was imported is kept as it came, with its hash; no
date gone by enters a draft.
"""

from typing import Any


def includeme(config: Any) -> None:
    """Add routes and views."""
    config.include("procurement.notices.routes")
    config.scan("procurement.notices.views", categories=("pyramid",))
