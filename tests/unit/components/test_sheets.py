"""The style sheets keep their promises: one palette, enough contrast, few bytes, no unknown class."""

import gzip
import re
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "procurement/static"
SHEETS = sorted((STATIC / "css").glob("*.css"))
TEXTS = ("ink", "ink-2", "ink-3", "accent", "accent-hover", "warn", "err", "info", "wax")
GROUNDS = ("bg", "bg-soft", "bg-sunk", "surface")
#: A status is written in its own colour on its own soft ground.
PAIRS = [
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("wax-mark", "wax"),
    *[(name, f"{name}-soft") for name in ("accent", "warn", "err", "info")],
]
PAIRS += [("ink", ground) for ground in ("accent-soft", "warn-soft", "err-soft", "info-soft", "ins", "del")]
PAIRS += [("ink-2", "accent-soft"), ("ink-2", "warn-soft")]


def blocks():
    text = (STATIC / "css/tokens.css").read_text()
    found = re.findall(r"color-scheme: (light|dark);(.*?)\}", text, re.DOTALL)
    return [(scheme, dict(re.findall(r"--pl-([\w-]+): (#[0-9A-F]{6});", body))) for scheme, body in found]


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_dark_palette_is_the_same_by_device_and_by_choice():
    schemes = blocks()
    assert [scheme for scheme, _ in schemes] == ["light", "dark", "dark"]
    assert schemes[1][1] == schemes[2][1]
    assert schemes[0][1].keys() == schemes[1][1].keys()


@pytest.mark.parametrize(("scheme", "palette"), blocks()[:2], ids=["light", "dark"])
def test_texts_are_readable_on_every_ground(scheme, palette):
    pairs = [*product(TEXTS, GROUNDS), *PAIRS]
    assert {
        pair: ratio for pair in pairs if (ratio := contrast(palette[pair[0]], palette[pair[1]])) < 4.5
    } == {}


@pytest.mark.parametrize(("scheme", "palette"), blocks()[:2], ids=["light", "dark"])
def test_control_borders_and_focus_are_seen(scheme, palette):
    pairs = [
        ("line-2", "bg"),
        ("line-2", "surface"),
        ("warn-line", "surface"),
        ("err-line", "surface"),
        ("wax", "surface"),
        ("focus-ink", "focus-halo"),
    ]
    assert {
        pair: ratio for pair in pairs if (ratio := contrast(palette[pair[0]], palette[pair[1]])) < 3
    } == {}


@pytest.mark.parametrize(
    "sheet", [sheet for sheet in SHEETS if sheet.name != "tokens.css"], ids=lambda sheet: sheet.name
)
def test_colours_come_from_the_tokens(sheet):
    # Paper is black on white whatever the palette; the veil behind a dialog is no text colour.
    allowed = {"#fff", "#000", "rgb(10 15 13 / .6)"}
    assert (
        set(re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb\([^)]*\)|hsl\([^)]*\)", sheet.read_text())) - allowed
        == set()
    )


@pytest.mark.parametrize(
    "path", [*SHEETS, *sorted((STATIC / "js/page").glob("*.js"))], ids=lambda path: path.name
)
def test_file_stays_readable(path):
    assert len(path.read_text().splitlines()) <= 400


def test_sheets_fetch_nothing():
    assert [sheet.name for sheet in SHEETS if re.search(r"@import|url\(", sheet.read_text())] == []


def test_tokens_that_are_used_exist():
    text = "".join(sheet.read_text() for sheet in SHEETS)
    assert set(re.findall(r"var\((--pl-[\w-]+)", text)) - set(re.findall(r"(--pl-[\w-]+):", text)) == set()


def test_classes_of_the_components_have_a_style():
    styled = set(re.findall(r"\.(pl-[\w-]+)", "".join(sheet.read_text() for sheet in SHEETS)))
    folders = ("components", "errors", "core")
    pages = [
        ROOT / "templates/base.html",
        *(path for folder in folders for path in (ROOT / "templates" / folder).rglob("*.html")),
    ]
    plain = "".join(re.sub(r"\{[{%].*?[%}]\}", " ", path.read_text()) for path in pages)
    classes = {name for value in re.findall(r'class="([^"]*)"', plain) for name in value.split()}
    # A name that ends in a hyphen goes on with a value given by the page.
    used = {name for name in classes if name.startswith("pl-") and not name.endswith("-")}
    assert used - styled == set()


def test_first_load_fits_the_budget(render):
    page = render("core/home.html").encode()
    parts = [
        page,
        *(sheet.read_bytes() for sheet in SHEETS),
        *(path.read_bytes() for path in (STATIC / "js/page").glob("*.js")),
    ]
    assert sum(len(gzip.compress(part)) for part in parts) <= 60_000


def test_first_load_takes_few_requests(render):
    page = render("core/home.html")
    linked = re.findall(r'<link rel="(?:stylesheet|icon)"|<script ', page)
    assert len(linked) + 1 <= 8
