"""What an authority writes down itself: read as it is meant, and refused with every fault of every file."""

from __future__ import annotations

import csv
import io
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_folder import SCHOOLS, list_faults, list_remedies, read, write

from pipeline.foundation.errors import FaultyInput, PipelineError
from pipeline.sources.local import LOCAL_FILES, compose_template
from pipeline.sources.local.files import find_nearest, match_word
from pipeline.sources.local.prepared import load_local, open_local, write_local
from pipeline.sources.local.rows import Schools
from tests.conftest import count_examples

SELF = "urn,date,summary_grade,self_referral\n"
HEARD = "urn,date,kind,source,note\n"
PANEL = "urn,category,reason,person,date\n"
LAST = "urn,category\n"
DECISION = "900001,Focus support,The reason.,A. Adviser,2025-11-20\n"


def test_every_file_becomes_its_frame_sorted_by_school_and_date(tmp_path):
    local = read(
        tmp_path,
        self_evaluation=SELF + "900012,3/10/2025,Good,No\n900001,2025-10-06,,YES\n900001,2025-09-06,Outstanding,\n",
        soft_intelligence=HEARD + "900001,2025-09-01,Leadership-change,Adviser,\n",
        moderation=PANEL + DECISION,
        categories_last_year=LAST + "900012,insufficient evidence\n900001,SECURE plus\n",
    ).local
    assert local.self_evaluation.drop(columns="file").values.tolist() == [
        [900001, "2025-09-06", "Outstanding", False, 4],
        [900001, "2025-10-06", "", True, 3],
        [900012, "2025-10-03", "Good", False, 2],
    ]
    assert local.soft_intelligence["kind"].tolist() == ["leadership change"]
    assert local.moderation.values.tolist() == [
        [900001, "Focus support", "The reason.", "A. Adviser", "2025-11-20", "local/moderation.csv", 2]
    ]
    assert local.last_year[["urn", "category", "source"]].values.tolist() == [
        [900001, "Secure Plus", "categories_last_year.csv"],
        [900012, "Insufficient evidence", "categories_last_year.csv"],
    ]


@pytest.mark.slow
def test_a_folder_that_is_not_there_and_templates_say_nothing(tmp_path):
    templates = {file.stem: compose_template(file) for file in LOCAL_FILES}
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    for reading in (read(nowhere), read(tmp_path, **templates)):
        assert not any(len(getattr(reading.local, part.name)) for part in fields(reading.local))
        assert reading.warnings == ()


@pytest.mark.parametrize("file", LOCAL_FILES, ids=lambda file: file.stem)
def test_the_example_of_a_template_is_a_row_of_it(file):
    heading, *comments = compose_template(file).splitlines()
    assert all(comment.startswith("# ") for comment in comments)
    example = next(csv.reader([comments[-1].removeprefix("# ")]))
    assert len(example) == len(heading.split(","))
    assert all(comment.startswith(f"# {name}: ") for name, comment in zip(file.columns, comments[1:], strict=False))


def test_rows_behind_a_hash_count_for_nothing_even_over_several_lines(tmp_path):
    text = f'# our panels\n{PANEL}# a,"b\nc"\n#900001,nonsense\n  # 1\n{DECISION}\n\n#\n'
    local = read(tmp_path, moderation=text).local
    assert local.moderation["line"].tolist() == [7]


def test_spreadsheets_may_add_marks_blanks_capitals_and_a_column_with_the_schools_name(tmp_path):
    text = f"\ufeffURN,School,Category,Reason,PERSON, Date ,,\n900001.0,Ash,{DECISION[7:-1]},,\n,,,,,,,\n"
    assert read(tmp_path, moderation=text.replace("\n", "\r\n")).local.moderation["urn"].tolist() == [900001]
    old = "urn,category,reason,person,date\n900001,focus,Caf\xe9,\xc9lise,2025-11-20\n".encode("cp1252")
    assert read(tmp_path, moderation=old).local.moderation["reason"].tolist() == ["Café"]


