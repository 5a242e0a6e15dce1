"""The platform's seal on a receipt: what makes one valid, and each way in which it is not."""

from io import BytesIO

import pytest
from asn1crypto import cms
from pypdf import PdfReader, PdfWriter

from signing._pyhanko_receipt import attachment
from signing.errors import SealedError
from signing.produce.params import Level, Profile
from signing.receipt import seal as seals
from tests.signing import pki, signed

BODY = b'{"v":"pli/1"}'
CA = [pki.signer("good").chain[-1], *pki.signer("good").chain[1:]]
TSA_CA = list(pki.tsa().chain[1:])
DAY = pki.DAY


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


def changed(data: bytes, change: object) -> bytes:
    info = cms.ContentInfo.load(data)
    change(info["content"])  # type: ignore[operator]  # a function of the test
    return bytes(info.dump(force=True))


def drop_certificates(content: cms.SignedData) -> None:
    content["certificates"] = []


def double_signer(content: cms.SignedData) -> None:
    content["signer_infos"] = [content["signer_infos"][0], content["signer_infos"][0].copy()]


def steal_stamp(content: cms.SignedData) -> None:
    other = cms.ContentInfo.load(sealed(at=pki.NOW + DAY))
    content["signer_infos"][0]["unsigned_attrs"] = other["content"]["signer_infos"][0]["unsigned_attrs"]


NOW = f"{pki.NOW:%Y-%m-%d}"


def test_seal_holds_at_the_instant_of_its_time_stamp_or_its_own() -> None:
    assert judged(seals.beside(sealed(), BODY)) == f"B-T {NOW}"
    assert judged(seals.beside(sealed(Level.B_B), BODY), tsa=[]) == f"B-B {NOW}"
    assert judged(seals.inside(sealed_pdf())) == f"B-T {NOW}"
    assert judged(seals.inside(sealed_pdf(Level.B_B)), tsa=[]) == f"B-B {NOW}"


@pytest.mark.parametrize("change", [drop_certificates, double_signer, steal_stamp])
def test_altered_seal_is_refused(change: object) -> None:
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
