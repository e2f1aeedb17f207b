"""Faults of what a policy says of support: names that lead nowhere, words of an entitlement that no activity keeps, and
amounts that the activities do not come to.

So a report cannot print what no plan would hold, nor a plan hold less than a report prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from pipeline.policy.checking.misfit import Misfit
from pipeline.policy.policy import EntitlementText, Policy, Provision, Support

Place = tuple[str | int, ...]


def check_support(policy: Policy) -> Iterator[Misfit]:
    """Give every fault of the policy's support, in the order of the file; none where it says nothing of support."""
    support = policy.support
    if support is None:
        for place, _, provisions in _list_entitlements(policy):
            if provisions:
                what = "activities stand here, but no `support:` says what they are"
                yield Misfit(place, what, "Add `support:` with roles, strands and activities (docs/support.md).")
        return
    faults = [*_check_catalogue(support), *_check_names(policy, support)]
    yield from faults or (*_check_use(policy, support), *_check_words(policy), *_check_amounts(policy, support))


def _list_entitlements(policy: Policy) -> Iterator[tuple[Place, EntitlementText, tuple[Provision, ...]]]:
    """Each outcome's entitlement with its place and its own activities; last, what all categories bring."""
    for position, category in enumerate(policy.categories):
        yield ("categories", position, "entitlement"), category.entitlement, category.entitlement.activities
    last = policy.insufficient_evidence.entitlement
    yield ("insufficient_evidence", "entitlement"), last, last.activities
    common = EntitlementText(lines=policy.entitlement_for_all, activities=policy.activities_for_all)
    yield (), common, policy.activities_for_all


def _place(within: Place, position: int, *parts: str) -> Place:
    return (*within, "activities" if within else "activities_for_all", position, *parts)


def _check_catalogue(support: Support) -> Iterator[Misfit]:
    steps = [step.areas for step in support.need]
    if steps[0] != 0 or steps != sorted(set(steps)):
        what = "the steps of need do not rise from 0"
        yield Misfit(("support", "need"), what, "Write `areas: 0` first, then larger numbers, each once.")
    for position, name in enumerate(names := [step.name for step in support.need]):
        if name in names[:position]:
            what = f"two steps of need are called {name!r}"
            yield Misfit(("support", "need", position, "name"), what, "Give each a name of its own.")
    for key, activity in support.activities.items():
        place: Place = ("support", "activities", key)
        yield from _look_up((*place, "strand"), "strand", [activity.strand], support.strands)
        yield from _look_up((*place, "roles"), "role", activity.roles, support.roles)
        if not activity.by and activity.hours > support.hours_a_day:
            what = f"one {activity.title!r} takes {activity.hours:g} hours, and a day has {support.hours_a_day:g}"
            yield Misfit((*place, "hours"), what, "Write the hours of one day, and how often in the entitlement.")


