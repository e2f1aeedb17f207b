"""Several tellings of one school's figure of one year: which counts, what stays withheld, that none goes uncounted."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wide_files import save

from pipeline.analysis.grids.figures import FigureTable
from pipeline.analysis.grids.grid import lay_out
from pipeline.analysis.indicators import load_indicators
from pipeline.foundation.vocabulary import Availability, Level, PupilGroup
from pipeline.sources.frames import LINKS, OBSERVATIONS, shape_frame
from pipeline.sources.joining.combine import combine_observations, lend_pupils
from pipeline.sources.joining.histories import chain_histories
from pipeline.sources.joining.tellings import prefer_figure, prefer_rows
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared
from tests.analysis.one_row import pool_years
from tests.conftest import count_examples

OLD, NEW = 900001, 900101
KEYS = "RECTYPE,LEA,ESTAB,URN,SCHNAME,URN_AC,SCHNAME_AC,OPEN_AC,NFTYPE,ICLOSE,AGERANGE"
FIRST = f"{KEYS},TELIG,TFSM6CLA1A,PTRWM_EXP,PTRWM_EXP_FSM6CLA1A,READ_AVERAGE"
SECOND = f"{FIRST},PTRWM_EXP_17,PTRWM_EXP_FSM6CLA1A_17,READ_AVERAGE_17"
THIRD = (
    f"{FIRST},TELIG_18,PTFSM6CLA1A_18,PTRWM_EXP_18,PTRWM_EXP_FSM6CLA1A_18,READ_AVERAGE_18"
    ",TELIG_17,PTFSM6CLA1A_17,PTRWM_EXP_17,PTRWM_EXP_FSM6CLA1A_17,READ_AVERAGE_17"
)
#: The school of three files: 26 of 59, 28 of 50 and 28 of 49 pupils, 82 of 158 together.
OLD_ROW = f"1,885,2001,{OLD},Ash Primary,{NEW},Ash Academy,20171001,CY,0,4-11,59,20,44%,35%,103"
SECOND_ROW = f"1,885,2001,{NEW},Ash Academy,0,,,ACC,0,4-11,50,18,56%,50%,104,44%,35%,103"
THIRD_ROW = f"1,885,2001,{NEW},Ash Academy,0,,,ACC,0,4-11,49,15,57%,40%,105,50,36%,56%,50%,104,59,34%,44%,35%,103"


def prepare(folder, first=OLD_ROW, second=SECOND_ROW, third=THIRD_ROW):
    """The edition of the three files, or of those that are given."""
    rows = {"2016-2017": (FIRST, first), "2017-2018": (SECOND, second), "2018-2019": (THIRD, third)}
    files = [
        save(folder, f"{year}/885_ks2final.csv", f"{header}\n{row}\n") for year, (header, row) in rows.items() if row
    ]
    assert prepare_edition(files, folder / "prepared", year=2019).faults == ()
    return open_prepared(folder / "prepared")


def find(tables, measure="ks2_rwm_expected", group="all", year=2017, urn=NEW):
    rows = tables.load_school(urn).observations
    (row,) = rows[(rows["measure"] == measure) & (rows["group"] == group) & (rows["year"] == year)].to_dict("records")
    return row


def pool(tables, key="ks2_rwm_expected"):
    indicator = next(one for one in load_indicators() if one.key == key)
    figures = FigureTable(tables.load_school(NEW).observations)
    return pool_years(indicator, figures.find(Level.SCHOOL, indicator.measure, indicator.group), 2019)


@pytest.mark.slow
def test_the_years_of_an_academy_are_pooled_with_their_pupils(tmp_path):
    """Before, the look-back without pupils stood before the predecessor's row: 56 of 99 pupils were pooled."""
    tables = prepare(tmp_path)
    pooled = pool(tables)
    assert (pooled.lowest, pooled.highest, pooled.pupils, round(pooled.value, 1)) == (82, 82, 158, 51.9)
    assert pool(tables, "ks2_reading_score").years == (2017, 2018, 2019)
    assert pool(tables, "ks2_rwm_expected_disadvantaged").pupils == 20 + 18 + 15
    kept = find(tables)
    assert (kept["published_urn"], kept["file"]) == (OLD, "2016-2017/885_ks2final.csv")


@pytest.mark.slow
def test_without_the_predecessors_file_the_look_back_with_pupils_stands(tmp_path):
    """Before, the nearest file's look-back stood, though it says nothing of pupils."""
    tables = prepare(tmp_path, first="")
    assert (pool(tables).lowest, pool(tables).pupils) == (82, 158)
    assert find(tables)["file"] == "2018-2019/885_ks2final.csv"


