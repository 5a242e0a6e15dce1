"""Signatures seen in the browser before sealing: what is taken out of files, what is said of them, what stops nothing."""

import base64
import hashlib
import re
from typing import Any

import pytest

from signing.produce.params import Level, Profile
from tests.signing import signed

pytestmark = pytest.mark.browser

LOOK = """
  const { lookAt } = await load("signatures");
  const bytes = Uint8Array.from(atob(given.data), (char) => char.charCodeAt(0));
  return lookAt(new File([bytes], given.name));
"""
NOTES = """
  const { lookAt, notesOf } = await load("signatures");
  const streams = await Promise.all(given.files.map(async ([name, data], n) => {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    return { envelope: "e", n, name, looked: data === null ? null : await lookAt(new File([bytes], name)) };
  }));
  const asked = [];
  const server = { once: async (method, path, { body }) => {
    asked.push([method, path, JSON.parse(body)]);
    if (given.answer === null) throw new Error("away");
    return { files: given.answer };
  } };
  const notes = await notesOf(given.ask === false ? null : server, streams, ({ n }) => String(n));
  return { asked, notes: streams.map(({ n }) => notes.get(String(n))) };
"""


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def look(js: Any, name: str, data: bytes) -> Any:
    return js(LOOK, {"name": name, "data": coded(data)})


def digests(data: bytes) -> dict[str, str]:
    return {name: hashlib.new(name, data).hexdigest() for name in ("sha256", "sha384", "sha512")}


def test_detached_signature_is_taken_whole(js: Any) -> None:
    token = signed.sign(Profile.CADES_DETACHED)
    found = look(js, "acte.pdf.p7s", token)
    assert found == {"digests": digests(token), "token": coded(token), "pdf": [], "present": False}


def test_xml_signature_alone_is_a_token_and_an_enveloped_one_is_not(js: Any) -> None:
    token = signed.sign(Profile.XADES_DETACHED)
    assert look(js, "signature.xml", token)["token"] == coded(token)
    inside = look(js, "acte.xml", signed.sign(Profile.XADES_ENVELOPED))
    assert [inside["token"], inside["present"]] == [None, True]
    plain = look(js, "plan.xml", signed.XML)
    assert [plain["token"], plain["present"]] == [None, False]


def test_cms_of_a_pdf_comes_with_the_digest_of_what_it_covers(js: Any) -> None:
    pdf = signed.sign(Profile.PADES, Level.B_T)
    (found,) = look(js, "acte.pdf", pdf)["pdf"]
    numbers = re.search(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+)", pdf)
    assert numbers is not None
    _start, length, place, rest = (int(number) for number in numbers.groups())
    padded = bytes.fromhex(pdf[length + 1 : place - 1].decode())
    cms = base64.b64decode(found["cms"])
    assert padded.startswith(cms)
    assert set(padded[len(cms) :]) <= {0}
    assert found["digests"] == digests(pdf[:length] + pdf[place : place + rest])
    assert found["whole"] is True
    later = look(js, "acte.pdf", pdf + b"\n% plus\n")["pdf"]
    assert [one["whole"] for one in later] == [False]


@pytest.mark.parametrize(
    "broken",
    [
        b"%PDF-1.7 /ByteRange [0 10 5 20]",
        b"%PDF-1.7 /ByteRange [1 2 30 4]" + bytes(99),
        b"%PDF-1.7 /ByteRange [0 5 60 9]" + bytes(99),
        b"%PDF-1.7 /ByteRange [0 9999999999 9999999999 9999999999]",
    ],
)
def test_odd_byte_range_is_seen_and_not_taken(js: Any, broken: bytes) -> None:
    found = look(js, "acte.pdf", broken)
    assert [found["pdf"], found["present"]] == [[], True]


def test_plain_files_ask_nothing(js: Any) -> None:
    files = [["a.txt", coded(b"a")], ["b.pdf", coded(signed.pdf())]]
    answer = js(NOTES, {"files": files, "answer": None})
    assert answer["asked"] == []
    assert [note["status"] for note in answer["notes"]] == ["not-signed", "not-signed"]


def test_answer_is_repeated_and_holds_no_document(js: Any) -> None:
    token = signed.sign(Profile.CADES_DETACHED)
    files = [["acte.txt", coded(signed.TEXT)], ["acte.txt.p7s", coded(token)]]
    said = [
        {"status": "signed-valid", "basis": "digests", "ticket": f"t{n}", "reasons": []} for n in range(2)
    ]
    answer = js(NOTES, {"files": files, "answer": said})
    assert answer["notes"] == said
    ((method, path, body),) = answer["asked"]
    assert (method, path) == ("POST", "/signatures/preflight")
    assert body["files"][0] == {
        "name": "acte.txt", "digests": digests(signed.TEXT), "token": None, "pdf": [], "present": False,
    }  # fmt: skip
    assert coded(signed.TEXT) not in str(body)


