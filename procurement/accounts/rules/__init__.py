"""Rules of accounts: roles, passwords, lockout, sessions, tokens. Pure: facts in, answers out."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from procurement.accounts.refused import COMMON, LOOK_ALIKES
from procurement.core.errors import Invalid
from procurement.core.text import _

#: NIST SP 800-63B asks for 8; ASVS 5.0 6.2.1 recommends 15; 12 is the middle that people keep without a note.
PASSWORD_MIN = 12
#: Argon2 reads everything, so the limit only keeps a request small (ASVS 5.0 6.2.9 asks for at least 64).
PASSWORD_MAX = 256
EMAIL_MAX = 254

RESET_LIFE = timedelta(hours=1)
EMAIL_LIFE = timedelta(hours=24)
REGISTRATION_LIFE = timedelta(hours=48)
#: Time to type the second code after the password.
CODE_LIFE = timedelta(minutes=10)
#: How often a session notes that it is alive; the idle limit is exact to this.
TOUCH_EVERY = timedelta(minutes=1)

TOTP_STEP = 30
TOTP_DIGITS = 6
RECOVERY_CODES = 10
#: No 0, O, 1, I, L: people copy these codes by hand.
RECOVERY_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
RECOVERY_LENGTH = 16

#: Wrong passwords before a name or an address has to wait.
FREE_FAILURES = {"account": 5, "code": 5, "address": 30}
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
#: Failures are forgotten after this long without a new one.
FORGET_AFTER = timedelta(hours=24)


class OrganisationKind(StrEnum):
    """On which side an organisation stands."""

    BUYER = "buyer"
    COMPANY = "company"


class Origin(StrEnum):
    """Where an organisation's name and address come from."""

    REGISTRY = "registry"
    DECLARED = "declared"


class Role(StrEnum):
    """What a person is in an organisation (procedure, section 5)."""

    ADMINISTRATOR = "administrator"
    DRAFTER = "drafter"
    PUBLISHER = "publisher"
    OPENER = "opener"
    OBSERVER = "observer"
    COMPANY_ADMINISTRATOR = "company_administrator"
    DEPOSITOR = "depositor"


#: Held instead of ``opener`` by an opener who has not shown a second factor: it opens nothing.
OPENER_PENDING = "opener_pending"

ROLES: dict[OrganisationKind, tuple[Role, ...]] = {
    OrganisationKind.BUYER: (Role.ADMINISTRATOR, Role.DRAFTER, Role.PUBLISHER, Role.OPENER, Role.OBSERVER),
    OrganisationKind.COMPANY: (Role.COMPANY_ADMINISTRATOR, Role.DEPOSITOR),
}
ADMINISTRATORS = {
    OrganisationKind.BUYER: Role.ADMINISTRATOR,
    OrganisationKind.COMPANY: Role.COMPANY_ADMINISTRATOR,
}
ROLE_NAMES: dict[Role, str] = {
    Role.ADMINISTRATOR: _("Administrateur"),
    Role.DRAFTER: _("Rédacteur"),
    Role.PUBLISHER: _("Validateur"),
    Role.OPENER: _("Ouvreur"),
    Role.OBSERVER: _("Observateur"),
    Role.COMPANY_ADMINISTRATOR: _("Administrateur de l’entreprise"),
    Role.DEPOSITOR: _("Déposant"),
}
ROLE_SENTENCES: dict[Role, str] = {
    Role.ADMINISTRATOR: _(
        "gère les personnes, les services et les réglages ; ne voit pas le contenu des plis"
    ),
    Role.DRAFTER: _("écrit les consultations et leurs documents"),
    Role.PUBLISHER: _("publie, prolonge, abandonne"),
    Role.OPENER: _("porte une clé et ouvre les plis ; un second facteur est obligatoire"),
    Role.OBSERVER: _("lit après l’heure limite"),
    Role.COMPANY_ADMINISTRATOR: _("gère les personnes et les réglages de l’entreprise"),
    Role.DEPOSITOR: _("prépare, scelle, remplace et retire les plis"),
}


@dataclass(frozen=True)
class Grant:
    """A role held; limited to a service when ``service`` (its id as text) is given."""

    role: Role
    service: str | None = None


def effective_roles(grants: Iterable[Grant], *, mfa: bool) -> frozenset[str]:
    """Return the role words of an identity: ``drafter``, or ``drafter@<service>`` when limited to a service.

    An opener is one only once he has shown his second factor in this session.
    """
    return frozenset(_word(grant, mfa=mfa) for grant in grants)


def _word(grant: Grant, *, mfa: bool) -> str:
    if grant.role is Role.OPENER and not mfa:
        return OPENER_PENDING
    return f"{grant.role}@{grant.service}" if grant.service else str(grant.role)


def check_roles(kind: OrganisationKind, roles: Iterable[Role]) -> tuple[Role, ...]:
    """Return the roles in the order of the page; raise ``team.role_unknown`` or ``team.role_missing``."""
    wanted = set(roles)
    if not wanted:
        raise Invalid("team.role_missing", _("Choisissez au moins un rôle."))
    if not wanted.issubset(ROLES[kind]):
        raise Invalid("team.role_unknown", _("Ce rôle n’existe pas pour ce type d’organisation."))
    return tuple(role for role in ROLES[kind] if role in wanted)


