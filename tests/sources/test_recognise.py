"""Which family a file is of, and which year it is about."""

import shutil
import zipfile

import pytest
from wide_files import ABSENCE, CENSUS, KS2, save

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.families.tidy import ees
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import SOURCES, find_years_in_name, recognise, settle_year
from pipeline.sources.tabular.tables import read_table


def _settle(file: PublishedFile) -> int | None:
    table = read_table(file)
    return settle_year(table, recognise(table))


@pytest.mark.parametrize(("content", "family"), [(KS2, "ks2"), (ABSENCE, "absence"), (CENSUS, "census")])
def test_a_file_is_known_by_its_headings_whatever_it_is_called(tmp_path, content, family):
    assert recognise(read_table(save(tmp_path, "download (3).csv", content))).family == family


def test_headings_are_matched_without_regard_to_case(tmp_path):
    header, rest = ABSENCE.split("\n", 1)
    assert recognise(read_table(save(tmp_path, "a.csv", f"{header.lower()}\n{rest}"))).family == "absence"


def test_sources_have_titles_of_their_own():
    names = [source.title for source in SOURCES]
    assert len(names) == len(set(names))


def test_two_tables_that_are_recognised_by_the_same_headings_are_named(tmp_path, monkeypatch):
    """It was said that a heading of the file may have been changed."""
    tables = tmp_path / "aliases"
    shutil.copytree(ees.ALIASES, tables)
    shutil.copy(tables / "ees_absence.yaml", tables / "ees_other.yaml")
    monkeypatch.setattr(ees, "ALIASES", tables)
    monkeypatch.setattr("pipeline.sources.recognise.SOURCES", (*SOURCES, ees.TidyFile("ees_other")))
    header = ",".join(ees.load_tidy_aliases("ees_absence").recognised_by)
    with pytest.raises(FaultyInput, match=r"ees_absence\.yaml and ees_other\.yaml are recognised by the same"):
        recognise(read_table(save(tmp_path, "a.csv", f"{header}\n202425,School,5,10\n")))


def test_an_unknown_table_is_refused_with_its_first_headings(tmp_path):
    with pytest.raises(FaultyInput, match=r"no published family has these headings: Name, Colour") as refused:
        recognise(read_table(save(tmp_path, "a.csv", "Name,Colour\nx,y\n")))
    assert "move it out of published/, or take its line out of edition.yaml" in str(refused.value)


CODE_LISTS = {
    "ks2_meta.csv": "Column,Field Name,Description\n1,URN,School number\n",
    "census_meta.csv": "Field Number,Field Reference,Field Name,Values\n1,URN,School number,999999\n",
    "ks4-pupdest_meta.csv": "Variable,Label,Type,Description\nRECTYPE,Record type,INTEGER,1 to 7\n",
    "exclusions.meta.csv": "col_name,col_type,label\nnum_schools,Indicator,Number of schools\n",
    "mats_meta.csv": "Column,Metafile heading,Metafile description\n1,TIME_PERIOD,Academic Year\n",
    "la_and_region_codes_meta.csv": "LEA,LA Name,REGION,REGION NAME\n885,Westshire,5,West\n",
    "establishment-types.csv": (
        "establishment-type-group-code,establishment-type-group-name,type-of-establishment-code,"
        "type-of-establishment-name\n1,Colleges,18,Further education\n"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CODE_LISTS)
def test_the_departments_own_lists_of_codes_are_noted_and_no_fault(tmp_path, name):
    file = save(tmp_path, f"published/{name}", CODE_LISTS[name])
    preparation = prepare_edition([file], tmp_path / "prepared", year=2019)
    assert (preparation.faults, preparation.warnings, preparation.loaded) == ((), (), ())
    assert preparation.reconciliations[0].notes == ("describes columns or codes: holds no figures",)


@pytest.mark.slow
def test_the_workbook_of_abbreviations_is_noted_and_another_workbook_is_a_fault(tmp_path):
    files = []
    for sheet in ("Abbreviations", "england_ks2final"):
        files.append(PublishedFile(tmp_path / f"{sheet}.xlsx", f"2018-2019/{sheet}.xlsx"))
        with zipfile.ZipFile(files[-1].path, "w") as workbook:
            workbook.writestr("xl/workbook.xml", f'<workbook><sheet name="{sheet}"/></workbook>')
    preparation = prepare_edition(files, tmp_path / "prepared", year=2019)
    assert [fault.file for fault in preparation.faults] == ["2018-2019/england_ks2final.xlsx"]
    assert "save it as CSV" in preparation.faults[0].remedy
    noted = next(one for one in preparation.reconciliations if one.file == "2018-2019/Abbreviations.xlsx")
    assert (noted.loaded, noted.notes) == (True, ("describes columns or codes: holds no figures",))


def test_a_family_that_edition_yaml_does_not_expect_is_refused(tmp_path):
    file = save(tmp_path, "a.csv", ABSENCE)
    with pytest.raises(FaultyInput, match="expects the family census, but the headings are those of absence"):
        recognise(read_table(PublishedFile(file.path, file.name, family="census")))


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("2018-2019/england_abs.csv", [2019]),
        ("absence_2023-2024.csv", [2024]),
        ("absence 202324.csv", [2024]),
        ("2018-19/more/england_abs.csv", [2019]),
        ("2016-2017/2018-2019/x.csv", [2019]),  # the nearest folder
        ("england_abs.csv", []),
        ("links_edubasealldata20250422.csv", []),
        ("2018-2020/x.csv", []),
        ("2018-2019/absence_2017-2018.csv", [2018, 2019]),
    ],
)
def test_years_in_names(name, years):
    assert [year for _, year in find_years_in_name(name)] == years


def test_the_year_comes_from_the_content_first(tmp_path):
    assert _settle(save(tmp_path, "england_ks2final.csv", KS2)) == 2019


def test_the_year_comes_from_edition_yaml_where_nothing_else_tells(tmp_path):
    file = save(tmp_path, "england_abs.csv", ABSENCE)
    assert _settle(PublishedFile(file.path, file.name, year=2019)) == 2019


def test_a_file_without_any_year_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(FaultyInput) as caught:
        _settle(save(tmp_path, "england_abs.csv", ABSENCE))
    assert "year: 2018/19" in caught.value.faults[0].remedy


@pytest.mark.parametrize(
    ("name", "said", "content"),
    [
        ("2017-2018/england_ks2final.csv", None, KS2),
        ("england_ks2final.csv", 2018, KS2),
        ("2018-2019/england_abs.csv", 2018, ABSENCE),
        ("2018-2019/absence_2017-2018.csv", None, ABSENCE),
    ],
)
def test_years_that_disagree_are_a_fault_that_names_both(tmp_path, name, said, content):
    file = save(tmp_path, name, content)
    with pytest.raises(FaultyInput) as caught:
        _settle(PublishedFile(file.path, file.name, year=said))
    assert "2018/19" in caught.value.faults[0].what
    assert "2017/18" in caught.value.faults[0].what
