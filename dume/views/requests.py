"""A buyer's request in the platform: who asks, which criteria, which thresholds; read again, validated, published anew."""

from dataclasses import dataclass, replace
from typing import Any

from dume import queries, service, wording
from dume.espd import complete
from dume.espd.complete import Choice
from dume.espd.model import Document
from dume.espd.rules_41.coverage import ALWAYS
from dume.espd.taxonomy import taxonomy
from dume.forms import thresholds
from dume.forms.buyer import BuyerForm
from dume.models import Dume
from dume.rendering import sections
from dume.rules import Mode, Status
from dume.service import RequestEdits
from dume.views import findings
from dume.views.copies import copy_of
from dume.views.reports import grouped
from procurement.core import services
from procurement.core.errors import DomainError, Invalid, NotFound
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web import page
from procurement.core.web.views import see_other

_BOTH = ("GET", "POST")
_EDIT = Permission.DUME_EDIT
#: Lines of a report shown of each kind.
_LINES = 200
#: The parts of the list of criteria, by the kind of the criterion.
SECTIONS = (
    (
        "exclusion",
        _("Motifs d’exclusion"),
        _("Huit motifs sont toujours demandés : ils ne se décochent pas."),
    ),
    ("selection", _("Critères de sélection"), _("Ne demandez que ce qui est lié au marché et proportionné.")),
    ("other", _("Autres questions"), ""),
)
#: What each status is called, and its colour.
STATUSES = {
    Status.DRAFT: (_("Brouillon"), "todo"),
    Status.VALID: (_("Validé"), "ok"),
    Status.PUBLISHED: (_("Publié"), "ok"),
    Status.REPLACED: (_("Remplacé"), "info"),
    Status.DELETED: (_("Supprimé"), "info"),
}
_EDITABLE = frozenset({Status.DRAFT, Status.VALID})


@dataclass(frozen=True)
class Place:
    """Where a finding is put right, as the list of findings asks for it."""

    request: Any

    def url(self, name: str, **more: Any) -> str:
        """Return the page of the criteria, or the one about the buyer."""
        del more
        return _url(self.request, "request_buyer" if name == "company" else "request_criteria")


def _url(request: Any, name: str, **more: Any) -> str:
    found: str = request.route_path(f"dume.{name}", id_dume=request.context.dume.id_dume, **more)
    return found


def _vault(request: Any) -> KeyVault:
    found: KeyVault = services.get(request, KeyVault)
    return found


def _read(request: Any) -> Document:
    return queries.document(request.db, _vault(request), request.context.dume)


def _shown(request: Any, what: Document, here: str = "", **values: Any) -> dict[str, Any]:
    row = request.context.dume
    status = queries.status_of(row)
    return {
        "row": row,
        "what": what,
        "here": here,
        "state": status,
        "status_word": STATUSES[status],
        "editable": status in _EDITABLE,
        "badge": lambda _provenance: ("", ""),
        **values,
    }


@page("dume.request", permission=Permission.DUME_VIEW, template="dume/request.html")
def show(request: Any) -> dict[str, Any]:
    """Show where the request stands: its parts, what it asks, its copies."""
    what, row = _read(request), request.context.dume
    found = {choice.code: choice for choice in complete.choices_of(what)}
    fixed = queries.revision(request.db, row)
    return _shown(
        request, what, "home",
        counts={kind: sum(taxonomy().by_code[code].kind == kind for code in found) for kind, *_more in SECTIONS},
        selection=[_line(found[code], request.lang) for code in found if taxonomy().by_code[code].kind == "selection"],
        buyer_said=bool(what.buyer.party.contact.telephone and what.buyer.party.address.city),
        sha256=fixed.sha256,
        imported=bool(fixed.source_sha256),
        renewed=row.published_at is None and _in_force(request, row) is not None,
        responses_open=row.consultation_ref,
    )  # fmt: skip


def _in_force(request: Any, row: Dume) -> Dume | None:
    """Return the published request that this one would take the place of."""
    if row.consultation_id is None:
        return None
    found = queries.request_for(request.db, row.consultation_id)
    return found if found is not None and found.id != row.id else None


def _line(choice: Choice, lang: str) -> dict[str, Any]:
    values = sum(len(one.values or {}) for one in choice.requirements)
    return {
        "code": choice.code,
        "name": wording.criterion_name(choice.code, lang),
        "lots": choice.lots,
        "required": values,
        "sets": len(choice.requirements),
        "asked": thresholds.has_thresholds(choice.code),
    }


