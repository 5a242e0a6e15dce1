"""From packets to files: what opens, what does not, and with which code."""

import dataclasses
from pathlib import Path
from uuid import UUID

import pytest

from signing.errors import SealedError
from signing.messages import SENTENCES, sentence
from signing.sealed import container, inventory, manifest, opening, packets, sending, shamir, stream
from signing.sealed import descriptor as descriptors
from signing.sealed.container import Container
from signing.sealed.descriptor import Kind
from signing.sealed.extracting import HolderKey, extract, output_names
from signing.sealed.keys import KeySchedule, Place
from signing.sealed.packets import KeyPacket, Role, Scheme
from signing.sealed.sealing import Sealing


def code(call, *args):
    with pytest.raises(SealedError) as caught:
        call(*args)
    assert sentence(caught.value) != ""
    return caught.value.code


def offre(descriptor):
    return next(e for e in descriptor.envelopes if e.kind is Kind.OFFRE)


def keys_of(holders, *names):
    return [HolderKey(holders[name].key) for name in names]


@pytest.fixture(scope="module")
def parts(sealed, holders):
    """The descriptor, the offre envelope, its key and its stored streams."""
    with Container(sealed.path) as container:
        envelope = offre(container.descriptor)
        packet = container.packet(envelope.envelope, 1)
        secret = opening.unwrap(envelope, 1, packet, holders["p384"].key, holders["p384"].recipient)
        streams = {n: b"".join(container.stream(envelope.envelope, n)) for n in range(3)}
    return container.descriptor, envelope, opening.recover_key(envelope, {1: secret.value}), streams


@pytest.mark.parametrize("name", ["rsa", "p256", "p384"])
def test_deposit_opens_with_each_key(name, sealed, holders, tmp_path):
    with Container(sealed.path) as container:
        results = extract(container, keys_of(holders, name), {}, tmp_path)
        assert container.inventory.deposit == container.descriptor.deposit
    assert [result.error for result in results] == [None, None]
    found = {file.name: (tmp_path / file.path).read_bytes() for result in results for file in result.files}
    assert found == sealed.sources


def test_descriptor_and_inventory_round_trip(sealed):
    deposit = sealed.deposit
    assert descriptors.parse(deposit.pli) == deposit.descriptor
    assert inventory.parse(deposit.inventory).to_bytes() == deposit.inventory
    first = deposit.descriptor.envelopes[0]
    assert deposit.descriptor.envelope(first.envelope) == first
    assert len(deposit.descriptor.candidate.sha256()) == 32


def test_shares_and_half_open_together(seal, holders, tmp_path):
    made = seal(m=2, custodian="custodian")
    with Container(made.path) as container:
        halves = {}
        for envelope in container.descriptor.envelopes:
            half = packets.unseal(container.half_packet(envelope.envelope), holders["custodian"].key)
            assert (half.role, half.x) == (Role.CUSTODIAN, 0)
            opening.check_half(envelope, half.value)
            halves[envelope.envelope] = half.value
        pair = keys_of(holders, "p256", "rsa")
        alone = extract(container, pair[:1], halves, tmp_path / "a")
        without = extract(container, pair, {}, tmp_path / "b")
        wrong = extract(container, pair, {e: bytes(32) for e in halves}, tmp_path / "c")
        good = extract(container, pair, halves, tmp_path / "d")
    assert {result.error.code for result in alone} == {"bid.quorum_missing"}
    assert {result.error.code for result in without} == {"bid.half_missing"}
    assert {result.error.code for result in wrong} == {"bid.commitment_mismatch"}
    assert [result.error for result in good] == [None, None]


def test_stranger_opens_nothing_and_leaves_nothing(sealed, holders, tmp_path):
    with Container(sealed.path) as container:
        results = extract(container, keys_of(holders, "other"), {}, tmp_path)
    assert {result.error.code for result in results} == {"bid.wrong_key"}
    assert list(tmp_path.iterdir()) == []


def test_existing_output_is_not_overwritten(sealed, holders, tmp_path):
    (tmp_path / "lot-3" / "offre").mkdir(parents=True)
    with Container(sealed.path) as container:
        results = extract(container, keys_of(holders, "rsa"), {}, tmp_path)
    assert [result.error and result.error.code for result in results] == [None, "bid.output_exists"]


