"""One school of the sample edition worked out by hand, as docs/method.md prints it: cells of the published files, plain
arithmetic, and nothing of the product's own statistics."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PUBLISHED = Path(__file__).resolve().parents[2] / "data" / "editions" / "sample" / "published"
URN = 900037
Z = 1.959963984540054
#: Student's t for a figure of one year alone: its degrees of freedom, and what stands in the place of Z.
ONE_YEAR_FREEDOM, T_ONE_YEAR = 20, 2.085963447265837

ATTAINMENT, INFORMATION = "2022-2023/ks2_school_attainment_data.csv", "2022-2023/ks2_school_information_data.csv"
KS2 = {2024: "2023-2024/england_ks2final.csv", 2025: "2024-2025/england_ks2final.csv"}
ABSENCE = {2023: "2022-2023/england_abs.csv", 2025: "2024-2025/1_absence_3term_school.csv"}
CENSUS = {2023: "2022-2023/england_census.csv", 2025: "2024-2025/england_census.csv"}
SCHOOL_LIST = "gias/edubasealldata20251001.csv"
#: A secondary school, whose progress was published for two of the three years: URN, files, columns.
SECONDARY = 900012
PROGRESS_8 = {
    2023: (
        "2022-2023/202223_performance_tables_schools_final.csv",
        ("progress8_average", "progress8_lower_95_ci", "progress8_upper_95_ci", "progress8_pupil_count"),
    ),
    2024: ("2023-2024/england_ks4provisional.csv", ("P8MEA", "P8CILOW", "P8CIUPP", "P8PUP")),
}
WINDOWS_1252 = {SCHOOL_LIST, PROGRESS_8[2024][0]}
YEARS = (2023, 2024, 2025)

# England, state-funded, in the key stage 2 files: line by subject in 2022/23, one line in each later year.
ENGLAND_2023 = {
    "Reading, writing and maths": 632,
    "Reading": 633,
    "Writing": 634,
    "Maths": 635,
    "Grammar, punctuation and spelling": 636,
    "Science": 637,
}
ENGLAND_LATER = 26
#: England's pupils of a group: line in 2022/23, end of the column's name in the later years.
ENGLAND_GROUPS = {
    "Not known to be disadvantaged": (656, "_NotFSM6CLA1A"),
    "Disadvantaged": (650, "_FSM6CLA1A"),
}
ENGLAND_ABSENCE = {"Primary": {2023: 12, 2025: 18}, "Secondary": {2023: 23, 2025: 27}}

#: A school that became an academy keeps its history: its earlier results stand under its predecessor's number.
PREDECESSOR = {900022: 900122}


# Cells


@cache
def read_lines(file: str) -> list[list[str]]:
    with (PUBLISHED / file).open(encoding="cp1252" if file in WINDOWS_1252 else "utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def cell(file: str, line: int, column: str) -> str:
    """The cell of a published file; the header is line 1, and the row of a new school is cut short."""
    lines = read_lines(file)
    row, place = lines[line - 1], lines[0].index(column)
    return row[place].strip() if place < len(row) else ""


def number(file: str, line: int, column: str) -> float | None:
    """A cell as a number; None where it holds a word."""
    try:
        return float(cell(file, line, column).removesuffix("%"))
    except ValueError:
        return None


@cache
def find_line(file: str, **cells: str) -> int | None:
    """The first line whose cells are these; None where there is none."""
    header, *rows = read_lines(file)
    places = [(header.index(column), text) for column, text in cells.items()]
    found = (line for line, row in enumerate(rows, 2) if all(row[place].strip() == text for place, text in places))
    return next(found, None)


# Figures


def find_school(file: str, urn: int, **cells: str) -> int | None:
    """The line of a school, or of its predecessor where the file still has it under that number."""
    (name,) = (column for column in ("URN", "school_urn") if column in read_lines(file)[0])
    found = find_line(file, **{name: str(urn)}, **cells)
    return find_line(file, **{name: str(PREDECESSOR.get(urn))}, **cells) if found is None else found


@dataclass(frozen=True)
class Year:
    """One year of one indicator: the school's figure, England's, and the school's pupils."""

    year: int
    value: float
    england: float
    pupils: int


@dataclass(frozen=True)
class Measure:
    """Where a figure of key stage 2 stands: subject and column in 2022/23, column in the later years."""

    title: str
    subject: str
    early: str
    later: str
    group: str = "Total"  # the breakdown in 2022/23
    pupils_column: str = "telig"  # in capitals in the later years

    def line(self, year: int, urn: int = URN) -> int | None:
        if year != 2023:
            return find_school(KS2[year], urn)
        return find_school(ATTAINMENT, urn, subject=self.subject, breakdown=self.group)

    def value(self, year: int, urn: int = URN) -> float | None:
        line = self.line(year, urn)
        file, column = (ATTAINMENT, self.early) if year == 2023 else (KS2[year], self.later)
        return None if line is None else number(file, line, column)

    def pupils(self, year: int, urn: int = URN) -> int | None:
        file = INFORMATION if year == 2023 else KS2[year]
        column = next(name for name in read_lines(file)[0] if name.lower() == self.pupils_column)
        line = find_school(file, urn)
        found = None if line is None else number(file, line, column)
        return None if found is None else int(found)

    def england(self, year: int, urn: int = URN) -> float:
        """England's figure, of the same pupils."""
        line, end = ENGLAND_GROUPS.get(self.group, (ENGLAND_2023[self.subject], ""))
        later = self.later.split("_FSM6CLA1A")[0].split("_NotFSM6CLA1A")[0] + end
        found = number(ATTAINMENT, line, self.early) if year == 2023 else number(KS2[year], ENGLAND_LATER, later)
        assert found is not None
        return found

    def years(self, urn: int = URN) -> list[Year]:
        return list_years(self, YEARS, urn)


