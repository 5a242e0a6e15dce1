"""A frozen verdict is found again years later from its archive alone, and an archive that was touched is refused."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from click.testing import CliRunner

from procurement.cli.signature import command
from signing import evidence
from signing.api import verify
from signing.errors import Unverifiable
from signing.evidence import Inputs, freeze, is_evidence, thaw
from signing.policy import DEFAULT, Policy
from signing.produce.params import Level, Profile
from signing.report import Report, as_json
from signing.trust.model import TrustSnapshot
from signing.trust.relevance import relevant
from signing.types import Bytes, Digests, Evidence, Indication, Poe, SubIndication
from tests.signing import pki, signed, xades_builder

NAME = "piece"
LATER = {"now": timedelta(0), "a day": timedelta(days=1), "ten years": timedelta(days=3653)}


def contents(profile):
    return [signed.document(profile)] if profile in (Profile.XADES_DETACHED, Profile.CADES_DETACHED) else []


def judged(
    data, profile, trust, *, material=None, poe=(), at=pki.NOW, given=None, fetch=None, policy=DEFAULT
):
    return verify(
        data,
        name=NAME,
        contents=contents(profile) if given is None else given,
        trust=trust,
        evidence=Evidence() if material is None else material,
        at=at,
        poe=poe,
        fetch=fetch,
        policy=policy,
    )


def frozen(data, report, profile, trust, **more):
    return freeze(data, report, Inputs(trust, DEFAULT, pki.NOW, contents(profile), **more))


def verdicts(report):
    """Return what a verdict says, without what depends on the day on which it is said again."""
    return [
        (
            one.id,
            one.indication,
            one.subindication,
            one.qualification,
            {name: check.status for name, check in one.checks.items()},
            min(one.best_signature_time, pki.NOW),
        )
        for one in report.signatures
    ]


def again(data, profile, archive, after):
    kept = thaw(archive)
    return judged(
        data,
        profile,
        kept.trust,
        material=kept.evidence,
        poe=kept.poe,
        at=kept.at + after,
        policy=kept.policy,
    )


@pytest.mark.parametrize("after", LATER.values(), ids=LATER)
@pytest.mark.parametrize(("profile", "level"), signed.MADE)
def test_verdict_is_the_same_years_later(profile, level, after):
    trust = pki.trust(services=pki.qualified())
    data = signed.sign(profile, level, holder=pki.signer("qualified"))
    report = judged(data, profile, trust, material=pki.evidence())
    assert report.passed, report
    archive = frozen(data, report, profile, trust)
    found = again(data, profile, archive, after)
    assert verdicts(found) == verdicts(report)


def test_without_its_archive_the_same_file_no_longer_passes():
    """What the previous test rests on: ten years later the signer's certificate has expired."""
    trust = pki.trust(services=pki.qualified())
    data = signed.sign(Profile.XADES_ENVELOPED, holder=pki.signer("qualified"))
    assert judged(data, Profile.XADES_ENVELOPED, trust, material=pki.evidence()).passed
    late = judged(
        data, Profile.XADES_ENVELOPED, trust, material=pki.evidence(), at=pki.NOW + LATER["ten years"]
    )
    assert not late.passed


@pytest.mark.parametrize("after", LATER.values(), ids=LATER)
@pytest.mark.parametrize("signer", ["revoked", "expired", "foreign", "wrong-usage", "no-qc"])
def test_bad_verdict_stays_as_bad(signer, after):
    profile, trust = Profile.XADES_ENVELOPED, pki.trust(services=pki.qualified())
    data = signed.sign(profile, holder=pki.signer("good"))
    assert judged(data, profile, trust, material=pki.evidence()).passed
    made = xades_of(signer)
    report = judged(made, profile, trust, material=pki.evidence())
    archive = frozen(made, report, profile, trust)
    assert verdicts(again(made, profile, archive, after)) == verdicts(report)


def test_doubt_for_lack_of_proof_is_settled_by_the_archive_itself():
    """At the time nobody knew when the signature was made; that it stood in the archive shows that it was too early."""
    profile, trust = Profile.XADES_ENVELOPED, pki.trust()
    made = xades_of("not-yet")
    report = judged(made, profile, trust, material=pki.evidence())
    assert report.signatures[0].subindication is SubIndication.OUT_OF_BOUNDS_NO_POE
    archive = frozen(made, report, profile, trust)
    assert (
        again(made, profile, archive, LATER["now"]).signatures[0].subindication
        is SubIndication.OUT_OF_BOUNDS_NO_POE
    )
    late = again(made, profile, archive, LATER["ten years"]).signatures[0]
    assert (late.indication, late.subindication) == (Indication.TOTAL_FAILED, SubIndication.NOT_YET_VALID)


def xades_of(signer):
    """Return an XAdES signature by a signer whom our own production refuses."""
    return xades_builder.sign("<acte>{signature}</acte>", xades_builder.Plan(signer=signer))


