"""A country's figures are settled some schools at a time, and come out as if all had been settled together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sources.frames import LINKS, OBSERVATIONS, SCHOOLS, shape_frame
from pipeline.sources.joining import packing, settle
from pipeline.sources.joining.packing import PackedObservations
from pipeline.sources.joining.settle import Settlement, ToldFigures
from pipeline.sources.joining.tellings import sum_overlaps
from tests.conftest import count_examples

URNS = range(100_001, 100_013)
#: What one file tells of a school: its value or that it is withheld, of a measure and group.
rows = st.fixed_dictionaries(
    {
        "urn": st.sampled_from([*URNS, None]),
        "measure": st.sampled_from(["ks2_rwm_expected", "ks2_rwm_expected_3yr"]),
        "group": st.sampled_from(["all", "girls", "boys"]),
        "year": st.sampled_from([2023, 2024, 2025]),
        "value": st.sampled_from([None, 40.0, 60.0]),
        "cohort": st.sampled_from([None, 20.0]),
    }
)
#: Each school's successor, where one follows it.
successors = st.dictionaries(st.sampled_from(URNS), st.sampled_from(URNS), max_size=5)


PLAIN = {name: str for name, kind in OBSERVATIONS.items() if kind == "category"}


def make_file(name: str, told: list[dict]) -> ToldFigures:
    frame = pd.DataFrame(told, columns=["urn", "measure", "group", "year", "value", "cohort"])
    frame = frame.drop_duplicates(["urn", "measure", "group", "year"], ignore_index=True)
    kind = np.where(frame["value"].isna(), "suppressed", "available")
    level = np.where(frame["urn"].isna(), "england, all schools", "school")
    frame = frame.assign(level=level, published_urn=frame["urn"], unit="percent", availability=kind, step=1.0)
    frame = frame.assign(file=name, line=np.arange(len(frame)) + 2, column="A", word="", la=885)
    return ToldFigures(name, "ks2", PackedObservations(shape_frame(frame, OBSERVATIONS)))


def settle_all(files, links, schools):
    settlement = Settlement(files, links, schools)
    figures = [frame.astype(PLAIN) for frame in settlement.read()]
    empty = shape_frame(pd.DataFrame(columns=list(OBSERVATIONS)), OBSERVATIONS).astype(PLAIN)
    return pd.concat([empty, *figures], ignore_index=True), settlement


def count_set_aside(settlement):
    return [
        (one.won_by, one.set_aside, one.agree, one.disagree, one.alone) for one in sum_overlaps(settlement.overlaps)
    ]


@pytest.mark.slow
@settings(max_examples=count_examples(8))
@given(st.lists(st.lists(rows, max_size=25), min_size=1, max_size=3), successors)
def test_schools_settled_a_few_at_a_time_come_out_as_all_together(told, followed):
    files = [make_file(f"{place}.csv", one) for place, one in enumerate(told)]
    pairs = [{"urn": new, "predecessor": old, "chained": True} for old, new in followed.items() if old < new]
    pairs = list({pair["urn"]: pair for pair in pairs}.values())
    links = shape_frame(pd.DataFrame(pairs, columns=["urn", "predecessor", "chained"]), LINKS)
    schools = shape_frame(pd.DataFrame({"urn": list(URNS), "state_funded": True, "phase": "primary"}), SCHOOLS)
    whole, first = settle_all(files, links, schools)
    with pytest.MonkeyPatch.context() as few:
        few.setattr(settle, "ROWS_TOGETHER", 5)
        few.setattr(packing, "_ROWS_TOGETHER", 3)
        parts, second = settle_all([make_file(f"{place}.csv", one) for place, one in enumerate(told)], links, schools)
    pd.testing.assert_frame_equal(whole, parts)
    pd.testing.assert_frame_equal(first.areas.astype(PLAIN), second.areas.astype(PLAIN), check_index_type=False)
    assert whole["urn"].is_monotonic_increasing
    assert list(first.notes) == list(second.notes)
    assert count_set_aside(first) == count_set_aside(second)


def test_few_rows_of_each_of_many_schools_are_found_again():
    urns = np.random.default_rng(1).permutation(np.repeat(np.arange(100_000, 104_000), 2))
    figures = shape_frame(pd.DataFrame({"urn": urns, "value": np.arange(8_000.0)}), OBSERVATIONS)
    packed = PackedObservations(figures)
    by_urn = figures.sort_values("urn", kind="stable", ignore_index=True)
    for some in (packed.urns, packed.urns[998:1_003], packed.urns[::1_500], np.array([99_999])):
        assert packed.select(some).equals(by_urn[by_urn["urn"].isin(some)].reset_index(drop=True))
    assert PackedObservations(by_urn).unpack().equals(by_urn)
