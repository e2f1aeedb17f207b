"""How published files print numbers, words and rows: rounding half up, suppression, ragged rows, encodings.

Columns are arrays of text, one cell a row, so that a whole country prints as fast as a county.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path

import numpy as np
import yaml
from scipy.sparse import csr_array

from pipeline.foundation.yaml_files import LOADER
from pipeline.sample.country import REST_OF_ENGLAND_TIMES, School
from pipeline.sample.results import Tally

#: Figures that cover this many pupils or fewer are withheld.
FEWEST = 5

Texts = np.ndarray  # of str objects, one a row


@cache
def _read_headers() -> dict[str, list[str]]:
    text = (resources.files("pipeline.sample") / "headers.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=LOADER)


def name_columns(family: str, year: int | None = None) -> list[str]:
    """The published header of ``family``; earlier years' suffixes are filled in from ``year``."""
    columns = _read_headers()[family]
    if year is None:
        return list(columns)
    suffixes = {"before": f"{(year - 1) % 100:02d}", "earlier": f"{(year - 2) % 100:02d}"}
    return [column.format(**suffixes) if "{" in column else column for column in columns]


@dataclass(frozen=True)
class Area:
    """A row above school level: its key cells and which schools it sums."""

    kind: str  # "authority", "england state", "england all", "england primary", …
    la: int | None
    weights: np.ndarray  # float64, one a school of the tally


@dataclass(frozen=True)
class Rows:
    """The rows of one file: printed schools in order, then areas. Gathered columns keep that order."""

    schools: tuple[School, ...]
    positions: np.ndarray
    areas: tuple[Area, ...]
    everyone: tuple[School, ...] = ()  # all schools of the country, for successors not in this file

    def gather(self, values: np.ndarray) -> np.ndarray:
        """One school's values as they are, areas as exact sums; int64."""
        sums = [np.rint(self._weights @ values).astype(np.int64)] if self.areas else []
        return np.concatenate([values[self.positions], *sums])

    @cached_property
    def _weights(self) -> csr_array:
        """Areas × schools; sparse, since an authority has few of a country's schools."""
        return csr_array(np.stack([area.weights for area in self.areas]))

    def __len__(self) -> int:
        return len(self.schools) + len(self.areas)

    @property
    def owned(self) -> np.ndarray:
        """True for schools, false for areas, which are never suppressed."""
        return np.arange(len(self)) < len(self.schools)

    def spell(self, schools: Sequence[object], areas: Sequence[object]) -> Texts:
        """Text cells: one for each school, then one for each area."""
        return as_texts([*schools, *areas])

    @property
    def authorities(self) -> list[int | None]:
        """Each area's authority number, None for England."""
        return [area.la for area in self.areas]

    @cached_property
    def private(self) -> np.ndarray:
        """True for independent schools."""
        return np.array([one.independent for one in self.schools] + [False] * len(self.areas))

    @property
    def england(self) -> np.ndarray:
        """True for England's rows."""
        return ~self.owned & np.array([False] * len(self.schools) + [la is None for la in self.authorities])

    def mix(self) -> np.ndarray:
        """An order in which areas stand among the schools, as in the published files, and not only at the end."""
        order = list(range(len(self.schools)))
        for number in range(len(self.areas)):
            place = len(self.schools) * (number + 1) // (len(self.areas) + 1)
            order.insert(place + number, len(self.schools) + number)
        return np.array(order)


def as_texts(cells: Sequence[object]) -> Texts:
    """Cells as text, None as an empty one."""
    texts = np.empty(len(cells), object)
    texts[:] = ["" if cell is None else str(cell) for cell in cells]
    return texts


def choose_rows(
    tally: Tally,
    printed: Sequence[bool] | np.ndarray,
    kinds: Sequence[str],
    authorities: Sequence[int],
    *,
    phases_of_authority: Sequence[str] = ("",),
) -> Rows:
    """Rows for the schools marked in ``printed``, for each authority, and for each of ``kinds`` of England.

    An authority has one row for all its schools, or one for each of ``phases_of_authority``.
    """
    schools = tally.schools
    times = np.array([REST_OF_ENGLAND_TIMES if one.aside else 1 for one in schools], float)
    state = np.array([not one.independent for one in schools])
    phases = np.array([one.census_phase for one in schools])
    all_phases = ("primary", "secondary", "special")
    authority = np.array([0 if one.aside else one.la for one in schools])
    covers = {
        "england all": np.ones(len(schools), bool),
        "england state": state,
        "england primary": state & (phases == "primary"),
        "england secondary": state & (phases == "secondary"),
        "england special": state & (phases == "special"),
    }
    areas = [
        Area(
            f"authority {phase}".strip(),
            la,
            np.where(state & (authority == la) & np.isin(phases, phase or all_phases), 1.0, 0.0),
        )
        for la in authorities
        for phase in phases_of_authority
    ]
    areas += [Area(kind, None, np.where(covers[kind], times, 0.0)) for kind in kinds]
    positions = np.flatnonzero(np.asarray(printed) & np.array([not one.aside for one in schools]))
    return Rows(tuple(schools[position] for position in positions), positions, tuple(areas), schools)


