"""A thousand changed files of the sample and of the real ones: no traceback, and most of the worst are caught."""

from __future__ import annotations

import random

import pytest

from tests.conftest import find_published
from tests.mutations.__main__ import run_mutations
from tests.mutations.editions import list_sample
from tests.mutations.judging import PASSED, Edition
from tests.mutations.mutating import ALL_KINDS, TO_BE_CAUGHT, Mutation, mutate
from tests.mutations.results import measure_caught

pytestmark = pytest.mark.slow

COUNT = 1_000


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    (sheets,) = list_sample()
    return Edition(sheets, tmp_path_factory.mktemp("sample"))


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_every_kind_of_fault_can_be_made_and_is_judged_without_a_traceback(sample, kind):
    chance = random.Random(kind)
    made = [(sheet, mutation) for sheet in sample.sheets if (mutation := mutate(kind, chance, sheet))]
    assert made
    for sheet, mutation in made[:2]:
        outcome, example = sample.judge(mutation, sheet)
        assert (outcome == PASSED) == bool(example)


def test_the_same_seed_makes_the_same_faults(sample):
    sheet = sample.sheets[0]
    once, again = ([mutate(kind, random.Random(7), sheet) for kind in ALL_KINDS] for _ in range(2))
    assert once == again


def test_a_wrong_figure_that_is_used_is_seen(sample):
    """Absence counts no pupils: a digit of it may be any other, and the judge must say that it passed."""
    sheet = next(sheet for sheet in sample.sheets if "absence" in sheet.name)
    rows = [list(row) for row in sheet.rows]
    column = rows[0].index("PPERSABS10")
    line = next(line for line in sheet.schools if rows[line][column][:1].isdigit())
    rows[line][column] = f"{float(rows[line][column]) + 1:.1f}"
    outcome, example = sample.judge(Mutation("cell", "", sheet.name, rows), sheet)
    assert outcome == PASSED and "absence_persistent" in example


def require_caught(results):
    for group in TO_BE_CAUGHT:
        caught, changed = measure_caught(results, group)
        assert changed > len(results) / 40
        assert caught >= 0.9 * changed, group


@pytest.mark.kernel
def test_of_a_thousand_changed_files_nine_in_ten_of_units_cohorts_and_shifts_are_caught():
    """Of real files where they are, else of the sample: docs/decisions/0019-mutations-in-tests.md."""
    require_caught(run_mutations(COUNT, 1, find_published(), workers=2))
