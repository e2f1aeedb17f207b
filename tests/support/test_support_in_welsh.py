"""The year of support in Welsh: every activity, role, amount and day of every policy that comes with the product."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support_schools import REVIEW, YEAR, day, make_school

from pipeline.analysis.indicators import load_subjects, load_themes
from pipeline.edition.support import Change, list_activities
from pipeline.policy import list_policies, load_policy
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from pipeline.render.language.book import find_book, read_books
from pipeline.render.language.telling import Teller
from pipeline.report.sentences.support_wording import (
    caption_year,
    list_by_term,
    phrase_areas,
    phrase_contact,
    phrase_roles,
)

POLICIES = [load_policy(key, organisation="Sir Marl") for key in list_policies()]
COUNTY = next(policy for policy in POLICIES if policy.key == "worcestershire")


@pytest.fixture(scope="module")
def teller(tmp_path_factory) -> Teller:
    return Teller(read_books([find_book("cy", tmp_path_factory.getbasetemp())]), ["Sir Marl", "The Two Counties Trust"])


@pytest.mark.slow
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.key)
def test_what_any_category_brings_is_told(teller, policy):
    categories = [*(one.key for one in policy.categories), INSUFFICIENT_EVIDENCE]
    late = day("2026-07-20")  # too late for anything to have a day
    plans = [
        list_activities(policy, make_school(900003, category, areas), YEAR, review)
        for category in categories
        for areas in (0, 1, 4)
        for review in (REVIEW, late)
    ]
    said = {
        cell for planned in plans for row in list_by_term(planned, [term.name for term in YEAR.terms]) for cell in row
    }
    said |= {phrase_roles(planned) for planned in plans} - {""}
    said |= {f"{role.title}." for role in policy.support.roles.values()}
    said |= {activity.title for activity in policy.support.activities.values()}
    said |= {
        caption_year(
            2026, [(what, str(amount)) for what, amount in policy.outcome(category).entitlement.amounts.items()]
        )
        for category in categories
    }
    told = {words: teller.tell(words) for words in sorted(said)}
    assert [words for words, welsh in told.items() if welsh is None] == []
    assert [
        welsh
        for words, welsh in told.items()
        for item, other in zip(words.split("; "), welsh.split("; "), strict=True)
        if item[0].isupper() != other[0].isupper()
    ] == []


def test_days_lists_and_what_is_waited_for_are_told_by_their_parts(teller):
    moved = Change(
        900026, "initial_visit", 1, "moved", day("2026-02-14"), "", "Their head is away.", day("2025-11-10"), 7
    )
    planned = list_activities(COUNTY, make_school(900026, "light_touch", 1), YEAR, REVIEW, [moved])
    told = {teller.tell(cell) for _, cell in list_by_term(planned, [term.name for term in YEAR.terms])}
    assert told == {
        "Dadansoddiad desg (erbyn 17 Tach); Galwad ddilynol ar gynnydd (17 Rhag)",
        "Ymweliad cychwynnol (14 Chwef)",
        "Ymweliad dilynol (os yw cynnydd ar y meysydd i'w gwella yn destun pryder)",
    }
    waits = "Support the school may buy, for an agreed area (if the school and Sir Marl agree on it)"
    assert teller.tell(f"Visit (3 May, 10 Jun); {waits}") == (
        "Ymweliad (3 Mai, 10 Meh); Cymorth y gall yr ysgol ei brynu, ar gyfer maes y cytunwyd arno "
        "(os yw'r ysgol a Sir Marl yn cytuno arno)"
    )


def test_any_area_for_improvement_and_the_contact_are_told(teller):
    areas = [one.title for one in (*load_subjects().values(), *load_themes().values())]
    about = list_activities(COUNTY, make_school(900003, "focus", 3), YEAR, REVIEW)
    visit = next(one for one in about if one.area)
    for count in (1, 2, 3, 5):
        chosen = [[*areas, *areas][start : start + count] for start in range(len(areas))]
        for some in chosen:
            words = phrase_areas([replace(visit, area=area) for area in some])
            assert teller.tell(words) is not None, words
    assert (
        teller.tell(phrase_areas(about))
        == "Mae'r cymorth yn canolbwyntio ar ddarllen, mathemateg ac ysgrifennu, yn eu tro."
    )
    assert teller.tell(f"{phrase_areas(about)} {phrase_contact('')}").endswith("Gellir symud diwrnod nad yw'n gyfleus.")
    assert teller.tell(phrase_contact("Sir Marl")) == "I symud diwrnod, gofynnwch i'ch cyswllt, Sir Marl."
