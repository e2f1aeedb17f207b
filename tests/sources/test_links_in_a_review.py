"""Links as they stand in a review: from their date, while the latest file says so; and the names of who follows."""

from __future__ import annotations

import pandas as pd
import pytest
from wide_files import CENSUS_HEADER, save

from pipeline.edition.schools import list_area_schools
from pipeline.run.preparing.study import _list_state_schools
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared

OLD, NEW = 900001, 900101
KS2 = "RECTYPE,LEA,ESTAB,URN,SCHNAME,URN_AC,SCHNAME_AC,OPEN_AC,NFTYPE,ICLOSE,AGERANGE,TELIG,PTRWM_EXP"
KS4 = "RECTYPE,LEA,ESTAB,URN,SCHNAME,SCHNAME_AC,NFTYPE,ICLOSE,AGERANGE,TPUP,ATT8SCR"
LINKS = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n"
REGISTER = (
    "URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,TypeOfEstablishment (code),"
    "TypeOfEstablishment (name),EstablishmentStatus (code),EstablishmentStatus (name),OpenDate,CloseDate\n"
)
SPINE = (
    "URN,LA,ESTAB,LAESTAB,SCHNAME,OTHERSCHNAME,TOWN,ICLOSE,OPENDATE,CLOSEDATE,ISNEW,MINORGROUP,NFTYPE,ISPRIMARY,"
    "ISSECONDARY,AGEL,AGEH,GENDER,RELDENOM,OTHERURN\n"
)


def write_ks2(urn_ac="0", opened="", name="", urn=OLD, closed="0"):
    return f"{KS2}\n1,885,2001,{urn},Ash Primary,{urn_ac},{name},{opened},CY,{closed},4-11,40,60%\n"


def write_schools(*rows):
    """Key stage 2 results of the schools OLD, OLD + 1 and so on, each with (its academy's number, date and name)."""
    lines = [
        f"1,885,{2001 + n},{OLD + n},Ash Primary,{urn_ac},{name},{opened},CY,0,4-11,40,60%"
        for n, (urn_ac, opened, name) in enumerate(rows)
    ]
    return "\n".join([KS2, *lines]) + "\n"


def write_census(*urns):
    """A row for each of ``urns``; OLD and NEW are at one place, and so are OLD + 1 and NEW + 1."""
    rows = (
        f"{urn},885,{2001 + (urn - OLD) % 100},State-funded primary,210,49%,4,2%,21,10%,42,20%,21,44,176,25%"
        for urn in urns
    )
    return "\n".join([CENSUS_HEADER, *rows]) + "\n"


def prepare(folder, files, year=2019):
    found = prepare_edition([save(folder, name, text) for name, text in files.items()], folder / "p", year=year)
    assert found.faults == ()
    return open_prepared(folder / "p")


def list_chained(tables):
    links = tables.links()
    return [tuple(pair) for pair in links.loc[links["chained"], ["urn", "predecessor"]].to_numpy().tolist()]


def list_due(tables, year=2019):
    schools = tables.schools()
    listed = list_area_schools(
        schools, tables.latest_years(), {"authority": 885}, year, tables.links(), on=f"{year}-11-01"
    )
    return {school.urn: school.not_due for school in listed}


def list_pool(tables):
    return _list_state_schools(tables)["urn"].tolist()


def read_notes(tables, file):
    return next(one.notes for one in tables.reconciliation() if one.file == file)


@pytest.mark.slow
def test_a_school_that_converts_after_the_review_is_still_itself(tmp_path):
    """Before, it counted as a predecessor: in nobody's pool of similar schools, and it had none of its own."""
    days = ("20190901", "20191001", "20200401")
    rows = [(NEW + n, opened, "Ash Academy") for n, opened in enumerate(days)]
    tables = prepare(tmp_path, {"2018-2019/ks2.csv": write_schools(*rows)})
    assert list_chained(tables) == []
    assert list_pool(tables) == [OLD, OLD + 1, OLD + 2]
    assert list_due(tables) == {OLD: "", OLD + 1: "", OLD + 2: ""}
    assert "3 links dated after the year under review: not used yet" in read_notes(tables, "2018-2019/ks2.csv")


