"""What the doctor says: one line per check, with the measured value, its limit and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from procurement.core import i18n
from procurement.core.runtime import Runtime

Value = str | int | float | bool | None


class Status(StrEnum):
    """How a check ended; ``warn`` can wait, ``fail`` cannot."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One finding. ``fix`` is a marked French sentence with places for ``params``; empty when all is well."""

    id: str
    status: Status
    value: Value = None
    limit: Value = None
    fix: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self, language: str) -> dict[str, Any]:
        """Return the finding with its sentence in ``language``."""
        return {
            "id": self.id,
            "status": str(self.status),
            "value": self.value,
            "limit": self.limit,
            "fix": i18n.translate(self.fix, language, **self.params) if self.fix else "",
        }


@dataclass(frozen=True)
class Report:
    """All findings, in the order in which they were made."""

    checks: tuple[Check, ...]

    @property
    def status(self) -> Status:
        """Return the worst status."""
        for worst in (Status.FAIL, Status.WARN):
            if any(check.status is worst for check in self.checks):
                return worst
        return Status.OK

    def as_json(self, language: str) -> dict[str, Any]:
        """Return the report for programs."""
        return {"status": str(self.status), "checks": [check.as_json(language) for check in self.checks]}


@dataclass(frozen=True)
class Installation:
    """What is examined: the wired application and the environment it was started in."""

    runtime: Runtime
    environ: Mapping[str, str]

    @property
    def production(self) -> bool:
        """Tell whether shortcuts are faults."""
        return not self.runtime.settings.development

    @property
    def lenient(self) -> Status:
        """Return the status of what only production must not have."""
        return Status.FAIL if self.production else Status.WARN


def ok(name: str, value: Value = None, limit: Value = None) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, Status.OK, value, limit)
