"""Descriptor, inventory, key set and export file: hostile ones are refused with their code."""

import json
import zipfile

import pytest

from signing import jcs
from signing.errors import SealedError
from signing.sealed import container as containers
from signing.sealed import descriptor, inventory, rehearsal
from signing.sealed.container import Container
from signing.sealed.descriptor import Kind
from signing.sealed.keyset import parse_terms


def code(call, *args):
    with pytest.raises(SealedError) as caught:
        call(*args)
    return caught.value.code


def change(data, path, value):
    """Return a document with one member replaced (or removed, for the value ``...``)."""
    document = json.loads(data)
    *way, last = path
    inner = document
    for step in way:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return jcs.dumps(document)


E0 = ("envelopes", 0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("v",), "pli/2"),
        (("extra",), 1),
        (("deposit",), ...),
        (("candidate", "members"), ["22222222222222", "11111111111111"]),
        (("candidate", "members"), ["12345678901234"]),
        (("candidate", "lead"), "1"),
        (("envelopes",), []),
        ((*E0, "kind"), "prix"),
        ((*E0, "lot"), -1),
        ((*E0, "relation"), "remplace"),
        ((*E0, "refers_to"), ["11111111-1111-4111-8111-111111111111"]),
        ((*E0, "policy", "m"), 4),
        ((*E0, "half_commitment"), "0" * 64),
        ((*E0, "policy", "custodian"), True),
        ((*E0, "packets"), []),
        ((*E0, "share_commitments"), []),
        ((*E0, "recipients"), ["0" * 64]),
        ((*E0, "recipients"), ["0" * 64] * 3),
        ((*E0, "manifest", "ct_size"), 10),
        ((*E0, "files"), []),
        ((*E0, "files", 0, "n"), 0),
        ((*E0, "files", 0, "pt_commit"), "A" * 64),
    ],
)
def test_descriptor_refused(path, value, sealed):
    assert code(descriptor.parse, change(sealed.deposit.pli, path, value)) == "bid.descriptor_invalid"


def test_descriptor_with_repetitions_refused(sealed):
    document = json.loads(sealed.deposit.pli)
    first, second = document["envelopes"]
    same_place = {**second, "kind": first["kind"]}
    repeated_files = {**second, "files": second["files"][:1] * 2}
    for envelopes in ([first, first], [first, same_place], [first, repeated_files]):
        data = jcs.dumps({**document, "envelopes": envelopes})
        assert code(descriptor.parse, data) == "bid.descriptor_invalid"
    doubled = sealed.deposit.pli.replace(b'{"candidate"', b'{"v":"pli/1","candidate"')
    assert code(descriptor.parse, doubled) == "bid.descriptor_invalid"
    assert code(descriptor.parse, bytes(descriptor.MAX_DESCRIPTOR_BYTES + 1)) == "bid.descriptor_invalid"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("names",), "hidden"),
        (("files", 0, "signature", "status"), "fine"),
        (("files", 0, "signature", "basis"), "guess"),
        (("files", 0, "media_type"), "pdf"),
        (("files", 0, "name"), ""),
    ],
)
def test_inventory_refused(path, value, sealed):
    assert code(inventory.parse, change(sealed.deposit.inventory, path, value)) == "bid.inventory_invalid"


def test_inventory_naming_a_file_twice_refused(sealed):
    document = json.loads(sealed.deposit.inventory)
    document["files"] *= 2
    assert code(inventory.parse, jcs.dumps(document)) == "bid.inventory_invalid"


def test_inventory_keeps_what_is_known_of_a_file(sealed):
    data = change(sealed.deposit.inventory, ("files", 0, "piece"), "DC1")
    data = change(data, ("files", 0, "dume"), "abcdefgh")
    data = change(data, ("names",), "masked")
    signature = {"status": "signed-valid", "basis": "digests", "ticket": "t"}
    data = change(data, ("files", 0, "signature"), signature)
    assert inventory.parse(data).to_bytes() == data


def terms(made, **changes):
    document = {
        "consultation": str(made.consultation),
        "deadline": "2027-02-01T11:00:00.000Z",
        "server_time": "2027-01-11T09:00:00.000Z",
        "key_set": made.to_json(),
        "policy": made.policy_json(),
        "custodian": made.custodian_json(),
        "limits": {"file_bytes": 1 << 31, "files": 500, "total_bytes": 10 << 30, "types": []},
        "relations": ["premier"],
    }
    return jcs.dumps({**document, **changes})


