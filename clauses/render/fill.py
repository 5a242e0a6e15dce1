"""Fill the places of a body with values: spans for inline ones, blocks for those that stand alone."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from clauses.render import tree, values
from clauses.render.guard import refuse_hostile
from clauses.render.tree import Span, Spans
from clauses.rules import body
from clauses.rules.body import Align, Inline, Place, PlaceKind, Text
from clauses.rules.derogations import Derogation
from clauses.rules.model import Column, Fact, Facts, FactType, Label
from clauses.rules.numbering import Number
from clauses.rules.spans import Position

_NUMERIC = {FactType.INTEGER, FactType.AMOUNT, FactType.RATE}
_PARTIES = {"acheteur": "Pour l’acheteur", "titulaire": "Pour le titulaire"}
_SIGNATURE_LINES = ("Fait à :", "Le :", "Nom, prénom et qualité du signataire :", "Signature :")
_NO_CCAG = "aucun"
#: Written « CCAG-Travaux », as their own orders write it; the other codes are the names.
_CCAG_NAMES = {"TRAVAUX": "Travaux"}
_PER_CENT = Decimal(100)


@dataclass
class Filler:
    """What places are filled from; ``missing`` gathers the keys of the values that are awaited."""

    facts: Mapping[str, Fact]
    values: Facts
    numbers: Mapping[str, Number]
    departures: tuple[Derogation, ...] = ()
    missing: dict[str, None] = field(default_factory=dict)

    def spans(self, inlines: tuple[Inline, ...]) -> Spans:
        """Return a run of text with its places filled; an answer that ends in a full stop does not double its sentence's."""
        runs = [tuple(self._inline(inline)) for inline in inlines]
        stopped = [isinstance(one, Text) and one.text.startswith(".") for one in inlines[1:]]
        for at, stop in enumerate(stopped):
            if stop and isinstance(inlines[at], Place):
                runs[at] = _unstopped(runs[at])
        return tuple(span for run in runs for span in run)

    def insert(self, place: Place, source: str) -> Iterator[tree.Block]:
        """Yield what stands for a place that is alone in its paragraph."""
        if place.kind is PlaceKind.SIGNATURE:
            yield tree.Signature(_PARTIES[place.name], _SIGNATURE_LINES, source)
        elif place.kind is PlaceKind.DEROGATIONS:
            yield from self._derogations(source)
        elif place.kind is PlaceKind.FORMULA:
            yield tree.Formula(self._formula(), source)
        elif place.kind is PlaceKind.VALUE and self._known(place.name):
            yield from self._value_blocks(self.facts[place.name], source)
        else:
            yield tree.Paragraph(self.spans((place,)), source)

    def words(self, key: str) -> str:
        """Return the words of a value, nothing when it is not known."""
        if not self._known(key):
            return ""
        words = values.write(self.values[key], self.facts[key])
        refuse_hostile(words, self.facts[key].label.fr)
        return words

    def _known(self, key: str) -> bool:
        return key in self.facts and self.values.get(key) not in (None, "", (), frozenset())

    def _inline(self, inline: Inline) -> Iterator[Span]:
        if isinstance(inline, Text):
            awaited = inline.text == AWAITED_PASSAGE
            yield Span(inline.text, inline.bold, inline.italic, inline.position, missing=awaited)
        elif inline.kind is PlaceKind.VALUE:
            yield from self._value(inline)
        elif inline.kind is PlaceKind.REFERENCE:
            yield self._reference(inline)
        else:
            yield from self._formula()

    def _value(self, place: Place) -> Iterator[Span]:
        if not self._known(place.name):
            yield replace(self._awaited(place.name), bold=place.bold, italic=place.italic)
            return
        words = _one_line(self.words(place.name))
        yield Span(words, bold=place.bold, italic=place.italic)

    def _awaited(self, key: str) -> Span:
        self.missing[key] = None
        label = self.facts[key].label.fr if key in self.facts else key
        return _awaited(label)

    def _reference(self, place: Place) -> Span:
        number = self.numbers.get(place.name)
        if number is None:
            return _awaited(f"renvoi à {place.name}, absent de ce document")
        return Span(number.reference(), place.bold, place.italic, target=tree.anchor_of(place.name))

    def _value_blocks(self, fact: Fact, source: str) -> Iterator[tree.Block]:
        value: Any = self.values[fact.key]
        if fact.type is FactType.RECORDS:
            yield self._grid(fact, value, source)
        elif fact.type is FactType.RICH:
            yield from self._rich(self.words(fact.key), source)
        elif fact.type in {FactType.TEXTS, FactType.SET}:
            yield tree.Bullets(
                tuple(tree.Item((Span(_one_line(one)),)) for one in self._scalars(fact, value)), source
            )
        else:
            for line in filter(None, self.words(fact.key).split("\n")):
                yield tree.Paragraph((Span(_one_line(line)),), source)

    def _scalars(self, fact: Fact, value: Any) -> Iterator[str]:
        self.words(fact.key)  # Refuses what no format can hold.
        if fact.type is FactType.TEXTS:
            yield from value
            return
        for code in sorted(value, key=lambda code: ((*fact.domain.codes, code)).index(code)):
            yield values.write(frozenset({code}), fact)

    def _grid(self, fact: Fact, records: Any, source: str) -> tree.Grid:
        columns = fact.domain.columns or tuple(
            Column(key, FactType.TEXT, Label(key))
            for key in dict.fromkeys(key for one in records for key in one)
        )
        head = tuple((Span(column.label.fr),) for column in columns)
        rows = tuple(tuple(self._cell(fact, column, record) for column in columns) for record in records)
        aligns = tuple(Align.RIGHT if column.type in _NUMERIC else Align.LEFT for column in columns)
        return tree.Grid(head, rows, aligns, source)

    def _cell(self, fact: Fact, column: Column, record: Mapping[str, Any]) -> Spans:
        value = record.get(column.key)
        if value in (None, "", ()):
            if column.optional:
                return (Span("–"),)
            self.missing[fact.key] = None
            return (_awaited(column.label.fr),)
        words = values.write(value, column)
        refuse_hostile(words, f"{fact.label.fr}, {column.label.fr}")
        return (Span(_one_line(words)),)

    def _rich(self, text: str, source: str) -> Iterator[tree.Block]:
        """Yield the blocks of a formatted answer; what is no such text is shown as it was typed."""
        try:
            blocks = body.parse(_BRACE.sub(r"\\{", text)).blocks
        except body.BodyFaults:
            blocks = ()
        if not blocks or any(isinstance(block, body.Conditional | body.Heading) for block in blocks):
            for line in filter(None, text.split("\n")):
                yield tree.Paragraph((Span(_one_line(line)),), source)
            return
        for block in blocks:
            yield from self.block(block, source)

    def block(self, block: body.Block, source: str = "") -> Iterator[tree.Block]:
        """Yield what a block becomes; headings and conditions are the builder's."""
        source = source or block.source
        if isinstance(block, body.Paragraph):
            yield tree.Paragraph(self.spans(block.inlines), source)
        elif isinstance(block, body.Bullets):
            yield tree.Bullets(tuple(map(self._item, block.items)), source)
        elif isinstance(block, body.Grid):
            rows = tuple(tuple(map(self.spans, row)) for row in block.rows)
            yield tree.Grid(tuple(map(self.spans, block.head)), rows, block.aligns, source)
        elif isinstance(block, body.Insert):
            yield from self.insert(block.place, source)

    def _item(self, item: body.Item) -> tree.Item:
        return tree.Item(self.spans(item.inlines), tuple(map(self._item, item.items)))

    def _derogations(self, source: str) -> Iterator[tree.Block]:
        """Yield the computed list, the sentence that there is none, or nothing without general conditions."""
        if self.values.get("ccag") == _NO_CCAG:
            return
        if not self.departures:
            yield tree.Paragraph((Span("Le présent document ne déroge à aucun article du CCAG."),), source)
            return
        yield tree.Bullets(tuple(tree.Item(self._departure(one)) for one in self.departures), source)

    def _departure(self, departure: Derogation) -> Spans:
        place = Place(PlaceKind.REFERENCE, departure.clause)
        name = _CCAG_NAMES.get(departure.ccag, departure.ccag)
        after = f" déroge à l’article\u00a0{departure.article} du CCAG-{name}."
        return (Span("L’"), self._reference(place), Span(after))

    def _formula(self) -> Spans:
        """Return ``P = P0 × (0,15 + 0,65 × ICHT/ICHT0 + …)``, or what is awaited for it."""
        awaited = [key for key in ("part_fixe", "termes") if not self._known(key)]
        if awaited:
            first, *others = map(self._awaited, awaited)
            return (first, *(span for one in others for span in (Span(" "), one)))
        fixed: Any = self.values["part_fixe"]
        terms: Any = self.values["termes"]
        for words in (str(term.get("index", "")) for term in terms):
            refuse_hostile(words, self.facts["termes"].label.fr)
        whole = Decimal(fixed) + sum(Decimal(term["poids"]) for term in terms)
        share = _share if whole > _FRACTIONS else _weight
        return (*_FORMULA_HEAD, Span(share(Decimal(fixed))), *_terms(terms, share), Span(")"))


