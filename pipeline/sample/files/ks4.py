"""The wide key stage 4 download: 497 columns in the 2024/25 layout, 25 in the provisional one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline.sample.files.ks2 import LEAST_COVERAGE, count_disclosed
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
    round_figures,
    round_half_up,
    withhold,
    write_csv,
)
from pipeline.sample.results import Tally

_SUFFIXES = {
    "": "all",
    "_BOYS": "boys",
    "_GIRLS": "girls",
    "_FSM6CLA1A": "disadvantaged",
    "_NFSM6CLA1A": "other",
    "_EAL": "eal",
    "_NMOB": "non_mobile",
}
_SLOTS = {
    "": "attainment8",
    "ENG": "attainment8_english",
    "MAT": "attainment8_maths",
    "EBAC": "attainment8_ebacc",
    "OPEN": "attainment8_open",
    "OPENG": "attainment8_open_gcse",
    "OPENNG": "attainment8_open_other",
}
_BASICS = {
    "PTL2BASICS_{}": "all",
    "PBL2BASICS_{}": "boys",
    "PGL2BASICS_{}": "girls",
    "PTFSM6CLA1ABASICS_{}": "disadvantaged",
    "PTNOTFSM6CLA1ABASICS_{}": "other",
    "PTL2BASICSEAL_{}": "eal",
    "PTL2BASICSNMOB_{}": "non_mobile",
}
_RECORD_TYPES = {"authority": "4", "england all": "5", "england state": "7"}
#: What is published of independent schools too; the rest is NP.
_PUBLISHED_FOR_ALL = {"TPUP", "ATT8SCR", "PTL2BASICS_94", "PTL2BASICS_95"}


def _withhold(rows: Rows, tally: Tally, texts: Texts, group: str = "all") -> Texts:
    return withhold(texts, count_disclosed(rows, tally, group), rows.owned, none="NE")


def print_average(rows: Rows, tally: Tally, measure: str, group: str, decimals: int = 1, per: int = 1) -> Texts:
    """An average over the group's pupils, trailing zeros dropped as published."""
    pupils = rows.gather(tally["pupils", group]) * per
    texts = print_numbers(round_half_up(rows.gather(tally[measure, group]), pupils, decimals), decimals, strip=True)
    return _withhold(rows, tally, texts, group)


def print_ks4_share(rows: Rows, tally: Tally, measure: str, group: str = "all") -> Texts:
    """One decimal, printed with two: ``50.20%``."""
    texts = print_percent(rows.gather(tally[measure, group]), rows.gather(tally["pupils", group]), 1, ending="0%")
    return _withhold(rows, tally, texts, group)


