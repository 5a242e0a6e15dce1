"""What the API says of a DUME, its tag, and how the parts of a body become parts of the model."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dume import errors, queries
from dume.espd import codec
from dume.espd.findings import Finding
from dume.espd.model import Lot
from dume.espd.validate import Verdict
from dume.models import Dume
from dume.rules import Kind, Owner, OwnerKind
from dume.schemas import ConsultationBody, LotBody, instant
from dume.service import Checked, Tie
from dume.service.writing import lock
from dume.wording import finding as sentence
from procurement.accounts.service import api_clients
from procurement.core import ids, services
from procurement.core.api import client_of, require_match, set_tag, tag
from procurement.core.errors import FieldError, Invalid
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.vault import KeyVault

#: A hostile file may have a hundred thousand faults; an answer lists as many as somebody may read.
MOST_FINDINGS = errors.MOST_TOLD
KINDS = {Kind.REQUEST: "acheteur", Kind.RESPONSE: "oe"}
Model = TypeVar("Model")


def vault_of(request: Any) -> KeyVault:
    """Return the vault."""
    vault: KeyVault = services.get(request, KeyVault)
    return vault


def owner_of(request: Any, siret: str) -> Owner:
    """Return who owns what this client makes for a SIRET."""
    return Owner(kind=OwnerKind.CLIENT, siret=ids.siret(siret), client_id=client_of(request))


def check_mandate(request: Any, siret: str, scope: Permission) -> None:
    """Refuse a client in production that acts for a buyer without its mandate."""
    assert scope.scope is not None
    api_clients.require_mandate(request.db, request.identity, siret, scope.scope, now=request.now)


def may_write(request: Any, row: Dume) -> None:
    """Refuse a change of a request to a client in production whose buyer gave no mandate, or took it back."""
    if row.kind is Kind.REQUEST:
        check_mandate(request, row.buyer_siret, Permission.API_ACHETEUR_WRITE)


def etag(row: Dume) -> str:
    """Return the tag of a DUME as it stands: what it says, and where it is in its life."""
    return tag(row.id, row.edition, row.revision, queries.status_of(row), row.opened_at, row.deposited_at)


def tagged(request: Any, row: Dume) -> dict[str, Any]:
    """Show a DUME and give the answer its tag."""
    set_tag(request, etag(row))
    return shown(row)


def shown(row: Dume) -> dict[str, Any]:
    """Return what is known of a DUME, without what it says."""
    return {
        "id_dume": row.id_dume,
        "kind": KINDS[row.kind],
        "status": str(queries.status_of(row)),
        "siret": row.siret,
        "role": str(row.role) if row.role else None,
        "mode": str(row.mode) if row.mode else None,
        "lots": list(row.lots),
        "consultation": {"ref": row.consultation_ref, "closes_at": instant(row.closes_at)},
        "buyer_siret": row.buyer_siret,
        "id_dume_acheteur": row.request.id_dume if row.request is not None else None,
        "replaced_by": row.replacement.id_dume if row.replacement is not None else None,
        "edition": row.edition,
        "revision": row.revision,
        "created_at": instant(row.created_at),
        "edited_at": instant(row.edited_at),
        "validated_at": instant(row.validated_at),
        "published_at": instant(row.published_at),
        "opened_at": instant(row.opened_at),
    }


def held(request: Any) -> Dume:
    """Return the DUME of the address, locked, once the client has said which state it knows."""
    row: Dume = request.context.dume
    may_write(request, row)
    lock(request.db, row)
    require_match(request, etag(row))
    return row


def checked(request: Any, found: Checked) -> dict[str, Any]:
    """Show a verdict: the official one, whether anything of ours blocks, and each finding in words."""
    return {
        "valid": found.valid,
        "ready": found.ready,
        **findings_shown(found.findings, request.lang),
    }


def verdict_shown(verdict: Verdict, lang: str) -> dict[str, Any]:
    """Show the official verdict of a file: the first findings, and how many there are."""
    counted = len(verdict.findings)
    return {
        **replace(verdict, findings=verdict.findings[:MOST_FINDINGS]).as_json(lang),
        "findings_count": counted,
    }


def findings_shown(found: Sequence[Finding], lang: str) -> dict[str, Any]:
    """Show the first findings, and how many there are."""
    return {
        "findings": [shown_finding(one, lang) for one in found[:MOST_FINDINGS]],
        "findings_count": len(found),
    }


def shown_finding(one: Finding, lang: str) -> dict[str, Any]:
    """Show one finding."""
    message = sentence(one.rule, lang, **one.params)
    return {"rule": one.rule, "severity": str(one.severity), "message": message, "path": one.path}


def tie_of(body: ConsultationBody | None, lots: tuple[str, ...] = ()) -> Tie | None:
    """Return the consultation of a body as the verbs take it."""
    return Tie(reference=body.ref, closes_at=body.closes_at, lots=lots) if body else None


def lots_of(bodies: list[LotBody]) -> tuple[Lot, ...]:
    """Return the lots of a body."""
    return tuple(Lot(one.id, one.title, one.description, tuple(one.cpv)) for one in bodies)


def loaded(kind: type[Model], data: Mapping[str, Any], pointer: str) -> Model:
    """Return a part of the model from its JSON; refuse with a pointer into the body."""
    try:
        return codec.load_part(kind, data)
    except ValueError as error:
        place, _colon, _detail = str(error).partition(":")
        at = pointer + (place if place.startswith("/") else "")
        message = _("Cette partie n’a pas la forme attendue : voyez le contrat de l’API.")
        raise Invalid(
            "dume.part_invalid", message, errors=(FieldError(at, "dume.part_invalid", message),)
        ) from None


def patched(current: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a merge patch (RFC 7396) to a part of the model; return its JSON."""
    merged: dict[str, Any] = _merge(codec.dump_part(current), patch)
    return merged


def _merge(target: Any, patch: Any) -> Any:
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merge(result.get(name), value)
    return result


def xml_of(text: str, pointer: str = "/xml") -> bytes:
    """Return the bytes of an XML given in base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        message = _("Donnez le fichier XML en base64.")
        raise Invalid("dume.base64", message, errors=(FieldError(pointer, "dume.base64", message),)) from None


def one_of(pointer: str) -> Invalid:
    """Return the refusal of a body that gives both of two things, or neither."""
    message = _("Donnez l’un ou l’autre, pas les deux : l’identifiant, ou le fichier XML.")
    return Invalid("dume.one_of", message, errors=(FieldError(pointer, "dume.one_of", message),))
