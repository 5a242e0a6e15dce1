"""Cover pages of a layer: what is kept, what is refused by name, and which draft stands on which page."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses import queries, service
from clauses.errors import CoverChanged
from clauses.models import CoverVersion, ReleaseItem
from clauses.queries import LibraryView, ReleaseView
from clauses.queries.upgrades import plan_upgrade
from clauses.render.tree import CoverRole, text_of
from clauses.rules.covers import CoverPage
from clauses.rules.model import Layer
from clauses.service import CoverWish
from procurement.core.errors import DomainError, Invalid, NotFound
from procurement.core.runtime import Runtime
from procurement.core.seal import Sealer
from procurement.core.security import Identity
from tests.factories import clauses, pictures

ON = date(2026, 9, 1)
PLACES = ("logo", "texte", "titre", "objet", "", "", "", "texte_2")
WISH: dict[str, Any] = {
    "document": "CCAP", "places": PLACES, "text": "Ville de **Valcombe**.\n\nDirection des achats.",
    "text_2": "Document établi par la ville.", "alt": "Ville de Valcombe", "logo": pictures.png(),
}  # fmt: skip


@pytest.fixture
def entity(session: Session, release: ReleaseView, drafter: Identity, now: datetime) -> LibraryView:
    return service.ensure_layer(
        session, Layer.ENTITY, parent_id=release.library_id, title="Ville", by=drafter, now=now
    )


def keep(
    session: Session, layer: LibraryView, by: Identity, now: datetime, seen: str = "", **wish: Any
) -> CoverPage:
    made = service.compose_cover(session, layer.id, CoverWish(**{**WISH, **wish}), on=ON)
    return service.keep_cover(session, layer.id, made, seen=seen, by=by, now=now)


def publish(
    session: Session, runtime: Runtime, layer: LibraryView, by: Identity, now: datetime, version: str
) -> ReleaseView:
    made = service.sign_layer(session, layer.id, version, clauses.START_DAY, sealer=runtime.find(Sealer))
    return service.publish_layer(session, made, by=by, now=now)


def lines(session: Session, draft: queries.DraftView) -> list[tuple[CoverRole, str]]:
    cover = queries.desk(session, draft).document.cover
    return [(one.role, text_of(one.spans)) for one in cover]


def test_cover_of_a_released_layer_stands_on_new_drafts_and_on_old_ones_after_an_upgrade(
    session: Session, runtime: Runtime, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    before = clauses.start(session, drafter, now)
    kept = keep(session, entity, drafter, now)
    publish(session, runtime, entity, drafter, now, "v1")
    first = clauses.start(session, drafter, now)
    shown = [
        (CoverRole.LOGO, "Ville de Valcombe"),
        (CoverRole.TEXT, "Ville de Valcombe."),
        (CoverRole.TEXT, "Direction des achats."),
        (CoverRole.TITLE, "Cahier des clauses administratives particulières"),
        (CoverRole.FACT, "Travaux d’essai"),
        (CoverRole.TEXT, "Document établi par la ville."),
    ]
    assert lines(session, first) == shown
    assert lines(session, before) == [(CoverRole.TITLE, "Cahier des clauses administratives particulières")]
    assert queries.desk(session, first).document.cover[0].data == pictures.png()
    keep(
        session,
        entity,
        drafter,
        now,
        str(kept.id),
        places=("titre", "logo"),
        text="",
        text_2="",
        logo=pictures.JPEG,
    )
    second = publish(session, runtime, entity, drafter, now, "v2")
    assert lines(session, first) == shown
    assert plan_upgrade(session, first.id, second.id).cover
    service.upgrade_draft(session, first.id, second.id, {}, revision=first.revision, by=drafter, now=now)
    after = queries.view(session, first.id)
    assert lines(session, after) == [shown[3], shown[0]]
    assert queries.desk(session, after).document.cover[1].data == pictures.JPEG
    assert not plan_upgrade(session, after.id, second.id).cover


def test_release_names_and_signs_the_page_and_its_logo(
    session: Session, runtime: Runtime, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    keep(session, entity, drafter, now)
    made = service.sign_layer(session, entity.id, "v1", clauses.START_DAY, sealer=runtime.find(Sealer))
    told = {one.path: one.sha256 for one in made.info.files}
    assert set(told) == {"gardes/entite-ccap.yaml", "gardes/entite-ccap.png"}
    release = service.publish_layer(session, made, by=drafter, now=now)
    query = select(ReleaseItem.kind, ReleaseItem.path, ReleaseItem.sha256).where(
        ReleaseItem.release_id == release.id
    )
    assert sorted(map(tuple, session.execute(query))) == [
        ("cover", "gardes/entite-ccap.yaml", told["gardes/entite-ccap.yaml"]),
        ("image", "gardes/entite-ccap.png", told["gardes/entite-ccap.png"]),
    ]
    for digest in told.values():
        assert digest in made.manifest.decode()
    # The same page again is the same version.
    publish(session, runtime, entity, drafter, now, "v2")
    assert session.scalars(select(CoverVersion.library_id)).all() == [entity.id]
    # Nothing of the working table is read any more.
    (kept,) = queries.cover_pages(session, entity)
    assert kept.id is not None
    service.remove_cover(session, entity.id, kept.id, by=drafter, now=now)
    assert lines(session, clauses.start(session, drafter, now))[0] == (CoverRole.LOGO, "Ville de Valcombe")
    publish(session, runtime, entity, drafter, now, "v3")
    assert len(lines(session, clauses.start(session, drafter, now))) == 1


def test_page_of_a_document_comes_before_that_of_all_and_the_entity_s_before_the_ministry_s(
    session: Session,
    runtime: Runtime,
    release: ReleaseView,
    drafter: Identity,
    publisher: Identity,
    now: datetime,
) -> None:
    from tests.factories.accounts import create_buyer

    above = create_buyer(session, now, name="Ministère d’essai").identity("administrator")
    ministry = service.ensure_layer(
        session, Layer.MINISTRY, parent_id=release.library_id, title="Ministère", by=above, now=now
    )
    plain = {"places": ("titre", "texte"), "text_2": "", "logo": None}
    keep(session, ministry, above, now, document="RC", text="RC du ministère.", **plain)
    keep(session, ministry, above, now, document="*", text="Ministère.", **plain)
    publish(session, runtime, ministry, above, now, "m1")
    entity = service.ensure_layer(
        session, Layer.ENTITY, parent_id=ministry.id, title="Ville", by=drafter, now=now
    )
    publish(session, runtime, entity, drafter, now, "e1")

    def texts() -> list[str]:
        started = (clauses.start(session, drafter, now, canvas=one) for one in ("rc", "ccap"))
        return [lines(session, one)[1][1] for one in started]

    assert texts() == ["RC du ministère.", "Ministère."]
    keep(session, entity, drafter, now, document="CCAP", text="CCAP de la ville.", **plain)
    publish(session, runtime, entity, drafter, now, "e2")
    assert texts() == ["RC du ministère.", "CCAP de la ville."]
    keep(session, entity, drafter, now, document="*", text="Ville.", **plain)
    publish(session, runtime, entity, drafter, now, "e3")
    assert texts() == ["Ville.", "CCAP de la ville."]


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"places": ("titre", "titre")}, "cover_twice", "place_2"),
        ({"places": ("titre", "rien")}, "cover_twice", "place_2"),
        ({"places": ("objet",)}, "cover_title", "place_1"),
        ({"places": ()}, "cover_title", "place_1"),
        ({"places": ("titre", "texte_2")}, "cover_unplaced", "text"),
        ({"places": ("titre",), "text": "", "text_2": ""}, "cover_unplaced", "logo"),
        ({"text": " "}, "cover_empty", "text"),
        ({"text": "- une liste"}, "cover_paragraphs", "text"),
        ({"text": "### Un titre"}, "cover_paragraphs", "text"),
        ({"text_2": "| a | b |\n| --- | --- |\n| c | d |"}, "cover_paragraphs", "text_2"),
        ({"text": "Marché de {{acheteur}}."}, "cover_place", "text"),
        ({"text": "{{derogations}}"}, "cover_place", "text"),
        ({"text": "Dossier \\\\{{acheteur}}"}, "cover_place", "text"),
        ({"text": "Du **gras"}, "wrong_body", "text"),
        ({"alt": "\u00a0 "}, "logo_alt", "alt"),
        ({"alt": "a\u202eb"}, "text.character", "alt"),
        ({"text_2": "a\ud800b"}, "text.character", "text_2"),
        ({"logo": None}, "logo_missing", "logo"),
        ({"logo": b"<svg/>"}, "logo_format", "logo"),
        ({"logo": pictures.png() + bytes(1024 * 1024)}, "logo_too_large", "logo"),
        ({"logo": pictures.JPEG[:-9]}, "logo_damaged", "logo"),
    ],
)
def test_page_that_cannot_be_kept_is_refused_beside_its_field(
    session: Session, entity: LibraryView, wish: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        service.compose_cover(session, entity.id, CoverWish(**{**WISH, **wish}), on=ON)
    assert (refusal.value.code, [one.field for one in refusal.value.errors]) == (
        code if "." in code else f"clauses.{code}",
        [field],
    )


def test_page_of_what_is_not_there(
    session: Session, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    def refused(code: str, layer: LibraryView, **wish: Any) -> None:
        with pytest.raises(DomainError) as refusal:
            keep(session, layer, drafter, now, **wish)
        assert refusal.value.code == code

    refused("clauses.cover_document", entity, document="AE")
    refused("clauses.cover_document", entity, document="RAPPORT")
    agent = service.ensure_layer(session, Layer.AGENT, parent_id=entity.id, title="Moi", by=drafter, now=now)
    refused("clauses.layer_not_found", agent)


def test_page_that_somebody_changed_meanwhile_is_not_written_over(
    session: Session, entity: LibraryView, drafter: Identity, now: datetime
) -> None:
    first = keep(session, entity, drafter, now)
    with pytest.raises(CoverChanged):
        keep(session, entity, drafter, now, text="Autre.")
    second = keep(session, entity, drafter, now, str(first.id), text="Autre.", logo=None)
    assert second.logo == pictures.png()  # No new file: the one that was kept stays.
    assert queries.cover_pages(session, entity, logos=True) == (second,)
    assert first.id is not None
    assert queries.cover_page(session, entity, first.id) == first
    with pytest.raises(NotFound):
        service.remove_cover(session, entity.id, first.id, by=drafter, now=now)
