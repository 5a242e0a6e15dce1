import string
import uuid

import pytest
import stdnum.eu.vat
import stdnum.fr.siren
import stdnum.fr.siret
import stdnum.fr.tva
import stdnum.lei
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from procurement.core import ids
from procurement.core.errors import Invalid

DIGITS = st.text("0123456789", min_size=1, max_size=16)
SIRENS = st.text("0123456789", min_size=8, max_size=8).map(lambda body: body + luhn.calc_check_digit(body))
SIRETS = st.tuples(SIRENS, st.text("0123456789", min_size=4, max_size=4)).map(
    lambda parts: parts[0] + parts[1] + luhn.calc_check_digit(parts[0] + parts[1])
)
LEIS = st.text(string.digits + string.ascii_uppercase, min_size=18, max_size=18).map(
    lambda body: body + f"{98 - int(''.join(str(int(c, 36)) for c in body) + '00') % 97:02d}"
)
ANYTHING = st.text(string.digits + string.ascii_letters + " -.é", max_size=22)


def accepted(check, text):
    try:
        check(text)
    except Invalid:
        return False
    return True


def mutants(text):
    return [
        text[:place] + digit + text[place + 1 :]
        for place, was in enumerate(text)
        if was.isdigit()
        for digit in string.digits
        if digit != was
    ]


def refusal(check, *args):
    with pytest.raises(Invalid) as caught:
        check(*args)
    assert str(caught.value)
    return caught.value.code


@given(DIGITS)
def test_luhn_agrees_with_the_oracle(digits):
    assert ids.luhn_valid(digits) == luhn.is_valid(digits)


@given(SIRENS)
def test_siren_generated_is_accepted_and_every_mutant_refused(number):
    assert ids.siren(f" {number[:3]} {number[3:6]}.{number[6:]}\u00a0") == number
    assert [mutant for mutant in mutants(number) if accepted(ids.siren, mutant)] == []


@given(SIRETS.filter(lambda number: not number.startswith(ids.LA_POSTE)))
def test_siret_generated_is_accepted_and_every_mutant_refused(number):
    assert ids.siret(number) == number
    assert stdnum.fr.siret.is_valid(number)
    wrong = [mutant for mutant in mutants(number) if not mutant.startswith(ids.LA_POSTE)]
    assert [mutant for mutant in wrong if accepted(ids.siret, mutant)] == []


@given(ANYTHING)
def test_siren_agrees_with_the_oracle(text):
    compact = "".join(text.split()).replace(".", "").replace("-", "")
    assert accepted(ids.siren, text) == (compact.isascii() and stdnum.fr.siren.is_valid(compact))


@pytest.mark.parametrize("number", ["35600000009075", "35600000000048"])
def test_siret_of_la_poste_follows_either_key(number):
    assert ids.siret(number) == number


def test_siret_of_la_poste_with_neither_key():
    assert refusal(ids.siret, "35600000009076") == "siret.check"


def test_siret_of_la_poste_lets_one_mutant_in_fourteen_pass():
    tails = mutants("35600000009075")
    passing = [mutant for mutant in tails if accepted(ids.siret, mutant)]
    assert len(passing) < len(tails) / 10


@pytest.mark.parametrize(
    ("check", "text", "code"),
    [
        (ids.siren, "13002526", "siren.format"),
        (ids.siren, "13002526A", "siren.format"),
        (ids.siren, "١٣٠٠٢٥٢٦٥", "siren.format"),
        (ids.siren, "130025266", "siren.check"),
        (ids.siret, "130025265", "siret.format"),
        (ids.siret, "13002526500014", "siret.check"),
        (ids.siret, "13002526600013", "siret.check"),
        (ids.vat_fr, "FR0713002526", "vat.format"),
        (ids.vat_fr, "FRIO130025265", "vat.format"),
        (ids.vat_fr, "FR08130025265", "vat.check"),
        (ids.vat_fr, "FR07130025266", "siren.check"),
        (ids.vat, "US123456789", "vat.country"),
        (ids.vat, "", "vat.country"),
        (ids.vat, "DE12345678", "vat.format"),
        (ids.rna, "X123456789", "rna.format"),
        (ids.rna, "W12345678", "rna.format"),
        (ids.ridet, "12345678", "ridet.format"),
        (ids.tahiti, "A1234567", "tahiti.format"),
        (ids.lei, "5493001KJTIIGC8Y1R1", "lei.format"),
        (ids.lei, "5493001KJTIIGC8Y1R13", "lei.check"),
        (ids.cpv, "7223000", "cpv.format"),
        (ids.cpv, "7223000A", "cpv.format"),
        (ids.cpv, "70000000-5", "cpv.check"),
        (ids.parse_human_reference, "2026-12", "id.reference"),
    ],
)
def test_identifier_refused(check, text, code):
    assert refusal(check, text) == code


def test_cpv_refusal_proposes_the_right_key():
    with pytest.raises(Invalid) as caught:
        ids.cpv("70000000-5")
    assert caught.value.params == {"right": "70000000-1"}


