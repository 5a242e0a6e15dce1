"""Addresses of accounts, and the resources behind them: an object of another organisation is not found."""

import uuid
from typing import Any

from procurement.accounts import queries
from procurement.accounts.acl import buyer_acl, company_acl
from procurement.accounts.rules import OrganisationKind
from procurement.core import services
from procurement.core.errors import NotFound
from procurement.core.permissions import Entry, Permission, public, signed_in
from procurement.core.settings import Settings
from procurement.core.text import _


class Own:
    """What belongs to whoever is signed in: account, dashboard, sessions."""

    def __init__(self, request: Any) -> None:
        del request
        self.__acl__ = [*public(), *signed_in(Permission.ACCOUNT_EDIT, Permission.DASHBOARD_VIEW)]


class ActiveOrganisation:
    """The organisation one acts for; for an anonymous visitor, nothing but what is public."""

    def __init__(self, request: Any) -> None:
        who = request.identity
        self.__acl__: list[Entry] = public()
        self.organisation_id: uuid.UUID | None = who.organisation_id if who else None
        if self.organisation_id is not None:
            buyer = who.organisation_kind == OrganisationKind.BUYER
            self.__acl__ = buyer_acl(self.organisation_id) if buyer else company_acl(self.organisation_id)


class ActiveBuyer(ActiveOrganisation):
    """The buyer one acts for: companies have no services."""

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        if self.organisation_id is not None and request.identity.organisation_kind != OrganisationKind.BUYER:
            raise NotFound("service.not_found", _("Une entreprise n’a pas de services d’achat."))


class TeamMember(ActiveOrganisation):
    """A member of the organisation one acts for."""

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self.member: queries.Member | None = None
        if self.organisation_id is not None:
            self.member = queries.member(request.db, self.organisation_id, _id(request, "person"))


class BuyerService(ActiveBuyer):
    """An open service of the buyer one acts for."""

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self.service: queries.Service | None = None
        if self.organisation_id is not None:
            wanted = _id(request, "service")
            known = {item.id: item for item in queries.services(request.db, self.organisation_id)}
            if wanted not in known:
                raise NotFound("service.not_found", _("Ce service n’existe pas dans votre organisation."))
            self.service = known[wanted]


class SentInvitation(ActiveOrganisation):
    """An invitation of the organisation one acts for that can still be accepted."""

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self.invitation_id = _id(request, "invitation")
        if self.organisation_id is not None:
            sent = queries.pending_invitations(request.db, self.organisation_id, request.now)
            if self.invitation_id not in {item.id for item in sent}:
                raise NotFound("invitation.not_found", _("Cette invitation n’existe plus."))


def _id(request: Any, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(request.matchdict[name])
    except ValueError:
        raise NotFound("http.not_found", _("Cette adresse est incomplète ou mal recopiée.")) from None


def includeme(config: Any) -> None:
    """Add the routes."""
    _public(config)
    _api(config)
    own = {
        "accounts.dashboard": "/tableau-de-bord",
        "accounts.account": "/compte",
        "accounts.email": "/compte/adresse",
        "accounts.email_confirm": "/compte/adresse/{token}",
        "accounts.password": "/compte/mot-de-passe",
        "accounts.security": "/compte/securite",
        "accounts.second_factor": "/compte/securite/activer",
        "accounts.second_factor_remove": "/compte/securite/retirer",
        "accounts.recovery_codes": "/compte/securite/codes",
        "accounts.sessions": "/compte/sessions",
        "accounts.sessions_end": "/compte/sessions/autres",
        "accounts.session_end": "/compte/sessions/{session}/fin",
        "accounts.switch": "/organisation/changer",
        "accounts.api.session": "/api/v1/session",
    }
    for name, pattern in own.items():
        config.add_route(name, pattern, factory=Own)
    config.add_route("accounts.organisation", "/organisation", factory=ActiveOrganisation)
    config.add_route("accounts.organisation_edit", "/organisation/modifier", factory=ActiveOrganisation)
    config.add_route("accounts.services", "/organisation/services", factory=ActiveBuyer)
    config.add_route("accounts.service", "/organisation/services/{service}", factory=BuyerService)
    config.add_route(
        "accounts.service_close", "/organisation/services/{service}/fermeture", factory=BuyerService
    )
    config.add_route("accounts.team", "/equipe", factory=ActiveOrganisation)
    config.add_route("accounts.invite", "/equipe/invitation", factory=ActiveOrganisation)
    withdrawal = "/equipe/invitations/{invitation}/retrait"
    config.add_route("accounts.invitation_withdraw", withdrawal, factory=SentInvitation)
    config.add_route("accounts.member", "/equipe/{person}", factory=TeamMember)
    config.add_route("accounts.member_role", "/equipe/{person}/role", factory=TeamMember)
    config.add_route("accounts.member_remove", "/equipe/{person}/retrait", factory=TeamMember)


def _api(config: Any) -> None:
    config.add_route("accounts.api.token", "/oauth/token")
    config.add_route("accounts.api.metadata", "/.well-known/oauth-authorization-server")
    settings: Settings = services.find(config.registry, Settings)
    if settings.sandbox:
        config.add_route("accounts.api.sandbox_clients", "/api/v1/sandbox/clients")


def _public(config: Any) -> None:
    config.add_route("accounts.sign_in", "/connexion")
    config.add_route("accounts.code", "/connexion/code")
    config.add_route("accounts.sign_out", "/deconnexion")
    config.add_route("accounts.forgotten", "/mot-de-passe/oublie")
    config.add_route("accounts.reset", "/mot-de-passe/{token}")
    config.add_route("accounts.register", "/inscription")
    config.add_route("accounts.register_company", "/inscription/entreprise")
    config.add_route("accounts.register_person", "/inscription/personne")
    config.add_route("accounts.register_sent", "/inscription/courriel")
    config.add_route("accounts.register_confirm", "/inscription/{token}")
    config.add_route("accounts.invitation", "/invitation/{token}")
