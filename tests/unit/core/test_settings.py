from dataclasses import fields
from pathlib import Path

import pytest

from procurement.core.settings import Settings, SettingsError, load

GOOD = {"pli.environment": "test", "pli.secret_key": "k" * 32}


def test_load_reads_ini_and_converts() -> None:
    settings = load(
        {**GOOD, "pli.file_bytes": "10", "pli.rate_limits": "no", "pli.data_directory": "/srv/pli"}, {}
    )
    assert (settings.file_bytes, settings.rate_limits, settings.data_directory) == (
        10,
        False,
        Path("/srv/pli"),
    )


def test_load_environment_wins_over_file() -> None:
    assert load({**GOOD, "pli.mail_port": "25"}, {"PLI_MAIL_PORT": "2525"}).mail_port == 2525


def test_load_reads_sqlalchemy_url() -> None:
    assert load({**GOOD, "sqlalchemy.url": "sqlite:///x"}, {}).database_url == "sqlite:///x"


def test_load_leaves_other_frameworks_keys_alone() -> None:
    assert load({**GOOD, "pyramid.reload_templates": "true"}, {}).environment == "test"


def test_load_unknown_key_proposes_the_nearest() -> None:
    with pytest.raises(
        SettingsError, match=r"Unknown setting pli\.mail_prot\. Did you mean pli\.mail_port\?"
    ):
        load({**GOOD, "pli.mail_prot": "25"}, {})


def test_load_unknown_key_without_neighbour_names_the_reference() -> None:
    with pytest.raises(SettingsError, match=r"settings\.md"):
        load({**GOOD, "pli.zzzzzz": "25"}, {})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pli.mail_port": "smtp"}, "takes a int"),
        ({"pli.rate_limits": "maybe"}, "takes true or false"),
        ({"pli.signing_fetch": "online"}, "signing_fetch is .online.; it takes true or false"),
        ({"pli.timestamp_timeout": "soon"}, "takes a float"),
        ({"pli.storage": "tape"}, "takes files or s3"),
        ({"pli.secret_key": "short"}, "openssl rand"),
        ({"pli.base_url": "http://localhost/"}, "without a final slash"),
        ({"pli.base_url": "localhost"}, "without a final slash"),
        ({"pli.environment": "production", "pli.clock": "sandbox"}, "clock = sandbox is for development"),
        ({"pli.environment": "production", "pli.mail": "outbox"}, "mail = outbox is for development"),
        ({"pli.environment": "production", "pli.timestamp": "development"}, "timestamp = development"),
        ({"pli.environment": "production"}, "timestamp_url is missing"),
        ({"pli.seal": "wax"}, "takes file or pkcs11"),
        ({"pli.seal": "pkcs11"}, "seal_pkcs11_token are missing"),
        ({"pli.seal_passphrase": "x", "pli.seal_passphrase_file": "/x"}, "keep one of them"),
        ({"pli.seal_pkcs11_key": "0g"}, "hexadecimal"),
        ({"pli.seal_pkcs11_key": "012"}, "two for a byte"),
    ],
)
def test_load_bad_value_says_what_to_do(change: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        load({**GOOD, **change}, {})


def test_folders_follow_the_data_directory() -> None:
    settings = load({**GOOD, "pli.data_directory": "/srv/pli"}, {})
    assert (settings.objects_directory, settings.keys_directory) == (
        Path("/srv/pli/objects"),
        Path("/srv/pli/keys"),
    )


def test_every_setting_has_an_effect() -> None:
    assert [item.name for item in fields(Settings) if not item.metadata.get("effect")] == []
