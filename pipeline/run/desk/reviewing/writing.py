"""What is written of a review: a page for officers, and the same as a table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline.foundation.vocabulary import count_noun, format_date
from pipeline.foundation.writing import clear_beside, replace_folder
from pipeline.report.sentences.rounding import format_difference
from pipeline.run.desk.reviewing.review import Review
from pipeline.run.desk.support.page import render_template
from pipeline.run.desk.support.writing import format_csv

_TEMPLATE = Path(__file__).parent / "page.html.j2"
COLUMNS = ("urn", "school", "category in the report", "to look at", "questioned", "about", "what is known now", "file")


def write_review(review: Review) -> Path:
    """Write ``reports/EDITION/review/`` whole, in place of the one before; give the page to open first."""
    into = review.edition.paths.reports / "review"
    making = clear_beside(into)
    making.mkdir(parents=True)
    rows = [
        (
            one.urn,
            review.names[one.urn],
            review.categories[one.urn],
            "yes" if one.look else "no",
            "yes" if one.questioned else "no",
            one.kind,
            one.what,
            one.file,
        )
        for one in review.findings
    ]
    (making / "review.csv").write_text(format_csv(COLUMNS, rows), encoding="utf-8", newline="")
    (making / "index.html").write_text(render_template(_TEMPLATE, **describe(review)), encoding="utf-8", newline="\n")
    replace_folder(making, into)
    return into / "index.html"


def describe(review: Review) -> Mapping[str, object]:
    """What the page tells, as texts and rows."""
    schools = {
        look: [
            (urn, review.names[urn], review.categories[urn], [(one.kind, one.what, one.look) for one in those])
            for urn, those in review.list_schools(look=look)
        ]
        for look in (True, False)
    }
    return {
        "title": f"Review: {review.edition.description.title}",
        "organisation": review.policy.organisation,
        "date": format_date(review.edition.date.isoformat()),
        "counted": f"{count_noun(len(schools[True]), 'school')} of {len(review.names)} to look at",
        "look": schools[True],
        "others": schools[False],
        "files": [(one.name, one.how, one.note) for one in review.files],
        "faults": [str(fault) for fault in review.faults],
        "questions": review.list_questions(),
        "watched": [
            (one.indicator.short_title, format_difference(one.least, one.indicator.unit)) for one in review.watched
        ],
    }
