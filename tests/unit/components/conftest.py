"""Render templates with the globals of the kernel, without an application behind them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import jinja2
import pytest
from markupsafe import Markup

from procurement.core import i18n
from procurement.core.settings import Settings
from procurement.core.web import filters

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2027, 3, 9, 9, 41, 7, tzinfo=UTC)


@jinja2.pass_context
def _gettext(context: Any, message: str) -> str:
    return i18n.catalogue(context.get("lang", "fr")).gettext(message)


@jinja2.pass_context
def _ngettext(context: Any, singular: str, plural: str, count: int) -> str:
    del context
    return singular if count in {0, 1} else plural


@pytest.fixture(scope="session")
def environment() -> jinja2.Environment:
    """The environment of the kernel: strict, autoescaped, newstyle gettext."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update({name: getattr(filters, name) for name in filters.__all__})
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(_gettext, _ngettext, newstyle=True)
    return env


def context(**given: Any) -> dict[str, Any]:
    """The globals that every template may use, for an anonymous visitor unless ``identity`` is given."""

    def route(name: str, **parts: Any) -> str:
        return "/" + quote("/".join([*name.split("."), *(str(value) for value in parts.values())]))

    values: dict[str, Any] = {
        "request": SimpleNamespace(
            path="/essai",
            matched_route=SimpleNamespace(name="core.styleguide"),
            request_id="019c-essai",
            method="GET",
        ),
        "identity": None,
        "lang": "fr",
        "now": NOW,
        "site": Settings(base_url="https://pli.example"),
        "route": route,
        "route_url": lambda name, **parts: "https://pli.example" + route(name, **parts),
        "has_route": lambda name: True,
        "static": lambda path: f"/static/{path}",
        "script": lambda path: Markup('<script type="module" src="/static/js/{}"></script>').format(path),
        "csrf_token": lambda: "jeton",
        "csrf_field": lambda: Markup('<input type="hidden" name="csrf_token" value="jeton">'),
        "translate": lambda message, **params: i18n.translate(message, "fr", **params),
        "allowed": lambda permission, context=None: False,
        "flashes": list,
    }
    return values | given


@pytest.fixture(scope="session")
def render(environment: jinja2.Environment) -> Callable[..., str]:
    """Render a template by name."""

    def _render(template: str, **given: Any) -> str:
        return environment.get_template(template).render(context(**given))

    return _render


@pytest.fixture(scope="session")
def snippet(environment: jinja2.Environment) -> Callable[..., str]:
    """Render one expression with a component file's macros imported."""

    def _snippet(component: str, names: str, source: str, **given: Any) -> str:
        head = f'{{% from "components/{component}.html" import {names} with context %}}'
        return environment.from_string(head + source).render(context(**given)).strip()

    return _snippet
