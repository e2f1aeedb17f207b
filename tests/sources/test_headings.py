"""Headings that drift: what a file lacks is named, with the heading that is likely it, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wide_files import ABSENCE, KS2, save

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.recognise import SOURCES, DepartmentDescriptions, recognise, settle_year
from pipeline.sources.tabular.columns import load_aliases, want_table
from pipeline.sources.tabular.headings import (
    ColumnYears,
    EarlierFile,
    WantedColumn,
    find_drift,
    join_descriptions,
    measure_likeness,
    read_descriptions,
)
from pipeline.sources.tabular.tables import read_table

BAND = WantedColumn("progress8_band", ("p8_band",))
SCORE = WantedColumn("attainment8_average")
COUNT = WantedColumn("pupil_count")


def name_faults(*args, **more) -> list[tuple[str | None, str]]:
    return [(fault.column, fault.what.split(":")[0]) for fault in find_drift("a.csv", *args, **more).faults]


def test_a_heading_very_like_a_missing_column_is_named_with_it():
    """Its figures went without a word: only an unused column was counted."""
    header = ("attainment8_average", "pupil_count", "progress8_banding")
    assert name_faults(header, header[:2], [BAND, SCORE, COUNT]) == [
        ("progress8_banding", "`progress8_banding` is very like `progress8_band`, which this file lacks")
    ]


def test_another_years_name_is_the_column_and_no_drift():
    assert name_faults(("attainment8_average", "pupil_count", "P8_Band"), (), [BAND, SCORE, COUNT]) == []


def test_a_missing_column_without_a_likely_heading_is_named_with_the_file_that_had_it():
    header = ("attainment8_average", "pupil_count", "bananas")
    [(column, what)] = name_faults(header, header[:2], [BAND, SCORE, COUNT])
    assert (column, what) == ("progress8_band", "the file lacks 1 column, which files of this kind have")
    earlier = EarlierFile("2023-2024/a.csv", ("p8_band",))
    [(_, what)] = name_faults(header, header[:2], [BAND, SCORE, COUNT], earlier=earlier)
    assert what == "the file lacks 1 column, which 2023-2024/a.csv has"


def test_an_extract_is_counted_not_warned_of_column_by_column():
    many = [WantedColumn(f"column_{letter * 3}") for letter in "abcdefgh"]
    drift = find_drift("a.csv", ("column_aaa",), ("column_aaa",), many)
    assert drift.faults == ()
    assert drift.notes == ("an extract: it has 1 of the 8 columns that are read of such files",)


def test_the_departments_own_words_tell_a_renamed_column(tmp_path):
    """A name that has nothing in common with last year's is known by what both years' descriptions say of it."""
    said = []
    for year, name in ((2024, "PTRWM_EXP_FSM"), (2025, "DISADV_SHARE")):
        text = (
            f"Column,Field Name,Label/Description\n1,{name},Percentage of disadvantaged pupils reaching the standard\n"
        )
        said.append(read_descriptions(read_table(save(tmp_path, f"{year}_meta.csv", text))))
    wanted = [WantedColumn("PTRWM_EXP_FSM"), COUNT]
    header = ("pupil_count", "DISADV_SHARE")
    assert name_faults(header, ("pupil_count",), wanted, descriptions=join_descriptions(said)) == [
        ("DISADV_SHARE", "`DISADV_SHARE` is described in the same words as `PTRWM_EXP_FSM`, which this file lacks")
    ]
    assert name_faults(header, ("pupil_count",), wanted)[0][0] == "PTRWM_EXP_FSM"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PPERSABS15", "PPERSABS10"),
        ("PTL2BASICS_94", "PTL2BASICS_95"),
        ("PTRWM_EXP_B", "PTRWM_EXP_G"),
        ("PTEBACC_15_PTQ_EE", "PTEBACC_E_PTQ_EE_15"),
    ],
)
def test_headings_that_differ_in_a_number_or_a_letter_of_their_own_are_two_columns(one, other):
    assert measure_likeness(one, other) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PTRWMEXP", "PTRWM_EXP"),
        ("ptrwm exp", "PTRWM_EXP"),
        ("diffn_attainment8", "attainment8_diffn"),
        ("TELLIG", "TELIG"),
    ],
)
def test_spelling_order_and_dashes_make_no_new_column(one, other):
    assert measure_likeness(one, other) >= 0.85


def test_years_say_which_files_have_a_column():
    some = ColumnYears(years="2016/17 to 2018/19, 2024/25 on", columns=("A",), beside="school_urn")
    held = {year: some.hold(year, frozenset({"school_urn"})) for year in (2017, 2019, 2023, 2025, 2030)}
    assert held == {2017: True, 2019: True, 2023: False, 2025: True, 2030: True}
    assert not some.hold(2017, frozenset())
    assert not ColumnYears(years="", columns=("A",)).hold(None, frozenset())
    with pytest.raises(ValueError, match="academic year"):
        ColumnYears(years="once", columns=())


WHOLE = tuple(column.name for column in want_table(load_aliases("ks2"), (), 2019) if column.expected)


@pytest.mark.slow
@given(st.sampled_from([name for name in WHOLE if len(name) > 7]), st.data())
def test_no_heading_of_a_whole_file_is_misspelled_or_lost_in_silence(name, data):
    place = data.draw(st.integers(1, len(name) - 1))
    letter = data.draw(st.sampled_from(["", "Q", "_"]))
    spelled = name[:place] + letter + name[place + (letter == "") :]
    header = tuple(spelled if one == name else one for one in WHOLE if one != name or data.draw(st.booleans()))
    wanted = want_table(load_aliases("ks2"), header, 2019)
    told = " ".join(fault.what for fault in find_drift("a.csv", header, set(header) & set(WHOLE), wanted).faults)
    assert spelled.lower() in {one.lower() for one in WHOLE} or name in told


@pytest.mark.slow
def test_a_file_whose_own_mark_is_misspelled_is_told_from_an_unknown_file(tmp_path):
    """It was refused as of no family, with six of its headings and the advice to move it away."""
    with pytest.raises(FaultyInput) as refused:
        recognise(read_table(save(tmp_path, "a.csv", KS2.replace("PTRWM_EXP,", "PTRWM_EXPT,"))))
    [fault] = refused.value.faults
    assert fault.column == "PTRWM_EXPT"
    assert fault.what == (
        "the headings are nearly those of key stage 2 results, but it lacks PTRWM_EXP (`PTRWM_EXPT` is very like it)"
    )


def test_the_heading_of_a_missing_key_is_named_with_its_likeness(tmp_path):
    table = read_table(save(tmp_path, "a.csv", KS2.replace("RECTYPE,", "REC_TYPE,")))
    with pytest.raises(FaultyInput, match=r"`REC_TYPE` is very like it"):
        recognise(table).read(table, 2019)


@pytest.mark.slow
def test_check_is_told_of_drift_and_of_what_last_years_file_had(tmp_path):
    files = [
        save(tmp_path, "2017-2018/england_abs.csv", ABSENCE),
        save(tmp_path, "2018-2019/england_abs.csv", ABSENCE.replace("PPERSABS10", "PPERSABSE10")),
    ]
    preparation = prepare_edition(files, tmp_path / "prepared", year=2019)
    [warning] = [warning for warning in preparation.warnings if warning.column == "PPERSABSE10"]
    assert (warning.file, warning.line) == ("2018-2019/england_abs.csv", 1)
    assert "is very like `PPERSABS10`, which this file lacks (2017-2018/england_abs.csv has it)" in warning.what


@pytest.mark.published
def test_no_real_file_is_said_to_drift(published: Path, tabulate_published):
    """On every real file of these families, each year's expected columns are there and nothing is taken for another."""
    folders = (published, published.parent / "dfe-more")
    said, read, described = [], 0, []
    for path in [path for folder in folders for path in sorted(folder.rglob("*.csv"))]:
        try:
            table = tabulate_published(path)
            source = recognise(table)
            year = settle_year(table, source)
        except FaultyInput:
            continue  # of no family that is read
        if isinstance(source, DepartmentDescriptions):
            described.append(read_descriptions(table))
            continue
        wanted = source.list_wanted(table.header, year)
        used = [name for name in table.header for column in wanted if name.lower() in column.spellings]
        drift = find_drift(path.name, table.header, used, wanted, descriptions=join_descriptions(described))
        said += [fault.what for fault in drift.faults]
        read += 1
    assert read >= 30
    assert said == []


def test_every_source_says_which_columns_it_reads():
    silent = [source.family for source in SOURCES if not source.list_wanted((), None)]
    assert silent == ["local_returns", "description"]


@pytest.mark.slow
def test_a_file_that_has_lost_its_own_mark_is_told_the_nearest_family(tmp_path):
    header = [name for name in WHOLE if name != "PTRWM_EXP"]
    text = ",".join(header) + "\n" + ",".join("1" for _ in header) + "\n"
    with pytest.raises(FaultyInput, match=r"The nearest, key stage 2 results, has PTRWM_EXP too"):
        recognise(read_table(save(tmp_path, "a.csv", text)))
