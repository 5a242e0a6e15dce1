"""The three offline commands, from the outside: exit codes, JSON on stdout, French on stderr."""

import json
from hashlib import sha256

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from procurement.cli import open_, receipt, seal
from signing import jcs, private_keys
from signing.receipt import ReceiptParts
from signing.sealed import packets, rehearsal
from signing.sealed.container import Container
from signing.strict import b64encode

SIRET = "12345678901234"


@pytest.fixture
def run():
    def invoke(command, *line):
        result = CliRunner().invoke(command, [str(word) for word in line])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return invoke


@pytest.fixture
def scellement(tmp_path, key_set):
    def write(made=None, **changes):
        made = made or key_set(names=("p384", "p256"))
        document = {
            "consultation": str(made.consultation),
            "deadline": "2027-02-01T11:00:00.000Z",
            "key_set": made.to_json(),
            "policy": made.policy_json(),
            "custodian": made.custodian_json(),
            "limits": {"file_bytes": 10_000, "files": 5, "total_bytes": 20_000, "types": []},
            "relations": ["premier"],
        }
        path = tmp_path / "scellement.json"
        path.write_bytes(jcs.dumps({**document, **changes}))
        return path

    return write


@pytest.fixture
def folder(tmp_path):
    for place in ("lot-1/offre", "lot-1/candidature", "anonymat"):
        (tmp_path / "dir" / place).mkdir(parents=True)
        (tmp_path / "dir" / place / "a.txt").write_text(place)
    (tmp_path / "dir" / ".DS_Store").write_text("x")
    return tmp_path / "dir"


def key_file(holder, folder, words="phrase de passe"):
    path = folder / f"{holder.name}.p8"
    path.write_bytes(private_keys.export(holder.key, words.encode(), rounds=1000))
    (folder / "words").write_text(words + "\n")
    return path


def test_sealed_folder_opens_again(run, scellement, folder, holders, tmp_path):
    line = [folder, "--consultation", scellement(), "-o", tmp_path / "x.pli", "--siret", SIRET, "--json"]
    sealed = run(seal.command, *line, "--copie-de-sauvegarde")
    assert sealed.exit_code == 0, sealed.stderr
    report = json.loads(sealed.stdout)
    assert (set(report), report["files"], report["warnings"]) == (
        {"deposit", "files", "ct_bytes", "warnings"},
        3,
        [],
    )
    assert "copie de sauvegarde" in sealed.stderr
    (tmp_path / "crt").write_bytes(holders["p384"].certificate)
    line = [tmp_path / "x.pli", "--key", key_file(holders["p384"], tmp_path), "--cert", tmp_path / "crt"]
    opened = run(
        open_.command, *line, "--passphrase-file", tmp_path / "words", "-o", tmp_path / "out", "--json"
    )
    assert opened.exit_code == 0, opened.stderr
    results = json.loads(opened.stdout)["envelopes"]
    assert {(r["lot"], r["kind"], r["result"]) for r in results} == {
        (0, "anonymat", "opened"),
        (1, "candidature", "opened"),
        (1, "offre", "opened"),
    }
    first = results[0]["files"][0]
    content = (tmp_path / "out" / first["path"]).read_bytes()
    assert first["pt"] == {"alg": "sha256", "value": sha256(content).hexdigest()}


def test_deposit_number_of_the_platform_is_kept(run, scellement, folder, tmp_path):
    number = "1a2eb4a1-decf-490e-855b-667f68b40c77"
    line = [folder, "--consultation", scellement(), "-o", tmp_path / "x.pli", "--siret", SIRET, "--json"]
    assert json.loads(run(seal.command, *line, "--deposit", number).stdout)["deposit"] == number


def test_flat_folder_needs_a_kind(run, scellement, folder, tmp_path):
    line = [
        folder / "lot-1" / "offre",
        "--consultation",
        scellement(),
        "-o",
        tmp_path / "x",
        "--siret",
        SIRET,
    ]
    assert run(seal.command, *line).exit_code == 2
    done = run(seal.command, *line, "--lot", 2, "--kind", "offre")
    assert (done.exit_code, done.stdout) == (0, "")
    with Container(tmp_path / "x") as container:
        assert [(e.lot, e.kind) for e in container.descriptor.envelopes] == [(2, "offre")]


def test_preflight_refusal_writes_nothing(run, scellement, folder, tmp_path):
    (folder / "anonymat" / "vide.pdf").write_bytes(b"")
    done = run(seal.command, folder, "--consultation", scellement(), "-o", tmp_path / "x", "--siret", SIRET)
    assert done.exit_code == 1
    assert "Bloquant : vide.pdf est vide." in done.stderr
    assert not (tmp_path / "x").exists()


def test_overridden_warning_is_sealed_with_the_file(run, scellement, folder, tmp_path):
    (folder / "anonymat" / "a.pdf").write_bytes(b"broken")
    line = [folder, "--consultation", scellement(), "-o", tmp_path / "x", "--siret", SIRET, "--json"]
    assert json.loads(run(seal.command, *line).stdout)["warnings"] == [
        {"code": "pdf_corrupt", "file": "a.pdf"}
    ]


