"""Trusts' results: one row a trust, and whose each academy is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sources.families.trusts import SOURCES
from pipeline.sources.reading import PublishedFile, Reading
from pipeline.sources.tabular.tables import read_table

KS2 = """\
TIME_PERIOD,TRUST_NAME,TRUST_UID,TELIG_MATPTINC,PFSM6CLA1A_MATPTINC,PNOTFSM6CLA1A_MATPTINC,PRWM_EXP_WGTAVG,\
PRWM_EXP_WGTAVG_FSM6CLA1A,PRWM_EXP_WGTAVG_NOTFSM6CLA1A,INSTITUTIONS_INMAT
202425,École Trust,2044,141,SUPPMAT,SUPPMAT,72%,SUPPMAT,SUPPMAT,900001;900002
202425,Other Trust,2046,200,25%,75%,53%,28%,60%,900003
"""

KS4 = """\
TIME_PERIOD,TRUST_NAME,TRUST_UID,TPUP_MATPTINC,ATT8SCR_WGTAVG,P8MEACOV,P8MEA_WGTAVG,P8CILOW,P8CIUPP,P8_BANDING,\
INSTITUTIONS_INMAT,TRUST_ID
202324,Some Trust,16093,100,42,97%,-0.33,-0.39,-0.26,Below average,900001,TR1
202324,Odd Trust,16752X,100,42,97%,-0.33,-0.39,-0.26,Below average,900002,TR2
"""


def read_trusts(folder: Path, text: str) -> Reading:
    path = folder / "mats.csv"
    path.write_bytes(text.encode("cp1252"))
    table = read_table(PublishedFile(path, "published/mats.csv"))
    [source] = [source for source in SOURCES if source.recognises(table.header)]
    return source.read(table, source.find_year(table))


@pytest.mark.slow
def test_a_trusts_results_stand_under_its_uid(tmp_path):
    reading = read_trusts(tmp_path, KS2)
    frame = reading.observations.astype(object)
    found = {(row.trust, row.measure, row.group): row for row in frame.itertuples()}
    assert (found[2044, "ks2_rwm_expected", "all"].value, found[2044, "ks2_rwm_expected", "all"].cohort) == (
        72.0,
        141.0,
    )
    assert found[2044, "ks2_rwm_expected", "disadvantaged"].availability == "suppressed"
    assert found[2046, "ks2_rwm_expected", "disadvantaged"].cohort == 50.0
    assert set(frame["level"]) == {"trust"} and set(frame["year"]) == {2025}
    assert frame["urn"].isna().all() and frame["la"].isna().all()


@pytest.mark.slow
def test_academies_are_listed_with_their_trust_and_nothing_else(tmp_path):
    schools = read_trusts(tmp_path, KS2).schools
    assert list(schools["urn"]) == [900001, 900002, 900003]
    assert list(schools["trust"]) == [2044, 2044, 2046]
    assert schools.loc[0, "trust_name"] == "École Trust"
    assert set(schools["name"]) == {""}


@pytest.mark.slow
def test_a_trust_without_a_usable_uid_is_counted_and_said(tmp_path):
    reading = read_trusts(tmp_path, KS4)
    assert reading.rows_by_kind == {"trust": 1, "trust without a UID, not read": 1}
    assert reading.notes == ("'16752X' is not a trust's UID; its row is not read",)
    assert set(reading.observations["trust"]) == {16093}
    assert reading.columns_unused == ("TRUST_ID",)
    progress = reading.observations.set_index("measure").loc["ks4_progress8"]
    assert (progress["value"], progress["lower"], progress["upper"], progress["cohort"]) == (-0.33, -0.39, -0.26, 97.0)
    assert reading.observations.set_index("measure").loc["ks4_progress8_band", "value"] == 4.0


def test_a_trust_that_stands_twice_is_refused(tmp_path):
    refused = read_trusts(tmp_path, KS2.replace("2046", "2044")).refused
    assert [(fault.line, fault.column) for fault in refused] == [(3, "TRUST_UID")]


def test_the_two_key_stages_are_told_apart():
    assert [source.family for source in SOURCES] == ["trusts_ks2", "trusts_ks4"]
    for text, family in ((KS2, "trusts_ks2"), (KS4, "trusts_ks4")):
        header = tuple(text.split("\n")[0].split(","))
        assert [source.family for source in SOURCES if source.recognises(header)] == [family]
