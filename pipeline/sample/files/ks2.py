"""The wide key stage 2 download: one row a school, 311 columns in the 2024/25 layout."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline.sample.country import School
from pipeline.sample.files.lists import print_places
from pipeline.sample.printing import (
    FEWEST,
    Rows,
    Texts,
    as_texts,
    choose_rows,
    name_columns,
    print_numbers,
    print_percent,
    round_half_up,
    withhold,
    write_csv,
)
from pipeline.sample.results import PROGRESS_SUBJECTS, Tally

_SUFFIXES = {
    "": "all",
    "_B": "boys",
    "_G": "girls",
    "_FSM6CLA1A": "disadvantaged",
    "_NotFSM6CLA1A": "other",
    "_EAL": "eal",
    "_MOBN": "non_mobile",
}
_SUBJECTS = {"READ": "reading", "GPS": "gps", "MAT": "maths"}
_PROGRESS_COLUMNS = {"reading": "READPROG", "writing": "WRITPROG", "maths": "MATPROG"}
_COVERAGE_COLUMNS = {"reading": "READCOV", "writing": "WRITCOV", "maths": "MATCOV"}
_RECORD_TYPES = {"authority": "3", "england all": "4", "england state": "5"}
#: One pupil in so many has no first language recorded: none in a school, some in England.
PUPILS_A_LANGUAGE_UNKNOWN = 2_500
#: Below this share of pupils a progress figure is replaced by LOWCOV, in per cent.
LEAST_COVERAGE = 50
#: Where the outer bands of progress begin in the fictional country: well above, well below average.
_OUTER_BANDS = {"reading": (2.8, -2.6), "writing": (2.5, -2.7), "maths": (2.7, -2.7)}


def count_disclosed(rows: Rows, tally: Tally, group: str) -> np.ndarray:
    """How many pupils a group's figure lays open, row by row.

    Disadvantaged and other pupils are withheld together: one could be worked out from the other and the whole.
    """
    pupils = rows.gather(tally["pupils", group])
    opposite = {"disadvantaged": "other", "other": "disadvantaged"}.get(group)
    if opposite is None:
        return pupils
    left = rows.gather(tally["pupils", opposite])
    return np.where(rows.owned & (left <= FEWEST) & (pupils > 0), np.minimum(pupils, FEWEST), pupils)


def print_share(rows: Rows, tally: Tally, measure: str, group: str = "all", none: str = "") -> Texts:
    """Whole per cent of a group's pupils: ``58%``, SUPP, or ``none`` where the group has nobody."""
    texts = print_percent(rows.gather(tally[measure, group]), rows.gather(tally["pupils", group]))
    return withhold(texts, count_disclosed(rows, tally, group), rows.owned, none=none)


def print_score(rows: Rows, tally: Tally, test: str, group: str = "all", none: str = "") -> Texts:
    """Average scaled score, whole; blank where nobody was tested."""
    scored = rows.gather(tally[f"{test}_scored", group])
    texts = print_numbers(round_half_up(rows.gather(tally[f"{test}_score", group]), scored))
    texts = withhold(texts, count_disclosed(rows, tally, group), rows.owned, none=none)
    return np.where((scored == 0) & (texts != "SUPP") & (texts != none), "", texts).astype(object)


def print_ks2(rows: Rows, tallies: Mapping[int, Tally], year: int) -> dict[str, Texts]:
    """The figures of ``year`` and of the two years before it, by published column."""
    tally = tallies[year]
    columns = _print_cohort(rows, tally)
    for suffix, group in _SUFFIXES.items():
        columns |= _print_group(rows, tally, suffix, group)
    columns |= _print_differences(rows, tally)
    if year == 2023:  # the last year with a start to measure progress from
        columns |= print_progress(rows, tally)
    for before in (year - 1, year - 2):
        columns |= _print_earlier(rows, tallies.get(before), f"_{before % 100:02d}", before == 2023)
    return columns | _print_three_years(rows, [tallies.get(year - back) for back in range(3)])


