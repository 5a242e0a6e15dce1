"""Name countries, currencies and languages by the Unicode locale data (CLDR), in French or English."""

from functools import cache

from babel import Locale
from babel.core import get_global

LISTS = frozenset(("country", "currency", "language"))

# Codes that the official list keeps for states of the past: today's name would be wrong for them.
_FORMER = frozenset(("ANT", "BUR", "CSK", "DDR", "FXX", "NTZ", "SCG", "SUN", "TMP", "YMD", "YUG", "ZAR"))
# The list's own code for Kosovo, which ISO 3166-1 has not.
_OWN = {"XKX": "XK"}


def name(list_name: str, value: str, lang: str) -> str:
    """Return the name of a country (ISO 3166-1, three or two letters), a currency or a language; empty if unknown."""
    locale = _locale(lang)
    if list_name == "currency":
        return str(locale.currencies.get(value.upper(), ""))
    if list_name == "language":
        return _language(locale, value.lower())
    return str(locale.territories.get(_alpha2(value.upper()), ""))


@cache
def _locale(lang: str) -> Locale:
    return Locale.parse(lang)


def _alpha2(code: str) -> str:
    if len(code) == len("FR"):
        return code
    if code in _FORMER:
        return ""
    found = get_global("territory_aliases").get(code, ())
    return _OWN.get(code, found[0] if len(found) == 1 else "")


def _language(locale: Locale, code: str) -> str:
    known = get_global("language_aliases").get(code, code)
    return str(locale.languages.get(known, ""))