def test_nothing_is_asked_unless_the_person_wants_it(js: Any) -> None:
    files = [["acte.txt", coded(signed.TEXT)], ["acte.txt.p7s", coded(signed.sign(Profile.CADES_DETACHED))]]
    answer = js(NOTES, {"files": files, "answer": None, "ask": False})
    assert answer["asked"] == []
    assert [note["status"] for note in answer["notes"]] == ["present-not-checked", "present-not-checked"]


def test_no_answer_stops_nothing(js: Any) -> None:
    token = signed.sign(Profile.CADES_DETACHED)
    files = [["acte.txt", coded(signed.TEXT)], ["acte.txt.p7s", coded(token)], ["b.txt", coded(b"b")]]
    answer = js(NOTES, {"files": files, "answer": None})
    assert [note["status"] for note in answer["notes"]] == [
        "present-not-checked", "present-not-checked", "not-signed",
    ]  # fmt: skip
    assert {note["ticket"] for note in answer["notes"]} == {None}


def test_orphan_beside_a_file_that_was_not_read_is_in_doubt(js: Any) -> None:
    files = [["gros.bin", None], ["gros.bin.p7s", coded(signed.sign(Profile.CADES_DETACHED))]]
    said = [{"status": "orphan-token", "basis": "digests", "ticket": "t", "reasons": []}]
    answer = js(NOTES, {"files": files, "answer": said})
    assert [note["status"] for note in answer["notes"]] == ["present-not-checked", "present-not-checked"]


DOCUMENTS = """
  const { lookAt, needsDocument, notesOf } = await load("signatures");
  const files = given.files.map(([name, data]) => new File([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], name));
  const streams = await Promise.all(files.map(async (file, n) => ({ envelope: "e", n, name: file.name, looked: await lookAt(file) })));
  const asked = [];
  const server = { once: async (method, path, { body, headers }) => {
    const form = body instanceof FormData;
    const sent = form ? await Promise.all(body.getAll("document").map(async (one) => [one.name, await one.text()])) : [];
    asked.push({ path, headers: headers ?? null, sent, files: JSON.parse(form ? body.get("question") : body).files.length });
    if (given.away?.includes(path)) throw new Error("away");
    return { files: given.answer };
  } };
  const notes = await notesOf(server, streams, ({ n }) => String(n), given.send ? ({ n }) => files[n] : null);
  return { asked, needs: streams.map(needsDocument), notes: streams.map(({ n }) => notes.get(String(n))) };
"""
OPAQUE = [
    ["acte.xml", coded(signed.sign(Profile.XADES_ENVELOPED))],
    ["offre.asice", coded(b"PK not read here")],
    ["libre.txt", coded(b"prix : 12")],
]
SAID = [{"status": "signed-valid", "basis": "content", "ticket": f"t{n}", "reasons": []} for n in range(3)]
WITH, WITHOUT = "/signatures/preflight/documents", "/signatures/preflight"


def test_documents_go_only_by_choice_and_only_those_that_need_it(js: Any) -> None:
    kept = js(DOCUMENTS, {"files": OPAQUE, "answer": SAID, "send": False})
    assert (kept["asked"], kept["needs"]) == ([], [True, True, False])
    sent = js(DOCUMENTS, {"files": OPAQUE, "answer": SAID, "send": True})
    (question,) = sent["asked"]
    assert (question["path"], question["files"], question["headers"]) == (WITH, 3, None)
    assert [name for name, _text in question["sent"]] == ["document", "document"]
    assert question["sent"][1][1] == "PK not read here"
    assert "prix" not in str(question["sent"])
    assert sent["notes"] == SAID


def test_later_revision_of_a_pdf_needs_the_document(js: Any) -> None:
    pdf = signed.sign(Profile.PADES, Level.B_T)
    files = [["entier.pdf", coded(pdf)], ["suite.pdf", coded(pdf + b"\n% plus\n")]]
    assert js(DOCUMENTS, {"files": files, "answer": SAID[:2], "send": False})["needs"] == [False, True]


def test_documents_that_are_not_taken_leave_the_digests_to_be_asked(js: Any) -> None:
    answer = js(DOCUMENTS, {"files": OPAQUE, "answer": SAID, "send": True, "away": [WITH]})
    assert [one["path"] for one in answer["asked"]] == [WITH, WITHOUT]
    nothing = js(DOCUMENTS, {"files": OPAQUE, "answer": SAID, "send": True, "away": [WITH, WITHOUT]})
    assert [note["status"] for note in nothing["notes"]] == [
        "present-not-checked", "present-not-checked", "not-signed",
    ]  # fmt: skip
