"""Checks of the machine: disk, permissions, clock."""

import csv
import os
import shutil
import stat
import subprocess
from pathlib import Path

from procurement.core.clock import GUARD_TOLERANCE
from procurement.core.doctor.report import Check, Installation, Status, ok
from procurement.core.seal import seal_file
from procurement.core.text import _
from procurement.core.vault import key_file
from signing import selfcheck

GIB = 1 << 30
#: Below the first, deposits of the day may fail; below the second, order a disk.
DISK_FAIL, DISK_WARN = GIB, 10 * GIB
_OTHERS = 0o077
_WORLD = 0o007
#: Certificates are public; everything else among the keys is not.
_PUBLIC = frozenset({".crt", ".pem"})


def disk(site: Installation) -> list[Check]:
    """Look at the room left for bids."""
    settings = site.runtime.settings
    folder = settings.objects_directory if settings.storage == "files" else settings.data_directory
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free >= DISK_WARN:
        return [ok("disk.free", free, DISK_WARN)]
    fix = _("Il reste peu de place dans %(folder)s. Agrandissez ce disque ou libérez de la place.")
    status = Status.FAIL if free < DISK_FAIL else Status.WARN
    return [Check("disk.free", status, free, DISK_WARN, fix, {"folder": str(folder)})]


def permissions(site: Installation) -> list[Check]:
    """Look for key files that others may read, and for a umask that would make more of them."""
    settings = site.runtime.settings
    folders = [settings.keys_directory, *([settings.ca_directory] if settings.ca_directory else [])]
    open_files = [path for folder in folders if folder.is_dir() for path in _readable(folder)]
    for path in (key_file(settings), seal_file(settings), settings.seal_passphrase_file):
        if path and path.exists() and path not in open_files and stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            open_files.append(path)
    return [_keys(open_files), _umask(), _data(settings.data_directory)]


def signatures(site: Installation) -> list[Check]:
    """Sign and verify 1 KB of XML: lxml and xmlsec must come as a pair."""
    del site
    try:
        found = selfcheck.run()
    except selfcheck.SelfCheckFailed as error:
        fix = _(
            "Les signatures XML ne fonctionnent pas ici. Installez la bonne paire de bibliothèques : %(error)s"
        )
        return [
            Check("signatures.libraries", Status.FAIL, value=False, fix=fix, params={"error": str(error)})
        ]
    return [ok("signatures.libraries", f"lxml {found['lxml']}, xmlsec {found['xmlsec']}")]


def _readable(folder: Path) -> list[Path]:
    found = [folder, *folder.rglob("*")]
    private = [path for path in found if path.suffix not in _PUBLIC]
    return [path for path in private if stat.S_IMODE(path.stat().st_mode) & _OTHERS]


def _keys(open_files: list[Path]) -> Check:
    if not open_files:
        return ok("keys.permissions", 0, 0)
    fix = _("D’autres comptes peuvent lire %(path)s. Lancez : chmod go-rwx %(path)s")
    return Check("keys.permissions", Status.FAIL, len(open_files), 0, fix, {"path": str(open_files[0])})


def _umask() -> Check:
    mask = os.umask(0o077)
    os.umask(mask)
    if mask & _WORLD == _WORLD:
        return ok("umask", f"{mask:04o}", "0027")
    fix = _(
        "Les fichiers créés sont lisibles par tous. Réglez UMask=0027 (systemd) ou lancez avec : umask 027"
    )
    return Check("umask", Status.WARN, f"{mask:04o}", "0027", fix)


def _data(folder: Path) -> Check:
    mode = stat.S_IMODE(folder.stat().st_mode) if folder.is_dir() else 0
    if not mode & _WORLD:
        return ok("data.permissions", f"{mode:04o}", "0750")
    fix = _("Tous les comptes de la machine peuvent entrer dans %(path)s. Lancez : chmod 750 %(path)s")
    return Check("data.permissions", Status.WARN, f"{mode:04o}", "0750", fix, {"path": str(folder)})


def clock(site: Installation) -> list[Check]:
    """Ask the time service of the machine; Pli checks NTP and never sets the clock."""
    if site.runtime.settings.clock == "sandbox":
        return [ok("clock.offset", "sandbox", GUARD_TOLERANCE)]
    offset = _chrony()
    if offset is not None:
        return [_offset(offset)]
    synchronised = _timedatectl()
    if synchronised:
        return [ok("clock.offset", "synchronised", GUARD_TOLERANCE)]
    fix = _(
        "Rien ne dit que l’horloge est à l’heure. Installez et activez chrony (ou systemd-timesyncd) : l’heure "
        "d’un dépôt est celle de cette machine."
    )
    status = Status.WARN if synchronised is None else Status.FAIL
    return [Check("clock.offset", status, None, GUARD_TOLERANCE, fix)]


def _offset(offset: float) -> Check:
    if abs(offset) <= GUARD_TOLERANCE:
        return ok("clock.offset", offset, GUARD_TOLERANCE)
    fix = _("L’horloge est décalée de %(offset)s s. Remettez-la à l’heure : chronyc makestep")
    return Check("clock.offset", Status.FAIL, offset, GUARD_TOLERANCE, fix, {"offset": offset})


def _chrony() -> float | None:
    """Return the offset that chrony measures, or None without a synchronised chrony."""
    answer = _ask("chronyc", "-c", "tracking")
    rows = list(csv.reader(answer.splitlines()))
    # Reference id, name, stratum, reference time, system time offset, ...
    try:
        return round(float(rows[0][4]), 6) if int(rows[0][2]) else None
    except (IndexError, ValueError):
        return None


def _timedatectl() -> bool | None:
    """Return whether systemd says that the clock is synchronised, or None when it says nothing."""
    return {"yes": True, "no": False}.get(
        _ask("timedatectl", "show", "-p", "NTPSynchronized", "--value").strip()
    )


def _ask(program: str, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        return ""
    done = subprocess.run(  # noqa: S603  # the machine's own tool, fixed arguments
        [path, *arguments], capture_output=True, text=True, timeout=10, check=False
    )
    return done.stdout if done.returncode == 0 else ""
