"""Name the lots of an old document as 4.1.0 wants them: LOT-0001, and LOT-0000 without allotment."""

import re
from dataclasses import dataclass, field

from dume.espd.model import NO_LOT

_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"LOT-\d{4}")
_WIDTH = 4


@dataclass(slots=True)
class LotNames:
    """The new name of each lot met so far."""

    names: dict[str, str] = field(default_factory=dict)

    def name(self, old: str) -> str:
        """Give the 4.1.0 name of a lot: its own number when it has a free one, else the next free number."""
        old = old.strip()
        if old not in self.names:
            self.names[old] = self._new(old)
        return self.names[old]

    def _new(self, old: str) -> str:
        if _NAME.fullmatch(old):
            return old
        numbers = _NUMBER.findall(old)
        wanted = f"LOT-{int(numbers[0]):04d}" if len(numbers) == 1 and len(numbers[0]) <= _WIDTH else ""
        if wanted == NO_LOT:
            return NO_LOT
        taken = set(self.names.values()) | {NO_LOT}
        if wanted and wanted not in taken:
            return wanted
        return next(name for name in (f"LOT-{n:04d}" for n in range(1, 10_000)) if name not in taken)


def is_placeholder(old: str) -> bool:
    """Tell whether a lot is only a model's reminder to name one, such as ``[LotID]``."""
    return old.strip().startswith("[") or not old.strip()