def test_what_was_fetched_is_kept():
    profile, trust = Profile.CADES_DETACHED, pki.trust()
    data = signed.sign(profile)
    assert not judged(data, profile, trust).passed
    report = judged(data, profile, trust, fetch=pki.Net())
    assert report.passed
    kept = thaw(frozen(data, report, profile, trust))
    assert kept.evidence.crls or kept.evidence.ocsps
    assert again(data, profile, frozen(data, report, profile, trust), timedelta(days=3653)).passed


def test_same_inputs_give_the_same_bytes_and_all_is_there():
    profile, trust = Profile.XADES_DETACHED, pki.trust(services=pki.qualified())
    data = signed.sign(profile, Level.B_T)
    report = judged(data, profile, trust, material=pki.evidence())
    given = (Poe(b"\x01" * 32, pki.BORN, "journal"),)
    archive = frozen(data, report, profile, trust, poe=given)
    assert archive == frozen(data, report, profile, trust, poe=given)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        names = opened.namelist()
        manifest = json.loads(opened.read("manifest.json"))
        assert json.loads(opened.read("report.json")) == as_json(report)
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names[0] == "manifest.json"
    assert {"report.json", "facts.json", "trust.json", "poe.json"} <= set(names)
    assert {name.partition("/")[0] for name in names if "/" in name} == {"certificates", "crls", "tokens"}
    assert manifest["file"] == {"name": NAME, "sha256": sha256(data).hexdigest(), "size": len(data)}
    assert (manifest["policy"], manifest["snapshot"]) == (DEFAULT.id, trust.id)
    assert manifest["contents"][0]["digests"] == {"sha256": sha256(signed.TEXT).hexdigest()}
    assert manifest["versions"]["asn1crypto"]
    kept = thaw(archive)
    assert (kept.at, kept.file_sha256, kept.policy_id) == (pki.NOW, sha256(data).hexdigest(), DEFAULT.id)
    assert kept.poe[0] == given[0]
    assert Poe(sha256(data).digest(), pki.NOW, "evidence") in kept.poe
    assert Poe(sha256(report.signatures[0].facts.value).digest(), pki.NOW, "evidence") in kept.poe
    assert kept.trust.frozen_at == pki.NOW
    assert kept.facts["signatures"][0]["facts"]["signature_intact"] is True


@pytest.mark.parametrize(
    "policy",
    [DEFAULT, Policy(freshness=timedelta(hours=3), list_age=timedelta(days=1), digests=(("sha256", None),))],
)
def test_rules_of_acceptance_are_kept(policy):
    data = signed.sign(Profile.XADES_ENVELOPED)
    report = judged(data, Profile.XADES_ENVELOPED, pki.trust(), policy=policy)
    kept = thaw(freeze(data, report, Inputs(pki.trust(), policy, pki.NOW)))
    assert (kept.policy, kept.policy_id) == (policy, policy.id)


def test_document_that_stayed_away_is_named_by_its_digests():
    profile, trust = Profile.CADES_DETACHED, pki.trust()
    data = signed.sign(profile)
    away = [Digests("acte.txt", {"sha256": sha256(signed.TEXT).hexdigest()})]
    report = judged(data, profile, trust, material=pki.evidence(), given=away)
    assert report.passed
    archive = freeze(data, report, Inputs(trust, DEFAULT, pki.NOW, away))
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert json.loads(opened.read("manifest.json"))["contents"] == [
            {"name": "acte.txt", "digests": dict(away[0].values)}
        ]


def test_standalone_token_is_kept():
    token = pki.stamp(signed.TEXT)
    report = verify(
        token,
        name="x.tst",
        contents=[Bytes("t", signed.TEXT)],
        trust=pki.trust(),
        evidence=pki.evidence(),
        at=pki.NOW,
    )
    assert len(report.timestamps) == 1
    kept = freeze(token, report, Inputs(pki.trust(), DEFAULT, pki.NOW))
    with zipfile.ZipFile(io.BytesIO(kept)) as opened:
        tokens = [opened.read(name) for name in opened.namelist() if name.startswith("tokens/")]
    assert tokens == [report.timestamps[0].facts.token]


def test_trust_is_cut_to_what_could_have_mattered():
    others = tuple(replace(pki.service("other-root"), territory=territory) for territory in ("BE", "DE"))
    whole = TrustSnapshot(
        (pki.holder("root").der, pki.holder("other-root").der, b"no certificate"),
        (*pki.qualified(), *others),
        (pki.list_info(others),),
    )
    cut = relevant(whole, [pki.signer("good").der, b"no certificate"])
    assert cut.anchors == (pki.holder("root").der,)
    assert cut.services == (pki.qualified()[0],)
    assert cut.lists == whole.lists
    assert relevant(whole, []).services == ()
    stamped = relevant(whole, [pki.tsa().der])
    assert stamped.services == (pki.qualified()[2],)


