"""Local returns: results that schools send in and nobody publishes by school, in one long table.

Phonics, the multiplication check and early years. Rows of England make them comparable; they become observations like
those of any published file.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.vocabulary import Availability, Level, PupilGroup, Unit, name_academic_year, read_academic_year
from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.sources.local.files import RETURNS, RETURNS_FILE, list_columns
from pipeline.sources.local.rows import Row, Schools, read_rows, refuse_repeats
from pipeline.sources.plausibility.checks import find_shares, name_shares
from pipeline.sources.reading import RawTable, Reading, Source
from pipeline.sources.tabular.cells import CodedCells, code_cells, parse_cell
from pipeline.sources.tabular.headings import WantedColumn

ENGLAND = "england"


class LocalReturns:
    """The edition's own ``local/local_returns.csv``."""

    family = RETURNS_FILE.family
    title = "local returns"
    needs_year = False

    def recognises(self, header: tuple[str, ...]) -> bool:
        return all(heading for _, heading in list_columns(header, RETURNS_FILE))

    def find_year(self, table: RawTable) -> int | None:
        """None: every row says its own year."""
        return None

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        """None: a local file with a heading it must not lack is refused with its name."""
        return ()

    def read(self, table: RawTable, year: int | None) -> Reading:
        """OBSERVATIONS at school level and of England, state-funded.

        ``year`` is the academic year under review, where it is known: no row may be of a later one.
        Raises FaultyInput with every fault of every row.
        """
        rows, faults, warnings = read_rows(table, RETURNS_FILE)
        smallest = table.file.smallest_number
        observations = _withhold_small(rows, _read_observations(rows, table, year, smallest), smallest)
        if faults:
            raise FaultyInput(faults)
        england = sum(_is_england(row) for row in rows)
        kinds = {"school": len(rows) - england, "England, state-funded schools": england}
        used = tuple(heading for _, heading in list_columns(table.header, RETURNS_FILE) if heading)
        return Reading(
            observations=observations,
            rows_by_kind={kind: count for kind, count in kinds.items() if count},
            columns_used=used,
            columns_unused=tuple(name for name in table.header if name not in used),
            year=year,
            faults=tuple(warnings),
        )


def refuse_strange_schools(rows: list[Row], schools: Schools) -> None:
    """Note a fault for each row about a school that the edition's local files may not speak of."""
    for row in rows:
        if not _is_england(row) and row.number is not None and 100000 <= row.number <= 999999:
            row.read_urn(schools)


def _read_observations(rows: list[Row], table: RawTable, year: int | None, smallest: int) -> pd.DataFrame:
    values = _code_values(rows)
    columns = dict(list_columns(table.header, RETURNS_FILE))
    found = []
    for place, row in enumerate(rows):
        measure = row.choose("measure", list(RETURNS), "measure of local returns")
        found.append(
            {
                **_read_place(row),
                "measure": measure,
                "group": str(PupilGroup.ALL),
                "year": _read_year(row, year),
                **_read_value(row, measure, values, place, smallest),
                "cohort": _read_pupils(row),
                "unit": str(RETURNS[measure].unit) if measure else str(Unit.PERCENT),
                "file": row.file,
                "line": row.line,
                "column": columns["value"],
            }
        )
    what = "line {line} holds the same measure of the same school and year"
    keys = [(one.get("urn", ENGLAND) or None, one["year"] or None, one["measure"] or None) for one in found]
    refuse_repeats(rows, keys, what, "Keep one of the two.")
    return shape_frame(pd.DataFrame(found, columns=list(OBSERVATIONS)), OBSERVATIONS)


