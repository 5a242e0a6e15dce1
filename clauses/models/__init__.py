"""Tables of the clause library and of drafts; other rooms read them through queries, never by importing these classes."""

from clauses.models.drafts import Artefact, Comment, Draft, DraftClause, DraftEvent
from clauses.models.library import (
    CanvasVersion,
    Clause,
    ClauseLegalBasis,
    ClauseTerms,
    ClauseVersion,
    CoverVersion,
    LayerCover,
    LegalArticle,
    Library,
    Override,
    ParameterValue,
    Release,
    ReleaseItem,
    Walkthrough,
)
from clauses.models.progress import Progress

__all__ = [
    "Artefact",
    "CanvasVersion",
    "Clause",
    "ClauseLegalBasis",
    "ClauseTerms",
    "ClauseVersion",
    "Comment",
    "CoverVersion",
    "Draft",
    "DraftClause",
    "DraftEvent",
    "LayerCover",
    "LegalArticle",
    "Library",
    "Override",
    "ParameterValue",
    "Progress",
    "Release",
    "ReleaseItem",
    "Walkthrough",
]
