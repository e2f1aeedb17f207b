"""Faults of the machine: a sentence and an exit code, nothing half-written, and the next run goes on.

The disk that is full is a small one of its own, the rights are the system's, the limit is the shell's.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.verbs import main
from pipeline.foundation.errors import FailedReport, FaultyInput, MissingTool
from pipeline.foundation.machine import explain_machine_fault
from pipeline.foundation.paths import find_project
from pipeline.foundation.writing import write_beside
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.run import executors
from pipeline.run.making.notebooks import explain_fault_in_kernel
from tests.conftest import SECONDARY, copy_short_sample

SCHOOL = 900013


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the disk can only be read"),
        (errno.EACCES, "it may not be opened or written"),
        (errno.EBUSY, "another program holds it"),
        (errno.EMFILE, "too many files are open"),
    ],
)
def test_a_fault_of_the_machine_is_a_sentence_with_its_place(tmp_path, number, said):
    fault = explain_machine_fault(OSError(number, "…", str(tmp_path / "reports" / "x")), tmp_path)
    assert str(fault).startswith(f"reports/x: {said}\n    ") and fault.exit_code == 1


def test_the_file_in_the_way_is_named_and_not_the_folder_that_was_wanted(tmp_path):
    (tmp_path / "reports").write_text("notes", encoding="utf-8")
    with pytest.raises(OSError) as met:
        (tmp_path / "reports" / "sample").mkdir(parents=True)
    fault = explain_machine_fault(met.value, tmp_path)
    assert str(fault).startswith("reports: a file stands where a folder belongs")


def test_a_file_that_is_being_written_is_named_as_it_will_be_called_or_by_its_folder(tmp_path):
    """The name it has meanwhile was told, which nobody finds."""
    folder = tmp_path / "reports" / "sample"
    met = OSError(errno.EACCES, "…", str(folder / ".making-index.html"))
    assert str(explain_machine_fault(met, tmp_path)).startswith("reports/sample: it may not be opened or written")
    (folder / "index.html").mkdir(parents=True)
    with pytest.raises(OSError) as met:
        write_beside(folder / "index.html", "words")
    fault = explain_machine_fault(met.value, tmp_path)
    assert str(fault).startswith("reports/sample/index.html: a folder stands where a file belongs")


@pytest.mark.parametrize(
    "bug",
    [
        FileNotFoundError(errno.ENOENT, "no such file", "x"),
        FileExistsError(errno.EEXIST, "made meanwhile", "no-such-file"),
        ValueError("no room"),
        ImportError("cannot import name 'x' from 'pandas'", name="pandas"),
        ModuleNotFoundError("No module named 'pipeline.new'", name="pipeline.new"),
    ],
)
def test_a_bug_keeps_its_traceback(bug):
    assert explain_machine_fault(bug) is None


def test_a_missing_package_and_missing_memory_are_told(tmp_path):
    fault = explain_machine_fault(ModuleNotFoundError("No module named 'pandas.core'", name="pandas.core"))
    assert isinstance(fault, MissingTool) and fault.exit_code == 4
    assert "the package pandas is not installed" in str(fault) and "make setup" in str(fault)
    assert str(explain_machine_fault(MemoryError())).startswith("memory ran out")


def test_of_a_cells_exceptions_those_that_every_school_would_meet_stop_the_run():
    missing = explain_fault_in_kernel("ModuleNotFoundError", "No module named 'seaborn.objects'", "n.ipynb, cell 3")
    assert isinstance(missing, MissingTool) and str(missing).startswith("n.ipynb, cell 3: the package seaborn is not")
    full = explain_fault_in_kernel("OSError", "[Errno 28] No space left on device: '/x'", "")
    assert isinstance(full, OSError) and full.errno == errno.ENOSPC
    assert explain_fault_in_kernel("FileNotFoundError", "[Errno 2] No such file or directory: 'own.csv'", "") is None
    assert explain_fault_in_kernel("ValueError", "no such column", "") is None


class Area(Record):
    area: object


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"area: &a [*a]\n", "line 1: the field refers to itself"),
        (b"area:\n  one: &a\n    two: {three: *a}\n", "line 2: the field refers to itself"),
        (b"# note\narea: 8\x0085\n", "line 2: the sign U+0000 cannot stand in YAML"),
        (b"# note\n\narea: caf\xe9\n", "line 3: the file is not UTF-8 text"),
        (b"a: &a [1, 1, 1, 1]\n" + b"".join(b"%c: &%c [%b]\n" % (n, n, b", ".join([b"*%c" % (n - 1)] * 4)) for n in
         range(98, 110)), "repeat more than 100,000 entries"),
        (b"area: " + b"[" * 3000 + b"]" * 3000, "its fields lie too deep in one another"),
    ],
)  # fmt: skip
def test_a_description_that_cannot_be_read_is_refused_with_its_line(tmp_path, content, said):
    path = tmp_path / "edition.yaml"
    path.write_bytes(content)
    with pytest.raises(FaultyInput) as refused:
        read_record(path, Area)
    assert said in str(refused.value)


@pytest.fixture
def home(tmp_path):
    """A workspace with an edition of one school."""
    copy_short_sample(tmp_path, SCHOOL)
    return tmp_path


def type_verb(home: Path, *words: str, by: tuple[str, ...] = ()) -> tuple[int, str]:
    """Type a verb at a prompt of its own; give the exit code and all that was printed."""
    command = [*by, sys.executable, "-m", "pipeline", *words]
    surroundings = {**os.environ, "SCHOOL_REPORTS_HOME": str(home), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=find_project(), env=surroundings, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def type_here(kept_fork_server, monkeypatch, capsys) -> Callable[..., tuple[int, str]]:
    """The same in this process, which has everything imported; kernels fork from the session's server."""
    monkeypatch.setattr(executors, "_start_fork_server", kept_fork_server.lend)
    monkeypatch.setenv("COLUMNS", "200")

    def run(home: Path, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(home))
        monkeypatch.setattr(sys, "argv", ["school-reports", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out + printed.err

    return run


def find_half_made(home: Path) -> list[str]:
    """Reports in place that are not whole."""
    folders = [path for path in (home / "reports").glob("sample/schools/[0-9]*") if path.is_dir()]
    return [str(folder) for folder in folders if not (folder / "made.json").is_file()]


#: A shell that obeys the rights of files even where it is root's.
OBEDIENT = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")


def can_run(*command: str) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture
def small_disk(home):
    """The workspace on a disk whose room can be set; the test says so and is skipped where none can be mounted."""
    place = home / "disk"
    place.mkdir()
    if not can_run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)):
        pytest.skip("no small disk can be mounted here (that takes root)")
    shutil.copytree(home / "data", place / "data")

    def leave(kilobytes: int) -> None:
        used = shutil.disk_usage(place).used // 1024
        size = f"remount,size={used + kilobytes}k"
        subprocess.run(["mount", "-o", size, str(place)], check=True)

    yield place, leave
    subprocess.run(["umount", "-l", str(place)], check=False)


