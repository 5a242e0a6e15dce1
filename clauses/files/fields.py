"""Take typed values out of the keys of a mapping, noting what is missing, unknown or wrong."""

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from clauses.files.faults import Faults
from clauses.files.nodes import Items, Keys, Text, YamlNode
from clauses.rules.facts.scalars import read_bool, read_date
from clauses.rules.lang import ConditionRefused, Vocabulary, parse_condition
from clauses.rules.model import Condition, Origin
from procurement.core.errors import Invalid
from procurement.core.text import _, block, line

MAX_LINE = 500
MAX_BLOCK = 60_000
IDENTIFIER = re.compile(r"[a-z0-9_]+")
Choice = TypeVar("Choice", bound=StrEnum)
Read = TypeVar("Read")


class Fields:
    """The keys of one mapping; `done` notes those nobody asked for."""

    def __init__(self, keys: Keys, file: str, faults: Faults) -> None:
        self.keys = keys
        self.file = file
        self.faults = faults
        self.asked: set[str] = set()

    def origin(self) -> Origin:
        """Return where the mapping and its values stand."""
        places = {key: node.place for key, node in self.keys.entries.items()}
        return Origin(self.file, *self.keys.place, places)

    def has(self, key: str) -> bool:
        """Say whether a key is written."""
        return key in self.keys.entries

    def node(self, key: str, *, required: bool = False) -> YamlNode | None:
        """Return the node of a key."""
        self.asked.add(key)
        node = self.keys.entries.get(key)
        if node is None and required:
            self.fault("file.missing_key", _("Il manque la clé « %(key)s »."), self.keys.place, key=key)
        return node

    def text(self, key: str, *, required: bool = True, default: str = "") -> str:
        """Return one line of text."""
        return self._scalar(key, line, MAX_LINE, required=required) or default

    def block(self, key: str, *, required: bool = True) -> str:
        """Return a text of several lines."""
        return self._scalar(key, block, MAX_BLOCK, required=required) or ""

    def identifier(self, key: str, *, pattern: re.Pattern[str] = IDENTIFIER, required: bool = True) -> str:
        """Return a text that must match a pattern."""
        text = self.text(key, required=required)
        if text and not pattern.fullmatch(text):
            message = _("« %(text)s » : minuscules sans accent, chiffres et soulignés seulement.")
            self.fault("file.identifier", message, self.place(key), text=text)
        return text

    def choice(self, key: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """Return one value of an enumeration; the first one stands in for a wrong one."""
        text = self.text(key, required=default is None)
        if not text and default is not None:
            return default
        try:
            return kind(text)
        except ValueError:
            if text:
                message = _("« %(text)s » n’est pas une valeur de « %(key)s ». Valeurs : %(values)s.")
                values = ", ".join(kind)
                self.fault("file.value", message, self.place(key), text=text, key=key, values=values)
            return next(iter(kind))

    def day(self, key: str, *, required: bool = False) -> date | None:
        """Return a date."""
        return self.read(key, read_date, required=required)

    def flag(self, key: str) -> bool:
        """Return ``oui`` or ``non``, no when the key is absent."""
        return bool(self.read(key, read_bool))

    def read(self, key: str, reader: Callable[[str], Read], *, required: bool = False) -> Read | None:
        """Return what a reader of scalars makes of a text."""
        text = self.text(key, required=required)
        if not text:
            return None
        try:
            return reader(text)
        except Invalid as refusal:
            self.faults.refused(refusal, self.file, self.place(key))
            return None

    def count(self, key: str) -> int | None:
        """Return a whole number that is not negative."""
        return self.read(key, _count)

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """Return a list of lines."""
        node = self.node(key, required=required)
        if node is None:
            return ()
        if not isinstance(node, Items):
            self.fault("file.shape", _("« %(key)s » doit être une liste."), node.place, key=key)
            return ()
        found = [self._clean(item, line, MAX_LINE, key) for item in node.items]
        kept = tuple(text for text in found if text)
        if len(set(kept)) != len(kept):
            self.fault("file.duplicate_item", _("Une valeur est écrite deux fois."), node.place)
        return kept

    def group(self, key: str, *, required: bool = False) -> "Fields | None":
        """Return the keys under a key."""
        node = self.node(key, required=required)
        if node is None:
            return None
        return self.fields_of(node)

    def groups(self, key: str, *, required: bool = False) -> "list[Fields]":
        """Return each mapping of a list."""
        node = self.node(key, required=required)
        if node is None:
            return []
        if not isinstance(node, Items):
            self.fault("file.shape", _("« %(key)s » doit être une liste."), node.place, key=key)
            return []
        return [fields for item in node.items if (fields := self.fields_of(item)) is not None]

    def fields_of(self, node: YamlNode) -> "Fields | None":
        """Return the keys of a node, noting when it has none."""
        if isinstance(node, Keys):
            return Fields(node, self.file, self.faults)
        self.fault("file.shape", _("Des clés sont attendues ici."), node.place)
        return None

    def condition(self, key: str, words: Vocabulary) -> Condition | None:
        """Return a typed condition; each of its faults at its own column."""
        text = self.text(key, required=False) if not self._long(key) else self.block(key, required=False)
        if not text:
            return None
        try:
            return parse_condition(text, words)
        except ConditionRefused as refusal:
            node = self.keys.entries[key]
            for problem in refusal.problems:
                row, column = node.place
                shift = node.shift if isinstance(node, Text) else None
                at = (row, column if shift is None else column + shift + problem.offset)
                self.faults.add(problem.code, problem.message, self.file, at, **problem.params)
            return None

    def place(self, key: str) -> tuple[int, int]:
        """Return where the value of a key stands."""
        node = self.keys.entries.get(key)
        return self.keys.place if node is None else node.place

    def fault(self, code: str, message: str, place: tuple[int, int], /, **params: object) -> None:
        """Note one fault in this file."""
        self.faults.add(code, message, self.file, place, **params)

    def done(self) -> None:
        """Note the keys that nothing knows."""
        for key, place in self.keys.key_places.items():
            if key not in self.asked:
                message = _("Clé inconnue : « %(key)s ». Clés possibles : %(known)s.")
                self.fault("file.unknown_key", message, place, key=key, known=", ".join(sorted(self.asked)))

    def _long(self, key: str) -> bool:
        node = self.keys.entries.get(key)
        return isinstance(node, Text) and len(node.text) > MAX_LINE

    def _scalar(self, key: str, clean: Callable[[str], str], most: int, *, required: bool) -> str | None:
        node = self.node(key, required=required)
        return None if node is None else self._clean(node, clean, most, key)

    def _clean(self, node: YamlNode, clean: Callable[[str], str], most: int, key: str) -> str | None:
        if not isinstance(node, Text):
            self.fault("file.shape", _("« %(key)s » doit être un texte."), node.place, key=key)
            return None
        try:
            text = clean(node.text)
        except Invalid as refusal:
            self.faults.refused(refusal, self.file, node.place)
            return None
        if not text:
            self.fault("file.empty", _("« %(key)s » est vide."), node.place, key=key)
        if len(text) > most:
            message = _("« %(key)s » dépasse %(most)s caractères.")
            self.fault("file.too_long", message, node.place, key=key, most=most)
            return None
        return text


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Invalid("file.count", _("« %(text)s » n’est pas un nombre entier positif."), text=text)
    return int(text)