def round_half_up(above: np.ndarray, below: np.ndarray, decimals: int = 0) -> np.ndarray:
    """``above`` ÷ ``below`` in units of 10^-``decimals``, halves away from zero, in whole-number arithmetic.

    Where ``below`` is zero the result is zero: the caller blanks it.
    """
    below = np.maximum(np.asarray(below, np.int64), 1)
    above = np.asarray(above, np.int64)
    return np.sign(above) * ((2 * np.abs(above) * 10**decimals + below) // (2 * below))


def print_numbers(scaled: np.ndarray, decimals: int = 0, *, ending: str = "", strip: bool = False) -> Texts:
    """Text of ``scaled`` (in units of 10^-``decimals``); ``strip`` drops trailing zeros, as older files do."""
    kinds, places = np.unique(scaled, return_inverse=True)
    texts = []
    for number in kinds.tolist():
        text = f"{number / 10**decimals:.{decimals}f}"
        if strip and decimals:
            text = text.rstrip("0").rstrip(".")
        texts.append(("0" if text in {"-0", ""} else text) + ending)
    return as_texts(texts)[places.ravel()]


def round_figures(values: np.ndarray) -> np.ndarray:
    """Whole numbers nearest to ``values``, halves away from zero."""
    return (np.floor(np.abs(values) + 0.5) * np.sign(values)).astype(np.int64)


def print_percent(part: np.ndarray, whole: np.ndarray, decimals: int = 0, *, ending: str = "%", **how) -> Texts:
    """A percentage rounded half up: ``58%``."""
    return print_numbers(
        round_half_up(100 * np.asarray(part, np.int64), whole, decimals), decimals, ending=ending, **how
    )


def withhold(texts: Texts, pupils: np.ndarray, owned: np.ndarray, word: str = "SUPP", none: str = "") -> Texts:
    """``word`` where a school's figure covers 1 to 5 pupils, ``none`` where it covers nobody."""
    few = owned & (pupils > 0) & (pupils <= FEWEST)
    return np.where(pupils == 0, none, np.where(few, word, texts)).astype(object)


def write_csv(
    path: Path,
    header: Sequence[str],
    columns: Mapping[str, Texts],
    *,
    order: np.ndarray | None = None,
    missing: str | Texts = "",
    extra_rows: Mapping[int, Sequence[str]] | None = None,
    encoding: str = "utf-8-sig",
    newline: str = "\r\n",
    drop_trailing_blanks: bool = False,
    quote_all: bool = False,
) -> None:
    """Write a published file.

    ``columns`` gives the cells of some of ``header``; the rest are ``missing``. ``extra_rows`` are written as they
    are, ragged or not, at the given places. Newlines and encoding are fixed: no platform changes a byte.
    """
    rows = len(next(iter(columns.values())))
    blank = missing if isinstance(missing, np.ndarray) else as_texts([missing] * rows)
    order = np.arange(rows) if order is None else order
    quoted = {name: _quote(texts[order], quote_all) for name, texts in columns.items()}
    filler = _quote(blank[order], quote_all)
    lines = [",".join(cells) for cells in zip(*[quoted.get(name, filler) for name in header], strict=True)]
    if drop_trailing_blanks:
        lines = [line.rstrip(",") for line in lines]
    for place, cells in sorted((extra_rows or {}).items()):
        lines.insert(place, ",".join(_quote(as_texts(cells), quote_all)))
    text = newline.join([",".join(_quote(as_texts(header), quote_all)), *lines]) + newline
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def _quote(texts: Texts, always: bool) -> list[str]:
    cells = texts.tolist()
    if always:
        return ['"' + cell.replace('"', '""') + '"' for cell in cells]
    if not set('",') & set("".join(cells)):
        return cells
    return ['"' + cell.replace('"', '""') + '"' if set('",') & set(cell) else cell for cell in cells]