@pytest.mark.slow
def test_every_telling_that_is_set_aside_is_counted(tmp_path):
    """Before, what a predecessor's row displaced was in no account."""
    overlaps = {
        (one.won_by[:9], one.set_aside[:9]): one
        for account in prepare(tmp_path).reconciliation()
        for one in account.overlaps
    }
    # 2016/17: the 2018/19 file's look-back gives way to the predecessor's row, that of 2017/18 to the one with pupils
    assert overlaps["2016-2017", "2018-2019"].agree == 4
    assert overlaps["2018-2019", "2017-2018"].agree == 3
    assert overlaps["2017-2018", "2018-2019"].agree == 4
    assert not any(one.disagree or one.alone for one in overlaps.values())


@pytest.mark.slow
def test_a_difference_between_a_predecessors_row_and_a_look_back_is_named(tmp_path):
    tables = prepare(tmp_path, third=THIRD_ROW.replace("59,34%,44%", "59,34%,47%"))
    (account,) = [one for one in tables.reconciliation() if one.file.startswith("2016")]
    (overlap,) = [one for one in account.overlaps if one.set_aside.startswith("2018")]
    assert overlap.disagree == 1
    assert overlap.examples == (
        f"URN {OLD}, ks2_rwm_expected (all) 2016/17: 44 in line 2 stands, 47 in line 2 does not",
    )


@pytest.mark.slow
@pytest.mark.parametrize("word", ["SUPP", "RE"])
def test_what_its_own_year_withholds_no_look_back_reveals(tmp_path, word):
    """Before, a school's own look-back stood before what its predecessor's row withheld."""
    tables = prepare(tmp_path, first=OLD_ROW.replace("44%,35%", f"{word},{word}"))
    for group in ("all", "disadvantaged"):
        kept = find(tables, group=group)
        assert (kept["word"], np.isnan(kept["value"])) == (word, True)
    assert pool(tables).years == (2018, 2019)
    said = (tables.folder / "reconciliation.json").read_text(encoding="utf-8")
    assert "a number in line 2 does not" in said and " 44 in line" not in said and " 35 in line" not in said


@pytest.mark.slow
def test_a_group_that_is_withheld_stays_so_where_the_whole_school_is_told(tmp_path):
    tables = prepare(tmp_path, first=OLD_ROW.replace("44%,35%", "NA,SUPP"))
    assert find(tables)["value"] == 44
    assert find(tables, group="disadvantaged")["word"] == "SUPP"


@pytest.mark.slow
def test_what_one_look_back_withholds_no_other_reveals(tmp_path):
    tables = prepare(tmp_path, first="", second=SECOND_ROW.replace("44%,35%", "44%,SUPP"))
    assert find(tables, group="disadvantaged")["word"] == "SUPP"
    assert find(tables)["value"] == 44


@pytest.mark.slow
@pytest.mark.parametrize("silent", ["NA", "", "NEW", "NP"])
def test_a_cell_that_tells_nothing_gives_way_to_a_look_back(tmp_path, silent):
    row = SECOND_ROW.replace("50,18,56%,50%,104", f"50,18,{silent},50%,104")
    kept = find(prepare(tmp_path, second=row), year=2018)
    is_told = silent == "NP"  # not published: the publisher says why there is none
    assert (kept["word"] == silent) if is_told else (kept["value"] == 56 and kept["cohort"] == 50)


@pytest.mark.slow
def test_an_earlier_files_word_gives_way_to_no_later_number(tmp_path):
    kept = find(prepare(tmp_path, second=SECOND_ROW.replace("50,18,56%", "50,18,LOWCOV")), year=2018)
    assert kept["word"] == "LOWCOV"


def tell(file, year, value=None, cohort=None, urn=NEW, availability="available", group="all"):
    return {
        "level": "school", "urn": urn, "published_urn": urn, "measure": "ks2_rwm_expected", "group": group,
        "year": year, "value": value, "cohort": cohort, "availability": availability, "file": file, "unit": "percent",
        "step": 1.0, "line": 2, "column": "x", "word": "",
    }  # fmt: skip


def observe(*rows):
    return shape_frame(pd.DataFrame(list(rows), columns=list(OBSERVATIONS)), OBSERVATIONS)


@pytest.mark.slow
def test_a_tidy_file_with_a_companion_tells_its_pupils_like_a_wide_one():
    """Before figures are settled: else a later wide look-back, with pupils, would stand before the own year's rows."""
    tidy = observe(tell("tidy", 2018, 56.0))
    companion = observe(tell("information", 2018, 50.0) | {"measure": "ks2_eligible_pupils", "unit": "pupils"})
    later = observe(tell("wide", 2018, 56.0, 50.0), tell("wide", 2019, 57.0, 49.0))
    frames = lend_pupils([tidy, companion, later], ["ees_ks2", "ees_ks2_information", "ks2"])
    settled, _ = combine_observations(frames)
    (kept,) = settled[(settled["measure"] == "ks2_rwm_expected") & (settled["year"] == 2018)].to_dict("records")
    assert (kept["file"], kept["cohort"]) == ("tidy", 50)