def leaves_no_administrator(
    kind: OrganisationKind, grants: Iterable[Grant], other_administrators: int
) -> bool:
    """Tell whether nobody would administer the organisation if a person's grants became these."""
    keeps = any(grant.role is ADMINISTRATORS[kind] and grant.service is None for grant in grants)
    return not keeps and other_administrators == 0


def email_key(address: str) -> str:
    """Return the form under which an address is unique: NFC, lower case, domain in IDNA."""
    local, at, domain = unicodedata.normalize("NFC", address).strip().rpartition("@")
    return f"{local.lower()}{at}{_idna(domain.lower())}"


def _idna(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


# HTML standard, "valid e-mail address", with a domain of at least two labels.
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])"
)


def check_email(address: str) -> str:
    """Return an address without outer spaces; raise ``email.format``."""
    stripped = unicodedata.normalize("NFC", address).strip()
    if len(stripped) > EMAIL_MAX or not _EMAIL.fullmatch(email_key(stripped)):
        raise Invalid("email.format", _("Écrivez une adresse complète, comme nom@exemple.fr."))
    return stripped


def check_password(password: str, *about: str) -> str:
    """Return the password in NFC; raise ``password.short``, ``.long``, ``.common`` or ``.personal``.

    No rule of composition and no change by date (NIST SP 800-63B 3.1.1.2). ``about`` holds what others know
    of the person: name, address, organisation.
    """
    text = unicodedata.normalize("NFC", password)
    if len(text) < PASSWORD_MIN:
        raise Invalid(
            "password.short",
            _("Ce mot de passe compte %(length)s caractères. Il en faut au moins %(minimum)s."),
            length=len(text),
            minimum=PASSWORD_MIN,
        )
    if len(text) > PASSWORD_MAX:
        raise Invalid(
            "password.long", _("Ce mot de passe dépasse %(maximum)s caractères."), maximum=PASSWORD_MAX
        )
    if _is_common(text):
        raise Invalid(
            "password.common",
            _("Ce mot de passe est parmi les plus essayés. Choisissez par exemple quatre mots sans rapport."),
        )
    if _is_personal(text, about):
        raise Invalid(
            "password.personal",
            _("Ce mot de passe reprend votre nom ou votre adresse. Choisissez-en un que l’on ne devine pas."),
        )
    return text


def _is_common(text: str) -> bool:
    lower = text.lower()
    plain = lower.translate(LOOK_ALIKES)
    few_keys = len(set(plain)) < 4  # noqa: PLR2004  # "abababababab" is two keys
    return few_keys or not COMMON.isdisjoint({plain, lower.rstrip("!.?*-_").translate(LOOK_ALIKES)})


def _is_personal(text: str, about: Iterable[str]) -> bool:
    known = [part for item in about for part in (item, item.partition("@")[0])]
    bare = re.sub(r"[\W\d_]+", "", text.lower())
    return any(bare == re.sub(r"[\W\d_]+", "", item.lower()) for item in known if item)


def lockout_wait(failures: int, free: int) -> timedelta:
    """Return how long to wait after the latest failure: nothing at first, then 1, 2, 4 ... minutes to an hour."""
    if failures < free:
        return timedelta(0)
    doublings = min(failures - free, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def locked_until(failures: int, last: datetime, free: int) -> datetime:
    """Return the instant from which another try is heard."""
    return last + lockout_wait(failures, free)


def failures_after(failures: int, last: datetime | None, now: datetime) -> int:
    """Return the count once one more failure is noted at ``now``."""
    forgotten = last is None or now - last > FORGET_AFTER
    return 1 if forgotten else failures + 1


@dataclass(frozen=True)
class SessionFacts:
    """What decides whether a session still stands."""

    created_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None


def session_alive(facts: SessionFacts, now: datetime, *, idle: timedelta, longest: timedelta) -> bool:
    """Tell whether a session is neither ended, idle for too long, nor too old."""
    return facts.ended_at is None and now - facts.seen_at < idle and now - facts.created_at < longest


def token_alive(expires_at: datetime, used_at: datetime | None, now: datetime) -> bool:
    """Tell whether a link sent by mail may still be used."""
    return used_at is None and now < expires_at


def digest(secret: str) -> str:
    """Return what is stored of a secret of 80 random bits or more: for those, SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def recovery_form(text: str) -> str:
    """Return a recovery code as it was made: upper case, no separators."""
    return re.sub(r"[\s\-]+", "", text).upper()


def grouped(code: str) -> str:
    """Return a code in groups of four, as it is shown and typed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def code_digits(text: str) -> str | None:
    """Return the six digits of a code, spaces left out, or None when it is not one."""
    digits = re.sub(r"\s+", "", text)
    return digits if len(digits) == TOTP_DIGITS and digits.isascii() and digits.isdigit() else None


def totp_steps(now: datetime, last_step: int | None) -> list[int]:
    """Return the steps whose code is good: this one and its neighbours, but none already used (RFC 6238 5.2)."""
    step = int(now.timestamp()) // TOTP_STEP
    return [item for item in (step, step - 1, step + 1) if last_step is None or item > last_step]


def local_path(target: str | None, default: str) -> str:
    """Return ``target`` when it is a path of this site, else ``default``: a sign-in link sends nobody away."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return default
    if any(unicodedata.category(char) in {"Cc", "Cf"} for char in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Return what a person recognises of a device: ``Firefox, Windows``; empty when nothing is known."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part)
