"""Who might help whom, who reviews whom, which departments go together: what always holds, and what people read."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from itertools import combinations

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support_schools import PEOPLE_HEADER, make_edition
from typer.testing import CliRunner

from pipeline.cli.verbs import app
from pipeline.edition.brokering import (
    BrokeredSchool,
    Partners,
    Place,
    find_help,
    link_departments,
    measure_distance,
    read_brokered_school,
    read_partners,
)
from pipeline.edition.brokering.helping import MORE_AREAS, NAMED_ENOUGH
from pipeline.edition.support import Area
from pipeline.foundation.errors import FaultyInput
from pipeline.policy import load_policy
from pipeline.policy.policy import Triads as TriadRules
from pipeline.run.desk.brokering.gathering import broker_edition
from pipeline.run.desk.brokering.page import PAGE, lay_beside
from pipeline.run.desk.brokering.triads import form_triads
from pipeline.run.desk.support.planning import plan_edition_support
from pipeline.sources.frames import SUBJECTS, shape_frame
from tests.conftest import count_examples

COUNTY = load_policy("worcestershire")
RULES = TriadRules(mixed_is_worth_miles=10)
KEYS = ("reading", "maths", "attendance")
GROUPS = st.frozensets(st.integers(1, 14), min_size=2, max_size=2)


@st.composite
def draw_schools(draw, most=14, phases=("primary", "secondary")):
    found = []
    for urn in range(1, draw(st.integers(1, most)) + 1):
        told = {key: draw(st.sampled_from(["gap", "strength", ""])) for key in KEYS}
        grid = draw(st.none() | st.tuples(st.integers(1, 90_000), st.integers(1, 90_000)))
        found.append(
            BrokeredSchool(
                urn,
                f"School {urn}",
                draw(st.sampled_from(phases)),
                draw(st.sampled_from(["secure_plus", "secure_plus", "focus"])),
                Place(draw(st.sampled_from(["", "Ash", "Oak"])), draw(st.sampled_from(["", "North"])), grid),
                tuple(Area(key, key.title(), 1) for key in KEYS if told[key] == "gap"),
                {key: ("It",) for key in KEYS if told[key] == "strength"},
            )
        )
    return found


PARTNERS = st.builds(
    Partners,
    conflicts=st.frozensets(GROUPS, max_size=4),
    paired=st.frozensets(GROUPS, max_size=4),
    offering_no_help=st.frozensets(st.integers(1, 14), max_size=2),
    last_triads=st.frozensets(st.frozensets(st.integers(1, 14), min_size=3, max_size=3), max_size=3),
    outside_triads=st.frozensets(st.integers(1, 14), max_size=2),
)


@pytest.mark.slow
@given(draw_schools(), PARTNERS, st.integers(1, 3), st.integers(1, 3), st.randoms(use_true_random=False))
def test_whoever_is_named_may_be_and_whoever_is_nearer_is_accounted_for(schools, partners, named, most, draw):
    rules = COUNTY.brokering.model_copy(update={"most_named": named, "most_schools": most})
    policy = COUNTY.model_copy(update={"brokering": rules})
    needs = find_help(schools, policy, partners)
    assert [(need.school.urn, need.area) for need in needs] == [(s.urn, area) for s in schools for area in s.areas]
    helped = {urn: set(others) for urn, others in partners.list_paired().items()}
    paired = {urn: len(others) for urn, others in helped.items()}
    for need in needs:
        assert len(need.named) <= named
        for helper in need.named:
            other = helper.school
            assert other.urn != need.school.urn and other.phase == need.school.phase
            assert other.category == "secure_plus" and need.area.key in other.strengths
            assert not partners.find_bar(need.school.urn, other.urn)
            helped.setdefault(other.urn, set()).add(need.school.urn)
        if len(need.named) < named:  # whoever might help and is not named has no room, or is barred
            assert all(helper.bar != MORE_AREAS for helper in need.passed_over)
        places = [(helper.distance.miles, helper.school.urn) for helper in need.named]
        assert places == sorted(places)
        told = {helper.school.urn for helper in (*need.named, *need.passed_over)}
        for other in schools:
            miles = measure_distance(need.school.place, other.place).miles
            might = other.phase == need.school.phase and other.category == "secure_plus" and other is not need.school
            nearer = len(places) < named or (miles, other.urn) < places[-1]
            if might and need.area.key in other.strengths and nearer:
                assert other.urn in told
    assert all(len(urns) <= max(most, paired.get(urn, 0)) for urn, urns in helped.items())
    for need in needs:
        full = [helper for helper in need.passed_over if helper.bar == NAMED_ENOUGH]
        assert all(len(helped[helper.school.urn]) >= most for helper in full)
    shuffled = list(schools)
    draw.shuffle(shuffled)
    assert find_help(shuffled, policy, partners) == needs


def _place(urn, east, category="focus", *, gap="", strong="", phase="primary"):
    areas = (Area(gap, gap.title(), 1),) if gap else ()
    return BrokeredSchool(
        urn, f"S{urn}", phase, category, Place(grid=(east, 5)), areas, {strong: ("It",)} if strong else {}
    )


def test_every_need_has_its_first_name_before_any_has_its_second():
    near, far = _place(1, 1_000, gap="maths"), _place(2, 9_000, gap="maths")
    helpers = [_place(urn, 1_000 + urn, "secure_plus", strong="maths") for urn in (3, 4)]
    rules = COUNTY.brokering.model_copy(update={"most_schools": 1})
    needs = find_help([near, far, *helpers], COUNTY.model_copy(update={"brokering": rules}))
    assert [[helper.school.urn for helper in need.named] for need in needs] == [[3], [4]]
    assert [helper.bar for helper in needs[0].passed_over] == [NAMED_ENOUGH]


def test_who_might_help_with_more_areas_comes_before_who_lies_nearer():
    keys = ("maths", "reading")
    school = BrokeredSchool(1, "A", "primary", "focus", Place(grid=(5, 5)), tuple(Area(key, key, 1) for key in keys))
    both, near = (
        BrokeredSchool(
            urn, f"S{urn}", "primary", "secure_plus", Place(grid=(east, 5)), (), dict.fromkeys(named, ("It",))
        )
        for urn, east, named in ((2, 30_000, keys), (3, 9, keys[:1]))
    )
    rules = COUNTY.brokering.model_copy(update={"most_named": 1})
    needs = find_help([school, both, near], COUNTY.model_copy(update={"brokering": rules}))
    assert [[helper.school.urn for helper in need.named] for need in needs] == [[2], [2]]
    assert [helper.bar for need in needs for helper in need.passed_over] == [MORE_AREAS]


def test_a_strength_counts_where_nothing_of_the_subject_is_a_gap_and_nothing_withheld_counts():
    def rate(rating, subject="maths", comparator="england", title="Maths"):
        comparisons = [{"comparator": comparator, "rating": rating}]
        return {
            "theme": "attainment", "subjects": [subject], "key_priority": False, "comparisons": comparisons,
            "short_title": title, "early": False,
        }  # fmt: skip

    def read(*indicators):
        school = {"urn": 1, "name": "A", "phase": "primary", "town": "Ash"}
        final = {"category": "focus", "decided_by_panel": False}
        return read_brokered_school({"school": school, "final": final, "indicators": indicators})

    assert read(rate("strength")).strengths == {"maths": ("Maths (beside England)",)}
    mixed = read(rate("strength"), rate("gap", comparator="similar"))
    assert not mixed.strengths and [area.key for area in mixed.areas] == ["maths"]
    silent = read(rate("not rated"), rate("no clear difference", "reading"))
    assert not silent.strengths and not silent.areas


def test_how_far_is_said_as_it_is_known():
    larkstead = Place("Larkstead", "North", (628_000, 474_000))
    assert measure_distance(larkstead, Place(grid=(628_000 + 6_437, 474_000))).words == "about 4 miles away"
    assert measure_distance(larkstead, Place(grid=(628_100, 474_000))).words == "under a mile away"
    guessed = [Place("larkstead"), Place("Oak", "North"), Place("Oak", "South"), Place()]
    found = [measure_distance(larkstead, place) for place in guessed]
    assert [one.words for one in found] == [
        "the same town", "the same district", "how far is not known", "how far is not known",
    ]  # fmt: skip
    assert [one.miles for one in found] == sorted(one.miles for one in found)


# Triads


@pytest.mark.slow
@settings(max_examples=count_examples(25))
@given(draw_schools(most=9), PARTNERS, st.randoms(use_true_random=False))
def test_triads_take_everybody_once_and_break_no_rule(schools, partners, draw):
    found = form_triads(schools, RULES, partners)
    taken = [one.urn for group in found.groups for one in group.schools] + [one.urn for one in found.alone]
    assert sorted(taken) == sorted({one.urn for one in schools} - partners.outside_triads)
    for group in found.groups:
        assert len({one.phase for one in group.schools}) == 1 and 2 <= len(group.schools) <= 4
        assert not any(frozenset(pair) in partners.conflicts for pair in combinations(group.urns, 2))
        assert not any(len(old & group.urns) > 2 for old in partners.last_triads)
    shuffled = list(schools)
    draw.shuffle(shuffled)
    assert form_triads(shuffled, RULES, partners) == found


@pytest.mark.slow
def test_groups_are_of_three_and_what_is_left_over_makes_groups_of_four():
    draw = random.Random(3)
    sizes = {}
    for number in range(1, 12):
        schools = [_place(urn, draw.randrange(50_000)) for urn in range(1, number + 1)]
        found = form_triads(schools, RULES)
        sizes[number] = [*sorted(len(group.schools) for group in found.groups), *[1 for _ in found.alone]]
    assert sizes == {
        1: [1], 2: [2], 3: [3], 4: [4], 5: [2, 3], 6: [3, 3], 7: [3, 4], 8: [4, 4], 9: [3, 3, 3],
        10: [3, 3, 4], 11: [3, 4, 4],
    }  # fmt: skip


def _count_miles(schools, groups):
    return sum(
        measure_distance(one.place, other.place).miles + (0 if one.might_give(other) or other.might_give(one) else 10)
        for group in groups
        for one, other in combinations([schools[number] for number in group], 2)
    )


def _part(numbers):
    if not numbers:
        yield []
        return
    first, rest = numbers[0], numbers[1:]
    for pair in combinations(rest, 2):
        for others in _part([number for number in rest if number not in pair]):
            yield [(first, *pair), *others]


@pytest.mark.slow
@settings(max_examples=count_examples(8))
@given(st.integers(0, 10_000))
def test_of_few_schools_the_groups_are_the_best_there_are(seed):
    draw = random.Random(seed)
    schools = [
        _place(urn, draw.randrange(60_000), gap=draw.choice(["maths", ""]), strong=draw.choice(["maths2", "maths"]))
        for urn in range(1, 10)
    ]
    found = form_triads(schools, RULES)
    best = min(_count_miles(schools, groups) for groups in _part(list(range(9))))
    own = _count_miles(schools, [[one.urn - 1 for one in group.schools] for group in found.groups])
    assert own <= best + 0.3 and found.wishes[-1].gap == 0  # counted in tenths of a mile


def test_two_schools_of_which_one_can_give_something_may_lie_further_apart():
    row = [_place(1, 1, gap="maths"), _place(2, 2), _place(3, 3), _place(4, 4_000, strong="maths"), _place(5, 4_001)]
    row.append(_place(6, 4_002))
    groups = {worth: form_triads(row, TriadRules(mixed_is_worth_miles=worth)).groups for worth in (0, 20)}
    assert [group.urns for group in groups[0]] == [{1, 2, 3}, {4, 5, 6}]
    assert {1, 4} <= groups[20][0].urns


@pytest.mark.slow
def test_what_people_settled_stands_and_agreed_triads_move_little_when_a_school_comes_or_goes():
    draw = random.Random(11)
    schools = [_place(urn, draw.randrange(60_000), gap=draw.choice(["maths", ""])) for urn in range(1, 31)]
    first = [group.urns for group in form_triads(schools, RULES).groups]
    joined = form_triads([*schools, _place(31, 30_000)], RULES, agreed=first)
    assert joined.wishes[2].cost == 0 and sorted(len(group.urns) for group in joined.groups) == [3] * 9 + [4]
    left = form_triads(schools[1:], RULES, agreed=first)
    kept = {group.urns for group in left.groups} & set(first)
    assert len(kept) >= 7
    settled = Partners(triads=frozenset({frozenset({1, 2, 30})}))
    found = form_triads(schools, RULES, settled)
    assert [group.urns for group in found.groups if group.settled] == [{1, 2, 30}]


@pytest.mark.slow
def test_very_many_schools_are_parted_by_where_they_lie_and_agreed_triads_stay_together(monkeypatch):
    from pipeline.run.desk.brokering import triads

    draw = random.Random(5)
    schools = [_place(urn, draw.randrange(90_000)) for urn in range(1, 46)]
    whole = form_triads(schools, RULES)
    monkeypatch.setattr(triads, "_TOGETHER", 16)
    parted = form_triads(schools, RULES)
    assert sorted(urn for group in parted.groups for urn in group.urns) == list(range(1, 46))
    assert whole.wishes[-1].cost <= parted.wishes[-1].cost <= 1.2 * whole.wishes[-1].cost
    agreed = [group.urns for group in whole.groups]
    assert [group.urns for group in form_triads(schools, RULES, agreed=agreed).groups] == agreed


# Departments


def _tell_entries(rows):
    told = [
        {
            "level": "school", "urn": urn, "year": year, "qualification": "GCSE (9-1) Full Course", "subject": subject,
            "subject_group": subject, "entries": entries, "availability": availability,
        }
        for urn, year, subject, entries, availability in rows
    ]  # fmt: skip
    return shape_frame(pd.DataFrame(told), SUBJECTS)


def test_departments_of_one_subject_are_linked_both_ways_and_none_from_withheld_entries():
    schools = [_place(urn, urn * urn * 1_000, phase="secondary") for urn in range(1, 6)]
    rows = [(urn, 2025, "History", 20.0 + urn, "available") for urn in range(1, 5)]
    rows += [
        (5, 2025, "History", None, "suppressed"),
        (1, 2024, "Latin", 9.0, "available"),
        (9, 2025, "Latin", 9.0, "available"),
    ]
    found = link_departments(schools, _tell_entries(rows), 2, Partners(conflicts=frozenset({frozenset({1, 2})})))
    links = {one.department.school.urn: [other.school.urn for other, _ in one.links] for one in found}
    assert links == {1: [4], 2: [3], 3: [2, 4], 4: [3, 1]}
    assert {one.department.subject for one in found} == {"History"}  # of the latest year that each school tells of
    assert {one.department.entries for one in found} == {21, 22, 23, 24}


# What people write and read


PARTNERS_HEADER = "kind,schools,note\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("conflict,900001,", "1 schools are named, and a row of 'conflict' names 2 to 60"),
        ("paired,900001; 900002; 900003,", "a row of 'paired' names 2"),
        ("conflict,900001; 12,", "'12' is no URN"),
        ("conflict,900001; 900001,", "URN 900001 stands here twice"),
        ("conflict,900001; 900009,", "no file of this edition names URN 900009"),
        ("friends,900001; 900002,", "'friends' is no kind of row"),
        ("triad,900001; 900002,\ntriad,900001; 900003,", "URN 900001 is in the triad of line 2 too"),
        ("no help,,", "no school is named"),
    ],
)
def test_each_fault_of_partners_is_told_with_its_line(tmp_path, row, said):
    paths = make_edition(tmp_path, {}, partners=f"{PARTNERS_HEADER}{row}\n").edition("sample")
    with pytest.raises(FaultyInput) as told:
        read_partners(paths, {900001, 900002, 900003})
    assert said in str(told.value) and "partners.csv" in str(told.value)


def test_a_persons_conflict_keeps_their_own_school_away_too(tmp_path):
    people = PEOPLE_HEADER + "Ann,adviser,,,9,900002,900001; 900003,yes\nBo,adviser,,,9,Ash,900001,no\n"
    paths = make_edition(tmp_path, {}, people=people, partners=PARTNERS_HEADER + "no help,900004,\n").edition("sample")
    found = read_partners(paths, ())
    assert found.conflicts == {frozenset({900002, 900001}), frozenset({900002, 900003})}
    assert found.find_bar(900001, 900004) == "offers no help this year" and not found.find_bar(900004, 900001)


SCHOOLS = {
    900001: {"category": "focus", "subjects": ["maths"], "name": "=cmd|' /C calc'!A0"},
    900002: {"category": "secure_plus", "strong": ["maths"], "name": "<b>Oak</b>"},
    900003: {"category": "secure_plus", "strong": ["maths"], "name": "Elm", "sureness": "doubtful"},
    900004: {"category": "light_touch", "subjects": ["reading"], "name": "Ash"},
}


@pytest.mark.slow
def test_who_might_help_stands_beside_the_plan_and_in_no_schools_copy(tmp_path, monkeypatch):
    partners = PARTNERS_HEADER + "conflict,900001; 900003,Secret feud\n"
    workspace = make_edition(tmp_path, SCHOOLS, partners=partners)
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(workspace.root))
    ran = CliRunner().invoke(app, ["plan-support", "sample"])
    assert ran.exit_code == 0 and "named for 1 of 2 areas for improvement" in ran.output.replace("\n", " "), ran.output
    folder = tmp_path / "reports" / "sample" / "support"
    rows = list(csv.DictReader(io.StringIO((folder / "who-might-help.csv").read_text(encoding="utf-8"))))
    assert [(row["urn"], row["urn who might help"], row["named"]) for row in rows] == [
        ("900001", "900002", "yes"),
        ("900001", "900003", "a conflict is noted"),
        ("900004", "", "no other primary school in Secure Plus has a strength in it and no gap"),
    ]
    assert [row["its category is doubtful"] for row in rows] == ["", "yes", ""]
    assert rows[0]["school"].startswith("'=")
    page = (folder / "brokering.html").read_text(encoding="utf-8")
    assert "<b>Oak" not in page and "&lt;b&gt;Oak" in page and "nearest first" in page and "no order of merit" in page
    assert 'href="brokering.html"' in (folder / "index.html").read_text(encoding="utf-8")
    sheet = openpyxl.load_workbook(folder / "plan.xlsx")["Who might help"]
    assert [row[5].value for row in sheet.iter_rows(min_row=2)] == [900002, 900003, None]
    copy = (folder / "schools" / "900001.ics").read_text(encoding="utf-8")
    assert not any(word in copy for word in ("Oak", "Elm", "feud", "conflict"))
    assert "Secret feud" not in page


@pytest.mark.slow
@pytest.mark.parametrize(("panel", "doubt"), [("", " (category doubtful)"), ("2025-11-12", "")])
def test_a_school_named_to_help_by_a_doubtful_category_is_said_to_be_until_a_panel_has_decided(tmp_path, panel, doubt):
    schools = {**SCHOOLS, 900002: {**SCHOOLS[900002], "name": "Oak", "sureness": "doubtful", "panel": panel}}
    workspace = make_edition(tmp_path, schools)
    page = lay_beside(broker_edition(workspace, plan_edition_support(workspace, "sample", lambda _: None))).files[PAGE]
    assert f"Oak{doubt}, the same town" in page


@pytest.mark.slow
def test_a_settled_triad_of_which_a_school_has_no_plan_is_told_and_not_left_out(tmp_path):
    policy = load_policy("two-counties").brokering
    workspace = make_edition(tmp_path, SCHOOLS, partners=PARTNERS_HEADER + "triad,900001; 900002; 900077,\n")
    made = plan_edition_support(workspace, "sample", lambda _: None)
    made = replace(made, policy=made.policy.model_copy(update={"brokering": policy.model_copy(update={"helpers": ()})}))
    with pytest.raises(FaultyInput, match="URN 900077 is in a triad that is settled, and it has no plan of support"):
        broker_edition(workspace, made)


@pytest.mark.slow
def test_triads_that_are_agreed_are_kept_and_are_not_those_of_next_year(tmp_path):
    from pipeline.run.desk.brokering.agreed import read_agreed_triads, write_agreed_triads

    paths = make_edition(tmp_path, {}).edition("sample")
    first, second = (frozenset(range(900_000 + start, 900_003 + start)) for start in (1, 4))
    write_agreed_triads(paths, [second, first])
    written = (paths.local / "triads_agreed.csv").read_text(encoding="utf-8").splitlines()
    assert written[:2] == ["group,urn", "1,900001"] and written[-1] == "2,900006"
    agreed = read_agreed_triads(paths)
    schools = [_place(urn, 1_000 * (urn % 3)) for urn in range(900_001, 900_007)]
    assert {group.urns for group in form_triads(schools, RULES, agreed=agreed).groups} == set(agreed)
    assert not {group.urns for group in form_triads(schools, RULES, last_year=agreed).groups} & set(agreed)
