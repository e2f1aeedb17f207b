"""Inspection outcomes from Ofsted's management information, in the words of the framework that gave them.

Two layouts are read. A graded judgement is never turned into a report card's grade, nor the other way; an empty cell
or ``NULL`` is no judgement, *Not judged* is one of Ofsted's own outcomes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

import pandas as pd
from pydantic import Field

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import Framework
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.families.schools import ALIASES, complete_schools
from pipeline.sources.frames import INSPECTIONS, SCHOOLS, shape_frame
from pipeline.sources.reading import RawTable, Reading, Source
from pipeline.sources.tabular.headings import WantedColumn, fold_heading, want_columns
from pipeline.sources.tabular.identifiers import (
    clear_words,
    list_faults,
    list_unreadable_dates,
    read_dates,
    read_whole_numbers,
)


class InspectionColumns(Record):
    """Where one inspection of each school stands in a row, and its areas of judgement."""

    kind: str
    framework: Framework
    date: str
    published: str
    same_school: str
    inspected_urn: str
    areas: dict[str, str]
    area_dates: dict[str, str] = Field(default_factory=dict)


class Layout(Record):
    """One layout of the file: the headings that tell it, and where each inspection stands."""

    recognised_by: tuple[str, ...]
    inspections: tuple[InspectionColumns, ...]


class OfstedAliases(Record):
    """All of ``aliases/ofsted.yaml``."""

    schools: dict[str, str]
    layouts: dict[str, Layout]
    others: tuple[str, ...]
    endings: dict[str, tuple[str, ...]]
    grades: dict[str, str]
    unexplained: tuple[str, ...]
    card_grades: dict[str, str]
    safeguarding: dict[str, str]
    card_safeguarding: dict[str, str]
    concerns: dict[str, str]
    no_concern: tuple[str, ...]


@cache
def load_ofsted_aliases() -> OfstedAliases:
    """The columns and words of inspection outcomes; raises FaultyInput naming every mistake in the table."""
    return read_record(ALIASES / "ofsted.yaml", OfstedAliases)


def list_spellings(name: str) -> tuple[str, ...]:
    """A heading as ``aliases/ofsted.yaml`` has it, and as later files word it."""
    endings = load_ofsted_aliases().endings
    others = [name.removesuffix(old) + new for old, words in endings.items() if name.endswith(old) for new in words]
    return (name, *others)


class _Headings:
    """Finds a table's columns whatever their case and blanks, and remembers which were used."""

    def __init__(self, table: RawTable) -> None:
        self.table = table
        self.used: set[str] = set()
        self._actual = {fold_heading(name): name for name in table.header}

    def find(self, name: str) -> str | None:
        found = (self._actual.get(fold_heading(spelling)) for spelling in list_spellings(name))
        return next((actual for actual in found if actual), None)

    def text(self, name: str) -> pd.Series:
        """The column's cells with ``NULL`` as ""; all "" where the table has no such column."""
        actual = self.find(name)
        if actual is None:
            return pd.Series("", index=self.table.cells.index, dtype=object)
        self.used.add(actual)
        return clear_words(self.table.cells[actual])


