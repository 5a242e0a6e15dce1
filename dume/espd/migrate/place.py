"""Put the criteria of an old document where 4.1.0 asks the same, and say of each value what became of it."""

from dataclasses import dataclass, field, replace

from lxml import etree

from dume.espd.migrate import values
from dume.espd.migrate.lots import LotNames, is_placeholder
from dume.espd.migrate.match import Match, match
from dume.espd.migrate.old import OldCriterion, OldGroup, OldProperty, Response, child, children, local, text
from dume.espd.migrate.proofs import Proofs, agency_of
from dume.espd.migrate.skeleton import Draft, indexes, property_id
from dume.espd.migrate.tables import TableCriterion, find
from dume.espd.model import (
    Answer,
    AnswerStatus,
    Code,
    Criterion,
    Evidence,
    Identifier,
    Legislation,
    Period,
    PropertyType,
    Value,
)
from dume.espd.report import Ledger
from dume.espd.taxonomy import TaxonomyProperty, taxonomy

ROLE_IN_GROUP = "C59_OT_eo-group/QG1/QSG1/Q1"
PROOF = "EvidenceDocumentReference"
LAW = (
    "ID",
    "Title",
    "Description",
    "JurisdictionLevel",
    "JurisdictionLevelCode",
    "Article",
    "URI",
    "Language/LocaleCode",
)
NO_CRITERION = "La version 4.1.0 n’a pas de critère qui pose cette question."
NO_PROPERTY = "Le critère 4.1.0 ne pose plus cette question."
NO_VALUE = "La valeur n’a pas la forme que la version 4.1.0 attend."
PATHS = "Depuis la version 4.0.0, groupes et questions sont désignés par leur chemin."
LOSSES = {
    "SUB": "Un critère national imbriqué n’est pas repris d’une version à l’autre : à saisir de nouveau.",
    "ALL_SATISFIED": "La déclaration globale « tous les critères de sélection » n’existe plus en 4.1.0 :"
    " chaque critère doit être rempli.",
    "ALL": "La déclaration globale « tous les critères de sélection » n’existe plus en 4.1.0 :"
    " chaque critère doit être rempli.",
    "LOTS_SUBMISSION": "Les limites du nombre de lots figurent dans l’avis ; le DUME 4.1.0 ne les porte plus.",
    "LOTS_TENDERED": "Les lots auxquels l’entreprise répond sont désormais ceux du document.",
    "OTHER": "Les preuves propres à la défense et aux réseaux n’ont pas de critère en 4.1.0.",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """What the criteria of an old document became."""

    criteria: tuple[Criterion, ...]
    answers: tuple[Answer, ...]
    evidences: tuple[Evidence, ...]
    tendered: tuple[str, ...] = ()


@dataclass(slots=True)
class Placer:
    """Place one criterion after the other; criteria that 4.1.0 made one are merged."""

    version: str
    ledger: Ledger
    lots: LotNames
    drafts: dict[str, Draft] = field(default_factory=dict)
    answers: dict[tuple[str, tuple[int, ...]], Answer] = field(default_factory=dict)
    proofs: Proofs = field(default_factory=Proofs)
    tendered: list[str] = field(default_factory=list)
    _group_of: dict[tuple[str, tuple[int, ...]], etree._Element | None] = field(default_factory=dict)

    def place(self, criterion: OldCriterion) -> None:
        """Place a criterion with all that stands in it."""
        rows = find(self.version, criterion.id, criterion.code)
        code = next((row.to for row in rows if row.to), "")
        known = taxonomy().by_id.get(criterion.id) or taxonomy().by_code.get(code or criterion.code)
        if known is None:
            self._lose(criterion)
            return
        draft = self.drafts.setdefault(known.code, Draft(known))
        self._head(criterion, draft)
        for group in criterion.groups:
            self._group(group, match(rows, criterion), draft, {}, 1)

    def finish(self) -> Placed:
        """Give what was placed, criteria in the order of the taxonomy."""
        order = [entry.code for entry in taxonomy().criteria]
        drafts = sorted(self.drafts.values(), key=lambda draft: order.index(draft.taxonomy.code))
        return Placed(
            tuple(draft.build() for draft in drafts),
            tuple(self.answers.values()),
            self.proofs.evidences(),
            tuple(dict.fromkeys(self.tendered)),
        )

    def _lose(self, criterion: OldCriterion) -> None:
        """Say that a criterion is lost and why; the lots an operator tenders for go to the document."""
        word = criterion.code.rsplit(".", 1)[-1]
        for group in criterion.groups:
            for each in group.all_properties():
                for response in each.responses if word == "LOTS_TENDERED" else ():
                    for value in response.values:
                        self.tendered.append(self.lots.name(text(value)))
                        self.ledger.moved(self.ledger.at(value), "lots", LOSSES["LOTS_TENDERED"])
        why = LOSSES.get(word, NO_CRITERION)
        self.ledger.lost_whole(criterion.element, why)
        for response in (r for g in criterion.groups for p in g.all_properties() for r in p.responses):
            self.ledger.lost_whole(response.element, why)

    def _head(self, criterion: OldCriterion, draft: Draft) -> None:
        """Take over the name, the texts and the legal bases of a criterion."""
        to, element = f"criteria/{draft.taxonomy.code}", criterion.element
        draft.name = draft.name or criterion.name
        draft.description = draft.description or criterion.description
        self._same(child(element, "ID"), draft.taxonomy.id, f"{to}/id")
        self._same(child(element, "CriterionTypeCode"), draft.taxonomy.code, f"{to}/code")
        self._same(child(element, "TypeCode"), draft.taxonomy.code, f"{to}/code")
        for name in ("Name", "Description"):
            found = child(element, name)
            if found is not None:
                self._same(found, getattr(draft, name.lower()), f"{to}/{name.lower()}")
        for each in children(element, "Legislation", "LegislationReference"):
            number = len(draft.legislations) + 1
            draft.legislations.append(_legislation(each, f"{draft.taxonomy.path}/L{number}"))
            self.ledger.kept_parts(each, f"{to}/legislations/{number}", *LAW)
        for each in children(element, "SubTenderingCriterion"):
            self.ledger.lost_whole(each, LOSSES["SUB"])
        for each in children(element, "ProcurementProjectLotReference"):
            draft.lots.append(self.lots.name(text(each, "ID")))
            self._same(child(each, "ID"), draft.lots[-1], f"{to}/lots")

    def _same(self, element: etree._Element | None, now: str, to: str) -> None:
        """Say that a text is kept, or renamed when its words changed."""
        if element is None:
            return
        if text(element) == now:
            self.ledger.kept(self.ledger.at(element), to)
        else:
            self.ledger.renamed(self.ledger.at(element), to, f"En 4.1.0 : {now}" if len(now) < 80 else PATHS)  # noqa: PLR2004  # A line of the report.

    def _group(self, group: OldGroup, known: Match, draft: Draft, scope: dict[str, int], index: int) -> None:
        """Place a group: a repeated group of requirements is repeated, one of questions gives an occurrence."""
        anchor = known.anchor(group, draft) if group.ordinal > 1 else None
        if anchor is not None:
            scope = {**scope, anchor: group.ordinal}
            draft.copies[anchor] = max(draft.copies.get(anchor, 1), group.ordinal)
        elif group.ordinal > 1:
            index = group.ordinal
        to = known.group_path(group, draft)
        for name in ("ID", "PropertyGroupTypeCode"):
            found = child(group.element, name)
            if found is not None:
                self._group_head(found, to)
        for each in group.properties:
            self._property(each, known, draft, scope, index)
        for inner in group.groups:
            self._group(inner, known, draft, scope, index)

    def _group_head(self, element: etree._Element, to: str) -> None:
        if to:
            self.ledger.renamed(self.ledger.at(element), to, PATHS)
        else:
            self.ledger.lost(self.ledger.at(element), NO_PROPERTY)

    def _property(
        self, each: OldProperty, known: Match, draft: Draft, scope: dict[str, int], index: int
    ) -> None:
        """Place a property with what the buyer expects and what the operator answered."""
        target, _, part = known.target(each).partition("#")
        entry = taxonomy().property(f"{draft.taxonomy.path}/{target}") if target else None
        if entry is None:
            self.ledger.lost_whole(each.element, NO_PROPERTY)
            for response in each.responses:
                self.ledger.lost_whole(response.element, NO_PROPERTY)
            return
        identifier = property_id(entry, scope)
        if entry.type is PropertyType.REQUIREMENT:
            identifier = self._expected(each, entry, draft, scope)
        elif each.description:
            draft.descriptions.setdefault(identifier, each.description)
        self._property_head(each, entry, identifier)
        for number, response in enumerate(each.responses, 1):
            k = response.index or (number if index == 1 else index)
            self._response(response, entry, identifier, part, self._occurrence(entry, scope, k), each)

    def _property_head(self, each: OldProperty, entry: TaxonomyProperty, identifier: str) -> None:
        """Say what became of the identifier, the texts and the types of a property."""
        for name in ("ID", "TypeCode", "ValueDataTypeCode", "Description", "Name"):
            found = child(each.element, name)
            if found is None:
                continue
            now = {"ID": identifier, "TypeCode": entry.type.value, "ValueDataTypeCode": entry.value_type}.get(
                name, text(found)
            )
            self._same(found, now, f"{identifier}/{name}")
        if each.element.get("responseDataType"):
            where = self.ledger.at(each.element, "responseDataType")
            self.ledger.renamed(where, f"{identifier}/ValueDataTypeCode", f"En 4.1.0 : {entry.value_type}")

    def _expected(
        self, each: OldProperty, entry: TaxonomyProperty, draft: Draft, scope: dict[str, int]
    ) -> str:
        """Take over what the buyer expects and give the identifier of the requirement."""
        first = property_id(entry, scope)
        identifier, own = first, 1
        while entry.max is None and identifier in draft.expected:
            own += 1
            identifier = property_id(entry, scope, own)
        for element in each.element:
            if not (
                local(element).startswith(("Expected", "Minimum", "Maximum"))
                or local(element) == "ApplicablePeriod"
            ):
                continue
            value = self._value(element, entry)
            if value is None or (identifier in draft.expected and draft.expected[identifier] != value):
                self.ledger.lost_whole(element, NO_VALUE)
                continue
            if entry.value_type == "LOT_IDENTIFIER":
                draft.lots.append(getattr(value, "value", ""))
            draft.expected[identifier] = value
            draft.more[first] = max(draft.more.get(first, 1), own)
            self._claim(element, value, each.type, entry, identifier)
        if each.description:
            draft.descriptions.setdefault(identifier, each.description)
        return identifier

    def _value(self, element: etree._Element, entry: TaxonomyProperty, part: str = "") -> Value | None:
        """Read a value in the type of 4.1.0; a lot gets its new name."""
        if entry.value_type == "LOT_IDENTIFIER":
            old = text(element)
            return None if is_placeholder(old) else Identifier(self.lots.name(old), "OP")
        if entry.path == ROLE_IN_GROUP:
            part = "role"
        return values.convert(element, entry.value_type, part)

    def _claim(
        self, element: etree._Element, value: Value, old: str, entry: TaxonomyProperty, to: str
    ) -> None:
        """Say that a value is in the target: kept, renamed (lots) or in another type."""
        where = (
            [self.ledger.at(element)] if text(element) else [self.ledger.at(each) for each in element.iter()]
        )
        for each in where:
            if entry.value_type == "LOT_IDENTIFIER" and text(element) != getattr(value, "value", ""):
                self.ledger.renamed(each, to, f"En 4.1.0 : {getattr(value, 'value', '')}")
            elif isinstance(value, Code) and value.value != text(element):
                self.ledger.renamed(each, to, f"En 4.1.0 : {value.value}")
            elif values.same_family(old, entry.value_type):
                self.ledger.kept(each, to)
            else:
                self.ledger.retyped(each, to, f"{old} devient {entry.value_type}.")
        if element.get("currencyID"):
            self.ledger.kept(self.ledger.at(element, "currencyID"), to)

    def _occurrence(self, entry: TaxonomyProperty, scope: dict[str, int], k: int) -> tuple[int, ...]:
        """Give the occurrence of an answer: `k` counts in the innermost repeatable group of questions."""
        above = [group for group in taxonomy().above(entry.path) if group.repeatable and group.kind[0] == "Q"]
        if above and entry.value_type != "EVIDENCE_IDENTIFIER":
            return indexes(entry, {**scope, above[-1].path: k})
        return indexes(entry, scope, k)

    def _response(  # One answer, its question, its place and its origin.
        self,
        response: Response,
        entry: TaxonomyProperty,
        identifier: str,
        part: str,
        occurrence: tuple[int, ...],
        each: OldProperty,
    ) -> None:
        """Place an answer."""
        if entry.value_type == "EVIDENCE_IDENTIFIER":
            self._proof(response, entry, identifier, part, occurrence)
            return
        lots = self._lots(response, entry.response_id(occurrence))
        for element in response.values:
            value = self._value(element, entry, part)
            if value is None:
                self.ledger.lost_whole(element, NO_VALUE)
                continue
            answer = Answer(identifier, value, occurrence, lots, status=_status(each, entry))
            self._answer(answer, each.element)
            self._claim(element, value, each.type, entry, entry.response_id(occurrence))
        self._response_head(response, entry.response_id(occurrence))

    def _lots(self, response: Response, to: str) -> tuple[str, ...]:
        """Read the lots an answer is limited to."""
        found = []
        for each in children(response.element, "ProcurementProjectLotReference"):
            found.append(self.lots.name(text(each, "ID")))
            self._same(child(each, "ID"), found[-1], f"answers/{to}/lots")
        return tuple(found)

    def _response_head(self, response: Response, to: str) -> None:
        """Say what became of the identifiers of an answer and of its value."""
        inside = (response.element, *children(response.element, "ResponseValue"))
        for element in inside:
            for each in children(element, "ID", "ValidatedCriterionPropertyID"):
                self.ledger.renamed(self.ledger.at(each), to, PATHS)

    def _answer(self, answer: Answer, source: etree._Element) -> None:
        """Record an answer at the first free occurrence; the two ends of a period meet in one."""
        key = (answer.property, answer.occurrence)
        group = source.getparent()
        while key in self.answers:
            before = self.answers[key].value
            if (
                isinstance(before, Period)
                and isinstance(answer.value, Period)
                and self._group_of[key] is group
            ):
                now = answer.value
                merged = Period(before.start or now.start, before.end or now.end, before.description)
                self.answers[key] = replace(answer, value=merged)
                return
            occurrence = (*key[1][:-1], key[1][-1] + 1) if key[1] else (2,)
            key = (answer.property, occurrence)
        self.answers[key] = replace(answer, occurrence=key[1])
        self._group_of[key] = group

    def _proof(
        self,
        response: Response,
        entry: TaxonomyProperty,
        identifier: str,
        part: str,
        occurrence: tuple[int, ...],
    ) -> None:
        """Place what is said of a proof: its number (2.1.1), or its address, code and issuer (1.0.2)."""
        to = entry.response_id(occurrence)
        key = (identifier, occurrence)
        lots = self._lots(response, to)
        for element in response.values:
            number = self.proofs.take(key, element, part)
            if number is None:
                self.ledger.lost_whole(element, NO_VALUE)
                continue
            self.answers[key] = Answer(
                identifier, Identifier(number, agency_of(element)), occurrence, lots, evidences=(number,)
            )
            self._proof_parts(element, f"evidences/{number}")
        self._response_head(response, to)

    def _proof_parts(self, element: etree._Element, to: str) -> None:
        """Say that what a proof is known by is kept, and that its number is a new one."""
        if text(element):
            self.ledger.kept(self.ledger.at(element), to)
        self.ledger.kept_parts(element, to, "ID", f"{PROOF}/Attachment/ExternalReference/URI")
        number = child(element, PROOF, "ID")
        if number is not None:
            self.ledger.renamed(self.ledger.at(number), to, "La preuve reçoit un numéro propre au document.")


def _status(each: OldProperty, entry: TaxonomyProperty) -> AnswerStatus:
    """Ask for a review of an answer whose type could not be kept faithfully: a year became dates."""
    changed = each.type.startswith("QUANTITY") and entry.value_type in ("DATE", "PERIOD")
    return AnswerStatus.TO_REVIEW if changed else AnswerStatus.CONFIRMED


def _legislation(element: etree._Element, identifier: str) -> Legislation:
    level = text(element, "JurisdictionLevel") or text(element, "JurisdictionLevelCode")
    return Legislation(
        id=text(element, "ID") or identifier,
        title=text(element, "Title"),
        description=text(element, "Description"),
        level=level,
        article=text(element, "Article"),
        uri=text(element, "URI"),
        language=text(element, "Language", "LocaleCode"),
    )


__all__ = ["Placed", "Placer", "TableCriterion"]
