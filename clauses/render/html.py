"""Write a tree as HTML: a fragment for a page of ours, or a page that stands alone and needs no other file."""

import base64
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup, escape

from clauses.render import layout
from clauses.render.tree import Clause, CoverLine, Document

__all__ = ["clause_fragment", "cover_fragment", "fragment", "page"]


def page(document: Document) -> bytes:
    """Return the page: its style and its logo are inside, nothing is fetched."""
    return _write("document", document=document, contents_title=layout.CONTENTS_TITLE).encode()


def fragment(document: Document, *, level: int = 2) -> Markup:
    """Return the numbered part; ``level`` is that of the headings of chapters in the page around."""
    return Markup(_write("fragment", document=document, level=level))  # noqa: S704 - written by our templates, escaped there


def cover_fragment(document: Document, *, address: str) -> Markup:
    """Return the cover page, to be looked at inside a page of ours; ``address`` is where its logo is."""
    return Markup(_write("cover", document=document, address=address))  # noqa: S704 - written by our templates, escaped there


def clause_fragment(clause: Clause, *, level: int = 3, elsewhere: str = "") -> Markup:
    """Return one clause; ``level`` is that of its heading, ``elsewhere`` the page on which the other articles stand."""
    written = _write("clause", clause=clause, level=level)
    # A quote is never written as such in a text: this is an attribute.
    linked = written.replace('href="#', f'href="{escape(elsewhere)}#')
    return Markup(linked)  # noqa: S704 - written by our templates, escaped there


def _write(name: str, **values: Any) -> str:
    return _templates().get_template(f"clauses/render/{name}.html").render(values)


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(str(files("procurement.templates")))
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["kind"] = _kind
    environment.filters["data_url"] = _data_url
    return environment


def _kind(block: Any) -> str:
    return type(block).__name__


def _data_url(line: CoverLine) -> str:
    return f"data:{layout.logo_type(line.data)};base64,{base64.b64encode(line.data).decode()}"