_FRACTIONS = 2
_ZERO = Span("0", position=Position.SUB)
_FORMULA_HEAD = (Span("P", italic=True), Span(" = "), Span("P", italic=True), _ZERO, Span(" × ("))


def _share(per_cent: Decimal) -> str:
    return _weight(per_cent / _PER_CENT)


def _weight(part: Decimal) -> str:
    """Return a weight with two decimals at least, as formulas are written."""
    places = max(2, -int(part.normalize().as_tuple().exponent))
    return f"{part:.{places}f}".replace(".", ",")


def _terms(terms: Any, share: Callable[[Decimal], str]) -> Iterator[Span]:
    for term in terms:
        name = str(term["index"])
        yield Span(f" + {share(Decimal(term['poids']))} × ")
        yield from (Span(name, italic=True), Span(" / "), Span(name, italic=True), _ZERO)


def _unstopped(spans: Spans) -> Spans:
    """Return the spans of an answer without its last full stop; « etc... » keeps its three."""
    *first, last = spans
    if not last.text.endswith(".") or last.text.endswith(".."):
        return spans
    return (*first, replace(last, text=last.text[:-1]))


def _one_line(words: str) -> str:
    """Return the words with line ends and tabs made spaces."""
    return _LAYOUT.sub(" ", words)


#: Stands for a passage whose condition is not decided yet.
AWAITED_PASSAGE = "[à compléter\u00a0: une réponse décide de ce passage]"
_LAYOUT = re.compile(r"[\n\t]+")
#: An answer has no places: its double braces are characters.
_BRACE = re.compile(r"(?<!\\)\{(?=\{)")


def _awaited(label: str) -> Span:
    return Span(f"[à compléter\u00a0: {label}]", missing=True)
