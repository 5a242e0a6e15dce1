"""The taxonomy of ESPD-EDM 4.1.0 has the figures of the official files, and answers by path, id, code and tag."""

import re
from collections import Counter

import pytest

from dume.espd.codes import code_lists, codes
from dume.espd.model import Condition, PropertyType, Role, Version
from dume.espd.taxonomy import strip, taxonomy

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TAXONOMY = taxonomy()


def test_figures():
    kinds = Counter(criterion.kind for criterion in TAXONOMY.criteria)
    types = Counter(entry.type for entry in TAXONOMY.properties.values())

    assert (len(TAXONOMY.criteria), len(TAXONOMY.groups), len(TAXONOMY.properties)) == (62, 481, 623)
    assert kinds == {"exclusion": 24, "selection": 31, "other": 7}
    assert types == {PropertyType.QUESTION: 511, PropertyType.REQUIREMENT: 88, PropertyType.CAPTION: 24}
    assert len({entry.value_type for entry in TAXONOMY.properties.values()}) == 22
    assert len({entry.label_key for entry in TAXONOMY.properties.values()}) == 114


def test_identifiers_are_uuids_except_for_the_seven_others():
    with_uuid = Counter(criterion.kind for criterion in TAXONOMY.criteria if UUID.fullmatch(criterion.id))
    paths = [criterion.id for criterion in TAXONOMY.criteria if not UUID.fullmatch(criterion.id)]

    assert with_uuid == {"exclusion": 24, "selection": 31}
    assert paths == [
        "C57_OT_shelt-worksh",
        "C58_OT_registered",
        "C59_OT_eo-group",
        "C60_OT_relied",
        "C61_OT_subco-ent",
        "C63_OT_staff-red",
        "C65_OT_sme",
    ]


def test_indexes_hold_each_criterion_once():
    assert len(TAXONOMY.by_code) == len(TAXONOMY.by_id) == len(TAXONOMY.by_tag) == 62
    assert TAXONOMY.by_tag["C29"].code == "gen-year-to"
    assert TAXONOMY.by_code["misrepresent"].tag == "C23"
    assert TAXONOMY.by_code["gen-year-to"].id == "499efc97-2ac1-4af2-9e84-323c2ca67747"
    assert TAXONOMY.by_code["tax-pay"].name_fr == "Paiement d’impôts et taxes"


def test_walks_reach_every_group_and_property_in_order():
    groups = [group.path for criterion in TAXONOMY.criteria for group in criterion.walk()]
    properties = [entry.path for criterion in TAXONOMY.criteria for entry in criterion.properties()]

    assert groups == list(TAXONOMY.groups)
    assert properties == list(TAXONOMY.properties)


def test_the_official_example_of_a_response_identifier():
    found = TAXONOMY.property("C29_SC_gen-year-to/RG1/RSG1/QSG2/Q2")

    assert found is not None
    assert (found.value_type, found.min, found.max, found.levels) == ("AMOUNT", 1, 1, 4)
    assert found.pattern == "C29_SC_gen-year-to/RG1/RSG1/QSG2/Q2/R1/R1/R1/R1"
    assert found.response_id((1, 1, 1, 2)) == "C29_SC_gen-year-to/RG1/RSG1/QSG2/Q2/R1/R1/R1/R2"
    assert found.response_id((1, 1, 2)) == "C29_SC_gen-year-to/RG1/RSG1/QSG2/Q2/R1/R1/R2/R1"


def test_a_question_has_one_level_per_repeatable_group_above_and_its_own():
    wrong = [
        entry.path
        for entry in TAXONOMY.properties.values()
        if entry.type is PropertyType.QUESTION
        and entry.levels != 1 + sum(group.repeatable for group in TAXONOMY.above(entry.path))
    ]

    assert wrong == []


def test_a_requirement_is_found_by_its_identifier_and_by_its_path():
    by_id = TAXONOMY.property("C29_SC_gen-year-to/RG1/RQ1/R1/R1")
    by_other_occurrence = TAXONOMY.property("C29_SC_gen-year-to/RG1/RQ1/R2/R1")

    assert by_id is not None
    assert by_id is by_other_occurrence is TAXONOMY.property("C29_SC_gen-year-to/RG1/RQ1")
    assert (by_id.id, by_id.pattern) == ("C29_SC_gen-year-to/RG1/RQ1/R1/R1",) * 2


