"""The wide readers on real published files: known values, every row, every cell, every file recognised."""

import csv
from functools import cache

import pytest
from wide_files import find_one

from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.vocabulary import Level, read_academic_year
from pipeline.sources.recognise import recognise, settle_year
from pipeline.sources.tabular.columns import load_aliases

pytestmark = pytest.mark.published

_KS2_2025 = "2024-2025/SAMPLE_england_ks2final_LA885_transcribed.csv"
_KS4_2025 = "2024-2025/SAMPLE_england_ks4final_LA885_transcribed.csv"
WIDE = {
    "2016-2017/850_ks2final.csv": ("ks2", 331),
    "2017-2018/850_ks2final.csv": ("ks2", 331),
    "2018-2019/850_ks2final.csv": ("ks2", 334),
    "2016-2017/815_ks4final.csv": ("ks4", 72),
    "2017-2018/815_ks4final.csv": ("ks4", 73),
    "2018-2019/england_ks4provisional.csv": ("ks4", 5652),
    "2016-2017/815_census.csv": ("census", 392),
    "2017-2018/815_census.csv": ("census", 386),
    "2018-2019/england_census.csv": ("census", 23942),
    "2018-2019/england_abs.csv": ("absence", 21217),
    "2018-2019/england_ks4-pupdest.csv": ("destinations", 3877),
    "2023-2024/absence_2023-2024.csv": ("absence", 21321),
    _KS2_2025: ("ks2", 10),
    _KS4_2025: ("ks4", 5),
    "2024-2025/england_census.csv": ("census", 24473),
    "2024-2025/england_ks4-pupdest.csv": ("destinations", 4163),
}
#: (file, whose figure, measure, group, year, value), from the files' own cells and the department's headlines.
KNOWN = [
    ("2018-2019/england_ks4provisional.csv", Level.ENGLAND_STATE, "ks4_attainment8", "all", 2019, 46.5),
    ("2018-2019/england_ks4provisional.csv", Level.ENGLAND_STATE, "ks4_progress8", "all", 2019, -0.03),
    ("2018-2019/england_ks4provisional.csv", 885, "ks4_attainment8", "all", 2019, 46.5),
    ("2018-2019/england_ks4provisional.csv", 885, "ks4_progress8", "all", 2019, 0.06),
    ("2018-2019/england_ks4provisional.csv", 100053, "ks4_english_maths_95", "all", 2019, 47.1),
    (_KS2_2025, Level.ENGLAND_STATE, "ks2_rwm_expected", "all", 2025, 62),
    (_KS2_2025, Level.ENGLAND_STATE, "ks2_rwm_higher", "all", 2025, 8),
    (_KS2_2025, Level.ENGLAND_STATE, "ks2_rwm_expected", "disadvantaged", 2025, 47),
    (_KS2_2025, Level.ENGLAND_STATE, "ks2_rwm_expected", "other", 2025, 69),
    (_KS4_2025, 885, "ks4_attainment8", "all", 2025, 44.2),
    (_KS4_2025, 885, "ks4_english_maths_95", "all", 2025, 40.9),
    (_KS4_2025, 885, "ks4_attainment8", "disadvantaged", 2025, 30.8),
    ("2018-2019/850_ks2final.csv", Level.ENGLAND_STATE, "ks2_rwm_expected", "all", 2019, 65),
    ("2018-2019/850_ks2final.csv", 850, "ks2_rwm_expected", "disadvantaged", 2019, 49),
    ("2018-2019/850_ks2final.csv", 115851, "ks2_rwm_expected", "all", 2019, 63),
    ("2018-2019/850_ks2final.csv", 115851, "ks2_reading_progress", "all", 2018, -2),
    ("2016-2017/850_ks2final.csv", 116286, "ks2_rwm_expected", "disadvantaged", 2017, 17),
    ("2017-2018/815_ks4final.csv", 815, "ks4_ebacc_points", "all", 2018, 4.27),
    ("2018-2019/england_abs.csv", Level.ENGLAND_PRIMARY, "absence_persistent", "all", 2019, 8.2),
    ("2018-2019/england_census.csv", 100000, "fsm6_percent", "all", 2019, 16.2),
    ("2018-2019/england_ks4-pupdest.csv", Level.ENGLAND_STATE, "ks4_destinations_sustained", "all", 2017, 94),
    ("2024-2025/england_ks4-pupdest.csv", Level.ENGLAND_STATE, "ks4_destinations_sustained", "disadvantaged", 2022, 85),
]  # fmt: skip


@pytest.fixture(scope="module")
def read(read_published):
    """Each file read once: name → (table, reading)."""
    return cache(read_published)


def test_every_file_of_the_folder_is_of_one_family_and_of_its_folders_year(published, tabulate_published):
    unknown = set()
    for path in sorted(published.rglob("*.csv")):
        name = path.relative_to(published).as_posix()
        table = tabulate_published(path)
        try:
            source = recognise(table)
        except FaultyInput:
            unknown.add(name)
            continue
        if name in WIDE:
            assert source.family == WIDE[name][0], name
        year = settle_year(table, source)
        if year and name[:2] == "20":
            assert year == read_academic_year(name.split("/")[0]), name
    # tables about columns that are not the department's
    assert unknown == {"crosswalk_ks2.csv", "crosswalk_ks4.csv"}


