"""What cells do reaches the page as JupyterLab shows it, or is refused by name; officers' cells reach no school's copy.

Real notebooks in real kernels; several cases share a notebook, because a kernel is slow.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pikepdf
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell
from small_reports import write_small_jobs

from pipeline.foundation.errors import MissingTool
from pipeline.render.checks import read_pdf
from pipeline.render.html import render_html
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.kernels.fork_client import ADDRESS
from pipeline.run.making.schools import make_report

pytestmark = pytest.mark.kernel

MARK = "CONFIDENTIAL"
PLOTS = """\
import matplotlib.pyplot as plt
from pipeline.report.pictures import describe
plt.bar(["2023/24", "2024/25"], [3, 4])
describe("Two bars: 3 and 4.")
plt.show()"""
CHART = """\
import altair as alt
import pandas as pd
frame = pd.DataFrame({"year": ["2024", "2025"], "pupils": [3, 4]})
alt.Chart(frame).mark_bar().encode(x="year:N", y="pupils:Q").properties(description="A chart of two bars.")"""
DOCUMENTED = """\
from IPython.display import Math, display
from matplotlib.figure import Figure
drawn = Figure()
drawn.subplots().plot([1, 2])
display(drawn, metadata={"image/png": {"alt": "As the guide says."}})
same, axes = plt.subplots()
axes.plot([2, 1])
display(same, metadata={"image/png": {"alt": "As the guide says, by pyplot."}})"""


@pytest.fixture(autouse=True)
def lent_kernels(kept_fork_server, monkeypatch):
    """Kernels fork from the session's server; else this process would start one of its own."""
    with kept_fork_server.lend(None):
        monkeypatch.setenv(ADDRESS, kept_fork_server.find_address())
        yield


def school(source: str, *tags: str):
    return new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def test_a_package_that_is_missing_and_a_full_disk_stop_the_whole_run(tmp_path):
    """Each school was told of it, one after the other."""
    (job,) = write_small_jobs(tmp_path, 1)
    missing = make_report(add_cells(job, school("import no_such_package")))
    assert isinstance(missing.halt, MissingTool) and "the package no_such_package is not installed" in missing.problem
    full = make_report(add_cells(job, school('open("/dev/full", "w", buffering=1).write("x" * 100_000)')))
    assert full.halt is not None and "the disk is full" in full.problem


def test_modules_and_files_beside_the_notebook_are_found_as_in_jupyterlab(tmp_path):
    """They were found in JupyterLab, and in no run."""
    (job,) = write_small_jobs(tmp_path, 1)
    (tmp_path / "our_words.py").write_text("GREETING = 'Good morning from beside the notebook'\n", encoding="utf-8")
    (tmp_path / "our_own.csv").write_text("7 of our own\n", encoding="utf-8")
    cell = school(
        "import our_words\nfrom pathlib import Path\nprint(our_words.GREETING, Path('our_own.csv').read_text())"
    )
    made = make_report(add_cells(job, cell))
    assert made.problem == ""
    page = (Path(made.staged) / "report.html").read_text(encoding="utf-8")
    assert "Good morning from beside the notebook 7 of our own" in page


def officers(source: str):
    return school(source, "officer-only")


def add_cells(job: ReportJob, *cells) -> ReportJob:
    """The job with cells of an analyst's before the one that publishes the facts."""
    notebook = nbformat.read(job.notebook, as_version=4)
    for number, cell in enumerate(cells, start=1):
        cell["id"] = f"own-{number}"
    notebook.cells[-1:-1] = cells
    path = job.notebook.with_name("edited.ipynb")
    nbformat.write(notebook, path)
    return replace(job, notebook=path)


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Make a school's report of the small notebook with further cells; the first of them is cell 4."""
    monkeypatch.delenv("SCHOOL_REPORTS_KERNELS", raising=False)
    (job,) = write_small_jobs(tmp_path / "home", 1)

    def make(*cells) -> ReportOutcome:
        return make_report(add_cells(job, *cells))

    return make


def read(outcome: ReportOutcome) -> BeautifulSoup:
    assert outcome.problem == "", outcome.bug
    return BeautifulSoup((Path(outcome.staged) / "report.html").read_text(encoding="utf-8"), "html.parser")


def read_files(outcome: ReportOutcome) -> dict[str, bytes]:
    assert outcome.problem == "", outcome.bug
    return {path.name: path.read_bytes() for path in sorted(Path(outcome.staged).iterdir())}


# What is shown