@pytest.mark.slow
def test_a_school_whose_successor_no_file_lists_is_nobodys_predecessor(tmp_path):
    tables = prepare(tmp_path, {"2018-2019/ks2.csv": write_ks2(NEW, "20190601", "Ash Academy")})
    assert list_chained(tables) == [(NEW, OLD)]
    assert list_pool(tables) == [OLD]
    assert list_due(tables) == {OLD: ""}


@pytest.mark.slow
def test_a_school_that_converted_within_the_year_is_told_of_once_under_its_new_number_and_name(tmp_path):
    """Before, both numbers were due a report, and the new one had no name: that stands in SCHNAME_AC."""
    files = {
        "2018-2019/ks2.csv": write_ks2(NEW, "20190601", "Ash Academy"),
        "2018-2019/census.csv": write_census(OLD, NEW),
    }
    tables = prepare(tmp_path, files)
    assert list_pool(tables) == [NEW]
    assert list_due(tables) == {OLD: f"carried on as Ash Academy (URN {NEW})", NEW: ""}
    assert tables.load_school(NEW).school.name == "Ash Academy"
    history = tables.load_school(NEW).observations
    assert set(history.loc[history["measure"] == "ks2_rwm_expected", "published_urn"]) == {OLD}


@pytest.mark.slow
def test_a_conversion_that_the_next_years_file_no_longer_names_is_withdrawn(tmp_path):
    """As St Swithun Wells in Hampshire: an academy from October 2017 in one file, not so in the next."""
    files = {
        "2017-2018/ks2.csv": write_ks2(NEW, "20181001", "Ash Academy"),
        "2018-2019/ks2.csv": write_ks2(),
        "2018-2019/census.csv": write_census(OLD, NEW),
    }
    tables = prepare(tmp_path, files)
    assert tables.links().empty
    assert list_pool(tables) == [OLD, NEW]
    assert "1 link withdrawn by a later file: not used" in read_notes(tables, "2017-2018/ks2.csv")


@pytest.mark.slow
def test_a_conversion_that_is_put_off_counts_from_the_later_files_date(tmp_path):
    files = {
        "2017-2018/ks2.csv": write_ks2(NEW, "20181001", "Ash Academy"),
        "2018-2019/ks2.csv": write_ks2(NEW, "20191201", "Ash Academy"),
    }
    tables = prepare(tmp_path, files)
    assert tables.links()["date"].tolist() == ["2019-12-01"] and list_chained(tables) == []


@pytest.mark.slow
def test_a_conversion_to_another_number_than_first_planned_is_followed(tmp_path):
    files = {
        "2016-2017/ks2.csv": write_ks2(900555, "20171001", "Ash Planned Academy"),
        "2017-2018/ks2.csv": write_ks2(NEW, "20181001", "Ash Academy"),
        "2018-2019/ks2.csv": write_ks2(urn=NEW),
    }
    assert list_chained(prepare(tmp_path, files)) == [(NEW, OLD)]


@pytest.mark.slow
def test_a_school_that_is_listed_as_closed_withdraws_nothing(tmp_path):
    files = {
        "2017-2018/ks2.csv": write_ks2(NEW, "20180601", "Ash Academy"),
        "2018-2019/ks2.csv": write_ks2(closed="1"),
    }
    assert list_chained(prepare(tmp_path, files)) == [(NEW, OLD)]


