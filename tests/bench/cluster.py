"""How well a cluster's workers are used: ``python -m tests.bench.cluster [ROUNDS]``.

A cluster of our own, on this machine, with one thread a worker, beside the processes that are the default, by turns.
Each is run over few schools and over more: what the others cost is *one more school*, and what is left is the start.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from pipeline.foundation.paths import Workspace
from pipeline.run.executors import count_cores
from tests.bench.accounting import compile_modules, measure
from tests.bench.country import write_country
from tests.bench.results import Cost
from tests.bench.ways import Subject, find_subject

WORKERS = (2, 4, 8)
FEW, MORE = 16, 80  # schools: two a worker of the largest cluster, and ten
COUNTRY = 300
ROUNDS = 2


@dataclass(frozen=True)
class Share:
    """What one way of making reports took of one round: in seconds, and seconds of one core."""

    way: str
    few: Cost
    more: Cost

    @property
    def seconds_a_school(self) -> float:
        """Of one more school, on the clock."""
        return (self.more.wall_seconds - self.few.wall_seconds) / (MORE - FEW)

    @property
    def core_seconds_a_school(self) -> float:
        return (self.more.core_seconds - self.few.core_seconds) / (MORE - FEW)

    @property
    def start_in_schools(self) -> float:
        """What is paid once, in schools: core-seconds of the start over those of one more school."""
        return (self.few.core_seconds - FEW * self.core_seconds_a_school) / self.core_seconds_a_school


def measure_ways(subject: Subject) -> dict[str, Share]:
    """One round: processes as many as cores, then a cluster of each number of workers; by name."""
    asked = {"processes": ["--executor", "processes"]} | {
        f"dask, {workers} workers": ["--executor", "dask", "--workers", str(workers)] for workers in WORKERS
    }
    return {
        way: Share(way, _report(subject, FEW, words), _report(subject, MORE, words)) for way, words in asked.items()
    }


def _report(subject: Subject, schools: int, words: list[str]) -> Cost:
    subject.forget_reports()
    named = [word for urn in subject.choose(schools) for word in ("--urn", str(urn))]
    return measure([sys.executable, "-m", "pipeline", "reports", subject.edition, *words, *named], subject.environment)


def tabulate(rounds: list[dict[str, Share]], cores: int) -> str:
    """A table of ratios to the first way, the median of all rounds and, of time, the least and most."""
    lines = [
        f"| on {cores} cores | time of one more school | core-seconds of one more school "
        "| efficiency by the cores there are | start, in schools |",
        "| --- | --- | --- | --- | --- |",
    ]
    first = next(iter(rounds[0]))
    for way in rounds[0]:
        times = [found[way].seconds_a_school / found[first].seconds_a_school for found in rounds]
        works = [found[way].core_seconds_a_school / found[first].core_seconds_a_school for found in rounds]
        starts = [found[way].start_in_schools for found in rounds]
        time = f"{median(times):.2f} ({min(times):.2f} to {max(times):.2f})"
        lines.append(f"| {way} | {time} | {median(works):.2f} | {1 / median(times):.0%} | {median(starts):.0f} |")
    return "\n".join(lines)


def main(rounds: str = str(ROUNDS)) -> None:
    compile_modules()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        subject = find_subject(Workspace(Path(folder)), write_country(Path(folder), reported=COUNTRY))
        found = []
        for number in range(1, int(rounds) + 1):
            print(f"Measuring round {number} of {rounds}", file=sys.stderr)
            found.append(measure_ways(subject))
        print(tabulate(found, count_cores()))


if __name__ == "__main__":
    main(*sys.argv[1:])