class InspectionOutcomes:
    """Ofsted's management information on state-funded schools: one row a school."""

    needs_year = False

    def __init__(self, family: str, title: str, layout: str) -> None:
        self.family, self.title, self._layout_name = family, title, layout

    @property
    def _layout(self) -> Layout:
        return load_ofsted_aliases().layouts[self._layout_name]

    def recognises(self, header: tuple[str, ...]) -> bool:
        present = {fold_heading(name) for name in header}
        return {fold_heading(name) for name in self._layout.recognised_by} <= present

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        aliases = load_ofsted_aliases()
        names = [*aliases.schools.values(), *self._layout.recognised_by]
        for one in self._layout.inspections:
            names += [one.date, one.published, one.same_school, one.inspected_urn]
            names += [*one.areas.values(), *one.area_dates.values()]
        return want_columns({name: list_spellings(name)[1:] for name in names}, (), header, None, aliases.others)

    def find_year(self, table: RawTable) -> int | None:
        return None

    def read(self, table: RawTable, year: int | None) -> Reading:
        """INSPECTIONS, one row per judgement, and SCHOOLS as Ofsted lists them."""
        headings = _Headings(table)
        urn = read_whole_numbers(headings.text("URN"))
        remedy = "Restore the six-figure URN from the published file."
        faults = list_faults(table, urn.isna(), headings.find("URN"), "{cell} is not a URN", remedy)
        date_columns = [
            actual
            for inspection in self._layout.inspections
            for name in (inspection.date, inspection.published, *inspection.area_dates.values())
            if (actual := headings.find(name))
        ]
        faults += list_unreadable_dates(table, list(dict.fromkeys(date_columns)))
        faults += [
            fault
            for inspection in self._layout.inspections
            for area, heading in inspection.areas.items()
            for fault in _list_unknown_words(headings, heading, area, inspection)
        ]
        judgements = [
            frame
            for inspection in self._layout.inspections
            for frame in _list_judgements(headings, inspection, urn)
            if len(frame)
        ]
        inspections = pd.concat(judgements or [pd.DataFrame(columns=list(INSPECTIONS))], ignore_index=True)
        inspections = inspections.sort_values(["line"], kind="stable", ignore_index=True)
        schools = _read_schools(headings, urn)
        judged = urn.isin(inspections["urn"])
        kinds = {
            "school with a judgement": int((urn.notna() & judged).sum()),
            "school without a judgement": int((urn.notna() & ~judged).sum()),
            "no URN": int(urn.isna().sum()),
        }
        return Reading(
            inspections=shape_frame(inspections, INSPECTIONS),
            schools=schools,
            rows_by_kind={kind: count for kind, count in kinds.items() if count},
            columns_used=tuple(name for name in table.header if name in headings.used),
            columns_unused=tuple(name for name in table.header if name not in headings.used),
            faults=tuple(faults),
            notes=_note_unexplained(inspections),
            year=year,
        )


def _list_judgements(headings: _Headings, columns: InspectionColumns, urn: pd.Series) -> list[pd.DataFrame]:
    """One frame per area of one inspection, with the rows that hold a judgement."""
    date = read_dates(headings.text(columns.date))
    inspected = read_whole_numbers(headings.text(columns.inspected_urn))
    same = headings.text(columns.same_school).str.lower()
    about = pd.DataFrame(
        {
            "urn": urn,
            "inspected_urn": inspected.fillna(urn.where(same != "no")),
            "framework": str(columns.framework),
            "kind": columns.kind,
            "published": read_dates(headings.text(columns.published)),
            "about_predecessor": (same == "no") | (inspected.notna() & (inspected != urn)).fillna(False),
            "file": headings.table.file.name,
            "line": headings.table.lines,
        }
    )
    frames = []
    for area, heading in columns.areas.items():
        outcome = _word_outcomes(headings.text(heading), area, columns)
        judged = outcome.ne("") & urn.notna()
        area_date = read_dates(headings.text(columns.area_dates[area])) if area in columns.area_dates else date
        area_date = area_date.where(area_date != "", date)
        frames.append(about[judged].assign(area=area, outcome=outcome[judged], date=area_date[judged]))
    return frames


def _word_outcomes(text: pd.Series, area: str, columns: InspectionColumns) -> pd.Series:
    """The cells in their framework's words, "" where they say there is none; unknown ones as they are written."""
    known = _list_words(area, columns.framework, columns.kind)
    return text.map(lambda cell: known.get(_fold_cell(cell), cell))


@lru_cache(8192)  # a column holds the same few words for every school
def _fold_cell(cell: str) -> str:
    return " ".join(re.sub(r"(\d+)\.0+\Z", r"\1", cell).lower().split())


@cache
def _list_words(area: str, framework: Framework, kind: str) -> dict[str, str]:
    """Every known cell of an area, folded, and the words for it; empty where the area's words are open."""
    aliases = load_ofsted_aliases()
    if kind == "ungraded":
        return {}
    if area == "Category of concern":
        words = aliases.concerns | dict.fromkeys(aliases.no_concern, "")
    elif framework == Framework.REPORT_CARD:
        words = aliases.card_safeguarding if area == "Safeguarding" else aliases.card_grades
    else:
        codes = dict(zip(aliases.unexplained, aliases.unexplained, strict=True))
        words = aliases.safeguarding if area == "Safeguarding" else aliases.grades | codes
    return {_fold_cell(word): said for word, said in [*((said, said) for said in words.values()), *words.items()]}