def list_years(measure: Measure | Absence, years: Iterable[int], urn: int) -> list[Year]:
    """The years of which a school has a figure and a number of pupils."""
    found = [(year, measure.value(year, urn), measure.england(year, urn), measure.pupils(year, urn)) for year in years]
    return [
        Year(year, value, england, pupils) for year, value, england, pupils in found if value is not None and pupils
    ]


EXPECTED, HIGHER, SCORE = "expected_standard_pupil_percent", "higher_standard_pupil_percent", "average_scaled_score"
RWM = Measure("Reading, writing and maths", "Reading, writing and maths", EXPECTED, "PTRWM_EXP")
DISADVANTAGED = Measure(
    "Disadvantaged: reading, writing and maths",
    RWM.subject,
    EXPECTED,
    "PTRWM_EXP_FSM6CLA1A",
    "Disadvantaged",
    "tfsm6cla1a",
)
#: The school's own other pupils, beside whom its disadvantaged pupils are shown.
OTHER = Measure(
    "Other pupils", RWM.subject, EXPECTED, "PTRWM_EXP_NotFSM6CLA1A", "Not known to be disadvantaged", "tnotfsm6cla1a"
)
SHARES = (
    RWM,
    DISADVANTAGED,
    Measure("Reading, writing and maths, higher standard", RWM.subject, HIGHER, "PTRWM_HIGH"),
    Measure("Reading", "Reading", EXPECTED, "PTREAD_EXP"),
    Measure("Maths", "Maths", EXPECTED, "PTMAT_EXP"),
    Measure("Grammar, punctuation and spelling", "Grammar, punctuation and spelling", EXPECTED, "PTGPS_EXP"),
    Measure("Writing", "Writing", EXPECTED, "PTWRITTA_EXP"),
    Measure("Science", "Science", EXPECTED, "PTSCITA_EXP"),
)
SCORES = (
    Measure("Reading, average score", "Reading", SCORE, "READ_AVERAGE"),
    Measure("Maths, average score", "Maths", SCORE, "MAT_AVERAGE"),
    Measure("Grammar, average score", "Grammar, punctuation and spelling", SCORE, "GPS_AVERAGE"),
)
PROGRESS = {f"{subject} progress": subject for subject in ("Reading", "Writing", "Maths")}
SCORE_SPREAD, ABSENCE_SPREAD = 8.0, 9.0
#: How many times the variance of chance single years usually have; absence counts the same pupils each year.
USUAL_SHARE, USUAL_AVERAGE, USUAL_PROGRESS, USUAL_ABSENCE = 1.4, 1.7, 2.7, 1.0
#: What is in line lies with its whole range no farther than this from what it is compared with.
MARGIN_SHARE, MARGIN_AVERAGE, MARGIN_PROGRESS = 8.0, 2.0, 1.5
MARGIN_ABSENCE = {"Overall absence": 1.0, "Persistent absence": 4.0}


@dataclass(frozen=True, eq=False)
class Absence:
    """An absence figure of the two years whose pupils are published."""

    title: str
    columns: dict[int, str]

    def value(self, year: int, urn: int = URN) -> float | None:
        line = find_school(ABSENCE[year], urn)
        return None if line is None else number(ABSENCE[year], line, self.columns[year])

    def pupils(self, year: int, urn: int = URN) -> int | None:
        """The roll: in 2022/23 from the census file, in 2024/25 from the absence file itself."""
        file, column = (CENSUS[2023], "NOR") if year == 2023 else (ABSENCE[2025], "enrolments")
        line = find_school(file, urn)
        found = None if line is None else number(file, line, column)
        return None if found is None else int(found)

    def england(self, year: int, urn: int = URN) -> float:
        """England's schools of the same phase; middle schools deemed secondary stand with secondary schools."""
        line = find_line(SCHOOL_LIST, URN=str(urn))
        assert line is not None
        phase = "Primary" if cell(SCHOOL_LIST, line, "PhaseOfEducation (name)") == "Primary" else "Secondary"
        found = number(ABSENCE[year], ENGLAND_ABSENCE[phase][year], self.columns[year])
        assert found is not None
        return found

    def years(self, urn: int = URN) -> list[Year]:
        return list_years(self, ABSENCE, urn)


