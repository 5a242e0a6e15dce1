"""Compare the pages of two states of a PDF: which were added, removed or painted anew, and their annotations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from signing.pades.comparison import Change, Comparison, Way
from signing.pades.objects import Pdf, PdfUnreadable, Ref, Value, entries, items, resolve, root

#: What a page looks like (ISO 32000-1, 7.7.3.3); the first ones are inherited from the page tree.
_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
_LOOKS = (*_INHERITED, "/Contents", "/BleedBox", "/TrimBox", "/ArtBox", "/UserUnit", "/Group")
#: What changes without harm when a document is annotated or signed, or is looked at elsewhere.
_QUIET = frozenset(
    {
        "/Type",
        "/Parent",
        "/Annots",
        "/LastModified",
        "/PieceInfo",
        "/Metadata",
        "/StructParents",
        "/Tabs",
        "/Thumb",
    }
)
_MAX_PAGES = 100_000
_MAX_MIDDLE = 1_000


@dataclass(frozen=True, slots=True)
class Page:
    """One page: where it stands, its own entries, and those that make its looks."""

    ref: Ref | None
    own: Mapping[str, Value] = field(repr=False)
    looks: Mapping[str, Value] = field(repr=False)


@dataclass(slots=True)
class PageTree:
    """The pages of one state in order, and every object of the tree."""

    pages: list[Page] = field(default_factory=list)
    refs: set[Ref] = field(default_factory=set)


@dataclass(slots=True)
class PageChanges:
    """Pages that differ, by number; what differs beside their looks; and the pages that stayed, to look at annotations."""

    numbers: list[int] = field(default_factory=list)
    others: list[Change] = field(default_factory=list)
    kept: list[tuple[Page, Page]] = field(default_factory=list)


def page_tree(pdf: Pdf) -> PageTree:
    """Read the page tree in order; a node met twice is read once. Raises PdfUnreadable beyond 100,000 pages."""
    tree = PageTree()
    waiting: list[tuple[Value, dict[str, Value]]] = [(root(pdf).get("/Pages"), {})]
    while waiting:
        node, inherited = waiting.pop()
        ref = node if isinstance(node, Ref) else None
        own = resolve(pdf, node)
        if not isinstance(own, dict) or (ref is not None and ref in tree.refs):
            continue
        if ref is not None:
            tree.refs.add(ref)
        passed = inherited | {key: own[key] for key in _INHERITED if own.get(key) is not None}
        if "/Kids" in own:
            waiting.extend((kid, passed) for kid in reversed(items(pdf, own["/Kids"])))
            continue
        looks = passed | {key: own[key] for key in _LOOKS if own.get(key) is not None}
        tree.pages.append(Page(ref, own, looks))
        if len(tree.pages) > _MAX_PAGES:
            raise PdfUnreadable("too many pages")
    return tree


def compare_pages(comparison: Comparison, before: PageTree, after: PageTree) -> PageChanges:
    """Compare two page trees; numbers of removed pages are those of the earlier state, the others of the later."""
    found = PageChanges()
    repainted: set[int] = set()
    for first, last in _matched(comparison, before.pages, after.pages):
        if first is None and last is not None:
            repainted.add(last + 1)
        elif last is None and first is not None:
            repainted.add(first + 1)
        elif first is not None and last is not None:
            page, other = before.pages[first], after.pages[last]
            found.kept.append((page, other))
            if not _alike(comparison, page, other):
                repainted.add(last + 1)
            found.others.extend(_beside(comparison, page, other))
    found.numbers = sorted(repainted)
    return found


def _matched(
    comparison: Comparison, before: list[Page], after: list[Page]
) -> Iterator[tuple[int | None, int | None]]:
    """Pair pages by position; when their number differs, by position from both ends and by identity in between."""
    if len(before) == len(after):
        yield from zip(range(len(before)), range(len(after)), strict=True)
        return
    short = min(len(before), len(after))
    head = next((i for i in range(short) if not _alike(comparison, before[i], after[i], same=True)), short)
    tail = next(
        (i for i in range(short - head) if not _alike(comparison, before[-1 - i], after[-1 - i], same=True)),
        short - head,
    )
    yield from ((i, i) for i in range(head))
    yield from _middle(before[head : len(before) - tail], after[head : len(after) - tail], head)
    yield from ((len(before) - i, len(after) - i) for i in range(tail, 0, -1))


def _middle(before: list[Page], after: list[Page], shift: int) -> Iterator[tuple[int | None, int | None]]:
    left, right = [_identity(page) for page in before], [_identity(page) for page in after]
    blocks = (
        SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
        if _small(left, right)
        else []
    )
    kept = [(block.a + i, block.b + i) for block in blocks for i in range(block.size)]
    yield from ((shift + first, shift + last) for first, last in kept)
    gone, come = {first for first, _ in kept}, {last for _, last in kept}
    yield from ((shift + i, None) for i in range(len(before)) if i not in gone)
    yield from ((None, shift + i) for i in range(len(after)) if i not in come)


def _small(left: list[object], right: list[object]) -> bool:
    return len(left) <= _MAX_MIDDLE and len(right) <= _MAX_MIDDLE


def _identity(page: Page) -> object:
    return page.ref if page.ref is not None else id(page)


def _alike(comparison: Comparison, page: Page, other: Page, *, same: bool = False) -> bool:
    """Tell whether two pages look the same; with ``same``, being one object is enough to pair them."""
    if same and page.ref is not None and page.ref == other.ref:
        return True
    return not any(comparison.changes(Way(key), page.looks.get(key), other.looks.get(key)) for key in _LOOKS)


def _beside(comparison: Comparison, page: Page, other: Page) -> Iterator[Change]:
    """Yield what differs in a page besides its looks: actions, transitions, viewports."""
    keys = {*page.own, *other.own} - _QUIET - set(_LOOKS) - {"/Count", "/Kids"}
    for key in sorted(keys):
        yield from comparison.changes(Way(key, Way("/Page")), page.own.get(key), other.own.get(key))


def annotations(pdf: Pdf, page: Page) -> list[Value]:
    """Return the annotations of a page."""
    return [item for item in items(pdf, page.own.get("/Annots")) if entries(pdf, item)]