@pytest.mark.parametrize(
    "extra",
    [
        ["--siret", "1"],
        ["--siret", SIRET, "--member", SIRET],
        ["--siret", SIRET, "--relation", "remplace"],
        ["--siret", SIRET, "--relation", "remplace", "--refers-to", "11111111-1111-4111-8111-111111111111"],
    ],
)
def test_wrong_words_are_usage_errors(extra, run, scellement, folder, tmp_path):
    done = run(seal.command, folder, "--consultation", scellement(), "-o", tmp_path / "x", *extra)
    assert done.exit_code == 2
    assert done.stderr != ""


def test_wrong_folders_are_usage_errors(run, scellement, folder, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    (folder / "lot-1" / "prix").mkdir()
    nested = tmp_path / "nested"
    (nested / "offre" / "sub").mkdir(parents=True)
    for place in (empty, folder, nested):
        done = run(
            seal.command, place, "--consultation", scellement(), "-o", tmp_path / "x", "--siret", SIRET
        )
        assert done.exit_code == 2


def test_wrong_terms_are_named(run, scellement, folder, tmp_path, key_set):
    line = [folder, "-o", tmp_path / "x", "--siret", SIRET, "--consultation"]
    assert run(seal.command, *line, scellement(policy={"m": 2, "n": 2, "custodian": False})).exit_code == 2
    short = run(seal.command, *line, scellement(key_set(m=2, names=("p384",))))
    assert (short.exit_code, (tmp_path / "x").exists()) == (1, False)


def test_opening_failures(run, sealed, holders, tmp_path):
    key, stranger = (key_file(holders[name], tmp_path) for name in ("p384", "other"))
    words = ["--passphrase-file", tmp_path / "words"]
    done = run(open_.command, sealed.path, "--key", stranger, *words, "-o", tmp_path / "out", "--json")
    assert done.exit_code == 1
    assert {e["cause"] for e in json.loads(done.stdout)["envelopes"]} == {"bid.wrong_key"}
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / "fausse").write_text("fausse")
    wrong = run(
        open_.command, sealed.path, "--key", key, "--passphrase-file", tmp_path / "fausse", "-o", tmp_path
    )
    assert (wrong.exit_code, "phrase de passe" in wrong.stderr) == (1, True)
    assert run(open_.command, sealed.path, "--key", key, "-o", tmp_path / "out").exit_code == 1
    assert run(open_.command, sealed.path, "--key", key, *words).exit_code == 2
    assert run(open_.command, key, "--key", key, *words, "-o", tmp_path / "out").exit_code == 1


def test_opening_waits_for_the_half(run, seal, holders, tmp_path):
    made = seal(custodian="custodian")
    line = [made.path, "--key", key_file(holders["p384"], tmp_path), "--passphrase-file", tmp_path / "words"]
    assert run(open_.command, *line, "-o", tmp_path / "a").exit_code == 3
    with Container(made.path) as container:
        for n, envelope in enumerate(container.descriptor.envelopes):
            half = packets.unseal(container.half_packet(envelope.envelope), holders["custodian"].key)
            document = {"v": "pli/1", "envelope": str(envelope.envelope), "value": b64encode(half.value)}
            (tmp_path / f"half{n}").write_bytes(jcs.dumps(document))
    halves = ["--half", tmp_path / "half0", "--half", tmp_path / "half1"]
    assert run(open_.command, *line, *halves, "-o", tmp_path / "b").exit_code == 0
    bad = run(open_.command, *line, "--half", tmp_path / "words", "-o", tmp_path / "c")
    assert (bad.exit_code, "moitié de clé" in bad.stderr) == (1, True)


def test_rehearsal(run, holders, tmp_path):
    (tmp_path / "r").write_bytes(rehearsal.seal(bytes(32), holders["p384"].recipient))
    line = [tmp_path / "r", "--rehearsal", "--key", key_file(holders["p384"], tmp_path)]
    line += ["--passphrase-file", tmp_path / "words"]
    assert run(open_.command, *line).stdout.strip() == b64encode(bytes(32))
    assert json.loads(run(open_.command, *line, "--json").stdout) == {"nonce": b64encode(bytes(32))}


def test_receipt_verification(run, ca, tmp_path):
    (tmp_path / "ca").write_bytes(x509.load_der_x509_certificate(ca[1]).public_bytes(Encoding.PEM))
    (tmp_path / "r").write_bytes(ReceiptParts(b"{}").to_bytes())
    done = run(receipt.command, "verify", tmp_path / "r", "--tsa-ca", tmp_path / "ca", "--json")
    rows = [{"name": "receipt", "ok": False, "detail": "receipt.invalid"}]
    assert (done.exit_code, json.loads(done.stdout)) == (1, {"ok": False, "checks": rows})
    assert run(receipt.command, "verify", tmp_path / "r", "--tsa-ca", tmp_path / "r").exit_code == 2