@pytest.mark.parametrize("kernels", ["direct", "cold"])
def test_pictures_equations_and_charts_arrive_however_a_cell_shows_them_and_twice_the_same(make, monkeypatch, kernels):
    pytest.importorskip("vl_convert", reason="vl-convert-python is not installed: no chart can be drawn")
    monkeypatch.setenv("SCHOOL_REPORTS_KERNELS", kernels)
    cells = (
        PLOTS,
        "figure, axes = plt.subplots()\naxes.fill_between([1, 2], [1, 2])\ndescribe('A bare figure.')\nfigure",
        "figure",
        "plt.plot([1, 2])\nplt.ylim(1.2, 1.8)\nplt.gcf().set_label('Left open.')\nplt.plot([2, 1])",
        "describe('A histogram.', plt.figure())\nplt.hist([1, 2, 2])",
        DOCUMENTED,
        "display(Math(r'\\frac{k}{n}'))",
        CHART,
        "frame.style.format(precision=1)",
    )
    first, second = (make(*[school(source) for source in cells]) for _ in range(2))
    page = read(first)
    assert [image["alt"] for image in page.find_all("img")] == [
        "Two bars: 3 and 4.",
        "A bare figure.",
        "A bare figure.",
        "Left open.",
        "A histogram.",
        "As the guide says.",
        "As the guide says, by pyplot.",
        "A chart of two bars.",
    ]
    assert page.math["alttext"] == "k over n"
    assert not re.search(r"<Figure|Container|matplotlib|0x", page.main.get_text())
    assert read_files(first) == read_files(second)


def test_a_chart_in_altairs_own_format_is_drawn_and_what_no_notebook_can_hold_is_refused_where_both_were_bugs(make):
    pytest.importorskip("vl_convert", reason="vl-convert-python is not installed: no chart can be drawn")
    own = f"{CHART.splitlines()[0]}\nalt.renderers.enable('mimetype')\n{CHART}"
    assert read(make(school(own))).find("img", alt="A chart of two bars.")
    raw = f"{CHART}.to_dict()".replace("alt.Chart(frame)", "shown = alt.Chart(frame)")
    own = "    def _repr_mimebundle_(self, **kept):\n        return {'application/vnd.vegalite.v6.json': shown}"
    bundle = f"class Shown:\n{own}\nShown()"
    assert read(make(school(raw), school(bundle))).find("img", alt="A chart of two bars.")
    odd = make(school("display({'application/x-odd': {'a': 1}}, raw=True)"))
    assert "its output is application/x-odd, which a notebook cannot hold" in odd.problem
    assert "a fault in the pipeline itself" not in odd.problem


def test_pictures_of_another_kind_keep_their_description_and_one_without_any_is_refused_by_name(make):
    png = "%config InlineBackend.figure_formats = ['png']\n" + PLOTS
    (image,) = read(make(school(png))).find_all("img")
    assert image["alt"] == "Two bars: 3 and 4."
    assert image["src"].startswith("data:image/png")
    said = make(school("import matplotlib.pyplot as plt"), school("plt.bar([1, 2], [3, 4])\nplt.show()")).problem
    assert "cell 5 (plt.bar([1, 2], [3, 4])): an image has no description. Give it one: describe('…', figure)" in said


def test_work_given_to_threads_of_the_same_or_an_earlier_cell_is_shown_where_it_was_given(make):
    cells = (
        "from concurrent.futures import ThreadPoolExecutor as Pool\npool = Pool(2)\n_ = list(pool.map(print, 'a'))",
        "_ = list(pool.map(print, 'b'))\npool.shutdown()",
        "import asyncio\nasync def say():\n    await asyncio.sleep(0)\n    print('c')\nawait asyncio.gather(say())\n1;",
    )
    assert [tag.get_text().strip() for tag in read(make(*map(school, cells))).find_all("pre")] == ["a", "b", "c"]


def test_the_same_kernel_under_another_client_draws_too_where_it_showed_nothing(monkeypatch):
    from nbclient import NotebookClient

    from pipeline.run.kernels.provisioner import register_provisioner
    from pipeline.run.making.notebooks import KERNEL, SPECS

    monkeypatch.setenv("JUPYTER_PATH", str(SPECS))
    register_provisioner()
    notebook = nbformat.v4.new_notebook(cells=[school(PLOTS)])
    NotebookClient(notebook, kernel_name=KERNEL, timeout=120).execute()
    (output,) = notebook.cells[0].outputs
    assert output.metadata["image/svg+xml"]["alt"] == "Two bars: 3 and 4."


