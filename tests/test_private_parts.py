"""Parts of other packages that those do not promise to keep, one test each: which, where, why, and the shape relied on.

A package of which such a part is used carries an upper bound in pyproject.toml. Raise the bound when these tests, and
those of the module named, hold with the newer version.
"""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import inspect
import re
import sys
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[1]
COUNTS = (
    "_binom_cdf",
    "_binom_pmf",
    "_binom_ppf",
    "_binom_sf",
    "_hypergeom_cdf",
    "_hypergeom_pmf",
    "_hypergeom_sf",
    "_ufuncs",
)
#: Where each private part is used, and of which package it is.
PARTS = {
    **{("pipeline/analysis/statistics/counts.py", name): "scipy" for name in COUNTS},
    ("pipeline/report/lettering.py", "_text2path"): "matplotlib",
    ("pipeline/run/making/cells.py", "_async_poll_output_msg"): "nbclient",
    ("pipeline/run/making/cells.py", "_display_id_map"): "nbclient",
    ("pipeline/run/making/cells.py", "_get_timeout"): "nbclient",
    ("pipeline/run/making/direct.py", "_get_timeout"): "nbclient",
    ("pipeline/run/kernels/direct.py", "_abort_queues"): "ipykernel",
    ("pipeline/run/kernels/direct.py", "_execute_sleep"): "ipykernel",
    ("pipeline/run/kernels/direct.py", "_supports_kernel_subshells"): "ipykernel",
    ("pipeline/run/kernels/showing.py", "_pylab_helpers"): "matplotlib",
    ("pipeline/validation/plans.py", "_validate"): "great-expectations",
    ("pipeline/validation/views.py", "_template"): "great-expectations",
}
#: Begin with an underscore and are documented all the same, by Python or by IPython.
DOCUMENTED = {"_exit", "_fields", "_getframe", "_make", "_repr_mimebundle_"}
_MODULE = re.compile(r"[a-z]\w*(\.\w+)*\._[a-z]\w*(\.\w+)*")
_TYPES_ALONE = {"_Hash"}  # named in an annotation, which nothing evaluates


# Which are used


@pytest.mark.kernel
def test_every_private_part_used_is_listed():
    assert {part for file in list_files() for part in find_private(file)} == set(PARTS)


