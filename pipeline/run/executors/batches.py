"""Jobs in batches: as many together as an engine is best given at once, and no worker left without."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

from pipeline.run.jobs import ReportJob
from pipeline.run.rendering import keep_engine


def share_out(jobs: Sequence[ReportJob], workers: int) -> list[tuple[ReportJob, ...]]:
    """Share the jobs of one run out, in their order, in batches that differ in size by one at most.

    Each of ``workers`` gets as many batches as the others, and none is larger than the engine likes. Raises MissingTool
    where the engine is not there.
    """
    if not jobs:
        return []
    rounds = ceil(len(jobs) / (keep_engine(jobs[0].engine).batch * workers))
    count = min(len(jobs), rounds * workers)
    ends = [len(jobs) * number // count for number in range(count + 1)]
    return [tuple(jobs[first:last]) for first, last in pairwise(ends)]
