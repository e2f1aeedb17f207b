"""Two runs of one edition never work at once, and a run that is over, or died, leaves the way free."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace, find_project
from pipeline.run.lock import hold_edition, is_held

HOLD = """
import sys, time
from pathlib import Path
from pipeline.foundation.paths import Workspace
from pipeline.run.lock import hold_edition
with hold_edition(Workspace(Path(sys.argv[1])).edition("x")):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def paths(tmp_path):
    return Workspace(tmp_path).edition("x")


@pytest.fixture
def other_run(paths):
    """Another process that holds the edition."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(paths.reports.parents[1])],
        stdout=subprocess.PIPE,
        text=True,
        cwd=find_project(),
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_a_held_edition_is_refused_naming_the_process_that_holds_it(paths, other_run):
    with (
        pytest.raises(PipelineError, match=f"the edition x is under way: process {other_run.pid} on "),
        hold_edition(paths),
    ):
        pass


@pytest.mark.slow
def test_a_process_that_was_killed_does_not_keep_an_edition(paths, other_run):
    os.kill(other_run.pid, signal.SIGKILL)
    other_run.wait()
    with hold_edition(paths):
        pass


def test_an_edition_is_free_when_its_run_is_over(paths):
    with hold_edition(paths):
        pass
    with hold_edition(paths):
        pass


@pytest.mark.slow
def test_whether_an_edition_is_held_can_be_asked(paths, other_run):
    assert is_held(paths.reports)
    other_run.kill()
    other_run.wait()
    assert not is_held(paths.reports)
    assert not is_held(paths.folder)
