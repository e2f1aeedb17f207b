"""One school's year of support as a dated list: a pure function of its policy, category, areas, terms and changes."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from zlib import crc32

from pipeline.edition.support.changes import ADDED, CANCELLED, MOVED, PERSON, STARTED, Change
from pipeline.edition.support.focus import Area
from pipeline.edition.support.local import CHANGES_FILE
from pipeline.edition.support.terms import SchoolYear, Term
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.policy.policy import Policy, Provision, Support, SupportActivity

#: What may be said of an activity: it stands as planned, was changed, or waits for what would start it.
PLANNED, REPLACED, IF_NEEDED, NO_DAY = "planned", "replaced", "if needed", "no day left"
#: Of these something takes place.
STANDING = (PLANNED, MOVED, ADDED)

_WEEK = datetime.timedelta(weeks=1)
_CONDITIONS = {
    "progress": "if progress on the areas for improvement is an issue",
    "agreement": "if the school and {organisation} agree on it",
    "self_referral": "if the school asks for support itself",
    "concern": "if its figures give cause for concern",
}
_STARTED = {
    "progress": "progress on the areas for improvement is an issue",
    "agreement": "agreed with the school",
    "self_referral": "the school asked for support itself",
    "concern": "figures are gaps: {areas}",
}
_NUMBERS = {"one": 1, "two": 2, "three": 3}


@dataclass(frozen=True)
class SchoolSupport:
    """What a school's year of support follows from. ``areas`` are its areas for improvement, the first first."""

    urn: int
    category: str  # a key of the policy, or insufficient evidence
    areas: tuple[Area, ...] = ()
    self_referral: bool = False
    decided: datetime.date | None = None  # when a panel set another category than the policy indicates


@dataclass(frozen=True)
class PlannedActivity:
    """One activity at one school. ``day`` is when it is, or by when it is due where ``by``; None where none is set."""

    urn: int
    key: str  # of the policy's activity
    number: int  # which one of several, from 1
    what: str
    day: datetime.date | None
    by: bool
    who_may: tuple[str, ...]  # titles of the roles
    why: str  # the line of the entitlement that it keeps, or what starts it
    hours: float
    days: float
    status: str
    strand: str
    roles: tuple[str, ...]
    begins: str  # time of day, "09:30"; "" where it is no meeting
    term: int  # of the year, from 1; 0 without a day
    area: str = ""  # the area for improvement it is about, as its title
    area_key: str = ""
    note: str = ""  # what is unusual about its day, in a sentence
    person: str = field(default="", repr=False)  # whom a change names
    person_line: int = field(default=0, repr=False)  # and in which line
    before: tuple[str, ...] = field(default=(), repr=False)  # whom earlier changes named
    reasons: tuple[tuple[bool, str], ...] = field(default=(), repr=False)  # of whom a change named, else of its day
    sequence: int = 0  # how many changes it has seen
    changed: datetime.date | None = None  # when the last of them was decided

    @property
    def reason(self) -> str:
        """Why it was changed, the reason for its day and that for its person both; for officers."""
        return " ".join(dict.fromkeys(reason for _, reason in self.reasons if reason))

    @property
    def stands(self) -> bool:
        """Whether it takes place."""
        return self.status in STANDING

    @property
    def who(self) -> str:
        """Who may give it, in words."""
        return " or ".join(filter(None, [", ".join(self.who_may[:-1]), self.who_may[-1]]))

    @property
    def how_long(self) -> str:
        """Its length in words: "half an hour", "3 hours", "1 day"."""
        if self.hours == 0.5:
            return "half an hour"
        if self.hours < 1:
            return f"{self.hours * 60:.0f} minutes"
        if self.days == 1:
            return "1 day"
        return "1 hour" if self.hours == 1 else f"{self.hours:g} hours"


def list_activities(
    policy: Policy,
    school: SchoolSupport,
    year: SchoolYear,
    review: datetime.date,
    changes: Sequence[Change] = (),
    lapsed: list[Fault] | None = None,
) -> tuple[PlannedActivity, ...]:
    """List one school's support of the year in order of its days; what has no day stands last.

    Nothing is planned before the day after ``review``. ``changes`` are this school's and others', in the order in which
    they count; a change names what the school's category brings. One that does not, and was decided before a panel set
    another category, applies no longer: it is added to ``lapsed``. Raises FaultyInput for every other that does not,
    and ValueError where the policy says nothing of support.
    """
    if policy.support is None:
        raise ValueError(f"the policy {policy.key} says nothing of support")
    planner = _Planner(policy, policy.support, school, year, review)
    found = planner.plan()
    own = [one for one in changes if one.urn == school.urn]
    return tuple(sorted(_apply(planner, found, own, [] if lapsed is None else lapsed), key=_place))


