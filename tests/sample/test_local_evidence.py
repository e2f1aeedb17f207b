"""The samples' own files can be read by the rules, and hold an example of everything that may stand in one."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from pipeline.foundation.vocabulary import LocalConcern
from pipeline.policy import list_policies, load_policy
from pipeline.policy.panel.moderation import list_category_words
from pipeline.sample.country import found_county, found_trust
from pipeline.sources.local import LOCAL_FILES
from pipeline.sources.local.folder import read_local
from pipeline.sources.local.returns import RETURNS
from pipeline.sources.local.rows import Schools
from pipeline.sources.local.support_files import PROGRAMMES_FILE, SUPPORT_FILES
from tests.sample.conftest import EDITIONS, read_rows

SAMPLES = {"sample": (found_county, "worcestershire"), "sample-trust": (found_trust, "two-counties")}


@pytest.fixture(params=SAMPLES)
def reading(request):
    found, policy = SAMPLES[request.param]
    words = list_category_words(load_policy(policy))
    return read_local(
        EDITIONS / request.param / "local",
        Schools({school.urn: school.name for school in found()}),
        year=2025,
        date=datetime.date(2025, 12, 5),
        categories=words,
        last_categories=(*words, "Insufficient evidence"),
    )


@pytest.mark.slow
def test_each_sample_is_read_without_a_word_of_warning(reading):
    assert reading.warnings == ()
    assert reading.local.self_evaluation["self_referral"].sum() == 1
    assert len(reading.local.soft_intelligence) and len(reading.local.moderation)
    assert len(reading.local.last_year) >= 9


def test_the_county_shows_every_kind_of_concern_and_every_local_return():
    heard = pd.read_csv(EDITIONS / "sample" / "local" / "soft_intelligence.csv", comment="#")
    assert set(heard["kind"]) == set(LocalConcern)
    returns = pd.read_csv(EDITIONS / "sample" / "local" / "local_returns.csv", comment="#")
    assert set(returns["measure"]) == set(RETURNS)
    assert set(returns.loc[returns["urn"] == "England", "measure"]) == set(RETURNS)
    assert "SUPP" in set(returns["value"])


@pytest.mark.parametrize("name", SAMPLES)
def test_every_local_file_is_there(name):
    folder = EDITIONS / name / "local"
    files = {
        "README.md",
        "recipients.csv",
        *(f"{file.stem}.csv" for file in (*LOCAL_FILES, *SUPPORT_FILES, PROGRAMMES_FILE)),
    }
    assert {path.name for path in folder.iterdir()} == files


def test_the_samples_name_no_policy_that_is_not_there():
    assert {policy for _, policy in SAMPLES.values()} <= set(list_policies())


def test_a_panel_confirms_a_school_whose_inspection_decides_and_changes_one_whose_figures_are_in_line():
    inspected = {school.urn: {one.concern for one in school.inspections} for school in found_county()}
    decided = [row for row in read_rows(EDITIONS / "sample" / "local" / "moderation.csv") if row["urn"].isdigit()]
    confirmed, changed = sorted(decided, key=lambda row: row["urn"])
    assert inspected[int(confirmed["urn"])] == {"SM"} and confirmed["category"] == "Intensive support"
    assert not inspected[int(changed["urn"])] & {"SM", "SWK"} and changed["category"] == "Light touch support"
