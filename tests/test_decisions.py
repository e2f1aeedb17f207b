"""The architecture decision records: each says what it must, and the index lists them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.run.desk.documenting.documentation import list_decisions

FOLDER = Path(__file__).parents[1] / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
OUTCOMES = {"chosen", "kept", "replaced by a library", "deleted"}
PARTS = ["Context", "What was measured", "Decision", "Consequences", "What would change it"]


def test_the_index_lists_every_record():
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == list_decisions(FOLDER)
    assert len(RECORDS) == len(list(FOLDER.glob("*.md"))) - 1


def test_records_are_numbered_without_a_gap():
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_says_what_it_must(record):
    text = record.read_text(encoding="utf-8")
    heading, _, outcome, *_ = text.splitlines()
    assert heading.startswith(f"# {int(record.name[:4])}. ")
    assert outcome.removeprefix("Outcome: ").rstrip(".") in OUTCOMES
    parts = re.findall(r"^## (.+)$", text, re.M)
    assert parts == [part for part in PARTS if part in parts]
    assert set(PARTS) - set(parts) <= {"What was measured"}
    if outcome not in ("Outcome: chosen.",):
        assert "What was measured" in parts  # what is our own, or no longer is, was measured
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (FOLDER / link).is_file(), link
