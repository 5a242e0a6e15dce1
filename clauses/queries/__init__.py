"""Read the clause room: releases, legal figures, drafts, their files; what upper rooms use stands here."""

from clauses.queries.artefacts import ArtefactView, artefact, artefact_hashes, artefacts
from clauses.queries.desk import Desk, desk, desk_of
from clauses.queries.drafts import (
    Answer,
    Conflict,
    DraftView,
    Event,
    OwnClause,
    conflicts,
    history,
    of_client,
    of_consultation,
    of_organisation,
    view,
    writers,
)
from clauses.queries.editions import Edition, edition
from clauses.queries.layers import Adaptation, Drift, adaptations
from clauses.queries.parameters import LegalFigure, parameter
from clauses.queries.releases import (
    LibraryView,
    ReleaseView,
    by_version,
    chain,
    clause_hashes,
    files,
    in_force,
    library_by_slug,
    library_of,
    release,
    releases,
)

__all__ = [
    "Adaptation", "Answer", "ArtefactView", "Conflict", "Desk", "DraftView", "Drift", "Edition", "Event", "LegalFigure",
    "LibraryView", "OwnClause", "ReleaseView", "adaptations", "artefact", "artefact_hashes", "artefacts", "by_version",
    "chain", "clause_hashes", "conflicts", "desk", "desk_of", "edition", "files", "history", "in_force", "library_by_slug",
    "library_of", "of_client", "of_consultation", "of_organisation", "parameter", "release", "releases", "view", "writers",
]  # fmt: skip