def _list_unknown_words(headings: _Headings, heading: str, area: str, columns: InspectionColumns) -> list[Fault]:
    """A fault for each cell of a deciding column that holds a word or code nobody has explained."""
    known = _list_words(area, columns.framework, columns.kind)
    column = headings.find(heading)
    if column is None or not known:
        return []
    cells = headings.text(heading).map(_fold_cell)
    unknown = (cells != "") & ~cells.isin(list(known))
    what = f"{{cell}} is on no list of what {area} may be: it is shown as it stands, and decides nothing"
    remedy = "Look it up in Ofsted's notes on the file, see what it means for the school's category, and report it."
    return list_faults(headings.table, unknown, column, what, remedy)


def _read_schools(headings: _Headings, urn: pd.Series) -> pd.DataFrame:
    text = {field: headings.text(name) for field, name in load_ofsted_aliases().schools.items()}
    schools = pd.DataFrame(text).assign(urn=urn, file=headings.table.file.name, line=headings.table.lines)
    for field in ("laestab", "low_age", "high_age", "trust"):
        schools[field] = read_whole_numbers(schools[field])
    schools["la"] = schools["laestab"] // 10_000
    schools["opened"] = read_dates(schools["opened"])
    schools = schools[urn.notna()].drop_duplicates("urn").reset_index(drop=True)
    if schools.empty:
        return shape_frame(schools, SCHOOLS)
    return complete_schools(schools, words=schools["phase_text"])


def _note_unexplained(inspections: pd.DataFrame) -> tuple[str, ...]:
    """A sentence for each code that stands as it is because Ofsted explains it nowhere."""
    bare = inspections[inspections["outcome"].isin(load_ofsted_aliases().unexplained)]
    counts = (bare["area"].astype(str) + ": the code " + bare["outcome"].astype(str)).value_counts().sort_index()
    return tuple(f"{count} × {said} is not known and stands as it is" for said, count in counts.items())


def join_inspections(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """INSPECTIONS of several files, each judgement once, sorted by urn, date, kind and area.

    Management information repeats an inspection month after month. Where two files word one judgement differently, the
    file with the latest date in it stands, and so it does where a report card's category of concern is no longer in it.
    A school's latest graded inspection is *graded*, earlier ones *previous graded*, whichever file told of them.
    """
    found = [frame for frame in frames if len(frame)]
    if not found:
        return shape_frame(pd.DataFrame(columns=list(INSPECTIONS)), INSPECTIONS)
    stacked = pd.concat([frame.astype({"framework": str, "kind": str}) for frame in found], ignore_index=True)
    dated = stacked[["published", "date"]].max(axis=1)
    stacked["latest"] = dated.groupby(stacked["file"]).transform("max")
    stacked = stacked[~_find_lifted(stacked)]
    stacked["family"] = stacked["kind"].where(stacked["kind"] != "previous graded", "graded")
    stacked = stacked.sort_values(["latest", "file", "line"], ascending=[False, False, True], kind="stable")
    joined = stacked.drop_duplicates(["urn", "family", "framework", "area", "date"])
    graded = joined["family"] == "graded"
    newest = joined[graded].groupby("urn")["date"].max()
    is_newest = joined["date"] == joined["urn"].map(newest).astype(object).fillna("")
    joined = joined.assign(kind=joined["kind"].mask(graded, "previous graded").mask(graded & is_newest, "graded"))
    order = ["urn", "date", "kind", "area"]
    return shape_frame(joined.sort_values(order, kind="stable", ignore_index=True), INSPECTIONS)


def _find_lifted(stacked: pd.DataFrame) -> pd.Series:
    """Report cards' categories of concern that a file later than theirs, telling of the same school's card, has not."""
    cards = stacked["framework"] == str(Framework.REPORT_CARD)
    latest = stacked["latest"].where(cards, "").groupby(stacked["urn"]).transform("max")
    return cards & (stacked["area"] == "Category of concern") & (stacked["latest"] < latest)


SOURCES: tuple[Source, ...] = (
    InspectionOutcomes("ofsted", "Ofsted inspection outcomes, graded judgements", "graded_judgements"),
    InspectionOutcomes("ofsted", "Ofsted inspection outcomes, report cards", "report_card"),
)
