"""What an analyst writes in edition.yaml, and what is said of their mistakes."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from pipeline.edition.editions import Area, list_not_taken, load_edition, read_area, read_policy_of, write_new_edition
from pipeline.foundation.errors import FaultyInput, PipelineError
from pipeline.foundation.paths import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def write_edition(workspace, text, name="county"):
    folder = workspace.edition(name).folder
    (folder / "published" / "2018-2019").mkdir(parents=True)
    (folder / "published" / "2018-2019" / "850_ks2final.csv").write_text("RECTYPE\n")
    (folder / "edition.yaml").write_text(text)
    return folder


GOOD = "title: Hampshire\narea: {authority: 850}\nyear: 2018/19\npolicy: worcestershire\n"


def test_an_edition_knows_its_year_its_date_and_its_files(workspace):
    write_edition(workspace, GOOD)
    edition = load_edition(workspace, "county")
    assert edition.year == 2019
    assert edition.date == datetime.date(2019, 11, 1)
    assert [file.name for file in edition.list_published()] == ["2018-2019/850_ks2final.csv"]


def test_every_mistake_is_named_with_its_line(workspace):
    write_edition(
        workspace, "title: Hampshire\narea: {authority: 85, trust: 3}\nyear: 2018/20\npolcy: worcestershire\n"
    )
    with pytest.raises(FaultyInput) as caught:
        load_edition(workspace, "county")
    said = str(caught.value)
    assert "county/edition.yaml, line 2" in said
    assert "line 3: year: '2018/20' is not an academic year" in said
    assert "line 4: unknown field 'polcy'\n    Did you mean 'policy'?" in said
    assert "the field 'policy' is missing" in said


def test_an_unknown_edition_names_those_there_are(workspace):
    write_edition(workspace, GOOD)
    with pytest.raises(PipelineError, match=r"(?s)no edition 'conty'.*Editions here: county"):
        load_edition(workspace, "conty")


@pytest.mark.parametrize("name", ["../secret", "County", "", "a b"])
def test_a_name_that_is_no_folder_name_is_refused(workspace, name):
    with pytest.raises(PipelineError):
        load_edition(workspace, name)


def test_files_elsewhere_are_named_relatively_and_told_apart(workspace, tmp_path, monkeypatch):
    for place in ("a/2018-2019", "b/2018-2019"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "x.csv").write_text(place)
    monkeypatch.setenv("ELSEWHERE", str(tmp_path))
    write_edition(
        workspace,
        GOOD + "published:\n  - path: ${ELSEWHERE}/a/2018-2019/x.csv\n    year: 2018/19\n"
        "  - path: ${ELSEWHERE}/b/2018-2019/x.csv\n    family: absence\n",
    )
    files = load_edition(workspace, "county").list_published()
    assert [(file.name, file.year, file.family) for file in files] == [
        ("2018-2019/850_ks2final.csv", None, None),
        ("a/2018-2019/x.csv", 2019, None),
        ("b/2018-2019/x.csv", None, "absence"),
    ]


def test_missing_files_are_all_named(workspace):
    write_edition(workspace, GOOD + "published:\n  - path: nowhere.csv\n  - path: neither.csv\n")
    with pytest.raises(FaultyInput, match=r"(?s)nowhere\.csv is not there.*neither\.csv is not there"):
        load_edition(workspace, "county").list_published()


def test_an_edition_without_files_says_where_to_put_them(workspace):
    folder = write_edition(workspace, GOOD)
    (folder / "published" / "2018-2019" / "850_ks2final.csv").unlink()
    with pytest.raises(PipelineError, match="Copy the downloads there"):
        load_edition(workspace, "county").list_published()


def test_a_new_edition_can_be_read_back_and_is_never_overwritten(workspace, tmp_path):
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (downloads / "england_abs.csv").write_text("LA\n")
    (downloads / "ks2_meta.csv").write_text("Column\n")
    area = Area(trust=16093)
    made = write_new_edition(
        workspace,
        "trust-2025",
        area=area,
        year="2024/25",
        policy="two-counties",
        title='The "T" Trust',
        files=(downloads,),
    )
    assert made.description.title == 'The "T" Trust'
    assert made.description.area.trust == 16093
    assert [file.name for file in made.list_published()] == ["downloads/england_abs.csv"]
    with pytest.raises(PipelineError, match="is there already"):
        write_new_edition(
            workspace, "trust-2025", area=area, year="2024/25", policy="two-counties", title="T", files=()
        )


def test_whatever_a_new_edition_does_not_take_is_listed_with_its_reason(workspace, tmp_path):
    """A workbook, as the publisher offers it, was dropped without a word, and so was everything else but .csv."""
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    for name in ("england_abs.csv", "england_spine.xlsx", "all.zip", "notes.pdf", "ks2_meta.csv", "odd.dat", ".hidden"):
        (downloads / name).write_text("LA\n")
    made = write_new_edition(
        workspace, "new", area=Area(authority=850), year="2018/19", policy="x", title="T", files=(downloads,)
    )
    taken = [file.name for file in made.list_published()]
    assert taken == ["downloads/england_abs.csv", "downloads/england_spine.xlsx"]
    reasons = {Path(name).name: reason for name, reason in list_not_taken((downloads,))}
    assert sorted(reasons) == ["all.zip", "ks2_meta.csv", "notes.pdf", "odd.dat"]
    assert reasons["all.zip"].startswith("a zip archive: unpack it")


def test_what_lies_under_published_and_is_not_read_is_listed_too(workspace):
    folder = write_edition(workspace, GOOD)
    (folder / "published" / "2018-2019" / "old.xls").write_text("x")
    edition = load_edition(workspace, "county")
    assert [file.name for file in edition.list_published()] == ["2018-2019/850_ks2final.csv"]
    [(name, reason)] = edition.list_not_taken()
    assert name == "2018-2019/old.xls" and reason.startswith("an old Excel workbook")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"authority": 885, "trust": 3, "schools": ""}, "exactly one"),
        ({"authority": None, "trust": None, "schools": ""}, "exactly one"),
        ({"authority": None, "trust": None, "schools": "137158, x"}, "not a list of URNs"),
        ({"authority": None, "trust": None, "schools": "13715"}, "six digits"),
        ({"authority": None, "trust": None, "schools": "137158 137158"}, "listed twice"),
    ],
)
def test_an_area_is_one_thing(asked, said):
    with pytest.raises(PipelineError, match=said):
        read_area(**asked)


def test_a_list_of_urns_may_use_commas_or_blanks():
    assert read_area(authority=None, trust=None, schools="137158,137981 142725").schools == (137158, 137981, 142725)


def test_an_edition_made_without_a_title_can_be_read(workspace):
    made = write_new_edition(
        workspace, "hampshire-2019", area=Area(authority=850), year="2018-2019", policy="x", title="", files=()
    )
    assert made.description.title == "Hampshire 2019: reports on 2018/19"


def test_a_new_list_of_schools_has_a_name_that_is_no_title(workspace):
    area, title = Area(schools=(137158, 137981)), "Trust: reports on 2018/19 beside England"
    made = write_new_edition(workspace, "trust-2019", area=area, year="2018/19", policy="x", title=title, files=())
    assert made.description.area == Area(schools=area.schools, name="Trust 2019")


def test_a_year_that_is_none_is_refused_before_anything_is_made(workspace):
    with pytest.raises(PipelineError, match="is not an academic year"):
        write_new_edition(workspace, "x", area=Area(authority=850), year="2024", policy="x", title="", files=())
    assert not workspace.edition("x").folder.exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("smallest_number: yes", "line 5: smallest_number: true is no whole number\n    Write a whole number"),
        ("smallest_number: [on]", "line 5: smallest_number: yes, no, true and false are no numbers\n    Write digits."),
        ("date: 2018-12-05", "line 5: date: 2018-12-05 is before there are results of 2018/19\n    Write the day that"),
        ("date: 2109-12-05", "line 5: date: 2109-12-05 is more than 10 years after 2018/19\n    Write the day that"),
        (
            "branding: ours.yaml",
            "line 5: branding: the file ours.yaml is not there\n    Correct the path: it begins in",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(workspace, line, said):
    """`smallest_number: yes` was 1, so that nothing was withheld; a slip in the year was printed on every report."""
    write_edition(workspace, f"{GOOD}{line}\n")
    with pytest.raises(FaultyInput) as caught:
        load_edition(workspace, "county")
    assert f"county/edition.yaml, {said}" in str(caught.value)


@pytest.mark.parametrize("date", ["2019-06-01", "2019-11-01", "2029-11-01"])
def test_any_day_on_which_reports_may_be_made_is_taken(workspace, date):
    write_edition(workspace, f"{GOOD}date: {date}\n")
    assert load_edition(workspace, "county").date.isoformat() == date


def test_a_year_that_yaml_takes_for_a_number_is_read_or_refused_as_a_year(workspace):
    """Its quotes were asked for, and with them it was no academic year."""
    folder = write_edition(workspace, GOOD.replace("2018/19", "201819"))
    assert load_edition(workspace, "county").year == 2019
    (folder / "edition.yaml").write_text(GOOD.replace("2018/19", "2018"))
    with pytest.raises(FaultyInput, match="line 3: year: '2018' is not an academic year\n    Write it like 2018/19"):
        load_edition(workspace, "county")


def test_a_policy_file_that_is_not_there_is_said_to_be_looked_for_in_the_editions_folder(workspace):
    write_edition(workspace, GOOD)
    with pytest.raises(FaultyInput, match=r"own\.yaml: there is no such file\n.*in the folder of the edition county"):
        read_policy_of(load_edition(workspace, "county"), "own.yaml")
