"""Which school followed which: single successions join histories, mergers and splits never do."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sources.families.links import LINK_TYPES, SOURCES, join_links
from pipeline.sources.frames import LINKS, OBSERVATIONS, shape_frame
from pipeline.sources.joining.histories import chain_histories, list_ancestors
from pipeline.sources.reading import PublishedFile, Reading
from pipeline.sources.tabular.tables import read_table
from tests.conftest import count_examples

HEADER = '"URN","LinkURN","LinkName","LinkType","LinkEstablishedDate"\n'


def read_links(folder: Path, rows: str) -> Reading:
    path = folder / "links.csv"
    path.write_bytes((HEADER + rows).encode("cp1252"))
    table = read_table(PublishedFile(path, "published/links.csv"))
    [source] = SOURCES
    assert source.recognises(table.header)
    return source.read(table, None)


def list_links(frame: pd.DataFrame) -> list[tuple]:
    return [tuple(row) for row in frame.astype(object).itertuples(index=False)]


@pytest.mark.slow
def test_both_directions_are_one_link_with_the_earliest_date(tmp_path):
    reading = read_links(
        tmp_path,
        '20,10,"Elm School, Upper\nSite – caf\xe9","Predecessor","01-09-2015"\n'
        '10,20,"Elm Academy","Successor","31-08-2015"\n'
        '30,11,"Oak","Predecessor",""\n'
        '40,12,"Ash","Predecessor","01-01-2011"\n',
    )
    assert list_links(reading.links) == [
        (20, 10, "succession", True, "2015-08-31"),
        (30, 11, "succession", True, ""),
        (40, 12, "succession", True, "2011-01-01"),
    ]
    assert reading.rows_by_kind == {"succession": 4}


@pytest.mark.slow
def test_one_direction_alone_is_enough(tmp_path):
    reading = read_links(tmp_path, '10,20,"Elm Academy","Successor","31-08-2015"\n')
    assert list_links(reading.links) == [(20, 10, "succession", True, "2015-08-31")]


@pytest.mark.slow
def test_mergers_splits_and_two_predecessors_are_never_chained(tmp_path):
    reading = read_links(
        tmp_path,
        '20,10,"A","Predecessor",""\n20,11,"B","Predecessor",""\n'  # two predecessors in plain words
        '30,12,"C","Predecessor - merged","01-01-2022"\n'
        '40,13,"D","Predecessor - amalgamated",""\n'
        '14,50,"E","Successor - Split School",""\n14,51,"F","Successor - Split School",""\n'
        '15,60,"G","Successor",""\n15,61,"H","Successor",""\n'  # one school, two successors
        '16,70,"I","Result of Amalgamation",""\n'  # says not which came first
        '80,17,"J","Predecessor",""\n17,80,"K","Successor - merged",""\n',  # the two directions disagree
    )
    assert not reading.links["chained"].any()
    kinds = {(urn, before): kind for urn, before, kind, *_ in list_links(reading.links)}
    assert kinds[20, 10] == "succession"
    assert (kinds[30, 12], kinds[40, 13], kinds[50, 14], kinds[80, 17]) == ("merger", "amalgamation", "split", "merger")
    assert kinds[16, 70] == kinds[70, 16] == "amalgamation"


def test_every_row_is_accounted_for_and_every_fault_named(tmp_path):
    reading = read_links(
        tmp_path,
        '20,10,"A","Predecessor","32-01-2015"\n'
        '20,21,"B","Sixth Form Centre Link",""\n'
        '30,30,"C","Predecessor",""\n'
        '40,x,"D","Predecessor",""\n'
        '50,51,"E","Twinned",""\n',
    )
    assert reading.rows_by_kind == {"succession": 1, "other link": 1, "link of an unknown type": 1, "unusable": 2}
    assert {(fault.line, fault.column) for fault in reading.faults} == {
        (2, "LinkEstablishedDate"),
        (4, "LinkURN"),
        (5, "LinkURN"),
    }
    assert reading.notes == ("1 links of the unknown type 'Twinned' are not read",)


def link(*pairs: tuple[int, int], kind: str = "succession") -> pd.DataFrame:
    rows = [{"urn": urn, "predecessor": before, "kind": kind, "date": ""} for urn, before in pairs]
    return pd.DataFrame(rows, columns=["urn", "predecessor", "kind", "date"])


def test_several_academisations_are_followed_and_circles_are_not():
    lines = list_ancestors(join_links([link((3, 2), (2, 1), (8, 9), (9, 8))]))
    assert [tuple(row) for row in lines.itertuples(index=False)] == [(2, 1, 1), (3, 2, 1), (3, 1, 2)]


def test_files_that_disagree_are_joined_on_the_side_of_caution():
    joined = join_links([link((2, 1)), link((2, 1), kind="merger")])
    assert list_links(joined) == [(2, 1, "merger", False, "")]
    assert list(join_links([])) == list(LINKS)


def join_each(links: list[tuple[int, int, str]]) -> pd.DataFrame:
    """Links of (urn, predecessor, kind), none of a school to itself, as one file tells them."""
    rows = [(urn, before, kind, "") for urn, before, kind in links if urn != before]
    return join_links([pd.DataFrame(rows, columns=["urn", "predecessor", "kind", "date"])])


def observe(*rows: tuple) -> pd.DataFrame:
    """OBSERVATIONS of (urn, measure, year, value[, availability])."""
    frame = pd.DataFrame(
        [
            {
                "level": "school",
                "urn": urn,
                "published_urn": urn,
                "measure": measure,
                "group": "all",
                "year": year,
                "value": value,
                "availability": (rest or ["available"])[0],
            }
            for urn, measure, year, value, *rest in rows
        ]
    )
    return shape_frame(frame, OBSERVATIONS)


def list_history(chained: pd.DataFrame, urn: int) -> list[tuple]:
    own = chained[chained["urn"] == urn]
    return sorted(own[["measure", "year", "published_urn", "value"]].astype(object).itertuples(index=False, name=None))


def schools(*urns: int) -> pd.DataFrame:
    return pd.DataFrame({"urn": urns})


@pytest.mark.slow
def test_a_school_has_its_predecessors_past_where_it_has_none_of_its_own():
    observations = observe(
        (1, "a", 2017, 51.0), (2, "a", 2017, 52.0), (2, "a", 2018, 53.0), (3, "a", 2018, 99.0), (3, "a", 2019, 54.0)
    )
    chained, _ = chain_histories(observations, join_links([link((3, 2), (2, 1))]), schools(3))
    assert list_history(chained, 3) == [("a", 2017, 2, 52.0), ("a", 2018, 3, 99.0), ("a", 2019, 3, 54.0)]
    assert list_history(chained, 2) == [("a", 2017, 2, 52.0), ("a", 2018, 2, 53.0)]
    assert list(chained.dtypes) == list(observations.dtypes)


@pytest.mark.slow
def test_a_suppressed_figure_of_its_own_is_kept_and_the_word_new_gives_way():
    observations = observe(
        (1, "a", 2018, 51.0),
        (2, "a", 2018, float("nan"), "suppressed"),
        (1, "b", 2018, 52.0),
        (2, "b", 2018, float("nan"), "new school"),
        (2, "c", 2018, float("nan"), "new school"),
    )
    chained, _ = chain_histories(observations, join_links([link((2, 1))]), schools(2))
    history = {(measure, before) for measure, _, before, _ in list_history(chained, 2)}
    assert history == {("a", 2), ("b", 1), ("c", 2)}


@pytest.mark.slow
def test_a_predecessors_figure_stands_where_the_schools_own_cell_tells_nothing():
    nothing = float("nan")
    observations = observe(
        *((1, word, 2018, 51.0) for word in ("na", "blank", "coverage", "number")),
        (1, "withheld", 2018, nothing, "suppressed"),
        (1, "never", 2018, nothing, "not applicable"),
        (2, "na", 2018, nothing, "not applicable"),
        (2, "blank", 2018, nothing, "not available"),
        (2, "coverage", 2018, nothing, "low coverage"),
        (2, "number", 2018, 50.0),
        (2, "withheld", 2018, nothing, "not applicable"),
        (2, "never", 2018, nothing, "not available"),
    )
    chained, _ = chain_histories(observations, join_links([link((2, 1))]), schools(2))
    history = {measure: before for measure, _, before, _ in list_history(chained, 2)}
    assert history == {"na": 1, "blank": 1, "coverage": 2, "number": 2, "withheld": 1, "never": 2}


@pytest.mark.slow
def test_the_groups_of_one_figure_all_come_from_one_school():
    observations = observe((1, "a", 2018, 51.0), (1, "a", 2018, 40.0), (2, "a", 2018, 50.0), (2, "a", 2018, 0.0))
    observations["group"] = pd.Categorical(["all", "disadvantaged"] * 2)
    observations.loc[3, "value"] = float("nan")
    observations["availability"] = pd.Categorical(["available", "available", "available", "not applicable"])
    chained, _ = chain_histories(observations, join_links([link((2, 1))]), schools(2))
    assert set(chained.loc[chained["urn"] == 2, "published_urn"]) == {2}


@pytest.mark.slow
def test_a_farther_predecessor_that_tells_stands_before_a_nearer_that_does_not():
    nothing = float("nan")
    observations = observe(
        (1, "a", 2017, 51.0),
        (2, "a", 2017, nothing, "not applicable"),
        (3, "a", 2017, nothing, "new school"),
        (2, "b", 2017, nothing, "not applicable"),
    )
    chained, _ = chain_histories(observations, join_links([link((3, 2), (2, 1))]), schools(3))
    assert {(measure, before) for measure, _, before, _ in list_history(chained, 3)} == {("a", 1), ("b", 2)}


def test_a_merged_schools_history_stays_its_own():
    observations = observe((1, "a", 2018, 51.0), (2, "a", 2018, 52.0), (3, "a", 2019, 53.0))
    chained, _ = chain_histories(observations, join_links([link((3, 1), (3, 2))]), schools(3))
    pd.testing.assert_frame_equal(chained, observations)


# Frames are slow to make: fewer, larger examples.
urns = st.integers(1, 12)
some_links = st.lists(
    st.tuples(urns, urns, st.sampled_from(["succession", "succession", "merger", "amalgamation", "split"])), max_size=20
)
some_rows = st.lists(
    st.tuples(
        urns,
        st.sampled_from(["a", "b"]),
        st.integers(2017, 2019),
        st.floats(0, 100),
        st.sampled_from(["available", "suppressed", "low coverage", "new school", "not applicable", "not available"]),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[:3],
)


@pytest.mark.slow
@settings(max_examples=count_examples(25))
@given(some_links, some_rows)
def test_chaining_never_crosses_a_merger_and_never_changes_an_own_figure(links, rows):
    joined = join_each(links)
    observations = observe(*rows)
    chained, _ = chain_histories(observations, joined, schools(*range(1, 13)))
    ancestors = {(urn, before) for urn, before, _ in list_ancestors(joined).itertuples(index=False)}
    own = chained[chained["urn"] == chained["published_urn"]]
    kept = {tuple(row) for row in own[["urn", "measure", "year"]].astype(object).itertuples(index=False)}
    told = {row[:3] for row in rows if row[4] in ("available", "suppressed", "low coverage")}
    assert told <= kept <= {row[:3] for row in rows}
    figures = {row[:3]: row[3] for row in rows}
    assert all(figures[row[:3]] == row[3] for row in own[["urn", "measure", "year", "value"]].itertuples(index=False))
    assert {row[:3] for row in rows} <= set(chained[["urn", "measure", "year"]].itertuples(index=False, name=None))
    lent = chained[chained["urn"] != chained["published_urn"]]
    for urn, before, measure, year in lent[["urn", "published_urn", "measure", "year"]].itertuples(index=False):
        assert (urn, before) in ancestors
        assert (urn, measure, year) not in kept
    assert not chained.duplicated(["urn", "measure", "group", "year"]).any()


@pytest.mark.slow
@settings(max_examples=count_examples(25))
@given(some_links)
def test_a_chained_school_has_one_predecessor_which_has_one_successor(links):
    joined = join_each(links)
    chained = joined[joined["chained"].astype(bool)]
    assert (chained["kind"] == "succession").all()
    for row in chained.itertuples():
        assert (joined["urn"] == row.urn).sum() == 1
        assert (joined["predecessor"] == row.predecessor).sum() == 1


def test_every_link_type_names_a_kind_and_a_direction():
    assert {kind for kind, _ in LINK_TYPES.values()} == {"succession", "merger", "amalgamation", "split"}
    assert {first for _, first in LINK_TYPES.values()} == {"linked", "self", "either"}
