"""The year of support of a whole edition: every school's list, who does what, and what is to be looked at."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.edition.editions import Edition, load_edition, read_policy_of
from pipeline.edition.support import LoggedSupport, Person, PlannedActivity, SchoolYear, list_activities
from pipeline.edition.support.activities import find_first_term
from pipeline.edition.support.agreed import Assignments, find_contact, read_agreed, write_agreed
from pipeline.edition.support.local import write_missing_support_files
from pipeline.foundation.errors import Fault, FaultyInput, PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.policy import Policy
from pipeline.policy.policy import Support
from pipeline.run.desk.support.assigning.staffing import Staffing, assign_people
from pipeline.run.desk.support.demand import list_demands, settle_by_hand
from pipeline.run.desk.support.explaining import explain_choice, explain_unmet
from pipeline.run.desk.support.schools import SupportedSchool, name_schools, read_supported_schools
from pipeline.run.preparing.support import read_support_files

_BY_HAND = "named by a person"


@dataclass(frozen=True)
class Visit:
    """One activity of the plan with who does it, why they do, and when it begins; ``person`` is "" for nobody."""

    activity: PlannedActivity
    person: str = ""
    chosen: str = ""  # why this person, or why nobody
    begins: str = ""


@dataclass(frozen=True)
class Clash:
    """A person's meetings on one day that are longer than a day; ``free`` is a near day on which one could be."""

    person: str
    day: datetime.date
    urns: tuple[int, ...]
    free: datetime.date | None


@dataclass(frozen=True)
class EditionPlan:
    """The plan of an edition. ``people`` is None where people.csv is not there: the plan then names roles alone."""

    edition: Edition
    policy: Policy
    support: Support
    year: SchoolYear
    schools: tuple[SupportedSchool, ...]
    visits: tuple[Visit, ...]
    people: tuple[Person, ...] | None
    staffing: Staffing | None
    clashes: tuple[Clash, ...]
    contacts: Mapping[int, str]  # by URN, the person who is most at a school
    written: tuple[str, ...] = ()  # templates that were missing
    log: tuple[LoggedSupport, ...] = ()
    questions: tuple[Fault, ...] = ()  # of the local files: what may be meant, and hardly is

    @property
    def first_term(self) -> int:
        """The number of the term that is term one of support."""
        return find_first_term(self.year, self.edition.date, self.support.term_one_needs_weeks)

    def list_standing(self) -> list[Visit]:
        """What takes place."""
        return [visit for visit in self.visits if visit.activity.stands and visit.activity.day is not None]

    def list_unmet(self) -> list[Visit]:
        """What takes place by the plan and nobody could be given."""
        return [visit for visit in self.list_standing() if not visit.person] if self.people is not None else []


def plan_edition_support(
    workspace: Workspace, name: str, progress: Callable[[str], None], *, agree: bool = False
) -> EditionPlan:
    """Plan an edition's year of support from its last reports and its local files.

    Where ``agree``, who does what is written down as agreed, and later plans keep to it as closely as they can.
    Raises PipelineError where the policy says nothing of support or no reports were made, and FaultyInput with every
    fault of a local file; a missing ``terms.csv`` is one, and a template of it is written.
    """
    edition = load_edition(workspace, name)
    policy = read_policy_of(edition)
    if policy.support is None:
        what = f"the policy {policy.key} does not say how support is given"
        raise PipelineError(what, remedy="Add `support:` and activities to it (docs/support.md).")
    written = tuple(write_missing_support_files(edition.paths))
    progress("the reports' facts")
    schools = read_supported_schools(edition.paths, policy)
    planned = {school.urn: school.name for school in schools}
    names, questions = name_schools(edition.paths), list[Fault]()
    known = read_support_files(edition, policy.support, names, questions, planned=planned, needs_terms=True)
    assert known is not None  # without terms it is refused
    people, year = known.people, known.year
    progress("each school's year")
    activities: list[PlannedActivity] = []
    faults: list[Fault] = []
    for school in schools:
        try:
            activities += list_activities(policy, school.support, year, edition.date, known.changes, questions)
        except FaultyInput as error:
            faults += error.faults
    if faults:
        raise FaultyInput(faults)
    if people is None:
        visits = tuple(Visit(one, one.person, "", one.begins) for one in activities)
        plan = EditionPlan(edition, policy, policy.support, year, schools, visits, None, None, (), {})
    else:
        progress("who does what")
        plan = _staff(workspace, edition, policy, year, schools, activities, people, known.agreed)
        if agree and plan.staffing is not None:
            write_agreed(edition.paths, plan.staffing.assigned)
    return replace(plan, written=written, log=known.log, questions=tuple(questions))


