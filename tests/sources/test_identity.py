"""URN, LAESTAB and name of one row are one school's, or the row is named and not used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wide_files import CENSUS_HEADER, save

from pipeline.edition.schools import list_area_schools
from pipeline.sources.frames import SCHOOLS, shape_frame
from pipeline.sources.joining.identity import SchoolRows, find_doubtful_rows
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared
from tests.conftest import count_examples

KS2 = "RECTYPE,LEA,ESTAB,URN,SCHNAME,URN_AC,SCHNAME_AC,OPEN_AC,NFTYPE,ICLOSE,AGERANGE,TELIG,PTRWM_EXP"
NAMES = ["Ash Primary", "Birch Junior", "Cedar Church of England", "Elm Park", "Fir Tree", "Gorse Hill", "Holly Lodge"]
#: URN, establishment, name: URNs are far apart but for the first two.
ROWS = [(900001 + 1111 * place + (place == 1) * -1110, 2001 + place, name) for place, name in enumerate(NAMES)]
NO_LINKS = pd.DataFrame({"urn": [], "predecessor": []})


def write_ks2(rows=ROWS):
    lines = [
        f"1,885,{estab},{urn},{name},0,,,CY,0,4-11,40,{50 + place}%" for place, (urn, estab, name) in enumerate(rows)
    ]
    return "\n".join([KS2, *lines]) + "\n"


def write_census(rows=ROWS):
    lines = [
        f"{urn},885,{estab},State-funded primary,210,49%,4,2%,21,10%,42,20%,21,44,176,25%" for urn, estab, _ in rows
    ]
    return "\n".join([CENSUS_HEADER, *lines]) + "\n"


def prepare(folder, **changed):
    """Three years of results and a census; ``changed`` gives the text of some.

    The warnings given are those about schools: such short files lack columns and England's row besides.
    """
    files = {
        "before": "2016-2017/ks2.csv",
        "first": "2017-2018/ks2.csv",
        "second": "2018-2019/ks2.csv",
        "census": "2018-2019/census.csv",
    }
    texts = {"before": write_ks2(), "first": write_ks2(), "second": write_ks2(), "census": write_census(), **changed}
    given_files = [save(folder, files[key], text) for key, text in texts.items()]
    preparation = prepare_edition(given_files, folder / "prepared", year=2019)
    about_schools = tuple(fault for fault in preparation.warnings if fault.urn is not None)
    return replace(preparation, warnings=about_schools), open_prepared(folder / "prepared")


def find_value(tables, urn, year=2019):
    rows = tables.load_school(urn).observations
    found = rows[(rows["measure"] == "ks2_rwm_expected") & (rows["year"] == year)]["value"].tolist()
    return found[0] if found else None


def change(place, **about):
    rows = [list(row) for row in ROWS]
    for name, value in about.items():
        rows[place][("urn", "estab", "name").index(name)] = value
    return [tuple(row) for row in rows]


def swap(first, second, column):
    rows = [list(row) for row in ROWS]
    rows[first][column], rows[second][column] = rows[second][column], rows[first][column]
    return [tuple(row) for row in rows]


@pytest.mark.slow
def test_two_schools_whose_numbers_are_exchanged_are_named_and_not_used(tmp_path):
    """Before, each school was told the other's results, and nothing was said."""
    preparation, tables = prepare(tmp_path, second=write_ks2(swap(2, 5, 0)))
    assert preparation.faults == ()
    assert [(fault.file, fault.line, fault.urn) for fault in preparation.warnings] == [
        ("2018-2019/ks2.csv", 4, ROWS[5][0]), ("2018-2019/ks2.csv", 7, ROWS[2][0])
    ]  # fmt: skip
    assert f"URN {ROWS[2][0]} would be believed" in preparation.warnings[0].what
    assert find_value(tables, ROWS[2][0]) is None and find_value(tables, ROWS[2][0], 2018) == 52
    assert find_value(tables, ROWS[3][0]) == 53
    (account,) = [one for one in tables.reconciliation() if one.file == "2018-2019/ks2.csv"]
    assert "2 rows not used: the URN is not that of the school it stands beside" in account.notes
    assert account.values["available"][""] == 2 * (len(ROWS) - 2)


@pytest.mark.slow
def test_one_figure_of_a_number_wrong_is_named_and_the_school_keeps_its_other_files(tmp_path):
    """Before, the row was a new school's, and the school's own results were lost without a word."""
    preparation, tables = prepare(tmp_path, second=write_ks2(change(3, urn=ROWS[3][0] + 5000)))
    (fault,) = preparation.warnings
    assert (fault.line, fault.urn) == (5, ROWS[3][0] + 5000)
    assert fault.what == (
        f"URN {ROWS[3][0] + 5000} is in no other file, and LAESTAB 8852004 is that of URN {ROWS[3][0]} (Elm Park): "
        f"URN {ROWS[3][0]} would be believed"
    )
    assert ROWS[3][0] + 5000 not in set(tables.schools()["urn"])
    assert find_value(tables, ROWS[3][0], 2018) == 53


