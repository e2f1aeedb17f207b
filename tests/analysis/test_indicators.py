"""The indicator files: whole, plain, and every mistake in them located."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.analysis.indicators import FOLDER, load_indicators, question_indicators
from pipeline.analysis.indicators.catalogue import compose_catalogue
from pipeline.analysis.indicators.subjects import load_subjects
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.vocabulary import KeyStage, Phase, PupilGroup

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


def test_every_indicator_says_of_which_subjects_it_is_even_where_of_none():
    for path in FOLDER.glob("*.yaml"):
        assert "\nsubjects: [" in path.read_text(encoding="utf-8"), path.name


def test_every_subject_is_that_of_an_indicator():
    assert {subject for each in load_indicators() for subject in each.subjects} == set(load_subjects())


@pytest.mark.parametrize(
    ("stage", "subjects"),
    [
        (KeyStage.KS2, ["reading", "writing", "grammar", "maths", "science"]),
        (KeyStage.KS4, ["maths", "english", "sciences_humanities_languages"]),
    ],
)
def test_the_subjects_of_a_key_stage(stage, subjects):
    named = {subject for each in load_indicators() if each.key_stage == stage for subject in each.subjects}
    assert [key for key in load_subjects() if key in named] == subjects


def test_a_figure_of_several_subjects_together_is_of_none_by_itself():
    together = {each.key for each in load_indicators() if not each.subjects}
    assert {"ks2_rwm_expected", "ks2_rwm_higher", "ks4_attainment8", "ks4_progress8"} <= together
    assert {"ks4_english_maths_94", "ks4_ebacc_points", "ks4_attainment8_open", "absence_persistent"} <= together


def test_the_page_of_indicators_is_current():
    assert PAGE.read_text(encoding="utf-8") == compose_catalogue(load_indicators())


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("unit: percent", "unit: furlongs", 10, "unknown word 'furlongs'"),
        ("minimum_years: 1", "minimum_yaers: 1", 16, "unknown field 'minimum_yaers'"),
        ("method: percent", "method: average", 14, "an average needs `pupil_sd`"),
        ("subjects: []", "subjects: [maths, maths]", 7, "a subject is named twice"),
        ("subjects: []", "subjects: [mathss]", 7, "the subject 'mathss' is not known"),
        ("key: ks2_rwm_expected", "key: ks2_rwm", 1, "the key is 'ks2_rwm' but the file is called"),
        ("unit: percent", "unit: points", 14, "`method: percent` and `unit: points` do not go together"),
        ("{2019/20: ", "{2019-20: ", 25, "'2019-20' is not how files of indicators write a year"),
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


@pytest.mark.parametrize(
    ("subject", "remedy"),
    [("mathss", "Write 'maths', or describe"), ("juggling", "Write one of reading, writing, ")],
)
def test_an_unknown_subject_is_refused_with_the_nearest_or_with_all(tmp_path, subject, remedy):
    text = (FOLDER / "ks2_rwm_expected.yaml").read_text(encoding="utf-8")
    changed = text.replace("subjects: []", f"subjects: [{subject}]")
    (tmp_path / "ks2_rwm_expected.yaml").write_text(changed, encoding="utf-8")
    with pytest.raises(FaultyInput) as caught:
        load_indicators(tmp_path)
    (fault,) = caught.value.faults
    assert (fault.what, fault.column) == (f"the subject {subject!r} is not known", "subjects")
    assert fault.remedy.startswith(remedy) and fault.remedy.endswith(f"in subjects/{subject}.yaml.")


def test_faults_of_all_files_come_together(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("key: other\n", encoding="utf-8")
    with pytest.raises(FaultyInput) as caught:
        load_indicators(tmp_path)
    assert {fault.file.split("/")[-1] for fault in caught.value.faults} == {"one.yaml", "two.yaml"}


def copy_indicators(folder, **changed):
    """Indicators by key, each a copy of one of the product's with other words in the place of its own."""
    for key, (source, changes) in changed.items():
        text = (FOLDER / f"{source}.yaml").read_text(encoding="utf-8").replace(f"key: {source}", f"key: {key}")
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new, 1)
        (folder / f"{key}.yaml").write_text(text, encoding="utf-8")


def list_faults(folder):
    with pytest.raises(FaultyInput) as caught:
        load_indicators(folder)
    return [(fault.file.split("/")[-1], fault.line, fault.what.split(":")[0]) for fault in caught.value.faults]


def test_all_faults_of_a_file_come_in_one_run(tmp_path):
    """They came in rounds: fields, then subjects, then what does not go together."""
    changes = {"decimals: 0": "decimals: 9", "subjects: []": "subjects: [mathss]", "unit: percent": "unit: points"}
    copy_indicators(tmp_path, own=("ks2_rwm_expected", changes))
    assert {what for _, _, what in list_faults(tmp_path)} == {
        "decimals",
        "`method",
        "the subject 'mathss' is not known",
    }
    assert all(line for _, line, _ in list_faults(tmp_path))


def test_two_indicators_of_the_same_figures_or_title_are_refused(tmp_path):
    copy_indicators(tmp_path, one=("ks2_rwm_expected", {}), two=("ks2_rwm_expected", {"order: 10": "order: 11"}))
    assert [(name, what) for name, _, what in list_faults(tmp_path)] == [
        ("two.yaml", f"{tmp_path.name}/one.yaml is of the same figures"),
        ("two.yaml", f"{tmp_path.name}/one.yaml has the same short title, 'Reading, writing and maths'"),
    ]


def test_an_order_used_twice_and_a_group_without_rows_are_asked_about(tmp_path, monkeypatch):
    boys = {"measure: absence_overall": "measure: absence_overall\ngroup: boys", "order: 260": "order: 270"}
    copy_indicators(tmp_path, one=("absence_persistent", {}), two=("absence_overall", boys))
    monkeypatch.setattr("pipeline.analysis.indicators.FOLDER", tmp_path)
    known = {"absence_overall": {"all"}, "absence_persistent": {"all"}}
    assert [(fault.file.split("/")[-1], fault.column) for fault in question_indicators(known)] == [
        ("two.yaml", "group"),
        ("two.yaml", "order"),
    ]


def test_a_folder_without_indicators_is_a_fault(tmp_path):
    with pytest.raises(FaultyInput, match="no indicators are here"):
        load_indicators(tmp_path)
