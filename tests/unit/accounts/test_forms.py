"""The base of HTML forms: what comes in clean, and the sentences that go out."""

from types import SimpleNamespace
from typing import Any

import pytest
from webob.multidict import MultiDict
from wtforms import IntegerField, RadioField, SelectMultipleField

from procurement.core.errors import Conflict, FieldError, Invalid
from procurement.core.web.forms import SecureForm, clean, line, options, paragraph, required


class LotForm(SecureForm):
    title = line("Intitulé", "Donnez un intitulé.", limit=10)
    note = paragraph("Note", None, limit=20)
    kind = RadioField("Nature", [required("Choisissez.")], choices=options([("works", "Travaux")]))
    count = IntegerField("Nombre", [required("Donnez un nombre.")])
    tags = SelectMultipleField("Mots", choices=options([("a", "A")]))


GOOD = {"title": "Voirie", "note": "", "kind": "works", "count": "3"}


def posted(**values: Any) -> LotForm:
    request = SimpleNamespace(
        method="POST",
        POST=MultiDict({**GOOD, **values}),
        translate=lambda message, **params: message % params if params else message,
        response=SimpleNamespace(status_int=200),
    )
    return LotForm(request)


def test_form_is_not_accepted_before_it_is_sent() -> None:
    form = posted()
    form.request.method = "GET"
    assert LotForm(form.request).accepted() is False
    assert form.request.response.status_int == 200


def test_values_come_in_clean() -> None:
    form = posted(title="  e\u0301cole  ", note="   ")
    assert form.accepted() is True
    assert (form.title.data, form.note.data, form.count.data) == ("école", None, 3)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "Donnez un intitulé."),
        ("title", "   ", "Donnez un intitulé."),
        ("title", "x" * 11, "Ce texte compte 11 caractères ; la limite est de 10."),
        ("title", "a\x00b", "Ce texte contient un caractère invisible. Retapez-le au clavier."),
        ("title", "a\u202eb", "Ce texte contient un caractère invisible. Retapez-le au clavier."),
        ("note", "a\u0007b", "Ce texte contient un caractère invisible. Retapez-le au clavier."),
        ("note", "x" * 21, "Ce texte compte 21 caractères ; la limite est de 20."),
        ("kind", "autre", "Choisissez une des réponses proposées."),
        ("count", "trois", "Écrivez un nombre entier, en chiffres."),
        ("tags", "z", "Choisissez parmi les réponses proposées."),
    ],
)
def test_refused_value_gets_a_sentence_and_status_422(field: str, value: str, sentence: str) -> None:
    form = posted(**{field: value})
    assert form.accepted() is False
    assert form.error_list() == [(field, sentence)]
    assert form.request.response.status_int == 422


def test_paragraph_keeps_its_lines() -> None:
    form = posted(note="un\r\ndeux\ttrois")
    assert form.accepted() is True
    assert form.note.data == "un\r\ndeux\ttrois"


def test_refusal_of_the_rules_goes_to_the_fields_it_names() -> None:
    form = posted()
    assert form.accepted() is True
    form.refuse(
        Invalid(
            "lot.wrong", "Non.", errors=(FieldError("title", "x", "Pris : %(name)s.", {"name": "Voirie"}),)
        )
    )
    assert form.error_list() == [("title", "Pris : Voirie.")]


def test_refusal_without_a_field_stands_for_the_form() -> None:
    form = posted()
    assert form.accepted() is True
    form.refuse(Conflict("lot.frozen", "La consultation est publiée."))
    assert form.error_list() == [("contenu", "La consultation est publiée.")]
    assert form.request.response.status_int == 409


def test_clean_text() -> None:
    assert [clean(text) for text in (None, "", "  ", " a ")] == [None, None, None, "a"]
