"""A direct kernel gives the notebook that Jupyter's own client and kernel give, whatever cells do; both are run here.

Real notebooks, real kernels of both kinds, from one fork server. Where the way is not the same, the difference is a
fault of the direct one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from pipeline.foundation.errors import PipelineError
from pipeline.run.jobs import ReportJob
from pipeline.run.kernels.finding import KIND
from pipeline.run.kernels.fork_client import ADDRESS
from pipeline.run.making.notebooks import execute_notebook, strip_run_metadata

pytestmark = pytest.mark.kernel

#: What a cell may do and a report is made all the same, all in one notebook, for they must not disturb each other.
FAIR = (
    "from IPython.display import HTML, JSON, Latex, Markdown, SVG, Image, Math, clear_output, display, update_display\n"
    "import asyncio, os, sys, threading, time, warnings, logging",
    "7",
    "7;",
    "_ + 1",
    "print('in a line'); 'and an answer'",
    "display(HTML('<b>b</b>'), Markdown('*m*'), Latex('$l$'), Math('x'), JSON({'a': [1, (2, 3)], 4: None}))",
    "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>'), Image(data=b'\\x89PNG\\r\\n\\x1a\\n'))",
    "display({'text/plain': 'raw', 'application/json': {'x': 1.5}}, metadata={'text/plain': {'a': (1, 2)}}, raw=True)",
    "class Shown:\n    def _repr_mimebundle_(self, **kept):\n        return {'text/html': '<i>i</i>'}, "
    "{'text/html': {'isolated': True}}\nShown()",
    "class Own:\n    def _ipython_display_(self):\n        print('shows itself')\nOwn()",
    "import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['x', None]})",
    "held = display('first', display_id='place')\nprint('between')\nheld.update('second')",
    "update_display(HTML('third'), display_id='place')",
    "display('fourth', display_id='place')\nheld.update('fifth')",
    "print('cleared'); clear_output(); print('kept')",
    "for number in range(3):\n    clear_output(wait=True)\n    display(number)\n    print(number)",
    "print('cleared next time'); clear_output(wait=True)",
    "print('one, ', end=''); print('to the side', file=sys.stderr); print('two'); sys.stdout.write('three')",
    "print('a', flush=True); print('b', flush=True); print('c', file=sys.stderr, flush=True); print('d')",
    "for number in range(4):\n    print(number)\n    print(-number, file=sys.stderr)\n    time.sleep(0.15)",
    "sys.stdout.writelines(['x\\n', 'y\\r', 'z\\b'])\nprint('é ☃ 𝒳', '\\x1b[31mred\\x1b[0m', 'nul\\0')",
    "print('half a character: \\udcff')",
    "print('long ' * 60_000)",
    "warnings.warn('take care')\nlogging.warning('noted')",
    "thread = threading.Thread(target=print, args=('from a thread',)); thread.start(); thread.join()",
    "from concurrent.futures import ThreadPoolExecutor as Pool\nwith Pool(2) as pool: print(*pool.map(int, '12'))",
    "def show():\n    display(HTML('shown by a thread'))\n"
    "thread = threading.Thread(target=show); thread.start(); thread.join()",
    "async def tell(word):\n    await asyncio.sleep(0)\n    print(word)\n    return word\nawait tell('awaited')",
    "await asyncio.gather(tell('x'), tell('y'))",
    "async with asyncio.timeout(9):\n    await tell('within')",
    "task = asyncio.ensure_future(tell('a task'))\nawait task",
    "try:\n    asyncio.run(tell('never'))\nexcept RuntimeError as why:\n    print(why)",
    "for ask in (input, __import__('getpass').getpass):\n    try:\n        ask('a word: ')\n"
    "    except Exception as why:\n        print(type(why).__name__, why)",
    "try:\n    1 / 0\nexcept ZeroDivisionError as why:\n    print(repr(why))",
    "def fail():\n    raise KeyError('in a thread')\nthreading.excepthook = lambda args: print(args.exc_value)\n"
    "thread = threading.Thread(target=fail); thread.start(); thread.join()",
    "%precision 3\n3.14159",
    "%%capture caught\nprint('held back')\n9",
    "print(caught.stdout)\n!echo from a shell; echo and beside it >&2",
    "lines = !printf 'p\\nq\\n'\nlines",
    "%%bash\necho in bash\necho beside >&2",
    "%%writefile /dev/null\nnothing",
    "len?",
    "%env SCHOOL_REPORTS_TRIAL=here\nos.environ['SCHOOL_REPORTS_TRIAL'], os.environ['TERM'], os.environ['MPLBACKEND']",
    "os.write(1, b'to a descriptor\\n')\nos.system('echo by a shell')\n"
    "import subprocess\nsubprocess.run(['echo', 'by a program']).returncode",
    "child = os.fork()\nif not child:\n    print('from a fork', flush=True)\n    os._exit(0)\n_ = os.waitpid(child, 0)",
    "child = os.fork()\nif not child:\n    display('not from a fork')\n    os._exit(0)\n_ = os.waitpid(child, 0)",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2], label='l')\nplt.title('t')",
    "figure, axes = plt.subplots(); axes.bar([1], [2]); figure.set_label('described'); plt.show(); print('after it')",
    "pd.DataFrame({'a': [0.5]}).style.format(precision=1)",
    "import comm\nopened = comm.create_comm(target_name='none', data={'state': {'a': 1}})\nopened.send({'b': 2})",
    "display({'application/json': {'no': float('nan')}}, raw=True)",
    "get_ipython().set_next_input('never')\nget_ipython().execution_count, len(In), sorted(Out)[:3]",
    "get_ipython().run_cell('inner = 5; inner')\ninner",
    "get_ipython().events.register('post_run_cell', lambda result: print('after', result.execution_count))",
    "1",
    "sys.argv[0], __name__, type(get_ipython()).__name__, type(sys.stdout).__name__, type(sys.displayhook).__name__",
    "sys.stdout.isatty(), sys.stdout.encoding, sys.stdin.read(), isinstance(sys.__stdout__.fileno(), int)",
    "__builtins__.print = lambda *said, **how: sys.stdout.write('another print\\n')\nprint('x')",
    "def recurse(): return recurse()\ntry:\n    recurse()\nexcept RecursionError:\n    sys.stdout.write('deep')",
    "   ",
    "# nothing but words",
)

#: What ends a report. Before a process ends at once it has sent what it said: else that is a matter of chance.
UNFAIR = {
    "an error": "def f():\n    raise ValueError('no\\nroll')\nprint('before'); f(); print('after')",
    "an error of another": "try:\n    1 / 0\nexcept ZeroDivisionError as why:\n    raise KeyError('k') from why",
    "no syntax": "print('never')\nx = = 2",
    "no magic": "%no_such_magic",
    "no shell cell": "%%no_such_cell_magic\nx",
    "a failing program": "%%bash\nexit 3",
    "interrupted": "raise KeyboardInterrupt",
    "an odd error": "class Odd(BaseException):\n    def __str__(self): return '\\x1b[1mbold\\x1b[0m'\nraise Odd",
    "an error awaited": "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    assert 1 == 2\nawait f()",
    "an error shown": "class Roll:\n    def _repr_html_(self): raise ValueError('no roll')\nRoll()",
    "asked for": "print('a'); input('a word: ')",
    "quit": "print('a'); quit()",
    "exit": "import sys; sys.exit(3)",
    "gone": "print('a', flush=True); import os, time; time.sleep(0.3); os._exit(3)",
    "gone well": "print('a', flush=True); import os, time; time.sleep(0.3); os._exit(0)",
    "killed": "print('a', flush=True); import os, signal, time; time.sleep(0.3); os.kill(os.getpid(), signal.SIGKILL)",
    "ended": "print('a', flush=True); import os, signal, time; time.sleep(0.3); os.kill(os.getpid(), signal.SIGTERM)",
    "hung": "print('begun', flush=True)\nwhile True: pass",
    "deaf": "import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 60)); time.sleep(90)",
    "late": "import threading, time\nthreading.Timer(0.3, print, ['late']).start()",
    "left running": "import threading, time\nthreading.Thread(target=time.sleep, args=(30,), daemon=True).start()",
    "a task left": "import asyncio\nasync def say():\n    await asyncio.sleep(0.05)\n    print('late')\n"
    "task = asyncio.ensure_future(say())",
    "no memory": "held = bytearray(64 << 30)",
    "odd output": "display({'application/x-odd': {'a': 1}}, raw=True)",
    "unsendable": "display({'application/json': object()}, raw=True)",
}
_AFTER = "import time; time.sleep(0.6); print('the last cell')"


@pytest.fixture(scope="module")
def server(kept_fork_server):
    with kept_fork_server.lend(None) as found:
        yield found.wait_until_ready()


@pytest.fixture
def run(server, tmp_path, monkeypatch) -> Callable[..., tuple[str, str]]:
    """Runs cells in a kernel of a kind; gives what was said of it and the executed notebook as it would be kept."""
    monkeypatch.setenv(ADDRESS, server)

    def run(kind: str, *sources: str, seconds: int = 60) -> tuple[str, str]:
        monkeypatch.setenv(KIND, kind)
        cells = [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
        cells.insert(0, new_code_cell("urn = 0", id="parameters", metadata={"tags": ["parameters"]}))
        path, executed = tmp_path / "own.ipynb", tmp_path / f"{kind}.ipynb"
        nbformat.write(new_notebook(cells=cells, metadata={"language_info": {"name": "python"}}), path)
        said = ""
        job = ReportJob(900001, "A", path, {"urn": 900001}, tmp_path, tmp_path / "x", "e", seconds)
        try:
            notebook = execute_notebook(job, executed).notebook
        except PipelineError as fault:
            said, notebook = str(fault), nbformat.read(executed, as_version=4)
        strip_run_metadata(notebook, executed)
        text = re.sub(r" at 0x[0-9a-f]+|ipykernel_\d+/\d+", "", executed.read_text(encoding="utf-8"))
        return re.sub(r" at 0x[0-9a-f]+", "", said), text

    return run


def test_a_direct_kernel_gives_the_notebook_to_the_byte_whatever_fair_cells_show(run):
    direct, reference = run("direct", *FAIR), run("warm", *FAIR)
    assert direct[0] == reference[0] == ""
    cells, others = (json.loads(notebook)["cells"] for _, notebook in (direct, reference))
    assert [cell["source"] for cell, other in zip(cells, others, strict=True) if cell != other] == []
    assert direct[1] == reference[1]


def test_a_cell_that_speaks_without_end_is_stopped_in_time_all_the_same(run):
    said, kept = run("direct", "import time\nwhile True:\n    print('again', flush=True); time.sleep(0.002)", seconds=1)
    assert "it took longer than a cell may (1 seconds)" in said and "again" in kept


@pytest.mark.parametrize("kind", UNFAIR)
def test_what_goes_wrong_is_said_and_kept_as_the_other_way_does(run, kind: str, monkeypatch):
    monkeypatch.setenv("SCHOOL_REPORTS_KERNEL_MEMORY", str(8 << 30))
    cells = ("print('the first cell')", UNFAIR[kind], _AFTER)
    direct, reference = (run(way, *cells, seconds=2) for way in ("direct", "warm"))
    assert direct[0] and direct == reference
