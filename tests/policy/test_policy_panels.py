"""A panel's decision, last year's category, and everything an officer is told of one school."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from policy_schools import graded, school

from pipeline.foundation.errors import FaultyInput
from pipeline.policy import (
    Certainty,
    Move,
    assign_category,
    compare_with_last_year,
    explain_assignment,
    finalise,
    find_decision,
    list_category_words,
    load_policy,
)
from pipeline.sources.frames import (
    LAST_YEAR,
    MODERATION,
    SELF_EVALUATION,
    SOFT_INTELLIGENCE,
    LocalSlice,
    shape_frame,
)

COUNTY = load_policy("worcestershire")
FOCUS = assign_category(COUNTY, school("RWM gap, absence gap", similar="RWM gap"))
REASON, PERSON = "The new headteacher's plan is working.", "A. Adviser"


def decisions(*rows: tuple[str, str]) -> pd.DataFrame:
    """One row a (category, date)."""
    return shape_frame(
        pd.DataFrame(
            [
                {
                    "urn": 100000, "category": category, "reason": REASON, "person": PERSON, "date": date,
                    "file": "local/moderation.csv", "line": line,
                }
                for line, (category, date) in enumerate(rows, start=2)
            ]
        ),
        MODERATION,
    )  # fmt: skip


def last_year(category: str, urn: int = 100000) -> pd.DataFrame:
    rows = [{"urn": urn, "category": category, "source": "the edition autumn 2018"}]
    return shape_frame(pd.DataFrame(rows), LAST_YEAR)


# The panel


def test_no_decision_where_no_panel_met():
    assert find_decision(COUNTY, FOCUS, LocalSlice().moderation) is None


@pytest.mark.parametrize("said", ["Light touch support", "light_touch", " LIGHT  touch ", "Light-touch support"])
def test_category_is_found_by_title_or_key_however_written(said):
    decision = find_decision(COUNTY, FOCUS, decisions((said, "2019-10-03")))
    assert (decision.category, decision.title, decision.tier) == ("light_touch", "Light touch support", 3)
    assert (decision.changed, decision.reason, decision.person) == (True, REASON, PERSON)


def test_latest_decision_counts_wherever_it_stands_in_the_file():
    decision = find_decision(COUNTY, FOCUS, decisions(("Focus support", "2019-11-20"), ("Secure", "2019-10-03")))
    assert (decision.category, decision.date, decision.changed) == ("focus", "2019-11-20", False)


def test_unknown_categories_are_all_named_with_line_and_nearest():
    with pytest.raises(FaultyInput) as caught:
        find_decision(COUNTY, FOCUS, decisions(("Focus suport", "2019-10-03"), ("Sustain", "2019-11-20")))
    near, far = caught.value.faults
    assert (near.file, near.line, near.column, near.urn) == ("local/moderation.csv", 2, "category", 100000)
    assert near.what == "Aiming for Outstanding has no category 'Focus suport'"
    assert near.remedy.startswith("Did you mean 'Focus support'? Use one of: Secure Plus, Secure,")
    assert (far.line, far.remedy.startswith("Use one of:")) == (3, True)


def test_panel_decides_a_category_not_that_too_little_is_known():
    with pytest.raises(FaultyInput):
        find_decision(COUNTY, FOCUS, decisions(("insufficient evidence", "2019-10-03")))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["worcestershire", "two-counties", "example-three"])
def test_every_word_of_the_list_is_understood(name):
    policy = load_policy(name)
    indicated = assign_category(policy, school())
    for word in list_category_words(policy):
        decision = find_decision(policy, indicated, decisions((word, "2019-10-03")))
        assert word in (decision.category, decision.title)


def test_final_category_brings_its_own_and_keeps_the_record_of_the_indicated():
    decision = find_decision(COUNTY, FOCUS, decisions(("Light touch support", "2019-10-03")))
    final = finalise(COUNTY, FOCUS, decision)
    asked = assign_category(COUNTY, school("RWM gap, absence in line"))
    assert (final.category, final.title, final.meaning, final.tier) == (
        "light_touch", "Light touch support", asked.meaning, 3,
    )  # fmt: skip
    assert final.entitlement == asked.entitlement
    assert (final.clause, final.checks, final.facts) == (FOCUS.clause, FOCUS.checks, FOCUS.facts)
    assert final.reason == "A panel met on 3 October 2019 and decided on this category."


def test_head_reads_neither_the_panels_reason_nor_who_decided():
    for category in ("Light touch support", "Focus support"):
        decision = find_decision(COUNTY, FOCUS, decisions((category, "2019-10-03")))
        final = finalise(COUNTY, FOCUS, decision)
        assert REASON not in repr(final) and PERSON not in repr(final)


def test_confirmed_category_keeps_its_reason():
    decision = find_decision(COUNTY, FOCUS, decisions(("Focus support", "2019-10-03")))
    final = finalise(COUNTY, FOCUS, decision)
    assert final.reason == f"{FOCUS.reason} A panel met on 3 October 2019 and confirmed this category."
    assert replace(final, reason=FOCUS.reason) == FOCUS


def test_panel_decides_for_a_school_too_small_to_judge():
    indicated = assign_category(COUNTY, school())
    decision = find_decision(COUNTY, indicated, decisions(("Secure", "2019-10-03")))
    final = finalise(COUNTY, indicated, decision)
    assert (indicated.tier, final.tier, decision.changed) == (None, 2, True)


# Last year

# this year's facts | last year's category | tiers moved | flagged
MOVES = [
    (school("RWM gap, absence gap", similar="RWM gap"), "Focus support", 0, False),
    (school("RWM gap, absence gap", similar="RWM gap"), "light_touch", 1, False),
    (school("RWM gap, absence gap", similar="RWM gap"), "Secure", 2, True),
    (school("RWM strength", similar="RWM strength"), "Focus support", -3, True),
    (school("RWM strength", inspection=graded(overall="Inadequate")), "Secure", 3, False),
    (school("RWM gap", inspection=graded(overall="Requires improvement")), "Secure", 2, False),
    (
        school("RWM gap, absence gap", similar="RWM gap", inspection=graded(overall="Requires improvement")),
        "Secure",
        2,
        True,
    ),
    (school(), "Secure", 0, False),
]


@pytest.mark.parametrize(("facts", "before", "tiers", "flagged"), MOVES)
def test_move(facts, before, tiers, flagged):
    move = compare_with_last_year(COUNTY, assign_category(COUNTY, facts), last_year(before), facts)
    assert (move.tiers, move.flagged, move.source) == (tiers, flagged, "the edition autumn 2018")


def test_last_years_category_that_the_policy_no_longer_has_keeps_its_words():
    move = compare_with_last_year(COUNTY, FOCUS, last_year("Category C"), school())
    assert move == Move("Category C", "Category C", None, "the edition autumn 2018")


def test_last_years_insufficient_evidence_has_no_tier():
    for words in ("Insufficient evidence", "insufficient_evidence"):
        move = compare_with_last_year(COUNTY, FOCUS, last_year(words), school())
        assert (move.category, move.title, move.tier, move.flagged) == (
            "insufficient_evidence", "Insufficient evidence", None, False,
        )  # fmt: skip


def test_no_move_where_last_year_is_not_known_of_this_school():
    assert compare_with_last_year(COUNTY, FOCUS, LocalSlice().last_year, school()) is None
    assert compare_with_last_year(COUNTY, FOCUS, last_year("Secure", urn=100001), school()) is None


def test_panels_own_move_is_flagged_though_the_indication_followed_an_inspection():
    facts = school("RWM strength", inspection=graded(overall="Inadequate"))
    indicated = assign_category(COUNTY, facts)
    decision = find_decision(COUNTY, indicated, decisions(("Focus support", "2019-10-03")))
    move = compare_with_last_year(COUNTY, finalise(COUNTY, indicated, decision), last_year("Secure"), facts)
    assert (move.tiers, move.flagged) == (2, True)


# Everything for an officer

LOCAL = LocalSlice(
    self_evaluation=shape_frame(
        pd.DataFrame(
            [{"urn": 100000, "date": "2019-07-01", "summary_grade": "Good", "self_referral": True, "line": 2}]
        ),
        SELF_EVALUATION,
    ),
    soft_intelligence=shape_frame(
        pd.DataFrame(
            [
                {
                    "urn": 100000, "date": "2019-06-03", "kind": "safeguarding", "source": "a parent's letter",
                    "note": "Gate left open.\x1b[2J", "line": 2,
                }
            ]
        ),
        SOFT_INTELLIGENCE,
    ),
)  # fmt: skip
CERTAINTY = Certainty(
    1000,
    (("secure", "Secure", 0.009), ("light_touch", "Light touch support", 0.29), ("focus", "Focus support", 0.701)),
    0.701,
    ("Focus support", "Light touch support"),
)


def test_officer_is_told_everything():
    text = explain_assignment(
        FOCUS,
        certainty=CERTAINTY,
        move=compare_with_last_year(COUNTY, FOCUS, last_year("Secure"), school()),
        decision=(decision := find_decision(COUNTY, FOCUS, decisions(("Light touch support", "2019-10-03")))),
        decided=finalise(COUNTY, FOCUS, decision),
        local=LOCAL,
    )
    flat = " ".join(text.split())
    for words in (
        "Focus support (category 4 of 5",
        "The panel of 3 October 2019 decided otherwise: Light touch support.",
        f"reason {REASON}",
        f"decided by {PERSON}",
        "Light touch support is final. Focus support, which the figures indicate, is kept beside it.",
        "the same rules would say Focus support about 70 times in 100",
        "Borderline between Focus support and Light touch support.",
        "Light touch support about 29 times in 100",
        "Secure less than once in 100",
        "Last year: Secure (the edition autumn 2018); a move of 2 categories towards more support.",
        "no inspection explains it",
        "1 July 2019: the school's own summary: Good; asks for support",
        "3 June 2019: safeguarding, from a parent's letter: Gate left open.",
        "What the indicated category would have brought:",
    ):
        assert words in flat, words
    assert "\x1b" not in text
    assert all(len(line) <= 100 for line in text.splitlines())


@pytest.mark.parametrize(
    ("said", "headings"),
    [
        ("Focus support", ["What it brings:"]),
        ("Secure Plus", ["What the decided category brings:", "What the indicated category would have brought:"]),
    ],
)
def test_officer_is_told_first_what_the_decided_category_brings(said, headings):
    decision = find_decision(COUNTY, FOCUS, decisions((said, "2019-10-03")))
    final = finalise(COUNTY, FOCUS, decision)
    lines = explain_assignment(FOCUS, decision=decision, decided=final).splitlines()
    assert [line for line in lines if line.startswith("What ")] == headings
    assert f"  - {final.entitlement.lines[0]}" == lines[lines.index(headings[0]) + 1]
    assert f"  - {FOCUS.entitlement.lines[0]}" == lines[lines.index(headings[-1]) + 1]


def test_officer_is_told_nothing_that_is_not_known():
    text = explain_assignment(FOCUS, local=LocalSlice())
    assert text == explain_assignment(FOCUS)
    for words in ("panel of", "How certain", "Last year", "for officers"):
        assert words not in text


def test_certainty_that_could_not_be_worked_out_says_why():
    text = explain_assignment(FOCUS, certainty=Certainty(reason="No figure can be judged."))
    assert "How certain: not known. No figure can be judged." in text


# What a head is told of local evidence


def test_head_is_told_of_capacity_by_kind_and_of_nothing_else():
    told = assign_category(COUNTY, school("RWM gap, absence in line", heard="staffing, complaints, finance"))
    assert told.facts[1] == "Worcestershire County Council has noted: staffing, finance."
    told = assign_category(COUNTY, school("RWM in line, absence in line", heard="safeguarding, staffing"))
    assert told.facts[0] == "There is a matter that Worcestershire County Council will raise with the school."
    said = " ".join([told.title, told.reason, *told.facts]).casefold()
    assert not any(word in said for word in ("safeguarding", "complaint", "june", "adviser's visit", "staffing"))


def test_officer_reads_kind_date_and_source():
    found = assign_category(COUNTY, school("RWM gap, absence in line", heard="staffing")).checks[-1].found
    assert "soft intelligence: staffing (3 June 2019, adviser's visit)" in found


def test_capacity_is_not_even_looked_at_where_performance_is_no_concern():
    assignment = assign_category(COUNTY, school("RWM in line, absence in line", heard="staffing"))
    assert assignment.category == "secure"
    assert "staffing (" not in repr(assignment)
    (check,) = (check for check in assignment.checks if check.clause == "key_gap_and_capacity")
    assert "not looked at" in check.found[-1]