def test_unknown_paths_give_none():
    assert TAXONOMY.property("C29_SC_gen-year-to/RG1/Q99") is None
    assert TAXONOMY.group("C29_SC_gen-year-to/RG9") is None
    assert TAXONOMY.criterion_of("C99_SC_nothing/RG1") is None


@pytest.mark.parametrize("tag", ["C37", "C38", "C39"])
def test_the_shifted_criteria_keep_their_cardinalities(tag):
    criterion = TAXONOMY.by_tag[tag]
    bounds = {group.path.partition("/")[2]: (group.min, group.max) for group in criterion.walk()}

    assert bounds["RG1/RSG1/QSG1"] == (1, 1)  # relying on others: the block that the JSON lacks
    assert bounds["RG1/RSG1/QSG2"] == (1, None)  # the references, QSG1 in the JSON
    assert bounds["RG1/RSG1/QSG3"] == (0, None)  # available online, QSG2 in the JSON


def test_above_lists_the_groups_from_the_outside():
    found = [group.path for group in TAXONOMY.above("C1_EG_crime-org/QG1/QSG1/QSG1/Q1/R1/R1")]

    assert found == [
        "C1_EG_crime-org/QG1",
        "C1_EG_crime-org/QG1/QSG1",
        "C1_EG_crime-org/QG1/QSG1/QSG1",
    ]
    assert TAXONOMY.groups["C1_EG_crime-org/QG1/QSG1"].condition is Condition.ON_TRUE


def test_three_groups_have_a_code_that_is_no_condition():
    odd = {group.path: group.code for group in TAXONOMY.groups.values() if group.code not in set(Condition)}

    assert odd == {
        "C36_SC_finan-requ/RG1/RSG1/RSG1/RSG1": "Economic or Financial",
        "C36_SC_finan-requ/RG1/RSG1/RSG1/RSG2": "Rating",
        "C36_SC_finan-requ/RG1/RSG1/RSG1/RSG3": "Descriptive",
    }
    assert all(TAXONOMY.groups[path].condition is Condition.ALWAYS for path in odd)


def test_coded_answers_name_a_known_list():
    coded = {entry.path: entry.code_list for entry in TAXONOMY.properties.values() if entry.code_list}

    assert coded == {
        "C7_EG_tax-pay/RG1/QSG1/QSG1/Q1": "country",
        "C8_EG_socsec-pay/RG1/QSG1/QSG1/Q1": "country",
        "C25_SC_prof-regist/RG1/RSG1/RQ1": "occupation",
        "C29_SC_gen-year-to/RG1/RSG1/RQ2": "boolean-gui-control-type",
        "C34_SC_finan-rat/RG1/RSG1/RSG1/RQ1": "financial-ratio-type",
        "C36_SC_finan-requ/RG1/RSG1/RSG1/RQ1": "boolean-gui-control-type",
        "C59_OT_eo-group/QG1/QSG1/Q1": "eo-role-type",
    }
    assert set(coded.values()) <= set(code_lists())


def test_strip_takes_off_only_the_indexes_at_the_end():
    assert strip("C7_EG_tax-pay/RG1/RQ1/R1") == "C7_EG_tax-pay/RG1/RQ1"
    assert strip("C7_EG_tax-pay/RG1/RQ1") == "C7_EG_tax-pay/RG1/RQ1"


def test_code_lists_quote_what_documents_quote():
    country = codes("country")

    assert country.list_id == "http://publications.europa.eu/resource/authority/country"
    assert (country.agency, country.version, len(country.values)) == ("OP", "20250924-0", 345)
    assert country.find("fra") == "FRA"
    assert country.find("FR") is None
    assert set(codes("eo-role-type").values) == set(Role)
    assert codes("occupation").agency == "EMPL"
    assert len(codes("criterion").values) == 64


def test_code_lists_of_older_versions():
    assert "AL" in codes("CountryCodeIdentifier", Version.V2_1_1).values
    assert len(codes("CriteriaTypeCode", Version.V1_0_2).values) == 63
    assert code_lists(Version.V4_0_0) == code_lists(Version.V3_3_0) == {}
