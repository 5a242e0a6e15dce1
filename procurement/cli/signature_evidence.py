"""What ``pli signature verify --evidence`` checks of a frozen archive before it believes it, and what it says of that.

Whoever makes an archive writes what it trusts and when it was made: its own manifest proves neither. What vouches for it
stands outside: the digest in the journal of whoever kept it, and the time-stamp kept beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from procurement.cli import signature_inputs as inputs
from procurement.cli.signature_inputs import Refused
from procurement.cli.signature_texts import instant
from procurement.core.text import _
from signing.errors import SealedError
from signing.messages import sentence
from signing.report import Report, as_json
from signing.types import Finding

if TYPE_CHECKING:
    from signing.evidence import Frozen, Stamped

#: A time-stamp that comes later than this after the archive says it was made proves the date of the time-stamp only.
LATE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What was given to vouch for an archive."""

    sha256: str | None = None
    stamp: Path | None = None
    authorities: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Vouched:
    """An archive as far as it may be believed, and what is to be said of it."""

    frozen: "Frozen"
    said: tuple[str, ...]
    #: What is to be said with each signature: nothing, where the digest or a trusted time-stamp vouches for the archive.
    doubts: tuple[Finding, ...] = ()


def vouched(path: Path, data: bytes, frozen: "Frozen", witnesses: Witnesses) -> Vouched:
    """Check an archive that is whole against what vouches for it; raise Refused for what contradicts it."""
    digest = sha256(data).hexdigest()
    if witnesses.sha256 is not None and witnesses.sha256.lower() != digest:
        message = _(
            "Ce dossier de preuves a une autre empreinte (%(sha256)s) que celle qui est attendue : il a été changé."
        )
        raise Refused("BAD_OPTION", message % {"sha256": digest})
    whole = _(
        "Dossier de preuves : ses %(count)s pièces sont celles de son manifeste, et il est celui de ce fichier."
    )
    said = [whole % {"count": frozen.parts}]
    said.append(_digest(digest, known=witnesses.sha256 is not None))
    stamp = _stamp(path, data, frozen, witnesses)
    said += _stamp_said(stamp, frozen)
    late = stamp is not None and stamp.trusted and stamp.gen_time - frozen.at > LATE
    if late and witnesses.sha256 is None:
        assert stamp is not None
        said.append(
            _(
                "L’horodatage est bien plus tardif que le dossier ne le dit : seule sa date est retenue comme preuve."
            )
        )
        frozen = replace(
            frozen, poe=tuple(replace(poe, at=max(poe.at, stamp.gen_time)) for poe in frozen.poe)
        )
    alone = witnesses.sha256 is None and (stamp is None or not stamp.trusted)
    return Vouched(frozen, tuple(said), (Finding("trust.evidence_unvouched"),) if alone else ())


def _digest(digest: str, *, known: bool) -> str:
    if known:
        return _("Empreinte du dossier %(sha256)s : c’est celle que vous avez donnée.") % {"sha256": digest}
    message = _(
        "Empreinte du dossier %(sha256)s : comparez-la à celle du journal (ou donnez --evidence-sha256)."
    )
    return message % {"sha256": digest}


def _stamp(path: Path, data: bytes, frozen: "Frozen", witnesses: Witnesses) -> "Stamped | None":
    """Return the time-stamp given, or the one that lies beside the archive under its name and ``.tsr``."""
    from signing.evidence import stamped

    beside = path.with_name(f"{path.name}.tsr")
    place = witnesses.stamp or (beside if beside.is_file() else None)
    if place is None:
        return None
    trusted = [der for one in witnesses.authorities for der in inputs.certificates(one)]
    try:
        return stamped(data, inputs.read(place), at=frozen.at, authorities=trusted)
    except SealedError as error:
        message = _("L’horodatage « %(name)s » ne vaut rien pour ce dossier de preuves. %(reason)s")
        raise Refused("BAD_OPTION", message % {"name": place.name, "reason": sentence(error)}) from None


def _stamp_said(stamp: "Stamped | None", frozen: "Frozen") -> Iterator[str]:
    dates = {"at": instant(frozen.at)}
    if stamp is None:
        yield (
            _("Horodatage du dossier : aucun. Le dossier dit être du %(at)s ; rien ici ne le prouve.") % dates
        )
        return
    dates |= {"when": instant(stamp.gen_time), "who": stamp.authority}
    if stamp.trusted:
        yield (
            _("Horodatage du dossier : vérifié, %(when)s, par %(who)s. Le dossier dit être du %(at)s.")
            % dates
        )
        return
    yield (
        _(
            "Horodatage du dossier : il porte sur ce dossier et dit %(when)s, par « %(who)s », mais personne ne répond de cette autorité : donnez son certificat avec --tsa-ca."
        )
        % dates
    )


def compared(report: Report, frozen: "Frozen") -> str:
    """Say whether the verdict that the archive holds is found again."""
    now, then = _verdicts(as_json(report)), _verdicts(frozen.report)
    if now == then:
        return _("Le verdict du dossier est retrouvé à l’identique.")
    return _(
        "Verdict différent de celui du dossier (%(then)s) : c’est celui d’aujourd’hui qui compte ici."
    ) % {"then": " ; ".join(" / ".join(filter(None, one[1:])) for one in then) or "–"}


def _verdicts(report: object) -> list[tuple[str | None, ...]]:
    """Return what a report says of each signature; that of an archive may have any shape."""
    found = report.get("signatures") if isinstance(report, dict) else None
    signatures = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [tuple(_text(one.get(key)) for key in ("id", "indication", "subindication")) for one in signatures]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
