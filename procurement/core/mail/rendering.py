"""Build the subject, text and HTML of a message from its three templates, in the recipient's language."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from procurement.core import i18n
from procurement.core.web import filters

#: Where the templates lie, whether installed, in a wheel or run from the tree.
_PACKAGE = "procurement.templates"


@dataclass(frozen=True)
class Rendered:
    """A message's three texts."""

    subject: str
    text: str
    html: str


def render(template: str, context: dict[str, Any], *, language: str, site: Any) -> Rendered:
    """Render the ``.subject.txt``, ``.txt`` and ``.html`` of a template such as ``emails/invitation``.

    The subject is made one line. ``site`` is the Settings object (name, address and support of the service).
    """
    environment = _environment(language)
    values = {**context, "lang": language, "site": site}
    subject = environment.get_template(f"{template}.subject.txt").render(values)
    return Rendered(
        subject=" ".join(subject.split()),
        text=environment.get_template(f"{template}.txt").render(values).strip() + "\n",
        html=environment.get_template(f"{template}.html").render(values),
    )


@cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_folder()),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(filters, name) for name in filters.__all__}
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(i18n.catalogue(language), newstyle=True)  # type: ignore[attr-defined]  # i18n extension
    return environment


def _folder() -> Path:
    import importlib.resources

    return Path(str(importlib.resources.files(_PACKAGE)))
