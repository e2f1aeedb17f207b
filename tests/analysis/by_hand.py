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
ENGLAND_OTHER_2023, ENGLAND_LATER = 656, 26
ENGLAND_PRIMARY_ABSENCE = {2023: 12, 2025: 18}

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

    def england(self, year: int) -> float:
        """England's figure; beside disadvantaged pupils, that of England's other pupils."""
        if year == 2023:
            line = ENGLAND_2023[self.subject] if self.group == "Total" else ENGLAND_OTHER_2023
            found = number(ATTAINMENT, line, self.early)
        else:
            found = number(KS2[year], ENGLAND_LATER, self.later.replace("_FSM6CLA1A", "_NotFSM6CLA1A"))
        assert found is not None
        return found

    def years(self) -> list[Year]:
        found = [(year, self.value(year), self.england(year), self.pupils(year)) for year in YEARS]
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


@dataclass(frozen=True)
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

    def england(self, year: int) -> float:
        found = number(ABSENCE[year], ENGLAND_PRIMARY_ABSENCE[year], self.columns[year])
        assert found is not None
        return found

    def years(self) -> list[Year]:
        found = [(year, self.value(year), self.england(year), self.pupils(year)) for year in ABSENCE]
        return [
            Year(year, value, england, pupils) for year, value, england, pupils in found if value is not None and pupils
        ]


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


def wilson(lowest: int, highest: int, pupils: int) -> tuple[float, float]:
    """In per cent: the lower limit of the lowest count, the upper of the highest."""
    limits = []
    for count, sign in ((lowest, -1), (highest, 1)):
        share, below = count / pupils, 1 + Z**2 / pupils
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


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The adjusted p of each: p × number ÷ rank, and never more than that of a larger p."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place], reverse=True)
    adjusted, least = [0.0] * len(p_values), 1.0
    for rank, place in zip(range(len(p_values), 0, -1), order, strict=True):
        least = min(least, p_values[place] * len(p_values) / rank)
        adjusted[place] = least
    return adjusted


def newcombe(count: int, pupils: int, first: int, first_pupils: int) -> tuple[float, float, float]:
    """The change in percentage points and its interval, from the Wilson limits of both years."""
    low, high = wilson(count, count, pupils)
    first_low, first_high = wilson(first, first, first_pupils)
    share, first_share = 100 * count / pupils, 100 * first / first_pupils
    change = share - first_share
    return (
        change,
        change - math.hypot(share - low, first_high - first_share),
        change + math.hypot(high - share, first_share - first_low),
    )


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
def list_similar(urn: int = URN) -> list[tuple[int, float]]:
    """The schools within 0.8 standard deviations that have key stage 2 results, nearest first, at most 50."""
    points = standardise(list_pool())
    distances = [
        (math.sqrt(sum((a - b) ** 2 for a, b in zip(points[urn], point, strict=True)) / len(point)), other)
        for other, point in points.items()
        if other != urn and has_results(other)
    ]
    return [(other, distance) for distance, other in sorted(distances) if distance <= 0.8][:50]


def has_results(urn: int) -> bool:
    """Whether a school has any figure of key stage 2."""
    return any(measure.value(year, urn) is not None for measure in (*SHARES, *SCORES) for year in YEARS)


@dataclass(frozen=True)
class Others:
    """The figure of the similar schools in one year, each weighing by its pupils."""

    value: float
    pupils: int
    schools: int


def average_others(measure: Measure | Absence, year: int) -> Others | None:
    """None where fewer than ten similar schools have a figure."""
    found = [(measure.value(year, urn), measure.pupils(year, urn)) for urn, _ in list_similar()]
    known = [(value, pupils) for value, pupils in found if value is not None and pupils]
    if len(known) < 10:
        return None
    return Others(weigh(*zip(*known, strict=True)), sum(pupils for _, pupils in known), len(known))


# The comparisons

ENGLAND, SIMILAR_SCHOOLS = "England", "similar schools"


@dataclass(frozen=True)
class Tested:
    """One of the school's comparisons."""

    title: str
    comparator: str
    value: float
    baseline: float
    p: float


def compare_share(measure: Measure) -> list[Tested]:
    years = measure.years()
    count, pupils = add_counts(years)
    value, england = 100 * count / pupils, weigh([y.england for y in years], [y.pupils for y in years])
    # England's whole per cents are known to half a point
    tests = [
        Tested(measure.title, ENGLAND, value, england, binomial_p(count, count, pupils, england - 0.5, england + 0.5))
    ]
    others = [average_others(measure, year.year) for year in years]
    if all(others):
        baseline = weigh([one.value for one in others], [year.pupils for year in years])
        among = sum(one.pupils for one in others)
        p = hypergeometric_p(count, count, pupils, round(baseline * among / 100), among)
        tests.append(Tested(measure.title, SIMILAR_SCHOOLS, value, baseline, p))
    return tests


