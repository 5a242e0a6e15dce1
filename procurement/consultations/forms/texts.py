"""What people type, to and from what is stored."""

import re
from collections.abc import Callable
from typing import Any

from wtforms.validators import ValidationError

from procurement.core import codes, money
from procurement.core.errors import Invalid

_SPLIT = re.compile(r"[,;\n]+")


def holds(check: Callable[[str], object], *, several: bool = False) -> Callable[[Any, Any], None]:
    """Return a validator that says in a sentence what ``check`` refuses."""

    def validate(form: Any, field: Any) -> None:
        del form
        texts = split(field.data) if several else [field.data] if field.data else []
        for text in texts:
            try:
                check(text)
            except Invalid as error:
                sentence = field.gettext(error.message)
                raise ValidationError(sentence % error.params if error.params else sentence) from None

    return validate


def split(text: str | None) -> list[str]:
    """Return what is between commas, semicolons or line ends."""
    return [part.strip() for part in _SPLIT.split(text or "") if part.strip()]


def cents(text: str | None) -> int | None:
    """Return an amount typed in euros as cents."""
    return money.to_cents(money.parse_amount(text)) if text else None


def euros(amount: int | None) -> str:
    """Return cents as they are typed, in euros."""
    return str(money.from_cents(amount)).replace(".", ",") if amount is not None else ""


def full_cpv(code: str | None) -> str:
    """Return a CPV code with its key."""
    entry = codes.cpv(code) if code else None
    return entry.full if entry else code or ""


def lines(text: str | None) -> tuple[str, ...]:
    """Return the lines of a text, each once, without those that are empty."""
    return tuple(dict.fromkeys(" ".join(row.split()) for row in (text or "").splitlines() if row.strip()))
