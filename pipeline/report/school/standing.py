"""The first page: who the school is, its category and why, what to be proud of, what to work on, what happens next."""

from __future__ import annotations

from pipeline.foundation.vocabulary import Rating, format_date
from pipeline.report.exhibits import (
    Bullets,
    Exhibit,
    Exhibits,
    Heading,
    Ladder,
    Paragraph,
    Section,
    Step,
    Table,
    clean_text,
)
from pipeline.report.facts import SIMILAR, SchoolReport
from pipeline.report.school.measures import name_usual_years, tabulate_measures
from pipeline.report.sentences import category_wording, standing_wording, wording
from pipeline.report.sentences.counting import end_sentence, phrase_step

POINTS = 3  # of what to be proud of, and of what to work on, an inspection's among them; page 2 holds every measure
KEY_FIGURES = 4
KEY = "key-figures"  # the id of their table


def show_standing(report: SchoolReport) -> Exhibit:
    """Who the school is, the category among all of them, and why; what stands out; what happens next."""
    heading = Heading(report.school.name, 1)
    who = Paragraph(standing_wording.describe_school(report))
    parts: list[Exhibit | None] = [
        heading,
        Heading("Where the school stands", 2),
        who,
        Section(_describe_category(report), "category-panel", str(report.final.tier or "")),
        None if report.brief else tabulate_key_figures(report),
        _show_points(report),
        _show_next_steps(report),
    ]
    return Exhibits(tuple(part for part in parts if part is not None))


def _describe_category(report: SchoolReport) -> tuple[Exhibit, ...]:
    """The category's card. Where a panel decided otherwise, its own reason is not for the school's copy."""
    indicated, final = report.assignment, report.final
    otherwise = report.decision is not None and report.decision.changed
    alone = not report.compared_with(SIMILAR)
    why = "" if otherwise else category_wording.phrase_why(indicated, report.lighter, alone=alone)
    weighed = "" if otherwise else category_wording.phrase_sureness(report)
    early = category_wording.phrase_early_category(report)
    lighter = "" if otherwise else category_wording.phrase_lighter(report)
    return (
        Paragraph(standing_wording.phrase_place(report), lead=final.title),
        *([Paragraph(early, lead="Early results:")] if early else []),
        *([_draw_ladder(report)] if final.tier is not None else [Paragraph(final.meaning)]),
        *([Paragraph(why, lead="Why:")] if why else []),
        *([Paragraph(weighed, lead="How sure:")] if weighed else []),
        *([Paragraph(changed, lead="Since last year:")] if (changed := standing_wording.phrase_change(report)) else []),
        *([Paragraph(lighter, lead="What would change it:")] if lighter else []),
        *([Paragraph(default)] if (default := category_wording.phrase_defaults(final)) else []),
    )


def _draw_ladder(report: SchoolReport) -> Ladder:
    """The categories from least to most support, this year's and last year's marked."""
    last = report.move.category if report.move else ""
    decided = "decided" if report.decision is not None else "proposed"

    def note(key: str) -> str:
        if key == report.final.category:
            return f"{decided}, as last year" if key == last else decided
        return "last year" if key == last else ""

    return Ladder(
        tuple(Step(clean_text(title), note(key), key == report.final.category) for key, title in report.categories)
    )


def tabulate_key_figures(report: SchoolReport) -> Table | None:
    """The key priorities beside England, drawn; None where none could be compared."""
    key = [result for result in report.compared if result.key_priority][:KEY_FIGURES]
    spans = {result.years for result in key}
    within = f", within {wording.name_span(sorted(set().union(*spans)))}"
    caption = f"Key figures beside England{name_usual_years(key) if len(spans) == 1 else within}"
    return tabulate_measures(report, key, id=KEY, caption=caption, grouped=False)


def _show_points(report: SchoolReport) -> Exhibit:
    """What to be proud of and what to work on, side by side; what the latest inspection asked for is of the latter."""
    inspected = wording.phrase_asked(report)
    asked = (inspected,) if inspected else ()
    if report.brief and not any(wording.find_standing(report, one) for one in (Rating.STRENGTH, Rating.GAP)):
        nothing = Paragraph(standing_wording.phrase_no_points(report))
        return Exhibits((nothing, *(Paragraph(words, lead=lead) for lead, words in asked)))
    halves = []
    for title, rating, further in (("To be proud of", Rating.STRENGTH, ()), ("To work on", Rating.GAP, asked)):
        points = standing_wording.list_points(report, rating, POINTS - len(further))
        told = [] if points else [Paragraph(standing_wording.phrase_nothing(report, rating))]
        listed = [Bullets((*points, *further))] if points or further else []
        halves.append(Section((Heading(title, 3), *told, *listed), "half"))
    return Section(tuple(halves), "pair")


def _find_first_meeting(report: SchoolReport) -> list[tuple[str, str]]:
    """The first meeting of the year of support, where nothing else that happens next has an earlier day."""
    meetings = [
        (one.day.isoformat(), clean_text(one.what)) for one in report.support if one.stands and one.begins and one.day
    ]
    day, what = min(meetings, default=("", ""))
    first = day and all(day < step.by for step in report.next_steps if step.by)
    return [(f"{format_date(day)}:", end_sentence(what))] if first else []


def _show_next_steps(report: SchoolReport) -> Exhibit:
    """What happens next: what, who, by when, and whom to ask."""
    told = (phrase_step(step.what, step.who, step.by) for step in report.next_steps)
    steps = (*_find_first_meeting(report), *((whom, what) if whom else what for whom, what in told))
    listed = [Bullets(steps)] if steps else []
    asked = [Paragraph(report.edition.contact, lead="Contact:")] if report.edition.contact else []
    challenge = [] if steps and asked else [Paragraph(standing_wording.phrase_whom_to_tell(report))]
    return Section((Heading("What happens next", 3), *listed, *challenge, *asked), "next-steps")
