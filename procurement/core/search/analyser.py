"""Turn French text into search terms, the same way for what is stored and for what is asked. Pure.

Lower case, elisions, accent folding, stop words, then the stemmer. Folding comes before stemming: the other
way round « pénalités » and « penalite » end in two different stems. Stop words are recognised folded, since
people who search without accents must not be asked for a word the index has dropped.
"""

import re
import threading
import unicodedata

import Stemmer

__all__ = ["fold", "search_terms"]

_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|quelqu)'")
_APOSTROPHES = str.maketrans(dict.fromkeys("’ʼ‘´`", "'"))
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})

STOP_WORDS = frozenset(
    """
    a ai as au aux avait avec avoir ce ceci cela celle celles celui ces cet cette ceux chez comme dans de
    des donc dont du elle elles en es est et etaient etait etant etre eux il ils je la le les leur leurs lui
    ma mais me meme memes mes moi mon ne ni nos notre nous on ont ou par pas pour qu que quel quelle
    quelles quels qui sa sans se sera seront ses si sois soit son sont sur ta te tes toi ton tu un une vos
    votre vous y
    """.split()  # noqa: SIM905
)

_local = threading.local()


def fold(text: str) -> str:
    """Return ``text`` in lower case and without accents: « École » and « ecole » are one word."""
    # Some compatibility forms unfold into capitals, hence lower case on both sides.
    plain = unicodedata.normalize("NFKD", text).lower().translate(_LIGATURES)
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def search_terms(text: str) -> str:
    """Return the terms of a text in their order, letters and digits only, separated by spaces."""
    folded = fold(text).translate(_APOSTROPHES)
    words = (word for chunk in _WORDS.findall(folded) for word in _parts(chunk))
    return " ".join(_stem(word) for word in words if word not in STOP_WORDS)


def _parts(chunk: str) -> list[str]:
    """Return the words around apostrophes: an elided article goes, « aujourd'hui » stays whole."""
    if chunk == "aujourd'hui":
        return ["aujourdhui"]
    return _ELISION.sub("", chunk).split("'")


def _stem(word: str) -> str:
    """Return the stem of a word; a reference that holds a digit stays as it is."""
    return word if any(char.isdigit() for char in word) else str(_stemmer().stemWord(word))


def _stemmer() -> Stemmer.Stemmer:
    """Return this thread's stemmer: one cannot be shared between threads."""
    if not hasattr(_local, "stemmer"):
        _local.stemmer = Stemmer.Stemmer("french")
    return _local.stemmer
