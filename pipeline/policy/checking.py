"""Faults of a policy that its shape does not show: names that lead nowhere, clauses no school can reach, and an
order of clauses under which a worse school could receive less support.

Why the order rule is enough. A clause is for worse schools when it asks only for gaps, few strengths, inspection
triggers or self-referral: every school that is worse than one it takes is taken too. Such clauses stand first, from
most to least support. Clauses for better schools (few gaps, strengths, no trigger) follow, from least to more
support, and ``otherwise`` comes last, between the two. Take any school and a worse one with as much evidence: the
worse one is taken by the same worse-clause or an earlier, heavier one; and it can only miss better-clauses, never
gain one. So more gaps, fewer strengths or a worse inspection never give a lighter category.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations_with_replacement, product
from typing import get_args

from pipeline.policy.assign import OTHERWISE, assign_category
from pipeline.policy.conditions import Condition, Count, Points, Theme, When
from pipeline.policy.facts import PolicyFacts, RatedIndicator, Standing
from pipeline.policy.inspection import LatestInspection, read_trigger
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from pipeline.policy.policy import Clause, Policy
from pipeline.vocabulary import Rating

_PLENTY = 60  # more than any count a policy may name


@dataclass(frozen=True)
class Misfit:
    """One fault and its place in the file, as field names and positions in lists."""

    place: tuple[str | int, ...]
    what: str
    remedy: str


def find_misfits(policy: Policy) -> tuple[Misfit, ...]:
    """Give every fault of a policy whose shape is right, in the order of the file."""
    named = (*_check_names(policy), *_check_categories(policy), *_check_review(policy))
    if named:
        return named  # clauses cannot be followed while names lead nowhere
    return (*find_disorder(policy), *_check_reach(policy), *_check_evidence(policy))


def _check_review(policy: Policy) -> Iterator[Misfit]:
    if policy.review_by <= policy.reviewed:
        remedy = "Write the day by which the policy is next looked at, after `reviewed`."
        yield Misfit(("review_by",), "the next review is not after the last", remedy)


def _check_names(policy: Policy) -> Iterator[Misfit]:
    yield from _check_repeats("categories", "key", [category.key for category in policy.categories])
    yield from _check_repeats("categories", "title", [category.title for category in policy.categories])
    yield from _check_repeats("clauses", "name", [clause.name for clause in policy.clauses])
    for position, clause in enumerate(policy.clauses):
        if clause.name == OTHERWISE:
            what = "a clause may not be called 'otherwise'"
            yield Misfit(("clauses", position, "name"), what, "That is the name of what is left over; choose another.")
    for position, category in enumerate(policy.categories):
        if category.key == INSUFFICIENT_EVIDENCE:
            what = "a category may not be called 'insufficient_evidence'"
            remedy = "Describe that outcome under `insufficient_evidence:`; it is no category."
            yield Misfit(("categories", position, "key"), what, remedy)


def _check_repeats(field: str, part: str, values: Sequence[str]) -> Iterator[Misfit]:
    for position, value in enumerate(values):
        if value in values[:position]:
            what = f"two {field} have the {part} {value!r}"
            yield Misfit((field, position, part), what, f"Give each of the {field} a {part} of its own.")


def _check_categories(policy: Policy) -> Iterator[Misfit]:
    known = [category.key for category in policy.categories]
    places: list[tuple[tuple[str | int, ...], str]] = [
        (("clauses", position, "category"), clause.category) for position, clause in enumerate(policy.clauses)
    ]
    for place, category in [*places, (("otherwise", "category"), policy.otherwise.category)]:
        outcomes = [*known, INSUFFICIENT_EVIDENCE] if place[0] == "clauses" else known
        if category not in outcomes:
            near = get_close_matches(category, outcomes, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Use one of: {', '.join(outcomes)}."
            yield Misfit(place, f"unknown category {category!r}", remedy)
    led_to = {clause.category for clause in policy.clauses} | {policy.otherwise.category}
    for position, key in enumerate(known):
        if key not in led_to:
            yield Misfit(
                ("categories", position, "key"),
                f"no clause leads to {key!r}",
                "Add a clause that does, or remove the category.",
            )


def find_disorder(policy: Policy) -> Iterator[Misfit]:
    """Report clauses that break the order under which a worse school never receives less support."""
    fallback = policy.tier(policy.otherwise.category) or 0
    heaviest, lightest, better_seen = len(policy.categories), 1, False
    for position, clause in enumerate(policy.clauses):
        place: tuple[str | int, ...] = ("clauses", position)
        ways = {clause.when.points(name) for name in clause.when.named} - {Points.NEITHER}
        tier = policy.tier(clause.category)
        if tier is None:
            if ways:
                what = f"clause {clause.name!r} asks for more than evidence, but leads to insufficient evidence"
                remedy = "Use only `rated_key_priorities` and `rated_indicators` in such a clause."
                yield Misfit((*place, "when"), what, remedy)
        elif len(ways) != 1:
            what = f"clause {clause.name!r} asks for something worse and something better at once"
            if not ways:
                what = f"clause {clause.name!r} asks only how much is known, but leads to a category"
            remedy = "Ask only for concerns (gaps, triggers), or only for their absence and for strengths."
            yield Misfit((*place, "when"), what, remedy)
        elif ways == {Points.WORSE}:
            if better_seen or tier > heaviest or tier < fallback:
                yield _disorder(place, clause, "Put clauses that ask for concerns first, from most to least support.")
            heaviest = min(heaviest, tier)
        else:
            better_seen = True
            if tier < lightest or tier > fallback:
                yield _disorder(place, clause, "Put clauses that ask for strengths last, the least support first.")
            lightest = max(lightest, tier)


def _disorder(place: tuple[str | int, ...], clause: Clause, remedy: str) -> Misfit:
    what = f"where clause {clause.name!r} stands, a school with more gaps could receive a lighter category"
    return Misfit((*place, "category"), what, remedy)


def _check_evidence(policy: Policy) -> Iterator[Misfit]:
    comparators = {count.against for clause in policy.clauses for _, count in clause.when.counts} | {"england"}
    nothing = PolicyFacts(0, tuple(Standing(comparator, ()) for comparator in sorted(comparators)))
    assignment = assign_category(policy, nothing)
    if assignment.tier is not None:
        what = f"a school of which nothing is known would be called {assignment.title!r}"
        remedy = (
            "Add a clause with `category: insufficient_evidence` and `rated_key_priorities: {at_most: …}` above it."
        )
        names = [clause.name for clause in policy.clauses]
        at = ("clauses", names.index(assignment.clause)) if assignment.clause in names else ("otherwise",)
        yield Misfit(at, what, remedy)


def _check_reach(policy: Policy) -> Iterator[Misfit]:
    """Report clauses that no school can reach: each is tried with schools that just meet it."""
    for position, clause in enumerate(policy.clauses):
        taken_by: Counter[str] = Counter()
        for facts in _imagine_schools(policy, clause):
            decided = assign_category(policy, facts)
            if decided.clause == clause.name:
                break
            earlier = decided.checks[position].held if position < len(decided.checks) else True
            if earlier:
                taken_by[decided.clause] += 1
        else:
            place: tuple[str | int, ...] = ("clauses", position, "when")
            if taken_by:
                by = taken_by.most_common(1)[0][0]
                what = f"no school reaches clause {clause.name!r}: clause {by!r} above takes them all"
                yield Misfit(place, what, "Move it up, make it ask for less, or remove it.")
            else:
                what = f"no school can meet the conditions of clause {clause.name!r}: they contradict each other"
                yield Misfit(place, what, "Correct the thresholds, or remove the clause.")


def _imagine_schools(policy: Policy, clause: Clause) -> Iterator[PolicyFacts]:
    """Schools that meet a clause by as little as can be, in several mixtures of themes."""
    mixtures = combinations_with_replacement(get_args(Theme), 2)
    better = any(clause.when.points(name) is Points.BETTER for name in clause.when.named)
    triggers = clause.when.inspection.any_of if clause.when.inspection else ()
    comparators = {count.against for one in policy.clauses for _, count in one.when.counts} | {"england"}
    for trigger, mixture, extra in product(triggers or ("",), mixtures, (0, 1, 3) if better else (0,)):
        standings = tuple(
            Standing(comparator, _imagine_rated(clause.when, comparator, mixture, extra))
            for comparator in sorted(comparators)
        )
        referred = bool(clause.when.self_referral)
        yield PolicyFacts(0, standings, _imagine_inspection(trigger), referred)


def _imagine_rated(when: When, comparator: str, mixture: tuple[str, ...], extra: int) -> tuple[RatedIndicator, ...]:
    """Indicators that just meet the clause's counts; then ``extra`` plain gaps, and strengths where none are barred."""
    rated: list[RatedIndicator] = []
    counts = [(condition, count) for condition, count in when.counts if count.against == comparator]
    for condition, count in counts:
        if count.at_least is not None:
            _add_until(rated, condition, count, count.at_least, mixture)
    rated += [RatedIndicator("", mixture[0], False, Rating.GAP)] * extra
    limits = [count.at_most for condition, count in counts if condition.rating is None and count.at_most is not None]
    if limits:
        return (*rated, *[RatedIndicator("", mixture[0], True, Rating.STRENGTH)] * min(limits))
    asked_of_strengths = any(condition.rating is Rating.STRENGTH for condition, _ in counts)
    filler = Rating.IN_LINE if asked_of_strengths else Rating.STRENGTH
    return (*rated, *[RatedIndicator("", mixture[0], True, filler)] * _PLENTY)


def _add_until(
    rated: list[RatedIndicator], condition: Condition, count: Count, wanted: int, mixture: tuple[str, ...]
) -> None:
    themes = [theme for theme in mixture if theme not in count.leaving_out]
    themes = themes or [theme for theme in get_args(Theme) if theme not in count.leaving_out]
    have = sum(condition.covers(one) and one.theme not in count.leaving_out for one in rated)
    for number in range(wanted - have if themes else 0):
        theme = themes[number % len(themes)]
        rating = condition.rating or Rating.IN_LINE
        rated.append(RatedIndicator("", theme, condition.key_only, rating, condition.persistent_only))


def _imagine_inspection(trigger: str) -> LatestInspection | None:
    if not trigger:
        return None
    meant, areas = read_trigger(trigger)
    outcomes = tuple((meant.area or f"area {number}", meant.outcomes[0]) for number in range(areas))
    return LatestInspection(meant.frameworks[-1], "", False, outcomes)
