"""Say in French or English what the DUME's identifiers and codes mean: all these sentences are our own.

French is the source. A text that does not exist is an empty string, so that a caller can fall back on what the document
itself says. The texts stand in ``fr.toml`` and ``en.toml``, those of the findings in ``findings*.toml``.
"""

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from dume.espd.taxonomy import strip, taxonomy
from dume.wording import places

LANGUAGES = ("fr", "en")
DEFAULT = "fr"
# The official list of criteria keeps two older spellings beside the ones that the taxonomy uses.
SPELLINGS = {"autorisation": "authorisation", "misinterpr": "misrepresent"}


class _Params(dict[str, object]):
    """The parameters of a sentence; one that is missing shows as an ellipsis."""

    def __missing__(self, key: str) -> str:
        return "…"


def label(path: str, lang: str) -> str:
    """Return the label of a caption, requirement or question, by its path or identifier."""
    found = taxonomy().property(path)
    if found is None:
        return ""
    texts = _texts(lang)
    own: str = texts["labels_by_path"].get(strip(path), "")
    return own or str(texts["labels"].get(found.label_key, ""))


def criterion_name(code: str, lang: str) -> str:
    """Return the name of a criterion: in French the official one of the taxonomy, in English ours."""
    if _language(lang) != DEFAULT:
        return _criterion(code, "name", lang)
    found = taxonomy().by_code.get(SPELLINGS.get(code, code))
    return found.name_fr if found else ""


def criterion_text(code: str, lang: str) -> str:
    """Return what a criterion asks, in plain words, with its legal base in French law where it has one."""
    return _criterion(code, "text", lang)


def criterion_help(code: str, lang: str) -> str:
    """Return a line that helps to answer a criterion."""
    return _criterion(code, "help", lang)


def code_label(list_name: str, value: str, lang: str) -> str:
    """Return the label of a code; countries, currencies and languages come from the Unicode locale data."""
    language = _language(lang)
    if list_name in places.LISTS:
        return places.name(list_name, value, language)
    if list_name == "criterion":
        return criterion_name(value, language)
    codes: Mapping[str, str] = _texts(language)["codes"].get(list_name, {})
    return codes.get(value, "")


def finding(rule: str, lang: str, /, **params: object) -> str:
    """Return the sentence of a finding, its parameters filled in; empty when the rule has none.

    A file ``findings*.toml`` holds one table per rule, ``["BR-TC-02"]`` with ``fr`` and ``en``; ``{name}`` is a parameter.
    """
    sentences = _findings().get(rule, {})
    sentence = sentences.get(_language(lang)) or sentences.get(DEFAULT, "")
    return string.Formatter().vformat(sentence, (), _Params(params))


def _criterion(code: str, kind: str, lang: str) -> str:
    texts: Mapping[str, str] = _texts(lang)["criteria"].get(SPELLINGS.get(code, code), {})
    return texts.get(kind, "")


def _language(lang: str) -> str:
    return lang if lang in LANGUAGES else DEFAULT


def _texts(lang: str) -> Mapping[str, Any]:
    return _file(f"{_language(lang)}.toml")


@cache
def _findings() -> Mapping[str, Mapping[str, str]]:
    names = [entry.name for entry in files("dume.wording").iterdir()]
    merged: dict[str, Mapping[str, str]] = {}
    for name in sorted(name for name in names if name.startswith("findings") and name.endswith(".toml")):
        merged |= _file(name)
    return merged


@cache
def _file(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files("dume.wording") / name).read_text(encoding="utf-8"))
