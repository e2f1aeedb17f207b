"""The school's subjects at key stage 4: entries, and the shares at grades 5 and 4, beside England. Never rated."""

from __future__ import annotations

import pandas as pd

from pipeline.analysis.grids.comparators import NOT_LIKE_ALL_SCHOOLS
from pipeline.foundation.vocabulary import Availability, Level, Unit, name_academic_year
from pipeline.report.exhibits import Column, Exhibit, Exhibits, Heading, Paragraph, Section, Table, clean_text
from pipeline.report.facts import ENGLAND, SIMILAR, SchoolReport
from pipeline.report.sentences.counting import count_things, join_words, start_sentence
from pipeline.report.sentences.rounding import format_number, format_value
from pipeline.sources.families.tidy.subject_numbers import KEY

_KEY = list(KEY)
_SIDE_BY_SIDE = 10  # subjects from which on they stand in two tables, so that they share a page with every measure
_MANY, _MOST = 24, 16  # measures that leave room on their page for so many subjects; smaller ones are named alone
_GRADES = (5, 4)
_DOUBLE = "9-1, double award"
_OTHER = "other"
WITHHELD = "withheld"
EXPLAINED = "Not rated: who takes a subject differs from school to school."


def show_subjects(report: SchoolReport) -> Exhibit | None:
    """The subjects of the latest year that a file tells of, largest first; None where no file tells of any.

    None of a school unlike the others either: its pupils' grades are not set beside all England's.
    """
    if report.school.phase in NOT_LIKE_ALL_SCHOOLS:
        return None
    own = _choose_year(report.subjects[report.subjects["level"] == str(Level.SCHOOL)])
    if own.empty:
        return None
    entered, england = _name_subjects(own[own["entries"].notna()]), _match_england(report.subjects, own)
    others = entered["scale"] == _OTHER
    withheld = ~others & _is_withheld(entered)
    graded = entered[~others & ~withheld]
    shown = graded[:_MOST] if len(report.compared_with(ENGLAND, SIMILAR)) > _MANY else graded
    said = (
        _explain(shown, england),
        EXPLAINED,
        _list_entries("With fewer entries", graded[len(shown) :]),
        _list_entries("Both withheld", entered[withheld]),
        _list_entries("On other scales", entered[others], qualified=True),
        _phrase_withheld(own),
    )
    tables = tabulate_subjects(shown, england)
    beside = tables if len(tables) < 2 else (Section(tuple(Section((table,), "half") for table in tables), "pair"),)
    heading = Heading(f"Subjects at key stage 4, {name_academic_year(int(own['year'].iloc[0]))}")
    return Exhibits((heading, *beside, Section((Paragraph(" ".join(filter(None, said))),), "note")))


def _choose_year(own: pd.DataFrame) -> pd.DataFrame:
    return own[own["year"] == own["year"].max()]


def _match_england(subjects: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """England's rows of the year and subjects of ``own``, by what a subject is known by."""
    england = subjects[(subjects["level"] != str(Level.SCHOOL)) & subjects["year"].isin(own["year"])]
    return england[england["entries"].fillna(0) > 0].drop_duplicates(_KEY).set_index(_KEY)


def _is_withheld(own: pd.DataFrame) -> pd.Series:
    """Of which subjects no grade's share is told."""
    shares = own[[f"at_{grade}" for grade in _GRADES]]
    return (own["grades"] == str(Availability.SUPPRESSED)) & shares.isna().all(axis=1)


def tabulate_subjects(own: pd.DataFrame, england: pd.DataFrame, *, id: str = "subjects") -> tuple[Table, ...]:
    """Named SUBJECTS of a school in one year, graded from 9 to 1, in a table or two; ``england`` by subject."""
    if own.empty:
        return ()
    columns = (Column("Subject (entries)"), *(Column(f"Grade {grade}+", numeric=True) for grade in _GRADES))
    rows = tuple(_tell_subject(row, england) for row in own.to_dict("records"))
    brackets = ", England's in brackets" if _is_beside(own, england) else ""
    whole = f"Share at each grade{brackets}"
    if len(rows) < _SIDE_BY_SIDE:
        return (Table(id, whole, columns, rows),)
    half = (len(rows) + 1) // 2
    return Table(id, whole, columns, rows[:half]), Table(f"{id}-2", "Subjects with fewer entries", columns, rows[half:])


def _is_beside(own: pd.DataFrame, england: pd.DataFrame) -> bool:
    return any(_identify(row) in england.index for row in own.to_dict("records"))


def _identify(row: dict) -> tuple:
    return tuple(row[name] for name in _KEY)


def _name_subjects(own: pd.DataFrame) -> pd.DataFrame:
    """``own`` largest first, with each subject's ``name``; of two of one name the department's group is told too."""
    own = own.sort_values(["entries", *_KEY], ascending=[False, *[True] * len(_KEY)], kind="stable")
    rows: list[dict] = own.to_dict("records")
    plain = [clean_text(row["subject"]) or clean_text(row["subject_group"]) or "Subject without a name" for row in rows]
    named = []
    for row, name in zip(rows, plain, strict=True):
        further = clean_text(row["subject_group"])
        if plain.count(name) > 1 and further and further != name:
            name = f"{name}, {further}"
        named.append(f"{name}, double" if row["scale"] == _DOUBLE else name)
    return own.assign(name=named)


def _tell_subject(row: dict, england: pd.DataFrame) -> tuple[str, ...]:
    cells = [_name_entries(row)]
    there = england.loc[_identify(row)] if _identify(row) in england.index else None
    for grade in _GRADES:
        share = _format_share(row[f"at_{grade}"], row["entries"]) or _WORDS[row["grades"]]
        beside = "" if there is None else _format_share(there[f"at_{grade}"], there["entries"])
        cells.append(f"{share} ({beside})" if beside else share)
    return tuple(cells)


def _name_entries(row: dict, further: str = "") -> str:
    return f"{', '.join(filter(None, (row['name'], further)))} ({format_number(row['entries'], 0)})"


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
        said.append("Double: two grades, both that high.")
    return " ".join(said)


def _list_entries(why: str, own: pd.DataFrame, *, qualified: bool = False) -> str:
    """Named subjects of which no share is told, with their entries; ``qualified``: and the qualification."""
    if own.empty:
        return ""
    rows = own.to_dict("records")
    named = (_name_entries(row, clean_text(row["qualification"]) if qualified else "") for row in rows)
    return f"{why}: {join_words(named, between=';')}."


def _phrase_withheld(own: pd.DataFrame) -> str:
    gone = int((own["availability"] == str(Availability.SUPPRESSED)).sum())
    if not gone:
        return ""
    more = count_things(gone, "subject", "subjects")
    return f"{start_sentence(more)} with few entries {'is' if gone == 1 else 'are'} not shown."
