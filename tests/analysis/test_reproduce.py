"""The department's own figures, from its own files, by this package's functions."""

from __future__ import annotations

import pytest

from pipeline.analysis.grid import lay_out
from pipeline.analysis.judging import pool_grid
from pipeline.analysis.reproduce import (
    reproduce_disadvantaged_difference,
    reproduce_key_stage_2_bands,
    reproduce_progress_8_bands,
    reproduce_three_year_share,
)
from pipeline.sources.ks2 import KeyStage2
from pipeline.sources.ks4 import KeyStage4
from pipeline.sources.reading import PublishedFile
from pipeline.sources.tables import read_table
from pipeline.vocabulary import Level

from .slices import england, indicator, observe, row

pytestmark = pytest.mark.published


@pytest.fixture(scope="module")
def hampshire(published):
    def read(year):
        name = f"{year - 1}-{year}/850_ks2final.csv"
        return KeyStage2().read(read_table(PublishedFile(published / name, name)), year).observations

    return {year: read(year) for year in (2018, 2019)}


def test_progress_8_bands_of_every_school_in_england(published):
    name = "2018-2019/england_ks4provisional.csv"
    observations = KeyStage4().read(read_table(PublishedFile(published / name, name)), 2019).observations
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


def test_three_year_shares_within_rounding(hampshire):
    found = reproduce_three_year_share(hampshire[2019], 2019)
    assert (found.compared, found.unlike) == (301, ())


def test_three_year_shares_by_the_pooling_of_many_schools_at_once(hampshire):
    printed = hampshire[2019]
    printed = printed[(printed["measure"] == "ks2_rwm_expected_3yr") & (printed["group"] == "all")]
    printed = printed[(printed["level"] == Level.SCHOOL) & printed["value"].notna()].set_index("urn")["value"]
    pooled = pool_grid(lay_out(hampshire[2019], printed.index.to_numpy(), [indicator("ks2_rwm_expected")], 2019))
    whole = (pooled.weights[:, 0] > 0).all(axis=1)
    assert whole.sum() == 301
    assert abs(pooled.value[whole, 0] - printed.to_numpy()[whole]).max() <= 0.7


@pytest.mark.parametrize("printed", [57.0, 59.0])
def test_a_figure_we_do_not_get_is_named(printed):
    own = [row("ks2_rwm_expected", year, 58, 12) for year in (2017, 2018, 2019)]
    rows = [*own, row("ks2_rwm_expected_3yr", 2019, printed), england("ks2_rwm_expected", 2019, 65)]
    found = reproduce_three_year_share(observe(rows), 2019)
    assert (found.compared, found.reproduced) == (1, int(printed != 57.0))
    assert found.unlike == (() if printed == 59.0 else ("URN 100001: published 57, found 58.33",))
