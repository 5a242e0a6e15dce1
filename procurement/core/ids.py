"""Identifiers: each function returns the normal form or refuses with a code. Pure.

Sources: SIREN and SIRET, INSEE (Luhn key; La Poste excepted); VAT, directive 2006/112/EC article 215 and the
patterns of VIES; LEI, ISO 17442 with the ISO 7064 mod 97-10 key; CPV key as verified on published codes, for
want of an official text.
"""

import re
import uuid

import uuid_utils.compat

from procurement.core.errors import Invalid
from procurement.core.text import _

__all__ = [
    "cpv", "cpv_check_digit", "human_reference", "lei", "luhn_valid", "parse_human_reference",
    "platform_id", "ridet", "rna", "siren", "siren_of", "siret", "tahiti", "uuid4", "uuid7", "vat", "vat_fr",
]  # fmt: skip

LA_POSTE = "356000000"
_SEPARATORS = re.compile(r"[\s.\-–_]+")
_CPV_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)
_CPV = re.compile(r"([0-9]{8})(?:-?([0-9]))?")
_RNA = re.compile(r"W[0-9][0-9A-Z][0-9]{7}")
_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
_RIDET = re.compile(r"[0-9]{9,10}")
_TAHITI = re.compile(r"[0-9A-Z][0-9]{8}")
# The key of a French VAT number holds no I and no O.
_VAT_FR = re.compile(r"FR([0-9A-HJ-NP-Z]{2})([0-9]{9})")
_REFERENCE = re.compile(r"([0-9]{4})-([0-9]{6,})")

VAT_PATTERNS: dict[str, re.Pattern[str]] = {
    country: re.compile(pattern)
    for country, pattern in {
        "AT": r"U[0-9]{8}",
        "BE": r"[01][0-9]{9}",
        "BG": r"[0-9]{9,10}",
        "CY": r"[0-9]{8}[A-Z]",
        "CZ": r"[0-9]{8,10}",
        "DE": r"[0-9]{9}",
        "DK": r"[0-9]{8}",
        "EE": r"[0-9]{9}",
        "EL": r"[0-9]{9}",
        "ES": r"[0-9A-Z][0-9]{7}[0-9A-Z]",
        "FI": r"[0-9]{8}",
        "HR": r"[0-9]{11}",
        "HU": r"[0-9]{8}",
        "IE": r"[0-9][0-9A-Z+*][0-9]{5}[A-Z]{1,2}",
        "IT": r"[0-9]{11}",
        "LT": r"[0-9]{9}|[0-9]{12}",
        "LU": r"[0-9]{8}",
        "LV": r"[0-9]{11}",
        "MT": r"[0-9]{8}",
        "NL": r"[0-9A-Z+*]{12}",
        "PL": r"[0-9]{10}",
        "PT": r"[0-9]{9}",
        "RO": r"[0-9]{2,10}",
        "SE": r"[0-9]{12}",
        "SI": r"[0-9]{8}",
        "SK": r"[0-9]{10}",
        "XI": r"[0-9]{9}|[0-9]{12}|(GD|HA)[0-9]{3}",
    }.items()
}


def uuid7() -> uuid.UUID:
    """Return a time-ordered id for the rows of the store (RFC 9562)."""
    return uuid_utils.compat.uuid7()


def uuid4() -> uuid.UUID:
    """Return a random id, for what must not tell when it was made: bids and eForms notices."""
    return uuid.uuid4()


def human_reference(year: int, number: int) -> str:
    """Return the reference people read and say: ``2026-000123``."""
    return f"{year:04d}-{number:06d}"


def parse_human_reference(text: str) -> tuple[int, int]:
    """Return the year and the number of a reference; raise ``id.reference``."""
    found = _REFERENCE.fullmatch(text.strip())
    if found is None:
        raise Invalid("id.reference", _("Une référence s’écrit comme 2026-000123."))
    return int(found[1]), int(found[2])