@pytest.mark.slow
def test_a_number_that_became_another_schools_of_the_file_leaves_that_school_its_row(tmp_path):
    """Before, the whole file was refused: two rows bear one URN."""
    preparation, tables = prepare(tmp_path, second=write_ks2(change(0, urn=ROWS[1][0])))
    assert preparation.faults == ()
    (fault,) = preparation.warnings
    assert (fault.line, fault.urn) == (2, ROWS[1][0]) and "LAESTAB 8852001" in fault.what
    assert find_value(tables, ROWS[1][0]) == 51
    assert find_value(tables, ROWS[0][0]) is None


@pytest.mark.slow
def test_two_rows_of_one_number_that_nothing_tells_apart_are_both_left_out(tmp_path):
    again = write_ks2() + f"1,885,2001,{ROWS[0][0]},Ash Primary,0,,,CY,0,4-11,40,99%\n"
    preparation, tables = prepare(tmp_path, second=again)
    assert [(fault.line, fault.urn) for fault in preparation.warnings] == [(2, ROWS[0][0]), (9, ROWS[0][0])]
    assert find_value(tables, ROWS[0][0]) is None and find_value(tables, ROWS[1][0]) == 51


@pytest.mark.slow
def test_names_of_two_rows_exchanged_are_named(tmp_path):
    preparation, tables = prepare(tmp_path, second=write_ks2(swap(2, 3, 2)))
    assert [fault.line for fault in preparation.warnings] == [4, 5]
    assert "the name 'Elm Park' is that of" in preparation.warnings[0].what
    assert find_value(tables, ROWS[2][0]) is None


@pytest.mark.slow
def test_laestabs_of_two_rows_exchanged_are_named(tmp_path):
    preparation, _ = prepare(tmp_path, second=write_ks2(swap(2, 3, 1)))
    assert [fault.line for fault in preparation.warnings] == [4, 5]
    assert "the LAESTAB 8852003 would be believed" in preparation.warnings[0].what


@pytest.mark.slow
def test_a_file_without_names_is_held_against_the_others(tmp_path):
    preparation, _ = prepare(tmp_path, census=write_census(swap(2, 3, 0)))
    assert [(fault.file, fault.line) for fault in preparation.warnings] == [
        ("2018-2019/census.csv", 4), ("2018-2019/census.csv", 5)
    ]  # fmt: skip


@pytest.mark.slow
def test_a_file_whose_numbers_are_all_moved_is_not_used(tmp_path):
    rows = [(900001 + 37 * place, 2001 + place, f"School {place}") for place in range(40)]
    moved = [(rows[place - 1][0], *row[1:]) for place, row in enumerate(rows)]
    honest = write_ks2(rows)
    preparation, tables = prepare(
        tmp_path, before=honest, first=honest, second=write_ks2(moved), census=write_census(rows)
    )
    assert {fault.file for fault in preparation.faults} == {"2018-2019/ks2.csv"}
    assert "2018-2019/ks2.csv" not in preparation.loaded
    assert find_value(tables, rows[4][0], 2018) == 54


HONEST = {
    "an academy's new number": lambda row: (990000 + row[1], *row[1:]),
    "another authority's number": lambda row: row,
    "a new establishment number": lambda row: (row[0], 5001, row[2]),
    "a new name": lambda row: (*row[:2], "Harbour Academy"),
    "another spelling": lambda row: (*row[:2], row[2].upper().replace("CHURCH OF ENGLAND", "C of E") + " School"),
}


@pytest.mark.slow
def test_what_changes_in_honest_files_is_not_questioned(tmp_path):
    """Each change in a row of its own; that of the name with parts in the row of such a name."""
    places = dict(zip(HONEST, (3, 4, 5, 6, 2), strict=True))
    changed = {places[what]: change for what, change in HONEST.items()}
    second = write_ks2([changed.get(place, lambda row: row)(row) for place, row in enumerate(ROWS)])
    preparation, _ = prepare(tmp_path, second=second.replace("1,885,2005", "1,886,2005"))
    assert preparation.warnings == () == preparation.faults


def describe(file, rows, family="ks2", year=2019, la=885):
    frame = pd.DataFrame(
        [{"urn": urn, "la": la, "laestab": la * 10_000 + estab, "name": name, "line": line}
         for line, (urn, estab, name) in enumerate(rows, start=2)]
    )  # fmt: skip
    return SchoolRows(file, family, year, shape_frame(frame, SCHOOLS))


