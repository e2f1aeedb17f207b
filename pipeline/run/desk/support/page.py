"""The page to open first: what a person has to look at, days needed and given, and how people were chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.foundation.vocabulary import count_noun, format_date, name_academic_year
from pipeline.run.desk.support.days import list_days_by_person, list_days_by_strand
from pipeline.run.desk.support.planning import EditionPlan

_TEMPLATE = Path(__file__).parent / "page.html.j2"
_WISHES = {
    "demands met": ("Everything has somebody", "activities of one kind at one school without anybody"),
    "kept as agreed": ("Kept as agreed before", "given to another person than before"),
    "continuity": ("The same person at a school", "points: two a person who comes, one more for a new face"),
    "subject": ("Leads the subject", "subjects that the person does not lead"),
    "phase": ("Knows the phase", "schools of a phase that the person does not name"),
    "distance": ("Works from the same town", "people who come from elsewhere"),
    "balance": ("Shared evenly", "of the busiest person's days are taken"),
}


def format_page(plan: EditionPlan, beside: Sequence[tuple[str, str]] = ()) -> str:
    """Give the page as HTML that stands by itself; ``beside`` are further files of its folder, and what each is."""
    return render_template(_TEMPLATE, beside=beside, **describe_plan(plan))


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
        "clashes": [
            (
                clash.person,
                format_date(clash.day.isoformat()),
                ", ".join(names[urn] for urn in clash.urns),
                format_date(clash.free.isoformat()) if clash.free else "none in this term",
            )
            for clash in plan.clashes
        ],
        "notes": [(name, visit.activity.what, visit.activity.note) for name, visit in tell if visit.activity.note],
        "changes": [
            (name, visit.activity.what, visit.activity.number, visit.activity.status, visit.activity.reason)
            for name, visit in tell
            if visit.activity.sequence
        ],
        "strands": list_days_by_strand(plan),
        "days": list_days_by_person(plan),
        "moved": len(plan.staffing.moved) if plan.staffing else 0,
        "wishes": [
            (
                number,
                *_WISHES[wish.name],
                f"{wish.cost:.0%}" if wish.name == "balance" else f"{wish.cost:g}",
                f"{wish.gap:.1%}",
            )
            for number, wish in enumerate(plan.staffing.wishes if plan.staffing else (), start=1)
        ],
    }
