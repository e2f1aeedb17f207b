"""The first of the ten thousand changed files of the page: no traceback, and what passes is what the page tells of."""

from __future__ import annotations

import random
import re

import pytest

from pipeline.foundation.paths import find_project
from tests.conftest import find_published
from tests.mutations.__main__ import run_mutations
from tests.mutations.editions import list_sample
from tests.mutations.judging import PASSED, Edition
from tests.mutations.mutating import ALL_KINDS, TO_BE_CAUGHT, Mutation, mutate
from tests.mutations.results import measure_caught

pytestmark = pytest.mark.slow

COUNT, SEED = len(ALL_KINDS), 1  # one of each kind


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    (sheets,) = list_sample()
    return Edition(sheets, tmp_path_factory.mktemp("sample"))


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_every_kind_of_fault_can_be_made(sample, kind):
    chance = random.Random(kind)
    assert any(mutate(kind, chance, sheet) for sheet in sample.sheets)


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


PAGE = find_project() / "docs" / "mutations.md"


@pytest.mark.kernel
@pytest.mark.parametrize("count", [COUNT, pytest.param(6 * COUNT, marks=pytest.mark.long)])
def test_every_kind_is_judged_and_of_units_cohorts_and_shifts_none_passes_but_those_the_page_tells_of(count):
    """The first of the page's changes, of real files where they are: docs/decisions/0019-mutations-in-tests.md."""
    page, published = PAGE.read_text(encoding="utf-8"), find_published()
    assert f"--count 10000 --seed {SEED} --docs" in page
    results = run_mutations(count, SEED, published)  # an AssertionError where one is judged with a traceback
    assert {one.kind for one in results} == set(ALL_KINDS)
    assert all((one.outcome == PASSED) == bool(one.example) for one in results)
    groups = {group: measure_caught(results, group) for group in TO_BE_CAUGHT}
    assert all(changed > count / 40 for _, changed in groups.values())
    if published:
        passed = [one for one in results if one.outcome == PASSED and one.kind.startswith(TO_BE_CAUGHT)]
        assert [line for one in passed if (line := f"- {one.kind}: {one.file}, {one.what}") not in page] == []
    else:
        assert sum(caught for caught, _ in groups.values()) >= 0.9 * sum(changed for _, changed in groups.values())


def test_of_ten_thousand_nine_in_ten_of_units_cohorts_and_shifts_are_caught():
    page = PAGE.read_text(encoding="utf-8")
    for group in TO_BE_CAUGHT:
        said = re.search(rf"^- {group}: ([\d,]+) of ([\d,]+) that change what is used", page, re.MULTILINE)
        caught, changed = (int(number.replace(",", "")) for number in said.groups())
        assert changed > 10_000 / 40 and caught >= 0.9 * changed, group
