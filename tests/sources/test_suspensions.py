"""Suspensions and permanent exclusions: the words of old and new files, LAESTABs, and numbers too small to be told."""

from __future__ import annotations

import pandas as pd
import pytest
from wide_files import read_file, save

from pipeline.sources.joining.laestabs import find_schools, list_bearers
from pipeline.sources.prepare import Preparation, prepare_edition
from pipeline.sources.prepared import Prepared, open_prepared
from pipeline.sources.reading import PublishedFile, Reading

#: The headings of exc_school, 2024/25.
HEADER = (
    "time_identifier,time_period,geographic_level,country_code,country_name,region_code,region_name,old_la_code,"
    "new_la_code,la_name,estab,school_laestab,school_urn,school_name,trust_name,academy_type,academy_open_date,"
    "education_phase,headcount,perm_excl,perm_excl_rate,suspension,susp_rate,one_plus_susp,one_plus_susp_rate"
)
#: Those of exclusions_by_geographic_level, 2016/17.
OLD_HEADER = (
    "time_identifier,time_period,geographic_level,country_code,country_name,region_code,region_name,old_la_code,"
    "new_la_code,la_name,estab,laestab,academy_type,academy_open_date,school_type,num_schools,headcount,perm_excl,"
    "perm_excl_rate,fixed_excl,fixed_excl_rate,one_plus_fixed,one_plus_fixed_rate"
)
AREA = "E92000001,England,E12000005,West Midlands"
RATES = ("suspended_percent", "suspensions_per_100", "permanent_exclusions_per_100")
COUNTS = ("suspended_pupils", "suspensions", "permanent_exclusions")


def write_counts(headcount: int, *counts: int) -> str:
    """Headcount, and each count with its rate as newer files print it."""
    return ",".join([str(headcount), *(f"{count},{100 * count / headcount:.9f}" for count in counts)])


def write_school(urn: int, laestab: int, year: str, headcount: int, *counts: int) -> str:
    about = f"885,E10000034,Worcestershire,{laestab % 10000},{laestab},{urn},Elm School,,Total,,State-funded secondary"
    return f"Academic year,{year},School,{AREA},{about},{write_counts(headcount, *counts)}"


NEW = "\n".join(
    [
        HEADER,
        write_school(900001, 8854001, "202425", 800, 1, 90, 40),
        write_school(900002, 8854002, "202425", 60, 0, 71, 9),  # more suspensions than pupils
        write_school(900003, 8854003, "202425", 400, 3, 5, 2),  # five suspensions of two pupils
        write_school(900003, 8854003, "202324", 410, 0, 2, 1),
        "Academic year,202425,School,E92000001,England,,,885,E10000034,Worcestershire,4009,8854009,900009,Ash,,Total,,"
        "State-funded secondary,0,0,z,0,z,0,z",
        f"Academic year,202425,Local authority,{AREA},885,E10000034,Worcestershire,,,,,,Total,,Total,"
        + write_counts(80000, 2, 4000, 1600),
        f"Academic year,202425,Local authority,{AREA},885,E10000034,Worcestershire,,,,,,Total,,State-funded secondary,"
        + write_counts(40000, 2, 3500, 1500),
        "Academic year,202425,National,E92000001,England,,,,,,,,,,,Total,,State-funded secondary,"
        + write_counts(3600000, 8000, 700000, 250000),
    ]
)
OLD = "\n".join(
    [
        OLD_HEADER,
        f"Academic year,201617,School,{AREA},885,E10000034,Worcestershire,4001,8854001,Total,,State-funded secondary,1,"
        "1214,6,0.49,156,12.85,78,6.43",
        f"Academic year,201617,School,{AREA},885,E10000034,Worcestershire,7003,8857003,Total,,Special,1,"
        "58,x,x,69,118.97,x,x",
        f"Academic year,201617,School,{AREA},885,E10000034,Worcestershire,4002,8854002,Total,,State-funded secondary,1,"
        "0,0,.,0,.,0,.",
        f"Academic year,201516,School,{AREA},885,E10000034,Worcestershire,4001,8854001,Total,,State-funded secondary,1,"
        "1226,5,0.41,110,8.97,62,5.06",
        "Academic year,201617,National,E92000001,England,,,,,,,,Total,,Special,9,112325,80,0.07,14635,13.03,5715,5.09",
    ]
)
OLDER = "\n".join(
    [
        OLD_HEADER.replace("time_identifier,time_period,geographic_level", "year,level"),
        *(line.replace("Academic year,", "") for line in OLD.splitlines()[1:5]),
    ]
)


