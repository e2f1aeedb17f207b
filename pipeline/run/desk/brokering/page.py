"""The page of brokering: who might help whom, who might review whom, which departments might work together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.edition.brokering import BrokeredSchool, measure_distance
from pipeline.foundation.vocabulary import count_noun, name_academic_year, place_by_name
from pipeline.report.area.site.support import explain_nobody, name_helpers
from pipeline.report.sentences.counting import join_words
from pipeline.run.desk.brokering.gathering import EditionBrokering
from pipeline.run.desk.brokering.tables import explain_helper, explain_together, list_tables
from pipeline.run.desk.brokering.triads import SCALES
from pipeline.run.desk.support.page import render_template, say_bound
from pipeline.run.desk.support.writing import Beside, format_csv

_TEMPLATE = Path(__file__).parent / "page.html.j2"
PAGE = "brokering.html"


def lay_beside(brokering: EditionBrokering) -> Beside:
    """What brokering adds to the folder of the plan of support: sheets, tables as CSV, and a page."""
    tables = list_tables(brokering)
    files = {f"{name.lower().replace(' ', '-')}.csv": format_csv(*table) for name, table in tables.items()}
    page = render_template(_TEMPLATE, files=list(files), **describe_brokering(brokering))
    about = f"a start for brokering: {join_words(name.lower() for name in tables)}"
    return Beside(tables, {**files, PAGE: page}, {PAGE: about})


def describe_brokering(brokering: EditionBrokering) -> Mapping[str, object]:
    """What the page tells, as texts and rows."""
    policy, triads, links = brokering.policy, brokering.triads, brokering.links
    needs = sorted(brokering.needs, key=lambda need: place_by_name(need.school.name, need.school.urn))

    def tell(school: BrokeredSchool) -> tuple[str, str]:
        return school.name, policy.outcome(school.category).title

    return {
        "title": f"A start for brokering: {brokering.edition.description.title}",
        "organisation": policy.organisation,
        "year": name_academic_year(brokering.edition.year + 1),
        "unplaced": count_noun(len(brokering.unplaced), "school") if brokering.unplaced else "",
        "among": name_helpers(policy),
        "rules": policy.brokering,
        "needs": len(needs),
        "in_need": count_noun(len({need.school.urn for need in needs}), "school"),
        "help": [(*tell(n.school), n.area.title, [explain_helper(one) for one in n.named]) for n in needs if n.named],
        "nobody": [(*tell(n.school), n.area.title, explain_nobody(n, policy)) for n in needs if not n.named],
        "triads": list(_list_groups(brokering)),
        "alone": [(*tell(school), school.phase) for school in triads.alone] if triads else [],
        "wishes": [
            (number, wish.name, f"{wish.cost / SCALES[wish.name]:g}" if wish.cost else "none", say_bound(wish))
            for number, wish in enumerate(triads.wishes if triads else (), start=1)
        ],
        "links": [
            (
                one.department.subject,
                one.department.qualification,
                one.department.school.name,
                "some withheld" if one.department.entries is None else one.department.entries,
                [f"{other.school.name}, {distance.words}" for other, distance in one.links] or "no other",
            )
            for one in links or ()
        ],
    }


def _list_groups(brokering: EditionBrokering) -> Iterator[tuple[object, ...]]:
    for number, group in enumerate(brokering.triads.groups if brokering.triads else (), start=1):
        for school in group.schools:
            others = [other for other in group.schools if other is not school]
            ways = [f"{other.name}, {measure_distance(school.place, other.place).words}" for other in others]
            category = brokering.policy.outcome(school.category).title
            yield number, school.name, category, school.phase, ways, explain_together(school, others, group) or "–"
