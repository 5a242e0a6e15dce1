"""Write the files of a library in their one canonical form: what is hashed, compared and signed."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import singledispatch
from typing import Any

from clauses.files.emit import Tree, emit
from clauses.files.reader import FACTS, MANIFEST, PARAMETERS, SYNONYMS
from clauses.files.schema.clauses import TO_VALIDATE
from clauses.rules.facts import print_value
from clauses.rules.facts.writing import print_scalar
from clauses.rules.lang import print_node
from clauses.rules.model import (
    ANY,
    TYPE_NAMES,
    Canvas,
    Choice,
    Clause,
    Column,
    Condition,
    Cover,
    CoverBlock,
    Derogation,
    Domain,
    Example,
    Fact,
    Help,
    Label,
    LegalStatus,
    Library,
    Manifest,
    Parameter,
    ReleaseInfo,
    Validity,
    Value,
    Walkthrough,
)


def print_library(library: Library) -> dict[str, bytes]:
    """Return the canonical files of a library by their relative path, in order of path."""
    texts = {
        MANIFEST: print_file(library.manifest),
        FACTS: print_facts(library.facts.values()),
        PARAMETERS: print_parameters(library.parameters),
        **{f"clauses/{item.id}.yaml": print_file(item) for item in library.clauses.values()},
        **{f"canevas/{item.id}.yaml": print_file(item) for item in library.canvases.values()},
        **{f"gardes/{item.id}.yaml": print_file(item) for item in library.covers.values()},
        **{f"parcours/{item.id}.yaml": print_file(item) for item in library.walkthroughs.values()},
    }
    if library.synonyms:
        texts[SYNONYMS] = print_synonyms(library.synonyms)
    found = {path: text.encode() for path, text in texts.items()} | dict(library.images)
    return dict(sorted(found.items()))


@singledispatch
def print_file(item: Any) -> str:
    """Return the canonical text of a clause, canvas, cover page, walk-through or manifest."""
    raise TypeError(f"no file holds a {type(item).__name__}")


def sha256(item: Any) -> str:
    """Return the hash of the canonical bytes: the address of a version."""
    return hashlib.sha256(print_file(item).encode()).hexdigest()


def print_facts(facts: Iterable[Fact]) -> str:
    """Return ``faits.yaml``."""
    return emit({"faits": [_fact(fact) for fact in facts]})


def print_parameters(parameters: Iterable[Parameter]) -> str:
    """Return ``parametres.yaml``."""
    return emit({"parametres": [_parameter(parameter) for parameter in parameters]})


def print_synonyms(synonyms: Iterable[Iterable[str]]) -> str:
    """Return ``synonymes.yaml``."""
    return emit({"synonymes": [list(group) for group in synonyms]})


@print_file.register
def _print_clause(clause: Clause) -> str:
    return emit(
        _kept(
            id=clause.id,
            titre=clause.title,
            statut_juridique=_status(clause.legal_status),
            nature=clause.nature.value,
            verrou=clause.lock.value,
            documents=list(clause.documents),
            types_contrat=list(clause.contract_types),
            procedures=list(clause.procedures),
            vigueur=_validity(clause.validity),
            groupe=clause.group,
            condition=_condition(clause.condition),
            variables=list(clause.variables),
            bases=list(clause.bases),
            deroge=[_derogation(one) for one in clause.derogations],
            aide=_help(clause.help),
            dispense={"code": clause.waiver.code, "motif": clause.waiver.reason} if clause.waiver else {},
            exemples=[_example(one) for one in clause.examples],
            corps=clause.body,
        )
    )


@print_file.register
def _print_canvas(canvas: Canvas) -> str:
    return emit(
        _kept(
            id=canvas.id,
            titre=canvas.title,
            document=canvas.document,
            types_contrat=list(canvas.contract_types),
            procedures=list(canvas.procedures),
            garde=canvas.cover,
            groupes={name: mode.value for name, mode in canvas.groups.items()},
            chapitres=[{"titre": one.title, "clauses": list(one.clauses)} for one in canvas.chapters],
        )
    )


@print_file.register
def _print_cover(cover: Cover) -> str:
    blocks = [_cover_block(block) for block in cover.blocks]
    return emit({"id": cover.id, "titre": cover.title, "document": cover.document, "blocs": blocks})


@print_file.register
def _print_walkthrough(visit: Walkthrough) -> str:
    steps: list[Tree] = [
        _kept(page=step.page, ancre=step.anchor, texte=step.text, verification=step.check)
        for step in visit.steps
    ]
    return emit({"id": visit.id, "titre": visit.title, "resume": visit.summary, "etapes": steps})


@print_file.register
def _print_manifest(manifest: Manifest) -> str:
    return emit(
        _kept(
            id=manifest.id,
            titre=manifest.title,
            couche=manifest.layer.value,
            licence=manifest.licence,
            description=manifest.description,
            publication=_release(manifest.release) if manifest.release else {},
        )
    )


def _kept(**entries: Tree) -> dict[str, Tree]:
    """Return the entries that say something, in the order given."""
    return {key: value for key, value in entries.items() if value}


def _fact(fact: Fact) -> Tree:
    entries = _kept(
        cle=fact.key,
        type=TYPE_NAMES[fact.type],
        libelle=_label(fact.label),
        question=fact.question,
        aide=fact.help,
        portee=fact.scope.value,
        source=fact.source.value,
        pertinent_si=_condition(fact.relevant_if),
    )
    if fact.neutral is not None:
        entries["neutre"] = print_value(fact.neutral)
    personal = "oui" if fact.personal_data else ""
    return entries | _kept(domaine=_domain(fact.domain), unite=fact.unit, donnee_personnelle=personal)


def _domain(domain: Domain) -> dict[str, Tree]:
    return _kept(
        valeurs=[_choice(choice) for choice in domain.values],
        champs=[_column(column) for column in domain.columns],
        min=_bound(domain.minimum),
        max=_bound(domain.maximum),
        taille_min=_bound(domain.min_size),
        taille_max=_bound(domain.max_size),
    )


def _column(column: Column) -> Tree:
    return _kept(
        cle=column.key,
        type=TYPE_NAMES[column.type],
        libelle=_label(column.label),
        valeurs=[_choice(choice) for choice in column.values],
        unite=column.unit,
        facultatif="oui" if column.optional else "",
    )


def _choice(choice: Choice) -> Tree:
    return {"valeur": choice.value, "libelle": _label(choice.label)}


def _label(label: Label) -> Tree:
    return {"fr": label.fr, "en": label.en} if label.en else label.fr


def _bound(value: Value | None) -> str:
    return "" if value is None else print_scalar(value)


def _parameter(parameter: Parameter) -> Tree:
    return _kept(
        cle=parameter.key,
        libelle=parameter.label,
        valeur=print_scalar(parameter.value),
        du=_day(parameter.start),
        au=_day(parameter.end),
        categorie_acheteur=_selector(parameter.buyer_category),
        nature_achat=_selector(parameter.nature),
        unite=parameter.unit,
        source=parameter.source,
        verifie_par=parameter.verified_by,
    )


def _selector(codes: tuple[str, ...]) -> Tree:
    return "" if codes == (ANY,) else list(codes)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _status(status: LegalStatus) -> Tree:
    if not status.validated:
        return TO_VALIDATE
    return {"valide_par": status.validated_by, "valide_le": _day(status.validated_on)}


def _validity(validity: Validity) -> Tree:
    return _kept(du=_day(validity.start), au=_day(validity.end))


def _condition(condition: Condition | None) -> str:
    return print_node(condition.tree) if condition else ""


def _derogation(one: Derogation) -> Tree:
    return _kept(ccag=one.ccag, article=one.article, si=_condition(one.condition))


def _help(given: Help) -> Tree:
    return _kept(
        court=given.short, exemple=given.example, pieges=list(given.pitfalls), parcours=given.walkthrough
    )


def _example(example: Example) -> Tree:
    facts: Mapping[str, Tree] = {key: print_value(value) for key, value in example.facts.items()}
    entries: dict[str, Tree] = {
        "faits": facts,
        "le": _day(example.on),
        "attendu": "presente" if example.present else "absente",
    }
    return entries | _kept(contient=example.contains)


def _cover_block(block: CoverBlock) -> Tree:
    return _kept(type=block.kind.value, texte=block.text, image=block.image, alt=block.alt)


def _release(release: ReleaseInfo) -> Tree:
    waivers: list[Tree] = [
        {"clause": one.clause, "code": one.code, "motif": one.reason} for one in release.waivers
    ]
    files: list[Tree] = [
        {"chemin": one.path, "sha256": one.sha256, "taille": str(one.size)} for one in release.files
    ]
    return _kept(
        version=release.version,
        vigueur=_day(release.valid_from),
        analyseur=release.analyser,
        journal=list(release.changelog),
        dispenses=waivers,
        a_valider=list(release.to_validate),
        fichiers=files,
    )
