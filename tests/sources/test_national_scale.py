"""A country's files: every school is there, and what is held and written for each figure stays bounded."""

import tracemalloc
from itertools import pairwise

import pyarrow.parquet as pq
import pytest

from pipeline.foundation.vocabulary import Level
from pipeline.sample.england import write_england
from pipeline.sources.joining.packing import PackedObservations
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import ROWS_IN_A_GROUP, open_prepared
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise
from pipeline.sources.tabular.tables import read_table

pytestmark = pytest.mark.kernel

SCHOOLS = 1_000
#: Bytes at the peak: for the largest files while they are read, and for each figure prepared. OBSERVATIONS take some 72
#: a row, and are never held twice.
BYTES_ALWAYS = 75_000_000
BYTES_A_ROW = 72
#: Bytes a figure may take while its file waits for the others; in a frame it takes 72.
BYTES_PACKED = 24


@pytest.fixture(scope="module")
def england(tmp_path_factory):
    """The published files of a small country, and its edition, with the peak of Python's and numpy's memory."""
    folder = tmp_path_factory.mktemp("england")
    write_england(folder / "published", schools=SCHOOLS, years=2)
    files = [
        PublishedFile(path, path.relative_to(folder / "published").as_posix())
        for path in sorted((folder / "published").rglob("*.csv"))
    ]
    tracemalloc.start()
    preparation = prepare_edition(files, folder / "prepared", year=2025)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert preparation.faults == ()
    return files, open_prepared(folder / "prepared"), peak


def test_every_school_is_there_with_its_own_rows_only(england):
    _, prepared, _ = england
    schools = prepared.schools()
    assert len(schools) == SCHOOLS and schools["urn"].is_unique
    for urn in schools["urn"].iloc[:: SCHOOLS // 20]:
        one = prepared.load_school(int(urn))
        assert one.school.urn == urn
        assert set(one.observations["urn"]) == {urn}
        assert set(one.baselines.loc[one.baselines["level"] == str(Level.AUTHORITY), "la"]) == {one.school.la}


def test_the_slices_hold_all_there_is(england):
    _, prepared, _ = england
    table = pq.ParquetFile(prepared.folder / "observations.parquet")
    told = prepared.latest_years()
    assert set(told.index) <= set(prepared.schools()["urn"]) and (told == 2025).mean() > 0.9
    some = [int(urn) for urn in told.index[::500]]
    rows = sum(len(prepared.load_school(urn).observations) for urn in some)
    assert 0 < rows == len(prepared.observations(urn=some)) < table.metadata.num_rows


def test_of_neighbouring_schools_the_figures_sought_alone_are_read(england):
    _, prepared, _ = england
    first, last = (int(urn) for urn in prepared.schools()["urn"].iloc[[100, 900]])
    sought = {"measure": ["ks2_rwm_expected", "absence_overall"], "group": ["all"]}
    found = prepared.observations_between(first, last, ("urn", "measure", "value"), **sought)
    whole = prepared.observations_between(first, last)
    chosen = whole[whole["measure"].isin(sought["measure"]) & (whole["group"] == "all")]
    assert 0 < len(found) == len(chosen) < len(whole)
    assert found["value"].tolist() == pytest.approx(chosen["value"].tolist(), nan_ok=True, abs=0)


def test_memory_for_each_figure_is_bounded(england):
    _, prepared, peak = england
    rows = sum(
        pq.ParquetFile(prepared.folder / f"{name}.parquet").metadata.num_rows for name in ("observations", "areas")
    )
    assert rows > 130_000
    assert peak < BYTES_ALWAYS + BYTES_A_ROW * rows


def test_a_file_that_waits_for_the_others_is_small(england):
    files, _, _ = england
    file = next(file for file in files if file.name.endswith("2025/england_ks2final.csv"))
    table = read_table(file)
    figures = recognise(table).read(table, 2025).observations
    packed = PackedObservations(figures)
    assert packed.size / len(packed) < BYTES_PACKED
    by_urn = figures.sort_values("urn", kind="stable", ignore_index=True)  # those of no school last
    for name in figures:
        assert packed[name].equals(by_urn[name]), name
    some = packed.urns[10::700]
    assert packed.select(some).equals(by_urn[by_urn["urn"].isin(some)].reset_index(drop=True))


def test_one_schools_rows_stand_in_one_or_two_groups_of_bounded_size(england):
    _, prepared, _ = england
    about = pq.ParquetFile(prepared.folder / "observations.parquet").metadata
    groups = [about.row_group(group) for group in range(about.num_row_groups)]
    assert {group.num_rows for group in groups[:-1]} == {ROWS_IN_A_GROUP}
    assert max(group.total_byte_size for group in groups) < 1_000_000
    ranges = [(group.column(1).statistics.min, group.column(1).statistics.max) for group in groups]
    assert all(before[1] <= after[0] for before, after in pairwise(ranges))
