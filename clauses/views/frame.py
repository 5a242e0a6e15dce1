"""What the pages of one draft share: where it stands, its chapters, what is still asked, what may be done with it."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clauses.queries import Desk, DraftView
from clauses.queries.drafts import life
from clauses.rules.evaluate import Outcome
from clauses.rules.model import Chapter, Library
from clauses.rules.states import DraftState, Move, allowed
from clauses.views.why import LAYERS, MODES
from procurement.core.permissions import Permission
from procurement.core.text import _

#: What each state is called, and its colour.
STATES = {
    DraftState.WRITING: (_("En rédaction"), "run"),
    DraftState.SUBMITTED: (_("À valider"), "warn"),
    DraftState.VALIDATED: (_("Validé"), "ok"),
    DraftState.FROZEN: (_("Figé avec la publication"), "ok"),
}
DOCUMENTS = {
    "RC": _("Règlement de la consultation"),
    "AE": _("Acte d’engagement"),
    "CCAP": _("Cahier des clauses administratives particulières"),
    "CCP": _("Cahier des clauses particulières"),
    "CCTP": _("Cahier des clauses techniques particulières"),
    "ANNEXE": _("Annexe"),
    "RAPPORT": _("Rapport interne"),
}


@dataclass(frozen=True)
class ChapterState:
    """A chapter as it stands: what is in, out, undecided, and how many questions are left in it."""

    number: int
    chapter: Chapter
    included: tuple[str, ...]
    excluded: tuple[str, ...]
    unknown: tuple[str, ...]
    left: int
    missing: int

    @property
    def done(self) -> bool:
        """Tell whether nothing is asked any more."""
        return not (self.left or self.unknown)


def chapters(desk: Desk) -> tuple[ChapterState, ...]:
    """Return the chapters of the canvas, in order."""
    return tuple(_states(desk))


def _states(desk: Desk) -> Iterator[ChapterState]:
    for number, chapter in enumerate(desk.canvas.chapters, start=1):
        sorted_out: dict[Outcome, list[str]] = {one: [] for one in Outcome}
        for key in chapter.clauses:
            sorted_out[desk.outcomes[key]].append(key)
        asked = [one for one in desk.questions if set(one.clauses) & set(chapter.clauses)]
        yield ChapterState(
            number=number,
            chapter=chapter,
            included=tuple(sorted_out[Outcome.INCLUDED]),
            excluded=tuple(sorted_out[Outcome.EXCLUDED]),
            unknown=tuple(sorted_out[Outcome.UNKNOWN]),
            left=len(asked),
            missing=sum(one.reason == "variable" for one in asked),
        )


def may(request: Any, draft: DraftView, move: Move) -> bool:
    """Tell whether who asks may do this now."""
    needed = (
        Permission.CLAUSE_DRAFT_VALIDATE
        if move in {Move.RETURN, Move.VALIDATE}
        else Permission.CLAUSE_DRAFT_EDIT
    )
    return allowed(life(draft), move) and bool(request.has_permission(needed))


def shown(request: Any, here: str, **values: Any) -> dict[str, Any]:
    """Return what every page of a draft shows, with ``values``."""
    draft, desk = request.context.draft, request.context.desk
    every = chapters(desk)
    return {
        "draft": draft,
        "desk": desk,
        "library": desk.edition.library,
        "here": here,
        "chapters": every,
        "left": len(desk.questions),
        "state_word": STATES[draft.state],
        "MODES": MODES,
        "LAYERS": LAYERS,
        "editable": may(request, draft, Move.EDIT),
        "said": request.context.said,
        "walk": walk(request, desk.edition.library, draft.id),
        "counts": {
            name: sum(len(getattr(one, name)) for one in every)
            for name in ("included", "excluded", "unknown")
        },
        **values,
    }


def walk(request: Any, library: Library, draft_id: uuid.UUID | None = None) -> dict[str, Any] | None:
    """Return the step of the walk-through that led to this page."""
    found = library.walkthroughs.get(request.GET.get("parcours", ""))
    text = request.GET.get("etape", "")
    if found is None or not (text.isascii() and text.isdigit() and int(text[:6]) < len(found.steps)):
        return None
    number = int(text[:6])
    return {"walkthrough": found, "number": number, "step": found.steps[number], "draft": draft_id or ""}


def url(request: Any, name: str, **more: Any) -> str:
    """Return the address of a page of this draft."""
    found: str = request.route_path(f"clauses.{name}", draft=request.context.draft.id, **more)
    return found


class Unsent:
    """The request of another form of the page: this one was not sent."""

    method = "GET"

    def __init__(self, request: Any) -> None:
        self.translate = request.translate
        self.response = request.response