OVERALL = Absence("Overall absence", {2023: "PERCTOT", 2025: "sess_overall_percent"})
PERSISTENT = Absence("Persistent absence", {2023: "PPERSABS10", 2025: "enrolments_pa_10_exact_percent"})


# Arithmetic


def list_counts(percent: float, pupils: int, step: float = 1.0) -> list[int]:
    """Every whole number of pupils that gives a percentage rounded to ``step``."""
    return [k for k in range(pupils + 1) if abs(100 * k / pupils - percent) <= step / 2 + 1e-9]


def count_of(year: Year) -> int:
    """The one whole number of pupils that gives a whole per cent: every key stage 2 count of this school is certain."""
    (found,) = list_counts(year.value, year.pupils)
    return found


def add_counts(years: Sequence[Year]) -> tuple[int, int]:
    """Pupils who did, and pupils there were."""
    return sum(map(count_of, years)), sum(year.pupils for year in years)


def weigh(values: Iterable[float], weights: Iterable[float]) -> float:
    pairs = list(zip(values, weights, strict=True))
    return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)


def wilson(lowest: int, highest: int, everyone: int, drift: float = 1.0) -> tuple[float, float]:
    """In per cent: the lower limit of the lowest count, the upper of the highest, of as many pupils as drift leaves."""
    limits, pupils = [], everyone / drift
    for count, sign in ((lowest, -1), (highest, 1)):
        share, below = count / everyone, 1 + Z**2 / pupils
        centre = (share + Z**2 / (2 * pupils)) / below
        half = Z * math.sqrt(share * (1 - share) / pupils + Z**2 / (4 * pupils**2)) / below
        limits.append(100 * (centre + sign * half))
    return limits[0], limits[1]


def binomial_p(lowest: int, highest: int, pupils: int, low: float, high: float) -> float:
    """Mid-P of the count nearest to the national share nearest to it, of those the rounding of both allows."""
    if 100 * lowest / pupils > high:
        count, share = lowest, high / 100
    elif 100 * highest / pupils < low:
        count, share = highest, low / 100
    else:
        return 1.0
    chance = [math.comb(pupils, k) * share**k * (1 - share) ** (pupils - k) for k in range(pupils + 1)]
    beyond = chance[count + 1 :] if count > pupils * share else chance[:count]
    return min(1.0, 2 * (sum(beyond) + chance[count] / 2))


def hypergeometric_p(lowest: int, highest: int, pupils: int, others: int, other_pupils: int) -> float:
    """Mid-P of the school's count, given how many there are in the school and the other schools together."""
    suggested = pupils * others / other_pupils
    if lowest <= suggested <= highest:
        return 1.0
    count = lowest if lowest > suggested else highest
    did, everyone = count + others, pupils + other_pupils
    ways = [math.comb(did, k) * math.comb(everyone - did, pupils - k) for k in range(min(did, pupils) + 1)]
    beyond = ways[count + 1 :] if count > suggested else ways[:count]
    return min(1.0, (2 * sum(beyond) + ways[count]) / math.comb(everyone, pupils))


def normal_p(distance: float, error: float) -> float:
    return math.erfc(abs(distance) / error / math.sqrt(2))


def widen(p: float, drift: float) -> float:
    """The p of a variance ``drift`` times that of chance among pupils."""
    return 1.0 if p == 1 else normal_p(normal_deviate(p), math.sqrt(drift))


