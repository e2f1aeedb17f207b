"""What the analysis of one school finds: frozen, without files, ready for policy and report."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.vocabulary import Rating


@dataclass(frozen=True)
class YearFigure:
    """One year of one indicator beside England's, for the trend."""

    year: int
    value: float | None  # in the indicator's unit
    lower: float | None  # 95% interval of that year alone
    upper: float | None
    cohort: float | None
    england: float | None
    availability: str = "available"  # vocabulary.Availability
    word: str = ""
    predecessor: bool = False  # the figure is a chained predecessor's
    file: str = ""
    line: int = 0
    authority: float | None = None  # the school's authority in that year, for reference


@dataclass(frozen=True)
class Comparison:
    """An indicator against one comparator."""

    comparator: str  # "england"; "similar schools" when that comparator is built
    baseline: float | None
    difference: float | None  # value minus baseline, in the indicator's unit
    p_value: float | None  # two-sided
    adjusted_p: float | None  # after Benjamini-Hochberg within the school and comparator
    pupils: float | None  # the difference in whole pupils of the pooled cohort, percentages only
    rating: Rating
    reason: str  # why that rating, in words


@dataclass(frozen=True)
class Trend:
    """The latest year against the first of the years shown."""

    first_year: int
    latest_year: int
    change: float | None
    lower: float | None
    upper: float | None
    words: str  # "improved", "declined" only where the interval excludes zero; else "no clear change"


@dataclass(frozen=True)
class Position:
    """Where the latest figure stands among England's mainstream state-funded schools. Not a rating."""

    year: int
    schools: int
    fifth: int  # 1 the best fifth of schools, 5 the lowest, in the indicator's own direction
    tenth: str  # "top tenth", "bottom tenth" or ""


@dataclass(frozen=True)
class IndicatorResult:
    """One indicator of one school, whole."""

    indicator: str
    title: str
    short_title: str
    key_stage: str
    group: str
    unit: str
    direction: str
    key_priority: bool
    theme: str  # attainment, progress, disadvantaged, attendance, destinations
    years: tuple[int, ...]  # the years pooled; empty where none
    value: float | None  # pooled over ``years``
    lower: float | None  # 95% interval of the pooled value
    upper: float | None
    cohort: float | None  # pooled pupils
    by_year: tuple[YearFigure, ...]  # oldest first
    comparisons: tuple[Comparison, ...]
    trend: Trend | None
    position: Position | None
    persistent: bool = False  # on the gap side of England in each of three years
    own_gap: float | None = None  # disadvantaged indicators: the school's own difference, other minus disadvantaged
    note: str = ""
    authority: float | None = None  # the authority over the same years, for reference only
    band: str = ""  # the department's own band of a progress figure, in its words
    decimals: int = 0  # to how many places the figure is printed

    def against(self, comparator: str) -> Comparison | None:
        """The comparison with ``comparator``; None where there was none."""
        return next((c for c in self.comparisons if c.comparator == comparator), None)


@dataclass(frozen=True)
class ContextFigure:
    """A fact about the school's pupils: shown beside England's, never rated."""

    measure: str
    title: str
    unit: str
    year: int | None
    value: float | None
    england: float | None
    availability: str = "available"
    word: str = ""


@dataclass(frozen=True)
class InspectionFact:
    """An inspection outcome in its own framework's words."""

    framework: str
    kind: str
    area: str
    outcome: str
    date: str
    about_predecessor: bool


@dataclass(frozen=True)
class SchoolAnalysis:
    """Everything found about one school."""

    urn: int
    year: int
    results: tuple[IndicatorResult, ...]
    tested: dict[str, int]  # comparator → how many comparisons the false-discovery control covered
    context: tuple[ContextFigure, ...] = ()
    inspections: tuple[InspectionFact, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def rated(self, rating: Rating, comparator: str = "england") -> tuple[IndicatorResult, ...]:
        """The results rated so against ``comparator``, in the order of indicators."""
        found = ((result, result.against(comparator)) for result in self.results)
        return tuple(result for result, comparison in found if comparison and comparison.rating is rating)
