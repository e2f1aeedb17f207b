"""An edition's files together: what stands where two say the same, what one lends another, what is written."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from wide_files import ABSENCE, CENSUS, KS2, KS2_ASH, KS2_AUTHORITY, KS2_ENGLAND, KS2_HEADER, save

from pipeline.foundation.errors import Fault, FaultyInput, PipelineError
from pipeline.sources.frames import OBSERVATIONS, SCHOOLS, shape_frame
from pipeline.sources.joining.combine import Tenths
from pipeline.sources.joining.packing import PackedObservations
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import TABLES, open_prepared
from pipeline.sources.reading import PublishedFile

# The year before: PTRWM_EXP agrees with the later file's PTRWM_EXP_18 for Ash (60% of 25), READ_AVERAGE is new.
_OLD_HEADER = KS2_HEADER.replace("_18", "_17")
_OLD_ASH = KS2_ASH.replace("210,30,9,30%,70%,56%", "200,25,10,40%,60%,60%").replace("25,40%,60%,50%", "22,41%,59%,48%")
KS2_BEFORE = "\n".join([_OLD_HEADER, _OLD_ASH, KS2_AUTHORITY, KS2_ENGLAND]) + "\n"


def list_files(folder):
    return [
        save(folder / "in", "2018-2019/england_ks2final.csv", KS2),
        save(folder / "in", "2017-2018/885_ks2final.csv", KS2_BEFORE),
        save(folder / "in", "2018-2019/england_abs.csv", ABSENCE),
        save(folder / "in", "2018-2019/england_census.csv", CENSUS),
        save(folder / "in", "2018-2019/broken.csv", "<html>"),
    ]


@pytest.fixture
def edition(tmp_path):
    return list_files(tmp_path), tmp_path / "prepared"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The edition of ``list_files``, prepared once, and its folder: the tests that take them only read."""
    folder = tmp_path_factory.mktemp("edition")
    return prepare_edition(list_files(folder), folder / "prepared", year=2019), folder / "prepared"


@pytest.fixture(scope="module")
def prepared(done):
    return open_prepared(done[1])


def _find(frame, **about):
    for name, value in about.items():
        frame = frame[(frame[name] == value).fillna(False)]
    assert len(frame) == 1, frame
    return frame.iloc[0]


@pytest.mark.slow
def test_a_bad_file_stops_none_of_the_others(done):
    preparation, into = done
    assert [fault.file for fault in preparation.faults] == ["2018-2019/broken.csv"]
    assert len(preparation.loaded) == 4
    accounts = {one.file: one for one in open_prepared(into).reconciliation()}
    assert not accounts["2018-2019/broken.csv"].loaded
    assert accounts["2018-2019/broken.csv"].findings[0].severity == "error"


@pytest.mark.slow
def test_the_file_of_its_own_year_stands_and_the_other_is_compared(prepared):
    ash = prepared.load_school(900001).observations
    kept = _find(ash, measure="ks2_rwm_expected", group="all", year=2018)
    assert kept["file"] == "2017-2018/885_ks2final.csv"
    (overlap,) = next(one for one in prepared.reconciliation() if one.file == kept["file"]).overlaps
    assert (overlap.won_by, overlap.set_aside) == (kept["file"], "2018-2019/england_ks2final.csv")
    poor = "URN 900001, ks2_rwm_expected (disadvantaged) 2017/18: 60 in line 2 stands, 50 in line 2 does not"
    assert poor in overlap.examples
    assert overlap.agree + overlap.disagree > overlap.disagree > 0


