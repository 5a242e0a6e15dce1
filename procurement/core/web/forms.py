"""HTML forms: what a person types comes in clean, and errors go out as sentences in his language.

A form is built from the request: ``form = TeamForm(request)``; ``form.accepted()`` is true when the request
posts values that hold, and otherwise sets the status 422, so that nothing of the transaction is kept. Labels,
choices and errors are marked French sentences; ``components/forms.html`` shows them.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from wtforms import Form, StringField, TextAreaField
from wtforms.fields import Field
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.meta import DefaultMeta
from wtforms.validators import InputRequired, Length, Optional, StopValidation, ValidationError

from procurement.core.errors import DomainError, Invalid
from procurement.core.text import _, hostile_character
from procurement.core.web.views import SAFE

__all__ = [
    "LINE",
    "SecureForm",
    "at_most",
    "clean",
    "equal_to",
    "line",
    "one_line",
    "optional",
    "options",
    "paragraph",
    "required",
]

#: Longest text of a one-line field unless it says otherwise, in characters.
LINE = 200
_PARAGRAPH = 5000
#: What WTForms says by itself, in our words.
_SENTENCES = {
    "Not a valid choice.": _("Choisissez une des réponses proposées."),
    "'%(value)s' is not a valid choice for this field.": _("Choisissez parmi les réponses proposées."),
    "Invalid Choice: could not coerce.": _("Choisissez une des réponses proposées."),
    "Not a valid integer value.": _("Écrivez un nombre entier, en chiffres."),
    "Not a valid decimal value.": _("Écrivez un nombre, en chiffres."),
    "Not a valid date value.": _("Écrivez une date : jour, mois, année."),
    "Not a valid time value.": _("Écrivez une heure : heures, minutes, secondes."),
    "This field is required.": _("Répondez à cette question."),
}


class _Sentences:
    """Give WTForms its messages in the reader's language."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        self._translate = translate

    def gettext(self, string: str) -> str:
        """Return our sentence for one of WTForms', or a marked sentence translated."""
        return self._translate(_SENTENCES.get(string, string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return the form for ``n``; our own validators do not need it."""
        return self.gettext(singular if n in {0, 1} else plural)


class SecureForm(Form):
    """A form that belongs to a request; the view decorator has checked its CSRF token before it is read."""

    class Meta(DefaultMeta):
        """Take messages from our catalogue."""

        def get_translations(self, form: Any) -> Any:
            """Return the source of messages."""
            return form.sentences

    def __init__(
        self, request: Any, obj: object | None = None, data: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        self.request = request
        self.sentences = _Sentences(request.translate)
        self.sent = request.method not in SAFE
        super().__init__(request.POST if self.sent else None, obj=obj, data=data, **more)

    def accepted(self) -> bool:
        """Tell whether values were posted and hold; when they do not, the answer's status becomes 422."""
        if not self.sent:
            return False
        if self.validate():
            return True
        self.request.response.status_int = 422
        return False

    def refuse(self, error: DomainError, field: str | None = None) -> None:
        """Show a refusal beside the fields it names, or beside ``field``, or for the whole form."""
        self.request.response.status_int = error.status
        details = error.errors if isinstance(error, Invalid) else ()
        for detail in details:
            self.add_error(detail.field, self.request.translate(detail.message, **detail.params))
        if not details:
            self.add_error(field, self.request.translate(error.message, **error.params))

    def add_error(self, field: str | None, message: str) -> None:
        """Add a sentence to a field, or to the whole form when there is no such field."""
        if field is not None and field in self._fields:
            self._fields[field].errors = [*self._fields[field].errors, message]
        else:
            self.form_errors.append(message)

    def error_list(self) -> list[tuple[str, str]]:
        """Return ``(id of the field, sentence)`` in the order of the page, for the error summary."""
        found = [("contenu", message) for message in self.form_errors]
        for field in self:
            found.extend((field.id, message) for message in field.errors if isinstance(message, str))
        return found


def clean(text: str | None) -> str | None:
    """Return a text in NFC without outer spaces; an empty one becomes None."""
    return unicodedata.normalize("NFC", text).strip() or None if text else None


def one_line(form: Any, field: Field) -> None:
    """Refuse what cannot be seen: control characters and those that change the direction of a text."""
    del form
    text = field.data or ""
    bad = [char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}]
    if bad or hostile_character(text):
        raise ValidationError(
            field.gettext(_("Ce texte contient un caractère invisible. Retapez-le au clavier."))
        )


def _paragraphs(form: Any, field: Field) -> None:
    del form
    allowed = frozenset("\n\r\t\u2028\u2029")
    text = field.data or ""
    bad = [char for char in text if unicodedata.category(char) in {"Cc", "Cf"} and char not in allowed]
    if bad or hostile_character(text, allowed=allowed):
        raise ValidationError(
            field.gettext(_("Ce texte contient un caractère invisible. Retapez-le au clavier."))
        )


class _Given:
    """Require something other than spaces, in the words of the form."""

    field_flags: Mapping[str, Any] = InputRequired().field_flags

    def __init__(self, message: str) -> None:
        self._message = message

    def __call__(self, form: Any, field: Field) -> None:
        del form
        if field.process_errors and any(field.raw_data or ()):
            raise StopValidation  # Something was typed: the field has said already why it cannot be read.
        if field.data is None or field.data in ("", [], ()):
            field.errors = []
            raise StopValidation(field.gettext(self._message))


class _AtMost(Length):
    """Limit the length and say both figures."""

    def __init__(self, limit: int) -> None:
        super().__init__(max=limit)
        self._limit = limit

    def __call__(self, form: Any, field: Any) -> None:
        del form
        length = len(field.data or "")
        if length > self._limit:
            sentence = field.gettext(_("Ce texte compte %(length)s caractères ; la limite est de %(limit)s."))
            raise ValidationError(sentence % {"length": length, "limit": self._limit})


def options(pairs: Iterable[tuple[Any, str]]) -> Any:
    """Return ``(value, label)`` pairs as the choices of a select, radio or box field."""
    return [SelectChoice(value, label) for value, label in pairs]


def required(message: str) -> Any:
    """Return a validator that says ``message`` when nothing is given."""
    return _Given(message)


def optional() -> Any:
    """Return a validator that lets an empty answer through; the label says so."""
    return Optional()


def at_most(limit: int) -> Any:
    """Return a validator of length, in characters."""
    return _AtMost(limit)


def equal_to(other: str, message: str) -> Any:
    """Return a validator that asks for the same answer as in the field ``other``."""

    def check(form: Any, field: Field) -> None:
        if field.data != form[other].data:
            raise ValidationError(field.gettext(message))

    return check


def line(
    label: str,
    missing: str | None,
    *,
    hint: str = "",
    limit: int = LINE,
    more: Sequence[Any] = (),
    kind: type[StringField] = StringField,
    **field_options: Any,
) -> Any:
    """Return a field of one line; ``missing`` is what to say when it is empty, None when it may be."""
    first = required(missing) if missing else optional()
    checks = [first, at_most(limit), one_line, *more]
    return kind(label, checks, filters=[clean], description=hint, **field_options)


def paragraph(
    label: str, missing: str | None, *, hint: str = "", limit: int = _PARAGRAPH, **more: Any
) -> Any:
    """Return a field of several lines."""
    first = required(missing) if missing else optional()
    checks = [first, at_most(limit), _paragraphs]
    return TextAreaField(label, checks, filters=[clean], description=hint, **more)
