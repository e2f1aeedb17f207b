"""The bench accounts for every process, says only what follows from what it measured, and its page is current."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from pydantic import ValidationError
from rich.console import Console

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import find_project
from pipeline.run.rendering import find_quarto_version
from tests.bench.accounting import measure
from tests.bench.earlier import pack_commit
from tests.bench.floor import inject, run_cells
from tests.bench.page import quote_results, read_results, refresh_page, write_results
from tests.bench.plot import invent_results
from tests.bench.printing import tabulate
from tests.bench.results import Cost, Results, Run, Size, Way

DOCS = find_project() / "docs"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bench runs on Linux alone")

BURN = """
import os, signal, sys, time
def burn(seconds):
    while time.process_time() < seconds:
        pass
"""
TREE = """
burn(0.5)  # the command
if not os.fork():
    if not os.fork():
        os.setsid()
        burn(0.5)  # outlives its parent and the command
        os._exit(0)
    burn(0.5)
    os._exit(0)
os.wait()
"""
EACH, KNOWN = 0.5, 1.5


def write_program(folder: Path, text: str) -> list[str]:
    path = folder / "program.py"
    path.write_text(BURN + text, encoding="utf-8")
    return [sys.executable, "-I", "-S", str(path)]


@pytest.mark.slow
@linux
def test_every_process_of_a_tree_is_accounted_for_also_one_that_outlives_the_rest(tmp_path):
    found = measure(write_program(tmp_path, TREE))
    # each burns until its own clock says so; the rest is Python's start, never so much as one of them counted twice
    assert KNOWN <= found.core_seconds < KNOWN + EACH
    assert found.left_over == 0


@pytest.mark.slow
@linux
def test_what_nobody_waits_for_is_noticed(tmp_path):
    program = """
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
if not os.fork():
    burn(1.5)
    os._exit(0)
time.sleep(0.1)
try:
    os.wait()
except ChildProcessError:
    pass
