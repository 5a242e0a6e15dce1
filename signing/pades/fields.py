"""Read the form of a PDF: its fields by full name, their values, their widgets (ISO 32000-1, 12.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from signing.pades.objects import Pdf, PdfUnreadable, Ref, Value, entries, items, name, resolve, root, text
from signing.pades.pages import annotations, page_tree

_INHERITED = ("/FT", "/V", "/Ff", "/DA")
_MAX_FIELDS = 50_000
_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Widget:
    """One place where a field is shown, or the field itself when it is shown once."""

    ref: Ref | None
    own: Mapping[str, Value] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A terminal field: full name, type (Tx, Btn, Ch, Sig), value as it stands, widgets."""

    name: str
    ref: Ref | None
    kind: str | None
    value: Value = field(repr=False)
    own: Mapping[str, Value] = field(repr=False)
    widgets: tuple[Widget, ...]


@dataclass(slots=True)
class Form:
    """The fields in file order, and every object of the field tree, widgets included."""

    fields: list[Field] = field(default_factory=list)
    refs: set[Ref] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Node:
    value: Value
    prefix: str
    inherited: dict[str, Value]
    depth: int


def form(pdf: Pdf) -> Form:
    """Read the interactive form; a node met twice is read once. Raises PdfUnreadable beyond 50,000 fields."""
    found = Form()
    top = entries(pdf, root(pdf).get("/AcroForm")).get("/Fields")
    waiting = [_Node(item, "", {}, 0) for item in reversed(items(pdf, top))]
    while waiting:
        waiting.extend(reversed(_visit(pdf, waiting.pop(), found)))
        if len(found.fields) + len(waiting) > _MAX_FIELDS:
            raise PdfUnreadable("too many fields")
    if not any(item.kind == "Sig" for item in found.fields):
        _add_orphans(pdf, found)
    return found


def _add_orphans(pdf: Pdf, found: Form) -> None:
    """Add the signature widgets of pages that the form forgot: readers show them all the same."""
    for page in page_tree(pdf).pages:
        for item in annotations(pdf, page):
            own = entries(pdf, item)
            if (
                name(pdf, own.get("/FT")) == "Sig"
                and own.get("/V") is not None
                and len(found.fields) < _MAX_FIELDS
            ):
                _visit(pdf, _Node(item, "", {}, 0), found)


def _visit(pdf: Pdf, node: _Node, found: Form) -> list[_Node]:
    """Record a terminal field, or return the children of another one."""
    ref = node.value if isinstance(node.value, Ref) else None
    own = resolve(pdf, node.value)
    if not isinstance(own, dict) or (ref is not None and ref in found.refs):
        return []
    if ref is not None:
        found.refs.add(ref)
    label = text(pdf, own.get("/T"))
    full = ".".join(part for part in (node.prefix, label) if part)
    inherited = node.inherited | {key: own[key] for key in _INHERITED if own.get(key) is not None}
    kids = items(pdf, own.get("/Kids"))
    children = [kid for kid in kids if entries(pdf, kid).get("/T") is not None]
    if children and node.depth < _MAX_DEPTH:
        return [_Node(kid, full, inherited, node.depth + 1) for kid in children]
    widgets = tuple(Widget(kid if isinstance(kid, Ref) else None, entries(pdf, kid)) for kid in kids)
    found.refs.update(widget.ref for widget in widgets if widget.ref is not None)
    if not kids:
        widgets = (Widget(ref, own),)
    kind = name(pdf, inherited.get("/FT"))
    found.fields.append(Field(full, ref, kind, inherited.get("/V"), own, widgets))
    return []
