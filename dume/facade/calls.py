"""What a call of the façade brings: its body, its caller, and what the operations need of them."""

import base64
import binascii
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pyramid.httpexceptions import HTTPForbidden

from dume import errors, queries
from dume.models import Dume
from dume.queries import Relation
from dume.rules import Kind, Owner, OwnerKind, Role
from dume.schemas import IdDume, LotBody, Lots, Short, Siret, Text, Xml
from procurement.accounts.queries import clients
from procurement.accounts.service import api_clients
from procurement.core import ids, services
from procurement.core.api import ApiResource, client_of
from procurement.core.errors import DomainError, FieldError, Forbidden, Invalid
from procurement.core.permissions import Permission
from procurement.core.security import Identity
from procurement.core.text import _
from procurement.core.vault import KeyVault

#: Said on every answer, refusals included.
MARK = ("Pli-Facade", "unofficial")


class FacadeSpace(ApiResource):
    """The context of a call: the client that asks; every answer carries the mark."""

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        request.add_response_callback(_mark)


def _mark(_request: Any, response: Any) -> None:
    name, value = MARK
    response.headers[name] = value


class NotOffered(DomainError):
    """The façade has no such domain or operation."""

    status = 501


class PlatformBody(BaseModel):
    """The caller's block."""

    model_config = ConfigDict(extra="ignore")

    typeIdPlateforme: Annotated[int, Field(ge=1, le=5)]  # noqa: N815  # the service's own word
    idPlateforme: Annotated[str, Field(min_length=1, max_length=18)]  # noqa: N815  # the service's own word
    idTechniquePlateforme: Annotated[str, Field(min_length=6, max_length=6)]  # noqa: N815  # the service's own word


