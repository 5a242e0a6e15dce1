"""The form of a cover page: what stands on it, in which order, its free texts, its logo."""

from collections.abc import Iterator, Mapping
from typing import Any

from wtforms import FileField, HiddenField, SelectField
from wtforms.fields import Field

from clauses.rules.covers import CoverPage
from clauses.rules.model import Cover, CoverBlockKind
from clauses.service.covers import TEXTS
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, options, paragraph

#: Longest text that stands on a cover page, and longest text in the place of a logo, in characters.
TEXT, ALT = 2_000, 300


def _place() -> Any:
    return SelectField(_("Bloc"), default="", validate_choice=True)


class CoverForm(SecureForm):
    """Say what stands on the cover page of a document. ``seen`` is the page that was shown with the form."""

    seen = HiddenField()
    place_1, place_2, place_3, place_4 = _place(), _place(), _place(), _place()
    place_5, place_6, place_7, place_8 = _place(), _place(), _place(), _place()
    logo = FileField(
        _("Image du logo"),
        description=_(
            "PNG ou JPEG, 1 Mo et 2 000 pixels de côté au plus. Tout ce qui n’est pas l’image (auteur, lieu, commentaire) en "
            "est retiré. Sans nouveau fichier, le logo enregistré reste."
        ),
    )
    alt = line(
        _("Texte qui remplace le logo"), None, limit=ALT,
        hint=_("Obligatoire avec un logo : il est lu aux personnes qui ne voient pas l’image. Par exemple « Ville de Rouen »."),
    )  # fmt: skip
    text = paragraph(
        _("Texte libre"), None, limit=TEXT,
        hint=_("Des paragraphes, **gras**, *italique* ; ni liste ni tableau. 2 000 caractères au plus."),
    )  # fmt: skip
    text_2 = paragraph(
        _("Second texte libre"),
        None,
        limit=TEXT,
        hint=_("Pour une mention ailleurs sur la page, en bas par exemple."),
    )

    def offer(self, words: Mapping[str, str]) -> "CoverForm":
        """Say what each place may hold."""
        for place in self.places():
            place.choices = options(words.items())
        return self

    def places(self) -> Iterator[Any]:
        """Yield the fields of the places, in their order on the page."""
        return (field for name, field in self._fields.items() if name.startswith("place_"))

    def sent_logo(self) -> bytes | None:
        """Return the bytes of the picture that was sent, None when none was."""
        given: Field = self.logo
        file = getattr(given.data, "file", None)
        return file.read() if file is not None else None


def shown_of(page: CoverPage | None, above: Cover | None) -> dict[str, str]:
    """Return what the form shows at first: the page that is kept, else the one of the layer above without its logo."""
    cover = page.cover if page else above
    blocks = [one for one in cover.blocks if page or one.kind is not CoverBlockKind.LOGO] if cover else []
    found = {"seen": str(page.id) if page else "", "alt": page.alt if page else ""}
    fields = iter(TEXTS.items())
    for number, block in enumerate(blocks, start=1):
        code, field = block.kind.value, ""
        if block.kind is CoverBlockKind.TEXT:
            code, field = next(fields, ("", ""))
            found[field] = block.text.strip()
        found[f"place_{number}"] = code
    return found