def _staff(
    workspace: Workspace,
    edition: Edition,
    policy: Policy,
    year: SchoolYear,
    schools: tuple[SupportedSchool, ...],
    activities: Sequence[PlannedActivity],
    people: tuple[Person, ...],
    agreed: Assignments,
) -> EditionPlan:
    support = policy.support
    assert support is not None
    by_urn, by_name = {school.urn: school for school in schools}, {person.name: person for person in people}
    left = settle_by_hand(activities, people, by_urn)
    demands = list_demands(activities, len(year.terms))
    previous = edition.description.previous
    last_year = read_agreed(workspace.edition(previous)) if previous else {}
    staffing = assign_people(demands, people, left, by_urn, support, agreed=agreed, last_year=last_year)
    spare = {name: list(days) for name, days in left.items()}
    reasons = {}
    for demand in demands:
        if name := staffing.assigned.get(demand.place):
            spare[name] = [have - need for have, need in zip(spare[name], demand.days, strict=True)]
            reasons[demand.place] = explain_choice(demand, by_name[name], people, by_urn, support, agreed, last_year)
    for demand in staffing.unmet:
        reasons[demand.place] = f"nobody: {explain_unmet(demand, people, spare, by_urn, support)}"
    visits = []
    for one in activities:
        place = (one.urn, one.key)
        if one.person:
            visits.append(Visit(one, one.person, _BY_HAND, one.begins))
        elif one.stands and one.day is not None:
            visits.append(Visit(one, staffing.assigned.get(place, ""), reasons[place], one.begins))
        else:  # whom it would fall to where it starts, or whose diary it leaves
            visits.append(Visit(one, staffing.assigned.get(place, ""), "", one.begins))
    timed, clashes = _time_visits(visits, year, support)
    return EditionPlan(
        edition, policy, support, year, schools, tuple(timed), people, staffing, tuple(clashes), _find_contacts(timed)
    )


def _time_visits(visits: Sequence[Visit], year: SchoolYear, support: Support) -> tuple[list[Visit], list[Clash]]:
    """A person's meetings of one day one after another, and the days that have not the hours for them."""
    days: dict[tuple[str, datetime.date], list[int]] = defaultdict(list)
    for place, visit in enumerate(visits):
        one = visit.activity
        if visit.person and one.stands and not one.by and one.day is not None:
            days[visit.person, one.day].append(place)
    busy = {person: {day for who, day in days if who == person} for person, _ in days}
    timed, clashes = list(visits), []
    for (person, day), places in sorted(days.items()):
        places.sort(key=lambda place: (visits[place].activity.urn, visits[place].activity.key))
        if sum(visits[place].activity.hours for place in places) > support.hours_a_day + 1e-9:
            urns = tuple(dict.fromkeys(visits[place].activity.urn for place in places))
            clashes.append(Clash(person, day, urns, _find_free(day, busy[person], year)))
            continue
        begins = datetime.datetime.combine(day, datetime.time.fromisoformat(support.day_begins))
        for place in places:
            timed[place] = replace(timed[place], begins=f"{begins:%H:%M}")
            begins += datetime.timedelta(hours=visits[place].activity.hours)
    return timed, clashes


def _find_free(day: datetime.date, busy: set[datetime.date], year: SchoolYear) -> datetime.date | None:
    """The nearest day after or before, in the same term, on which the person has no meeting."""
    term = year.find_term(day)
    near = sorted(year.days, key=lambda one: (abs(one - day), one))
    return next((one for one in near if one not in busy and year.find_term(one) == term), None)


def _find_contacts(visits: Sequence[Visit]) -> dict[int, str]:
    """By URN, who is most at the school: its contact, whose name alone reaches the school's own copy."""
    given: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for visit in visits:
        if visit.activity.stands:
            given[visit.activity.urn].append((visit.person, visit.activity.hours))
    return {urn: contact for urn, hours in sorted(given.items()) if (contact := find_contact(hours))}
