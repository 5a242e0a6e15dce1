"""Rules of API clients: states and moves, scopes, return addresses, keys. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from procurement.core.errors import Conflict, FieldError, Invalid
from procurement.core.text import _

#: A token works this long (dume.md, section 8).
TOKEN_LIFE = timedelta(seconds=3600)
#: Longest life of a signed assertion, and how far its clock may be from ours (RFC 7523, section 3).
ASSERTION_LIFE = timedelta(minutes=5)
ASSERTION_SKEW = timedelta(seconds=30)
#: Keys of one kind that work at once: the old one and the one that follows it.
KEYS_AT_ONCE = 2
RETURN_URLS = 20
URL_MAX = 2000
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class ClientState(StrEnum):
    """How far a client has come."""

    SANDBOX = "sandbox"
    QUALIFICATION = "qualification"
    PRODUCTION = "production"


class KeyKind(StrEnum):
    """What a client proves itself with."""

    SECRET = "secret"  # noqa: S105  # a kind of key, no secret
    PUBLIC = "public"


#: One step forward after the other; a step back is for a client whose qualification has to be done again.
MOVES: dict[ClientState, tuple[ClientState, ...]] = {
    ClientState.SANDBOX: (ClientState.QUALIFICATION,),
    ClientState.QUALIFICATION: (ClientState.PRODUCTION, ClientState.SANDBOX),
    ClientState.PRODUCTION: (ClientState.QUALIFICATION,),
}


def check_move(state: ClientState, wanted: ClientState, *, owned: bool) -> None:
    """Refuse a move that the table does not hold, and one past the sandbox without an owner organisation."""
    if wanted not in MOVES[state]:
        raise Conflict(
            "client.move_refused",
            _("Un client de l’API ne passe pas de l’état « %(state)s » à l’état « %(wanted)s »."),
            state=str(state),
            wanted=str(wanted),
        )
    if wanted is not ClientState.SANDBOX and not owned:
        raise Conflict(
            "client.owner_missing",
            _("Ce client n’appartient à aucune organisation : rattachez-le avant de quitter le bac à sable."),
        )


def check_scopes(wanted: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Return scopes without repetition, in order; refuse one that does not exist."""
    asked = tuple(dict.fromkeys(wanted))
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise Invalid(
            "client.scope_unknown",
            _("Ces droits n’existent pas : %(scopes)s."),
            scopes=", ".join(unknown),
        )
    return tuple(sorted(asked))


def check_return_url(url: str, *, local: bool) -> str:
    """Return an address to which a person may be sent back; ``local`` lets a developer's own machine in."""
    try:
        parts = urlsplit(url)
        secure = parts.scheme == "https" or (
            local and parts.scheme == "http" and (parts.hostname or "") in _LOCAL
        )
        good = secure and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        good = False
        parts = urlsplit("")
    if not good or parts.fragment or not _plain(url):
        message = _("Une adresse de retour commence par https://, sans identifiants ni fragment (#).")
        raise Invalid(
            "client.return_url", message, errors=(FieldError("/return_url", "client.return_url", message),)
        )
    return url


def same_return_url(registered: str, asked: str) -> bool:
    """Tell whether two addresses differ by nothing but their query; one that browsers would read anew is never the same."""
    if not _plain(asked):
        return False
    try:
        return urlsplit(registered)._replace(query="") == urlsplit(asked)._replace(query="")
    except ValueError:
        return False


def _plain(url: str) -> bool:
    """Tell whether an address is short, and free of what readers of addresses leave out: spaces, controls, accents."""
    return len(url) <= URL_MAX and url.isascii() and url.isprintable() and " " not in url


def mandate_holds(signed_on: date, ends_on: date | None, day: date) -> bool:
    """Tell whether a mandate covers a day, both ends included."""
    return signed_on <= day and (ends_on is None or day <= ends_on)
