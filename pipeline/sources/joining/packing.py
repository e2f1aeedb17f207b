"""Observations put away in a tenth of the memory, by school, so that the rows of any schools are found again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

#: Stands for the URN of rows that are about no school: after all schools.
AREAS = 2**31 - 1
#: Rows that are packed and unpacked together.
_ROWS_TOGETHER = 65_536
_CODEC = "zstd"  # the quickest level sees that a school's figures are like the next one's


class PackedObservations:
    """OBSERVATIONS by URN, those about no school last; rows of one school keep their order.

    A country's files lie side by side until all are read and their figures are settled, some schools at a time.
    """

    def __init__(self, observations: pd.DataFrame) -> None:
        urns = observations["urn"].to_numpy("int32", na_value=AREAS)
        order = np.argsort(urns, kind="stable")
        self.urns, self.rows_of_each = np.unique(urns, return_counts=True)
        columns = {str(name): observations[name] for name in observations}
        self._kinds = {name: _Kind.describe(column) for name, column in columns.items()}
        self._parts = []
        for first in range(0, len(order), _ROWS_TOGETHER):
            at = order[first : first + _ROWS_TOGETHER]
            packed = {name: self._kinds[name].pack(column, at) for name, column in columns.items()}
            self._parts.append(_Part(urns[at[0]], urns[at[-1]], len(at), packed))

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

    def pack(self, column: pd.Series, at: np.ndarray) -> list[bytes]:
        rows = column.array.take(at)
        if self.categories is not None:
            return [_compress(rows.codes)]
        if self.may_miss:
            # AREAS and not 0 where there is none: so are URNs ordered
            return [_compress(rows.to_numpy(self.values, na_value=np.iinfo(self.values).max)), _compress(rows.isna())]
        return [_compress(np.asarray(rows))]

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
    content = pa.Codec(_CODEC, compression_level=1).compress(np.ascontiguousarray(values).view(np.uint8), asbytes=True)
    assert isinstance(content, bytes)
    return content


def _decompress(content: bytes, kind: np.dtype, length: int) -> np.ndarray:
    return np.frombuffer(pa.Codec(_CODEC).decompress(content, length * kind.itemsize), dtype=kind)
