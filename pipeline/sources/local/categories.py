"""What panels decided this year and which category each school had last year: the files that name categories."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.sources.frames import LAST_YEAR, MODERATION, shape_frame
from pipeline.sources.local.rows import Days, Row, Schools, refuse_repeats


def read_moderation(rows: list[Row], schools: Schools, days: Days, categories: Sequence[str]) -> pd.DataFrame:
    """MODERATION, sorted by school and date, so that a school's last row is the decision that counts.

    ``categories`` are the words the policy knows, titles before keys; a category is spelled as there. Each fault is
    noted with its row: a cell left empty, a category the policy does not have, two decisions of one day.
    """
    found = [
        {
            "urn": row.read_urn(schools),
            "category": row.choose("category", categories, "category of the policy"),
            "reason": row.require(
                "reason", "the reason is missing", "Say in a sentence or two why the panel decided so."
            ),
            "person": row.require("person", "the person is missing", "Write who answers for the decision."),
            "date": row.read_date(days),
            "file": row.file,
            "line": row.line,
        }
        for row in rows
    ]
    what = "the school has another decision of the same day, in line {line}"
    remedy = "Keep the one that holds. Of two decisions of different days the later counts."
    refuse_repeats(rows, [(one["urn"] or None, one["date"] or None) for one in found], what, remedy)
    frame = shape_frame(pd.DataFrame(found, columns=list(MODERATION)), MODERATION)
    return frame.sort_values(["urn", "date", "line"], ignore_index=True)


def read_last_year(rows: list[Row], schools: Schools, categories: Sequence[str]) -> pd.DataFrame:
    """LAST_YEAR, sorted by school. ``categories`` as in ``read_moderation``; each fault is noted with its row."""
    found = [
        {
            "urn": row.read_urn(schools),
            "category": row.choose("category", categories, "category of the policy"),
            "source": row.file.removeprefix("local/"),
        }
        for row in rows
    ]
    what = "the school stands in line {line} too"
    refuse_repeats(rows, [(one["urn"] or None,) for one in found], what, "Keep one of the two.")
    return shape_frame(pd.DataFrame(found, columns=list(LAST_YEAR)), LAST_YEAR).sort_values("urn", ignore_index=True)
