"""Rules of accounts: what is accepted, what is refused, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.accounts import rules
from procurement.accounts.refused import COMMON
from procurement.accounts.rules import Grant, OrganisationKind, Role, SessionFacts
from procurement.core.errors import Invalid

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
IDLE, LONGEST = timedelta(minutes=60), timedelta(hours=12)


# ---- Roles ----
def test_opener_without_second_factor_is_no_opener() -> None:
    held = [Grant(Role.OPENER), Grant(Role.DRAFTER)]
    assert rules.effective_roles(held, mfa=False) == {"opener_pending", "drafter"}
    assert rules.effective_roles(held, mfa=True) == {"opener", "drafter"}


def test_opener_of_a_service_without_second_factor_is_no_opener_either() -> None:
    assert rules.effective_roles([Grant(Role.OPENER, "s1")], mfa=False) == {"opener_pending"}


def test_role_limited_to_a_service_names_it() -> None:
    assert rules.effective_roles([Grant(Role.DRAFTER, "s1")], mfa=False) == {"drafter@s1"}


def test_roles_come_back_in_the_order_of_the_page() -> None:
    wanted = [Role.OBSERVER, Role.ADMINISTRATOR, Role.OBSERVER]
    assert rules.check_roles(OrganisationKind.BUYER, wanted) == (Role.ADMINISTRATOR, Role.OBSERVER)


@pytest.mark.parametrize(
    ("kind", "roles", "code"),
    [
        (OrganisationKind.BUYER, [], "team.role_missing"),
        (OrganisationKind.BUYER, [Role.DEPOSITOR], "team.role_unknown"),
        (OrganisationKind.COMPANY, [Role.DEPOSITOR, Role.OPENER], "team.role_unknown"),
    ],
)
def test_roles_of_the_other_side_are_refused(kind: OrganisationKind, roles: list[Role], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_roles(kind, roles)
    assert refused.value.code == code


def test_every_role_has_a_side_a_name_and_a_sentence() -> None:
    sided = [role for roles in rules.ROLES.values() for role in roles]
    assert sorted(sided) == sorted(Role)
    assert set(rules.ROLE_NAMES) == set(rules.ROLE_SENTENCES) == set(Role)


@pytest.mark.parametrize(
    ("grants", "others", "expected"),
    [
        ([Grant(Role.ADMINISTRATOR)], 0, False),
        ([Grant(Role.DRAFTER)], 0, True),
        ([Grant(Role.ADMINISTRATOR, "service")], 0, True),
        ([], 1, False),
        ([], 0, True),
    ],
)
def test_an_organisation_keeps_an_administrator(grants: list[Grant], others: int, *, expected: bool) -> None:
    assert rules.leaves_no_administrator(OrganisationKind.BUYER, grants, others) is expected


# ---- Addresses ----
def test_email_key_ignores_case_and_writes_the_domain_in_ascii() -> None:
    assert (
        rules.email_key(" Camille.PETIT@Mairie-Évry.example ") == "camille.petit@xn--mairie-vry-h7a.example"
    )


def test_email_key_keeps_a_domain_that_has_no_ascii_form() -> None:
    assert rules.email_key("a@" + "é" * 70 + ".example") == "a@" + "é" * 70 + ".example"


@pytest.mark.parametrize("address", ["nom@exemple.fr", "a.b+c@sous.domaine.example", "o'neil@x-y.example"])
def test_email_is_accepted(address: str) -> None:
    assert rules.check_email(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nom",
        "nom@",
        "@exemple.fr",
        "nom@exemple",
        "nom@@exemple.fr",
        "n m@exemple.fr",
        "a@-x.fr",
        "a\n@exemple.fr",
        "a@" + "x" * 260 + ".fr",
    ],
)
def test_email_is_refused(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_email(address)
    assert refused.value.code == "email.format"


# ---- Passwords ----
@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("onze lettre", "password.short"),
        ("x" * 3 + "y" * 300, "password.long"),
        ("motdepasse123", "password.common"),
        ("M0tDeP@sse123", "password.common"),
        ("Motdepasse123!", "password.common"),
        ("ababababababab", "password.common"),
        ("Camille-Petit-1984", "password.personal"),
        ("camille.petit.2027", "password.personal"),
    ],
)
def test_password_is_refused(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_password(password, "Camille Petit", "camille.petit@mairie.example", "")
    assert refused.value.code == code


@pytest.mark.parametrize(
    "password", ["quatre mots sans rapport", "tout en minuscule", "Ünïcödé-šçhrîft", "123 soleil vert"]
)
def test_password_is_accepted_whatever_its_composition(password: str) -> None:
    assert rules.check_password(password, "Camille Petit", "camille.petit@mairie.example") == password


def test_password_is_the_same_however_its_accents_are_typed() -> None:
    assert rules.check_password("e\u0301te\u0301 a\u0300 la plage") == "été à la plage"


def test_common_passwords_are_all_long_enough_to_matter() -> None:
    assert [word for word in COMMON if len(word) < rules.PASSWORD_MIN] == []


@given(st.sampled_from(sorted(COMMON)), st.sampled_from(["", "!", "?", ".."]))
def test_every_common_password_is_refused_in_any_case(word: str, tail: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_password(word.upper() + tail)
    assert refused.value.code == "password.common"


# ---- Lockout ----
@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (10, 32), (11, 60), (500, 60)]
)
def test_lockout_doubles_up_to_an_hour(failures: int, minutes: int) -> None:
    assert rules.lockout_wait(failures, 5) == timedelta(minutes=minutes)


@given(st.integers(0, 10_000))
def test_lockout_never_shrinks(failures: int) -> None:
    assert rules.lockout_wait(failures, 5) <= rules.lockout_wait(failures + 1, 5) <= rules.LONGEST_WAIT


def test_locked_until_counts_from_the_last_failure() -> None:
    assert rules.locked_until(5, NOW, 5) == NOW + timedelta(minutes=1)


def test_failures_are_forgotten_after_a_day() -> None:
    assert rules.failures_after(0, None, NOW) == 1
    assert rules.failures_after(7, NOW - rules.FORGET_AFTER, NOW) == 8
    assert rules.failures_after(7, NOW - rules.FORGET_AFTER - timedelta(seconds=1), NOW) == 1


# ---- Sessions and links ----
@pytest.mark.parametrize(
    ("facts", "alive"),
    [
        (SessionFacts(NOW, NOW), True),
        (SessionFacts(NOW - timedelta(hours=1), NOW - timedelta(minutes=59, seconds=59)), True),
        (SessionFacts(NOW - timedelta(hours=1), NOW - IDLE), False),
        (SessionFacts(NOW - LONGEST, NOW), False),
        (SessionFacts(NOW, NOW, NOW), False),
    ],
)
def test_session_ends_when_idle_old_or_closed(facts: SessionFacts, *, alive: bool) -> None:
    assert rules.session_alive(facts, NOW, idle=IDLE, longest=LONGEST) is alive


def test_link_serves_once_and_in_time() -> None:
    later = NOW + timedelta(hours=1)
    assert rules.token_alive(later, None, NOW) is True
    assert rules.token_alive(later, None, later) is False
    assert rules.token_alive(later, NOW, NOW) is False


def test_digest_is_not_the_secret() -> None:
    assert rules.digest("secret") == "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"


# ---- Codes ----
def test_recovery_code_is_the_same_however_it_is_typed() -> None:
    assert rules.recovery_form(" abcd-EFGH 2345-6789 ") == "ABCDEFGH23456789"
    assert rules.grouped("ABCDEFGH23456789") == "ABCD-EFGH-2345-6789"


@pytest.mark.parametrize(
    ("text", "digits"),
    [("123 456", "123456"), ("123456", "123456"), ("12345", None), ("12345a", None), ("١٢٣٤٥٦", None)],
)
def test_code_digits(text: str, digits: str | None) -> None:
    assert rules.code_digits(text) == digits


def test_a_code_and_its_neighbours_are_good_but_none_used_before() -> None:
    step = int(NOW.timestamp()) // 30
    assert rules.totp_steps(NOW, None) == [step, step - 1, step + 1]
    assert rules.totp_steps(NOW, step) == [step + 1]
    assert rules.totp_steps(NOW, step + 1) == []


# ---- Where a sign-in leads ----
@pytest.mark.parametrize(
    "target", ["/", "/consultations/2027-000001?onglet=plis", "/a#b", "/a?retour=https://x.example"]
)
def test_a_path_of_this_site_is_followed(target: str) -> None:
    assert rules.local_path(target, "/defaut") == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "consultations",
        "https://x.example/",
        "//x.example/",
        "/\\x.example",
        "/\t/x.example",
        "javascript:alert(1)",
        "\\\\x",
        "/a\u202eb",
    ],
)
def test_a_target_elsewhere_is_not_followed(target: str | None) -> None:
    assert rules.local_path(target, "/defaut") == "/defaut"


@given(st.text(max_size=30))
def test_no_target_leaves_the_site(target: str) -> None:
    followed = rules.local_path(target, "/defaut")
    assert followed.startswith("/")
    assert not followed.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/150.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/149.0 Safari/537.36 Edg/149.0",
            "Edge, Linux",
        ),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/149.0 Mobile Safari/537.36", "Chrome, Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 20_0 like Mac OS X) Version/20.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8.0", ""),
    ],
)
def test_device_is_what_a_person_recognises(agent: str, device: str) -> None:
    assert rules.device_of(agent) == device
