"""Pupils drawn one by one, and the whole numbers that published figures are made of.

Every figure of a school and a year comes from the same pupils, so counts, percentages, averages, groups, progress and
several years together agree. Only sums, products and comparisons of uniform draws are used, and what is kept are
integers: the same seed gives the same figures on every machine. Every tally covers the same schools in the same order,
with no pupils in years when a school was not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.sample.country import School
from pipeline.sample.subjects import count_grades

TESTS = ("reading", "gps", "maths")
PROGRESS_SUBJECTS = ("reading", "writing", "maths")
#: The published standard deviation of pupils' Progress 8 scores; intervals are ±1.96 × this ÷ √pupils.
PROGRESS_8_SD = 1.28

# England's mean and spread of scaled scores: 75%, 73% and 74% reach 100, 33%, 30% and 26% reach 110 in 2024/25.
_SCORES = {"reading": (105.6, 8.98), "gps": (105.0, 8.8), "maths": (104.6, 7.8)}
_KS2_SHIFT = {2023: -0.004, 2024: 0.034, 2025: 0.052}
_KS4_SHIFT = {2023: 0.01, 2024: -0.01}
_SPECIAL_CUT = 0.82  # how much of a pupil's start shows at the end of a key stage

# How absence spreads over pupils of one phase: share of pupils → per cent of sessions missed, in 2023/24.
_ABSENCE = {
    "primary": ((0.0, 0.2, 0.5, 0.8, 0.854, 0.95, 0.99, 1.0), (0.0, 1.2, 3.6, 7.7, 10.0, 15.0, 28.0, 65.0)),
    "secondary": ((0.0, 0.2, 0.5, 0.744, 0.88, 0.96, 0.99, 1.0), (0.0, 1.6, 5.0, 10.0, 18.5, 32.0, 55.0, 95.0)),
    "special": ((0.0, 0.2, 0.5, 0.63, 0.85, 0.95, 1.0), (0.0, 2.0, 6.5, 10.0, 24.0, 44.0, 92.0)),
}
_ABSENCE_OF_YEAR = {2023: 1.05, 2024: 1.0, 2025: 0.95}

_DESTINATIONS = ("FE", "SCH_6TH", "SIXTH_COL", "OTHER_EDU", "APPREN", "EMPLOYMENT", "NOT_SUSTAINED", "UNKNOWN")
_DESTINATION_SHARES = {
    False: (0.343, 0.41, 0.14, 0.004, 0.036, 0.024, 0.028, 0.015),
    True: (0.44, 0.22, 0.09, 0.03, 0.02, 0.03, 0.12, 0.05),
}


@dataclass(frozen=True)
class Tally:
    """Whole numbers by school: ``counts[measure, group]`` is int64, one a school in the order of ``schools``.

    ``spread`` holds England's standard deviation of pupils' progress, for published intervals.
    """

    schools: tuple[School, ...]
    counts: Mapping[tuple[str, str], np.ndarray]
    spread: Mapping[str, float]

    def __getitem__(self, key: tuple[str, str]) -> np.ndarray:
        return self.counts[key]


@dataclass(frozen=True)
class _Pupils:
    """One cohort. ``start`` is the pupils' standing before the key stage, in standard deviations."""

    school: np.ndarray
    schools: int
    girl: np.ndarray
    disadvantaged: np.ndarray
    eal: np.ndarray
    mobile: np.ndarray
    ehc_plan: np.ndarray
    sen_support: np.ndarray
    special: np.ndarray
    independent: np.ndarray
    start: np.ndarray
    lift: np.ndarray  # what the school adds

    @property
    def groups(self) -> dict[str, np.ndarray]:
        everyone = np.ones(len(self.school), bool)
        return {
            "all": everyone,
            "boys": ~self.girl,
            "girls": self.girl,
            "disadvantaged": self.disadvantaged,
            "other": ~self.disadvantaged,
            "eal": self.eal,
            "non_mobile": ~self.mobile,
        }


def sample_normal(rng: np.random.Generator, count: int) -> np.ndarray:
    """Standard normal draws as twelve uniform ones less six: sums only, so the same bits everywhere."""
    total = np.full(count, -6.0)
    for _ in range(12):
        total += rng.random(count)
    return total


