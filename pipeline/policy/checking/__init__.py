"""Faults of a policy that its shape does not show: names that lead nowhere, clauses no school can reach, and an
order of clauses under which a worse school could receive less support.

Why the order rule is enough. A clause is for worse schools when it asks only for gaps, few strengths, inspection
triggers, or concerns that the school itself or its authority has named: every school that is worse than one it takes
is taken too. Such clauses stand first, from most to least support. Clauses for better schools (few gaps, strengths, no
trigger) follow, from least to more support, and ``otherwise`` comes last, between the two. Take any school and a worse
one with as much evidence (rated in the same indicators against the same comparators): the worse one is taken by the
same worse-clause or an earlier, heavier one; and it can only miss better-clauses, never gain one. So more gaps against
whichever comparator, fewer strengths, a worse inspection or one more concern never give a lighter category. This holds
whether a count is of indicators, subjects or themes: one more indicator never makes any of them fewer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import combinations_with_replacement, cycle, islice, product

from pipeline.analysis.indicators import load_indicators, load_subjects
from pipeline.foundation.vocabulary import CAPACITY, Phase, Rating
from pipeline.policy.assign import OTHERWISE, assign_category
from pipeline.policy.checking.meetings import check_meetings
from pipeline.policy.checking.misfit import Misfit
from pipeline.policy.checking.support import check_support
from pipeline.policy.conditions import Condition, Count, Points, When, list_themes
from pipeline.policy.evidence.facts import COMPARATORS, PolicyFacts, RatedIndicator, Standing
from pipeline.policy.evidence.inspection import LatestInspection, read_trigger
from pipeline.policy.evidence.local_evidence import Concern, SelfEvaluation
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from pipeline.policy.policy import Clause, Policy

_PLENTY = 60  # more than any count a policy may name


def find_misfits(policy: Policy) -> tuple[Misfit, ...]:
    """Give every fault of a policy whose shape is right, in the order of the file."""
    named = (*_check_names(policy), *_check_categories(policy), *_check_review(policy))
    if named:
        return named  # clauses cannot be followed while names lead nowhere
    unfit = (*_check_capacity(policy), *_check_persistence(policy), *_check_supply(policy), *check_support(policy))
    if unfit := (*unfit, *check_meetings(policy)):
        return unfit
    return (*find_disorder(policy), *_check_reach(policy), *_check_evidence(policy))


def _check_review(policy: Policy) -> Iterator[Misfit]:
    if policy.review_by <= policy.reviewed:
        remedy = "Write the day by which the policy is next looked at, after `reviewed`."
        yield Misfit(("review_by",), "the next review is not after the last", remedy)
    known = [indicator.key for indicator in load_indicators()]
    for key in policy.watched:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else "docs/indicators.md lists them."
            yield Misfit(("watched", key), f"unknown indicator {key!r}", remedy)


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
    places.append((("otherwise", "category"), policy.otherwise.category))
    places += [(("brokering", "helpers", place), category) for place, category in enumerate(policy.brokering.helpers)]
    for place, category in places:
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


def _check_capacity(policy: Policy) -> Iterator[Misfit]:
    """Report clauses that ask about capacity where performance is no concern."""
    for position, clause in enumerate(policy.clauses):
        when = clause.when
        gaps = any(condition.rating is Rating.GAP and count.at_least is not None for condition, count in when.counts)
        trigger = when.inspection is not None and bool(when.inspection.any_of)
        if when.soft_intelligence and when.soft_intelligence.asks_capacity and not (gaps or trigger):
            named = ", ".join(kind for kind in when.soft_intelligence.any_of if kind in CAPACITY)
            what = f"clause {clause.name!r} asks about capacity ({named}) of schools whose performance is no concern"
            remedy = "Add `key_priority_gaps: {at_least: 1, against: england}`, other gaps or an inspection's `any_of`."
            yield Misfit(("clauses", position, "when", "soft_intelligence"), what, remedy)


def _check_persistence(policy: Policy) -> Iterator[Misfit]:
    for position, clause in enumerate(policy.clauses):
        for condition, count in clause.when.counts:
            if condition.persistent_only and count.against != "england":
                what = f"clause {clause.name!r} asks how long gaps have lasted against {count.against!r}"
                place = ("clauses", position, "when", condition.name, "against")
                yield Misfit(place, what, "Write `against: england`: three single years are known beside England only.")


def _check_supply(policy: Policy) -> Iterator[Misfit]:
    """Report counts that ask for more than there is: no school of any phase is judged in so many."""
    for position, clause in enumerate(policy.clauses):
        for condition, count in clause.when.counts:
            most = _find_most(condition, count)
            if count.at_least is not None and count.at_least > most:
                asked = f"{count.at_least} {count.name_counted(condition.title)}"
                what = f"clause {clause.name!r} asks for {asked}, but no school can have more than {most}"
                remedy = f"Write {most} or less." if most else "Name other themes: these have no such indicator."
                yield Misfit(("clauses", position, "when", condition.name, "at_least"), what, remedy)


def _find_most(condition: Condition, count: Count) -> int:
    """The most that a count can come to, over the phases of schools."""
    looked_at = [one for one in load_indicators() if condition.looks_at(one, count)]
    return max(count.count_one([one for one in looked_at if phase in one.applies_to]) for phase in Phase)


def find_disorder(policy: Policy) -> Iterator[Misfit]:
    """Report clauses that break the order under which a worse school never receives less support."""
    fallback = policy.tier(policy.otherwise.category) or 0
    heaviest, lightest, better_seen = len(policy.categories), 1, False
    for position, clause in enumerate(policy.clauses):
        place: tuple[str | int, ...] = ("clauses", position)
        ways = clause.when.ways
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
    nothing = PolicyFacts(0, tuple(Standing(comparator, ()) for comparator in COMPARATORS))
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
    from pipeline.policy.many import OneRow, find_deciding  # numpy: only where a school is asked about

    for position, clause in enumerate(policy.clauses):
        taken_by: Counter[str] = Counter()
        for facts in _imagine_schools(clause):
            deciding = int(find_deciding(policy, OneRow(facts), facts)[0])
            if deciding == position:
                break
            if deciding < position:
                taken_by[policy.clauses[deciding].name] += 1
        else:
            place: tuple[str | int, ...] = ("clauses", position, "when")
            if taken_by:
                by = taken_by.most_common(1)[0][0]
                what = f"no school reaches clause {clause.name!r}: clause {by!r} above takes them all"
                yield Misfit(place, what, "Move it up, make it ask for less, or remove it.")
            else:
                what = f"no school can meet the conditions of clause {clause.name!r}: they contradict each other"
                yield Misfit(place, what, "Correct the thresholds, or remove the clause.")


def _imagine_schools(clause: Clause) -> Iterator[PolicyFacts]:
    """Schools that meet a clause by as little as can be, in several mixtures of themes; what else is found of them lies
    in one theme and no subject, or in as many of both as can be.
    """
    when = clause.when
    # Policies name the first themes most, so the last are tried first: as a rule the first school meets its clause.
    mixtures = tuple(combinations_with_replacement(list_themes(), 2))[::-1]
    extras = {0} if Points.BETTER not in when.ways else {0, 1, 3, *(count.at_most or 0 for _, count in when.counts)}
    triggers = when.inspection.any_of if when.inspection else ()
    concerns = when.soft_intelligence.any_of if when.soft_intelligence else ()
    words = when.self_evaluation.any_of if when.self_evaluation else ()
    ways = product(triggers or ("",), concerns or ("",), words or ("",), sorted(extras), (False, True), mixtures)
    for trigger, concern, word, extra, apart, mixture in ways:
        yield PolicyFacts(
            0,
            tuple(Standing(each, _imagine_rated(when, each, mixture, extra, apart=apart)) for each in COMPARATORS),
            _imagine_inspection(trigger),
            (Concern("", concern, ""),) if concern else (),
            SelfEvaluation(word, referred=bool(when.self_referral)),
        )


def _imagine_rated(
    when: When, comparator: str, mixture: tuple[str, ...], extra: int, *, apart: bool
) -> tuple[RatedIndicator, ...]:
    """Indicators that just meet the clause's counts; then ``extra`` plain gaps, and strengths where the clause is for
    worse schools and bars none.
    """
    rated: list[RatedIndicator] = []
    counts = [(condition, count) for condition, count in when.counts if count.against == comparator]
    for condition, count in sorted(counts, key=lambda one: one[1].of == "indicators"):  # these add the fewest if last
        _add_until(rated, condition, count, mixture)
    rated += _imagine_more(extra, mixture, Rating.GAP, key_priority=False, apart=apart)
    limits = [count.at_most for condition, count in counts if condition.rating is None and count.at_most is not None]
    if limits:
        return (*rated, *_imagine_more(min(limits), mixture, Rating.STRENGTH, key_priority=True, apart=apart))
    asked_of_strengths = any(condition.rating is Rating.STRENGTH for condition, _ in counts)
    # a clause above that asks for other strengths would take a school that had them too
    plain = asked_of_strengths or Points.BETTER in when.ways
    filler = Rating.IN_LINE if plain else Rating.STRENGTH
    return (*rated, *_imagine_more(_PLENTY, mixture, filler, key_priority=True, apart=apart))


def _imagine_more(
    number: int, mixture: tuple[str, ...], rating: Rating, *, key_priority: bool, apart: bool
) -> Iterator[RatedIndicator]:
    themes = dict.fromkeys((*mixture, *list_themes())) if apart else mixture[:1]
    subjects = [(subject,) for subject in load_subjects()] if apart else [()]
    for theme, named in islice(zip(cycle(themes), cycle(subjects), strict=False), number):
        yield RatedIndicator("", theme, key_priority, rating, subjects=named)


def _add_until(rated: list[RatedIndicator], condition: Condition, count: Count, mixture: tuple[str, ...]) -> None:
    """Add indicators that the condition counts until there are as many as asked of what it counts, and of no more."""
    themes = [theme for theme in mixture if count.takes_theme(theme)]
    others = [theme for theme in list_themes() if count.takes_theme(theme)]
    places: Iterator[tuple[str, tuple[str, ...]]] = ((theme, ()) for theme in cycle(themes or others))
    if count.of == "themes":
        places = ((theme, ()) for theme in dict.fromkeys((*themes, *others)))
    elif count.of == "subjects":
        places = zip(cycle(themes or others), ((subject,) for subject in load_subjects()), strict=False)
    for theme, subjects in places:
        if count.count_one([one for one in rated if condition.covers(one, count)]) >= (count.at_least or 0):
            return
        rating = condition.rating or Rating.IN_LINE
        rated.append(
            RatedIndicator("", theme, condition.key_only, rating, condition.persistent_only, subjects=subjects)
        )


def _imagine_inspection(trigger: str) -> LatestInspection | None:
    if not trigger:
        return None
    meant, areas = read_trigger(trigger)
    outcomes = tuple((meant.area or f"area {number}", meant.outcomes[0]) for number in range(areas))
    return LatestInspection(meant.frameworks[-1], "", False, outcomes)