def _print_cohort(rows: Rows, tally: Tally) -> dict[str, Texts]:
    pupils = rows.gather(tally["pupils", "all"])
    columns = {"TPUPYEAR": print_numbers(pupils), "TELIG": print_numbers(pupils)}
    counted = {
        "BELIG": ("PBELIG", "pupils", "boys"),
        "GELIG": ("PGELIG", "pupils", "girls"),
        "TFSM6CLA1A": ("PTFSM6CLA1A", "pupils", "disadvantaged"),
        "TNOTFSM6CLA1A": ("PTNOTFSM6CLA1A", "pupils", "other"),
        "TEALGRP2": ("PTEALGRP2", "pupils", "eal"),
        "TMOBN": ("PTMOBN", "pupils", "non_mobile"),
        "TSENELE": ("PSENELE", "ehc_plan", "all"),
        "TSENELK": ("PSENELK", "sen_support", "all"),
    }
    amounts = {name: rows.gather(tally[measure, group]) for name, (_, measure, group) in counted.items()}
    shares = {name: share for name, (share, _, _) in counted.items()}
    unknown = pupils // PUPILS_A_LANGUAGE_UNKNOWN
    amounts |= {"TEALGRP1": pupils - amounts["TEALGRP2"] - unknown, "TEALGRP3": unknown}
    amounts["TSENELEK"] = amounts["TSENELE"] + amounts["TSENELK"]
    shares |= {"TEALGRP1": "PTEALGRP1", "TEALGRP3": "PTEALGRP3", "TSENELEK": "PSENELEK"}
    for name, amount in amounts.items():
        columns[name] = withhold(print_numbers(amount), pupils, rows.owned)
        columns[shares[name]] = withhold(print_percent(amount, pupils), pupils, rows.owned)
    return columns


def _print_group(rows: Rows, tally: Tally, suffix: str, group: str) -> dict[str, Texts]:
    columns = {
        f"PTRWM_EXP{suffix}": print_share(rows, tally, "rwm_expected", group),
        f"PTRWM_HIGH{suffix}": print_share(rows, tally, "rwm_higher", group),
        f"PTWRITTA_EXP{suffix}": print_share(rows, tally, "writing_expected", group),
        f"PTWRITTA_HIGH{suffix}": print_share(rows, tally, "writing_higher", group),
    }
    for short, test in _SUBJECTS.items():
        columns[f"{short}_AVERAGE{suffix}"] = print_score(rows, tally, test, group)
        columns[f"PT{short}_EXP{suffix}"] = print_share(rows, tally, f"{test}_expected", group)
        columns[f"PT{short}_HIGH{suffix}"] = print_share(rows, tally, f"{test}_higher", group)
        if not suffix:
            columns[f"PT{short}_AT"] = print_share(rows, tally, f"{test}_absent")
    if not suffix:
        columns["PTWRITTA_WTS"] = print_share(rows, tally, "writing_towards")
        columns["PTSCITA_EXP"] = print_share(rows, tally, "science_expected")
        nobody = print_percent(np.zeros(len(rows), int), np.ones(len(rows), int))
        for column in ("PTWRITTA_AD", "PTSCITA_AD"):
            columns[column] = withhold(nobody, rows.gather(tally["pupils", "all"]), rows.owned)
    return columns


def _print_differences(rows: Rows, tally: Tally) -> dict[str, Texts]:
    """Disadvantaged pupils' percentage less that of England's other pupils, both as published."""
    england = next(i for i, area in enumerate(rows.areas) if area.kind == "england state") + len(rows.schools)
    columns = {}
    for column, measure in {"DIFFN_RWM_EXP": "rwm_expected", "DIFFN_RWM_HIGH": "rwm_higher"}.items():
        disadvantaged, other = (
            round_half_up(100 * rows.gather(tally[measure, group]), rows.gather(tally["pupils", group]))
            for group in ("disadvantaged", "other")
        )
        texts = print_numbers(disadvantaged - other[england])
        texts = withhold(texts, count_disclosed(rows, tally, "disadvantaged"), rows.owned)
        columns[column] = np.where(rows.england, "", texts).astype(object)
    return columns


