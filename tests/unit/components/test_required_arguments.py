import pytest
from jinja2.exceptions import UndefinedError

# (component file, macro, call without the argument under test)
MISSING = [
    ("forms", "button", 'button("")'),
    ("forms", "button_link", 'button_link("Aller", "")'),
    ("forms", "action_link", 'action_link("")'),
    ("forms", "input", 'input("", "siret")'),
    ("forms", "input", 'input("SIRET", "")'),
    ("forms", "input", 'input(label="SIRET")'),
    ("forms", "textarea", 'textarea("", "question")'),
    ("forms", "select", 'select("", "procedure", [])'),
    ("forms", "radios", 'radios("", "forme", [("a", "A")])'),
    ("forms", "checkboxes", 'checkboxes("Lots", "", [("1", "Lot 1")])'),
    ("forms", "checkbox", 'checkbox("", "suivre")'),
    ("forms", "date_time", 'date_time("", "limite")'),
    ("forms", "file_upload", 'file_upload("", "fichier")'),
    ("forms", "search_box", 'search_box("", "q")'),
    ("page", "stepper", 'stepper(["Un"], 0, label="")'),
    ("page", "tabs", 'tabs([], label="")'),
    ("page", "toc", 'toc([], label="")'),
    ("page", "download", 'download("Règlement", "")'),
    ("content", "alert", 'alert("")'),
    ("content", "status", 'status("", "ok")'),
    ("content", "tag", 'tag("")'),
    ("content", "chip", 'chip("Travaux", "#", "")'),
    ("content", "data_table", 'data_table("", [{"title": "Lot"}], [])'),
    ("content", "timeline", 'timeline([], label="")'),
    ("content", "countdown", 'countdown("", now)'),
    ("content", "countdown", 'countdown("Limite", none)'),
    ("proof", "file_row", 'file_row("", ("Arrivé", "ok"))'),
    ("proof", "envelope_card", 'envelope_card("", "sealed")'),
    ("proof", "quorum", 'quorum([], 2, label="")'),
    ("proof", "fingerprint", 'fingerprint("")'),
    ("proof", "why", 'why("Pourquoi", "")'),
    ("chart", "bar_chart", 'bar_chart("Légende", [], id="g", note="")'),
]


@pytest.mark.parametrize(("component", "macro", "call"), MISSING)
def test_component_without_required_argument_fails(snippet, component, macro, call):
    with pytest.raises(UndefinedError):
        snippet(component, macro, "{{ " + call + " }}")


def test_icon_that_does_not_exist_fails(snippet):
    with pytest.raises(UndefinedError):
        snippet("icons", "icon", '{{ icon("licorne") }}')


def test_envelope_state_that_does_not_exist_fails(snippet):
    with pytest.raises(UndefinedError):
        snippet("envelope", "envelope", '{{ envelope("perdu") }}')


def test_status_kind_that_does_not_exist_fails(snippet):
    with pytest.raises(UndefinedError):
        snippet("content", "status", '{{ status("Fait", "rose") }}')