def _withhold_small(rows: list[Row], observations: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """OBSERVATIONS without the figures, and the numbers, of fewer pupils than ``smallest``; each is named.

    Nothing of them goes on from here, so that nothing can be printed, pooled or worked out from other years. A school's
    figure that does not say how many pupils it covers may be one of those. England's are of the whole country.
    """
    school = (observations["level"] == str(Level.SCHOOL)).to_numpy()
    few = school & (observations["cohort"] < smallest).to_numpy(dtype=bool, na_value=False)
    untold = school & observations["cohort"].isna().to_numpy() & (smallest > 1)
    held = observations["value"].notna().to_numpy() & (few | untold)
    for place in np.flatnonzero(held).tolist():
        _name_withheld(rows[place], smallest, untold=bool(untold[place]))
    withheld = observations.astype({"availability": object, "word": object})
    withheld.loc[few, "cohort"] = np.nan
    withheld.loc[held, ["value", "step"]] = np.nan
    withheld.loc[held, "availability"] = str(Availability.SUPPRESSED)
    withheld.loc[held, "word"] = ""
    return shape_frame(withheld, OBSERVATIONS)


def _name_withheld(row: Row, smallest: int, *, untold: bool) -> None:
    if untold:
        what = f"URN {row.number}: how many pupils the figure covers is not said, so it is withheld as if of too few"
        row.warn("pupils", what, "Write how many pupils it covers.")
        return
    what = f"URN {row.number}: the figure covers fewer pupils than {smallest}, so it is withheld everywhere"
    row.warn(
        "value", what, "Write SUPP in its place. `smallest_number` in edition.yaml says how many pupils are enough."
    )


def _is_england(row: Row) -> bool:
    return row["urn"].casefold() == ENGLAND


def _read_place(row: Row) -> dict[str, object]:
    """Whom the row is about."""
    if _is_england(row):
        return {"level": str(Level.ENGLAND_STATE)}
    urn = row.read_urn(None)
    return {"level": str(Level.SCHOOL), "urn": urn, "published_urn": urn}


def _code_values(rows: list[Row]) -> CodedCells:
    """The values, those of one measure rounded alike, schools' apart from England's."""
    alike = [f"{row['measure'].casefold()} {_is_england(row)}" for row in rows]
    return code_cells(pd.Series([row["value"] for row in rows], dtype="str"), pd.factorize(np.array(alike, object))[0])


def _read_value(row: Row, measure: str, values: CodedCells, place: int, smallest: int) -> dict[str, object]:
    availability = tuple(Availability)[values.availability[place]]
    word = values.words[values.word[place]]
    if availability is Availability.UNKNOWN:
        row.refuse(
            "value", f"{word!r} is neither a number nor a word for why there is none", "Write SUPP, c, x or a number."
        )
    value = float(values.value[place])
    if measure and not np.isnan(value) and not 0 <= value <= RETURNS[measure].most:
        most = RETURNS[measure].most
        row.refuse("value", f"{value:g} is impossible: {measure} lies between 0 and {most:g}", "Correct the figure.")
    if measure and RETURNS[measure].unit is Unit.PERCENT:
        _refuse_fraction(row, value, float(values.step[place]))
        if _is_no_share(row, value, smallest):
            return {"availability": str(Availability.QUESTIONED), "word": row["value"]}
    return {"value": value, "step": values.step[place], "availability": str(availability), "word": word}


def _refuse_fraction(row: Row, value: float, step: float) -> None:
    """Refuse a percentage of less than one pupil: a spreadsheet's 0.83 where 83 is meant, and its 1 beside them.

    What is above 1 is no part of 1, and is as rough as its own cell is printed: 14 beside 83.33 may be one pupil of 7.
    """
    pupils = float(code_cells(pd.Series([row["pupils"]], dtype="str")).value[0])
    if value > 1:
        step = 10.0 ** -parse_cell(row["value"]).decimals
    if pupils >= 1 and value > 0 and (value + step / 2) * pupils / 100 < 1 - 1e-9:
        what = f"{value:g}% of {pupils:g} pupils is less than one pupil"
        row.refuse("value", what, f"Write per cents: {100 * value:g} where {value:g} is a part of 1.")


def _is_no_share(row: Row, value: float, smallest: int) -> bool:
    """Whether no whole number of the row's pupils gives its percentage, which is then warned of.

    Schools round each as they like: what counts is how the cell itself is printed. Of fewer pupils than ``smallest``
    nothing is said: their figures are withheld, and so is what would tell them.
    """
    pupils = float(code_cells(pd.Series([row["pupils"]], dtype="str")).value[0])
    step = 10.0 ** -parse_cell(row["value"]).decimals
    if not (0 <= value <= 100 and pupils >= max(smallest, 1) and pupils.is_integer()):
        return False
    if find_shares(np.array([value]), np.array([step]), np.array([pupils]))[0]:
        return False
    what = f"{value:g}% is no whole number of {pupils:g} pupils (believable: {name_shares(value, pupils)})"
    row.warn(
        "value",
        f"{row['value']} is not believed and left out: {what}",
        "Ask the school: write how many pupils the percentage is of, or the percentage of all of them.",
    )
    return True


def _read_year(row: Row, under_review: int | None) -> int:
    try:
        year = read_academic_year(row["year"])
    except ValueError:
        what = f"{row['year']!r} is not an academic year" if row["year"] else "the academic year is missing"
        row.refuse("year", what, "Write it as 2024/25.")
        return 0
    if under_review is not None and year > under_review:
        what = f"{name_academic_year(year)} is later than the year under review, {name_academic_year(under_review)}"
        row.refuse("year", what, "Leave the row for next year's edition: put # before it.")
    return year


def _read_pupils(row: Row) -> float:
    """How many pupils a figure covers; missing where the cell is empty or says why there is none."""
    coded = code_cells(pd.Series([row["pupils"]], dtype="str"))
    pupils = float(coded.value[0])
    known = tuple(Availability)[coded.availability[0]] is not Availability.UNKNOWN
    if not known or pupils < 0 or (not np.isnan(pupils) and not pupils.is_integer()):
        row.refuse("pupils", f"{row['pupils']!r} is no number of pupils", "Write a whole number, or leave it empty.")
    return pupils


SOURCES: tuple[Source, ...] = (LocalReturns(),)
