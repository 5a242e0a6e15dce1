"""Procedure types: read from ``procedures.toml``, checked, held as frozen data. Pure.

Adding a type takes a table in that file and no Python. A key or a strategy that is not known stops the start,
naming the file and the line.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from procurement.consultations.rules.strategies import STRATEGIES

FILE = Path(__file__).resolve().parent.parent / "procedures.toml"


class ProceduresError(Exception):
    """Say what is wrong with a procedures file, and where."""


@dataclass(frozen=True, kw_only=True)
class Minimum:
    """A least number of days from the dispatch of the notice or invitation; a ``ground`` shortens it."""

    phase: str
    days: int
    source: str
    ground: str = ""
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Standstill:
    """Days between the letters and the signature."""

    electronic: int
    other: int
    exempt_if: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Notices:
    """eForms notice subtypes that the procedure uses; empty for none."""

    planning: str = ""
    call: str = ""
    result: str = ""


@dataclass(frozen=True, kw_only=True)
class InfoDays:
    """Days before the deadline until which complementary information is due (CCP R2132-6)."""

    normal: int
    urgent: int


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """One type of procedure."""

    code: str
    label_fr: str
    label_en: str
    formal: bool
    eforms_procedure: str
    decp_procedure: str
    phases: tuple[str, ...]
    envelopes: tuple[str, ...]
    source: str
    strategies: tuple[str, ...]
    min_invited: int = 0
    negotiation: str = "forbidden"
    needs_jury: bool = False
    single_envelope_allowed: bool = False
    publicity: tuple[str, ...] = ()
    minima: tuple[Minimum, ...] = ()
    standstill: Standstill | None = None
    notices: Notices = Notices()
    additional_info_days: InfoDays | None = None

    def label(self, language: str) -> str:
        """Return the name in a language, French unless English is asked for."""
        return self.label_en if language == "en" else self.label_fr

    def minimum(self, ground: str | None = None) -> Minimum | None:
        """Return the minimum of the first phase, shortened by ``ground`` when it names one of its grounds."""
        first = [item for item in self.minima if item.phase == self.phases[0]]
        usual = [item for item in first if not item.ground]
        chosen = [item for item in first if ground and item.ground == ground] or usual
        return min(chosen, key=lambda item: item.days, default=None)

    def grounds(self) -> tuple[Minimum, ...]:
        """Return the grounds on which the first phase may be shorter."""
        return tuple(item for item in self.minima if item.phase == self.phases[0] and item.ground)


_NESTED: dict[str, type[Any]] = {
    "standstill": Standstill,
    "notices": Notices,
    "additional_info_days": InfoDays,
}


@cache
def procedures() -> dict[str, Procedure]:
    """Return the types of the shipped file by code, in its order."""
    return read(FILE)


def procedure(code: str) -> Procedure:
    """Return one type; KeyError when there is none."""
    return procedures()[code]


def read(path: Path) -> dict[str, Procedure]:
    """Read a procedures file; raise ProceduresError naming the file and the line."""
    text = path.read_text(encoding="utf-8")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProceduresError(f"{path}: {error}") from error
    place = _Place(path, text)
    return {code: _procedure(code, table, place) for code, table in tables.items()}


@dataclass(frozen=True)
class _Place:
    """Find the line of a key, for the sentence of an error."""

    path: Path
    text: str

    def error(self, code: str, key: str, complaint: str) -> ProceduresError:
        return ProceduresError(f"{self.path}, line {self._line(code, key)}: {complaint}")

    def _line(self, code: str, key: str) -> int:
        table = re.compile(rf"^\[\[?{re.escape(code)}[.\]]")
        wanted = re.compile(rf"(^|[\s{{,]|\"){re.escape(key)}(\s*=|\"|$)")
        inside, start = False, 0
        for number, line in enumerate(self.text.splitlines(), 1):
            if line.startswith("["):
                inside = bool(table.match(line))
                start = start or (number if inside else 0)
            if inside and wanted.search(line):
                return number
        return start


def _procedure(code: str, table: Any, place: _Place) -> Procedure:
    if not isinstance(table, Mapping):
        raise place.error(code, code, f"{code!r} is no table; a procedure is written [{code}].")
    values = {key: _value(code, key, raw, place) for key, raw in table.items()}
    for name in values.get("strategies", ()):
        if name not in STRATEGIES:
            known = ", ".join(STRATEGIES)
            raise place.error(code, name, f"unknown strategy {name!r} in [{code}]; known ones: {known}.")
    built: Procedure = _build(Procedure, {"code": code, **values}, code, place)
    return built


def _value(code: str, key: str, raw: Any, place: _Place) -> Any:
    if key in _NESTED and isinstance(raw, Mapping):
        return _build(_NESTED[key], raw, code, place)
    if key == "minima" and isinstance(raw, list):
        return tuple(_build(Minimum, item, code, place) for item in raw)
    return tuple(raw) if isinstance(raw, list) else raw


def _build(kind: type[Any], values: Mapping[str, Any], code: str, place: _Place) -> Any:
    known = {item.name: item for item in fields(kind)}
    for key in values:
        if key not in known:
            raise place.error(code, key, f"unknown key {key!r} in [{code}]; known keys: {', '.join(known)}.")
    absent = [
        name
        for name, item in known.items()
        if name not in values and item.default is MISSING and item.default_factory is MISSING
    ]
    if absent:
        raise place.error(code, code, f"[{code}] lacks {', '.join(absent)}.")
    kept = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return kind(**kept)
