"""DUMEs on the demonstration's server: drafts behind a link, a company's own, a hand-over; made through the verbs."""

from datetime import timedelta
from typing import Any

from dume import queries, service
from dume.espd.model import Address, Buyer, Contact, Identifier, Lot, Party, Procedure, Role
from dume.models import Dume
from dume.rules import Mode, Owner, OwnerKind
from dume.service import RequestDraft, ResponseDraft, Tie
from procurement.accounts.service import api_clients
from procurement.accounts.service.api_clients import Asked
from procurement.core.permissions import scopes
from procurement.core.runtime import Runtime
from procurement.core.vault import KeyVault

#: A company of the simulator of which every source says something.
COMPLETE_SIRET = "00000001800010"
RETURN_URL = "https://places.example/retour"


def ids(runtime: Runtime, city: Any, bidder: Any) -> dict[str, str]:
    """Make them; return what stands in the addresses of their pages."""
    with runtime.database.write() as session:
        vault: KeyVault = runtime.find(KeyVault)
        now = runtime.clock.now()
        request = _request(session, vault, city, now)
        owner = Owner(kind=OwnerKind.ORGANISATION, organisation_id=bidder.id, siret=bidder.siret)
        draft = ResponseDraft(role=Role.SOLE, request=request)
        own = service.create_response(session, vault, draft, owner=owner, by=None, now=now)
        secret_request = _linked_request(session, vault, city, now)
        return {
            "dume_published": request.id_dume,
            "dume_own": own.id_dume,
            "dume_request": secret_request,
            "dume_response": _linked_response(session, vault, request, now),
            "dume_imported": _imported(session, vault, request, now),
            "dume_handover": _handover(session, vault, request, now),
        }


def _buyer(city: Any) -> Buyer:
    party = Party(
        identifiers=(Identifier(city.siret, scheme="NATIONAL"),),
        name=city.legal_name,
        website="https://ville.example/marches",
        endpoint=Identifier("achats@ville.example", scheme="EM"),
        address=Address("1 place de la Mairie", "Tilleuls", "38000", "FRA"),
        contact=Contact("Service des marchés", "+33 4 76 00 00 00", "", "achats@ville.example"),
    )
    return Buyer(party=party)


def _draft(city: Any) -> RequestDraft:
    return RequestDraft(
        buyer=_buyer(city),
        procedure=Procedure("open", "Rénovation du gymnase", "Isolation et ventilation.", ("45000000",)),
        lots=(Lot("LOT-0001", "Gros œuvre"), Lot("LOT-0002", "Ventilation")),
        mode=Mode.SIMPLIFIED,
    )


def _request(session: Any, vault: KeyVault, city: Any, now: Any) -> Dume:
    owner = Owner(kind=OwnerKind.ORGANISATION, organisation_id=city.id, siret=city.siret)
    row = service.create_request(session, vault, _draft(city), owner=owner, by=None, now=now)
    checked = service.validate(session, vault, row, by=None, now=now)
    assert checked.ready, checked.findings
    tie = Tie(reference="GYM-2027-01", closes_at=now + timedelta(days=30))
    service.publish(session, row, by=None, now=now, tie=tie)
    return row


def _linked_request(session: Any, vault: KeyVault, city: Any, now: Any) -> str:
    owner, secret = service.link_owner(city.siret)
    service.create_request(session, vault, _draft(city), owner=owner, by=None, now=now)
    return secret


def linked_response(runtime: Runtime, id_dume: str) -> str:
    """Begin a response behind a link of its own to a published request; return the secret of the link."""
    with runtime.database.write() as session:
        vault: KeyVault = runtime.find(KeyVault)
        return _linked_response(session, vault, queries.by_id_dume(session, id_dume), runtime.clock.now())


def _linked_response(session: Any, vault: KeyVault, request: Dume, now: Any) -> str:
    owner, secret = service.link_owner()
    draft = ResponseDraft(role=Role.SOLE, request=request)
    service.create_response(session, vault, draft, owner=owner, by=None, now=now)
    return secret


def _imported(session: Any, vault: KeyVault, request: Dume, now: Any) -> str:
    owner, secret = service.link_owner()
    content, _digest = queries.xml(session, vault, request)
    service.import_request(session, vault, content, owner=owner, by=None, now=now)
    return secret


def _handover(session: Any, vault: KeyVault, request: Dume, now: Any) -> str:
    asked = Asked(
        name="Places de marché", email="integration@places.example", organisation_id=None, scopes=tuple(scopes()),
        return_urls=(RETURN_URL,),
    )  # fmt: skip
    client = api_clients.create(session, vault, asked, local=True, by=None, now=now)
    owner = Owner(kind=OwnerKind.CLIENT, client_id=client.id, siret=COMPLETE_SIRET)
    draft = ResponseDraft(role=Role.SOLE, request=request)
    row = service.create_response(session, vault, draft, owner=owner, by=None, now=now)
    return service.hand_over(session, row, return_url=RETURN_URL, by=None, now=now).token
