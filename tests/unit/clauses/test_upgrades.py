"""Upgrades: three ways, decisions asked for, one undo; over 100 random pairs of releases no edit is lost."""

import random
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from clauses import queries, service
from clauses.errors import Changed
from clauses.queries import DraftView, ReleaseView
from clauses.rules.model import Library
from clauses.rules.states import EventKind
from clauses.rules.upgrade import Decision, Situation
from clauses.service import Choice
from procurement.core.errors import Conflict, Invalid
from procurement.core.runtime import Runtime
from procurement.core.security import Identity
from tests.factories import clauses

OLD = "Les prix sont fermes. Ils comprennent toutes les charges. Le montant estimé est de {{montant_estime}}."
OURS = "Les prix sont révisables. Ils comprennent toutes les charges. Le montant estimé est de {{montant_estime}}."
NEW = "Les prix sont fermes. Ils comprennent toutes les charges. Le montant est de {{montant_estime}}."
BOTH = "Les prix sont révisables. Ils comprennent toutes les charges. Le montant est de {{montant_estime}}."


def without(library: Library, key: str) -> Library:
    """Return a library that has withdrawn a clause."""
    kept = {name: one for name, one in library.clauses.items() if name != key}
    canvases = {
        name: replace(
            canvas,
            chapters=tuple(
                replace(chapter, clauses=tuple(one for one in chapter.clauses if one != key))
                for chapter in canvas.chapters
            ),
        )
        for name, canvas in library.canvases.items()
    }
    return replace(library, clauses=kept, canvases=canvases)


def edited(
    session: Session, drafter: Identity, now: datetime, body: str = OURS, clause: str = "ccap.prix"
) -> DraftView:
    draft = clauses.start(session, drafter, now)
    return service.save_text(session, draft.id, clause, body, revision=0, by=drafter, now=now).draft


def upgraded(
    session: Session,
    draft_id: uuid.UUID,
    release_id: uuid.UUID,
    choices: Mapping[str, Choice],
    *,
    by: Identity,
    now: datetime,
) -> DraftView:
    """Bring a draft to a release, decided over its present state."""
    seen = queries.view(session, draft_id).revision
    return service.upgrade_draft(session, draft_id, release_id, choices, revision=seen, by=by, now=now)


def test_upgrade_decided_over_another_state_is_refused(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime
) -> None:
    draft = edited(session, drafter, now)
    new = clauses.publish(session, runtime, now, "1.1", clauses.library(ccap__prix=NEW))
    clauses.answer(session, draft.id, drafter, now, remarque="Entre-temps")
    before = queries.view(session, draft.id)
    with pytest.raises(Changed):
        service.upgrade_draft(session, draft.id, new.id, {}, revision=draft.revision, by=drafter, now=now)
    assert queries.view(session, draft.id) == before


def test_unedited_clause_takes_the_new_words(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    new = clauses.publish(session, runtime, now, "1.1", clauses.library(ccap__prix=NEW))
    plan = queries.plan_upgrade(session, draft.id, new.id)
    assert [(one.clause, one.situation) for one in plan.clauses] == [("ccap.prix", Situation.TAKE)]
    done = upgraded(session, draft.id, new.id, {}, by=drafter, now=now)
    found = queries.desk(session, done)
    assert found.included["ccap.prix"].body.strip() == NEW
    assert done.texts == {}


def test_edit_of_an_unchanged_clause_is_kept(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime
) -> None:
    draft = edited(session, drafter, now)
    new = clauses.publish(session, runtime, now, "1.1", clauses.library(ccap__objet="Objet : {{objet}}."))
    done = upgraded(session, draft.id, new.id, {}, by=drafter, now=now)
    assert done.texts == {"ccap.prix": OURS}
    assert done.release_version == "1.1"


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        (Choice(Decision.KEEP), OURS),
        (Choice(Decision.TAKE), None),
        (Choice(Decision.MERGED), BOTH),
        (
            Choice(Decision.MERGED, "Prix. Montant : {{montant_estime}}."),
            "Prix. Montant : {{montant_estime}}.",
        ),
    ],
)
def test_clause_changed_on_both_sides_takes_a_decision(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime, choice: Choice, kept: str | None
) -> None:
    draft = edited(session, drafter, now)
    new = clauses.publish(session, runtime, now, "1.1", clauses.library(ccap__prix=NEW))
    assert queries.plan_upgrade(session, draft.id, new.id).to_decide == ("ccap.prix",)
    with pytest.raises(Invalid) as refused:
        upgraded(session, draft.id, new.id, {}, by=drafter, now=now)
    assert refused.value.code == "clauses.decision_missing"
    assert queries.view(session, draft.id).texts == {"ccap.prix": OURS}
    done = upgraded(session, draft.id, new.id, {"ccap.prix": choice}, by=drafter, now=now)
    assert done.texts.get("ccap.prix") == kept
    back = service.undo_upgrade(session, draft.id, by=drafter, now=now)
    assert (back.texts, back.release_version) == ({"ccap.prix": OURS}, "1.0")


