"""Addresses of contract drafting, and who may do what behind them.

A draft belongs to a buyer or to a client of the API: for everybody else it does not exist (404). A role limited to a service
reaches the drafts of that service's consultations. The library is open to all: its words are those of public contracts.
"""

import uuid
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from clauses import errors, hooks, queries
from clauses.ahead import work_out
from clauses.hooks import SourceFacts
from clauses.queries import Desk, DraftView
from procurement.accounts.acl import buyer_acl
from procurement.core.api import ApiResource
from procurement.core.permissions import Entry, Permission, public

ROOT = "/acheteur/redaction"
_DRAFT = ROOT + "/{draft:[0-9a-f-]{36}}"
_CLAUSE = _DRAFT + "/clauses/{clause:[a-z0-9_.]{1,80}}"
_LIBRARY = "/clauses"
_LAYER = ROOT + "/adaptations"
_USUAL = ROOT + "/reponses-habituelles"
#: Pages of a draft, by the end of their route's name.
_DRAFT_PAGES = {
    "draft": "",
    "chapter": "/chapitres/{chapter:[1-9][0-9]?}",
    "answer": "/reponses/{fact:[a-z0-9_]{1,80}}",
    "checks": "/controles",
    "submit": "/transmettre",
    "return": "/rendre",
    "validate": "/valider",
    "facts": "/donnees",
    "date": "/date",
    "conflicts": "/conflits",
    "conflict": "/conflits/{conflict:[0-9a-f-]{36}}",
    "duplicate": "/dupliquer",
    "compare": "/comparer",
    "upgrade": "/mise-a-niveau",
    "upgrade_undo": "/mise-a-niveau/annuler",
    "readback": "/relecture",
    "readback_apply": "/relecture/reprendre",
    "history": "/historique",
    "preview": "/apercu",
    "export": "/document.{form:docx|odt|pdf|html}",
    "redline": "/modifications.docx",
}
_CLAUSE_PAGES = {
    "clause": "",
    "text": "/texte",
    "text_auto": "/texte/saisie",
    "revert": "/bibliotheque",
    "derogation": "/derogation",
    "acknowledge": "/lecture",
    "remark": "/remarques",
    "remark_close": "/remarques/{remark:[0-9a-f-]{36}}/regler",
}


class BuyerSpace:
    """The drafts of the organisation one acts for; nobody's, for who has not signed in."""

    def __init__(self, request: Any) -> None:
        identity = request.identity
        buyer = identity is not None and identity.organisation_kind == "buyer"
        self.__acl__ = buyer_acl(identity.organisation_id, _limited_to(identity)) if buyer else public()


class OverrideResource:
    """An adaptation of the organisation one acts for; for everybody else it does not exist."""

    def __init__(self, request: Any) -> None:
        self.override_id = _id(request, "override")
        identity = request.identity
        if identity is None:
            self.__acl__ = public()
            return
        mine = queries.layer_of(request.db, identity.organisation_id) if identity.organisation_id else None
        if mine is None or not queries.has_override(request.db, mine.id, self.override_id):
            raise errors.override_not_found()
        self.__acl__ = buyer_acl(identity.organisation_id)


class CoverResource:
    """A cover page of the layer of the organisation one acts for; for everybody else it does not exist."""

    def __init__(self, request: Any) -> None:
        self.page_id = _id(request, "cover")
        identity = request.identity
        if identity is None:
            self.__acl__ = public()
            return
        mine = queries.layer_of(request.db, identity.organisation_id) if identity.organisation_id else None
        found = queries.cover_page(request.db, mine, self.page_id) if mine else None
        if found is None:
            raise errors.cover_not_found()
        self.found = found
        self.__acl__ = buyer_acl(identity.organisation_id)