"""
    with pytest.raises(PipelineError, match="accounted for"):
        measure(write_program(tmp_path, program))


@pytest.mark.slow
@linux
def test_what_does_not_end_is_ended_and_counted(tmp_path):
    program = write_program(tmp_path, "if not os.fork():\n    time.sleep(1000)\n")
    told = f"from tests.bench import supervise as s; s.PATIENCE = 0.1; print(s.supervise({program!r}).left_over)"
    done = subprocess.run([sys.executable, "-c", told], cwd=find_project(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


@pytest.mark.slow
@linux
def test_a_command_that_fails_is_told_with_its_last_words(tmp_path):
    with pytest.raises(PipelineError, match="nothing to burn"):
        measure(write_program(tmp_path, "sys.exit('nothing to burn')"))
    assert measure(write_program(tmp_path, "sys.exit(5)"), allowed=(0, 5)).exit_code == 5


@pytest.mark.slow
@linux
def test_every_way_is_given_compiled_modules_and_its_machine_s_pace(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    found = measure([sys.executable, "-c", "import sys; sys.exit(sys.dont_write_bytecode)"])
    assert found.exit_code == 0
    assert found.pace_seconds > 0


def cost(core_seconds: float, **more: Any) -> Cost:
    return Cost(core_seconds=core_seconds, wall_seconds=core_seconds / 2, parent_peak_mib=100.0, **more)


def way(key: str, *runs: tuple[int, Cost]) -> Way:
    return Way(
        key=key, title=f"way {key}", makes="page", runs=tuple(Run(schools=count, cost=cost) for count, cost in runs)
    )


def size(schools: int, core_seconds: float) -> Size:
    return Size(schools=schools, country=100, prepare=cost(9.0), reports=cost(core_seconds), again=cost(1.0))


@pytest.fixture
def results() -> Results:
    few, more = {"kernel": 3.0, "warm": 8.0, "worker": 1.0}, {"kernel": 11.0, "warm": 8.4, "worker": 5.0}
    return Results(
        cores=2,
        python="3.11.1",
        packages={"papermill": "1.0"},
        rounds=(
            (
                way("a", (3, cost(45.0))),
                way("b", (2, cost(24.0)), (4, cost(44.0))),
                way("c", (5, cost(14.0, by_role=few)), (25, cost(34.0, by_role=more))),
                way("d", (5, cost(12.0)), (25, cost(22.0))),
            ),
        ),
        same_bytes=True,
        floor_steps={"cells": 0.3, "page": 0.1, "PDF": 0.1},
        growth=(size(25, 40.0), size(250, 265.0)),
    )


def test_fixed_and_marginal_parts_add_up_to_the_run(results):
    warm = results.by_key["c"]
    assert warm.marginal == pytest.approx(1.0)
    assert warm.fixed == pytest.approx(9.0)
    assert warm.whole == pytest.approx(34 / 25)
    assert results.by_key["a"].marginal == results.by_key["a"].whole == pytest.approx(15.0)


def test_the_parts_of_a_school_add_up_to_what_one_more_costs(results):
    parts = results.break_down()
    assert sum(parts.values()) == pytest.approx(results.by_key["c"].marginal)
    assert parts["kernels beyond the cells: set-up, messages"] == pytest.approx(8 / 20 - 0.3)


def test_a_claim_holds_only_where_the_figures_say_so(results):
    by_what = {claim.what: claim for claim in results.list_claims()}
    assert not by_what["times (c) is cheaper than (a), one more school"].holds  # 15 to 1
    assert by_what["times (c) costs what the floor (d) costs, a whole run of 25 schools"].holds  # 34 to 22
    assert not by_what["times (c) is cheaper than (a), a whole run of 25 schools"].holds  # 15 to 1.36
    assert by_what["times (c) costs what the floor (d) costs, one more school"].found == pytest.approx(2.0)
    dearer = results.model_copy(update={"growth": (size(25, 40.0), size(250, 400.0))})
    grown = next(claim for claim in dearer.list_claims() if claim.what.startswith("cost of one more school"))
    assert not grown.holds


def test_ways_cost_what_their_rounds_cost_on_average_and_claims_say_the_least_and_the_most(results):
    slow = tuple(
        one.model_copy(
            update={"runs": tuple(Run(schools=run.schools, cost=cost(run.cost.core_seconds * 3)) for run in one.runs)}
        )
        if one.key == "a"
        else one
        for one in results.ways
    )
    rounds = (results.ways, slow)
    averaged = results.model_copy(update={"rounds": rounds})
    cheaper = averaged.list_claims()[0]
    assert (cheaper.found, *cheaper.rounds) == pytest.approx((30.0, 15.0, 45.0))
    assert cheaper.said == "30.00 (15.00 to 45.00)"
    assert averaged.by_key["c"].marginal == results.by_key["c"].marginal
    assert results.list_claims()[0].said == "15.00"


def test_an_edition_that_met_a_slower_machine_costs_no_more_for_it(results):
    warm = results.by_key["c"]
    paced = warm.model_copy(
        update={"runs": tuple(Run(schools=run.schools, cost=at_pace(run.cost, 0.02)) for run in warm.runs)}
    )
    few, more = results.growth
    slower = more.model_copy(update={"reports": at_pace(cost(more.reports.core_seconds * 2), 0.04)})
    met = results.model_copy(
        update={
            "rounds": (tuple(paced if one.key == "c" else one for one in results.ways),),
            "growth": (few.model_copy(update={"reports": at_pace(few.reports, 0.02)}), slower),
        }
    )
    assert met.step_costs == results.step_costs


def test_a_whole_edition_stands_beside_the_plain_way_on_a_machine_as_fast(results):
    assert "| 25 | 1.00 | 9.4 |  |" in quote_results(results)  # 15 a school, beside 40 for 25
    assert "| 250 | 0.66 | 14.2 | 1.00 |" in quote_results(results)
    plain = way("a", (3, at_pace(cost(45.0), 0.02)))
    slower = size(250, 265.0).model_copy(update={"reports": at_pace(cost(530.0), 0.04)})
    met = results.model_copy(update={"rounds": ((plain, *results.ways[1:]),), "growth": (size(25, 40.0), slower)})
    assert "| 250 | 1.32 | 14.2 |" in quote_results(met)


def at_pace(cost: Cost, pace_seconds: float) -> Cost:
    return cost.model_copy(update={"pace_seconds": pace_seconds})


@pytest.mark.slow
def test_results_that_are_not_of_this_form_are_refused(results, tmp_path):
    write_results(tmp_path, results)
    assert read_results(tmp_path) == results
    (tmp_path / "bench.json").write_text(results.model_dump_json().replace('"cores"', '"host"'), encoding="utf-8")
    with pytest.raises(ValidationError):
        read_results(tmp_path)


def test_the_tables_name_every_way_and_say_what_was_not_shown(results):
    written = io.StringIO()
    Console(width=300, file=written).print(tabulate(results))
    said = written.getvalue()
    assert all(f"({way.key}) {way.title}" in said for way in results.ways)
    assert "NOT shown" in said


@pytest.mark.slow
def test_a_row_through_quarto_is_shown_where_there_is_one(results):
    through = results.model_copy(update={"rounds": ((*results.ways, way("e", (5, cost(30.0)), (25, cost(110.0)))),)})
    assert "(e)" not in quote_results(results)
    assert "| (e) way e | page | 25 | 8.0 |" in quote_results(through)
    assert invent_results(through) != invent_results(results)


def test_an_earlier_version_has_a_row_and_a_claim_where_it_was_measured(results):
    beside = results.model_copy(update={"rounds": ((*results.ways, way("f", (5, cost(20.0)), (25, cost(70.0)))),)})
    assert "(f)" not in quote_results(results)
    assert "| (f) way f | page | 25 | 5.0 |" in quote_results(beside)
    claim = beside.list_claims()[-1]
    assert (claim.what, claim.found) == ("times (c) is cheaper than (f), one more school", pytest.approx(2.5))
    assert claim.holds


def test_a_commit_that_is_not_here_is_not_measured(tmp_path):
    assert not pack_commit("no-such-commit", tmp_path / "code.tar")


def test_failed_reports_are_told_beside_the_figures(results):
    failed = size(25, 40.0).model_copy(update={"reports": cost(40.0, exit_code=5)})
    said = quote_results(results.model_copy(update={"growth": (failed, size(250, 265.0))}))
    assert "**Reports failed** in the edition of 25." in said
    assert "Reports failed" not in quote_results(results)


@pytest.mark.slow
def test_the_picture_is_the_same_for_the_same_results(results):
    assert invent_results(results) == invent_results(results)
    assert invent_results(results) != invent_results(results.model_copy(update={"growth": (size(25, 40.0),)}))


@pytest.mark.slow
def test_the_page_and_the_picture_quote_the_results_they_are_kept_with():
    """Where this fails, someone changed one by hand: `make bench` writes them together."""
    results = read_results(DOCS)
    page = (DOCS / "performance.md").read_text(encoding="utf-8")
    assert "<!-- begin results -->" in page
    assert refresh_page(page, results) == page
    assert invent_results(results) == (DOCS / "bench.svg").read_bytes()


def test_the_floor_shows_what_a_kernel_would_show():
    shown = (
        "from IPython.display import display\n"
        "class Shown:\n"
        "    def _repr_mimebundle_(self): return {'text/plain': str(urn)}\n"
        "display({'text/plain': 'published'}, raw=True)\n"
        "Shown()"
    )
    declares = new_code_cell("urn = 1", metadata={"tags": ["parameters"]})
    notebook = new_notebook(cells=[declares, new_code_cell(shown)])
    executed = run_cells(inject(notebook, {"urn": 2}))
    assert [output.data["text/plain"] for output in executed.cells[-1].outputs] == ["published", "2"]
    assert isinstance(executed, nbformat.NotebookNode)


@pytest.mark.long
@linux
@pytest.mark.kernel
def test_the_bench_measures_itself_quickly_and_finds_the_same_pages_every_way(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--into", str(tmp_path)],
        cwd=find_project(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = read_results(tmp_path)
    assert [way.key for way in found.ways] == ["a", "b", "c", "d", *(["e"] if find_quarto_version() else [])]
    assert found.same_bytes
    assert all(run.cost.left_over == 0 for way in found.ways for run in way.runs)
    assert (tmp_path / "bench.svg").read_text(encoding="utf-8").startswith("<?xml")
