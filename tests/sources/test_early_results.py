"""Early results: what the files may say, how pupils are counted, and which figures stand beside published ones."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_folder import list_faults, list_remedies, read, write

from pipeline.analysis.indicators import load_indicators
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.vocabulary import Availability, PupilGroup
from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.sources.joining.early import settle_early
from pipeline.sources.local.early_measures import EARLY
from tests.conftest import count_examples

HEADINGS = "urn,measure,group,number,of_how_many,value,year,note\n"
PUPILS = "urn,disadvantaged,reading,writing,maths,gps,science,attainment8,english_grade,maths_grade\n"
GIVEN = Availability.AVAILABLE


def early(folder, text, *, smallest=6, **files):
    """What ``early_results.csv`` with the rows ``text`` gives: (school, measure, group, year) → (value, pupils)."""
    from local_folder import DATE, SCHOOLS

    from pipeline.sources.local.folder import read_local

    local = write(folder, early_results=HEADINGS + text, **files)
    frame = read_local(local, SCHOOLS, year=2025, date=DATE, smallest=smallest).local.early
    return tell(frame)


def tell(frame):
    return {
        (int(row.urn), row.measure, row.group, int(row.year)): (
            None if pd.isna(row.value) else round(row.value, 4),
            None if pd.isna(row.cohort) else row.cohort,
            str(row.availability),
        )
        for row in frame.itertuples(index=False)
    }


def test_a_share_is_a_number_of_pupils_and_an_average_is_one(tmp_path):
    found = early(
        tmp_path,
        '900001,"reading, writing and maths expected",,20,30,,,\n'
        "900001,ks2_reading_expected,disadvantaged,6,8,,,\n"
        "900001,reading average score,all,,30,104.2,,from the school\n"
        "900012,Attainment 8,all,,120,46.75,2023/24,\n",
    )
    assert found == {
        (900001, "ks2_rwm_expected", "all", 2025): (66.6667, 30, GIVEN),
        (900001, "ks2_reading_expected", "disadvantaged", 2025): (75, 8, GIVEN),
        (900001, "ks2_reading_score", "all", 2025): (104.2, 30, GIVEN),
        (900012, "ks4_attainment8", "all", 2024): (46.75, 120, GIVEN),
    }


def test_columns_that_may_be_left_out_may_be(tmp_path):
    text = "school,URN,Measure,Number,of how many\nAsh,900001,rwm expected,20,30\n"
    frame = read(tmp_path, early_results=text).local.early
    assert tell(frame) == {(900001, "ks2_rwm_expected", "all", 2025): (66.6667, 30, GIVEN)}
    assert [str(file) for file in frame["file"]] == ["local/early_results.csv"]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("900001,rwm expected,,31,30,,,", "line 2, column number (URN 900001): more pupils reached it than"),
        ("900001,rwm expected,,66%,30,,,", "line 2, column number (URN 900001): is no number"),
        ("900001,rwm expected,,66.7,30,,,", "line 2, column number (URN 900001): is no number of pupils"),
        ("900001,rwm expected,,,30,66,,", "line 2, column number (URN 900001): how many pupils reached it is missing"),
        (
            "900001,rwm expected,,,30,66,,",
            "line 2, column value (URN 900001): reading, writing and maths expected is a",
        ),
        ("900001,rwm expected,,20,,,,", "line 2, column of_how_many (URN 900001): how many pupils the figure covers"),
        ("900001,maths average score,,20,30,,,", "line 2, column number (URN 900001): maths average score is an"),
        ("900001,maths average score,,,30,3120,,", "line 2, column value (URN 900001): 3120 is impossible: maths"),
        ("900001,Attainment 8,,,30,93,,", "line 2, column value (URN 900001): 93 is impossible: Attainment 8 lies"),
        ("900001,progress 8,,,30,0.2,,", "line 2, column measure (URN 900001): 'progress 8' is no measure of early"),
        ("900001,rwm expected,boys,20,30,,,", "line 2, column group (URN 900001): 'boys' is no group of pupils"),
        ("900001,rwm expected,,20,30,,2025/26,", "line 2, column year (URN 900001): 2025/26 is none of the years"),
        ("900001,rwm expected,,20,30,,last,", "line 2, column year (URN 900001): 'last' is not an academic year"),
        ("900501,rwm expected,,20,30,,,", "line 2, column urn (URN 900501): URN 900501 is Hollin Mount School"),
    ],
)
def test_a_fault_says_where_and_what(tmp_path, row, fault):
    found = list_faults(tmp_path, early_results=f"{HEADINGS}{row}\n")
    assert any(one.startswith(f"local/early_results.csv, {fault}") for one in found), found


@pytest.mark.slow
def test_all_faults_of_the_file_come_at_once_with_what_to_do(tmp_path):
    text = f"{HEADINGS}900001,reading expcted,,20,30,,,\n900001,rwm expected,,31,30,,,\n900001,rwm expected,,20,30,,,\n"
    assert len(list_faults(tmp_path, early_results=text)) == 3  # the last repeats the one before it
    assert "Did you mean 'reading expected'?" in list_remedies(tmp_path, early_results=text)[0]
    assert "Attainment 8" in list_remedies(tmp_path, early_results=text)[0]  # every measure is listed


def test_a_percentage_in_place_of_a_number_is_one_fault(tmp_path):
    rows = "900001,rwm expected,,68%,30,,,\n900001,rwm expected,other,20,30,,,\n900002,rwm expected,,6,30%,,,\n"
    assert [fault.partition(", line ")[2] for fault in list_faults(tmp_path, early_results=HEADINGS + rows)] == [
        "2, column number (URN 900001): is no number",
        "4, column of_how_many (URN 900002): is no number of pupils",
    ]


@pytest.mark.slow
def test_parts_cannot_be_more_than_the_whole_and_no_number_is_told_of_them(tmp_path):
    rows = (
        "900001,rwm expected,,20,30,,,\n900001,rwm expected,disadvantaged,3,5,,,\n900001,rwm expected,other,{},{},,,\n"
    )
    assert list_faults(tmp_path, early_results=HEADINGS + rows.format(17, 25)) == []
    for number, pupils, what in ((17, 26, "the groups of its"), (18, 25, "more pupils"), (16, 25, "fewer pupils")):
        (fault,) = list_faults(tmp_path, early_results=HEADINGS + rows.format(number, pupils))
        assert what in fault and not any(mark.isdigit() for mark in fault.partition("(URN 900001)")[2])


def test_a_figure_of_few_pupils_is_withheld_with_their_number(tmp_path):
    found = early(tmp_path, "900001,rwm expected,,3,5,,,\n900002,rwm expected,,3,6,,,\n900012,rwm expected,,c,,,,\n")
    assert found[900001, "ks2_rwm_expected", "all", 2025] == (None, None, Availability.SUPPRESSED)
    assert found[900002, "ks2_rwm_expected", "all", 2025] == (50, 6, GIVEN)
    assert found[900012, "ks2_rwm_expected", "all", 2025] == (None, None, Availability.SUPPRESSED)


# A list of pupils


def pupils(folder, rows, **files):
    return tell(read_pupils(folder, rows, **files).local.early)


def read_pupils(folder, rows, **files):
    from local_folder import DATE, SCHOOLS

    from pipeline.sources.local.folder import read_local

    local = write(folder, early_pupils=PUPILS + rows, **files)
    return read_local(local, SCHOOLS, year=2025, date=DATE, smallest=6)


#: Twelve pupils: six disadvantaged, of whom two reach all three; of the other six five do.
CLASS = (
    "900001,yes,104,EXS,103,99,EXS,,,\n900001,yes,100,GDS,100,101,EXS,,,\n900001,yes,99,EXS,110,98,EXS,,,\n"
    "900001,yes,108,WTS,104,104,EXS,,,\n900001,yes,B,PK4,B,B,HNM,,,\n900001,yes,A,EXS,101,100,EXS,,,\n"
    "900001,no,112,GDS,113,111,EXS,,,\n900001,no,110,GDS,110,110,EXS,,,\n900001,no,105,EXS,107,103,EXS,,,\n"
    "900001,no,101,EXS,100,100,EXS,,,\n900001,no,100,EXS,100,100,EXS,,,\n900001,no,M,EXS,104,102,EXS,,,\n"
)


def test_pupils_are_counted_as_the_published_figures_count_them(tmp_path):
    found = pupils(tmp_path, CLASS)
    # one lost paper: 11 pupils count in reading and so in all three; 7 of them reach all three
    assert found[900001, "ks2_rwm_expected", "all", 2025] == (round(100 * 7 / 11, 4), 11, GIVEN)
    assert found[900001, "ks2_rwm_higher", "all", 2025] == (round(100 * 2 / 11, 4), 11, GIVEN)
    assert found[900001, "ks2_rwm_expected", "disadvantaged", 2025] == (round(100 * 2 / 6, 4), 6, GIVEN)
    assert found[900001, "ks2_rwm_expected", "other", 2025] == (None, None, Availability.SUPPRESSED)  # five of six
    assert found[900001, "ks2_maths_expected", "all", 2025] == (round(100 * 11 / 12, 4), 12, GIVEN)
    assert found[900001, "ks2_writing_expected", "all", 2025] == (round(100 * 10 / 12, 4), 12, GIVEN)
    # who sat the test has a score: of eleven maths scores
    scores = (103, 100, 110, 104, 101, 113, 110, 107, 100, 100, 104)
    assert found[900001, "ks2_maths_score", "all", 2025] == (round(sum(scores) / 11, 4), 11, GIVEN)


def test_grades_and_points_of_key_stage_4_are_counted(tmp_path):
    rows = "".join(
        f"900012,{dis},,,,,,{points},{english},{maths}\n"
        for dis, points, english, maths in (
            *(("no", 60.5, 7, 6), ("no", 44, 5, 5), ("no", 39.5, 5, 4), ("no", 30, 4, 4)),
            *(("no", 12, 3, 4), ("no", 0, "X", "U"), ("no", 52, 6, 9), ("no", 38, 4, 5)),
        )
    )
    found = pupils(tmp_path, rows)
    assert found[900012, "ks4_english_maths_95", "all", 2025] == (37.5, 8, GIVEN)
    assert found[900012, "ks4_english_maths_94", "all", 2025] == (75, 8, GIVEN)
    assert found[900012, "ks4_attainment8", "all", 2025] == (34.5, 8, GIVEN)
    assert (900012, "ks4_attainment8", "disadvantaged", 2025) not in found


def test_what_a_word_leaves_open_is_not_counted_and_said(tmp_path):
    rows = "".join(f"900001,,AS,EXS,10{n},,,,,\n" for n in range(8))
    reading = read_pupils(tmp_path, rows)
    found = tell(reading.local.early)
    assert found[900001, "ks2_rwm_expected", "all", 2025] == (100, 8, GIVEN)
    assert (900001, "ks2_reading_score", "all", 2025) not in found
    assert [str(one).splitlines()[0] for one in reading.warnings] == [
        "local/early_pupils.csv (URN 900001): reading average score is not counted for URN 900001: "
        "results told by a word leave it open"
    ]


SECRETS = ("Zebedee", "1234567", "Quixote", "117.5", "A123456789012")


@pytest.mark.parametrize(
    "text",
    [
        f"{PUPILS}Zebedee,yes,104,EXS,103,99,EXS,,,\n",
        f"{PUPILS}1234567,yes,104,EXS,103,99,EXS,,,\n",
        f"{PUPILS}900001,Quixote,104,EXS,103,99,EXS,,,\n",
        f"{PUPILS}900001,yes,117.5,EXS,103,99,EXS,,,\n",
        f"{PUPILS}900001,yes,Quixote,EXS,103,99,EXS,,,\n",
        f"{PUPILS}900001,yes,,,,,,117.5,Zebedee,5\n",
        f"{PUPILS}900001,yes,104,,103,99,,,,\n900001,yes,104,EXS,103,99,,,,\n",
        f"{PUPILS}900001,yes,104,EXS,103,99,EXS,,,,Zebedee,Quixote\n",
        f'{PUPILS}900001,yes,104,"Zeb"edee,103,99,EXS,,,\n',
        "900001,Zebedee,A123456789012,104,117.5\n900001,Quixote,1234567,103,101\n",
        "900001,Zebedee,Zebedee,104,117.5\n900001,Quixote,1234567,103,101\n",
        "Zebedee Quixote 117.5\nA123456789012\n",
        f"{PUPILS.strip()},name\n900001,yes,104,EXS,103,99,EXS,,,,Zebedee\n",
        f"{PUPILS}900001,,,,,,,,,\n",
    ],
)
def test_what_is_wrong_in_a_list_of_pupils_is_told_without_what_stands_there(tmp_path, text):
    with pytest.raises(FaultyInput) as raised:
        read(tmp_path, early_pupils=text)
    told = str(raised.value)
    assert "local/early_pupils.csv" in told
    assert not [secret for secret in SECRETS if secret.casefold() in told.casefold()]


@pytest.mark.slow
def test_what_both_files_say_must_be_the_same(tmp_path):
    alike = HEADINGS + "900001,rwm expected,,7,11,,,\n900001,maths average score,,,11,104.7,,\n"
    assert (900001, "ks2_rwm_expected", "all", 2025) in pupils(tmp_path, CLASS, early_results=alike)
    with pytest.raises(FaultyInput) as raised:
        read_pupils(tmp_path, CLASS, early_results=HEADINGS + "900001,rwm expected,,8,11,,,\n")
    (fault,) = raised.value.faults
    assert (fault.file, fault.line, fault.column, fault.urn) == ("local/early_results.csv", 2, "number", 900001)
    assert "early_pupils.csv counts otherwise for reading, writing and maths expected, 2024/25" in fault.what


# Beside what is published


def figures(*rows):
    """OBSERVATIONS of rows (urn, measure, group, year, value, pupils, availability)."""
    made = [
        {
            "level": "school",
            "urn": urn,
            "published_urn": urn,
            "measure": measure,
            "group": str(group),
            "year": year,
            "value": value,
            "cohort": cohort,
            "step": 1.0,
            "unit": "percent",
            "availability": str(said),
            "word": "",
            "file": "x.csv",
            "line": 1,
            "column": "",
        }
        for urn, measure, group, year, value, cohort, said in rows
    ]
    return shape_frame(pd.DataFrame(made, columns=list(OBSERVATIONS)), OBSERVATIONS)


RWM, ALL, DIS, OTHER = "ks2_rwm_expected", PupilGroup.ALL, PupilGroup.DISADVANTAGED, PupilGroup.OTHER
NONE = float("nan")


@pytest.mark.slow
def test_the_published_figure_wins_and_what_moved_is_told():
    early = figures(
        (1, RWM, ALL, 2025, 100 * 21 / 30, 30, GIVEN),
        (2, RWM, ALL, 2025, 100 * 20 / 30, 30, GIVEN),
        (3, RWM, ALL, 2025, 100 * 20 / 30, 30, GIVEN),
        (4, RWM, ALL, 2025, 100 * 20 / 30, 30, GIVEN),
        (5, RWM, ALL, 2025, 100 * 20 / 30, 30, GIVEN),
    ).assign(step=0.0)
    published = figures(
        (1, RWM, ALL, 2025, 73, 30, GIVEN),
        (2, RWM, ALL, 2025, 67, 30, GIVEN),
        (3, RWM, ALL, 2025, 67, 29, GIVEN),
        (4, RWM, ALL, 2025, NONE, NONE, Availability.SUPPRESSED),
        (5, RWM, ALL, 2025, NONE, NONE, Availability.NOT_APPLICABLE),
    )
    settled = settle_early(early, published, 6)
    assert settled.standing["urn"].tolist() == [5]  # a cell that tells nothing leaves it standing
    told = settled.compared.set_index("urn")
    assert told["moved"].tolist() == [True, False, True, True]
    assert told.loc[1, ["early", "early_pupils", "value", "pupils"]].tolist() == [70, 30, 73, 30]
    assert told.loc[4, ["early", "early_pupils", "value", "pupils"]].isna().all()  # the publisher withholds it


@pytest.mark.slow
def test_what_is_left_over_of_all_pupils_is_no_small_number():
    early = figures((1, RWM, ALL, 2025, 70, 30, GIVEN), (1, RWM, DIS, 2025, 40, 25, GIVEN))  # five others
    assert tell(settle_early(early, figures(), 6).standing) == {
        (1, RWM, "all", 2025): (70, 30, GIVEN),
        (1, RWM, "disadvantaged", 2025): (None, None, Availability.SUPPRESSED),
    }
    beside = figures((1, RWM, ALL, 2025, 70, 30, GIVEN))
    (only,) = tell(settle_early(early.iloc[1:], beside, 6).standing).values()
    assert only == (None, None, Availability.SUPPRESSED)
    withheld = figures(
        (1, RWM, ALL, 2025, 70, 30, GIVEN),
        (1, RWM, DIS, 2025, NONE, NONE, Availability.SUPPRESSED),
        (1, RWM, OTHER, 2025, 80, 25, GIVEN),
    )
    found = tell(settle_early(withheld, figures(), 6).standing)
    assert found[1, RWM, "other", 2025] == (None, None, Availability.SUPPRESSED)
    compared = settle_early(withheld, figures((1, RWM, OTHER, 2025, 80, 25, GIVEN)), 6).compared
    assert compared[["early", "early_pupils"]].isna().all(axis=None)  # beside what is published no more than without


@pytest.mark.slow
def test_pupils_many_times_as_many_as_before_are_not_believed():
    early = figures((1, RWM, ALL, 2025, 70, 600, GIVEN), (2, RWM, ALL, 2025, 5, 30, GIVEN))
    before = figures((1, RWM, ALL, 2024, 68, 30, GIVEN), (2, RWM, ALL, 2024, 80, 30, GIVEN))
    settled = settle_early(early, before, 6)
    assert tell(settled.standing)[1, RWM, "all", 2025] == (None, None, Availability.QUESTIONED)
    assert tell(settled.standing)[2, RWM, "all", 2025] == (5, 30, GIVEN)  # far from before: used, and asked about
    assert ["not believed" in one.what for one in settled.warnings] == [True, False]


_SAID = st.sampled_from([GIVEN, *(one for one in Availability if one is not GIVEN)])
_ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from([RWM, "ks2_reading_expected"]),
        st.sampled_from([ALL, DIS, OTHER]),
        st.sampled_from([2024, 2025]),
        st.integers(0, 100),
        st.integers(1, 60),
        _SAID,
    ),
    unique_by=lambda row: row[:4],
)


def _blank(rows):
    return figures(*(row if row[6] == GIVEN else (*row[:4], NONE, NONE, row[6]) for row in rows))


@pytest.mark.slow
@settings(max_examples=count_examples(12))
@given(early=_ROWS, published=_ROWS)
def test_published_always_wins_and_nothing_small_is_left(early, published):
    """For any early results beside any published ones."""
    early = _blank([row for row in early if row[6] in (GIVEN, Availability.SUPPRESSED) and row[5] >= 6])
    told = _blank(published)
    settled = settle_early(early, told, 6)
    silent = (Availability.NOT_APPLICABLE, Availability.NOT_AVAILABLE, Availability.NEW_SCHOOL)
    has_come = {tuple(map(str, row[:4])) for row in published if row[6] not in silent}
    keys = {tuple(map(str, key)) for key in tell(early)}
    assert {tuple(map(str, key)) for key in tell(settled.standing)} == keys - has_come
    compared = settled.compared
    columns = (compared[name].astype(str) for name in ("urn", "measure", "group", "year"))
    assert set(zip(*columns, strict=True)) == keys & has_come
    assert len(compared) + len(settled.standing) == len(early)
    assert not compared.loc[compared["availability"].isin(["suppressed", "unreliable"]), "early"].notna().any()
    shown = {key: said for key, said in tell(settled.standing).items() if said[0] is not None}
    for (urn, measure, group, year), (_, pupils, _) in shown.items():
        assert pupils >= 6
        whole = shown.get((urn, measure, "all", year))
        assert group == "all" or whole is None or not 0 < whole[1] - pupils < 6


def test_every_early_measure_has_an_indicator_that_shows_it_in_the_same_unit():
    units = {one.measure: str(one.unit) for one in load_indicators() if one.method != "published_interval"}
    early = {key: str(one.unit) for key, one in EARLY.measures.items()}
    assert early == {key: units.get(key) for key in EARLY.measures}
