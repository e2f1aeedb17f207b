"""Figures that cannot be, given those beside them: named, set aside, and never taken for a withheld one."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wide_files import read_file, save

from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import find_project
from pipeline.foundation.vocabulary import AVAILABILITY_OF_WORD, Availability
from pipeline.sources.joining.combine import combine_observations
from pipeline.sources.plausibility import RowsCompared, question_counts, set_aside_row
from pipeline.sources.plausibility.blame import find_culprits
from pipeline.sources.plausibility.checks import find_shares
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared
from pipeline.sources.reading import PublishedFile
from tests.conftest import count_examples

pytestmark = pytest.mark.slow

SAMPLE = find_project() / "data" / "editions" / "sample" / "published"
KS2 = "2024-2025/england_ks2final.csv"
KS4 = "2024-2025/england_ks4final.csv"
CENSUS = "2024-2025/england_census.csv"
ABSENCE = "2023-2024/absence_2023-2024.csv"
PROVISIONAL = "2023-2024/england_ks4provisional.csv"
ASH = 900001  # line 2 of the key stage 2 file: 61 pupils, 67% at the expected standard


class Sheet:
    """One of the sample's files, to be changed and read."""

    def __init__(self, name: str) -> None:
        self.name = name
        content = (SAMPLE / name).read_bytes()
        text = content.decode("cp1252" if b"\xe9" in content else "utf-8-sig")
        self.rows = list(csv.reader(io.StringIO(text, newline="")))
        self._places = {heading: place for place, heading in enumerate(self.rows[0])}

    def place(self, column: str) -> int:
        return self._places[column]

    def line(self, urn: int) -> int:
        """The line of a school, as people count."""
        return next(line for line, row in enumerate(self.rows, 1) if row[self._urn] == str(urn))

    @property
    def _urn(self) -> int:
        return self._places["URN"]

    def get(self, urn: int, column: str) -> str:
        return self.rows[self.line(urn) - 1][self.place(column)]

    def set(self, urn: int, column: str, text: str) -> None:
        self.rows[self.line(urn) - 1][self.place(column)] = text

    def change_column(self, column: str, change) -> None:
        place = self.place(column)
        for row in self.rows[1:]:
            if len(row) > place and row[place][:1].isdigit():
                row[place] = change(row[place])

    def save(self, folder: Path) -> PublishedFile:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(self.rows)
        return save(folder, self.name, text.getvalue())

    def read(self, folder: Path):
        return read_file(self.save(folder))[1]


def find(reading, column, urn=ASH):
    rows = reading.observations
    (row,) = rows[(rows["urn"] == urn) & (rows["column"] == column)].to_dict("records")
    return row


def places(reading):
    return [(fault.urn, fault.column) for fault in reading.faults]


def as_fraction(text):
    return f"{float(text.rstrip('%')) / 100:g}"


def test_the_sample_raises_no_question_but_the_impossible_percentage_it_is_made_with():
    """104.2% of pupils with a plan, as the department printed in 2024/25."""
    said = []
    for path in sorted(SAMPLE.rglob("*.csv")):
        name = path.relative_to(SAMPLE).as_posix()
        said += [fault.column for fault in read_file(PublishedFile(path, name))[1].faults]
    assert said == ["PSENELSE", "PSENELSE"]


@pytest.mark.parametrize("text", ["0.67", "0.67%", "67.5%", "6.7%"])
def test_a_share_that_no_whole_number_of_the_pupils_gives_is_named_and_not_used(tmp_path, text):
    sheet = Sheet(KS2)
    assert sheet.get(ASH, "PTRWM_EXP") == "67%" and sheet.get(ASH, "TELIG") == "61"
    sheet.set(ASH, "PTRWM_EXP", text)
    reading = sheet.read(tmp_path)
    figure = find(reading, "PTRWM_EXP")
    assert (figure["availability"], figure["word"]) == ("questioned", text)
    assert np.isnan(figure["value"])
    (fault,) = reading.faults
    assert (fault.file, fault.line, fault.column, fault.urn) == (KS2, sheet.line(ASH), "PTRWM_EXP", ASH)
    assert f"{text} is not believed and left out" in fault.what


