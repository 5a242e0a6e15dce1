"""A deposit through the real Worker against the small platform: lines cut, offsets lost, tabs closed."""

import base64
import hashlib

import pytest

from signing.sealed import descriptor, inventory, opening
from signing.sealed.opening import Secret

pytestmark = pytest.mark.browser

MIB = 1 << 20

START = """
  const { SealingClient } = await load("client");
  window.events = [];
  window.client = new SealingClient((event) => window.events.push(event));
  window.make = (size, seed, name) => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += 4096) bytes.fill((seed * 31 + at / 4096) & 255, at, at + 4096);
    return new File([bytes], name, { type: "application/pdf", lastModified: 1700000000000 });
  };
  window.until = async (test) => {
    for (let left = 1500; !test(); left -= 1) {
      if (left === 0) throw new Error("waited too long: " + JSON.stringify(events.slice(-4)));
      await new Promise((wake) => setTimeout(wake, 10));
    }
  };
  window.last = (key) => window.events.filter((event) => event.type === "file" && event.key === key).at(-1);
  const meta = { api: location.origin + "/api/v1", csrf: "jeton", consultation: given.consultation };
  return window.client.call("start", meta);
"""


def content(size, seed):
    """Return the bytes that ``make`` makes in the page: every 4 KiB differ."""
    blocks = (bytes([(seed * 31 + block) & 255]) * 4096 for block in range(-(-size // 4096)))
    return b"".join(blocks)[:size]


@pytest.fixture
def deposit(js, platform):
    """Start the Worker; return what begins and ends a deposit."""
    js(START, {"consultation": str(platform.key_set.consultation)})
    js("await client.call('open');")
    return js


def add(js, size, *, seed=1, name="offre.pdf", lot=1, kind="offre", wait="complete"):
    return js(
        """const file = make(given.size, given.seed, given.name);
        const added = await client.call("addFile", { lot: given.lot, kind: given.kind, file, piece: null });
        if (!added.key || !given.wait) return added;
        await until(() => [given.wait, "failed"].includes(last(added.key)?.state));
        return { ...added, last: last(added.key) };""",
        {"size": size, "seed": seed, "name": name, "lot": lot, "kind": kind, "wait": wait},
    )


CANDIDATE = {"lead": "00000001800010", "members": []}


def commit(js):
    return js(
        "await client.call('prepare', { candidate: given }); return client.call('commit');", dict(CANDIDATE)
    )


def opened(platform, holders):
    """Open everything the platform holds, as the server and an independent reader would."""
    pli = descriptor.parse(platform.objects["pli.json"])
    inventory.parse(platform.objects["inventory.json"])
    plain = {}
    for envelope in pli.envelopes:
        message = platform.objects[f"{envelope.envelope}-1.cms"]
        secret = opening.unwrap(envelope, 1, message, holders["p384"].key)
        assert isinstance(secret, Secret)
        key = opening.recover_key(envelope, {1: secret.value})
        stored = {
            u.n: bytes(u.data) for u in platform.uploads.values() if u.envelope == str(envelope.envelope)
        }
        manifest = opening.open_manifest(pli, envelope, key, [stored[0]])
        for file in manifest.files:
            sink = bytearray()
            for piece in opening.decrypt_file(pli, envelope, key, file, [stored[file.n]]):
                sink += piece
            plain[(envelope.kind.value, envelope.lot, file.name)] = bytes(sink)
    return plain


def test_deposit_is_sealed_sent_and_opened_elsewhere(deposit, platform, holders):
    sizes = {
        ("candidature", 0, "dume.xml"): 1,
        ("offre", 1, "a.pdf"): MIB,
        ("offre", 1, "b.pdf"): 17 * MIB + 5,
    }
    for seed, ((kind, lot, name), size) in enumerate(sizes.items(), 1):
        last = add(deposit, size, seed=seed, name=name, lot=lot, kind=kind)["last"]
        assert last["state"] == "complete", last.get("code")
    before = len(platform.seen)
    answer = commit(deposit)
    assert answer["late"] is False
    found = opened(platform, holders)
    assert set(found) == set(sizes)
    for seed, (place, size) in enumerate(sizes.items(), 1):
        assert hashlib.sha256(found[place]).digest() == hashlib.sha256(content(size, seed)).digest()
    assert [size for method, path, size in platform.seen[before:] if path.endswith("/depot")] == [
        size for _, _, size in platform.seen[-1:]
    ]
    assert platform.seen[-1][2] < 200


def test_every_patch_is_eight_mebibytes_and_none_twice(deposit, platform):
    add(deposit, 20 * MIB)
    (upload,) = platform.uploads.values()
    assert [size for _, size in upload.patches[:-1]] == [8 * MIB, 8 * MIB]
    assert sum(size for _, size in upload.patches) == upload.length


def test_keys_are_erased_and_private_receipt_kept(deposit, platform):
    deposit_id = next(iter(platform.deposits))
    add(deposit, 1000, name="prix.pdf", seed=3)
    commit(deposit)
    found = deposit(
        """const { DraftStore } = await load("draft"), { fromUtf8 } = await load("bytes"); const store = await DraftStore.open();
        const names = ["drafts", "envelopes", "streams", "leaves"], counts = {};
        for (const name of names) counts[name] = await new Promise((done) => {
          const request = store.reading([name]).objectStore(name).count(); request.onsuccess = () => done(request.result); });
        return { counts, receipt: JSON.parse(fromUtf8(await store.receipt(given))) };""",
        deposit_id,
    )
    assert set(found["counts"].values()) == {0}
    (file,) = found["receipt"]["files"]
    assert (file["name"], file["size"]) == ("prix.pdf", 1000)
    assert file["pt"] == {"alg": "sha256", "value": hashlib.sha256(content(1000, 3)).hexdigest()}


def fault(status, code, **headers):
    from pli_js_platform import problem

    def act(_upload, _offset, _body):
        answer = problem(status, code)
        answer.headers = headers
        return answer

    return act


def cut_before(_upload, _offset, _body):
    return "cut"


def cut_after(upload, offset, body):
    """The piece arrives, its answer does not."""
    upload.data += body
    upload.patches.append((offset, len(body)))
    return "cut"


@pytest.mark.parametrize(
    ("faults", "cause"),
    [
        ([cut_before], "network"),
        ([cut_after], "network"),
        ([fault(409, "bid.offset_mismatch")], "offset"),
        ([fault(460, "bid.checksum_mismatch")], "checksum"),
        ([fault(423, "bid.upload_locked", **{"Retry-After": "1"})], "busy"),
        ([fault(503, "core.database_away", **{"Retry-After": "1"})], "server"),
        ([fault(507, "core.storage_full")], "full"),
        ([fault(400, "http.csrf")], "session"),
    ],
    ids=["cut", "answer lost", "409", "460", "423", "503", "507", "csrf"],
)
def test_upload_goes_on_after_a_fault(deposit, platform, holders, faults, cause):
    platform.faults = [lambda *_: None, *faults]
    add(deposit, 20 * MIB, seed=5)
    (upload,) = platform.uploads.values()
    assert [offset for offset, _ in upload.patches] == [0, 8 * MIB, 16 * MIB]
    causes = deposit(
        "return events.filter((event) => event.state === 'retrying').map((event) => event.cause);"
    )
    assert causes == [cause]
    commit(deposit)
    assert opened(platform, holders)["offre", 1, "offre.pdf"] == content(20 * MIB, 5)


def test_session_that_ended_is_told_by_an_answer_without_a_body(deposit, platform):
    from pli_js_platform import problem

    platform.faults = [lambda *_: None, fault(401, "http.unauthorized")]
    platform.head_faults = [problem(401, "http.unauthorized")] * 2
    assert add(deposit, 20 * MIB)["last"]["state"] == "complete"
    assert platform.head_faults == []
    waits = deposit("return events.filter((event) => event.type === 'waiting').map((event) => event.cause);")
    assert waits == ["session", "session"]


def test_upload_gives_up_on_a_refusal(deposit, platform):
    platform.faults = [fault(413, "bid.too_large")]
    last = add(deposit, MIB)["last"]
    assert (last["state"], last["code"], last["params"]["message"]) == (
        "failed",
        "bid.too_large",
        "Phrase bid.too_large.",
    )


def test_pause_stops_and_resume_goes_on(deposit, platform):
    hold = {"open": False}
    platform.faults = [lambda *_: None, lambda *_: None if hold["open"] else "cut"]
    added = add(deposit, 20 * MIB, wait="sending")
    deposit(
        "client.call('pause', { key: given }); await until(() => last(given).state === 'paused');",
        added["key"],
    )
    patches = len(next(iter(platform.uploads.values())).patches)
    add(deposit, 10, name="autre.pdf")  # others pass
    assert len(next(iter(platform.uploads.values())).patches) <= patches + 1
    hold["open"] = True
    deposit(
        "client.call('resume', { key: given }); await until(() => last(given).state === 'complete');",
        added["key"],
    )
    upload = next(iter(platform.uploads.values()))
    assert [offset for offset, _ in upload.patches] == [0, 8 * MIB, 16 * MIB]
    creations = [
        path for method, path, _ in platform.seen if method == "POST" and path.endswith("/televersements")
    ]
    assert len(creations) == 2, (
        "a resumed file goes on in its own upload, with no second transfer at its side"
    )


def interrupt(page, js, platform, size, seed):
    """Send a first piece, then close the page for good."""
    blocked = fault(503, "core.database_away", **{"Retry-After": "600"})
    platform.faults = [lambda *_: None, blocked, *[blocked] * 20]
    added = add(js, size, seed=seed, wait="retrying")
    page.reload()
    platform.faults = []
    platform.seen.clear()
    state = js(START, {"consultation": str(platform.key_set.consultation)})
    return added["key"], state["drafts"][0]["deposit"]


def pick_again(js, key, deposit_id, size, seed):
    return js(
        """await client.call("open", { deposit: given.deposit });
        await client.call("continueFile", { key: given.key, file: make(given.size, given.seed, "offre.pdf") });
        const done = (event) => event.type === "file" && ["complete", "failed"].includes(event.state);
        await until(() => events.some(done)); return events.filter(done).at(-1);""",
        {"key": key, "deposit": deposit_id, "size": size, "seed": seed},
    )


def test_reload_sends_only_what_is_missing(page, deposit, platform, holders):
    key, deposit_id = interrupt(page, deposit, platform, 20 * MIB, 5)
    last = pick_again(deposit, key, deposit_id, 20 * MIB, 5)
    assert (last["state"], last["key"]) == ("complete", key)
    sent = [size for method, _, size in platform.seen if method == "PATCH"]
    assert sum(sent) == next(iter(platform.uploads.values())).length - 8 * MIB
    commit(deposit)
    assert opened(platform, holders)["offre", 1, "offre.pdf"] == content(20 * MIB, 5)


def test_other_content_gets_a_new_number_and_no_byte_under_the_old_one(page, deposit, platform, holders):
    key, deposit_id = interrupt(page, deposit, platform, 20 * MIB, 5)
    last = pick_again(deposit, key, deposit_id, 20 * MIB, 6)
    assert last["state"] == "complete"
    assert last["key"] != key
    assert last["n"] == 2
    assert [path for method, path, _ in platform.seen if method == "DELETE"] != []
    commit(deposit)
    assert opened(platform, holders) == {("offre", 1, "offre.pdf"): content(20 * MIB, 6)}


def test_expired_upload_is_sent_again_whole(page, deposit, platform, holders):
    key, deposit_id = interrupt(page, deposit, platform, 9 * MIB, 5)
    platform.uploads.clear()
    assert pick_again(deposit, key, deposit_id, 9 * MIB, 5)["state"] == "complete"
    commit(deposit)
    assert opened(platform, holders)["offre", 1, "offre.pdf"] == content(9 * MIB, 5)


def test_rescue_file_goes_on_in_another_browser(chromium, page, deposit, platform, holders, origin):
    add(deposit, 3 * MIB, seed=1, name="complet.pdf")
    blocked = fault(503, "core.database_away", **{"Retry-After": "600"})
    platform.faults = [lambda *_: None, *[blocked] * 9]
    key = add(deposit, 20 * MIB, seed=2, name="entame.pdf", wait="retrying")["key"]
    rescue = deposit(
        """const { toBase64 } = await load("bytes");
        return toBase64(await client.call("rescue", { passphrase: "six mots pour le secours" }));"""
    )
    platform.faults = []
    page.close()
    other = chromium.new_context().new_page()
    other.goto(origin)

    def run(body, argument=None):
        prelude = "const load = (name) => import(`/static/js/seal/${name}.js`);"
        return other.evaluate(f"async (given) => {{ {prelude} {body} }}", argument)

    assert run(START, {"consultation": str(platform.key_set.consultation)})["drafts"] == []
    restore = """const { fromBase64 } = await load("bytes");
      try { return await client.call("restore", { bytes: fromBase64(given.file), passphrase: given.passphrase }); }
      catch (error) { return error.code; }"""
    assert run(restore, {"file": rescue, "passphrase": "pas la bonne"}) == "bid.wrong_passphrase"
    state = run(restore, {"file": rescue, "passphrase": "six mots pour le secours"})
    assert [(file["name"], file["state"]) for file in state["files"]] == [("complet.pdf", "complete")]
    added = add(run, 20 * MIB, seed=2, name="entame.pdf")
    assert added["key"] != key
    assert added["last"]["n"] == 3
    commit(run)
    names = {
        name: hashlib.sha256(data).hexdigest() for (_, _, name), data in opened(platform, holders).items()
    }
    expected = {"complet.pdf": (3 * MIB, 1), "entame.pdf": (20 * MIB, 2)}
    assert names == {n: hashlib.sha256(content(*e)).hexdigest() for n, e in expected.items()}
    other.context.close()


def test_stale_keys_are_wrapped_again_without_sending_a_file(deposit, platform, holders):
    from pli_js_platform import problem

    add(deposit, MIB, seed=1)
    platform.commit_faults = [problem(409, "bid.keyset_stale")]
    patches = sum(len(upload.patches) for upload in platform.uploads.values())
    commit(deposit)
    files = [upload for upload in platform.uploads.values() if upload.n > 0]
    assert patches == 1
    assert [len(upload.patches) for upload in files] == [1]
    assert opened(platform, holders)["offre", 1, "offre.pdf"] == content(MIB, 1)


def test_removed_file_leaves_the_deposit(deposit, platform, holders):
    key = add(deposit, 10, name="non.pdf")["key"]
    add(deposit, 20, name="oui.pdf", seed=4)
    deposit("await client.call('removeFile', { key: given });", key)
    commit(deposit)
    assert opened(platform, holders) == {("offre", 1, "oui.pdf"): content(20, 4)}


def test_duplicate_is_noted_in_the_manifest(deposit, platform):
    add(deposit, 10, name="un.pdf", seed=4)
    add(deposit, 10, name="deux.pdf", seed=4)
    found = deposit(
        "await until(() => events.some((e) => e.type === 'finding')); return events.find((e) => e.type === 'finding').finding;"
    )
    assert (found["code"], found["file"], found["params"]) == ("duplicate", "deux.pdf", {"other": "un.pdf"})


REFUSALS = {
    "empty": ({}, 0, "vide.pdf"),
    "too_large": ({"file_bytes": 99}, 100, "gros.pdf"),
    "too_many": ({"files": 0}, 10, "un.pdf"),
    "total_too_large": ({"total_bytes": 9}, 10, "un.pdf"),
    "type_forbidden": ({"types": ["pdf", "ods"]}, 10, "photo.exe"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_blocking_findings_send_nothing(js, platform, code):
    limits, size, name = REFUSALS[code]
    platform.limits = limits
    js(START, {"consultation": str(platform.key_set.consultation)})
    js("await client.call('open');")
    before = len(platform.seen)
    added = add(js, size, name=name)
    assert added["key"] is None
    assert [finding["code"] for finding in added["findings"]] == [code]
    assert all(finding["file"] == name for finding in added["findings"])
    assert len(platform.seen) == before


@pytest.mark.parametrize(
    "name", ["facture\u202efdp.exe", "con.pdf", "a" * 201 + ".pdf", "a\u0007.pdf", "fin. "]
)
def test_odd_names_pass_with_a_finding(deposit, platform, name):
    assert [finding["code"] for finding in add(deposit, 10, name=name)["findings"]] == ["name_odd"]


def test_key_set_with_another_hash_is_refused(js, platform):
    honest = platform.key_set.to_json()
    swapped = {**honest, "certificates": honest["certificates"][:2]}
    object.__setattr__(platform, "key_set", type("Lying", (), {
        "consultation": platform.key_set.consultation, "to_json": lambda _: swapped,
        "policy_json": lambda _: {"m": 1, "n": 2, "custodian": False},
    })())  # fmt: skip
    with pytest.raises(Exception, match=r"bid\.keyset_invalid"):
        js(START, {"consultation": str(platform.key_set.consultation)})


def test_no_key_ever_reaches_the_page(deposit, platform, holders):
    add(deposit, 10)
    envelope = descriptor_key(deposit)
    told = deposit("return JSON.stringify(events);")
    assert envelope not in told
    assert base64.b64decode(envelope) != bytes(32)


def descriptor_key(js):
    return js(
        """const { DraftStore } = await load("draft"), { toBase64 } = await load("bytes"); const store = await DraftStore.open();
        const all = await new Promise((done) => { const r = store.reading(["envelopes"]).objectStore("envelopes").getAll(); r.onsuccess = () => done(r.result); });
        return toBase64(all[0].key);"""
    )
