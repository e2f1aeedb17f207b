"""For every suite, a small frame with nothing wrong in it, and a way to make one expectation fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.sources.families.tidy.ees import list_publications, load_tidy_aliases
from pipeline.sources.frames import (
    INSPECTIONS,
    LAST_YEAR,
    LINKS,
    MODERATION,
    OBSERVATIONS,
    SCHOOLS,
    SELF_EVALUATION,
    SOFT_INTELLIGENCE,
    shape_frame,
)
from pipeline.sources.measures import list_measures
from pipeline.validation import describe_slice

PARAMETERS = {
    "observations": {"year": 2019, "measures": list(list_measures(with_returns=False))},
    "school_slice": {"urn": 100001, "year": 2019},
}
MEASURES = {
    "ks2": "ks2_rwm_expected",
    "ks4": "ks4_attainment8",
    "absence": "absence_overall",
    "census": "roll",
    "destinations": "ks4_destinations_sustained",
    "workforce": "teachers",
    "ks5": "ks5_alevel_points",
    "destinations_after_18": "ks5_destinations_sustained",
    "progression_after_18": "ks5_progressed",
    "trusts": "ks4_progress8",
    "observations": "ks2_rwm_expected",
    "authorities": "ks4_attainment8",
}
for publication in list_publications():  # one measure of each tidy file's table
    MEASURES[publication] = min(measure for part in load_tidy_aliases(publication).parts.values() for measure in part)
VALUES = {
    "percent": 62,
    "points": 46.5,
    "scaled score": 104,
    "progress": 0.3,
    "pupils": 31,
    "band": 3,
    "difference": -2,
}
LEVELS = (
    "school",
    "authority",
    "england, all schools",
    "england, state-funded",
    "england, state-funded primary",
    "england, state-funded secondary",
)


def make_frame(suite: str) -> pd.DataFrame:
    """A frame in which every expectation of ``suite`` holds."""
    if suite in ("schools", "ees_schools"):
        return make_schools()
    if suite == "gias_links":
        return make_links()
    if suite == "ofsted":
        return make_inspections()
    if suite == "school_slice":
        return describe_slice(make_slice(), year=2019)
    if suite == "local_returns":
        return make_returns()
    if suite in ("local_early_results", "local_early_pupils"):
        return make_early()
    if suite in LOCAL:
        return make_local(suite)
    return make_observations(suite)


def make_observations(suite: str) -> pd.DataFrame:
    """One row a unit at a level of each kind, and one withheld figure of a school."""
    levels = ("trust", "england, state-funded") if suite == "trusts" else LEVELS
    levels = levels[:4] if suite not in ("absence", "census", "ees_absence", "observations", "trusts") else levels
    levels = levels[1:] if suite == "authorities" else levels
    rows = [
        observe(level=level, measure=MEASURES[suite], unit=unit, year=2013 + place)
        for level in levels
        for place, unit in enumerate(VALUES)
    ]
    rows.append(observe(level=levels[0], measure=MEASURES[suite], group="girls", value=None, availability="suppressed"))
    if suite in ("ks2", "ks4", "ees_ks2", "ees_ks4", "trusts", "observations"):
        measure = "ks2_prior_attainment" if "2" in suite else "ks4_prior_attainment"
        rows.append(observe(level=levels[0], measure=measure, unit="points", value=104.2))
    return shape_frame(pd.DataFrame([{**row, "line": line} for line, row in enumerate(rows, start=2)]), OBSERVATIONS)


def observe(**row: Any) -> dict[str, Any]:
    """One observation; what is not said is that of a school's published percentage."""
    unit, level = row.get("unit", "percent"), row.get("level", "school")
    value = row["value"] if "value" in row else VALUES[unit]
    return {
        "level": level,
        "urn": 100001 if level == "school" else pd.NA,
        "published_urn": 100001 if level == "school" else pd.NA,
        "la": 885 if level in ("school", "authority") else pd.NA,
        "trust": 16093 if level == "trust" else pd.NA,
        "measure": "ks2_rwm_expected",
        "group": "all",
        "year": 2019,
        "cohort": 31,
        "lower": None if value is None else value - 1,
        "upper": None if value is None else value + 1,
        "step": 1,
        "unit": unit,
        "availability": "available",
        "word": "",
        "file": "885_file.csv",
        "column": "PTRWM_EXP",
        **row,
        "value": value,
    }