def test_a_questioned_figure_is_never_a_suppressed_one_and_the_rest_of_the_file_stands(tmp_path):
    sheet = Sheet(KS2)
    before = sheet.read(tmp_path)
    sheet.set(ASH, "PTRWM_EXP", "0.67")
    reading = sheet.read(tmp_path)
    assert find(reading, "PTRWM_EXP")["availability"] != "suppressed"
    own = (reading.observations["column"] == "PTRWM_EXP") & (reading.observations["urn"] == ASH).fillna(False)
    for name in ("value", "lower", "upper", "cohort", "step"):  # one cell does not make a column's rounding either
        assert reading.observations.loc[~own, name].equals(before.observations.loc[~own, name]), name


@pytest.mark.parametrize(("text", "kind"), [("6700", "unknown"), ("67.0.0", "unknown"), ("67,5", "unknown")])
def test_what_is_no_percentage_at_all_is_left_out_with_its_text(tmp_path, text, kind):
    sheet = Sheet(KS2)
    sheet.set(ASH, "PTRWM_EXP", text)
    figure = find(sheet.read(tmp_path), "PTRWM_EXP")
    assert (figure["availability"], figure["word"]) == (kind, text)


@pytest.mark.parametrize(("name", "column"), [(KS2, "PTRWM_EXP"), (KS4, "PTL2BASICS_95"), (ABSENCE, "PERCTOT")])
def test_a_whole_column_of_fractions_is_one_fault_that_stops_its_file(tmp_path, name, column):
    sheet = Sheet(name)
    sheet.change_column(column, as_fraction)
    with pytest.raises(FaultyInput) as caught:
        sheet.read(tmp_path)
    (fault,) = caught.value.faults
    assert (fault.line, fault.column) == (1, column)
    assert "fractions of 1" in fault.what and "%" in fault.remedy


@pytest.mark.parametrize(("name", "column"), [(KS2, "PTRWM_EXP"), (ABSENCE, "PERCTOT"), (KS4, "ATT8SCR")])
def test_a_whole_column_a_hundred_times_too_large_is_one_fault_that_stops_its_file(tmp_path, name, column):
    sheet = Sheet(name)
    sheet.change_column(column, lambda text: f"{float(text.rstrip('%')) * 100:g}")
    with pytest.raises(FaultyInput) as caught:
        sheet.read(tmp_path)
    (fault,) = caught.value.faults
    assert fault.column == column and "impossible" in fault.what


def test_a_file_with_a_wrong_column_stops_none_of_the_others(tmp_path):
    sheet, other = Sheet(KS2), Sheet(KS4)
    sheet.change_column("PTRWM_EXP", as_fraction)
    files = [sheet.save(tmp_path / "in"), other.save(tmp_path / "in")]
    preparation = prepare_edition(files, tmp_path / "prepared", year=2025)
    assert [fault.file for fault in preparation.faults] == [KS2]
    assert preparation.loaded == (KS4,)


def test_headings_that_stand_one_cell_off_stop_the_file(tmp_path):
    sheet = Sheet(KS2)
    place = sheet.place("TELIG")
    header = sheet.rows[0]
    header.append(header.pop(place))
    with pytest.raises(FaultyInput, match="the headings do not stand over their own cells"):
        sheet.read(tmp_path)


