"""``pli trust`` from the outside: JSON, sentences, exit codes; the network only where an address is given."""

import http.server
import json
import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner

from procurement.cli import trust_download as download
from procurement.cli.trust import command
from signing.trust import log, store
from signing.trust.update import Basis
from tests.signing import pki
from tests.signing import trust_lists as lists

KIT = os.environ.get("PLI_TEST_SIGNATURES")
needs_kit = pytest.mark.skipif(not KIT, reason="PLI_TEST_SIGNATURES is not set")


@pytest.fixture(autouse=True)
def _journal(monkeypatch):
    """Have the Commission of the tests sign the list of the lists, and stand at the tests' instant."""
    monkeypatch.setattr("signing._pyhanko_trust.official_signers", lambda: (lists.commission().der,))
    with time_machine.travel(pki.NOW, tick=False):
        yield


@pytest.fixture
def ini(tmp_path):
    path = tmp_path / "pli.ini"
    path.write_text(
        f"[app:main]\npli.environment = test\npli.secret_key = {'k' * 32}\npli.data_directory = {tmp_path}\n"
    )
    return path


@pytest.fixture
def run(ini):
    def invoke(*line, config=True):
        words = [str(word) for word in line] + (["--config", str(ini)] if config else [])
        result = CliRunner().invoke(command, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return invoke


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "trust"


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "listes" / "eu-lotl.xml", lists.lotl())
    write(tmp_path / "listes" / "FR.xml", lists.tl())
    write(tmp_path / "listes" / "FR.pdf", b"%PDF-")
    return tmp_path / "listes"


def test_folder_is_loaded_and_listed(run, folder, directory):
    done = run("update", "--from", folder, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert [(one["kind"], one["territory"], one["sequence"]) for one in result["stored"]] == [
        ("LOTL", "EU", 7),
        ("TL", "FR", 7),
    ]
    assert (result["unchanged"], result["refused"]) == ([], [])
    assert result["snapshot"] == store.load_snapshot(directory).id
    listed = run("list", "--json")
    assert listed.exit_code == 0
    result = json.loads(listed.stdout)
    assert set(result) == {"snapshot", "lists", "anchors", "warnings"}
    assert [(one["territory"], one["age_days"], one["services"]) for one in result["lists"]] == [
        ("EU", 9, 0),
        ("FR", 9, 3),
    ]
    assert result["warnings"] == []
    assert "TL FR n° 7 (Opérateur FR, 3 services)" in run("list").stdout
    assert log.entries(directory)[0]["by"]


def test_same_folder_again_changes_nothing(run, folder, directory):
    assert "chargée : TL FR" in run("update", "--from", folder).stdout
    before = (directory / "snapshot.json").read_bytes()
    done = run("update", "--from", folder)
    assert (done.exit_code, done.stdout.count("déjà là")) == (0, 2)
    assert (directory / "snapshot.json").read_bytes() == before


def test_one_refused_list_stops_all_unless_partial(run, folder, directory):
    write(folder / "BE.xml", lists.tl(lists.stranger(), territory="BE"))
    done = run("update", "--from", folder, "--json")
    assert done.exit_code == 1
    result = json.loads(done.stdout)
    assert [(one["origin"], one["territory"], one["code"]) for one in result["refused"]] == [
        ("BE.xml", "BE", "trust.no_signers")
    ]
    assert result["stored"] == []
    assert "Rien n’a été changé." in done.stderr
    assert not (directory / "snapshot.json").exists()
    partial = run("update", "--from", folder, "--partial")
    assert (partial.exit_code, partial.stdout.count("chargée")) == (1, 2)
    assert "BE.xml" in partial.stderr
    assert [one.info.territory for one in store.state(directory).lists] == ["EU", "FR"]


def test_older_list_is_refused_unless_allowed(run, folder, directory, tmp_path):
    assert run("update", "--from", folder).exit_code == 0
    older = write(tmp_path / "old.xml", lists.tl(sequence="6"))
    refused = run("update", "--from", older)
    assert refused.exit_code == 1
    assert "plus ancienne que celle qui est chargée (n° 7)" in refused.stderr
    assert run("update", "--from", older, "--allow-older").exit_code == 0
    assert store.state(directory).list_of("TL", "FR").info.sequence == 6


def test_signer_given_by_hand_is_believed_alone(run, tmp_path, directory):
    made = write(tmp_path / "FR.xml", lists.tl(lists.stranger()))
    pem, other = (
        write(tmp_path / name, one.pem)
        for name, one in (("a.pem", lists.stranger()), ("b.pem", lists.operator()))
    )
    assert run("update", "--from", made, "--signer", other).exit_code == 1
    assert run("update", "--from", made, "--signer", pem, "--signer", other).exit_code == 0
    assert store.state(directory).list_of("TL", "FR") is not None


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("absent.xml", "aucune liste"),
        ("vide", "aucune liste"),
        ("x.txt", "XML"),
        ("ftp://x.example/", "ftp"),
    ],
)
def test_source_without_a_list_is_bad_input(run, tmp_path, source, sentence):
    (tmp_path / "vide").mkdir()
    write(tmp_path / "x.txt", b"bonjour")
    done = run("update", "--from", source if "://" in source else tmp_path / source)
    assert done.exit_code == 2
    assert sentence in done.stderr