def test_a_display_that_another_cell_of_the_schools_updates_shows_what_it_was_updated_to(make):
    page = read(make(school("held = display('waiting', display_id=True)"), school("held.update('done')")))
    assert [tag.get_text() for tag in page.find_all("pre")] == ["'done'"]


# What is refused, and whose it is


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["import sys; sys.exit(0)"], "cell 4 (import sys; sys.exit(0)): it asked to end the notebook"),
        (["quit()", "print('after')"], "cell 4 (quit()): it asked to end the notebook"),
        (["1", "exit(2)"], "cell 5 (exit(2)): it asked to end the notebook"),
        (["1", "import os; os._exit(3)", "2"], "cell 5 (import os; os._exit(3)): the kernel ended by itself"),
        (
            ["import threading, time\nthreading.Timer(0.3, print, ['late']).start()", "time.sleep(1)"],
            "cell 4 (import threading, time): what it started went on and wrote when the cell had ended",
        ),
        (
            [
                "import asyncio\ntask = asyncio.ensure_future(asyncio.sleep(0.2))",
                "async def say():\n    await task\n    print('late')\nsaid = asyncio.ensure_future(say())",
                "await asyncio.sleep(0.6)",
            ],
            "cell 5 (async def say():): what it started went on and wrote",
        ),
        (
            ["import threading, time\nthreading.Thread(target=time.sleep, args=(30,), daemon=True).start()"],
            "cell 4 (import threading, time): what it started had not ended when the notebook did",
        ),
        (["object()"], "cell 4 (object()): it prints '<object at 0x"),
    ],
)
def test_the_cell_that_asked_or_wrote_late_is_named_not_the_one_that_ran(make, cells, said: str):
    problem = make(*map(school, cells)).problem
    assert said in problem
    assert "a fault in the pipeline itself" not in problem


def test_an_error_that_a_tag_lets_pass_is_named_with_its_cell_and_no_other(make):
    problem = make(school("raise ValueError('no roll')", "raises-exception"), school("1")).problem
    assert "cell 4 (raise ValueError('no roll')): ValueError: no roll" in problem
    assert "catch it" in problem


def fail_as(method: str, ending: str) -> str:
    """A cell that shows something whose ``method`` fails."""
    return f"class Roll:\n    def {method}(self, **kept):\n        raise ValueError('no roll')\n{ending}"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1", fail_as("_repr_html_", "Roll()"), "2"], "cell 5 (class Roll:): ValueError: no roll"),
        (["1", fail_as("_repr_html_", "display(Roll())"), "2"], "cell 5 (class Roll:): ValueError: no roll"),
        (["1", fail_as("_ipython_display_", "Roll()"), "2"], "cell 5 (class Roll:): ValueError: no roll"),
        (["1", fail_as("_repr_mimebundle_", "Roll()"), "2"], "cell 5 (class Roll:): ValueError: no roll"),
        (["1", fail_as("__repr__", "Roll()"), "2"], "cell 5 (class Roll:): ValueError: no roll"),
        (
            ["held = display('a', display_id=True)", fail_as("_repr_html_", "held.update(Roll())")],
            "cell 5 (class Roll:",
        ),
        (["1", "get_ipython().run_cell('1/0')", "2"], "cell 5 (get_ipython().run_cell('1/0')): ZeroDivisionError"),
        (
            ["import matplotlib.pyplot as plt", "plt.title(r'$\\frac{$')\n_ = plt.plot([1])"],
            "cell 5 (plt.title(r'$\\frac{$')): ValueError",
        ),
        (["1", "x = = 2"], "cell 5 (x = = 2): SyntaxError: invalid syntax (line 1)"),
    ],
)
def test_what_cannot_be_shown_is_told_with_its_own_cell_and_error(make, cells, said: str):
    """The cell before was quoted, or the error was "NoneType: None"."""
    problem = make(*map(school, cells)).problem
    assert said in problem and "NoneType" not in problem


def test_a_tag_that_lets_errors_pass_lets_none_pass_that_comes_up_as_a_thing_is_shown(make):
    tagged = make(school("1"), school(fail_as("_repr_html_", "Roll()"), "raises-exception"), school("2")).problem
    assert "cell 5 (class Roll:): ValueError: no roll" in tagged and "A report shows no error" in tagged


def test_an_output_kept_by_skip_execution_is_said_where_it_was_left_out(make):
    cell = school("print(1)", "skip-execution")
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="kept")]
    assert "cell 4 (print(1)): it is tagged skip-execution and keeps an output" in make(cell).problem


# Officers' cells

