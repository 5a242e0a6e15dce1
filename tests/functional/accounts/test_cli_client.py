"""``pli client``: from a vendor's name to a client in production with a mandate."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from joserfc.jwk import ECKey

from procurement.cli import cli

BUYER = "21990410900010"


def run(ini: str, *arguments: str, group: str = "client", stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, [group, *arguments, "--config", ini, "--json"], input=stdin)


def said(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout.strip().splitlines()[-1])
    return found


@pytest.fixture
def client_id(ini: str) -> str:
    made = said(run(ini, "create", "--name", "Places", "--email", "api@places.example"))
    return str(made["client_id"])


def listed(ini: str) -> dict[str, Any]:
    found = said(run(ini, "list"))["clients"]
    assert len(found) == 1
    one: dict[str, Any] = found[0]
    return one


def test_client_goes_to_production_with_an_owner_and_a_mandate(ini: str, client_id: str) -> None:
    assert run(ini, "move", client_id, "qualification").exit_code == 1
    organisation = ("create-organisation", "--kind", "buyer", "--siret", BUYER)
    said(run(ini, *organisation, group="account"))
    said(run(ini, "give-owner", client_id, "--siret", BUYER, "--kind", "buyer"))
    assert said(run(ini, "move", client_id, "qualification"))["state"] == "qualification"
    assert said(run(ini, "move", client_id, "production"))["state"] == "production"
    day = ("--signed-on", "2027-01-04", "--ends-on", "2027-12-31")
    scopes = ("--scope", "acheteur:write", "--scope", "acheteur:publish")
    signed = said(
        run(ini, "mandate", "add", client_id, "--siret", BUYER, "--signatory", "Nadia Colin", *day, *scopes)
    )
    held = listed(ini)["mandates"]
    assert held == [
        {
            "id": signed["mandate_id"],
            "siret": BUYER,
            "signatory": "Nadia Colin",
            "signed_on": "2027-01-04",
            "ends_on": "2027-12-31",
            "scopes": ["acheteur:publish", "acheteur:write"],
            "withdrawn": False,
        }
    ]
    said(run(ini, "mandate", "withdraw", client_id, signed["mandate_id"]))
    assert listed(ini)["mandates"][0]["withdrawn"] is True


def test_secret_is_shown_once_or_kept_in_a_private_file(ini: str, client_id: str, tmp_path: Path) -> None:
    printed = said(run(ini, "add-key", client_id, "--label", "first"))
    assert printed["secret"].startswith("plis_")
    file = tmp_path / "secret"
    kept = said(run(ini, "add-key", client_id, "--secret-file", str(file)))
    assert "secret" not in kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("plis_")
    assert "plis_" not in run(ini, "list").stdout
    assert [key["label"] for key in listed(ini)["keys"]] == ["first", ""]
    assert run(ini, "add-key", client_id).exit_code == 1  # Two at once, no more.


def test_secret_file_is_never_overwritten_and_no_key_is_made(
    ini: str, client_id: str, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("mine")
    assert run(ini, "add-key", client_id, "--secret-file", str(file)).exit_code == 2
    assert file.read_text() == "mine"
    assert listed(ini)["keys"] == []


def test_public_key_comes_by_file_or_stdin_and_a_private_one_is_refused(ini: str, client_id: str) -> None:
    key = ECKey.generate_key("P-256")
    public = json.dumps(key.as_dict(private=False))
    made = said(run(ini, "add-key", client_id, "--jwk", "-", stdin=public))
    assert [(one["id"], one["kind"]) for one in listed(ini)["keys"]] == [(made["key_id"], "public")]
    for wrong in (json.dumps(key.as_dict(private=True)), "{", "[]"):
        assert run(ini, "add-key", client_id, "--jwk", "-", stdin=wrong).exit_code == 2


def test_addresses_and_platform_are_set(ini: str, client_id: str) -> None:
    said(run(ini, "set-return-urls", client_id, "https://places.example/retour"))
    assert run(ini, "set-return-urls", client_id, "ftp://places.example").exit_code == 2
    named = ("name-platform", client_id, "--id", "219 904 109 00010", "--technical-id", "AAA001")
    assert said(run(ini, *named))["platform"] == {"kind": 1, "id": BUYER, "technical_id": "AAA001"}
    assert listed(ini)["return_urls"] == ["https://places.example/retour"]


def test_revoked_key_then_revoked_client(ini: str, client_id: str) -> None:
    key = said(run(ini, "add-key", client_id))["key_id"]
    said(run(ini, "revoke", client_id, "--key", key))
    assert listed(ini)["keys"][0]["revoked"] is True
    assert listed(ini)["revoked_at"] is None
    assert said(run(ini, "revoke", client_id))["revoked_at"] is not None
    assert run(ini, "move", client_id, "qualification").exit_code == 1


def test_list_is_narrowed_to_a_state(ini: str, client_id: str) -> None:
    assert said(run(ini, "list", "--state", "production"))["clients"] == []
    assert [one["client_id"] for one in said(run(ini, "list", "--state", "sandbox"))["clients"]] == [
        client_id
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("move", "pli-none", "qualification"), 1),
        (("move", "pli-none", "nowhere"), 2),
        (("revoke", "pli-none"), 1),
        (("give-owner", "pli-none", "--siret", BUYER), 1),
        (("create", "--name", "P", "--email", "nobody"), 2),
        (("create", "--name", "P", "--email", "a@b.example", "--scope", "everything"), 2),
        (("create", "--name", "P", "--email", "a@b.example", "--owner-siret", "12"), 2),
    ],
)
def test_refusals_have_the_codes_of_the_house(ini: str, arguments: tuple[str, ...], code: int) -> None:
    result = run(ini, *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert isinstance(result.exception, SystemExit)
