"""Find out what is wrong with an installation and say how to mend it.

A check is a small function that returns findings; one that breaks is itself a finding, so that the others
still run.
"""

from collections.abc import Callable, Mapping

from procurement.core.doctor import data, machine, peers, site, trust
from procurement.core.doctor.report import Check, Installation, Report, Status, ok
from procurement.core.runtime import Runtime
from procurement.core.text import _

__all__ = ["CHECKS", "Check", "Installation", "Report", "Status", "examine", "refused"]

#: Name of a check, used when it breaks -> the check.
CHECKS: dict[str, Callable[[Installation], list[Check]]] = {
    "database.reachable": data.reachable,
    "database.schema": data.schema_head,
    "database.durability": data.durability,
    "server.processes": data.processes,
    "worker.alive": data.worker,
    "disk.free": machine.disk,
    "keys.permissions": machine.permissions,
    "clock.offset": machine.clock,
    "store.roundtrip": peers.store,
    "mail.reachable": peers.mail,
    "timestamp.reachable": peers.timestamp,
    "seal.usable": peers.seal,
    "pdf.available": peers.pdf_renderer,
    "signatures.libraries": machine.signatures,
    "trust.lists": trust.lists,
    "site.base_url": site.base_url,
    "site.environment": site.shortcuts,
    "site.legal_pages": site.legal_pages,
}


def examine(runtime: Runtime, environ: Mapping[str, str]) -> Report:
    """Run every check on a wired application."""
    installation = Installation(runtime, environ)
    checks = [ok("settings", runtime.settings.environment)]
    for name, check in CHECKS.items():
        checks.extend(_run(name, check, installation))
    return Report(tuple(checks))


def refused(reason: str) -> Report:
    """Report what keeps the application from starting: nothing else can be looked at."""
    # The sentence is the settings' own, in English as their documentation is.
    return Report((Check("settings", Status.FAIL, fix="%(error)s", params={"error": reason}),))


def _run(name: str, check: Callable[[Installation], list[Check]], installation: Installation) -> list[Check]:
    try:
        return check(installation)
    except Exception as error:  # noqa: BLE001  # whatever breaks a check is what the operator must learn
        fix = _("Ce contrôle n’a pas pu se faire : %(error)s")
        detail = f"{type(error).__name__}: {error}"
        return [Check(name, Status.FAIL, type(error).__name__, None, fix, {"error": detail.splitlines()[0]})]
