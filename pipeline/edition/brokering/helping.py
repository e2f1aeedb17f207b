"""Who might help whom: for each area for improvement of a school, the nearest schools with a clear strength in it.

A start for brokering, never a ranking: whoever is named has a clear strength, and stands by distance alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from pipeline.edition.brokering.partners import NO_PARTNERS, Partners
from pipeline.edition.brokering.schools import BrokeredSchool, Distance, measure_distance
from pipeline.edition.support.focus import Area
from pipeline.policy.policy import Policy

NAMED_ENOUGH = "named for as many schools as one may be"


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

    Every need is given its first name before any is given its second, each time the two that lie nearest together
    first: whoever is nearer than those named, and is not, is barred or named for ``most_schools`` already. The order of
    ``schools`` changes nothing.
    """
    rules = policy.brokering
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
    pairs = sorted(
        ((number, helper) for number, helpers in enumerate(might) for helper in helpers if not helper.bar),
        key=lambda pair: (*_place(pair[1]), pair[0]),
    )
    named: list[list[Helper]] = [[] for _ in needs]
    helped: dict[int, set[int]] = defaultdict(set, {urn: set(urns) for urn, urns in partners.list_paired().items()})
    for turn in range(1, rules.most_named + 1):
        left = []
        for number, helper in pairs:
            urn, helping = needs[number][0].urn, helped[helper.school.urn]
            if len(named[number]) < turn and (urn in helping or len(helping) < rules.most_schools):
                named[number].append(helper)
                helping.add(urn)
            else:
                left.append((number, helper))
        pairs = left
    found = zip(needs, named, might, strict=True)
    return tuple(_tell(*need, own, helpers, rules.most_named) for need, own, helpers in found)


def _group_by_strength(schools: Sequence[BrokeredSchool]) -> Mapping[tuple[str, str], list[BrokeredSchool]]:
    found: dict[tuple[str, str], list[BrokeredSchool]] = defaultdict(list)
    for school in schools:
        for key in school.strengths:
            found[school.phase, key].append(school)
    return found


def _tell(school: BrokeredSchool, area: Area, named: Sequence[Helper], might: Sequence[Helper], most: int) -> HelpNeed:
    own = tuple(sorted(named, key=_place))
    last = _place(own[-1]) if len(own) == most else (inf, 0)
    left = (helper for helper in sorted(might, key=_place) if helper not in named)
    passed_over = (
        helper if helper.bar else replace(helper, bar=NAMED_ENOUGH)
        for helper in left
        if helper.bar or _place(helper) < last
    )
    return HelpNeed(school, area, own, tuple(passed_over))


def _place(helper: Helper) -> tuple[float, int]:
    return helper.distance.miles, helper.school.urn