def test_two_decisions_of_different_days_are_both_kept_and_the_later_stands_last(tmp_path):
    later = DECISION.replace("11-20", "12-01").replace("Focus", "Focus ")
    assert read(tmp_path, moderation=PANEL + later + DECISION).local.moderation["date"].tolist() == [
        "2025-11-20",
        "2025-12-01",
    ]


@pytest.mark.slow
def test_every_fault_of_every_file_is_told_at_once(tmp_path):
    faults = list_faults(
        tmp_path,
        moderation=PANEL
        + "900001,Focus suport,,A. Adviser,2025-11-20\n"
        + "900021,Focus support,=1+1,,20/11/2025\n"
        + "90001,Focus support,The reason.,A. Adviser,11/20/2025\n"
        + "900001,Focus support,Another.,A. Adviser,20/11/2025\n",
        self_evaluation=SELF + "900501,2026-09-01,Good,maybe\n,,,\n,x,Good,yes\n",
        soft_intelligence=HEARD + "900001,2022-08-31,leadership,,\n",
        categories_last_year=LAST + "9.0E+05,Good\n900001,focus\n900001,focus\n",
    )
    assert faults == [
        "local/categories_last_year.csv, line 2, column urn: a spreadsheet has rewritten the URN as 9.0E+05",
        "local/categories_last_year.csv, line 2, column category: 'Good' is no category of the policy",
        "local/categories_last_year.csv, line 4 (URN 900001): the school stands in line 3 too",
        "local/moderation.csv, line 2, column category (URN 900001): 'Focus suport' is no category of the policy",
        "local/moderation.csv, line 2, column reason (URN 900001): the reason is missing",
        "local/moderation.csv, line 3, column urn (URN 900021): no file of this edition names URN 900021",
        "local/moderation.csv, line 3, column person (URN 900021): the person is missing",
        "local/moderation.csv, line 4, column urn: '90001' is no URN: a URN has six digits",
        "local/moderation.csv, line 4, column date: '11/20/2025' has no month 20",
        "local/moderation.csv, line 5 (URN 900001): the school has another decision of the same day, in line 2",
        "local/self_evaluation.csv, line 2, column urn (URN 900501): "
        "URN 900501 is Hollin Mount School, which is no school of this edition's area",
        "local/self_evaluation.csv, line 2, column date (URN 900501): "
        "2026-09-01 is after 2025/26, the academic year in which the edition is dated",
        "local/self_evaluation.csv, line 2, column self_referral (URN 900501): "
        "'maybe' says neither that the school asks for support nor that it does not",
        "local/self_evaluation.csv, line 4, column urn: the URN is missing",
        "local/self_evaluation.csv, line 4, column date: 'x' is not a date",
        "local/soft_intelligence.csv, line 2, column date (URN 900001): "
        "2022-08-31 is before 2022/23, the earliest year this edition speaks of",
        "local/soft_intelligence.csv, line 2, column kind (URN 900001): 'leadership' is no kind of soft intelligence",
        "local/soft_intelligence.csv, line 2, column source (URN 900001): the source is missing",
    ]


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        ("900021", "Did you mean 900012 (Wychlade High School)?"),
        ("9000122", "Did you mean 900012 (Wychlade High School)?"),
        ("ash primary school", "Did you mean 900001 (Ash Primary School)?"),
        ("123456", "Correct it, add a school list that names the school to published/, or put # before the row."),
    ],
)
def test_the_nearest_school_is_suggested(tmp_path, cell, remedy):
    (said,) = list_remedies(tmp_path, categories_last_year=f"{LAST}{cell},focus\n")
    assert said.startswith(remedy)


def test_near_words_are_suggested(tmp_path):
    (said,) = list_remedies(tmp_path, moderation=PANEL + DECISION.replace("support", "suport"))
    assert said.startswith(
        "Did you mean 'Focus support'? Use one of: Secure Plus, Light touch support, Focus support, "
    )
    assert "secure_plus" not in said
    (said,) = list_remedies(tmp_path, moderation=PANEL, soft_intelligence=HEARD + "900001,2025-09-01,Finances,Me,\n")
    assert said.startswith("Did you mean 'finance'?")