class CallBody(BaseModel):
    """A call; members that an operation does not know are passed over, for the whole list of them is not public."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    operation: Annotated[str, Field(min_length=1, max_length=60)]
    platform: Annotated[PlatformBody, Field(alias="plateforme")]
    requester: Annotated[str, Field(alias="idDemandeur", min_length=1, max_length=18)]
    requester_name: Annotated[str, Field(alias="rsDemandeur", max_length=100)] = ""
    id_dume: Annotated[IdDume | None, Field(alias="idDume")] = None
    id_request: Annotated[IdDume | None, Field(alias="idDumeA")] = None
    id_response: Annotated[IdDume | None, Field(alias="idDumeOE")] = None
    dume: Xml = ""
    request_xml: Annotated[Xml, Field(alias="dumeA")] = ""
    response_xml: Annotated[Xml, Field(alias="dumeOE")] = ""
    siret: Annotated[Siret | None, Field(alias="siretOE")] = None
    role: Role = Role.SOLE
    level: Annotated[Literal[1, 2], Field(alias="typeDonnees")] = 1
    form: Annotated[Literal[0, 1, 2, 3], Field(alias="typeFormat")] = 2
    reference: Annotated[Short, Field(alias="refConsultation")] = ""
    closes_at: Annotated[AwareDatetime | None, Field(alias="dateLimite")] = None
    title: Annotated[Short, Field(alias="objet")] = ""
    description: Text = ""
    procedure: Annotated[str, Field(alias="codeProcedure", max_length=60)] = "open"
    lots: Annotated[list[LotBody], Field(max_length=500)] = []
    tendered: Annotated[Lots, Field(alias="lotsOE")] = []
    lot: Annotated[str, Field(max_length=40)] = ""
    status: Annotated[str, Field(alias="statut", max_length=20)] = ""
    name: Annotated[Short, Field(alias="nom")] = ""
    language: Annotated[Literal["fr", "en"], Field(alias="langue")] = "fr"
    criterion: Annotated[Short, Field(alias="critere")] = ""
    country: Annotated[str, Field(alias="pays", max_length=3)] = "FRA"


@dataclass(frozen=True)
class Call:
    """One call as the operations see it."""

    request: Any
    body: CallBody

    @property
    def by(self) -> Identity:
        """Return the client that asks."""
        found: Identity = self.request.identity
        return found

    @property
    def now(self) -> datetime:
        """Return the time of the call."""
        found: datetime = self.request.now
        return found

    @property
    def vault(self) -> KeyVault:
        """Return the vault."""
        found: KeyVault = services.get(self.request, KeyVault)
        return found

    @property
    def client_id(self) -> uuid.UUID:
        """Return the id of the client that asks."""
        return client_of(self.request)

    def owner(self, siret: str) -> Owner:
        """Return who owns what this client makes for a SIRET."""
        return Owner(kind=OwnerKind.CLIENT, siret=ids.siret(siret), client_id=self.client_id)

    def buyer(self, scope: Permission) -> str:
        """Return the buyer's SIRET, which is who asks; in production its mandate must cover the scope."""
        siret = ids.siret(self.body.requester)
        self.check_mandate(siret, scope)
        return siret

    def check_mandate(self, siret: str, scope: Permission) -> None:
        """Refuse a client in production that acts for a buyer without its mandate."""
        api_clients.require_mandate(self.request.db, self.by, siret, scope.scope or "", now=self.now)

    def need(self, permission: Permission) -> None:
        """Refuse a token without the scope of an operation, in the words of the API."""
        granted = self.request.has_permission(str(permission))
        if not granted:
            raise HTTPForbidden(result=granted)

    def own(self, id_dume: str | None, kind: Kind, member: str = "idDume") -> Dume:
        """Return a DUME of the client's own."""
        found = self._find(id_dume, kind, member)
        if queries.relation(found, client_id=self.client_id, now=self.now) is not Relation.OWNER:
            raise errors.not_found()
        return found

    def published(self, id_dume: str | None) -> Dume:
        """Return a request that may be answered: published, or the client's own."""
        found = self._find(id_dume, Kind.REQUEST, "idDumeA")
        standing = queries.relation(found, client_id=self.client_id, now=self.now)
        if standing not in {Relation.OWNER, Relation.READER}:
            raise errors.not_found()
        return found

    def _find(self, id_dume: str | None, kind: Kind, member: str) -> Dume:
        if not id_dume:
            raise missing(member)
        found = queries.by_id_dume(self.request.db, id_dume)
        if found.kind is not kind:
            raise errors.not_found()
        return found


def missing(member: str) -> Invalid:
    """Return the refusal of a call without a member that its operation needs."""
    message = _("Cette opération demande « %(member)s ».")
    error = FieldError(f"/{member}", "facade.member_missing", message, {"member": member})
    return Invalid("facade.member_missing", message, errors=(error,), member=member)


def decoded(text: str, member: str) -> bytes:
    """Return the bytes of an XML in base64; refuse what is missing or no base64."""
    if not text:
        raise missing(member)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        message = _("Donnez le fichier XML en base64.")
        error = FieldError(f"/{member}", "dume.base64", message)
        raise Invalid("dume.base64", message, errors=(error,)) from None


def encoded(data: bytes) -> str:
    """Return bytes as the service carries them."""
    return base64.b64encode(data).decode()


def check_platform(call: Call) -> None:
    """Refuse a caller's block that is not the one recorded for the client whose token this is."""
    found = clients.client(call.request.db, call.client_id)
    known = found.platform if found else None
    given = call.body.platform
    told = {
        "kind": given.typeIdPlateforme,
        "id": ids.platform_id(given.typeIdPlateforme, given.idPlateforme),
        "technical_id": given.idTechniquePlateforme,
    }
    if known != told:
        raise Forbidden(
            "facade.platform_mismatch",
            _(
                "Le bloc « plateforme » n’est pas celui de ce client de l’API. Faites enregistrer le couple par l’exploitant (pli client name-platform)."
            ),
        )


#: An operation: the scope it takes, and what it does.
Deed = Callable[[Call], dict[str, Any]]
Operations = dict[str, tuple[Permission | None, Deed]]