def make_slice() -> pd.DataFrame:
    """Three years of one school: results, absence and roll."""
    rows = [
        observe(measure=measure, unit=unit, year=year, value=value)
        for year in (2017, 2018, 2019)
        for measure, unit, value in (
            ("ks2_rwm_expected", "percent", 61),
            ("ks2_reading_score", "scaled score", 104),
            ("absence_overall", "percent", 4.1),
            ("roll", "pupils", 210),
        )
    ]
    rows.append(observe(group="disadvantaged", value=None, availability="suppressed", word="SUPP", cohort=5))
    return shape_frame(pd.DataFrame([{**row, "line": line} for line, row in enumerate(rows, start=2)]), OBSERVATIONS)


def make_schools() -> pd.DataFrame:
    school = {"urn": 100001, "laestab": 8852001, "la": 885, "name": "Ash First School", "phase": "first"}
    school |= {"census_phase": "primary", "low_age": 4, "high_age": 9, "status": "open", "opened": "1901-09-01"}
    school |= {"closed": "", "trust": 16093, "file": "gias.csv", "line": 2}
    return shape_frame(pd.DataFrame([school, {**school, "urn": 100002, "laestab": 8852002, "line": 3}]), SCHOOLS)


def make_links() -> pd.DataFrame:
    link = {"urn": 140001, "predecessor": 100001, "kind": "succession", "chained": True, "date": "2013-09-01"}
    merger = {**link, "urn": 140002, "kind": "merger", "chained": False}
    return shape_frame(pd.DataFrame([link, merger, {**merger, "predecessor": 100002}]), LINKS)


def make_inspections() -> pd.DataFrame:
    graded = {"urn": 140001, "inspected_urn": 100001, "framework": "graded judgements", "kind": "graded"}
    graded |= {"area": "Overall effectiveness", "outcome": "Good", "date": "2019-03-05", "published": "2019-04-02"}
    card = {**graded, "framework": "report card", "kind": "report card", "area": "Achievement", "date": "2026-01-13"}
    ungraded = {**graded, "kind": "ungraded", "area": "Overall outcome", "outcome": "School remains Good"}
    rows = [graded, ungraded, {**card, "outcome": "Strong standard"}]
    return shape_frame(
        pd.DataFrame([{**row, "file": "ofsted.csv", "line": i} for i, row in enumerate(rows, 2)]), INSPECTIONS
    )


LOCAL: dict[str, tuple[dict[str, str], dict[str, object]]] = {
    "local_self_evaluation": (SELF_EVALUATION, {"summary_grade": "Good", "self_referral": False}),
    "local_soft_intelligence": (SOFT_INTELLIGENCE, {"kind": "finance", "source": "Governor", "note": "A deficit."}),
    "local_moderation": (MODERATION, {"category": "Secure", "reason": "A new headteacher.", "person": "A. Adviser"}),
    "local_categories_last_year": (LAST_YEAR, {"category": "Secure", "source": "the edition county-2018"}),
}


def make_local(suite: str) -> pd.DataFrame:
    """Two rows of an edition's own file, each about a school."""
    columns, cells = LOCAL[suite]
    row = {"urn": 100001, "date": "2019-10-03", "file": f"{suite.replace('_', '/', 1)}.csv", "line": 2, **cells}
    return shape_frame(pd.DataFrame([row, {**row, "urn": 100002, "line": 3}]), columns)


def make_early() -> pd.DataFrame:
    """Early results of schools alone, one figure a unit and one withheld."""
    rows = [
        observe(measure=measure, unit=unit, value=value)
        for measure, unit, value in (
            ("ks2_rwm_expected", "percent", 61),
            ("ks2_reading_score", "scaled score", 104.2),
            ("ks4_attainment8", "points", 46.5),
        )
    ]
    rows.append(observe(measure="ks2_rwm_expected", group="disadvantaged", value=None, availability="suppressed"))
    return shape_frame(pd.DataFrame([{**row, "line": line} for line, row in enumerate(rows, start=2)]), OBSERVATIONS)


def make_returns() -> pd.DataFrame:
    rows = [
        observe(level=level, measure=measure, unit=unit, value=value)
        for level in ("school", "england, state-funded")
        for measure, unit, value in (
            ("phonics_expected", "percent", 83),
            ("multiplication_check_score", "points", 20.4),
        )
    ]
    rows.append(observe(measure="early_years_good_level", value=None, availability="suppressed", word="SUPP", cohort=4))
    return shape_frame(pd.DataFrame([{**row, "line": line} for line, row in enumerate(rows, start=2)]), OBSERVATIONS)