@pytest.mark.parametrize("name", [KS2, KS4])
@pytest.mark.parametrize("step", [1, -1])
def test_of_a_row_shifted_by_one_cell_nothing_is_believed(tmp_path, name, step):
    sheet = Sheet(name)
    urn = ASH if name == KS2 else next(int(row[sheet._urn]) for row in sheet.rows[1:] if row[0] == "1")
    row = sheet.rows[sheet.line(urn) - 1]
    place = sheet.place("TELIG" if name == KS2 else "TPUP")
    if step == 1:
        row.insert(place, "")
        row.pop()
    else:
        row.pop(place)
        row.append("")
    reading = sheet.read(tmp_path)
    own = reading.observations[reading.observations["urn"] == urn]
    assert own["value"].isna().all() and own["cohort"].isna().all()
    told = [fault for fault in reading.faults if fault.line == sheet.line(urn)]
    assert len(told) == 1 and "nothing of it is believed" in told[0].what
    assert not any("Nothing else" in fault.remedy for fault in told)
    others = reading.observations[reading.observations["urn"] != urn]
    assert not (others["availability"] == "questioned").any()


def test_a_year_group_written_ten_times_as_large_is_questioned_and_not_used(tmp_path):
    sheet = Sheet(KS2)
    urn = 900003
    old = sheet.get(urn, "TELIG")
    sheet.set(urn, "TELIG", f"{old}0")
    reading = sheet.read(tmp_path)
    assert places(reading) == [(urn, "TELIG")]
    assert f"{old}0 is not believed" in reading.faults[0].what
    assert find(reading, "TELIG", urn)["availability"] == "questioned"
    share = find(reading, "PTRWM_EXP", urn)
    assert share["value"] > 0 and np.isnan(share["cohort"])  # shown, and not pooled


def put_side_by_side(frames):
    return combine_observations([frame.copy() for frame in frames])[0]


def question_together(observations):
    """What is not believed of figures of all files, and is set aside in them."""
    faults, compared = question_counts(observations), RowsCompared()
    compared.add(observations)
    (far,) = compared.find_far()
    return faults + [set_aside_row(observations, file, line) for file, line in far]


def repeat_for_years(sheet, folder):
    """The sheet's figures as those of three years and files, each school a little different in each."""
    frames = []
    for year, factor in ((2023, 0.97), (2024, 1.02), (2025, 1.0)):
        frame = sheet.read(folder).observations
        frame = frame[frame["year"] == 2025].reset_index(drop=True)
        moved = frame["unit"] == "percent"
        frame.loc[moved, "value"] = (frame.loc[moved, "value"] * factor + frame.loc[moved, "line"] % 7 / 10).round(1)
        frame["year"] = np.int16(year)
        frame["file"] = frame["file"].cat.rename_categories([f"{year}.csv"])
        frames.append(frame)
    return frames


def test_a_year_group_larger_than_its_school_is_questioned_when_the_census_is_there(tmp_path):
    figures, census = Sheet(KS4).read(tmp_path).observations, Sheet(CENSUS).read(tmp_path).observations
    assert question_together(put_side_by_side([figures, census])) == []
    counts = (figures["measure"] == "ks4_pupils") & (figures["group"] == "all") & (figures["level"] == "school")
    urn = int(figures.loc[counts & figures["value"].notna(), "urn"].iloc[0])
    own = (figures["urn"] == urn).fillna(False) & (figures["group"] == "all") & (figures["year"] == 2025)
    figures.loc[own & counts, "value"] = 9000.0
    together = put_side_by_side([figures, census])
    (fault,) = question_together(together)
    assert (fault.file, fault.urn, fault.column) == (KS4, urn, "TPUP")
    assert "9000 pupils are not believed and not used: the whole school has" in fault.what
    rows = together[(together["urn"] == urn) & (together["file"] == KS4) & (together["year"] == 2025)]
    assert rows.loc[rows["group"] == "all", "cohort"].isna().all()
    (count,) = rows[(rows["column"] == "TPUP")].to_dict("records")
    assert (count["availability"], count["word"]) == ("questioned", "9000")


