"""``pli signature verify --evidence``: the verdict of the day found again, and an archive believed as far as it is vouched for."""

import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import tsp
from click.testing import CliRunner, Result

from procurement.cli import cli, signature_inputs
from signing import jcs
from signing.api import verify
from signing.errors import SealedError
from signing.evidence import Inputs, freeze, stamped, thaw
from signing.policy import DEFAULT
from signing.produce.params import Profile
from signing.types import Poe
from tests.signing import pki, signed

DATA = signed.sign(Profile.PADES, holder=pki.signer("qualified"))
LATER = {"a day": timedelta(days=1), "ten years": timedelta(days=3653)}


def archive(**changes: Any) -> bytes:
    trust = pki.trust(services=pki.qualified())
    report = verify(DATA, name="acte.pdf", trust=trust, evidence=pki.evidence(), at=pki.NOW)
    assert report.passed
    return rewritten(freeze(DATA, report, Inputs(trust, DEFAULT, pki.NOW)), **changes)


def rewritten(made: bytes, **changes: Any) -> bytes:
    """Return an archive with JSON parts changed and a manifest that agrees: what a patient forger makes."""
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    for name, change in changes.items():
        parts[f"{name}.json"] = jcs.dumps(change(json.loads(parts[f"{name}.json"])))
    manifest = json.loads(parts["manifest.json"])
    manifest["parts"] = {
        name: sha256(part).hexdigest() for name, part in parts.items() if name != "manifest.json"
    }
    parts["manifest.json"] = jcs.dumps(manifest)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for name, part in parts.items():
            written.writestr(name, part)
    return out.getvalue()


def response(data: bytes, at: Any = pki.NOW, unit: str = "tsa") -> bytes:
    """Return the TimeStampResp over an archive, as the service keeps it."""
    token = tsp.ContentInfo.load(pki.stamp(data, at, unit=unit))
    return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())


class Desk:
    """A folder with the file, the archive, and what vouches for it."""

    def __init__(self, folder: Path, data: bytes | None = None) -> None:
        self.folder = folder
        self.data = archive() if data is None else data
        self.write("acte.pdf", DATA)
        self.write("preuves.zip", self.data)
        self.write("root.pem", pki.holder("root").pem)
        self.write("other.pem", pki.holder("other-root").pem)

    def write(self, name: str, data: bytes) -> Path:
        (self.folder / name).write_bytes(data)
        return self.folder / name

    def run(self, *more: str, at: str = "2037-01-11T09:00:00Z") -> Result:
        line = [
            "signature",
            "verify",
            str(self.folder / "acte.pdf"),
            "--evidence",
            str(self.folder / "preuves.zip"),
        ]
        paths = [str(self.folder / one) if (self.folder / one).exists() else one for one in more]
        result = CliRunner().invoke(cli, [*line, "--at", at, *paths])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("after", LATER.values(), ids=LATER)
def test_verdict_is_found_again_without_network(
    desk: Desk, after: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_arguments: object) -> None:
        raise AssertionError("the network is used")

    monkeypatch.setattr(signature_inputs, "fetcher", forbidden)
    monkeypatch.setattr("socket.socket.connect", forbidden)
    found = desk.run("--json", at=(pki.NOW + after).isoformat())
    assert found.exit_code == 0, found.stderr
    assert json.loads(found.stdout)["signatures"][0]["qualification"] == "QESig"
    assert "Le verdict du dossier est retrouvé à l’identique." in found.stderr


def test_what_was_checked_is_said(desk: Desk) -> None:
    said = desk.run().stderr
    with zipfile.ZipFile(io.BytesIO(desk.data)) as opened:
        count = len(opened.namelist()) - 1
    assert f"ses {count} pièces sont celles de son manifeste, et il est celui de ce fichier" in said
    assert f"{sha256(desk.data).hexdigest()} : comparez-la à celle du journal" in said
    assert (
        "Horodatage du dossier : aucun. Le dossier dit être du 11/01/2027 09:00:00 UTC ; rien ici ne le prouve."
        in said
    )


