"""Running a suite on a frame: what was checked, what failed, and in which lines of which file."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import pandas as pd

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import count_noun
from pipeline.validation.distinct import Checked, lay_out, part_by_columns
from pipeline.validation.plans import Parameter, Verdict, ask_expectations
from pipeline.validation.slices import describe_slice
from pipeline.validation.suites import find_entry, name_entry, read_suite, show_suite

#: Rows shown of all that fail one expectation. A report never carries the frame.
EXAMPLES = 5
#: Columns that lead a reader back to the cell, where a frame has them.
PLACES = ("file", "line", "column", "urn", "word")


@dataclass(frozen=True)
class Example:
    """One row that fails an expectation. Texts come from files: untrusted."""

    value: str
    file: str = ""
    line: int | None = None  # the header being line 1
    column: str = ""  # the published header
    urn: int | None = None
    word: str = ""  # what the cell says where that is no figure that is used
    cells: int = 1  # of the row that fail with it: a row's URN stands beside each of its figures


@dataclass(frozen=True)
class Check:
    """One expectation and what came of it."""

    expectation: str  # Great Expectations' name of its type
    column: str  # of the frame; "" where it is about the whole of it
    severity: str  # "critical" or "warning"
    statement: str  # what should hold
    reason: str  # why it matters, to a headteacher
    remedy: str  # what to do next
    success: bool
    checked_count: int = 0  # rows that were judged; told only of a failure
    unexpected_count: int = 0  # rows that fail; 0 where the whole column is judged at once
    observed: str = ""  # what the column or the frame was found to hold, where rows are not judged one by one
    examples: tuple[Example, ...] = ()

    @property
    def message(self) -> str:
        """What a reader is told where it fails: the statement says what should hold, these two what does not."""
        return f"{self.reason} {self.remedy}"


@dataclass(frozen=True)
class ValidationReport:
    """What a suite found in one frame. Plain values only: it can be pickled and written as JSON."""

    suite: str
    name: str  # of what was checked, as a user knows it: "2018-2019/england_abs.csv", "URN 137158"
    rows: int  # of the frame
    results: tuple[Check, ...]

    @property
    def success(self) -> bool:
        """Whether every expectation held."""
        return all(check.success for check in self.results)

    @property
    def critical(self) -> tuple[Check, ...]:
        """Failures that stop the file or the school."""
        return tuple(check for check in self.results if not check.success and check.severity == "critical")

    @property
    def warnings(self) -> tuple[Check, ...]:
        """Failures that are printed and stop nothing."""
        return tuple(check for check in self.results if not check.success and check.severity != "critical")

    def warn_as(self, own: ValidationReport | None) -> ValidationReport:
        """This report with the warnings of ``own``, of the same suite on some of the rows; none where it is None."""
        checks = self.results if own is None else own.results
        warned = [
            mine if mine.severity == "critical" else replace(theirs, success=own is None or theirs.success)
            for mine, theirs in zip(self.results, checks, strict=True)
        ]
        return replace(self, results=tuple(warned))

    def raise_critical(self) -> None:
        """Raise FaultyInput with a located fault for every critical failure; return where there is none."""
        faults = self.locate(self.critical)
        if faults:
            raise FaultyInput(faults)

    def locate(self, failures: Iterable[Check]) -> list[Fault]:
        """A fault for each row that some of this report's ``failures`` name, with its place."""
        return [fault for check in failures for fault in _locate(check, self.name, self.suite)]

    def summarise(self, failures: Iterable[Check]) -> list[Fault]:
        """One fault for each of this report's ``failures``, at its first place, with how many more and why."""
        found = []
        for check in failures:
            first = next(iter(_locate(check, self.name, self.suite)))
            more = check.unexpected_count - 1 if check.examples else 0
            counted = f" As much in {count_noun(more, 'more row')}." if more > 0 else ""
            found.append(replace(first, what=f"{first.what}{counted} {check.reason}"))
        return found


def check_frame(suite: str, frame: Checked, *, name: str = "", **parameters: Parameter) -> ValidationReport:
    """Check ``frame`` against the suite ``expectations/<suite>.json``.

    ``name`` is what the user calls the thing checked. ``parameters`` are those the suite declares: ``observations``
    takes ``year`` and ``measures``, ``school_slice`` takes ``urn`` and ``year`` (and is given OBSERVATIONS as they are:
    the columns of ``describe_slice`` are added here).
    Raises FaultyInput where the suite itself cannot be used, and of every column it names that the frame does not have;
    ValueError where a parameter is missing.
    """
    content = read_suite(suite)
    _require_parameters(suite, content, parameters)
    if suite == "school_slice" and isinstance(year := parameters["year"], int) and isinstance(frame, pd.DataFrame):
        frame = describe_slice(frame, year=year)
    if isinstance(frame, pd.DataFrame):
        frame = frame.reset_index(drop=True)
    needed = _list_columns(suite, content, frame)
    entries = content["expectations"]
    verdicts = _ask_different_rows(suite, entries, frame, parameters)
    laid_out = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame()
    if not all(verdict.success for verdict in verdicts.values()):
        laid_out = lay_out(frame, [*frame])
        verdicts = _look_closer(verdicts, laid_out[needed], suite, parameters)
    checks = (_describe(entry, verdicts[place], laid_out) for place, entry in enumerate(entries))
    return ValidationReport(suite, name or suite, len(frame), tuple(checks))


