"""Why a person was chosen, or why nobody could be, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.edition.support import Person, SchoolYear
from pipeline.edition.support.agreed import Assignments
from pipeline.foundation.vocabulary import count_noun
from pipeline.policy.policy import Support
from pipeline.run.desk.support.assigning.table import works_nearby
from pipeline.run.desk.support.demand import Demand
from pipeline.run.desk.support.schools import SupportedSchool


def explain_choice(
    demand: Demand,
    person: Person,
    people: Sequence[Person],
    schools: Mapping[int, SupportedSchool],
    support: Support,
    agreed: Assignments,
    last_year: Assignments,
) -> str:
    """Say of a demand's person what speaks for them: of all who may do it, by the wishes in their order."""
    school = schools[demand.urn]
    may = [one for one in people if not one.find_bar(demand.urn, demand.roles, support)]
    reasons = []
    if agreed.get(demand.place) == person.name:
        reasons.append("as agreed before")
    if any(urn == demand.urn and who == person.name for (urn, _), who in last_year.items()):
        reasons.append("came last year too")
    titles = {area.key: area.title for area in school.areas}
    if led := [titles[area] for area in demand.areas if area in person.subjects and area in titles]:
        reasons.append(f"leads {' and '.join(led)}")
    if school.phase in person.phases:
        reasons.append(f"knows schools of this phase ({school.phase})")
    if works_nearby(person, school, schools):
        reasons.append(f"works from {school.town}")
    alone = "the only one who may" if len(may) == 1 else f"one of {len(may)} who may"
    return "; ".join([alone, *reasons, *([] if reasons or len(may) == 1 else ["has the days"])])


def explain_unmet(
    demand: Demand,
    people: Sequence[Person],
    spare: Mapping[str, Sequence[float]],
    schools: Mapping[int, SupportedSchool],
    support: Support,
    year: SchoolYear,
) -> str:
    """Say why nobody could be given a demand; ``spare`` is what is left of each person's days once all are given."""
    roles = " or ".join(support.roles[role].title for role in demand.roles)
    bars = {person.name: person.find_bar(demand.urn, demand.roles, support) for person in people}
    may = [person for person in people if not bars[person.name]]
    if not may:
        near = [
            f"{name}: {bar}" for name, bar in bars.items() if "conflict" in bar or "own school" in bar or "now" in bar
        ]
        return f"nobody in people.csv may do it ({roles}{'; ' if near else ''}{'; '.join(near)})"
    terms = [place for place, days in enumerate(demand.days) if days]
    short = [term for term in terms if not any(spare[person.name][term] >= demand.days[term] - 1e-9 for person in may)]
    named = " and ".join(year.terms[term].name for term in short or terms)
    needed = ", ".join(f"{demand.days[term]:.2f}".rstrip("0").rstrip(".") for term in short or terms)
    who = count_noun(len(may), "person") if len(may) == 1 else f"{len(may)} people"
    return f"the {who} who may ({roles}) have not the days left in {named}: {needed} needed"
