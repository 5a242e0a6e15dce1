"""One's own usual answers: the page that keeps them, and what the pages of a document say and do of them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clauses import errors, queries, service
from clauses.forms import field_of, given_in
from clauses.queries import Desk, DraftView, Edition, UsualAnswer
from clauses.queries.layers import Said
from clauses.queries.releases import in_force
from clauses.queries.usual import asked, fitting, form_of, usual_answers
from clauses.rules.facts import format_value
from clauses.rules.model import Fact, Layer, Library
from clauses.rules.questions import facts_of
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.text import _, for_count
from procurement.core.web import page
from procurement.core.web.views import see_other

_EDIT = Permission.CLAUSE_DRAFT_EDIT
_LIST, _ONE = "clauses/usual.html", "clauses/usual_answer.html"
#: Buttons beside a question of a document, by the name of what they send: the key of the fact.
KEEP, FORGET = "habituelle", "plus-habituelle"
_KEPT = _("C’est votre réponse habituelle : vos prochains documents commencent avec elle.")
_FORGOTTEN = _("Ce n’est plus votre réponse habituelle. Les documents commencés ne changent pas.")


@dataclass(frozen=True)
class Row:
    """A usual answer of a list: the question, what is answered; ``fits`` says that it still serves, ``said`` whose it is.

    ``asked`` tells whether the library in force asks the question, if in another form.
    """

    key: str
    label: str
    text: str
    answer: UsualAnswer | None = None
    fits: bool = True
    asked: bool = True
    said: Said | None = None


@page("clauses.usual", permission=_EDIT, template=_LIST)
def mine(request: Any) -> Any:
    """List one's own usual answers, with those that serve no more, and offer to give another."""
    wanted = request.GET.get("question", "")
    found = _edition(request)
    if found is not None and wanted in found.library.facts:
        return see_other(request.route_path("clauses.usual_answer", fact=wanted))
    answers = _mine(request)
    library = found.library if found else None
    questions = asked(library.clauses.values(), library, Layer.AGENT) if library else {}
    free = [key for key in questions if key not in answers]
    return {
        "rows": [_row(request, found, one, asked=one.fact in questions) for one in answers.values()],
        "choices": [(key, label_of(request, library, key)) for key in free],
        "release": found.release if found else None,
    }


@page("clauses.usual_answer", permission=_EDIT, template=_ONE)
def question(request: Any) -> dict[str, Any]:
    """Ask a question for one's usual answer."""
    fact = _asked(request)
    found = _edition(request)
    # A value of another form would not stand in this field.
    kept = fitting(found, _mine(request)).values if found else {}
    return _asked_again(request, fact, kept.get(fact.key))


@page("clauses.usual_answer", permission=_EDIT, template=_ONE, methods=("POST",))
def keep(request: Any) -> Any:
    """Keep a usual answer; what was typed stays in the page when it is refused."""
    fact = _asked(request)
    try:
        _keep(request, fact)
    except DomainError as error:
        request.response.status_int = error.status
        sentence = request.translate(error.message, **error.params)
        return _asked_again(request, fact, given_in(request.POST, fact), sentence)
    request.flash(_KEPT)
    return see_other(request.route_path("clauses.usual"))


@page("clauses.usual_forget", permission=_EDIT, methods=("POST",))
def forget(request: Any) -> Any:
    """Have no usual answer to a question any more."""
    service.forget_usual(request.db, request.matchdict["fact"], by=request.identity, now=request.now)
    request.flash(_FORGOTTEN)
    return see_other(request.route_path("clauses.usual"))


def pressed(request: Any) -> str:
    """Return the question beside which a button about one's usual answers was pressed."""
    return str(request.POST.get(KEEP) or request.POST.get(FORGET) or "")


def change(request: Any, library: Library) -> None:
    """Do what that button says: what stands in the question becomes one's usual answer, or no longer is."""
    key = pressed(request)
    if request.POST.get(FORGET):
        service.forget_usual(request.db, key, by=request.identity, now=request.now)
        request.flash(_FORGOTTEN)
        return
    if key not in library.facts:
        raise errors.unknown_fact(key)
    _keep(request, library.facts[key])
    request.flash(_KEPT)


def habits(request: Any, desk: Desk) -> Mapping[str, str]:
    """Return, by question of a document, the button about one's usual answer to it."""
    kept = fitting(desk.edition, _mine(request)).values
    answers, today = desk.draft.answers, _edition(request)
    return {
        key: FORGET if key in kept and key in answers and answers[key].value == kept[key] else KEEP
        for key in _questions(desk)
        if key in kept or _same(today, desk.edition.library.facts[key])
    }