def test_a_number_of_pupils_in_a_tidy_file_is_held_against_its_two_groups_in_rows_of_their_own(tmp_path):
    name = "2022-2023/202223_performance_tables_schools_final.csv"
    sheet = Sheet(name)
    place, about = sheet.place("pupil_count"), sheet.place("breakdown")
    row = next(row for row in sheet.rows[1:] if row[about] == "Total" and row[place].isdigit() and int(row[place]) > 50)
    row[place] += "0"
    together = put_side_by_side([sheet.read(tmp_path).observations])
    (fault,) = question_together(together)
    assert (fault.line, fault.column) == (sheet.rows.index(row) + 1, "pupil_count")
    assert "the two groups it is made of have" in fault.what


@pytest.mark.parametrize("factor", [10, 0.1])
def test_a_number_of_pupils_far_from_two_other_years_that_agree_is_questioned(tmp_path, factor):
    frames = repeat_for_years(Sheet(CENSUS), tmp_path)
    assert question_together(put_side_by_side(frames)) == []
    rolls = (frames[1]["urn"] == ASH).fillna(False) & (frames[1]["measure"] == "roll")
    frames[1].loc[rolls, "value"] = np.rint(frames[1].loc[rolls, "value"] * factor)
    (fault,) = question_together(put_side_by_side(frames))
    assert (fault.file, fault.urn, fault.column) == ("2024.csv", ASH, "NOR")
    assert "in its other years there are about" in fault.what


def test_a_row_that_lies_far_from_the_schools_other_years_in_nearly_every_figure_is_questioned(tmp_path):
    frames = repeat_for_years(Sheet(KS2), tmp_path)
    assert question_together(put_side_by_side(frames)) == []
    own = (frames[2]["urn"] == ASH).fillna(False) & (frames[2]["unit"] == "percent") & frames[2]["value"].notna()
    frames[2].loc[own, "value"] = 100 - frames[2].loc[own, "value"]
    together = put_side_by_side(frames)
    (fault,) = question_together(together)
    assert (fault.file, fault.line, fault.urn) == ("2025.csv", 2, ASH)
    row = together[(together["file"] == "2025.csv") & (together["line"] == 2)]
    assert row["value"].isna().all() and "questioned" in set(row["availability"])


BROKEN = ["#N/A", "4.9*", ""]


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("column", ["P8CILOW", "P8CIUPP"])
def test_a_bound_that_cannot_be_used_is_named_and_its_figure_shown_without_it(tmp_path, column, text):
    sheet = Sheet(PROVISIONAL)
    place = sheet.place("P8CILOW")
    urn = next(int(row[sheet._urn]) for row in sheet.rows[1:] if row[0] == "1" and row[place][-1:].isdigit())
    sheet.set(urn, column, text)
    reading = sheet.read(tmp_path)
    figure = find(reading, "P8MEA", urn)
    assert figure["availability"] == "available" and np.isnan(figure["lower"]) and np.isnan(figure["upper"])
    assert places(reading) == [(urn, column)]
    assert f"{text or 'nothing'} stands where a number is needed: P8MEA is not judged" in reading.faults[0].what


@pytest.mark.parametrize("text", [*BROKEN, "-63", "63.5"])
def test_a_number_of_pupils_that_cannot_be_used_is_named(tmp_path, text):
    sheet = Sheet(KS2)
    sheet.set(ASH, "TELIG", text)
    reading = sheet.read(tmp_path)
    figure = find(reading, "PTRWM_EXP")
    assert figure["value"] == 67 and np.isnan(figure["cohort"])
    assert (ASH, "TELIG") in places(reading)


@pytest.mark.parametrize(("lower", "upper", "said"), [("0.9", "-0.4", "ends below"), ("-9", "-8", "has its middle at")])
def test_an_interval_that_is_not_around_its_figure_is_questioned(tmp_path, lower, upper, said):
    sheet = Sheet(PROVISIONAL)
    place = sheet.place("P8CILOW")
    urn = next(int(row[sheet._urn]) for row in sheet.rows[1:] if row[0] == "1" and row[place][-1:].isdigit())
    sheet.set(urn, "P8CILOW", lower)
    sheet.set(urn, "P8CIUPP", upper)
    reading = sheet.read(tmp_path)
    assert reading.faults and all(fault.urn == urn for fault in reading.faults)
    assert any(said in fault.what for fault in reading.faults)
    assert np.isnan(find(reading, "P8MEA", urn)["lower"])


