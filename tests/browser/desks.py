"""What the desks of buyers, companies and vendors show on the demonstration's server; made through the verbs."""

from dataclasses import replace
from datetime import date
from typing import Any

from dume import queries, service
from dume.espd.complete import Choice
from dume.espd.taxonomy import taxonomy
from dume.rules import Role
from dume.service import Guest, ResponseDraft
from procurement.accounts.queries.clients import keys_of
from procurement.accounts.service import api_clients, api_keys
from procurement.accounts.service.api_clients import Asked, Signed
from procurement.consultations import dumes
from procurement.consultations import queries as consultations
from procurement.core.permissions import scopes
from procurement.core.runtime import Runtime
from procurement.core.security import Identity
from procurement.core.vault import KeyVault
from procurement.core.webhooks import service as webhooks
from procurement.core.webhooks.addresses import Guard


def ids(runtime: Runtime, city: Any, bidder: Any, published: str, open_reference: str) -> dict[str, str]:
    """Make them; ``published`` is a request in force, ``open_reference`` a published consultation with lots."""
    vault: KeyVault = runtime.find(KeyVault)
    now = runtime.clock.now()
    with runtime.database.write() as session:
        asked = queries.by_id_dume(session, published)
        return {
            **_request(session, vault, city, open_reference, now),
            **_group(session, vault, asked, bidder, now),
            **_vendor(session, vault, city, now),
        }


def _who(made: Any, client_id: Any = None) -> Identity:
    return Identity(
        person_id=made.id, name="", email="", organisation_id=made.id, siret=made.siret, client_id=client_id
    )


def _choices() -> tuple[Choice, ...]:
    codes = [one.code for one in taxonomy().criteria if one.kind == "exclusion"]
    return tuple(Choice(code) for code in (*codes, "gen-year-to"))


def _request(session: Any, vault: KeyVault, city: Any, reference: str, now: Any) -> dict[str, str]:
    """Begin a request with thresholds, lot by lot, and one that lacks a ground; import a third."""
    consultation = consultations.view(session, reference)
    by = replace(_who(city), name="Nadia Colin", email="achats@ville.example")
    buyer = dumes.buyer(session, consultation, by=by, site="https://ville.example")
    draft = service.RequestDraft(
        buyer=buyer, procedure=dumes.procedure(consultation), lots=dumes.lots(consultation),
        choices=_choices(),
    )  # fmt: skip
    owner = service.owner_of(by)
    made = service.create_request(session, vault, draft, owner=owner, by=None, now=now)
    short = replace(draft, choices=draft.choices[1:])
    lacking = service.create_request(session, vault, short, owner=owner, by=None, now=now)
    content, _digest = queries.xml(session, vault, made)
    read = service.import_request(session, vault, content, owner=owner, by=None, now=now)
    service.validate(session, vault, read, by=None, now=now)
    return {
        "desk_request": made.id_dume, "desk_lacking": lacking.id_dume, "desk_imported": read.id_dume,
    }  # fmt: skip


def _group(session: Any, vault: KeyVault, asked: Any, bidder: Any, now: Any) -> dict[str, str]:
    by = _who(bidder)
    draft = ResponseDraft(role=Role.LEAD, request=asked)
    owner = service.owner_of(by)
    row = service.create_response(session, vault, draft, owner=owner, by=None, now=now)
    group = service.start_consortium(session, row, name="Groupement des Tilleuls", by=None, now=now)
    guests = (
        Guest(role=Role.MEMBER, email="aline@vertical.example", name="Vertical Cordistes"),
        Guest(role=Role.RELIED_UPON, email="lise@charpentes.example", name="Charpentes du Val", criteria=("gen-year-to",)),
    )  # fmt: skip
    tokens = [service.invite_member(session, group, guest, by=None, now=now).token for guest in guests]
    alone = service.create_response(session, vault, draft, owner=owner, by=None, now=now)
    return {"desk_group": str(group.id), "desk_invitation": tokens[0], "desk_alone": alone.id_dume}


def _vendor(session: Any, vault: KeyVault, city: Any, now: Any) -> dict[str, str]:
    asked = Asked(
        name="Place de marché, recette", email="integration@ville.example", organisation_id=city.id,
        scopes=tuple(scopes()), return_urls=("https://places.example/retour",),
    )  # fmt: skip
    client = api_clients.create(session, vault, asked, by=None, now=now)
    api_keys.add_secret(session, vault, client.id, label="serveur", by=None, now=now)
    assert keys_of(session, client.id)
    signed = Signed(
        siret=city.siret, signatory="Nadia Colin, directrice des achats", signed_on=date(2026, 1, 5),
        scopes=("acheteur:read", "acheteur:write"),
    )  # fmt: skip
    api_clients.record_mandate(session, client.id, signed, by=None, now=now)
    hook, _secret = webhooks.create(
        session, vault, Guard(), webhooks.Wanted(url="https://places.example/pli", description="Recette"),
        by=_who(city, client.id), now=now,
    )  # fmt: skip
    webhooks.try_out(session, hook, now=now)
    return {"desk_client": str(client.id), "desk_webhook": str(hook.id)}