def luhn_valid(digits: str) -> bool:
    """Tell whether the last digit is the Luhn key of the others (ISO/IEC 7812-1)."""
    doubled = (int(digit) * (1 + rank % 2) for rank, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004  # Luhn


def siren(text: str) -> str:
    """Return the 9 digits of a SIREN; raise ``siren.format`` or ``siren.check``."""
    digits = _compact(text)
    if not _decimal(digits, 9):
        raise Invalid("siren.format", _("Un SIREN compte 9 chiffres."))
    if not luhn_valid(digits):
        raise Invalid("siren.check", _("Ce SIREN contient une erreur de frappe : sa clé n’est pas la bonne."))
    return digits


def siret(text: str) -> str:
    """Return the 14 digits of a SIRET; raise ``siret.format`` or ``siret.check``.

    The establishments of La Poste follow either key: Luhn, or a digit sum that is a multiple of 5.
    """
    digits = _compact(text)
    if not _decimal(digits, 14):
        raise Invalid("siret.format", _("Un SIRET compte 14 chiffres."))
    if not (luhn_valid(digits[:9]) and (luhn_valid(digits) or _la_poste(digits))):
        raise Invalid("siret.check", _("Ce SIRET contient une erreur de frappe : sa clé n’est pas la bonne."))
    return digits


def siren_of(establishment: str) -> str:
    """Return the SIREN of a SIRET in its normal form."""
    return establishment[:9]


def vat_fr(text: str) -> str:
    """Return a French VAT number; raise ``vat.format`` or ``vat.check`` (not for keys with letters)."""
    compact = _compact(text).upper()
    found = _VAT_FR.fullmatch(compact)
    if found is None:
        raise Invalid(
            "vat.format", _("Un numéro de TVA français s’écrit FR, deux caractères, puis le SIREN.")
        )
    key, number = found.groups()
    # Companies of Monaco have French VAT numbers on a number beginning with 000, which has no Luhn key.
    if not number.startswith("000"):
        siren(number)
    if key.isdigit() and int(key) != (12 + 3 * (int(number) % 97)) % 97:
        raise Invalid("vat.check", _("Ce numéro de TVA contient une erreur : sa clé n’est pas la bonne."))
    return compact


def vat(text: str) -> str:
    """Return a VAT number of the Union; raise ``vat.country``, ``vat.format`` or ``vat.check``."""
    compact = _compact(text).upper()
    country = "EL" if compact.startswith("GR") else compact[:2]
    if country == "FR":
        return vat_fr(compact)
    if country not in VAT_PATTERNS:
        raise Invalid("vat.country", _("Un numéro de TVA commence par les deux lettres de son pays."))
    if not VAT_PATTERNS[country].fullmatch(compact[2:]):
        message = _("Ce numéro de TVA n’a pas la forme de ceux de ce pays (%(country)s).")
        raise Invalid("vat.format", message, country=country)
    return country + compact[2:]


def rna(text: str) -> str:
    """Return an association's number in the national register (W and 9 characters); raise ``rna.format``."""
    return _matching(text, _RNA, "rna.format", _("Un numéro RNA s’écrit W suivi de 9 caractères."))


def ridet(text: str) -> str:
    """Return a New Caledonian RIDET; raise ``ridet.format``."""
    return _matching(text, _RIDET, "ridet.format", _("Un RIDET compte 9 ou 10 chiffres."))


def tahiti(text: str) -> str:
    """Return a Polynesian TAHITI number; raise ``tahiti.format``."""
    return _matching(text, _TAHITI, "tahiti.format", _("Un numéro TAHITI compte 9 caractères."))


def lei(text: str) -> str:
    """Return a legal entity identifier; raise ``lei.format`` or ``lei.check``."""
    compact = _matching(text, _LEI, "lei.format", _("Un LEI compte 20 caractères."))
    if int("".join(str(int(char, 36)) for char in compact)) % 97 != 1:
        raise Invalid("lei.check", _("Ce LEI contient une erreur de frappe : sa clé n’est pas la bonne."))
    return compact


def cpv_check_digit(code: str) -> int:
    """Return the key of 8 CPV digits."""
    return sum(weight * int(digit) for weight, digit in zip(_CPV_WEIGHTS, code, strict=True)) % 10


def cpv(text: str) -> str:
    """Return the 8 digits of a CPV code, its key checked if given; raise ``cpv.format`` or ``cpv.check``."""
    found = _CPV.fullmatch(text.strip())
    if found is None:
        raise Invalid("cpv.format", _("Un code CPV compte 8 chiffres."))
    code, key = found.groups()
    if key is not None and int(key) != cpv_check_digit(code):
        message = _("La clé de ce code CPV n’est pas la bonne : %(right)s est attendu.")
        raise Invalid("cpv.check", message, right=f"{code}-{cpv_check_digit(code)}")
    return code


def platform_id(kind: int, text: str) -> str:
    """Return an identifier of one of the five kinds DUME platforms exchange; raise ``platform_id.kind``.

    1 SIRET, 2 VAT of the Union, 3 country and first 16 characters of the name, 4 RIDET, 5 TAHITI.
    """
    readers = {1: siret, 2: vat, 3: _country_and_name, 4: ridet, 5: tahiti}
    if kind not in readers:
        raise Invalid("platform_id.kind", _("Le type d’identifiant va de 1 à 5."))
    return readers[kind](text)


def _country_and_name(text: str) -> str:
    cleaned = " ".join(text.split()).upper()
    if not re.fullmatch(r"[A-Z]{2}\S.{0,15}", cleaned):
        message = _("Écrivez le code du pays en deux lettres, puis les 16 premiers caractères du nom.")
        raise Invalid("platform_id.format", message)
    return cleaned


def _compact(text: str) -> str:
    return _SEPARATORS.sub("", text)


def _decimal(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _la_poste(digits: str) -> bool:
    return digits.startswith(LA_POSTE) and sum(map(int, digits)) % 5 == 0


def _matching(text: str, pattern: re.Pattern[str], code: str, message: str) -> str:
    compact = _compact(text).upper()
    if not pattern.fullmatch(compact):
        raise Invalid(code, message)
    return compact