class ConsultationSpace:
    """The drafts of one consultation; without it for who has not signed in yet."""

    def __init__(self, acl: list[Entry], consultation_id: uuid.UUID, said: SourceFacts | None = None) -> None:
        self.consultation_id = consultation_id
        self._said = said
        self.__acl__ = acl

    @property
    def said(self) -> SourceFacts:
        """Return what the consultation says; only those who may see it come this far."""
        assert self._said is not None
        return self._said


class DraftResource:
    """A draft of the active organisation; without it for who has not signed in yet."""

    def __init__(
        self,
        acl: list[Entry],
        session: Session,
        draft: DraftView | None = None,
        said: SourceFacts | None = None,
    ) -> None:
        self._session = session
        self._draft = draft
        self.said = said
        self.__acl__ = acl

    @property
    def draft(self) -> DraftView:
        """Return the draft; only those who may see it come this far."""
        assert self._draft is not None
        return self._draft

    @cached_property
    def desk(self) -> Desk:
        """Return the draft as it is on the desk: evaluated, with what is asked next."""
        return queries.desk(self._session, self.draft)

    def renew(self) -> None:
        """Read the draft again: something of it was just written."""
        self._draft = queries.view(self._session, self.draft.id)
        self.__dict__.pop("desk", None)


class ApiDraft(ApiResource):
    """A draft of the client that asks; without a working token nothing is loaded, the answer is 401."""

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self._draft: DraftView | None = None
        if self.client_id is None:
            return
        draft_id = _id(request, "draft")
        work_out(request, draft_id, lambda found: found.client_id == self.client_id)
        found = queries.view(request.db, draft_id)
        if found.client_id != self.client_id:
            raise errors.draft_not_found()
        self._draft = found

    @property
    def draft(self) -> DraftView:
        """Return the draft."""
        assert self._draft is not None
        return self._draft


def consultation_space(request: Any) -> ConsultationSpace:
    """Return the drafts of the consultation of the address when it is the active organisation's; raise NotFound."""
    consultation_id = _id(request, "consultation")
    identity = request.identity
    if identity is None:
        return ConsultationSpace(public(), consultation_id)
    said = hooks.fact_source(request.registry).facts(request.db, consultation_id, None)
    if said.organisation_id != identity.organisation_id:
        raise errors.draft_not_found()
    return ConsultationSpace(buyer_acl(said.organisation_id, said.services), consultation_id, said)


def draft_by_id(request: Any) -> DraftResource:
    """Return the draft of the address when it is the active organisation's; raise NotFound otherwise."""
    identity = request.identity
    if identity is None:
        return DraftResource(public(), request.db)
    draft_id = _id(request, "draft")
    work_out(request, draft_id, lambda found: found.organisation_id == identity.organisation_id)
    found = queries.view(request.db, draft_id)
    if found.organisation_id is None or found.organisation_id != identity.organisation_id:
        raise errors.draft_not_found()
    return resource_of(request, found)


def resource_of(request: Any, found: DraftView) -> DraftResource:
    """Return a draft of the organisation with who may do what with it; its lot may be gone from the consultation."""
    assert found.organisation_id is not None
    said = None
    if found.consultation_id is not None:
        source = hooks.fact_source(request.registry)
        said = hooks.facts_of(source, request.db, found.consultation_id, found.lot_id)
    acl = buyer_acl(found.organisation_id, said.services if said else ())
    return DraftResource(acl, request.db, found, said)


def may_view(request: Any, found: DraftView) -> bool:
    """Tell whether who asks may see a draft: of the active organisation, and of a service that his role reaches."""
    if found.organisation_id is None or found.organisation_id != request.identity.organisation_id:
        return False
    return bool(request.has_permission(Permission.CLAUSE_DRAFT_VIEW, resource_of(request, found)))