def test_signer_that_is_no_certificate_is_bad_input(run, folder, tmp_path):
    done = run("update", "--from", folder, "--signer", write(tmp_path / "x.pem", b"-----BEGIN x"))
    assert (done.exit_code, done.stderr) == (2, "Ce fichier ne contient pas de certificat lisible.\n")


def test_damaged_store_is_said(run, folder, directory):
    assert run("update", "--from", folder).exit_code == 0
    (directory / "snapshot.json").write_text("{}")
    for line in (("list",), ("update", "--from", folder)):
        done = run(*line)
        assert done.exit_code == 2
        assert "abîmé" in done.stderr


def test_other_update_meanwhile_is_said(run, folder, directory, monkeypatch):
    real = store.replace_lists

    def late(where, accepted, **named):
        real(where, accepted, **named)
        return real(where, accepted, **named)

    monkeypatch.setattr(store, "replace_lists", late)
    done = run("update", "--from", folder)
    assert done.exit_code == 1
    assert "entre-temps" in done.stderr


def test_empty_store_says_so(run):
    done = run("list")
    assert done.exit_code == 0
    assert "Aucune liste de confiance n’est chargée" in done.stdout
    assert [one["code"] for one in json.loads(run("list", "--json").stdout)["warnings"]] == ["trust.no_list"]


def test_old_lists_are_said(run, folder, ini):
    assert run("update", "--from", folder).exit_code == 0
    ini.write_text(ini.read_text() + "pli.trust_list_days = 8\n")
    assert "âgée de 9 jours : elle ne permet plus" in run("list").stdout
    with time_machine.travel(pki.NOW + timedelta(days=200), tick=False):
        assert json.loads(run("list", "--json").stdout)["lists"][0]["age_days"] == 209


KEYS = {
    "file",
    "kind",
    "version",
    "territory",
    "sequence",
    "issue_date",
    "next_update",
    "signature",
    "pointers",
    "ca_qc_services",
    "errors",
}


def inspected(done):
    result = json.loads(done.stdout)
    assert set(result) == KEYS
    return result


def test_inspect_tells_valid_invalid_and_not_verified(run, tmp_path, directory):
    made = write(tmp_path / "FR.xml", lists.tl(version="5"))
    pem = write(tmp_path / "signer.pem", lists.operator().pem)
    wrong = write(tmp_path / "wrong.pem", lists.stranger().pem)
    alone = run("inspect", made, "--json")
    assert (alone.exit_code, inspected(alone)["signature"]) == (0, "NOT_VERIFIED")
    good = run("inspect", made, "--signer", pem, "--json")
    assert good.exit_code == 0
    assert inspected(good) == {
        "file": str(made),
        "kind": "TL",
        "version": 5,
        "territory": "FR",
        "sequence": 7,
        "issue_date": "2027-01-02T09:00:00Z",
        "next_update": "2027-07-01T09:00:00Z",
        "signature": "VALID",
        "pointers": 0,
        "ca_qc_services": 2,
        "errors": [],
    }
    bad = run("inspect", made, "--signer", wrong, "--json")
    assert (bad.exit_code, inspected(bad)["signature"]) == (1, "INVALID")
    assert [one["code"] for one in inspected(bad)["errors"]] == ["trust.wrong_signer"]
    assert not directory.exists()