def measure_progress(rows: Rows, tally: Tally, subject: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean progress and its interval in hundredths, and the pupils covered: ±1.96 × England's spread ÷ √pupils."""
    covered = rows.gather(tally["progress_pupils", "all"])
    middle = rows.gather(tally[f"{subject}_progress", "all"]) / np.maximum(covered, 1)
    half = 196 * tally.spread[subject] / np.sqrt(np.maximum(covered, 1))
    return middle, middle - half, middle + half, covered


def band_progress(subject: str, middle: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Bands as published, from 1 (well above average) to 5 (well below), for progress in hundredths."""
    well_above, well_below = _OUTER_BANDS[subject]
    return np.select(
        [(lower > 0) & (middle >= 100 * well_above), lower > 0, (upper < 0) & (middle <= 100 * well_below), upper < 0],
        [1, 2, 5, 4],
        3,
    )


def print_progress(rows: Rows, tally: Tally, suffix: str = "", none: str = "") -> dict[str, Texts]:
    """Progress, interval, coverage and band of each subject; LOWCOV under half the pupils."""
    columns = {}
    pupils = rows.gather(tally["pupils", "all"])
    for subject in PROGRESS_SUBJECTS:
        middle, lower, upper, covered = measure_progress(rows, tally, subject)
        low = rows.owned & (pupils > FEWEST) & (100 * covered < LEAST_COVERAGE * pupils)
        name = _PROGRESS_COLUMNS[subject]
        cells = {f"{name}{suffix}": middle, f"{name}_LOWER{suffix}": lower, f"{name}_UPPER{suffix}": upper}
        for column, values in cells.items():
            texts = print_numbers(round_half_up(np.rint(values).astype(int), 10 + 0 * pupils), 1)
            texts = withhold(np.where(low, "LOWCOV", texts).astype(object), pupils, rows.owned, none=none)
            columns[column] = texts
        bands = print_numbers(band_progress(subject, middle, lower, upper))
        texts = np.where(low, "LOWCOV", np.where(rows.owned, bands, "")).astype(object)
        columns[f"{name}_DESCR{suffix}"] = withhold(texts, pupils, rows.owned, none=none)
        if not suffix:
            columns[_COVERAGE_COLUMNS[subject]] = withhold(print_percent(covered, pupils), pupils, rows.owned)
    return columns


def _print_earlier(rows: Rows, tally: Tally | None, suffix: str, progress: bool) -> dict[str, Texts]:
    nothing = as_texts(["NA"] * len(rows))
    names = ["TELIG", "PTFSM6CLA1A", "PTNOTFSM6CLA1A", "READ_AVERAGE", "MAT_AVERAGE"]
    names += [f"PTRWM_{level}{group}" for level in ("EXP", "HIGH") for group in ("", "_FSM6CLA1A", "_NotFSM6CLA1A")]
    if tally is None:
        names += [f"{name}{edge}" for name in _PROGRESS_COLUMNS.values() for edge in ("", "_LOWER", "_UPPER")]
        return {f"{name}{suffix}": nothing for name in names}
    pupils = rows.gather(tally["pupils", "all"])
    columns = _print_cohort(rows, tally) | _print_group(rows, tally, "", "all")
    columns |= _print_group(rows, tally, "_FSM6CLA1A", "disadvantaged")
    columns |= _print_group(rows, tally, "_NotFSM6CLA1A", "other")
    earlier = {f"{name}{suffix}": np.where(pupils == 0, nothing, columns[name]).astype(object) for name in names}
    return earlier | (print_progress(rows, tally, suffix, none="NA") if progress else {})


def _print_three_years(rows: Rows, tallies: list[Tally | None]) -> dict[str, Texts]:
    """Three years as one cohort: sums over sums. NA where a school lacks one of them."""
    names = ("TELIG_3YR", "PTRWM_EXP_3YR", "PTRWM_HIGH_3YR", "READ_AVERAGE_3YR", "MAT_AVERAGE_3YR")
    nothing = as_texts(["NA"] * len(rows))
    if not all(tallies):
        return dict.fromkeys(names, nothing)

    def add(measure: str) -> np.ndarray:
        return np.sum([rows.gather(tally[measure, "all"]) for tally in tallies if tally], axis=0)

    pupils = add("pupils")
    lacking = np.any([rows.gather(tally["pupils", "all"]) == 0 for tally in tallies if tally], axis=0)
    columns = {
        "TELIG_3YR": print_numbers(pupils),
        "PTRWM_EXP_3YR": withhold(print_percent(add("rwm_expected"), pupils), pupils, rows.owned),
        "PTRWM_HIGH_3YR": withhold(print_percent(add("rwm_higher"), pupils), pupils, rows.owned),
    }
    for column, test in {"READ_AVERAGE_3YR": "reading", "MAT_AVERAGE_3YR": "maths"}.items():
        scored = add(f"{test}_scored")
        texts = withhold(print_numbers(round_half_up(add(f"{test}_score"), scored)), pupils, rows.owned)
        columns[column] = np.where(scored == 0, "", texts)
    return {name: np.where(lacking, nothing, texts).astype(object) for name, texts in columns.items()}


def name_ks2_columns(year: int) -> list[str]:
    """The header of ``year``: 2023/24 has no three-year columns and writes two headings in another case."""
    columns = name_columns("ks2", year)
    if year != 2024:
        return columns
    drifted = {"TNOTFSM6CLA1A": "TNotFSM6CLA1A", "PTNOTFSM6CLA1A": "PTNotFSM6CLA1A"}
    return [drifted.get(column, column) for column in columns if not column.endswith("_3YR")]


def write_ks2(path: Path, tallies: Mapping[int, Tally], year: int, authorities: list[int]) -> None:
    """Write the wide file of ``year``; new schools' rows stop at the word NEW, trailing blanks are dropped."""
    tally = tallies[year]
    rows = choose_rows(tally, tally["pupils", "all"] > 0, ("england all", "england state"), authorities)
    order = rows.mix()
    columns = _print_keys(rows) | print_ks2(rows, tallies, year)
    header = name_ks2_columns(year)
    columns |= {column: columns[column.upper()] for column in header if column.upper() in columns}
    roll = columns["TOTPUPS"]
    new = [_begin_row(school, header) for school in tally.schools if school.new and year in school.years]
    extra = {len(order) // 2 + number: cells for number, cells in enumerate(new)}
    write_csv(path, header, columns | {"TOTPUPS": roll}, order=order, extra_rows=extra, drop_trailing_blanks=True)


def _print_keys(rows: Rows) -> dict[str, Texts]:
    schools = rows.schools
    blank = [""] * len(rows.areas)
    columns = print_places(schools, rows)
    columns |= {
        "RECTYPE": rows.spell(
            [2 if one.special else 1 for one in schools], [_RECORD_TYPES[a.kind] for a in rows.areas]
        ),
        "ALPHAIND": rows.spell([one.urn % 100_000 for one in schools], blank),
        "LEA": rows.spell([one.la for one in schools], rows.authorities),
        "ESTAB": rows.spell([one.estab for one in schools], [" " if area.la else "" for area in rows.areas]),
        "URN": rows.spell([one.urn for one in schools], [" " if area.la else "" for area in rows.areas]),
        "ICLOSE": rows.spell([int(bool(one.closed)) for one in schools], blank),
        "AGERANGE": rows.spell([f"{one.ages[0]}-{one.ages[1]}" for one in schools], blank),
        "TOTPUPS": rows.spell([one.roll for one in schools], blank),
    }
    return columns


def _begin_row(school: School, header: list[str]) -> list[str]:
    """A new school's row: who it is, then NEW in place of its roll and nothing after."""
    rows = Rows((school,), np.array([0]), ())
    known = _print_keys(rows) | {"TOTPUPS": as_texts(["NEW"])}
    return [str(known[column][0]) if column in known else "" for column in header[: header.index("TOTPUPS") + 1]]