@pytest.mark.slow
def test_linked_schools_may_stand_for_one_another():
    other = ROWS[2][0] + 1  # an academy whose number is like its predecessor's
    files = [describe("a", ROWS, year=2018), describe("b", change(2, urn=other)), describe("c", ROWS, "census")]
    links = pd.DataFrame({"urn": [other], "predecessor": [ROWS[2][0]]})
    assert find_doubtful_rows(files, NO_LINKS) and not find_doubtful_rows(files, links)


@pytest.mark.slow
@pytest.mark.parametrize(("opened", "is_doubtful"), [("2018-04-01", True), ("2019-04-01", False), ("", True)])
def test_a_school_that_opened_since_may_have_had_a_predecessor_with_a_number_like_its_own(opened, is_doubtful):
    listed = describe("list", ROWS, "gias", None)
    listed.schools.loc[2, "opened"] = opened
    doubts = find_doubtful_rows([listed, describe("a", change(2, urn=ROWS[2][0] + 1))], NO_LINKS)
    assert bool(doubts) is is_doubtful


@pytest.mark.slow
def test_a_list_of_schools_is_believed_and_never_questioned():
    listed = describe("list", ROWS, "gias", None)
    doubts = find_doubtful_rows([listed, describe("a", swap(2, 3, 0))], NO_LINKS)
    assert {file: [fault.line for fault in faults] for file, faults in doubts.items()} == {"a": [4, 5]}


@pytest.mark.slow
def test_where_two_files_alone_contradict_each_other_the_rows_of_both_are_named():
    doubts = find_doubtful_rows([describe("a", swap(2, 3, 0)), describe("b", ROWS, "census")], NO_LINKS)
    assert {file: [fault.line for fault in faults] for file, faults in doubts.items()} == {"a": [4, 5], "b": [4, 5]}


@pytest.mark.slow
def test_a_school_that_files_before_and_after_have_is_the_rows():
    """A number unlike the school's own: it cannot be a predecessor's, for the school was there before and after."""
    files = [describe("a", ROWS, year=2017), describe("b", change(2, urn=990000), year=2018), describe("c", ROWS)]
    assert [fault.line for fault in find_doubtful_rows(files, NO_LINKS)["b"]] == [4]


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.permutations(range(len(ROWS))), st.integers(0, len(ROWS) - 1))
def test_any_exchange_of_numbers_is_questioned_and_nothing_else_is(order, fixed):
    mixed = [(ROWS[place][0], *ROWS[number][1:]) for number, place in enumerate(order)]
    doubts = find_doubtful_rows(
        [describe("a", ROWS, year=2018), describe("b", mixed), describe("c", ROWS, "census")], NO_LINKS
    )
    moved = [line for line, place in enumerate(order, start=2) if place != line - 2]
    assert [fault.line for fault in doubts.get("b", [])] == moved
    assert set(doubts) <= {"b"}


REAL = (
    "2016-2017/850_ks2final.csv", "2017-2018/850_ks2final.csv", "2018-2019/850_ks2final.csv",
    "2016-2017/815_census.csv", "2016-2017/815_ks4final.csv", "2017-2018/815_census.csv", "2017-2018/815_ks4final.csv",
    "2018-2019/815_spine.csv", "2018-2019/england_abs.csv", "2018-2019/england_census.csv",
    "2018-2019/england_ks4-pupdest.csv", "2018-2019/england_ks4provisional.csv",
    "2023-2024/202324_information_about_schools_final.csv", "2023-2024/absence_2023-2024.csv",
    "2024-2025/england_census.csv", "2024-2025/england_ks4-pupdest.csv",
    "2024-2025/SAMPLE_england_ks2final_LA885_transcribed.csv",
    "2024-2025/SAMPLE_england_ks4final_LA885_transcribed.csv",
    "ofsted/ofsted_31Aug2025_five_authorities.csv", "ofsted/leeds_ofsted_data_from_MI_28Feb2026.csv",
    "../dfe-more/2014-2015/england_abs.csv", "../dfe-more/2016-2017/850_ks4final.csv",
    "../dfe-more/2017-2018/850_ks4final.csv", "../dfe-more/2018-2019/815_census.csv",
)  # fmt: skip


@pytest.fixture(scope="module")
def real(read_published):
    """What the rows of the department's files say of their schools."""
    found = []
    for name in REAL:
        _, reading = read_published(name)
        family = {"abs": "absence", "census": "census", "spine": "spine", "ofsted": "ofsted"}
        kind = next((kind for word, kind in family.items() if word in name), "results")
        found.append(SchoolRows(name, kind, reading.year, reading.schools))
    return found


