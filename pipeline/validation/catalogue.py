"""Every expectation, in words, for ``docs/validation.md``: read from the files, without Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.foundation.writing import format_table
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.validation.suites import list_suites, read_suite

_OPENING = """\
# What is checked

Every file is checked when an edition is prepared, and every school's figures are checked once more inside its report.
A **critical** failure stops the file or the school's report and says why. A **warning** stops nothing and is printed.

Beside the suites the readers themselves look at what a suite cannot see, a file's headings and rows: columns that files
of its kind and year have and this one lacks, with the heading that is likely each; schools' pupils that fall short of
their authority's own row; authorities without a row; words that nobody has explained where they decide. What they find
is printed by `check` with every warning of the suites; [operations](operations.md#published-files) says how they judge.

The suites below are the files of `expectations/`, in Great Expectations' own form: edit one, or add an expectation,
and it holds from the next run on. Each expectation needs a `severity`, a `description`, and in `meta` a `reason` and a
`remedy` in plain words. A family of files has the suite of its own name: one for a new family begins as a copy of the
suite of a like one ([how to add a family](analyst-guide.md#add-a-family-of-tidy-files)). This page is made from them by
`make docs`.
"""


class Question(Record):
    """One thing that published figures are asked: why it holds, and what is left out where it does not."""

    asked: str
    why: str
    left_out: str


class QuestionsPage(Record):
    """All of ``questions.yaml``."""

    opening: str
    closing: str
    questions: tuple[Question, ...]


def describe_questions() -> Iterator[str]:
    """The lines of the page that tell what is asked of figures beside the suites."""
    page = read_record(Path(__file__).parent / "questions.yaml", QuestionsPage)
    yield "## Figures that are questioned\n"
    yield f"{page.opening}\n"
    rows = [(one.asked, one.why, one.left_out) for one in page.questions]
    yield format_table(("What is asked", "Why it cannot be otherwise", "What is left out"), rows)
    yield f"\n{page.closing}\n"


def describe_suites() -> str:
    """The text of ``docs/validation.md``: one table for each suite, in alphabetical order, critical checks first."""
    return "\n".join(
        [
            _OPENING,
            *describe_questions(),
            *(line for name in list_suites() for line in _describe_suite(read_suite(name))),
        ]
    )


def _describe_suite(suite: dict[str, Any]) -> Iterator[str]:
    yield f"## {suite['meta']['title']} (`{suite['name']}`)\n"
    yield f"{suite['notes']}\n"
    if suite["meta"]["parameters"]:
        yield f"Takes {' and '.join(f'`{parameter}`' for parameter in suite['meta']['parameters'])}.\n"
    rows = [
        (entry["severity"], entry["description"], entry["meta"]["reason"], entry["meta"]["remedy"])
        for entry in sorted(suite["expectations"], key=lambda entry: entry["severity"])
    ]
    yield format_table(("Severity", "What should hold", "Why", "What to do if not"), rows)
    yield ""
