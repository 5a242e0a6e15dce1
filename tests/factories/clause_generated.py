"""Whole clause libraries drawn at random, with text that is awkward to write down."""

import random
import string
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from clauses.rules.lang import Vocabulary, vocabulary
from clauses.rules.model import (
    And,
    Atom,
    Canvas,
    Chapter,
    Choice,
    Clause,
    Column,
    Condition,
    Cover,
    CoverBlock,
    CoverBlockKind,
    Derogation,
    Domain,
    Duration,
    DurationUnit,
    Example,
    Fact,
    FactType,
    GroupMode,
    Help,
    Label,
    Layer,
    LegalStatus,
    Library,
    Literal,
    Lock,
    Manifest,
    Nature,
    Not,
    Op,
    Or,
    Parameter,
    ParameterRef,
    Scope,
    Step,
    Validity,
    Waiver,
    Walkthrough,
)

_AWKWARD = (
    "oui", "non", "null", "~", "12:30", "0x1F", "1e3", "2026-08-22", "-", "- tiret", "# dièse", "a # b", "a: b",
    "fin :", "«\u00a0guillemets\u00a0»", "l’apostrophe", "l'apostrophe", '"guillemets"', "barre \\ oblique", "{{fait}}",
    "[crochets]", "{accolades}", "!étiquette", "&ancre", "*renvoi*", "| table |", "> suite", "% part", "@nom", "`code`",
    "espace\u202ffine", "100 %", "🏛 mairie", "œuvre", "?", "? question", ",virgule", "yes", "No", ":", "a,b", "<<", "=",
)  # fmt: skip
_NAMES = ("achat", "besoin", "cadre", "delai", "etape", "forme", "garantie", "index", "lot", "marche")
_PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