def doubted(result: Result) -> bool:
    signatures = json.loads(result.stdout)["signatures"]
    assert signatures
    found = {"trust.evidence_unvouched" in [one["code"] for one in each["warnings"]] for each in signatures}
    assert len(found) == 1
    return found.pop()


def test_archive_that_nothing_vouches_for_is_doubted_in_the_report(desk: Desk) -> None:
    said = "Ce verdict repose sur un dossier de preuves dont rien ici ne répond"
    assert said in desk.run().stdout
    assert doubted(desk.run("--json"))
    assert not doubted(desk.run("--json", "--evidence-sha256", sha256(desk.data).hexdigest()))
    desk.write("preuves.zip.tsr", response(desk.data))
    assert doubted(desk.run("--json"))
    assert not doubted(desk.run("--json", "--tsa-ca", "root.pem"))
    assert said not in desk.run("--tsa-ca", "root.pem").stdout
    (desk.folder / "preuves.zip.tsr").unlink()
    assert doubted(desk.run("--json", "--tsa-ca", "root.pem"))


def test_digest_of_the_journal_settles(desk: Desk) -> None:
    digest = sha256(desk.data).hexdigest()
    good = desk.run("--evidence-sha256", digest.upper())
    assert good.exit_code == 0
    assert "c’est celle que vous avez donnée" in good.stderr
    bad = desk.run("--evidence-sha256", "00" * 32)
    assert bad.exit_code == 2
    assert "il a été changé" in bad.stderr


def test_time_stamp_beside_the_archive_is_checked(desk: Desk) -> None:
    desk.write("preuves.zip.tsr", response(desk.data))
    alone = desk.run()
    assert alone.exit_code == 0
    assert "personne ne répond de cette autorité" in alone.stderr
    known = desk.run("--tsa-ca", "root.pem")
    assert known.exit_code == 0
    assert "Horodatage du dossier : vérifié, 11/01/2027 09:00:00 UTC, par " in known.stderr
    foreign = desk.run("--tsa-ca", "other.pem")
    assert foreign.exit_code == 2
    assert "ne vaut rien pour ce dossier de preuves" in foreign.stderr


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda data: response(data + b"x"), "porte sur un autre document"),
        (lambda _data: b"no token", "illisible"),
        (lambda data: response(data, pki.NOW - pki.DAY), "antérieur à la date que le dossier se donne"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_time_stamp_that_does_not_fit_refuses_the_archive(
    desk: Desk, make: Any, reason: str, *, known: bool
) -> None:
    desk.write("stamp.tsr", make(desk.data))
    found = desk.run("--evidence-stamp", "stamp.tsr", *(("--tsa-ca", "root.pem") if known else ()))
    assert found.exit_code == 2
    assert reason in found.stderr


def test_archive_that_was_changed_no_longer_has_its_time_stamp(desk: Desk) -> None:
    """A forger who mends the manifest too is caught by what stands outside the archive."""
    desk.write("preuves.zip.tsr", response(desk.data))
    earlier = rewritten(desk.data, poe=lambda poes: [{**poe, "at": "2025-01-11T09:00:00Z"} for poe in poes])
    desk.write("preuves.zip", earlier)
    assert thaw(earlier).poe[0].at < pki.NOW
    found = desk.run("--tsa-ca", "root.pem")
    assert found.exit_code == 2
    assert "porte sur un autre document" in found.stderr
    again = desk.run("--evidence-sha256", sha256(desk.data).hexdigest(), "--tsa-ca", "root.pem")
    assert again.exit_code == 2


def test_late_time_stamp_proves_its_own_date_only(desk: Desk) -> None:
    """An archive that says it is of 2027 and was stamped in 2035, when the signer's certificate had expired."""
    desk.write("preuves.zip.tsr", response(desk.data, pki.NOW + timedelta(days=365 * 8), "tsa-late"))
    found = desk.run("--tsa-ca", "root.pem")
    assert "seule sa date est retenue comme preuve" in found.stderr
    assert "Verdict différent de celui du dossier (TOTAL-PASSED)" in found.stderr
    assert found.exit_code == 1
    vouched = desk.run("--tsa-ca", "root.pem", "--evidence-sha256", sha256(desk.data).hexdigest())
    assert vouched.exit_code == 0


def test_report_that_lies_changes_nothing(tmp_path: Path) -> None:
    def worse(report: Any) -> Any:
        report["signatures"][0]["indication"] = "TOTAL-FAILED"
        return report

    found = Desk(tmp_path, archive(report=worse)).run()
    assert found.exit_code == 0
    assert "Verdict différent de celui du dossier (TOTAL-FAILED)" in found.stderr


@pytest.mark.parametrize("wrong", [5, None, {}, [5], [[]], [{"id": 5, "indication": []}]])
def test_report_of_another_shape_is_another_verdict(tmp_path: Path, wrong: Any) -> None:
    found = Desk(tmp_path, archive(report=lambda report: {**report, "signatures": wrong})).run()
    assert found.exit_code == 0
    assert "Verdict différent de celui du dossier" in found.stderr


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", 5, "demain"])
def test_instant_that_is_none_is_refused(tmp_path: Path, at: Any) -> None:
    found = Desk(tmp_path, archive(manifest=lambda manifest: {**manifest, "at": at})).run()
    assert found.exit_code == 2
    assert "n’est pas un dossier de preuves entier" in found.stderr


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_instant_at_the_end_of_time_ends_in_a_verdict(tmp_path: Path, at: str) -> None:
    made = archive(
        manifest=lambda manifest: {**manifest, "at": at},
        poe=lambda poes: [{**one, "at": at} for one in poes],
    )
    desk = Desk(tmp_path, made)
    assert desk.run().exit_code in {0, 1}
    desk.write("preuves.zip.tsr", response(made))
    assert desk.run("--tsa-ca", "root.pem").exit_code in {0, 1, 2}


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "a proof of the future": {"poe": lambda poes: [{**poes[0], "at": "2037-01-11T09:00:00Z"}]},
    "another policy": {"policy": lambda policy: {**policy, "tolerance": 86_400}},
    "another snapshot": {"trust": lambda trust: {**trust, "whole": "00" * 32}},
    "anchors that were changed": {"trust": lambda trust: {**trust, "anchors": []}},
}


