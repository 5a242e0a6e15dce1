"""Contract drafting (ORME): a versioned clause library, and the contract documents written from it.

Words: a *library* is a layer of clauses (interministerial, ministry, entity, agent); a *release* its signed state, which never
changes; a *fact* is what is known of a purchase, a *parameter* a dated figure of the law; a *canvas* orders the clauses of one
kind of document; a *draft* is a document being written, its *answers* are facts that people give; an *artefact* is a file made
of it. An *adaptation* (override) is what a lower layer says of a clause, *drift* what moved above it since.

Invariants: a version of a clause is addressed by the hash of its bytes and the database refuses to change it; a release with
one error of the analysis is refused, and so is an archive with one byte changed; nothing that somebody typed is lost, silently
merged or overwritten; what changed upstream is shown and applied only when asked; no consultation is needed or known here:
upper rooms answer for theirs (``clauses.hooks.FactSource``).
"""

from typing import Any


def includeme(config: Any) -> None:
    """Register the jobs, the pages and the API; until an upper room answers for consultations, nobody does."""
    from clauses import hooks, jobs
    from procurement.core import services

    services.register(config.registry, hooks.FactSource, hooks.NoFacts())
    for kind, handler in jobs.HANDLERS.items():
        config.add_job(kind, handler, pauses=jobs.PAUSES.get(kind))
    config.include("clauses.routes")
    config.scan("clauses.views", categories=("pyramid",))
    config.include("clauses.api")