def test_a_panel_may_not_decide_on_no_category_but_last_years_may_have_been_none(tmp_path):
    none = "Insufficient evidence"
    assert list_faults(tmp_path, moderation=PANEL + DECISION.replace("Focus support", none)) == [
        f"local/moderation.csv, line 2, column category (URN 900001): {none!r} is no category of the policy"
    ]
    assert list_faults(tmp_path, moderation=PANEL, categories_last_year=f"{LAST}900001,{none}\n") == []


@pytest.mark.parametrize("day", ["2025-07-01", "1/7/2025", "31/08/2026", "2026-02-28"])
def test_a_panel_may_meet_from_the_summer_to_the_end_of_the_year_in_which_the_edition_is_dated(tmp_path, day):
    assert list_faults(tmp_path, moderation=PANEL + DECISION.replace("2025-11-20", day)) == []


@pytest.mark.parametrize("day", ["2025-06-30", "30/06/2025", "2026-09-01", "20-11-2025", "20251120", "20/11/25", "Nov"])
def test_a_panel_of_another_edition_and_what_is_no_date_are_refused(tmp_path, day):
    (fault,) = list_faults(tmp_path, moderation=PANEL + DECISION.replace("2025-11-20", day))
    assert "column date" in fault


@pytest.mark.slow
def test_what_a_misspelt_heading_leaves_readable_is_told_at_once_and_nothing_of_its_own_column(tmp_path):
    heard = (
        "urn,date,kind,source,nte\n900001,3 October,staffing,Adviser,a\n" + 2 * "900001,2025-10-03,staffing,Adviser,b\n"
    )
    returns = "urn,year,measure,pupils,valu\nEngland,2024/25,phonics_expected,,\n900001,2024/25,phonix,30,\n"
    faults = list_faults(
        tmp_path,
        self_evaluation="urn,date,summary_grade,self_referal\n900001,2025-10-06,,\n900099,20 September 2025,,\n",
        soft_intelligence=heard,
        local_returns=returns,
    )
    assert [fault for fault in faults if ", line 1" not in fault] == [
        "local/local_returns.csv, line 3, column measure (URN 900001): 'phonix' is no measure of local returns",
        "local/self_evaluation.csv, line 3, column urn (URN 900099): no file of this edition names URN 900099",
        "local/self_evaluation.csv, line 3, column date (URN 900099): '20 September 2025' is not a date",
        "local/soft_intelligence.csv, line 2, column date (URN 900001): '3 October' is not a date",
    ]
    assert len(faults) == len(set(faults)) == 10


def test_a_heading_that_is_missing_or_unknown_is_named_with_the_one_that_was_meant(tmp_path):
    text = "urn,date,summary_grade,self_referal\n900001,2025-10-03,Good,yes\n"
    assert list_faults(tmp_path, self_evaluation=text) == [
        "local/self_evaluation.csv, line 1, column self_referal: no column of this file has this heading",
        "local/self_evaluation.csv, line 1: the column 'self_referral' is missing",
    ]
    assert list_remedies(tmp_path, self_evaluation=text)[0].startswith("Did you mean 'self_referral'?")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 workbook", "the file is an Excel workbook (.xlsx), not a CSV"),
        (PANEL.replace(",", ";").encode(), "the columns are separated by semicolons, not commas"),
        (f"{PANEL}900001,focus,a, b, c, d\n".encode(), "the row has 6 cells but there are only 5 headings"),
        (f'{PANEL}900001,focus,"a\n'.encode(), "a quotation mark is opened and never closed"),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_nobody_is_sent_to_a_publisher(tmp_path, content, said):
    (fault,) = list_faults(tmp_path, moderation=content)
    assert said in fault
    assert list_remedies(tmp_path, moderation=content) == [
        "Mend it in a text editor or a spreadsheet, and save it as CSV UTF-8."
    ]


@pytest.mark.parametrize("name", ["moderations.csv", "moderation.xlsx", "Moderation (1).csv", "soft-intelligence.csv"])
def test_a_file_nearly_called_as_one_of_ours_is_not_passed_over(tmp_path, name):
    (write(tmp_path) / name).write_text("x")
    (fault,) = list_faults(tmp_path)
    assert fault == f"local/{name}: no file is read under this name, and it looks as if it were meant to be"


