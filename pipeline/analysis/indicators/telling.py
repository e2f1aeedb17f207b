"""How an indicator's figures are told and drawn: what an axis is called, what a share is of, what values can be."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from pipeline.foundation.vocabulary import Unit, name_academic_year, read_academic_year
from pipeline.foundation.yaml_files import Record

#: How an axis runs: over the whole of the scale; from the least there can be to a little above the largest figure;
#: around the figures shown; to both sides of zero; or as differences from England's figure, to both sides of it.
Drawn = Literal["whole", "from the least", "around the figures", "around zero", "around England"]


class Scale(Record):
    """The values a figure can have, ends included (left out: no end), and how its axis runs."""

    least: float | None = None
    most: float | None = None
    drawn: Drawn = "around the figures"

    @model_validator(mode="after")
    def _agree(self) -> Scale:
        if self.least is not None and self.most is not None and self.least >= self.most:
            raise ValueError("`least` must be under `most`")
        if self.drawn == "whole" and (self.least is None or self.most is None):
            raise ValueError("`drawn: whole` needs `least` and `most`")
        if self.drawn == "from the least" and self.least is None:
            raise ValueError("`drawn: from the least` needs `least`")
        return self

    @property
    def lowest(self) -> float:
        """The least value; minus infinity where there is no end."""
        return float("-inf") if self.least is None else self.least

    @property
    def highest(self) -> float:
        """The greatest value; infinity where there is no end."""
        return float("inf") if self.most is None else self.most

    def reaches(self, value: float) -> bool:
        """Whether a figure can have this value."""
        return self.lowest <= value <= self.highest

    def clip(self, value: float) -> float:
        """The value itself, or the nearest that is possible."""
        return min(max(value, self.lowest), self.highest)


#: What holds of every figure in a unit, where an indicator's file says nothing else.
_USUAL_SCALES: dict[str, Scale] = {
    Unit.PERCENT: Scale(least=0, most=100, drawn="whole"),
    Unit.POINTS: Scale(least=0, drawn="around England"),
    Unit.SCALED_SCORE: Scale(least=80, most=120, drawn="around the figures"),
    Unit.PROGRESS: Scale(drawn="around zero"),
    Unit.PUPILS: Scale(least=0, drawn="from the least"),
}


def read_written_year(text: str) -> int:
    """``2019/20`` as 2020; raises ValueError where a year is written otherwise than in all files of indicators."""
    year = read_academic_year(text)
    if text != (name := name_academic_year(year)):
        raise ValueError(f"{text!r} is not how files of indicators write a year; write {name}")
    return year


def find_usual_scale(unit: Any) -> Scale:
    """The scale of a unit's figures as far as the unit alone tells it."""
    return _USUAL_SCALES.get(str(unit), Scale())


class Telling(Record):
    """What charts, tables, sentences and a policy's facts need to know of an indicator besides its figures."""

    axis: str = Field(default="", max_length=60)  # the title of its axis
    share_of: str = ""  # percentages: of what; only a share of ``pupils`` is counted in pupils
    apart_in: str = ""  # what differences are counted in, where not in points: ``suspensions per 100 pupils``
    scale: Scale = Scale()
    slots: int = Field(default=1, ge=1, le=20)  # grades that its points add up: drawn divided by them, on one axis
    subjects: tuple[str, ...] = ()  # of the curriculum, as ``subjects/`` has them; empty: of all together
    not_held: tuple[tuple[str, str], ...] = ()  # academic years, each with why nobody has a figure of it, briefly

    @field_validator("subjects")
    @classmethod
    def _name_each_once(cls, subjects: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(subjects)) < len(subjects):
            raise ValueError("a subject is named twice")
        return subjects

    @field_validator("not_held", mode="before")
    @classmethod
    def _list_years(cls, given: Any) -> Any:
        """A file maps years to words; what is kept can be hashed, like the results that carry it."""
        return tuple(given.items()) if isinstance(given, dict) else given

    @field_validator("not_held")
    @classmethod
    def _are_years(cls, not_held: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        for year, _ in not_held:
            read_written_year(year)
        return not_held

    def explain_not_held(self, year: int) -> str:
        """Why nobody has a figure of the academic year that ends in ``year``; empty where the file names none."""
        return next((words for named, words in self.not_held if read_academic_year(named) == year), "")


#: What is known of an indicator whose file is not at hand.
UNTOLD = Telling()
