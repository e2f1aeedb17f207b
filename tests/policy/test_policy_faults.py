"""Every mistake in a policy file is named with its line and what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_schools import school

from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.vocabulary import LocalConcern
from pipeline.policy import assign_category, load_policy
from pipeline.policy.checking import find_disorder
from pipeline.policy.conditions import COUNTS, list_themes
from pipeline.policy.evidence.facts import COMPARATORS
from pipeline.policy.evidence.inspection import TRIGGERS
from pipeline.policy.evidence.local_evidence import OWN_WORDS
from pipeline.policy.policy import FOLDER

GAPS_OF_FOCUS = "key_priority_gaps: {at_least: 2, of: themes, against: england, leaving_out: [disadvantaged]}"
COUNTY = (Path(__file__).parent / "county" / "worcestershire.yaml").read_text(encoding="utf-8")  # to be damaged


def fail_to_load(tmp_path, text):
    path = tmp_path / "worcestershire.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyInput) as caught:
        load_policy(path)
    return caught.value.faults


def change(old, new, *, after=""):
    """The county's policy with the first ``old`` that follows ``after`` written ``new``, and the line it stands on."""
    start = COUNTY.index(old, COUNTY.index(after))
    return COUNTY[:start] + new + COUNTY[start + len(old) :], COUNTY[:start].count("\n") + 1


