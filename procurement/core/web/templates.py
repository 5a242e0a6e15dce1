"""Jinja2: autoescape, components by macro, and the globals every template may use."""

from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from pyramid.csrf import get_csrf_token
from pyramid.events import BeforeRender
from pyramid.interfaces import IRoutesMapper

from procurement.core import i18n, services
from procurement.core.settings import Settings
from procurement.core.web import filters

_TEMPLATES = "procurement.templates:"


def includeme(config: Any) -> None:
    """Configure the renderer for ``.html`` and put the globals in place."""
    settings: Settings = services.find(config.registry, Settings)
    config.include("pyramid_jinja2")
    search = [_TEMPLATES]
    if settings.theme_directory is not None:
        search.insert(0, str(Path(settings.theme_directory).resolve() / "templates"))
    config.add_settings(
        {
            "jinja2.directories": "\n".join(search),
            "jinja2.undefined": "strict",
            "jinja2.extensions": ["jinja2.ext.do", "jinja2.ext.loopcontrols"],
            "jinja2.trim_blocks": "true",
            "jinja2.lstrip_blocks": "true",
            "jinja2.filters": {name: getattr(filters, name) for name in filters.__all__},
        }
    )
    config.add_jinja2_renderer(".html")
    config.add_jinja2_renderer(".xml")
    config.add_subscriber(_globals, BeforeRender)
    config.action(("pli", "jinja2"), lambda: _finish(config), order=999)


def _finish(config: Any) -> None:
    for suffix in (".html", ".xml"):
        environment = config.get_jinja2_environment(suffix)
        environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)
        environment.policies["ext.i18n.trimmed"] = True
        # pyramid_jinja2 would compile every component anew for each page that names it; ours are named from the root.
        environment.join_path = _from_the_root


def _from_the_root(name: str, parent: str) -> str:
    del parent
    return name


@jinja2.pass_context
def _gettext(context: Any, message: str) -> str:
    return i18n.catalogue(context.get("lang", i18n.DEFAULT)).gettext(message)


@jinja2.pass_context
def _ngettext(context: Any, singular: str, plural: str, count: int) -> str:
    catalogue = i18n.catalogue(context.get("lang", i18n.DEFAULT))
    if isinstance(catalogue, GNUTranslations):
        return catalogue.ngettext(singular, plural, count)
    return singular if count in {0, 1} else plural  # In French, zero is singular.


def _globals(event: Any) -> None:
    request = event.get("request")
    if request is None or not str(event.get("renderer_name", "")).endswith((".html", ".xml")):
        return  # JSON has no use for what follows.
    settings: Settings = services.get(request, Settings)
    event["identity"] = request.identity
    event["lang"] = request.lang
    event["now"] = request.now
    event["site"] = settings
    event["route"] = request.route_path
    event["route_url"] = request.route_url
    routes = request.registry.getUtility(IRoutesMapper)
    event["has_route"] = lambda name: routes.get_route(name) is not None
    event["static"] = request.static
    event["script"] = lambda path: Markup('<script type="module" src="{}"></script>').format(
        request.static(f"js/{path}")
    )
    event["csrf_token"] = lambda: get_csrf_token(request)
    event["csrf_field"] = lambda: Markup('<input type="hidden" name="csrf_token" value="{}">').format(
        get_csrf_token(request)
    )
    event["translate"] = request.translate
    event["allowed"] = lambda permission, context=None: bool(
        request.has_permission(permission, context or request.context)
    )
    # Popping writes the session cookie; a page without a message must not.
    event["flashes"] = lambda: request.session.pop_flash() if request.session.peek_flash() else []