def find_score_error(years: list[Year]) -> tuple[float, float]:
    """The standard error of the school's average, and the part of it that rounding to whole points adds."""
    pupils = sum(year.pupils for year in years)
    rounding = sum((year.pupils / pupils) ** 2 / 12 for year in years)
    return math.sqrt(SCORE_SPREAD**2 / pupils + rounding), math.sqrt(rounding)


def compare_score(measure: Measure) -> list[Tested]:
    years = measure.years()
    pupils = [year.pupils for year in years]
    value, england = (weigh([getattr(year, name) for year in years], pupils) for name in ("value", "england"))
    error, rounding = find_score_error(years)
    others = [average_others(measure, year.year) for year in years]
    baseline = weigh([one.value for one in others], pupils)
    chance = SCORE_SPREAD / math.sqrt(sum(one.pupils for one in others))
    return [
        Tested(measure.title, ENGLAND, value, england, normal_p(value - england, math.hypot(error, rounding))),
        Tested(measure.title, SIMILAR_SCHOOLS, value, baseline, normal_p(value - baseline, math.hypot(error, chance))),
    ]


def read_progress(subject: str, urn: int = URN) -> tuple[float, float, float] | None:
    """Score and interval of 2022/23; None where a word stands in their place."""
    line = find_school(ATTAINMENT, urn, subject=subject, breakdown="Total")
    columns = ("score", "lower_conf_interval", "upper_conf_interval")
    found = [None if line is None else number(ATTAINMENT, line, f"progress_measure_{column}") for column in columns]
    return None if None in found else tuple(found)


def average_progress(subject: str) -> tuple[float, float, int]:
    """Of the similar schools: each weighing by its precision, as no file says how many pupils there are; its standard
    error, and the number of schools."""
    found = [read_progress(subject, urn) for urn, _ in list_similar()]
    known = [(value, ((upper - lower) / (2 * Z)) ** -2) for value, lower, upper in filter(None, found)]
    precision = sum(weight for _, weight in known)
    return weigh(*zip(*known, strict=True)), precision**-0.5, len(known)


def compare_progress(title: str) -> list[Tested]:
    value, lower, upper = read_progress(PROGRESS[title])
    error = (upper - lower) / (2 * Z)
    tests = [Tested(title, ENGLAND, value, 0.0, normal_p(max(0.0, abs(value) - 0.05), error))]
    baseline, chance, schools = average_progress(PROGRESS[title])
    if schools >= 10:
        p = normal_p(max(0.0, abs(value - baseline) - 0.05), math.hypot(error, chance))
        tests.append(Tested(title, SIMILAR_SCHOOLS, value, baseline, p))
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


def read_progress_8() -> dict[int, Progress]:
    """Progress 8 of the secondary school, by year."""
    found = {}
    for year, (file, columns) in PROGRESS_8.items():
        line = find_school(file, SECONDARY)
        value, lower, upper, pupils = (number(file, line, column) for column in columns)
        found[year] = Progress(value, lower, upper, int(pupils))
    return found


def pool_progress(years: Sequence[Progress]) -> Progress:
    """Years together, each weighing by its precision, 1 ÷ its squared error."""
    weights = [one.error**-2 for one in years]
    value, error = weigh([one.value for one in years], weights), sum(weights) ** -0.5
    return Progress(value, value - Z * error, value + Z * error, sum(one.pupils for one in years))


