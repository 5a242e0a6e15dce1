"""Pages of the buyer's keys: holders, creation, rehearsal, the keys of a consultation."""

import uuid
from typing import Any

from pyramid.renderers import render_to_response

from procurement.bids import wording
from procurement.bids.models import BidKeyHolder
from procurement.bids.queries import keysets
from procurement.bids.queries.keysets import KeySetView
from procurement.bids.rules import HolderRole, Kind
from procurement.bids.service import keys
from procurement.core.errors import Conflict, DomainError
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other

_MOST_NAME = 200
_ALGORITHMS = {"rsa": "RSA", "p256": "P-256", "p384": "P-384"}


def holder_values(request: Any, row: BidKeyHolder) -> dict[str, Any]:
    """Return what pages show of a key holder."""
    state = keysets.state_of(row, request.now)
    return {
        "id": row.id,
        "name": row.name,
        "role": row.role.value,
        "role_text": request.translate(wording.ROLES[row.role]),
        "kinds": list(row.kinds),
        "kinds_text": ", ".join(request.translate(wording.KINDS[Kind(kind)]) for kind in row.kinds),
        "cert_sha256": row.cert_sha256,
        "algorithm": _ALGORITHMS[row.algorithm],
        "expires_at": row.expires_at,
        "state": state.value,
        "word": request.translate(wording.HOLDERS[state]),
        "rehearsed_at": row.rehearsed_at,
        "certificate_url": request.route_path("bids.api.certificate", key=row.id),
        "rehearsal_url": request.route_path("bids.rehearsal", key=row.id),
        "revoke_url": request.route_path("bids.key_revoke", key=row.id),
    }


def _kinds(request: Any) -> list[tuple[str, str]]:
    return [(kind.value, request.translate(word)) for kind, word in wording.KINDS.items()]


def _organisation(request: Any) -> dict[str, Any]:
    return {"id": request.context.organisation_id, "name": request.identity.organisation_name}


def _keys_page(request: Any, errors: list[tuple[str, str]]) -> dict[str, Any]:
    rows = keysets.holders(request.db, request.context.organisation_id)
    return {
        "organisation": _organisation(request),
        "holders": [holder_values(request, row) for row in rows],
        "kinds": _kinds(request),
        "errors": errors,
    }


@page("bids.keys", permission=Permission.CONSULTATION_VIEW, template="bids/keys.html")
def show_keys(request: Any) -> dict[str, Any]:
    """List the organisation's keys."""
    return _keys_page(request, [])


@page("bids.keys", permission=Permission.KEY_EDIT, methods=("POST",))
def add_key(request: Any) -> Any:
    """Add an existing certificate."""
    errors = _checked(request)
    if not errors:
        try:
            row = _add(request)
        except DomainError as error:
            errors = [("existing-certificate", request.translate(error.message, **error.params))]
        else:
            request.flash(
                _("Le certificat est enregistré. Éprouvez maintenant la clé : c’est la preuve qu’elle ouvre.")
            )
            return see_other(request.route_path("bids.rehearsal", key=row.id))
    values = _keys_page(request, errors)
    response = render_to_response("procurement.templates:bids/keys.html", values, request=request)
    response.status_int = 422
    return response


def _checked(request: Any) -> list[tuple[str, str]]:
    given = request.POST
    name, kinds = str(given.get("name", "")).strip(), given.getall("kinds")
    tests = (
        ("existing-name", 0 < len(name) <= _MOST_NAME, _("Donnez un nom au porteur de la clé.")),
        ("existing-role", given.get("role") in set(HolderRole), _("Choisissez à quoi sert la clé.")),
        ("existing-kinds", bool(kinds) and set(kinds) <= set(Kind), _("Choisissez au moins un type de pli.")),
        (
            "existing-certificate",
            hasattr(given.get("certificate"), "file"),
            _("Choisissez le fichier du certificat."),
        ),
    )
    return [(field, request.translate(message)) for field, good, message in tests if not good]


def _add(request: Any) -> BidKeyHolder:
    given = request.POST
    certificate = keys.read_certificate(given["certificate"].file.read())
    return keys.add_holder(
        request.db, certificate, name=given["name"].strip(), role=HolderRole(given["role"]),
        kinds=given.getall("kinds"), by=request.identity, now=request.now,
    )  # fmt: skip


@page("bids.key_ceremony", permission=Permission.KEY_EDIT, template="bids/key_ceremony.html")
def ceremony(request: Any) -> dict[str, Any]:
    """Show the page on which a key is made in the browser."""
    return {
        "organisation": _organisation(request),
        "kinds": _kinds(request),
        "person_name": request.identity.name,
    }


