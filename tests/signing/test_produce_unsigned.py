"""Time-stamps added to a CMS byte by byte: everything else stays as it stands, whatever the lengths."""

import pytest

from signing import der
from signing.api import verify
from signing.cades import ber
from signing.produce import cms, unsigned
from signing.produce.params import Level, Profile
from signing.produce.refusals import ProductionRefused
from signing.types import Bytes
from tests.signing import pki, signed

DOCUMENT = Bytes("acte.txt", signed.TEXT)
#: An attribute nobody knows (an arc for examples), to fill a signature up to a length.
NOTE = der.oid("2.999.1")


def basic() -> bytes:
    return signed.sign(Profile.CADES_DETACHED, Level.B_B, what=DOCUMENT)


def with_attribute(file: bytes, attribute: bytes) -> bytes:
    """Return a detached CMS whose one signer holds this one unsigned attribute."""
    root = ber.parse(file)
    data = root.child(1).child(0)
    signer = data.children[-1].child(0)
    made = der.tlv(ber.SEQUENCE, signer.content + der.tlv(0xA1, attribute))
    parts = b"".join(part.raw for part in data.children[:-1])
    return der.tlv(0x30, root.child(0).raw + der.tlv(0xA0, der.tlv(0x30, parts + der.tlv(0x31, made))))


def note(size: int) -> bytes:
    return der.tlv(0x30, NOTE + der.tlv(0x31, der.octets(b"n" * size)))


def stamp(value: bytes) -> bytes:
    return pki.stamp(value)


def of_awkward_length() -> bytes:
    """Return a signature whose length ends with the byte that also says « indefinite »."""
    file = basic()
    filled = (with_attribute(file, note(size)) for size in range(200, 460))
    return next(one for one in filled if one[3] == 0x80)


@pytest.mark.parametrize("made", [basic, of_awkward_length])
def test_stamp_is_all_that_is_added(made: object) -> None:
    before = made()  # type: ignore[operator]  # one of the two functions above
    after = unsigned.stamped(before, stamp)
    value = ber.parse(before).child(1).child(0).children[-1].child(0)
    signer = ber.parse(after).child(1).child(0).children[-1].child(0)
    assert [part.raw for part in signer.children if part.tag != 0xA1] == [
        part.raw for part in value.children if part.tag != 0xA1
    ]
    (token,) = unsigned.tokens(after)
    cms.loaded(after)
    report = verify(
        after, name="acte.p7s", contents=[DOCUMENT], trust=pki.trust(), evidence=pki.evidence(), at=pki.NOW
    )
    assert (report.passed, report.signatures[0].facts.level) == (True, "B-T")
    assert unsigned.stamped(after, stamp) == after
    assert token in after
    assert unsigned.tokens(before) == []


def test_signer_that_is_empty_is_refused() -> None:
    data = der.sequence(der.integer(1), der.set_of(der.sequence()))
    wrong = der.sequence(der.oid("1.2.840.113549.1.7.2"), der.explicit(0, data))
    with pytest.raises(ProductionRefused) as caught:
        unsigned.stamped(wrong, stamp)
    assert caught.value.code == "produce.not_signed"


def test_attributes_that_stood_there_are_kept_and_sorted() -> None:
    after = unsigned.stamped(with_attribute(basic(), note(3)), stamp)
    held = ber.parse(after).child(1).child(0).children[-1].child(0).tagged(0xA1)
    assert held is not None
    raw = [one.raw for one in held.children]
    assert (raw == sorted(raw), len(raw), note(3) in raw) == (True, 2, True)


@pytest.mark.parametrize(
    "wrong",
    [b"", b"\x30\x00", b"\x30\x03\x02\x01", der.sequence(der.null(), der.explicit(0, der.sequence()))],
)
def test_what_is_no_signature_is_refused(wrong: bytes) -> None:
    for work in (lambda: unsigned.stamped(wrong, stamp), lambda: unsigned.tokens(wrong)):
        with pytest.raises(ProductionRefused) as caught:
            work()
        assert caught.value.code == "produce.not_signed"
