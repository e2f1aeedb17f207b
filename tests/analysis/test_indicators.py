"""The indicator files: whole, plain, and every mistake in them located."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.analysis.indicators import FOLDER, load_indicators
from pipeline.analysis.indicators.catalogue import compose_catalogue
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.vocabulary import Phase, PupilGroup

PAGE = Path(__file__).resolve().parents[2] / "docs" / "indicators.md"


def test_the_key_priorities_are_those_of_the_method():
    assert [each.key for each in load_indicators() if each.key_priority] == [
        "ks2_rwm_expected",
        "ks2_rwm_expected_disadvantaged",
        "ks4_attainment8",
        "ks4_progress8",
        "ks4_attainment8_disadvantaged",
        "absence_persistent",
    ]


def test_every_spread_that_is_not_published_says_it_is_assumed():
    spreads = [each.pupil_sd for each in load_indicators() if each.pupil_sd]
    assert spreads
    for spread in spreads:
        assert spread.assumption == spread.source.startswith("Assumption")


def test_the_gap_to_close_of_disadvantaged_pupils_is_to_other_pupils():
    for each in load_indicators():
        assert (each.group is PupilGroup.DISADVANTAGED) == (each.gap_to is PupilGroup.OTHER) == bool(each.gap_reason)


def test_every_phase_with_results_has_a_key_priority():
    served = {phase for each in load_indicators() if each.key_priority for phase in each.applies_to}
    assert {Phase.FIRST, Phase.PRIMARY, Phase.MIDDLE, Phase.SECONDARY, Phase.HIGH, Phase.SPECIAL} <= served


def test_titles_and_order_are_distinct():
    indicators = load_indicators()
    for name in ("title", "short_title", "order"):
        assert len({getattr(each, name) for each in indicators}) == len(indicators)


def test_the_page_of_indicators_is_current():
    assert PAGE.read_text(encoding="utf-8") == compose_catalogue(load_indicators())


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("unit: percent", "unit: furlongs", 9, "unknown word 'furlongs'"),
        ("minimum_years: 2", "minimum_yaers: 2", 15, "unknown field 'minimum_yaers'"),
        ("method: percent", "method: average", 1, "an average needs `pupil_sd`"),
        ("key: ks2_rwm_expected", "key: ks2_rwm", None, "the key is 'ks2_rwm' but the file is called"),
    ],
)
def test_a_mistake_is_located(tmp_path, old, new, line, what):
    text = (FOLDER / "ks2_rwm_expected.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "ks2_rwm_expected.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FaultyInput) as caught:
        load_indicators(tmp_path)
    assert what in caught.value.faults[0].what
    assert caught.value.faults[0].line == line


def test_faults_of_all_files_come_together(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("key: other\n", encoding="utf-8")
    with pytest.raises(FaultyInput) as caught:
        load_indicators(tmp_path)
    assert {fault.file.split("/")[-1] for fault in caught.value.faults} == {"one.yaml", "two.yaml"}


def test_a_folder_without_indicators_is_a_fault(tmp_path):
    with pytest.raises(FaultyInput, match="no indicators are here"):
        load_indicators(tmp_path)
