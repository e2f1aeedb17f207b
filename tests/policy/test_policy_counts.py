"""A count is of indicators, subjects or themes: one shortfall that shows in five columns is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from random_schools import THEMES, counts, indicators, schools

from pipeline.analysis.indicators import load_indicators
from pipeline.foundation.vocabulary import Rating
from pipeline.policy import assign_category, explain_assignment, load_policy
from pipeline.policy.checking import find_misfits
from pipeline.policy.conditions import COUNTS, Count, ask_count
from pipeline.policy.doubt.sensitivity import move_thresholds
from pipeline.policy.evidence.facts import COMPARATORS, PolicyFacts, RatedIndicator, Standing
from pipeline.policy.policy import Policy
from tests.analysis.grids import blank_grid, england_of
from tests.conftest import count_examples

#: A policy of many clauses that count subjects and themes.
A_COUNTY = Path(__file__).parent / "county" / "worcestershire.yaml"
INDICATORS = {one.key: one for one in load_indicators()}
CONDITIONS = {condition.name: condition for condition in COUNTS}


def gaps_in(*keys: str) -> PolicyFacts:
    """A school with gaps in these indicators beside England, rated in nothing else."""
    rated = tuple(
        RatedIndicator(one.title, one.theme, one.key_priority, Rating.GAP, False, one.short_title, one.subjects)
        for one in (INDICATORS[key] for key in keys)
    )
    return PolicyFacts(100000, (Standing("england", rated), Standing("similar schools", ())))


def ask(facts: PolicyFacts, condition: str = "gaps", **asked):
    return ask_count(CONDITIONS[condition], Count(at_least=1, against="england", **asked), facts)


PARTS = [f"ks4_attainment8_{part}" for part in ("english", "maths", "ebacc", "open")]


@pytest.mark.parametrize(
    ("keys", "subjects", "themes"),
    [
        ([], 0, 0),
        (["ks4_attainment8"], 1, 1),
        (["ks4_attainment8", "ks4_progress8", "ks4_destinations", "absence_overall"], 1, 4),
        (["ks4_attainment8_english"], 1, 1),
        (["ks4_attainment8", "ks4_attainment8_english", "ks4_attainment8_maths"], 2, 1),
        (["ks4_attainment8", *PARTS], 3, 1),
        (["ks2_reading_expected", "ks2_reading_score", "ks2_reading_progress"], 1, 2),
        (["ks2_rwm_expected", "ks2_rwm_higher", "ks2_maths_score", "ks2_gps_score"], 2, 1),
    ],
)
def test_different_subjects_and_themes_are_counted_and_what_is_of_none_by_itself_is_one_at_most(keys, subjects, themes):
    for of, number in (("indicators", len(keys)), ("subjects", subjects), ("themes", themes)):
        bounds = [Count(at_most=most, of=of, against="england") for most in range(10)]
        held = [ask_count(CONDITIONS["gaps"], count, gaps_in(*keys)).held for count in bounds]
        assert held == [most >= number for most in range(10)]


def test_unless_told_otherwise_indicators_are_counted():
    assert Count(at_least=1, against="england").of == "indicators"


@pytest.mark.slow
@pytest.mark.parametrize("condition", COUNTS, ids=lambda one: one.name)
@settings(max_examples=count_examples(60))
@given(facts=schools, one=indicators, count=counts())
def test_one_more_indicator_never_gives_a_smaller_number(condition, facts, one, count):
    covered = [each for each in facts.against("england").rated if condition.covers(each, count)]
    more = [*covered, *([one] if condition.covers(one, count) else [])]
    assert count.count_one(covered) <= count.count_one(more) <= count.count_one(covered) + max(1, len(one.subjects))
    assert bool(count.count_one(more)) == bool(more)


@pytest.mark.slow
@pytest.mark.parametrize("condition", COUNTS, ids=lambda one: one.name)
@settings(max_examples=count_examples(20))
@given(facts=schools, count=counts())
def test_no_more_themes_or_unnamed_subjects_than_indicators(condition, facts, count):
    rated = facts.against("england").rated
    plain = tuple(replace(one, subjects=one.subjects[:1]) for one in rated if condition.covers(one, count))
    assert count.count_one(plain) <= len(plain)


def test_only_and_leaving_out_share_the_themes_between_them():
    facts = gaps_in("ks2_reading_progress", "ks2_maths_score", "absence_overall")
    for theme in THEMES:
        taken, left = (ask(facts, **{word: (theme,)}) for word in ("only", "leaving_out"))
        numbers = [answer.found.split(": ")[1].split(" ")[0].replace("none", "0") for answer in (taken, left)]
        assert sum(map(int, numbers)) == 3


# Words


def test_an_officer_reads_the_subjects_and_how_many_indicators_they_rest_on():
    facts = gaps_in("ks4_attainment8", *PARTS)
    answer = ask(facts, of="subjects")
    assert answer.asked == "subjects with gaps against England: at least 1"
    assert answer.found == (
        "subjects with gaps against England: 3 (maths; English; sciences, humanities and languages), in 5 indicators"
    )
    assert answer.plain == (
        "subjects with measures that are gaps: 3 (maths; English; sciences, humanities and languages)"
    )


def test_what_is_of_no_subject_by_itself_is_named():
    answer = ask(gaps_in("ks4_attainment8", "ks4_ebacc_points"), of="subjects")
    named = "1 (no single subject: Attainment 8; EBacc average points)"
    assert answer.found == f"subjects with gaps against England: {named}, in 2 indicators"
    assert answer.plain == f"subjects with measures that are gaps: {named}"


def test_themes_are_told_in_the_words_of_their_files_and_one_without_a_file_by_its_name():
    facts = gaps_in("absence_persistent", "ks2_rwm_expected_disadvantaged", "ks2_rwm_expected")
    (england, similar) = facts.standings
    own = RatedIndicator("Suspensions", "life_at_school", True, Rating.GAP)
    facts = replace(facts, standings=(replace(england, rated=(*england.rated, own)), similar))
    answer = ask(facts, "key_priority_gaps", of="themes")
    named = "4 (attainment: {}; disadvantaged pupils: {}; attendance: {}; life at school: Suspensions)".format(
        "Reading, writing and maths", "Disadvantaged: reading, writing, maths", "Persistent absence"
    )
    assert answer.found == f"themes with key-priority gaps against England: {named}, in 4 indicators"
    assert answer.plain == f"themes with key priorities that are gaps: {named}"


def test_themes_of_all_indicators_are_named_without_these():
    answer = ask(gaps_in("absence_overall", "ks2_reading_score", "ks2_maths_score"), of="themes")
    assert answer.plain == "themes with measures that are gaps: 2 (attainment; attendance)"


def test_nothing_found_names_nothing():
    answer = ask(gaps_in(), of="subjects")
    assert answer.found == "subjects with gaps against England: none"
    assert answer.plain == "subjects with measures that are gaps: none"


def test_only_is_told_to_officer_and_head():
    answer = ask(gaps_in("ks2_reading_progress", "ks2_maths_score"), only=("progress", "disadvantaged"))
    assert answer.asked == "gaps against England (only progress and disadvantaged): at least 1"
    assert answer.plain == (
        "measures that are gaps, counting only progress and disadvantaged pupils: 1 (Reading progress)"
    )


# A whole policy


def change_clause(name: str, **when) -> Policy:
    policy = load_policy(A_COUNTY)
    content = policy.model_dump(mode="json", exclude_none=True)
    clause = next(one for one in content["clauses"] if one["name"] == name)
    clause["when"] = when
    return Policy.model_validate(content)


SUBJECTS = {"at_least": 3, "of": "subjects", "against": "england"}


@pytest.mark.slow
def test_a_clause_counts_subjects_and_its_explanation_names_them():
    policy = change_clause("several_gaps", gaps=SUBJECTS)
    assert find_misfits(policy) == ()
    rated = RatedIndicator("Key", "attainment", True, Rating.IN_LINE)

    def assign(*keys):
        facts = gaps_in(*keys)
        england = replace(facts.standings[0], rated=(rated, *facts.standings[0].rated))
        return assign_category(policy, replace(facts, standings=(england, facts.standings[1])))

    two = assign("ks2_reading_score", "ks2_reading_expected", "ks2_maths_score", "ks2_maths_expected")
    three = assign("ks2_reading_score", "ks2_maths_score", "ks2_writing_expected")
    assert (two.clause, three.clause) == ("otherwise", "several_gaps")
    told = " ".join(explain_assignment(three).split())
    assert "found subjects with gaps against England: 3 (reading; writing; maths), in 3 indicators" in told
    assert three.facts[0] == "Subjects with measures that are gaps: 3 (reading; writing; maths)."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("earlier", "later", "reached"),
    [
        ({"at_least": 3}, {"at_least": 3, "of": "subjects"}, False),
        ({"at_least": 3}, {"at_least": 2, "of": "subjects"}, True),
        ({"at_least": 3, "of": "subjects"}, {"at_least": 3}, True),
        ({"at_least": 2, "of": "themes"}, {"at_least": 5, "of": "subjects"}, True),
        ({"at_least": 2, "of": "subjects"}, {"at_least": 4, "of": "themes"}, True),
        ({"at_least": 2, "of": "subjects"}, {"at_least": 2, "of": "subjects", "only": ["progress"]}, False),
        ({"at_least": 2, "only": ["progress"]}, {"at_least": 2, "of": "themes"}, True),
    ],
)
def test_a_clause_that_an_earlier_one_takes_from_is_told_from_one_that_can_be_reached(earlier, later, reached):
    content = load_policy(A_COUNTY).model_dump(mode="json", exclude_none=True)
    clauses = {clause["name"]: clause for clause in content["clauses"]}
    clauses["several_gaps"]["when"] = {"gaps": earlier | {"against": "england"}}
    clauses["inspection_asked_for_improvement"]["when"] = {"gaps": later | {"against": "england"}}
    misfits = find_misfits(Policy.model_validate(content))
    dead = "no school reaches clause 'inspection_asked_for_improvement': clause 'several_gaps' above takes them all"
    assert [misfit.what for misfit in misfits] == ([] if reached else [dead])


@pytest.mark.slow
@pytest.mark.parametrize("of", ["indicators", "subjects", "themes"])
def test_a_looser_clause_for_better_schools_can_be_reached_whatever_it_counts(of):
    """A school with as many gaps as the looser clause lets pass is one that the stricter does not take."""
    content = load_policy(A_COUNTY).model_dump(mode="json", exclude_none=True)
    strict = content["clauses"][-1]
    strict["when"]["gaps"] = {"at_most": 1, "of": of, "against": "england"}
    loose = strict | {"name": "strong_in_most", "category": "secure"}
    loose["when"] = strict["when"] | {"gaps": {"at_most": 2, "of": of, "against": "england"}}
    content["clauses"].append(loose)
    assert find_misfits(Policy.model_validate(content)) == ()


@pytest.mark.slow
def test_a_threshold_of_subjects_is_moved_by_one_and_named_as_such():
    keys = ("ks2_rwm_expected", "ks2_reading_score", "ks2_maths_expected", "ks2_writing_expected")
    grid = blank_grid(keys, np.full(2, 500))
    grid.value[0, 1:3] -= 20.0  # two subjects
    grid.value[1, 1:] -= 20.0  # three
    policy = change_clause("several_gaps", gaps=SUBJECTS | {"only": ["attainment"]})
    moves = move_thresholds(policy, grid, (england_of(grid),), [PolicyFacts(urn, ()) for urn in range(2)])
    told = {move.after: (move.threshold, move.changed) for move in moves if move.clause == "several_gaps"}
    words = "subjects with gaps against England, only attainment"
    assert told == {"at least 2": (words, 1), "at least 4": (words, 1)}


def test_every_comparator_may_be_counted_by_subject():
    facts = gaps_in("ks2_reading_score", "ks2_maths_score")
    turned = replace(facts, standings=(Standing("england", ()), Standing("similar schools", facts.standings[0].rated)))
    for comparator in COMPARATORS:
        count = Count(at_least=2, of="subjects", against=comparator)
        assert ask_count(CONDITIONS["gaps"], count, turned).held == (comparator == "similar schools")
