"""What every test may ask for: real published files where they are, a workspace of its own, small true schools."""

from __future__ import annotations

import atexit
import functools
import gc
import hashlib
import os
import pickle
import re
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import psutil
import pytest
import typer.main
from filelock import FileLock

from pipeline.run.kernels.fork_client import ForkServerProcess, NoForkServer

if TYPE_CHECKING:
    from pipeline.run.kernels.preload import Rehearsal
    from pipeline.sources.prepared import Prepared
    from pipeline.sources.reading import RawTable, Reading
    from tests.chromium import Page

PROJECT = Path(__file__).resolve().parent.parent
PRIMARY, SECONDARY = 900001, 900013  # of the sample
MEMORY = Path("/dev/shm")  # where Linux keeps files in memory
_IN_MEMORY = pytest.StashKey[Path]()
PLENTY = 12 << 30  # bytes, for files of all tests and the processes beside them
EXAMPLES = 40  # that hypothesis tries where a test says nothing else
_LONGEST = ("long", "kernel", "published", "slow")  # what tests are marked with, the longest first


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C reach what tests start: a shell ignores it for what runs in the background, and that is inherited.

    No test is failed for the time it takes. What is imported and collected stays to the end: to look through it again
    and again for cycles is a tenth of what the fast tests cost. The verbs' commands are built once for all that type
    them in this process: no process of the product builds them twice.
    """
    gc.set_threshold(50_000, 20, 50)
    # a busy machine fails no test; `--hypothesis-profile long` looks longer
    hypothesis.settings.register_profile("usual", deadline=None, max_examples=EXAMPLES)
    hypothesis.settings.register_profile("long", deadline=None, max_examples=25 * EXAMPLES)
    hypothesis.settings.load_profile("usual")
    typer.main.get_command = functools.cache(typer.main.get_command)
    _write_in_memory(config)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _write_in_memory(config: pytest.Config) -> None:
    """Let tests write to memory where there is plenty and nobody has named a place: to a disk takes a tenth longer.

    What they leave there goes with them, unless one failed: then it can be looked at.
    """
    if MEMORY.is_dir() and "TMPDIR" not in os.environ:
        free = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available)
        if free >= PLENTY and os.access(MEMORY, os.W_OK):
            config.stash[_IN_MEMORY] = folder = Path(tempfile.mkdtemp(prefix="school-tests-", dir=MEMORY))
            os.environ["TMPDIR"], tempfile.tempdir = str(folder), None  # of the workers too, which begin after this


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    folder = session.config.stash.get(_IN_MEMORY, None)
    if folder is not None and exitstatus == pytest.ExitCode.OK:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)  # when what else ends with the session has ended


def count_examples(usual: int) -> int:
    """How many examples hypothesis tries where a test asks for another number: as much longer as the profile looks."""
    return usual * hypothesis.settings.default.max_examples // EXAMPLES


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One worker more than there are cores where whole runs are tested: a fifth of the time two cores would idle."""
    return None if "not kernel" in config.option.markexpr else psutil.cpu_count() + 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Whether a file is left unread: one of which all tests bear a mark that this run leaves out (`make test-fast`)."""
    left_out = re.findall(r"not (\w+)", config.option.markexpr)
    if not left_out or " or " in config.option.markexpr or collection_path.suffix != ".py":
        return None
    whole = re.search(r"^pytestmark = (.*)", collection_path.read_text(encoding="utf-8"), re.MULTILINE)
    return True if whole and set(left_out) & set(re.findall(r"mark\.(\w+)", whole[1])) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first: where workers share the files out, the short ones fill what is left."""
    places = {item.path: len(_LONGEST) for item in items}
    for item in items:
        marks = [place for place, name in enumerate(_LONGEST) if item.get_closest_marker(name)]
        places[item.path] = min([places[item.path], *marks])
    items.sort(key=lambda item: places[item.path])


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later search for cycles."""
    gc.collect()
    gc.freeze()


def find_published() -> Path | None:
    """The folder of real published files: ``SCHOOL_DATA_DIR``, else ``../shared/dfe`` beside the project."""
    named = os.environ.get("SCHOOL_DATA_DIR")
    folder = Path(named) if named else PROJECT.parent / "shared" / "dfe"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def published() -> Path:
    """Real published files; the test says so and is skipped where they are not there."""
    folder = find_published()
    if folder is None:
        pytest.skip("real published files are not here: set SCHOOL_DATA_DIR to their folder to run this test")
    return folder


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The one page in which all is looked at; the test says so and is skipped where no browser is here."""
    from tests.chromium import find_browser, open_browser

    if find_browser() is None:
        pytest.skip("no browser is here: install Chromium so that `chromium` is on PATH")
    with open_browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script; the test says so and is skipped where it is not here."""
    named = os.environ.get("AXE_CORE")
    path = Path(named) if named else PROJECT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.skip(f"axe-core is not at {path}: run `npm install --no-save axe-core`, or set AXE_CORE to axe.min.js")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def no_data_docs(monkeypatch: pytest.MonkeyPatch) -> None:
    """One page stands in for those of the checks, a third of a small edition's time, where a test looks at none."""
    from pipeline.run.preparing.checking import FrameChecks

    def write(self: FrameChecks, folder: Path, *, title: str, on: date) -> Callable[[], None]:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_text(f"{title}, {on}", encoding="utf-8")
        return lambda: None

    monkeypatch.setattr(FrameChecks, "write_data_docs", write)


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """``make_once(name, fill)``: a folder that ``fill`` fills once, whichever of the session's workers asks first.

    It is read by several tests: one that changes it changes a copy.
    """
    root = tmp_path_factory.getbasetemp()
    root = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "made-once"
    root.mkdir(exist_ok=True)

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder, making = root / name, root / f"{name}.making"
        with FileLock(root / f"{name}.lock"):
            if not folder.is_dir():
                shutil.rmtree(making, ignore_errors=True)  # what a test that failed here left
                making.mkdir()
                fill(making)
                making.rename(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def prepare_published(published: Path, make_once) -> Callable[[Sequence[str], int], Prepared]:
    """Prepares real published files for an edition of a year, and opens the tables; the same files are read once."""

    def prepare(names: Sequence[str], year: int) -> Prepared:
        from pipeline.sources.prepare import prepare_edition
        from pipeline.sources.prepared import open_prepared
        from pipeline.sources.reading import PublishedFile

        def fill(folder: Path) -> None:
            files = [PublishedFile(published / name, name) for name in names]
            assert prepare_edition(files, folder / "prepared", year=year).faults == ()

        told = hashlib.sha256(" ".join([*sorted(names), str(year)]).encode()).hexdigest()[:16]
        return open_prepared(make_once(f"published-{told}", fill) / "prepared")

    return prepare


@pytest.fixture(scope="session")
def tabulate_published(published: Path, make_once) -> Callable[[str | Path], RawTable]:
    """The cells of a real file (its path, or that from ``published``), read once for all that look at them."""

    def tabulate(name: str | Path) -> RawTable:
        from pipeline.sources.reading import PublishedFile
        from pipeline.sources.recognise import is_known
        from pipeline.sources.tabular.tables import read_table

        path = (published / name).resolve()
        root = next(root for root in (published, published.parent / "dfe-more") if path.is_relative_to(root.resolve()))
        file = PublishedFile(path, path.relative_to(root.resolve()).as_posix())
        return _keep(make_once, f"table {path}", lambda: read_table(file, knows=is_known))

    return tabulate


@pytest.fixture(scope="session")
def read_published(tabulate_published, make_once) -> Callable[[str | Path], tuple[RawTable, Reading]]:
    """A real file as its own family reads it, for the year it says; read once for all that look at it."""

    def read(name: str | Path) -> tuple[RawTable, Reading]:
        from pipeline.sources.recognise import recognise, settle_year

        table = tabulate_published(name)
        source = recognise(table)
        told = f"reading {table.file.path}"
        return table, _keep(make_once, told, lambda: source.read(table, settle_year(table, source)))

    return read


def _keep(make_once, told: str, make: Callable[[], Any]) -> Any:
    """What ``make`` gives, made once a session and read back: each that asks has its own."""
    name = f"kept-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
    folder = make_once(name, lambda folder: (folder / "made").write_bytes(pickle.dumps(make(), protocol=5)))
    return pickle.loads((folder / "made").read_bytes())


def _copy_sample(root: Path) -> Path:
    """Copy the committed sample, of which nothing is prepared, into the workspace ``root``; give its folder."""
    folder = root / "data" / "editions" / "sample"
    shutil.copytree(PROJECT / "data/editions/sample", folder, ignore=shutil.ignore_patterns("prepared", "delivery"))
    return folder


def copy_short_sample(root: Path, *schools: int) -> None:
    """Copy the sample into the workspace ``root`` as an edition of ``schools`` alone, with the files of one year.

    Where it does not matter how many years there are, its files are read in two thirds of the time. Who gives support,
    what people changed in it and what became of it name schools that are not in it: these files are left out.
    """
    folder = _copy_sample(root)
    for stem in ("people", "support_plan", "support_log", "programmes"):
        (folder / f"local/{stem}.csv").unlink()
    for older in ("2022-2023", "2023-2024"):
        shutil.rmtree(folder / "published" / older)
    (folder / "edition.yaml").write_text(
        f"title: Marlshire\narea: {{schools: {list(schools)}}}\nyear: 2024/25\npolicy: worcestershire\n"
        "organisation: Marlshire County Council\n",
        encoding="utf-8",
    )


@pytest.fixture(scope="session")
def prepared_sample(make_once) -> Path:
    """A workspace in which the sample edition is prepared, and no report made."""

    def fill(root: Path) -> None:
        from pipeline.edition.editions import load_edition
        from pipeline.foundation.paths import Workspace
        from pipeline.run.preparing.preparation import prepare

        _copy_sample(root)
        prepare(load_edition(Workspace(root), "sample"))

    return make_once("prepared-sample", fill)


class KeptForkServer:
    """One fork server for the runs of several tests, which else would each import everything anew.

    The first run's rehearsal warms it, and its kernels and workers are as fresh as any: what differs between two
    editions is told to each when it is forked.
    """

    def __init__(self) -> None:
        self._server: ForkServerProcess | None = None

    @contextmanager
    def lend(self, rehearsal: Rehearsal | None, *, later: bool = False) -> Iterator[ForkServerProcess | None]:
        """Stand in for ``pipeline.run.executors._start_fork_server``: the same, and it is not stopped.

        None is begun before its rehearsal is known.
        """
        if later:
            yield None
            return
        if self._server is None:
            self._server = self._start(rehearsal)
            self._own()
        yield self._server
        self._own()
        try:
            self._server.wait_until_ready()
            with socket.socket(socket.AF_UNIX) as asked:
                asked.connect(self._server.address)
        except (NoForkServer, OSError):  # it could not be had, or was killed: the next run starts its own
            self.stop()

    def _start(self, rehearsal: Rehearsal | None) -> ForkServerProcess:
        server = ForkServerProcess(rehearsal)
        with pytest.MonkeyPatch.context() as here:
            here.setattr(tempfile, "tempdir", None)  # a test may have its own, and looks what is left there
            here.setenv("SCHOOL_REPORTS_KERNEL_MEMORY", str(8 << 30))  # and see what happens where that is not enough
            server.start()
        server._rehearsal = None  # its files may be gone when it is started again
        return server

    def _own(self) -> None:
        """Let its scratch folder be no run's of this process: tests look whether one is left."""
        if self._server is not None:
            (self._server.scratch / "owner").write_text(str(self._server._process.pid), encoding="utf-8")

    def find_address(self) -> str:
        """Where whatever a test starts may ask it for kernels."""
        return self._server.wait_until_ready() if self._server is not None else ""

    def list_forked(self) -> list[psutil.Process]:
        """The workers and kernels there are of it, and what they began."""
        return psutil.Process(self._server._process.pid).children(recursive=True) if self._server else []

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None


@pytest.fixture(scope="session")
def kept_fork_server() -> Iterator[KeptForkServer]:
    kept = KeptForkServer()
    yield kept
    kept.stop()


@pytest.fixture(scope="session")
def made_sample(make_once, kept_fork_server) -> Path:
    """A workspace with the sample, of one year and the schools ``PRIMARY`` and ``SECONDARY`` alone, and all reports."""

    def fill(root: Path) -> None:
        from pipeline.cli.verbs import app
        from pipeline.run import executors

        copy_short_sample(root, PRIMARY, SECONDARY)
        with pytest.MonkeyPatch.context() as here:
            here.setenv("SCHOOL_REPORTS_HOME", str(root))
            here.setattr(executors, "_start_fork_server", kept_fork_server.lend)
            assert not app(["reports", "sample"], standalone_mode=False)

    return make_once("made-sample", fill)
