"""One fault put into one published file: what people, spreadsheets and downloads do to cells, rows and headings."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?%?")
_WORDS = ("n/a", "#N/A", "TBC", "4.9*", "see note", "67,5", "67.0.0")


@dataclass(frozen=True)
class Sheet:
    """A file's cells, its heading first. ``figures`` are the places of columns that hold figures, ``counts`` of pupils.

    ``schools`` are the places of rows about schools.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    figures: tuple[int, ...]
    counts: tuple[int, ...]
    first: int  # the place of the first column after those that say whose row it is
    schools: tuple[int, ...]


@dataclass(frozen=True)
class Mutation:
    """A changed file: its ``kind``, what was done to it in words, its name and rows."""

    kind: str
    what: str
    name: str
    rows: list[list[str]]


Change = Callable[[random.Random, Sheet, list[list[str]]], str | None]


def mutate(kind: str, chance: random.Random, sheet: Sheet) -> Mutation | None:
    """``sheet`` with one fault of ``kind``; None where it has nothing such a fault could befall."""
    rows = [list(row) for row in sheet.rows]
    if kind in _YEARS:
        name = _YEARS[kind](chance, sheet, rows)
        return None if name is None else Mutation(kind, f"called {name}", name, rows)
    what = KINDS[kind](chance, sheet, rows)
    return None if what is None or rows == [list(row) for row in sheet.rows] else Mutation(kind, what, sheet.name, rows)


# Cells.


def _choose_number(chance: random.Random, sheet: Sheet, rows: list[list[str]], columns: Sequence[int]) -> tuple | None:
    """A row and a column in which a number stands: mostly of a school, now and then of an authority or England."""
    for _ in range(60):
        line = chance.randrange(1, len(rows)) if chance.random() < 0.1 else chance.choice(sheet.schools)
        column = chance.choice(columns)
        if column < len(rows[line]) and _NUMBER.fullmatch(rows[line][column].strip()):
            return line, column
    return None


