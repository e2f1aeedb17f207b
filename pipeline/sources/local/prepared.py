"""The local frames of an edition on disk, and one school's part of them."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import LOCAL
from pipeline.sources.frames import (
    EARLY_COMPARED,
    LAST_YEAR,
    MODERATION,
    OBSERVATIONS,
    SELF_EVALUATION,
    SOFT_INTELLIGENCE,
    LocalSlice,
    shape_frame,
)
from pipeline.sources.local.files import find_local_files

_COLUMNS = {
    "self_evaluation": SELF_EVALUATION,
    "soft_intelligence": SOFT_INTELLIGENCE,
    "moderation": MODERATION,
    "last_year": LAST_YEAR,
    "early": OBSERVATIONS,
    "early_compared": EARLY_COMPARED,
}


def write_local(folder: Path, local: LocalSlice) -> None:
    """Write the frames of all schools into the new folder ``folder``. The same frames give the same bytes."""
    folder.mkdir(parents=True)
    for name in _COLUMNS:
        getattr(local, name).to_parquet(folder / f"{name}.parquet", index=False)


def open_local(prepared: Path) -> LocalSlice:
    """The local frames of all schools of the edition whose tables lie in ``prepared``; empty where it has none.

    Raises PipelineError where it has some that were not read: a report that left them out would be wrong.
    """
    folder = prepared / LOCAL
    if not folder.is_dir():
        _refuse_unread(prepared)
        return _hold_nothing()
    written = folder.stat()
    frames = _read_frames(folder, (written.st_ino, written.st_mtime_ns))
    return LocalSlice(**{name: frame.copy(deep=False) for name, frame in frames.items()})


def load_local(prepared: Path, urn: int) -> LocalSlice:
    """What the local files say of school ``urn``; raises PipelineError as ``open_local`` does."""
    whole = open_local(prepared)
    return LocalSlice(**{name: _choose_school(getattr(whole, name), urn) for name in _COLUMNS})


def _choose_school(frame: pd.DataFrame, urn: int) -> pd.DataFrame:
    rows = np.flatnonzero(frame["urn"].to_numpy() == urn)
    return frame.take(rows).reset_index(drop=True) if len(rows) else frame.iloc[:0]


@cache
def _hold_nothing() -> LocalSlice:
    return LocalSlice()


@lru_cache(maxsize=4)
def _read_frames(folder: Path, written: tuple[int, int]) -> dict[str, pd.DataFrame]:
    """Read once for all schools; a folder that was ``written`` anew, under the same name, is read again."""
    return {name: shape_frame(_read_frame(folder / f"{name}.parquet"), columns) for name, columns in _COLUMNS.items()}


def _read_frame(path: Path) -> pd.DataFrame:
    """Read a short table. Arrow starts no thread to read memory; a process with threads cannot be forked safely."""
    file = pq.ParquetFile(pa.BufferReader(path.read_bytes()))
    return file.read(use_threads=False).to_pandas(use_threads=False)


def _refuse_unread(prepared: Path) -> None:
    edition = prepared.parent
    if found := find_local_files(edition / "local"):
        raise PipelineError(
            f"local files have not been read: {', '.join(f'{stem}.csv' for stem in sorted(found))}",
            where=f"{edition.name}/{prepared.name}",
            remedy=f"Run `python -m pipeline prepare {edition.name}`.",
        )
