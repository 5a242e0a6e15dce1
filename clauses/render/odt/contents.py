"""Write the table of contents of an OpenDocument text: an index that can be updated, its pages counted on opening."""

from collections.abc import Iterator

from lxml import etree

from clauses.render import layout
from clauses.render.odt.xml import e
from clauses.render.tree import Document, Title


def contents(document: Document) -> etree._Element:
    """Return the index; its page numbers are references, which are counted when the file is opened."""
    title = e("text:index-title-template", layout.CONTENTS_TITLE, style_name="Contents_20_Heading")
    templates = (_template(level) for level in range(1, layout.CONTENTS_LEVELS + 1))
    source = e("text:table-of-content-source", title, *templates, outline_level=str(layout.CONTENTS_LEVELS))
    heading = e(
        "text:index-title",
        e("text:p", layout.CONTENTS_TITLE, style_name="Contents_20_Heading"),
        name="Sommaire_titre",
    )
    entries = map(_entry, layout.contents(document))
    return e(
        "text:table-of-content",
        source,
        e("text:index-body", heading, *entries),
        name="Sommaire",
        protected="true",
    )


def _template(level: int) -> etree._Element:
    parts = [e("text:index-entry-link-start", style_name="Index_20_Link"), e("text:index-entry-chapter")]
    if level > 1:
        parts.append(e("text:index-entry-tab-stop", style__type="left", style__position="0mm"))
    else:
        parts.append(e("text:index-entry-span", " "))
    parts += [
        e("text:index-entry-text"),
        e("text:index-entry-tab-stop", style__type="right", style__leader_char="."),
        e("text:index-entry-page-number"),
        e("text:index-entry-link-end"),
    ]
    style = f"Contents_20_{level}"
    return e("text:table-of-content-entry-template", *parts, outline_level=str(level), style_name=style)


def _entry(title: Title) -> etree._Element:
    return e(
        "text:p",
        e(
            "text:a",
            *_words(title),
            xlink__type="simple",
            xlink__href=f"#{title.anchor}",
            style_name="Index_20_Link",
            visited_style_name="Index_20_Link",
        ),
        style_name=f"Contents_20_{title.number.level}",
    )


def _words(title: Title) -> Iterator[etree._Element | str]:
    yield title.number.label
    yield e("text:tab") if title.number.level > 1 else e("text:s")
    yield title.title
    yield e("text:tab")
    yield e("text:bookmark-ref", reference_format="page", ref_name=title.anchor)