@pytest.mark.kernel
def test_a_full_disk_stops_a_run_with_a_sentence_and_the_next_one_goes_on(small_disk, made_sample, type_here):
    home, leave = small_disk

    def report(school: int, room: int) -> tuple[int, str]:
        leave(room)
        code, said = type_here(home, "reports", "sample", "--urn", str(school))
        assert "Traceback" not in said and find_half_made(home) == []
        return code, said

    code, said = report(SCHOOL, 40)  # too little to keep what is read
    assert code == 1 and "the disk is full" in said, said
    leave(60_000)
    shutil.rmtree(home / "data")
    for what_was_read in ("data", "reports/sample/data-docs"):
        shutil.copytree(made_sample / what_was_read, home / what_was_read)
    code, said = report(SECONDARY, 250)  # too little to make a report of what was read
    assert code == 1 and "the disk is full" in said, said
    code, said = report(SECONDARY, 60_000)
    assert code == 0, said
    assert not list((home / "reports" / "sample" / "schools").glob(".*"))


@pytest.mark.kernel
def test_a_folder_that_may_not_be_written_or_is_a_file_is_named(home):
    if not can_run(*OBEDIENT, "true"):
        pytest.skip("rights cannot be given up here: setpriv is not there")
    reports = home / "reports"
    reports.write_text("notes", encoding="utf-8")
    code, said = type_verb(home, "reports", "sample")
    assert code == 1 and "Error: reports: a file stands where a folder belongs" in said
    reports.unlink()
    reports.mkdir(mode=0o555)
    description = home / "data" / "editions" / "sample" / "edition.yaml"
    code, said = type_verb(home, "reports", "sample", by=OBEDIENT)
    assert code == 1 and "Error: reports/sample: it may not be opened or written" in said
    reports.chmod(0o755)
    description.chmod(0o000)
    code, said = type_verb(home, "check", "sample", by=OBEDIENT)
    assert code == 1 and "edition.yaml: it may not be opened" in said and "Traceback" not in said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the limit is the shell's")
def test_too_little_memory_is_told_before_anything_is_begun(home):
    code, said = type_verb(home, "reports", "sample", by=("sh", "-c", 'ulimit -v 700000 && exec "$0" "$@"'))
    assert code == 1 and "a process may take 683 MiB of memory here; 1,536 are needed" in said


def test_a_missing_package_is_one_sentence_for_a_whole_run(monkeypatch, tmp_path):
    from pipeline.run import reports
    from pipeline.run.jobs import ReportJob, ReportOutcome

    met = MissingTool("the package pyarrow is not installed, or not whole", remedy="Run `make setup`.")
    jobs = [ReportJob(urn, str(urn), Path(), {}, tmp_path, tmp_path / str(urn), "sample") for urn in (900001, 900003)]
    made = iter([ReportOutcome(job.urn, job.name, str(met), halt=met) for job in jobs])
    making = object.__new__(reports._Making)
    making._executor = type("Executor", (), {"run": lambda self, given: made})()
    with pytest.raises(MissingTool, match="pyarrow"):
        list(making._make(jobs))
    assert len(list(made)) == 1  # the second was not waited for


def test_a_report_that_fails_by_itself_stops_no_other(tmp_path):
    from pipeline.run.making import schools

    one = schools._Making(type("Job", (), {"urn": SCHOOL, "name": "x", "workspace": tmp_path})())
    one.fault = FailedReport(SCHOOL, "a cell raised")
    assert schools._describe(one).halt is None
    one.fault = OSError(errno.ENOSPC, "No space left on device")
    assert "the disk is full" in str(schools._describe(one).halt)
