"""Hostile files by the hundred, each made from a sound signed one: cut, flipped, swollen, looped, lying about lengths."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from signing.cades.ber import Node, parse
from signing.produce.params import Profile
from tests.signing import pki, signed
from tests.signing.archives import ASIC_E, ASIC_S, Member, archive, asic_e, crafted, manifest, openssl_cades

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"


@dataclass(frozen=True)
class Case:
    """One file to verify, with the documents given beside it."""

    name: str
    file: str
    data: bytes = field(repr=False)
    contents: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


@cache
def bases() -> dict[str, Case]:
    """Return the sound files that every attack starts from; all of them pass before they are attacked."""
    signer = pki.signer("good")
    document = b"acte d'engagement"
    xml = signed.sign(Profile.XADES_ENVELOPED)
    # The declaration is not signed: without it every one of the first bytes is.
    xml = xml[xml.index(b"<acte") :]
    detached = signed.document(Profile.XADES_DETACHED)
    made = {
        "acte.xml": xml,
        "acte.p7m": openssl_cades(document, signer, attached=True),
        "acte.pdf": signed.sign(Profile.PADES),
        "acte.asice": signed.sign(Profile.ASIC_E),
        "acte-cades.asice": archive(asic_e({"acte.txt": document}, signer).items(), mimetype=ASIC_E),
        "acte.asics": archive(
            {"acte.txt": document, "META-INF/signature.p7s": openssl_cades(document, signer)}.items(),
            mimetype=ASIC_S,
        ),
        "plis.zip": archive([("acte.txt", document), ("acte.txt.p7s", openssl_cades(document, signer))]),
    }
    cases = {name: Case(name, name, data) for name, data in made.items()}
    token = openssl_cades(document, signer)
    cases["acte.p7s"] = Case("acte.p7s", "acte.p7s", token, (("acte.txt", document),))
    apart = signed.sign(Profile.XADES_DETACHED)
    cases["detache.xml"] = Case("detache.xml", "detache.xml", apart, ((detached.name, signed.TEXT),))
    return cases


def stamps() -> dict[str, Case]:
    """Return time-stamp files: they hold no signature and never pass."""
    token = pki.stamp(b"acte", pki.NOW)
    return {"acte.tsr": Case("acte.tsr", "acte.tsr", token, (("acte.txt", b"acte"),))}


def generated() -> list[Case]:
    """Return every attack; the names tell them apart."""
    cases = [*_truncated(), *_flipped(), *_xml(), *_ber(), *_zip(), *_pdf(), *_containers()]
    assert len({case.name for case in cases}) == len(cases)
    return cases


#: Of one attack at many places, one in three is tried by every run; the nightly one tries them all.
_ONE_IN = 3


def sample(cases: list[Case]) -> list[Case]:
    """Return a fixed sample: the first of each family of attacks, then one in three."""
    met: dict[str, int] = {}
    chosen = []
    for case in cases:
        rank = met[family(case)] = met.get(family(case), -1) + 1
        if rank % _ONE_IN == 0:
            chosen.append(case)
    return chosen


def family(case: Case) -> str:
    """Return the name of an attack without the place it was made at."""
    return re.sub(r"[0-9a-f]*[0-9][0-9a-f]*", "#", case.name)


def _from(base: Case, what: str, data: bytes) -> Case:
    return Case(f"{base.name}: {what}", base.file, data, base.contents)


def _truncated() -> Iterator[Case]:
    for base in [*bases().values(), *stamps().values()]:
        for percent in range(0, 100, 5):
            yield _from(base, f"cut at {percent} %", base.data[: len(base.data) * percent // 100])
        yield _from(base, "last bytes missing", base.data[:-12])


def _flipped() -> Iterator[Case]:
    for base in [*bases().values(), *stamps().values()]:
        idle = _idle(base)
        places = [at for at in range(80) if at not in idle][:40:2]
        for at in places:
            flipped = bytearray(base.data)
            flipped[at] ^= 0x81 if base.file.endswith(".xml") else 0x01 << at % 8
            yield _from(base, f"bit of byte {at} flipped", bytes(flipped))


def _idle(base: Case) -> set[int]:
    """Return the first bytes that no signature is over and no rule bears on.

    They are the version that a ZIP entry needs, and the list of digests that a CMS announces (RFC 5652, 5.1: a hint).
    """
    if base.data[:2] == b"PK":
        return {4, 5}
    if base.data[:1] != b"\x30":
        return set()
    announced = parse(base.data).child(1).child(0).child(1)
    return set(range(announced.start, announced.end))


# XML.

_BOMBS = {
    "billion laughs": '<!DOCTYPE a [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "' + f"&a{n - 1};" * 10 + '">' for n in range(1, 12))
    + "]><a>&a11;</a>",
    "quadratic": '<!DOCTYPE a [<!ENTITY b "' + "x" * 50_000 + '">]><a>' + "&b;" * 5_000 + "</a>",
    "external entity": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "external subset": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:9/b">%b;]><a/>',
    "default attribute": '<!DOCTYPE a [<!ATTLIST a Id ID "x">]><a/>',
    "after a comment": "<!-- <a> --><?pi ?><!DOCTYPE a><a/>",
}


def _xml() -> Iterator[Case]:
    for what, text in _BOMBS.items():
        for encoding in ("utf-8", "utf-16", "utf-32"):
            yield Case(f"XML: {what} in {encoding}", "a.xml", text.encode(encoding))
    text = bases()["acte.xml"].data.decode()
    for encoding in ("utf-8", "utf-16", "utf-32"):
        yield Case(
            f"XML: signed with DTD in {encoding}", "a.xml", f"<!DOCTYPE acte []>{text}".encode(encoding)
        )
    yield from (Case(f"XML: {what}", "a.xml", data) for what, data in _shapes().items())
    yield from (Case(f"XML: signed, {what}", "a.xml", data) for what, data in _signed_shapes(text).items())


def _shapes() -> dict[str, bytes]:
    return {
        "deep": b"<a>" * 100_000 + b"</a>" * 100_000,
        "deep within bounds of the parser": b"<a>" * 250 + b"</a>" * 250,
        "deep and unclosed": b"<a>" * 500_000,
        "deep with names": b"".join(b"<a%d xmlns='urn:%d'>" % (n, n) for n in range(240)),
        "many attributes": b"<a " + b" ".join(b"b%d='1'" % n for n in range(100_000)) + b"/>",
        "same attribute twice": b"<a b='1' b='2'/>",
        "many namespaces": b"<a " + b" ".join(b"xmlns:b%d='u'" % n for n in range(20_000)) + b"/>",
        "long name": b"<" + b"a" * 1_000_000 + b"/>",
        "long text": b"<a>" + b"x" * 11_000_000 + b"</a>",
        "long attribute": b"<a b='" + b"x" * 11_000_000 + b"'/>",
        "long comment": b"<a><!--" + b"x" * 11_000_000 + b"--></a>",
        "many elements": b"<a>" + b"<b/>" * 100_000 + b"</a>",
        "too many elements": b"<a>" + b"<b/>" * 4_000_000 + b"</a>",
        "as many nodes as are read": b"<a>" + b"<b c='1'>x</b>" * 70_000 + b"</a>",
        "many instructions": b"<?a ?>" * 100_000 + b"<a/>",
        "unended comment": b"<!--" * 100_000,
        "unended instruction": b"<?" * 100_000,
        "zero bytes": b"<a>\0</a>",
        "unknown encoding": b"<?xml version='1.0' encoding='x-inconnu'?><a/>",
        "utf-7": b"<?xml version='1.0' encoding='utf-7'?>+ADwAIQ-DOCTYPE a+AD4-<a/>",
        "ebcdic": "<?xml version='1.0' encoding='cp037'?><a/>".encode("cp037"),
        "lone surrogate": b"\xff\xfe<\0a\0>\0\0\xd8<\0/\0a\0>\0",
        "xinclude": b"<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='file:///etc/passwd'/></a>",
        "many signatures": b"<a>" + b'<Signature xmlns="%s"/>' % XMLDSIG.encode() * 5_000 + b"</a>",
        "nested signatures": (f'<Signature xmlns="{XMLDSIG}">' * 150 + "</Signature>" * 150).encode(),
        "empty signature": f'<Signature xmlns="{XMLDSIG}"><SignedInfo/></Signature>'.encode(),
    }


def _signed_shapes(text: str) -> dict[str, bytes]:
    """Swell or twist one part of a signed document."""
    opened = text.index("SignedInfo>") + len("SignedInfo>")
    prefix = text[text.index("SignedInfo>") - 3 : text.index("SignedInfo>")].lstrip("<")
    reference = text[text.index(f"<{prefix}Reference ") : text.index(f"</{prefix}Reference>")]
    reference += f"</{prefix}Reference>"
    transform = f'<{prefix}Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
    value = text[text.index("SignatureValue") :]
    value = value[value.index(">") + 1 : value.index("<")]
    return {
        "many references": text.replace(reference, reference * 3_000).encode(),
        "many references within limits": text.replace(reference, reference * 1_000).encode(),
        "many transforms": text.replace(
            f"<{prefix}Transforms>", f"<{prefix}Transforms>{transform * 2_000}"
        ).encode(),
        "xslt": text.replace(
            f"<{prefix}Transforms>",
            f'<{prefix}Transforms><{prefix}Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>',
        ).encode(),
        "xpath of hours": text.replace(
            f"<{prefix}Transforms>",
            f'<{prefix}Transforms><{prefix}Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
            f"<{prefix}XPath>count(//.|//@*|//.//.//.)</{prefix}XPath></{prefix}Transform>",
        ).encode(),
        "wide document": text.replace("<lot", "<b/>" * 60_000 + "<lot", 1).encode(),
        "huge value": text.replace(value, "QUFB" * 300_000).encode(),
        "empty value": text.replace(value, "").encode(),
        "junk in signed info": (text[:opened] + "<x/>" * 1_000 + text[opened:]).encode(),
        "signature doubled": text.replace("</acte>", text[text.index(f"<{prefix}Signature") :]).encode(),
    }


# CMS.


def _long(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content


def _ber() -> Iterator[Case]:
    sources = [bases()["acte.p7m"], bases()["acte.p7s"], *stamps().values()]
    for base in sources:
        for at in (1, 2, 3, 17, 18, 19, 20, 21, 23):
            for lie in (b"\x80", b"\xff", b"\x84\xff\xff\xff\xff", b"\x88" + b"\xff" * 8, b"\x00"):
                data = base.data[:at] + lie + base.data[at + len(lie) :]
                if data != base.data:
                    yield _from(base, f"length {lie[:2].hex()} at {at}", data)
    signed_data = bytes.fromhex("06092a864886f70d010702")
    for what, data in {
        "nested sequences": b"\x30\x80" * 200_000,
        "nested and closed": b"\x30\x80" * 50_000 + bytes(100_000),
        "nested content": b"\x30\x80" + signed_data + b"\xa0\x80" * 100_000,
        "pieces in pieces": b"\x30\x80" + signed_data + b"\xa0\x80" + b"\x24\x80" * 100_000,
        "huge sets": _long(
            0x30, signed_data + _long(0xA0, _long(0x30, b"\x02\x01\x01" + _long(0x31, b"\x05\x00" * 900_000)))
        ),
        "huge integer": _long(0x30, signed_data + _long(0xA0, _long(0x30, _long(0x02, b"\x7f" * 4_000_000)))),
        "huge object identifier": _long(0x30, _long(0x06, b"\x81" * 4_000_000 + b"\x01")),
        "high tag": b"\x30\x80\x1f" + b"\xff" * 100_000,
        "no content": b"\x30\x0b" + signed_data,
        "certificates alone": _long(
            0x30, signed_data + _long(0xA0, bytes.fromhex("30120201013100300b06092a864886f70d0107013100"))
        ),
    }.items():
        yield Case(f"CMS: {what}", "a.p7s", data)
    yield from _swollen_cms()


def _swollen_cms() -> Iterator[Case]:
    """Repeat the parts of a sound signature until they are too many, or give it a key of absurd size."""
    base = bases()["acte.p7m"]
    outer = parse(base.data)
    version, digests, content, certificates, signers = outer.child(1).child(0).children

    def rebuilt(certificates: bytes, signers: bytes) -> bytes:
        body = version.raw + digests.raw + content.raw + _long(0xA0, certificates) + _long(0x31, signers)
        return _long(0x30, outer.child(0).raw + _long(0xA0, _long(0x30, body)))

    broken = signers.content[:-1] + bytes([signers.content[-1] ^ 1])
    yield _from(base, "many signers", rebuilt(certificates.content, signers.content * 5_000))
    yield _from(base, "many signers within limits", rebuilt(certificates.content, broken * 100))
    yield _from(base, "many certificates", rebuilt(certificates.content * 5_000, signers.content))
    yield _from(base, "many certificates within limits", rebuilt(certificates.content * 490, broken))
    for what, modulus, exponent in (
        ("modulus", b"\x01" + b"\xff" * 200_000, b"\x01\x00\x01"),
        ("exponent", b"\x01" + b"\xff" * 256, b"\x01" + b"\xff" * 8_000),
    ):
        huge = _with_part(certificates.child(0), 6, _rsa_key(modulus, exponent))
        yield _from(base, f"a key with a huge {what}", rebuilt(huge, signers.content))
    # Version, serial number, algorithm, issuer, validity, subject and key (RFC 5280, 4.1).
    for place, part in enumerate(("version", "serial", "algorithm", "issuer", "validity", "subject", "key")):
        for junk in (
            "3000",
            "30023100",
            "3007310530030201 01",
            "30043102300a",
            "020100",
            "0500",
            "30063104a0020c00",
        ):
            odd = _with_part(certificates.child(0), place, bytes.fromhex(junk.replace(" ", "")))
            yield _from(base, f"a certificate whose {part} is {junk}", rebuilt(odd, signers.content))


def _rsa_key(modulus: bytes, exponent: bytes) -> bytes:
    numbers = _long(0x30, _long(0x02, modulus) + _long(0x02, exponent))
    return _long(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + _long(0x03, b"\0" + numbers))


def _with_part(certificate: Node, place: int, other: bytes) -> bytes:
    """Put something else in the place of one part of a certificate."""
    body, algorithm, value = certificate.children
    parts = b"".join(other if n == place else part.raw for n, part in enumerate(body.children))
    return _long(0x30, _long(0x30, parts) + algorithm.raw + value.raw)


# ZIP.

_DEFLATED = zipfile.ZIP_DEFLATED


def _zip() -> Iterator[Case]:
    zeros = b"\0" * (30 << 20)
    plain = Member(b"acte.txt", b"acte")
    nested = archive([(f"{n}.zip", archive([("a", b"\0" * 900_000)])) for n in range(40)])
    overlapping = [
        Member(b"0", b"a" * 1000, _DEFLATED),
        *(Member(str(n).encode(), b"a", header=0) for n in range(900)),
    ]
    many = archive((f"{n}.txt", b"x") for n in range(1_001))
    for what, data in {
        "bomb": archive([("a", zeros)]),
        "bomb of many": archive((f"{n}", zeros[: 1 << 20]) for n in range(200)),
        "bomb that lies": crafted([Member(b"a", zeros, _DEFLATED, size=100, local_size=100)]),
        "bomb in the mimetype": archive([("mimetype", zeros)]),
        "bomb of bombs": nested,
        "bomb of overlaps": crafted(overlapping),
        "slip": crafted([Member(b"../../etc/passwd", b"x")]),
        "absolute": crafted([Member(b"/etc/passwd", b"x")]),
        "drive": crafted([Member(b"C:\\x", b"x")]),
        "link": crafted([Member(b"a", b"/etc/passwd", mode=0o120777)]),
        "twice": crafted([plain, plain]),
        "encrypted": crafted([Member(b"a", flags=1)]),
        "other name inside": crafted([Member(b"a", local_name=b"b")]),
        "other size inside": crafted([Member(b"a", local_size=9)]),
        "hidden": crafted([plain, Member(b"b")], between=b"cache"),
        "before": crafted([plain], before=b"#!/bin/sh\n"),
        "after": crafted([plain], after=b"x"),
        "too many": many,
        "empty": crafted([]),
        "count lies": crafted([plain], count=65_000),
        "directory of a million": b"PK\x03\x04" + b"PK\x01\x02" * 1_000_000,
        "end records": b"PK\x03\x04" + b"PK\x05\x06" * 16_000,
        "lzma": crafted([Member(b"a", method=14)]),
        "stored as deflated": crafted([Member(b"a", b"abc", _DEFLATED, raw=b"abc")]),
        "blocks of nothing": crafted(
            [Member(b"a", b"", _DEFLATED, raw=b"\0\0\0\xff\xff" * 400_000 + b"\x01\0\0\xff\xff")]
        ),
    }.items():
        yield Case(f"ZIP: {what}", "a.zip", data)


def _containers() -> Iterator[Case]:
    signer = pki.signer("good")
    document = b"acte"
    sound = asic_e({"acte.txt": document}, signer)
    signature = "META-INF/signature001.p7s"
    wide = manifest(signature, [("acte.txt", document)] * 3_000)
    ratio = b"".join(bytes([n % 251]) * 60 for n in range(400_000))
    for what, entries in {
        "changed file": {**sound, "acte.txt": b"autre"},
        "missing file": {name: data for name, data in sound.items() if name != "acte.txt"},
        "altered manifest": {**sound, "META-INF/ASiCManifest001.xml": manifest(signature, [])},
        "laughing manifest": {**sound, "META-INF/ASiCManifest001.xml": _BOMBS["billion laughs"].encode()},
        "wide manifest": {
            **sound,
            "META-INF/ASiCManifest001.xml": wide,
            signature: openssl_cades(wide, signer),
        },
        "deep manifest": {**sound, "META-INF/ASiCManifest001.xml": _shapes()["deep"]},
        "deep signature file": {**sound, "META-INF/signatures.xml": _shapes()["deep"]},
        "swollen signature file": {**sound, "META-INF/signatures.xml": _shapes()["too many elements"]},
        "broken second signature": {**sound, "META-INF/signature002.p7s": b"0\x80" * 1_000},
        "many signature files": {**sound, **{f"META-INF/signature{n}.p7s": b"0\x80" for n in range(2, 500)}},
        "many time-stamps": {
            **sound,
            **{f"META-INF/t{n}.tst": b"0\x80" for n in range(500)},
            "META-INF/x.p7s": b"0",
        },
        "large document": {"a.bin": ratio, "META-INF/signature.p7s": openssl_cades(b"autre", signer)},
    }.items():
        yield Case(f"ASiC: {what}", "a.asice", archive(entries.items(), mimetype=ASIC_E))


# PDF.


def _objects(*bodies: str, trailer: str = "/Root 1 0 R", more: bytes = b"") -> bytes:
    """Write a PDF of numbered objects with a right cross-reference table."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    out += more
    at = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    return bytes(out) + f"trailer\n<</Size {len(bodies) + 1}{trailer}>>\nstartxref\n{at}\n%%EOF\n".encode()