@pytest.mark.slow
def test_the_registers_link_counts_from_its_date_and_its_two_directions_are_one(tmp_path):
    days = (
        ("31-08-2019", "01-09-2019"),  # closes on the last day, opens on the first of the next year: not yet
        ("31-08-2018", "01-09-2018"),
        ("31-08-2019", ""),  # not yet
        ("", ""),  # of no known date
    )
    links = [
        f'{OLD + n},{NEW + n},"Ash Academy","Successor","{closed}"\n'
        f'{NEW + n},{OLD + n},"Ash","Predecessor","{opened}"\n'
        for n, (closed, opened) in enumerate(days)
    ]
    before, after = [OLD + n for n in range(4)], [NEW + n for n in range(4)]
    files = {
        "2018-2019/ks2.csv": write_schools(*[("0", "", "")] * 4),
        "gias/links.csv": LINKS + "".join(links),
        "2018-2019/census.csv": write_census(*before, *after),
    }
    tables = prepare(tmp_path, files)
    assert list_chained(tables) == [(NEW + 1, OLD + 1), (NEW + 3, OLD + 3)]
    assert list_pool(tables) == [OLD, OLD + 2, *after]
    assert {tables.load_school(urn).school.name for urn in after} == {"Ash Academy"}  # LinkName
    assert len(tables.links()) == 4


@pytest.mark.slow
def test_a_later_extract_of_the_register_takes_the_earlier_ones_place(tmp_path):
    files = {
        "gias/links_edubasealldata20180901.csv": f'{LINKS}{NEW},{OLD},"Ash","Predecessor","01-06-2018"\n',
        "gias/links_edubasealldata20191001.csv": f'{LINKS}900102,900002,"Elm","Predecessor","01-06-2018"\n',
        "2018-2019/ks2.csv": write_ks2(),
    }
    assert list_chained(prepare(tmp_path, files)) == [(900102, 900002)]


@pytest.mark.slow
def test_a_list_that_shows_the_later_school_knows_more_than_a_date(tmp_path):
    listed = [
        f"{NEW + n},885,Westshire,{2001 + n},Ash Academy,34,Academy converter,{status},01-10-2019,\n"
        for n, status in enumerate(("1,Open", "2,Closed", "4,Proposed to open"))
    ]
    links = [f'{NEW + n},{OLD + n},"Ash","Predecessor","01-10-2019"\n' for n in range(3)]
    files = {
        "2018-2019/ks2.csv": write_schools(*[("0", "", "")] * 3),
        "gias/all.csv": REGISTER + "".join(listed),
        "gias/links.csv": LINKS + "".join(links),
    }
    tables = prepare(tmp_path, files)
    assert list_chained(tables) == [(NEW, OLD), (NEW + 2, OLD + 2)]
    # the open one is told of as it is today, its predecessor's year as its history
    due, pool = list_due(tables), list_pool(tables)
    assert (due[OLD], due[NEW]) == (f"carried on as Ash Academy (URN {NEW})", "")
    assert NEW in pool and OLD not in pool


@pytest.mark.slow
def test_a_list_that_shows_both_schools_open_leaves_the_link_to_its_date(tmp_path):
    register = (
        f"{REGISTER}{NEW},885,Westshire,2001,Ash Academy,34,Academy converter,4,Proposed to open,01-10-2019,\n"
        f'{OLD},885,Westshire,2001,Ash Primary,1,Community school,3,"Open, but proposed to close",,\n'
    )
    links = f'{LINKS}{NEW},{OLD},"Ash","Predecessor","01-10-2019"\n'
    tables = prepare(tmp_path, {"2018-2019/ks2.csv": write_ks2(), "gias/all.csv": register, "gias/links.csv": links})
    assert list_chained(tables) == []
    assert list_due(tables)[OLD] == ""


