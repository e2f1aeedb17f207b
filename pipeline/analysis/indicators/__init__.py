"""What an indicator is, and the product's own list of them: one YAML file each, named by its key, beside this module.

An indicator says what is measured, for whom, in what unit and within what range, which way is better, why it matters,
how chance is judged and how its figures are told and drawn. Adding a file adds an indicator; nothing about one is
hidden in code. What indicators have in common by theme stands in ``themes/``, the subjects of the curriculum that they
name in ``subjects/``, one file each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from pipeline.analysis.indicators.checking import (
    IndicatorFile,
    check_together,
    find_misfits,
    list_misfits,
    question_figures,
    question_orders,
)
from pipeline.analysis.indicators.subjects import Subject, load_subjects
from pipeline.analysis.indicators.telling import Scale, Telling, find_usual_scale, read_written_year
from pipeline.analysis.indicators.themes import Theme, load_themes
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import Direction, KeyStage, Phase, PupilGroup, Unit
from pipeline.foundation.yaml_files import Misfit, Misfits, Record, read_fields, read_record

__all__ = [
    "Indicator",
    "PupilSpread",
    "Scale",
    "Subject",
    "Telling",
    "Theme",
    "load_indicators",
    "load_subjects",
    "load_themes",
    "question_indicators",
]

FOLDER = Path(__file__).parent


class PupilSpread(Record):
    """How far single pupils lie from the national average: the standard deviation behind an average's interval."""

    value: float = Field(gt=0)
    source: str = Field(min_length=10)
    assumption: bool  # true where the department publishes no figure and we state one


class BandRule(Record):
    """Which of the department's rules bands a progress score; ``subject`` where the rule differs by subject."""

    rule: Literal["progress 8", "key stage 2"]
    subject: Literal["reading", "writing", "maths"] | None = None

    @model_validator(mode="after")
    def _agree(self) -> BandRule:
        if (self.rule == "key stage 2") != (self.subject is not None):
            raise ValueError("`subject` belongs to the rule of key stage 2, and to no other")
        return self


def _read_year(written: Any) -> int:
    """``2016/17`` as 2017; a bare number would leave open which of its two years is meant."""
    if not isinstance(written, str):
        raise ValueError(f"{written!r} is not an academic year; write it like 2018/19")
    return read_written_year(written)


#: An academic year as it is written in a file, held as the calendar year in which it ends.
AcademicYear = Annotated[int, BeforeValidator(_read_year)]


class Break(Record):
    """A change of scale or definition: figures from before it are never pooled or compared with those since."""

    since: AcademicYear  # the first academic year of the new figures
    why: str = Field(min_length=10, pattern=r"[^.]$")  # part of a sentence
    source: str = Field(min_length=10)


class Pause(Record):
    """Years for which the measure is not published. What a file holds all the same counts: the file decides."""

    since: AcademicYear  # the first academic year without
    again: AcademicYear | None = None  # the first with it again, as far as is announced
    why: str = Field(min_length=10, pattern=r"[^.]$")  # part of a sentence
    source: str = Field(min_length=10)

    def covers(self, year: int) -> bool:
        """Whether ``year`` is one of those without."""
        return self.since <= year and (self.again is None or year < self.again)

    @model_validator(mode="after")
    def _in_order(self) -> Pause:
        if self.again is not None and self.again <= self.since:
            raise ValueError("`again` must be a later year than `since`")
        return self


