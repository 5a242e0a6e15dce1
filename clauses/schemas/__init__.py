"""Bodies of the API, as pydantic reads them; ``openapi.yaml`` is the contract they keep."""

import uuid
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ClauseId = Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", max_length=80)]
CanvasId = Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=80)]
Version = Annotated[str, Field(min_length=1, max_length=40)]
#: Facts as files hold them: text, or lists and mappings of text; how many is bounded by the size of the body.
Facts = dict[str, Any]
Text = Annotated[str, Field(max_length=100_000)]
Reason = Annotated[str, Field(min_length=1, max_length=5_000)]
Title = Annotated[str, Field(max_length=300)]


class Body(BaseModel):
    """A body without members that nobody asked for."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Body):
    """A body that says nothing."""


class EvaluateBody(Body):
    """Facts to evaluate on a date, in one canvas or the whole library; nothing of it is kept."""

    facts: Facts
    canvas: CanvasId | None = None
    on: date | None = None
    release: Version | None = None
    trace: bool = False


class ExplainBody(Body):
    """Clauses to explain for these facts."""

    clauses: Annotated[list[ClauseId], Field(min_length=1)]
    facts: Facts
    canvas: CanvasId | None = None
    on: date | None = None
    release: Version | None = None


class DraftBody(Body):
    """What a document begins with."""

    canvas: CanvasId
    title: Title = ""
    reference: Annotated[str, Field(max_length=255)] = ""
    facts: Facts = {}
    on: date | None = None
    release: Version | None = None


class AnswersBody(Body):
    """Answers by fact; null takes one back."""

    answers: Annotated[Facts, Field(min_length=1)]


class TextBody(Body):
    """The words of a clause; null goes back to the library's."""

    body: Text | None


class ReturnBody(Body):
    """Why a document is given back."""

    reason: Reason


class ChoiceBody(Body):
    """What is decided of a clause that both sides changed; ``text`` goes with ``merged``."""

    decision: Literal["keep", "take", "merged"]
    text: Text | None = None


class UpgradeBody(Body):
    """The release to go to, and the decisions; ``dry_run`` only says what would change."""

    release: Version
    dry_run: bool = False
    decisions: dict[ClauseId, ChoiceBody] = {}


class AcknowledgeBody(Body):
    """Clauses that somebody has read and takes although no lawyer has validated them."""

    clauses: Annotated[list[ClauseId], Field(min_length=1, max_length=500)]


class DerogationBody(Body):
    """Whether one's own words depart from the CCAG, and from which article."""

    derogates: bool
    article: Annotated[str, Field(max_length=120)] = ""


class SettleBody(Body):
    """What becomes of two texts: keep what stands, or take what lost, or ``merged`` in the place of both."""

    keep: bool
    merged: Text | None = None


def optional_id(text: str) -> uuid.UUID | None:
    """Return an id, None for what is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
