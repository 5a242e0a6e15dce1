"""Compare the criteria, groups and properties with the taxonomy, by identifiers, codes and counts."""

from collections.abc import Iterator

from lxml import etree

from dume.espd.findings import Severity
from dume.espd.rules_41.facts import Group, GroupFacts, clark
from dume.espd.rules_41.tree import (
    CODE,
    CRITERION,
    DESCRIPTION,
    GROUP,
    GROUP_CODE,
    ID,
    NAME,
    NATIONAL,
    PROPERTY,
    SUBGROUP,
    TYPE,
    VALUE_TYPE,
    Broken,
    Children,
    Tree,
    blank,
    one,
)

LEGISLATION = clark("cac:Legislation")
FATAL, WARNING = Severity.FATAL, Severity.WARNING
#: What must be there, by element: rule, weight, child.
WANTED = {
    CRITERION: (("BR-TC-03", FATAL, CODE), ("BR-TC-05", FATAL, NAME), ("BR-TC-06", FATAL, DESCRIPTION)),
    LEGISLATION: (
        ("BR-TC-09", FATAL, clark("cbc:Title")),
        ("BR-TC-10", WARNING, DESCRIPTION),
        ("BR-TC-11", WARNING, clark("cbc:Article")),
    ),
    GROUP: (("BR-TC-12", FATAL, ID), ("BR-TC-14", FATAL, GROUP_CODE)),
    PROPERTY: (
        ("BR-TC-18", FATAL, ID),
        ("BR-TC-19", FATAL, DESCRIPTION),
        ("BR-TC-20", FATAL, TYPE),
        ("BR-TC-21-01", FATAL, VALUE_TYPE),
    ),
}
WANTED[SUBGROUP] = WANTED[GROUP]


def check(tree: Tree) -> Iterator[Broken]:
    """Yield the broken rules of this sheet."""
    for tag, wanted in WANTED.items():
        for element in tree.all(tag):
            children = tree.children(element)
            for rule, severity, child in wanted:
                if child not in children:
                    yield Broken(rule, severity, element, {})
    for element in tree.all(CRITERION):
        yield from _criterion(tree, element)
    for element in tree.all(GROUP, SUBGROUP):
        yield from _group(tree, element)
    for element in tree.all(PROPERTY):
        yield from _property(tree, element)


def _broken(rule: str, element: etree._Element, **params: str) -> Broken:
    return Broken(rule, FATAL, element, params)


def _criterion(tree: Tree, element: etree._Element) -> Iterator[Broken]:
    given = one(tree.texts(element, ID))
    if blank(given):
        yield _broken("BR-TC-02-01", element)
    known = tree.facts.criteria.get(given)
    if known is None:
        if not blank(given):
            yield _broken("BR-TC-02-02", element, value=given)
        return
    code, groups = known
    missing = groups - len(tree.children(element).get(GROUP, ()))
    if missing > 0:
        yield _broken("BR-TC-07", element, count=str(missing))
    codes = tree.texts(element, CODE)
    if code not in codes:
        yield _broken("BR-TC-04", element, value=" ".join(codes), expected=code)


def _group(tree: Tree, element: etree._Element) -> Iterator[Broken]:
    parent = element.getparent()
    parents = [] if parent is None else tree.texts(parent, ID)
    national = next(element.iterancestors(NATIONAL), None) is not None
    ids = tree.texts(element, ID)
    matches = [
        (known, suffix)
        for facts, suffix in ((tree.facts.groups, "01"), (tree.facts.subgroups, "02"))
        for known in (_known(facts, ids, parents),)
        if known is not None
    ]
    # The sheet looks at the identifier itself only for a known group, or for one that should be known.
    given = one(ids) if matches or not national else ""
    if blank(given):
        return
    for known, suffix in matches:
        yield from _compared(element, tree.children(element), known, suffix)
        if known.code not in (codes := tree.texts(element, GROUP_CODE)):
            yield _broken(f"BR-TC-15-{suffix}", element, value=" ".join(codes), expected=known.code)
    if not matches and not national:
        yield _broken("BR-TC-13", element, value=given)


def _known(facts: dict[str, GroupFacts], ids: list[str], parents: list[str]) -> Group | None:
    # Of several parent ids, the sheet takes the group that stands first in the taxonomy.
    return next(
        (
            group
            for entry in (facts[key] for key in ids if key in facts)
            for parent, group in entry.parents.items()
            if parent in parents
        ),
        None,
    )


def _compared(element: etree._Element, children: Children, known: Group, suffix: str) -> Iterator[Broken]:
    properties = known.properties - len(children.get(PROPERTY, ()))
    if properties > 0:
        yield _broken(f"BR-TC-16-{suffix}", element, count=str(properties))
    groups = known.groups - len(children.get(SUBGROUP, ()))
    if groups > 0:
        yield _broken(f"BR-TC-17-{suffix}", element, count=str(groups))


def _property(tree: Tree, element: etree._Element) -> Iterator[Broken]:
    parent = element.getparent()
    above = [] if parent is None else tree.texts(parent, ID)
    entries = [
        facts[key] for facts in (tree.facts.groups, tree.facts.subgroups) for key in above if key in facts
    ]
    types: set[str] = set()
    value_types: set[str] = set()
    for entry in entries:
        types |= entry.types
        value_types |= entry.value_types
    if not types and not value_types:
        return
    given, given_value = one(tree.texts(element, TYPE)), one(tree.texts(element, VALUE_TYPE))
    if not blank(given) and given not in types:
        yield _broken("BR-TC-20-02", element, value=given)
    if not blank(given_value) and given_value not in value_types:
        yield _broken("BR-TC-21-03", element, value=given_value)