# ruff: noqa: E501
# what is written | by what it is replaced | after which words | what the fault says | what it advises
MISTAKES = [
    ("key_priority_gaps:", "key_priority_gap:", "several_key_gaps", "unknown field 'key_priority_gap'", "'key_priority_gaps'"),
    ("at_least: 2", "atleast: 2", "several_key_gaps", "unknown field 'atleast'", "at_least"),
    ("special measures", "special mesures", "clauses:", "'special mesures' is not an inspection trigger", "docs/"),
    ("[disadvantaged]", "[disadvantage]", "several_key_gaps", "unknown word 'disadvantage'", "'disadvantaged'"),
    ("category: focus", "category: fokus", "several_key_gaps", "unknown category 'fokus'", "'focus'"),
    ("category: secure", "category: secur", "otherwise:", "unknown category 'secur'", "'secure'"),
    ("summary:", "brokering: {helpers: [secure_pus]}\nsummary:", "", "unknown category 'secure_pus'", "'secure_plus'"),
    ("summary:", "brokering: {most_named: 0}\nsummary:", "", ": 0 is too small", "Write 1 or more."),
    ("key: intensive", "key: focus", "categories:", "two categories have the key 'focus'", "of its own"),
    ("name: several_gaps", "name: one_key_gap", "clauses:", "two clauses have the name 'one_key_gap'", "of its own"),
    ("{at_least: 2,", "{at_least: 3, at_most: 1,", "several_key_gaps", "both at least 3 and at most 1", "docs/"),
    ("{at_least: 2,", "{at_least: 0,", "several_key_gaps", ": 0 is too small", "Write 1 or more."),
    ("{at_least: 2, of", "{of", "several_key_gaps", "give `at_least: n` or `at_most: n`", "docs/"),
    ("self_referral: true", "self_referral: false", "asked_for", "unknown word False", "Use True"),
    ("category: light_touch", "category: intensive", "several_gaps", "could receive a lighter category", "from most to least"),
    ("any_of: [requires", "none_of: [requires", "key_gap_and_inspection", "worse and something better at once", "only"),
    ("name: several_key_gaps", "name: otherwise", "clauses:", "may not be called 'otherwise'", "another"),
    ("summary:", "early_results: may decide\nsummary:", "", "unknown word 'may decide'", "'may_decide'"),
    ("thresholds_adopted: false", "thresholds_adopted: false\nthresholds_adopted: true", "", "written twice", "Keep one"),
    ("review_by: 2026", "review_by: 2024", "", "the next review is not after the last", "Write the day"),
    ("against: similar schools", "against: similar school", "key_gap_beside", "unknown word 'similar school'", "'similar schools'"),
    ("against: england", "against: englnd", "several_key_gaps", "unknown word 'englnd'", "'england'"),
    ("leadership change,", "leadership changes,", "key_gap_and_capacity", "unknown word 'leadership changes'", "'leadership change'"),
    ("complaints, safeguarding", "complaint, safeguarding", "clauses:", "unknown word 'complaint'", "'complaints'"),
    ("improvement, needs attention", "improvement, need attention", "school_sees", "unknown word 'need attention'", "'needs attention'"),
    ("[complaints, safeguarding]", "[complaints, staffing]", "clauses:", "asks about capacity (staffing)", "Add `key_priority_gaps"),
    ("{at_least: 3, of: themes, against: england", "{at_least: 3, against: similar schools", "lasting_key_gaps", "how long gaps have lasted", "Write `against: england`"),
    ("self_evaluation: {any_of: [requires improvement, needs attention]}", "self_evaluation: {any_of: []}", "school_sees", "the list has 0 entries", "Write 1 at the least."),
    ("of: themes", "of: theme", "several_key_gaps", "unknown word 'theme'", "'themes'"),
    ("leaving_out: [disadvantaged]", "leaving_out: [disadvantaged], only: [progress]", "several_key_gaps", "give `leaving_out` or `only`, not both", "docs/"),
    ("leaving_out: [disadvantaged]", "only: []", "several_key_gaps", "the list has 0 entries", "Write 1 at the least."),
    ("{at_least: 2,", "{at_least: 4,", "several_key_gaps", "asks for 4 themes with key-priority gaps, but no school can have more than 3", "Write 3 or less."),
    ("{at_least: 3, of: subjects", "{at_least: 8, of: subjects", "several_gaps", "asks for 8 subjects with gaps, but no school can have more than 7", "Write 7 or less."),
    ("leaving_out: [disadvantaged]", "only: [destinations]", "several_key_gaps", "asks for 2 themes with key-priority gaps, but no school can have more than 0", "Name other themes"),
    ("key: worcestershire", "key: worcester", "", "the key is 'worcester'", "the same name"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new", "after", "what", "remedy"), MISTAKES)
def test_mistake_is_named_with_its_line(tmp_path, old, new, after, what, remedy):
    text, line = change(old, new, after=after)
    faults = fail_to_load(tmp_path, text)
    told = [fault for fault in faults if what in fault.what]
    assert told, [str(fault) for fault in faults]
    assert remedy in told[0].remedy or remedy in told[0].what
    assert told[0].file.endswith("worcestershire.yaml")
    assert line - 3 <= told[0].line <= line + 1  # its own line, or the head of the condition or clause it stands in


@pytest.mark.slow
def test_unreachable_clause_is_named_with_the_clause_that_takes_its_schools(tmp_path):
    text, line = change("{at_least: 2,", "{at_least: 1,", after="several_key_gaps")
    faults = fail_to_load(tmp_path, text)
    assert [fault.what for fault in faults] == [
        "no school reaches clause 'broad_and_lasting_gap': clause 'several_key_gaps' above takes them all",
        "no school reaches clause 'key_gap_and_inspection': clause 'several_key_gaps' above takes them all",
        "no school reaches clause 'key_gap_and_capacity': clause 'several_key_gaps' above takes them all",
        "no school reaches clause 'one_key_gap': clause 'several_key_gaps' above takes them all",
    ]
    assert all(fault.line > line for fault in faults)


def test_clause_reached_only_by_a_mixture_of_themes_is_not_called_unreachable(tmp_path):
    text, _ = change(
        "  # 5. Three of a primary",
        "  - name: gaps_for_disadvantaged_too\n    category: focus\n"
        "    reason: Two key priorities are gaps, the one for disadvantaged pupils included.\n"
        "    when:\n      key_priority_gaps: {at_least: 2, against: england}\n\n  # 5. Three of a primary",
    )
    path = tmp_path / "worcestershire.yaml"
    path.write_text(text, encoding="utf-8")
    assert "gaps_for_disadvantaged_too" in [clause.name for clause in load_policy(path).clauses]


def test_clause_on_other_strengths_than_the_one_above_is_not_called_unreachable(tmp_path):
    text = (FOLDER / "example-three.yaml").read_text(encoding="utf-8")
    clause = (
        "  - name: strong_on_two_sides\n    category: ready_to_share\n"
        "    reason: Key priorities of two themes are strengths beside England.\n    when:\n"
        "      key_priority_gaps: {at_most: 0, against: england}\n"
        "      key_priority_strengths: {at_least: 2, of: themes, against: england}\n\notherwise:"
    )
    path = tmp_path / "example-three.yaml"
    path.write_text(text.replace("\notherwise:", clause), encoding="utf-8")
    assert load_policy(path).clauses[-1].name == "strong_on_two_sides"


def test_policy_without_fallback_is_refused(tmp_path):
    faults = fail_to_load(tmp_path, COUNTY[: COUNTY.index("otherwise:")])
    assert [fault.what for fault in faults] == ["the field 'otherwise' is missing"]


def test_fallback_heavier_than_a_clause_for_concerns_is_refused():
    policy = load_policy("worcestershire")
    heavy = policy.model_copy(update={"otherwise": policy.otherwise.model_copy(update={"category": "focus"})})
    places = [misfit.place for misfit in find_disorder(heavy)]
    names = [policy.clauses[place[1]].name for place in places]
    assert names == [clause.name for clause in policy.clauses if clause.category == "light_touch"]


def test_category_no_clause_leads_to_is_refused(tmp_path):
    start = COUNTY.index("  # 15.")
    text = COUNTY[:start] + COUNTY[COUNTY.index("otherwise:") :]
    (fault,) = fail_to_load(tmp_path, text)
    assert "no clause leads to 'secure_plus'" in fault.what
    assert COUNTY.splitlines()[fault.line - 1].strip() == "- key: secure_plus"


@pytest.mark.slow
def test_policy_that_calls_an_unknown_school_secure_is_refused(tmp_path):
    start = COUNTY.index("  - name: too_little_evidence")
    text = COUNTY[:start] + COUNTY[COUNTY.index("  # 3.") :]
    (fault,) = fail_to_load(tmp_path, text)
    assert fault.what == "a school of which nothing is known would be called 'Secure'"
    assert text.splitlines()[fault.line - 1] == "otherwise:"


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path):
    text = COUNTY.replace("special measures", "special mesures", 1).replace("at_least: 3", "at_leest: 3", 1)
    assert len(fail_to_load(tmp_path, text)) >= 2


def test_unknown_policy_names_the_nearest():
    with pytest.raises(FaultyInput, match="Did you mean 'worcestershire'"):
        load_policy("worcestershir")


# Every word of the closed vocabulary, where it may stand in a clause

GAPS = "key_priority_gaps: {at_least: 1, against: england}"
PLACES = [
    *((condition.name, f"WORD: {{at_least: 9, against: england}}\n      {GAPS}") for condition in COUNTS),
    *((trigger.words.replace("N", "2"), "inspection: {any_of: [WORD]}") for trigger in TRIGGERS),
    *((str(kind), f"{GAPS}\n      soft_intelligence: {{any_of: [WORD]}}") for kind in LocalConcern),
    *((own.words, "self_evaluation: {any_of: [WORD]}") for own in OWN_WORDS),
    *((name, "key_priority_gaps: {at_least: 1, against: WORD}") for name in COMPARATORS),
    *((theme, f"{GAPS[:-1]}, {word}: [WORD]}}") for theme in list_themes() for word in ("leaving_out", "only")),
    *((word, f"{GAPS[:-1]}, of: WORD}}") for word in ("indicators", "subjects", "themes")),
    *((word, f"{GAPS[:-1]}, WORD: [progress]}}") for word in ("leaving_out", "only")),
]


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), data=st.data())
def test_any_misspelt_word_is_refused_with_its_line_and_the_right_one(tmp_path, place, data):
    word, clause = place
    at = data.draw(st.sampled_from([at for at, letter in enumerate(word) if letter.isalpha()]))
    doubled = word[at] + word[at] if data.draw(st.booleans()) else ""
    misspelt = word[:at] + doubled + word[at + 1 :]
    text, line = change(GAPS_OF_FOCUS, clause.replace("WORD", misspelt), after="several_key_gaps")
    line += clause[: clause.index("WORD")].count("\n")
    told = [fault for fault in fail_to_load(tmp_path, text) if word.replace("2", "N") in fault.what + fault.remedy]
    assert told, (misspelt, text)
    assert line - 1 <= told[0].line <= line


