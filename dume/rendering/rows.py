"""The one list of what a document says: path, occurrence, lot, label and value, in order.

Page, PDF and JSON are made from it, so that none of them can lose what another shows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dume import wording
from dume.espd.model import (
    Address,
    Answer,
    Contact,
    Criterion,
    Document,
    EconomicOperator,
    Evidence,
    Group,
    Kind,
    Lot,
    Party,
    Person,
    Property,
    PropertyType,
    Reference,
)
from dume.rendering.values import shown
from procurement.core import i18n
from procurement.core.text import _
from procurement.core.web.filters import day_in


@dataclass(frozen=True, slots=True)
class Row:
    """One thing the document says. `kind` is field, requirement, answer or evidence; `lot` is empty for all lots."""

    kind: str
    path: str
    occurrence: tuple[int, ...]
    lot: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one title; `code` is the criterion's code, or the part's name."""

    code: str
    title: str
    lead: str
    rows: tuple[Row, ...]


def rows(document: Document, lang: str) -> tuple[Row, ...]:
    """Return everything a document says, in order."""
    return tuple(row for section in sections(document, lang) for row in section.rows)


def sections(document: Document, lang: str) -> tuple[Section, ...]:
    """Return what a document says, part by part: the procedure, the parties, each criterion, the proofs."""
    parts = [*_parts(document, lang), *_criteria(document, lang)]
    evidences = [row for item in document.evidences for row in _evidence(item, lang)]
    parts.append(Section("evidences", i18n.translate(_("Pièces et preuves"), lang), "", tuple(evidences)))
    return tuple(part for part in parts if part.rows or part.lead)


class _Fields:
    """Gather the fields of a part that have a value."""

    def __init__(self, lang: str, path: str) -> None:
        self.lang, self.path, self.rows = lang, path, list[Row]()

    def add(self, name: str, label: str, value: str, *, at: int = 1, **params: str) -> None:
        if value:
            text = i18n.translate(label, self.lang, **params)
            self.rows.append(Row("field", f"{self.path}/{name}", (at,), "", text, value))

    def part(self, title: str) -> Section:
        return Section(self.path, i18n.translate(title, self.lang), "", tuple(self.rows))


def _parts(document: Document, lang: str) -> Iterator[Section]:
    yield _header(document, lang)
    buyer = _Fields(lang, "buyer")
    _party(buyer, document.buyer.party)
    buyer.add("profile", _("Profil d’acheteur"), document.buyer.profile_uri)
    yield buyer.part(_("Acheteur"))
    if document.buyer.service_provider is not None:
        provider = _Fields(lang, "provider")
        _party(provider, document.buyer.service_provider)
        yield provider.part(_("Prestataire de service"))
    procedure = _Fields(lang, "procedure")
    procedure.add("code", _("Procédure"), document.procedure.code)
    procedure.add("title", _("Intitulé"), document.procedure.title)
    procedure.add("description", _("Objet du marché"), document.procedure.description)
    for at, cpv in enumerate(document.procedure.cpv, 1):
        procedure.add("cpv", _("Code CPV"), cpv, at=at)
    for at, lot in enumerate(document.lots, 1):
        _lot(procedure, lot, at)
    yield procedure.part(_("Procédure et lots"))
    if document.economic_operator is not None:
        yield _operator(document.economic_operator, lang)


def _header(document: Document, lang: str) -> Section:
    header = document.header
    fields = _Fields(lang, "header")
    fields.add("id", _("Identifiant du document"), header.id.value)
    fields.add("uuid", _("Numéro unique"), header.uuid)
    fields.add("folder", _("Référence de la procédure"), header.folder.value)
    fields.add("issue_date", _("Établi le"), day_in(header.issue_date, lang) if header.issue_date else "")
    fields.add("issue_time", _("à l’heure"), header.issue_time.isoformat() if header.issue_time else "")
    fields.add("previous", _("Remplace la version"), header.previous_version)
    for at, reference in enumerate(header.references, 1):
        _reference(fields, reference, at)
    return fields.part(_("Document"))


def _reference(fields: _Fields, reference: Reference, at: int) -> None:
    fields.add("reference", _("Document lié"), reference.id.value, at=at)
    fields.add("reference/type", _("Nature du document lié"), reference.type_code, at=at)
    issued = day_in(reference.issue_date, fields.lang) if reference.issue_date else ""
    fields.add("reference/date", _("Date du document lié"), issued, at=at)
    fields.add("reference/title", _("Titre du document lié"), reference.title, at=at)
    for description in reference.descriptions:
        fields.add("reference/description", _("Description du document lié"), description, at=at)
    fields.add("reference/uri", _("Adresse du document lié"), reference.uri, at=at)


def _party(fields: _Fields, party: Party) -> None:
    fields.add("name", _("Nom"), party.name)
    for at, identifier in enumerate(party.identifiers, 1):
        agency = f" ({identifier.agency})" if identifier.agency else ""
        fields.add("identifier", _("Identifiant"), identifier.value + agency, at=at)
    fields.add("website", _("Site internet"), party.website)
    fields.add(
        "endpoint", _("Adresse électronique de service"), party.endpoint.value if party.endpoint else ""
    )
    _address(fields, party.address)
    _contact(fields, party.contact)


