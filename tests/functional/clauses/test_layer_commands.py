"""``pli clauses layer`` and ``usual``: from an interministerial release to drafts of an entity below a ministry, as an operator runs it."""

import json
import os
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clauses import queries
from procurement.cli import cli
from procurement.core.db import schema
from procurement.core.runtime import Runtime, bootstrap
from tests.conftest import settings_for
from tests.factories import clauses
from tests.factories.accounts import Made, create_buyer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the settings of an installation that holds the small library."""
    ini = settings_for(f"sqlite:///{tmp_path}/pli.sqlite", tmp_path / "data")
    lines = "\n".join(f"{key} = {value.replace('%', '%%')}" for key, value in ini.items())
    (tmp_path / "pli.ini").write_text(f"[app:main]\n{lines}\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def runtime(folder: Path) -> Runtime:
    made = bootstrap(folder / "pli.ini")
    schema.upgrade(made.database)
    with made.database.write() as session:
        clauses.publish(session, made, made.clock.now())
    return made


@pytest.fixture
def buyers(runtime: Runtime) -> tuple[Made, Made]:
    """Return a ministry and a town."""
    with runtime.database.write() as session:
        now = runtime.clock.now()
        return create_buyer(session, now, name="Ministère"), create_buyer(session, now, name="Ville")


def run(folder: Path, *words: str, group: str = "layer") -> Result:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(cli, ["clauses", group, *words, "--config", "pli.ini", "--json"])
    finally:
        os.chdir(before)


NEW = "Les pénalités de retard sont doublées. La sous-traitance ne les écarte pas. Elles s’appliquent sans mise en demeure."


def words_of(made: Made) -> list[str]:
    return ["--organisation", made.siret, "--by", made.people["administrator"].email]


def publish(folder: Path, made: Made, version: str) -> Result:
    done = run(folder, "publish", "--valid-from", "2026-01-01", "--version", version, *words_of(made))
    assert done.exit_code == 0, done.stderr
    return done


@pytest.fixture
def published(folder: Path, runtime: Runtime, buyers: tuple[Made, Made]) -> tuple[Made, Made]:
    """Return a ministry that replaces a clause, and a town below it that adds to another, both released."""
    ministry, town = buyers
    done = run(folder, "open", "--as", "ministere", *words_of(ministry))
    assert (done.exit_code, json.loads(done.stdout)["layer"]) == (0, "ministere"), done.stderr
    (folder / "mots.txt").write_text("Les mots du ministère : {{montant_estime}}.\n", encoding="utf-8")
    adapt = ["--mode", "replace", "--text", "mots.txt", *words_of(ministry)]
    assert run(folder, "adapt", "ccap.prix", *adapt).exit_code == 0
    publish(folder, ministry, "m-1")
    done = run(folder, "open", "--on", ministry.siret, *words_of(town))
    assert json.loads(done.stdout)["above"] == {"title": "Ministère", "release": "m-1"}
    usual = ["--mode", "default_value", "--fact", "sociale", "--value", "oui", *words_of(town)]
    assert run(folder, "adapt", "ccap.sociale", *usual).exit_code == 0
    (folder / "mots.txt").write_text("Et à trente jours.", encoding="utf-8")
    more = ["--mode", "append", "--text", "mots.txt", *words_of(town)]
    assert run(folder, "adapt", "ccap.penalites", *more).exit_code == 0
    assert json.loads(publish(folder, town, "v-1").stdout)["items"] == 2
    return buyers


def test_drift_comes_down_through_the_ministry_and_is_acknowledged(
    folder: Path, runtime: Runtime, published: tuple[Made, Made]
) -> None:
    ministry, town = published
    with runtime.database.write() as session:
        library = clauses.library(ccap__penalites=NEW)
        clauses.publish(session, runtime, runtime.clock.now(), "1.1", library)
    # What the ministry stands on has not moved until it releases anew.
    assert run(folder, "drift", "--organisation", town.siret).exit_code == 0
    publish(folder, ministry, "m-2")
    done = run(folder, "drift", "--organisation", town.siret)
    (drift,) = json.loads(done.stdout)["drift"]
    assert (done.exit_code, drift["clause"], drift["state"]) == (1, "ccap.penalites", "drift")
    assert ["-", "plafonnées"] in drift["text"]
    assert "ccap.penalites: layer.drift:" in publish(folder, town, "v-2").stderr
    assert run(folder, "acknowledge", "ccap.penalites", *words_of(town)).exit_code == 0
    assert run(folder, "drift", "--organisation", town.siret).exit_code == 0
    assert publish(folder, town, "v-3").stderr == ""
    with runtime.database.write() as session:
        draft = clauses.start(session, town.identity("drafter"), runtime.clock.now())
        found = queries.desk(session, draft)
    assert draft.release_version == "v-3"
    assert found.included["ccap.prix"].body.strip() == "Les mots du ministère : {{montant_estime}}."
    assert found.included["ccap.penalites"].body == f"{NEW}\n\nEt à trente jours."
    listed = json.loads(run(folder, "list").stdout)["layers"]
    told = [(one["title"], one["release"], one["drift"]) for one in listed]
    assert told == [("Ministère", "m-2", 0), ("Ville", "v-3", 0)]


def test_refusals_have_their_exit_codes(folder: Path, runtime: Runtime, buyers: tuple[Made, Made]) -> None:
    _ministry, town = buyers
    keeper = ["--organisation", town.siret, "--by", town.people["administrator"].email]
    other = ["--organisation", town.siret, "--by", town.people["drafter"].email]
    assert run(folder, "list", "--organisation", town.siret).exit_code == 2
    assert run(folder, "open", *other).exit_code == 3
    assert run(folder, "open", *keeper).exit_code == 0
    locked = run(folder, "adapt", "ccap.penalites", "--mode", "hide", *keeper)
    assert (locked.exit_code, "clauses.locked" in locked.stderr) == (1, True)
    assert run(folder, "adapt", "ccap.rien", "--mode", "hide", *keeper).exit_code == 2
    assert (
        run(folder, "adapt", "ccap.objet", "--mode", "append", "--text", "rien.txt", *keeper).exit_code == 2
    )
    assert run(folder, "adapt", "ccap.objet", "--mode", "hide", *other).exit_code == 3
    assert run(folder, "adapt", "ccap.objet", "--mode", "hide", *keeper).exit_code == 0
    assert run(folder, "acknowledge", "ccap.objet", *keeper).exit_code == 1
    assert run(folder, "take-back", "ccap.objet", *keeper).exit_code == 0
    assert run(folder, "take-back", "ccap.objet", *keeper).exit_code == 2
    with runtime.database.read() as session:
        assert queries.in_force(session, date(2026, 9, 1), town.id).version == "1.0"  # type: ignore[union-attr]  # one is


def test_usual_answers_are_the_persons_own(folder: Path, runtime: Runtime, buyers: tuple[Made, Made]) -> None:
    _ministry, town = buyers

    def usual(role: str, *words: str) -> Result:
        who = ["--organisation", town.siret, "--by", town.people[role].email]
        return run(folder, *words, *who, group="usual")

    assert usual("drafter", "keep", "sociale", "--value", "oui").exit_code == 0
    (kept,) = json.loads(usual("drafter", "list").stdout)["usual"]
    assert (kept["fact"], kept["value"]) == ("sociale", "oui")
    # Who keeps the library writes no documents: he has no habits, and sees nobody's.
    assert usual("administrator", "list").exit_code == 3
    assert usual("drafter", "keep", "rien", "--value", "oui").exit_code == 2
    assert usual("drafter", "keep", "objet", "--value", "Tout").exit_code == 1
    assert usual("drafter", "keep", "heures_insertion", "--value", "peu").exit_code == 2
    with runtime.database.write() as session:
        draft = clauses.start(session, town.identity("drafter"), runtime.clock.now())
    assert draft.answers["sociale"].usual_of == town.people["drafter"].id
    assert usual("drafter", "forget", "sociale").exit_code == 0
    assert usual("drafter", "forget", "sociale").exit_code == 2
    assert json.loads(usual("drafter", "list").stdout) == {"usual": []}
    assert json.loads(run(folder, "list").stdout) == {"layers": []}
