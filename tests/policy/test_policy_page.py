"""The page for analysts says what the code and the policy files say."""

from __future__ import annotations

from pathlib import Path

from pipeline.foundation.writing import format_table
from pipeline.policy.conditions import CONDITIONS, When
from pipeline.policy.evidence.inspection import TRIGGERS
from pipeline.policy.loading import list_policies
from pipeline.policy.reference import PAGE, refresh_page

TEXT = (Path(__file__).resolve().parents[2] / PAGE).read_text(encoding="utf-8")


def test_tables_are_current():
    assert refresh_page(TEXT) == TEXT, "run: make docs"


def test_page_holds_a_table_for_every_policy():
    for name in list_policies():
        assert f"<!-- begin categories {name} -->" in TEXT
        assert f"<!-- begin clauses {name} -->" in TEXT


def test_every_condition_and_trigger_is_documented():
    assert {condition.name for condition in CONDITIONS} == set(When.model_fields)
    for words in [*(condition.name for condition in CONDITIONS), *(trigger.words for trigger in TRIGGERS)]:
        assert f"| `{words}` |" in TEXT


def test_bar_in_a_cell_does_not_break_the_table():
    assert format_table(("a",), [("x|y",)]) == "| a |\n| --- |\n| x\\|y |"
