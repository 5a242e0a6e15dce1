"""Consortia and hand-overs: links good once, a lead that sees status and never answers."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from dume import queries, service
from dume.models import Consortium, Dume
from dume.rules import MemberState, Owner, OwnerKind, Role
from dume.service import Guest, RequestEdits, ResponseEdits
from dume.service.owners import owner_of
from procurement.accounts.models.clients import ApiClient
from procurement.accounts.rules import digest
from procurement.accounts.rules.clients import ClientState
from procurement.core.errors import DomainError
from procurement.core.mail.models import MailMessage
from procurement.core.vault import KeyVault
from tests.factories.accounts import Made
from tests.factories.dume import answer_all, create_response, operator_of, publish_request, request_draft, tie

RETURN = "https://editeur.example/retour"


def refusal(code: str, call: object, *args: object, **kw: object) -> DomainError:
    with pytest.raises(DomainError) as refused:
        call(*args, **kw)  # type: ignore[operator]  # a verb
    assert refused.value.code == code
    return refused.value


@pytest.fixture
def request_row(session: Session, vault: KeyVault, buyer: Made, now: datetime) -> Dume:
    return publish_request(session, vault, buyer, now)


@pytest.fixture
def lead(session: Session, vault: KeyVault, company: Made, request_row: Dume, now: datetime) -> Dume:
    return create_response(session, vault, company, request_row, now, role=Role.LEAD)


@pytest.fixture
def group(session: Session, lead: Dume, company: Made, now: datetime) -> Consortium:
    return service.start_consortium(
        session, lead, name="Groupement Gymnase", by=company.identity("depositor"), now=now
    )


def invite(
    session: Session,
    group: Consortium,
    company: Made,
    now: datetime,
    role: Role = Role.MEMBER,
    siret: str = "",
    **more: object,
) -> service.Invited:
    guest = Guest(role=role, email="membre@essai.example", name="Ventilor", siret=siret, **more)  # type: ignore[arg-type]  # fields
    by = company.identity("depositor")
    return service.invite_member(session, group, guest, base_url="http://localhost", by=by, now=now)


def join(session: Session, vault: KeyVault, token: str, made: Made, now: datetime) -> Dume:
    by = made.identity("depositor")
    return service.join_consortium(session, vault, token, owner=owner_of(by), by=by, now=now)


def test_only_the_response_of_a_lead_begins_a_consortium(
    session: Session, vault: KeyVault, company: Made, request_row: Dume, now: datetime
) -> None:
    row = create_response(session, vault, company, request_row, now)
    refusal("dume.role_not_in_group", service.start_consortium, session, row, name="x", by=None, now=now)


def test_an_invitation_is_sent_by_mail_and_good_once(
    session: Session,
    vault: KeyVault,
    group: Consortium,
    company: Made,
    other_company: Made,
    request_row: Dume,
    now: datetime,
) -> None:
    sent = invite(session, group, company, now)
    mail = session.query(MailMessage).filter_by(recipient="membre@essai.example").one()
    assert f"http://localhost/groupement/{sent.token}" in mail.text
    row = join(session, vault, sent.token, other_company, now)
    assert (row.role, row.siret, row.request_id, row.consortium_id) == (
        Role.MEMBER,
        other_company.siret,
        request_row.id,
        group.id,
    )
    refusal("dume.link_used", join, session, vault, sent.token, other_company, now)


def test_an_invitation_that_is_over_taken_back_or_unknown_looks_the_same(
    session: Session, vault: KeyVault, group: Consortium, company: Made, other_company: Made, now: datetime
) -> None:
    late = invite(session, group, company, now)
    back = invite(session, group, company, now)
    service.remove_member(session, group, back.member, by=None, now=now)
    for token, at in (
        (late.token, now + timedelta(days=14)),
        (back.token, now),
        ("nothing", now),
    ):
        refusal("dume.link_not_found", join, session, vault, token, other_company, at)


def test_an_invitation_for_another_company_is_refused(
    session: Session, vault: KeyVault, group: Consortium, company: Made, other_company: Made, now: datetime
) -> None:
    sent = invite(session, group, company, now, siret="00000001800010")
    refusal("dume.wrong_siret", join, session, vault, sent.token, other_company, now)


@pytest.mark.parametrize(
    ("role", "code"), [(Role.LEAD, "dume.second_lead"), (Role.SOLE, "dume.role_not_in_group")]
)
def test_roles_that_no_member_has(
    session: Session, group: Consortium, company: Made, now: datetime, role: Role, code: str
) -> None:
    refusal(code, invite, session, group, company, now, role)


def test_each_role_is_asked_its_own_criteria(
    session: Session, vault: KeyVault, group: Consortium, company: Made, other_company: Made, now: datetime
) -> None:
    asked = {}
    for role, more in (
        (Role.MEMBER, {}),
        (Role.SUBCONTRACTOR, {}),
        (Role.RELIED_UPON, {"criteria": ("gen-year-to",)}),
    ):
        sent = invite(session, group, company, now, role, **more)
        row = join(session, vault, sent.token, other_company, now)
        codes = {one.code for one in queries.document(session, vault, row).criteria}
        asked[role] = codes & {"gen-year-to", "year-manpower"}
    assert asked == {
        Role.MEMBER: {"gen-year-to", "year-manpower"},
        Role.SUBCONTRACTOR: set(),
        Role.RELIED_UPON: {"gen-year-to"},
    }


def test_the_grid_says_who_owes_what_and_no_answer(
    session: Session,
    vault: KeyVault,
    group: Consortium,
    lead: Dume,
    company: Made,
    other_company: Made,
    now: datetime,
) -> None:
    sent = invite(session, group, company, now, Role.SUBCONTRACTOR)
    waiting = invite(session, group, company, now)
    row = join(session, vault, sent.token, other_company, now)
    what = queries.document(session, vault, row)
    assert what.economic_operator is not None
    assert what.economic_operator.party.name == other_company.organisation.legal_name
    edits = ResponseEdits(operator=operator_of(other_company))
    service.edit_response(session, vault, row, edits, by=None, now=now)
    answer_all(session, vault, row, other_company, now)
    assert service.validate(session, vault, row, by=None, now=now).ready
    session.refresh(group)
    grid = queries.grid(session, vault, group, now=now)
    states = {one.id: (one.state, one.missing == 0) for one in grid.members}
    head = next(one for one in group.members if one.role is Role.LEAD)
    assert states == {
        head.id: (MemberState.JOINED, False),
        sent.member.id: (MemberState.VALIDATED, True),
        waiting.member.id: (MemberState.INVITED, False),
    }
    turnover = next(one for one in grid.criteria if one.code == "gen-year-to")
    assert (turnover.expected_of, turnover.missing_from) == ((head.id,), (head.id,))
    fraud = next(one for one in grid.criteria if one.code == "fraud")
    assert (set(fraud.expected_of), fraud.missing_from) == ({head.id, sent.member.id}, (head.id,))
    assert (grid.missing_roles, grid.complete) == ((), False)
    service.remove_member(session, group, waiting.member, by=None, now=now)
    answer_all(session, vault, lead, company, now)
    assert service.validate(session, vault, lead, by=None, now=now).ready
    session.refresh(group)
    assert queries.grid(session, vault, group, now=now).complete


def test_who_leaves_keeps_the_response_and_the_lead_cannot_be_removed(
    session: Session, vault: KeyVault, group: Consortium, company: Made, other_company: Made, now: datetime
) -> None:
    sent = invite(session, group, company, now)
    row = join(session, vault, sent.token, other_company, now)
    service.leave_consortium(session, group, sent.member, by=None, now=now)
    assert (row.consortium_id, row.deleted_at) == (None, None)
    head = next(one for one in group.members if one.role is Role.LEAD)
    refusal("dume.role_not_in_group", service.remove_member, session, group, head, by=None, now=now)


@pytest.fixture
def client(session: Session, now: datetime) -> ApiClient:
    row = ApiClient(
        public_id="essai",
        name="Éditeur",
        email="api@essai.example",
        state=ClientState.SANDBOX,
        scopes=[],
        return_urls=[RETURN],
        pepper_sealed=b"",
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def handed(session: Session, vault: KeyVault, client: ApiClient, buyer: Made, now: datetime) -> Dume:
    owner = Owner(kind=OwnerKind.CLIENT, client_id=client.id, siret=buyer.siret)
    return service.create_request(
        session, vault, request_draft(buyer), owner=owner, by=None, now=now, tie=tie(now)
    )


def test_a_return_address_must_be_registered(session: Session, handed: Dume, now: datetime) -> None:
    for url in ("https://ailleurs.example/", "https://editeur.example.ailleurs.example/retour", ""):
        refusal(
            "dume.return_url_not_registered",
            service.hand_over,
            session,
            handed,
            return_url=url,
            by=None,
            now=now,
        )


def test_a_handover_is_begun_once_kept_by_its_browser_and_dead_after_use(
    session: Session, vault: KeyVault, handed: Dume, now: datetime
) -> None:
    made = service.hand_over(session, handed, return_url=RETURN, by=None, now=now)
    assert queries.handover_by_token(session, digest(made.token), now=now) is made.handover
    begun = service.begin_handover(session, made.token, now=now)
    refusal("dume.link_used", service.begin_handover, session, made.token, now=now)
    refusal("dume.link_used", queries.handover_by_token, session, digest(made.token), now=now)
    refusal("dume.link_used", service.resume_handover, session, made.token, "other", now=now)
    kept = service.resume_handover(session, made.token, begun.secret, now=now)
    refusal("dume.not_validated", service.complete_handover, session, kept, now=now)
    service.edit_request(session, vault, handed, RequestEdits(), by=None, now=now)
    assert service.validate(session, vault, handed, by=None, now=now).ready
    assert service.complete_handover(session, kept, now=now) == RETURN
    refusal("dume.link_used", service.resume_handover, session, made.token, begun.secret, now=now)


def test_a_handover_expires(session: Session, handed: Dume, now: datetime) -> None:
    made = service.hand_over(session, handed, return_url=RETURN, by=None, now=now)
    late = now + timedelta(hours=48)
    refusal("dume.link_not_found", service.begin_handover, session, made.token, now=late)
    refusal("dume.link_not_found", service.begin_handover, session, "unknown", now=now)