#: What an officers' cell might do to be met by a school's cell. Each is followed by one that would meet it.
HOSTILE = (
    f"print('{MARK}')",
    f"from IPython.display import HTML, display\ndisplay(HTML('<p title=\"{MARK}\">{MARK}</p><!--{MARK}-->'))",
    f"import builtins, sys\nspeak = print\nbuiltins.print = lambda *said, **how: speak('{MARK}', *said, **how)",
    f"ip = get_ipython()\nip.events.register('pre_run_cell', lambda *_: speak('{MARK}'))",
    f"import functools, signal\nsignal.signal(signal.SIGALRM, functools.partial(speak, '{MARK}'))\n_ = signal.alarm(1)",
    f"ip.display_formatter.formatters['text/html'].for_type(int, lambda n: '{MARK}')",
    f"import atexit, weakref\n_ = atexit.register(speak, '{MARK}')\nlost = type('Lost', (), {{}})()\n"
    f"_ = weakref.finalize(lost, speak, '{MARK}')",
    f"from pipeline.report.exhibits import Paragraph\nParagraph.__post_init__ = lambda one: speak('{MARK}')",
    f"import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('{MARK}')\nplt.gcf().set_label('{MARK}')",
    f"shared.append('{MARK}')",
    f"import subprocess\n_ = subprocess.run([sys.executable, '-c', 'print(\"{MARK}\")'])",
    f"ip.user_ns['document'] = '{MARK}'",
    "def later():\n    import time\n    time.sleep(0.2)\n    speak('" + MARK + "')\n"
    "from threading import Thread\nthread = Thread(target=later)\nthread.start()\nthread.join()",
    f"# {MARK}",
)


def test_nothing_an_officers_cell_does_reaches_anything_of_the_schools(make):
    meets = "import gc, time\n_ = gc.collect()\ntime.sleep(0.1)\nprint(len(shared))\n7"
    cells = [school("shared = []"), new_markdown_cell(f"# {MARK}", metadata={"tags": ["officer-only"]})]
    for hostile in HOSTILE:
        cells += [officers(hostile), school(meets)]
    cells.append(school("time.sleep(1.2)"))  # the alarm would ring now
    outcome = make(*cells)
    files = read_files(outcome)
    assert MARK in files["notebook.ipynb"].decode()
    assert MARK not in files["report.html"].decode()
    assert MARK not in json.dumps(json.loads(files["facts.json"]))
    printed = read_pdf(files["report.pdf"])
    assert MARK not in printed.text and not any(MARK in alt for alt in printed.descriptions)
    with pikepdf.open(io.BytesIO(files["report.pdf"])) as document:
        about = [*map(str, document.docinfo.values()), document.Root.Metadata.read_bytes().decode()]
        inside = [one.read_bytes() for one in document.objects if isinstance(one, pikepdf.Stream)]
    assert MARK not in " ".join(about) and MARK.encode() not in b"".join(inside)
    assert read(outcome).main.get_text().count("7") == len(HOSTILE)
    executed = nbformat.read(Path(outcome.staged) / "notebook.ipynb", as_version=4)
    assert MARK in render_html(executed, officer=True)


@pytest.mark.parametrize(
    ("shown", "changed"),
    [
        ("held = display('waiting', display_id=True)", f"held.update('{MARK}')"),
        ("display('waiting', display_id='place')", f"display('{MARK}', display_id='place')"),
        (
            "held = display('waiting', display_id='place')",
            f"from IPython.display import update_display\nupdate_display('{MARK}', display_id='place')",
        ),
    ],
)
def test_an_officers_cell_that_would_change_what_a_schools_cell_shows_is_refused_unquoted(make, shown, changed):
    problem = make(school(shown), officers(changed)).problem
    assert "cell 5 (officer-only): it shares a display with cell 4, which is not officer-only" in problem
    assert MARK not in problem


def test_facts_that_an_officers_cell_publishes_are_refused(make, tmp_path):
    path = tmp_path / "home" / "small.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].metadata["tags"] = ["officer-only"]
    nbformat.write(notebook, path)
    assert "an officer-only cell published the facts" in make().problem


def test_a_value_that_only_an_officers_cell_gives_is_refused_before_anything_runs(make, tmp_path):
    problem = make(officers(f"reason = '{MARK}'"), school("print(reason)"), school("reason")).problem
    assert "cell 5 (print(reason)): it reads `reason`, to which cell 4 gives a value" in problem
    assert "cell 6 (reason): it reads `reason`, to which cell 4 gives a value" in problem
    assert not list((tmp_path / "home").glob("begun-*"))
