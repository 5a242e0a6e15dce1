"""French and English: source strings are French, the English catalogue is complete (checked in CI).

Catalogues are read from their ``.po`` files at the start: no compiled file to keep in step.
"""

import gettext
from io import BytesIO
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).resolve().parents[1] / "locale"
LANGUAGES = ("fr", "en")
DEFAULT = "fr"
_loaded: dict[str, gettext.NullTranslations] = {}


def catalogue(language: str) -> gettext.NullTranslations:
    """Return the translations for ``language``; French needs none."""
    if language not in _loaded:
        _loaded[language] = _load(LOCALES / language / "LC_MESSAGES" / "pli.po")
    return _loaded[language]


def _load(path: Path) -> gettext.NullTranslations:
    if not path.exists():
        return gettext.NullTranslations()
    # A command that speaks French reads no catalogue.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(message: str, language: str, **params: Any) -> str:
    """Return ``message`` in ``language`` with its ``%(name)s`` places filled."""
    text = catalogue(language).gettext(message) if message else ""
    return text % params if params else text


def _is_public_api(request: Any) -> bool:
    """Tell whether the address is one of the API that takes no key."""
    route = getattr(request, "matched_route", None)
    return bool(route and route.name in request.registry.get("pli.public_api", ()))


def negotiate(request: Any) -> str:
    """Choose the language: the address, then the browser session, the account, the browser's wish, French."""
    # A command line asks nobody's identity: the policy and its framework are imported for requests only.
    from procurement.core.security import is_bearer

    if is_bearer(request) or _is_public_api(
        request
    ):  # A program has no browser session, and asks for its language each time.
        return str(request.accept_language.lookup(LANGUAGES, default=DEFAULT) or DEFAULT)
    asked = request.params.get("lang") if request.method in {"GET", "HEAD"} else None
    if asked in LANGUAGES:
        if request.session.get("lang") != asked:
            request.session["lang"] = asked
        return str(asked)
    kept = request.session.get("lang")
    if kept in LANGUAGES:
        return str(kept)
    identity = request.identity
    if identity is not None and identity.language in LANGUAGES:
        return str(identity.language)
    wish: str | None = request.accept_language.lookup(LANGUAGES, default=DEFAULT)
    return wish or DEFAULT


def includeme(config: Any) -> None:
    """Add ``request.lang`` and ``request.translate(message, **params)``."""
    config.add_request_method(negotiate, "lang", reify=True)
    config.add_request_method(
        lambda request, message, **params: translate(message, request.lang, **params), "translate"
    )
