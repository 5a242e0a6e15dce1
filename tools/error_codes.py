"""Read every refusal out of the source: its code, its statuses, its sentences.

A code stands in the source in one of three ways, all read from the syntax tree, so that nothing has to be run:

* next to its marked sentence, in a call, a tuple or a dict: ``Conflict("bid.too_early", _("..."))``;
* in a call of a class of refusals, or of a function that hands its parameter to one;
* as a key of ``signing.messages.SENTENCES``.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "procurement" / "core" / "data" / "errors.json"
CODE = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_]+")
FIELD_STATUS = 422
UNREADABLE = 400
#: Rejections that are collected before a publication and shown together.
COLLECTED = 409
_COLLECTORS = {"Missing", "Refusal"}
_GAPS = ("recipients", "recovery", "rehearsal")
#: Faults that ``signing`` finds in what a client hands over (final act, secrets of an opening): answered with this status
#: by code that takes over the code of the fault.
_TAKEN_OVER = dict.fromkeys(
    (
        "bid.bad_share",
        "bid.commitment_mismatch",
        "bid.descriptor_invalid",
        "bid.inventory_invalid",
        "bid.not_openable",
        "json.refused",
    ),
    422,
)
#: Families of dotted names beside sentences that are no codes: places in the report of an imported notice.
_PLACES = {"head", "procedure"}


@dataclass
class Found:
    """One code: the HTTP statuses it is answered with (none: said by tools or in a report) and its sentences."""

    statuses: set[int] = field(default_factory=set)
    sentences: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Wrapper:
    """A function that makes a refusal of the code it is given as argument ``position`` (or named ``name``)."""

    position: int
    name: str
    status: int
    sentences: tuple[str, ...]


@cache
def nodes(node: ast.AST) -> tuple[ast.AST, ...]:
    """Return every node under one: the same trees are walked many times."""
    return tuple(ast.walk(node))


@cache
def modules() -> dict[str, ast.Module]:
    """Return the syntax tree of every module, by path."""
    paths = sorted(
        path for room in ("procurement", "dume", "clauses", "signing") for path in (ROOT / room).rglob("*.py")
    )
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@cache
def collect() -> dict[str, Found]:
    """Return every code, in alphabetical order."""
    trees = modules()
    statuses = _classes(trees)
    found: dict[str, Found] = {}
    wrappers = _wrappers(trees, statuses)
    for tree in trees.values():
        _Reader(tree, statuses, wrappers, found).read()
    for gap in _GAPS:  # The one family whose names are put together: bids/service/keys.py.
        found.setdefault(f"bid.keyset_{gap}", Found()).statuses.add(COLLECTED)
    for code, status in _TAKEN_OVER.items():
        found[code].statuses.add(status)
    _gap_sentences(trees, found)
    _http(trees, found)
    return dict(sorted(found.items()))


def _classes(trees: dict[str, ast.Module]) -> dict[str, int]:
    """Return the status of every class of refusals, inherited where a class sets none."""
    # What makes a file unreadable is pure, and becomes a refusal of its own at the door (dume.errors.Unreadable).
    known = {"DomainError": COLLECTED, "ESPDError": UNREADABLE}
    classes = [node for tree in trees.values() for node in nodes(tree) if isinstance(node, ast.ClassDef)]
    while True:
        before = len(known)
        for node in classes:
            parents = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in known]
            if parents:
                known[node.name] = _own_status(node) or known[parents[0]]
        if len(known) == before:
            return known


def _own_status(node: ast.ClassDef) -> int | None:
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id == "status":
                return int(str(statement.value.value))
    return None


def _wrappers(trees: dict[str, ast.Module], statuses: dict[str, int]) -> dict[str, Wrapper]:
    found: dict[str, Wrapper] = {}
    for tree in trees.values():
        for node in nodes(tree):
            if isinstance(node, ast.FunctionDef):
                for call in _calls(node):
                    wrapper = _wrapper(node, call, statuses)
                    if wrapper is not None:
                        found[node.name] = wrapper
    return found


def _wrapper(function: ast.FunctionDef, call: ast.Call, statuses: dict[str, int]) -> Wrapper | None:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    names += [argument.arg for argument in function.args.kwonlyargs]
    if _called(call) not in statuses or not call.args or not isinstance(call.args[0], ast.Name):
        return None
    given = call.args[0].id
    if given not in names or function.name == "__init__":
        return None
    sentence = _marked(call.args[1]) if len(call.args) > 1 else None
    return Wrapper(names.index(given), given, statuses[_called(call)], (sentence,) if sentence else ())


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (inner for inner in nodes(node) if isinstance(inner, ast.Call))


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _marked(node: ast.AST | None) -> str | None:
    """Return the sentence of ``_("...")``."""
    if isinstance(node, ast.Call) and _called(node) == "_" and isinstance(node.args[0], ast.Constant):
        return str(node.args[0].value)
    return None


class _Reader:
    """Walk one module and note what it refuses."""

    def __init__(
        self,
        tree: ast.Module,
        statuses: dict[str, int],
        wrappers: dict[str, Wrapper],
        found: dict[str, Found],
    ) -> None:
        self._tree = tree
        self._statuses = statuses
        self._wrappers = wrappers
        self._found = found
        self._names: dict[str, list[ast.expr]] = {}

    def read(self) -> None:
        """Note every code of the module."""
        self._bind()
        for node in nodes(self._tree):
            if isinstance(node, ast.ClassDef) and node.name in self._statuses:
                self._constructor(node)
            if isinstance(node, ast.Call):
                self._call(node)
            elif isinstance(node, ast.Tuple):
                self._pairs(node.elts, set())
            elif isinstance(node, ast.Dict):
                self._table(node)

    def _bind(self) -> None:
        """Remember what names stand for: module constants, and sentences kept in a variable."""
        for node in nodes(self._tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._names.setdefault(target.id, []).append(node.value)

    def _meant(self, node: ast.AST | None) -> ast.AST | None:
        """Return what a name stands for: its last value above the place where it is used."""
        if not isinstance(node, ast.Name):
            return node
        above = [value for value in self._names.get(node.id, []) if value.lineno <= node.lineno]
        return max(above, key=lambda value: value.lineno, default=None)

    def _constructor(self, node: ast.ClassDef) -> None:
        for call in _calls(node):
            if _called(call) == "__init__":
                self._note(call.args, {self._statuses[node.name]})

    def _call(self, call: ast.Call) -> None:
        name = _called(call)
        if name in self._statuses:
            self._note(call.args, {self._statuses[name]})
        elif name in self._wrappers:
            self._wrapped(call, self._wrappers[name])
        elif name == "FieldError":
            self._note(call.args[1:], {FIELD_STATUS})
        elif name == "Refusal" and call.args and isinstance(call.args[0], ast.Constant):
            status = call.args[0].value
            if isinstance(status, int):
                self._note(call.args[1:], {status})
            else:
                self._note(call.args, {COLLECTED})
        elif name == "Check":
            self._detail(call)
        elif name != "__init__":
            self._pairs(call.args, {COLLECTED} if name in _COLLECTORS else set())

    def _wrapped(self, call: ast.Call, wrapper: Wrapper) -> None:
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        inside = call.args[wrapper.position] if wrapper.position < len(call.args) else given.get(wrapper.name)
        for code in self._codes(inside):
            self._add(code, {wrapper.status}, *wrapper.sentences)
        self._pairs(call.args, {wrapper.status})

    def _detail(self, call: ast.Call) -> None:
        """Note the code that one step of a verification reports in ``detail``."""
        for keyword in call.keywords:
            if keyword.arg == "detail":
                for code in self._codes(keyword.value):
                    self._add(code, set())

    def _note(self, arguments: list[ast.expr], statuses: set[int]) -> None:
        if not arguments:
            return
        sentences = self._sentences(arguments[1]) if len(arguments) > 1 else []
        for code in self._codes(arguments[0]):
            self._add(code, statuses, *sentences)

    def _pairs(self, values: list[ast.expr], statuses: set[int]) -> None:
        for value, following in pairwise(values):
            sentence = _marked(self._meant(following))
            if sentence is not None:
                for code in self._codes(value):
                    self._add(code, statuses, sentence)

    def _table(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            sentence = _marked(value)
            if isinstance(key, ast.Constant) and sentence is not None and CODE.fullmatch(str(key.value)):
                self._add(str(key.value), set(), sentence)

    def _codes(self, node: ast.AST | None) -> list[str]:
        node = self._meant(node)
        if isinstance(node, ast.IfExp):
            return [*self._codes(node.body), *self._codes(node.orelse)]
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            return [node.value]
        return []

    def _sentences(self, node: ast.AST) -> list[str]:
        """Return the marked sentences a value may be, or the plain English one of a command."""
        value = self._meant(node)
        if isinstance(value, ast.BoolOp):  # A choice among sentences: the last one is the general one.
            return self._sentences(value.values[-1])
        if isinstance(value, ast.IfExp):
            return [*self._sentences(value.body), *self._sentences(value.orelse)]
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return [value.value]
        if isinstance(value, ast.Call) and _called(value) == "for_count":  # The plural is the general one.
            return self._sentences(value.args[-1])
        marked = _marked(value)
        return [marked] if marked else []

    def _add(self, code: str, statuses: set[int], *sentences: str) -> None:
        if code.split(".", maxsplit=1)[0] in _PLACES:
            return
        entry = self._found.setdefault(code, Found())
        entry.statuses |= statuses
        entry.sentences |= set(sentences)


def _gap_sentences(trees: dict[str, ast.Module], found: dict[str, Found]) -> None:
    for node in nodes(trees["procurement/bids/wording.py"]):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                sentence = _marked(value)
                if isinstance(key, ast.Constant) and key.value in _GAPS and sentence is not None:
                    found[f"bid.keyset_{key.value}"].sentences.add(sentence)


def _http(trees: dict[str, ast.Module], found: dict[str, Found]) -> None:
    """Note the codes of plain HTTP refusals, which are put together from the status."""
    for node in nodes(trees["procurement/core/web/problems.py"]):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                sentence = _marked(value)
                if isinstance(key, ast.Constant) and isinstance(key.value, int) and sentence is not None:
                    code = f"http.{HTTPStatus(key.value).name.lower()}"
                    entry = found.setdefault(code, Found())
                    entry.statuses.add(key.value)
                    entry.sentences.add(sentence)


def as_json() -> str:
    """Return the catalogue that the help page reads."""
    entries = {
        code: {"sentences": sorted(entry.sentences), "statuses": sorted(entry.statuses)}
        for code, entry in collect().items()
    }
    return json.dumps(entries, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