def _invent_pupils(rng: np.random.Generator, schools: Sequence[School], cohorts: np.ndarray, gap: float) -> _Pupils:
    """``gap`` is how far behind disadvantaged pupils start, in standard deviations."""
    school = np.repeat(np.arange(len(schools)), cohorts)
    count = len(school)

    def spread(values: Sequence[float]) -> np.ndarray:
        return np.asarray(values, float)[school]

    special = spread([one.special for one in schools]) > 0
    strength = spread([one.strength for one in schools])
    disadvantaged = rng.random(count) < spread([one.disadvantaged for one in schools])
    girls = {"Girls": 1.0, "Boys": 0.0}
    girl = rng.random(count) < spread([girls.get(one.gender, 0.49) for one in schools])
    eal = rng.random(count) < spread([one.eal for one in schools])
    mobile = rng.random(count) < 0.07
    need = rng.random(count)
    ehc_plan = special | (need < 0.045)
    sen_support = ~ehc_plan & (need < 0.045 + 0.16)
    start = 0.88 * sample_normal(rng, count) - gap * (disadvantaged - 0.29)
    start += 0.18 - 0.75 * sen_support - 1.3 * (ehc_plan & ~special)
    start += np.where(special, strength / _SPECIAL_CUT, 0.0)
    return _Pupils(
        school=school,
        schools=len(schools),
        girl=girl,
        disadvantaged=disadvantaged,
        eal=eal,
        mobile=mobile,
        ehc_plan=ehc_plan,
        sen_support=sen_support,
        special=special,
        independent=spread([one.independent for one in schools]) > 0,
        start=start,
        lift=np.where(special, 0.0, strength),
    )


def _vary_cohorts(rng: np.random.Generator, sizes: Sequence[int], schools: Sequence[School], year: int) -> np.ndarray:
    """Cohorts of one year: a twentieth more or fewer than usual, none in a year when the school was not there."""
    usual = np.asarray(sizes)
    change = np.floor((rng.random(len(usual)) * 2 - 1) * (usual * 0.05 + 1) + 0.5).astype(int)
    there = np.array([year in one.years for one in schools])
    return np.where(there & (usual > 0), np.maximum(usual + change, 1), 0)


def _round(values: np.ndarray) -> np.ndarray:
    return np.floor(values + 0.5)


def invent_ks2(schools: Sequence[School], year: int, seed: int) -> Tally:
    """Draw the pupils at the end of key stage 2 in ``year`` and count them."""
    rng = np.random.default_rng([seed, year, 2])
    cohorts = _vary_cohorts(rng, [one.ks2 for one in schools], schools, year)
    pupils = _invent_pupils(rng, schools, cohorts, gap=0.6)
    count = len(pupils.school)
    common = _SPECIAL_CUT * pupils.start + 0.572 * sample_normal(rng, count) + pupils.lift
    common += _KS2_SHIFT.get(year, 0.0) - 0.08 * (pupils.disadvantaged - 0.29)
    sat = rng.random(count) > 0.008
    by_sex = {"reading": 0.1, "gps": 0.12, "maths": -0.08, "writing": 0.22, "science": 0.05}
    standing = {
        subject: 0.918 * common + 0.397 * sample_normal(rng, count) + edge * (2 * pupils.girl - 1.0)
        for subject, edge in by_sex.items()
    }
    return _count_ks2(pupils, standing, sat, rng, schools)


def _count_ks2(
    pupils: _Pupils,
    standing: Mapping[str, np.ndarray],
    sat: np.ndarray,
    rng: np.random.Generator,
    schools: Sequence[School],
) -> Tally:
    tested = sat & ~pupils.special  # a special school's pupils work below the tests
    kept: dict[str, np.ndarray] = {"pupils": np.ones(len(sat), int)}
    scores = {}
    for test in TESTS:
        middle, wide = _SCORES[test]
        scores[test] = np.clip(_round(middle + wide * standing[test]), 80, 120).astype(int)
        kept[f"{test}_scored"] = tested
        kept[f"{test}_score"] = scores[test] * tested
        kept[f"{test}_expected"] = tested & (scores[test] >= 100)
        kept[f"{test}_higher"] = tested & (scores[test] >= 110)
        kept[f"{test}_absent"] = ~sat
    kept["writing_expected"] = ~pupils.special & (standing["writing"] >= -0.6)
    kept["writing_higher"] = ~pupils.special & (standing["writing"] >= 0.93) & (rng.random(len(sat)) < 0.66)
    kept["writing_towards"] = ~pupils.special & (standing["writing"] < -0.6) & (standing["writing"] >= -1.5)
    kept["science_expected"] = ~pupils.special & (standing["science"] >= -0.95)
    for level in ("expected", "higher"):
        kept[f"rwm_{level}"] = kept[f"reading_{level}"] & kept[f"writing_{level}"] & kept[f"maths_{level}"]
    points = np.where(kept["writing_higher"], 113, np.where(kept["writing_expected"], 103, 91))
    covered = rng.random(len(sat)) < np.where([one.low_coverage for one in schools], 0.4, 0.965)[pupils.school]
    kept["progress_pupils"] = covered
    spread = {}
    for subject, reached in {"reading": scores["reading"], "writing": points, "maths": scores["maths"]}.items():
        progress, spread[subject] = _measure_progress(pupils, reached.astype(float), least=84.0)
        kept[f"{subject}_progress"] = (_round(progress * 100) * covered).astype(int)
    kept |= {"sen_support": pupils.sen_support, "ehc_plan": pupils.ehc_plan}
    return Tally(tuple(schools), _tally(pupils, kept), spread)