def compare_overall_absence() -> list[Tested]:
    years = OVERALL.years()
    pupils = [year.pupils for year in years]
    once = sum(pupils) / len(pupils)  # both years count largely the same children
    value, england = (weigh([getattr(year, name) for year in years], pupils) for name in ("value", "england"))
    rounding = sum((0.1 * each / sum(pupils)) ** 2 / 12 for each in pupils)
    error = math.sqrt(ABSENCE_SPREAD**2 / once + rounding)
    others = [average_others(OVERALL, year.year) for year in years]
    baseline = weigh([one.value for one in others], pupils)
    chance = ABSENCE_SPREAD / math.sqrt(round(sum(one.pupils for one in others) / len(others)))
    return [
        Tested(
            "Overall absence",
            ENGLAND,
            value,
            england,
            normal_p(value - england, math.hypot(error, math.sqrt(rounding))),
        ),
        Tested(
            "Overall absence", SIMILAR_SCHOOLS, value, baseline, normal_p(value - baseline, math.hypot(error, chance))
        ),
    ]


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
    years = PERSISTENT.years()
    possible, low, high, once = count_persistent()
    pupils = [year.pupils for year in years]
    value = 100 * sum(map(min, possible)) / sum(pupils)
    england = weigh([year.england for year in years], pupils)
    others = [average_others(PERSISTENT, year.year) for year in years]
    baseline = weigh([one.value for one in others], pupils)
    among = round(sum(one.pupils for one in others) / len(others))
    counted = round(baseline * among / 100)
    title = "Persistent absence"
    return [
        Tested(title, ENGLAND, value, england, binomial_p(low, high, once, england - 0.05, england + 0.05)),
        Tested(title, SIMILAR_SCHOOLS, value, baseline, hypergeometric_p(low, high, once, counted, among)),
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


# How far schools truly differ, and the figure drawn towards the average school


@dataclass(frozen=True)
class Apart:
    """How far a school lies from England on the angle scale."""

    distance: float
    variance: float  # of chance
    years: tuple[tuple[float, float], ...]  # of each year alone: distance, variance


def angle(share: float) -> float:
    return 2 * math.asin(math.sqrt(share))


def find_apart(measure: Measure, urn: int) -> Apart | None:
    found = [
        (measure.value(year, urn), measure.pupils(year, urn), angle(measure.england(year) / 100)) for year in YEARS
    ]
    known = [(value, pupils, england) for value, pupils, england in found if value is not None and pupils]
    if not known:
        return None
    counts = [nearest_count(value, pupils) for value, pupils, _ in known]
    total = sum(pupils for _, pupils, _ in known)
    england = weigh([each for *_, each in known], [pupils for _, pupils, _ in known])
    own = angle((sum(counts) + 3 / 8) / (total + 3 / 4))
    years = [
        (angle((value * pupils / 100 + 3 / 8) / (pupils + 3 / 4)) - england, 1 / (pupils + 0.5))
        for value, pupils, england in known
    ]
    return Apart(own - england, 1 / (total + 0.5), tuple(years))


def nearest_count(percent: float, pupils: int) -> float:
    """Under 100 pupils the whole number that gives the whole per cent; else the percentage of the pupils itself."""
    counts = list_counts(percent, pupils)
    return counts[0] if pupils < 100 and counts else percent * pupils / 100


@cache
def list_mainstream() -> list[int]:
    header, *rows = read_lines(SCHOOL_LIST)
    phase = header.index("PhaseOfEducation (name)")
    mainstream = [int(row[0]) for row in rows if row[phase] != "Not applicable"]
    return [urn for urn in mainstream if urn not in PREDECESSOR.values()]  # its figures are its successor's


@dataclass(frozen=True)
class Country:
    """What all mainstream schools of the files show of one share."""

    schools: int
    centre: float
    drift: float
    spread: float


@cache
def study(measure: Measure) -> Country:
    apart = [found for urn in list_mainstream() if (found := find_apart(measure, urn)) is not None]
    centre = weigh([one.distance for one in apart], [1 / one.variance for one in apart])
    squares, freedom = 0.0, 0
    for one in apart:
        mean = weigh([distance for distance, _ in one.years], [1 / variance for _, variance in one.years])
        squares += sum((distance - mean) ** 2 / variance for distance, variance in one.years)
        freedom += len(one.years) - 1
    drift = max(1.0, squares / freedom)
    pairs = [((one.distance - centre) ** 2, one.variance * drift) for one in apart]
    spread = solve_spread(pairs, len(apart) - 1)
    return Country(len(apart), round(centre, 3), float(f"{drift:.3g}"), float(f"{spread:.3g}"))


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
    weight: float
    value: float
    lower: float
    upper: float
    towards: float


def draw_towards(measure: Measure) -> Drawn:
    """Towards the average school: fewer than 20 schools of the sample have similar schools."""
    own, country = find_apart(measure, URN), study(measure)
    assert own is not None
    pupils = [year.pupils for year in measure.years()]
    unlike = sum((each / sum(pupils)) ** 2 * variance for each, (_, variance) in zip(pupils, own.years, strict=True))
    chance = own.variance + unlike * (country.drift - 1)
    weight = country.spread**2 / (country.spread**2 + chance)
    centre = country.centre + weight * (own.distance - country.centre)
    error = Z * math.sqrt(weight * chance)
    england = weigh([angle(year.england / 100) for year in measure.years()], pupils)
    figures = [
        100 * math.sin((england + each) / 2) ** 2 for each in (centre, centre - error, centre + error, country.centre)
    ]
    return Drawn(own, chance, weight, *figures)
