"""What a worker process does: take jobs, make their reports, say what became of each, until nobody gives it more."""

from __future__ import annotations

import os
import pickle
import sys
from typing import BinaryIO

from pipeline.run.kernels.launching import die_with_parent
from pipeline.run.making.schools import make_reports


def serve_jobs(jobs: BinaryIO, outcomes: BinaryIO) -> None:
    """Make the reports of pickled batches of jobs as they come; first say this process's id."""
    _speak(outcomes, os.getpid())
    while True:
        try:
            batch = pickle.load(jobs)
        except EOFError:
            return
        _speak(outcomes, make_reports(batch))


def _speak(outcomes: BinaryIO, words: object) -> None:
    pickle.dump(words, outcomes)
    outcomes.flush()


def main() -> None:
    """Serve jobs on standard input and output; what reports print goes to standard error."""
    die_with_parent(int(sys.argv[1]))
    outcomes = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serve_jobs(sys.stdin.buffer, outcomes)
    except (BrokenPipeError, KeyboardInterrupt):
        return  # nobody waits for it any more


if __name__ == "__main__":
    main()