def _measure_progress(pupils: _Pupils, reached: np.ndarray, least: float) -> tuple[np.ndarray, float]:
    """How far each pupil is beyond state-school pupils with the same start, and the spread of that in England.

    A straight line through the mainstream pupils of the country, never below ``least``, stands for the
    department's average of like pupils.
    """
    main = ~pupils.special & ~pupils.independent
    start, middle, mean = pupils.start, pupils.start[main].mean(), reached[main].mean()
    slope = ((start[main] - middle) * (reached[main] - mean)).mean() / ((start[main] - middle) ** 2).mean()
    progress = reached - np.maximum(least, round(float(mean - slope * middle), 5) + round(float(slope), 5) * start)
    progress -= round(float(progress[main].mean()), 5)
    return progress, round(float(np.sqrt((progress[main] ** 2).mean())), 4)


def invent_ks4(schools: Sequence[School], year: int, seed: int) -> Tally:
    """Draw the pupils at the end of key stage 4 in ``year`` and count them."""
    rng = np.random.default_rng([seed, year, 4])
    cohorts = _vary_cohorts(rng, [one.ks4 for one in schools], schools, year)
    pupils = _invent_pupils(rng, schools, cohorts, gap=0.72)
    count = len(pupils.school)
    common = 0.74 * pupils.start + 0.66 * sample_normal(rng, count) + 0.72 * pupils.lift + 0.045
    common += _KS4_SHIFT.get(year, 0.0) - 0.22 * (pupils.disadvantaged - 0.27)

    def reach(middle: float, wide: float, top: int, edge: float = 0.0) -> np.ndarray:
        standing = 0.92 * common + 0.39 * sample_normal(rng, count) + edge * (2 * pupils.girl - 1.0)
        return np.clip(_round(middle + wide * standing), 0, top).astype(int)

    english, maths = reach(4.95, 2.15, 9, 0.14), reach(4.48, 2.2, 9, -0.03)
    science, humanities, language = reach(4.5, 2.1, 9), reach(4.5, 2.3, 9), reach(4.8, 2.1, 9, 0.1)
    ebacc, gcse_open, other_open = reach(13.4, 6.6, 27, 0.07), reach(11.3, 5.6, 23, 0.1), reach(2.3, 0.8, 4)
    takes_humanities = rng.random(count) < 0.84
    takes_language = takes_humanities & (rng.random(count) < 0.47)
    takes_language |= ~takes_humanities & (rng.random(count) < 0.2)
    attainment = 2 * english + 2 * maths + ebacc + gcse_open + other_open
    progress, _ = _measure_progress(pupils, attainment.astype(float), least=14.0)
    covered = rng.random(count) < np.where([one.low_coverage for one in schools], 0.4, 0.95)[pupils.school]
    enters = takes_humanities & takes_language
    kept: dict[str, np.ndarray] = {
        "pupils": np.ones(count, int),
        "attainment8": attainment,
        "attainment8_english": 2 * english,
        "attainment8_maths": 2 * maths,
        "attainment8_ebacc": ebacc,
        "attainment8_open": gcse_open + other_open,
        "attainment8_open_gcse": gcse_open,
        "attainment8_open_other": other_open,
        "progress8_pupils": covered,
        "progress8": (_round(progress * 100) * covered).astype(int),  # thousandths: ten slots
        "ebacc_points": english + maths + science + humanities * takes_humanities + language * takes_language,
        "ebacc_enters": enters,
        "enters_humanities": takes_humanities,
        "enters_language": takes_language,
        "triple_science": (science >= 6) & (rng.random(count) < 0.6),
        "sen_support": pupils.sen_support,
        "ehc_plan": pupils.ehc_plan,
        "entries": 6 + (rng.random(count) * 4).astype(int),
        "any_pass": attainment > 2,
    }
    for grade in (4, 5):
        passes = {"ENG": english, "MAT": maths, "2SCI": science, "HUM": humanities, "LAN": language}
        passed = {subject: reached >= grade for subject, reached in passes.items()}
        passed["HUM"] &= takes_humanities
        passed["LAN"] &= takes_language
        kept |= {f"{subject}_9{grade}": reached for subject, reached in passed.items()}
        kept[f"basics_9{grade}"] = passed["ENG"] & passed["MAT"]
        kept[f"ebacc_9{grade}"] = enters & np.logical_and.reduce(list(passed.values()))
        kept[f"five_9{grade}"] = kept[f"basics_9{grade}"] & (attainment >= 10 * grade - 4)
    core = {"english": english, "maths": maths, "science": science, "humanities": humanities, "language": language}
    takes = {"triple": kept["triple_science"], "humanities": takes_humanities, "language": takes_language}
    subjects = count_grades(pupils.school, pupils.schools, core, takes, [seed, year])
    return Tally(tuple(schools), _tally(pupils, kept) | subjects, {"progress8": PROGRESS_8_SD})