@page("dume.request_buyer", permission=_EDIT, template="dume/request_buyer.html", methods=_BOTH)
def buyer(request: Any) -> Any:
    """Say whom companies may ask."""
    what = _read(request)
    form = BuyerForm(request, data=BuyerForm.start(what.buyer))
    if form.accepted():
        try:
            _save(request, RequestEdits(buyer=form.buyer(what.buyer)))
        except DomainError as error:
            form.refuse(error)
        else:
            return _saved(request)
    return _shown(request, what, "buyer", form=form)


def _save(request: Any, edits: RequestEdits) -> None:
    service.edit_request(
        request.db, _vault(request), request.context.dume, edits, by=request.identity, now=request.now
    )


def _saved(request: Any, where: str = "request", **more: Any) -> Any:
    request.flash(_("C’est enregistré. Le DUME est à valider."))
    return see_other(_url(request, where, **more))


@page("dume.request_criteria", permission=_EDIT, template="dume/request_criteria.html", methods=_BOTH)
def criteria(request: Any) -> Any:
    """Choose the criteria, part by part; thresholds of those that stay are kept."""
    what = _read(request)
    held = {choice.code: choice for choice in complete.choices_of(what)}
    if request.method == "POST":
        ticked = {*request.POST.getall("critere"), *ALWAYS}
        chosen = [held.get(one.code, Choice(one.code)) for one in taxonomy().criteria if one.code in ticked]
        _choose(request, chosen)
        return _saved(request)
    parts = [
        {"kind": kind, "title": title, "hint": hint, "lines": [_criterion(one, held, request.lang) for one in taxonomy().criteria if one.kind == kind]}
        for kind, title, hint in SECTIONS
    ]  # fmt: skip
    return _shown(request, what, "criteria", parts=parts)


def _criterion(known: Any, held: dict[str, Choice], lang: str) -> dict[str, Any]:
    return {
        "code": known.code,
        "name": wording.criterion_name(known.code, lang),
        "text": wording.criterion_text(known.code, lang),
        "chosen": known.code in held or known.code in ALWAYS,
        "fixed": known.code in ALWAYS,
    }


def _choose(request: Any, choices: list[Choice]) -> None:
    service.choose_criteria(
        request.db, _vault(request), request.context.dume, choices, by=request.identity, now=request.now,
        mode=Mode.STANDARD,
    )  # fmt: skip


@page("dume.request_criterion", permission=_EDIT, template="dume/request_criterion.html", methods=_BOTH)
def criterion(request: Any) -> Any:
    """Say for which lots a criterion holds, and what is required, one set of thresholds per group of lots."""
    what = _read(request)
    choices = list(complete.choices_of(what))
    index = next((at for at, one in enumerate(choices) if one.code == request.matchdict["code"]), None)
    if index is None:
        raise NotFound("dume.no_criterion", _("Ce critère n’est pas dans ce DUME."))
    if request.method == "GET":
        return _thresholds(request, what, choices[index])
    made, errors = _posted(request, what, choices[index])
    if not errors:
        try:
            _choose(request, [*choices[:index], made, *choices[index + 1 :]])
        except Invalid as error:
            errors = {"contenu": request.translate(error.message, **error.params)}
        else:
            stays = {"ajouter", "retirer"} & set(request.POST)
            if stays:
                return see_other(_url(request, "request_criterion", code=made.code))
            return _saved(request)
    request.response.status_int = 422
    return _thresholds(request, what, choices[index], errors)


def _posted(request: Any, what: Document, choice: Choice) -> tuple[Choice, dict[str, str]]:
    """Return the criterion as it was posted, with the set more or less that was asked for."""
    sets, errors = thresholds.read(choice, request.POST, request.translate)
    every = {lot.id for lot in what.lots}
    own = tuple(lot for lot in request.POST.getall("lots") if lot in every)
    gone = request.POST.get("retirer", "")
    if gone.isdigit():
        kept = [
            one
            for number, one in zip(thresholds.numbers(request.POST), sets, strict=True)
            if str(number) != gone
        ]
        sets, errors = tuple(kept), {name: said for name, said in errors.items() if f"|{gone}|" not in name}
    if "ajouter" in request.POST and len(sets) < thresholds.MOST:
        sets = (*sets, complete.Requirements(values={}))
    limits = set(own) or every
    laid = tuple(replace(one, lots=tuple(lot for lot in one.lots if lot in limits)) for one in sets)
    return replace(choice, lots=own if set(own) != every else (), requirements=laid), errors


