"""What dashboards say of bids: what waits for the buyer, the doors and the unfinished work of the company.

Nothing here tells how many bids there are: a consultation waits for its opening whether or not a bid came.
"""

from datetime import datetime, timedelta
from typing import Any

from procurement.accounts.acl import buyer_acl
from procurement.accounts.dashboard import Section, Tile
from procurement.bids import rules
from procurement.bids.models import BidDraft
from procurement.bids.queries import drafts, keysets
from procurement.bids.queries.tender import Tender, tender
from procurement.bids.routes import BuyerResource
from procurement.bids.service.keys import kinds_of
from procurement.consultations import queries as consultations
from procurement.consultations.rules import State
from procurement.core.permissions import Permission
from procurement.core.text import _

#: How long before a deadline a key set that does not suffice is told of.
SOON = timedelta(days=14)
_OPEN, _EDIT, _REHEARSE = Permission.OPENING_RUN, Permission.KEY_EDIT, Permission.KEY_REHEARSE
_MOST = 5
_MOST_LOOKED_AT = 50
Item = dict[str, Any]


def _item(title: str, text: str, at: datetime, now: datetime, label: str, href: str, zone: str = "") -> Item:
    """Return a line of the list of what is due; texts are already in the reader's language."""
    return {
        "title": title,
        "text": text,
        "at": at,
        "late": at < now,
        "zone": zone or None,
        "label": label,
        "href": href,
    }


class OpeningsSection:
    """What waits for somebody of the buyer: openings, rehearsals, key sets."""

    def build(self, request: Any) -> Section | None:
        """Return what is due, nothing when nothing is or for a company."""
        identity = request.identity
        if identity is None or identity.organisation_kind != "buyer":
            return None

        context = BuyerResource(buyer_acl(identity.organisation_id))
        may = {one for one in (_OPEN, _EDIT, _REHEARSE) if request.has_permission(one, context)}
        due: list[Item] = []
        if _OPEN in may:
            due += _to_open(request)
        if _EDIT in may:
            due += _without_keys(request)
        if may & {_EDIT, _REHEARSE}:
            due += _to_rehearse(request)
        if not due:
            return None
        return Section(
            order=5,
            title=request.translate(_("À traiter")),
            template="bids/_dashboard.html",
            values={"due": due},
        )


def _to_open(request: Any) -> list[Item]:
    text, label = _("Référence %(reference)s : la date limite est passée."), _("Ouvrir les plis")
    return [
        _item(
            row.title,
            request.translate(text, reference=row.reference),
            row.closes_at,
            request.now,
            request.translate(label),
            request.route_path("bids.openings", reference=row.reference),
            row.zone,
        )
        for row in _listed(request, State.CLOSED, _MOST)
        if row.closes_at is not None
    ]


def _listed(request: Any, state: State, limit: int) -> list[consultations.Listed]:
    _total, rows = consultations.buyer_list(
        request.db,
        request.identity.organisation_id,
        request.now,
        states=(state,),
        sort="deadline",
        limit=limit,
    )
    return rows


def _without_keys(request: Any) -> list[Item]:
    """Return the consultations that close soon and whose keys do not suffice."""
    text, label = _("Référence %(reference)s : les clés ne suffisent pas."), _("Choisir les clés")
    soon = [
        row
        for row in _listed(request, State.OPEN, _MOST_LOOKED_AT)
        if row.closes_at is not None and row.closes_at - request.now <= SOON
    ]
    return [
        _item(
            row.title,
            request.translate(text, reference=row.reference),
            row.closes_at,
            request.now,
            request.translate(label),
            request.route_path("bids.keyset", reference=row.reference),
            row.zone,
        )
        for row in soon
        if row.closes_at is not None and _lacks_keys(request, row.reference)
    ]


def _lacks_keys(request: Any, reference: str) -> bool:
    found = consultations.view(request.db, reference)
    current = keysets.latest(request.db, found.id)
    members = keysets.set_members(current, request.now) if current else []
    return bool(keysets.gaps(members, kinds_of(found)))


def _to_rehearse(request: Any) -> list[Item]:
    text, label = _("La preuve que cette clé ouvre les plis est à refaire."), _("Éprouver la clé")
    found = []
    for row in keysets.holders(request.db, request.identity.organisation_id):
        facts = rules.HolderFacts(rehearsed_at=row.rehearsed_at, revoked_at=row.revoked_at)
        ends = rules.rehearsal_due(facts, request.now)
        if ends is not None:
            href = request.route_path("bids.rehearsal", key=row.id)
            found.append(
                _item(row.name, request.translate(text), ends, request.now, request.translate(label), href)
            )
    return found


class DepositsSection:
    """The doors of somebody who answers."""

    def build(self, request: Any) -> Section | None:
        """Return the section for a company, nothing for a buyer."""
        identity = request.identity
        if identity is None or identity.organisation_kind != "company":
            return None
        doors = (
            (
                "consultations.search",
                _("Chercher une consultation"),
                _("Par métier, lieu, acheteur ou code CPV."),
            ),
            ("bids.deposits", _("Mes dépôts"), _("Plis en préparation, plis déposés et leurs reçus.")),
            (
                "bids.workstation",
                _("Tester mon poste"),
                _("Navigateur, débit, horloge : deux minutes avant le jour J."),
            ),
        )
        tiles = [
            Tile(request.translate(title), request.route_path(route), request.translate(text))
            for route, title, text in doors
        ]
        return Section(
            order=10,
            title=request.translate(_("Répondre")),
            tiles=tiles,
            template="bids/_dashboard.html",
            values={"due": _unfinished(request), "deposits": _last(request)},
        )


def _unfinished(request: Any) -> list[Item]:
    """Return the deposits in preparation, the next deadline first."""
    rows = drafts.of_company(request.db, request.identity.organisation_id, now=request.now)[:_MOST]
    pairs = [(row, tender(request.db, row.consultation_id, now=request.now)) for row in rows]
    return [_draft(request, row, found) for row, found in sorted(pairs, key=lambda pair: pair[1].deadline)]


def _draft(request: Any, row: BidDraft, found: Tender) -> Item:
    text, label = _("Référence %(reference)s : rien n’est encore déposé."), _("Reprendre le dépôt")
    href = request.route_path("bids.deposit", reference=found.reference, _query={"pli": str(row.id)})
    told = request.translate(text, reference=found.reference)
    return _item(found.title, told, found.deadline, request.now, request.translate(label), href, found.zone)


def _last(request: Any) -> list[Item]:
    rows = drafts.deposits_of(request.db, request.identity.organisation_id)[:_MOST]
    terms = {one: tender(request.db, one, now=request.now) for one in {row.consultation_id for row in rows}}
    return [
        {
            "title": terms[row.consultation_id].title,
            "reference": terms[row.consultation_id].reference,
            "received_at": row.received_at,
            "href": request.route_path("bids.receipt", deposit=row.id),
        }
        for row in rows
    ]
