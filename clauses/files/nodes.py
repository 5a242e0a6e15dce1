"""Read YAML strictly: every scalar is text; anchors, aliases, tags, duplicate keys and deep nests are refused.

PyYAML's own constructors would make ``2026-08-22`` a date, ``12:30`` a base-60 number and ``NO`` false, and keep the
last of two equal keys without a word. So only its parser is used, and what a text means is decided by our schema.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from clauses.files.faults import Faults
from clauses.rules.facts import Raw
from procurement.core.text import _, hostile_character

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
# The parser written in C when PyYAML was built with it: the same events, ten times faster.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Text:
    """One scalar; ``shift`` is how far its first character stands from its column (a quote), None over lines."""

    text: str
    place: tuple[int, int]
    shift: int | None = 0


@dataclass(frozen=True)
class Items:
    """A sequence."""

    items: "tuple[YamlNode, ...]"
    place: tuple[int, int]


@dataclass(frozen=True)
class Keys:
    """A mapping; each key with its own place."""

    entries: "dict[str, YamlNode]"
    place: tuple[int, int]
    key_places: dict[str, tuple[int, int]] = field(default_factory=dict)


YamlNode: TypeAlias = Text | Items | Keys


def read_yaml(data: bytes, file: str, faults: Faults) -> Keys | None:
    """Return the mapping a file holds, or nothing when its faults forbid it; faults go to ``faults``."""
    text = _decoded(data, file, faults)
    if text is None:
        return None
    before = len(faults.found)
    try:
        node = _Builder(file, faults).document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = _("Ce fichier n’est pas du YAML : %(problem)s.")
        faults.add("file.syntax", message, file, place, problem=error.problem or error.context or "")
        return None
    except yaml.YAMLError as error:
        faults.add("file.syntax", _("Ce fichier n’est pas du YAML : %(problem)s."), file, problem=str(error))
        return None
    if len(faults.found) > before:
        return None
    if not isinstance(node, Keys):
        faults.add("file.shape", _("Ce fichier doit contenir des clés."), file)
        return None
    return node


def raw(node: YamlNode) -> Raw:
    """Return the plain text, lists and mappings of a node."""
    if isinstance(node, Text):
        return node.text
    if isinstance(node, Items):
        return [raw(item) for item in node.items]
    return {key: raw(value) for key, value in node.entries.items()}


def _decoded(data: bytes, file: str, faults: Faults) -> str | None:
    if len(data) > MAX_BYTES:
        message = _("Ce fichier dépasse %(most)s Kio.")
        faults.add("file.too_large", message, file, most=MAX_BYTES // 1024)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        faults.add("file.encoding", _("Ce fichier n’est pas en UTF-8."), file, (line, 1))
        return None
    hostile = hostile_character(text, allowed=frozenset("\n\r\t"))
    if hostile is None:
        return text
    at, char = hostile
    place = (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    message = _("Le caractère invisible ou interdit U+%(code)s n’a pas sa place dans un texte.")
    faults.add("text.character", message, file, place, code=f"{ord(char):04X}")
    return None


class _Builder:
    """Builds nodes from the events of the parser, noting what is refused and going on."""

    def __init__(self, file: str, faults: Faults) -> None:
        self.file = file
        self.faults = faults
        self.events: Any = None

    def document(self, events: Any) -> YamlNode | None:
        self.events = events
        node: YamlNode | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if node is not None:
                    self.refuse(
                        "file.documents", _("Un fichier contient un seul document YAML."), _place(event)
                    )
                node = self.node(next(events), 1)
        return node

    def node(self, event: Any, depth: int) -> YamlNode:
        place = _place(event)
        if isinstance(event, yaml.AliasEvent):
            self.refuse("file.alias", _("Les renvois (*nom) sont refusés : répétez la valeur."), place)
            return Text("", place)
        self.check_marks(event, place)
        if isinstance(event, yaml.ScalarEvent):
            return Text(event.value, place, _shift(event))
        if depth > MAX_DEPTH:
            message = _("Plus de %(most)s niveaux de clés.")
            self.refuse("file.too_deep", message, place, most=MAX_DEPTH)
            self.skip()
            return Text("", place)
        return (
            self.items(place, depth)
            if isinstance(event, yaml.SequenceStartEvent)
            else self.keys(place, depth)
        )

    def check_marks(self, event: Any, place: tuple[int, int]) -> None:
        if event.anchor is not None:
            self.refuse("file.anchor", _("Les ancres (&nom) sont refusées : répétez la valeur."), place)
        if event.tag is not None:
            self.refuse(
                "file.tag", _("Les étiquettes (!type) sont refusées : toute valeur est un texte."), place
            )

    def items(self, place: tuple[int, int], depth: int) -> Items:
        found: list[YamlNode] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            found.append(self.node(event, depth + 1))
        return Items(tuple(found), place)

    def keys(self, place: tuple[int, int], depth: int) -> Keys:
        node = Keys({}, place)
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(key, Text):
                self.refuse(
                    "file.key", _("Une clé est un mot, pas une liste ni un groupe de clés."), key.place
                )
            elif key.text in node.entries:
                message = _("La clé « %(key)s » est écrite deux fois.")
                self.refuse("file.duplicate_key", message, key.place, key=key.text)
            else:
                node.entries[key.text] = value
                node.key_places[key.text] = key.place
        return node

    def skip(self) -> None:
        """Pass over what a collection too deep holds."""
        level = 1
        while level:
            event = next(self.events)
            level += isinstance(event, yaml.CollectionStartEvent)
            level -= isinstance(event, yaml.CollectionEndEvent)

    def refuse(self, code: str, message: str, place: tuple[int, int], /, **params: object) -> None:
        self.faults.add(code, message, self.file, place, **params)


def _place(event: Any) -> tuple[int, int]:
    return (event.start_mark.line + 1, event.start_mark.column + 1)


def _shift(event: Any) -> int | None:
    if event.start_mark.line != event.end_mark.line:
        return None
    return 1 if event.style in {"'", '"'} else 0