#: Families that share a suite with another, by what the frame holds.
SUITE_OF_FIGURES = {
    "ees_authority_early_years": "authorities",
    "ees_authority_ks2": "authorities",
    "ees_authority_ks4": "authorities",
    "ees_authority_ks4_totals": "authorities",
    "lait": "authorities",
    "ees_ks2_information": "ees_ks2",
    "ees_ks4_information": "ees_ks4",
    "trusts_ks2": "trusts",
    "trusts_ks4": "trusts",
}
SUITE_OF_SCHOOLS = {
    "gias": "schools",
    "school_information": "schools",
    "schools": "schools",
    "spine": "schools",
    "ees_ks2_information": "ees_schools",
    "ees_ks4_information": "ees_schools",
}


def find_suite(family: str, frame: Checked) -> str | None:
    """The suite for a frame that a file of ``family`` gave, told by the frame's own columns.

    Each of an edition's own files has a suite of its family's name (``local_moderation``).
    None for the schools that a results, absence or census file names: such a file knows them in part only, and the
    whole list is checked once it is put together (family ``schools``).
    """
    if family.startswith("local_"):
        return family
    if "availability" in frame:
        return SUITE_OF_FIGURES.get(family, family)
    if "census_phase" in frame:
        return SUITE_OF_SCHOOLS.get(family)
    return "ofsted" if "framework" in frame else "gias_links"