@pytest.mark.slow
def test_a_spines_academy_counts_from_its_date_while_the_old_school_is_open(tmp_path):
    about = "Mixed,None"
    old = f"{OLD},885,2001,8852001,Ash Primary,Ash Academy,Ashton,1,,,0,Maintained School,Community school"
    new = f"{NEW},885,2001,8852001,Ash Academy,Ash Primary,Ashton,1,20191001,,1,Academy,Academy - Converter mainstream"
    spine = f"{SPINE}{old},1,0,4,11,{about},{NEW}\n{new},1,0,4,11,{about},{OLD}\n"
    files = {"2018-2019/ks2.csv": write_ks2(), "2018-2019/spine.csv": spine}
    tables = prepare(tmp_path, files)
    assert list_chained(tables) == [] and list_pool(tables)[0] == OLD
    early = {**files, "2018-2019/spine.csv": spine.replace("20191001", "20190401")}
    assert list_chained(prepare(tmp_path / "early", early)) == [(NEW, OLD)]


@pytest.mark.slow
def test_a_key_stage_4_files_new_name_is_that_of_the_school_that_links_name(tmp_path):
    """SCHNAME_AC of key stage 4 files has no URN beside it."""
    files = {
        "2018-2019/ks4.csv": f"{KS4}\n1,885,4001,{OLD},Oak School,Oak Academy,CY,0,11-16,120,46.1\n",
        "2018-2019/census.csv": write_census(OLD, NEW),
        "2018-2019/links.csv": f'{LINKS}{NEW},{OLD},,"Predecessor","01-04-2019"\n',
    }
    assert prepare(tmp_path, files).load_school(NEW).school.name == "Oak Academy"


@pytest.mark.slow
def test_a_schools_own_row_names_it_before_any_other(tmp_path):
    files = {
        "2017-2018/ks2.csv": write_ks2(NEW, "20180901", "Ash Academy as planned"),
        "2018-2019/ks2.csv": write_ks2(urn=NEW),
    }
    assert prepare(tmp_path, files).load_school(NEW).school.name == "Ash Primary"


@pytest.mark.published
def test_hampshires_conversions_are_followed_and_the_one_withdrawn_is_not(prepare_published):
    names = [f"{year - 1}-{year}/850_ks2final.csv" for year in (2017, 2018, 2019)]
    names += ["2018-2019/england_abs.csv", "2018-2019/england_census.csv"]
    tables = prepare_published(names, 2019)
    assert list_chained(tables) == [(144093, 116181), (146002, 115864), (146244, 116167), (147128, 116240)]
    assert 144092 not in set(tables.links()["urn"])
    due = {urn: name for urn, (name, why) in list_due_of(tables, 850).items() if not why}
    assert set(due) <= set(list_pool(tables)) and all(due.values())
    assert due[116240] == "Fernhill Primary School" and 147128 not in due  # no file has a row of its successor


@pytest.mark.published
def test_every_school_whose_results_the_country_publishes_has_a_name(prepare_published):
    """18 academies were similar schools without one: their results stand under the number they had before."""
    names = ["2018-2019/england_ks4provisional.csv", "2018-2019/england_census.csv"]
    names += ["gias/links_edubasealldata20250422.csv"]
    tables = prepare_published(names, 2019)
    results = tables.observations(measure="ks4_attainment8", year=2019).dropna(subset="value")["urn"]
    told = tables.schools().set_index("urn")["name"].reindex(results)
    assert len(told) > 3000 and (told.fillna("") != "").all(), told[told == ""]


def list_due_of(tables, authority) -> dict[int, tuple[str, str]]:
    listed = list_area_schools(
        tables.schools(), tables.latest_years(), {"authority": authority}, 2019, tables.links(), on="2019-11-01"
    )
    return {school.urn: (school.name, school.not_due) for school in listed}


@pytest.mark.slow
def test_the_registers_links_of_a_review_long_past_are_of_their_own_time(tmp_path):
    links = "".join(f'{NEW + n},{OLD + n},"A","Predecessor","01-09-{2016 + n}"\n' for n in range(6))
    tables = prepare(tmp_path, {"links.csv": LINKS + links, "2018-2019/ks2.csv": write_ks2()})
    found = tables.links()
    assert isinstance(found, pd.DataFrame)
    assert found["chained"].tolist() == [True, True, True, False, False, False]