class Draw:
    """Draws one library from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.facts = self._facts()
        self.parameters = self._parameters()
        self.words: Vocabulary = vocabulary(self.facts, self.parameters)

    def library(self) -> Library:
        ids = [f"{self.pick(_NAMES)}.c{number}" for number in range(self.chance.randint(1, 6))]
        clauses = {key: self.clause(key) for key in ids}
        return Library(
            Manifest(
                "essai",
                self.line(),
                self.pick(list(Layer)),
                self.maybe(self.line()),
                self.maybe(self.block()),
            ),
            facts=self.facts,
            parameters=self.parameters,
            clauses=dict(sorted(clauses.items())),
            canvases={"ccap": self.canvas(ids)},
            covers={"mairie": self.cover()},
            walkthroughs={"visite-1": self.visit()},
            synonyms=tuple((self.line(), self.line()) for _ in range(self.chance.randint(0, 2))),
            images={"gardes/logo.png": _PNG} if self.chance.random() < 0.5 else {},
        )

    # -- words

    def pick(self, among: Any) -> Any:
        return self.chance.choice(among)

    def maybe(self, value: Any, empty: Any = "") -> Any:
        return value if self.chance.random() < 0.5 else empty

    def line(self) -> str:
        if self.chance.random() < 0.5:
            return str(self.pick(_AWKWARD))
        words = [
            self.pick((*_AWKWARD, "".join(self.chance.choices(string.ascii_letters, k=5)))) for _ in range(4)
        ]
        return " ".join(words)

    def block(self) -> str:
        rows = [self.pick(("", self.line(), f"  - {self.line()}", f"\t{self.line()}")) for _ in range(3)]
        return "\n".join([self.line(), *rows, self.line()])

    def label(self) -> Label:
        return Label(self.line(), self.maybe(self.line()))

    def day(self) -> date:
        return date(2026, 1, 1) + timedelta(days=self.chance.randint(0, 900))

    # -- dictionary

    def _facts(self) -> dict[str, Fact]:
        codes = ("T", "F", "S", "1", "non")
        found = [
            Fact("type_contrat", FactType.ENUM, self.label(), domain=self._codes(codes)),
            Fact("procedure", FactType.ENUM, self.label(), domain=self._codes(("MAPA", "AOO"))),
            Fact("montant", FactType.AMOUNT, self.label(), self.line(), self.block(), unit="TTC",
                 domain=Domain(minimum=Decimal("0.00"), maximum=Decimal("9.50")), personal_data=True),
            Fact("lots", FactType.BOOL, self.label(), scope=self.pick(list(Scope))),
            Fact("modes", FactType.SET, self.label(), domain=self._codes(("b", "a", "c"), min_size=1, max_size=2)),
            Fact("delai", FactType.DURATION, self.label(), unit="jours"),
            Fact("lieu", FactType.TEXT, self.label()),
            Fact("listes", FactType.TEXTS, self.label()),
            Fact("acheteur", FactType.ORGANISATION, self.label()),
            Fact("criteres", FactType.RECORDS, self.label(), domain=Domain(columns=self._columns())),
        ]  # fmt: skip
        only = Condition("lots = oui", Atom("lots", Op.EQ, (Literal(True),)))
        neutral: Any = self.pick([0, 3])
        found.append(Fact("nombre", FactType.INTEGER, self.label(), relevant_if=only, neutral=neutral))
        return {fact.key: fact for fact in found}

    def _codes(self, values: tuple[str, ...], **sizes: int) -> Domain:
        return Domain(values=tuple(Choice(value, self.label()) for value in values), **sizes)

    def _columns(self) -> tuple[Column, ...]:
        choices = (Choice("x", self.label()), Choice("y", self.label()))
        return (
            Column("nom", FactType.TEXT, self.label()),
            Column("poids", FactType.RATE, self.label(), unit="%", optional=True),
            Column("sorte", FactType.ENUM, self.label(), values=choices, optional=True),
        )

    def _parameters(self) -> tuple[Parameter, ...]:
        start = self.day()
        return (
            Parameter("seuil", Decimal(140000), start, start + timedelta(days=90), ("*",), ("*",), "€ TTC", self.line()),
            Parameter("seuil", Decimal("0.5"), start + timedelta(days=91), None, source=self.line(), label=self.line()),
            Parameter("reforme", date(2026, 8, 22), start, source="loi", verified_by=self.line()),
        )  # fmt: skip

    # -- clauses

    def condition(self) -> Condition | None:
        atoms = [
            Atom("type_contrat", Op.IN, (Literal("T"), Literal("non"), Literal("1"))),
            Atom("lots", Op.NE, (Literal(False),)),
            Atom("montant", Op.GE, (ParameterRef("seuil"),)),
            Atom("delai", Op.LT, (Literal(Duration(3, DurationUnit.DAYS)),)),
            Atom("lieu", Op.EQ, (Literal(self.line(), quoted=True),)),
            Atom("modes", Op.CONTAINS, (Literal("b"),)),
        ]
        chosen = self.chance.sample(atoms, 3)
        tree = self.pick(
            [None, chosen[0], Not(Or(tuple(chosen))), And((chosen[0], And((chosen[1], chosen[2]))))]
        )
        return None if tree is None else Condition("", tree)

    def example(self) -> Example:
        facts: dict[str, Any] = {
            "lieu": self.block(),
            "modes": frozenset({"c", "a"}),
            "montant": Decimal("1.50"),
            "listes": (self.line(), self.block()),
            "acheteur": {"nom": self.line(), "adresse": self.block()},
            "criteres": ({"nom": self.line(), "poids": Decimal("12.5")}, {"nom": self.line(), "sorte": "x"}),
        }
        kept = {key: value for key, value in facts.items() if self.chance.random() < 0.5}
        return Example(kept, self.day(), self.chance.random() < 0.5, self.maybe(self.line()))

    def clause(self, key: str) -> Clause:
        status = self.pick([LegalStatus(), LegalStatus("Me Dupont", date(2026, 5, 4))])
        return Clause(
            key, self.line(), status, self.pick(list(Nature)), self.pick(list(Lock)),
            documents=self.pick([("RC",), ("CCAP", "CCP")]),
            contract_types=self.pick([("*",), ("T", "1")]),
            procedures=("*",),
            validity=self.pick([Validity(), Validity(date(2026, 8, 22)), Validity(None, date(2027, 1, 1))]),
            body=self.block(),
            group=self.maybe("groupe"),
            condition=self.condition(),
            variables=self.pick([(), ("lots", "lieu")]),
            bases=self.pick([(), ("CCP:L2112-2", self.line())]),
            derogations=self.maybe((Derogation("FCS", "14.1", self.condition()),), ()),
            help=Help(self.maybe(self.block()), self.maybe(self.line()), self.maybe((self.line(),), ()), "visite-1"),
            examples=tuple(self.example() for _ in range(self.chance.randint(0, 2))),
            waiver=self.maybe(Waiver("condition.always_true", self.line()), None),
        )  # fmt: skip

    # -- documents

    def canvas(self, ids: list[str]) -> Canvas:
        groups = self.maybe({"groupe": self.pick(list(GroupMode))}, {})
        chapters = tuple(Chapter(self.line(), (key,)) for key in ids)
        return Canvas("ccap", self.line(), "CCAP", ("*",), ("MAPA",), chapters, self.maybe("mairie"), groups)

    def cover(self) -> Cover:
        blocks = (
            CoverBlock(CoverBlockKind.LOGO, image="logo.png", alt=self.line()),
            CoverBlock(CoverBlockKind.TEXT, text=self.block()),
            CoverBlock(CoverBlockKind.TITLE),
        )
        return Cover("mairie", self.line(), "CCAP", blocks)

    def visit(self) -> Walkthrough:
        steps = (Step("/page", self.line(), self.block(), self.maybe(self.line())),)
        return Walkthrough("visite-1", self.line(), self.block(), steps)


def generated(seed: int) -> Library:
    """Return the library of a seed."""
    return Draw(seed).library()