def test_inspect_uses_the_stored_list_of_the_lists(run, folder, tmp_path):
    foreign = write(tmp_path / "x.xml", lists.tl(lists.stranger()))
    assert run("inspect", foreign).exit_code == 0
    assert run("update", "--from", folder).exit_code == 0
    assert run("inspect", foreign).exit_code == 1
    assert inspected(run("inspect", folder / "FR.xml", "--json"))["signature"] == "VALID"
    turned = write(tmp_path / "lotl.xml", lists.lotl(lists.stranger(), sequence="8"))
    assert run("inspect", turned).exit_code == 1
    assert "signature valable" in run("inspect", folder / "eu-lotl.xml").stdout


def test_inspect_needs_no_settings(run, folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    done = run("inspect", folder / "eu-lotl.xml", "--json", config=False)
    assert (done.exit_code, inspected(done)["signature"], inspected(done)["pointers"]) == (0, "VALID", 2)


def test_inspect_names_services_left_out(run, tmp_path):
    made = lists.tl(services=[lists.service(b"0\x00", name="Mauvais"), *lists.usual()])
    done = run("inspect", write(tmp_path / "FR.xml", made))
    assert done.exit_code == 0
    assert "« Mauvais »" in done.stdout


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "xml.unreadable"),
        (b"<a/>", "trust.not_a_list"),
        (b"<!DOCTYPE a><a/>", "xml.dtd"),
        (lists.document(version="4"), "trust.version"),
        (None, "trust.unreadable"),
    ],
)
def test_inspect_of_what_is_no_list_is_bad_input(run, tmp_path, data, code):
    path = tmp_path / "x.xml" if data is None else write(tmp_path / "x.xml", data)
    done = run("inspect", path, "--json")
    assert done.exit_code == 2
    assert [one["code"] for one in inspected(done)["errors"]] == [code]
    assert len(done.stderr.strip().splitlines()) == 1
    assert run("inspect", path).stdout == ""


def test_anchor_is_added_listed_and_removed(run, tmp_path, directory):
    pem = write(tmp_path / "root.pem", pki.holder("root").pem)
    added = run("anchor", "add", pem, "--reason", " Équivalence ", "--json")
    assert added.exit_code == 0
    anchor = json.loads(added.stdout)["anchors"][0]
    assert (anchor["reason"], anchor["added_at"]) == ("Équivalence", "2027-01-11T09:00:00Z")
    assert "Équivalence" in run("list").stdout
    assert run("anchor", "add", pem, "--reason", "encore").exit_code == 1
    assert store.load_snapshot(directory).anchors == (pki.holder("root").der,)
    assert run("anchor", "remove", anchor["sha256"].upper(), "--reason", "fin").exit_code == 0
    assert run("anchor", "remove", pem, "--reason", "fin").exit_code == 1
    assert [entry["action"] for entry in log.entries(directory)] == ["anchor-added", "anchor-removed"]


@pytest.mark.parametrize("verb", ["add", "remove"])
def test_anchor_without_reason_or_certificate_is_bad_input(run, tmp_path, verb, directory):
    pem = write(tmp_path / "root.pem", pki.holder("root").pem)
    assert run("anchor", verb, pem, "--reason", "  ").exit_code == 2
    assert run("anchor", verb, pem).exit_code == 2
    assert run("anchor", verb, write(tmp_path / "x", b"x"), "--reason", "r").exit_code == 2
    assert not directory.exists()


def test_anchor_to_remove_that_is_no_file_is_bad_input(run, tmp_path):
    assert run("anchor", "remove", tmp_path / "absent.pem", "--reason", "r").exit_code == 2


# Addresses.


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_parts):
        pass


@pytest.fixture
def site(tmp_path):
    """Serve a folder; return its address and the folder."""
    root = tmp_path / "site"
    root.mkdir()

    def handler(*parts, **named):
        return _Quiet(*parts, directory=str(root), **named)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", root
        server.shutdown()


