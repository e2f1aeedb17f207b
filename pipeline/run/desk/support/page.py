"""The page to open first: what a person has to look at, days needed and given, and how people were chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.foundation.vocabulary import count_noun, format_date, name_academic_year
from pipeline.run.desk.support.assigning.solving import Wish
from pipeline.run.desk.support.days import list_days_by_person, list_days_by_strand
from pipeline.run.desk.support.planning import EditionPlan

_TEMPLATE = Path(__file__).parent / "page.html.j2"
#: By wish, what is counted of it: the fewer the better.
_WISHES = {
    "demands met": "Activities of one kind at one school that have nobody",
    "kept as agreed": "Given to another person than agreed, by nobody's change",
    "continuity": "Points for people at a school (two each, one more for a new face)",
    "subject": "Subjects that the person does not lead",
    "phase": "Schools of a phase that the person does not name",
    "distance": "People who come from another town",
    "balance": "Share of the busiest person's days that is taken",
}


def format_page(plan: EditionPlan, beside: Sequence[tuple[str, str]] = ()) -> str:
    """Give the page as HTML that stands by itself; ``beside`` are further files of its folder, and what each is."""
    return render_template(_TEMPLATE, beside=beside, **describe_plan(plan))


def describe_wishes(plan: EditionPlan) -> list[tuple[str, str, str]]:
    """Of each wish in its order: what is counted, how much of it there is, and whether less is possible."""
    return [
        (
            _WISHES[wish.name],
            "none" if not wish.cost else f"{wish.cost:.0%}" if wish.name == "balance" else f"{wish.cost:g}",
            say_bound(wish),
        )
        for wish in (plan.staffing.wishes if plan.staffing else ())
    ]


def say_bound(wish: Wish) -> str:
    """Whether less is possible of what a wish counts, in words."""
    return f"at most {wish.gap:.1%} of it could be spared" if wish.gap >= 0.0005 else "less is not possible"


def describe_clashes(plan: EditionPlan) -> list[tuple[str, str, str, str]]:
    """Of each day that is too short: the person, the day, what finds no time on it, and a near day that is free."""
    names = {school.urn: school.name for school in plan.schools}
    return [
        (
            clash.person,
            format_date(clash.day.isoformat()),
            "; ".join(f"{names[one.urn]}: {one.what}" for one in clash.left),
            format_date(clash.free.isoformat()) if clash.free else "none in this term",
        )
        for clash in plan.clashes
    ]


def describe_differences(plan: EditionPlan) -> list[tuple[str, str, str, str]]:
    """What is otherwise than agreed before: the school, what, as agreed, and now."""
    names = {school.urn: school.name for school in plan.schools}
    return [
        (
            names.get(one.urn, f"URN {one.urn}"),
            f"{one.what} {one.number}" if one.number else one.what,
            one.agreed,
            one.now,
        )
        for one in plan.differences
    ]


def render_template(path: Path, **said: object) -> str:
    """Give a page of the desk as HTML, from a template that may use those of this folder."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader([path.parent, _TEMPLATE.parent])
    pages = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=loader)
    return pages.get_template(path.name).render(**said) + "\n"


def describe_plan(plan: EditionPlan) -> Mapping[str, object]:
    """What the page tells, as texts and rows."""
    names = {school.urn: school.name for school in plan.schools}
    standing = plan.list_standing()
    term = plan.year.terms[plan.first_term - 1]
    tell = [(names[visit.activity.urn], visit) for visit in plan.visits]
    return {
        "title": f"Year of support: {plan.edition.description.title}",
        "organisation": plan.policy.organisation,
        "year": name_academic_year(plan.edition.year + 1),
        "review": format_date(plan.edition.date.isoformat()),
        "term_one": f"{term.name}, from {format_date(term.first.isoformat())}",
        "counted": ", ".join(
            (
                count_noun(len(plan.schools), "school"),
                count_noun(sum(not visit.activity.by for visit in standing), "meeting"),
                f"{sum(visit.activity.days for visit in standing):.1f} days in all",
            )
        ),
        "people": plan.people is not None,
        "unmet": [
            (name, visit.activity.what, visit.activity.number, visit.chosen.removeprefix("nobody: "))
            for name, visit in tell
            if plan.people is not None and visit.activity.stands and visit.activity.day and not visit.person
        ],
        "clashes": describe_clashes(plan),
        "notes": [
            (names[visit.activity.urn], visit.activity.what, visit.activity.note or visit.activity.status)
            for visit in plan.list_odd_days()
        ],
        "differences": describe_differences(plan),
        "changes": [
            (name, visit.activity.what, visit.activity.number, visit.activity.status, visit.activity.reason)
            for name, visit in tell
            if visit.activity.sequence
        ],
        "strands": list_days_by_strand(plan),
        "days": list_days_by_person(plan),
        "wishes": [(number, *said) for number, said in enumerate(describe_wishes(plan), start=1)],
    }