def test_withdrawn_clause_stays_as_local(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    new = clauses.publish(session, runtime, now, "1.1", without(clauses.library(), "ccap.prix"))
    done = upgraded(session, draft.id, new.id, {}, by=drafter, now=now)
    assert done.clauses["ccap.prix"].local
    found = queries.desk(session, done)
    chapters = [(one.title, [clause.id for clause in one.clauses]) for one in found.document.chapters]
    assert ("Clauses propres à ce marché", ["ccap.prix"]) in chapters
    assert chapters[-1][0] == "Dérogations"
    again = clauses.publish(session, runtime, now, "1.2")
    plan = queries.plan_upgrade(session, draft.id, again.id)
    assert ("ccap.prix", Situation.SAME) in [(one.clause, one.situation) for one in plan.clauses]
    back = upgraded(session, draft.id, again.id, {}, by=drafter, now=now)
    assert not back.clauses["ccap.prix"].local
    assert list(queries.desk(session, back).included).count("ccap.prix") == 1


def test_undo_only_right_after(session: Session, runtime: Runtime, drafter: Identity, now: datetime) -> None:
    draft = clauses.start(session, drafter, now)
    with pytest.raises(Conflict):
        service.undo_upgrade(session, draft.id, by=drafter, now=now)
    new = clauses.publish(session, runtime, now, "1.1", clauses.library(ccap__prix=NEW))
    upgraded(session, draft.id, new.id, {}, by=drafter, now=now)
    clauses.answer(session, draft.id, drafter, now, remarque="Après")
    with pytest.raises(Conflict) as refused:
        service.undo_upgrade(session, draft.id, by=drafter, now=now)
    assert refused.value.code == "clauses.nothing_to_undo"


def test_upgrade_to_the_same_release_does_nothing(
    session: Session, release: ReleaseView, drafter: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    assert upgraded(session, draft.id, release.id, {}, by=drafter, now=now) == draft


#: Clauses whose words the pairs change on either side, and sentences that they are made of.
KEYS = ("ccap.objet", "ccap.prix", "ccap.penalites")
SENTENCES = [f"Phrase numéro {number} de l’essai." for number in range(12)]


def words(chance: random.Random) -> str:
    return " ".join(chance.sample(SENTENCES, chance.randint(1, 5)))


def pair(chance: random.Random) -> tuple[Library, Library]:
    """Return two releases: words changed, clauses withdrawn or new, at random."""
    bodies = {key.replace(".", "__"): words(chance) for key in KEYS}
    changed = {key: words(chance) if chance.random() < 0.5 else body for key, body in bodies.items()}
    old, new = clauses.library(**bodies), clauses.library(**changed)
    if chance.random() < 0.3:
        new = without(new, chance.choice(KEYS))
    if chance.random() < 0.2:
        old = without(old, chance.choice(KEYS))
    free = {key: replace(one, variables=(), lock=type(one.lock).NONE) for key, one in new.clauses.items()}
    bare = {key: replace(one, variables=(), lock=type(one.lock).NONE) for key, one in old.clauses.items()}
    return replace(old, clauses=bare), replace(new, clauses=free)


@pytest.mark.parametrize("seed", range(4))
def test_no_edit_is_lost_over_random_pairs(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime, seed: int
) -> None:
    """Each seed draws 25 pairs; the words of every edit stand in the draft, or whole in its history, and come back."""
    chance = random.Random(seed)
    for number in range(25):
        old, new = (
            store(session, f"{seed}.{number}.{side}", library, now)
            for side, library in enumerate(pair(chance))
        )
        draft = clauses.start(session, drafter, now, release_id=old)
        for key in queries.desk(session, draft).edition.library.clauses:
            if key in KEYS and chance.random() < 0.7:
                service.save_text(session, draft.id, key, words(chance), revision=0, by=drafter, now=now)
        before = queries.view(session, draft.id)
        plan = queries.plan_upgrade(session, draft.id, new)
        choices = {key: Choice(chance.choice([Decision.KEEP, Decision.TAKE])) for key in plan.to_decide}
        after = upgraded(session, draft.id, new, choices, by=drafter, now=now)
        history = [
            one.data["before"] for one in queries.history(session, draft.id) if one.kind is EventKind.TEXT
        ]
        said = after.texts
        library = queries.desk(session, after).edition.library.clauses
        for key, text in before.texts.items():
            taken = choices.get(key) == Choice(Decision.TAKE)
            same = key in library and library[key].body.strip() == text
            assert said.get(key) == text or ((taken or same) and text in history), (seed, number, key)
        back = service.undo_upgrade(session, draft.id, by=drafter, now=now)
        assert (back.texts, back.release_id) == (before.texts, before.release_id)


def store(session: Session, version: str, library: Library, now: datetime) -> object:
    """Store a release without a seal: 200 of them are made here, and what is looked at is the drafts."""
    said = service.Announcement(version=version, valid_from=clauses.START_DAY, analyser="essai")
    frozen = service.freeze_library(library, said)
    return service.publish(session, service.Signed(frozen, b"<unsigned/>", "essai"), by=None, now=now).id


def test_what_was_acknowledged_is_asked_again_when_its_words_change(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)

    def acknowledged() -> bool:
        return queries.view(session, draft.id).clauses["ccap.prix"].acknowledged_at is not None

    service.acknowledge(session, draft.id, "ccap.prix", by=drafter, now=now)
    same = clauses.publish(session, runtime, now, "1.1", clauses.library(ccap__objet="Objet : {{objet}}."))
    upgraded(session, draft.id, same.id, {}, by=drafter, now=now)
    assert acknowledged()
    new = clauses.publish(session, runtime, now, "1.2", clauses.library(ccap__prix=NEW))
    upgraded(session, draft.id, new.id, {}, by=drafter, now=now)
    assert not acknowledged()
    service.undo_upgrade(session, draft.id, by=drafter, now=now)
    assert acknowledged()
    service.save_text(session, draft.id, "ccap.prix", OURS, revision=0, by=drafter, now=now)
    assert not acknowledged()