@pytest.mark.published
@pytest.mark.slow
def test_0_of_no_pupils_is_no_figure(published, tmp_path):
    """One school had no pupils at the end of key stage 4 in 2016/17: its report had 0.0 as its Attainment 8 of then."""
    names = ("2016-2017/815_ks4final.csv", "2017-2018/815_ks4final.csv", "2018-2019/815_spine.csv")
    files = [PublishedFile(published / name, name) for name in names]
    prepare_edition(files, tmp_path / "prepared", year=2018)
    tables = open_prepared(tmp_path / "prepared")
    school = tables.load_school(121668).observations
    for measure in ("ks4_attainment8", "ks4_english_maths_94"):
        for group in ("all", "disadvantaged"):
            figure = _find(school, measure=measure, group=group, year=2017)
            assert figure["availability"] == "not available" and np.isnan(figure["value"])  # as its own year has it
    assert _find(school, measure="ks4_pupils", group="other", year=2017)["value"] == 0
    everything = tables.observations()
    assert not ((everything["value"] == 0) & (everything["cohort"] == 0) & (everything["unit"] != "pupils")).any()
    alone = prepare_edition(files[1:2], tmp_path / "alone", year=2018)
    school = open_prepared(tmp_path / "alone").load_school(121668).observations
    assert (
        alone.faults == ()
        and _find(school, measure="ks4_attainment8", group="all", year=2017)["availability"] == "no entries"
    )
    (account,) = (one for one in tables.reconciliation() if one.file == names[1])
    assert "26 figures of 0 of no pupils: taken for no entries" in account.notes


@pytest.mark.slow
def test_between_two_files_of_one_year_the_fuller_stands(tmp_path):
    thin = "\n".join(row.rsplit(",", 4)[0] for row in (KS2_HEADER, KS2_ASH.replace("70%", "69%"))) + "\n"
    files = [save(tmp_path, "2018-2019/a_provisional.csv", thin), save(tmp_path, "2018-2019/b_final.csv", KS2)]
    prepare_edition(files, tmp_path / "prepared", year=2019)
    ash = open_prepared(tmp_path / "prepared").load_school(900001).observations
    assert _find(ash, measure="ks2_rwm_expected", group="all", year=2019)["value"] == 70


@pytest.mark.slow
def test_what_the_years_own_file_suppresses_stays_suppressed(tmp_path):
    before = KS2_BEFORE.replace("60%,60%", "60%,SUPP")
    files = [save(tmp_path, "2018-2019/a.csv", KS2), save(tmp_path, "2017-2018/b.csv", before)]
    prepare_edition(files, tmp_path / "prepared", year=2019)
    ash = open_prepared(tmp_path / "prepared").load_school(900001).observations
    kept = _find(ash, measure="ks2_rwm_expected", group="disadvantaged", year=2018)
    assert (kept["word"], kept["availability"]) == ("SUPP", "suppressed")


@pytest.mark.slow
def test_absence_takes_the_roll_of_its_year_as_cohort(tmp_path):
    files = [
        save(tmp_path, "2018-2019/england_abs.csv", ABSENCE),
        save(tmp_path, "2018-2019/census.csv", CENSUS),
        save(tmp_path, "2017-2018/census.csv", CENSUS.replace(",210,", ",999,")),
    ]
    prepare_edition(files, tmp_path / "prepared", year=2019)
    prepared = open_prepared(tmp_path / "prepared")
    ash = prepared.load_school(900001).observations
    assert _find(ash, measure="absence_overall")["cohort"] == 210
    england = prepared.area_observations()
    assert _find(england, measure="absence_overall", level="england, state-funded primary")["cohort"] == 4554974
    account = next(one for one in prepared.reconciliation() if one.family == "absence")
    assert any("3 of 8 figures" in note or "4 of 8 figures" in note for note in account.notes), account.notes


@pytest.mark.slow
def test_a_predecessors_history_is_joined_to_the_academys(tmp_path):
    header = KS2_HEADER + ",URN_AC,OPEN_AC"
    rows = [KS2_ASH + ",900101,20190901", KS2_ASH.replace("900001", "900101").replace(",CY,", ",ACC,") + ",0,"]
    years = [("2018-2019/a.csv", [header, rows[0]])]
    later = header.replace("_18", "_21")
    years.append(("2021-2022/a.csv", [later, rows[1]]))
    files = [save(tmp_path, name, "\n".join(lines) + "\n") for name, lines in years]
    prepare_edition(files, tmp_path / "prepared", year=2022)
    today = open_prepared(tmp_path / "prepared").load_school(900101)
    joined = _find(today.observations, measure="ks2_rwm_expected", group="all", year=2019)
    assert (joined["urn"], joined["published_urn"], joined["value"]) == (900101, 900001, 70)
    assert today.links["predecessor"].tolist() == [900001]