def widen_one_year(p: float, drift: float) -> float:
    """The same of a figure of one year alone, by the series of Student's t for an even number of degrees."""
    t = 0.0 if p == 1 else normal_deviate(p) / math.sqrt(drift)
    angle = math.atan(t / math.sqrt(ONE_YEAR_FREEDOM))
    terms = (math.comb(2 * k, k) / 4**k * math.cos(angle) ** (2 * k) for k in range(ONE_YEAR_FREEDOM // 2))
    return 1 - math.sin(angle) * sum(terms)


def normal_deviate(p: float) -> float:
    """How many standard deviations from 0 a normal variable lies beyond, on either side, in p of cases: by halving."""
    low, high = 0.0, 40.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if normal_p(middle, 1.0) > p else (low, middle)
    return low


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The adjusted p of each: p × number ÷ rank, and never more than that of a larger p."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place], reverse=True)
    adjusted, least = [0.0] * len(p_values), 1.0
    for rank, place in zip(range(len(p_values), 0, -1), order, strict=True):
        least = min(least, p_values[place] * len(p_values) / rank)
        adjusted[place] = least
    return adjusted


def newcombe(count: int, pupils: int, first: int, first_pupils: int, drift: float) -> tuple[float, float, float]:
    """The change in percentage points and its interval, from the Wilson limits of both years."""
    low, high = wilson(count, count, pupils, drift)
    first_low, first_high = wilson(first, first, first_pupils, drift)
    share, first_share = 100 * count / pupils, 100 * first / first_pupils
    change = share - first_share
    return (
        change,
        change - math.hypot(share - low, first_high - first_share),
        change + math.hypot(high - share, first_share - first_low),
    )


# How years vary


@cache
def list_mainstream() -> list[int]:
    header, *rows = read_lines(SCHOOL_LIST)
    phase = header.index("PhaseOfEducation (name)")
    mainstream = [int(row[0]) for row in rows if row[phase] != "Not applicable"]
    return [urn for urn in mainstream if urn not in PREDECESSOR.values()]  # its figures are its successor's


@dataclass(frozen=True)
class Drift:
    """How many times the variance of chance single years have, and what it was found from."""

    schools: int
    squares: float
    freedom: int
    exact: float
    value: float  # to three significant digits


def find_drift(schools: Iterable[Sequence[tuple[float, float]]], usual: float) -> Drift:
    """From the distance and variance of each year of each school."""
    several = [years for years in schools if len(years) > 1]
    squares, freedom = 0.0, 0
    for years in several:
        mean = weigh([distance for distance, _ in years], [1 / variance for _, variance in years])
        squares += sum((distance - mean) ** 2 / variance for distance, variance in years)
        freedom += len(years) - 1
    found = min(5.0, max(1.0, (squares + 20 * usual) / (freedom + 20)))
    return Drift(len(several), squares, freedom, found, float(f"{found:.3g}"))


def angle(share: float) -> float:
    return 2 * math.asin(math.sqrt(share))


def set_apart(measure: Measure | Absence, year: Year) -> tuple[float, float]:
    """How far one year of a school lies from England, and the variance of chance."""
    if measure in SCORES or measure is OVERALL:
        spread = SCORE_SPREAD if measure in SCORES else ABSENCE_SPREAD
        return year.value - year.england, spread**2 / year.pupils
    turned = angle((year.value * year.pupils / 100 + 3 / 8) / (year.pupils + 3 / 4))
    return turned - angle(year.england / 100), 1 / (year.pupils + 0.5)


@cache
def study_drift(measure: Measure | Absence) -> Drift:
    usual = USUAL_AVERAGE if measure in SCORES else USUAL_SHARE if measure in SHARES else USUAL_ABSENCE
    return find_drift(([set_apart(measure, year) for year in measure.years(urn)] for urn in list_mainstream()), usual)


@cache
def study_progress(subject: str) -> Drift:
    found = [(urn, read_progress(subject, urn)) for urn in list_mainstream()]
    schools = [[(one[0], find_error(one) ** 2)] for _, one in found if one]
    return find_drift(schools, USUAL_PROGRESS)


@cache
def study_progress_8() -> Drift:
    found = [list(read_progress_8(urn).values()) for urn in list_mainstream()]
    return find_drift([[(one.value, one.error**2) for one in years] for years in found], USUAL_PROGRESS)


# Similar schools

CONTEXT = {
    "free meals": "PNUMFSMEVER",
    "English as an additional language": "PNUMEAL",
    "SEN support": "PSENELK",
    "EHC plan": "PSENELSE",
    "roll": "NOR",
}


@cache
def list_pool() -> dict[int, list[float]]:
    """The context of every open primary school (ages 4 to 11) of the school list with 50 or more on roll, by URN."""
    header, *rows = read_lines(SCHOOL_LIST)
    asked = {
        "PhaseOfEducation (name)": "Primary",
        "EstablishmentStatus (name)": "Open",
        "StatutoryLowAge": "4",
        "StatutoryHighAge": "11",
    }
    pool = {}
    for row in rows:
        if all(row[header.index(column)] == text for column, text in asked.items()):
            urn = int(row[0])
            line = find_line(CENSUS[2025], URN=str(urn))
            context = [] if line is None else [number(CENSUS[2025], line, column) for column in CONTEXT.values()]
            if context and None not in context and context[-1] >= 50:
                pool[urn] = context
    return pool


def name_school(urn: int) -> str:
    line = find_line(SCHOOL_LIST, URN=str(urn))
    assert line is not None
    return cell(SCHOOL_LIST, line, "EstablishmentName")


def standardise(pool: dict[int, list[float]]) -> dict[int, list[float]]:
    """Each variable less its mean over the pool, over its standard deviation; the roll by its logarithm."""
    columns = list(zip(*[[*context[:-1], math.log(context[-1])] for context in pool.values()], strict=True))
    means = [sum(column) / len(column) for column in columns]
    spreads = [
        math.sqrt(sum((each - mean) ** 2 for each in column) / len(column))
        for column, mean in zip(columns, means, strict=True)
    ]
    return {
        urn: [
            (value - mean) / spread
            for value, mean, spread in zip([*context[:-1], math.log(context[-1])], means, spreads, strict=True)
        ]
        for urn, context in pool.items()
    }


@cache
def list_result_years(urn: int) -> frozenset[int]:
    """The years of which a school has any figure of key stage 2."""
    return frozenset(
        year for year in YEARS if any(measure.value(year, urn) is not None for measure in (*SHARES, *SCORES))
    )


@cache
def list_candidates(urn: int = URN) -> list[int]:
    """The other schools of the pool that have results of all years of which the school has them."""
    own = list_result_years(urn)
    return [other for other in list_pool() if other != urn and own and own <= list_result_years(other)]


@cache
def list_similar(urn: int = URN) -> list[tuple[int, float]]:
    """The 50 nearest, or as many as there are, nearest first."""
    if urn not in list_pool():
        return []
    points = standardise(list_pool())
    distances = [
        (math.sqrt(sum((a - b) ** 2 for a, b in zip(points[urn], points[other], strict=True)) / len(CONTEXT)), other)
        for other in list_candidates(urn)
    ]
    return [(other, distance) for distance, other in sorted(distances)[:50]]


Matrix = list[list[float]]


def invert(matrix: Matrix) -> Matrix:
    """By elimination."""
    size = len(matrix)
    rows = [[*row, *(float(place == other) for other in range(size))] for place, row in enumerate(matrix)]
    for place in range(size):
        best = max(range(place, size), key=lambda other: abs(rows[other][place]))
        rows[place], rows[best] = rows[best], rows[place]
        rows[place] = [each / rows[place][place] for each in rows[place]]
        for other in set(range(size)) - {place}:
            factor = rows[other][place]
            rows[other] = [a - factor * b for a, b in zip(rows[other], rows[place], strict=True)]
    return [row[size:] for row in rows]


def dot(first: Sequence[float], second: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))


@dataclass(frozen=True)
class Known:
    """One school in the regression: its variables, its figure and what that weighs."""

    urn: int
    point: tuple[float, ...]
    figure: float
    weight: float


@dataclass(frozen=True)
class Regression:
    """One figure of one year on what pupils are like, the school itself left out of the coefficients."""

    known: tuple[Known, ...]
    whole: tuple[float, ...]  # coefficients with the school
    leverage: float
    residual: float
    coefficients: tuple[float, ...]  # without the school; the constant first
    left_over: float  # s squared
    inverse: Matrix

    def move(self, apart: Sequence[float]) -> float:
        return dot(self.coefficients[1:], apart)

    def variance(self, apart: Sequence[float]) -> float:
        row = [0.0, *apart]
        return self.left_over * dot(row, [dot(line, row) for line in self.inverse])


def regress(known: Sequence[Known], urn: int, ridge: float) -> Regression:
    rows = [[1.0, *one.point] for one in known]
    size = len(rows[0])
    inverse = invert(
        [
            [
                sum(one.weight * row[a] * row[b] for one, row in zip(known, rows, strict=True))
                + (ridge if a == b and a else 0.0)
                for b in range(size)
            ]
            for a in range(size)
        ]
    )
    right = [sum(one.weight * row[a] * one.figure for one, row in zip(known, rows, strict=True)) for a in range(size)]
    whole = [dot(line, right) for line in inverse]
    residuals = [one.figure - dot(whole, row) for one, row in zip(known, rows, strict=True)]
    squares = sum(one.weight * residual**2 for one, residual in zip(known, residuals, strict=True))
    coefficients, leverage, residual = whole, 0.0, 0.0
    for one, row, left in zip(known, rows, residuals, strict=True):
        if one.urn == urn:
            turned, residual = [dot(line, row) for line in inverse], left
            leverage = one.weight * dot(row, turned)
            coefficients = [
                each - part * one.weight * left / (1 - leverage) for each, part in zip(whole, turned, strict=True)
            ]
    return Regression(
        tuple(known), tuple(whole), leverage, residual, tuple(coefficients), squares / (len(known) - size), inverse
    )


@dataclass(frozen=True)
class Others:
    """The figure of the similar schools in one year, and set to the school's own context."""

    average: float
    everyone: int  # their pupils
    schools: int
    apart: tuple[float, ...]  # the school's own variables less theirs
    regression: Regression | None
    value: float
    variance: float  # of the move
    pupils: int  # that they count as


@cache
def average_others(measure: Measure | Absence, year: int, urn: int = URN) -> Others | None:
    """None where fewer than ten similar schools have a figure."""
    points = standardise(list_pool())
    places = [*(other for other, _ in list_similar(urn)), urn]
    cells = {other: (measure.value(year, other), measure.pupils(year, other)) for other in places}
    known = [
        Known(other, tuple(points[other]), *cell) for other, cell in cells.items() if cell[0] is not None and cell[1]
    ]
    near = [one for one in known if one.urn != urn]
    if len(near) < 10:
        return None
    average, everyone = (
        weigh([one.figure for one in near], [one.weight for one in near]),
        sum(one.weight for one in near),
    )
    apart = subtract_average(points[urn], near)
    if len(known) < 3 * len(CONTEXT):
        return Others(average, everyone, len(near), apart, None, average, 0.0, everyone)
    is_share = measure not in SCORES and measure is not OVERALL
    if is_share:
        known = [Known(one.urn, one.point, angle(one.figure / 100), one.weight) for one in known]
    regression = regress(known, urn, 100.0)
    moved, variance = regression.move(apart), regression.variance(apart)
    if is_share:
        value = 100 * math.sin(min(math.pi, max(0.0, angle(average / 100) + moved)) / 2) ** 2
        single = 1.0
    else:
        lowest, highest, spread = (80.0, 120.0, SCORE_SPREAD) if measure in SCORES else (0.0, 100.0, ABSENCE_SPREAD)
        value, single = min(highest, max(lowest, average + moved)), spread**2
    pupils = math.floor(1 / (1 / everyone + variance / single))
    return Others(average, everyone, len(near), apart, regression, value, variance, pupils)


def subtract_average(point: Sequence[float], near: Sequence[Known]) -> tuple[float, ...]:
    weights = [one.weight for one in near]
    return tuple(own - weigh([one.point[place] for one in near], weights) for place, own in enumerate(point))


# The comparisons

ENGLAND, SIMILAR_SCHOOLS = "England", "similar schools"
STRENGTH, GAP, IN_LINE, NO_CLEAR_DIFFERENCE = "strength", "gap", "in line", "no clear difference"


@dataclass(frozen=True)
class Tested:
    """One of the school's comparisons."""

    title: str
    comparator: str
    value: float
    lower: float
    upper: float
    baseline: float
    chance: float  # p of chance among pupils alone
    p: float
    pupils: int | None = None  # that similar schools count as
    margin: float = 0.0

    @property
    def likeness(self) -> str:
        """What it is where it is no finding."""
        inside = self.baseline - self.margin <= self.lower and self.upper <= self.baseline + self.margin
        return IN_LINE if inside else NO_CLEAR_DIFFERENCE


def compare_share(measure: Measure) -> list[Tested]:
    years, drift = measure.years(), study_drift(measure).value
    count, pupils = add_counts(years)
    value, england = 100 * count / pupils, weigh([y.england for y in years], [y.pupils for y in years])
    limits = wilson(count, count, pupils, drift)
    # England's whole per cents are known to half a point
    p = binomial_p(count, count, pupils, england - 0.5, england + 0.5)
    tests = [Tested(measure.title, ENGLAND, value, *limits, england, p, widen(p, drift), None, MARGIN_SHARE)]
    others = [average_others(measure, year.year) for year in years]
    if all(others):
        baseline = weigh([one.value for one in others], [year.pupils for year in years])
        among = sum(one.pupils for one in others)
        p = hypergeometric_p(count, count, pupils, round(baseline * among / 100), among)
        tests.append(
            Tested(measure.title, SIMILAR_SCHOOLS, value, *limits, baseline, p, widen(p, drift), among, MARGIN_SHARE)
        )
    return tests


def find_score_error(years: list[Year]) -> tuple[float, float]:
    """The standard error of the school's average, and the part of it that rounding to whole points adds."""
    pupils = sum(year.pupils for year in years)
    rounding = sum((year.pupils / pupils) ** 2 / 12 for year in years)
    return math.sqrt(SCORE_SPREAD**2 / pupils + rounding), math.sqrt(rounding)


def compare_average(
    measure: Measure | Absence, error: float, rounding: float, spread: float, margin: float, times: int
) -> list[Tested]:
    """``times`` over which the similar schools' pupils are counted."""
    years, drift = measure.years(), study_drift(measure).value
    pupils = [year.pupils for year in years]
    value, england = (weigh([getattr(year, name) for year in years], pupils) for name in ("value", "england"))
    others = [average_others(measure, year.year) for year in years]
    baseline, among = weigh([one.value for one in others], pupils), round(sum(one.pupils for one in others) / times)
    half = Z * math.sqrt(drift) * error
    tests = []
    for comparator, beside, chance, counted in (
        (ENGLAND, england, rounding, None),
        (SIMILAR_SCHOOLS, baseline, spread / math.sqrt(among), among),
    ):
        p = normal_p(value - beside, math.hypot(error, chance))
        tests.append(
            Tested(
                measure.title,
                comparator,
                value,
                value - half,
                value + half,
                beside,
                p,
                widen(p, drift),
                counted,
                margin,
            )
        )
    return tests


def compare_score(measure: Measure) -> list[Tested]:
    error, rounding = find_score_error(measure.years())
    return compare_average(measure, error, rounding, SCORE_SPREAD, MARGIN_AVERAGE, 1)


def find_error(published: tuple[float, float, float]) -> float:
    _, lower, upper = published
    return (upper - lower) / (2 * Z)


def read_progress(subject: str, urn: int = URN) -> tuple[float, float, float] | None:
    """Score and interval of 2022/23; None where a word stands in their place."""
    line = find_school(ATTAINMENT, urn, subject=subject, breakdown="Total")
    columns = ("score", "lower_conf_interval", "upper_conf_interval")
    found = [None if line is None else number(ATTAINMENT, line, f"progress_measure_{column}") for column in columns]
    return None if None in found else tuple(found)


@dataclass(frozen=True)
class OthersProgress:
    """Progress of the similar schools, each weighing by its precision, and set to the school's own context."""

    average: float
    schools: int
    chance: float  # standard error of the average
    apart: tuple[float, ...]
    regression: Regression
    ridge: float
    value: float
    error: float  # of the average and its move


@cache
def average_progress(subject: str) -> OthersProgress:
    points = standardise(list_pool())
    cells = {other: read_progress(subject, other) for other in (*(urn for urn, _ in list_similar()), URN)}
    known = [Known(urn, tuple(points[urn]), cell[0], find_error(cell) ** -2) for urn, cell in cells.items() if cell]
    near = [one for one in known if one.urn != URN]
    precision = sum(one.weight for one in near)
    average, apart = (
        weigh([one.figure for one in near], [one.weight for one in near]),
        subtract_average(points[URN], near),
    )
    listed = [int(row[0]) for row in read_lines(SCHOOL_LIST)[1:] if int(row[0]) not in PREDECESSOR.values()]
    everyone = [find_error(cell) ** -2 for urn in listed if (cell := read_progress(subject, urn))]
    ridge = 2 * sum(everyone) / len(everyone)
    regression = regress(known, URN, ridge)
    error = math.sqrt(1 / precision + regression.variance(apart))
    value = average + regression.move(apart)
    return OthersProgress(average, len(near), precision**-0.5, apart, regression, ridge, value, error)


def widen_progress(published: tuple[float, float, float], drift: float) -> tuple[float, float]:
    """The published limits of one year, √φ times as far from the score, and as much farther as t is than z."""
    value, lower, upper = published
    farther = math.sqrt(drift) * T_ONE_YEAR / Z
    return value - farther * (value - lower), value + farther * (upper - value)


def compare_progress(title: str) -> list[Tested]:
    published, drift = read_progress(PROGRESS[title]), study_progress(PROGRESS[title]).value
    value, error, others = published[0], find_error(published), average_progress(PROGRESS[title])
    limits, tests = widen_progress(published, drift), []
    for comparator, beside, whole in (
        (ENGLAND, 0.0, error),
        (SIMILAR_SCHOOLS, others.value, math.hypot(error, others.error)),
    ):
        p = normal_p(max(0.0, abs(value - beside) - 0.05), whole)
        widened = widen_one_year(p, drift)
        tests.append(Tested(title, comparator, value, *limits, beside, p, widened, None, MARGIN_PROGRESS))
    return tests


@dataclass(frozen=True)
class Progress:
    """One year of progress, or several together: with its standard error and what rounding leaves open."""

    value: float
    lower: float
    upper: float
    pupils: int

    @property
    def error(self) -> float:
        return (self.upper - self.lower) / (2 * Z)


def read_progress_8(urn: int = SECONDARY) -> dict[int, Progress]:
    """Progress 8 of a secondary school, by year."""
    found = {}
    for year, (file, columns) in PROGRESS_8.items():
        line = find_school(file, urn)
        value, lower, upper, pupils = (None if line is None else number(file, line, column) for column in columns)
        if None not in (value, lower, upper, pupils):
            found[year] = Progress(value, lower, upper, int(pupils))
    return found


def pool_progress(years: Sequence[Progress]) -> Progress:
    """Years together, each weighing by its precision, 1 ÷ its squared error; the interval allows for how years vary."""
    weights = [one.error**-2 for one in years]
    value, error = weigh([one.value for one in years], weights), sum(weights) ** -0.5
    half = Z * error * math.sqrt(study_progress_8().value)
    return Progress(value, value - half, value + half, sum(one.pupils for one in years))


def compare_overall_absence() -> list[Tested]:
    pupils = [year.pupils for year in OVERALL.years()]
    once = sum(pupils) / len(pupils)  # both years count largely the same children
    rounding = sum((0.1 * each / sum(pupils)) ** 2 / 12 for each in pupils)
    error = math.sqrt(ABSENCE_SPREAD**2 / once + rounding)
    margin = MARGIN_ABSENCE[OVERALL.title]
    return compare_average(OVERALL, error, math.sqrt(rounding), ABSENCE_SPREAD, margin, len(pupils))


@cache
def count_persistent() -> tuple[list[list[int]], int, int, int]:
    """The counts possible in each year, and the lowest and highest among the pupils counted once."""
    years = PERSISTENT.years()
    possible = [list_counts(year.value, year.pupils, 0.1) for year in years]
    pupils = sum(year.pupils for year in years)
    once = round(pupils / len(years))
    low = math.floor(sum(map(min, possible)) * once / pupils)
    high = math.ceil(sum(map(max, possible)) * once / pupils)
    return possible, low, high, once


def compare_persistent_absence() -> list[Tested]:
    years, drift = PERSISTENT.years(), study_drift(PERSISTENT).value
    possible, low, high, once = count_persistent()
    pupils = [year.pupils for year in years]
    value, limits = 100 * sum(map(min, possible)) / sum(pupils), wilson(low, high, once, drift)
    england = weigh([year.england for year in years], pupils)
    others = [average_others(PERSISTENT, year.year) for year in years]
    baseline = weigh([one.value for one in others], pupils)
    among = round(sum(one.pupils for one in others) / len(others))
    counted = round(baseline * among / 100)
    title, margin = PERSISTENT.title, MARGIN_ABSENCE[PERSISTENT.title]
    beside_england = binomial_p(low, high, once, england - 0.05, england + 0.05)
    beside_others = hypergeometric_p(low, high, once, counted, among)
    return [
        Tested(title, ENGLAND, value, *limits, england, beside_england, widen(beside_england, drift), None, margin),
        Tested(
            title, SIMILAR_SCHOOLS, value, *limits, baseline, beside_others, widen(beside_others, drift), among, margin
        ),
    ]


@cache
def list_tests() -> list[Tested]:
    """Every comparison of the school that can be tested, England's first, in the order of indicators."""
    found = [compare_share(measure) for measure in SHARES] + [compare_score(measure) for measure in SCORES]
    found += [compare_progress(title) for title in PROGRESS]
    found += [compare_overall_absence(), compare_persistent_absence()]
    tests = [test for tests in found for test in tests]
    return [test for name in (ENGLAND, SIMILAR_SCHOOLS) for test in tests if test.comparator == name]


def find_test(title: str, comparator: str) -> Tested:
    return next(test for test in list_tests() if (test.title, test.comparator) == (title, comparator))


# How far schools truly differ, and the figure drawn towards what is expected of the school


@dataclass(frozen=True)
class Apart:
    """How far the years of a school together lie from England on the angle scale."""

    distance: float
    variance: float  # of chance
    years: tuple[tuple[float, float], ...]  # of each year alone: distance, variance
    expected: float | None  # the distance of its similar schools


def nearest_count(percent: float, pupils: int) -> float:
    """Under 100 pupils the whole number that gives the whole per cent; else the percentage of the pupils itself."""
    counts = list_counts(percent, pupils)
    return counts[0] if pupils < 100 and counts else percent * pupils / 100


@cache
def find_apart(measure: Measure, urn: int) -> Apart | None:
    known = measure.years(urn)
    if not known:
        return None
    pupils = [year.pupils for year in known]
    count, total = sum(nearest_count(year.value, year.pupils) for year in known), sum(pupils)
    england = weigh([angle(year.england / 100) for year in known], pupils)
    others = [average_others(measure, year.year, urn) for year in known] if urn in list_pool() else [None]
    expected = None
    if all(others):
        expected = weigh([angle(one.value / 100) for one in others], pupils) - england
    years = tuple(set_apart(measure, year) for year in known)
    return Apart(angle((count + 3 / 8) / (total + 3 / 4)) - england, 1 / (total + 0.5), years, expected)


@dataclass(frozen=True)
class Country:
    """What all mainstream schools of the files show of one share."""

    schools: int  # whose distance from what is expected was asked
    centre: float | None  # of all schools; None where schools have similar schools of their own
    spread: float


@cache
def study(measure: Measure) -> Country:
    apart = [found for urn in list_mainstream() if (found := find_apart(measure, urn)) is not None]
    with_similar = [one for one in apart if one.expected is not None]
    drift = study_drift(measure).exact
    if len(with_similar) >= 20:
        pairs = [((one.distance - one.expected) ** 2, one.variance * drift) for one in with_similar]
        return Country(len(pairs), None, float(f"{solve_spread(pairs, len(pairs)):.3g}"))
    centre = weigh([one.distance for one in apart], [1 / one.variance for one in apart])
    pairs = [((one.distance - centre) ** 2, one.variance * drift) for one in apart]
    return Country(len(pairs), round(centre, 3), float(f"{solve_spread(pairs, len(pairs) - 1):.3g}"))


def solve_spread(pairs: Sequence[tuple[float, float]], freedom: int) -> float:
    """Paule & Mandel's spread, by halving: the sum of squared distances over whole variances is the freedom."""
    if sum(squared / chance for squared, chance in pairs) <= freedom:
        return 0.0
    low, high = 0.0, 10.0
    for _ in range(100):
        middle = (low + high) / 2
        too_small = sum(squared / (chance + middle**2) for squared, chance in pairs) > freedom
        low, high = (middle, high) if too_small else (low, middle)
    return low


@dataclass(frozen=True)
class Drawn:
    """A share drawn towards what is expected of the school, in per cent."""

    own: Apart
    chance: float  # the variance of its distance, drift included
    expected: float
    weight: float
    value: float
    lower: float
    upper: float
    towards: float


@cache
def draw_towards(measure: Measure) -> Drawn:
    own, country, drift = find_apart(measure, URN), study(measure), study_drift(measure).value
    assert own is not None
    pupils = [year.pupils for year in measure.years()]
    unlike = sum((each / sum(pupils)) ** 2 * variance for each, (_, variance) in zip(pupils, own.years, strict=True))
    chance = own.variance + unlike * (drift - 1)
    weight = country.spread**2 / (country.spread**2 + chance)
    expected = own.expected if country.centre is None else country.centre
    assert expected is not None
    centre = expected + weight * (own.distance - expected)
    error = Z * math.sqrt(weight * chance)
    england = weigh([angle(year.england / 100) for year in measure.years()], pupils)
    figures = [100 * math.sin((england + each) / 2) ** 2 for each in (centre, centre - error, centre + error, expected)]
    return Drawn(own, chance, expected, weight, *figures)
