"""Checks of the settings: address, TLS, secrets, shortcuts, legal pages."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from webob import Request

from procurement.core.doctor.peers import EXPIRY
from procurement.core.doctor.report import Check, Installation, Status, ok
from procurement.core.text import _
from procurement.core.web.pages import LEGAL_PAGES

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_TIMEOUT = 5.0
#: The mark that a page of the operator's still holds a blank.
_BLANK = "pl-blank--todo"
_FEWEST_LETTERS = 10
_GUESSABLE = ("development", "changeme", "example", "secret", "test-only")


def base_url(site: Installation) -> list[Check]:
    """Check the address users see, and its certificate."""
    url = site.runtime.settings.base_url
    parts = urlsplit(url)
    if parts.scheme == "https":
        return [ok("site.base_url", url), _tls(parts.hostname or "", parts.port or 443)]
    if parts.hostname in _LOCAL and not site.production:
        return [ok("site.base_url", url)]
    fix = _(
        "L’adresse du service n’est pas en https : réglez pli.base_url et placez un mandataire TLS devant."
    )
    return [Check("site.base_url", site.lenient, url, "https", fix)]


def _tls(host: str, port: int) -> Check:
    try:
        ends = _certificate_end(host, port)
    except (OSError, ValueError) as error:
        fix = _(
            "La connexion TLS à %(host)s échoue (%(error)s). Vérifiez le nom, le port et la chaîne du certificat."
        )
        return Check("site.tls", Status.FAIL, fix=fix, params={"host": host, "error": str(error)})
    # Certificates live in real time, whatever the application's clock says.
    left = ends - datetime.now(UTC)
    if left > EXPIRY:
        return ok("site.tls", left.days, EXPIRY.days)
    fix = _("Le certificat TLS de %(host)s expire dans %(days)s jours : renouvelez-le.")
    status = Status.FAIL if left <= timedelta(0) else Status.WARN
    return Check("site.tls", status, left.days, EXPIRY.days, fix, {"host": host, "days": left.days})


def _certificate_end(host: str, port: int) -> datetime:
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=_TIMEOUT) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        certificate = secured.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


def shortcuts(site: Installation) -> list[Check]:
    """Look for what suits a developer's machine only."""
    settings = site.runtime.settings
    local = urlsplit(settings.base_url).hostname in _LOCAL
    if site.production or local:
        found = ok("site.environment", settings.environment)
    else:
        fix = _(
            "Ce service a une adresse publique et des réglages de développement : pli.environment = production"
        )
        found = Check("site.environment", Status.FAIL, settings.environment, "production", fix)
    debug = sorted(
        name
        for name, value in site.runtime.registry.settings.items()
        if name.startswith(("debug_", "pyramid.debug_", "pyramid.reload_", "reload_"))
        and str(value).lower() in {"true", "1"}
    )
    return [found, _debug(site, debug), _secret(site)]


def _debug(site: Installation, names: list[str]) -> Check:
    if not names or not site.production:
        return ok("site.debug", len(names) if site.production else None, 0)
    fix = _("Retirez les réglages de mise au point : %(names)s")
    return Check("site.debug", Status.FAIL, len(names), 0, fix, {"names": ", ".join(names)})


def _secret(site: Installation) -> Check:
    secret = site.runtime.settings.secret_key
    guessable = any(word in secret.lower() for word in _GUESSABLE) or len(set(secret)) < _FEWEST_LETTERS
    if not guessable:
        return ok("site.secret_key", value=True)
    fix = _(
        "La clé des sessions est celle d’un exemple. Réglez PLI_SECRET_KEY avec la sortie de : openssl rand -hex 32"
    )
    return Check("site.secret_key", site.lenient, value=False, fix=fix)


def legal_pages(site: Installation) -> list[Check]:
    """Read every obligatory page as a visitor does and look for blanks."""
    blank = [slug for slug in LEGAL_PAGES if _BLANK in _read(site, slug)]
    if not blank:
        return [ok("site.legal_pages", 0, 0)]
    fix = _(
        "Pages obligatoires à compléter : %(pages)s. Réglez pli.operator_name et pli.support_contact, et placez vos "
        "textes dans le dossier de thème (pli.theme_directory)."
    )
    return [Check("site.legal_pages", site.lenient, len(blank), 0, fix, {"pages": ", ".join(blank)})]


def _read(site: Installation, slug: str) -> str:
    request = Request.blank(f"/pages/{slug}", base_url=site.runtime.settings.base_url)
    answer = request.get_response(site.runtime.app)
    return str(answer.text)