class Indicator(Telling):
    """One thing a school is judged on. ``measure`` and ``group`` name the published figures it rests on.

    How its figures are told and drawn are the fields of ``Telling``.
    """

    key: str = Field(pattern=r"^[a-z0-9_]+$")
    order: int  # where it stands in lists, lowest first
    title: str = Field(min_length=5)
    short_title: str = Field(min_length=3, max_length=40)
    key_stage: KeyStage
    theme: str = Field(pattern=r"^[a-z][a-z0-9_]*$")  # what belongs together; ``themes/`` says more of most
    measure: str
    group: PupilGroup = PupilGroup.ALL
    gap_to: PupilGroup | None = None  # England's pupils to whom the gap to close is measured, beside the rating
    gap_reason: str = Field(default="", pattern=r"[^.]$")  # why to them: part of a sentence
    formula: str
    unit: Unit
    direction: Literal[Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER]
    key_priority: bool
    key_priority_reason: str = Field(min_length=10)
    optional: bool = False  # of files that not every edition has, or returns: not missed where it is not there
    method: Literal["percent", "average", "published_interval"]
    pupil_sd: PupilSpread | None = None
    same_pupils: bool = False  # the years count largely the same pupils again
    minimum_pupils: int = Field(default=11, ge=1)
    minimum_years: int = Field(default=1, ge=1, le=3)  # of fewer it is not rated; of one, provisionally
    minimum_difference: float | None = Field(default=None, gt=0)  # default, percentages only: one whole pupil
    margin: float | None = Field(default=None, gt=0)  # so near for certain is in line; without one nothing ever is
    decimals: int = Field(ge=0, le=3)
    suggested_by: tuple[str, ...] = ()  # indicators from which the check of teacher assessment suggests this one
    band: BandRule | None = None  # the department's own bands of it
    baseline: Literal["england_state", "census_phase"]
    like_england: tuple[Phase, ...] = ()  # phases whose pupils are of the ages of England's row; none named: all
    years_behind: int = Field(default=0, ge=0, le=5)  # how far before the year under review the latest figure lies
    speaks_of: str = ""  # who the pupils of those years are, where the measure is published behind: leavers
    breaks: tuple[Break, ...] = ()
    ends: tuple[Pause, ...] = ()
    applies_to: tuple[Phase, ...] = Field(min_length=1)
    why_it_matters: str = Field(min_length=20)
    source: str = Field(min_length=5)
    reviewed: date

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:
        """What the file does not say of how it is told follows from its unit and its name, and claims nothing more."""
        if not isinstance(given, dict):
            return given
        usual, scale = find_usual_scale(given.get("unit")), given.get("scale")
        if scale is None or isinstance(scale, dict):
            scale = usual.model_dump() | (scale or {})
        return {"axis": given.get("short_title") or "", **given, "scale": scale}

    @property
    def telling(self) -> Telling:
        """How its figures are told and drawn, alone."""
        return Telling(**{name: getattr(self, name) for name in Telling.model_fields})

    @property
    def spread(self) -> float:
        """The pupils' standard deviation of an average."""
        if self.pupil_sd is None:
            raise ValueError(f"{self.key} is not an average")
        return self.pupil_sd.value

    @property
    def lower_is_better(self) -> bool:
        return self.direction == Direction.LOWER_IS_BETTER

    @model_validator(mode="after")
    def _agree(self) -> Indicator:
        misfits = find_misfits(vars(self))
        if len({each.since for each in self.breaks}) < len(self.breaks):
            what = "two of `breaks` begin in the same year"
            misfits.append(Misfit(("breaks",), what, "Say both changes in one."))
        if self.unit == Unit.PERCENT and not (self.scale.reaches(0) and self.scale.reaches(100)):
            what = "a percentage can be anything from 0 to 100: `scale` leaves some of it out"
            misfits.append(Misfit(("scale", "unit"), what, "Leave `scale` out, or let it reach both."))
        if misfits:
            raise Misfits(misfits)
        return self


def load_indicators(folder: Path | None = None) -> tuple[Indicator, ...]:
    """Read every indicator of ``folder`` (default: the product's own), in their stated order.

    Raises FaultyInput holding every fault of every file.
    """
    return _load(folder or FOLDER)


def question_indicators(known: Mapping[str, Collection[str] | None]) -> list[Fault]:
    """What is to be asked of the product's indicators, right or wrong otherwise; they are read all the same.

    ``known`` are the groups of pupils of each measure that there can be figures of; None where they can be of any.
    """
    files = [IndicatorFile(path, read_fields(path)) for path in sorted(FOLDER.glob("*.yaml"))]
    return [*question_figures(files, known), *question_orders(files)]


@lru_cache(maxsize=8)
def _load(folder: Path) -> tuple[Indicator, ...]:
    indicators: list[Indicator] = []
    files: list[IndicatorFile] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            indicators.append(read_record(path, Indicator))
            files.append(IndicatorFile(path, vars(indicators[-1])))
        except FaultyInput as error:
            files.append(IndicatorFile(path, read_fields(path)))
            faults += [*error.faults, *list_misfits(files[-1], error.faults)]
    faults += check_together(folder, files)
    if not files:
        faults.append(Fault(folder.name, None, None, "no indicators are here", "Add at least one .yaml file."))
    if faults:
        raise FaultyInput(faults)
    return tuple(sorted(indicators, key=lambda indicator: (indicator.order, indicator.key)))