def break_frame(frame: pd.DataFrame, entry: dict[str, Any], parameters: dict[str, int]) -> pd.DataFrame:
    """Change a correct ``frame`` by as little as makes the expectation ``entry`` fail."""
    kwargs = {
        key: parameters[value["$PARAMETER"]] if is_parameter(value) else value for key, value in entry["kwargs"].items()
    }
    frame = frame.copy()
    for name in frame.select_dtypes("category"):
        frame[name] = frame[name].astype(object)
    chosen = frame.index[select(frame, kwargs.get("row_condition"))]
    return BREAKERS[entry["type"]](frame, chosen, kwargs)


def break_nearly_all(
    frame: pd.DataFrame, entries: Sequence[dict[str, Any]], parameters: dict[str, Any]
) -> pd.DataFrame:
    """A frame in which nearly every expectation fails: all but those that one broken later makes good."""
    for entry in entries:
        if entry["type"] != "expect_table_row_count_to_be_between":
            frame = break_frame(frame, entry, parameters).reset_index(drop=True)
    return frame


def is_parameter(value: object) -> bool:
    return isinstance(value, dict) and "$PARAMETER" in value


def select(frame: pd.DataFrame, condition: dict[str, Any] | None) -> pd.Series:
    """The rows a row condition chooses."""
    if condition is None:
        return pd.Series(True, index=frame.index)
    if condition["type"] == "and":
        first, second = (select(frame, part) for part in condition["conditions"])
        return first & second
    column = frame[condition["column"]["name"]]
    if condition["type"] == "nullity":
        return column.isna() if condition["is_null"] else column.notna()
    same = column.isin(condition["parameter"]) if "IN" in condition["operator"] else column == condition["parameter"]
    return ~same if condition["operator"] in ("!=", "NOT_IN") else same


def put(frame: pd.DataFrame, row: int, column: str, value: object) -> pd.DataFrame:
    cells = frame[column].astype(object)
    cells[row] = value
    return frame.assign(**{column: cells.infer_objects()})


def leave_range(frame: pd.DataFrame, chosen: pd.Index, kwargs: dict[str, Any]) -> pd.DataFrame:
    outside = kwargs["max_value"] + 1 if "max_value" in kwargs else kwargs["min_value"] - 1
    return put(frame, chosen[0], kwargs["column"], outside)


def leave_aggregate(frame: pd.DataFrame, chosen: pd.Index, kwargs: dict[str, Any]) -> pd.DataFrame:
    if "max_value" in kwargs:
        return put(frame, chosen[0], kwargs["column"], kwargs["max_value"] + 1)
    return frame.assign(
        **{kwargs["column"]: frame[kwargs["column"]].where(frame[kwargs["column"]] < kwargs["min_value"], 2012)}
    )


def repeat_row(frame: pd.DataFrame, chosen: pd.Index, kwargs: dict[str, Any]) -> pd.DataFrame:
    return pd.concat([frame, frame.loc[[chosen[0]]]], ignore_index=True)


BREAKERS = {
    "expect_table_row_count_to_be_between": lambda frame, chosen, kwargs: frame.iloc[:0],
    "expect_column_values_to_be_between": leave_range,
    "expect_column_max_to_be_between": leave_aggregate,
    "expect_column_values_to_be_in_set": lambda f, chosen, k: put(f, chosen[0], k["column"], "another word"),
    "expect_column_values_to_not_be_in_set": lambda f, chosen, k: put(f, chosen[0], k["column"], k["value_set"][0]),
    "expect_column_values_to_match_regex": lambda f, chosen, k: put(
        f, chosen[0], k["column"], " " if k["regex"] == r"\S" else "31/02/2019"
    ),
    "expect_column_value_lengths_to_be_between": lambda f, chosen, k: put(f, chosen[0], k["column"], "A" * 500),
    "expect_column_values_to_not_be_null": lambda f, chosen, k: put(f, chosen[0], k["column"], None),
    "expect_column_values_to_be_null": lambda f, chosen, k: put(f, chosen[0], k["column"], 12.0),
    "expect_column_values_to_be_unique": repeat_row,
    "expect_compound_columns_to_be_unique": repeat_row,
    "expect_select_column_values_to_be_unique_within_record": lambda f, chosen, k: put(
        f, chosen[0], k["column_list"][0], f[k["column_list"][1]].iloc[0]
    ),
    "expect_column_distinct_values_to_contain_set": lambda f, chosen, k: f[~f["level"].isin(k["value_set"])],
    "expect_column_pair_values_a_to_be_greater_than_b": lambda f, chosen, k: put(
        f, chosen[0], k["column_A"], f[k["column_B"]].iloc[0] - 1
    ),
    "expect_column_pair_values_to_be_equal": lambda f, chosen, k: put(
        f, chosen[0], k["column_A"], False if k["column_A"] == "has_value" else 100009
    ),
}
