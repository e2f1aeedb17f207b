"""What a published cell says: a number, or a word with a meaning. Never both, never silently neither."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.vocabulary import AVAILABILITY_OF_WORD, Availability

#: A number as published: sign, thousands separators, decimals, per cent sign.
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?\s?%?")
#: What a spreadsheet makes of a number it finds too long: 1.37E+05.
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?E[+-]?\d+", re.IGNORECASE)
#: With fewer numbers than this, a column's trailing zeros are taken as figures, not as padding.
ENOUGH_TO_JUDGE_ZEROS = 10


@dataclass(frozen=True)
class ParsedCells:
    """The cells of one column, all four Series on the index of the text they came from."""

    value: pd.Series  # float64, missing unless available
    availability: pd.Series  # category of vocabulary.Availability
    word: pd.Series  # category: the cell's own text where it is no number, else ""
    step: pd.Series  # float64, the published rounding: 1 for 58%, 0.1 for 46.5; missing unless available


def parse_cells(text: pd.Series, printed_alike: pd.Series | None = None) -> ParsedCells:
    """Read the cells of one column.

    Blanks around the text do not count: a single space is an empty cell. The rounding is that of the column: the
    finest place any number uses, zeros at the end not counted (50.20% among 47.00% is one decimal), because
    publishers drop or pad such zeros. ``printed_alike`` names rows that were rounded together (schools, England).
    """
    codes, spellings = pd.factorize(text)
    parsed = [parse_cell(spelling) for spelling in spellings]
    values = np.array([cell.value for cell in parsed] or [np.nan])
    decimals = np.array([[cell.decimals, cell.decimals_used] for cell in parsed] or [[0, 0]], dtype="int8")
    words = pd.Index(dict.fromkeys(cell.word for cell in parsed))
    kinds = [str(kind) for kind in Availability]
    word_codes = words.get_indexer([cell.word for cell in parsed])
    kind_codes = np.array([kinds.index(cell.availability) for cell in parsed], dtype="int8")
    value = pd.Series(values[codes] if len(codes) else np.array([], float), index=text.index)
    return ParsedCells(
        value=value,
        availability=_categorise(kind_codes, codes, pd.Index(kinds), text.index),
        word=_categorise(word_codes, codes, words, text.index),
        step=_find_steps(value, decimals[codes], printed_alike),
    )


@dataclass(frozen=True)
class Cell:
    """One cell: ``decimals`` as printed, ``decimals_used`` without zeros at the end."""

    value: float
    availability: Availability
    word: str
    decimals: int = 0
    decimals_used: int = 0


def parse_cell(text: str) -> Cell:
    """Read one cell; a word that no publisher's list holds is kept, with ``Availability.UNKNOWN``."""
    text = text.strip()
    plain = text.replace("\N{MINUS SIGN}", "-")
    match = _NUMBER.fullmatch(plain)
    if match and (match[2] or match[3]):
        fraction = match[3] or ""
        number = float(f"{match[1]}{match[2].replace(',', '') or '0'}.{fraction or '0'}")
        return Cell(number + 0.0, Availability.AVAILABLE, "", len(fraction), len(fraction.rstrip("0")))
    return Cell(np.nan, AVAILABILITY_OF_WORD.get(text.upper(), Availability.UNKNOWN), text)


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet has turned the number into powers of ten (1.37E+05), losing figures."""
    return bool(_SCIENTIFIC.fullmatch(text.strip()))


def _categorise(codes_of_spelling: np.ndarray, codes: np.ndarray, names: pd.Index, index: pd.Index) -> pd.Series:
    chosen = codes_of_spelling[codes] if len(codes) else np.array([], dtype="int8")
    return pd.Series(pd.Categorical.from_codes(chosen, categories=names), index=index)


def _find_steps(value: pd.Series, decimals: np.ndarray, printed_alike: pd.Series | None) -> pd.Series:
    step = pd.Series(np.nan, index=value.index)
    available = value.notna().to_numpy()
    groups = [available]
    if printed_alike is not None:
        codes, names = pd.factorize(printed_alike)
        groups = [available & (codes == number) for number in range(len(names))]
    for rows in groups:
        if rows.any():
            used = decimals[rows, 1 if rows.sum() >= ENOUGH_TO_JUDGE_ZEROS else 0].max()
            step[rows] = 10.0 ** -int(used)
    return step
