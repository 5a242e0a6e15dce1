"""``pli clauses``: what it prints, writes and answers, on the shipped library and on an installation of its own."""

import hashlib
import json
import os
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clauses import service
from clauses.rules.states import ArtefactFormat
from procurement.cli import cli
from procurement.core.db import schema
from procurement.core.runtime import bootstrap
from tests.conftest import settings_for
from tests.factories import clauses
from tests.factories.accounts import create_buyer

FACTS = """type_contrat: T
nature_achat: travaux
categorie_acheteur: etat
procedure: MAPA
objet: Rénovation du groupe scolaire
montant_estime: "139000.00"
"""


def prepare(folder: Path) -> Path:
    """Write a library, facts, and the settings of an installation."""
    for path, text in clauses.files().items():
        target = folder / "lib" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    ini = settings_for(f"sqlite:///{folder}/pli.sqlite", folder / "data")
    lines = "\n".join(f"{key} = {value.replace('%', '%%')}" for key, value in ini.items())
    (folder / "pli.ini").write_text(f"[app:main]\n{lines}\n", encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a library, facts, and the settings of an installation."""
    return prepare(tmp_path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an installation with its database made and the small library released and loaded; to be copied."""
    folder = prepare(tmp_path_factory.mktemp("first"))
    runtime = bootstrap(folder / "pli.ini")
    schema.upgrade(runtime.database)
    runtime.database.dispose()
    released = run(folder, "release lib --version 1.0 --valid-from 2026-01-01 -o lib.zip --json")
    assert released.exit_code == 0, released.stderr
    loaded = run(folder, "import lib.zip --json")
    assert loaded.exit_code == 0, loaded.stderr
    return folder


@pytest.fixture
def installed(first: Path, tmp_path: Path) -> Path:
    """Return a copy of the installation, with settings of its own."""
    shutil.copytree(first, tmp_path, dirs_exist_ok=True)
    return prepare(tmp_path)


def run(folder: Path, line: str) -> Result:
    """Run a command in the folder; those with an installation find their settings there."""
    words = line.split()
    if words[0] in {"release", "import", "export", "withdraw", "search", "impact", "diff"}:
        words += ["--config", str(folder / "pli.ini")]
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(cli, ["clauses", *words])
    finally:
        os.chdir(before)


def test_check_of_a_clean_library(folder: Path) -> None:
    done = run(folder, "check lib --json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "clauses": 6,
        "examples": {"run": 12, "failed": 0},
        "epochs": 2,
        "findings": [],
        "clean": True,
    }


def test_check_lists_every_finding_at_its_place(folder: Path) -> None:
    path = folder / "lib" / "clauses" / "ccap.prix.yaml"
    path.write_text(path.read_text().replace("Les prix", "Voir {{ref:ccap.sociale}}. Les prix"))
    done = run(folder, "check lib --json")
    assert done.exit_code == 1
    (found,) = json.loads(done.stdout)["findings"]
    assert (found["code"], found["clause"], found["severity"]) == ("reference.dangling", "ccap.prix", "error")
    assert found["witness"]["sociale"] == "non"
    assert done.stderr.startswith(f"clauses/ccap.prix.yaml:{found['line']}:{found['column']}: reference.")


def test_check_of_files_that_are_none(folder: Path) -> None:
    (folder / "lib" / "faits.yaml").write_text("faits: [\n")
    done = run(folder, "check lib --json")
    assert (done.exit_code, json.loads(done.stdout)["clean"]) == (1, False)
    assert "faits.yaml:2:1: file.syntax:" in done.stderr
    assert run(folder, "check nowhere").exit_code == 2


@pytest.mark.parametrize("form", ["docx", "odt", "html"])
def test_draft_writes_a_document(folder: Path, form: str) -> None:
    (folder / "facts.yaml").write_text(FACTS + "sociale: oui\nccag: TRAVAUX\n", encoding="utf-8")
    line = f"draft --canvas ccap --facts facts.yaml --format {form} -o out.{form} --library lib --on 2026-09-01 --json"
    done = run(folder, line)
    assert (done.exit_code, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    content = (folder / f"out.{form}").read_bytes()
    assert said == {
        "out": f"out.{form}",
        "sha256": hashlib.sha256(content).hexdigest(),
        "format": form,
        "release": "",
        "included": ["ccap.objet", "ccap.prix", "ccap.sociale", "ccap.penalites", "ccap.derogations"],
        "excluded": 0,
        "unknown": [],
        "missing": ["heures_insertion"],
        "derogations": [{"ccag": "TRAVAUX", "article": "14.1", "clause": "ccap.penalites"}],
        "warnings": [],
    }
    again = run(folder, line.replace("-o out", "-o again"))
    assert json.loads(again.stdout)["sha256"] == said["sha256"]
    assert [path.name for path in folder.iterdir() if path.name.endswith(".part")] == []


def test_draft_with_unknown_clauses_is_not_written_unless_asked(folder: Path) -> None:
    line = "draft --canvas ccap --facts facts.yaml --format html -o out.html --library lib --json"
    done = run(folder, line)
    assert (done.exit_code, (folder / "out.html").exists()) == (1, False)
    assert "ccap.sociale" in done.stderr
    done = run(folder, f"{line} --allow-incomplete")
    assert (done.exit_code, json.loads(done.stdout)["unknown"]) == (0, ["ccap.sociale"])


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ("objets: x\n", "facts.yaml:1:1: fact.unknown:"),
        ("objet: x\nmontant_estime: cher\n", "facts.yaml:2:1: money.format:"),
        ("objet: x\nobjet: y\n", "facts.yaml:2:1: file.duplicate_key:"),
        ("objet: &a x\n", "facts.yaml:1:8: file."),
    ],
)
def test_facts_that_cannot_be_read(folder: Path, facts: str, told: str) -> None:
    (folder / "facts.yaml").write_text(facts, encoding="utf-8")
    for command in ("draft --canvas ccap --format html -o out.html", "explain ccap.prix"):
        done = run(folder, f"{command} --facts facts.yaml --library lib")
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.startswith(told)