def _look_up(place: Place, kind: str, named: Iterable[str], known: Iterable[str]) -> Iterator[Misfit]:
    listed = list(known)
    for name in named:
        if name not in listed:
            near = get_close_matches(name, listed, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Use one of: {', '.join(listed)}."
            yield Misfit(place, f"unknown {kind} {name!r}", remedy)


def _check_names(policy: Policy, support: Support) -> Iterator[Misfit]:
    needs = [step.name for step in support.need]
    for place, entitlement, provisions in _list_entitlements(policy):
        here = [one.activity for one in provisions]
        for position, one in enumerate(provisions):
            yield from _look_up(_place(place, position, "activity"), "activity", [one.activity], support.activities)
            if one.activity in here[:position]:
                what = f"the activity {one.activity!r} stands here twice"
                yield Misfit(_place(place, position, "activity"), what, "Say in one entry how often it is.")
            for part, named in (("after", one.after), ("instead_of", one.instead_of)):
                yield from _look_up(_place(place, position, part), "activity", [named] if named else [], here)
            lines = (*entitlement.lines, *policy.entitlement_for_all)
            yield from _look_up(_place(place, position, "keeps"), "line of the entitlement", one.keeps, lines)
            amounts = entitlement.amounts
            yield from _look_up(_place(place, position, "towards"), "amount", one.towards, amounts)
            if isinstance(one.often, dict) and list(one.often) != needs:
                what = f"how often is said for {', '.join(one.often) or 'no need'}, and needs are {', '.join(needs)}"
                yield Misfit(
                    _place(place, position, "often"), what, "Say it once for each step of need, in their order."
                )
    common = {one.activity for one in policy.activities_for_all}
    for position, category in enumerate(policy.categories):
        for number, one in enumerate(category.entitlement.activities):
            if one.activity in common:
                what = f"the activity {one.activity!r} is brought by all categories already"
                place = ("categories", position, "entitlement", "activities", number, "activity")
                yield Misfit(place, what, "Take one of the two out.")


def _check_use(policy: Policy, support: Support) -> Iterator[Misfit]:
    used = {one.activity for _, _, provisions in _list_entitlements(policy) for one in provisions}
    activities = [support.activities[key] for key in support.activities if key in used]
    parts: Sequence[tuple[str, Iterable[str], set[str]]] = (
        ("activities", support.activities, used),
        ("roles", support.roles, {role for one in activities for role in one.roles}),
        ("strands", support.strands, {one.strand for one in activities}),
    )
    for part, known, named in parts:
        for key in known:
            if key not in named:
                what = f"nothing that a category brings uses {key!r}"
                yield Misfit(("support", part, key), what, "Use it in an entitlement's activities, or take it out.")


def _check_words(policy: Policy) -> Iterator[Misfit]:
    """Report lines and amounts of an entitlement that no activity keeps."""
    everywhere = {line for _, _, provisions in _list_entitlements(policy) for one in provisions for line in one.keeps}
    for place, entitlement, provisions in _list_entitlements(policy):
        kept = {line for one in provisions for line in one.keeps} if place else everywhere
        for position, line in enumerate(entitlement.lines):
            if line not in kept:
                at = (*place, "lines", position) if place else ("entitlement_for_all", position)
                yield Misfit(at, f"no activity keeps {line!r}", "Name the line under `keeps:` of an activity.")
        for amount in entitlement.amounts:
            if not any(amount in one.towards for one in provisions):
                what = f"no activity counts towards {amount!r}"
                yield Misfit((*place, "amounts", amount), what, "Name it under `towards:` of an activity.")


def _check_amounts(policy: Policy, support: Support) -> Iterator[Misfit]:
    """Report amounts that activities, of schools of some need, fall short of or go beyond."""
    for place, entitlement, provisions in _list_entitlements(policy):
        for amount, said in entitlement.amounts.items():
            counted = [one for one in provisions if one.towards.get(amount, "people") != "people"]
            number = re.search(r"\d+(\.\d+)?", str(said))
            if number is None and not counted:
                continue
            at = (*place, "amounts", amount)
            if number is None or not counted:
                what = f"{amount!r} is {said!r}, which activities cannot be counted towards"
                yield Misfit(at, what, "Write a number, and `days` or `times` under `towards:`; else `people`.")
                continue
            if any(not isinstance(each, int) for one in counted for each in list_often(one, support).values()):
                what = f"what counts towards {amount!r} happens every term or half term, which is no fixed number"
                yield Misfit(at, what, "Write how often as a number.")
                continue
            for need, total in _add_up(counted, amount, support).items():
                least = "at least" in str(said)
                if total < float(number[0]) - 1e-9 or (total > float(number[0]) + 1e-9 and not least):
                    what = f"{amount!r} is {said!r}, and the activities of a school of need {need!r} come to {total:g}"
                    yield Misfit(at, what, "Correct the amount, or how often the activities are.")


def _add_up(counted: Sequence[Provision], amount: str, support: Support) -> Mapping[str, float]:
    totals = {step.name: 0.0 for step in support.need}
    for one in counted:
        each = support.find_days(one.activity) if one.towards[amount] == "days" else 1
        for need, often in list_often(one, support).items():
            totals[need] += each * (float(often) if one.starts == "category" else 0)
    return totals


def list_often(one: Provision, support: Support) -> dict[str, int | str]:
    """How often the activity is, by step of need."""
    return dict(one.often) if isinstance(one.often, dict) else {step.name: one.often for step in support.need}