def _require_parameters(suite: str, content: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> None:
    declared = set(content["meta"]["parameters"])
    if declared != set(parameters):
        raise ValueError(f"suite {suite!r} takes the parameters {sorted(declared)}, not {sorted(parameters)}")


def _list_columns(suite: str, content: Mapping[str, Any], frame: Checked) -> list[str]:
    """Only what the suite looks at: Great Expectations copies the frame often."""
    entries, names = content["expectations"], [str(name) for name in frame]
    asked = [_name_all_columns(entry["kwargs"]) for entry in entries]
    faults = []
    for place, (entry, columns) in enumerate(zip(entries, asked, strict=True)):
        for column in dict.fromkeys(columns):
            if column in names:
                continue
            near = get_close_matches(column, names, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(names)}."
            what = f"there is no column {column!r} to check"
            faults.append(Fault(show_suite(suite), find_entry(suite, place), name_entry(place, entry), what, remedy))
    if faults:
        raise FaultyInput(faults)
    needed = {column for columns in asked for column in columns}
    return [name for name in frame if name in needed]


def _name_all_columns(kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that an expectation judges, and those that choose its rows."""
    return (*name_columns(kwargs), *_name_conditions(kwargs.get("row_condition")))


def _name_conditions(condition: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The columns that choose which rows an expectation judges."""
    if condition is None:
        return ()
    if "conditions" in condition:
        return tuple(name for part in condition["conditions"] for name in _name_conditions(part))
    return (condition["column"]["name"],)


def name_columns(kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that an expectation's arguments judge, in the order in which they stand."""
    single = (kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs)
    return (*single, *kwargs.get("column_list", ()))


def _ask(
    suite: str, places: Sequence[int], frame: pd.DataFrame, result_format: str, parameters: Mapping[str, Parameter]
) -> dict[int, Verdict]:
    wanted = {"result_format": result_format, "partial_unexpected_count": EXAMPLES}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside Great Expectations; what fails is in the verdicts
        return ask_expectations(suite, places, frame, wanted, parameters)


def _ask_different_rows(
    suite: str, entries: Sequence[Mapping[str, Any]], frame: Checked, parameters: Mapping[str, Parameter]
) -> dict[int, Verdict]:
    """Whether each expectation holds: rows that are alike in what it looks at are asked once."""
    about = [(entry["type"], entry["kwargs"], frozenset(_name_all_columns(entry["kwargs"]))) for entry in entries]
    verdicts: dict[int, Verdict] = {}
    for places, rows in part_by_columns(about, frame):
        verdicts |= _ask(suite, places, rows, "BOOLEAN_ONLY", parameters)
    return verdicts


def _look_closer(
    verdicts: Mapping[int, Verdict], frame: pd.DataFrame, suite: str, parameters: Mapping[str, Parameter]
) -> dict[int, Verdict]:
    """Ask the failed expectations again for the rows that fail; rows take half as long again."""
    failed = [place for place, verdict in verdicts.items() if not verdict.success]
    return {**verdicts, **(_ask(suite, failed, frame, "SUMMARY", parameters) if failed else {})}


def _describe(entry: Mapping[str, Any], verdict: Verdict, frame: pd.DataFrame) -> Check:
    columns = name_columns(entry["kwargs"])
    found = verdict.result if not verdict.success else {}
    return Check(
        expectation=entry["type"],
        column=", ".join(columns),
        severity=entry["severity"],
        statement=entry["description"],
        reason=entry["meta"]["reason"],
        remedy=entry["meta"]["remedy"],
        success=verdict.success,
        checked_count=int(found.get("element_count") or 0),
        unexpected_count=int(found.get("unexpected_count") or 0),
        observed=_say_observed(found),
        examples=_show_rows(frame, _choose_rows(entry, found, frame), columns),
    )


def _show_rows(frame: pd.DataFrame, rows: Sequence[int], columns: tuple[str, ...]) -> tuple[Example, ...]:
    """The rows as examples; of what is the same in all cells of a line, one for each line."""
    shown = [_show_row(frame, row, columns) for row in rows]
    if not (len(columns) == 1 and columns[0] in _OF_LINES and "line" in frame and "column" in frame):
        return tuple(shown)
    first = {(one.file, one.line, one.value): one for one in reversed(shown)}
    places = {(one.file, one.line, one.value): row for one, row in zip(shown, rows, strict=True)}
    counts = {place: _count_alike(frame, row, columns[0]) for place, row in places.items()}
    return tuple(replace(first[place], cells=counts[place]) for place in places)


def _count_alike(frame: pd.DataFrame, row: int, column: str) -> int:
    """How many cells of the line of ``row`` bear the same value of a column that is the whole line's."""
    alike = frame["line"] == frame.at[row, "line"]
    if "file" in frame:
        alike &= frame["file"] == frame.at[row, "file"]
    value: Any = frame.at[row, column]
    return int((alike & (frame[column].isna() if pd.isna(value) else (frame[column] == value).fillna(False))).sum())


def _choose_rows(entry: Mapping[str, Any], found: Mapping[str, Any], frame: pd.DataFrame) -> Sequence[int]:
    """The rows that are shown of those that fail; of measures, which a table names, the first row of each."""
    rows = found.get("partial_unexpected_index_list") or ()
    pattern = entry["kwargs"].get("regex")
    if not rows or pattern is None or name_columns(entry["kwargs"]) != (_OF_TABLES,):
        return rows
    first = frame[_OF_TABLES].astype(str).drop_duplicates()  # numbered from 0, as the whole frame is
    return [int(row) for row in first.index[[not re.match(pattern, measure) for measure in first]]]


def _say_observed(found: Mapping[str, Any]) -> str:
    if found.get("partial_missing_list"):
        return "no row says " + " or ".join(f"'{value}'" for value in found["partial_missing_list"])
    return _say(found["observed_value"]) if "observed_value" in found else ""


def _show_row(frame: pd.DataFrame, row: int, columns: tuple[str, ...]) -> Example:
    cells = frame.loc[row]
    values = {column: _say(cells[column]) for column in columns}
    value = next(iter(values.values())) if len(values) == 1 else ", ".join(f"{k} {v}" for k, v in values.items())
    place: dict[str, Any] = {name: cells[name] for name in PLACES if name in frame and pd.notna(cells[name])}
    if place.get("word"):
        value += f" (the cell says {place['word']!r})"
    return Example(
        value=value,
        file=str(place.get("file", "")),
        line=int(place["line"]) if "line" in place else None,
        column=str(place.get("column", "")),
        urn=int(place["urn"]) if "urn" in place else None,
        word=str(place.get("word", "")),
    )


def _say(value: Any) -> str:
    if pd.isna(value) or value == "":
        return "nothing"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


#: Columns whose value is that of a whole line of the file.
_OF_LINES = ("published_urn", "level", "year", "la")
#: The column that is filled from a family's table of columns, not from the file, and how suites say what it may hold.
_OF_TABLES, _OF_PATTERN = "measure", "expect_column_values_to_match_regex"


def _locate(check: Check, name: str, suite: str) -> Iterable[Fault]:
    if (check.column, check.expectation) == (_OF_TABLES, _OF_PATTERN) and check.examples:
        yield from _blame_table(check, name, suite)
        return
    expected = f"expected: {check.statement} Found: "
    if not check.examples:
        yield Fault(name, None, check.column or None, f"{expected}{check.observed or 'otherwise'}.", check.remedy)
    for example in check.examples:
        place = (example.file or name, example.line, example.column or check.column or None)
        yield Fault(*place, f"{expected}{example.value}.", check.remedy, example.urn)
    more = check.unexpected_count - sum(example.cells for example in check.examples)
    if check.examples and more > 0:
        yield Fault(name, None, check.column or None, f"{expected}as much in {more} more.", check.remedy)


def _blame_table(check: Check, name: str, suite: str) -> Iterable[Fault]:
    """A fault for each measure that a table of columns names and the suite does not know: the file is not at fault."""
    for measure, column in dict.fromkeys((example.value, example.column) for example in check.examples):
        what = f"its family's table of columns names the measure {measure!r}, which {show_suite(suite)} does not know"
        remedy = (
            "In the table in pipeline/sources/aliases, write the measure as the suite has it, and no other family's; "
            "or add it to the suite. The file need not be downloaded again."
        )
        yield Fault(name, 1, column, what, remedy)