def find(reading: Reading, measure: str, urn: int, year: int) -> tuple:
    rows = reading.observations
    (row,) = rows[(rows["measure"] == measure) & (rows["urn"] == urn) & (rows["year"] == year)].itertuples()
    return None if pd.isna(row.value) else row.value, str(row.availability)


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    folder = tmp_path_factory.mktemp("suspensions")
    files = {"new": ("2024-2025/a.csv", NEW), "old": ("b.csv", OLD), "older": ("c.csv", OLDER)}
    return {key: read_file(save(folder, name, text + "\n"))[1] for key, (name, text) in files.items()}


@pytest.mark.slow
def test_new_words_are_read_and_a_rate_above_100_is_right(readings):
    new = readings["new"]
    assert find(new, "suspended_percent", 900001, 2025) == (5.0, "available")
    assert find(new, "suspensions_per_100", 900002, 2025) == (pytest.approx(118.333333), "available")
    assert find(new, "suspensions", 900002, 2025) == (71, "available")
    assert find(new, "suspensions_per_100", 900009, 2025) == (None, "not applicable")
    england = new.observations[new.observations["level"] == "england, state-funded secondary"].set_index("measure")
    assert england.loc["suspended_percent", "value"] == pytest.approx(6.944444)
    assert new.rows_by_kind == {
        "England, state-funded secondary schools": 1,
        "local authority": 1,
        "other kind of school, not read": 1,
        "school": 5,
    }
    assert new.faults == () and not new.by_laestab


@pytest.mark.slow
def test_one_or_two_are_withheld_with_their_rates_though_they_stand_in_clear(readings):
    """What is withheld is told by nothing that is left: no value, no word, no step that were not there otherwise."""
    rows = readings["new"].observations.astype({"measure": str, "availability": str, "word": str})
    for count, rate in zip(COUNTS, RATES, strict=True):
        counts, rates = (rows[rows["measure"] == measure].reset_index(drop=True) for measure in (count, rate))
        assert not counts["value"].between(0.5, 2.5).any()
        gone = counts["availability"] == "suppressed"
        assert gone.any()
        for each in (counts[gone], rates[gone]):
            assert each[["value", "lower", "upper", "step"]].isna().all(axis=None)
            assert set(each["word"]) == {""} and set(each["availability"]) == {"suppressed"}
    assert find(readings["new"], "suspensions_per_100", 900003, 2025) == (1.25, "available")  # five of two pupils
    assert "5 numbers from 1 to 2 stand here in clear; they and their rates are withheld" in readings["new"].notes


@pytest.mark.slow
@pytest.mark.parametrize("key", ["old", "older"])
def test_old_words_years_and_marks_are_read_by_laestab(readings, key):
    old = readings[key]
    assert old.by_laestab and old.year == 2017
    assert find(old, "suspensions_per_100", 8854001, 2017) == (12.85, "available")
    assert find(old, "suspended_pupils", 8854001, 2016) == (62, "available")
    assert find(old, "suspensions_per_100", 8857003, 2017) == (118.97, "available")
    assert find(old, "suspended_percent_elsewhere", 8857003, 2017) == (None, "suppressed")
    assert 8857003 not in set(old.observations.loc[old.observations["measure"] == "suspended_percent", "urn"])
    assert 8854001 not in set(old.observations.loc[old.observations["measure"] == "suspended_percent_elsewhere", "urn"])
    assert find(old, "suspensions_per_100", 8854002, 2017) == (None, "not applicable")
    assert "the file holds 2 years, those that end in 2016, 2017" in old.notes
    assert old.faults == () and len(old.schools) == 0


