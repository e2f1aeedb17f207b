"""Key stage 4 entries and grades by subject and school: what each school's pupils sat, and how many reached 7, 5 and 4.

A file has a row for every grade and one for all entries of a subject, which is no grade: added up with the others it
would double them. Small numbers are withheld here, before anything else sees them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import Availability, Level, count_noun
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.families.schools import ALIASES, complete_schools, fold_word
from pipeline.sources.families.tidy.ees import load_row_words, read_years
from pipeline.sources.families.tidy.subject_numbers import KEY, THRESHOLDS, sum_country, withhold_small
from pipeline.sources.frames import SUBJECTS, shape_frame
from pipeline.sources.reading import RawTable, Reading, Source
from pipeline.sources.tabular.cells import AVAILABILITIES, code_cells
from pipeline.sources.tabular.headings import WantedColumn
from pipeline.sources.tabular.identifiers import clear_words, list_faults, read_whole_numbers

NINE_TO_ONE, DOUBLE, OTHER = "9-1", "9-1, double award", "other"
_GRADE = re.compile("[1-9]{1,2}")
_NAMED_9_TO_1 = re.compile(r"\(9\s*[-\u2013]\s*1\)")
_SAME = ["urn", "year", *KEY]
_OPTIONAL = ("year", "level", "la", "laestab", "name", "version", "sector", "detail", "grade_words")


class SubjectAliases(Record):
    """All of ``aliases/ks4_subjects.yaml``."""

    title: str
    columns: dict[str, tuple[str, ...]]
    recognised_by: tuple[str, ...]
    totals: tuple[str, ...]
    below: tuple[str, ...]
    fewest: int
    independent: tuple[str, ...]


@cache
def load_subject_aliases() -> SubjectAliases:
    """The columns and words of these files; raises FaultyInput naming every mistake in their table."""
    return read_record(ALIASES / "ks4_subjects.yaml", SubjectAliases)


def _find_columns(header: Sequence[str]) -> dict[str, str]:
    """Our names of the columns → the header's."""
    present = {re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"): name for name in header}
    columns = load_subject_aliases().columns
    return {ours: present[name] for ours, names in columns.items() for name in names[::-1] if name in present}


@dataclass
class _Rows:
    """What each row of the table says, on its index."""

    keys: pd.DataFrame  # _SAME, version as a rank, la, and the kind of row
    count: np.ndarray  # float64; missing where the cell is a word
    availability: np.ndarray  # codes of AVAILABILITIES
    is_total: np.ndarray
    grade: pd.Series  # folded, as categories
    faults: list[Fault] = field(default_factory=list)


class SubjectFile:
    """Entries and grades by school and subject, in either layout."""

    family = "ks4_subjects"

    @property
    def title(self) -> str:
        return load_subject_aliases().title

    def recognises(self, header: tuple[str, ...]) -> bool:
        found = _find_columns(header)
        return all(name in found for name in load_subject_aliases().recognised_by)

    def find_year(self, table: RawTable) -> int | None:
        """The latest academic year among the rows; None in the layout that does not say it."""
        name = _find_columns(table.header).get("year")
        years = None if name is None else read_years(table.cells[name])
        return None if years is None or years.isna().all() else int(years.max())

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        found, columns = _find_columns(header), load_subject_aliases().columns
        return tuple(
            WantedColumn(found.get(ours, names[0]), also=names, expected=ours not in _OPTIONAL)
            for ours, names in columns.items()
        )

    def read(self, table: RawTable, year: int) -> Reading:
        """SUBJECTS of every year in the table; England's as printed, else summed where the file is a country's.

        Where two rows of one version give different numbers for one grade, that keeps the file out.
        """
        found = _find_columns(table.header)
        rows = _place_rows(table, found, year)
        refused = _drop_repeats(table, found, rows)
        kinds = rows.keys["kind"]
        frame = _add_up(table, found, rows)
        country = sum_country(frame)
        fewest = max(load_subject_aliases().fewest, table.file.smallest_number)
        subjects, withheld = withhold_small(pd.concat([frame, country], ignore_index=True), fewest)
        return Reading(
            subjects=shape_frame(subjects, SUBJECTS),
            schools=_read_schools(table, found, rows),
            rows_by_kind={str(kind): int(count) for kind, count in kinds.value_counts().sort_index().items()},
            columns_used=tuple(name for name in table.header if name in found.values()),
            columns_unused=tuple(name for name in table.header if name not in found.values()),
            faults=tuple(rows.faults),
            refused=tuple(refused),
            notes=_note(subjects, len(country), withheld, fewest),
            year=year,
        )


def _place_rows(table: RawTable, found: dict[str, str], year: int) -> _Rows:
    """Say what each row is about, and name the rows whose year, URN or grade cannot be read."""
    cells, aliases, words = table.cells, load_subject_aliases(), load_row_words()
    index = cells.index

    def text(ours: str, change: Callable[[str], str] = str.strip) -> pd.Series:
        """A column as categories, each different cell changed once: a country has a row for every grade."""
        codes, spellings = pd.factorize(cells[found[ours]] if ours in found else pd.Series("", index=index))
        changed, names = pd.factorize(pd.Series([change(str(word)) for word in spellings], dtype=object))
        return pd.Series(pd.Categorical.from_codes(changed[codes], categories=names), index=index)

    def fold(ours: str) -> pd.Series:
        return text(ours, fold_word)

    level, sector = fold("level"), fold("sector")
    kind = level.astype(object).map(words.areas) if "level" in found else pd.Series("school", index=index)
    covered = sector.astype(object).map(words.sectors).fillna("")
    national = (covered == "England, state-funded schools") | (covered == "")
    kind = kind.mask((kind == "national") & national, "England, state-funded schools")
    kind = kind.where(kind.isin(["school", "England, state-funded schools"]), "other area, not read")
    years = read_years(text("year")) if "year" in found else pd.Series(year, index=index, dtype="Int64")
    urn = read_whole_numbers(text("urn"))
    faults = list_faults(table, years.isna(), found.get("year"), "{cell} is not an academic year", "Write it 202425.")
    no_urn = (kind == "school") & urn.isna()
    faults += list_faults(table, no_urn, found["urn"], "{cell} is not a URN", "Restore it from the published file.")
    kind = kind.mask(no_urn, "school without a URN, not read").mask(years.isna(), "no academic year, not read")
    grade = fold("grade")
    is_total = grade.isin(aliases.totals) | fold("grade_words").isin(aliases.totals)
    numbers = code_cells(cells[found["entries"]])
    ranks = {word: rank for rank, word in enumerate(words.versions)}

    def is_private(word: str) -> bool:
        return any(part in word for part in aliases.independent)

    keys = pd.DataFrame({
        "kind": kind, "urn": urn, "year": years, "la": read_whole_numbers(text("la")),
        "rank": fold("version").astype(object).map(ranks).fillna(len(ranks)).astype(int),
        "independent": sector.isin([word for word in sector.cat.categories if is_private(word)]),
        **{name: text(name) for name in KEY},
    })  # fmt: skip
    return _Rows(keys, numbers.value, numbers.availability, is_total.to_numpy(), grade, faults)


def _is_read(rows: _Rows) -> pd.Series:
    return rows.keys["kind"].isin(["school", "England, state-funded schools"])


def _drop_repeats(table: RawTable, found: dict[str, str], rows: _Rows) -> list[Fault]:
    """Set aside older versions and repeats, and give a fault for each row of one version that differs from another."""
    read = rows.keys[_is_read(rows)]
    newest = read.groupby(["kind", "urn", "year"], dropna=False, observed=True)["rank"].transform("max")
    rows.keys.loc[read.index[read["rank"] < newest], "kind"] = "older version, not read"
    read = rows.keys[_is_read(rows)].assign(grade=rows.grade)
    same = ["kind", *_SAME, "grade"]
    twice = read[read.duplicated(same, keep=False)]
    if twice.empty:
        return []
    values = pd.DataFrame({"value": rows.count, "availability": rows.availability}, index=rows.keys.index)
    repeated = twice.assign(**values.loc[twice.index]).duplicated([*same, "value", "availability"])
    rest = twice[~repeated]
    clashes = rest.index[rest.duplicated(same)]
    rows.keys.loc[twice.index[repeated], "kind"] = "repeated row"
    rows.keys.loc[clashes, "kind"] = "contradicts an earlier row, not read"
    marked = pd.Series(table.cells.index.isin(clashes), index=table.cells.index)
    what = "an earlier row gives another number for the same school, subject and grade"
    return list_faults(table, marked, found["entries"], what, "Keep the publisher's row, or download the file again.")


def _add_up(table: RawTable, found: dict[str, str], rows: _Rows) -> pd.DataFrame:
    """SUBJECTS, one row per school (or England), year and subject, nothing withheld but what the file withholds."""
    read = np.flatnonzero(_is_read(rows))
    keys = rows.keys.iloc[read].reset_index(drop=True)
    group = keys.groupby(["kind", *_SAME], dropna=False, sort=False, observed=True).ngroup().to_numpy()
    count, total, availability = rows.count[read], rows.is_total[read], rows.availability[read]
    first = pd.Series(np.arange(len(group))).groupby(group).first().to_numpy()
    size = len(first)

    def any_of(marked: np.ndarray) -> np.ndarray:
        return np.bincount(group, weights=marked, minlength=size) > 0

    grade = rows.grade.iloc[read].cat
    lowest, digits, is_below = (each[grade.codes] for each in _rank_grades(grade.categories.tolist()))
    single, double = digits == 1, digits == 2
    qualifications = keys["qualification"].cat
    named = np.array([bool(_NAMED_9_TO_1.search(name)) for name in qualifications.categories])
    named = named[qualifications.codes.to_numpy()[first]]
    scale = np.where(any_of(double), DOUBLE, np.where(any_of(single) | named, NINE_TO_ONE, OTHER))
    unknown = ~total & (digits == 0) & ~is_below & (scale != OTHER)[group]
    not_applicable = AVAILABILITIES.index(Availability.NOT_APPLICABLE)
    hidden = np.isnan(count) & (availability != not_applicable)
    known = np.bincount(group, weights=np.where(total, 0, np.nan_to_num(count)), minlength=size)
    has_total, is_hidden = any_of(total), any_of(hidden & ~total)
    printed = np.bincount(group, weights=np.where(total, np.nan_to_num(count), 0), minlength=size)
    entries = np.where(has_total, printed, known)
    told = ~np.where(has_total, any_of(total & np.isnan(count)), is_hidden)
    frame = {
        "level": np.where(keys["kind"].iloc[first] == "school", str(Level.SCHOOL), str(Level.ENGLAND_STATE)),
        "urn": keys["urn"].iloc[first], "published_urn": keys["urn"].iloc[first], "la": keys["la"].iloc[first],
        **{name: keys[name].iloc[first] for name in _SAME[1:]},
        "version": keys["rank"].iloc[first], "independent": keys["independent"].iloc[first], "scale": scale,
        "entries": np.where(told, entries, np.nan),
        "availability": np.where(told, str(Availability.AVAILABLE), str(Availability.SUPPRESSED)),
        "file": table.file.name, "line": table.lines[read][first],
    }  # fmt: skip
    apart = told & (np.where(is_hidden, known > entries, known != entries)) & any_of(~total)
    doubtful = (scale != OTHER) & (apart | any_of(unknown))
    for threshold in THRESHOLDS:
        above = ~total & (lowest >= threshold)
        reached = np.bincount(group, weights=np.where(above, np.nan_to_num(count), 0), minlength=size)
        withheld = any_of(above & hidden) | ~any_of(~total)
        frame[f"at_{threshold}"] = np.where((scale == OTHER) | doubtful | ~told | withheld, np.nan, reached)
    grades = np.where(scale == OTHER, str(Availability.NOT_APPLICABLE), str(Availability.AVAILABLE))
    lacking = np.isnan([frame[f"at_{threshold}"] for threshold in THRESHOLDS]).any(axis=0)
    grades = np.where((scale != OTHER) & lacking, str(Availability.SUPPRESSED), grades)
    frame["grades"] = np.where(doubtful, str(Availability.QUESTIONED), grades)
    rows.faults += _name_doubts(table, found, rows, read, (unknown, (apart & (scale != OTHER))[group] & total))
    return pd.DataFrame({name: np.asarray(values) if np.ndim(values) else values for name, values in frame.items()})


def _rank_grades(grades: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each grade its lowest digit from 9 to 1, how many it has (words have none), and whether it is below all."""
    matched = [_GRADE.fullmatch(grade) for grade in grades]
    lowest = [min(map(int, match[0])) if match else np.nan for match in matched]
    digits = [len(match[0]) if match else 0 for match in matched]
    return np.array(lowest), np.array(digits), np.isin(grades, load_subject_aliases().below)


def _read_schools(table: RawTable, found: dict[str, str], rows: _Rows) -> pd.DataFrame:
    """SCHOOLS as their first rows of the latest year name them: by this a row's URN is held against other files."""
    read = rows.keys[rows.keys["kind"] == "school"].sort_values("year", ascending=False, kind="stable")
    first = np.sort(read.drop_duplicates("urn").index.to_numpy())
    names = table.cells[found["name"]].iloc[first] if "name" in found else pd.Series("", index=first)
    frame = rows.keys.loc[first, ["urn", "la"]].assign(name=clear_words(names))
    if "laestab" in found:
        frame["laestab"] = read_whole_numbers(table.cells[found["laestab"]].iloc[first].str.replace("/", ""))
    frame = frame.assign(file=table.file.name, line=table.lines[first]).reset_index(drop=True)
    return complete_schools(frame)


def _name_doubts(
    table: RawTable, found: dict[str, str], rows: _Rows, read: np.ndarray, marks: tuple[np.ndarray, np.ndarray]
) -> list[Fault]:
    """A fault for each unknown grade, unknown word and total that is not the sum of its grades."""
    unknown, apart = (_spread(read, marked, len(table.cells)) for marked in marks)
    strange = rows.availability == AVAILABILITIES.index(Availability.UNKNOWN)
    word = pd.Series(strange & _is_read(rows).to_numpy(), index=table.cells.index)
    told = (
        (
            *(unknown, found["grade"], "{cell} is no grade from 9 to 1: the subject's grades are not used"),
            "If the publisher uses a new word, add it to pipeline/sources/aliases/ks4_subjects.yaml.",
        ),
        (
            *(word, found["entries"], "{cell} is a word that no publisher's list holds"),
            "Look it up in the publisher's notes; the number is taken as withheld.",
        ),
        (  # neither is told: they may be small
            *(apart, found["entries"], "the grades do not add up to all entries of the subject: they are not used"),
            "Download the file again, or ask the publisher.",
        ),
    )
    return [fault for one in told for fault in list_faults(table, *one)]


def _spread(read: np.ndarray, marked: np.ndarray, length: int) -> pd.Series:
    every = np.zeros(length, dtype=bool)
    every[read] = marked
    return pd.Series(every)


def _note(subjects: pd.DataFrame, summed: int, withheld: int, fewest: int) -> tuple[str, ...]:
    schools = subjects[subjects["level"] == str(Level.SCHOOL)]
    notes = [f"{count_noun(len(schools), 'subject')} of {count_noun(schools['urn'].nunique(), 'school')}"]
    if summed:
        notes.append("England is the sum of the state-funded schools in the file, of those whose grades are all told")
    if withheld:
        notes.append(f"{count_noun(withheld, 'subject')} with numbers under {fewest}: these are withheld here")
    return tuple(notes)


SOURCES: tuple[Source, ...] = (SubjectFile(),)
