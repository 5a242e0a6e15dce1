"""Lists are believed when the right certificate signed the whole of them, and stored only then."""

import os
import re
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

from signing._pyhanko_trust import official_signers
from signing.trust import signature, store, update
from signing.trust.lists import parse
from signing.trust.update import Basis, Incoming
from tests.signing import pki, xades_builder
from tests.signing import trust_lists as lists

KIT = os.environ.get("PLI_TEST_SIGNATURES")
needs_kit = pytest.mark.skipif(not KIT, reason="PLI_TEST_SIGNATURES is not set")
BY = "agent"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_parts, **_named):
        raise AssertionError("trust reaches for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def verdict(data, *signers):
    judged = signature.verify(data, [one.der for one in signers or (lists.operator(),)])
    return judged.refusal.code if judged.refusal else "VALID"


@pytest.mark.parametrize("version", ["5", "6"])
def test_list_signed_by_its_operator_is_valid(version):
    data = lists.tl(version=version)
    judged = signature.verify(data, [lists.stranger().der, lists.operator().der])
    assert (judged.refusal, judged.signer) == (None, lists.operator().der)
    config = XAdESSignatureConfiguration(require_x509=True, expect_references=2)
    checked = XAdESVerifier().verify(data, x509_cert=lists.operator().certificate, expect_config=config)
    assert checked[0].signed_xml.tag == f"{{{lists.TSL}}}TrustServiceStatusList"


def test_each_byte_of_what_is_stated_counts():
    data = lists.tl()
    assert verdict(data) == "VALID"
    for old, new in (
        (b"Svcstatus/granted", b"Svcstatus/withdrawn"),
        (b">7</TSLSequenceNumber>", b">8</TSLSequenceNumber>"),
        (b"<SchemeTerritory>FR<", b"<SchemeTerritory>BE<"),
        (b"</SchemeInformation>", b" </SchemeInformation>"),
    ):
        assert old in data
        assert verdict(data.replace(old, new, 1)) == "trust.broken"


def test_wrong_signature_value_is_broken():
    data = lists.tl()
    assert verdict(data) == "VALID"
    value = re.search(rb"<ds:SignatureValue>(.{8})", data)
    forged = data.replace(value[1], b"AAAAAAAA", 1)
    assert forged != data
    assert verdict(forged) == "trust.broken"


def test_list_signed_by_somebody_else_is_refused():
    data = lists.tl(lists.stranger())
    assert verdict(data, lists.stranger()) == "VALID"
    assert verdict(data, lists.operator(), lists.commission()) == "trust.wrong_signer"


def test_certificate_of_the_same_name_and_serial_is_another_one():
    data = lists.tl()
    twin = lists.signer.__wrapped__("Agence d'essai")
    assert twin.certificate.subject == lists.operator().certificate.subject
    assert verdict(data) == "VALID"
    assert verdict(data, twin) == "trust.wrong_signer"


def test_list_without_signature_is_refused():
    assert verdict(lists.document()) == "trust.unsigned"


def test_list_with_two_signatures_is_refused():
    assert verdict(lists.signed(lists.tl(), lists.stranger())) == "trust.several_signatures"


def test_wrapped_list_is_refused():
    """The signed list is moved into an object of its signature, another takes its place (XSW)."""
    data = lists.tl()
    assert verdict(data) == "VALID"
    root = etree.fromstring(data)
    stamp = root.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    root.remove(stamp)
    forged = etree.fromstring(lists.document(providers=[lists.provider(*lists.usual())], sequence="99"))
    holder = etree.SubElement(stamp, "{http://www.w3.org/2000/09/xmldsig#}Object")
    holder.append(root)
    forged.append(stamp)
    assert verdict(etree.tostring(forged)) != "VALID"


def test_signature_over_a_part_is_refused():
    """A signature that covers the scheme alone says nothing of the services."""
    from signxml import XMLSigner

    root = etree.fromstring(lists.document(providers=[lists.provider(*lists.usual())]))
    root[0].set("Id", "scheme")
    made = XMLSigner().sign(
        root, key=lists.operator().key, cert=[lists.operator().certificate], reference_uri="#scheme"
    )
    assert verdict(etree.tostring(made)) != "VALID"


def test_weak_key_is_refused():
    weak = lists.signer("Petit", 1024)
    assert verdict(lists.tl(weak), weak) == "trust.weak"


def test_weak_digest_is_refused():
    made = (
        lists.document().decode().replace("</TrustServiceStatusList>", "{signature}</TrustServiceStatusList>")
    )
    whole = (xades_builder.transform(xades_builder.ENVELOPED), xades_builder.transform(xades_builder.EXC))
    for digest, verdict_of_it in ((xades_builder.SHA256, "VALID"), (xades_builder.DS + "sha1", "trust.weak")):
        plan = xades_builder.Plan([xades_builder.Ref("", whole, digest=digest)])
        assert verdict(xades_builder.sign(made, plan), plan.holder) == verdict_of_it


def test_ambiguous_identifier_is_refused():
    data = lists.tl()
    assert verdict(data) == "VALID"
    twice = data.replace(b"<SchemeInformation>", b'<SchemeInformation Id="list">')
    assert twice != data
    assert verdict(twice) == "trust.structure"


def test_what_is_no_xml_is_refused():
    assert verdict(b"PK\x03\x04") == "trust.structure"


# The list of the lists, and its pivots.


def base(*signers):
    return [one.der for one in signers]


def judge_lotl(data, *, stored=None, pivots=None, official=None):
    judged = signature.verify_lotl(
        data,
        parse(data),
        base=base(*(official or [lists.commission()])),
        stored=parse(stored) if stored else None,
        pivots=pivots,
    )
    return judged.refusal.code if judged.refusal else "VALID"


HOST = "https://listes.example"
FIRST, SECOND, THIRD = (f"{HOST}/eu-lotl-pivot-{number}.xml" for number in (3, 5, 6))
PIVOTS = [SECOND, FIRST]


def new(rank):
    return lists.signer(f"Commission {rank}")


@pytest.fixture
def chain():
    """Return a list whose signer changed twice, and the two pivots that say so."""
    first = lists.lotl(lists.commission(), own=[new(1)], sequence="3", uris=[FIRST])
    second = lists.lotl(new(1), own=[new(2)], sequence="5", uris=PIVOTS)
    return lists.lotl(new(2), own=[new(2)], sequence="7", uris=PIVOTS), {FIRST: first, SECOND: second}


def test_list_of_the_lists_signed_as_the_journal_says_needs_no_pivot():
    assert judge_lotl(lists.lotl()) == "VALID"
    assert judge_lotl(lists.lotl(lists.stranger())) == "trust.wrong_signer"


def test_pivots_lead_from_the_journal_to_the_signer(chain):
    data, pivots = chain
    assert judge_lotl(data, pivots=pivots) == "VALID"
    assert judge_lotl(data) == "trust.wrong_signer"


def test_journal_newer_than_the_first_pivots_suffices(chain):
    data, pivots = chain
    assert judge_lotl(data, pivots=pivots, official=[new(1)]) == "VALID"
    assert judge_lotl(data, pivots={SECOND: pivots[SECOND]}, official=[new(1)]) == "VALID"


def test_stored_list_of_the_lists_counts_as_a_pivot(chain):
    data, pivots = chain
    assert judge_lotl(data, stored=pivots[SECOND]) == "VALID"
    assert judge_lotl(data, stored=pivots[FIRST]) == "trust.wrong_signer"
    assert judge_lotl(data, stored=pivots[FIRST], pivots={SECOND: pivots[SECOND]}) == "VALID"


def test_pivots_hold_each_after_the_other(chain):
    data, pivots = chain
    assert judge_lotl(data, pivots=pivots) == "VALID"
    foreign = lists.lotl(lists.stranger(), own=[new(2)], sequence="5", uris=PIVOTS)
    for broken in (
        {FIRST: pivots[FIRST]},  # A gap.
        {FIRST: pivots[FIRST], SECOND: foreign},
        {
            FIRST: pivots[FIRST],
            SECOND: pivots[SECOND].replace(b"granted", b"grantes").replace(b">5<", b">4<", 1),
        },
        {FIRST: pivots[FIRST], SECOND: lists.tl(new(1))},
        {FIRST: pivots[FIRST], SECOND: lists.lotl(new(1), own=[new(2)], sequence="8", uris=PIVOTS)},
        {FIRST: pivots[FIRST], SECOND: lists.signed(lists.document(version="9"), new(1))},
    ):
        assert judge_lotl(data, pivots=broken) == "trust.pivot"


def test_signer_that_a_pivot_removed_is_refused(chain):
    _data, pivots = chain
    late = lists.lotl(new(1), own=[new(1)], sequence="7", uris=PIVOTS)
    assert judge_lotl(late, pivots=pivots) == "trust.wrong_signer"


def test_damaged_pivot_is_named():
    data = lists.lotl(new(2), uris=[FIRST])
    pivot = lists.lotl(own=[new(2)], sequence="3")
    assert judge_lotl(data, pivots={FIRST: pivot}) == "VALID"
    assert judge_lotl(data, pivots={FIRST: pivot.replace(b"EN ", b"XX ", 1)}) == "trust.pivot"


def test_broken_list_of_the_lists_asks_no_pivot(chain):
    data, pivots = chain
    assert judge_lotl(data, pivots=pivots) == "VALID"
    assert judge_lotl(data.replace(b"EN ", b"XX ", 1), pivots=pivots) == "trust.broken"


# Updates.


class Store:
    """A store, updated as the command does."""

    def __init__(self, directory):
        self.directory = directory

    def plan(self, *given, signers=(), allow_older=False, names=()):
        found = store.state(self.directory)
        basis = Basis(
            official=base(lists.commission()),
            stored={(one.info.kind, one.info.territory): one.info for one in found.lists},
            lotls=[
                parse(store.raw_list(self.directory, one.info.sha256))
                for one in found.lists
                if one.info.kind == "LOTL"
            ],
            signers=base(*signers),
            allow_older=allow_older,
        )
        incoming = [
            Incoming(names[number] if number < len(names) else f"{number}.xml", data)
            for number, data in enumerate(given)
        ]
        return update.plan(incoming, basis)

    def update(self, *given, **options):
        plan = self.plan(*given, **options)
        if plan.accepted and not plan.refused:
            basis = store.state(self.directory)
            store.replace_lists(self.directory, plan.accepted, basis=basis, at=pki.NOW, by=BY)
        return [one.finding.code for one in plan.refused]

    @property
    def content(self):
        return {
            str(path.relative_to(self.directory)): path.read_bytes()
            for path in self.directory.rglob("*")
            if path.is_file()
        }

    @property
    def sequences(self):
        return {
            (one.info.kind, one.info.territory): one.info.sequence
            for one in store.state(self.directory).lists
        }


@pytest.fixture
def kept(tmp_path):
    made = Store(tmp_path / "trust")
    assert made.update(lists.lotl(), lists.tl()) == []
    assert made.sequences == {("LOTL", "EU"): 7, ("TL", "FR"): 7}
    return made


def test_national_list_is_judged_by_the_list_of_the_lists(kept):
    assert kept.update(lists.tl(sequence="8")) == []
    assert kept.sequences[("TL", "FR")] == 8
    snapshot = store.load_snapshot(kept.directory)
    assert [service.type for service in snapshot.services] == [service.type for service in pki.qualified()]


def test_same_list_again_is_left_as_it_is(kept):
    raw = store.raw_list(kept.directory, store.state(kept.directory).list_of("TL", "FR").info.sha256)
    before, plan = kept.content, kept.plan(raw)
    assert ([one.sequence for one in plan.unchanged], plan.accepted, plan.refused) == ([7], (), ())
    assert kept.update(raw) == []
    assert kept.content == before


REFUSALS = {
    "broken": (lambda: lists.tl(sequence="8").replace(b"EN ", b"XX ", 1), "trust.broken"),
    "wrong signer": (lambda: lists.tl(lists.stranger(), sequence="8"), "trust.wrong_signer"),
    "older": (lambda: lists.tl(sequence="6"), "trust.older"),
    "same number, earlier": (lambda: lists.tl(issued=lists.ISSUED - timedelta(days=1)), "trust.older"),
    "unsigned": (lambda: lists.document(sequence="8"), "trust.unsigned"),
    "other version": (lambda: lists.tl(version="7", sequence="8"), "trust.version"),
    "no list": (lambda: b"<a/>", "trust.not_a_list"),
    "unknown territory": (lambda: lists.tl(territory="BE", sequence="8"), "trust.no_signers"),
    "lotl by a stranger": (lambda: lists.lotl(lists.stranger(), sequence="8"), "trust.wrong_signer"),
    "older lotl": (lambda: lists.lotl(sequence="6"), "trust.older"),
    "list that calls itself a lotl": (
        lambda: lists.signed(lists.document(kind="EUlistofthelists", sequence="8"), lists.operator()),
        "trust.wrong_signer",
    ),
}


def parse_kind(data):
    return "LOTL" if b"EUlistofthelists</TSLType><SchemeOp" in data else "TL"


@pytest.mark.parametrize(("make", "code"), REFUSALS.values(), ids=REFUSALS)
def test_refused_list_changes_nothing(kept, make, code):
    before = kept.content
    assert kept.update(make()) == [code]
    assert kept.content == before
    sound = lists.tl(sequence="8") if parse_kind(make()) == "LOTL" else lists.lotl(sequence="8")
    assert kept.update(sound, make()) == [code]
    assert kept.content == before
    assert kept.update(lists.tl(sequence="8")) == []
    assert kept.sequences[("TL", "FR")] == 8


def test_older_list_is_taken_when_it_is_asked_for(kept):
    assert kept.update(lists.tl(sequence="6"), allow_older=True) == []
    assert kept.sequences[("TL", "FR")] == 6


def test_signer_given_by_hand_replaces_the_list_of_the_lists(kept):
    assert kept.update(lists.tl(lists.stranger(), sequence="8"), signers=[lists.stranger()]) == []
    assert kept.update(lists.tl(sequence="9"), signers=[lists.stranger()]) == ["trust.wrong_signer"]
    assert kept.update(lists.lotl(lists.stranger(), sequence="8"), signers=[lists.stranger()]) == []
    assert kept.sequences == {("LOTL", "EU"): 8, ("TL", "FR"): 8}


def test_list_of_the_lists_given_with_national_lists_is_read_first(tmp_path):
    made = Store(tmp_path / "trust")
    assert made.update(lists.tl()) == ["trust.no_signers"]
    assert made.update(lists.tl(), lists.lotl()) == []
    assert made.sequences == {("LOTL", "EU"): 7, ("TL", "FR"): 7}


def test_new_list_of_the_lists_changes_the_signers(kept):
    turned = lists.lotl(sequence="8", pointers=[lists.points_to("FR", lists.stranger())])
    assert kept.update(turned, lists.tl(sequence="8")) == ["trust.wrong_signer"]
    assert kept.update(turned, lists.tl(lists.stranger(), sequence="8")) == []


def test_refused_list_of_the_lists_vouches_for_nobody(tmp_path):
    made = Store(tmp_path / "trust")
    forged = lists.lotl(lists.stranger(), pointers=[lists.points_to("FR", lists.stranger())])
    assert made.update(forged, lists.tl(lists.stranger())) == ["trust.wrong_signer", "trust.no_signers"]
    assert made.sequences == {}


def test_list_given_twice_is_refused(kept):
    before = kept.content
    assert kept.update(lists.tl(sequence="8"), lists.tl(sequence="9")) == ["trust.twice"]
    assert kept.content == before


def test_pivots_are_recognised_by_their_name(tmp_path, chain):
    data, pivots = chain
    made = Store(tmp_path / "trust")
    names = ["eu-lotl.xml", "dossier/eu-lotl-pivot-3.xml", "C:\\dossier\\eu-lotl-pivot-5.xml"]
    given = [data, pivots[FIRST], pivots[SECOND]]
    assert made.update(*given) == ["trust.wrong_signer", "trust.twice", "trust.twice"]
    assert made.update(*given, names=names) == []
    assert made.sequences == {("LOTL", "EU"): 7}


def test_list_that_is_its_own_pivot_is_stored(tmp_path):
    made = Store(tmp_path / "trust")
    data = lists.lotl(own=[new(1)], sequence="3", uris=[FIRST])
    assert made.update(data, names=["eu-lotl-pivot-3.xml"]) == []
    assert made.sequences == {("LOTL", "EU"): 3}
    assert made.update(lists.lotl(new(1), sequence="4", uris=[FIRST])) == []


# The official files.


@needs_kit
def test_kit_list_of_the_lists_is_valid_and_its_altered_copy_is_not():
    folder = Path(KIT or "") / "trust-lists"
    sound, broken = (folder / name for name in ("eu-lotl.xml", "eu-lotl-broken-sig.xml"))
    good = sound.read_bytes()
    assert signature.verify_lotl(good, parse(good), base=official_signers()).refusal is None
    assert signature.verify(good, [lists.commission().der]).wrong_signer
    bad = broken.read_bytes()
    refusal = signature.verify_lotl(bad, parse(bad), base=official_signers()).refusal
    assert refusal is not None
    assert refusal.code == "trust.broken"


@needs_kit
def test_kit_french_list_is_signed_by_whom_the_list_of_the_lists_names():
    folder = Path(KIT or "") / "trust-lists"
    french, lotl = (folder / "FR.xml").read_bytes(), parse((folder / "eu-lotl.xml").read_bytes())
    named = signature.signers_of(lotl, "FR")
    assert named
    assert signature.verify(french, named).refusal is None
    assert signature.verify(french, signature.signers_of(lotl, "BE")).wrong_signer
