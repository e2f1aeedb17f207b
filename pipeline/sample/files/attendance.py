"""Absence, pupil census and destinations in their wide layouts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

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
from pipeline.sample.results import Tally

_PHASE_ROWS = {"england primary": "PRI", "england secondary": "SEC", "england special": "SPE"}
_AUTHORITY_ROWS = {"authority primary": "PRI", "authority secondary": "SEC"}
_PEOPLE = {
    "girls": ("NORG", "PNORG"),
    "boys": ("NORB", "PNORB"),
    "ehc_plan": ("TSENELSE", "PSENELSE"),
    "sen_support": ("TSENELK", "PSENELK"),
    "eal": ("NUMEAL", "PNUMEAL"),
    "english": ("NUMENGFL", "PNUMENGFL"),
    "unclassified": ("NUMUNCFL", "PNUMUNCFL"),
}
#: The one school whose pupils with plans outnumber its roll, as happens in the published census.
OVERCOUNTED_URN = 900019


def write_absence(path: Path, tally: Tally, authorities: list[int]) -> None:
    """The five-column absence file: no signs, England as NAT with PRI, SEC, SPE; authorities have no row."""
    rows = choose_rows(tally, tally["pupils", "all"] > 0, tuple(_PHASE_ROWS), [])
    overall, persistent = print_absence(rows, tally)
    columns = {
        "LA": rows.spell([one.la for one in rows.schools], ["NAT"] * len(rows.areas)),
        "ESTAB": rows.spell([one.estab for one in rows.schools], [_PHASE_ROWS[area.kind] for area in rows.areas]),
        "URN": rows.spell([one.urn for one in rows.schools], [""] * len(rows.areas)),
        "PERCTOT": overall,
        "PPERSABS10": persistent,
    }
    write_csv(path, name_columns("absence"), columns, order=rows.mix(), newline="\n")


def print_absence(rows: Rows, tally: Tally, word: str = "SUPP") -> tuple[Texts, Texts]:
    """Overall absence and persistent absence, one decimal; the latter withheld for 1 to 5 absentees."""
    pupils = rows.gather(tally["pupils", "all"])
    absentees = rows.gather(tally["persistent", "all"])
    overall = print_numbers(round_half_up(rows.gather(tally["absence", "all"]), pupils * 10, 1), 1, strip=True)
    persistent = print_percent(absentees, pupils, 1, ending="", strip=True)
    few = rows.owned & (absentees > 0) & (absentees <= FEWEST)
    return withhold(overall, pupils, rows.owned, word), np.where(few, word, persistent).astype(object)


def write_census(path: Path, tally: Tally, *, signs: bool, authorities: list[int]) -> None:
    """The pupil census: with per cent signs and NORFSMEVER as in 2024/25, or without as in 2018/19."""
    there = tally["roll", "all"] > 0
    phases = ("primary", "secondary")
    rows = choose_rows(tally, there, tuple(_PHASE_ROWS), authorities, phases_of_authority=phases)
    header = name_columns("census" if signs else "census_without_signs")
    roll = rows.gather(tally["roll", "all"])
    people = {
        name: rows.gather(tally[name, "all"]) for name in ("girls", "ehc_plan", "sen_support", "eal", "unclassified")
    }
    over = np.flatnonzero([one.urn == OVERCOUNTED_URN for one in rows.schools])
    people["ehc_plan"][over] = roll[over] + 1
    people["boys"] = roll - people["girls"]
    people["english"] = roll - people["eal"] - people["unclassified"]
    meals, ever = (rows.gather(tally[name, "all"]) for name in ("meals", "meals_ever"))

    def share(part: np.ndarray) -> Texts:
        if signs:
            return print_percent(part, roll, 2)
        return print_percent(part, roll, 1, ending="", strip=True)

    columns = _print_census_keys(rows, header) | {
        "NOR": print_numbers(roll),
        "NUMFSM": print_numbers(meals),
        "NUMFSMEVER": print_numbers(ever),
        "NORFSMEVER": print_numbers(roll),
        "PNUMFSMEVER": share(ever),
    }
    for name, (count, percentage) in _PEOPLE.items():
        columns[count] = print_numbers(people[name])
        columns[percentage] = share(people[name])
    columns["PNUMUNCLF"] = columns["PNUMUNCFL"]  # the 2024/25 heading has a slip
    for column in header[header.index("NUMEAL") :]:  # not collected from independent schools
        unknown = "" if signs and "FSM" not in column else "NA"
        columns[column] = np.where(rows.private, unknown, columns[column]).astype(object)
    write_csv(path, header, columns, order=rows.mix(), newline="\r\n" if signs else "\n")


def _print_census_keys(rows: Rows, header: list[str]) -> dict[str, Texts]:
    kinds = {"primary": "State-funded primary", "secondary": "State-funded secondary"}

    def name_kind(school) -> str:
        if school.independent:
            return "Independent school"
        if school.code == "PRU":
            return "State-funded AP school"
        return kinds.get(school.census_phase, "State-funded special school")

    areas = rows.areas
    return {
        "URN": rows.spell([one.urn for one in rows.schools], ["LA" if area.la else "NAT" for area in areas]),
        "LA": rows.spell([one.la for one in rows.schools], rows.authorities),
        header[2]: rows.spell(
            [one.estab for one in rows.schools], [(_PHASE_ROWS | _AUTHORITY_ROWS)[area.kind] for area in areas]
        ),
        "SCHOOLTYPE": rows.spell(
            [name_kind(one) for one in rows.schools],
            [kinds.get(area.kind.split()[-1], "Special school") for area in areas],
        ),
    }


_COUNTS = [
    "OVERALL_DEST",
    "APPREN",
    "EMPLOYMENT",
    "EDUCATION",
    "FE",
    "SCH_6TH",
    "SIXTH_COL",
    "OTHER_EDU",
    "NOT_SUSTAINED",
    "UNKNOWN",
]
_GROUPS = {"": "all", "_DIS": "disadvantaged", "_NONDIS": "other"}


def write_destinations(path: Path, tallies: Mapping[int, Tally], leavers: int, authorities: list[int]) -> None:
    """Where the pupils who finished key stage 4 in ``leavers`` went; earlier leavers' totals beside them.

    SP stands for a share above nil but under half a per cent, SN for a small number in an authority's row, RE for
    shares of alternative provision, which are no fair estimate.
    """
    tally = tallies[leavers]
    state = np.array([not one.independent for one in tally.schools])
    rows = choose_rows(tally, state & (tally["COHORT", "all"] > 0), ("england state",), authorities)
    blank = [""] * len(rows.areas)
    columns = {
        "RECTYPE": rows.spell(
            [2 if one.special else 1 for one in rows.schools], ["LA" if a.la else "NAT" for a in rows.areas]
        ),
        "LEA": rows.spell([one.la for one in rows.schools], rows.authorities),
        "ESTAB": rows.spell([one.estab for one in rows.schools], blank),
        "URN": rows.spell([one.urn for one in rows.schools], blank),
        "ICLOSE": rows.spell([int(bool(one.closed)) for one in rows.schools], blank),
        "SCHNAME": rows.spell([one.name for one in rows.schools], blank),
        "NFTYPE": rows.spell([one.code for one in rows.schools], blank),
    }
    for suffix, group in _GROUPS.items():
        columns |= _print_destination_group(rows, tally, suffix, group)
        for before in (leavers - 1, leavers - 2):
            columns |= _print_earlier_leavers(rows, tallies.get(before), f"{suffix}_{before % 100:02d}", group)
    header = name_columns("destinations", leavers)
    write_csv(path, header, columns, order=rows.mix())


def _print_destination_group(rows: Rows, tally: Tally, suffix: str, group: str) -> dict[str, Texts]:
    cohort = rows.gather(tally["COHORT", group])
    columns = {f"COHORT{suffix}": print_numbers(cohort)}
    unreliable = np.array([one.code == "PRU" for one in rows.schools] + [False] * len(rows.areas))
    for name in _COUNTS:
        pupils = rows.gather(tally[name, group])
        share = print_percent(pupils, cohort)
        share = np.where((pupils > 0) & (200 * pupils < cohort), "SP", share)
        small = np.where(rows.owned, "SUPP", "SN")
        hidden = (pupils > 0) & (pupils <= FEWEST) & ((suffix != "") | ~rows.owned) & (cohort < 1000)
        counts = np.where(hidden, small, print_numbers(pupils)).astype(object)
        share = np.where(hidden, "SUPP", share).astype(object)
        share = np.where(unreliable, "RE", share).astype(object)
        columns[f"{name}{suffix}"] = withhold(counts, cohort, rows.owned, none="NA")
        columns[f"{name}PER{suffix}"] = withhold(share, np.where(unreliable, 100, cohort), rows.owned, none="NA")
    return columns


def _print_earlier_leavers(rows: Rows, tally: Tally | None, suffix: str, group: str) -> dict[str, Texts]:
    if tally is None:
        nothing = as_texts(["NA"] * len(rows))
        return {f"COHORT{suffix}": nothing, f"OVERALL_DESTPER{suffix}": nothing}
    cohort = rows.gather(tally["COHORT", group])
    share = print_percent(rows.gather(tally["OVERALL_DEST", group]), cohort)
    return {
        f"COHORT{suffix}": np.where(cohort == 0, "NA", print_numbers(cohort)).astype(object),
        f"OVERALL_DESTPER{suffix}": withhold(share, cohort, rows.owned, none="NA"),
    }