@pytest.mark.slow
def test_a_laestab_may_have_a_slash_and_one_that_is_none_is_named_with_its_line(tmp_path):
    text = OLD.replace(",8854001,", ",885/4001,").replace(",8857003,", ",88570O3,") + "\n"
    _, reading = read_file(save(tmp_path, "a.csv", text))
    assert find(reading, "suspensions", 8854001, 2017) == (156, "available")
    assert reading.rows_by_kind["school without a LAESTAB, not read"] == 1
    (fault,) = reading.faults
    assert (fault.line, fault.column, fault.what) == (3, "laestab", "'88570O3' is not a LAESTAB")


def test_a_file_by_reason_is_known_for_what_it_is_and_gives_nothing(tmp_path):
    text = (
        "time_identifier,time_period,geographic_level,country_code,country_name,school_type,perm_persistent_disruptive,"
        "fixed_persistent_disruptive\nAcademic year,201617,National,E92000001,England,Total,2755,108640\n"
    )
    _, reading = read_file(save(tmp_path, "a.csv", text))
    assert reading.observations is None and reading.rows_by_kind == {"not read": 1}
    assert "counts why pupils were excluded" in reading.notes[0]


SPINE = """\
URN,LA,ESTAB,SCHNAME,MINORGROUP,NFTYPE,ISPRIMARY,ISSECONDARY,AGEL,AGEH,ICLOSE,OPENDATE,CLOSEDATE,TOWN
900001,885,4001,Elm High School,Maintained school,CY,0,1,11,16,1,,2016-08-31,Elm
900011,885,4001,Elm Academy,Academy,ACC,0,1,11,16,0,2016-09-01,,Elm
900007,885,7003,Oak School,Special school,CYS,0,0,2,19,0,,,Oak
"""


def prepare(folder, *files: PublishedFile) -> tuple[Preparation, Prepared]:
    found = prepare_edition(files, folder / "prepared", year=2019)
    return found, open_prepared(folder / "prepared")


@pytest.mark.slow
def test_a_school_known_by_laestab_has_the_urn_that_bore_it_in_the_year(tmp_path):
    found, tables = prepare(tmp_path, save(tmp_path, "spine.csv", SPINE), save(tmp_path, "b.csv", OLD + "\n"))
    assert found.faults == ()
    rows = tables.observations()
    rows = rows[rows["measure"] == "suspended_pupils"]
    held = {(int(row.published_urn), int(row.year)): row.value for row in rows.itertuples()}
    assert held.keys() == {(900001, 2016), (900011, 2017), (900007, 2017)}  # an academy since September 2016
    assert held[900011, 2017] == 78
    (account,) = [one for one in found.reconciliations if one.file == "b.csv"]
    assert account.urns == {900001, 900011, 900007} and (account.schools, account.schools_known) == (3, 3)
    assert any("1 row of 1 LAESTAB not used" in note and "8854002" in note for note in account.notes)


@pytest.mark.slow
def test_nobody_is_guessed_who_bore_a_number():
    lists = pd.DataFrame({"laestab": [8852001] * 2, "urn": [1, 2], "opened": ["", ""], "closed": ["", ""]})
    wanted = pd.DataFrame({"laestab": [8852001, 8852001, 8852002], "year": [2017, 2018, 2018]})
    assert find_schools(wanted, list_bearers([(None, lists)])).empty
    results = lists.iloc[[1]]
    found = find_schools(wanted, list_bearers([(None, lists), (2018, results)]))
    assert found.to_dict() == {(8852001, 2018): 2}  # a file of that year says who
    assert find_schools(wanted, list_bearers([])).empty


NAME = "2016-2017/exclusions_by_geographic_level.csv"


@pytest.fixture(scope="module")
def real(published) -> Reading:
    return read_file(PublishedFile(published.parent / "dfe-more" / NAME, NAME))[1]