@page("bids.rehearsal", permission=Permission.KEY_REHEARSE, template="bids/rehearsal.html")
def rehearsal(request: Any) -> dict[str, Any]:
    """Show the page on which a holder proves that he has his key."""
    return {"organisation": _organisation(request), "holder": holder_values(request, request.context.holder)}


@page("bids.key_revoke", permission=Permission.KEY_EDIT, methods=("POST",))
def revoke(request: Any) -> Any:
    """Revoke a key."""
    row = keysets.holder(request.db, request.context.holder.id, request.context.organisation_id)
    try:
        keys.revoke(request.db, row, by=request.identity, now=request.now)
    except Conflict as error:
        values = _keys_page(request, [(f"key-{row.id}", request.translate(error.message, **error.params))])
        response = render_to_response("procurement.templates:bids/keys.html", values, request=request)
        response.status_int = error.status
        return response
    request.flash(
        _(
            "La clé est révoquée. Les plis déjà scellés pour elle peuvent toujours être ouverts par les autres clés."
        )
    )
    return see_other(request.route_path("bids.keys"))


def _keyset_page(
    request: Any, chosen: set[uuid.UUID] | None, errors: list[tuple[str, str]]
) -> dict[str, Any]:
    consultation = request.context.consultation
    current = keysets.latest(request.db, consultation.id)
    selected = (
        chosen
        if chosen is not None
        else {member.holder_id for member in current.members}
        if current
        else set()
    )
    rows = keysets.holders(request.db, consultation.organisation_id)
    return {
        "consultation": {
            "id": consultation.id,
            "reference": consultation.reference,
            "title": consultation.title,
            "buyer_name": consultation.buyer_name,
            "closes_at": consultation.closes_at,
            "url": request.route_path("consultations.show", reference=consultation.reference),
        },
        "holders": [{**holder_values(request, row), "chosen": row.id in selected} for row in rows],
        "current": _current(request, current, rows),
        "problems": _problems(request, current),
        "errors": errors,
    }


def _current(request: Any, current: KeySetView | None, rows: list[BidKeyHolder]) -> dict[str, Any] | None:
    if current is None:
        return None
    known = {row.id: row for row in rows}
    members = [holder_values(request, known[member.holder_id]) for member in current.members]
    return {"version": current.version, "created_at": current.created_at, "holders": members}


def _problems(request: Any, current: KeySetView | None) -> list[str]:
    members = keysets.set_members(current, request.now) if current else []
    lacking = keysets.gaps(members, keys.kinds_of(request.context.consultation))
    return gap_sentences(request, lacking)


def gap_sentences(request: Any, lacking: dict[str, tuple[str, ...]]) -> list[str]:
    """Return what a key set lacks, in the reader's language."""
    return [
        request.translate(message, kind=request.translate(params["kind"]))
        for message, params in keys.problems(lacking)
    ]


@page("bids.keyset", permission=Permission.CONSULTATION_VIEW, template="bids/keyset.html")
def show_keyset(request: Any) -> dict[str, Any]:
    """Show the keys of a consultation."""
    return _keyset_page(request, None, [])


@page("bids.keyset", permission=Permission.KEY_EDIT, methods=("POST",))
def choose_keyset(request: Any) -> Any:
    """Choose the keys of a consultation: a new version."""
    try:
        wanted = [uuid.UUID(text) for text in request.POST.getall("holders")]
    except ValueError:
        wanted = []
    try:
        keys.choose(request.db, request.context.consultation, wanted, by=request.identity, now=request.now)
    except keys.KeySetIncomplete as error:
        gaps = [
            request.translate(one.message, kind=request.translate(one.params["kind"])) for one in error.errors
        ]
        errors = [("holders", text) for text in gaps] or [("holders", request.translate(error.message))]
        return _refused(request, set(wanted), errors)
    except DomainError as error:
        return _refused(request, set(wanted), [("holders", request.translate(error.message, **error.params))])
    request.flash(_("Les clés de la consultation sont enregistrées."))
    return see_other(request.route_path("bids.keyset", reference=request.context.consultation.reference))


def _refused(request: Any, wanted: set[uuid.UUID], errors: list[tuple[str, str]]) -> Any:
    values = _keyset_page(request, wanted, errors)
    response = render_to_response("procurement.templates:bids/keyset.html", values, request=request)
    response.status_int = 422
    return response
