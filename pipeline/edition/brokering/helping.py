"""Who might help whom: for each area for improvement of a school, others with a clear strength in it.

A start for brokering, never a ranking: whoever is named has a clear strength, and stands by distance alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from math import inf

from pipeline.edition.brokering.partners import NO_PARTNERS, Partners
from pipeline.edition.brokering.schools import BrokeredSchool, Distance, measure_distance
from pipeline.edition.support.focus import Area
from pipeline.policy.policy import Brokering, Policy

NAMED_ENOUGH = "named for as many schools as one may be"
MORE_AREAS = "others might help with more of its areas"


@dataclass(frozen=True)
class Helper:
    """A school that might help with one need. ``bar`` says why it is not named; "" where it is."""

    school: BrokeredSchool
    strengths: tuple[str, ...]  # titles of what is strong, and beside whom
    distance: Distance
    bar: str = ""


@dataclass(frozen=True)
class HelpNeed:
    """One school's area for improvement, and who might help, nearest first.

    ``passed_over`` would have been named but for the reason that each says; who only lies further away is not told.
    """

    school: BrokeredSchool
    area: Area
    named: tuple[Helper, ...]
    passed_over: tuple[Helper, ...]


def find_help(
    schools: Sequence[BrokeredSchool], policy: Policy, partners: Partners = NO_PARTNERS
) -> tuple[HelpNeed, ...]:
    """Name up to ``most_named`` schools for each area for improvement, sorted by the school's URN and its areas' order.

    A school that is named is another of the same phase, in a category whose schools help by the policy, and has a
    strength in the area and no gap. Nobody is named where a conflict is noted, where the two are paired already, who
    offers no help this year, or who is named for ``most_schools`` schools; schools paired with it count among these.

    Every area has its first name before any has its second. Each time that school is named first which might help
    another with most areas that wait for a name, and of these the one that lies nearest: so as many areas as can be
    found by such steps have somebody. Ties go to the lower URNs; the order of ``schools`` changes nothing.
    """
    ordered = sorted(schools, key=lambda one: one.urn)
    needs = [(school, area) for school in ordered for area in school.areas]
    able = _group_by_strength([school for school in ordered if school.category in policy.helpers])
    might = [
        [
            Helper(other, other.strengths[area.key], measure_distance(school.place, other.place), bar)
            for other in able.get((school.phase, area.key), ())
            if other is not school
            for bar in [partners.find_bar(school.urn, other.urn)]
        ]
        for school, area in needs
    ]
    helped = defaultdict(set, {urn: set(urns) for urn, urns in partners.list_paired().items()})
    named = _name(needs, might, helped, policy.brokering)
    found = zip(needs, named, might, strict=True)
    return tuple(_tell(*need, own, helpers, helped, policy.brokering) for need, own, helpers in found)


def _name(
    needs: Sequence[tuple[BrokeredSchool, Area]],
    might: Sequence[Sequence[Helper]],
    helped: dict[int, set[int]],
    rules: Brokering,
) -> list[list[Helper]]:
    """Who is named for each need; ``helped`` is filled with the schools for which each is named, by its URN."""
    pairs: dict[tuple[int, int], list[tuple[int, Helper]]] = defaultdict(list)  # a school and one that might help it
    for number, helpers in enumerate(might):
        for helper in helpers:
            if not helper.bar:
                pairs[needs[number][0].urn, helper.school.urn].append((number, helper))
    named: list[list[Helper]] = [[] for _ in needs]

    def list_waiting(pair: tuple[int, int], turn: int) -> list[tuple[int, Helper]]:
        return [one for one in pairs[pair] if len(named[one[0]]) < turn and one[1] not in named[one[0]]]

    for turn in range(1, rules.most_named + 1):
        # who helps a school already is named for its other areas before anybody new
        heap = [
            (urn not in helped[other], -len(areas), areas[0][1].distance.miles, urn, other)
            for urn, other in pairs
            if (areas := list_waiting((urn, other), turn))
        ]
        heapify(heap)
        while heap:
            new, count, miles, urn, other = heappop(heap)
            areas = list_waiting((urn, other), turn)
            if not areas or (new and len(helped[other]) >= rules.most_schools):
                continue
            if len(areas) < -count:  # others were named meanwhile
                heappush(heap, (new, -len(areas), miles, urn, other))
                continue
            for number, helper in areas:
                named[number].append(helper)
            helped[other].add(urn)
    return named


def _group_by_strength(schools: Sequence[BrokeredSchool]) -> Mapping[tuple[str, str], list[BrokeredSchool]]:
    found: dict[tuple[str, str], list[BrokeredSchool]] = defaultdict(list)
    for school in schools:
        for key in school.strengths:
            found[school.phase, key].append(school)
    return found


def _tell(
    school: BrokeredSchool,
    area: Area,
    named: Sequence[Helper],
    might: Sequence[Helper],
    helped: Mapping[int, Collection[int]],
    rules: Brokering,
) -> HelpNeed:
    own = tuple(sorted(named, key=_place))
    last = _place(own[-1]) if len(own) == rules.most_named else (inf, 0)
    left = [
        helper for helper in sorted(might, key=_place) if helper not in named and (helper.bar or _place(helper) < last)
    ]
    full = [len(helped.get(helper.school.urn, ())) >= rules.most_schools for helper in left]
    passed_over = (
        replace(helper, bar=helper.bar or (NAMED_ENOUGH if is_full else MORE_AREAS))
        for helper, is_full in zip(left, full, strict=True)
    )
    return HelpNeed(school, area, own, tuple(passed_over))


def _place(helper: Helper) -> tuple[float, int]:
    return helper.distance.miles, helper.school.urn