STATES = ("full", "value", "suppressed", "unreliable", "low coverage", "not applicable", "not available", "new school")
#: A telling: of the school or its predecessor, in which of three files, and what it says.
tellings = st.lists(
    st.tuples(st.sampled_from((NEW, OLD)), st.integers(2017, 2019), st.sampled_from(STATES)),
    min_size=1, max_size=6, unique_by=lambda one: one[:2],
)  # fmt: skip


def settle(told):
    """The settled row of 2016/17 of the school that followed, and the tellings set aside on the way."""
    frames = []
    for year in (2017, 2018, 2019):
        rows = [tell(f"{year}", year, 50.0, 10.0, urn=1), tell(f"{year}", year, 50.0, 10.0, urn=2)]
        for urn, _, state in (one for one in told if one[1] == year):
            has_value = state in ("full", "value")
            value = float(100 * (urn == NEW) + year - 2000) if has_value else None
            kind = "available" if has_value else state
            rows.append(tell(f"{year}", 2017, value, 20.0 if state == "full" else None, urn, kind))
        frames.append(observe(*rows))
    latest = {frame["file"].iloc[0]: int(frame["year"].max()) for frame in frames}
    combined, first = combine_observations(frames)
    links = shape_frame(pd.DataFrame([{"urn": NEW, "predecessor": OLD, "kind": "succession", "chained": True}]), LINKS)
    chained, second = chain_histories(combined, links, pd.DataFrame({"urn": [NEW, OLD]}), latest)
    (kept,) = chained[(chained["urn"] == NEW)].to_dict("records") or [None]
    return kept, sum(one.agree + one.disagree for one in (*first, *second))


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(tellings)
def test_the_rule_holds_for_any_tellings(told):
    kept, set_aside = settle(told)
    assert kept is not None
    assert set_aside == len(told) - 1
    states = {(urn, year): state for urn, year, state in told}
    own_row = states.get((NEW, 2017))
    withheld = [place for place, state in states.items() if state in ("suppressed", "unreliable")]
    words = [year for (_, year), state in states.items() if state == "low coverage" and year == 2017]
    values = {place: state for place, state in states.items() if state in ("full", "value")}
    shown = not np.isnan(kept["value"])
    place = kept["published_urn"], int(kept["file"])
    if any(urn == NEW for urn, _ in withheld) or (withheld and own_row not in ("full", "value")):
        assert not shown
    elif values and not words and (not withheld or own_row == "full"):
        assert shown
    if shown and not withheld and "full" in values.values() and own_row != "value":
        assert states[place] == "full" or words
    if shown and place[1] > 2017:  # a look-back
        rows = [state for (_, year), state in values.items() if year == 2017]
        assert "full" not in rows and (states[place] == "full" or not rows)
        alike = [year for (urn, year), state in values.items() if urn == place[0] and state == states[place]]
        assert place[1] == max(alike)


@pytest.mark.slow
def test_one_school_and_many_at_once_prefer_the_same_of_several_rows():
    """Before, a number stood in both before what was withheld."""
    (indicator,) = [one for one in load_indicators() if one.key == "ks2_rwm_expected"]
    for states in itertools.permutations([("full", NEW), ("value", NEW), ("suppressed", OLD), ("full", OLD)], 2):
        rows = []
        for number, (state, published) in enumerate(states):
            value = None if state == "suppressed" else 50.0 + number
            kind = "suppressed" if value is None else "available"
            row = tell("a", 2019, value, 20.0 if state == "full" else None, NEW, kind)
            rows.append(row | {"published_urn": published})
        frame = observe(*rows)
        one = FigureTable(frame).find(Level.SCHOOL, "ks2_rwm_expected", PupilGroup.ALL)[2019]
        many = lay_out(frame, [NEW], [indicator], 2019)
        assert (one.value is None) == np.isnan(many.value[0, 0, 2]) == (("suppressed", OLD) in states)
        if one.value is not None:
            assert one.value == many.value[0, 0, 2]


@pytest.mark.slow
@given(st.sampled_from(list(Availability)), st.booleans(), st.booleans())
@settings(max_examples=count_examples(30))
def test_a_figure_and_a_row_have_the_same_place(kind, has_pupils, is_own):
    value = 50.0 if kind is Availability.AVAILABLE else None
    row = tell("a", 2019, value, 20.0 if has_pupils else None, NEW, str(kind))
    frame = observe(row | {"published_urn": NEW if is_own else OLD})
    assert prefer_rows(frame).tolist() == [prefer_figure(kind, 20.0 if has_pupils else None, is_own)]