@pytest.mark.parametrize("name", WIDE)
def test_every_row_and_column_is_accounted_for(read, name):
    table, reading = read(name)
    assert len(table.cells) == WIDE[name][1] == sum(reading.rows_by_kind.values())
    assert sorted([*reading.columns_used, *reading.columns_unused]) == sorted(table.header)
    in_use = set(reading.observations["column"].cat.remove_unused_categories().cat.categories)
    assert in_use <= set(reading.columns_used)


@pytest.mark.parametrize("name", WIDE)
def test_every_number_read_is_the_number_in_its_cell(read, published, name):
    """Against the standard library alone: each value stands in the line and column it says, or is told why not."""
    with (published / name).open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        lines = {}
        line = rows.line_num + 1
        for row in rows:
            lines[line] = dict(zip(header, row, strict=False))
            line = rows.line_num + 1
    _, reading = read(name)
    observations = reading.observations[reading.observations["column"] != "NUMFSM"]  # made a share of the roll
    filled = (observations["unit"] == "progress") & observations["level"].astype(str).str.startswith("england")
    some = observations[~filled].iloc[:: max(1, len(observations) // 1000)]
    for row in some.itertuples():
        cell = lines[row.line].get(row.column, "").strip()
        if row.availability == "available":
            assert float(cell.rstrip("%").replace(",", "")) == pytest.approx(row.value), row
        elif row.word and row.word != "NEW":
            counted = cell.rstrip("%").replace(".", "").isdigit()  # a share whose count is no number
            assert cell == row.word or (counted and row.availability in ("not applicable", "unknown")), row


@pytest.mark.parametrize(("name", "who", "measure", "group", "year", "value"), KNOWN)
def test_known_values(read, name, who, measure, group, year, value):
    reading = read(name)[1]
    about = (
        {"level": who} if isinstance(who, Level) else {"urn": who} if who > 1000 else {"level": "authority", "la": who}
    )
    assert find_one(reading, measure=measure, group=group, year=year, **about)["value"] == value


def test_the_one_impossible_value_is_left_out_and_reported(read):
    reading = read("2024-2025/england_census.csv")[1]
    assert [(fault.line, fault.column) for fault in reading.faults] == [(12413, "PSENELSE")]
    unknown = reading.observations[reading.observations["availability"] == "unknown"]
    assert unknown["word"].tolist() == ["104.17%"]


def test_no_other_word_is_unknown_and_no_percentage_impossible(read):
    for name in WIDE:
        observations = read(name)[1].observations
        unknown = observations[observations["availability"] == "unknown"]
        assert set(unknown["word"]) <= {"104.17%"}, name
        shares = observations.loc[observations["unit"] == "percent", "value"].dropna()
        assert shares.between(0, 100).all(), name


def test_years_repeated_by_later_files_agree_with_the_first(read):
    key = ["urn", "measure", "group", "year"]
    first, later = (read(f"{year}/850_ks2final.csv")[1].observations for year in ("2017-2018", "2018-2019"))
    both = first.astype({"measure": str, "group": str}).merge(later.astype({"measure": str, "group": str}), on=key)
    both = both[both["urn"].notna() & (both["year"] == 2018) & both["value_x"].notna() & both["value_y"].notna()]
    assert len(both) > 4000
    assert (both["value_x"] == both["value_y"]).all()


@pytest.mark.parametrize(("family", "crosswalk"), [("ks2", "crosswalk_ks2.csv"), ("ks4", "crosswalk_ks4.csv")])
def test_the_alias_tables_name_columns_that_files_have_had(published, family, crosswalk):
    with (published / crosswalk).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    known = {row["column"].upper() for row in rows}
    aliases = load_aliases(family)
    for new, others in aliases.renames.items():
        for old, years in others.items():
            row = next(row for row in rows if row["column"].upper() == old.upper())
            first, last = years.split(" to ")
            assert row[f"{first} position"] and row[f"{last} position"], (new, old)
    names = {
        name
        for measure in aliases.measures.values()
        for choice in measure.columns.values()
        for figure in (choice if isinstance(choice, tuple) else (choice,))
        for name in ([figure] if isinstance(figure, str) else [figure.value, figure.lower, figure.upper])
        if name
    }
    assert {name for name in names if name.upper() not in known} == set()


@pytest.mark.parametrize("name", ["2016-2017/815_ks4final.csv", "2017-2018/815_ks4final.csv"])
def test_earlier_years_ebacc_entries_are_read_though_the_year_stands_within_the_heading(read, name):
    """They were looked for with the year at the end, where only _PREV stands, and never found."""
    observations = read(name)[1].observations
    entered = observations[(observations["measure"] == "ks4_ebacc_entered") & observations["value"].notna()]
    year = int(name[5:9])
    assert {year - 2, year - 1, year} <= set(entered["year"])
    assert {"all", "disadvantaged", "other"} <= set(entered.loc[entered["year"] == year - 1, "group"].astype(str))
