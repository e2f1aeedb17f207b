"""Subjects at key stage 4: entries and grades by school, in each layout, with small numbers withheld."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wide_files import read_file, save

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.families.tidy.subject_numbers import withhold_small
from pipeline.sources.joining.subjects import join_subjects
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared
from pipeline.sources.reading import PublishedFile

EES = (
    "time_period,time_identifier,geographic_level,country_code,country_name,school_laestab,school_urn,school_name,"
    "old_la_code,new_la_code,la_name,version,establishment_type_group,pupil_count,qualification_type,"
    "qualification_detailed,grade_structure,subject,discount_code,subject_discount_group,grade,number_achieving"
)
EES_2024 = (
    "time_period,time_identifier,geographic_level,country_code,country_name,school_laestab,school_urn,school_name,"
    "old_la_code,new_la_code,la_name,version,establishment_type_group,t_pupils,qualification_type,"
    "qualification_detailed,grade_structure,discount_code,subject_discount_group,subject_detailed,subject,grade,"
    "number_achieving"
)
UNDERLYING = (
    "Unique Reference Number (URN),School or college name,Institution type,Pupils at end-KS4,Qualification,"
    "Qualification description,Grade structure of qualification,Discount code,Subject discount group,"
    "Subject description,Grade,Grade description,Number of entries at grade"
)
GCSE, DOUBLE = "GCSE (9-1) Full Course", "GCSE (9-1) Full Course (Double Award)"
TOTAL = "Total exam entries"
#: Thirty entries in maths: eight at 7 and above, sixteen at 5, twenty-four at 4.
MATHS = {"9": 2, "8": 3, "7": 3, "6": 4, "5": 4, "4": 8, "3": 4, "2": 1, "1": 1, "U": 0, TOTAL: 30}


def write(
    grades,
    *,
    urn=900013,
    level="School",
    la="998",
    subject="Mathematics",
    qualification=GCSE,
    code="RB1",
    version="Final",
    year="202425",
    header=EES,
):
    """The lines of one subject, a grade a line."""
    cells = {
        "time_period": year, "time_identifier": "Academic year", "geographic_level": level, "school_urn": str(urn),
        "old_la_code": la, "version": version, "establishment_type_group": "All state-funded", "pupil_count": "120",
        "qualification_type": "GCSE", "qualification_detailed": qualification, "grade_structure": "9-1",
        "subject": subject, "subject_detailed": subject, "discount_code": code,
        "subject_discount_group": f"{subject} (General)",
        "Unique Reference Number (URN)": str(urn), "Institution type": "Community school",
        "Qualification": qualification, "Grade structure of qualification": "9-1", "Discount code": code,
        "Subject discount group": subject, "Subject description": subject,
    }  # fmt: skip
    number = "number_achieving" if "grade" in header.split(",") else "Number of entries at grade"
    return [
        ",".join(
            str({**cells, "grade": grade, "Grade": grade, number: count}.get(name, "")) for name in header.split(",")
        )
        for grade, count in grades.items()
    ]


def read(tmp_path, *subjects, header=EES, name="a.csv", **about):
    text = "\n".join([header, *(line for lines in subjects for line in lines)]) + "\n"
    file = save(tmp_path, name, text)
    return read_file(PublishedFile(file.path, file.name, **about) if about else file)[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("header", "name"),
    [(EES, "a.csv"), (EES_2024, "a.csv"), (UNDERLYING, "2024-2025/a.csv")],
    ids=["22 columns", "23 columns", "underlying data"],
)
def test_entries_and_grades_are_read_in_each_layout_and_the_total_is_not_added(tmp_path, header, name):
    reading = read(tmp_path, write(MATHS, header=header), header=header, name=name)
    (row,) = reading.subjects.to_dict("records")
    told = {key: row[key] for key in ("urn", "year", "subject", "qualification", "entries", "at_7", "at_5", "at_4")}
    assert told == {
        "urn": 900013, "year": 2025, "subject": "Mathematics", "qualification": GCSE,
        "entries": 30, "at_7": 8, "at_5": 16, "at_4": 24,
    }  # fmt: skip
    assert (row["scale"], row["availability"], row["grades"]) == ("9-1", "available", "available")
    assert reading.rows_by_kind == {"school": 11} and reading.faults == ()


@pytest.mark.slow
def test_the_layout_that_tells_no_year_takes_it_from_edition_yaml(tmp_path):
    lines = write(MATHS, header=UNDERLYING)
    with pytest.raises(FaultyInput, match="nothing tells which academic year"):
        read(tmp_path, lines, header=UNDERLYING)
    assert read(tmp_path, lines, header=UNDERLYING, year=2024).subjects["year"].tolist() == [2024]


@pytest.mark.slow
def test_without_a_total_the_grades_are_added(tmp_path):
    grades = {grade: count for grade, count in MATHS.items() if grade != TOTAL}
    assert read(tmp_path, write(grades)).subjects["entries"].tolist() == [30]


@pytest.mark.slow
def test_of_a_double_award_both_grades_count(tmp_path):
    grades = {"99": 6, "76": 7, "65": 6, "54": 6, "43": 8, "33": 7, TOTAL: 40}
    (row,) = read(tmp_path, write(grades, qualification=DOUBLE)).subjects.to_dict("records")
    assert (row["scale"], row["at_7"], row["at_5"], row["at_4"]) == ("9-1, double award", 6, 19, 25)


@pytest.mark.slow
def test_other_scales_have_entries_alone(tmp_path):
    grades = {"Level 2 Distinction": 9, "Level 2 Pass": 11, TOTAL: 20}
    reading = read(tmp_path, write(grades, qualification="BTEC Technical Award L1 / 2", subject="Sport"))
    (row,) = reading.subjects.to_dict("records")
    assert (row["entries"], row["grades"], np.isnan(row["at_5"])) == (20, "not applicable", True)
    assert reading.faults == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("grades", "told"),
    [
        ({"5": 3, "3": 2, TOTAL: 5}, (None, None, None, None)),  # five entries
        ({"7": 6, "5": 6, "4": 6, "3": 6, TOTAL: 24}, (24, 6, 12, 18)),
        ({"7": 0, "5": 0, "4": 8, "3": 8, TOTAL: 16}, (16, 0, 0, 8)),  # none is no small number
        ({"7": 3, "5": 9, "4": 8, "3": 8, TOTAL: 28}, (28, None, 12, 20)),  # three at 7 and above
        ({"7": 8, "5": 4, "4": 8, "3": 8, TOTAL: 28}, (28, None, 12, 20)),  # 12 less 8 would give four
        ({"7": 8, "5": 9, "4": 2, "3": 8, TOTAL: 27}, (27, 8, None, 19)),  # so would 19 less 17
        ({"7": 8, "5": 9, "4": 8, "3": 2, TOTAL: 27}, (27, 8, 17, None)),  # and 27 less 25
        ({"4": 30, TOTAL: 30}, (30, 0, 0, 30)),
    ],
)
def test_small_numbers_are_withheld_and_so_is_what_gives_them_back(tmp_path, grades, told):
    (row,) = read(tmp_path, write(grades)).subjects.to_dict("records")
    found = tuple(None if np.isnan(row[name]) else row[name] for name in ("entries", "at_7", "at_5", "at_4"))
    assert found == told
    assert row["availability"] == ("suppressed" if told[0] is None else "available")
    assert row["grades"] == ("available" if None not in told else "suppressed")


@pytest.mark.slow
@given(
    st.lists(st.tuples(*[st.integers(0, 20)] * 4), min_size=1, max_size=20), st.integers(1, 10)
)  # at 7 and above, 5 or 6, 4, below 4
def test_no_number_that_is_told_or_follows_from_those_told_is_small(parts, fewest):
    counts = np.array(parts, dtype=float)
    frame = pd.DataFrame({
        "level": "school", "entries": counts.sum(axis=1), "at_7": counts[:, 0], "at_5": counts[:, :2].sum(axis=1),
        "at_4": counts[:, :3].sum(axis=1), "availability": "available", "grades": "available",
    })  # fmt: skip
    kept, withheld = withhold_small(frame, fewest)
    for before, after in zip(frame.to_dict("records"), kept.to_dict("records"), strict=True):
        told = [after[name] for name in ("entries", "at_4", "at_5", "at_7") if not np.isnan(after[name])]
        if np.isnan(after["entries"]):
            assert told == [] and 0 < before["entries"] < fewest
        for one in (*told, 0):
            for other in told:
                assert not 0 < abs(other - one) < fewest
        assert all(np.isnan(after[name]) or after[name] == before[name] for name in ("entries", "at_7", "at_5", "at_4"))
    assert withheld == int(kept[["entries", "at_7", "at_5", "at_4"]].isna().any(axis=1).sum())


@pytest.mark.slow
def test_england_is_never_withheld(tmp_path):
    england = write({"5": 3, "3": 2, TOTAL: 5}, level="National", urn="", la="")
    (row,) = read(tmp_path, england).subjects.to_dict("records")
    assert (row["level"], row["entries"], row["at_5"]) == ("england, state-funded", 5, 3)


@pytest.mark.slow
def test_an_edition_may_ask_for_more(tmp_path):
    subjects = read(tmp_path, write({"5": 4, "3": 4, TOTAL: 8}), smallest_number=10).subjects
    assert subjects["entries"].isna().all()


@pytest.mark.slow
def test_what_the_file_withholds_stays_withheld(tmp_path):
    """Of the grades at 5 and above one is not told: neither is their number, though the total would give it."""
    grades = {"7": 8, "6": "c", "4": 8, "3": 10, TOTAL: 30}
    (row,) = read(tmp_path, write(grades)).subjects.to_dict("records")
    assert (row["entries"], row["at_7"], row["grades"]) == (30, 8, "suppressed")
    assert np.isnan(row["at_5"]) and np.isnan(row["at_4"])
    (row,) = read(tmp_path, write({**MATHS, TOTAL: "c"})).subjects.to_dict("records")
    assert (row["availability"], row["grades"]) == ("suppressed", "suppressed") and np.isnan(row["entries"])


@pytest.mark.slow
def test_grades_that_do_not_add_up_are_named_and_not_used(tmp_path):
    reading = read(tmp_path, write({**MATHS, TOTAL: 31}), write({**MATHS, TOTAL: "c"}, subject="Art", code="JA2"))
    row = reading.subjects.set_index("subject").loc["Mathematics"]
    assert (row["entries"], row["grades"]) == (31, "questioned") and np.isnan(row["at_5"])
    (fault,) = reading.faults
    assert (fault.line, fault.column, fault.what) == (
        12,
        "number_achieving",
        "the grades do not add up to all entries of the subject: they are not used",
    )


@pytest.mark.slow
def test_unknown_words_are_named_with_their_lines(tmp_path):
    reading = read(tmp_path, write({"7": 8, "Merit": 3, "5": "??", TOTAL: 11}))
    assert [(fault.line, fault.column) for fault in reading.faults] == [(3, "grade"), (4, "number_achieving")]
    assert reading.subjects["grades"].tolist() == ["questioned"]


@pytest.mark.slow
def test_rows_of_other_places_and_schools_without_a_urn_are_counted(tmp_path):
    reading = read(
        tmp_path,
        write(MATHS),
        write({TOTAL: 30}, level="Local authority", urn=""),
        write({TOTAL: 30}, urn="none", subject="Art"),
    )
    assert reading.rows_by_kind == {"school": 11, "other area, not read": 1, "school without a URN, not read": 1}
    assert [(fault.line, fault.column) for fault in reading.faults] == [(14, "school_urn")]


@pytest.mark.slow
def test_a_later_version_replaces_an_earlier_one_and_repeats_count_once(tmp_path):
    early = write({**MATHS, "4": 7, TOTAL: 29}, version="Provisional")
    reading = read(tmp_path, early, write(MATHS), write(MATHS)[:1])
    assert reading.subjects["entries"].tolist() == [30]
    assert reading.rows_by_kind == {"older version, not read": 11, "repeated row": 1, "school": 11}
    [refused] = read(tmp_path, write(MATHS), write({"9": 4})).refused
    assert "another number for the same school, subject and grade" in refused.what


@pytest.mark.slow
def test_subjects_of_one_name_stay_apart(tmp_path):
    reading = read(
        tmp_path,
        write(MATHS, subject="Other Modern Languages", code="FK1"),
        write(MATHS, subject="Other Modern Languages", code="FK2"),
    )
    assert reading.subjects["discount_code"].tolist() == ["FK1", "FK2"]


@pytest.mark.slow
def test_england_is_summed_where_the_file_is_a_countrys_and_holds_no_row_of_it(tmp_path):
    schools = [write(MATHS, urn=900100 + place, la=str(200 + place)) for place in range(101)]
    subjects = read(tmp_path, *schools).subjects
    england = subjects[subjects["level"] != "school"]
    assert england[["entries", "at_5", "summed"]].to_numpy().tolist() == [[3030, 1616, True]]
    assert (read(tmp_path, *schools[:100]).subjects["level"] == "school").all()
    printed = write({"5": 60, "3": 40, TOTAL: 100}, level="National", urn="", la="")
    england = read(tmp_path, *schools, printed).subjects.query("level != 'school'")
    assert england[["entries", "at_5"]].to_numpy().tolist() == [[100, 60]] and not england["summed"].any()


def _tell(tmp_path, name, **about):
    return read(tmp_path, write(MATHS | about.pop("grades", {}), **about), name=name).subjects


@pytest.mark.slow
def test_a_school_has_what_was_told_of_the_one_it_followed_and_one_file_tells_a_year(tmp_path):
    told = [
        (2024, _tell(tmp_path, "old.csv", urn=900099, year="202324")),
        (2025, _tell(tmp_path, "provisional.csv", version="Provisional", grades={"4": 9, TOTAL: 31})),
        (2025, _tell(tmp_path, "final.csv")),
        (2026, _tell(tmp_path, "later.csv", year="202526")),
    ]
    links = pd.DataFrame({"urn": [900013], "predecessor": [900099], "chained": [True]})
    joined = join_subjects(told, links, 2025)
    assert joined[["urn", "published_urn", "year", "entries"]].astype(int).to_numpy().tolist() == [
        [900013, 900099, 2024, 30],
        [900013, 900013, 2025, 30],
        [900099, 900099, 2024, 30],
    ]
    assert joined["file"].tolist() == ["old.csv", "final.csv", "old.csv"]


@pytest.mark.slow
def test_the_prepared_edition_keeps_them_by_school_with_england(tmp_path):
    england = write({"5": 60, "3": 40, TOTAL: 100}, level="National", urn="", la="")
    text = "\n".join([EES, *write(MATHS), *write(MATHS, urn=900014), *england]) + "\n"
    found = prepare_edition([save(tmp_path, "a.csv", text)], tmp_path / "prepared", year=2025)
    assert found.faults == found.warnings == ()
    assert found.reconciliations[0].notes == ("2 subjects of 2 schools",) and found.reconciliations[0].schools == 2
    tables = open_prepared(tmp_path / "prepared")
    assert tables.subjects()["urn"].dropna().tolist() == [900013, 900014]
    assert tables.subjects([900014])["entries"].tolist() == [30]


@pytest.mark.slow
def test_subjects_beside_the_urn_of_another_school_are_left_out(tmp_path):
    """A row says Ash High and bears the URN of Birch High: whose subjects they are nobody knows."""
    lists = (
        "URN,LANAME,LA,ESTAB,SCHNAME,TOWN,SCHSTATUS,OPENDATE,CLOSEDATE,MINORGROUP,SCHOOLTYPE,ISPRIMARY,ISSECONDARY,"
        "AGELOW,AGEHIGH,GENDER,RELCHAR\n"
    )
    for urn, estab, name in ((900013, 4013, "Ash High"), (900014, 4014, "Birch High"), (900015, 4015, "Cedar High")):
        lists += f"{urn},Marlshire,998,{estab},{name},,Open,,,Maintained school,Community school,0,1,11,16,Mixed,\n"
    named = [line.replace(",,900014,,", ",9984013,900014,Ash High,", 1) for line in write(MATHS, urn=900014)]
    text = "\n".join([EES, *write(MATHS, urn=900015), *named]) + "\n"
    files = [save(tmp_path, "list.csv", lists), save(tmp_path, "subjects.csv", text)]
    found = prepare_edition(files, tmp_path / "prepared", year=2025)
    assert found.faults == () and [fault.file for fault in found.warnings] == ["subjects.csv"]
    assert open_prepared(tmp_path / "prepared").subjects()["urn"].tolist() == [900015]