@pytest.mark.slow
def test_a_school_that_opened_after_the_year_has_its_predecessors_figures_and_no_others(tmp_path):
    links = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n"
    links += "900301,900001,Ash,Predecessor,01-09-2020\n900303,900002,Birch,Predecessor - merged,01-09-2020\n"
    register = (
        "URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,TypeOfEstablishment (code),"
        "TypeOfEstablishment (name),EstablishmentStatus (code),EstablishmentStatus (name),OpenDate,CloseDate\n"
        "900301,885,Westshire,2001,Ash Academy,34,Academy converter,1,Open,01-09-2020,\n"
        "900303,885,Westshire,2009,Elm Free School,35,Free schools,1,Open,01-09-2020,\n"
    )
    files = [
        save(tmp_path, "2018-2019/ks2.csv", KS2),
        save(tmp_path, "gias/links.csv", links),
        save(tmp_path, "gias/all.csv", register),
    ]
    prepare_edition(files, tmp_path / "prepared", year=2019)
    prepared = open_prepared(tmp_path / "prepared")
    ash = prepared.load_school(900301).observations
    assert len(ash) and set(ash["published_urn"]) == {900001}
    assert prepared.load_school(900303).observations.empty


@pytest.mark.slow
def test_nothing_is_dropped_in_silence(prepared):
    for one in prepared.reconciliation():
        if one.loaded:
            assert sum(one.rows_by_kind.values()) == one.rows
            assert one.summarise()[0] == one.file
            assert len(one.summarise()) == 8
            assert one.file in str(one)


@pytest.mark.slow
def test_a_check_may_keep_a_file_out_and_sees_every_frame(edition):
    files, into = edition
    seen = []

    def check(family, frame, name):
        rows = frame.unpack() if isinstance(frame, PackedObservations) else frame
        seen.append((family, name, "availability" in rows))

        def settle():
            if family == "absence" and "availability" in rows:
                raise FaultyInput([Fault(name, None, "PERCTOT", "too high to be true", "Ask.")])

        return settle

    preparation = prepare_edition(files, into, year=2019, check=check)
    assert "2018-2019/england_abs.csv" not in preparation.loaded
    assert ("schools", "all schools", False) in seen
    assert ("ks2", "2017-2018/885_ks2final.csv", True) in seen
    assert open_prepared(into).observations(measure="absence_overall").empty


@pytest.mark.slow
def test_the_same_files_in_any_order_give_the_same_bytes(done, edition):
    files, into = edition
    prepare_edition(files[::-1], into, year=2019)
    for name in (*(f"{table}.parquet" for table in TABLES), "reconciliation.json"):
        assert (into / name).read_bytes() == (done[1] / name).read_bytes(), name