def measure_progress8(rows: Rows, tally: Tally, group: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Progress 8 and its interval in hundredths (±1.96 × 1.28 ÷ √pupils), and the pupils covered."""
    covered = rows.gather(tally["progress8_pupils", group])
    middle = rows.gather(tally["progress8", group]) / np.maximum(covered, 1) / 10
    half = 196 * tally.spread["progress8"] / np.sqrt(np.maximum(covered, 1))
    return middle, middle - half, middle + half, covered


def band_progress8(middle: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """The department's bands, 1 well above average to 5 well below, from figures in hundredths."""
    return np.select(
        [(middle >= 50) & (lower > 0), lower > 0, (middle < -50) & (upper < 0), upper < 0], [1, 2, 5, 4], 3
    )


def print_progress8(rows: Rows, tally: Tally, suffix: str = "") -> dict[str, Texts]:
    """Progress 8 of one group with its interval; LOWCOV under half the pupils, NE where nobody is covered."""
    group = _SUFFIXES[suffix]
    middle, lower, upper, covered = measure_progress8(rows, tally, group)
    pupils = rows.gather(tally["pupils", group])
    low = rows.owned & (pupils > FEWEST) & (100 * covered < LEAST_COVERAGE * pupils)
    columns = {f"P8PUP{suffix}": _withhold(rows, tally, print_numbers(covered), group)}
    rounded = [round_figures(values) for values in (middle, lower, upper)]
    for name, values in zip(("P8MEA", "P8CILOW", "P8CIUPP"), rounded, strict=True):
        texts = np.where(low, "LOWCOV", print_numbers(values, 2, strip=True)).astype(object)
        for column in (f"{name}{suffix}", f"{name}{suffix}_ORIG"):
            columns[column] = _withhold(rows, tally, texts, group)
    adjusted = print_numbers(np.zeros(len(rows), int))
    columns[f"TP8ADJ{suffix}"] = _withhold(rows, tally, np.where(low, "LOWCOV", adjusted).astype(object), group)
    if not suffix:
        bands = np.where(low, "", print_numbers(band_progress8(*rounded))).astype(object)
        columns["P8_BANDING"] = np.where(rows.england, "", _withhold(rows, tally, bands)).astype(object)
        columns["P8MEACOV"] = _withhold(rows, tally, print_percent(covered, pupils))
    return columns


def print_ks4(rows: Rows, tally: Tally, *, progress: bool) -> dict[str, Texts]:
    """One year's figures by published column."""
    columns = _print_cohort(rows, tally)
    for suffix, group in _SUFFIXES.items():
        for slot, measure in _SLOTS.items():
            columns[f"ATT8SCR{slot}{suffix}"] = print_average(rows, tally, measure, group)
        columns[f"EBACCAPS{suffix}"] = print_average(rows, tally, "ebacc_points", group, 2, per=5)
        if progress:
            columns |= print_progress8(rows, tally, suffix)
    for grade in ("94", "95"):
        for pattern, group in _BASICS.items():
            columns[pattern.format(grade)] = print_ks4_share(rows, tally, f"basics_{grade}", group)
        columns[f"PTEBACC_{grade}"] = print_ks4_share(rows, tally, f"ebacc_{grade}")
        columns[f"PT5EM_{grade}"] = print_ks4_share(rows, tally, f"five_{grade}")
        for subject in ("ENG", "MAT", "2SCI", "HUM", "LAN"):
            columns[f"TEBAC{subject}_{grade}"] = _withhold(
                rows, tally, print_numbers(rows.gather(tally[f"{subject}_{grade}", "all"]))
            )
            columns[f"PTEBAC{subject}_{grade}"] = print_ks4_share(rows, tally, f"{subject}_{grade}")
        for suffix, group in (("_FSM6CLA1A", "disadvantaged"), ("_NFSM6CLA1A", "other")):
            columns[f"PTEBACC_{grade}{suffix}"] = print_ks4_share(rows, tally, f"ebacc_{grade}", group)
    columns |= {
        "PTEBACC_E_PTQ_EE": print_ks4_share(rows, tally, "ebacc_enters"),
        "PTEBACC_EFSM6CLA1A_PTQ_EE": print_ks4_share(rows, tally, "ebacc_enters", "disadvantaged"),
        "PTEBACC_ENFSM6CLA1A_PTQ_EE": print_ks4_share(rows, tally, "ebacc_enters", "other"),
        "PTEBACHUM_E_PTQ_EE": print_ks4_share(rows, tally, "enters_humanities"),
        "PTEBACLAN_E_PTQ_EE": print_ks4_share(rows, tally, "enters_language"),
        "PTANYQ_PTQ_EE": print_ks4_share(rows, tally, "any_pass"),
        "PTtripleSci_E": print_ks4_share(rows, tally, "triple_science"),
        "TAVENT_E_3NG_PTQ_EE": print_average(rows, tally, "entries", "all"),
    }
    return columns | _print_difference(rows, tally)


def _print_cohort(rows: Rows, tally: Tally) -> dict[str, Texts]:
    pupils = rows.gather(tally["pupils", "all"])
    columns = {"TPUP": print_numbers(pupils)}
    counted = {
        ("BPUP", "PBPUP"): rows.gather(tally["pupils", "boys"]),
        ("GPUP", "PGPUP"): rows.gather(tally["pupils", "girls"]),
        ("TFSM6CLA1A", "PTFSM6CLA1A"): rows.gather(tally["pupils", "disadvantaged"]),
        ("TNOTFSM6CLA1A", "PTNOTFSM6CLA1A"): rows.gather(tally["pupils", "other"]),
        ("TEALGRP2", "PTEALGRP2"): rows.gather(tally["pupils", "eal"]),
        ("TNMOB", "PTNMOB"): rows.gather(tally["pupils", "non_mobile"]),
        ("SENE4", "PSENE4"): rows.gather(tally["ehc_plan", "all"]),
        ("SENK4", "PSENK4"): rows.gather(tally["sen_support", "all"]),
    }
    counted["TEALGRP1", "PTEALGRP1"] = pupils - counted["TEALGRP2", "PTEALGRP2"]
    counted["SEN_ALL4", "PSEN_ALL4"] = counted["SENE4", "PSENE4"] + counted["SENK4", "PSENK4"]
    for (count, share), amount in counted.items():
        columns[count] = _withhold(rows, tally, print_numbers(amount))
        columns[share] = _withhold(rows, tally, print_percent(amount, pupils, 1, ending="0%"))
    for slot, measure in _SLOTS.items():
        columns[f"TOTATT8{slot}"] = _withhold(rows, tally, print_numbers(rows.gather(tally[measure, "all"])))
    return columns


def _print_difference(rows: Rows, tally: Tally) -> dict[str, Texts]:
    """Disadvantaged pupils' Attainment 8 less that of England's other pupils, both as published."""
    england = next(i for i, area in enumerate(rows.areas) if area.kind == "england state") + len(rows.schools)
    disadvantaged, other = (
        round_half_up(rows.gather(tally["attainment8", group]), rows.gather(tally["pupils", group]), 1)
        for group in ("disadvantaged", "other")
    )
    texts = print_numbers(disadvantaged - other[england], 1, strip=True)
    return {"DIFFN_ATT8": _withhold(rows, tally, texts, "disadvantaged")}


def print_earlier_ks4(rows: Rows, tally: Tally, suffix: str) -> dict[str, Texts]:
    """The columns of an earlier year that a file repeats; NA where the school had no pupils then."""
    pupils = rows.gather(tally["pupils", "all"])
    columns = print_ks4(rows, tally, progress=True)
    repeated = [name.removesuffix("_PREV") for name in name_columns("ks4") if name.endswith("_PREV")]
    return {
        f"{name}{suffix}": np.where(pupils == 0, "NA", columns[name]).astype(object)
        for name in repeated
        if name in columns
    }


def write_ks4(path: Path, tallies: Mapping[int, Tally], year: int, authorities: list[int], **how) -> None:
    """Write the wide file of ``year``: no Progress 8 after 2023/24, NP throughout for independent schools."""
    tally = tallies[year]
    rows = choose_rows(tally, tally["pupils", "all"] > 0, ("england all", "england state"), authorities)
    columns = _print_keys(rows) | print_ks4(rows, tally, progress=year < 2025)
    for before, suffix in ((year - 1, "_PREV"), (year - 2, "_PREV2")):
        if before in tallies:
            columns |= print_earlier_ks4(rows, tallies[before], suffix)
    _write(path, name_columns("ks4"), rows, columns, "NA", **how)


def write_ks4_provisional(path: Path, tallies: Mapping[int, Tally], year: int, authorities: list[int]) -> None:
    """Write the short autumn file of ``year`` in cp1252, with Progress 8 and its bands."""
    tally = tallies[year]
    rows = choose_rows(tally, tally["pupils", "all"] > 0, ("england all", "england state"), authorities)
    columns = _print_keys(rows) | print_ks4(rows, tally, progress=True)
    shares = ("PTL2BASICS_94", "PTL2BASICS_95", "PTEBACC_E_PTQ_EE", "PTEBACC_94", "PTEBACC_95", "PT5EM_94")
    for column in shares:  # one decimal here, two in the final file
        columns[column] = as_texts([text.replace("0%", "%") if "." in text else text for text in columns[column]])
    mistyped = rows.spell([one.code == "PRU" for one in rows.schools], [False] * len(rows.areas)) == "True"
    for column, texts in columns.items():  # as a spreadsheet once left it
        columns[column] = np.where(mistyped & (texts == "SUPP"), "SUPP!", texts).astype(object)
    _write(path, name_columns("ks4_provisional"), rows, columns, "NA", encoding="cp1252", newline="\n")


def _write(path: Path, header: list[str], rows: Rows, columns: dict[str, Texts], missing: str, **how) -> None:
    keys = _print_keys(rows)
    for name, texts in columns.items():
        if name not in keys and name.removesuffix("2").removesuffix("_PREV") not in _PUBLISHED_FOR_ALL:
            columns[name] = np.where(rows.private & (texts != "SUPP"), "NP", texts).astype(object)
    blanks = np.where(rows.private, "NP", np.where(rows.owned, missing, "")).astype(object)
    for name in ("CONTFLAG", "FEEDER", "ADDRESS2", "ADDRESS3", "ADMPOL", "ADMPOL_PT", "EGENDER"):
        columns.setdefault(name, as_texts([""] * len(rows)))
    write_csv(path, header, columns, order=rows.mix(), missing=blanks, **how)


def _print_keys(rows: Rows) -> dict[str, Texts]:
    schools = rows.schools
    blank = [""] * len(rows.areas)
    columns = print_places(schools, rows)
    columns["SCHNAME"] = rows.spell([one.name for one in schools], blank)
    girls = {"Girls": "GIRLS", "Boys": "BOYS"}
    return columns | {
        "RECTYPE": rows.spell(
            [2 if one.special else 1 for one in schools], [_RECORD_TYPES[a.kind] for a in rows.areas]
        ),
        "LEA": rows.spell([one.la for one in schools], rows.authorities),
        "ESTAB": rows.spell([one.estab for one in schools], blank),
        "URN": rows.spell([one.urn for one in schools], blank),
        "CONTFLAG": rows.spell([0] * len(schools), blank),
        "ICLOSE": rows.spell([int(bool(one.closed)) for one in schools], blank),
        "ADMPOL": rows.spell(["NA" if one.independent else "NSE" for one in schools], blank),
        "ADMPOL_PT": rows.spell(["NA" if one.independent else "OTHER NON SEL" for one in schools], blank),
        "EGENDER": rows.spell([girls.get(one.gender, "MIXED") for one in schools], blank),
        "FEEDER": rows.spell([0] * len(schools), blank),
        "AGERANGE": rows.spell([f"{one.ages[0]}-{one.ages[1]}" for one in schools], blank),
        "TOTPUPS": rows.spell([one.roll for one in schools], blank),
    }
