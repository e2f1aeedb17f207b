"""A run of small reports as a command: ``python small_run.py HOME EXECUTOR``. What an edition's run does, without one.

It recovers what an interrupted run left, makes the reports that are not in place, and puts each in place.
"""

from __future__ import annotations

import sys
from pathlib import Path

from filelock import FileLock
from small_reports import write_small_jobs

from pipeline.run.executors import Choice, open_executor
from pipeline.run.making.schools import put_in_place, recover_interrupted
from pipeline.run.stamps.made import read_made


def run_small(home: Path, kind: str = "processes") -> int:
    """Make the reports of three schools; gives an exit code."""
    jobs = write_small_jobs(home, 3)
    folder = jobs[0].into.parent
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(home / ".lock", timeout=60):
        recover_interrupted(folder)
        due = [job for job in jobs if read_made(job.into) is None]
        failed = 0
        with open_executor(Choice(kind, 2)) as executor:
            for made in executor.run(due):
                job = next(job for job in due if job.urn == made.urn)
                failed += bool(put_in_place(job, made).problem)
    return 5 if failed else 0


if __name__ == "__main__":
    sys.exit(run_small(Path(sys.argv[1]), sys.argv[2]))
