"""Who the schools are: lists, phases, and one row per school from several sources."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.foundation.vocabulary import Phase
from pipeline.sources.families.schools import (
    SOURCES,
    complete_schools,
    describe_types,
    load_school_rules,
    merge_schools,
    name_census_phase,
    name_phase,
    name_phase_apart,
    split_age_ranges,
)
from pipeline.sources.frames import SCHOOLS, shape_frame
from pipeline.sources.reading import PublishedFile, RawTable
from pipeline.sources.tabular.tables import read_table

REGISTER = """\
URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,TypeOfEstablishment (code),TypeOfEstablishment (name),\
EstablishmentStatus (code),EstablishmentStatus (name),OpenDate,CloseDate,PhaseOfEducation (name),StatutoryLowAge,\
StatutoryHighAge,Gender (name),ReligiousCharacter (name),Trusts (code),Trusts (name),Town,Postcode
900001,885,Worcestershire,4001,"Elm, First School",34,Academy converter,1,Open,01-09-2016,,Primary,4,9,Mixed,None,\
16093,A Trust,Evesham,WR1
900002,885,Worcestershire,4002,Oak Middle School,1,Community school,4,Proposed to open,,,Middle deemed secondary,\
9,13,Mixed,None,,,Redditch,WR2
900003,885,Worcestershire,,Ash School,1,Community school,2,Closed,,31-08-2016,Not applicable,,,Not applicable,,,,,
900004,681,Cardiff,1001,Ysgol Derw,30,Welsh establishment,1,Open,,,Primary,4,11,Mixed,,,,Cardiff,CF1
oops,885,Worcestershire,4005,No Number,1,Community school,1,Open,31-02-2016,,Primary,4,11,Mixed,,,,,
"""


def read_text(folder: Path, text: str, encoding: str = "cp1252") -> RawTable:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return read_table(PublishedFile(path, "published/list.csv"))


def read_list(folder: Path, text: str):
    table = read_text(folder, text)
    [source] = [source for source in SOURCES if source.recognises(table.header)]
    return source.read(table, 2019)


@pytest.mark.slow
def test_register_gives_one_row_for_each_school_in_england(tmp_path):
    reading = read_list(tmp_path, REGISTER)
    schools = reading.schools.set_index("urn")
    assert list(schools.index) == [900001, 900002, 900003]
    first = schools.loc[900001]
    assert (first["name"], first["laestab"], first["la_name"]) == ("Elm, First School", 8854001, "Worcestershire")
    assert (first["phase"], first["census_phase"], first["type"]) == ("first", "primary", "Academy converter")
    assert (first["opened"], first["status"], first["trust"], first["trust_name"]) == (
        "2016-09-01",
        "open",
        16093,
        "A Trust",
    )
    assert (schools.loc[900002, "phase"], schools.loc[900002, "census_phase"]) == ("middle", "secondary")
    assert schools.loc[900002, "status"] == "new"
    closed = schools.loc[900003]
    assert (closed["status"], closed["closed"], closed["phase"], closed["gender"]) == (
        "closed",
        "2016-08-31",
        "unknown",
        "",
    )
    assert pd.isna(closed["laestab"])


@pytest.mark.slow
def test_a_place_is_read_where_it_lies_on_the_national_grid(tmp_path):
    header, *rows = REGISTER.splitlines()
    places = ["403700,243800", "0,0", "403700,", "", ""]
    text = "\n".join(
        [f"{header},Easting,Northing", *(f"{row},{place}" for row, place in zip(rows, places, strict=True))]
    )
    schools = read_list(tmp_path, text).schools.set_index("urn")
    assert schools.loc[900001, ["easting", "northing"]].tolist() == [403700, 243800]
    assert schools.loc[[900002, 900003], ["easting", "northing"]].isna().all(axis=None)


@pytest.mark.slow
def test_register_accounts_for_every_row_and_column_and_names_every_fault(tmp_path):
    reading = read_list(tmp_path, REGISTER)
    assert reading.rows_by_kind == {"school": 3, "not a school in England": 1, "no URN": 1}
    assert "Postcode" in reading.columns_unused and "Trusts (code)" in reading.columns_used
    assert {(fault.line, fault.column) for fault in reading.faults} == {(6, "URN"), (6, "OpenDate")}


@pytest.mark.slow
def test_school_information_list_is_read_by_its_own_headings(tmp_path):
    text = (
        "URN,LANAME,LA,ESTAB,LAESTAB,SCHNAME,TOWN,SCHSTATUS,OPENDATE,CLOSEDATE,MINORGROUP,SCHOOLTYPE,ISPRIMARY,"
        "ISSECONDARY,ISPOST16,AGELOW,AGEHIGH,GENDER,RELCHAR,ADMPOL\n"
        "900001,Worcestershire,885,4001,8854001,Elm School,Evesham,"
        '"Open, but proposed to close",,,Academy,Academy converter,1,0,0,,,Mixed,None,\n'
    )
    school = read_list(tmp_path, text).schools.iloc[0]
    assert (school["la_name"], school["status"], school["phase"]) == ("Worcestershire", "open", "primary")


@pytest.mark.parametrize(
    ("type", "low", "high", "phase", "census"),
    [
        ("Community school", 4, 7, "infant", "primary"),
        ("Community school", 4, 8, "first", "primary"),
        ("Academy converter", 2, 9, "first", "primary"),
        ("Academy converter", 5, 10, "first", "primary"),
        ("Community school", 4, 11, "primary", "primary"),
        ("Community school", 4, 12, "primary", "primary"),
        ("Community school", 7, 11, "junior", "primary"),
        ("Community school", 8, 12, "middle", "primary"),
        ("Community school", 9, 12, "middle", "primary"),
        ("Academy converter", 9, 13, "middle", "secondary"),
        ("Academy converter", 10, 13, "middle", "secondary"),
        ("Academy converter", 10, 14, "middle", "secondary"),
        ("Academy sponsor led", 10, 18, "all-through", "secondary"),
        ("Foundation school", 11, 16, "secondary", "secondary"),
        ("Foundation school", 11, 14, "secondary", "secondary"),
        ("Academy converter", 12, 18, "high", "secondary"),
        ("Academy converter", 13, 19, "high", "secondary"),
        ("Academy converter", 3, 18, "all-through", "secondary"),
        ("Academy converter", 16, 19, "16 plus", ""),
        ("University technical college", 14, 19, "secondary", "secondary"),
        ("ACCS", 4, 11, "special", "special"),
        ("Other independent special school", 4, 11, "special", ""),
        ("Non-maintained special school", 4, 19, "special", "special"),
        ("IND", 4, 11, "independent", ""),
        ("Pupil Referral Unit", 11, 16, "alternative provision", ""),
        ("LA Nursery School", 2, 5, "nursery", ""),
        ("Free school - Mainstream", None, None, "unknown", ""),
    ],
)
def test_phase_follows_type_and_ages(type, low, high, phase, census):
    found = name_phase(type, low, high)
    assert (found, name_census_phase(found, type, low, high)) == (phase, census)


def test_a_lists_own_word_serves_only_where_type_and_ages_do_not():
    assert name_phase("Community school", 9, 13, "Secondary") is Phase.MIDDLE
    assert name_phase("Community school", None, None, "Middle deemed primary") is Phase.MIDDLE
    assert name_census_phase(Phase.MIDDLE, "Community school", 9, 13, "Middle deemed primary") == "primary"
    assert name_phase("", 4, 11, "PRU") is Phase.ALTERNATIVE_PROVISION


ages = st.one_of(st.none(), st.integers(0, 99))
types = st.sampled_from([kind.type for kind in load_school_rules().types] + ["", "Some new kind of school"])
words = st.sampled_from(["", "Primary", "Not applicable", "16 plus", "Middle deemed secondary"])


@pytest.mark.slow
@given(types, ages, ages, words)
def test_every_school_gets_exactly_one_phase_and_one_census_phase(type, low, high, word):
    phase = name_phase(type, low, high, word)
    assert isinstance(phase, Phase)
    assert name_census_phase(phase, type, low, high, word) in {"", "primary", "secondary", "special"}
    known = {kind.type: kind.kind for kind in load_school_rules().types}
    if known.get(type) == "mainstream" and low is not None and high is not None and low <= high:
        assert phase is not Phase.UNKNOWN


@pytest.mark.slow
@given(st.integers(0, 99), st.integers(0, 99))
def test_the_first_age_rule_that_matches_is_the_only_phase(low, high):
    matching = {
        rule.phase
        for rule in load_school_rules().ages
        if rule.low[0] <= low <= rule.low[1] and rule.high[0] <= high <= rule.high[1]
    }
    assert low > high or 1 <= len(matching) <= 2
    if low <= high:
        assert name_phase("Community school", low, high) in matching


def test_no_word_belongs_to_two_types():
    spellings = [word.lower() for kind in load_school_rules().types for word in {kind.type, *kind.also}]
    assert sorted(spellings) == sorted(set(spellings))


def test_types_of_all_sources_become_the_registers():
    published = pd.Series(["ACC", "Academy - Converter mainstream", "Converter academies", "Academy Converter", "New"])
    assert list(describe_types(published)) == ["Academy converter"] * 4 + ["New"]


def test_age_ranges_are_split():
    ages = split_age_ranges(pd.Series(["4-11", "13 to 25", "", "z"]))
    assert ages.to_numpy(dtype=object, na_value=None).tolist() == [[4, 11], [13, 25], [None, None], [None, None]]


def make_schools(**columns) -> pd.DataFrame:
    return shape_frame(pd.DataFrame(columns), SCHOOLS)


REGISTERED = make_schools(urn=[1], name=["Elm Academy"], type=["Academy converter"], trust=[7], file=["gias"], line=[2])
RESULTS = make_schools(
    urn=[1, 2],
    name=["ELM", "Oak"],
    low_age=[9, 4],
    high_age=[13, 11],
    town=["Evesham", ""],
    file=["ks2"] * 2,
    line=[5, 6],
)
OLDER = make_schools(
    urn=[1, 2], name=["Elm First", "Oak"], low_age=[4, 4], high_age=[9, 11], file=["old"] * 2, line=[5, 6]
)
INSPECTED = make_schools(
    urn=[1], name=["Elm"], trust=[8], trust_name=["Other Trust"], la=[885], la_name=["Worcestershire"]
)
COUNTED = make_schools(urn=[1, 3], census_phase=["primary", ""], la=[885, 885], state_funded=[True, False])
MEMBERS = make_schools(urn=[1, 4], trust=[9, 9], trust_name=["Third Trust"] * 2)
FOUND = [
    ("gias", REGISTERED),
    ("ks2", RESULTS, 2019),
    ("ks2", OLDER, 2018),
    ("ofsted", INSPECTED),
    ("census", COUNTED, 2019),
    ("trusts_ks4", MEMBERS, 2019),
]


def test_a_telephone_number_is_read_however_a_file_spaces_it_and_nothing_else_is():
    told = ["0125 2617664", "(020) 7946 0018", "1632960001", "0142084486", "999", "see website", "", pd.NA]
    schools = pd.DataFrame({"urn": range(1, 9), "type": "Community school", "telephone": told})
    assert complete_schools(schools)["telephone"].tolist() == [
        *("01252617664", "02079460018", "01632960001", "0142084486"),
        *("", "", "", ""),
    ]


@pytest.mark.slow
def test_each_field_comes_from_the_best_source_that_has_it():
    merged = merge_schools(FOUND).set_index("urn")
    elm = merged.loc[1]
    assert (elm["name"], elm["town"], elm["la_name"], elm["file"]) == (
        "Elm Academy",
        "Evesham",
        "Worcestershire",
        "gias",
    )
    assert (elm["low_age"], elm["high_age"], elm["phase"]) == (9, 13, "middle")
    assert elm["census_phase"] == "primary"  # the census's own count, though 9 to 13 is deemed secondary
    assert (elm["trust"], elm["trust_name"]) == (7, "")  # another trust's name is not lent


@pytest.mark.slow
def test_nothing_is_invented_and_a_trusts_list_adds_no_school():
    merged = merge_schools(FOUND).set_index("urn")
    assert list(merged.index) == [1, 2, 3]
    assert (merged.loc[3, "name"], merged.loc[3, "phase"], merged.loc[3, "la_name"]) == (
        "",
        "unknown",
        "Worcestershire",
    )
    assert pd.isna(merged.loc[2, "state_funded"]) and pd.isna(merged.loc[2, "trust"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "type",
    ["Pupil referral unit", "Academy alternative provision converter", "Community hospital school",
     "Local authority nursery school", "Other independent school", "Free schools 16 to 19"],
)  # fmt: skip
@pytest.mark.parametrize(
    "word", ["state-funded secondary", "state-funded primary", "middle deemed secondary", "secondary"]
)
def test_schools_unlike_most_have_no_census_phase_wherever_a_file_counts_them(type, word):
    """A pupil referral unit of 11 to 16 that a file counts among secondary schools was compared with them."""
    phase = name_phase(type, 11, 16, word)
    assert name_census_phase(phase, type, 11, 16, word) == ""
    listed = make_schools(urn=[1], name=["Oak"], type=[type], low_age=[11], high_age=[16])
    counted = make_schools(urn=[1], census_phase=["secondary"])
    (school,) = merge_schools([("gias", listed), ("census", counted, 2019)]).itertuples()
    assert (school.phase, school.census_phase) == (phase, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "word", ["Pupil referral unit", "State-funded AP school", "State-funded nursery", "Independent school"]
)
def test_ages_alone_make_no_mainstream_school_of_one_that_a_file_calls_otherwise(word):
    """A unit that the census calls a pupil referral unit became a secondary school by its ages in another file, and was
    rated beside secondary schools."""
    counted = make_schools(urn=[1], phase=[name_phase_apart(word)], census_phase=[""])
    inspected = make_schools(urn=[1], name=["Oak"], low_age=[11], high_age=[16])
    (school,) = merge_schools([("ofsted", inspected), ("census", counted, 2019)]).itertuples()
    assert (school.phase, school.census_phase) == (name_phase_apart(word), "")
    registered = make_schools(urn=[1], type=["Community school"])  # a type settles it
    (school,) = merge_schools([("gias", registered), ("ofsted", inspected), ("census", counted, 2019)]).itertuples()
    assert (school.phase, school.census_phase) == ("secondary", "secondary")


@pytest.mark.slow
def test_without_ages_the_census_names_the_phase():
    results = make_schools(urn=[1], name=["Elm"], type=["Academy converter"])
    counted = make_schools(urn=[1], census_phase=["secondary"])
    assert merge_schools([("ks4", results, 2019), ("census", counted, 2019)]).iloc[0]["phase"] == "secondary"


@pytest.mark.slow
def test_ofsteds_ages_name_the_phase_where_no_list_and_no_results_file_gives_any():
    results = make_schools(urn=[1, 2], name=["Elm", "Oak"], type=["Academy converter"] * 2)
    counted = make_schools(urn=[1, 2], census_phase=["secondary"] * 2)
    inspected = make_schools(urn=[1, 2], low_age=[13, 9], high_age=[18, 13])
    found = [("ks4", results, 2019), ("census", counted, 2019), ("ofsted", inspected)]
    assert merge_schools(found)["phase"].tolist() == ["high", "middle"]
    listed = make_schools(urn=[1, 2], low_age=[11, 11], high_age=[16, 18])
    assert merge_schools([*found, ("spine", listed)])["phase"].tolist() == ["secondary", "secondary"]


@pytest.mark.slow
def test_the_order_of_files_does_not_matter():
    expected = merge_schools(FOUND)
    for order in list(permutations(FOUND))[::250]:
        pd.testing.assert_frame_equal(merge_schools(order), expected)


@pytest.mark.slow
def test_no_files_give_no_schools():
    assert merge_schools([]).empty
    assert complete_schools(make_schools(urn=[1])).iloc[0]["phase"] == "unknown"