def _address(fields: _Fields, address: Address, at: int = 1) -> None:
    fields.add("street", _("Rue"), address.street, at=at)
    fields.add("postcode", _("Code postal"), address.postcode, at=at)
    fields.add("city", _("Commune"), address.city, at=at)
    country = wording.code_label("country", address.country, fields.lang) if address.country else ""
    fields.add("country", _("Pays"), country or address.country, at=at)


def _contact(fields: _Fields, contact: Contact, at: int = 1) -> None:
    fields.add("contact", _("Personne à contacter"), contact.name, at=at)
    fields.add("telephone", _("Téléphone"), contact.telephone, at=at)
    fields.add("telefax", _("Télécopie"), contact.telefax, at=at)
    fields.add("email", _("Courriel"), contact.email, at=at)


def _lot(fields: _Fields, lot: Lot, at: int) -> None:
    fields.add("lot", _("Lot"), lot.id, at=at)
    fields.add("lot/title", _("Intitulé du lot"), lot.title, at=at)
    fields.add("lot/description", _("Description du lot"), lot.description, at=at)
    for cpv in lot.cpv:
        fields.add("lot/cpv", _("Code CPV du lot"), cpv, at=at)


def _operator(operator: EconomicOperator, lang: str) -> Section:
    fields = _Fields(lang, "operator")
    _party(fields, operator.party)
    role = wording.code_label("eo-role-type", operator.role.value, lang) if operator.role else ""
    fields.add("role", _("Rôle"), role or (operator.role.value if operator.role else ""))
    fields.add("role_text", _("Rôle, en clair"), operator.role_text)
    size = wording.code_label("economic-operator-size", operator.size, lang) if operator.size else ""
    fields.add("size", _("Taille"), size or operator.size)
    for at, person in enumerate(operator.representatives, 1):
        _person(fields, person, at)
    return fields.part(_("Opérateur économique"))


def _person(fields: _Fields, person: Person, at: int) -> None:
    names = " ".join(part for part in (person.first_name, person.family_name) if part)
    fields.add("representative", _("Représentant"), names, at=at)
    fields.add("representative/role", _("Pouvoirs du représentant"), person.role, at=at)
    born = day_in(person.birth_date, fields.lang) if person.birth_date else ""
    fields.add("representative/birth_date", _("Né le"), born, at=at)
    fields.add("representative/birth_place", _("Lieu de naissance"), person.birth_place, at=at)
    _address(fields, person.address, at)
    _contact(fields, person.contact, at)


def _criteria(document: Document, lang: str) -> Iterator[Section]:
    answers: dict[str, list[Answer]] = {}
    for answer in document.answers:
        answers.setdefault(answer.property, []).append(answer)
    for criterion in document.criteria:
        found = tuple(
            row
            for group in criterion.groups
            for one in _walk(group)
            for row in _property(criterion, one, answers.get(one.id, ()), lang)
        )
        title = wording.criterion_name(criterion.code, lang) or criterion.name or criterion.code
        lead = "" if found else _empty(document.kind, lang)
        yield Section(criterion.code, title, lead, found)


def _empty(kind: Kind, lang: str) -> str:
    said = _("Demandé, sans exigence particulière.") if kind is Kind.REQUEST else _("Sans réponse.")
    return i18n.translate(said, lang)


def _walk(group: Group) -> Iterator[Property]:
    yield from group.properties
    for child in group.groups:
        yield from _walk(child)


def _property(criterion: Criterion, one: Property, answers: Sequence[Answer], lang: str) -> Iterator[Row]:
    label = wording.label(one.path, lang) or one.description or one.path
    if one.type is PropertyType.REQUIREMENT and one.expected is not None:
        lots = ", ".join(criterion.lots)
        yield Row("requirement", one.id, (), lots, label, shown(one.expected, one.value_type, lang))
    for answer in answers:
        value = shown(answer.value, one.value_type, lang)
        yield Row("answer", answer.property, answer.occurrence, ", ".join(answer.lots), label, value)


def _evidence(evidence: Evidence, lang: str) -> Iterator[Row]:
    fields = _Fields(lang, f"evidence/{evidence.id.value}")
    fields.add("id", _("Preuve"), evidence.id.value)
    fields.add("description", _("Description"), evidence.description)
    level = evidence.confidentiality
    fields.add(
        "confidentiality", _("Confidentialité"), wording.code_label("access-right", level, lang) or level
    )
    if evidence.reference is not None:
        _reference(fields, evidence.reference, 1)
    if evidence.issuer is not None:
        fields.add("issuer", _("Délivrée par"), evidence.issuer.name)
    for row in fields.rows:
        yield Row("evidence", row.path, row.occurrence, "", row.label, row.value)
