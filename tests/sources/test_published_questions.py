"""What is questioned in the real files: counted, each looked at, and at most one figure in ten thousand."""

import csv
import io

import pytest
from wide_files import read_file, save

from pipeline.foundation.errors import FaultyInput

pytestmark = pytest.mark.published

#: Figures in all files that are read: of some, sources.plausibility makes nothing.
FIGURES = 790_000
#: (file, line, column) of everything that is said of the real files. The one cell is impossible in earnest: 25 of 24.
SAID = {("2024-2025/england_census.csv", 12413, "PSENELSE")}


def read_all(published, read_published):
    """The reading of every real file that is one of figures, those of ``dfe-more`` too."""
    for root in (published, published.parent / "dfe-more"):
        for path in sorted(root.rglob("*.csv")):
            try:
                _, reading = read_published(path)
            except FaultyInput as error:
                assert "published family" in str(error) or not is_figures(path), error
                continue
            if reading.observations is not None and len(reading.observations):
                yield reading


def is_figures(path):
    return any(word in path.name for word in ("ks2final", "ks4final", "ks4provisional", "census", "abs", "pupdest"))


def test_of_eight_hundred_thousand_real_figures_none_is_questioned_in_error(published, read_published):
    readings = list(read_all(published, read_published))
    figures = sum(int(reading.observations["value"].notna().sum()) for reading in readings)
    questioned = sum(int((reading.observations["availability"] == "questioned").sum()) for reading in readings)
    said = {(fault.file, fault.line, fault.column) for reading in readings for fault in reading.faults}
    assert figures > FIGURES
    assert questioned == 0
    assert said == SAID


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("2018-2019/england_abs.csv", {"england, state-funded primary": {0.1}, "school": {0.1}}),
        ("2023-2024/absence_2023-2024.csv", {"england, special": {0.1}, "school": {0.1}}),
    ],
)
def test_a_dropped_zero_is_not_taken_for_a_rounding(read_published, name, steps):
    """England's 4 and 13 are 4.0 and 13.0: one cell by itself had them rounded to whole per cents."""
    figures = read_published(name)[1].observations
    for level, expected in steps.items():
        found = figures.loc[figures["level"] == level, "step"].dropna()
        assert {round(step, 3) for step in found.unique()} == expected


def test_a_second_decimal_that_is_always_nought_is_not_taken_for_one(read_published):
    """Two schools, one authority and England: no column of percentages is long enough to tell by itself."""
    name = "2024-2025/SAMPLE_england_ks4final_LA885_transcribed.csv"
    figures = read_published(name)[1].observations
    percent = figures[(figures["unit"] == "percent") & figures["value"].notna()]
    assert percent["step"].min() == pytest.approx(0.1)


EXCHANGED = [
    ("2018-2019/850_ks2final.csv", "READ_AVERAGE", "MAT_AVERAGE"),  # 31 and 17 of 275 rows tell it: passed
    ("2018-2019/850_ks2final.csv", "PTRWM_EXP_18", "PTRWM_EXP_17"),  # 37 of 211: passed
    ("2018-2019/850_ks2final.csv", "PTREAD_EXP", "PTMAT_EXP"),  # TNotFSM6CLA1A was blamed
    ("2018-2019/850_ks2final.csv", "PTGPS_EXP", "PTMAT_EXP"),
    ("2017-2018/815_ks4final.csv", "PTL2BASICS_94", "PTL2BASICS_95"),
]


@pytest.mark.parametrize(("name", "one", "other"), EXCHANGED)
def test_two_headings_exchanged_in_a_real_file_stop_it_and_one_of_them_is_named_first(
    published, tmp_path, name, one, other
):
    rows = list(csv.reader(io.StringIO((published / name).read_text(encoding="utf-8-sig"))))
    moved = {one: other, other: one}
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[moved.get(head, head) for head in rows[0]], *rows[1:]])
    with pytest.raises(FaultyInput) as refused:
        read_file(save(tmp_path, name, text.getvalue()))
    assert refused.value.faults[0].column in moved
