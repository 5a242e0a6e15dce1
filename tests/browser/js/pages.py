"""Render the room's templates as the application does, without the application: globals, filters, macros."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
from markupsafe import Markup

from procurement.core.web import filters

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)


def _gettext(message: str, **values: object) -> str:
    return message % values if values else message % ()


def _ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    return (singular if num < 2 else plural) % {"num": num, **values}


def render(name: str, context: dict[str, Any]) -> bytes:
    """Return a page of the room, as HTML bytes."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({filter_: getattr(filters, filter_) for filter_ in filters.__all__})
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=False)  # type: ignore[attr-defined]
    return environment.get_template(name).render(_globals() | context).encode()


def _globals() -> dict[str, Any]:
    identity = SimpleNamespace(organisation_kind="company", organisation_name="Lucarne Bâtiment SAS")
    request = SimpleNamespace(script_name="", path="/", matched_route=SimpleNamespace(name="bids.deposit"))
    return {
        "request": request,
        "identity": identity,
        "lang": "fr",
        "now": datetime.now(UTC),
        "site": SimpleNamespace(
            site_name="Pli", base_url="http://localhost", support_contact="support@example.org"
        ),
        "route": lambda name, **values: "/" + "/".join([name, *(str(value) for value in values.values())]),
        "has_route": lambda _name: False,
        "static": lambda path: f"/static/{path}",
        "script": lambda path: Markup('<script type="module" src="/static/js/{}"></script>').format(path),
        "csrf_token": lambda: "jeton",
        "csrf_field": lambda: Markup('<input type="hidden" name="csrf_token" value="jeton">'),
        "translate": lambda text, **_values: text,
        "allowed": lambda *_arguments: True,
        "flashes": list,
    }