CATALOG = "<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[3 0 R]>>>>"
FIELD = "<</FT/Sig/T(S)/V 4 0 R/Type/Annot/Subtype/Widget/Rect[0 0 0 0]>>"


def _value(byte_range: str = "0 10 20 10", contents: str = "00", more: str = "") -> str:
    return (
        f"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[{byte_range}]"
        f"/Contents<{contents}>{more}>>"
    )


PAGES = "<</Type/Pages/Kids[]/Count 0>>"


def _pdf() -> Iterator[Case]:
    sound = bases()["acte.pdf"].data
    tail = sound.rindex(b"startxref")
    groups = (
        _pdf_rings(sound, tail),
        _pdf_streams(),
        _pdf_sizes(sound, tail),
        _pdf_ranges(sound),
        _pdf_locks(),
    )
    for what, data in (item for group in groups for item in group.items()):
        yield Case(f"PDF: {what}", "a.pdf", data)


def _pdf_rings(sound: bytes, tail: int) -> dict[str, bytes]:
    return {
        "pages in a ring": _objects(CATALOG, "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>", FIELD, _value()),
        "fields in a ring": _objects(CATALOG, PAGES, "<</FT/Sig/T(S)/Kids[3 0 R 3 0 R]/V 4 0 R>>", _value()),
        "parent of itself": _objects(CATALOG, PAGES, FIELD.replace("/T(S)", "/T(S)/Parent 3 0 R"), _value()),
        "reference to itself": _objects(CATALOG, "2 0 R", FIELD, _value()),
        "references in a ring": _objects(CATALOG, "3 0 R", "2 0 R", "4 0 R"),
        "length of itself": _objects(
            CATALOG, PAGES, FIELD, _value(), "<</Length 5 0 R>>stream\nx\nendstream"
        ),
        "revisions in a ring": _objects(CATALOG, PAGES, FIELD, _value(), trailer="/Root 1 0 R/Prev 9"),
        "revision of itself": sound[:tail].replace(b"/Prev ", b"/Prev 0")
        + b"startxref\n%d\n%%%%EOF\n" % sound.rindex(b"xref", 0, tail),
    }


