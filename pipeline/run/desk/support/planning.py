"""The year of support of a whole edition: every school's list, who does what, and what is to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.edition.editions import Edition, load_edition, read_policy_of
from pipeline.edition.support import LoggedSupport, Person, PlannedActivity, SchoolYear, list_activities
from pipeline.edition.support.activities import NO_DAY, find_first_term
from pipeline.edition.support.agreed import AgreedEvents, Assignments, read_agreed, read_agreed_events, write_agreed
from pipeline.edition.support.local import write_missing_support_files
from pipeline.foundation.errors import Fault, FaultyInput, PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.policy import Policy
from pipeline.policy.policy import Support
from pipeline.run.desk.support.assigning.staffing import Staffing, assign_people
from pipeline.run.desk.support.demand import list_demands, settle_by_hand
from pipeline.run.desk.support.explaining import explain_choice, explain_unmet
from pipeline.run.desk.support.keeping import Difference, keep_events, list_events
from pipeline.run.desk.support.schools import SupportedSchool, name_schools, read_supported_schools
from pipeline.run.desk.support.timing import Clash, Visit, time_visits
from pipeline.run.preparing.support import read_support_files

_BY_HAND = "named by a person"


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
    gone: tuple[Visit, ...] = ()  # agreed before, and the plan has it no more
    differences: tuple[Difference, ...] = ()  # from what was agreed before
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

    def list_odd_days(self) -> list[Visit]:
        """What has no day, or one that is not as the policy asks."""
        planned = [(visit, visit.activity) for visit in self.visits]
        return [visit for visit, one in planned if one.status == NO_DAY or (one.stands and one.note)]


def plan_edition_support(
    workspace: Workspace, name: str, progress: Callable[[str], None], *, agree: bool = False
) -> EditionPlan:
    """Plan an edition's year of support from its last reports and its local files.

    Where ``agree``, who does what and when is written down as agreed, and later plans keep as close to it as they can.
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
    known_schools, questions = name_schools(edition), list[Fault]()
    known = read_support_files(edition, policy.support, known_schools, questions, planned=planned, needs_terms=True)
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
    agreed = read_agreed_events(edition.paths)
    staffing, visits = None, [Visit(one, one.person, "", one.begins) for one in activities]
    if people is not None:
        progress("who does what")
        staffing, visits = _staff(workspace, edition, policy.support, year, schools, activities, people, known.agreed)
    timed, clashes = time_visits(visits, agreed, year, policy.support)
    latest = max((change.decided for change in known.changes), default=edition.date)
    kept = keep_events(timed, agreed, policy.support, edition.date, max(latest, edition.date))
    if agree:
        write_agreed(edition.paths, staffing.assigned if staffing else {}, list_events((*kept.visits, *kept.gone)))
    return EditionPlan(
        edition,
        policy,
        policy.support,
        year,
        schools,
        kept.visits,
        people,
        staffing,
        tuple(clashes),
        kept.contacts,
        kept.gone,
        (*kept.differences, *_list_moved(staffing, known.agreed, agreed, policy.support)),
        written,
        known.log,
        tuple(questions),
    )


def _list_moved(
    staffing: Staffing | None, before: Assignments, agreed: AgreedEvents, support: Support
) -> list[Difference]:
    """What another does than agreed, where no single event of it was agreed: files of before there were events."""
    if staffing is None:
        return []
    known = {place[:2] for place in agreed}
    return [
        Difference(urn, support.activities[key].title, 0, before[urn, key], staffing.assigned[urn, key])
        for urn, key in staffing.moved
        if (urn, key) not in known
    ]


def _staff(
    workspace: Workspace,
    edition: Edition,
    support: Support,
    year: SchoolYear,
    schools: tuple[SupportedSchool, ...],
    activities: Sequence[PlannedActivity],
    people: tuple[Person, ...],
    agreed: Assignments,
) -> tuple[Staffing, list[Visit]]:
    by_urn, by_name = {school.urn: school for school in schools}, {person.name: person for person in people}
    left = settle_by_hand(activities, people, by_urn, year)
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
        reasons[demand.place] = f"nobody: {explain_unmet(demand, people, spare, by_urn, support, year)}"
    visits = []
    for one in activities:
        place = (one.urn, one.key)
        if one.person:
            visits.append(Visit(one, one.person, _BY_HAND, one.begins))
        elif one.stands and one.day is not None:
            visits.append(Visit(one, staffing.assigned.get(place, ""), reasons[place], one.begins))
        else:  # whom it would fall to where it starts, or whose diary it leaves
            visits.append(Visit(one, staffing.assigned.get(place, ""), "", one.begins))
    return staffing, visits
