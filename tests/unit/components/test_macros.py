from datetime import timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from wtforms import (
    BooleanField,
    Form,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from procurement.core.errors import FieldError

STATES = ("draft", "sealed", "openable", "opened", "replaced", "late", "withdrawn", "unopenable", "destroyed")


def soup(html):
    return BeautifulSoup(html, "html5lib").body


def test_input_with_hint_and_error_names_both(snippet):
    html = snippet(
        "forms", "input", '{{ input("SIRET", "siret", hint="14 chiffres", error="Il manque un chiffre.") }}'
    )
    page = soup(html)
    field = page.find(id="siret")
    assert page.find("label", attrs={"for": "siret"}).text == "SIRET"
    assert field["aria-describedby"].split() == ["siret-aide", "siret-erreur"]
    assert field["aria-invalid"] == "true"
    assert page.find(id="siret-aide").text == "14 chiffres"
    assert page.find(id="siret-erreur").text == "Erreur : Il manque un chiffre."


def test_input_without_hint_describes_nothing(snippet):
    field = soup(snippet("forms", "input", '{{ input("Nom", "nom", value="<b>") }}')).find(id="nom")
    assert field.get("aria-describedby") is None
    assert field.get("aria-invalid") is None
    assert field["value"] == "<b>"


def test_input_of_attrs_escapes_them(snippet):
    field = soup(
        snippet("forms", "input", """{{ input("Nom", "nom", attrs={"data-x": '"><script>'}) }}""")
    ).find(id="nom")
    assert field["data-x"] == '"><script>'


def test_button_blocked_stays_focusable_and_says_why(snippet):
    page = soup(
        snippet("forms", "button", '{{ button("Sceller", id="sceller", blocked="Il reste un envoi.") }}')
    )
    button = page.find("button")
    assert (button["type"], button["aria-disabled"], button.get("disabled")) == ("button", "true", None)
    assert page.find(id=button["aria-describedby"]).text == "Il reste un envoi."


def test_date_time_has_a_second_step_and_the_zone(snippet):
    page = soup(
        snippet(
            "forms", "date_time", '{{ date_time("Limite", "limite", date="2027-03-15", time="12:00:00") }}'
        )
    )
    assert page.find(id="limite_date")["type"] == "date"
    assert page.find(id="limite_time")["step"] == "1"
    assert page.find(class_="pl-moment__zone").text == "heure de Paris"


def test_choices_share_a_legend_and_a_name(snippet):
    page = soup(
        snippet(
            "forms",
            "radios",
            '{{ radios("Forme", "forme", [("a", "Seul"), ("b", "Groupement", "Membres ensuite.")], value="b") }}',
        )
    )
    inputs = page.find_all("input")
    assert [(item["name"], item["value"], item.has_attr("checked")) for item in inputs] == [
        ("forme", "a", False),
        ("forme", "b", True),
    ]
    assert page.find("legend").text == "Forme"
    assert page.find(id=inputs[1]["aria-describedby"]).text == "Membres ensuite."


class _Answers(Form):
    name = StringField("Nom de l’équipe", [InputRequired("Écrivez un nom.")], description="Visible de tous.")
    secret = PasswordField("Mot de passe")
    note = TextAreaField("Note", [Optional()])
    shape = RadioField("Forme", choices=[SelectChoice("a", "Seul"), SelectChoice("b", "Groupement")])
    kinds = SelectMultipleField(
        "Types", choices=[SelectChoice("c", "Candidature"), SelectChoice("o", "Offre")]
    )
    place = SelectField("Lieu", choices=[SelectChoice("974", "La Réunion"), SelectChoice("75", "Paris")])
    agree = BooleanField("J’ai lu")


def rendered(snippet, form, name):
    return soup(snippet("forms", "field", f"{{{{ field(form.{name}) }}}}", form=form))


@pytest.mark.parametrize("name", list(_Answers()._fields))
def test_field_of_every_type_has_its_label(snippet, name):
    page = rendered(snippet, _Answers(), name)
    holder = page.find("legend") or page.find("label")
    assert holder.text.replace(" (facultatif)", "") == _Answers()[name].label.text


def test_field_with_error_shows_value_error_and_description(snippet):
    form = _Answers(data={"name": ""})
    form.validate()
    page = rendered(snippet, form, "name")
    assert page.find(id="name-erreur").text == "Erreur : Écrivez un nom."
    assert page.find(id="name-aide").text == "Visible de tous."


def test_field_of_choices_keeps_what_was_chosen(snippet):
    form = _Answers(data={"shape": "b", "kinds": ["o"], "place": "75", "agree": True})
    checked = [
        item["value"]
        for name in ("shape", "kinds", "agree")
        for item in rendered(snippet, form, name).find_all("input", checked=True)
    ]
    assert checked == ["b", "o", "y"]
    assert rendered(snippet, form, "place").find("option", selected=True).text == "Paris"


def test_field_of_password_never_gives_the_value_back(snippet):
    assert rendered(snippet, _Answers(data={"secret": "tres-secret"}), "secret").find("input")["value"] == ""


def test_field_that_is_optional_says_so(snippet):
    assert rendered(snippet, _Answers(), "note").find("label").text == "Note (facultatif)"


def test_error_summary_without_error_writes_nothing(snippet):
    assert (
        snippet("forms", "error_summary, error_prefix", "{{ error_prefix([]) }}{{ error_summary([]) }}") == ""
    )


def test_error_summary_links_to_the_fields(snippet):
    errors = [("nom", "Écrivez un nom."), ("lieu", "Choisissez un lieu.")]
    page = soup(snippet("forms", "error_summary", "{{ error_summary(errors) }}", errors=errors))
    assert (
        page.find(attrs={"role": "alert"}).find("h2").text == "2 réponses sont à revoir. Le reste est gardé."
    )
    assert [(link["href"], link.text) for link in page.find_all("a")] == [
        ("#nom", "Écrivez un nom."),
        ("#lieu", "Choisissez un lieu."),
    ]


def test_error_summary_of_domain_errors_fills_their_places(snippet):
    errors = (FieldError("weights", "x.weights", "Les poids font %(total)s.", {"total": "99"}),)
    page = soup(snippet("forms", "error_summary", "{{ error_summary(errors) }}", errors=errors))
    assert page.find("a").text == "Les poids font 99."


def test_pagination_of_one_page_writes_nothing(snippet):
    assert snippet("page", "pagination", '{{ pagination(1, 1, "?page={page}") }}') == ""


def test_pagination_shows_gaps_and_neighbours(snippet):
    page = soup(snippet("page", "pagination", '{{ pagination(6, 12, "?page={page}") }}'))
    words = [item.get_text(strip=True) for item in page.find_all("li")]
    assert words == ["Précédente", "1", "…", "4", "5", "Page actuelle :6", "7", "8", "…", "12", "Suivante"]
    assert page.find("a", rel="next")["href"] == "?page=7"


@pytest.mark.parametrize(
    ("before", "tone", "figures"),
    [
        (timedelta(days=6, hours=1, minutes=18, seconds=53), "", ["6", "01", "18", "53"]),
        (timedelta(seconds=860), "soon", ["0", "00", "14", "20"]),
        (timedelta(seconds=-20), "late", ["0", "00", "00", "20"]),
    ],
)
def test_countdown_tells_the_time_left_of_the_server(snippet, before, tone, figures):
    page = soup(
        snippet("content", "countdown", '{{ countdown("Limite", now + before) }}', before=before)
    ).find("section")
    assert [item.text for item in page.find_all("b")] == figures
    assert page["class"] == ["pl-countdown", *([f"pl-countdown--{tone}"] if tone else [])]
    assert page.find(attrs={"role": "timer"})["aria-live"] == "off"
    assert (
        page.find(attrs={"data-pl-server": True}).text
        == "Heure du serveur à l’affichage de cette page : 10:41:07."
    )


def test_envelope_states_all_have_their_own_picture(snippet):
    pictures = {
        state: snippet("envelope", "envelope", f'{{{{ envelope("{state}") }}}}').replace(state, "")
        for state in STATES
    }
    assert len(set(pictures.values())) == len(STATES)


def test_envelope_card_says_the_state_in_words(snippet):
    words = {
        state: soup(snippet("proof", "envelope_card", f'{{{{ envelope_card("Offre", "{state}") }}}}'))
        .find(class_="pl-status")
        .text
        for state in STATES
    }
    assert words["sealed"] == "Scellée"
    assert len(set(words.values())) == len(STATES)


def test_quorum_draws_the_line_after_the_number_needed(snippet):
    holders = [
        SimpleNamespace(name=f"Porteur {i}", state=state, word="x")
        for i, state in enumerate(("in", "wait", "wait"), 1)
    ]
    page = soup(snippet("proof", "quorum", '{{ quorum(holders, 2, label="Clés") }}', holders=holders))
    assert [item["class"][0] for item in page.find_all("li")] == [
        "pl-quorum__key",
        "pl-quorum__key",
        "pl-quorum__need",
        "pl-quorum__key",
    ]
    assert page.find(class_="pl-status").text == "Il manque 1 clé sur 2"


def test_data_table_keeps_its_semantics_as_cards(snippet):
    page = soup(
        snippet(
            "content",
            "data_table",
            '{{ data_table("Lots", [{"title": "Lot"}, {"title": "Plis", "kind": "number"}], [["Lot 1", 3]]) }}',
        )
    )
    assert (page.table["role"], page.caption.text) == ("table", "Lots")
    assert [(cell["role"], cell["scope"]) for cell in page.thead.find_all("th")] == [
        ("columnheader", "col")
    ] * 2
    assert (page.tbody.th["role"], page.tbody.td["data-label"], page.tbody.td.text) == (
        "rowheader",
        "Plis",
        "3",
    )


def test_fingerprint_groups_by_eight(snippet):
    assert (
        soup(snippet("proof", "fingerprint", '{{ fingerprint("7c1e9a405f3bd2e8") }}')).text
        == "7c1e9a40 5f3bd2e8"
    )


def test_bar_chart_scales_to_its_highest_bar(snippet):
    bars = [{"label": "T1", "value": 34}, {"label": "T2", "value": 68}]
    page = soup(
        snippet(
            "chart",
            "bar_chart",
            '{{ bar_chart("Jours", bars, id="g", note="34, puis 68 jours.") }}',
            bars=bars,
        )
    )
    assert [bar["height"] for bar in page.find_all("rect")] == ["46.0", "92.0"]
    assert page.find(id=page.svg["aria-describedby"]).text == "34, puis 68 jours."


def test_bar_chart_of_zeros_has_flat_bars(snippet):
    page = soup(
        snippet(
            "chart",
            "bar_chart",
            '{{ bar_chart("Jours", [{"label": "T1", "value": 0}], id="g", note="Aucun.") }}',
        )
    )
    assert [bar["height"] for bar in page.find_all("rect")] == ["0.0"]
