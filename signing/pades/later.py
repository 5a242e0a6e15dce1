"""Say what happened to a document after it was signed, from the state that was signed and the last one.

pyHanko's own analysis calls a harmless annotation suspicious, so pages, fields, annotations and objects are compared here.
What a signature allows is for ``signing.pades.permissions``; what it leads to is for ``signing.rules``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from signing.pades.comparison import Budget, Change, Comparison, TooComplex, Way
from signing.pades.fields import Field, Form, Widget, form
from signing.pades.objects import Pdf, PdfUnreadable, Ref, Value, entries, name, root
from signing.pades.pages import Page, annotations, compare_pages, page_tree


class Kind(StrEnum):
    """What a later revision did."""

    PAGE = "page"
    ANNOTATION = "annotation"
    FORM = "form"
    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"
    VALIDATION_DATA = "validation-data"
    METADATA = "metadata"
    UNDEFINED = "undefined"


@dataclass(slots=True)
class Later:
    """What later revisions did, all of them together."""

    kinds: set[Kind] = field(default_factory=set)
    #: Numbers of pages added, removed or painted anew.
    pages: list[int] = field(default_factory=list)
    #: What no rule explains.
    undefined: list[Change] = field(default_factory=list)
    #: Names of fields that were filled, signed ones included.
    filled: list[str] = field(default_factory=list)
    #: The comparison was given up: nothing can be said of what it would have found.
    incomplete: bool = False
    #: Bytes after the last revision that belong to none.
    loose_bytes: int = 0

    def add(self, kind: Kind, changes: Iterable[Change] = ()) -> None:
        """Record a kind of change, and its details when nothing explains it."""
        self.kinds.add(kind)
        if kind is Kind.UNDEFINED:
            self.undefined.extend(changes)

    def sort(self, changes: Iterable[Change], allowed: Kind | None = None) -> None:
        """Record changes as of one kind, undefined unless told."""
        found = list(changes)
        if found:
            self.add(allowed or Kind.UNDEFINED, found)


def later_changes(before: Pdf, after: Pdf, budget: Budget) -> Later:
    """Compare the state that was signed with the last one, in the steps that are left."""
    found = Later()
    if before is after:
        return found
    try:
        _Compared(before, after, found, budget).run()
    except (TooComplex, PdfUnreadable):
        found.incomplete = True
        found.kinds.add(Kind.UNDEFINED)
    return found


#: Catalogue entries whose change is of one harmless kind (EN 319 142-1, 5.4.2; ISO 32000-2, 12.8.2.2).
_CATALOGUE = {
    "/DSS": Kind.VALIDATION_DATA,
    "/Extensions": Kind.METADATA,
    "/Version": Kind.METADATA,
    "/Metadata": Kind.METADATA,
    "/PieceInfo": Kind.METADATA,
}
#: Entries that may come, and not change afterwards.
_MAY_COME = {"/OutputIntents": Kind.METADATA, "/Perms": Kind.SIGNATURE, "/MarkInfo": Kind.METADATA}
_ELSEWHERE = frozenset({"/Pages", "/AcroForm", "/Names", "/StructTreeRoot", "/Type"})
#: Named things that annotations and links use; scripts and attached files are not among them.
_QUIET_NAMES = frozenset({"/AP", "/Dests"})
#: What people hear or copy instead of what they see.
_SPOKEN = frozenset({"/ActualText", "/Alt", "/E", "/Lang", "/S"})
_FORM_ENTRIES = frozenset({"/DA", "/SigFlags", "/NeedAppearances", "/Q"})
#: What filling, or signing, may change in a widget.
_FILLED = frozenset({"/V", "/AP", "/AS", "/M", "/RV", "/I", "/TI", "/MK", "/DA", "/DR", "/F", "/Type", "/P"})
_SIGNED = _FILLED | {"/Rect", "/Lock", "/Border", "/BS", "/Q", "/StructParent"}
#: What changes the way a widget or an annotation is shown, not what it says.
_SHOWN = frozenset(
    {
        "/F",
        "/M",
        "/NM",
        "/P",
        "/Type",
        "/StructParent",
        "/Border",
        "/BS",
        "/C",
        "/CA",
        "/Popup",
        "/H",
        "/MK",
        "/Q",
        "/DA",
    }
)
_READ_ONLY = 1


class _Compared:
    """One comparison of two states, part by part."""

    def __init__(self, before: Pdf, after: Pdf, found: Later, budget: Budget) -> None:
        self.before, self.after, self.found = before, after, found
        self.comparison = Comparison(before, after, budget)
        self.trees = page_tree(before), page_tree(after)
        self.forms = form(before), form(after)
        #: Objects compared by their own rules, wherever else they are referred to from.
        self.apart: set[Ref] = set()

    def run(self) -> None:
        """Compare pages, annotations, fields, then the rest of the catalogue."""
        old, new = self.trees
        pages = compare_pages(self.comparison, old, new)
        self.found.pages = pages.numbers
        if pages.numbers:
            self.found.add(Kind.PAGE)
        self.found.sort(pages.others)
        self.apart |= old.refs | new.refs | self.forms[0].refs | self.forms[1].refs
        for page, other in pages.kept:
            self._annotations(page, other)
        self._fields(*self.forms)
        self._catalogue()
        self._doubled()
        if ("/Encrypt" in self.before.trailer) != ("/Encrypt" in self.after.trailer):
            self.found.sort([Change("MODIFICATION", ("/Encrypt",), None, None)])

    def _doubled(self) -> None:
        """Take note of later objects in which a key stands twice: another reader may show what this one does not see."""
        later = [ref for ref in self.after.all_doubled() if not self.comparison.untouched(ref)]
        if later or (self.after.doubled(None) and not self.before.doubled(None)):
            self.found.sort([Change("MODIFICATION", ("/Catalog", "a key that stands twice"), None, None)])

    def _changes(self, way: Way, before: Value, after: Value) -> tuple[Change, ...]:
        return self.comparison.changes(way, before, after, skip=self.apart)

    def _annotations(self, page: Page, other: Page) -> None:
        old, new = annotations(self.before, page), annotations(self.after, other)
        for first, last in _paired(old, new):
            mine = {value for value in (first, last) if isinstance(value, Ref)}
            if mine & (self.forms[0].refs | self.forms[1].refs):
                if last is None:
                    self.found.add(Kind.ANNOTATION)
                continue
            self.apart |= mine
            if first is None or last is None:
                self.found.add(Kind.ANNOTATION)
            else:
                self._annotation(first, last)

    def _annotation(self, first: Value, last: Value) -> None:
        """Compare one annotation with what became of it: a new text in it is a change of what was signed."""
        own, other = entries(self.before, first), entries(self.after, last)
        for key in sorted({*own, *other} - {"/Parent", "/IRT"}):
            changes = self._changes(Way(key, Way("/Annots")), own.get(key), other.get(key))
            quiet = key in _SHOWN or (key == "/AP" and key not in own)
            self.found.sort(changes, Kind.ANNOTATION if quiet else None)

    def _fields(self, old: Form, new: Form) -> None:
        pairs, gone, come = _matched(old.fields, new.fields)
        for item in gone:
            self.found.sort([Change("DELETION", ("/AcroForm", "/Fields"), item.name.encode(), None)])
        for first, last in pairs:
            self._field(first, last)
        for item in come:
            self._new_field(item)

    def _new_field(self, item: Field) -> None:
        """Take a new field as an annotation, unless it is there to sign; one that shows something unsigned is both."""
        kind = self._signing(item) if item.kind == "Sig" else Kind.ANNOTATION
        self.found.add(kind)
        if kind is Kind.FORM and any("/AP" in widget.own for widget in item.widgets):
            self.found.add(Kind.ANNOTATION)

    def _signing(self, item: Field) -> Kind:
        value = entries(self.after, item.value)
        if not value:
            return Kind.FORM
        return Kind.TIMESTAMP if name(self.after, value.get("/Type")) == "DocTimeStamp" else Kind.SIGNATURE

    def _field(self, old: Field, new: Field) -> None:
        value = self._changes(Way("/V", Way("/Fields")), old.value, new.value)
        if not value:
            allowed: frozenset[str] = frozenset()
        elif new.kind != "Sig":
            self.found.add(Kind.FORM)
            allowed = _FILLED
        elif entries(self.before, old.value):
            self.found.sort(value)
            allowed = frozenset()
        else:
            self.found.add(self._signing(new))
            allowed = _SIGNED
        if allowed:
            self.found.filled.append(new.name)
        self._dictionaries(old, new, allowed)

    def _dictionaries(self, old: Field, new: Field, allowed: frozenset[str]) -> None:
        """Compare a field's own entries, then its widgets'."""
        if old.kind != new.kind:
            self.found.sort([Change("MODIFICATION", ("/Fields", "/FT"), None, None)])
        self._entries(old.own, new.own, allowed)
        mine = {widget.ref: widget for widget in old.widgets if widget.own is not old.own}
        for position, widget in enumerate(new.widgets):
            if widget.own is new.own:
                continue
            same = mine.pop(widget.ref, None) or _at(old.widgets, position, widget)
            if same is None:
                self.found.add(Kind.ANNOTATION)
            else:
                self._entries(same.own, widget.own, allowed)
        if any(ref is not None for ref in mine):
            self.found.add(Kind.ANNOTATION)

    def _entries(self, own: Mapping[str, Value], other: Mapping[str, Value], allowed: frozenset[str]) -> None:
        for key in sorted({*own, *other} - {"/Parent", "/Kids", "/V"}):
            changes = self._changes(Way(key, Way("/Fields")), own.get(key), other.get(key))
            if not changes or key in allowed:
                continue
            quiet = key in _SHOWN or (key == "/AP" and key not in own)
            if key == "/Ff" and _only_locked(own.get(key), other.get(key)):
                self.found.add(Kind.FORM)
            else:
                self.found.sort(changes, Kind.ANNOTATION if quiet else None)

    def _catalogue(self) -> None:
        own, other = root(self.before), root(self.after)
        for key in sorted({*own, *other} - _ELSEWHERE):
            changes = self._changes(Way(key, Way("/Catalog")), own.get(key), other.get(key))
            kind = _CATALOGUE.get(key) or (_MAY_COME.get(key) if key not in own else None)
            self.found.sort(changes, kind)
        self._names(entries(self.before, own.get("/Names")), entries(self.after, other.get("/Names")))
        self._structure(own.get("/StructTreeRoot"), other.get("/StructTreeRoot"))
        self._form(entries(self.before, own.get("/AcroForm")), entries(self.after, other.get("/AcroForm")))

    def _names(self, own: dict[str, Value], other: dict[str, Value]) -> None:
        for key in sorted({*own, *other}):
            changes = self._changes(Way(key, Way("/Names")), own.get(key), other.get(key))
            quiet = key in _QUIET_NAMES and all(change.before is None for change in changes)
            self.found.sort(changes, Kind.ANNOTATION if quiet else None)

    def _structure(self, own: Value, other: Value) -> None:
        """Accept what signing or annotating adds to the tagged structure; what is read aloud must stay."""
        changes = self._changes(Way("/StructTreeRoot", Way("/Catalog")), own, other)
        for change in changes:
            spoken = change.keys[-1] in _SPOKEN or change.action == "DELETION"
            self.found.sort([change], None if spoken or own is None else Kind.METADATA)

    def _form(self, own: dict[str, Value], other: dict[str, Value]) -> None:
        for key in sorted({*own, *other} - {"/Fields"}):
            changes = self._changes(Way(key, Way("/AcroForm")), own.get(key), other.get(key))
            for change in changes:
                # A font that a form already used must stay: another one would show other words.
                added = key == "/DR" and change.before is None
                self.found.sort([change], Kind.FORM if key in _FORM_ENTRIES or added else None)


def _matched(
    old: list[Field], new: list[Field]
) -> tuple[list[tuple[Field, Field]], list[Field], list[Field]]:
    """Pair fields by name and reference, then by name; return the pairs, those that went and those that came."""
    left: dict[str, list[Field]] = {}
    for item in old:
        left.setdefault(item.name, []).append(item)
    pairs, come = [], []
    exact = {(item.name, item.ref) for item in old}
    for item in sorted(new, key=lambda item: (item.name, item.ref) not in exact):
        others = left.get(item.name, [])
        same = next((other for other in others if other.ref == item.ref), others[0] if others else None)
        if same is None:
            come.append(item)
        else:
            others.remove(same)
            pairs.append((same, item))
    return pairs, [item for others in left.values() for item in others], come


def _paired(old: list[Value], new: list[Value]) -> Iterator[tuple[Value, Value]]:
    """Pair annotations by reference, then the direct ones by position."""
    left = {item for item in old if isinstance(item, Ref)}
    right = {item for item in new if isinstance(item, Ref)}
    yield from ((item, item) for item in left & right)
    yield from ((item, None) for item in left - right)
    yield from ((None, item) for item in right - left)
    direct = (
        [item for item in old if not isinstance(item, Ref)],
        [item for item in new if not isinstance(item, Ref)],
    )
    for position in range(max(map(len, direct))):
        first, last = (side[position] if position < len(side) else None for side in direct)
        yield first, last


def _at(widgets: tuple[Widget, ...], position: int, like: Widget) -> Widget | None:
    """Return the direct widget at a position, which no reference names."""
    if like.ref is not None or position >= len(widgets) or widgets[position].ref is not None:
        return None
    return widgets[position]


def _only_locked(before: Value, after: Value) -> bool:
    """Tell whether field flags only gained ReadOnly, as a signature with a lock sets it."""
    first = before if isinstance(before, int) else 0
    return isinstance(after, int) and first | _READ_ONLY == after
