"""Absence, the wide download: England by phase, told by words inside key columns."""

import pytest
from wide_files import ABSENCE, CENSUS, find_one, read_file, save

from pipeline.analysis.grids.comparators import ENGLAND
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.school import analyse_school
from pipeline.foundation.vocabulary import Level, Rating
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared


@pytest.mark.slow
def test_schools_and_england_by_phase(tmp_path):
    reading = read_file(save(tmp_path, "2018-2019/england_abs.csv", ABSENCE))[1]
    assert reading.rows_by_kind == {
        "school": 2,
        "England, state-funded primary schools": 1,
        "England, state-funded secondary schools": 1,
    }
    assert find_one(reading, level=Level.ENGLAND_SECONDARY, measure="absence_persistent")["value"] == 13.7
    ash = find_one(reading, urn=900001, measure="absence_overall")
    assert (ash["value"], ash["unit"], ash["la"]) == (4.1, "percent", 885)
    birch = find_one(reading, urn=900002, measure="absence_overall")
    assert (birch["availability"], birch["word"]) == ("suppressed", "SUPP")


@pytest.mark.slow
def test_the_markers_may_stand_in_any_key_column(tmp_path):
    content = "LA,ESTAB,URN,PERCTOT,PPERSABS10\n885,2001,900001,4.1,8.2\n,PRI,NAT,4,8.2\n885,PRI,LA,4.2,8.1\n"
    reading = read_file(save(tmp_path, "2018-2019/a.csv", content))[1]
    assert find_one(reading, level=Level.ENGLAND_PRIMARY, measure="absence_overall")["value"] == 4
    assert reading.rows_by_kind["local authority, one phase"] == 1
    assert any("one phase: not used" in note for note in reading.notes)


@pytest.mark.slow
def test_an_england_row_of_no_phase_is_a_fault(tmp_path):
    content = "LA,ESTAB,URN,PERCTOT,PPERSABS10\n885,2001,900001,4.1,8.2\nNAT,,,4,8.2\n"
    refused = read_file(save(tmp_path, "2018-2019/a.csv", content))[1].refused
    assert [(fault.line, fault.what) for fault in refused] == [(3, "the row is of no known kind")]


@pytest.mark.slow
def test_a_zero_that_england_drops_moves_no_rating(tmp_path):
    """9 for 9.0 was taken for a whole number, as if England's figure might be 9.4: p was 0.015 where it is 0.007."""

    def compare(england):
        files = []
        for year in ("2016-2017", "2017-2018", "2018-2019"):
            schools = "885,2001,900001,4.1,14.8\n885,2002,900002,4.4,9.5\n885,2003,900003,3.9,8.7\n"
            content = f"LA,ESTAB,URN,PERCTOT,PPERSABS10\n{schools}NAT,PRI,,4,{england}\nNAT,SEC,,5.5,13.7\n"
            files += [save(tmp_path / england, f"{year}/a.csv", content)]
            files += [save(tmp_path / england, f"{year}/census.csv", CENSUS)]
        prepare_edition(files, tmp_path / england / "prepared", year=2019)
        slice = open_prepared(tmp_path / england / "prepared").load_school(900001)
        results = analyse_school(slice, load_indicators(), 2019).results
        return next(one for one in results if one.indicator == "absence_persistent").against(ENGLAND)

    dropped, printed = compare("9"), compare("9.0")
    assert (dropped.rating, dropped.p_value) == (Rating.GAP, printed.p_value)
    assert dropped == printed
