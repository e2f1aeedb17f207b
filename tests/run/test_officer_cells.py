"""Officer-only cells run last: a notebook that would then say another thing than *Run All* is refused at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell

from pipeline.run.due.officer_cells import find_shared_names


def school(source: str):
    return new_code_cell(source)


def officers(source: str):
    return new_code_cell(source, metadata={"tags": ["officer-only"]})


@pytest.mark.parametrize(
    ("cells", "at", "said"),
    [
        ([officers("secret = 1"), school("print(secret)")], 1, "`secret`, to which cell 1 gives a value"),
        ([school("x = 1"), officers("x = 2"), school("x")], 2, "that cell is officer-only"),
        ([school("x = 1"), officers("x += 1"), school("def f():\n    return x")], 2, "`x`, to which cell 2"),
        ([officers("def f(): ..."), school("f()")], 1, "`f`, to which cell 1 gives a value"),
        ([officers("def g():\n    global x\n    x = 1\ng()"), school("[x for _ in 'ab']")], 1, "`x`, to which cell 1"),
        ([officers("import numpy as np"), school("%time np.pi")], 1, "`np`, to which cell 1"),
        ([officers("for row in 'ab': pass"), school("row")], 1, "`row`"),
        ([school("x = 1"), officers("print(x)"), school("x = 2")], 1, "cell 3 gives another value"),
        ([officers("x = 1"), school("x = 2"), officers("x")], 2, "cell 1 gives another value"),
    ],
)
def test_a_name_that_would_mean_another_thing_is_told_with_both_cells(cells, at: int, said: str):
    ((index, what),) = find_shared_names(cells)
    assert index == at
    assert said in what


@pytest.mark.parametrize(
    "cells",
    [
        [school("x = 1"), officers("print(x)"), school("print(x)")],
        [school("import numpy as np"), officers("import numpy as np\nnp.pi"), school("np.pi")],
        [officers("x = 1"), officers("print(x)"), school("x = 2\nprint(x)")],
        [officers("row = 1"), school("[row for row in 'ab']"), school("lambda row: row")],
        [officers("this is no Python"), school("x = 1")],
        [officers("_"), school("1"), new_markdown_cell("x")],
        [officers("await f()"), school("x = await g()\nx")],
    ],
)
def test_what_is_the_same_either_way_is_left(cells):
    assert find_shared_names(cells) == []


_SOURCES = st.sampled_from(["a = 1", "a = b = 2", "print(a)", "b = a", "print(a, b)", "b = 3", "print(b)"])


@pytest.mark.slow
@given(st.lists(st.tuples(_SOURCES, st.booleans()), min_size=1, max_size=7))
def test_a_notebook_that_is_let_pass_prints_the_same_whichever_cells_come_last(cells):
    """Held against Python itself: run in the order of the notebook, and with the officers' cells last."""
    notebook = [officers(source) if last else school(source) for source, last in cells]
    if find_shared_names(notebook):
        return

    def run(order: list[int]) -> dict[int, object]:
        printed: dict[int, object] = {}
        values: dict[str, object] = {"a": "first", "b": "first"}
        for index in order:
            said: list[object] = []
            values["print"] = lambda *shown, said=said: said.append(shown)
            exec(cells[index][0], values)
            printed[index] = said
        return printed

    indices = list(range(len(cells)))
    assert run(indices) == run(sorted(indices, key=lambda index: cells[index][1]))