def test_pdf_without_typst(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clauses.render.pdf.available", lambda: False)
    line = "draft --canvas ccap --facts facts.yaml --format pdf -o out.pdf --library lib --allow-incomplete"
    done = run(folder, line)
    assert done.exit_code == 3
    assert done.stderr.strip() == (
        "Le PDF demande le paquet typst : pip install pli[pdf]. Formats possibles : docx, odt, html."
    )
    assert not (folder / "out.pdf").exists()


def test_explain_an_exclusion(folder: Path) -> None:
    (folder / "facts.yaml").write_text(FACTS + "sociale: non\n", encoding="utf-8")
    done = run(folder, "explain ccap.sociale --facts facts.yaml --library lib --on 2026-09-01 --json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["outcome"], said["on"]) == (0, "excluded", "2026-09-01")
    assert said["version"].startswith("sha256:")
    assert said["nearest"] == [{"fact": "sociale", "op": "=", "value": True}]
    assert said["sentence"].startswith("Clause écartée")
    assert run(folder, "explain ccap.rien --facts facts.yaml --library lib").exit_code == 2


def test_release_of_a_library_with_findings_writes_nothing(folder: Path) -> None:
    path = folder / "lib" / "clauses" / "ccap.prix.yaml"
    path.write_text(path.read_text().replace("Les prix", "Voir {{ref:ccap.sociale}}. Les prix"))
    done = run(folder, "release lib --version 1.0 -o lib.zip")
    assert (done.exit_code, (folder / "lib.zip").exists()) == (1, False)
    assert "clauses/ccap.prix.yaml:" in done.stderr


def test_release_import_export_are_byte_for_byte(installed: Path) -> None:
    again = run(installed, "import lib.zip --json")
    assert (again.exit_code, json.loads(again.stdout)["new"]) == (0, False)
    done = run(installed, "export 1.0 -o back.zip --json")
    assert done.exit_code == 0, done.stderr
    assert (installed / "back.zip").read_bytes() == (installed / "lib.zip").read_bytes()
    with zipfile.ZipFile(installed / "lib.zip") as archive:
        assert {"manifest.yaml", "manifest.xades.xml", "clauses/ccap.prix.yaml"} <= set(archive.namelist())
    assert run(installed, "export 9.9 -o none.zip").exit_code == 1


def test_withdrawn_release_serves_no_new_draft(installed: Path) -> None:
    assert run(installed, "withdraw 1.0").exit_code == 2
    assert run(installed, "withdraw 9.9 --reason erreur").exit_code == 1
    done = run(installed, "withdraw 1.0 --reason erreur --json")
    assert (done.exit_code, json.loads(done.stdout)["reason"]) == (0, "erreur"), done.stderr
    again = run(installed, "withdraw 1.0 --reason autre --json")
    assert json.loads(again.stdout)["reason"] == "erreur"
    assert run(installed, "export -o none.zip").exit_code == 1


def test_archive_with_one_byte_changed_is_refused(installed: Path) -> None:
    whole = (installed / "lib.zip").read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 25)):
        changed = bytearray(whole)
        changed[place] ^= 0x01
        (installed / "bad.zip").write_bytes(changed)
        done = run(installed, "import bad.zip")
        assert (done.exit_code, done.stdout) == (1, ""), place