def find_first_term(year: SchoolYear, review: datetime.date, weeks: int) -> int:
    """The number of the term that is term one of support: the first with so many weeks left after the review."""
    for number, term in enumerate(year.terms, start=1):
        if term.last - max(term.first, review) >= weeks * _WEEK:
            return number
    return len(year.terms)


def _place(one: PlannedActivity) -> tuple[bool, datetime.date, str, int]:
    return one.day is None, one.day or datetime.date.max, one.key, one.number


class _Planner:
    """Days for one school. Where in its window an activity falls follows from the URN and the activity, so that neither
    the visits to a whole area nor all of one school's fall together."""

    def __init__(
        self, policy: Policy, support: Support, school: SchoolSupport, year: SchoolYear, review: datetime.date
    ) -> None:
        self.policy, self.support, self.school, self.year, self.review = policy, support, school, year, review
        self.first = find_first_term(year, review, support.term_one_needs_weeks)
        self.open = [day for day in year.days if day > review]
        self.taken: set[datetime.date] = set()
        self.need = support.find_need(len(school.areas))
        self.provisions = {one.activity: one for one in policy.list_provisions(school.category)}

    def plan(self) -> list[PlannedActivity]:
        found: dict[str, list[PlannedActivity]] = {}
        for provision in self._order():
            found[provision.activity] = list(self._plan_one(provision, found))
        return [one for group in found.values() for one in group]

    def _order(self) -> list[Provision]:
        """The provisions in the policy's order, each behind the one that has to come first."""
        placed: dict[str, Provision] = {}
        waiting = list(self.provisions.values())
        while waiting:
            ready = [one for one in waiting if not one.after or one.after in placed]
            for one in ready or waiting:  # where two wait for each other, neither waits
                placed[one.activity] = one
            waiting = [one for one in waiting if one.activity not in placed]
        return list(placed.values())

    def _plan_one(self, provision: Provision, found: Mapping[str, list[PlannedActivity]]) -> Iterator[PlannedActivity]:
        if not self._has_started(provision):
            yield self.make(provision, 1, None, IF_NEEDED)
            return
        before = [one.day for one in found.get(provision.after, ()) if one.day is not None]
        for number, (day, note) in enumerate(self.choose_days(provision, min(before, default=None)), start=1):
            yield replace(self.make(provision, number, day, PLANNED if day else NO_DAY), note=note)

    def _has_started(self, provision: Provision) -> bool:
        if provision.starts == "self_referral":
            return self.school.self_referral
        if provision.starts == "concern":
            return bool(self.school.areas)
        return provision.starts == "category"

    def choose_days(
        self, provision: Provision, before: datetime.date | None = None
    ) -> list[tuple[datetime.date | None, str]]:
        """A day for each time, with what is unusual about it; ``before`` is the day of what has to come first."""
        activity = self.support.activities[provision.activity]
        earliest = self.find_moment(provision.earliest, opening=True)
        latest = self.find_moment(provision.latest, opening=False)
        if before is not None:
            earliest = max(earliest, before + _WEEK)
        window, note = [day for day in self.open if earliest <= day <= latest], ""
        if not window:
            window = [day for day in self.open if day >= earliest][:10] or self.open[-5:]
            note = (
                f"later than its window, which ended on {latest.isoformat()}"
                if window
                else "no day of the year is left"
            )
        groups = self._divide(window, provision)
        share = (self.school.urn * 2654435761 + crc32(provision.activity.encode())) % 2**32 / 2**32
        return [(self._take(group, activity, share), note) for group in groups]

    def _divide(self, window: list[datetime.date], provision: Provision) -> list[list[datetime.date]]:
        often = provision.often[self.need] if isinstance(provision.often, dict) else provision.often
        if isinstance(often, int):
            if not window:
                return [[]] * often
            cuts = [len(window) * number // often for number in range(often + 1)] if often else [0]
            parts = [window[start:end] for start, end in pairwise(cuts)]
            return [part or window for part in parts]
        by_half = often == "every half term"
        groups: dict[tuple[int, ...], list[datetime.date]] = {}
        for day in window:
            groups.setdefault(self.year.find_half(day) if by_half else (self.year.find_term(day),), []).append(day)
        long_enough = [days for days in groups.values() if len(days) >= 5]
        return long_enough or list(groups.values()) or [[]]

    def _take(self, days: list[datetime.date], activity: SupportActivity, share: float) -> datetime.date | None:
        """The day at a ``share`` of the window, from 0 to 1; the nearest without another meeting at the school."""
        if not days:
            return None
        if activity.by:
            return days[-1]
        turn = int(share * len(days))
        nearest = sorted(range(len(days)), key=lambda place: (abs(place - turn), place))
        day = next((days[place] for place in nearest if days[place] not in self.taken), days[turn])
        self.taken.add(day)
        return day

    def find_moment(self, words: str, *, opening: bool) -> datetime.date:
        """The day that a policy's words mean: as the first day of a window where ``opening``, else as its last."""
        match = re.fullmatch(r"(?:(\d+) weeks? (before|after) )?(.+)", words)
        assert match is not None  # the policy's reader has seen to it
        day = self._find_anchor(match[3], opening=opening)
        weeks = int(match[1] or 0) * (-1 if match[2] == "before" else 1)
        return day + weeks * _WEEK

    def _find_anchor(self, words: str, *, opening: bool) -> datetime.date:
        if words == "the review":
            return self.review
        if words.endswith("year"):
            return self.year.terms[0].first if words.startswith("start") else self.year.terms[-1].last
        part, _, number = words.partition(" of term ")
        place = min(self.first + _NUMBERS[number] - 1, len(self.year.terms))
        term = self.year.terms[place - 1]
        if part == "start":
            return term.first
        return term.last if part == "end" else _find_middle(term, opening=opening)

    def make(self, provision: Provision, number: int, day: datetime.date | None, status: str) -> PlannedActivity:
        """The activity as it stands on a day."""
        activity = self.support.activities[provision.activity]
        areas = self.school.areas
        area = areas[(number - 1) % len(areas)] if activity.focus and areas else None
        return PlannedActivity(
            urn=self.school.urn,
            key=provision.activity,
            number=number,
            what=activity.title,
            day=day,
            by=activity.by,
            who_may=tuple(self.support.roles[role].title for role in activity.roles),
            why=self._explain(provision),
            hours=activity.hours,
            days=activity.hours / self.support.hours_a_day,
            status=status,
            strand=activity.strand,
            roles=activity.roles,
            begins="" if activity.by else self.support.day_begins,
            term=self.year.find_term(day) if day else 0,
            area=area.title if area else "",
            area_key=area.key if area else "",
        )

    def _explain(self, provision: Provision, *, started: bool = False) -> str:
        if provision.starts == "category":
            amounts = [what for what in provision.towards if what not in provision.keeps]
            return (provision.keeps or tuple(amounts) or (self.policy.outcome(self.school.category).title,))[0]
        areas = ", ".join(area.title for area in self.school.areas)
        words = _STARTED if started or self._has_started(provision) else _CONDITIONS
        return words[provision.starts].format(areas=areas, organisation=self.policy.organisation or "the organisation")

    def start(self, provision: Provision, day: datetime.date | None) -> PlannedActivity:
        """An activity that a person says is due, on a day given or on its turn."""
        chosen = day or self.choose_days(provision)[0][0]
        made = self.make(provision, 1, chosen, PLANNED if chosen else NO_DAY)
        return replace(made, why=self._explain(provision, started=True))


def _find_middle(term: Term, *, opening: bool) -> datetime.date:
    if term.half is None:
        return term.first + (term.last - term.first) // 2
    return term.half[1] + datetime.timedelta(days=1) if opening else term.half[0] - datetime.timedelta(days=1)


# What people changed


def _apply(
    planner: _Planner, found: Iterable[PlannedActivity], changes: Sequence[Change], lapsed: list[Fault]
) -> Iterator[PlannedActivity]:
    """The activities after every change, which count in their order."""
    plan = {(one.key, one.number): one for one in found}
    faults = []
    for change in sorted(changes, key=lambda one: one.order):
        try:
            _apply_one(planner, plan, change)
        except LookupError as error:
            what, remedy = error.args
            out = f"take out line {change.line} of {CHANGES_FILE.name}"
            panel = planner.school.decided
            if panel is not None and change.decided <= panel:
                what = f"it no longer applies since the panel of {panel.isoformat()}: {what}"
                lapsed.append(Fault(CHANGES_FILE.name, change.line, "activity", what, f"Then {out}.", change.urn))
            else:
                remedy = f"{remedy} Or {out}."
                faults.append(Fault(CHANGES_FILE.name, change.line, "activity", what, remedy, change.urn))
    if faults:
        raise FaultyInput(faults)
    return iter(_note_order(planner, plan))


def _apply_one(planner: _Planner, plan: dict[tuple[str, int], PlannedActivity], change: Change) -> None:
    """Change ``plan``; raises LookupError with what and remedy where it holds nothing that the change could mean."""
    if change.kind == PERSON and not change.activity:
        taken = {key: one for key, one in plan.items() if set(one.roles) & set(change.roles)}
        if not taken:
            raise LookupError(f"nothing at the school is for {change.person}'s role", "Name another person.")
        plan |= {key: _name_person(one, change) for key, one in taken.items()}
        return
    provision = planner.provisions.get(change.activity)
    if provision is None:
        title = planner.policy.outcome(planner.school.category).title
        brought = ", ".join(planner.support.activities[key].title for key in planner.provisions)
        said = planner.support.activities[change.activity].title if change.activity else "this"
        raise LookupError(f"its category, {title}, does not bring {said!r}", f"It brings: {brought}.")
    numbers = [number for key, number in plan if key == change.activity]
    if change.kind == ADDED:
        number = max(numbers, default=0) + 1
        if change.day is not None:
            made = planner.make(provision, number, change.day, ADDED)
            plan[change.activity, number] = _mark(made, change)
        return
    one = plan.get((change.activity, change.number))
    if one is None:
        title = planner.policy.outcome(planner.school.category).title
        what = f"its category, {title}, does not bring {_name_one(planner, change)}: it brings {len(numbers)}"
        raise LookupError(what, "Correct the number, or write added with a new day.")
    if change.kind == STARTED and one.status == IF_NEEDED:
        one = planner.start(provision, change.day)
        replaced = {key: other for key, other in plan.items() if key[0] == provision.instead_of and other.stands}
        plan |= {key: _mark(replace(other, status=REPLACED), change) for key, other in replaced.items()}
    elif change.kind == STARTED or (change.kind == MOVED and one.status == IF_NEEDED):
        word, other = ("started", "moved") if change.kind == STARTED else ("moved", "started")
        raise LookupError(f"{one.what!r} cannot be {word}: it is {one.status}", f"Write {other} in its place.")
    elif change.kind == MOVED:
        term = planner.year.find_term(change.day) if change.day else 0
        one = replace(one, day=change.day, status=MOVED, note="", term=term)
    elif change.kind == CANCELLED:
        one = replace(one, status=CANCELLED)
    else:
        plan[change.activity, change.number] = _name_person(one, change)
        return
    plan[change.activity, change.number] = _mark(one, change)


def _name_one(planner: _Planner, change: Change) -> str:
    """An activity as a message names one of several: "Initial visit 2"."""
    return f"{planner.support.activities[change.activity].title} {change.number}"


def _name_person(one: PlannedActivity, change: Change) -> PlannedActivity:
    before = (*one.before, one.person) if one.person else one.before
    return _mark(replace(one, person=change.person, person_line=change.line, before=before), change)


def _mark(one: PlannedActivity, change: Change) -> PlannedActivity:
    """The activity with what it keeps of a change: that it saw one, when it was decided, and why."""
    changed = max(change.decided, one.changed or change.decided)
    of_person = change.kind == PERSON
    reasons = (*(kept for kept in one.reasons if kept[0] != of_person), (of_person, change.reason))
    return replace(one, sequence=one.sequence + 1, changed=changed, reasons=reasons)


def _note_order(planner: _Planner, plan: Mapping[tuple[str, int], PlannedActivity]) -> Iterator[PlannedActivity]:
    """Say of what now lies before that which has to come first."""
    days: dict[str, datetime.date] = {}
    for (key, _), one in plan.items():
        if one.stands and one.day is not None:
            days[key] = min(days.get(key, one.day), one.day)
    for (key, _), one in plan.items():
        after = planner.provisions[key].after
        if one.stands and one.day and after in days and one.day < days[after]:
            yield replace(one, note=f"before {planner.support.activities[after].title!r}, which should come first")
        else:
            yield one