def test_terms_round_trip(key_set):
    for made in (key_set(), key_set(m=2, custodian="custodian")):
        assert parse_terms(terms(made)).key_set == made
        assert parse_terms(terms(made)).limits.files == 500


def test_terms_refused(key_set):
    made = key_set()
    wrong_hash = {**made.to_json(), "sha256": "0" * 64}
    holder = {**made.to_json()["certificates"][0], "sha256": "0" * 64}
    for changes in (
        {"key_set": wrong_hash},
        {"key_set": {**made.to_json(), "certificates": [holder]}},
        {"policy": {"m": 1, "n": 3, "custodian": True}},
    ):
        assert code(parse_terms, terms(made, **changes)) == "bid.keyset_invalid"
    assert code(parse_terms, b"{") == "bid.keyset_invalid"


def test_key_set_hash_depends_on_what_it_says(key_set):
    made = [key_set(), key_set(m=2), key_set(custodian="custodian"), key_set(names=("rsa", "p256"))]
    assert len({one.sha256() for one in made}) == 4
    assert key_set(names=("p256", "rsa")).policy(Kind.OFFRE) == key_set(names=("rsa", "p256")).policy(
        Kind.OFFRE
    )


def test_rehearsal_gives_the_nonce_back(holders):
    nonce = bytes(range(32))
    message = rehearsal.seal(nonce, holders["p384"].recipient)
    assert rehearsal.answer(message, holders["p384"].key) == nonce


def test_real_packet_is_not_opened_as_a_rehearsal(sealed, holders):
    packet = next(iter(sealed.deposit.packets.values()))
    assert code(rehearsal.answer, packet, holders["p384"].key) == "bid.rehearsal_invalid"


def rewrite(sealed, target, edit):
    """Copy an export file entry by entry through ``edit(archive, name, data)``."""
    with zipfile.ZipFile(sealed.path) as source, zipfile.ZipFile(target, "w") as out:
        for name in source.namelist():
            edit(out, name, source.read(name))
    return target


def keep(out, name, data):
    out.writestr(zipfile.ZipInfo(name), data)


def test_copied_export_file_is_read(sealed, tmp_path):
    with Container(rewrite(sealed, tmp_path / "x", keep)) as container:
        assert container.pli == sealed.deposit.pli


def without_descriptor(out, name, data):
    if name != containers.DESCRIPTOR:
        keep(out, name, data)


def extra(out, name, data):
    keep(out, name, data)
    if name == containers.DESCRIPTOR:
        keep(out, "../evil", b"")


def compressed(out, name, data):
    out.writestr(name, data, zipfile.ZIP_DEFLATED)


def other_inventory(out, name, data):
    keep(out, name, data + b" " if name == containers.INVENTORY else data)


@pytest.mark.parametrize("edit", [without_descriptor, extra, compressed, other_inventory])
def test_export_file_refused(edit, sealed, tmp_path):
    assert code(Container, rewrite(sealed, tmp_path / "x", edit)) == "bid.container_invalid"


def test_repeated_entry_refused(sealed, tmp_path):
    def twice(out, name, data):
        keep(out, name, data)
        if name == containers.INVENTORY:
            with pytest.warns(UserWarning, match="Duplicate name"):
                keep(out, name, data)

    assert code(Container, rewrite(sealed, tmp_path / "x", twice)) == "bid.container_invalid"


def test_overlapping_entries_refused(sealed, tmp_path):
    path = tmp_path / "x"
    with sealed.path.open("rb") as source:
        path.write_bytes(source.read())
    with zipfile.ZipFile(path, "a") as archive:
        archive.filelist[1].header_offset = archive.filelist[0].header_offset
        archive._didModify = True
    assert code(Container, path) == "bid.container_invalid"


def test_too_many_entries_refused(sealed, monkeypatch):
    monkeypatch.setattr(containers, "MAX_ENTRIES", 2)
    assert code(Container, sealed.path) == "bid.container_invalid"


def test_file_that_is_no_archive_refused(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"nothing")
    assert code(Container, path) == "bid.container_invalid"


def test_file_without_descriptor_json_refused(sealed, tmp_path):
    def broken(out, name, data):
        keep(out, name, b"{" if name == containers.DESCRIPTOR else data)

    assert code(Container, rewrite(sealed, tmp_path / "x", broken)) == "bid.descriptor_invalid"
