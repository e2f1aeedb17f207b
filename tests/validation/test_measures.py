"""A figure of an edition is of a measure that some table of columns names, or that the edition's returns hold."""

from __future__ import annotations

import pytest
from correct_frames import PARAMETERS, make_frame

from pipeline.foundation.paths import find_project
from pipeline.sources.local.files import RETURNS
from pipeline.sources.measures import list_measures
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise, settle_year
from pipeline.sources.tabular.tables import read_table
from pipeline.validation import check_frame

STATEMENT = "Every figure is one of the measures that the tables of columns name"


def find_strangers(frame, measures):
    report = check_frame("observations", frame, year=2019, measures=list(measures))
    return [example.value for check in report.critical if STATEMENT in check.statement for example in check.examples]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ks2_rwm_expcted", "roll_", "a", "phonics_expected"])
def test_a_measure_that_no_table_names_is_critical_however_well_it_is_written(name):
    """Any word of small letters passed."""
    frame = make_frame("observations")
    frame["measure"] = frame["measure"].astype(object).where(frame.index != 3, name).astype("category")
    assert find_strangers(frame, PARAMETERS["observations"]["measures"]) == [name]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(RETURNS))
def test_measures_of_local_returns_are_allowed_where_the_edition_has_some(name):
    frame = make_frame("observations")
    frame["measure"] = frame["measure"].astype(object).where(frame.index != 3, name).astype("category")
    assert find_strangers(frame, list_measures(with_returns=True)) == []
    assert find_strangers(frame, list_measures(with_returns=False)) == [name]


def list_read(root):
    for path in sorted(root.rglob("*.csv")):
        table = read_table(PublishedFile(path, path.relative_to(root).as_posix()))
        source = recognise(table)
        observations = source.read(table, settle_year(table, source)).observations
        if observations is not None:
            yield from observations["measure"].unique()


@pytest.mark.slow
def test_every_measure_that_the_samples_files_hold_is_listed():
    found = set(list_read(find_project() / "data/editions/sample/published"))
    assert len(found) > 40 and found <= set(list_measures(with_returns=False))
