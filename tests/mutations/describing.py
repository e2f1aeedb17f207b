"""``docs/mutations.md``: what was done to real files, what was found, and why the rest could not be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.foundation.writing import format_table

from .judging import PASSED
from .mutating import TO_BE_CAUGHT
from .results import Result, measure_caught, tabulate

_OPENING = """\
# Faults put into real files

Published files are changed one at a time, as people, spreadsheets and downloads change them, and read as an edition's
are: by `python -m tests.mutations --count {count} --seed {seed} --docs`, which writes this page. Refused: the file is
left out, with the place. Questioned: what is wrong is named and not used. Harmless: nothing that is used differs by
more than its rounding. Passed: a wrong figure, interval or number of pupils is used. No change ends in a traceback.
The files are cut to some 40 schools each, with their authority and England; Great Expectations' suites, which check
the same once more, are not run.
"""
#: Why nobody could know, by what the change was made to: the first that fits is the reason.
_REASONS = (
    (
        r"abs\.csv|absence_",
        "the file has two figures a school and counts no pupils: another believable number is as good",
    ),
    (r"_1[5-9]|_2[0-4]|_PREV", "of earlier years the file has too few figures to hold this one against"),
    (r"provisional", "the provisional file has neither the two groups nor the parts of a score"),
    (r"census", "what stands there now is believable too, and what it is of is not counted in the file"),
    (r"pupdest", "a whole number of the pupils gives the new percentage too"),
    (r"", "the other figures of the row allow it within their rounding"),
)


def explain(result: Result) -> str:
    """Why a change that passed could not be known from the files."""
    about = f"{result.file} {result.what} {result.example}"
    return next(reason for pattern, reason in _REASONS if re.search(pattern, about))


def describe(results: Sequence[Result], seed: int) -> str:
    """The page: a table by kind, and every change of units, cohorts and shifts that passed, with its reason."""
    parts = [_OPENING.format(count=len(results), seed=seed), tabulate(results), ""]
    for group in TO_BE_CAUGHT:
        caught, changed = measure_caught(results, group)
        said = f"{caught:,} of {changed:,} that change what is used are refused or questioned"
        parts.append(f"- {group}: {said} ({caught / max(changed, 1):.1%})")
    passed = [one for one in results if one.outcome == PASSED and one.kind.startswith(TO_BE_CAUGHT)]
    reasons = Counter(explain(one) for one in passed)
    parts += ["", "## Those that passed, and why", ""]
    parts.append(
        format_table(
            ("Why nobody could know", "changes"), [(why, f"{count:,}") for why, count in reasons.most_common()]
        )
    )
    parts += ["", "Each of them:", ""]
    parts += [f"- {one.kind}: {one.file}, {one.what}" for one in passed]
    return "\n".join(parts) + "\n"
