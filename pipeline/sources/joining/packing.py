"""Observations put away in a tenth of the memory, by school, so that the rows of any schools are found again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

#: Stands for the URN of rows that are about no school: after all schools.
AREAS = 2**31 - 1
#: Rows that are packed and unpacked together at most, and about as many schools': those of a file with few rows a
#: school would each time be sought among all of its rows.
_ROWS_TOGETHER, _SCHOOLS_TOGETHER = 65_536, 1_000
_CODEC = pa.Codec("lz4_raw")  # takes twice the room that zstd takes, and half its time both ways


class PackedObservations:
    """OBSERVATIONS by URN, those about no school last; rows of one school keep their order.

    A country's files lie side by side until all are read and their figures are settled, some schools at a time.
    """

    def __init__(self, observations: pd.DataFrame) -> None:
        urns = observations["urn"].to_numpy("int32", na_value=AREAS)
        order = np.argsort(urns, kind="stable")
        in_order = bool((order[1:] > order[:-1]).all())
        urns = urns[order]
        begins = np.flatnonzero(np.diff(urns, prepend=-1))
        self.urns, self.rows_of_each = urns[begins], np.diff(begins, append=len(urns))
        self._kinds = {str(name): _Kind.describe(observations[name]) for name in observations}
        arrays = {name: kind.take_apart(observations[name]) for name, kind in self._kinds.items()}
        rows_of_a_school = len(urns) // max(len(self.urns), 1) + 1
        together = min(_ROWS_TOGETHER, _SCHOOLS_TOGETHER * rows_of_a_school)
        self._parts = []
        for first in range(0, len(order), together):
            rows = slice(first, first + together)
            at = rows if in_order else order[rows]
            packed = {name: [_compress(array[at]) for array in column] for name, column in arrays.items()}
            some = urns[rows]
            self._parts.append(_Part(some[0], some[-1], len(some), packed))

    @property
    def size(self) -> int:
        """Bytes of all columns."""
        return sum(len(content) for part in self._parts for packed in part.columns.values() for content in packed)

    def __len__(self) -> int:
        return sum(part.length for part in self._parts)

    def __iter__(self) -> Iterator[str]:
        """The columns' names, as those of a frame."""
        return iter(self._kinds)

    def __getitem__(self, name: str) -> pd.Series:
        kind = self._kinds[name]
        return pd.Series(kind.join([kind.unpack(part.columns[name], part.length) for part in self._parts]), copy=False)

    def unpack(self) -> pd.DataFrame:
        """All observations. Their arrays cannot be written to."""
        return pd.DataFrame({name: self[name] for name in self._kinds}, copy=False)

    def select(self, urns: np.ndarray) -> pd.DataFrame:
        """The observations of the schools ``urns``, sorted (AREAS for those of none)."""
        concerned = [part for part in self._parts if part.may_hold(urns)]
        numbers = self._kinds["urn"]
        chosen = [
            np.flatnonzero(np.isin(numbers.unpack(part.columns["urn"], part.length)[0], urns)) for part in concerned
        ]
        selected = {}
        for name, kind in self._kinds.items():
            unpacked = [kind.unpack(part.columns[name], part.length) for part in concerned]
            found = [[values[at] for values in arrays] for arrays, at in zip(unpacked, chosen, strict=True)]
            selected[name] = kind.join(found)
        return pd.DataFrame(selected, copy=False)


@dataclass(frozen=True)
class _Part:
    """Some rows, each column compressed; the first and the last of their URNs."""

    first: int
    last: int
    length: int
    columns: dict[str, list[bytes]]

    def may_hold(self, urns: np.ndarray) -> bool:
        return bool(np.searchsorted(urns, self.first) < np.searchsorted(urns, self.last, side="right"))


@dataclass(frozen=True)
class _Kind:
    """What a column's arrays are: its values or codes and, of whole numbers that may be missing, where they are."""

    values: np.dtype
    categories: pd.Index | None = None
    may_miss: bool = False

    @classmethod
    def describe(cls, column: pd.Series) -> _Kind:
        if isinstance(column.dtype, pd.CategoricalDtype):
            return cls(column.cat.codes.to_numpy().dtype, categories=column.cat.categories)
        if isinstance(column.dtype, np.dtype):
            return cls(column.dtype)
        return cls(np.dtype(column.dtype.name.lower()), may_miss=True)

    def take_apart(self, column: pd.Series) -> list[np.ndarray]:
        if self.categories is not None:
            return [column.cat.codes.to_numpy()]
        if self.may_miss:
            # AREAS and not 0 where there is none: so are URNs ordered
            return [column.to_numpy(self.values, na_value=np.iinfo(self.values).max), column.isna().to_numpy()]
        return [column.to_numpy()]

    def unpack(self, packed: Sequence[bytes], length: int) -> list[np.ndarray]:
        kinds = [self.values, np.dtype(bool)]
        return [_decompress(content, kind, length) for content, kind in zip(packed, kinds, strict=False)]

    def join(self, parts: Sequence[Sequence[np.ndarray]]) -> pd.api.extensions.ExtensionArray | np.ndarray:
        """The column of several parts' arrays under each other."""
        none = [np.empty(0, self.values), np.empty(0, bool)]
        values, *missing = (np.concatenate(arrays) for arrays in zip(*(parts or [none]), strict=True))
        if self.categories is not None:
            return pd.Categorical.from_codes(values, self.categories, validate=False)
        return pd.arrays.IntegerArray(values, missing[0]) if self.may_miss else values


def _compress(values: np.ndarray) -> bytes:
    content = _CODEC.compress(values.view(np.uint8), asbytes=True)
    assert isinstance(content, bytes)
    return content


def _decompress(content: bytes, kind: np.dtype, length: int) -> np.ndarray:
    return np.frombuffer(_CODEC.decompress(content, length * kind.itemsize), dtype=kind)
