"""Buyers and companies, and the services inside a buyer."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from procurement.accounts import models, queries
from procurement.accounts.registry import CompanyRegistry, Entity
from procurement.accounts.rules import OrganisationKind, Origin
from procurement.core import ids, journal
from procurement.core.errors import Conflict, Invalid, NotFound
from procurement.core.security import Identity
from procurement.core.text import _


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A name and an address as a person gives them, when no registry knows the SIRET."""

    legal_name: str
    address: str
    postal_code: str
    city: str
    country: str = "FRA"


def look_up(registry: CompanyRegistry, siret: str) -> Entity | None:
    """Return what the registry knows of a SIRET in normal form; raise when the establishment is closed."""
    found = registry.find(siret)
    if found is not None and found.closed:
        raise Invalid(
            "siret.closed",
            _(
                "Cet établissement est fermé depuis le registre du %(date)s. Donnez le SIRET d’un établissement ouvert."
            ),
            date=found.as_of.strftime("%d/%m/%Y"),
        )
    return found


def create_organisation(
    session: Session,
    kind: OrganisationKind,
    siret: str,
    about: Entity | Declared,
    *,
    by: Identity | None,
    now: datetime,
) -> queries.Organisation:
    """Register a buyer or a company; its name and address come from the registry or are declared."""
    number = ids.siret(siret)
    if queries.organisation_by_siret(session, number, kind) is not None:
        raise Conflict("organisation.exists", _("Cette organisation est déjà inscrite sous ce SIRET."))
    known = isinstance(about, Entity)
    row = models.Organisation(
        kind=kind,
        siret=number,
        **{name: getattr(about, name) for name in Declared.__dataclass_fields__},
        origin=Origin.REGISTRY if known else Origin.DECLARED,
        source=about.source if isinstance(about, Entity) else "",
        origin_at=now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    journal.append(
        session,
        at=now,
        actor=by,
        action="accounts:organisation:created",
        subject=row.id,
        data={"siret": number, "kind": str(kind), "origin": str(row.origin)},
        organisation_id=row.id,
    )
    found = queries.organisation(session, row.id)
    assert found is not None
    return found


def correct(
    session: Session, organisation_id: uuid.UUID, about: Declared, *, by: Identity, now: datetime
) -> queries.Organisation:
    """Change a declared name and address; what a registry gave is not ours to change."""
    row = session.get_one(models.Organisation, organisation_id)
    if row.origin is not Origin.DECLARED:
        raise Conflict("organisation.from_registry", _("Ce nom et cette adresse viennent du registre."))
    before = {name: getattr(row, name) for name in Declared.__dataclass_fields__}
    for name in before:
        setattr(row, name, getattr(about, name))
    row.origin_at = now
    journal.append(
        session,
        at=now,
        actor=by,
        action="accounts:organisation:corrected",
        subject=row.id,
        data={"before": before},
    )
    session.flush()
    found = queries.organisation(session, row.id)
    assert found is not None
    return found


def add_service(
    session: Session,
    organisation_id: uuid.UUID,
    name: str,
    *,
    parent_id: uuid.UUID | None,
    by: Identity,
    now: datetime,
) -> queries.Service:
    """Add a service to a buyer, under another one or directly under the organisation."""
    if parent_id is not None:
        _service(session, organisation_id, parent_id)
    _refuse_twin(session, organisation_id, parent_id, name)
    row = models.Service(organisation_id=organisation_id, parent_id=parent_id, name=name, created_at=now)
    session.add(row)
    session.flush()
    _note(session, "added", row, by=by, now=now)
    return queries.Service(row.id, row.parent_id, row.name)


def rename_service(
    session: Session,
    organisation_id: uuid.UUID,
    service_id: uuid.UUID,
    name: str,
    *,
    by: Identity,
    now: datetime,
) -> None:
    """Give a service another name."""
    row = _service(session, organisation_id, service_id)
    if name == row.name:
        return
    _refuse_twin(session, organisation_id, row.parent_id, name)
    row.name = name
    _note(session, "renamed", row, by=by, now=now)


def close_service(
    session: Session, organisation_id: uuid.UUID, service_id: uuid.UUID, *, by: Identity, now: datetime
) -> None:
    """Close a service that has no open service under it and in which nobody holds a role."""
    row = _service(session, organisation_id, service_id)
    held = any(
        role.service_id == service_id
        for item in queries.members(session, organisation_id)
        for role in item.roles
    )
    below = any(item.parent_id == service_id for item in queries.services(session, organisation_id))
    if held or below:
        raise Conflict(
            "service.in_use",
            _(
                "Ce service n’est pas vide : retirez d’abord les rôles donnés ici et fermez les services qu’il contient."
            ),
        )
    row.closed_at = now
    _note(session, "closed", row, by=by, now=now)


def _service(session: Session, organisation_id: uuid.UUID, service_id: uuid.UUID) -> models.Service:
    row = session.get(models.Service, service_id)
    if row is None or row.organisation_id != organisation_id or row.closed_at is not None:
        raise NotFound("service.not_found", _("Ce service n’existe pas dans votre organisation."))
    return row


def check_service(session: Session, organisation_id: uuid.UUID, service_id: uuid.UUID | None) -> None:
    """Raise NotFound unless the service is open and of this organisation; None stands for the whole organisation."""
    if service_id is not None:
        _service(session, organisation_id, service_id)


def _refuse_twin(
    session: Session, organisation_id: uuid.UUID, parent_id: uuid.UUID | None, name: str
) -> None:
    beside = (item for item in queries.services(session, organisation_id) if item.parent_id == parent_id)
    if any(item.name.casefold() == name.casefold() for item in beside):
        raise Invalid("service.name_taken", _("Un service porte déjà ce nom au même endroit."))


def _note(session: Session, verb: str, row: models.Service, *, by: Identity, now: datetime) -> None:
    data = {"name": row.name, "parent": str(row.parent_id) if row.parent_id else None}
    journal.append(session, at=now, actor=by, action=f"accounts:service:{verb}", subject=row.id, data=data)
