"""Open a deposit: packets to secrets, secrets to K, K to the manifest and the files.

The pieces serve both ``pli open`` and the server, which receives secrets and never a private key.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

from signing.certificates import PrivateKey, Recipient
from signing.errors import SealedError
from signing.sealed import manifest, packets, shamir, stream
from signing.sealed.descriptor import Descriptor, Envelope
from signing.sealed.keys import MANIFEST, KeySchedule, half_commitment, share_commitment, xor
from signing.sealed.manifest import Manifest, ManifestFile
from signing.sealed.packets import KeyPacket, Role, Scheme


@dataclass(frozen=True, slots=True)
class Secret:
    """What one holder draws from his packet: A itself (x = 1), or share x of it."""

    envelope: UUID
    x: int
    value: bytes = field(repr=False)


def unwrap(
    envelope: Envelope, x: int, packet: bytes, private_key: PrivateKey, recipient: Recipient | None = None
) -> Secret:
    """Open packet ``x`` of an envelope with a holder's key and check that it is what was committed to."""
    if not compare_digest(sha256(packet).digest(), envelope.packets[x - 1].sha256):
        raise SealedError("bid.packet_mismatch", f"packet {x} is not the one deposited", x=x)
    content = packets.unseal(packet, private_key, recipient)
    _check_packet(envelope, content, x)
    check_secret(envelope, x, content.value)
    return Secret(envelope.envelope, x, content.value)


def check_secret(envelope: Envelope, x: int, value: bytes) -> None:
    """Refuse a secret that is not the one the bidder committed to (``bid.bad_share``).

    A wrong value with a right packet tells a bad member; a packet whose own content fails tells a bad dealer.
    """
    if not 1 <= x <= len(envelope.share_commitments):
        raise SealedError("bid.bad_share", f"there is no share {x}", x=x)
    if not compare_digest(share_commitment(envelope.envelope, value), envelope.share_commitments[x - 1]):
        raise SealedError("bid.bad_share", f"share {x} is not the one committed to", x=x)


def check_half(envelope: Envelope, half: bytes) -> None:
    """Refuse a custodian's half that is not the one the bidder committed to."""
    if envelope.half_commitment is None:
        raise SealedError("bid.commitment_mismatch", "the envelope has no custodian's half", what="half")
    if not compare_digest(half_commitment(envelope.envelope, half), envelope.half_commitment):
        raise SealedError("bid.commitment_mismatch", "the half is not the one committed to", what="half")


def recover_key(envelope: Envelope, secrets: Mapping[int, bytes], half: bytes | None = None) -> bytes:
    """Return K from the holders' secrets (x -> value) and the custodian's half, all of them checked.

    Raises ``bid.quorum_missing`` (too few), ``bid.half_missing``, ``bid.bad_share`` or
    ``bid.commitment_mismatch``; the last one, with everything else right, tells a dishonest sealer.
    """
    for x, value in secrets.items():
        check_secret(envelope, x, value)
    needed = envelope.policy.m
    if len(secrets) < needed:
        raise SealedError("bid.quorum_missing", f"{len(secrets)} of {needed}", have=len(secrets), need=needed)
    if envelope.policy.m == 1:
        key = secrets[1]
    else:
        key = shamir.combine([secrets[x] for x in sorted(secrets)[:needed]])
    if envelope.half_commitment is not None:
        if half is None:
            raise SealedError("bid.half_missing", "the custodian has not released its half")
        check_half(envelope, half)
        key = xor(key, half)
    if not compare_digest(KeySchedule(key, envelope.envelope).key_commitment(), envelope.key_commitment):
        raise SealedError("bid.commitment_mismatch", "K is not the key committed to", what="key")
    return key


def open_manifest(
    descriptor: Descriptor, envelope: Envelope, key: bytes, chunks: Iterable[bytes]
) -> Manifest:
    """Decrypt the manifest and check that it describes this very envelope of this very deposit."""
    if envelope.manifest.ct_size > stream.PLI.cipher_size(manifest.MAX_MANIFEST_BYTES):
        raise SealedError(manifest.CODE, f"{envelope.manifest.ct_size} bytes", where="size")
    place = envelope.place(descriptor.consultation)
    schedule = KeySchedule(key, envelope.envelope)
    plain = stream.decrypt(
        _sized(chunks, envelope.manifest.ct_size), schedule.stream_key(MANIFEST), place.aad(0)
    )
    content = manifest.parse(b"".join(plain))
    stated = [(file.n, stream.PLI.cipher_size(file.size)) for file in content.files]
    if content.deposit != descriptor.deposit or content.place != place:
        raise SealedError(manifest.CODE, "made for another deposit or envelope", where="place")
    if stated != [(file.n, file.ct_size) for file in envelope.files]:
        raise SealedError(manifest.CODE, "does not list the files of the envelope", where="files")
    return content


def decrypt_file(
    descriptor: Descriptor, envelope: Envelope, key: bytes, file: ManifestFile, chunks: Iterable[bytes]
) -> Iterator[bytes]:
    """Yield the plaintext of one file; after the last piece its hash is compared with both commitments.

    Keep the output aside until the iterator ends: only then is the file known to be whole and true.
    Raises ``bid.damaged`` or ``bid.commitment_mismatch``.
    """
    sealed = envelope.file(file.n)
    schedule = KeySchedule(key, envelope.envelope)
    aad = envelope.place(descriptor.consultation).aad(file.n)
    hasher = stream.PlainHasher(file.size)
    for plain in stream.decrypt(_sized(chunks, sealed.ct_size), schedule.stream_key(file.n), aad):
        hasher.update(plain)
        yield plain
    found = hasher.result()
    if found != file.pt:
        raise SealedError(
            "bid.commitment_mismatch", "not the hash of the manifest", what="manifest", n=file.n
        )
    commitment = schedule.plaintext_commitment(file.n, found.algorithm, found.value)
    if not compare_digest(commitment, sealed.pt_commit):
        raise SealedError("bid.commitment_mismatch", "not the hash deposited", what="plaintext", n=file.n)


def storage_is_intact(ct_root: bytes, chunks: Iterable[bytes]) -> bool:
    """Tell, after a failed decryption, bad sealing (True) from damage in storage (False)."""
    return compare_digest(stream.cipher_root(chunks), ct_root)


def _check_packet(envelope: Envelope, packet: KeyPacket, x: int) -> None:
    policy = envelope.policy
    scheme = Scheme.WHOLE if policy.m == 1 else Scheme.SHARE
    expected = (envelope.envelope, Role.BUYER, scheme, x, policy.m, policy.n)
    if (packet.envelope, packet.role, packet.scheme, packet.x, packet.m, packet.n) != expected:
        raise SealedError("bid.packet_mismatch", f"packet {x} was made for another place", x=x)
    if scheme is Scheme.SHARE and packet.value[-1] != x:
        raise SealedError("bid.bad_share", f"packet {x} carries another share", x=x)


def _sized(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Pass chunks on and refuse a stream whose size is not the committed one."""
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > size:
            break
        yield chunk
    if seen != size:
        raise SealedError("bid.damaged", f"{seen} bytes instead of {size}", reason="size")
