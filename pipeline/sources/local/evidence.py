"""What a school says of itself, and what has been heard of it: self_evaluation.csv and soft_intelligence.csv."""

from __future__ import annotations

import pandas as pd

from pipeline.foundation.vocabulary import LocalConcern
from pipeline.sources.frames import SELF_EVALUATION, SOFT_INTELLIGENCE, shape_frame
from pipeline.sources.local.rows import Days, Row, Schools, refuse_repeats

#: How a school's asking for support may be written. An empty cell says that it does not.
YES = ("yes", "y", "true", "1")
NO = ("no", "n", "false", "0", "")


def read_self_evaluations(rows: list[Row], schools: Schools, days: Days) -> pd.DataFrame:
    """SELF_EVALUATION, sorted by school and date; each fault is noted with its row."""
    found = [
        {
            "urn": row.read_urn(schools),
            "date": row.read_date(days),
            "summary_grade": row["summary_grade"],
            "self_referral": _read_referral(row),
            "file": row.file,
            "line": row.line,
        }
        for row in rows
    ]
    what = "the school has another summary of the same day, in line {line}"
    days_named = [(one["urn"] or None, one["date"] or None) for one in found]
    refuse_repeats(rows, days_named, what, "Keep one of the two, or correct a date.")
    return _shape(found, SELF_EVALUATION)


def _read_referral(row: Row) -> bool:
    said = row["self_referral"].casefold()
    if said not in (*YES, *NO):
        what = f"{row['self_referral']!r} says neither that the school asks for support nor that it does not"
        row.refuse("self_referral", what, "Write yes or no.")
    return said in YES


def read_soft_intelligence(rows: list[Row], schools: Schools, days: Days) -> pd.DataFrame:
    """SOFT_INTELLIGENCE, sorted by school and date; each fault is noted with its row.

    A note may be missing: kind, source and date already say what to ask about. Notes are untrusted text, kept as it is.
    """
    found = [
        {
            "urn": row.read_urn(schools),
            "date": row.read_date(days),
            "kind": row.choose("kind", [str(kind) for kind in LocalConcern], "kind of soft intelligence"),
            "source": row.require("source", "the source is missing", "Write who said so, at least by their role."),
            "note": row["note"],
            "file": row.file,
            "line": row.line,
        }
        for row in rows
    ]
    said = [tuple(one[name] for name in ("urn", "date", "kind", "source", "note")) for one in found]
    refuse_repeats(rows, said, "the row says the same as line {line}", "Remove one of the two.")
    return _shape(found, SOFT_INTELLIGENCE)


def _shape(found: list[dict], columns: dict[str, str]) -> pd.DataFrame:
    frame = shape_frame(pd.DataFrame(found, columns=list(columns)), columns)
    return frame.sort_values(["urn", "date", "line"], ignore_index=True)
