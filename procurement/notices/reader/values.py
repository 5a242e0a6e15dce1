"""Take values out of a notice: each one cleaned, judged and written down in the ledger."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml import etree

from procurement.core import codes, ids, money, text
from procurement.core.errors import Invalid
from procurement.core.text import _
from procurement.notices.reader.draft import Amount, Duration, Moment
from procurement.notices.reader.report import NS, ItemKind, Ledger, Place

__all__ = ["EXTENSION", "Source"]

EXTENSION = "ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension"
PARIS = ZoneInfo("Europe/Paris")
FRENCH = "FRA"
UNITS = frozenset({"DAY", "WEEK", "MONTH", "YEAR"})

_TAKEN = _("Repris.")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
_TIME = re.compile(r"([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")
_DIGITS = re.compile(r"[0-9]{1,9}")


class Source:
    """A notice being read at an instant, and its ledger."""

    def __init__(self, root: etree._Element, *, now: datetime) -> None:
        self.root = root
        self.now = now
        self.ledger = Ledger(root)
        official = root.findtext("cbc:NoticeLanguageCode", "", NS).strip()
        self._languages = (FRENCH, official)

    def leaves(self, node: etree._Element, path: str) -> list[etree._Element]:
        """Return the filled leaves at a path that no line stands for yet."""
        return [
            leaf
            for leaf in node.iterfind(path, NS)
            if len(leaf) == 0 and (leaf.text or "").strip() and not self.ledger.is_recorded(leaf)
        ]

    def line(self, node: etree._Element, path: str, place: Place) -> str:
        """Take one line of text, in French where the notice speaks several languages."""
        return self._text(node, path, place, text.line)

    def block(self, node: etree._Element, path: str, place: Place) -> str:
        """Take a text of several lines."""
        return self._text(node, path, place, text.block)

    def lines(self, node: etree._Element, path: str, place: Place) -> tuple[str, ...]:
        """Take every value at a path: languages, identifiers."""
        return tuple(self._clean(leaf, place, text.line) for leaf in self.leaves(node, path))

    def code(self, node: etree._Element, path: str, place: Place, known: Collection[str]) -> str:
        """Take a code; one that is not in the list is kept and doubted."""
        leaf = self.first(node, path)
        if leaf is None:
            return ""
        value = _raw(leaf)
        if value in known:
            self.take([leaf], place)
        else:
            self.doubt([leaf], place, _("Code inconnu : à vérifier."))
        return value

    def flag(self, node: etree._Element, path: str, place: Place, *, true: str = "true") -> bool:
        """Take a yes or no written as a code."""
        return self.code(node, path, place, {"true", "false", "yes", "no"}) == true

    def integer(self, node: etree._Element, path: str, place: Place) -> int | None:
        """Take a whole number."""
        leaf = self.first(node, path)
        if leaf is None:
            return None
        if not _DIGITS.fullmatch(_raw(leaf)):
            self.doubt([leaf], place, _("Nombre illisible : non repris."))
            return None
        self.take([leaf], place)
        return int(_raw(leaf))

    def number(self, leaf: etree._Element) -> Decimal | None:
        """Return the number of a leaf, without writing anything down."""
        return Decimal(_raw(leaf)) if _NUMBER.fullmatch(_raw(leaf)) else None

    def amount(self, node: etree._Element, path: str, place: Place) -> Amount | None:
        """Take an amount with its currency."""
        leaf = self.first(node, path)
        if leaf is None:
            return None
        value, currency = self.number(leaf), leaf.get("currencyID", "")
        if value is None or value < 0 or value > money.MAX_AMOUNT:
            self.doubt([leaf], place, _("Montant illisible : non repris."))
            return None
        if currency != "EUR":
            message = _("Montant en « %(currency)s », et non en euros : à convertir.")
            self.doubt([leaf], place, message, currency=currency)
        elif value != money.round_cents(value):
            self.doubt([leaf], place, _("Montant arrondi au centime."))
        else:
            self.take([leaf], place)
        return Amount(money.round_cents(value), currency)

    def url(self, node: etree._Element, path: str, place: Place) -> str:
        """Take a web address; anything that is not one is left out."""
        leaf = self.first(node, path)
        if leaf is None:
            return ""
        if not _is_web_address(_raw(leaf)):
            self.doubt([leaf], place, _("Adresse web refusée : elle doit commencer par https:// ou http://."))
            return ""
        self.take([leaf], place)
        return _raw(leaf)

    def cpv(self, node: etree._Element, path: str, place: Place) -> tuple[str, ...]:
        """Take CPV codes; on import a doubtful code is kept and flagged, never refused."""
        return tuple(code for leaf in self.leaves(node, path) if (code := self._cpv(leaf, place)))

    def nuts(self, node: etree._Element, path: str, place: Place) -> tuple[str, ...]:
        """Take NUTS codes of places of performance, each once."""
        taken: dict[str, None] = {}
        for leaf in self.leaves(node, path):
            if codes.nuts(_raw(leaf)):
                self.take([leaf], place)
            else:
                self.doubt([leaf], place, _("Code NUTS de niveau 3 inconnu : à vérifier."))
            taken[_raw(leaf)] = None
        return tuple(taken)

    def moment(
        self, node: etree._Element, paths: tuple[str, str], place: Place, *, historic: bool = False
    ) -> Moment | None:
        """Take the instant said by a date and a time; a past one must be set again, unless it is ``historic``."""
        day, hour = (self.first(node, path) for path in paths)
        if day is None:
            return None
        if hour is None:
            message = _("Date sans heure : fixez la date et l’heure.")
            self.ledger.record(ItemKind.TO_SET_AGAIN, [day], place, message)
            return None
        at, zoned = _instant(_raw(day), _raw(hour))
        if at is None:
            self.doubt([day, hour], place, _("Date ou heure illisible : non reprise."))
            return None
        if historic:
            self.take([day, hour], place)
        else:
            self._judge_moment([day, hour], place, at, zoned=zoned)
        return Moment(at.astimezone(UTC), past=at <= self.now)

    def day(self, node: etree._Element, path: str, place: Place) -> date | None:
        """Take a date; a past one must be set again."""
        leaf = self.first(node, path)
        if leaf is None:
            return None
        found = _DATE.fullmatch(_raw(leaf))
        try:
            value = date.fromisoformat(found[1] if found else "")
        except ValueError:
            self.doubt([leaf], place, _("Date illisible : non reprise."))
            return None
        if value < self.now.astimezone(PARIS).date():
            self.ledger.record(ItemKind.TO_SET_AGAIN, [leaf], place, _("Date passée : à fixer de nouveau."))
        else:
            self.take([leaf], place)
        return value

    def measure(self, node: etree._Element, path: str, place: Place) -> Duration:
        """Take a number of days, weeks, months or years."""
        leaf = self.first(node, path)
        if leaf is None:
            return Duration()
        unit = leaf.get("unitCode", "")
        if unit not in UNITS or not _DIGITS.fullmatch(_raw(leaf)):
            self.doubt([leaf], place, _("Durée illisible : non reprise."))
            return Duration()
        self.take([leaf], place)
        return Duration(int(_raw(leaf)), unit)

    def take(self, leaves: Sequence[etree._Element], place: Place) -> None:
        """Write down that these leaves were taken as they stand."""
        self.ledger.record(ItemKind.TAKEN, leaves, place, _TAKEN)

    def doubt(
        self, leaves: Sequence[etree._Element], place: Place, message: str, **params: str | int | Decimal
    ) -> None:
        """Write down that a person must look at these leaves."""
        self.ledger.record(ItemKind.DOUBTFUL, leaves, place, message, **params)

    def first(self, node: etree._Element, path: str) -> etree._Element | None:
        """Return the first filled leaf at a path that no line stands for yet."""
        return next(iter(self.leaves(node, path)), None)

    def _text(self, node: etree._Element, path: str, place: Place, clean: Callable[[str], str]) -> str:
        candidates = self.leaves(node, path)
        if not candidates:
            return ""
        chosen = min(candidates, key=self._preference)
        for other in candidates:
            language = other.get("languageID", "")
            if language != chosen.get("languageID", ""):
                message = _("Texte dans une autre langue (%(written)s).")
                self.ledger.record(ItemKind.IGNORED, [other], place, message, written=language)
        return self._clean(chosen, place, clean)

    def _preference(self, leaf: etree._Element) -> int:
        language = leaf.get("languageID", "")
        return self._languages.index(language) if language in self._languages else len(self._languages)

    def _clean(self, leaf: etree._Element, place: Place, clean: Callable[[str], str]) -> str:
        try:
            value = clean(leaf.text or "")
        except Invalid:
            self.doubt([leaf], place, _("Caractères invisibles remplacés par « � » : à corriger."))
            return text.display_name((leaf.text or "").strip())
        self.take([leaf], place)
        return value

    def _cpv(self, leaf: etree._Element, place: Place) -> str:
        found = re.fullmatch(r"([0-9]{8})(?:-[0-9])?", _raw(leaf))
        if found is None:
            self.doubt([leaf], place, _("Code CPV illisible : non repris."))
            return ""
        code = found[1]
        if codes.cpv(code) is None:
            self.doubt([leaf], place, _("Code CPV absent de la nomenclature : à vérifier."))
        elif _raw(leaf) not in {code, f"{code}-{ids.cpv_check_digit(code)}"}:
            self.doubt([leaf], place, _("La clé de ce code CPV n’est pas la bonne : à vérifier."))
        else:
            self.take([leaf], place)
        return code

    def _judge_moment(
        self, leaves: Sequence[etree._Element], place: Place, at: datetime, *, zoned: bool
    ) -> None:
        paris = at.astimezone(PARIS)
        shown = f"{paris:%d/%m/%Y %H:%M:%S}"
        if at <= self.now:
            message = _("Date passée (%(paris)s, heure de Paris) : à fixer de nouveau.")
            self.ledger.record(ItemKind.TO_SET_AGAIN, leaves, place, message, paris=shown)
        elif not zoned:
            message = _("Sans fuseau : lu comme heure de Paris (%(paris)s), à vérifier.")
            self.doubt(leaves, place, message, paris=shown)
        elif paris.utcoffset() != at.utcoffset():
            message = _(
                "Le décalage n’est pas celui de Paris ce jour-là : soit %(paris)s à Paris, à vérifier."
            )
            self.doubt(leaves, place, message, paris=shown)
        else:
            self.take(leaves, place)


def _instant(day: str, hour: str) -> tuple[datetime | None, bool]:
    """Return the instant of a date and a time, and whether a zone was given; the time's zone wins."""
    dated, timed = _DATE.fullmatch(day), _TIME.fullmatch(hour)
    if dated is None or timed is None:
        return None, False
    zone = timed[2] or dated[2]
    try:
        at = datetime.fromisoformat(f"{dated[1]}T{timed[1]}{zone or ''}")
        at = at if zone else at.replace(tzinfo=PARIS)
        at.astimezone(UTC)
        at.astimezone(PARIS)
    except (ValueError, OverflowError):
        return None, False
    return at, zone is not None


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    plain = text.hostile_character(address) is None and not re.search(r"\s", address)
    return plain and parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc


def _raw(leaf: etree._Element) -> str:
    return (leaf.text or "").strip()