@pytest.mark.parametrize("change", CONTRADICTIONS)
def test_archive_that_contradicts_itself_is_refused(tmp_path: Path, change: str) -> None:
    if change == "anchors that were changed":
        assert json.loads(zipfile.ZipFile(io.BytesIO(archive())).read("trust.json"))["services"]
        CONTRADICTIONS[change]["trust"] = lambda trust: {**trust, "services": []}
    found = Desk(tmp_path, archive(**CONTRADICTIONS[change])).run()
    assert found.exit_code == 2
    assert "TOTAL-PASSED" not in found.output


def test_object_under_another_name_is_refused(desk: Desk) -> None:
    with zipfile.ZipFile(io.BytesIO(desk.data)) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    name = next(name for name in parts if name.startswith("crls/"))
    parts[f"crls/{'0' * 64}.crl"] = parts.pop(name)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for one, part in parts.items():
            written.writestr(one, part)
    desk.write("preuves.zip", rewritten(out.getvalue()))
    assert desk.run().exit_code == 2


def test_evidence_frozen_again_keeps_the_first_proofs() -> None:
    """A verdict found again years later is frozen in its turn: its proofs are of the first day."""
    first = thaw(archive())
    at = pki.NOW + timedelta(days=3653)
    report = verify(
        DATA,
        name="acte.pdf",
        trust=first.trust,
        evidence=first.evidence,
        at=at,
        poe=first.poe,
        policy=first.policy,
    )
    second = thaw(freeze(DATA, report, Inputs(first.trust, first.policy, at, poe=first.poe)))
    assert Poe(sha256(DATA).digest(), pki.NOW, "evidence") in second.poe


def test_time_stamp_whose_signer_is_not_in_it_is_unreadable_or_untrusted(desk: Desk) -> None:
    token = tsp.ContentInfo.load(pki.stamp(desk.data))
    token["content"]["signer_infos"] = []
    made = bytes(
        tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump(force=True)
    )
    with pytest.raises(SealedError) as refused:
        stamped(desk.data, made, at=pki.NOW, authorities=[])
    assert refused.value.code == "timestamp.unreadable"
