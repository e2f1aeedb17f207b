"""What the analysis of one school finds: frozen, without files, ready for policy and report."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.analysis.indicators.telling import UNTOLD, Telling
from pipeline.foundation.vocabulary import Rating

#: Ratings as numbers: an array of them can be counted. That nothing was found is one number, whether the figure is
#: shown to be in line or only not shown to differ: no policy asks which.
STRENGTH, NO_FINDING, GAP, NOT_RATED = 1, 0, -1, -2
AS_NUMBER = {
    Rating.STRENGTH: STRENGTH,
    Rating.IN_LINE: NO_FINDING,
    Rating.NO_CLEAR_DIFFERENCE: NO_FINDING,
    Rating.GAP: GAP,
    Rating.NOT_RATED: NOT_RATED,
}


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
    early: bool = False  # collected before publication, not validated
    england_year: int | None = None  # the earlier year of which England's figure is, where it stands in
    similar_year: int | None = None  # the same of similar schools'


@dataclass(frozen=True)
class Comparison:
    """An indicator against one comparator."""

    comparator: str  # "england" or "similar schools"
    baseline: float | None
    difference: float | None  # value minus baseline, in the indicator's unit
    p_value: float | None  # two-sided
    adjusted_p: float | None  # after Benjamini-Hochberg over all of the school's comparisons
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
class GapYear:
    """One year of a gap to close."""

    year: int
    others: float | None  # England's others
    value: float | None  # the school's figure minus theirs; None where the school has none


@dataclass(frozen=True)
class Gap:
    """How far a school's pupils of a group are from England's others. Not a rating."""

    group: str  # who the others are
    others: float | None  # England's others, pooled as the school's pupils weigh
    value: float | None  # the school's pooled figure minus theirs
    lower: float | None  # 95% interval
    upper: float | None
    by_year: tuple[GapYear, ...]  # oldest first
    trend: Trend | None  # of the gap: "narrowing", "widening" only where the interval of its change excludes zero


@dataclass(frozen=True)
class Position:
    """Where the latest figure stands among England's mainstream state-funded schools. Not a rating."""

    year: int
    schools: int
    fifth: int  # 1 the best fifth of schools, 5 the lowest, in the indicator's own direction
    tenth: str  # "top tenth", "bottom tenth" or ""


@dataclass(frozen=True)
class ShrunkFigure:
    """A school's figure drawn towards what is expected of it, the further the fewer its pupils."""

    value: float  # in the indicator's unit
    lower: float  # 95% interval
    upper: float
    towards: float  # what is expected of the school, in the indicator's unit
    towards_whom: str  # "similar schools", "all schools of the files"
    reliability: float  # 0 to 1: the weight of the school's own figure


@dataclass(frozen=True)
class SimilarSchool:
    """One of the schools whose pupils are most like a school's own."""

    urn: int
    name: str
    la_name: str
    distance: float  # root mean square difference, in standard deviations
    better: tuple[str, ...] = ()  # keys of indicators in which it does clearly better; asked of the nearest alone
    telephone: str = ""  # figures alone; "" where no file gives it


@dataclass(frozen=True)
class SimilarSchools:
    """With whom a school was compared besides England. ``reason`` says why with nobody; "" where there are some."""

    schools: tuple[SimilarSchool, ...]  # nearest first
    candidates: int  # schools of the same phase and kind that could have been chosen
    used: tuple[str, ...]  # variables compared
    missing: tuple[str, ...]  # variables left out, each with why
    reason: str = ""
    kind: str = ""  # what the schools have in common besides their phase: "with fewer than 50 pupils"


@dataclass(frozen=True)
class WritingCheck:
    """Writing as teachers assessed it beside what the reading and maths tests suggest: a question, never a gap."""

    years: tuple[int, ...]
    writing: float  # per cent at the expected standard, pooled
    suggested: float  # per cent
    lower: float  # between which nearly all schools with such test results and as many pupils lie
    upper: float
    pupils: float
    schools: int  # behind the pattern
    asks: bool  # outside that range, by one whole pupil or more


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
    theme: str  # the key of an indicator theme
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
    own_gap: float | None = None  # the school's own pupils of ``gap_to`` minus those of ``group``
    note: str = ""
    authority: float | None = None  # the authority over the same years, for reference only
    band: str = ""  # the department's own band of the latest progress figure, in its words
    decimals: int = 0  # to how many places the figure is printed
    shrunk: ShrunkFigure | None = None  # where all schools of the edition were studied
    gap_to: str = ""  # the pupils to whom the gap to close is measured; "" where there is none to speak of
    gap: Gap | None = None  # to England's pupils of ``gap_to``
    by_phase: bool = False  # England's figure is that of the school's phase in the census
    telling: Telling = UNTOLD  # how its figures are told and drawn
    window: tuple[int, ...] = ()  # the academic years looked at that are comparable, oldest first
    same_pupils: bool = False  # the years count largely the same pupils, who are pooled as one year's
    window_note: str = ""  # why they are not the year under review and the two before it; "" where they are

    @property
    def provisional(self) -> bool:
        """Rated from one year alone: a single draw of what a year brings."""
        return len(self.years) == 1 and any(each.rating != Rating.NOT_RATED for each in self.comparisons)

    @property
    def early_years(self) -> tuple[int, ...]:
        """The years, oldest first, whose figure is an early one: collected before publication, not validated."""
        return tuple(figure.year for figure in self.by_year if figure.early and figure.value is not None)

    @property
    def early(self) -> bool:
        """Whether an early figure is among those pooled, so that whatever is said of them rests on it."""
        return any(year in self.years for year in self.early_years)

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
    tenth: int | None = None  # among England's mainstream schools, 1 the lowest; None where they are not known
    schools: int | None = None  # how many those are


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
    similar: SimilarSchools | None = None  # None where nobody looked for similar schools
    writing_check: WritingCheck | None = None

    def rated(self, rating: Rating, comparator: str = "england") -> tuple[IndicatorResult, ...]:
        """The results rated so against ``comparator``, in the order of indicators."""
        found = ((result, result.against(comparator)) for result in self.results)
        return tuple(result for result, comparison in found if comparison and comparison.rating is rating)
