"""What is searched for: read from the address, and written back into one that stays stable."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from procurement.consultations import rules, service
from procurement.consultations.rules import Nature
from procurement.core import codes
from procurement.core.errors import FieldError, Invalid
from procurement.core.search.index import Question
from procurement.core.text import _
from procurement.core.web import paging

#: Sort in the address -> sort of the index.
SORTS = {"echeance": "due", "recentes": "recent", "pertinence": "relevance", "echeance-loin": "due_late"}
STATUSES = ("ouvertes", "closes", "toutes")
#: Longest text that is searched for, in characters.
MOST = 300
_NUTS = re.compile(r"[A-Z]{2}[0-9A-Z]{0,3}")
_CPV_PART = re.compile(r"[0-9]{2,7}")
_SIRET = re.compile(r"[0-9]{14}")


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """One search; ``errors`` names what could not be understood and is left out."""

    words: str = ""
    natures: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    cpv_text: str = ""
    cpv: str | None = None
    place_text: str = ""
    place: str | None = None
    buyer: str = ""
    status: str = "ouvertes"
    due_from: date | None = None
    due_until: date | None = None
    sort: str = "echeance"
    page: int = 1
    errors: tuple[FieldError, ...] = ()

    @classmethod
    def read(cls, request: Any) -> "Criteria":
        """Read the address; nothing in it can be wrong enough for an error page."""
        asked = request.GET
        errors: list[FieldError] = []
        cpv_text, place_text = _text(asked.get("cpv")), _text(asked.get("lieu"))
        words = _text(asked.get("q"))
        usual = "pertinence" if words else "echeance"
        return cls(
            words=words,
            natures=_known(asked.getall("nature"), [str(item) for item in Nature]),
            procedures=_known(asked.getall("procedure"), list(rules.procedures())),
            cpv_text=cpv_text,
            cpv=_understood("cpv", cpv_text, _cpv, errors),
            place_text=place_text,
            place=_understood("lieu", place_text, _place, errors),
            buyer=_siret(asked.get("acheteur")),
            status=asked.get("etat") if asked.get("etat") in STATUSES else "ouvertes",
            due_from=_understood("du", _text(asked.get("du")), _date, errors),
            due_until=_understood("au", _text(asked.get("au")), _date, errors),
            sort=asked.get("tri") if asked.get("tri") in SORTS else usual,
            page=paging.asked(request),
            errors=tuple(errors),
        )

    def params(self, *, page: bool = False) -> list[tuple[str, str]]:
        """Return the query of the stable address: always in the same order, without what is usual."""
        pairs = [
            ("q", self.words),
            *(("nature", value) for value in self.natures),
            *(("procedure", value) for value in self.procedures),
            ("cpv", self.cpv_text),
            ("lieu", self.place_text),
            ("acheteur", self.buyer),
            ("etat", "" if self.status == "ouvertes" else self.status),
            ("du", self.due_from.isoformat() if self.due_from else ""),
            ("au", self.due_until.isoformat() if self.due_until else ""),
            ("tri", "" if self.sort == ("pertinence" if self.words else "echeance") else self.sort),
            ("page", str(self.page) if page and self.page > 1 else ""),
        ]
        return [(name, value) for name, value in pairs if value]

    def question(self, now: datetime, *, size: int = paging.SIZE) -> Question:
        """Return what the index is asked."""
        start = _midnight(self.due_from) if self.due_from else None
        end = (
            _midnight(self.due_until + timedelta(days=1)) - timedelta(microseconds=1)
            if self.due_until
            else None
        )
        if self.status == "ouvertes":
            start = max(start, now) if start else now
        facets = {
            "nature": self.natures,
            "procedure": self.procedures,
            "cpv": (self.cpv,) if self.cpv else (),
            "nuts": (self.place,) if self.place else (),
            "buyer": (self.buyer,) if self.buyer else (),
        }
        return Question(
            words=self.words,
            kinds=("consultation",),
            facets={name: values for name, values in facets.items() if values},
            due_from=start,
            due_until=end,
            past_before=now if self.status == "closes" else None,
            sort=SORTS[self.sort],
            offset=paging.offset(self.page, size=size),
            limit=size,
        )


def _text(raw: str | None) -> str:
    """Return what was typed on one line, without what no database takes."""
    return " ".join((raw or "").replace("\x00", " ").split())[:MOST]


def _known(values: list[str], allowed: list[str]) -> tuple[str, ...]:
    return tuple(value for value in allowed if value in values)


def _siret(raw: str | None) -> str:
    return raw if raw and _SIRET.fullmatch(raw) else ""


def _understood(name: str, text: str, read: Any, errors: list[FieldError]) -> Any:
    if not text:
        return None
    try:
        return read(text)
    except Invalid as error:
        errors.append(FieldError(name, error.code, error.message, error.params))
        return None


def _cpv(text: str) -> str:
    """Return the digits that name a subtree: of a whole code without its zeros, or a part as typed."""
    compact = text.replace(" ", "")
    return compact if _CPV_PART.fullmatch(compact) else codes.cpv_prefix(service.known_cpv(compact))


def _place(text: str) -> str:
    code = text.upper()
    if _NUTS.fullmatch(code) and any(known.startswith(code) for known in codes.nuts_codes()):
        return code
    return service.known_nuts(text)


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Invalid("search.date", _("Écrivez une date comme 2027-03-15.")) from None
    if not 2000 <= found.year <= 2200:  # noqa: PLR2004  # years that a consultation can have
        raise Invalid("search.date", _("Choisissez une date entre 2000 et 2200."))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(rules.PARIS)).astimezone(UTC)
