"""The sheet of an Excel workbook (.xlsx) that holds a published table, as the CSV that it would be.

Read from the workbook's own XML with the standard library: no formula is computed, no macro run, no link followed. A
number is written as it is stored, a percentage, a date and a time as their cell's format shows them, a text as it is.
One row of the sheet is one line, so that a fault's line is the sheet's row.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree import ElementTree

from pipeline.foundation.errors import Fault, FaultyInput

#: Whether a row of cells is the headings of a family that is read.
Knows = Callable[[tuple[str, ...]], bool]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
#: A workbook that unpacks to more than this many bytes is no published table.
MOST_BYTES = 1_500_000_000
#: Rows at the head of a sheet (titles, notes) among which its headings are looked for.
HEAD = 20
#: Excel's own formats that no workbook spells out: of dates, of a time of day, and of hours that go on beyond a day.
_DATE_FORMATS = frozenset((*range(14, 18), 22, *range(27, 37), *range(50, 59)))
_TIME_FORMATS = frozenset((*range(18, 22), 45, 47))
_HOUR_FORMATS = frozenset((46,))
_PERCENT_FORMATS = frozenset((9, 10))
_SAVE = "Open it in Excel and save it as CSV UTF-8 (File, Save As)."


@dataclass(frozen=True)
class SheetText:
    """A sheet as CSV text: what came before its headings is blank, so that line numbers are its rows."""

    name: str
    text: str


@dataclass(frozen=True)
class _Workbook:
    archive: zipfile.ZipFile
    file: str
    strings: tuple[str, ...]
    kinds: tuple[str, ...]  # of each cell style: "date", "hours", "time", "percent" or ""
    first_day: datetime


def is_workbook(names: Sequence[str]) -> bool:
    """Whether an archive with these ``names`` is an Excel workbook."""
    return "xl/workbook.xml" in names


def read_workbook(content: bytes, file: str, knows: Knows | None = None) -> SheetText:
    """The one sheet of a workbook that holds a table.

    Of several sheets with rows, it is the one whose headings (among its first rows) ``knows`` says are a family's.
    Raises FaultyInput where there is none or several such, or a cell has no value of its own; ``file`` names it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_BYTES:
                raise _refuse(file, "the workbook is far too large to be a published table", _SAVE)
            return _read_sheets(archive, file, knows)
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, IndexError, ValueError, OverflowError) as error:
        what = f"the file is an Excel workbook (.xlsx), but a damaged one ({type(error).__name__})"
        raise _refuse(file, what, f"Download the file again. Or: {_SAVE}") from None


def _refuse(file: str, what: str, remedy: str, line: int | None = None) -> FaultyInput:
    return FaultyInput([Fault(file, line, None, what, remedy)])


def _read_sheets(archive: zipfile.ZipFile, file: str, knows: Knows | None) -> SheetText:
    tree = _parse(archive, "xl/workbook.xml", file)
    properties = tree.find(f"{_MAIN}workbookPr")
    is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    book = _Workbook(
        archive,
        file,
        tuple(_read_strings(archive, file)),
        tuple(_read_kinds(archive, file)),
        datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30),
    )
    heads = {name: list(_take(_read_rows(book, part), HEAD)) for name, part in _list_sheets(archive, tree, file)}
    parts = dict(_list_sheets(archive, tree, file))
    filled = {name: rows for name, rows in heads.items() if any(sum(map(bool, cells)) > 1 for _, cells in rows)}
    known = {name: row for name, rows in filled.items() if (row := _find_headings(rows, knows)) is not None}
    if len(known) == 1:
        [(name, first)] = known.items()
    elif len(filled) == 1 and not known:
        [name] = filled
        first = next(row for row, cells in filled[name] if any(cells))
    else:
        raise _describe_sheets(file, tuple(known or filled), bool(known))
    return SheetText(name, _format_csv(_read_rows(book, parts[name]), first))


def _describe_sheets(file: str, names: Sequence[str], known: bool) -> FaultyInput:
    if not names:
        return _refuse(file, "no sheet of the workbook holds a table", "Download the file again, or choose CSV.")
    listed = ", ".join(repr(name) for name in names)
    what = (
        f"the workbook has {len(names)} sheets with such headings: {listed}"
        if known
        else f"none of the workbook's {len(names)} sheets has the headings of a published family: {listed}"
    )
    return _refuse(file, what, "Save the one sheet that counts as CSV UTF-8, or take the file out.")


def _find_headings(rows: Sequence[tuple[int, list[str]]], knows: Knows | None) -> int | None:
    if knows is None:
        return None
    return next((row for row, cells in rows if knows(tuple(cell.strip() for cell in cells if cell.strip()))), None)


def _take(rows: Iterator[tuple[int, list[str]]], most: int) -> Iterator[tuple[int, list[str]]]:
    for place, row in enumerate(rows):
        if place >= most:
            return
        yield row


def _format_csv(rows: Iterator[tuple[int, list[str]]], first: int) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    line = 1
    for row, cells in rows:
        if row < first:
            continue
        text.write("\n" * (row - line))
        writer.writerow([" ".join(cell.splitlines()) for cell in cells])
        line = row + 1
    return text.getvalue()