@pytest.mark.parametrize(
    ("check", "text", "normal"),
    [
        (ids.siren, "130 025 265", "130025265"),
        (ids.siret, "130 025 265 00013", "13002526500013"),
        (ids.vat_fr, "fr 07 130 025 265", "FR07130025265"),
        (ids.vat_fr, "FRK7130025265", "FRK7130025265"),
        (ids.vat, "FR07130025265", "FR07130025265"),
        (ids.vat, "GR 094014201", "EL094014201"),
        (ids.vat, "BE 0403.170.701", "BE0403170701"),
        (ids.vat, "xi123456789", "XI123456789"),
        (ids.rna, "w751 234 567", "W751234567"),
        (ids.rna, "W2A1234567", "W2A1234567"),
        (ids.ridet, "0 123 456.001", "0123456001"),
        (ids.tahiti, "a12345-001", "A12345001"),
        (ids.lei, "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1R12"),
        (ids.cpv, " 72230000-6 ", "72230000"),
        (ids.cpv, "72230000", "72230000"),
        (ids.parse_human_reference, " 2026-000123", (2026, 123)),
    ],
)
def test_identifier_normal_form(check, text, normal):
    assert check(text) == normal


@given(SIRENS.filter(lambda number: not number.startswith("000")))
def test_vat_fr_of_a_siren_agrees_with_the_oracle_and_refuses_key_mutants(number):
    full = f"FR{(12 + 3 * (int(number) % 97)) % 97:02d}{number}"
    assert ids.vat_fr(full) == full
    assert stdnum.fr.tva.is_valid(full)
    assert [mutant for mutant in mutants(full[2:4]) if accepted(ids.vat_fr, f"FR{mutant}{number}")] == []


def test_vat_fr_of_monaco_has_no_siren_key():
    assert ids.vat_fr("FR 53 0000 04605") == "FR53000004605"
    assert stdnum.fr.tva.is_valid("FR53000004605")
    assert refusal(ids.vat_fr, "FR54000004605") == "vat.check"


@pytest.mark.parametrize(
    "number",
    [
        "ATU13585627",
        "BE0403019261",
        "BG175074752",
        "CY10259033P",
        "CZ25123891",
        "DE136695976",
        "DK13585628",
        "EE100931558",
        "EL094259216",
        "ESB58378431",
        "FI20774740",
        "HR33392005961",
        "HU12892312",
        "IE6433435F",
        "IT00743110157",
        "LT119511515",
        "LU15027442",
        "LV40003521600",
        "MT11679112",
        "NL004495445B01",
        "PL8567346215",
        "PT501964843",
        "RO18547290",
        "SE123456789701",
        "SI50223054",
        "SK2022749619",
    ],
)
def test_vat_of_each_country_known_to_the_oracle(number):
    assert stdnum.eu.vat.is_valid(number)
    assert ids.vat(number) == number


@given(LEIS)
def test_lei_generated_is_accepted_and_every_digit_mutant_refused(number):
    assert stdnum.lei.is_valid(number)
    assert ids.lei(number) == number
    assert [mutant for mutant in mutants(number) if accepted(ids.lei, mutant)] == []


@pytest.mark.parametrize(
    "code",
    [
        "03000000-1",
        "09000000-3",
        "14000000-1",
        "15000000-8",
        "18000000-9",
        "24000000-4",
        "30000000-9",
        "33000000-0",
        "45000000-7",
        "48000000-8",
        "55000000-0",
        "70000000-1",
        "71000000-8",
        "72000000-5",
        "79000000-4",
        "90000000-7",
    ],
)
def test_cpv_key_of_published_codes(code):
    assert ids.cpv(code) == code[:8]
    assert [mutant for mutant in mutants(code[:8]) if accepted(ids.cpv, f"{mutant}-{code[9]}")] == []


@pytest.mark.parametrize(
    ("kind", "text", "normal"),
    [
        (1, "13002526500013", "13002526500013"),
        (2, "DE136695976", "DE136695976"),
        (3, "chSociété   du Léma", "CHSOCIÉTÉ DU LÉMA"),
        (4, "123456001", "123456001"),
        (5, "A12345001", "A12345001"),
    ],
)
def test_platform_id_of_each_kind(kind, text, normal):
    assert ids.platform_id(kind, text) == normal


@pytest.mark.parametrize(
    ("kind", "text", "code"), [(6, "1", "platform_id.kind"), (3, "C", "platform_id.format")]
)
def test_platform_id_refused(kind, text, code):
    assert refusal(ids.platform_id, kind, text) == code


def test_human_reference():
    assert ids.human_reference(2026, 123) == "2026-000123"


@given(st.integers(1000, 9999), st.integers(0, 10_000_000))
def test_human_reference_round_trip(year, number):
    assert ids.parse_human_reference(ids.human_reference(year, number)) == (year, number)


def test_siren_of():
    assert ids.siren_of("13002526500013") == "130025265"


def test_uuid7_is_ordered_and_of_its_version():
    made = [ids.uuid7() for _ in range(50)]
    assert made == sorted(made)
    assert {(type(one), one.version) for one in made} == {(uuid.UUID, 7)}


def test_uuid4_version():
    assert ids.uuid4().version == 4


@given(st.text(max_size=25))
def test_every_check_returns_or_refuses(text):
    for check in (ids.siren, ids.siret, ids.vat, ids.rna, ids.ridet, ids.tahiti, ids.lei, ids.cpv):
        accepted(check, text)
