"""Layers: what a ministry or an entity makes of the library, what stops it, and what moves above it."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from clauses import queries, service
from clauses.errors import ReleaseRefused
from clauses.queries import LibraryView, ReleaseView
from clauses.rules.model import Layer
from clauses.service import Wording
from procurement.core.errors import Conflict, DomainError, Invalid, NotFound
from procurement.core.ids import uuid7
from procurement.core.runtime import Runtime
from procurement.core.seal import Sealer
from procurement.core.security import Identity
from tests.factories import clauses

ON = date(2026, 9, 1)


@pytest.fixture
def entity(session: Session, release: ReleaseView, drafter: Identity, now: datetime) -> LibraryView:
    return service.ensure_layer(
        session, Layer.ENTITY, parent_id=release.library_id, title="Ville", by=drafter, now=now
    )


def publish(
    session: Session, runtime: Runtime, entity: LibraryView, by: Identity, now: datetime, version: str = "v1"
) -> ReleaseView:
    made = service.sign_layer(session, entity.id, version, clauses.START_DAY, sealer=runtime.find(Sealer))
    return service.publish_layer(session, made, by=by, now=now)


def test_layer_is_made_once(
    session: Session, entity: LibraryView, release: ReleaseView, drafter: Identity, now: datetime
) -> None:
    again = service.ensure_layer(
        session, Layer.ENTITY, parent_id=release.library_id, title="Autre", by=drafter, now=now
    )
    assert again == entity
    assert queries.library_of(session, entity.organisation_id, Layer.ENTITY) == entity


@pytest.mark.parametrize(
    ("clause", "mode", "allowed"),
    [
        ("ccap.penalites", "replace", False),  # verrou: texte
        ("ccap.penalites", "hide", False),
        ("ccap.penalites", "append", True),
        ("ccap.prix", "hide", False),  # verrou: presence
        ("ccap.prix", "replace", True),
        ("ccap.objet", "hide", True),  # verrou: aucun
    ],
)
def test_locks_of_the_layer_above(
    session: Session,
    entity: LibraryView,
    drafter: Identity,
    now: datetime,
    clause: str,
    mode: str,
    *,
    allowed: bool,
) -> None:
    wording = Wording(clause=clause, mode=mode, body="Nos mots.")
    if allowed:
        service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
        return
    with pytest.raises(Conflict) as refused:
        service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    assert refused.value.code == "clauses.locked"
    assert queries.adaptations(session, entity.id) == []


def test_agents_give_usual_answers_only(
    session: Session, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    agent = service.ensure_layer(session, Layer.AGENT, parent_id=entity.id, title="Moi", by=drafter, now=now)
    wording = Wording(clause="ccap.objet", mode="replace", body="Mes mots.")
    with pytest.raises(Conflict):
        service.adapt(session, agent.id, wording, on=ON, by=drafter, now=now)
    usual = Wording(clause="ccap.sociale", mode="default_value", fact="heures_insertion", body="120")
    assert service.adapt(session, agent.id, usual, on=ON, by=drafter, now=now).body == "120"


@pytest.mark.parametrize(
    ("wording", "code"),
    [
        (Wording(clause="ccap.rien", mode="append", body="x"), "clauses.clause_not_found"),
        (Wording(clause="ccap.prix", mode="append", body="{{7*7}}"), "clauses.wrong_body"),
        (
            Wording(clause="ccap.prix", mode="default_value", fact="heures", body="1"),
            "clauses.unknown_fact",
        ),
        (
            Wording(clause="ccap.sociale", mode="default_value", fact="heures_insertion", body="peu"),
            "clauses.wrong_value",
        ),
    ],
)
def test_adaptation_that_cannot_be_kept(
    session: Session, entity: LibraryView, drafter: Identity, now: datetime, wording: Wording, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    assert refused.value.code == code


def test_released_layer_serves_the_drafts_of_its_entity(
    session: Session, runtime: Runtime, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    for wording in (
        Wording(clause="ccap.prix", mode="replace", body="Prix de la ville : {{montant_estime}}."),
        Wording(clause="ccap.penalites", mode="append", body="Elles sont retenues sur les acomptes."),
        Wording(clause="ccap.objet", mode="hide"),
        Wording(clause="ccap.sociale", mode="default_value", fact="sociale", body="oui"),
    ):
        service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    before = clauses.start(session, drafter, now)
    assert before.release_version == "1.0"
    made = publish(session, runtime, entity, drafter, now)
    assert publish(session, runtime, entity, drafter, now) == made
    found = queries.desk(session, clauses.start(session, drafter, now))
    assert found.edition.release.id == made.id
    assert list(found.included) == ["ccap.prix", "ccap.sociale", "ccap.penalites", "ccap.derogations"]
    assert found.included["ccap.prix"].body == "Prix de la ville : {{montant_estime}}."
    assert found.included["ccap.penalites"].body.endswith("\n\nElles sont retenues sur les acomptes.")
    base = queries.clause_hashes(session, before.release_id)
    changed = {key for key, digest in found.edition.hashes.items() if digest != base[key]}
    assert changed == {"ccap.prix", "ccap.penalites"}


def test_layer_release_with_an_error_is_refused(
    session: Session, runtime: Runtime, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    wording = Wording(clause="ccap.prix", mode="append", body="Voir {{ref:ccap.sociale}}.")
    service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    with pytest.raises(ReleaseRefused):
        publish(session, runtime, entity, drafter, now)


def test_drift_is_told_until_acknowledged_and_nothing_is_lost(
    session: Session, runtime: Runtime, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    wording = Wording(clause="ccap.prix", mode="replace", body="Prix de la ville : {{montant_estime}}.")
    kept = service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    assert kept.id is not None
    assert service.drifts(session, entity.id, on=ON) == []
    with pytest.raises(Conflict):
        service.acknowledge_drift(session, entity.id, kept.id, on=ON, by=drafter, now=now)
    new = "Les prix sont révisables. Le montant estimé est de {{montant_estime}}."
    clauses.publish(session, runtime, now, "1.1", clauses.library(ccap__prix=new))
    (drift,) = service.drifts(session, entity.id, on=ON)
    assert (drift.adaptation.clause, drift.current.strip(), drift.acknowledged) == ("ccap.prix", new, False)
    warned = publish(session, runtime, entity, drafter, now)
    assert [one["code"] for one in warned.warnings] == ["layer.drift"]
    service.acknowledge_drift(session, entity.id, kept.id, on=ON, by=drafter, now=now)
    assert service.drifts(session, entity.id, on=ON)[0].acknowledged
    assert publish(session, runtime, entity, drafter, now, "v2").warnings == []
    found = queries.desk(session, clauses.start(session, drafter, now))
    assert found.included["ccap.prix"].body == wording.body


def test_newer_word_replaces_the_older_and_is_taken_back(
    session: Session, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    for body in ("Un.", "Deux."):
        wording = Wording(clause="ccap.objet", mode="replace", body=body)
        kept = service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    assert [one.body for one in queries.adaptations(session, entity.id)] == ["Deux."]
    hidden = service.adapt(
        session, entity.id, Wording(clause="ccap.objet", mode="hide"), on=ON, by=drafter, now=now
    )
    assert [one.mode for one in queries.adaptations(session, entity.id)] == ["hide"]
    assert hidden.id is not None
    assert kept.id is not None
    service.take_back(session, entity.id, hidden.id, by=drafter, now=now)
    assert queries.adaptations(session, entity.id) == []
    with pytest.raises(NotFound):
        service.take_back(session, entity.id, kept.id, by=drafter, now=now)


def test_other_contents_under_a_version_of_a_layer(
    session: Session, runtime: Runtime, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    publish(session, runtime, entity, drafter, now)
    wording = Wording(clause="ccap.objet", mode="replace", body="Autre.")
    service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    with pytest.raises(Conflict) as refused:
        publish(session, runtime, entity, drafter, now)
    assert refused.value.code == "clauses.version_taken"


def test_impact_names_own_drafts_and_counts_those_of_organisations(
    session: Session,
    release: ReleaseView,
    entity: LibraryView,
    drafter: Identity,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wording = Wording(clause="ccap.penalites", mode="append", body="Et plus.")
    service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    draft = clauses.start(session, drafter, now)
    changed = ["art. R. 2191-7", "n’importe quoi"]
    whole = {
        "articles": ["CCP:R2191-7"],
        "unknown": ["n’importe quoi"],
        "clauses": [{"id": "ccap.penalites", "articles": ["CCP:R2191-7"], "documents": ["CCAP"]}],
        "parameters": [],
        "drafts": [],
        "organisations": [],
    }
    named = [{"id": str(draft.id), "title": draft.title, "clauses": ["ccap.penalites"]}]
    found = queries.impact(session, release.id, changed, open_drafts=[draft])
    assert found.as_json() == whole | {"drafts": named}
    counted = queries.impact_by_organisation(session, release.id, changed)
    assert counted.as_json() == whole | {
        "organisations": [{"name": "Ville de Valcombe-sur-Orle", "drafts": 1, "overrides": 1}]
    }
    # A draft that the caller may not see is not evaluated at all.
    monkeypatch.setattr("clauses.queries.reviews.desk", lambda *_given: pytest.fail("evaluated"))
    mine = queries.open_drafts(session, client_id=uuid7())
    assert queries.impact(session, release.id, changed, open_drafts=mine).as_json() == whole


def test_empty_appended_text_is_refused(
    session: Session, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    with pytest.raises(Invalid):
        service.adapt(
            session,
            entity.id,
            Wording(clause="ccap.prix", mode="append", body=" "),
            on=ON,
            by=drafter,
            now=now,
        )