@pytest.mark.parametrize("name", ["README.md", "recipients.csv", "minutes of the panel.docx", ".~lock.moderation.csv#"])
def test_other_files_may_lie_beside_them(tmp_path, name):
    (write(tmp_path) / name).write_text("x")
    assert list_faults(tmp_path) == []


@pytest.mark.slow
def test_a_hand_picked_list_of_schools_may_stand_beside_the_whole_areas_files(tmp_path):
    picked = Schools(SCHOOLS.own, SCHOOLS.others, only_own=False)
    reading = read(tmp_path, picked, categories_last_year=LAST + "900501,focus\n")
    assert [warning.what for warning in reading.warnings] == [
        "Hollin Mount School is none that this edition lists: the row counts for nothing"
    ]
    many = [("900501" if line in (2, 3, 4, 6) else "900001") + f",2025-10-0{line},Good,no\n" for line in range(2, 7)]
    pupils = "urn,disadvantaged,reading\n" + "900501,yes,101\n" * 3
    asked = read(tmp_path, picked, self_evaluation=SELF + "".join(many), early_pupils=pupils).warnings
    assert [(one.file, one.line, one.urn, one.what.partition("nothing; ")[2]) for one in asked] == [
        ("local/self_evaluation.csv", 2, 900501, "so it is in lines 3 to 4, 6"),
        ("local/categories_last_year.csv", 2, 900501, ""),
        ("local/early_pupils.csv", 2, None, "so it is in lines 3 to 4"),
    ]


def test_a_school_without_a_name_is_spoken_of_all_the_same(tmp_path):
    nameless = Schools({900001: ""}, {900501: ""})
    with pytest.raises(FaultyInput) as caught:
        read(tmp_path, nameless, categories_last_year=LAST + "900501,focus\n900010,focus\n")
    said = str(caught.value)
    assert "URN 900501 is a school whose name no file gives, which is no school" in said
    assert "Did you mean 900001 (a school whose name no file gives)?" in said


SPOKEN = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


NOTE = SPOKEN | SPOKEN.map(lambda text: "=" + text) | st.sampled_from(["-", ".", "NULL", "+1", "@SUM(A1)", "#", '"'])


@pytest.mark.slow
@settings(max_examples=count_examples(8))
@given(notes=st.lists(NOTE, min_size=1, max_size=20))
def test_any_note_is_kept_as_it_is_on_disk_and_back(tmp_path_factory, notes):
    folder = tmp_path_factory.mktemp("notes")
    text = io.StringIO(newline="")
    rows = [["900001", "2025-09-01", "finance", f"Adviser {place}", note] for place, note in enumerate(notes)]
    csv.writer(text).writerows([HEARD.strip().split(","), *rows])
    local = read(folder, soft_intelligence=text.getvalue()).local
    assert local.soft_intelligence["note"].tolist() == [note.strip() for note in notes]
    write_local(folder / "prepared" / "local", local)
    found = load_local(folder / "prepared", 900001)
    assert found.soft_intelligence.equals(local.soft_intelligence)
    assert load_local(folder / "prepared", 900002).soft_intelligence.empty


@given(st.sampled_from(["Secure Plus", "Light touch support"]), st.sampled_from([str.upper, str.lower, str.title]))
def test_words_are_known_whatever_their_capitals_blanks_and_hyphens(word, change):
    known = ["Secure Plus", "Light touch support"]
    assert match_word(change(word).replace(" ", "_"), known) == word
    assert find_nearest(f" {change(word)} ".replace(" ", "-"), known) == word


def test_an_edition_whose_local_files_were_not_read_gives_no_school_a_report_without_them(tmp_path):
    prepared = tmp_path / "prepared"
    assert open_local(prepared).moderation.empty
    write(tmp_path, moderation=PANEL + DECISION)
    with pytest.raises(PipelineError, match=r"have not been read: moderation\.csv"):
        load_local(prepared, 900001)