def test_release_by_an_unknown_key_is_loaded_only_when_it_is_trusted(installed: Path) -> None:
    unsigned = run(installed, "release lib --version 2.0 --unsigned -o unsigned.zip --json")
    assert json.loads(unsigned.stdout)["signature"] is None
    assert run(installed, "import unsigned.zip").exit_code == 1


def test_diff_of_a_directory_and_a_release(installed: Path) -> None:
    path = installed / "lib" / "clauses" / "ccap.prix.yaml"
    path.write_text(path.read_text().replace("fermes", "révisables"))
    (installed / "lib" / "parametres.yaml").write_text(clauses.PARAMETERS.replace("150000", "160000"))
    done = run(installed, "diff 1.0 lib --json")
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    (changed,) = said["changed"]
    assert (changed["clause"], changed["fields"], said["parameters"]) == (
        "ccap.prix",
        ["body"],
        ["seuil_europeen"],
    )
    assert [part for part in changed["text"] if part[0] != "="] == [["-", "fermes"], ["+", "révisables"]]


def test_search_and_impact_of_an_installation(installed: Path) -> None:
    done = run(installed, "search penalites plafond --json")
    assert [one["clause"] for one in json.loads(done.stdout)["results"]] == ["ccap.penalites"]
    assert run(installed, "search introuvable").exit_code == 1
    done = run(installed, "impact --articles R.2191-7,L2112-2,bizarre --json")
    said = json.loads(done.stdout)
    assert (said["articles"], said["unknown"]) == (["CCP:R2191-7", "CCP:L2112-2"], ["bizarre"])
    assert [one["id"] for one in said["clauses"]] == ["ccap.objet", "ccap.penalites"]


def test_readback_finds_the_one_changed_clause(folder: Path) -> None:
    line = "draft --canvas ccap --facts facts.yaml --format docx -o out.docx --library lib --allow-incomplete"
    assert run(folder, line).exit_code == 0
    read = "readback out.docx --canvas ccap --facts facts.yaml --library lib --json"
    same = run(folder, read)
    assert (same.exit_code, {one["outcome"] for one in json.loads(same.stdout)["clauses"]}) == (
        0,
        {"unchanged"},
    )
    edit(folder / "out.docx", b"Les prix sont fermes", "Les prix sont révisables".encode())
    done = run(folder, read)
    changed = [one for one in json.loads(done.stdout)["clauses"] if one["outcome"] != "unchanged"]
    assert (done.exit_code, [one["clause"] for one in changed]) == (1, ["ccap.prix"])


def test_file_of_a_draft_is_read_back_over_what_was_sent(installed: Path) -> None:
    runtime = bootstrap(installed / "pli.ini")
    now = runtime.clock.now()
    try:
        with runtime.database.write() as session:
            buyer = create_buyer(session, now, name="Ville de Valcombe-sur-Orle").identity("drafter")
            draft = clauses.start(session, buyer, now)
        sent = service.export(runtime.database, draft.id, ArtefactFormat.DOCX, by=buyer, now=now)
        with runtime.database.write() as session:
            service.save_text(session, draft.id, "ccap.objet", "Autre.", revision=0, by=buyer, now=now)
    finally:
        runtime.database.dispose()
    (installed / "sent.docx").write_bytes(sent.content)
    edit(installed / "sent.docx", b"Les prix sont fermes", "Les prix sont révisables".encode())
    line = f"readback sent.docx --draft {draft.id} --config {installed / 'pli.ini'} --json"
    seen = run(installed, line)
    told = [one["clause"] for one in json.loads(seen.stdout)["clauses"] if one["proposed"]]
    assert (seen.exit_code, told, json.loads(seen.stdout)["provenance"]) == (1, ["ccap.prix"], "known")
    done = run(installed, f"{line} --apply all")
    assert (done.exit_code, json.loads(done.stdout)["taken"]) == (0, ["ccap.prix"])


def edit(path: Path, before: bytes, after: bytes) -> None:
    """Change words inside a DOCX, as a word processor would."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    assert before in parts["word/document.xml"]
    parts["word/document.xml"] = parts["word/document.xml"].replace(before, after)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2027, 1, 1, 0, 0, 0)), data)


def test_simulation_of_the_shipped_library() -> None:
    done = CliRunner().invoke(cli, ["clauses", "simulate", "--n", "300", "--seed", "7", "--json"])
    said = json.loads(done.stdout)
    assert (done.exit_code, said["n"], said["never"]) == (0, 300, [])


def test_today_is_used_without_a_date(folder: Path) -> None:
    done = run(folder, "explain ccap.prix --facts facts.yaml --library lib --json")
    assert json.loads(done.stdout)["on"] == datetime.now(UTC).date().isoformat()
    assert run(folder, "explain ccap.prix --facts facts.yaml --library lib --on demain").exit_code == 2