@pytest.mark.published
@pytest.mark.parametrize(
    ("level", "la", "year", "figures"),
    [  # permanent, its rate, suspensions, its rate, pupils, their share
        ("england, state-funded", None, 2017, (7720, 0.10, 381865, 4.76, 183475, 2.29)),
        ("england, state-funded", None, 2016, (6685, 0.08, 339360, 4.29, None, None)),
        ("england, state-funded secondary", None, 2017, (None, None, None, 9.40, None, None)),
        ("england, state-funded primary", None, 2017, (None, None, None, 1.37, None, None)),
        ("england, special", None, 2017, (None, None, None, 13.03, None, None)),
        ("authority", 885, 2017, (94, 0.12, 2812, 3.57, 1585, 2.01)),
        ("authority", 815, 2017, (85, 0.10, 4642, 5.63, None, None)),
        ("school", 8854005, 2017, (6, None, 156, 12.85, 78, None)),
        ("school", 8857003, 2017, (None, None, None, 118.97, None, None)),
    ],
)
def test_the_figures_of_2016_17_are_read_right(real, level, la, year, figures):
    rows = real.observations
    rows = rows[(rows["level"] == level) & (rows["year"] == year)]
    rows = rows[rows["urn"] == la] if level == "school" else rows[rows["la"] == la] if la else rows
    held = rows.set_index(rows["measure"].astype(str))["value"]
    names = (
        "permanent_exclusions", "permanent_exclusions_per_100", "suspensions", "suspensions_per_100",
        "suspended_pupils", "suspended_percent",
    )  # fmt: skip
    for name, figure in zip(names, figures, strict=True):
        assert figure is None or held[name] == figure, name
    if la == 8854005:
        assert rows["cohort"].unique() == [1214]


@pytest.mark.published
def test_every_real_row_is_accounted_for_and_nothing_is_questioned(real):
    rows = real.observations
    assert sum(real.rows_by_kind.values()) == 3097 and real.faults == ()
    assert set(rows["availability"].unique()) == {"available", "suppressed", "not applicable"}
    worcestershire = rows[(rows["la"] == 885) & (rows["year"] == 2017) & (rows["measure"] == "permanent_exclusions")]
    schools = worcestershire[worcestershire["level"] == "school"]
    assert (schools["value"].sum(), (schools["availability"] == "suppressed").sum()) == (63, 23)
    assert not any("in clear" in note for note in real.notes)


@pytest.mark.published
@pytest.mark.parametrize(
    "name", ["2016-2017/exclusions_by_reason.csv", "2015-2016/SFR35_2017_reason_for_exclusion.csv"]
)
def test_real_files_by_reason_are_known_for_what_they_are(published, name):
    _, reading = read_file(PublishedFile(published.parent / "dfe-more" / name, name))
    assert reading.observations is None and "counts why pupils were excluded" in reading.notes[0]


@pytest.mark.published
def test_a_real_countys_schools_are_found_by_their_laestab(published, tmp_path):
    names = ("2018-2019/815_spine.csv", "2016-2017/815_census.csv")
    files = [PublishedFile(published / name, name) for name in names]
    found, tables = prepare(tmp_path, *files, PublishedFile(published.parent / "dfe-more" / NAME, NAME))
    assert found.faults == ()
    rows = tables.observations()
    rows = rows[(rows["measure"] == "suspensions") & (rows["year"] == 2017) & (rows["urn"] == rows["published_urn"])]
    by_hand = tables.schools().set_index("urn")["laestab"]
    assert len(rows) > 350 and rows["urn"].isin(by_hand.index).all()
    source = pd.read_csv(published.parent / "dfe-more" / NAME, dtype=str)
    source = source[(source["time_period"] == "201617") & source["laestab"].notna()].set_index("laestab")["fixed_excl"]
    for row in rows.dropna(subset="value").iloc[::15].itertuples():
        assert float(source[str(by_hand[row.urn])]) == row.value
