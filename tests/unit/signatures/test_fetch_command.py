"""``pli signature verify`` and the network: never unless the settings say so, never offline; and what it says to people."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from procurement.cli import cli
from procurement.signatures import fetching
from signing.produce.params import Profile
from tests.factories import pki_server
from tests.factories.pki_server import PkiServer
from tests.signing import pki, signed

INI = "[app:main]\npli.environment = test\npli.secret_key = {key}\npli.data_directory = {here}/var\n{more}\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PkiServer]:
    with pki_server.serving() as place:
        monkeypatch.setattr(fetching, "Visitor", lambda _guard: place.visitor())
        yield place


def run(folder: Path, *more: str, setting: str = "pli.signing_fetch = true") -> Result:
    ini, file, root = folder / "pli.ini", folder / "acte.xml", folder / "root.pem"
    ini.write_text(INI.format(key="k" * 40, here=folder, more=setting))
    if not file.exists():
        file.write_bytes(signed.sign(Profile.XADES_ENVELOPED))
    root.write_bytes(pki.holder("root").pem)
    line = ["signature", "verify", str(file), "--config", str(ini), "--trust-anchor", str(root)]
    result = CliRunner().invoke(cli, [*line, "--at", "2027-01-11T09:00:00Z", *more])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_setting_lets_the_command_fetch(server: PkiServer, tmp_path: Path) -> None:
    found = run(tmp_path)
    assert found.exit_code == 0, found.output
    assert server.asked


@pytest.mark.parametrize(
    ("more", "setting"),
    [(["--offline"], "pli.signing_fetch = true"), ([], ""), ([], "pli.signing_fetch = false")],
)
def test_nothing_is_fetched_otherwise(
    server: PkiServer, tmp_path: Path, more: list[str], setting: str
) -> None:
    found = run(tmp_path, *more, setting=setting)
    assert found.exit_code == 1
    assert "TRY_LATER" in found.output
    assert server.asked == []


def test_another_value_is_refused_by_name(tmp_path: Path) -> None:
    from procurement.core.settings import SettingsError

    with pytest.raises(AssertionError) as refused:
        run(tmp_path, setting="pli.signing_fetch = online")
    assert isinstance(refused.value.args[0], SettingsError) or "true or false" in str(refused.value)


def test_checks_are_said_in_french(server: PkiServer, tmp_path: Path) -> None:
    said = run(tmp_path).stdout
    for words in (
        "  Qui a signé : à vous de le dire.",
        "  Certificat qualifié : ",
        "  Format admis (XAdES, CAdES, PAdES) : oui.",
        "  Certificat valable à la date de signature : oui.",
        "  Document inchangé : oui.",
        "  Signé en entier : ",
    ):
        assert words in said
    for key in ("identity", "certificate_category", "validity_at_signing", "integrity", "passed", "human"):
        assert key not in said


TOKEN = pki.stamp(signed.TEXT)


def test_time_stamp_alone_tells_what_it_is_worth(server: PkiServer, tmp_path: Path) -> None:
    (tmp_path / "acte.xml").write_bytes(TOKEN)
    document = tmp_path / "acte.txt"
    document.write_bytes(signed.TEXT)
    good = run(tmp_path, "--content", str(document))
    assert good.exit_code == 1  # A time-stamp is no signature: see the contract of exit codes.
    lines = good.stdout.splitlines()
    assert (
        lines[0] == "Ce fichier est un jeton d’horodatage ; il ne contient pas de signature d’une personne."
    )
    assert lines[1].startswith("Horodatage retenu : 11/01/2027 09:00:00 UTC, par ")
    assert "Horodatage d'essai" in lines[1]
    assert lines[2] == "  L’empreinte (SHA256) est celle du document."
    assert f"  Politique : {pki.TSA_POLICY}" in lines
    assert any(line.startswith("  Numéro de série : 0x") for line in lines)


def test_time_stamp_without_or_with_another_document(server: PkiServer, tmp_path: Path) -> None:
    (tmp_path / "acte.xml").write_bytes(TOKEN)
    assert "donnez-le avec --content" in run(tmp_path).stdout
    other = tmp_path / "other.txt"
    other.write_bytes(b"another")
    said = run(tmp_path, "--content", str(other)).stdout
    assert "Horodatage non retenu" in said
    assert "n’est pas celle du document" in said


def test_signature_says_its_time_stamp_too(server: PkiServer, tmp_path: Path) -> None:
    from signing.produce.params import Level

    (tmp_path / "acte.xml").write_bytes(signed.sign(Profile.XADES_ENVELOPED, Level.B_T))
    assert "  Horodatage retenu : 11/01/2027 09:00:00 UTC" in run(tmp_path).stdout
