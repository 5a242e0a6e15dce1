"""Releases: refused unless clean, signed, never edited; loaded from elsewhere only whole and unchanged."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_der_x509_certificate
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clauses import models, queries, service
from clauses.errors import ReleaseRefused
from clauses.files.reader import MANIFEST, SIGNATURE
from clauses.hooks import NoFacts
from clauses.queries import ReleaseView
from clauses.rules.model import Finding
from procurement.core.errors import Conflict, DomainError, Invalid
from procurement.core.runtime import Runtime
from procurement.core.seal import KeySealer, Sealer
from procurement.core.security import Identity
from procurement.core.timestamp import Timestamper
from signing.adapters.holder import KeyHolder
from signing.adapters.p12 import P12Holder
from signing.authority import Subject, create_authority, issue_seal
from tests.factories import clauses

BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)


@pytest.fixture
def seals(runtime: Runtime) -> list[bytes]:
    """Return the one certificate that this platform believes: its own seal's."""
    return [runtime.find(Sealer).chain()[0]]


def counted(session: Session) -> dict[str, int]:
    tables = (models.Release, models.ReleaseItem, models.ClauseVersion, models.Clause, models.ParameterValue)
    return {
        table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
    }


def test_release_keeps_its_files_byte_for_byte(
    session: Session, runtime: Runtime, release: ReleaseView
) -> None:
    kept = queries.files(session, release.id)
    signed = clauses.signed(runtime)
    assert {path: data for path, data in kept.items() if path != SIGNATURE} == signed.frozen.files
    assert kept[SIGNATURE].startswith(b"<")


def test_release_with_an_error_is_refused_with_its_findings(runtime: Runtime) -> None:
    broken = clauses.library(
        ccap__prix="Voir {{ref:ccap.sociale}}. Le montant estimé est de {{montant_estime}}."
    )
    with pytest.raises(ReleaseRefused) as refused:
        clauses.signed(runtime, found=broken)
    assert [(one.code, one.clause) for one in refused.value.findings] == [("reference.dangling", "ccap.prix")]
    (told,) = refused.value.errors
    assert told.field.startswith("clauses/ccap.prix.yaml:")


def test_same_release_again_writes_nothing(
    session: Session, runtime: Runtime, release: ReleaseView, now: datetime
) -> None:
    before = counted(session)
    assert clauses.publish(session, runtime, now) == release
    assert counted(session) == before


def test_other_contents_under_a_version_are_refused(
    session: Session, runtime: Runtime, now: datetime
) -> None:
    other = clauses.library(ccap__objet="Autre objet : {{objet}}.")
    with pytest.raises(Conflict) as refused:
        clauses.publish(session, runtime, now, found=other)
    assert refused.value.code == "clauses.version_taken"


def test_new_release_writes_only_what_is_new(session: Session, runtime: Runtime, now: datetime) -> None:
    before = counted(session)
    clauses.publish(session, runtime, now, "1.1", clauses.library(ccap__objet="Autre objet : {{objet}}."))
    after = counted(session)
    assert after["clause_version"] == before["clause_version"] + 1
    assert after["clause"] == before["clause"]
    assert after["clause_release"] == before["clause_release"] + 1


def test_import_of_an_export_writes_no_version(
    session: Session, release: ReleaseView, seals: list[bytes], now: datetime
) -> None:
    exported = queries.files(session, release.id)
    before = counted(session)
    checked = service.check(exported, seals=seals, now=now)
    assert service.import_release(session, checked, by=None, now=now) == (release, False)
    assert counted(session) == before
    assert queries.files(session, release.id) == exported


def test_import_elsewhere_gives_the_same_export(
    session: Session, runtime: Runtime, seals: list[bytes], now: datetime
) -> None:
    sent = clauses.signed(runtime, "2.0", clauses.library(ccap__objet="Objet suivant : {{objet}}.")).files
    found, new = service.import_release(session, service.check(sent, seals=seals, now=now), by=None, now=now)
    assert (new, found.version) == (True, "2.0")
    assert queries.files(session, found.id) == sent


