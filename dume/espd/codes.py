"""Know the official code lists of the versions that are written: 4.1.0, 2.1.1 and 1.0.2.

The values stand in ``data/codes-<version>.json``, built by ``tools/build_espd_data.py`` from the genericode files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from dume.espd.model import Version
from dume.espd.taxonomy import load


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list: its name, the identifier, agency and version that documents quote, its values in order."""

    name: str
    list_id: str
    agency: str
    version: str
    values: tuple[str, ...]

    def find(self, value: str) -> str | None:
        """Return the list's own spelling of a value, found whatever the case as the official rules do; or None."""
        wanted = value.lower()
        return next((known for known in self.values if known.lower() == wanted), None)


@cache
def code_lists(version: Version = Version.V4_1_0) -> Mapping[str, CodeList]:
    """Return the lists of a version by name: ``eo-role-type`` in 4.1.0, ``EORoleType`` before; none for 3.3.0, 4.0.0."""
    if version in {Version.V3_3_0, Version.V4_0_0}:
        return MappingProxyType({})
    lists = load(f"codes-{version.value}")["lists"]
    return MappingProxyType(
        {
            name: CodeList(name, entry["id"], entry["agency"], entry["version"], tuple(entry["values"]))
            for name, entry in lists.items()
        }
    )


def codes(list_name: str, version: Version = Version.V4_1_0) -> CodeList:
    """Return one list of a version; raise KeyError when that version has no list of this name."""
    return code_lists(version)[list_name]
