"""The rows of what is written of brokering: one a school that might help, one a school of a triad, one a link."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.edition.brokering import BrokeredSchool, Helper, measure_distance
from pipeline.policy import Policy
from pipeline.report.area.site.support import explain_nobody
from pipeline.report.sentences.counting import join_words
from pipeline.run.desk.brokering.gathering import EditionBrokering
from pipeline.run.desk.brokering.triads import ReviewGroup
from pipeline.run.desk.support.workbook import Cell

HELP = (
    "urn", "school", "category", "phase", "area for improvement", "urn who might help", "who might help", "named",
    "strong in", "how far", "its category is doubtful",
)  # fmt: skip
TRIADS = ("group", "urn", "school", "category", "phase", "reviews and is reviewed by", "how far", "why together")
LINKS = (
    "subject", "qualification", "year", "urn", "school", "entries", "urn linked with", "linked with", "entries there",
    "how far",
)  # fmt: skip
YES = "yes"

Table = tuple[Sequence[str], list[tuple[Cell, ...]]]


def list_tables(brokering: EditionBrokering) -> Mapping[str, Table]:
    """Each table by its name: its headings and rows."""
    tables: dict[str, Table] = {"Who might help": (HELP, list(_list_help(brokering)))}
    if brokering.triads is not None:
        tables["Triads"] = (TRIADS, list(_list_triads(brokering)))
    if brokering.links is not None:
        tables["Departmental links"] = (LINKS, list(_list_links(brokering)))
    return tables


def _list_help(brokering: EditionBrokering) -> Iterator[tuple[Cell, ...]]:
    for need in brokering.needs:
        about = (*_describe(need.school, brokering.policy), need.area.title)
        told = [(helper, YES) for helper in need.named] + [(helper, helper.bar) for helper in need.passed_over]
        for helper, named in told:
            strong = "; ".join(helper.strengths)
            doubt = YES if helper.school.doubtful else ""
            yield (*about, helper.school.urn, helper.school.name, named, strong, helper.distance.words, doubt)
        if not told:
            yield (*about, None, "", explain_nobody(need, brokering.policy), "", "", "")


def _describe(school: BrokeredSchool, policy: Policy) -> tuple[Cell, ...]:
    return school.urn, school.name, policy.outcome(school.category).title, school.phase


def explain_helper(helper: Helper) -> str:
    """Who is named, and what speaks for it."""
    return (
        f"{helper.school.doubted_name}, {helper.distance.words}. Strong in {join_words(helper.strengths, between=';')}."
    )


def _list_triads(brokering: EditionBrokering) -> Iterator[tuple[Cell, ...]]:
    assert brokering.triads is not None
    for number, group in enumerate(brokering.triads.groups, start=1):
        for school in group.schools:
            others = [other for other in group.schools if other is not school]
            yield (
                number,
                *_describe(school, brokering.policy),
                "; ".join(other.name for other in others),
                "; ".join(measure_distance(school.place, other.place).words for other in others),
                explain_together(school, others, group),
            )
    for school in brokering.triads.alone:
        yield (None, *_describe(school, brokering.policy), "", "", "alone: no other school may be put with it")


def explain_together(school: BrokeredSchool, others: Iterable[BrokeredSchool], group: ReviewGroup) -> str:
    """What a school might give the others of its group; that people settled the group, where they did."""
    said = ["settled by people"] if group.settled else []
    for other in others:
        if shared := [area.title for area in other.areas if area.key in school.strengths]:
            said.append(f"a strength in {join_words(shared)}, where {other.name} has a gap")
    return "; ".join(said)


def _list_links(brokering: EditionBrokering) -> Iterator[tuple[Cell, ...]]:
    for one in brokering.links or ():
        own = one.department
        about = (own.subject, own.qualification, own.year, own.school.urn, own.school.name, own.entries)
        for other, distance in one.links:
            yield (*about, other.school.urn, other.school.name, other.entries, distance.words)
        if not one.links:
            yield (*about, None, "", None, "")
