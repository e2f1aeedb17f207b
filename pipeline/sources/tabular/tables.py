"""A published CSV file as it lies on disk: text cells, true line numbers, ragged rows kept.

Nothing here knows what a column means. Files that are not the CSV they claim to be are refused with the remedy.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.sources.reading import PublishedFile, RawTable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from pipeline.sources.tabular.workbooks import Knows

#: Rows turned into columns at a time: few enough that Python's own strings never fill the memory.
ROWS_AT_A_TIME = 2_000
#: Faults of one kind listed one by one; the rest are counted.
FAULTS_LISTED = 20

#: The share of a row's cells that a publisher drops at its end because they are blank, where no other row is as short.
MOST_BLANKS = 0.1

#: Last headings under which a row has as many cells as it needs: each further entry is one more (lower case).
GOES_ON = ("linked establishments",)

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_EXCEL = "Open it in Excel and save it as CSV UTF-8 (File, Save As), or download the CSV file again."
_AGAIN = "Download the file again from the publisher's page and choose CSV."


def read_table(
    file: PublishedFile, *, by_hand: bool = False, knows: Knows | None = None, too_long: list[Fault] | None = None
) -> RawTable:
    """Read ``file``, a CSV or an Excel workbook (.xlsx), as text cells.

    Text is UTF-8 (with or without byte order mark), else Windows cp1252, as ``RawTable.encoding`` says. Rows
    shorter than the header are padded with "" and their real widths kept; wholly empty lines are no rows.
    A file written ``by_hand`` may have comments (rows whose first cell begins with #) and need hold no row; it is a
    CSV. ``knows`` says of a workbook's rows whether they are headings (see ``workbooks.read_workbook``).
    Raises FaultyInput with every fault found: no CSV, empty, cut short, rows with more cells than headings. Of these
    the first cells are kept where there is a list ``too_long`` to add their faults to.
    """
    import pandas as pd

    from pipeline.sources.tabular.plain_rows import read_plain_rows
    from pipeline.sources.tabular.workbooks import read_workbook

    content = _read_bytes(file)
    sheet = ""
    if not by_hand and _is_workbook(content):
        found = read_workbook(content, file.name, knows)
        text, encoding, sheet = found.text, "xlsx", found.name
    else:
        text, encoding = _decode(content, file)
    header, first_line = _read_header(text, file, by_hand)
    plain = None if by_hand else read_plain_rows(text, len(header))
    if plain is None:
        columns, lines, widths = _read_rows(text, header, file, by_hand, too_long)
    else:
        columns, lines, widths = plain.columns, plain.lines, plain.widths
    if not len(lines) and not by_hand:
        raise _refuse(file, first_line, "the file has headings but no rows", _AGAIN)
    if not by_hand:
        _refuse_if_cut_short(file, header, columns, lines, widths, has_end=text[-1] in "\r\n")
    cells = pd.DataFrame(dict(zip(header, columns, strict=True)), copy=False)
    return RawTable(file, encoding, header, cells, lines, widths, sheet)


def read_short_table(file: PublishedFile) -> tuple[tuple[str, ...], list[list[str]]]:
    """The headings and rows of a short CSV written by hand, as ``read_table`` has them, without loading what tables
    are made of. Raises FaultyInput as that does."""
    text, _ = _decode(_read_bytes(file), file)
    header, _ = _read_header(text, file, by_hand=True)
    too_long: list[Fault] = []
    rows = [row for _, _, row in _fit_rows(text, header, file, True, too_long)]
    if too_long:
        raise FaultyInput(_shorten(too_long, file))
    return header, rows


def _is_workbook(content: bytes) -> bool:
    if not content.startswith(b"PK\x03\x04"):
        return False
    from pipeline.sources.tabular.workbooks import is_workbook

    try:
        return is_workbook(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except zipfile.BadZipFile:
        return False


def _read_bytes(file: PublishedFile) -> bytes:
    try:
        return file.path.read_bytes()
    except FileNotFoundError:
        raise _refuse(file, None, "the file is not there", "Check its path in edition.yaml.") from None
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise _refuse(file, None, f"the file cannot be read: {reason}", "Close other programs that hold it.") from None


def _refuse(file: PublishedFile, line: int | None, what: str, remedy: str) -> FaultyInput:
    return FaultyInput([Fault(file.name, line, None, what, remedy)])


def _decode(content: bytes, file: PublishedFile) -> tuple[str, str]:
    """The file's text and its encoding; raises FaultyInput where the bytes are no CSV text."""
    if not content.strip():
        raise _refuse(file, None, "the file is empty", _AGAIN)
    _refuse_other_formats(content, file)
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        raise _refuse(file, None, "the file is not text in UTF-8 or Windows cp1252", _EXCEL) from None


def _refuse_other_formats(content: bytes, file: PublishedFile) -> None:
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith(b"PK\x03\x04"):
        raise _refuse(file, None, *_describe_zip(content))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refuse(file, None, "the file is an Excel workbook (.xls), not a CSV", _EXCEL)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refuse(file, None, "the file is 'Unicode text' (UTF-16), not CSV UTF-8", _EXCEL)
    if start.startswith(b"%PDF"):
        raise _refuse(file, None, "the file is a PDF, not a CSV", _AGAIN)
    if start.startswith(b"<"):
        what = "the file is a web page (HTML or XML), not a CSV"
        raise _refuse(file, None, what, "Open the page in a browser and download the CSV it offers.")
    if start.startswith((b"{", b"[")):
        raise _refuse(file, None, "the file is JSON, not a CSV", _AGAIN)
    if b"\0" in content:
        raise _refuse(file, content[: content.index(b"\0")].count(b"\n") + 1, *_describe_zeros(content))


def _describe_zeros(content: bytes) -> tuple[str, str]:
    """What a file with zero bytes is: text that was damaged where it has few of them, else no text at all."""
    if content.count(b"\0") > len(content) // 100 + 1:
        return "the file is binary, not a CSV", _AGAIN
    return "a zero byte stands in this line: the file was damaged on its way", _AGAIN


def _describe_zip(content: bytes) -> tuple[str, str]:
    """What a file that begins like a zip archive is, and what to do with it."""
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        names = ["xl/"]  # a damaged one is most often a workbook that was cut short
    if any(name.startswith(("xl/", "[Content_Types]")) for name in names):
        return "the file is an Excel workbook (.xlsx), not a CSV", _EXCEL
    if "content.xml" in names:
        return "the file is an OpenDocument spreadsheet (.ods), not a CSV", _EXCEL
    return "the file is a zip archive, not a CSV", "Unpack it and put the CSV files it holds in its place."


def _open_rows(text: str) -> Iterator[list[str]]:
    lines = (found[0] for found in _LINE.finditer(text))  # io.StringIO would copy it, four bytes a character
    return csv.reader(lines, strict=True)


def _is_row(cells: list[str], by_hand: bool) -> bool:
    """Whether anything stands in the row that is not a comment."""
    return any(cell.strip() for cell in cells) and not (by_hand and cells[0].lstrip().startswith("#"))


def _read_header(text: str, file: PublishedFile, by_hand: bool) -> tuple[tuple[str, ...], int]:
    """The column names, blanks around them removed, and the line they stand on."""
    rows = _open_rows(text)
    try:
        header = next((row for row in rows if _is_row(row, by_hand)), [])
    except csv.Error as error:
        raise _refuse(file, 1, f"the headings are not CSV: {error}", _AGAIN) from None
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    if len(names) < 2:
        raise _refuse(file, 1, *_describe_single_column(names))
    seen: dict[str, int] = {}
    faults = []
    for number, name in enumerate(names, start=1):
        if not name:
            names[number - 1] = f"(column {number})"
        elif name.lower() in seen:
            what = f"the heading stands twice, as columns {seen[name.lower()]} and {number}"
            faults.append(Fault(file.name, 1, name, what, "Remove or rename one of them, or download the file again."))
        seen.setdefault(name.lower(), number)
    if faults:
        raise FaultyInput(faults)
    return tuple(names), rows.line_num  # type: ignore[attr-defined]


def _describe_single_column(names: list[str]) -> tuple[str, str]:
    text = names[0] if names else ""
    for mark, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if text.count(mark) > 1:
            return f"the columns are separated by {word}, not commas", _EXCEL
    return "the file has a single column: it is no published table", _AGAIN


def _read_rows(
    text: str, header: tuple[str, ...], file: PublishedFile, by_hand: bool, noted: list[Fault] | None
) -> tuple[list, np.ndarray, np.ndarray]:
    """Columns (Arrow strings), physical start lines and widths of all rows below the header."""
    import numpy as np
    import pyarrow as pa

    blocks: list[list[pa.Array]] = []
    lines: list[int] = []
    widths: list[int] = []
    too_long: list[Fault] = []
    fitted = _fit_rows(text, header, file, by_hand, too_long)
    while batch := list(islice(fitted, ROWS_AT_A_TIME)):
        lines += [line for line, _, _ in batch]
        widths += [width for _, width, _ in batch]
        columns = zip(*(row for _, _, row in batch), strict=True)
        blocks.append([pa.array(column, pa.large_string()) for column in columns])
    if too_long and noted is None:
        raise FaultyInput(_shorten(too_long, file))
    if noted is not None:
        noted += too_long
    blocks = blocks or [[pa.array([], pa.large_string())] * len(header)]
    found = [pa.chunked_array(parts).to_pandas() for parts in zip(*blocks, strict=True)]
    return found, np.array(lines, dtype="int32"), np.array(widths, dtype="int32")


def _fit_rows(
    text: str, header: tuple[str, ...], file: PublishedFile, by_hand: bool, too_long: list[Fault]
) -> Iterator[tuple[int, int, list[str]]]:
    """Each row below the header: the line it starts on, its real width, and as many cells as there are headings.

    Faults of longer rows are added to ``too_long``.
    """
    width = len(header)
    numbered = _number_rows(_open_rows(text), file, by_hand)
    next(numbered)
    for line, row in numbered:
        real = len(row)
        if real > width and header[-1].lower() in GOES_ON:
            row = [*row[: width - 1], "; ".join(cell.strip() for cell in row[width - 1 :] if cell.strip())]
        elif real > width:
            while len(row) > width and not row[-1].strip():
                row.pop()
            if len(row) > width:
                too_long.append(_describe_long_row(file, line, real, width))
                del row[width:]
        elif real < width:
            row = row + [""] * (width - real)
        yield line, min(real, width), row


def _number_rows(rows: Iterator[list[str]], file: PublishedFile, by_hand: bool) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds anything, with the line it starts on; the header is the first."""
    line = 1
    try:
        for row in rows:
            if _is_row(row, by_hand):
                yield line, row
            line = rows.line_num + 1  # type: ignore[attr-defined]
    except csv.Error as error:
        if "unexpected end of data" in str(error) or "field larger" in str(error):
            what = "a quotation mark is opened and never closed: the file is cut short or damaged"
        else:
            what = "a quotation mark stands inside a cell: this row cannot be split into cells"
        raise _refuse(file, line, what, _AGAIN) from None


def _describe_long_row(file: PublishedFile, line: int, real: int, width: int) -> Fault:
    what = f"the row has {real} cells but there are only {width} headings"
    return Fault(file.name, line, None, what, "Put text that holds a comma in quotation marks, or download again.")


def _shorten(faults: list[Fault], file: PublishedFile) -> list[Fault]:
    if len(faults) <= FAULTS_LISTED:
        return faults
    rest = len(faults) - FAULTS_LISTED
    what = f"{rest} more rows have more cells than there are headings"
    return [*faults[:FAULTS_LISTED], Fault(file.name, None, None, what, faults[0].remedy)]


def _refuse_if_cut_short(
    file: PublishedFile, header: tuple[str, ...], columns: list, lines: np.ndarray, widths: np.ndarray, *, has_end: bool
) -> None:
    """Refuse a file whose last row stops early, where no whole row is as short.

    Rows of new schools end at the word NEW and are whole. Publishers drop trailing blanks: a row that ends with its
    line, or that stops no earlier than others do, is cut short only if it lacks much and no other stops just there.
    """
    import numpy as np

    last = len(widths) - 1
    if widths[last] == len(header) or _is_new(columns, widths[last], np.array([last])).all():
        return
    rows = {width: np.flatnonzero(widths[:last] == width) for width in np.unique(widths[:last]) if width < len(header)}
    whole = [width for width, short in rows.items() if not _is_new(columns, width, short).all()]
    lacks_much = widths[last] < (1 - MOST_BLANKS) * len(header) and widths[last] not in whole
    if lacks_much or (not has_end and widths[last] < min(whole, default=len(header))):
        what = f"the last row stops after {widths[last]} of {len(header)} cells: the file is cut short"
        raise _refuse(file, int(lines[last]), what, _AGAIN)


def _is_new(columns: list[pd.Series], width: int, rows: np.ndarray) -> np.ndarray:
    """Which of ``rows``, of ``width`` cells, end at the word NEW."""
    words = columns[width - 1].iloc[rows].str.strip().str.upper()
    return (words == "NEW").to_numpy()