@pytest.mark.parametrize(
    "beside",
    [
        "gaps: {at_least: 1, against: england}",
        "key_priority_gaps: {at_least: 1, against: similar schools}",
        "persistent_key_gaps: {at_least: 1, against: england}",
        "inspection: {any_of: [requires improvement overall]}",
    ],
)
def test_capacity_may_be_asked_beside_any_concern_about_performance(tmp_path, beside):
    text, _ = change("key_priority_gaps: {at_least: 1, against: england, leaving_out: [disadvantaged]}", beside,
                     after="key_gap_and_capacity")  # fmt: skip
    path = tmp_path / "worcestershire.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_policy(path).clauses[6].when.soft_intelligence.asks_capacity


@pytest.mark.slow
@pytest.mark.parametrize(
    "beside",
    [
        "key_priority_gaps: {at_most: 0, against: england}",
        "rated_indicators: {at_least: 1, against: england}",
        "key_priority_strengths: {at_most: 0, against: england}",
        "self_referral: true",
        "inspection: {none_of: [requires improvement overall]}",
    ],
)
def test_capacity_may_not_be_asked_beside_anything_else(tmp_path, beside):
    text, line = change("key_priority_gaps: {at_least: 1, against: england, leaving_out: [disadvantaged]}", beside,
                        after="key_gap_and_capacity")  # fmt: skip
    (fault,) = fail_to_load(tmp_path, text)
    assert "(leadership change, staffing, finance) of schools whose performance is no concern" in fault.what
    assert fault.line == line + 1


def test_two_counts_of_one_kind_are_a_list_and_both_must_hold(tmp_path):
    text, _ = change(
        GAPS_OF_FOCUS,
        "key_priority_gaps:\n"
        "        - {at_least: 1, against: england, leaving_out: [disadvantaged]}\n"
        "        - {at_least: 2, against: similar schools}",
        after="several_key_gaps",
    )
    path = tmp_path / "worcestershire.yaml"
    path.write_text(text, encoding="utf-8")
    policy = load_policy(path)
    assert assign_category(policy, school("RWM gap", similar="RWM gap, absence gap")).clause == "several_key_gaps"
    assert assign_category(policy, school("RWM gap", similar="RWM gap")).clause == "one_key_gap"
    assert assign_category(policy, school("RWM in line", similar="RWM gap, absence gap")).category == "light_touch"
