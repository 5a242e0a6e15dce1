"""Read ``manifest.yaml`` and ``synonymes.yaml``."""

import re
from datetime import date

from clauses.files.fields import Fields
from clauses.files.nodes import Items, raw
from clauses.files.schema.documents import FILE_ID
from clauses.rules.model import Layer, Manifest, ReleaseFile, ReleaseInfo, ReleaseWaiver
from procurement.core.text import _, line

VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,39}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[0-9A-Za-z_./-]{1,160}")
_LEAST_WORDS = 2


def read_manifest(top: Fields) -> Manifest:
    """Return what library this is; ``publication`` stands only in a release."""
    manifest = Manifest(
        id=top.identifier("id", pattern=FILE_ID),
        title=top.text("titre"),
        layer=top.choice("couche", Layer),
        licence=top.text("licence", required=False),
        description=top.block("description", required=False),
        release=_release(top.group("publication")),
        origin=top.origin(),
    )
    top.done()
    return manifest


def read_synonyms(top: Fields) -> tuple[tuple[str, ...], ...]:
    """Return groups of words that mean the same to a search."""
    node = top.node("synonymes", required=True)
    found: list[tuple[str, ...]] = []
    for item in node.items if isinstance(node, Items) else ():
        words = raw(item)
        if (
            not isinstance(words, list)
            or len(words) < _LEAST_WORDS
            or not all(isinstance(w, str) and w for w in words)
        ):
            message = _("Un groupe de synonymes est une liste d’au moins deux mots.")
            top.fault("synonym.group", message, item.place)
            continue
        found.append(tuple(line(str(word)) for word in words))
    if node is not None and not isinstance(node, Items):
        top.fault("file.shape", _("« %(key)s » doit être une liste."), node.place, key="synonymes")
    top.done()
    return tuple(found)


def _release(fields: Fields | None) -> ReleaseInfo | None:
    if fields is None:
        return None
    found = ReleaseInfo(
        version=fields.identifier("version", pattern=VERSION),
        valid_from=fields.day("vigueur", required=True) or date.min,
        analyser=fields.text("analyseur"),
        changelog=fields.texts("journal", required=False),
        waivers=tuple(_waiver(inner) for inner in fields.groups("dispenses")),
        to_validate=fields.texts("a_valider", required=False),
        files=tuple(_file(inner) for inner in fields.groups("fichiers", required=True)),
    )
    fields.done()
    return found


def _waiver(fields: Fields) -> ReleaseWaiver:
    found = ReleaseWaiver(fields.text("clause"), fields.text("code"), fields.text("motif"))
    fields.done()
    return found


def _file(fields: Fields) -> ReleaseFile:
    found = ReleaseFile(
        fields.identifier("chemin", pattern=_PATH),
        fields.identifier("sha256", pattern=_SHA256),
        fields.count("taille") or 0,
    )
    fields.done()
    return found