def test_an_authority_whose_schools_have_more_pupils_than_its_own_row_is_said(tmp_path):
    sheet = Sheet(KS2)
    (area,) = [row for row in sheet.rows if row[0] == "3"]
    for column in ("TELIG", "BELIG", "GELIG", "TFSM6CLA1A", "TNOTFSM6CLA1A"):
        area[sheet.place(column)] = str(int(area[sheet.place(column)]) // 2)
    said = [fault for fault in sheet.read(tmp_path).faults if "more than its own row's" in fault.what]
    assert [(fault.column, fault.line) for fault in said] == [("TELIG", sheet.rows.index(area) + 1)]


def test_what_is_questioned_is_told_by_the_check_and_in_the_account(tmp_path):
    sheet = Sheet(KS2)
    sheet.set(ASH, "PTRWM_EXP", "0.67")
    preparation = prepare_edition([sheet.save(tmp_path / "in")], tmp_path / "prepared", year=2025)
    assert preparation.faults == () and [fault.urn for fault in preparation.warnings] == [ASH]
    (account,) = open_prepared(tmp_path / "prepared").reconciliation()
    assert account.values["questioned"] == {"0.67": 1}
    assert [(found.severity, found.column) for found in account.findings] == [("warning", "PTRWM_EXP")]


def test_questioned_is_no_word_of_a_publisher():
    assert Availability.QUESTIONED not in AVAILABILITY_OF_WORD.values()
    assert "Left out because" in Availability.QUESTIONED.reason


@given(pupils=st.integers(1, 400), share=st.floats(0, 1), step=st.sampled_from([1.0, 0.1, 0.01]), up=st.booleans())
@settings(max_examples=count_examples(200))
def test_every_share_that_can_be_published_is_one_whichever_way_halves_are_rounded(pupils, share, step, up):
    count = round(share * pupils)
    exact = 100 * count / pupils / step
    value = step * (np.floor(exact + 0.5) if up else np.ceil(exact - 0.5))
    assert find_shares(np.array([value]), np.array([step]), np.array([float(pupils)]))[0]


def test_the_cell_that_most_failures_have_in_common_is_to_blame_alone():
    failing = [("TELIG", "GELIG", "BELIG"), ("TELIG", "TFSM", "TOTHER"), ("PT", "TELIG")]
    assert list(find_culprits(failing, {0, 1}, Counter(), {"TELIG", "GELIG", "BELIG"})) == ["TELIG"]


@pytest.mark.parametrize("column", ["TFSM6CLA1A", "TNOTFSM6CLA1A", "BELIG", "GELIG"])
def test_a_group_written_a_pupil_larger_is_not_used(tmp_path, column):
    """An average hardly moves with its weights: those that hold say nothing for the number that is wrong."""
    sheet = Sheet(KS2)
    sheet.set(ASH, column, str(int(sheet.get(ASH, column)) + 1))
    assert find(sheet.read(tmp_path), column)["availability"] == "questioned"


def test_a_column_of_points_of_another_scale_than_its_measures_others_stops_the_file(tmp_path):
    sheet = Sheet(KS4)
    sheet.change_column("ATT8SCR_FSM6CLA1A", as_fraction)
    with pytest.raises(FaultyInput, match=r"column ATT8SCR_FSM6CLA1A: the whole column .* is of another scale"):
        sheet.read(tmp_path)


def test_cells_that_nothing_tells_apart_are_all_to_blame():
    assert set(find_culprits([("P8", "LOW", "UPP")], {0}, Counter(), set())) == {"P8", "LOW", "UPP"}


def test_a_number_of_pupils_is_not_to_blame_for_one_share():
    assert list(find_culprits([("PT", "TELIG")], set(), Counter(), {"TELIG"})) == ["PT"]
