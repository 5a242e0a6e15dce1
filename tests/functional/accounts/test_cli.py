"""``pli account``: from an empty database to somebody who can sign in."""

import json
import re

import pytest
from click.testing import CliRunner, Result
from webtest import TestApp

from procurement.cli import cli
from procurement.core.runtime import bootstrap
from tests.factories.accounts import PASSWORD, make_siret


def account(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["account", *arguments])


def outcome(result: Result) -> dict[str, object]:
    """Return the JSON object on the last line of stdout."""
    return json.loads(result.stdout.strip().splitlines()[-1])


def test_operator_opens_an_organisation_and_invites(ini: str) -> None:
    made = account(
        "create-organisation", "--kind", "buyer", "--siret", "219 904 109 00010", "--config", ini, "--json"
    )
    assert made.exit_code == 0, made.output
    assert outcome(made)["name"] == "Ville de Valcombe-sur-Orle"
    sent = account(
        "invite",
        "--siret",
        "21990410900010",
        "--email",
        "nadia@ville.example",
        "--name",
        "Nadia Colin",
        "--config",
        ini,
        "--json",
    )
    assert sent.exit_code == 0, sent.output
    assert outcome(sent)["roles"] == ["administrator"]
    app = TestApp(bootstrap(ini).app, extra_environ={"HTTP_HOST": "localhost"})
    page = app.get(re.sub("^http://localhost", "", str(outcome(sent)["link"])))
    form = next(form for form in page.forms.values() if "new" in form.fields)
    form["new"] = form["again"] = PASSWORD
    assert form.submit(status=303).follow().request.path == "/tableau-de-bord"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("create-organisation", "--kind", "buyer", "--siret", "123"), 2, "Un SIRET compte 14 chiffres."),
        (("create-organisation", "--kind", "buyer", "--siret", make_siret(9_100_000)), 2, "give --name"),
        (
            ("invite", "--siret", make_siret(9_100_001), "--email", "a@b.example", "--name", "A"),
            1,
            "create-organisation first",
        ),
    ],
)
def test_refusal_is_a_sentence(ini: str, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    refused = account(*arguments, "--config", ini)
    assert refused.exit_code == code
    assert sentence in refused.stderr
    assert "Traceback" not in refused.output


def test_unknown_siret_is_declared(ini: str) -> None:
    about = ("--name", "Régie d’essai", "--address", "1 rue", "--postal-code", "01000", "--city", "Bourg")
    made = account(
        "create-organisation",
        "--kind",
        "company",
        "--siret",
        make_siret(9_100_002),
        *about,
        "--config",
        ini,
        "--json",
    )
    assert outcome(made)["origin"] == "declared"
