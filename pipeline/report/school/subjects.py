"""The school's subjects at key stage 4: entries, and the shares at grades 5 and 4, beside England. Never rated."""

from __future__ import annotations

import pandas as pd

from pipeline.analysis.grids.comparators import NOT_LIKE_ALL_SCHOOLS
from pipeline.foundation.vocabulary import Availability, Level, Unit, name_academic_year
from pipeline.report.exhibits import Column, Exhibit, Exhibits, Heading, Paragraph, Section, Table, clean_text
from pipeline.report.facts import SchoolReport
from pipeline.report.sentences.counting import count_things, join_words, start_sentence
from pipeline.report.sentences.rounding import format_number, format_value
from pipeline.sources.families.tidy.subject_numbers import KEY

_KEY = list(KEY)
_SIDE_BY_SIDE = 10  # subjects from which on they stand in two tables, so that they share a page with every measure
_GRADES = (5, 4)
_DOUBLE = "9-1, double award"
_OTHER = "other"
WITHHELD = "withheld"
EXPLAINED = (
    "For talks between departments, not rated: who takes a subject differs from school to school, and some are taken "
    "by few."
)


def show_subjects(report: SchoolReport) -> Exhibit | None:
    """The subjects of the latest year that a file tells of, largest first; None where no file tells of any.

    None of a school unlike the others either: its pupils' grades are not set beside all England's.
    """
    if report.school.phase in NOT_LIKE_ALL_SCHOOLS:
        return None
    own = _choose_year(report.subjects[report.subjects["level"] == str(Level.SCHOOL)])
    if own.empty:
        return None
    scaled = own[own["scale"] != _OTHER]
    graded, england = scaled[scaled["entries"].notna()], _match_england(report.subjects, own)
    others, withheld = _phrase_others(own[own["scale"] == _OTHER]), _phrase_withheld(own)
    said = " ".join(words for words in (_explain(graded, england), EXPLAINED, others, withheld) if words)
    tables = tabulate_subjects(graded, england)
    beside = tables if len(tables) < 2 else (Section(tuple(Section((table,), "half") for table in tables), "pair"),)
    return Exhibits((Heading("Subjects at key stage 4"), *beside, Section((Paragraph(said),), "note")))


def _choose_year(own: pd.DataFrame) -> pd.DataFrame:
    return own[own["year"] == own["year"].max()]


def _match_england(subjects: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """England's rows of the year and subjects of ``own``, by what a subject is known by."""
    england = subjects[(subjects["level"] != str(Level.SCHOOL)) & subjects["year"].isin(own["year"])]
    return england[england["entries"].fillna(0) > 0].drop_duplicates(_KEY).set_index(_KEY)


def tabulate_subjects(own: pd.DataFrame, england: pd.DataFrame, *, id: str = "subjects") -> tuple[Table, ...]:
    """SUBJECTS of a school in one year, graded from 9 to 1, in a table or two; ``england`` by subject."""
    if own.empty:
        return ()
    columns = (Column("Subject (entries)"), *(Column(f"Grade {grade}+", numeric=True) for grade in _GRADES))
    rows = tuple(_tell_subject(row, name, england) for row, name in _name_subjects(own))
    brackets = ", England's in brackets" if _is_beside(own, england) else ""
    whole = f"Share at each grade by subject{brackets}, {name_academic_year(int(own['year'].iloc[0]))}"
    if len(rows) < _SIDE_BY_SIDE:
        return (Table(id, whole, columns, rows),)
    half = (len(rows) + 1) // 2
    return Table(id, whole, columns, rows[:half]), Table(f"{id}-2", "Subjects with fewer entries", columns, rows[half:])


def _is_beside(own: pd.DataFrame, england: pd.DataFrame) -> bool:
    return any(_identify(row) in england.index for row in own.to_dict("records"))


def _identify(row: dict) -> tuple:
    return tuple(row[name] for name in _KEY)


def _name_subjects(own: pd.DataFrame) -> list[tuple[dict, str]]:
    """Each row with its subject's name, largest first; of two of one name the department's group is told too."""
    rows: list[dict] = _sort(own).to_dict("records")
    plain = [clean_text(row["subject"]) or clean_text(row["subject_group"]) or "Subject without a name" for row in rows]
    named = []
    for row, name in zip(rows, plain, strict=True):
        further = clean_text(row["subject_group"])
        if plain.count(name) > 1 and further and further != name:
            name = f"{name}, {further}"
        named.append((row, f"{name}, double award" if row["scale"] == _DOUBLE else name))
    return named


def _sort(own: pd.DataFrame) -> pd.DataFrame:
    return own.sort_values(["entries", *_KEY], ascending=[False, *[True] * len(_KEY)], kind="stable")


def _tell_subject(row: dict, name: str, england: pd.DataFrame) -> tuple[str, ...]:
    cells = [f"{name} ({format_number(row['entries'], 0)})"]
    there = england.loc[_identify(row)] if _identify(row) in england.index else None
    for grade in _GRADES:
        share = _format_share(row[f"at_{grade}"], row["entries"]) or _WORDS[row["grades"]]
        beside = "" if there is None else _format_share(there[f"at_{grade}"], there["entries"])
        cells.append(f"{share} ({beside})" if beside else share)
    return tuple(cells)


_WORDS = {
    str(Availability.SUPPRESSED): WITHHELD,
    str(Availability.QUESTIONED): str(Availability.QUESTIONED),
}


def _format_share(reached: float, entries: float) -> str:
    return "" if pd.isna(reached) or pd.isna(entries) else format_value(100 * reached / entries, Unit.PERCENT)


def _explain(own: pd.DataFrame, england: pd.DataFrame) -> str:
    said = []
    if _is_beside(own, england):
        summed = bool(england["summed"].fillna(False).any())
        said.append(
            "England: all state-funded schools in the file together, of those whose grades are all told."
            if summed
            else "England: state-funded schools, as published."
        )
    shown = own[[f"at_{grade}" for grade in _GRADES]].isna().any(axis=1)
    if (shown & (own["grades"] == str(Availability.SUPPRESSED))).any():
        said.append("Withheld: the number is small, or would give a small one back.")
    if (own["grades"] == str(Availability.QUESTIONED)).any():
        said.append("Questioned: the file's grades do not add up to its entries, or one is not known.")
    if (own["scale"] == _DOUBLE).any():
        said.append("Of a double award both grades are that high.")
    return " ".join(said)


def _phrase_others(others: pd.DataFrame) -> str:
    """Which subjects are graded on other scales, with their entries."""
    told = others[others["entries"].notna()]
    if told.empty:
        return ""
    named = (
        f"{clean_text(row['subject'])}, {clean_text(row['qualification'])} ({format_number(row['entries'], 0)})"
        for row in _sort(told).to_dict("records")
    )
    return f"Graded on other scales, with entries: {join_words(named, between=';')}."


def _phrase_withheld(own: pd.DataFrame) -> str:
    gone = int((own["availability"] == str(Availability.SUPPRESSED)).sum())
    if not gone:
        return ""
    more = count_things(gone, "subject", "subjects")
    return f"{start_sentence(more)} with few entries {'is' if gone == 1 else 'are'} not shown."