def _parse(archive: zipfile.ZipFile, name: str, file: str) -> ElementTree.Element:
    content = archive.read(name)
    _refuse_declarations(content, file)
    return ElementTree.fromstring(content)


def _refuse_declarations(content: bytes, file: str) -> None:
    """No workbook declares entities; one that does could make a small file endless."""
    if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content[:4096]:
        raise _refuse(file, "the workbook declares its own XML entities", _SAVE)


def _list_sheets(archive: zipfile.ZipFile, tree: ElementTree.Element, file: str) -> Iterator[tuple[str, str]]:
    """Name and part of every sheet that a reader can see."""
    relations = _parse(archive, "xl/_rels/workbook.xml.rels", file)
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in tree.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if sheet.get("state", "visible") == "visible" and "worksheets/" in part:
            yield sheet.get("name", ""), part


def _read_strings(archive: zipfile.ZipFile, file: str) -> Iterator[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return
    for item in _parse(archive, "xl/sharedStrings.xml", file).iter(f"{_MAIN}si"):
        yield _join_text(item)


def _join_text(item: ElementTree.Element) -> str:
    """The text of a string and of its differently formatted runs, without phonetic guides."""
    runs = [item.find(f"{_MAIN}t"), *(run.find(f"{_MAIN}t") for run in item.findall(f"{_MAIN}r"))]
    return "".join(run.text or "" for run in runs if run is not None)


def _read_kinds(archive: zipfile.ZipFile, file: str) -> Iterator[str]:
    if "xl/styles.xml" not in archive.namelist():
        return
    styles = _parse(archive, "xl/styles.xml", file)
    custom = {int(one.get("numFmtId", 0)): one.get("formatCode", "") for one in styles.iter(f"{_MAIN}numFmt")}
    formats = styles.find(f"{_MAIN}cellXfs")
    for style in formats if formats is not None else ():
        number = int(style.get("numFmtId", 0))
        yield _name_kind(number, custom.get(number, ""))


def _name_kind(number: int, code: str) -> str:
    plain = re.sub(r'"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]|_.', "", code.split(";")[0].lower())
    if number in _PERCENT_FORMATS or "%" in plain:
        return "percent"
    if number in _DATE_FORMATS or re.search(r"[yd]", plain):
        return "date"
    if number in _HOUR_FORMATS or "[" in plain:
        return "hours"
    return "time" if number in _TIME_FORMATS or re.search(r"[hs]", plain) else ""


def _read_rows(book: _Workbook, part: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every row of a sheet; the last cell that holds something ends a row."""
    with book.archive.open(part) as stream:
        _refuse_declarations(stream.read(4096), book.file)
    with book.archive.open(part) as stream:
        number = 0
        for _, element in ElementTree.iterparse(stream, ("end",)):
            if element.tag != f"{_MAIN}row":
                continue
            number = int(element.get("r", number + 1))
            cells: list[str] = []
            for cell in element.iterfind(f"{_MAIN}c"):
                place = _find_column(cell.get("r"), len(cells))
                cells += [""] * (place - len(cells))
                cells.append(_read_cell(cell, book, number))
            while cells and not cells[-1]:
                cells.pop()
            element.clear()
            yield number, cells


def _find_column(reference: str | None, following: int) -> int:
    """The place of a cell from a reference such as AB12, counting from 0; where it has none, it follows the last."""
    letters = re.match(r"[A-Z]+", reference or "")
    if letters is None:
        return following
    place = 0
    for letter in letters[0]:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _read_cell(cell: ElementTree.Element, book: _Workbook, row: int) -> str:
    kind, value = cell.get("t", "n"), cell.find(f"{_MAIN}v")
    if kind == "inlineStr":
        inline = cell.find(f"{_MAIN}is")
        return "" if inline is None else _join_text(inline)
    if value is None or value.text is None:
        if cell.find(f"{_MAIN}f") is not None and kind != "str":
            what = f"cell {cell.get('r', '')} holds a formula without its value"
            raise _refuse(book.file, what, "Open the workbook in Excel, which computes it, and save it again.", row)
        return ""
    if kind == "s":
        return book.strings[int(value.text)]
    if kind == "b":
        return "TRUE" if value.text == "1" else "FALSE"
    if kind != "n":
        return value.text  # text of a formula, an error such as #N/A, or an ISO date
    style = int(cell.get("s", 0))
    return _format_number(value.text, book.kinds[style] if style < len(book.kinds) else "", book.first_day)


def _format_number(text: str, kind: str, first_day: datetime) -> str:
    """A stored number as text: 0.57999999999999996 is 0.58, of a percentage 58%, and day 43465 is 2018-12-31.

    1.25 days are 30:00 of hours, and 06:00 of the time of a day.
    """
    number = float(text)
    if kind in ("hours", "time"):
        minutes, seconds = divmod(round((number % 1 if kind == "time" else number) * 86_400), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    if kind == "date":
        moment = first_day + timedelta(days=number)
        return moment.date().isoformat() if number == int(number) else moment.isoformat(" ", "seconds")
    if kind == "percent":
        return f"{_shorten(float(f'{number * 100:.12g}'))}%"
    return _shorten(float(f"{number:.15g}"))


def _shorten(number: float) -> str:
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
