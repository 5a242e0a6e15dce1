"""Amounts: Decimal in memory, whole cents in the store; one way to round, to read and to write. Pure."""

import re
from decimal import ROUND_HALF_UP, Decimal

from procurement.core.errors import Invalid
from procurement.core.text import _

__all__ = ["MAX_AMOUNT", "format_euros", "from_cents", "parse_amount", "round_cents", "to_cents"]

CENT = Decimal("0.01")
# Cents stay below 2**53, so that every JSON reader, JavaScript included, gives the same figure back.
MAX_AMOUNT = Decimal(90_000_000_000_000)

_NARROW_SPACE = "\u202f"
_NO_BREAK_SPACE = "\u00a0"
_BLANKS = re.compile(r"[\s'’]+")
_PLAIN = re.compile(r"-?[0-9]+([.,][0-9]+)?")
_GROUPED = re.compile(
    r"-?[1-9][0-9]{0,2}(?P<group>[ .,])[0-9]{3}((?P=group)[0-9]{3})*((?!(?P=group))[.,][0-9]+)?"
)
# Three digits after a lone mark: a thousand for some, a thousandth for others. A zero first leaves no doubt.
_AMBIGUOUS = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")


def round_cents(amount: Decimal) -> Decimal:
    """Return the amount to the cent, halves away from zero: the only rounding of the house."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def to_cents(amount: Decimal) -> int:
    """Return the whole cents to store."""
    return int(round_cents(amount).scaleb(2))


def from_cents(cents: int) -> Decimal:
    """Return the amount of stored cents."""
    return Decimal(cents).scaleb(-2)


def parse_amount(text: str, *, places: int = 2, negative: bool = False) -> Decimal:
    """Read ``1 234,50`` or ``1234.50`` in euros; refuse what can be read two ways, such as ``1,234``.

    Raise ``money.empty``, ``money.format``, ``money.ambiguous``, ``money.precision``, ``money.negative`` or
    ``money.too_large``.
    """
    cleaned = _BLANKS.sub(" ", text.replace("€", " ")).strip()
    if not cleaned:
        raise Invalid("money.empty", _("Indiquez un montant en euros, par exemple 1 234,50."))
    amount = Decimal(_digits(cleaned))
    if amount < 0 and not negative:
        raise Invalid("money.negative", _("Le montant ne peut pas être négatif."))
    if abs(amount) > MAX_AMOUNT:
        raise Invalid("money.too_large", _("Ce montant dépasse ce que le service peut enregistrer."))
    if -int(amount.as_tuple().exponent) > places:
        message = _("Donnez au plus %(places)s chiffres après la virgule.")
        raise Invalid("money.precision", message, places=places)
    return amount


def format_euros(amount: Decimal) -> str:
    """Write an amount the French way, spaces unbroken: ``1 234,50 €``."""
    whole, cents = f"{round_cents(amount):,.2f}".replace(",", _NARROW_SPACE).split(".")
    return f"{whole},{cents}{_NO_BREAK_SPACE}€"


def _digits(text: str) -> str:
    """Return the figure in the notation of Decimal."""
    if _AMBIGUOUS.fullmatch(text):
        message = _("« %(text)s » peut se lire de deux façons. Écrivez par exemple 1234 ou 1,23.")
        raise Invalid("money.ambiguous", message, text=text)
    grouped = _GROUPED.fullmatch(text)
    if grouped is not None:
        text = text.replace(grouped["group"], "")
    elif not _PLAIN.fullmatch(text):
        message = _("« %(text)s » n’est pas un montant. Écrivez par exemple 1 234,50.")
        raise Invalid("money.format", message, text=text)
    return text.replace(",", ".")
