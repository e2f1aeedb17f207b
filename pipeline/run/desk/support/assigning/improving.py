"""An assignment improved: what is left goes to whoever has the days, and exchanges make the other wishes better.

In an exchange what one person does at a school goes to another, or two people change places. None leaves a demand or
breaks a rule, and each makes the wishes between the first and the last better in their order. It ends where none is
left that does.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from pipeline.edition.support.agreed import Assignments
from pipeline.run.desk.support.assigning.table import Choice, Table

_BASE = 64.0  # how much more each wish weighs than the next: no exchange moves any by so much
_CONTINUITY = 2 * _BASE**3  # of one person more at a school
_ENOUGH = 1e-9


def improve(table: Table, assigned: Assignments) -> dict[tuple[int, str], str]:
    """Give ``assigned`` with what could be given besides, and all exchanges made that help."""
    now = _give_what_is_left(table, assigned)
    while (better := _go_over(table, now)) is not None:
        now = _give_what_is_left(table, better)
    return dict(sorted(now.items()))


def _give_what_is_left(table: Table, assigned: Assignments) -> dict[tuple[int, str], str]:
    """What nobody does, the shortest first, to whoever of those with the days is wished for most."""
    now, done = dict(assigned), table.list_done(assigned)
    room = _find_room(table, done)
    there = {(table.post_of[one.demands[0]], one.person) for one in done}
    left = [number for number, demand in enumerate(table.demands) if demand.place not in assigned]
    for number in sorted(left, key=lambda number: (sum(table.demands[number].days), number)):
        days, post = np.array(table.demands[number].days), table.post_of[number]
        cost = _weigh(table, Choice((number,), 0))
        cost[[who for who in range(len(cost)) if (post, who) in there]] -= _CONTINUITY
        cost[~(room - days >= -_ENOUGH).all(axis=1)] = np.inf
        who = int(cost.argmin()) if len(cost) else 0
        if len(cost) and np.isfinite(cost[who]):
            now[table.demands[number].place] = table.people[who].name
            room[who] -= days
            there.add((post, who))
    return now


def _find_room(table: Table, done: list[Choice]) -> np.ndarray:
    """The days that each person has left in each term."""
    room = np.array(table.left, dtype=float).reshape(len(table.people), -1)
    for one in done:
        room[one.person] -= table.sum_days(one.demands)
    return room


def _weigh(table: Table, one: Choice) -> np.ndarray:
    """What it costs if each person did it, a wish outweighing all those after it."""
    rows = table.cost_rows(one)
    return np.asarray(_BASE ** np.arange(len(rows) - 1, -1, -1) @ rows)


def _go_over(table: Table, assigned: Assignments) -> dict[tuple[int, str], str] | None:
    """Go over all that is done together once; None where no exchange helps, or nothing is done."""
    done = table.list_done(assigned)
    days = np.array([table.sum_days(one.demands) for one in done]).reshape(len(done), -1)
    who = np.array([one.person for one in done], dtype=int)
    cost = np.array([_weigh(table, one) for one in done]).reshape(len(done), len(table.people))
    room = _find_room(table, done)
    mates = _find_mates(table, done)
    places, changed = np.arange(len(done)), False
    joined = np.zeros(len(done), dtype=bool)  # with another of its post: one thing from the next time on
    for one in range(len(done)):
        if joined[one]:
            continue
        here = who[one]
        alone = cost[one] - _CONTINUITY * np.isin(np.arange(len(table.people)), who[mates[one]])
        gain = alone[who] - alone[here] + cost[places, here] - cost[places, who]  # where it changes with each other
        fits = (room[here] + days[one] - days >= -_ENOUGH).all(axis=1)
        fits &= (room[who] + days - days[one] >= -_ENOUGH).all(axis=1) & (who != here) & ~joined
        fits[mates[one]] = False
        moved = np.where((room - days[one] >= -_ENOUGH).all(axis=1), alone - alone[here], 0.0)
        exchanged = np.where(fits, gain, 0.0)
        to, other = int(moved.argmin()), int(exchanged.argmin())
        if min(moved[to], exchanged[other]) > -0.5:
            continue
        changed = True
        if exchanged[other] < moved[to]:
            to = int(who[other])
            who[other] = here
            room[here] -= days[other]
            room[to] += days[other]
        who[one] = to
        room[here] += days[one]
        room[to] -= days[one]
        joined[[place for place in (one, *mates[one]) if who[place] == to and to in who[mates[one]]]] = True
    if not changed:
        return None
    return {
        table.demands[number].place: table.people[person].name
        for one, person in zip(done, who.tolist(), strict=True)
        for number in one.demands
    }


def _find_mates(table: Table, done: list[Choice]) -> list[list[int]]:
    """Of each, the others that are done at the same post."""
    together: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for place, one in enumerate(done):
        together[table.post_of[one.demands[0]]].append(place)
    return [
        [other for other in together[table.post_of[one.demands[0]]] if other != place] for place, one in enumerate(done)
    ]
