"""Say in English why a conversion changed or lost a value: a report is kept with the French sentence."""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

_PLACE = re.compile(r"\\{(\w+)\\}")


#: Reports repeat a few sentences thousands of times; those that quote a value must not be kept for ever.
_KEPT = 1024


@lru_cache(maxsize=_KEPT)
def reason(said: str, lang: str) -> str:
    """Return the reason of a report's line in ``lang``; one that is not known stays as it was written."""
    if lang != "en":
        return said
    for pattern, english in _reasons():
        found = pattern.fullmatch(said)
        if found is not None:
            return english.format(**found.groupdict())
    return said


@cache
def _reasons() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = (files("dume.wording") / "reasons.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)["reasons"]
    return tuple((_pattern(french), english) for french, english in rows)


def _pattern(french: str) -> re.Pattern[str]:
    return re.compile(_PLACE.sub(r"(?P<\1>.*?)", re.escape(french)), re.DOTALL)
