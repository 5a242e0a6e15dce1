"""A ministry above an entity: whose words a draft holds, what moves above whom, and what stands in a release's way."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from clauses import queries, service
from clauses.files.reader import read_library
from clauses.queries import AdaptedState, LibraryView, ReleaseView
from clauses.queries.layers import Said, Source
from clauses.rules.model import Layer
from clauses.service import Wording
from procurement.core.errors import Conflict
from procurement.core.runtime import Runtime
from procurement.core.seal import Sealer
from procurement.core.security import Identity
from tests.factories import clauses
from tests.factories.accounts import Made, create_buyer

ON = date(2026, 9, 1)


@pytest.fixture
def ministry_keeper(session: Session, now: datetime) -> Made:
    return create_buyer(session, now, name="Ministère d’essai")


@pytest.fixture
def ministry(session: Session, release: ReleaseView, ministry_keeper: Made, now: datetime) -> LibraryView:
    by = ministry_keeper.identity("administrator")
    return service.ensure_layer(
        session, Layer.MINISTRY, parent_id=release.library_id, title="Ministère", by=by, now=now
    )


@pytest.fixture
def entity(session: Session, ministry: LibraryView, drafter: Identity, now: datetime) -> LibraryView:
    return service.ensure_layer(
        session, Layer.ENTITY, parent_id=ministry.id, title="Ville", by=drafter, now=now
    )


def publish(
    session: Session, runtime: Runtime, layer: LibraryView, by: Identity, now: datetime, version: str = "v1"
) -> ReleaseView:
    made = service.sign_layer(session, layer.id, version, clauses.START_DAY, sealer=runtime.find(Sealer))
    return service.publish_layer(session, made, by=by, now=now)


def test_each_layer_speaks_over_the_one_above_and_is_named(
    session: Session,
    runtime: Runtime,
    ministry: LibraryView,
    ministry_keeper: Made,
    entity: LibraryView,
    drafter: Identity,
    now: datetime,
) -> None:
    keeper = ministry_keeper.identity("administrator")
    for wording in (
        Wording(clause="ccap.prix", mode="replace", body="Prix du ministère : {{montant_estime}}."),
        Wording(clause="ccap.objet", mode="hide"),
    ):
        service.adapt(session, ministry.id, wording, on=ON, by=keeper, now=now)
    publish(session, runtime, ministry, keeper, now)
    for wording in (
        Wording(clause="ccap.prix", mode="append", body="La ville paie à trente jours."),
        Wording(clause="ccap.sociale", mode="default_value", fact="sociale", body="oui"),
    ):
        service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    publish(session, runtime, entity, drafter, now, "ville-1")
    found = queries.desk(session, clauses.start(session, drafter, now))
    assert found.included["ccap.prix"].body == (
        "Prix du ministère : {{montant_estime}}.\n\nLa ville paie à trente jours."
    )
    above, own = Source(Layer.MINISTRY, "Ministère", "v1"), Source(Layer.ENTITY, "Ville", "ville-1")
    assert found.edition.layered == {
        "ccap.objet": (Said(above, "hide"),),
        "ccap.prix": (Said(above, "replace"), Said(own, "append")),
    }
    assert found.edition.usual == {"sociale": Said(own, "default_value")}


def test_entity_drifts_when_its_ministry_changes_its_words(
    session: Session,
    runtime: Runtime,
    ministry: LibraryView,
    ministry_keeper: Made,
    entity: LibraryView,
    drafter: Identity,
    now: datetime,
) -> None:
    keeper = ministry_keeper.identity("administrator")
    for version, body in (("v1", "Prix fermes."), ("v2", "Prix révisables.")):
        wording = Wording(clause="ccap.prix", mode="replace", body=body)
        service.adapt(session, ministry.id, wording, on=ON, by=keeper, now=now)
        publish(session, runtime, ministry, keeper, now, version)
        if version == "v1":
            mine = Wording(clause="ccap.prix", mode="append", body="Et plus.")
            service.adapt(session, entity.id, mine, on=ON, by=drafter, now=now)
    (row,) = queries.layer_view(session, entity.id, on=ON).rows
    assert (row.state, row.fields) == (AdaptedState.DRIFT, ("body",))
    assert row.drift == [("=", "Prix "), ("-", "fermes"), ("+", "révisables"), ("=", ".")]


def test_replaced_words_keep_what_is_added_to_them(
    session: Session, runtime: Runtime, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    for mode, body in (("append", "Ajout."), ("replace", "Remplacement.")):
        wording = Wording(clause="ccap.prix", mode=mode, body=body)
        service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    publish(session, runtime, entity, drafter, now)
    found = queries.desk(session, clauses.start(session, drafter, now))
    assert found.included["ccap.prix"].body == "Remplacement.\n\nAjout."


def test_clause_withdrawn_above_is_a_drift_until_somebody_says_so(
    session: Session, runtime: Runtime, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    kept = service.adapt(
        session, entity.id, Wording(clause="ccap.objet", mode="append", body="x"), on=ON, by=drafter, now=now
    )
    files = clauses.files()
    del files["clauses/ccap.objet.yaml"]
    files["canevas/ccap.yaml"] = files["canevas/ccap.yaml"].replace("ccap.objet, ", "")
    clauses.publish(session, runtime, now, "1.1", read_library(files))
    (row,) = queries.layer_view(session, entity.id, on=ON).rows
    assert (row.state, row.now, row.title) == (AdaptedState.DRIFT, None, "Objet du marché")
    assert publish(session, runtime, entity, drafter, now).warnings[0]["clause"] == "ccap.objet"
    assert kept.id is not None
    service.acknowledge_drift(session, entity.id, kept.id, on=ON, by=drafter, now=now)
    assert queries.layer_view(session, entity.id, on=ON).rows[0].state is AdaptedState.ACKNOWLEDGED


def test_lock_that_became_stricter_stops_the_release_and_keeps_the_words(
    session: Session, runtime: Runtime, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    service.adapt(session, entity.id, Wording(clause="ccap.objet", mode="hide"), on=ON, by=drafter, now=now)
    files = clauses.files()
    files["clauses/ccap.objet.yaml"] = files["clauses/ccap.objet.yaml"].replace(
        "verrou: aucun", "verrou: texte"
    )
    clauses.publish(session, runtime, now, "1.1", read_library(files))
    with pytest.raises(Conflict) as refused:
        publish(session, runtime, entity, drafter, now)
    assert refused.value.code == "clauses.locked"
    (row,) = queries.layer_view(session, entity.id, on=ON).rows
    assert (row.state, row.adaptation.mode) == (AdaptedState.LOCKED, "hide")


def test_layer_is_put_under_what_may_carry_it_only(
    session: Session,
    release: ReleaseView,
    ministry: LibraryView,
    ministry_keeper: Made,
    entity: LibraryView,
    drafter: Identity,
    now: datetime,
) -> None:
    assert queries.layers_above(session, drafter.organisation_id or now) == [  # type: ignore[arg-type]  # he has one
        queries.library_by_slug(session, "essai"),
        ministry,
    ]
    moved = service.stand_on(session, entity.id, release.library_id, by=drafter, now=now)
    assert moved == replace(entity, parent_id=release.library_id)
    for library_id, parent_id in ((ministry.id, entity.id), (entity.id, entity.id)):
        with pytest.raises(Conflict) as refused:
            service.stand_on(
                session, library_id, parent_id, by=ministry_keeper.identity("administrator"), now=now
            )
        assert refused.value.code == "clauses.layer_place"