def test_full_disk_leaves_nothing(sealed, holders, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with Container(sealed.path) as container, pytest.raises(OSError, match="No space"):
        extract(container, keys_of(holders, "rsa"), {}, tmp_path)
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_packet_refusals(parts, sealed, holders):
    descriptor, envelope, key, _ = parts
    other = descriptor.envelopes[0]
    right = sealed.deposit.packets[(envelope.envelope, 1)]
    swapped = sealed.deposit.packets[(other.envelope, 1)]
    assert code(opening.unwrap, envelope, 1, swapped, holders["rsa"].key) == "bid.packet_mismatch"
    assert code(opening.unwrap, envelope, 1, right, holders["other"].key) == "bid.wrong_key"
    # A dishonest sealer commits to a packet made for another envelope, or holding another secret.
    lying = dataclasses.replace(envelope, packets=other.packets)
    assert code(opening.unwrap, lying, 1, swapped, holders["rsa"].key) == "bid.packet_mismatch"
    lying = dataclasses.replace(envelope, share_commitments=other.share_commitments)
    assert code(opening.unwrap, lying, 1, right, holders["rsa"].key) == "bid.bad_share"
    assert code(opening.recover_key, envelope, {1: bytes(32)}) == "bid.bad_share"
    assert code(opening.check_secret, envelope, 2, key) == "bid.bad_share"
    assert code(opening.check_half, envelope, key) == "bid.commitment_mismatch"
    lying = dataclasses.replace(envelope, key_commitment=other.key_commitment)
    assert code(opening.recover_key, lying, {1: key}) == "bid.commitment_mismatch"


def test_share_under_another_number_refused(seal, holders):
    made = seal(m=2, names=("p256", "p384"))
    envelope = made.deposit.descriptor.envelopes[0]
    content = KeyPacket(envelope.envelope, Role.BUYER, Scheme.SHARE, 1, 2, 2, bytes(32) + b"\2")
    packet = content.seal([holders["rsa"].recipient])
    stored = descriptors.StoredObject(__import__("hashlib").sha256(packet).digest(), len(packet))
    lying = dataclasses.replace(envelope, packets=(stored, stored))
    assert code(opening.unwrap, lying, 1, packet, holders["rsa"].key) == "bid.bad_share"


def test_impossible_shares_refused():
    for shares in ([b"aa\1", b"a\2"], [b"aa\1", b"bb\1"], [b"aa\0"], [b""], []):
        assert code(shamir.combine, shares) == "bid.bad_share"
    assert code(shamir.split, bytes(32), 3, 2) == "bid.bad_share"
    assert shamir.combine(shamir.split(bytes(32), 3, 5)[1:4]) == bytes(32)


def test_manifest_refusals(parts):
    descriptor, envelope, key, streams = parts
    content = opening.open_manifest(descriptor, envelope, key, [streams[0]])
    assert [file.name for file in content.files] == ["prix.pdf", "vide.txt"]

    def again(changed, target=envelope):
        place = envelope.place(descriptor.consultation)
        secrets = stream.StreamSecrets(
            KeySchedule(key, envelope.envelope).stream_key(0), place.aad(0), bytes(32), bytes(7)
        )
        data = b"".join(stream.encrypt([changed.to_bytes()], secrets))
        stored = descriptors.StoredStream(len(data), bytes(32))
        return code(
            opening.open_manifest, descriptor, dataclasses.replace(target, manifest=stored), key, [data]
        )

    assert again(dataclasses.replace(content, deposit=UUID(int=4))) == "bid.manifest_invalid"
    elsewhere = Place(descriptor.consultation, 4, "offre", envelope.envelope)
    assert again(dataclasses.replace(content, place=elsewhere)) == "bid.manifest_invalid"
    assert again(dataclasses.replace(content, files=content.files[:1])) == "bid.manifest_invalid"
    huge = dataclasses.replace(envelope, manifest=descriptors.StoredStream(1 << 30, bytes(32)))
    assert code(opening.open_manifest, descriptor, huge, key, []) == "bid.manifest_invalid"
    assert code(opening.open_manifest, descriptor, envelope, key, [streams[0], b"x"]) == "bid.damaged"
    assert code(opening.open_manifest, descriptor, envelope, key, [streams[1]]) == "bid.damaged"
    assert code(manifest.parse, bytes(manifest.MAX_MANIFEST_BYTES + 1)) == "bid.manifest_invalid"


def test_file_refusals(parts):
    descriptor, envelope, key, streams = parts
    file = opening.open_manifest(descriptor, envelope, key, [streams[0]]).files[0]

    def attempt(data, envelope=envelope, file=file, descriptor=descriptor):
        return code(lambda: list(opening.decrypt_file(descriptor, envelope, key, file, [data])))

    good = streams[1]
    for damaged in (good[:-1], good[:1048576], good + b"x", good[:99] + bytes([good[99] ^ 1]) + good[100:]):
        assert attempt(damaged) == "bid.damaged"
    assert attempt(streams[2]) == "bid.damaged"
    for change in ({"lot": 4}, {"kind": Kind.ANONYMAT}, {"envelope": UUID(int=4)}):
        assert attempt(good, envelope=dataclasses.replace(envelope, **change)) == "bid.damaged"
    elsewhere = dataclasses.replace(descriptor, consultation=UUID(int=4))
    assert attempt(good, descriptor=elsewhere) == "bid.damaged"
    lying = dataclasses.replace(file, pt=stream.PlainHash(stream.FLAT, bytes(32)))
    assert attempt(good, file=lying) == "bid.commitment_mismatch"
    other = dataclasses.replace(envelope.files[0], pt_commit=bytes(32))
    lying = dataclasses.replace(envelope, files=(other, envelope.files[1]))
    assert attempt(good, envelope=lying) == "bid.commitment_mismatch"
    assert code(envelope.file, 9) == "bid.descriptor_invalid"
    assert code(descriptor.envelope, UUID(int=4)) == "bid.descriptor_invalid"


def test_storage_damage_is_told_from_bad_sealing(parts):
    _, envelope, _, streams = parts
    root = envelope.files[0].ct_root
    assert opening.storage_is_intact(root, [streams[1]]) is True
    assert opening.storage_is_intact(root, [streams[2]]) is False


def test_one_damaged_envelope_does_not_stop_the_others(sealed, holders, tmp_path):
    data = bytearray(sealed.path.read_bytes())
    with Container(sealed.path) as container:
        target = offre(container.descriptor).envelope
        stored = b"".join(container.stream(target, 1))
    at = data.find(stored[:64])
    data[at + 100] ^= 1
    broken = tmp_path / "x.pli"
    broken.write_bytes(data)
    with Container(broken) as container:
        results = extract(container, keys_of(holders, "rsa"), {}, tmp_path / "out")
    assert [result.error and result.error.code for result in results] == [None, "bid.damaged"]
    assert [path.name for path in (tmp_path / "out" / "lot-3").iterdir()] == ["candidature"]


def test_stream_can_be_sent_again_from_any_segment(tmp_path, key_set):
    path = tmp_path / "f"
    path.write_bytes(bytes(3_000_000))
    place = Place(UUID(int=1), 1, "offre", UUID(int=2))
    sending_stream = sending.SealingStream(place, 1, bytes(32), 3_000_000, lambda: [path.read_bytes()])
    assert code(sending_stream.stored) == "bid.incomplete"
    interrupted = sending_stream.segments()
    first = next(interrupted)
    interrupted.close()
    whole = list(sending_stream.segments())
    assert whole[0] == first
    assert list(sending_stream.segments(first=1)) == whole[1:]
    path.write_bytes(bytes(2_999_999) + b"\1")
    assert code(lambda: list(sending_stream.segments())) == "bid.source_changed"
    for size in (3_000_001, 2_999_999):
        path.write_bytes(bytes(size))
        assert code(lambda: list(sending_stream.segments())) == "bid.source_changed"


def test_output_names_are_safe():
    names = [
        "a.pdf",
        "A.PDF",
        "../../etc/passwd",
        "CON.txt",
        "x" * 300 + ".pdf",
        "\u202egnp.exe",
        "...",
        "é.pdf",
    ]
    chosen = output_names(dict(enumerate(names, 1)))
    assert chosen[1] == "a.pdf"
    assert chosen[2] == "002-A.PDF"
    assert chosen[3] == "003-_.._etc_passwd"
    assert chosen[4] == "004-_CON.txt"
    assert chosen[5].endswith(".pdf")
    assert len(chosen[5]) <= 210
    assert chosen[6] == "006-_gnp.exe"
    assert chosen[7] == "007-_"
    assert chosen[8] == "é.pdf"


def test_every_code_has_a_sentence():
    source = "\n".join(path.read_text() for path in Path("signing").rglob("*.py"))
    used = set(__import__("re").findall(r'"((?:bid|json|receipt|timestamp)\.[a-z_]+)"', source))
    answers = {"receipt.json", "receipt.pdf", "receipt.private_mismatch", "receipt.private_needed"}
    assert used - answers - set(SENTENCES) <= {
        "receipt.tsr",
        "receipt.before_receipt",
        "timestamp.before_receipt",
    } | {"receipt.p7s", "timestamp.tst"}


def test_sealing_needs_enough_recipients(key_set):
    from datetime import UTC, datetime

    from signing.sealed.descriptor import Candidate
    from signing.sealed.sealing import Client, EnvelopePlan

    plans = [EnvelopePlan(0, Kind.OFFRE, [])]
    at = datetime(2027, 1, 11, tzinfo=UTC)
    short = key_set(m=2, names=("p256",))
    with pytest.raises(SealedError) as caught:
        Sealing(short, Candidate("1" * 14), Client("t", "1"), plans, at=at)
    assert caught.value.code == "bid.keyset_incomplete"


def test_export_written_again_is_the_same_deposit(sealed, tmp_path):
    again = tmp_path / "encore.pli"
    with again.open("wb") as target:
        container.write_again(target, sealed.sealing, sealed.deposit)
    with Container(sealed.path) as first, Container(again) as second:
        assert second.pli == first.pli
        for envelope in first.descriptor.envelopes:
            for n in range(len(envelope.files) + 1):
                held = [b"".join(one.stream(envelope.envelope, n)) for one in (first, second)]
                assert held[0] == held[1]