def test_a_package_of_which_a_private_part_is_used_has_an_upper_bound():
    import tomllib

    said = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    bounds = {one.name: {each.operator for each in one.specifier} for one in map(Requirement, said)}
    for package in set(PARTS.values()):
        assert bounds[package] & {"<", "<=", "==", "~="}, f"{package} has no upper bound"


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "import pandas\npandas._libs",
        "from pandas._libs import missing",
        "import sys\nsys.modules['matplotlib._pylab_helpers']",
        "from nbclient import NotebookClient\nclass Mine(NotebookClient):\n    def _get_timeout(self): ...",
        "from great_expectations.render.view import DefaultJinjaPageView\n"
        "class Page(DefaultJinjaPageView):\n    _template = ''",
    ],
)
def test_a_private_part_is_seen_however_it_is_named(code, tmp_path, monkeypatch):
    (tmp_path / "using_private_parts.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "using_private_parts", raising=False)
    monkeypatch.setattr(sys.modules[__name__], "PROJECT", tmp_path)
    assert list(find_private(tmp_path / "using_private_parts.py"))


def list_files():
    return sorted((PROJECT / "pipeline").rglob("*.py"))


def find_private(file):
    """The private names of other packages that a file reads, imports, names in a string or puts its own in place of."""
    where = file.relative_to(PROJECT).as_posix()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in list_own_names():
            yield where, node.attr
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("pipeline"):
            for name in [*(node.module or "").split("."), *(alias.name for alias in node.names)]:
                if is_private(name):
                    yield where, name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and names_a_module(node.value):
            for name in filter(is_private, node.value.split(".")):
                yield where, name
        elif isinstance(node, ast.ClassDef) and node.bases:
            for name in find_overridden(where, node):
                yield where, name


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name != "_" and name not in DOCUMENTED | _TYPES_ALONE


@cache
def list_own_names():
    """Every name that the product defines or sets itself, less those that are another package's where it does."""
    found = set()
    for file in sorted((Path(__file__).parents[1] / "pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
    return found


def names_a_module(words):
    """Whether a string is a module's full name with a private part in it."""
    return bool(_MODULE.fullmatch(words)) and importlib.util.find_spec(words.partition(".")[0]) is not None


def find_overridden(where, node):
    """The private names of a class that the classes it is made from, of other packages, have as well."""
    name = where.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    made = getattr(importlib.import_module(name), node.name, None)
    if made is None:  # made within a function
        return
    bases = [base for base in made.__mro__[1:] if base.__module__.partition(".")[0] not in ("pipeline", "builtins")]
    said = {base.__module__.partition(".")[0] for base in bases} - {"abc", "enum", "typing", "pydantic"}
    if not said:
        return
    for own in sorted(set(filter(is_private, list_names(node)))):
        if any(own in vars(base) or f"self.{own} " in read_source(base) for base in bases):
            yield own


@cache
def read_source(base):
    try:
        return inspect.getsource(base)
    except (OSError, TypeError):  # written in C
        return ""


def list_names(node):
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            yield part.name
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self":
            yield part.attr


# nbclient


def test_nbclient_polls_a_cells_output_in_one_method():
    """``run/cells.py`` puts its own in place: what another cell writes meanwhile is then that cell's fault."""
    from nbclient import NotebookClient

    from pipeline.run.making.cells import CellRunner

    theirs = NotebookClient._async_poll_output_msg
    assert asyncio.iscoroutinefunction(theirs)
    assert list(inspect.signature(theirs).parameters) == ["self", "parent_msg_id", "cell", "cell_index"]
    assert list(inspect.signature(CellRunner._async_poll_output_msg).parameters) == list(
        inspect.signature(theirs).parameters
    )
    assert "self._async_poll_output_msg(parent_msg_id, cell, cell_index)" in inspect.getsource(NotebookClient)


def test_nbclient_remembers_in_which_cell_a_display_stands():
    """``run/cells.py`` reads it: an officers' cell may not change what the school's copy shows."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])
    client = NotebookClient(notebook)
    client.reset_execution_trackers()
    client.clear_before_next_output = False
    shown = {"data": {"text/plain": "shown"}, "metadata": {}, "transient": {"display_id": "here"}}
    message = {"header": {"msg_type": "display_data"}, "msg_type": "display_data", "content": shown}
    client.process_message({**message, "parent_header": {"msg_id": "asked"}}, notebook.cells[0], 0)
    assert {place: list(held) for place, held in client._display_id_map["here"].items()} == {0: [0]}


def test_nbclient_says_how_long_a_cell_may_take():
    """``run/cells.py`` asks it how long to wait for the answer to its own last question."""
    import nbformat
    from nbclient import NotebookClient

    cell = nbformat.v4.new_code_cell("")
    assert NotebookClient(nbformat.v4.new_notebook(cells=[cell]), timeout=7)._get_timeout(cell) == 7
    assert NotebookClient(nbformat.v4.new_notebook(cells=[cell]), timeout=None)._get_timeout(cell) is None


# ipykernel


def test_ipykernel_asks_these_of_a_kernel_when_it_answers():
    """``run/kernels/direct.py`` has no subshells, does not wait after a cell, and has nothing queued behind one."""
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelbase import Kernel

    answering = inspect.getsource(Kernel.dispatch_shell) + inspect.getsource(Kernel.execute_request)
    for asked in ("self._supports_kernel_subshells", "self._execute_sleep", "self._abort_queues(subshell_id)"):
        assert asked in answering
    assert isinstance(Kernel._supports_kernel_subshells, property)
    # all that is asked of ``sys`` while it is made, for which a direct kernel has another: what a debugger would know
    assert re.findall(r"\bsys\.\w+", inspect.getsource(IPythonKernel.__init__)) == ["sys.modules"]


# SciPy


@pytest.mark.slow
def test_scipy_reckons_chances_of_counts_by_functions_that_need_no_import_of_its_statistics():
    """``analysis/statistics/counts.py`` gives what ``scipy.stats`` gives, to the last digit."""
    import numpy as np
    from scipy.stats import binom, hypergeom

    from pipeline.analysis.statistics.counts import BINOMIAL, HYPERGEOMETRIC, find_binomial_quantiles

    rng = np.random.default_rng(5)
    pupils = rng.integers(1, 300, 2_000).astype(float)
    count, share, chance = np.floor(rng.random(2_000) * (pupils + 1)), rng.random(2_000), rng.random(2_000)
    count[:200], count[200:400], share[300:500], share[500:700] = 0, pupils[200:400], 0, 1
    together = pupils + rng.integers(1, 600_000, 2_000)
    such = np.floor(rng.random(2_000) * (together + 1))  # of some, the count can be no such one
    such[::2] = (count + np.floor(rng.random(2_000) * (together - pupils + 1)))[::2]
    together[::3], such[::3] = pupils[::3] + 3, np.minimum(such, pupils)[::3]
    for ours, theirs, parameters, asked in (
        (BINOMIAL, binom, (pupils, share), (pupils, share)),
        (HYPERGEOMETRIC, hypergeom, (such, pupils, together), (together, such, pupils)),
    ):
        assert (ours.exactly(count, *parameters) == theirs.pmf(count, *asked)).all()
        assert (ours.above(count, *parameters) == theirs.sf(count, *asked)).all()
        assert (ours.below(count, *parameters) == theirs.cdf(count - 1, *asked)).all()
    assert (find_binomial_quantiles(chance, pupils, share) == binom.ppf(chance, pupils, share)).all()


# matplotlib


def test_matplotlib_writes_an_svgs_words_through_one_object():
    """``report/lettering.py`` puts one in its place that remembers how words are laid out."""
    import io

    from matplotlib.backends.backend_svg import RendererSVG
    from matplotlib.textpath import TextToPath

    renderer = RendererSVG(72, 72, io.StringIO())
    assert type(renderer._text2path) is TextToPath
    assert "self._text2path" in inspect.getsource(RendererSVG._draw_text_as_path)


def test_matplotlib_keeps_pyplots_open_figures_in_one_place():
    """``run/kernels/showing.py`` looks there whether a figure that ends a cell is shown by pyplot anyhow."""
    from matplotlib import pyplot

    drawing = pyplot.figure()
    try:
        held = sys.modules["matplotlib._pylab_helpers"].Gcf.get_all_fig_managers()
        assert any(manager.canvas.figure is drawing for manager in held)
    finally:
        pyplot.close(drawing)
    held = sys.modules["matplotlib._pylab_helpers"].Gcf.get_all_fig_managers()
    assert not any(manager.canvas.figure is drawing for manager in held)


# Great Expectations


@pytest.mark.kernel
def test_great_expectations_judges_metrics_in_one_method():
    """``validation/plans.py`` calls it with metrics computed by a plan, which is made once for all schools."""
    from pipeline.validation.engine import load_great_expectations

    load_great_expectations()
    from great_expectations.expectations import core
    from great_expectations.expectations.expectation import Expectation

    asked = ["self", "metrics", "runtime_configuration", "execution_engine"]
    judges = [one for one in vars(core).values() if inspect.isclass(one) and issubclass(one, Expectation)]
    assert len(judges) > 40
    for judge in judges:
        assert list(inspect.signature(judge._validate).parameters) == asked, judge


@pytest.mark.kernel
def test_great_expectations_names_a_pages_template_on_its_class():
    """``validation/views.py`` gives the index of Data Docs the stock index's, beside a class of its own."""
    from pipeline.validation.engine import load_great_expectations

    load_great_expectations()
    from great_expectations.render.view import view

    from pipeline.validation.views import OfflineIndexPage

    assert OfflineIndexPage._template == view.DefaultJinjaIndexPageView._template == "index_page.j2"