def _change_cell(
    change: Callable[[random.Random, str], str | None], counts: bool = False
) -> Callable[[random.Random, Sheet, list[list[str]]], str | None]:
    def apply(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str | None:
        columns = sheet.counts if counts else sheet.figures
        place = _choose_number(chance, sheet, rows, columns) if columns else None
        if place is None:
            return None
        line, column = place
        old = rows[line][column].strip()
        new = change(chance, old)
        if new is None or new == old:
            return None
        rows[line][column] = new
        return f"line {line + 1}, {rows[0][column]}: {old} becomes {new}"

    return apply


def _split(text: str) -> tuple[float, int, str]:
    sign = "%" if text.endswith("%") else ""
    plain = text.rstrip("%")
    return float(plain), len(plain.partition(".")[2]), sign


def _scale(text: str, factor: float) -> str:
    value, decimals, sign = _split(text)
    scaled = f"{value * factor:.{decimals + 2}f}"
    return (scaled.rstrip("0").rstrip(".") or "0") + sign


def _change_digit(chance: random.Random, text: str) -> str | None:
    places = [place for place, letter in enumerate(text) if letter.isdigit()]
    place = chance.choice(places)
    digit = chance.choice([one for one in "0123456789" if one != text[place]])
    return text[:place] + digit + text[place + 1 :]


def _transpose(chance: random.Random, text: str) -> str | None:
    places = [place for place in range(len(text) - 1) if text[place : place + 2].isdigit()]
    if not places:
        return None
    place = chance.choice(places)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _lose_point(chance: random.Random, text: str) -> str | None:
    return text.replace(".", "") if "." in text else None


def _add_point(chance: random.Random, text: str) -> str | None:
    digits = [place for place in range(1, len(text)) if text[place - 1 : place + 1].isdigit()]
    if "." in text or not digits:
        return None
    place = chance.choice(digits)
    return text[:place] + "." + text[place:]


def _flip_sign(chance: random.Random, text: str) -> str | None:
    return text[1:] if text.startswith("-") else f"-{text}"


# Columns.


def _change_column(change: Callable[[str], str], only_signed: bool = False) -> Change:
    def apply(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str | None:
        found = [column for column in sheet.figures if _is_numeric(rows, column) and column not in sheet.counts]
        if not found:
            return None
        column = chance.choice(found)
        for row in rows[1:]:
            if column < len(row) and _NUMBER.fullmatch(row[column].strip()):
                row[column] = change(row[column].strip())
        return f"the column {rows[0][column]}"

    return apply


def _is_numeric(rows: list[list[str]], column: int) -> bool:
    numbers = sum(
        column < len(row)
        and bool(_NUMBER.fullmatch(row[column].strip()))
        and float(row[column].strip().rstrip("%")) != 0
        for row in rows[1:]
    )
    return numbers >= 5


def _change_row(change: Callable[[str], str]) -> Change:
    def apply(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str:
        line = chance.choice(sheet.schools)
        for column in sheet.figures:
            if (
                column < len(rows[line])
                and column not in sheet.counts
                and _NUMBER.fullmatch(rows[line][column].strip())
            ):
                rows[line][column] = change(rows[line][column].strip())
        return f"all of line {line + 1}"

    return apply


# Rows.


def _shift_row(step: int) -> Change:
    def apply(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str | None:
        line = chance.choice(sheet.schools)
        row = rows[line]
        if len(row) <= sheet.first + 1:
            return None
        column = chance.randrange(sheet.first, len(row) - 1)
        if step > 0:
            row.insert(column, "")
            row.pop()
        else:
            row.pop(column)
            row.append("")
        return f"line {line + 1} from {rows[0][column]} on by one cell to the {'right' if step > 0 else 'left'}"

    return apply


def _delete_row(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str:
    line = chance.randrange(1, len(rows))
    del rows[line]
    return f"line {line + 1} is gone"


def _duplicate_row(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str:
    line = chance.choice(sheet.schools)
    again = list(rows[line])
    if chance.random() < 0.5:
        column = chance.choice(sheet.figures)
        if column < len(again):
            again[column] = "1"
    rows.insert(chance.randrange(1, len(rows)), again)
    return f"line {line + 1} stands twice"


def _swap_results(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str | None:
    one, other = chance.sample(sheet.schools, 2)
    if len(rows[one]) != len(rows[other]):
        return None
    first, second = rows[one][: sheet.first], rows[other][: sheet.first]
    rows[one], rows[other] = first + rows[other][sheet.first :], second + rows[one][sheet.first :]
    return f"the figures of lines {one + 1} and {other + 1} are exchanged"


def _cut_rows(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str:
    line = chance.randrange(2, len(rows))
    del rows[line:]
    return f"cut after line {line}"


# Headings.


def _rename_heading(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str:
    column = chance.choice(sheet.figures)
    rows[0][column] = rows[0][column] + chance.choice(("_NEW", "X", "1", "_final"))
    return f"renamed {rows[0][column]}"


def _drop_column(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str:
    column = chance.choice(sheet.figures)
    name = rows[0][column]
    for row in rows:
        if column < len(row):
            del row[column]
    return f"the column {name} is gone"


def _swap_headings(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str | None:
    if len(sheet.figures) < 2:
        return None
    one, other = chance.sample(sheet.figures, 2)
    rows[0][one], rows[0][other] = rows[0][other], rows[0][one]
    return f"the headings {rows[0][one]} and {rows[0][other]} are exchanged"


def _shift_headings(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str | None:
    if sheet.first >= len(rows[0]) - 2:
        return None
    column = chance.randrange(sheet.first, len(rows[0]) - 2)
    name = rows[0].pop(column)
    rows[0].append(name)
    return f"the headings from {name} on stand one cell to the left"


# Who a row is about.


def _change_key(names: Sequence[str]) -> Change:
    def apply(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str | None:
        columns = [place for place, name in enumerate(rows[0]) if name.upper() in names]
        line = chance.choice(sheet.schools)
        if not columns or not (old := rows[line][columns[0]].strip()).isdigit():
            return None
        rows[line][columns[0]] = _change_digit(chance, old) or old
        return f"line {line + 1}: {old} becomes {rows[line][columns[0]]}"

    return apply


def _swap_keys(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str | None:
    columns = [place for place, name in enumerate(rows[0]) if name.upper() in ("URN", "SCHOOL_URN")]
    if not columns:
        return None
    one, other = chance.sample(sheet.schools, 2)
    rows[one][columns[0]], rows[other][columns[0]] = rows[other][columns[0]], rows[one][columns[0]]
    return f"the URNs of lines {one + 1} and {other + 1} are exchanged"


# Years.


def _move_to_other_year(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str | None:
    year = int(sheet.name[:4]) + chance.choice((-1, 1))
    return f"{year}-{year + 1}{sheet.name[9:]}"


def _move_marks(chance: random.Random, sheet: Sheet, rows: list[list[str]]) -> str | None:
    marked = [place for place, name in enumerate(rows[0]) if re.search(r"_\d\d(?=_|$)", name)]
    if not marked:
        return None
    for place in marked:
        rows[0][place] = re.sub(r"_(\d\d)(?=_|$)", lambda found: f"_{(int(found[1]) + 1) % 100:02d}", rows[0][place])
    return sheet.name


#: What is done, by the group its result is counted under and its own name.
KINDS: dict[str, Change] = {
    "cell: a digit changed": _change_cell(_change_digit),
    "cell: two digits exchanged": _change_cell(_transpose),
    "cell: the point lost": _change_cell(_lose_point),
    "cell: a point added": _change_cell(_add_point),
    "cell: the sign changed": _change_cell(_flip_sign),
    "cell: a word": _change_cell(lambda chance, text: chance.choice(_WORDS)),
    "cell: blank": _change_cell(lambda chance, text: ""),
    "unit: a cell as a fraction": _change_cell(lambda chance, text: _scale(text, 0.01)),
    "unit: a cell times 10": _change_cell(lambda chance, text: _scale(text, 10)),
    "unit: a cell times 100": _change_cell(lambda chance, text: _scale(text, 100)),
    "unit: a column as fractions": _change_column(lambda text: _scale(text.rstrip("%"), 0.01)),
    "unit: a column times 100": _change_column(lambda text: _scale(text, 100)),
    "unit: a row as fractions": _change_row(lambda text: _scale(text.rstrip("%"), 0.01)),
    "cohort: times 10": _change_cell(lambda chance, text: _scale(text, 10), counts=True),
    "cohort: a digit changed": _change_cell(_change_digit, counts=True),
    "cohort: two digits exchanged": _change_cell(_transpose, counts=True),
    "cohort: a word": _change_cell(lambda chance, text: chance.choice(_WORDS), counts=True),
    "cohort: below nought": _change_cell(lambda chance, text: f"-{text}", counts=True),
    "cohort: a part of a pupil": _change_cell(lambda chance, text: f"{text}.5", counts=True),
    "shift: a row to the right": _shift_row(1),
    "shift: a row to the left": _shift_row(-1),
    "shift: the headings": _shift_headings,
    "heading: renamed": _rename_heading,
    "heading: dropped with its column": _drop_column,
    "heading: two exchanged": _swap_headings,
    "row: gone": _delete_row,
    "row: twice": _duplicate_row,
    "row: figures of two exchanged": _swap_results,
    "row: all after it gone": _cut_rows,
    "whose: a digit of the URN": _change_key(("URN", "SCHOOL_URN")),
    "whose: a digit of the establishment number": _change_key(("ESTAB", "SCHOOL_LAESTAB")),
    "whose: the URNs of two exchanged": _swap_keys,
}
_YEARS: dict[str, Change] = {
    "year: another year's folder": _move_to_other_year,
    "year: the marks of earlier years moved": _move_marks,
}
ALL_KINDS = (*KINDS, *_YEARS)
#: Of these, nine in ten that change what is used are to be questioned or refused.
TO_BE_CAUGHT = ("unit", "cohort", "shift")