def _tally(pupils: _Pupils, kept: Mapping[str, np.ndarray]) -> dict[tuple[str, str], np.ndarray]:
    counts = {}
    for group, mask in pupils.groups.items():
        where = pupils.school[mask]
        for measure, values in kept.items():
            sums = np.bincount(where, weights=values[mask], minlength=pupils.schools)
            counts[measure, group] = sums.astype(np.int64)
    return counts


def invent_absence(schools: Sequence[School], year: int, seed: int) -> Tally:
    """Draw every pupil's absence in ``year``; "absence" sums tenths of a per cent over pupils."""
    rng = np.random.default_rng([seed, year, 1])
    rolls = np.array([one.roll * (year in one.years) * (not one.independent) for one in schools])
    pupils = np.repeat(np.arange(len(schools)), rolls)
    draws = rng.random(len(pupils))
    missed = np.empty(len(pupils))
    phases = np.array([one.census_phase for one in schools])[pupils]
    for phase, (shares, rates) in _ABSENCE.items():
        missed[phases == phase] = np.interp(draws[phases == phase], shares, rates)
    usual = np.array([one.absence for one in schools]) * _ABSENCE_OF_YEAR[year]
    tenths = np.minimum(_round(missed * usual[pupils] * 10), 1000)
    counts = {
        ("pupils", "all"): rolls,
        ("absence", "all"): np.bincount(pupils, weights=tenths, minlength=len(schools)).astype(np.int64),
        ("persistent", "all"): np.bincount(pupils, weights=tenths >= 100, minlength=len(schools)).astype(np.int64),
    }
    return Tally(tuple(schools), counts, {})


def invent_census(schools: Sequence[School], year: int, seed: int) -> Tally:
    """Count each school's roll in ``year``: girls, needs, language, meals."""
    rng = np.random.default_rng([seed, year, 3])
    roll = np.array([one.roll * (year in one.years) for one in schools])

    def count(shares: Sequence[float]) -> np.ndarray:
        return np.minimum(roll, np.floor(roll * np.asarray(shares) + rng.random(len(roll))).astype(int))

    counts = {
        "roll": roll,
        "girls": count([{"Girls": 1.0}.get(one.gender, 0.49) for one in schools]),
        "ehc_plan": count([1.0 if one.special else 0.0 if one.independent else 0.034 for one in schools]),
        "sen_support": count([0.0 if one.special else 0.145 for one in schools]),
        "eal": count([one.eal for one in schools]),
        "unclassified": count([0.002 for _ in schools]),
        "meals": count([one.disadvantaged * 0.9 for one in schools]),
        "meals_ever": count([one.disadvantaged * 0.96 for one in schools]),
    }
    return Tally(tuple(schools), {(name, "all"): values for name, values in counts.items()}, {})


def invent_destinations(schools: Sequence[School], leavers: Tally, year: int, seed: int) -> Tally:
    """Where the pupils of ``leavers`` were in the year after key stage 4; groups all, disadvantaged, other."""
    rng = np.random.default_rng([seed, year, 5])
    counts: dict[tuple[str, str], np.ndarray] = {}
    for group, disadvantaged in (("disadvantaged", True), ("other", False)):
        cohort = leavers["pupils", group]
        owner = np.repeat(np.arange(len(schools)), cohort)
        ends = np.cumsum(_DESTINATION_SHARES[disadvantaged])
        where = np.searchsorted(ends[:-1], rng.random(len(owner)), side="right")
        counts["COHORT", group] = cohort
        for place, name in enumerate(_DESTINATIONS):
            counts[name, group] = np.bincount(owner[where == place], minlength=len(schools)).astype(np.int64)
        counts["EDUCATION", group] = _add(counts, group, _DESTINATIONS[:4])
        counts["OVERALL_DEST", group] = _add(counts, group, ("EDUCATION", "APPREN", "EMPLOYMENT"))
    for name, group in list(counts):
        if group == "other":
            counts[name, "all"] = counts[name, "other"] + counts[name, "disadvantaged"]
    return Tally(tuple(schools), counts, {})


def _add(counts: Mapping[tuple[str, str], np.ndarray], group: str, names: Sequence[str]) -> np.ndarray:
    return np.sum([counts[name, group] for name in names], axis=0)