def _pdf_streams() -> dict[str, bytes]:
    bomb = zlib.compress(b"0 " * (20 << 20), 9).decode("latin-1")
    return {
        "object stream bomb": _objects(
            CATALOG,
            PAGES,
            FIELD,
            _value(),
            f"<</Type/ObjStm/N 9/First 9/Filter/FlateDecode/Length {len(bomb)}>>stream\n{bomb}\nendstream",
        ),
        "filters in filters": _objects(
            CATALOG,
            PAGES,
            FIELD,
            _value(),
            f"<</Filter[{'/FlateDecode' * 5000}]/Length 1>>stream\nx\nendstream",
        ),
    }


def _pdf_sizes(sound: bytes, tail: int) -> dict[str, bytes]:
    deep = "[" * 200_000
    return {
        "deep arrays": _objects(CATALOG, PAGES, FIELD, _value(more=f"/X{deep}")),
        "deep dictionaries": _objects(CATALOG, PAGES, FIELD, _value(more="/X" + "<</X" * 100_000)),
        "deep catalog": _objects("<<" + "/A<<" * 100_000, PAGES),
        "huge size": _objects(CATALOG, PAGES, FIELD, _value()).replace(b"/Size 5", b"/Size 999999999"),
        "huge table": b"%PDF-1.7\nxref\n0 999999999\n" + b"0000000000 65535 f \n" * 50_000 + b"trailer\n<<>>",
        "no table": b"%PDF-1.7\n" + _value().encode() + b"\n%%EOF",
        "table elsewhere": sound[:tail] + b"startxref\n99999999\n%%EOF\n",
        "table before the file": sound[:tail] + b"startxref\n-5\n%%EOF\n",
        "many headers": b"%PDF-1.7\n" * 100_000,
        "many objects": b"%PDF-1.7\n" + b"1 0 obj<<>>endobj\n" * 100_000,
        "many byte ranges": b"%PDF-1.7\n" + b"/ByteRange[0 1 2 3]" * 50_000,
    }


