"""The task list of a draft and its sections: any order, each saved by itself."""

from typing import Any

from procurement.consultations import hooks, queries, rules, service
from procurement.consultations.errors import ConsultationNotFound
from procurement.consultations.forms import (
    AllotmentForm,
    CreateForm,
    DatesForm,
    DepositForm,
    IdentityForm,
    LotForm,
    ProcedureForm,
)
from procurement.consultations.rules import SectionState, State
from procurement.consultations.service.publication import ROUTES
from procurement.consultations.views.buyer import STATES
from procurement.core import services
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other

_FORM = ("GET", "POST")
_SAVED = _("C’est enregistré. Vous pouvez continuer plus tard.")
#: What a section's state is called, and its colour.
WORDS = {
    SectionState.FREE: (_("Facultatif"), "info"),
    SectionState.TODO: (_("À faire"), "todo"),
    SectionState.STARTED: (_("Commencé"), "run"),
    SectionState.DONE: (_("Fait"), "ok"),
}


@page(
    "consultations.create",
    permission=Permission.CONSULTATION_CREATE,
    template="consultations/create.html",
    methods=_FORM,
)
def create(request: Any) -> Any:
    """Begin a draft."""
    form = CreateForm(request)
    if form.accepted():
        limits = service.limits_of(services.get(request, Settings))
        made = service.create(
            request.db, form.title.data, by=request.identity, now=request.now, limits=limits
        )
        return see_other(request.route_path("consultations.manage", reference=made.reference))
    return {"form": form}


@page("consultations.manage", permission=Permission.CONSULTATION_VIEW, template="consultations/manage.html")
def manage(request: Any) -> dict[str, Any]:
    """Show the task list of a draft, or what can be done with a published consultation."""
    consultation = request.context.consultation
    state = consultation.state(request.now)
    tasks = task_list(request) if state is State.DRAFT else []
    return {
        "consultation": consultation,
        "state": state,
        "tasks": tasks,
        "draft": state is State.DRAFT,
        "STATES": STATES,
    }


def task_list(request: Any) -> list[dict[str, Any]]:
    """Return the sections of the task list with their states, ours first, then those of upper rooms."""
    consultation = request.context.consultation
    count = len(queries.documents(request.db, consultation.id))
    states = rules.section_states(consultation, documents=count)
    tasks = [(title, ROUTES[key], states[key]) for key, title in rules.SECTIONS.items()]
    for section in hooks.found(request.registry).sections:
        state = section.state(request.db, consultation, request.now)
        tasks.append((section.title, section.route, state))
    return [
        {
            "title": request.translate(title),
            "href": request.route_path(route, reference=consultation.reference),
            "status": (request.translate(WORDS[state][0]), WORDS[state][1]),
        }
        for title, route, state in tasks
    ]


def _section(request: Any, form: Any, **values: Any) -> Any:
    """Save a section that was posted, or show its form."""
    consultation = request.context.consultation
    if request.method == "GET" and consultation.published_at is not None:
        return see_other(request.route_path("consultations.manage", reference=consultation.reference))
    if form.accepted():
        most = service.limits_of(services.get(request, Settings))
        try:
            service.save(
                request.db, consultation.id, form.fields(), by=request.identity, now=request.now, most=most
            )
        except DomainError as error:
            form.refuse(error)
        else:
            request.flash(_SAVED)
            return see_other(request.route_path("consultations.manage", reference=consultation.reference))
    return {"form": form, "consultation": consultation, **values}


@page(
    "consultations.identity",
    permission=Permission.CONSULTATION_EDIT,
    template="consultations/identity.html",
    methods=_FORM,
)
def identity(request: Any) -> Any:
    """Say what is bought and where."""
    start = IdentityForm.start(request.context.consultation)
    return _section(request, IdentityForm(request, data=start))


@page(
    "consultations.procedure",
    permission=Permission.CONSULTATION_EDIT,
    template="consultations/procedure.html",
    methods=_FORM,
)
def procedure(request: Any) -> Any:
    """Choose procedure, contract type, category and techniques."""
    start = ProcedureForm.start(request.context.consultation)
    return _section(request, ProcedureForm(request, data=start))


@page(
    "consultations.dates",
    permission=Permission.CONSULTATION_EDIT,
    template="consultations/dates.html",
    methods=_FORM,
)
def dates(request: Any) -> Any:
    """Set the deadlines."""
    consultation = request.context.consultation
    form = DatesForm(request, consultation, data=DatesForm.start(consultation))
    return _section(request, form)


@page(
    "consultations.deposit_rules",
    permission=Permission.CONSULTATION_EDIT,
    template="consultations/deposit_rules.html",
    methods=_FORM,
)
def deposit_rules(request: Any) -> Any:
    """Set the limits and the required pieces of bids."""
    most = service.limits_of(services.get(request, Settings))
    start = DepositForm.start(request.context.consultation)
    return _section(request, DepositForm(request, data=start), most=most)


@page(
    "consultations.lots",
    permission=Permission.CONSULTATION_EDIT,
    template="consultations/lots.html",
    methods=_FORM,
)
def lots(request: Any) -> Any:
    """Say whether there are lots, and list them."""
    consultation = request.context.consultation
    form = AllotmentForm(request, data=AllotmentForm.start(consultation))
    answer = _section(request, form)
    if request.method == "POST" and not isinstance(answer, dict) and form.allotted.data == "yes":
        return see_other(request.route_path("consultations.lots", reference=consultation.reference))
    return answer


@page(
    "consultations.lot_new",
    permission=Permission.CONSULTATION_EDIT,
    template="consultations/lot.html",
    methods=_FORM,
)
def lot_new(request: Any) -> Any:
    """Add a lot."""
    return _lot(request, LotForm(request), None)


@page(
    "consultations.lot",
    permission=Permission.CONSULTATION_EDIT,
    template="consultations/lot.html",
    methods=_FORM,
)
def lot(request: Any) -> Any:
    """Change a lot."""
    found = _find_lot(request)
    return _lot(request, LotForm(request, data=LotForm.start(found)), found.number)


@page("consultations.lot_remove", permission=Permission.CONSULTATION_EDIT, methods=("POST",))
def lot_remove(request: Any) -> Any:
    """Take a lot away."""
    consultation = request.context.consultation
    number = _find_lot(request).number
    service.remove_lot(request.db, consultation.id, number, by=request.identity, now=request.now)
    request.flash(_("Le lot %(number)s est retiré ; les suivants sont renumérotés."), number=number)
    return see_other(request.route_path("consultations.lots", reference=consultation.reference))


def _lot(request: Any, form: LotForm, number: int | None) -> Any:
    consultation = request.context.consultation
    if form.accepted():
        try:
            service.save_lot(
                request.db,
                consultation.id,
                form.fields(),
                number=number,
                by=request.identity,
                now=request.now,
            )
        except DomainError as error:
            form.refuse(error)
        else:
            request.flash(_SAVED)
            return see_other(request.route_path("consultations.lots", reference=consultation.reference))
    return {"form": form, "consultation": consultation, "number": number}


def _find_lot(request: Any) -> rules.LotView:
    number = int(request.matchdict["number"])
    consultation: rules.ConsultationView = request.context.consultation
    found = next((item for item in consultation.lots if item.number == number), None)
    if found is None:
        raise ConsultationNotFound
    return found
