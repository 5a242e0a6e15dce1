"""Addresses of consultations, and who may do what behind them.

Public pages know only what is published; a buyer's pages only what is his organisation's: everything else is a 404.
"""

import uuid
from typing import Any

from procurement.accounts import queries as accounts
from procurement.accounts.acl import buyer_acl
from procurement.consultations import contracts, queries
from procurement.consultations.errors import ConsultationNotFound
from procurement.consultations.rules import ConsultationView, State
from procurement.consultations.upload import Upload
from procurement.core import services
from procurement.core.db import Database
from procurement.core.permissions import Entry, Permission, public
from procurement.core.web.views import SAFE

REFERENCE = "{reference:[0-9]{4}-[0-9]{6,}}"
_PUBLIC = "/consultations/" + REFERENCE
_BUYER = "/acheteur/consultations/" + REFERENCE


class ConsultationResource:
    """A consultation as the context of a request."""

    def __init__(self, consultation: ConsultationView, acl: list[Entry]) -> None:
        self.consultation = consultation
        self.upload: Upload | None = None
        self.__acl__ = acl


class BuyerResource:
    """The consultations of the organisation one acts for; nobody's, for who has not signed in."""

    def __init__(self, request: Any) -> None:
        identity = request.identity
        buyer = identity is not None and identity.organisation_kind == "buyer"
        self.__acl__ = buyer_acl(identity.organisation_id, _limited_to(identity)) if buyer else public()


class SignInFirst:
    """A buyer's page asked for by somebody who has not signed in: it is not said whether it exists."""

    def __init__(self) -> None:
        self.__acl__: list[Entry] = public()


def owned_consultation(request: Any) -> ConsultationResource | SignInFirst:
    """Return the consultation of the address when it is the active organisation's; raise NotFound otherwise."""
    if request.identity is None:
        return SignInFirst()
    consultation = queries.view(request.db, request.matchdict["reference"])
    if consultation.organisation_id != request.identity.organisation_id:
        raise ConsultationNotFound
    services = (
        accounts.service_and_parents(request.db, consultation.service_id) if consultation.service_id else []
    )
    return ConsultationResource(consultation, buyer_acl(consultation.organisation_id, services))


def publishing(request: Any) -> ConsultationResource | SignInFirst:
    """Return the consultation to publish; what its contract documents say is worked out before the write begins."""
    if request.identity is not None and request.method not in SAFE:
        database: Database = services.get(request, Database)
        with database.read() as session:
            found = queries.view(session, request.matchdict["reference"])
            if found.organisation_id == request.identity.organisation_id:
                contracts.prepare(session, found.id)
    return owned_consultation(request)


def public_consultation(request: Any) -> ConsultationResource:
    """Return the consultation of the address once it is public; raise NotFound before."""
    consultation = queries.view(request.db, request.matchdict["reference"])
    if consultation.state(request.now) in {State.DRAFT, State.SCHEDULED}:
        raise ConsultationNotFound
    return ConsultationResource(consultation, public())


def upload_target(request: Any) -> ConsultationResource | SignInFirst:
    """Return the consultation that files are sent to, with the body opened up to its first file.

    The CSRF token is the first field of the form: it is read here and handed to the check as a header, so that
    nothing reads the whole body before the rights are known.
    """
    resource = owned_consultation(request)
    if not isinstance(resource, ConsultationResource) or request.method != "POST":
        return resource
    if request.has_permission(Permission.CONSULTATION_EDIT, resource):
        resource.upload = Upload.begin(request)
    return resource


def _limited_to(identity: Any) -> list[uuid.UUID]:
    """Return the services that the person's roles are limited to: a list of drafts is open to those too."""
    return [uuid.UUID(role.partition("@")[2]) for role in identity.roles if "@" in role]


def includeme(config: Any) -> None:
    """Add the routes; fixed addresses come before those with a reference."""
    config.add_route("home", "/")
    config.add_route("consultations.search", "/recherche")
    for form in ("atom", "json", "csv"):
        config.add_route(f"consultations.search_{form}", f"/recherche.{form}")
    _public(config)
    config.add_route("consultations.buyer_list", "/acheteur/consultations", factory=BuyerResource)
    config.add_route("consultations.create", "/acheteur/consultations/nouvelle", factory=BuyerResource)
    _buyer(config)


def _public(config: Any) -> None:
    addresses = {
        "calendar": f"{_PUBLIC}.ics",
        "show": _PUBLIC,
        "archive": f"{_PUBLIC}/dce.zip",
        "hashes": f"{_PUBLIC}/empreintes.sha256",
        "manifest": f"{_PUBLIC}/manifeste.json",
        "identify": f"{_PUBLIC}/retrait",
        "document": f"{_PUBLIC}/documents/{{document}}",
        "api_show": f"/api/v1/consultations/{REFERENCE}",
    }
    for name, address in addresses.items():
        config.add_route(f"consultations.{name}", address, factory=public_consultation)


def _buyer(config: Any) -> None:
    addresses = {
        "manage": _BUYER,
        "identity": f"{_BUYER}/identite",
        "procedure": f"{_BUYER}/procedure",
        "lots": f"{_BUYER}/lots",
        "lot_new": f"{_BUYER}/lots/nouveau",
        "lot": f"{_BUYER}/lots/{{number:[0-9]{{1,4}}}}",
        "lot_remove": f"{_BUYER}/lots/{{number:[0-9]{{1,4}}}}/retirer",
        "dates": f"{_BUYER}/dates",
        "deposit_rules": f"{_BUYER}/depot",
        "dume": f"{_BUYER}/dume",
        "dume_begin": f"{_BUYER}/dume/commencer",
        "dume_import": f"{_BUYER}/dume/importer",
        "dume_refresh": f"{_BUYER}/dume/reprendre",
        "contracts": f"{_BUYER}/pieces",
        "contract_attach": f"{_BUYER}/pieces/{{draft:[0-9a-f-]{{36}}}}/joindre",
        "documents": f"{_BUYER}/documents",
        "document_edit": f"{_BUYER}/documents/{{document}}",
        "document_read": f"{_BUYER}/documents/{{document}}/fichier",
        "document_remove": f"{_BUYER}/documents/{{document}}/retirer",
        "check": f"{_BUYER}/verification",
        "preview": f"{_BUYER}/apercu",
        "published": f"{_BUYER}/publiee",
        "history": f"{_BUYER}/historique",
        "register": f"{_BUYER}/retraits",
        "register_csv": f"{_BUYER}/retraits.csv",
    }
    upload = f"{_BUYER}/documents/envoi"
    config.add_route("consultations.document_upload", upload, factory=upload_target)
    config.add_route("consultations.publish", f"{_BUYER}/publier", factory=publishing)
    for name, address in addresses.items():
        config.add_route(f"consultations.{name}", address, factory=owned_consultation)