def _pdf_ranges(sound: bytes) -> dict[str, bytes]:
    field = sound.index(b"/ByteRange")
    numbers = sound[sound.index(b"[", field) : sound.index(b"]", field) + 1]
    return {
        "unended string": _objects(CATALOG, PAGES, FIELD, _value()) + b"(" * 100_000,
        "unended hex": sound.replace(b"/Contents <", b"/Contents <<", 1).replace(
            b"/Contents<", b"/Contents<<", 1
        ),
        "huge contents": _objects(CATALOG, PAGES, FIELD, _value(contents="0" * 8_000_000)),
        "byte range negative": sound.replace(numbers, b"[-1 5 5 5]".ljust(len(numbers))),
        "byte range huge": sound.replace(numbers, b"[0 9999999999999 0 0]".ljust(len(numbers))),
        "byte range short": sound.replace(numbers, b"[0 100]".ljust(len(numbers))),
        "byte range of names": sound.replace(numbers, b"[/a /b /c /d]".ljust(len(numbers))),
        "byte range overlapping": sound.replace(numbers, b"[0 900 100 900]".ljust(len(numbers))),
        "byte range of nothing": sound.replace(numbers, b"[0 0 0 0]".ljust(len(numbers))),
        "appended bytes": sound + b"%" + b"A" * 1_000,
        "appended revision": sound
        + b"1 0 obj<<>>endobj\nxref\n0 0\ntrailer\n<</Root 1 0 R/Size 1>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(sound) + 18),
    }


def _pdf_locks() -> dict[str, bytes]:
    return {
        "encrypted": _objects(
            CATALOG,
            PAGES,
            FIELD,
            _value(),
            trailer="/Root 1 0 R/Encrypt<</Filter/Standard/V 5/R 6>>/ID[<00><00>]",
        ),
        "encrypted without filter": _objects(
            CATALOG, PAGES, FIELD, _value(), trailer="/Root 1 0 R/Encrypt 1 0 R"
        ),
        "no root": _objects(CATALOG, PAGES, FIELD, _value(), trailer=""),
    }
