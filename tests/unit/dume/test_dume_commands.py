"""``pli dume``: exit codes, exactly the JSON of its contract, and no traceback for anybody's bytes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dume.espd.export import export
from dume.espd.model import Version
from dume.espd.parse import MAX_BYTES
from dume.espd.write_v41 import write
from procurement.cli import cli
from tests.pace import brief
from tests.vectors.dume.documents import documents

OWN = documents()
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NAME = "QualificationApplicationRequest"
HEAD = f'<{NAME} xmlns="{UBL}{NAME}-2">'.encode()
TAIL = f"</{NAME}>".encode()
UNREADABLE = {
    "a document type": b"<!DOCTYPE x><x/>",
    "a bomb": b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 9999 + b'">]><x>' + b"&a;" * 9999 + b"</x>",
    "one byte too many": HEAD + b" " * (MAX_BYTES + 1 - len(HEAD + TAIL)) + TAIL,
    "depth 101": HEAD + b"<a>" * 100 + b"</a>" * 100 + TAIL,
    "an invoice": f'<Invoice xmlns="{UBL}Invoice-2"/>'.encode(),
    "a TED notice": b'<TED_EXPORT xmlns="http://publications.europa.eu/resource/schema/ted/R2.0.9"/>',
    "an eForms notice": f'<ContractNotice xmlns="{UBL}ContractNotice-2"/>'.encode(),
    "no XML": b"\x00\x01",
    "nothing": b"",
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["dume", *map(str, arguments)])


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Return a request, a response and broken ones as files."""
    made = {"request": write(OWN["request-simplified"]), "response": write(OWN["response-simplified"])}
    made["broken"] = made["request"].replace(b"<cbc:IssueDate>", b"<cbc:IssueDate>x")
    made["other"] = made["request"].replace(b"ESPD-EDMv4.1.0", b"ESPD-EDMv2.1.0")
    made["doubtful"] = made["request"].replace(b">4.1.0</cbc:VersionID>", b">4.0.0</cbc:VersionID>")
    for name, data in made.items():
        (tmp_path / f"{name}.xml").write_bytes(data)
    return {name: tmp_path / f"{name}.xml" for name in made}


@pytest.mark.parametrize(
    ("name", "code", "version", "valid"),
    [
        ("request", 0, "4.1.0", True),
        ("response", 0, "4.1.0", True),
        ("broken", 1, "4.1.0", False),
        ("other", 1, "2.1.0", False),
    ],
)
def test_verdict_has_the_keys_and_the_code_of_the_contract(
    files: dict[str, Path], name: str, code: int, version: str, *, valid: bool
) -> None:
    found = run("validate", files[name], "--json")
    verdict = json.loads(found.stdout)
    assert list(verdict) == ["version", "kind", "valid", "findings"]
    assert (found.exit_code, verdict["version"], verdict["valid"]) == (code, version, valid)
    assert verdict["kind"] == ("response" if name == "response" else "request")
    for finding in verdict["findings"]:
        assert list(finding) == ["rule", "severity", "message", "path"]
        assert finding["message"]


def test_unsupported_version_is_named(files: dict[str, Path]) -> None:
    (finding,) = json.loads(run("validate", files["other"], "--json").stdout)["findings"]
    assert (finding["rule"], finding["severity"]) == ("PLI-VERSION-UNSUPPORTED", "fatal")
    assert "2.1.0" in finding["message"]


def test_two_versions_in_one_file_are_a_finding(files: dict[str, Path]) -> None:
    for language, word in (("fr", "deux versions"), ("en", "two versions")):
        found = json.loads(run("validate", files["doubtful"], "--json", "--language", language).stdout)[
            "findings"
        ]
        assert [word in each["message"] for each in found if each["rule"] == "PLI-VERSION-DISAGREES"] == [
            True
        ]


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_file_has_neither_version_nor_kind(tmp_path: Path, name: str) -> None:
    file = tmp_path / "file.xml"
    file.write_bytes(UNREADABLE[name])
    said = set()
    for language in ("fr", "en"):
        with brief():
            found = run("validate", file, "--json", "--language", language)
        verdict = json.loads(found.stdout)
        assert (found.exit_code, verdict["version"], verdict["kind"], verdict["valid"]) == (
            2,
            None,
            None,
            False,
        )
        assert [each["rule"] for each in verdict["findings"]] == ["PLI-XML"]
        said.add(verdict["findings"][0]["message"])
    assert len(said - {""}) == len(("fr", "en"))
    for verb in (("convert", file, "--to", "4.1.0"), ("render", file, "--format", "json")):
        refused = run(*verb)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert refused.stderr.startswith("pli: Ce fichier ")


def test_findings_are_lines_without_json(files: dict[str, Path]) -> None:
    found = run("validate", files["broken"])
    assert found.exit_code == 1
    assert found.stdout.startswith("fatal XSD: ")
    assert found.stderr == "Non valide.\n"


@pytest.mark.parametrize("target", ["4.1.0", "2.1.1", "1.0.2"])
@pytest.mark.parametrize("name", ["request", "response"])
def test_conversion_writes_the_version_and_the_report(
    files: dict[str, Path], tmp_path: Path, name: str, target: str
) -> None:
    out, report = tmp_path / "out.xml", tmp_path / "out.json"
    found = run("convert", files[name], "--to", target, "-o", out, "--report", report)
    assert (found.exit_code, found.stdout) == (0, "")
    verdict = json.loads(run("validate", out, "--json").stdout)
    assert (verdict["version"], verdict["kind"], verdict["valid"]) == (target, name, True)
    assert set(json.loads(report.read_text())) == {"source", "target", "summary", "items"} | (
        {"export"} if target != "4.1.0" else set()
    )


def test_conversion_of_a_broken_file_is_written_and_said(files: dict[str, Path]) -> None:
    found = run("convert", files["broken"], "--to", "4.1.0")
    assert found.exit_code == 1
    assert found.stdout.startswith("<?xml")


def test_merge_wants_a_request_and_a_response(files: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "merged.xml"
    assert (
        run("merge", files["request"], files["request"], "-o", out).exit_code == 2
    )  # The code of bad input.
    assert (
        run("merge", files["response"], files["request"], "-o", out).exit_code == 2
    )  # The code of bad input.
    assert not out.exists()
    ((_, old),) = export(OWN["response-simplified"], Version.V1_0_2).files
    files["response"].write_bytes(old)
    assert run("merge", files["request"], files["response"], "-o", out).exit_code == 0
    assert json.loads(run("validate", out, "--json").stdout)["kind"] == "response"


def test_render_gives_a_page_and_rows(files: dict[str, Path]) -> None:
    assert run("render", files["response"], "--format", "html").stdout.startswith("<!DOCTYPE html>")
    assert json.loads(run("render", files["response"], "--format", "json").stdout)["kind"] == "response"


def test_folder_without_the_kit_is_refused_in_one_sentence(files: dict[str, Path], tmp_path: Path) -> None:
    found = run("validate", files["request"], "--kit", tmp_path, "--json")
    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr.startswith("pli: ")


def test_checking_a_file_starts_neither_framework_nor_database(files: dict[str, Path]) -> None:
    script = (
        "import sys; from procurement.cli import cli\n"
        f"cli(['dume', 'validate', {str(files['request'])!r}], standalone_mode=False)"
    )
    script = f"try:\n    {script.replace(chr(10), chr(10) + '    ')}\nfinally:\n    print(sorted({{'pyramid', 'sqlalchemy', 'saxonche'}} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )  # Our own words.
    assert done.stdout.splitlines()[-1] == "[]"
