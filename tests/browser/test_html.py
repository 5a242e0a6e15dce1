"""Every HTML page is valid HTML as the server sends it, holds nothing inline, and carries the security headers."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import html5lib
import pytest
from html5lib.constants import namespaces
from playwright.sync_api import Page

from procurement.core.web.headers import HEADERS
from tests.browser.cases import CASES, Case
from tests.browser.stage import Demo

pytestmark = pytest.mark.browser

XHTML = f"{{{namespaces['html']}}}"
#: What a ``script`` element may hold in place of an address: data that nothing runs.
DATA = {"application/json", "application/ld+json"}


def faults(text: str) -> list[Any]:
    """Return the places where strict HTML5 parsing stumbles."""
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(text)
    return [(place, code, details) for place, code, details in parser.errors]


def inline(tree: Any) -> list[str]:
    """Return what a strict content security policy would refuse."""
    found = []
    for element in tree.iter():
        name = str(element.tag).removeprefix(XHTML)
        if name == "style" or (
            name == "script" and "src" not in element.attrib and element.get("type") not in DATA
        ):
            found.append(name)
        found.extend(f"{name} {key}" for key in element.attrib if key == "style" or key.startswith("on"))
        found.extend(
            f"{name} {key}" for key, value in element.attrib.items() if value.startswith("javascript:")
        )
    return found


def repeated_ids(tree: Any) -> list[str]:
    """Return the identifiers that stand more than once."""
    count = Counter(element.get("id") for element in tree.iter() if element.get("id") is not None)
    return [name for name, times in count.items() if times > 1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_page_is_valid_html(case: Case, demo: Demo, pages: Callable[[str | None], Page]) -> None:
    response = case.sent(pages(case.person), demo)
    text = response.text()
    assert response.headers["content-type"] == "text/html; charset=UTF-8"
    assert {name: response.headers.get(name.lower()) for name in HEADERS} == HEADERS
    assert faults(text) == []
    tree = html5lib.parse(text, treebuilder="etree")
    assert inline(tree) == []
    assert repeated_ids(tree) == []
    assert len(list(tree.iter(f"{XHTML}h1"))) == 1