@pytest.mark.published
def test_no_row_of_the_departments_own_files_is_doubted(real):
    """135,000 rows of eleven years side by side, links unknown: no false alarm."""
    rows = sum(len(one.schools) for one in real)
    assert rows > 135_000
    assert find_doubtful_rows(real, NO_LINKS) == {}
    for year in (2017, 2018, 2019, 2024, 2025):
        assert find_doubtful_rows([one for one in real if one.year in (year, year - 1, year - 2)], NO_LINKS) == {}


@pytest.mark.published
@pytest.mark.parametrize("kind", ["one figure", "two exchanged"])
def test_of_wrong_numbers_in_real_files_nearly_all_are_named(real, kind):
    files = [one for one in real if "850_ks2" in one.file]
    rng = np.random.default_rng(20190831)
    wrong = named = besides = 0
    for _ in range(30):
        place = int(rng.integers(len(files)))
        schools = files[place].schools.copy()
        first, second = rng.choice(len(schools), 2, replace=False)
        urns = schools["urn"].to_numpy().copy()
        if kind == "one figure":
            power = 10 ** int(rng.integers(5))
            figure = urns[first] // power % 10
            urns[first] += ((figure + int(rng.integers(1, 10))) % 10 - figure) * power
            lines = {int(schools["line"].iloc[first])}
        else:
            urns[first], urns[second] = urns[second], urns[first]
            lines = set(schools["line"].iloc[[first, second]].astype(int))
        schools["urn"] = urns
        mixed = [
            SchoolRows(one.file, one.family, one.year, schools if one is files[place] else one.schools) for one in files
        ]
        doubts = find_doubtful_rows(mixed, NO_LINKS)
        found = {fault.line for fault in doubts.get(files[place].file, [])}
        wrong, named = wrong + len(lines), named + len(found & lines)
        besides += sum(map(len, doubts.values())) - len(found & lines)
    assert named >= 0.9 * wrong and besides <= 0.05 * wrong


def list_due(tables):
    listed = list_area_schools(tables.schools(), tables.latest_years(), {"authority": 885}, 2019, on="2019-11-01")
    return {school.urn: school.not_due for school in listed}


IN_DOUBT = "no row about it is used: its URN stands beside another school's number or name, as `check` says"


@pytest.mark.slow
def test_schools_whose_every_row_is_in_doubt_are_not_due_with_that_reason(tmp_path):
    """Of two files that tell them differently neither is believed, and the two stood in no list at all."""
    texts = {"2017-2018/ks2.csv": write_ks2(), "2018-2019/ks2.csv": write_ks2(swap(2, 5, 0))}
    given_files = [save(tmp_path, name, text) for name, text in texts.items()]
    prepare_edition(given_files, tmp_path / "prepared", year=2019)
    due = list_due(open_prepared(tmp_path / "prepared"))
    assert due == {urn: IN_DOUBT if place in (2, 5) else "" for place, (urn, *_) in enumerate(ROWS)}


@pytest.mark.slow
@settings(max_examples=count_examples(5))
@given(data=st.data())
def test_every_school_of_any_file_is_due_or_not_due_with_a_reason(tmp_path_factory, data):
    """URNs, establishments and names exchanged or mistyped in any of the files, a list of schools or none beside."""
    folder = tmp_path_factory.mktemp("edition")
    texts, told = {}, set()
    files = {"2017-2018/ks2.csv": write_ks2, "2018-2019/ks2.csv": write_ks2, "2018-2019/census.csv": write_census}
    for name, write in files.items():
        rows = [list(row) for row in ROWS]
        for _ in range(data.draw(st.integers(0, 2))):
            one, other, column = (data.draw(st.integers(0, most)) for most in (len(ROWS) - 1, len(ROWS) - 1, 2))
            if data.draw(st.booleans()):
                rows[one][column], rows[other][column] = rows[other][column], rows[one][column]
            elif column == 0:
                rows[one][0] = data.draw(st.integers(900001, 909999))
        if "census" not in name or data.draw(st.booleans()):
            texts[name] = write([tuple(row) for row in rows])
            told |= {row[0] for row in rows}
    preparation = prepare_edition([save(folder, *one) for one in texts.items()], folder / "prepared", year=2019)
    refused = {fault.file for fault in preparation.faults}
    due = list_due(open_prepared(folder / "prepared"))
    often = {urn for urn in told if sum(str(urn) in text for text in texts.values()) > 1}  # one told once is mistyped
    assert set(due) <= told
    assert refused or set(due) >= often
