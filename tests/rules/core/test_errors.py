import pytest

from procurement.core import errors
from procurement.core.text import _


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.DomainError, 409),
        (errors.NotFound, 404),
        (errors.Forbidden, 403),
        (errors.Conflict, 409),
        (errors.Gone, 410),
        (errors.TooLarge, 413),
        (errors.Unavailable, 503),
        (errors.StorageExhausted, 507),
        (errors.Invalid, 422),
    ],
)
def test_status_of_each_refusal(kind, status):
    refusal = kind("bid.deadline_passed", _("Trop tard."))
    assert (refusal.status, refusal.code, refusal.message) == (status, "bid.deadline_passed", "Trop tard.")


def test_sentence_with_its_params():
    refusal = errors.Conflict("lot.unknown", _("Le lot %(lot)s est inconnu."), lot=3)
    assert str(refusal) == "lot.unknown: Le lot 3 est inconnu."
    assert refusal.params == {"lot": 3}


def test_sentence_without_params_keeps_its_percent_sign():
    assert str(errors.Gone("a.b", "100 % fini")) == "a.b: 100 % fini"


def test_too_many_says_when_to_come_back():
    refusal = errors.TooMany("rate.exceeded", _("Patientez."), retry_after=30, client="x")
    assert (refusal.status, refusal.retry_after, refusal.params) == (429, 30, {"client": "x"})


def test_invalid_names_its_fields():
    wrong = errors.FieldError("lots.0.cpv", "cpv.format", _("Un code CPV compte 8 chiffres."))
    refusal = errors.Invalid("form.invalid", _("Corrigez %(count)s champ."), errors=(wrong,), count=1)
    assert refusal.errors == (wrong,)
    assert refusal.errors[0].params == {}
    assert str(refusal) == "form.invalid: Corrigez 1 champ."


def test_field_errors_are_compared_by_value():
    assert errors.FieldError("a", "b", "c") == errors.FieldError("a", "b", "c", {})