def consultations_in_view(request: Any) -> set[uuid.UUID] | None:
    """Return the consultations whose drafts the person may see; None for all, and for drafts that have none."""
    organisation_id = request.identity.organisation_id
    whole = ConsultationSpace(buyer_acl(organisation_id), organisation_id)
    if request.has_permission(Permission.CLAUSE_DRAFT_VIEW, whole):
        return None
    source = hooks.fact_source(request.registry)
    seen = set()
    for one in queries.consultations_of(request.db, organisation_id):
        said = source.facts(request.db, one, None)
        space = ConsultationSpace(buyer_acl(organisation_id, said.services), one, said)
        if request.has_permission(Permission.CLAUSE_DRAFT_VIEW, space):
            seen.add(one)
    return seen


def _limited_to(identity: Any) -> list[uuid.UUID]:
    """Return the services that the person's roles are limited to: a list of drafts is open to those too."""
    return [uuid.UUID(role.partition("@")[2]) for role in identity.roles if "@" in role]


def _id(request: Any, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(request.matchdict[name])
    except ValueError:
        raise errors.draft_not_found() from None


def _layer_routes(config: Any) -> None:
    config.add_route("clauses.layer", _LAYER, factory=BuyerSpace)
    config.add_route("clauses.layer_release", f"{_LAYER}/publier", factory=BuyerSpace)
    config.add_route(
        "clauses.layer_clause", f"{_LAYER}/clauses/{{clause:[a-z0-9_.]{{1,80}}}}", factory=BuyerSpace
    )
    config.add_route(
        "clauses.layer_cover", f"{_LAYER}/gardes/{{document:tous|[A-Z][A-Z_]{{0,39}}}}", factory=BuyerSpace
    )
    for name, tail in (("layer_cover_remove", "retirer"), ("layer_logo", "logo")):
        path = f"{_LAYER}/gardes/{{cover:[0-9a-f-]{{36}}}}/{tail}"
        config.add_route(f"clauses.{name}", path, factory=CoverResource)
    for name, tail in (("acknowledge", "prendre-acte"), ("take_back", "retirer")):
        path = f"{_LAYER}/{{override:[0-9a-f-]{{36}}}}/{tail}"
        config.add_route(f"clauses.layer_{name}", path, factory=OverrideResource)


def _usual_routes(config: Any) -> None:
    """Name a usual answer by its question: whose it is, the session says."""
    config.add_route("clauses.usual", _USUAL, factory=BuyerSpace)
    one = f"{_USUAL}/{{fact:[a-z0-9_]{{1,80}}}}"
    config.add_route("clauses.usual_answer", one, factory=BuyerSpace)
    config.add_route("clauses.usual_forget", f"{one}/retirer", factory=BuyerSpace)


def includeme(config: Any) -> None:
    """Add the routes of the pages; fixed addresses come before those with an id."""
    config.add_route("clauses.home", ROOT, factory=BuyerSpace)
    config.add_route("clauses.walkthroughs", f"{ROOT}/parcours", factory=BuyerSpace)
    config.add_route(
        "clauses.walkthrough", f"{ROOT}/parcours/{{walkthrough:[a-z0-9_-]{{1,80}}}}", factory=BuyerSpace
    )
    _layer_routes(config)
    _usual_routes(config)
    config.add_route(
        "clauses.drafts",
        f"{ROOT}/consultations/{{consultation:[0-9a-f-]{{36}}}}",
        factory=consultation_space,
    )
    for name, tail in _DRAFT_PAGES.items():
        config.add_route(f"clauses.{name}", f"{_DRAFT}{tail}", factory=draft_by_id)
    for name, tail in _CLAUSE_PAGES.items():
        config.add_route(f"clauses.{name}", f"{_CLAUSE}{tail}", factory=draft_by_id)
    config.add_route("clauses.library", _LIBRARY)
    config.add_route("clauses.releases", f"{_LIBRARY}/versions")
    config.add_route("clauses.article", f"{_LIBRARY}/articles/{{article}}")
    config.add_route("clauses.library_clause", f"{_LIBRARY}/{{clause:[a-z0-9_.]{{1,80}}}}")