def test_address_of_a_list_of_the_lists_brings_the_others(run, site, directory):
    address, root = site
    pointers = [
        lists.points_to("FR", lists.operator(), location=f"{address}/FR.xml"),
        lists.points_to("BE", lists.stranger(), location=f"{address}/absent.xml"),
    ]
    write(root / "eu-lotl.xml", lists.lotl(pointers=pointers))
    write(root / "FR.xml", lists.tl())
    whole = run("update", "--from", f"{address}/eu-lotl.xml", "--json")
    assert whole.exit_code == 1
    refused = json.loads(whole.stdout)["refused"]
    assert [(one["code"], one["origin"]) for one in refused] == [("trust.fetch", f"{address}/absent.xml")]
    assert "HTTP 404" in refused[0]["message"]
    assert not directory.exists()
    assert run("update", "--from", f"{address}/eu-lotl.xml", "--territory", "FR").exit_code == 0
    assert [one.info.origin for one in store.state(directory).lists] == [
        f"{address}/eu-lotl.xml",
        f"{address}/FR.xml",
    ]
    assert run("update", "--from", f"{address}/FR.xml").exit_code == 0


def test_address_of_a_list_whose_signer_changed_brings_its_pivots(run, site, directory):
    address, root = site
    other, pivot = lists.signer("Commission 1"), f"{address}/eu-lotl-pivot-3.xml"
    elsewhere = "https://ailleurs.example/eu-lotl-pivot-2.xml"
    write(root / "eu-lotl-pivot-3.xml", lists.lotl(own=[other], sequence="3", uris=[pivot]))
    write(root / "eu-lotl.xml", lists.lotl(other, own=[other], pointers=[], uris=[pivot, elsewhere]))
    done = run("update", "--from", f"{address}/eu-lotl.xml")
    assert (done.exit_code, done.stderr) == (0, "")
    assert store.state(directory).list_of("LOTL", "EU").info.sequence == 7


def test_pointers_of_a_list_that_does_not_hold_are_not_followed(site):
    address, root = site
    forged = [lists.points_to("FR", lists.stranger(), location=f"{address}/FR.xml")]
    write(root / "eu-lotl.xml", lists.lotl(lists.stranger(), pointers=forged))
    asked = []

    def fetch(url):
        asked.append(url)
        return (root / url.rpartition("/")[2]).read_bytes()

    found, missing = download.gather(
        f"{address}/eu-lotl.xml", fetch, Basis(official=[lists.commission().der]), frozenset()
    )
    assert (len(found), missing, asked) == (1, [], [f"{address}/eu-lotl.xml"])


def test_answers_that_are_none_are_said(run, site, monkeypatch):
    address, root = site
    write(root / "FR.xml", lists.tl())
    with download.client() as client:
        assert download.fetcher(client)(f"{address}/FR.xml") == (root / "FR.xml").read_bytes()
    monkeypatch.setattr("signing.limits.XML_BYTES", 100)
    too_long = run("update", "--from", f"{address}/FR.xml")
    assert (too_long.exit_code, "> 100 bytes" in too_long.stderr) == (2, True)
    absent = run("update", "--from", "http://127.0.0.1:1/x.xml")
    assert (absent.exit_code, "ConnectError" in absent.stderr) == (2, True)


@needs_kit
def test_kit_lists_are_inspected_as_expected(run, monkeypatch):
    monkeypatch.undo()
    cases = json.loads((Path(KIT or "") / "cases.json").read_text())["cases"]
    wanted = [case for case in cases if case["format"] == "TS 119 612"]
    assert len(wanted) == 3
    for case in wanted:
        done = run("inspect", Path(KIT or "") / case["file"], "--json")
        result, expected = inspected(done), case["expected"]["indication"]
        if expected == "PARSED":
            assert (done.exit_code, result["errors"]) == (0, [])
            assert result["ca_qc_services"] == case["expected_ca_services"]
            continue
        assert (result["signature"], done.exit_code) == (expected, int(expected == "INVALID"))
        assert result["pointers"] == case.get("expected_pointers", 32)