def standing(request: Any, desk: Desk) -> list[Row]:
    """List the usual answers that a document holds, with whose they are: to be read again before it is handed over."""
    library = desk.edition.library
    wanted = {key for clause in library.clauses_of(desk.canvas) for key in facts_of(clause)}
    return [
        Row(
            key=key,
            label=label_of(request, library, key),
            text=format_value(library.facts[key], desk.values[key]),
            said=said,
        )
        for key, said in desk.usual.items()
        if key in wanted
    ]


def tell_carried(request: Any, draft_id: uuid.UUID) -> None:
    """Say which of one's usual answers a document just begun took, and which it could not."""
    draft = queries.view(request.db, draft_id)
    library = queries.edition(request.db, draft.release_id).library
    count = sum(one.usual_of == request.identity.person_id for one in draft.answers.values())
    if count:
        one = _("%(count)s de vos réponses habituelles y est reprise : vérifiez-la.")
        many = _("%(count)s de vos réponses habituelles y sont reprises : vérifiez-les.")
        request.flash(for_count(count, one, many), kind="info", count=count)
    gone = _not_taken(request, draft)
    if gone:
        names = ", ".join(label_of(request, library, key) for key in gone)
        sentence = _(
            "Ces réponses habituelles ne sont pas reprises, car leur question a changé ou n’existe plus : %(names)s."
        )
        request.flash(sentence, kind="warning", names=names)


def _not_taken(request: Any, draft: DraftView) -> list[str]:
    """Return one's usual answers to what this document asks otherwise, and to what nothing asks any more."""
    found = queries.edition(request.db, draft.release_id)
    told = queries.history(request.db, draft.id)[0].data.get("usual_left_out", [])
    nowhere = (key for key in fitting(found, _mine(request)).left_out if key not in found.library.facts)
    return sorted({*told, *nowhere})


def _same(today: Edition | None, fact: Fact) -> bool:
    """Tell whether the documents one begins today are asked a question in this form."""
    asked_now = today.library.facts.get(fact.key) if today else None
    return asked_now is not None and form_of(asked_now) == form_of(fact)


def label_of(request: Any, library: Library | None, key: str) -> str:
    """Return what a question is called; its key where the library has it no more."""
    fact = library.facts.get(key) if library else None
    return fact.label.within(request.lang) if fact else key


def _questions(desk: Desk) -> Mapping[str, str]:
    library = desk.edition.library
    return asked(library.clauses_of(desk.canvas), library, Layer.AGENT)


def _mine(request: Any) -> dict[str, UsualAnswer]:
    by = request.identity
    return usual_answers(request.db, by.organisation_id, by.person_id)


def _edition(request: Any) -> Edition | None:
    """Return what one's next document stands on."""
    found = in_force(request.db, request.now.date(), request.identity.organisation_id)
    return queries.edition(request.db, found.id) if found else None


def _keep(request: Any, fact: Fact) -> None:
    given = given_in(request.POST, fact)
    service.keep_usual(
        request.db, fact.key, given if isinstance(given, str) else "", on=request.now.date(), by=request.identity,
        now=request.now, form=form_of(fact),
    )  # fmt: skip


def _asked(request: Any) -> Fact:
    """Return the question of the address, in its form of today."""
    found = _edition(request)
    if found is None:
        raise errors.no_release()
    key = request.matchdict["fact"]
    if key not in asked(found.library.clauses.values(), found.library, Layer.AGENT):
        raise errors.no_usual_question(key)
    return found.library.facts[key]


def _row(request: Any, found: Edition | None, one: UsualAnswer, *, asked: bool) -> Row:
    library = found.library if found else None
    fits = found is not None and one.fact in fitting(found, {one.fact: one}).values
    text = one.value
    if found is not None and fits:
        text = format_value(found.library.facts[one.fact], found.typed({one.fact: one.value})[one.fact])
    return Row(
        key=one.fact,
        label=label_of(request, library, one.fact),
        text=text,
        answer=one,
        fits=fits,
        asked=asked,
    )


def _asked_again(request: Any, fact: Fact, value: Any, error: str = "") -> dict[str, Any]:
    return {
        "question": field_of(fact, value, 0, request.lang, error=error),
        "errors": [(fact.key, error)] if error else [],
    }
