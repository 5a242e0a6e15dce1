"""Read the files of a library and list all their faults.

::

    manifest.yaml  faits.yaml  parametres.yaml  synonymes.yaml
    clauses/<id>.yaml  canevas/<id>.yaml  gardes/<id>.yaml (and images)  parcours/<id>.yaml
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from clauses.files.faults import Faults
from clauses.files.fields import Fields
from clauses.files.nodes import read_yaml
from clauses.files.schema import (
    read_canvas,
    read_clause,
    read_cover,
    read_facts,
    read_manifest,
    read_parameters,
    read_synonyms,
    read_walkthrough,
    with_relevance,
)
from clauses.files.schema.parameters import check_selectors
from clauses.rules.lang import Vocabulary, vocabulary
from clauses.rules.model import Canvas, Clause, Cover, Fact, Layer, Library, Manifest, Parameter, Walkthrough
from clauses.rules.relevance import cycle
from procurement.core.text import _

FACTS, PARAMETERS, SYNONYMS, MANIFEST = "faits.yaml", "parametres.yaml", "synonymes.yaml", "manifest.yaml"
SIGNATURE = "manifest.xades.xml"
FOLDERS = ("clauses", "canevas", "gardes", "parcours")
MAX_FILES = 6_000
MAX_IMAGE = 1024 * 1024
_ITEM = re.compile(r"(clauses|canevas|gardes|parcours)/([a-z0-9_.-]{1,80})\.yaml")
_IMAGE = re.compile(r"gardes/[a-z0-9_.-]{1,80}\.(?:png|jpe?g)")
# Notes for those who write the library; they are in no release.
_IGNORED = re.compile(r"manifest\.xades\.xml|LICENSE|[^/]+\.md")
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class _Named(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=_Named)
Files = Mapping[str, bytes | str]


@dataclass(frozen=True)
class Reading:
    """What could be read, and every fault; the library is whole only when there is none."""

    library: Library
    faults: Faults


def read_library(source: Path | str | Files) -> Library:
    """Return the library of a directory, or of a mapping from relative path to content.

    Raise `LibraryFaults` with all the faults of all the files.
    """
    reading = read(source)
    reading.faults.raise_if_any()
    return reading.library


def read_covers(files: Files) -> Library:
    """Return the cover pages and the pictures that stand among files, and nothing else; raise `LibraryFaults`."""
    faults = Faults()
    found = _Reader(_contents(files, faults), faults)
    covers = Library(_NOBODY, covers=found.covers(), images=found.images())
    faults.raise_if_any()
    return covers


def read(source: Path | str | Files) -> Reading:
    """Return what can be read of a library, and its faults."""
    faults = Faults()
    files = _contents(source, faults)
    return Reading(_Reader(files, faults).library(), faults)


def directory_files(folder: Path, faults: Faults) -> dict[str, bytes]:
    """Return the files of a directory by their relative path; links are not followed."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            faults.add("file.link", _("Les liens ne sont pas suivis."), name)
        elif path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            found[name] = path.read_bytes()
    return found


def _contents(source: Path | str | Files, faults: Faults) -> dict[str, bytes]:
    if isinstance(source, Mapping):
        return {
            name: content.encode() if isinstance(content, str) else content
            for name, content in sorted(source.items())
        }
    folder = Path(source)
    if not folder.is_dir():
        faults.add("file.missing", _("Ce dossier n’existe pas."), str(source))
        return {}
    return directory_files(folder, faults)


class _Reader:
    """Reads in the order of dependence: facts, parameters, then what names them."""

    def __init__(self, files: Mapping[str, bytes], faults: Faults) -> None:
        self.files = files
        self.faults = faults

    def library(self) -> Library:
        if len(self.files) > MAX_FILES:
            self.faults.add("file.too_many", _("Plus de %(most)s fichiers."), "", (1, 1), most=MAX_FILES)
            return Library(_NOBODY)
        self.check_names()
        facts, parameters, words = self.dictionary()
        manifest, synonyms = self.top(MANIFEST), self.top(SYNONYMS, required=False)
        return Library(
            manifest=read_manifest(manifest) if manifest else _NOBODY,
            facts=facts,
            parameters=parameters,
            clauses=self.items("clauses", lambda top: read_clause(top, words), Clause),
            canvases=self.items("canevas", lambda top: read_canvas(top, facts), Canvas),
            covers=self.covers(),
            walkthroughs=self.items("parcours", read_walkthrough, Walkthrough),
            synonyms=read_synonyms(synonyms) if synonyms else (),
            images=self.images(),
        )

    def covers(self) -> dict[str, Cover]:
        return self.items("gardes", read_cover, Cover)

    def images(self) -> dict[str, bytes]:
        return {name: content for name, content in self.files.items() if _IMAGE.fullmatch(name)}

    def dictionary(self) -> tuple[dict[str, Fact], tuple[Parameter, ...], Vocabulary]:
        facts_top, parameters_top = self.top(FACTS), self.top(PARAMETERS)
        facts = read_facts(facts_top) if facts_top else {}
        read_ones = read_parameters(parameters_top) if parameters_top else ()
        check_selectors(read_ones, facts)
        parameters = tuple(parameter for parameter, _fields in read_ones)
        words = vocabulary(facts, parameters)
        if facts_top:
            facts = with_relevance(facts_top, facts, words)
        loop = cycle(facts)
        if loop:
            message = _("La pertinence de ces faits tourne en rond : %(names)s.")
            place = facts[loop[0]].origin.at("pertinent_si")
            self.faults.add("fact.cycle", message, FACTS, place, names=" → ".join(loop))
        return facts, parameters, replace(words, facts=facts)

    def top(self, name: str, *, required: bool = True) -> Fields | None:
        content = self.files.get(name)
        if content is None:
            if required:
                self.faults.add("file.missing", _("Ce fichier manque."), name)
            return None
        keys = read_yaml(content, name, self.faults)
        return None if keys is None else Fields(keys, name, self.faults)

    def items(self, folder: str, reader: Callable[[Fields], Item], _kind: type[Item]) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for name in self.files:
            match = _ITEM.fullmatch(name)
            if match is None or match[1] != folder:
                continue
            top = self.top(name)
            if top is None:
                continue
            item = reader(top)
            if item.id != match[2]:
                message = _("Ce fichier doit porter le nom de son identifiant « %(id)s ».")
                self.faults.add("file.name", message, name, top.place("id"), id=item.id)
                continue
            found[item.id] = item
        return found

    def check_names(self) -> None:
        for name, content in self.files.items():
            known = (
                name in {FACTS, PARAMETERS, SYNONYMS, MANIFEST}
                or _ITEM.fullmatch(name)
                or _IGNORED.fullmatch(name)
            )
            if _IMAGE.fullmatch(name):
                self.check_image(name, content)
            elif not known:
                message = _("Ce fichier n’a pas sa place dans une bibliothèque.")
                self.faults.add("file.unexpected", message, name)

    def check_image(self, name: str, content: bytes) -> None:
        if len(content) > MAX_IMAGE or not content.startswith(_MAGIC):
            self.faults.add("file.image", _("Une image est un PNG ou un JPEG d’au plus 1 Mio."), name)


_NOBODY = Manifest("", "", Layer.INTERMINISTERIAL)
