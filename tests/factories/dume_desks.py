"""What the access matrices try of the pages of the platform: a request, a consortium, an API client, a mandate."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from dume import queries, service
from dume.rules import Role
from dume.service import Guest
from procurement.accounts.queries.clients import keys_of
from procurement.accounts.service import api_clients
from procurement.accounts.service.api_clients import Asked, Signed
from procurement.core.security import Identity
from procurement.core.vault import KeyVault
from procurement.core.webhooks import service as webhooks
from procurement.core.webhooks.addresses import Guard
from tests.factories import dume
from tests.factories.accounts import Made
from tests.factories.clients import create_vendor
from tests.factories.matrix import Case, World

HOOK = "https://places.example/pli"


def create_consortium(
    session: Session, vault: KeyVault, buyer: Made, lead: Made, now: Any, *, reference: str = dume.REFERENCE
) -> Any:
    """Publish a request, begin the response of a lead and a consortium around it."""
    asked = dume.publish_request(session, vault, buyer, now, reference=reference)
    row = dume.create_response(session, vault, lead, asked, now, role=Role.LEAD)
    by = lead.identity("depositor")
    return service.start_consortium(session, row, name="Groupement d’essai", by=by, now=now)


def invite(session: Session, group: Any, lead: Made, now: Any, **guest: Any) -> Any:
    """Invite a company; return the invitation with its token."""
    about = {"role": Role.MEMBER, "email": "membre@essai.example", "name": "Membre d’essai"} | guest
    return service.invite_member(session, group, Guest(**about), by=lead.identity("depositor"), now=now)


def matrix_cases(world: World) -> dict[str, Case]:
    """Give the access matrices what the desks of buyers, companies and vendors need."""
    vault, now = world.runtime.find(KeyVault), world.clock.now()
    with world.runtime.database.write() as session:
        draft = dume.create_request(session, vault, world.buyer, now)
        group = create_consortium(session, vault, world.buyer, world.company, now, reference="2027-000777")
        invited = invite(session, group, world.company, now)
        asked = dume.publish_request(session, vault, world.buyer, now, reference="2027-000778")
        alone = dume.create_response(session, vault, world.company, asked, now, role=Role.LEAD)
        by = world.buyer.identity("drafter")
        content, _digest = queries.xml(session, vault, draft)
        read = service.import_request(session, vault, content, owner=service.owner_of(by), by=by, now=now)
        ids = {
            "imported": read.id_dume,
            "draft": draft.id_dume,
            "asked": asked.id_dume,
            "alone": alone.id_dume,
            "group": str(group.id),
        }
        member, token = str(invited.member.id), invited.token
    return {
        **_requests(ids),
        **_consortia(ids, member, token),
        **_portal(world, vault),
    }


def _requests(ids: dict[str, str]) -> dict[str, Case]:
    own = Case({"id_dume": ids["draft"], "form": "xml", "code": "gen-year-to"}, side="buyer")
    public = Case({"id_dume": ids["asked"], "form": "xml"}, side="buyer", public=True)
    names = (
        "request request_buyer request_criteria request_criterion request_review request_copy request_renew"
    )
    return {
        **{f"dume.{name}": own for name in (*names.split(), "request_publish", "request_delete")},
        "dume.request_report": Case({"id_dume": ids["imported"]}, side="buyer"),
        **{f"dume.{name}": public for name in ("public", "public_copy")},
    }


def _consortia(ids: dict[str, str], member: str, token: str) -> dict[str, Case]:
    own = Case({"consortium": ids["group"], "member": member}, side="company")
    names = ("consortium", "consortium_invite", "consortium_remove", "consortium_leave")
    return {
        **{f"dume.{name}": own for name in names},
        "dume.consortium_start": Case({"id_dume": ids["alone"]}, side="company"),
        "dume.invitation": Case({"token": token}, side="company", public=True),
    }


def _portal(world: World, vault: KeyVault) -> dict[str, Case]:
    now = world.clock.now()
    vendor = create_vendor(world.runtime, organisation_id=world.company.id)
    by = Identity(
        person_id=vendor.id, name="", email="", organisation_id=world.company.id, client_id=vendor.id
    )
    with world.runtime.database.write() as session:
        wanted = webhooks.Wanted(url=HOOK)
        hook, _secret = webhooks.create(session, vault, Guard(), wanted, by=by, now=now)
        delivery = webhooks.try_out(session, hook, now=now)
        key = keys_of(session, vendor.id)[0].id
        other = api_clients.create(
            session, vault, Asked(name="Passerelle", email="m@essai.example"), by=None, now=now
        )
        signed = Signed(
            siret=world.buyer.siret,
            signatory="La maire",
            signed_on=date(2027, 1, 4),
            scopes=("acheteur:read",),
        )
        mandate = api_clients.record_mandate(session, other.id, signed, by=None, now=now)
        ids = {
            "client": str(vendor.id),
            "key": str(key),
            "webhook": str(hook.id),
            "delivery": str(delivery.id),
        }
    own = Case(ids, side="company")
    names = "client client_settings client_state client_revoke client_key_new client_key_revoke client_log client_try"
    hooks = "webhooks webhook_new webhook webhook_rotate webhook_test webhook_switch webhook_delete webhook_resend"
    return {
        **{f"dume.{name}": own for name in names.split()},
        **{f"dume.client_{name}": own for name in hooks.split()},
        "dume.mandate_end": Case({"mandate": str(mandate)}, side="buyer"),
    }
