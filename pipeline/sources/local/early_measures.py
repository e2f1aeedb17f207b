"""Which results can be known before they are published, what an analyst calls them, and how pupils are counted.

The table is ``aliases/early_results.yaml``; every measure has the key of the published one that takes its place.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.foundation.vocabulary import Unit
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.reading import ALIASES


class EarlyMeasure(Record):
    """One measure of early results: its unit, its names, what its average can be, and how pupils are counted."""

    unit: Unit
    name: str = Field(min_length=3)
    also: tuple[str, ...] = ()
    least: float = 0
    most: float = 100
    reach: dict[str, float] = Field(default_factory=dict)  # by column of a pupil's row: what must be reached
    average: str = ""  # or the column that is averaged

    @property
    def is_share(self) -> bool:
        """Whether it is a share of pupils, and so a number of them; else an average."""
        return self.unit == Unit.PERCENT

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is counted from; none where a list of pupils does not tell it."""
        return tuple(self.reach) or ((self.average,) if self.average else ())


class ResultKind(Record):
    """What may stand in a column of pupils' results."""

    least: float | None = None
    most: float | None = None
    whole: bool = False
    standard: float | None = None  # the expected standard, where words may stand for having reached it
    levels: dict[str, float] = Field(default_factory=dict)
    reached: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class ResultColumn(Record):
    """A column of a pupil's row: its key stage, its kind and, for templates, what stands in it."""

    stage: Literal["key stage 2", "key stage 4"]
    kind: str
    what: str


class EarlyMeasures(Record):
    """The content of the table."""

    measures: dict[str, EarlyMeasure]
    columns: dict[str, ResultColumn]
    kinds: dict[str, ResultKind]

    @model_validator(mode="after")
    def _agree(self) -> EarlyMeasures:
        for key, one in self.measures.items():
            if one.is_share == bool(one.average) and one.columns:
                raise ValueError(f"{key}: a percentage is counted by `reach`, all else by `average`")
            if unknown := set(one.columns) - set(self.columns):
                raise ValueError(f"{key}: there is no column {sorted(unknown)[0]!r}")
        if unknown := {column.kind for column in self.columns.values()} - set(self.kinds):
            raise ValueError(f"there is no kind {sorted(unknown)[0]!r}")
        return self

    @property
    def names(self) -> dict[str, str]:
        """Every word for a measure with its key: plain names first, then other names, then the keys."""
        plain = {one.name: key for key, one in self.measures.items()}
        others = {name: key for key, one in self.measures.items() for name in one.also}
        return {**plain, **others, **{key: key for key in self.measures}}


EARLY = read_record(ALIASES / "early_results.yaml", EarlyMeasures)
