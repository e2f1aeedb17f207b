"""The department's own figures, from its own files, by this package's functions."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.analysis.grids.grid import lay_out
from pipeline.analysis.ratings.judging import pool_grid
from pipeline.analysis.reproduce import (
    reproduce_disadvantaged_difference,
    reproduce_key_stage_2_bands,
    reproduce_progress_8_bands,
    reproduce_three_years,
)
from pipeline.foundation.vocabulary import Level
from pipeline.sources import prepare
from pipeline.sources.joining import settle
from pipeline.sources.prepared import open_prepared
from pipeline.sources.reading import PublishedFile

from .slices import indicator

pytestmark = pytest.mark.published


@pytest.fixture(scope="module")
def hampshire(read_published):
    return {year: read_published(f"{year - 1}-{year}/850_ks2final.csv")[1].observations for year in (2018, 2019)}


def test_progress_8_bands_of_every_school_in_england(read_published):
    observations = read_published("2018-2019/england_ks4provisional.csv")[1].observations
    found = reproduce_progress_8_bands(observations, 2019)
    assert (found.compared, found.reproduced, found.unlike) == (3401, 3401, ())


@pytest.mark.parametrize(
    ("year", "subject", "schools"),
    [
        (2018, "reading", 311), (2018, "writing", 312), (2018, "maths", 311),
        (2019, "reading", 321), (2019, "writing", 321), (2019, "maths", 321),
    ],
)  # fmt: skip
def test_key_stage_2_bands_of_every_school_in_hampshire(hampshire, year, subject, schools):
    found = reproduce_key_stage_2_bands(hampshire[year], subject, year)
    assert (found.compared, found.unlike) == (schools, ())


@pytest.mark.parametrize("subject", ["reading", "writing", "maths"])
def test_bands_of_the_year_before_stand_too(hampshire, subject):
    found = reproduce_key_stage_2_bands(hampshire[2018], subject, 2017)
    assert found.compared > 300
    assert found.unlike == ()


@pytest.mark.parametrize(("year", "schools"), [(2018, 193), (2019, 187)])
def test_disadvantaged_differences_exactly(hampshire, year, schools):
    found = reproduce_disadvantaged_difference(hampshire[year], year, tolerance=0)
    assert (found.compared, found.unlike) == (schools, ())


@pytest.fixture(scope="module")
def prepared(published, tmp_path_factory):
    """Hampshire's three years, settled as an edition settles them; and the transcribed rows of 2024/25.

    With the three-year figures that count a withheld year, which an edition does not keep.
    """

    def make(names, year):
        files = [PublishedFile(published / name, name) for name in names]
        folder = tmp_path_factory.mktemp("prepared") / str(year)
        with pytest.MonkeyPatch.context() as kept:
            kept.setattr(settle, "withhold_with_others", lambda figures: (figures, Counter()))
            assert prepare.prepare_edition(files, folder, year=year).faults == ()
        tables = open_prepared(folder)
        return tables.observations(), tables.links()

    return {
        2019: make([f"{year - 1}-{year}/850_ks2final.csv" for year in (2017, 2018, 2019)], 2019),
        2025: make(["2024-2025/SAMPLE_england_ks2final_LA885_transcribed.csv"], 2025),
    }


def test_every_three_year_figure_of_hampshire_is_ours_or_its_reason_is_named(prepared):
    """Shares, scores and pupils of every school: a figure that differs has a withheld year, or a year of fewer pupils.

    Before, the academy 144093 pooled two of its three years: its own look-back, without pupils, stood before both its
    predecessor's row and the later look-back, which have them.
    """
    found = reproduce_three_years(prepared[2019][0], 2019, prepared[2019][1])
    assert [one.unlike for one in found] == [()] * 5
    assert [(one.compared, one.reproduced) for one in found] == [
        (306, 298), (320, 310), (300, 295), (308, 303), (308, 303)
    ]  # fmt: skip
    reasons = [reason for one in found for reason in one.explained]
    assert all("whose own figure is withheld" in one or "1 pupil fewer than counted" in one for one in reasons)
    fewer = [one for one in reasons if "fewer" in one]
    assert [one[:10] for one in fewer] == ["URN 115908", "URN 116014", "URN 116371"]


def test_three_year_figures_of_a_later_layout_agree_whole(prepared):
    found = reproduce_three_years(*[prepared[2025][0], 2025, prepared[2025][1]])
    assert [(one.compared, one.reproduced) for one in found] == [(7, 7)] * 5


def test_what_is_withheld_cannot_be_worked_out_from_what_is_said(prepared):
    said = [reason for one in reproduce_three_years(prepared[2019][0], 2019) for reason in one.explained]
    assert not any("published" in one or "found" in one for one in said if "withheld" in one)


def test_three_year_shares_by_the_pooling_of_many_schools_at_once(hampshire):
    printed = hampshire[2019]
    printed = printed[(printed["measure"] == "ks2_rwm_expected_3yr") & (printed["group"] == "all")]
    printed = printed[(printed["level"] == Level.SCHOOL) & printed["value"].notna()].set_index("urn")["value"]
    pooled = pool_grid(lay_out(hampshire[2019], printed.index.to_numpy(), [indicator("ks2_rwm_expected")], 2019))
    whole = (pooled.weights[:, 0] > 0).all(axis=1)
    assert whole.sum() == 301
    assert abs(pooled.value[whole, 0] - printed.to_numpy()[whole]).max() <= 0.7
