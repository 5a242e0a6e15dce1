"""The platform's seal on a receipt: what makes one valid, and each way in which it is not."""

from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter

from signing import der
from signing._pyhanko_receipt import attachment
from signing.cades import ber
from signing.errors import SealedError
from signing.produce.params import Level, Profile
from signing.receipt import seal as seals
from tests.signing import pki, signed

BODY = b'{"v":"pli/1"}'
CA = [pki.signer("good").chain[-1], *pki.signer("good").chain[1:]]
TSA_CA = list(pki.tsa().chain[1:])
DAY = pki.DAY
CERTIFICATES = 0xA0


def sealed(level: Level = Level.B_T, who: str = "good", **more: object) -> bytes:
    what = signed.Bytes("receipt.json", BODY)
    return signed.sign(Profile.CADES_DETACHED, level, what=what, holder=pki.signer(who), **more)


def sealed_pdf(level: Level = Level.B_T) -> bytes:
    return signed.sign(Profile.PADES, level, what=signed.Bytes("receipt.pdf", printed()))


def printed(names: tuple[str, ...] = ("receipt.json",)) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    for name in names:
        writer.add_attachment(name, BODY)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def judged(seal: seals.Sealed, authorities: list[bytes] | None = None, tsa: list[bytes] | None = None) -> str:
    """Return the level and the instant of a seal, or the code that refuses it."""
    try:
        found, at = seals.verify(
            seal,
            authorities=CA if authorities is None else authorities,
            tsa_ca=TSA_CA if tsa is None else tsa,
        )
    except SealedError as error:
        return error.code
    return f"{found.level} {at:%Y-%m-%d}"


def changed(data: bytes, change: Callable[[list[ber.Node], list[ber.Node]], list[bytes]]) -> bytes:
    """Return a CMS with other parts, written by our own encoder: asn1crypto takes minutes for some lengths."""
    root = ber.parse(data)
    content = root.child(1).child(0)
    parts = change(list(content.children), list(content.children[-1].children))
    inner = der.tlv(root.child(1).tag, der.tlv(content.tag, b"".join(parts)))
    return der.tlv(root.tag, root.child(0).raw + inner)


def drop_certificates(parts: list[ber.Node], signers: list[ber.Node]) -> list[bytes]:
    del signers
    return [part.raw for part in parts if part.tag != CERTIFICATES]


def double_signer(parts: list[ber.Node], signers: list[ber.Node]) -> list[bytes]:
    return [*(part.raw for part in parts[:-1]), der.set_of(signers[0].raw, signers[0].raw)]


def steal_stamp(parts: list[ber.Node], signers: list[ber.Node]) -> list[bytes]:
    other = ber.parse(sealed(at=pki.NOW + DAY)).child(1).child(0).children[-1].children[0].children[-1]
    signer = der.tlv(signers[0].tag, b"".join([*(one.raw for one in signers[0].children[:-1]), other.raw]))
    return [*(part.raw for part in parts[:-1]), der.set_of(signer)]


NOW = f"{pki.NOW:%Y-%m-%d}"


def test_seal_holds_at_the_instant_of_its_time_stamp_or_its_own() -> None:
    assert judged(seals.beside(sealed(), BODY)) == f"B-T {NOW}"
    assert judged(seals.beside(sealed(Level.B_B), BODY), tsa=[]) == f"B-B {NOW}"
    assert judged(seals.inside(sealed_pdf())) == f"B-T {NOW}"
    assert judged(seals.inside(sealed_pdf(Level.B_B)), tsa=[]) == f"B-B {NOW}"


@pytest.mark.parametrize("change", [drop_certificates, double_signer, steal_stamp])
def test_altered_seal_is_refused(
    change: Callable[[list[ber.Node], list[ber.Node]], list[bytes]],
) -> None:
    good = sealed()
    assert judged(seals.beside(good, BODY)) == f"B-T {NOW}"
    assert judged(seals.beside(changed(good, change), BODY)) == seals.BROKEN


def test_seal_over_something_else_is_refused() -> None:
    assert judged(seals.beside(sealed(), BODY + b" ")) == seals.BROKEN
    for junk in (b"", b"x", b"0\x80", sealed_pdf()):
        assert judged(seals.beside(junk, BODY)) == seals.BROKEN
    assert judged(seals.inside(sealed())) == seals.BROKEN
    assert judged(seals.inside(printed())) == seals.BROKEN


def test_pdf_written_over_after_its_seal_is_refused() -> None:
    good = sealed_pdf()
    assert judged(seals.inside(good)) == f"B-T {NOW}"
    writer = PdfWriter(BytesIO(good), incremental=True)
    writer.add_blank_page(595, 842)
    written = BytesIO()
    writer.write(written)
    assert len(PdfReader(BytesIO(written.getvalue())).pages) == 2
    assert judged(seals.inside(written.getvalue())) == seals.BROKEN
    assert judged(seals.inside(good.replace(b"/Type", b"/Tipe", 1))) == seals.BROKEN


def test_seal_of_nobody_named_is_not_trusted() -> None:
    good = seals.beside(sealed(), BODY)
    assert judged(good) == f"B-T {NOW}"
    stranger = [pki.holder("other-root").der]
    assert judged(good, authorities=stranger) == seals.UNTRUSTED
    assert judged(good, tsa=stranger) == "timestamp.untrusted"


@pytest.mark.parametrize("who", ["expired", "not-yet"])
def test_certificate_outside_its_dates_is_not_trusted(who: str) -> None:
    lax = signed.ProductionPolicy(rsa_bits=2048, check_certificate=False)
    made = sealed(who=who, policy=lax)
    assert seals.read(seals.beside(made, BODY)).level == "B-T"
    assert judged(seals.beside(made, BODY)) == seals.UNTRUSTED


def test_reading_names_the_holder_and_trusts_nobody() -> None:
    found = seals.read(seals.beside(sealed(), BODY))
    assert (found.holder, found.level, found.signing_time) == ("Jeanne Martin", "B-T", pki.NOW)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (printed(), BODY),
        (printed(()), None),
        (printed(("other.json",)), None),
        (printed()[:-400], None),
        (b"%PDF-1.7 and no more", None),
    ],
)
def test_attachment(data: bytes, expected: bytes | None) -> None:
    assert attachment(data, "receipt.json") == expected