def whole_archive():
    data = signed.sign(Profile.XADES_ENVELOPED)
    report = judged(data, Profile.XADES_ENVELOPED, pki.trust(), material=pki.evidence())
    return frozen(data, report, Profile.XADES_ENVELOPED, pki.trust())


def rewritten(archive, **changes):
    """Return an archive with parts changed (None takes one out), its manifest left as it was."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    for name, change in changes.items():
        full = name.replace("__", "/").replace("_json", ".json")
        if change is None:
            del parts[full]
        else:
            parts[full] = change(parts.get(full, b""))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, part in parts.items():
            made.writestr(name, part)
    return out.getvalue()


CHANGES = {
    "report": {"report_json": lambda old: old.replace(b"TOTAL", b"total")},
    "poe": {"poe_json": lambda old: old.replace(b"2027", b"2017")},
    "part taken out": {"facts_json": None},
    "part added": {"certificates__x.cer": lambda old: b"x"},
    "no manifest": {"manifest_json": None},
    "manifest of another format": {
        "manifest_json": lambda old: old.replace(b"pli-evidence/1", b"pli-evidence/2")
    },
    "manifest without policy": {"manifest_json": lambda old: old.replace(b'"policy"', b'"polity"')},
    "manifest that is no JSON": {"manifest_json": lambda old: b"{"},
    "manifest that is a list": {"manifest_json": lambda old: b"[]"},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_archive_that_was_touched_is_refused(changes):
    archive = whole_archive()
    assert thaw(rewritten(archive)).at == pki.NOW
    with pytest.raises(Unverifiable) as refused:
        thaw(rewritten(archive, **changes))
    assert refused.value.reason == "trust.evidence"


def test_snapshot_that_is_not_the_one_named_is_refused():
    archive = whole_archive()

    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        trust = opened.read("trust.json")
        manifest = opened.read("manifest.json")
    swapped = json.loads(trust)
    swapped["anchors"] = []
    body = json.dumps(swapped).encode()
    digest, new = sha256(trust).hexdigest().encode(), sha256(body).hexdigest().encode()
    made = rewritten(
        archive, trust_json=lambda old: body, manifest_json=lambda old: manifest.replace(digest, new)
    )
    with pytest.raises(Unverifiable) as refused:
        thaw(made)
    assert refused.value.reason == "trust.evidence"


def test_archives_are_told_from_other_files():
    archive = whole_archive()
    assert is_evidence(archive)
    assert is_evidence(rewritten(archive, facts_json=None))
    assert not is_evidence(b"%PDF-")
    assert not is_evidence(rewritten(archive, manifest_json=None))
    assert not is_evidence(rewritten(archive, manifest_json=lambda old: b"[]"))


def test_version_that_is_not_known_is_said(monkeypatch):
    monkeypatch.setattr(evidence, "_PROGRAMS", ("no-such-program",))
    assert thaw(whole_archive()).versions == {"no-such-program": "?"}


def test_report_on_an_unreadable_file_can_be_frozen():
    report = verify(b"", name="x", trust=pki.trust(), at=pki.NOW)
    assert isinstance(report, Report)
    assert report.error is not None
    kept = thaw(freeze(b"", report, Inputs(pki.trust(), DEFAULT, pki.NOW)))
    assert kept.report["error"]["code"] == report.error.code
    assert Indication.TOTAL_PASSED not in str(kept.report)


def test_command_finds_the_verdict_again_from_the_archive_alone(tmp_path):
    trust = pki.trust(services=pki.qualified())
    data = signed.sign(Profile.PADES, holder=pki.signer("qualified"))
    report = judged(data, Profile.PADES, trust, material=pki.evidence())
    archive = frozen(data, report, Profile.PADES, trust)
    (tmp_path / "acte.pdf").write_bytes(data)
    (tmp_path / "other.pdf").write_bytes(data + b"\n")
    (tmp_path / "evidence.zip").write_bytes(archive)

    def run(name, *more):
        line = ["verify", str(tmp_path / name), "--at", "2037-01-11T09:00:00Z", "--offline", "--json", *more]
        return CliRunner().invoke(command, line)

    given = ("--evidence", str(tmp_path / "evidence.zip"))
    again = run("acte.pdf", *given)
    assert again.exit_code == 0, again.stderr
    found = json.loads(again.stdout)["signatures"][0]
    assert (found["indication"], found["qualification"]) == ("TOTAL-PASSED", "QESig")
    assert sha256(archive).hexdigest() in again.stderr
    assert run("acte.pdf").exit_code == 1
    assert run("other.pdf", *given).exit_code == 2
    (tmp_path / "evidence.zip").write_bytes(rewritten(archive, facts_json=None))
    assert run("acte.pdf", *given).exit_code == 2