@pytest.mark.parametrize("path", ["clauses/ccap.prix.yaml", "faits.yaml", MANIFEST])
def test_one_flipped_byte_refuses_all(
    session: Session, runtime: Runtime, seals: list[bytes], now: datetime, path: str
) -> None:
    sent = clauses.signed(runtime, "2.0").files
    before = counted(session)
    for place in range(10, len(sent[path]), max(1, len(sent[path]) // 12)):
        flipped = bytearray(sent[path])
        flipped[place] ^= 0x01
        with pytest.raises(Invalid):
            service.check({**sent, path: bytes(flipped)}, seals=seals, now=now)
    assert counted(session) == before


@pytest.mark.parametrize("change", ["extra", "lacking", "unsigned", "stranger", "value", "stamp"])
def test_release_that_is_not_whole_or_not_ours_is_refused(
    runtime: Runtime, seals: list[bytes], now: datetime, change: str
) -> None:
    sent = dict(clauses.signed(runtime, "2.0").files)
    if change == "extra":
        sent["clauses/ccap.autre.yaml"] = sent["clauses/ccap.prix.yaml"].replace(b"ccap.prix", b"ccap.autre")
    elif change == "lacking":
        del sent["clauses/ccap.prix.yaml"]
    elif change == "unsigned":
        del sent[SIGNATURE]
    elif change in {"value", "stamp"}:
        tag = b"SignatureValue" if change == "value" else b"EncapsulatedTimeStamp"
        place = sent[SIGNATURE].index(b">", sent[SIGNATURE].index(tag)) + 200 * (change == "stamp") + 9
        changed = bytearray(sent[SIGNATURE])
        changed[place] ^= 0x02
        sent[SIGNATURE] = bytes(changed)
    else:
        seals = []
    with pytest.raises(Invalid):
        service.check(sent, seals=seals, now=now)


def test_versions_cannot_be_changed_or_deleted(session: Session) -> None:
    for statement in ("UPDATE clause_version SET title = 'x'", "DELETE FROM clause_version"):
        with pytest.raises(DBAPIError, match="immutable"), session.begin_nested():
            session.execute(text(statement))


def test_withdrawn_release_serves_no_new_draft(
    session: Session, release: ReleaseView, drafter: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    with pytest.raises(Invalid):
        service.withdraw(session, release.id, "", by=None, now=now)
    withdrawn = service.withdraw(session, release.id, "Erreur sur l’avance.", by=None, now=now)
    assert (withdrawn.withdrawn_at, withdrawn.withdrawn_reason) == (now, "Erreur sur l’avance.")
    with pytest.raises(DomainError) as refused:
        clauses.start(session, drafter, now)
    assert refused.value.code == "clauses.no_release"
    assert queries.desk_of(session, draft.id).included


def test_unknown_canvas_and_release(session: Session, drafter: Identity, now: datetime) -> None:
    for beginning, code in (
        (service.Beginning(canvas="cctp"), "clauses.canvas_not_found"),
        (service.Beginning(canvas="ccap", release_id=drafter.person_id), "clauses.release_not_found"),
    ):
        with pytest.raises(DomainError) as refused:
            service.start_draft(session, beginning, source=NoFacts(), by=drafter, now=now)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("on", "category", "value"),
    [
        (date(2026, 9, 1), "etat", "140000.00"),
        (date(2026, 9, 1), "autre_pouvoir_adjudicateur", "216000.00"),
        (date(2027, 12, 31), "etat", "140000.00"),
        (date(2028, 1, 1), "etat", "150000.00"),
    ],
)
def test_parameter_holds_on_the_reference_date(session: Session, on: date, category: str, value: str) -> None:
    found = queries.parameter(session, "seuil_europeen", on=on, buyer_category=category)
    assert found is not None
    assert (found.value, found.unit) == (Decimal(value), "HT")


def test_parameter_that_nobody_has(session: Session) -> None:
    assert queries.parameter(session, "seuil_europeen", on=date(2025, 1, 1), buyer_category="etat") is None
    assert queries.parameter(session, "autre", on=date(2026, 9, 1)) is None
    assert queries.parameter(session, "seuil_europeen", on=date(2026, 9, 1), buyer_category="autre") is None


def test_refused_release_says_its_findings_in_full_and_counts_them_in_french() -> None:
    finding = Finding(
        "reference.dangling", "Le texte renvoie à « %(target)s ».", params={"target": "ccap.prix"}
    )
    one, two = ReleaseRefused([finding]), ReleaseRefused([finding, finding])
    assert "relève 1 constat." in str(one)
    assert "relève 2 constats." in str(two)
    (told,) = one.errors
    assert told.message % told.params == "Le texte renvoie à « ccap.prix »."


def test_seal_of_the_same_authority_is_not_believed_unless_it_is_named(
    runtime: Runtime, now: datetime
) -> None:
    """Whoever obtains a certificate from the authority of the seal would otherwise write the library."""
    key, authority = create_authority(Subject("Autorité d’essai"), not_before=BEGIN, not_after=END)
    ours, other = (_holder(key, authority, name) for name in ("Cachet A", "Cachet B"))
    said = service.Announcement(
        version="2.0", valid_from=clauses.START_DAY, analyser="essai", changelog=("x",)
    )
    sealer = KeySealer(lambda: other, runtime.find(Timestamper), runtime.clock)
    sent = service.sign(clauses.library(), said, sealer=sealer).files
    with pytest.raises(Invalid) as refused:
        service.check(sent, seals=[ours.chain[0]], now=now)
    assert "Cachet B" in str(refused.value)
    with pytest.raises(Invalid):
        service.check(sent, seals=[authority], now=now)
    assert "Cachet B" in service.check(sent, seals=[other.chain[0]], now=now).signer


def _holder(key: object, authority: bytes, name: str) -> KeyHolder:
    private, certificate = issue_seal(key, authority, Subject(name), not_before=BEGIN, not_after=END)  # type: ignore[arg-type]  # the authority's key
    content = serialize_key_and_certificates(
        None, private, load_der_x509_certificate(certificate), [load_der_x509_certificate(authority)], NoEncryption()
    )  # fmt: skip
    return P12Holder(content, None)