@pytest.mark.slow
def test_a_second_run_replaces_the_first_whole(done, edition):
    files, into = edition
    shutil.copytree(done[1], into)
    prepare_edition(files[:1], into, year=2019)
    assert [one.file for one in open_prepared(into).reconciliation()] == ["2018-2019/england_ks2final.csv"]
    assert [path.name for path in into.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
def test_frames_come_back_in_their_own_types(prepared):
    for name, frame in (("schools", prepared.schools()), ("observations", prepared.observations())):
        assert {column: str(kind) for column, kind in frame.dtypes.items()} == dict(TABLES[name])
    one = prepared.load_school(900001)
    assert {column: str(kind) for column, kind in one.observations.dtypes.items()} == OBSERVATIONS
    assert {column: str(kind) for column, kind in one.baselines.dtypes.items()} == OBSERVATIONS


@pytest.mark.slow
def test_a_slice_holds_one_school_its_authority_and_england(prepared):
    one = prepared.load_school(900001)
    assert (one.school.name, one.school.la, one.school.low_age) == ("Ash Primary", 885, 4)
    assert set(one.observations["urn"]) == {900001}
    assert set(one.baselines["level"]) == {
        "authority",
        "england, state-funded",
        "england, state-funded primary",
        "england, state-funded secondary",
    }
    assert prepared.latest_years().loc[900001] == 2019
    assert len(prepared.observations(urn=900001)) == len(one.observations)


@pytest.mark.slow
def test_a_school_whose_every_figure_is_withheld_is_not_missing(tmp_path):
    words = {"900002": "SUPP", "900003": "SP", "900004": "LOWCOV", "900005": "NE", "900006": "NEW"}
    silent = {"900007": "NA", "900008": "NP", "900009": ""}
    rows = [f"885,20{urn[-2:]},{urn},{word},{word}" for urn, word in {**words, **silent}.items()]
    absence = "\n".join(["LA,ESTAB,URN,PERCTOT,PPERSABS10", "885,2001,900001,4.1,8", *rows]) + "\n"
    prepare_edition([save(tmp_path, "2018-2019/abs.csv", absence)], tmp_path / "prepared", year=2019)
    latest = open_prepared(tmp_path / "prepared").latest_years()
    assert latest.to_dict() == dict.fromkeys([900001, *map(int, words)], 2019)


@pytest.mark.slow
def test_a_measure_published_behind_tells_of_a_school_in_the_year_it_is_published(tmp_path):
    absence = "LA,ESTAB,URN,PERCTOT,PPERSABS10\n885,2001,900001,4.1,8\n"
    prepare_edition([save(tmp_path, "2018-2019/abs.csv", absence)], tmp_path / "prepared", year=2021)
    prepared = open_prepared(tmp_path / "prepared")
    assert prepared.latest_years(behind={"absence_overall": 2}).to_dict() == {900001: 2021}
    assert prepared.latest_years(behind={"another": 2}).to_dict() == {900001: 2019}


def test_a_school_that_no_file_names_is_said_so(prepared):
    with pytest.raises(PipelineError, match="no file of this edition names URN 123456"):
        prepared.load_school(123456)


def test_an_edition_that_is_not_prepared_is_said_so(tmp_path):
    with pytest.raises(PipelineError, match="the edition is not prepared"):
        open_prepared(tmp_path)


def test_the_reconciliation_is_plain_json(prepared):
    accounts = json.loads((prepared.folder / "reconciliation.json").read_text(encoding="utf-8"))
    ks2 = next(one for one in accounts if one["file"] == "2018-2019/england_ks2final.csv")
    assert ks2["values"]["suppressed"]["SUPP"] >= 1
    assert "TOTPUPS" in ks2["columns_unused"]
    assert ks2["overlaps"][0]["won_by"] == "2017-2018/885_ks2final.csv"


@pytest.mark.slow
def test_no_file_at_all_gives_empty_tables(tmp_path):
    preparation = prepare_edition([], tmp_path / "prepared", year=2019)
    assert preparation.loaded == ()
    assert open_prepared(tmp_path / "prepared").schools().empty


def rank_tenths(figures, schools):
    tenths = Tenths(schools)
    for part in (figures[::2], figures[1::2]):
        tenths.add(part)
    return tenths.rank()


def _make_country(authorities):
    urns = np.arange(100_000, 100_000 + authorities * 2)
    figures = pd.DataFrame({"urn": urns, "la": urns % authorities, "value": np.arange(len(urns), dtype=float)})
    figures = figures.assign(level="school", measure="ks2_rwm_expected", group="all", year=2019, unit="percent")
    schools = pd.DataFrame({"urn": urns, "phase": "primary", "census_phase": "primary", "state_funded": True})
    return shape_frame(figures, OBSERVATIONS), shape_frame(schools, SCHOOLS)


def test_tenths_are_those_of_the_countrys_mainstream_schools():
    figures, schools = _make_country(150)
    schools.loc[299, "state_funded"] = False
    (row,) = rank_tenths(figures, schools).itertuples(index=False)
    assert (row.measure, row.census_phase, row.schools) == ("ks2_rwm_expected", "", 299)
    assert [row.d1, row.d5, row.d9] == pytest.approx([29.8, 149.0, 268.2])


@pytest.mark.slow
def test_special_schools_zeros_stay_their_own_and_move_no_tenth():
    figures, schools = _make_country(150)
    figures.loc[:99, "value"] = 0.0
    schools["phase"] = pd.Categorical(["special"] * 100 + ["primary"] * 200)
    (row,) = rank_tenths(figures, schools).itertuples(index=False)
    assert (row.schools, row.d1) == (200, pytest.approx(119.9))
    assert (figures["value"] == 0).sum() == 100


@pytest.mark.parametrize(("sector", "phases"), [("education_phase", ["primary", "secondary"]), ("school_type", [""])])
def test_tenths_of_a_tidy_file_are_by_phase_where_englands_rows_are(tmp_path, monkeypatch, sector, phases):
    """Primary schools suspend few pupils: among all schools together every one of them would be in the best half."""
    table = (
        "title: suspensions\nrecognised_by: [susp_rate]\nparts: {'': {made_up: {unit: points, columns: {all: a}}}}\n"
    )
    (tmp_path / f"ees_by_{sector}.yaml").write_text(f"{table}sector: {sector}\n", encoding="utf-8")
    monkeypatch.setattr("pipeline.sources.families.tidy.ees.ALIASES", tmp_path)
    figures, schools = _make_country(150)
    figures["measure"] = pd.Categorical(["made_up"] * len(figures))
    schools["census_phase"] = pd.Categorical(["primary"] * 100 + ["secondary"] * 200)
    ranked = rank_tenths(figures, schools)
    assert ranked["census_phase"].tolist() == phases
    assert ranked["schools"].tolist() == ([300] if phases == [""] else [100, 200])


def test_a_file_of_few_authorities_is_no_country():
    assert rank_tenths(*_make_country(100)).empty


@pytest.mark.slow
def test_years_after_the_review_are_left_aside_and_counted(tmp_path):
    """The edition was made, and then every check refused it for its later figures."""
    files = [save(tmp_path, "2018-2019/850_ks2final.csv", KS2), save(tmp_path, "2017-2018/england_abs.csv", ABSENCE)]
    preparation = prepare_edition(files, tmp_path / "prepared", year=2018)
    opened = open_prepared(tmp_path / "prepared")
    assert opened.observations()["year"].max() == 2018
    [account] = [one for one in preparation.reconciliations if one.file == "2018-2019/850_ks2final.csv"]
    assert account.loaded
    assert any("of 2018/19, later than the year under review, are left aside" in note for note in account.notes)
    assert not opened.schools()["file"].eq("2018-2019/850_ks2final.csv").any()


@pytest.mark.slow
def test_a_listed_school_that_only_links_name_has_its_predecessors_figures(tmp_path):
    """It was told to add a school list, though the links say whose figures are its own."""
    links = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n900101,900001,Ash Primary,Predecessor,01-11-2018\n"
    files = [save(tmp_path, "2018-2019/850_ks2final.csv", KS2), save(tmp_path, "links.csv", links)]
    preparation = prepare_edition(files, tmp_path / "prepared", year=2019, listed=[900101])
    opened = open_prepared(tmp_path / "prepared")
    school = opened.schools().set_index("urn").loc[900101]
    assert (school["name"], school["status"], school["opened"]) == ("Ash Primary", "open", "2018-11-01")
    assert school["state_funded"] and school["phase"] == "primary" and school["type"] == ""
    figures = opened.observations(urn=[900101])
    shares = figures[(figures["measure"] == "ks2_rwm_expected") & (figures["group"] == "all")]
    assert dict(zip(shares["year"], shares["value"], strict=True)) == {2018: 60.0, 2019: 70.0}
    assert set(shares["published_urn"]) == {900001}
    [account] = [one for one in preparation.reconciliations if one.file == "links.csv"]
    assert "URN 900101 is in no other file: it is described as 900001, which it followed" in account.notes


@pytest.mark.slow
def test_a_school_that_is_not_listed_is_not_made_of_links(tmp_path):
    links = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n900101,900001,Ash Primary,Predecessor,01-11-2018\n"
    files = [save(tmp_path, "2018-2019/850_ks2final.csv", KS2), save(tmp_path, "links.csv", links)]
    prepare_edition(files, tmp_path / "prepared", year=2019)
    assert 900101 not in set(open_prepared(tmp_path / "prepared").schools()["urn"])


@pytest.mark.published
def test_a_real_academy_that_is_listed_has_the_figures_published_under_its_predecessor(published, tmp_path):
    names = ("2018-2019/england_ks4provisional.csv", "gias/links_edubasealldata20250422.csv")
    files = [PublishedFile(published / name, name) for name in names]
    prepare_edition(files, tmp_path / "prepared", year=2019, listed=[146451])
    opened = open_prepared(tmp_path / "prepared")
    figures = opened.observations(urn=[146451])
    score = figures[(figures["measure"] == "ks4_attainment8") & (figures["group"] == "all")].iloc[0]
    assert (score["value"], score["cohort"], score["published_urn"]) == (44.1, 130, 112935)
    assert opened.schools().set_index("urn").loc[146451, "la"] == 830