def _thresholds(
    request: Any, what: Document, choice: Choice, errors: dict[str, str] | None = None
) -> dict[str, Any]:
    posted = request.POST if request.method == "POST" else None
    kind = taxonomy().by_code[choice.code].kind
    sets = thresholds.sets_of(choice, request.lang, posted=posted, errors=errors)
    told = [
        (question.fields[0].id, question.fields[0].error)
        for one in sets
        for question in one.part.questions
        if question.fields[0].error
    ]
    return _shown(
        request, what, "criteria",
        criterion=_criterion(taxonomy().by_code[choice.code], {choice.code: choice}, request.lang),
        kind=kind,
        chosen=choice.lots if posted is None else tuple(posted.getall("lots")),
        sets=sets,
        asked=thresholds.has_thresholds(choice.code),
        several=kind == "selection" and len(what.lots) > 1,
        errors=[*told, *(one for one in (errors or {}).items() if one[0] == "contenu")],
    )  # fmt: skip


@page("dume.request_review", permission=Permission.DUME_VIEW, template="dume/request_review.html")
def review(request: Any) -> dict[str, Any]:
    """Show all that the request says, and what stands against its validation."""
    return _reviewed(
        request, service.check_dume(request.db, _vault(request), request.context.dume, now=request.now)
    )


@page("dume.request_review", permission=_EDIT, template="dume/request_review.html", methods=("POST",))
def validate(request: Any) -> Any:
    """Validate the request, or say what is lacking."""
    row = request.context.dume
    checked = service.validate(request.db, _vault(request), row, by=request.identity, now=request.now)
    if checked.ready:
        request.flash(_("Le DUME est validé. Il sera publié avec la consultation."))
        return see_other(_url(request, "request"))
    request.response.status_int = 422
    return _reviewed(request, checked)


def _reviewed(request: Any, checked: Any) -> dict[str, Any]:
    what = _read(request)
    found = findings.lines(request, checked.findings, door=Place(request), what=what)  # type: ignore[arg-type]  # it asks for addresses alone
    for line in found:
        if "ContractingParty" in line["path"]:
            line["href"] = _url(request, "request_buyer")
        elif line["stops"] and not line["href"]:
            line["href"] = _url(request, "request_criteria")
    return _shown(
        request, what, "review", sections=sections(what, request.lang), findings=found, checked=checked
    )


@page("dume.request_report", permission=Permission.DUME_VIEW, template="dume/request_report.html")
def report(request: Any) -> dict[str, Any]:
    """Show what became of each value of the file that was imported."""
    told = queries.report(request.db, _vault(request), request.context.dume, 1)
    if told is None:
        raise NotFound("dume.no_report", _("Ce DUME n’a pas été importé : il n’a pas de rapport."))
    return _shown(request, _read(request), "report", report=grouped(told, request.lang), most=_LINES)


@page("dume.request_copy", permission=Permission.DUME_VIEW)
def copy(request: Any) -> Any:
    """Give a copy of the request."""
    return copy_of(request, request.matchdict["form"])


@page("dume.request_renew", permission=_EDIT, methods=("POST",))
def renew(request: Any) -> Any:
    """Begin a new version of a published request; the one in force stays until it is published."""
    row = request.context.dume
    waiting = queries.request_tied(request.db, row.consultation_id) if row.consultation_id else None
    if waiting is None or waiting.id == row.id:
        waiting = service.renew_request(
            request.db, _vault(request), row, owner=service.owner_of(request.identity), by=request.identity,
            now=request.now,
        )  # fmt: skip
        request.flash(
            _("Une nouvelle version est commencée. L’actuelle reste en vigueur jusqu’à sa publication.")
        )
    return see_other(request.route_path("dume.request", id_dume=waiting.id_dume))


@page("dume.request_publish", permission=Permission.DUME_PUBLISH, methods=("POST",))
def publish(request: Any) -> Any:
    """Publish a new version in place of the one in force; the first one is published with its consultation."""
    row = request.context.dume
    if row.published_at is None and _in_force(request, row) is None:
        raise Invalid(
            "dume.with_consultation",
            _("Ce DUME est publié avec sa consultation : publiez-la. Rien n’a été modifié."),
        )
    service.publish(request.db, row, by=request.identity, now=request.now)
    request.flash(_("La nouvelle version est publiée. Les réponses déjà commencées peuvent la reprendre."))
    return see_other(_url(request, "request"))


@page("dume.request_delete", permission=_EDIT, methods=("POST",))
def delete(request: Any) -> Any:
    """Delete a request that is not published."""
    row = request.context.dume
    if row.published_at is not None:
        raise Invalid(
            "dume.published_stays",
            _(
                "Ce DUME est publié : il reste dans le dossier. Publiez une nouvelle version pour le corriger."
            ),
        )
    service.delete(request.db, row, by=request.identity, now=request.now)
    request.flash(_("Le DUME est supprimé."))
    # The page of the consultation is an upper room's, which may not be there.
    try:
        return see_other(request.route_path("consultations.dume", reference=row.consultation_ref))
    except KeyError:
        return see_other(request.route_path("accounts.dashboard"))
