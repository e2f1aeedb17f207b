"""What a published cell says: a number, or a word with a meaning. Never both, never silently neither."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from pipeline.foundation.vocabulary import AVAILABILITY_OF_WORD, Availability

#: A number as published: sign, thousands separators, decimals, per cent sign.
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?\s?%?", re.ASCII)
#: What a spreadsheet makes of a number it finds too long: 1.37E+05.
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?E[+-]?\d+", re.IGNORECASE | re.ASCII)
#: With fewer numbers than this, a column's trailing zeros are taken as figures, not as padding.
ENOUGH_TO_JUDGE_ZEROS = 3
#: With as many numbers, a decimal place that fewer than one in as many of them use is not the column's: someone has
#: written a cell otherwise. In every real file at least half of a column's numbers use its finest place.
ENOUGH_TO_JUDGE_PLACES = 20
#: What the codes of ``CodedCells.availability`` number.
AVAILABILITIES = tuple(Availability)
_PLACES = {kind: place for place, kind in enumerate(AVAILABILITIES)}


@dataclass(frozen=True)
class ParsedCells:
    """The cells of one column, all four Series on the index of the text they came from."""

    value: pd.Series  # float64, missing unless available
    availability: pd.Series  # category of vocabulary.Availability
    word: pd.Series  # category: the cell's own text where it is no number, else ""
    step: pd.Series  # float64, the published rounding: 1 for 58%, 0.1 for 46.5; missing unless available


@dataclass(frozen=True)
class CodedCells:
    """The same as plain arrays, for columns by the hundred: codes number AVAILABILITIES and ``words``."""

    value: np.ndarray  # float64
    availability: np.ndarray  # int8
    word: np.ndarray  # int32
    words: tuple[str, ...]
    step: np.ndarray  # float64
    decimals: np.ndarray  # int8, places used, zeros at the end not counted
    signed: np.ndarray  # bool, whether a per cent sign is printed

    def set_aside(self, rows: np.ndarray, availability: Availability, words: Sequence[str]) -> CodedCells:
        """These cells with no value in ``rows`` (a mask), but ``availability`` and, one for each row set, a word."""
        places = {word: place for place, word in enumerate(self.words)}
        codes = [places.setdefault(word, len(places)) for word in words]
        changed = self.word.copy()
        changed[rows] = codes
        return CodedCells(
            np.where(rows, np.nan, self.value),
            np.where(rows, AVAILABILITIES.index(availability), self.availability).astype("int8"),
            changed,
            tuple(places),
            np.where(rows, np.nan, self.step),
            self.decimals,
            self.signed,
        )


def parse_cells(text: pd.Series, printed_alike: pd.Series | None = None) -> ParsedCells:
    """Read the cells of one column.

    Blanks around the text do not count: a single space is an empty cell. The rounding is that of the column: the
    finest place its numbers use, zeros at the end not counted (50.20% among 47.00% is one decimal), because
    publishers drop or pad such zeros. ``printed_alike`` names rows that were rounded together (schools, England);
    rows too few to tell by themselves (England's one) are rounded as the others are, or finer where they show it.
    """
    cells = code_cells(text, None if printed_alike is None else pd.factorize(printed_alike)[0])
    availability = pd.Categorical.from_codes(cells.availability, pd.Index([str(kind) for kind in AVAILABILITIES]))
    word = pd.Categorical.from_codes(cells.word, pd.Index(cells.words))
    return ParsedCells(*(pd.Series(part, index=text.index) for part in (cells.value, availability, word, cells.step)))


def code_cells(text: pd.Series, printed_alike: np.ndarray | None = None) -> CodedCells:
    """Read the cells of one column into plain arrays, as ``parse_cells`` does; ``printed_alike`` numbers the rows."""
    codes, spellings = pd.factorize(text.array)
    parsed = [parse_cell(str(spelling)) for spelling in np.asarray(spellings, dtype=object)] or [parse_cell("")]
    words = {"": 0}
    word_codes = [words.setdefault(cell.word, len(words)) for cell in parsed]
    value = np.array([cell.value for cell in parsed])[codes]
    printed = np.array([cell.decimals for cell in parsed], dtype="int8")[codes]
    used = np.array([cell.decimals_used for cell in parsed], dtype="int8")[codes]
    return CodedCells(
        value,
        np.array([_PLACES[cell.availability] for cell in parsed], dtype="int8")[codes],
        np.array(word_codes, dtype="int32")[codes],
        tuple(words),
        _find_steps(value, printed, used, printed_alike),
        used,
        np.array([cell.signed for cell in parsed])[codes],
    )


@dataclass(frozen=True)
class Cell:
    """One cell: ``decimals`` as printed, ``decimals_used`` without zeros at the end; ``signed`` with per cent sign."""

    value: float
    availability: Availability
    word: str
    decimals: int = 0
    decimals_used: int = 0
    signed: bool = False


@lru_cache(maxsize=65_536)
def parse_cell(text: str) -> Cell:
    """Read one cell; a word that no publisher's list holds is kept, with ``Availability.UNKNOWN``."""
    text = text.strip()
    plain = text.replace("\N{MINUS SIGN}", "-")
    match = _NUMBER.fullmatch(plain)
    if match and (match[2] or match[3]):
        fraction = match[3] or ""
        number = float(f"{match[1]}{match[2].replace(',', '') or '0'}.{fraction or '0'}")
        used = len(fraction.rstrip("0"))
        return Cell(number + 0.0, Availability.AVAILABLE, "", len(fraction), used, plain.endswith("%"))
    return Cell(np.nan, AVAILABILITY_OF_WORD.get(text.upper(), Availability.UNKNOWN), text)


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet has turned the number into powers of ten (1.37E+05), losing figures."""
    return bool(_SCIENTIFIC.fullmatch(text.strip()))


@dataclass(frozen=True)
class Guess:
    """The number that a cell most likely means, as it would be published, and how it is written."""

    number: str
    how: str


#: Numbers as no publisher writes them: what they match, what is put in its place, and how it is called.
_OTHERWISE = tuple(
    (re.compile(pattern, re.ASCII), number, how)
    for pattern, number, how in (
        (r"\(([\d.]+%?)\)", r"-\1", "in brackets for a minus"),
        (r"([+-]?\d+),(\d+\s?%?)", r"\1.\2", "with a decimal comma"),
        (r"(\d[\d.]*)\s?[-\u2013\u2212](%?)", r"-\1\2", "with the minus behind"),
        (r"[\u2010-\u2015]\s?(\d[\d.]*%?)", r"-\1", "with a dash for a minus"),
        (r"-\s+(\d[\d.]*%?)", r"-\1", "with a blank after the minus"),
        (r"(\d{1,3})[ \u00a0\u2009\u202f](\d{3})", r"\1\2", "with a blank between thousands"),
        (r"'([+-]?\d[\d.]*%?)", r"\1", "behind an apostrophe"),
        (r"=?\"([+-]?\d[\d.]*%?)\"", r"\1", "in quotation marks"),
        (r"([+-]?\d[\d.]*%?)\s?(?:[*†‡#]+|\([a-z]\)|[a-z])", r"\1", "with a mark of a footnote"),
        (r"([+-]?\d[\d.]*) ?(?:per cent|percent|pc|pct)", r"\1%", "with the unit in words"),
    )
)


def guess_number(text: str) -> Guess | None:
    """The number that an unreadable cell most likely means, where it is one written in a way that is known."""
    text = text.strip()
    for pattern, number, how in _OTHERWISE:
        if match := pattern.fullmatch(text):
            found = match.expand(number)
            return Guess(found, how) if parse_cell(found).availability is Availability.AVAILABLE else None
    return None


def _find_steps(
    value: np.ndarray, printed: np.ndarray, used: np.ndarray, printed_alike: np.ndarray | None
) -> np.ndarray:
    """The rounding of each cell; ``printed`` and ``used`` are its decimal places."""
    step = np.full(len(value), np.nan)
    available = ~np.isnan(value)
    groups = [available]
    if printed_alike is not None:
        numbers = np.flatnonzero(np.bincount(printed_alike + 1)) - 1
        groups = [available & (printed_alike == number) for number in numbers]
    found = []
    for rows in groups:
        if rows.any():
            telling = _leave_noughts(rows, value)
            found.append((rows, _Places(printed[telling], used[telling])))
    most = max((places for _, places in found), key=len, default=None)
    for rows, places in found:
        step[rows] = 10.0 ** -_find_places(places, most)
    return step


def _leave_noughts(rows: np.ndarray, value: np.ndarray) -> np.ndarray:
    """The ``rows`` (a mask) whose numbers tell to how many places they are published: a nought tells of none."""
    telling = rows & (value != 0)
    return telling if np.count_nonzero(telling) >= ENOUGH_TO_JUDGE_ZEROS else rows


@dataclass(frozen=True)
class _Places:
    """The decimal places of some rows of a column."""

    printed: np.ndarray
    used: np.ndarray

    def __len__(self) -> int:
        return len(self.used)


def _find_places(places: _Places, most: _Places | None) -> int:
    """The decimals to which some rows of a column are rounded; ``most`` are the places of its largest group."""
    if len(places) >= ENOUGH_TO_JUDGE_ZEROS:
        return find_common_places(places.used)
    if most is not None and len(most) >= ENOUGH_TO_JUDGE_ZEROS:
        return max(find_common_places(most.used), int(places.used.max()))
    if most is not None and len(most) > len(places):  # England's one among two schools: no coarser than they are
        return max(int(most.used.max()), int(places.printed.max()))
    return int(places.printed.max())


def find_common_places(used: np.ndarray) -> int:
    """The finest decimal place that enough of the numbers use; ``used`` holds how many places each of them uses."""
    counts = np.bincount(used)
    needed = 1 if len(used) < ENOUGH_TO_JUDGE_PLACES else max(2, len(used) / ENOUGH_TO_JUDGE_PLACES)
    enough = np.flatnonzero(np.cumsum(counts[::-1])[::-1] >= needed)
    return int(enough[-1])
