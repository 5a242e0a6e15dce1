"""The store changes by one rename, forgets nothing of who changed it, and refuses what is not what it stored."""

import json
import threading
from datetime import timedelta

import pytest

from signing.errors import Unverifiable
from signing.trust import age, files, log, store
from signing.trust.codec import instant_from, instant_text, service_from, service_json
from signing.trust.lists import parse
from signing.trust.model import ListInfo, Qualifier, Service, StatusPeriod, TrustSnapshot
from tests.signing import pki
from tests.signing import trust_lists as lists

BY = "agent"


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "trust"


def accepted(data, by=None):
    return store.Accepted(parse(data), data, "FR.xml", (by or lists.operator()).der)


def put(directory, *data):
    return store.replace_lists(
        directory, [accepted(one) for one in data], basis=store.state(directory), at=pki.NOW, by=BY
    )


def content(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_absent_store_trusts_nothing(directory):
    assert store.load_snapshot(directory) == TrustSnapshot()
    assert store.state(directory) == store.State()
    assert store.stored_list(directory, "TL", "FR") is None
    assert not directory.exists()


def test_stored_list_is_what_is_trusted(directory):
    data = lists.tl()
    put(directory, data)
    snapshot = store.load_snapshot(directory)
    assert snapshot.services == parse(data).services
    assert [(one.kind, one.territory, one.sequence, one.origin, one.services) for one in snapshot.lists] == [
        ("TL", "FR", 7, "FR.xml", 3)
    ]
    assert store.stored_list(directory, "TL", "FR") == parse(data)
    loaded = store.state(directory).list_of("TL", "FR")
    assert (loaded.loaded_at, loaded.info) == (pki.NOW, snapshot.lists[0])
    assert store.state(directory).list_of("LOTL", "FR") is None


def test_same_content_has_the_same_id_and_is_read_once(directory, tmp_path):
    data = lists.tl()
    put(directory, data)
    put(tmp_path / "other", data)
    first = store.load_snapshot(directory)
    assert store.load_snapshot(directory) is first
    assert store.load_snapshot(tmp_path / "other").id == first.id
    put(directory, lists.tl(sequence="8", services=[lists.service(pki.holder("ca").der)]))
    assert store.load_snapshot(directory).id != first.id


def test_lists_of_other_territories_stay(directory):
    put(directory, lists.tl(), lists.lotl(), lists.tl(territory="BE", services=[]))
    put(directory, lists.tl(sequence="9"))
    kept = [(one.info.kind, one.info.territory, one.info.sequence) for one in store.state(directory).lists]
    assert kept == [("LOTL", "EU", 7), ("TL", "BE", 7), ("TL", "FR", 9)]


def test_files_of_the_state_before_last_are_removed(directory):
    made = [lists.tl(sequence=str(number)) for number in (1, 2, 3)]
    for data in made:
        put(directory, data)
    kept = {path.stem for path in (directory / "lists").iterdir()}
    assert kept == {parse(data).sha256 for data in made[1:]}
    assert len(list(directory.glob("index-*.json"))) == 1  # The three lists say the same.


def test_index_is_rebuilt_when_it_is_missing_or_altered(directory):
    put(directory, lists.tl())
    index = next(directory.glob("index-*.json"))
    expected = store.load_snapshot(directory)
    index.write_bytes(b"[]")
    store._snapshot.cache_clear()
    assert store.load_snapshot(directory) == expected
    index.unlink()
    store._snapshot.cache_clear()
    assert store.load_snapshot(directory) == expected
    assert expected.services


@pytest.mark.parametrize("how", ["altered", "missing"])
def test_damaged_list_is_refused(directory, how):
    put(directory, lists.tl())
    assert store.load_snapshot(directory).services
    raw = next((directory / "lists").iterdir())
    if how == "altered":
        raw.write_bytes(raw.read_bytes().replace(b"granted", b"granteD"))
    else:
        raw.unlink()
    next(directory.glob("index-*.json")).unlink()
    store._snapshot.cache_clear()
    with pytest.raises(Unverifiable) as refused:
        store.load_snapshot(directory)
    assert refused.value.reason == "trust.store_damaged"


MISSHAPEN = [
    b"",
    b"[]",
    b"{}",
    b'{"format": "pli-trust/2"}',
    b'{"format": "pli-trust/1", "lists": {}, "anchors": [], "index": ""}',
    b'{"format": "pli-trust/1", "lists": [], "anchors": [1], "index": ""}',
    b'{"format": "pli-trust/1", "lists": [], "anchors": [], "index": null}',
]


@pytest.mark.parametrize("body", MISSHAPEN)
def test_misshapen_snapshot_is_refused(directory, body):
    directory.mkdir()
    (directory / store.NAME).write_bytes(body)
    with pytest.raises(Unverifiable) as refused:
        store.load_snapshot(directory)
    assert refused.value.reason == "trust.store_damaged"


def test_misshapen_index_with_the_right_digest_is_refused(directory):
    put(directory, lists.tl())
    from hashlib import sha256

    body = b'[{"territory": 1}]'
    name = sha256(body).hexdigest()
    (directory / f"index-{name}.json").write_bytes(body)
    whole = json.loads((directory / store.NAME).read_text())
    (directory / store.NAME).write_text(json.dumps({**whole, "index": name}))
    with pytest.raises(Unverifiable):
        store.load_snapshot(directory)


def test_reader_that_meets_an_update_reads_again(directory, monkeypatch):
    put(directory, lists.tl())
    real, met = store._parsed_services, []

    def meet(where, found):
        if not met:
            met.append(found)
            put(directory, lists.tl(sequence="8"))
            raise Unverifiable("UNREADABLE", "trust.store_damaged", why="gone")
        return real(where, found)

    next(directory.glob("index-*.json")).unlink()
    store._snapshot.cache_clear()
    monkeypatch.setattr(store, "_parsed_services", meet)
    assert store.load_snapshot(directory).lists[0].sequence == 8
    assert len(met) == 1


def test_failure_midway_changes_nothing(directory, monkeypatch):
    put(directory, lists.tl())
    before, snapshot = store.state(directory), store.load_snapshot(directory)

    def fail(*_parts):
        raise OSError("disk full")

    monkeypatch.setattr("signing.trust.files._sync_folder", lambda folder: None)
    monkeypatch.setattr("signing.trust.files.os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        put(directory, lists.tl(sequence="8"))
    assert store.state(directory) == before
    assert store.load_snapshot(directory) == snapshot
    assert [name for name in content(directory) if name.rpartition("/")[2].startswith(".")] == []


def test_update_judged_against_another_state_is_refused(directory):
    basis = store.state(directory)
    put(directory, lists.tl())
    before = content(directory)
    with pytest.raises(store.StoreChanged):
        store.replace_lists(directory, [accepted(lists.tl(sequence="8"))], basis=basis, at=pki.NOW, by=BY)
    assert content(directory) == before


def test_writers_wait_for_each_other(directory):
    done = []
    with files.locked(directory):
        other = threading.Thread(target=lambda: (put(directory, lists.tl()), done.append(1)))
        other.start()
        other.join(0.2)
        assert not done
    other.join(10)
    assert done == [1]


def test_anchor_is_trusted_with_its_reason_and_no_longer_once_removed(directory):
    root = pki.holder("root").der
    anchor = store.add_anchor(directory, root, reason="AC de la ville", at=pki.NOW, by=BY)
    assert store.load_snapshot(directory).anchors == (root,)
    assert (anchor.reason, anchor.subject) == (
        "AC de la ville",
        pki.holder("root").certificate.subject.rfc4514_string(),
    )
    with pytest.raises(store.AnchorKnown):
        store.add_anchor(directory, root, reason="encore", at=pki.NOW, by=BY)
    store.remove_anchor(directory, anchor.sha256, reason="fin", at=pki.NOW, by=BY)
    assert store.load_snapshot(directory).anchors == ()
    with pytest.raises(store.AnchorUnknown):
        store.remove_anchor(directory, anchor.sha256, reason="fin", at=pki.NOW, by=BY)
    said = [(entry["action"], entry["by"], entry["reason"]) for entry in log.entries(directory)]
    assert said == [("anchor-added", BY, "AC de la ville"), ("anchor-removed", BY, "fin")]


def test_anchors_and_lists_do_not_disturb_each_other(directory):
    put(directory, lists.tl())
    store.add_anchor(directory, pki.holder("root").der, reason="x", at=pki.NOW, by=BY)
    put(directory, lists.tl(sequence="8"))
    snapshot = store.load_snapshot(directory)
    assert (len(snapshot.anchors), snapshot.lists[0].sequence, len(snapshot.services)) == (1, 8, 3)


def test_log_shows_what_was_altered(directory):
    assert log.first_bad(directory) is None
    for name in ("root", "other-root", "ca"):
        store.add_anchor(directory, pki.holder(name).der, reason=name, at=pki.NOW, by=BY)
    assert log.first_bad(directory) is None
    path = directory / log.NAME
    lines = path.read_bytes().splitlines(keepends=True)
    for broken, bad in (
        ([lines[0].replace(b"root", b"toor"), *lines[1:]], 2),
        ([lines[0], lines[2]], 2),
        (lines[1:], 1),
        ([lines[0], b"not json\n", lines[2]], 2),
        ([lines[0], b"[]\n"], 2),
    ):
        path.write_bytes(b"".join(broken))
        assert log.first_bad(directory) == bad


def test_log_names_list_signer_and_origin(directory):
    data = lists.tl()
    put(directory, data)
    entry = log.entries(directory)[0]
    assert {key: entry[key] for key in ("action", "kind", "territory", "sequence", "sha256", "origin")} == {
        "action": "list-loaded",
        "kind": "TL",
        "territory": "FR",
        "sequence": 7,
        "sha256": parse(data).sha256,
        "origin": "FR.xml",
    }
    assert entry["at"] == "2027-01-11T09:00:00Z"


def test_files_are_closed_to_other_accounts(directory):
    put(directory, lists.tl())
    modes = {path.stat().st_mode & 0o007 for path in directory.rglob("*") if path.is_file()}
    assert modes == {0}


def test_service_survives_being_written():
    one = Service(
        "FR",
        "Prestataire",
        "Service",
        "urn:t",
        (b"\x00\xff",),
        (
            StatusPeriod("urn:s", pki.NOW, "urn:u", (Qualifier(("urn:q",), readable=False),), ("urn:a",)),
            StatusPeriod("urn:s", pki.BORN),
        ),
        (Qualifier(("urn:q",), (("1.2", "1.3"),), ((("nonRepudiation", True),),)),),
        ("urn:a",),
    )
    assert service_from(json.loads(json.dumps(service_json(one)))) == one


@pytest.mark.parametrize("value", [1, "2027-01-01T00:00:00", "x"])
def test_instant_that_is_none_is_refused(value):
    assert instant_from(instant_text(pki.NOW)) == pki.NOW
    with pytest.raises((TypeError, ValueError)):
        instant_from(value)


def info(days, due=400, **changes):
    issued = pki.NOW - timedelta(days=days)
    parts = {"kind": "TL", **changes}
    return ListInfo("FR", 6, 1, issued, issued + timedelta(days=due) if due else None, "", "", "", 1, **parts)


@pytest.mark.parametrize(
    ("days", "due", "code"),
    [
        (0, 180, None),
        (180, None, None),
        (181, None, "trust.too_old"),
        (30, 20, "trust.overdue"),
        (200, 20, "trust.too_old"),
    ],
)
def test_age_of_a_list_is_said(days, due, code):
    one = info(days, due)
    snapshot = TrustSnapshot(lists=(one,))
    found = age.warnings(snapshot, pki.NOW)
    assert [finding.code for finding in found] == ([code] if code else [])
    assert age.too_old(one, snapshot, pki.NOW) is (code == "trust.too_old")
    assert age.stated(one, snapshot, pki.NOW).params["days"] == days


def test_kept_snapshot_does_not_grow_old():
    one = info(9)
    later = pki.NOW + timedelta(days=3650)
    assert age.too_old(one, TrustSnapshot(lists=(one,)), later)
    assert not age.too_old(one, TrustSnapshot(lists=(one,), frozen_at=pki.NOW), later)


def test_no_list_is_said_and_lists_are_found_by_territory():
    assert [finding.code for finding in age.warnings(TrustSnapshot(), pki.NOW)] == ["trust.no_list"]
    snapshot = TrustSnapshot(lists=(info(1, kind="LOTL"), info(2)))
    assert age.list_of(snapshot, "FR") == info(2)
    assert age.list_of(snapshot, "BE") is None
