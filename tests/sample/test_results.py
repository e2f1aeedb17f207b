"""Figures of one school and year agree with each other, and England's are like England's."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.sample.country import YEARS, found_county, found_rest_of_england, invent_england
from pipeline.sample.england import write_england
from pipeline.sample.files.ks2 import count_disclosed
from pipeline.sample.printing import Rows, choose_rows, print_numbers, print_percent, round_half_up
from pipeline.sample.results import invent_ks2, invent_ks4
from tests.sample.conftest import read_rows


def number(text: str) -> float:
    return float(text.removesuffix("%"))


def is_number(text: str) -> bool:
    return text.removesuffix("%").lstrip("-").replace(".", "", 1).isdigit()


@pytest.mark.parametrize(
    ("above", "below", "decimals", "rounded"),
    [(1, 2, 0, 1), (-1, 2, 0, -1), (5, 8, 2, 63), (2, 3, 1, 7), (0, 5, 1, 0), (7, 0, 0, 7)],
)
def test_halves_round_away_from_nought(above, below, decimals, rounded) -> None:
    assert round_half_up(np.array([above]), np.array([below]), decimals).tolist() == [rounded]


def test_numbers_print_as_published() -> None:
    assert print_numbers(np.array([-30, 0, 155]), 1).tolist() == ["-3.0", "0.0", "15.5"]
    assert print_numbers(np.array([-30, 0, 155]), 1, strip=True).tolist() == ["-3", "0", "15.5"]
    assert print_percent(np.array([1]), np.array([8])).tolist() == ["13%"]


def test_counts_and_percentages_agree(ks2) -> None:
    for row in ks2:
        if is_number(row["TELIG"]) and is_number(row["BELIG"]):
            assert int(row["BELIG"]) + int(row["GELIG"]) == int(row["TELIG"])
            share = 100 * int(row["TFSM6CLA1A"]) / int(row["TELIG"])
            assert abs(number(row["PTFSM6CLA1A"]) - share) <= 0.5


def test_groups_and_the_whole_agree(ks2) -> None:
    checked = 0
    for row in ks2:
        if all(is_number(row[name]) for name in ("PTRWM_EXP", "PTRWM_EXP_FSM6CLA1A", "PTRWM_EXP_NotFSM6CLA1A")):
            poor, other = int(row["TFSM6CLA1A"]), int(row["TNOTFSM6CLA1A"])
            whole = poor * number(row["PTRWM_EXP_FSM6CLA1A"]) + other * number(row["PTRWM_EXP_NotFSM6CLA1A"])
            assert abs(whole / (poor + other) - number(row["PTRWM_EXP"])) <= 1
            checked += 1
    assert checked > 20


def test_differences_are_from_englands_other_pupils(ks2) -> None:
    (england,) = [row for row in ks2 if row["RECTYPE"] == "5"]
    other = number(england["PTRWM_EXP_NotFSM6CLA1A"])
    rows = [row for row in ks2 if is_number(row["DIFFN_RWM_EXP"])]
    assert len(rows) > 15
    assert all(number(row["DIFFN_RWM_EXP"]) == number(row["PTRWM_EXP_FSM6CLA1A"]) - other for row in rows)


def test_three_years_are_sums_over_sums(ks2) -> None:
    checked = 0
    for row in ks2:
        cells = [(row[f"TELIG{edge}"], row[f"PTRWM_EXP{edge}"]) for edge in ("", "_24", "_23")]
        if all(is_number(share) for _, share in cells) and is_number(row["PTRWM_EXP_3YR"]):
            pupils = [int(count) for count, _ in cells]
            pooled = sum(count * number(share) for count, (_, share) in zip(pupils, cells, strict=True)) / sum(pupils)
            assert int(row["TELIG_3YR"]) == sum(pupils)
            assert abs(pooled - number(row["PTRWM_EXP_3YR"])) <= 1
            checked += 1
    assert checked > 20


def test_few_pupils_are_withheld(ks2) -> None:
    (tiny,) = [row for row in ks2 if row["URN"] == "900004"]
    assert int(tiny["TELIG"]) <= 5
    assert tiny["PTRWM_EXP"] == tiny["READ_AVERAGE"] == tiny["BELIG"] == "SUPP"
    (some,) = [row for row in ks2 if row["URN"] == "900025"]
    assert is_number(some["PTRWM_EXP"])
    assert some["PTRWM_EXP_FSM6CLA1A"] == some["PTRWM_EXP_NotFSM6CLA1A"] == "SUPP"


@pytest.mark.slow
def test_disadvantaged_pupils_cannot_be_worked_out_from_the_rest() -> None:
    tally = invent_ks2([*found_county(), *found_rest_of_england()], 2025, 1)
    rows = choose_rows(tally, tally["pupils", "all"] > 0, ("england state",), [998])
    poor, other = (count_disclosed(rows, tally, group)[rows.owned] for group in ("disadvantaged", "other"))
    assert not ((poor > 0) & (poor <= 5) & (other > 5)).any()
    assert not ((other > 0) & (other <= 5) & (poor > 5)).any()


def test_progress8_has_its_published_interval_and_band(county) -> None:
    rows = read_rows(county / "2023-2024" / "england_ks4provisional.csv", "cp1252")
    checked = 0
    for row in rows:
        if row["RECTYPE"] == "1" and is_number(row["P8MEA"]):
            middle, low, high = (float(row[name]) for name in ("P8MEA", "P8CILOW", "P8CIUPP"))
            assert abs((high - low) / 2 - 1.96 * 1.28 / int(row["P8PUP"]) ** 0.5) <= 0.011
            bands = [middle >= 0.5 and low > 0, low > 0, low <= 0 <= high, middle >= -0.5, True]
            assert row["P8_BANDING"] == str(bands.index(True) + 1)
            checked += 1
    assert checked >= 5


def test_england_is_like_england(ks2, ks4) -> None:
    (primary,) = [row for row in ks2 if row["RECTYPE"] == "5"]
    assert [primary[name] for name in ("PTRWM_EXP_23", "PTRWM_EXP_24", "PTRWM_EXP")] == ["60%", "61%", "62%"]
    assert primary["READPROG_23"] == "0.0"
    assert 46 <= number(primary["PTRWM_EXP_FSM6CLA1A"]) <= 48
    (secondary,) = [row for row in ks4 if row["RECTYPE"] == "7"]
    assert 45.6 <= number(secondary["ATT8SCR"]) <= 46.6
    assert 44 <= number(secondary["PTL2BASICS_95"]) <= 47
    assert abs(number(secondary["P8MEA_PREV"])) <= 0.03


def test_most_schools_are_average_and_some_are_not(ks2) -> None:
    shares = np.array(
        [number(row["PTRWM_EXP_3YR"]) for row in ks2 if row["RECTYPE"] == "1" and is_number(row["PTRWM_EXP_3YR"])]
    )
    assert (shares >= 78).sum() >= 3
    assert (shares <= 45).sum() >= 3
    assert ((shares > 50) & (shares < 75)).mean() >= 0.5


def measure_excess(differences: bool) -> float:
    """Spread between schools over what chance alone gives: 1 where schools do not differ."""
    tally = invent_ks2(invent_england(1_500, 7, differences), 2025, 7)
    main = np.array([not school.special for school in tally.schools]) & (tally["pupils", "all"] > 0)
    reached, pupils = tally["rwm_expected", "all"][main], tally["pupils", "all"][main]
    rate = reached.sum() / pupils.sum()
    return float(((reached - pupils * rate) ** 2 / (pupils * rate * (1 - rate))).mean())


@pytest.mark.slow
def test_an_england_without_differences_has_none() -> None:
    assert 0.9 < measure_excess(False) < 1.1
    assert measure_excess(True) > 2


def test_the_same_seed_gives_the_same_pupils() -> None:
    schools = invent_england(200, 3, True)
    first, again, other = (invent_ks4(schools, 2025, seed)["attainment8", "all"] for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


@pytest.mark.slow
def test_a_whole_england_is_written_by_year(tmp_path) -> None:
    write_england(tmp_path, schools=300, seed=5, years=2)
    rows = read_rows(tmp_path / "2024-2025" / "england_ks2final.csv")
    kinds = {row["RECTYPE"] for row in rows}
    assert kinds == {"1", "2", "3", "4", "5"}
    (england,) = [row for row in rows if row["RECTYPE"] == "5"]
    schools = [row for row in rows if row["RECTYPE"] in "12"]
    assert int(england["TELIG"]) == sum(int(row["TELIG"]) for row in schools)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2023-2024", "2024-2025", "gias"]


@pytest.mark.slow
def test_rows_keep_areas_after_schools() -> None:
    tally = invent_ks2([*found_county(), *found_rest_of_england()], YEARS[0], 1)
    rows: Rows = choose_rows(tally, tally["pupils", "all"] > 0, ("england all",), [998])
    gathered = rows.gather(tally["pupils", "all"])
    assert gathered[len(rows.schools)] == gathered[: len(rows.schools)].sum()
    assert sorted(rows.mix().tolist()) == list(range(len(rows)))
