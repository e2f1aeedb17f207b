"""Frames validated by a second process are validated as they would be by this one."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from pipeline.edition.editions import load_edition
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import Workspace, find_project
from pipeline.run.preparing import checking
from pipeline.run.preparing.checking import FrameChecks
from pipeline.run.preparing.preparation import prepare
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.reading import PublishedFile
from tests.bench.country import write_country

pytestmark = pytest.mark.kernel

WRONG_URN = "LA,ESTAB,URN,PERCTOT,PPERSABS10\n885,2001,900001,4.1,8\n885,2002,99999,3,8\n"


def has_ended(child):
    """Whether a process has ended; it is its pool's own part to wait for it, which would miss it otherwise."""
    try:
        return child.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def prepare_country(home):
    """The bytes of all that preparing a small country writes."""
    edition = load_edition(Workspace(home), write_country(home, reported=5, country=40, years=1))
    assert prepare(edition).faults == ()
    folders = (edition.paths.prepared, edition.paths.data_docs)
    return {path.relative_to(home): path.read_bytes() for one in folders for path in one.rglob("*") if path.is_file()}


def test_a_second_process_finds_and_writes_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(checking, "MANY_BYTES", 1 << 40)
    alone = prepare_country(tmp_path / "one")
    monkeypatch.setattr(checking, "MANY_BYTES", 0)
    assert prepare_country(tmp_path / "two") == alone
    assert sum(path.suffix == ".html" for path in alone) > 10


@pytest.mark.parametrize("many", [1 << 40, 0])
def test_a_file_that_cannot_be_right_is_left_out_and_its_line_named(tmp_path, monkeypatch, many):
    monkeypatch.setattr(checking, "MANY_BYTES", many)
    (tmp_path / "abs.csv").write_text(WRONG_URN)
    files = [PublishedFile(tmp_path / "abs.csv", "2018-2019/abs.csv")]
    with FrameChecks(files) as checks:
        found = prepare_edition(files, tmp_path / "prepared", year=2019, check=checks.check)
    assert found.loaded == ()
    assert {(fault.file, fault.line) for fault in found.faults} == {("2018-2019/abs.csv", 3)}
    assert found.reconciliations[0].summarise()[1].endswith("Found: 99999")  # a year follows after a comma


TIDY = (
    "time_period,time_identifier,geographic_level,old_la_code,la_name,school_laestab,school_urn,school_name,"
    "education_phase,enrolments,sess_overall_percent,enrolments_pa_10_exact_percent\n"
)


def write_tidy(urn, pupils="210", overall="5.2", persistent="13.3"):
    about = f"202425,Academic year,School,885,Worcestershire,885{urn[-4:]},{urn},School {urn},State-funded primary"
    return f"{about},{pupils},{overall},{persistent}\n"


def test_all_faults_of_a_tidy_file_are_told_in_one_run(tmp_path):
    rows = (
        *(write_tidy("904001"), write_tidy("904002", overall="187.8"), write_tidy("904003", persistent="SUPRESSED")),
        *(write_tidy("9004"), write_tidy("904005", pupils="-4"), write_tidy("904006")),
        *(write_tidy("904006", overall="6.1"), write_tidy("oops4007")),
    )
    (tmp_path / "abs.csv").write_text(TIDY + "".join(rows))
    files = [PublishedFile(tmp_path / "abs.csv", "2024-2025/abs.csv")]
    with FrameChecks(files) as checks:
        found = prepare_edition(files, tmp_path / "prepared", year=2025, check=checks.check)
    assert found.loaded == ()
    assert [fault.line for fault in found.faults] == [
        8,
        5,
        3,
        4,
        6,
        9,
    ]  # what keeps the file out, then what else is wrong with it
    told = " ".join(fault.what for fault in found.faults)
    for part in ("line 7 gives other figures", "9004", "187.8", "'SUPRESSED'", "-4", "'oops4007' is not a URN"):
        assert part in told
    (account,) = found.reconciliations
    assert account.summarise()[1] == "not read: line 7 gives other figures for the same pupils"


@pytest.mark.parametrize("asked", ["before", "after"])
def test_where_the_second_process_is_killed_this_one_goes_on(tmp_path, monkeypatch, asked):
    monkeypatch.setattr(checking, "MANY_BYTES", 0)
    (tmp_path / "abs.csv").write_text(WRONG_URN)
    files = [PublishedFile(tmp_path / "abs.csv", "2018-2019/abs.csv")]
    settle = []

    def check(*given):
        if asked == "before":
            settle.append(checks.check(*given))
        for child in psutil.Process().children():
            if not has_ended(child) and "spawn_main" in " ".join(child.cmdline()):
                child.kill()
                while not has_ended(child):
                    time.sleep(0.01)
        if asked == "after":
            settle.append(checks.check(*given))
        return settle[-1]

    with FrameChecks(files) as checks:
        found = prepare_edition(files, tmp_path / "prepared", year=2019, check=check)
    assert {fault.line for fault in found.faults} == {3}
    with pytest.raises(FaultyInput):
        settle[0]()
    left = [child for child in psutil.Process().children() if not has_ended(child)]
    assert not [child for child in left if "spawn_main" in " ".join(child.cmdline())]


HOLDING = """
import sys, time
from pipeline.run.preparing import checking
if __name__ == "__main__":
    checking.MANY_BYTES = 0
    with checking.FrameChecks([]):
        print("begun", flush=True)
        time.sleep(600)
"""


def test_the_second_process_ends_with_a_run_that_is_killed(tmp_path):
    (tmp_path / "holding.py").write_text(HOLDING)
    surroundings = {**os.environ, "PYTHONPATH": str(find_project())}
    with subprocess.Popen([sys.executable, tmp_path / "holding.py"], stdout=subprocess.PIPE, env=surroundings) as run:
        assert run.stdout.readline() == b"begun\n"
        apart = [child for child in psutil.Process(run.pid).children() if "spawn_main" in " ".join(child.cmdline())]
        run.kill()
    assert len(apart) == 1
    _, alive = psutil.wait_procs(apart, timeout=60)
    assert alive == []
