"""Say what a clause library is made of: the types every drawer of this room shares.

Values of facts, by type (``Fact.type``):

================  ==========================================================================================
``enum``          ``str``, one of ``domain.values``
``bool``          ``bool`` (``oui`` / ``non`` in files and forms)
``entier``        ``int``
``montant``       ``Decimal`` with two places; ``Fact.unit`` says ``HT`` or ``TTC``
``taux``          ``Decimal``, per cent, at most four places
``date``          ``datetime.date``
``date_heure``    aware ``datetime.datetime``
``mois``          `Month`
``duree``         `Duration`: a number and its unit; 90 jours is not 3 mois
``ensemble``      ``frozenset[str]`` (written ``ensemble(enum)``)
``liste``         ``tuple[Record, …]`` (written ``liste(record)``), columns in ``domain.columns``
``liste_texte``   ``tuple[str, …]`` (written ``liste(texte)``)
``organisme``, ``personne``, ``adresse``   `Record` with the keys of ``RECORD_KEYS``
the others        ``str``
================  ==========================================================================================

Four facts are read by the engine itself, under these keys: `TYPE_FACT`, `PROCEDURE_FACT`, `BUYER_FACT`, `NATURE_FACT`.
"""

from clauses.rules.model.clauses import (
    Clause,
    Derogation,
    Example,
    GroupMode,
    Help,
    LegalStatus,
    Lock,
    Nature,
    Validity,
    Waiver,
)
from clauses.rules.model.conditions import (
    And,
    Atom,
    Condition,
    Literal,
    Node,
    Not,
    Op,
    Operand,
    Or,
    ParameterRef,
)
from clauses.rules.model.dictionary import Choice, Column, Domain, Fact, Label, Parameter
from clauses.rules.model.documents import (
    Canvas,
    Chapter,
    Cover,
    CoverBlock,
    CoverBlockKind,
    Step,
    Walkthrough,
)
from clauses.rules.model.library import (
    Finding,
    Layer,
    Library,
    Manifest,
    ReleaseFile,
    ReleaseInfo,
    ReleaseWaiver,
    Severity,
)
from clauses.rules.model.values import (
    ANY,
    BUYER_FACT,
    NATURE_FACT,
    NOWHERE,
    ORDERED,
    PROCEDURE_FACT,
    RECORD_KEYS,
    TEXTUAL,
    TYPE_FACT,
    TYPE_NAMES,
    Duration,
    DurationUnit,
    Facts,
    FactType,
    Month,
    Origin,
    Record,
    Scope,
    Source,
    Value,
    no_origin,
)

__all__ = [
    "ANY",
    "BUYER_FACT",
    "NATURE_FACT",
    "NOWHERE",
    "ORDERED",
    "PROCEDURE_FACT",
    "RECORD_KEYS",
    "TEXTUAL",
    "TYPE_FACT",
    "TYPE_NAMES",
    "And",
    "Atom",
    "Canvas",
    "Chapter",
    "Choice",
    "Clause",
    "Column",
    "Condition",
    "Cover",
    "CoverBlock",
    "CoverBlockKind",
    "Derogation",
    "Domain",
    "Duration",
    "DurationUnit",
    "Example",
    "Fact",
    "FactType",
    "Facts",
    "Finding",
    "GroupMode",
    "Help",
    "Label",
    "Layer",
    "LegalStatus",
    "Library",
    "Literal",
    "Lock",
    "Manifest",
    "Month",
    "Nature",
    "Node",
    "Not",
    "Op",
    "Operand",
    "Or",
    "Origin",
    "Parameter",
    "ParameterRef",
    "Record",
    "ReleaseFile",
    "ReleaseInfo",
    "ReleaseWaiver",
    "Scope",
    "Severity",
    "Source",
    "Step",
    "Validity",
    "Value",
    "Waiver",
    "Walkthrough",
    "no_origin",
]
