"""What each section of a draft holds, checked against lists and limits."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from procurement.consultations.rules import BuyerCategory, Limits, Nature, Piece, Relation, Technique
from procurement.core import codes, ids
from procurement.core.errors import FieldError, Invalid
from procurement.core.settings import Settings
from procurement.core.text import _

_NEAR = 3
_TYPE = re.compile(r"[a-z0-9]{1,12}")


@dataclass(frozen=True, kw_only=True)
class Identification:
    """Section « identity »: what is bought, and where."""

    title: str
    description: str
    cpv: str | None
    cpv_more: tuple[str, ...] = ()
    nuts: tuple[str, ...] = ()
    estimated_cents: int | None = None


@dataclass(frozen=True, kw_only=True)
class ProcedureChoice:
    """Section « procedure »."""

    procedure: str | None
    nature: Nature | None
    buyer_category: BuyerCategory | None
    techniques: tuple[Technique, ...] = ()
    single_envelope: bool = False


@dataclass(frozen=True, kw_only=True)
class Allotment:
    """Section « lots »: separate lots, or the written reason against them (CCP L2113-10, -11)."""

    allotted: bool
    no_lots_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class LotFields:
    """One lot."""

    title: str
    description: str = ""
    cpv: str | None = None
    estimated_cents: int | None = None
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dates:
    """Section « dates »: instants in UTC and the zone in which they are stated."""

    closes_at: datetime
    zone: str
    questions_at: datetime | None = None
    deadline_ground: str | None = None
    deadline_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class DepositRules:
    """Section « deposit »: limits, relations and required pieces."""

    limits: Limits
    relations: tuple[Relation, ...]
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DraftFields:
    """What a notice gives to begin a draft with; nothing is required but a title."""

    title: str
    description: str = ""
    procedure: str | None = None
    nature: Nature | None = None
    buyer_category: BuyerCategory | None = None
    techniques: tuple[Technique, ...] = ()
    lots: tuple[LotFields, ...] = ()
    cpv: str | None = None
    cpv_more: tuple[str, ...] = ()
    nuts: tuple[str, ...] = ()
    estimated_cents: int | None = None
    closes_at: datetime | None = None
    questions_at: datetime | None = None
    zone: str = "Europe/Paris"
    limits: Limits | None = field(default=None)


def limits_of(settings: Settings) -> Limits:
    """Return what the service can take at most; a consultation may announce less."""
    return Limits(file_bytes=settings.file_bytes, files=settings.bid_files, total_bytes=settings.bid_bytes)


def check_limits(limits: Limits, most: Limits) -> None:
    """Refuse limits that the service could not keep; raise ``limits.*`` beside the field."""
    problems = []
    for name in ("file_bytes", "files", "total_bytes"):
        asked, ceiling = getattr(limits, name), getattr(most, name)
        if not 0 < asked <= ceiling:
            text = _(
                "Indiquez une valeur entre 1 et %(ceiling)s : c’est le plus que le service peut recevoir."
            )
            problems.append(FieldError(name, "limits.out_of_range", text, {"ceiling": _shown(name, ceiling)}))
    if not problems and limits.file_bytes > limits.total_bytes:
        text = _("Un fichier ne peut pas être plus grand que le pli entier.")
        problems.append(FieldError("total_bytes", "limits.total_below_file", text))
    bad = [name for name in limits.types if not _TYPE.fullmatch(name)]
    if bad:
        text = _("« %(name)s » n’est pas une terminaison de fichier. Écrivez par exemple pdf.")
        problems.append(FieldError("types", "limits.type", text, {"name": bad[0]}))
    if problems:
        message = _("Ces limites ne peuvent pas être tenues. Rien n’a été enregistré.")
        raise Invalid("limits.refused", message, errors=tuple(problems))


def _shown(name: str, value: int) -> str:
    return str(value) if name == "files" else f"{value / (1 << 20):g}".replace(".", ",")


def known_cpv(text: str) -> str:
    """Return the 8 digits of a CPV code of the list; refuse and propose (the key is checked if given)."""
    code = ids.cpv(text)
    if codes.cpv(code) is not None:
        return code
    near = codes.search_cpv(code[:5].rstrip("0"), limit=_NEAR)
    proposed = ", ".join(f"{entry.full} {entry.fr}" for entry in near)
    message = (
        _("Le code CPV %(cpv)s n’existe pas. Codes voisins : %(near)s.")
        if near
        else _("Le code CPV %(cpv)s n’existe pas. Cherchez-le par son libellé.")
    )
    raise Invalid("cpv.unknown", message, cpv=code, near=proposed)


def known_nuts(text: str) -> str:
    """Return the NUTS code for a code or the name of a department; refuse and propose otherwise."""
    found = codes.nuts(text.strip().upper())
    if found is not None:
        return found.code
    near = codes.search_nuts(text, limit=_NEAR + 1)
    same = [entry for entry in near if entry.fr.casefold() == text.strip().casefold()]
    if len(same) == 1 or len(near) == 1:
        return (same or near)[0].code
    message = (
        _("« %(text)s » peut désigner plusieurs lieux : %(near)s. Écrivez l’un de ces codes.")
        if near
        else _("Aucun lieu ne répond à « %(text)s ». Écrivez le nom d’un département, ou son code NUTS.")
    )
    proposed = ", ".join(f"{entry.code} {entry.fr}" for entry in near[:_NEAR])
    raise Invalid("nuts.unknown", message, text=text.strip(), near=proposed)
