"""Inspection outcomes: two layouts, each in its own framework's words, never converted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from pipeline.sources.families.ofsted import SOURCES, join_inspections, load_ofsted_aliases
from pipeline.sources.reading import PublishedFile, Reading
from pipeline.sources.tabular.tables import read_table


def read_rows(folder: Path, layout: str, *rows: dict[str, str]) -> Reading:
    """Read a file of ``layout`` with its whole header; cells a row does not name are empty."""
    aliases = load_ofsted_aliases()
    header = list(aliases.schools.values())
    for inspection in aliases.layouts[layout].inspections:
        header += [inspection.date, inspection.published, inspection.same_school, inspection.inspected_urn]
        header += [*inspection.areas.values(), *inspection.area_dates.values()]
    text = io.StringIO()
    writer = csv.DictWriter(text, ["Web Link", *dict.fromkeys(header)], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path = folder / "outcomes.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    table = read_table(PublishedFile(path, "published/outcomes.csv"))
    [source] = [source for source in SOURCES if source.recognises(table.header)]
    return source.read(table, None)


def list_outcomes(reading: Reading, kind: str) -> dict[str, str]:
    found = reading.inspections[reading.inspections["kind"] == kind]
    return dict(zip(found["area"], found["outcome"], strict=True))


GRADED = {
    "URN": "900001.0",
    "LAESTAB": "8854001.0",
    "School name": "Elm First School",
    "Local authority": "Worcestershire",
    "Type of education": "Academy Converter",
    "Ofsted phase": "Primary",
    "Statutory lowest age": "4.0",
    "Statutory highest age": "9.0",
    "Multi-academy trust UID": "16093.0",
    "Multi-academy trust name": "A Trust",
    "Inspection start date": "15/07/2025",
    "Publication date": "22/09/2025",
    "Does the latest graded inspection relate to the URN of the current school?": "Yes",
    "URN at time of latest graded inspection": "900001.0",
    "Overall effectiveness": "Not judged",
    "Category of concern": "SWK",
    "Quality of education": "2.0",
    "Behaviour and attitudes": "1.0",
    "Personal development": "9.0",
    "Early years provision (where applicable)": "8.0",
    "Sixth form provision (where applicable)": "0.0",
    "Safeguarding is effective?": "No",
    "Previous inspection start date": "27/03/2014",
    "Does the previous graded inspection relate to the URN of the current school?": "No",
    "URN at time of previous graded inspection": "800001.0",
    "Previous graded inspection overall effectiveness": "4.0",
    "Previous category of concern": "SM",
    "Previous safeguarding is effective?": "9",
    "Date of latest ungraded inspection": "01/02/2023",
    "Ungraded inspection overall outcome": "School remains Good (Concerns) - S5 Next",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return read_rows(tmp_path_factory.mktemp("graded"), "graded_judgements", GRADED)


@pytest.mark.slow
def test_graded_judgements_keep_their_own_words(graded):
    assert list_outcomes(graded, "graded") == {
        "Overall effectiveness": "Not judged",
        "Category of concern": "Serious weaknesses",
        "Quality of education": "Good",
        "Behaviour and attitudes": "Outstanding",
        "Personal development": "Not applicable",
        "Safeguarding": "Not effective",
        "Early years provision": "Not judged",
        "Sixth form provision": "0",
    }
    assert list_outcomes(graded, "previous graded") == {
        "Overall effectiveness": "Inadequate",
        "Category of concern": "Special measures",
        "Safeguarding": "Not applicable",
    }
    assert list_outcomes(graded, "ungraded") == {"Overall outcome": "School remains Good (Concerns) - S5 Next"}
    assert set(graded.inspections["framework"]) == {"graded judgements"}
    assert graded.notes == ("1 × Sixth form provision: the code 0 is not known and stands as it is",)


@pytest.mark.slow
def test_an_inspection_of_the_predecessor_says_so(graded):
    inspections = graded.inspections.set_index("kind")
    assert not inspections.loc["graded", "about_predecessor"].any()
    previous = inspections.loc["previous graded"]
    assert previous["about_predecessor"].all() and set(previous["inspected_urn"]) == {800001}
    assert set(inspections["urn"]) == {900001}
    assert (previous["date"].iloc[0], previous["published"].iloc[0]) == ("2014-03-27", "")


@pytest.mark.slow
def test_the_row_also_says_who_the_school_is(graded):
    school = graded.schools.iloc[0]
    assert (school["urn"], school["la"], school["la_name"], school["trust"]) == (900001, 885, "Worcestershire", 16093)
    assert (school["type"], school["phase"], school["census_phase"]) == ("Academy converter", "first", "primary")


CARD = {
    "URN": "900002",
    "Inspection start date": "06/01/2026",
    "Publication date": "10/02/2026",
    "Does the latest full inspection relate to the URN of the current school?": "Yes",
    "URN at time of latest full inspection": "900002",
    "Safeguarding standards": "Met",
    "Inclusion": "Urgent improvement",
    "Inclusion - date of judgement": "09/02/2026",
    "Achievement": "Exceptional",
    "Post-16 provision (where applicable)": "Not applicable",
    "Inspection start date of latest OEIF graded inspection": "01/05/2019",
    "Latest OEIF overall effectiveness": "2",
    "Latest OEIF safeguarding is effective?": "Yes",
    "Latest OEIF quality of education": "NULL",
}


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    return read_rows(tmp_path_factory.mktemp("card"), "report_card", CARD)


@pytest.mark.slow
def test_a_report_card_stands_beside_the_old_framework_and_is_not_converted(card):
    assert list_outcomes(card, "report card") == {
        "Safeguarding": "Met",
        "Inclusion": "Urgent improvement",
        "Achievement": "Exceptional",
        "Post-16 provision": "Not applicable",
    }
    assert list_outcomes(card, "graded") == {"Overall effectiveness": "Good", "Safeguarding": "Effective"}
    dates = card.inspections.groupby(["kind", "area"], observed=True)["date"].first()
    assert dates["report card", "Achievement"] == "2026-01-06"
    assert dates["report card", "Inclusion"] == "2026-02-09"  # judged again after the inspection
    assert dates["graded", "Overall effectiveness"] == "2019-05-01"


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["graded_judgements", "report_card"])
def test_blanks_and_null_are_no_judgements(tmp_path, layout):
    rows = [{"URN": "900003"}, {"URN": "900004", "Category of concern": "NULL", "Overall effectiveness": " "}]
    if layout == "report_card":
        rows[1].pop("Overall effectiveness")
    reading = read_rows(tmp_path, layout, *rows)
    assert reading.inspections.empty
    assert reading.rows_by_kind == {"school without a judgement": 2}
    assert list(reading.schools["urn"]) == [900003, 900004]


@pytest.mark.slow
def test_every_fault_is_named(tmp_path):
    rows = [{"URN": "9.0E+05"}, {**GRADED, "Inspection start date": "15/13/2025"}]
    reading = read_rows(tmp_path, "graded_judgements", *rows)
    assert {(fault.line, fault.column) for fault in reading.faults} == {(2, "URN"), (3, "Inspection start date")}
    assert reading.rows_by_kind == {"school with a judgement": 1, "no URN": 1}
    assert set(reading.inspections.loc[reading.inspections["kind"] == "graded", "date"]) == {""}


@pytest.mark.slow
def test_letters_and_words_of_both_frameworks_are_one_vocabulary(tmp_path):
    """RSI on a report card was printed raw, and the school taken for one of no concern."""
    rows = [
        {**CARD, "URN": f"90001{place}", "Category of concern": word}
        for place, word in enumerate(["RSI", "SM", "requires significant improvement", "None", "NULL"])
    ]
    reading = read_rows(tmp_path, "report_card", *rows)
    concerns = reading.inspections[reading.inspections["area"] == "Category of concern"]
    assert dict(zip(concerns["urn"], concerns["outcome"], strict=True)) == {
        900010: "Requires significant improvement",
        900011: "Special measures",
        900012: "Requires significant improvement",
    }
    assert reading.faults == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layout", "column", "word"),
    [
        ("report_card", "Category of concern", "XSM"),
        ("report_card", "Safeguarding standards", "Yes"),
        ("report_card", "Achievement", "Good"),
        ("graded_judgements", "Safeguarding is effective?", "Met"),
        ("graded_judgements", "Quality of education", "5.0"),
        ("graded_judgements", "Overall effectiveness", "Strong standard"),
        ("graded_judgements", "Previous category of concern", "??"),
    ],
)
def test_an_unknown_word_where_it_decides_is_a_fault_with_its_line(tmp_path, layout, column, word):
    base = CARD if layout == "report_card" else GRADED
    reading = read_rows(tmp_path, layout, base, {**base, "URN": "900009", column: word})
    assert [(fault.line, fault.column) for fault in reading.faults] == [(3, column)]
    assert repr(word) in reading.faults[0].what


@pytest.mark.slow
@pytest.mark.parametrize("word", ["Yes", "yes", "9", "9.0", "Not applicable", "", "NULL"])
def test_safeguardings_codes_and_words_are_known_with_or_without_a_decimal(tmp_path, word):
    reading = read_rows(tmp_path, "graded_judgements", {**GRADED, "Safeguarding is effective?": word})
    assert reading.faults == ()
    said = list_outcomes(reading, "graded").get("Safeguarding")
    assert said == {"Yes": "Effective", "yes": "Effective", "": None, "NULL": None}.get(word, "Not applicable")


def _word_as_mid_2026(row: dict[str, str]) -> dict[str, str]:
    return {name.replace("- date of judgement", "- date of grade"): cell for name, cell in row.items()}


@pytest.mark.slow
def test_grades_dated_under_the_headings_of_mid_2026_win_by_their_date(tmp_path):
    """The dates were dropped without a word, and an older grade could win."""
    spring = read_rows(tmp_path, "report_card", {**CARD, "Category of concern": "RSI"}).inspections
    summer = {**CARD, "Inclusion": "Needs attention", "Inclusion - date of judgement": "10/06/2026"}
    path = tmp_path / "summer.csv"
    rows = _word_as_mid_2026(summer)
    headings = [
        *rows,
        *(name for name in load_ofsted_aliases().layouts["report_card"].recognised_by if name not in rows),
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, headings, restval="")
        writer.writeheader()
        writer.writerow(rows)
    table = read_table(PublishedFile(path, "published/summer.csv"))
    [source] = [source for source in SOURCES if source.recognises(table.header)]
    later = source.read(table, None)
    assert "Inclusion - date of grade" in later.columns_used
    for joined in (join_inspections([spring, later.inspections]), join_inspections([later.inspections, spring])):
        cards = joined[joined["kind"] == "report card"].sort_values("date")
        inclusion = cards[cards["area"] == "Inclusion"]
        assert list(zip(inclusion["date"], inclusion["outcome"], strict=True)) == [
            ("2026-02-09", "Urgent improvement"),
            ("2026-06-10", "Needs attention"),
        ]
        assert "Category of concern" not in set(cards["area"])  # the later file has it no more


def test_a_key_column_that_is_missing_is_wanted(tmp_path):
    [source] = [one for one in SOURCES if one._layout_name == "report_card"]
    wanted = {column.name: column for column in source.list_wanted((), None)}
    assert wanted["Category of concern"].expected and wanted["Inspection start date"].expected
    assert wanted["Inclusion - date of judgement"].also == ("Inclusion - date of grade",)


@pytest.mark.slow
def test_columns_are_accounted_for(card):
    assert card.columns_unused == ("Web Link",)


@pytest.mark.slow
def test_an_inspection_that_two_files_repeat_is_told_once(tmp_path, graded):
    autumn = graded.inspections
    later = {
        "URN": "900001",
        "Inspection start date of latest OEIF graded inspection": "15/07/2025",
        "Publication date of latest OEIF graded inspection": "30/09/2025",
        "Latest OEIF quality of education": "1",
    }
    spring = read_rows(tmp_path, "report_card", later).inspections.assign(file="published/spring.csv")
    joined = join_inspections([autumn, spring])
    quality = joined[(joined["area"] == "Quality of education") & (joined["kind"] == "graded")]
    assert list(quality["outcome"]) == ["Outstanding"]  # as corrected in the later file
    assert len(joined) == len(autumn)
    assert join_inspections([spring, autumn]).equals(joined)


@pytest.mark.slow
def test_the_latest_graded_inspection_is_the_graded_one_whichever_file_tells_it(tmp_path, graded):
    autumn = graded.inspections
    newer = {
        "URN": "900001",
        "Inspection start date of latest OEIF graded inspection": "07/10/2025",
        "Latest OEIF quality of education": "3",
    }
    joined = join_inspections([autumn, read_rows(tmp_path, "report_card", newer).inspections])
    quality = joined[joined["area"] == "Quality of education"].set_index("kind")["outcome"]
    assert quality.to_dict() == {"previous graded": "Good", "graded": "Requires improvement"}
    assert join_inspections([]).empty
