"""What the bench measures, and what follows from it: fixed parts, costs per school, ratios, and what was to be shown.

Core-seconds are seconds of one core, user and system, of every process that had a part in it. Memory is in MiB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from pydantic import BaseModel, ConfigDict


class _Result(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cost(_Result):
    """What one command cost, with all that came of it."""

    core_seconds: float
    wall_seconds: float
    seen_core_seconds: float = 0.0  # by looking at the processes: never much more, or some were not waited for
    by_role: dict[str, float] = {}  # core-seconds seen: command, worker, warm, kernel, other
    parent_peak_mib: float = 0.0  # resident, of the command's own process
    kernel_peak_mib: float = 0.0  # of one kernel, a page that n processes share counted as a n-th
    kernel_resident_mib: float = 0.0  # of one kernel, shared pages in full
    all_peak_mib: float = 0.0  # of all processes together, shared pages counted once
    pace_seconds: float = 0.0  # core-seconds of a small piece of work while the command ran, on average
    left_over: int = 0  # processes that had to be ended
    exit_code: int = 0

    def find_at_pace(self, pace_seconds: float) -> float:
        """The core-seconds on a machine as fast as ``pace_seconds`` says, as far as a small piece of work tells.

        Where no pace is known, the core-seconds as they are.
        """
        if not pace_seconds or not self.pace_seconds:
            return self.core_seconds
        return self.core_seconds * pace_seconds / self.pace_seconds


def add_costs(costs: Sequence[Cost]) -> Cost:
    """The cost of several commands together; its wall time is theirs one after the other, its pace their average."""
    summed = ("core_seconds", "wall_seconds", "seen_core_seconds", "left_over")
    most = ("parent_peak_mib", "kernel_peak_mib", "kernel_resident_mib", "all_peak_mib")
    roles = sorted({role for cost in costs for role in cost.by_role})
    return Cost(
        **{name: sum(getattr(cost, name) for cost in costs) for name in summed},
        **{name: max(getattr(cost, name) for cost in costs) for name in most},
        by_role={role: sum(cost.by_role.get(role, 0.0) for cost in costs) for role in roles},
        pace_seconds=sum(cost.pace_seconds for cost in costs) / len(costs),
    )


def average_costs(costs: Sequence[Cost]) -> Cost:
    """What one of several like commands costs on average; memory and processes left over are the most and all."""
    together, count = add_costs(costs), len(costs)
    averaged = ("core_seconds", "wall_seconds", "seen_core_seconds")
    return together.model_copy(
        update={name: getattr(together, name) / count for name in averaged}
        | {"by_role": {role: used / count for role, used in together.by_role.items()}}
    )


class Run(_Result):
    """One run over so many schools."""

    schools: int
    cost: Cost


class Way(_Result):
    """One way of making reports, run over few schools and, where it has a fixed part, over more."""

    key: str
    title: str
    makes: str
    runs: tuple[Run, ...]

    @property
    def largest(self) -> Run:
        return self.runs[-1]

    @property
    def whole(self) -> float:
        """Core-seconds per school of the largest run, its fixed part included."""
        return self.largest.cost.core_seconds / self.largest.schools

    @property
    def marginal(self) -> float:
        """Core-seconds that one more school costs: from the two runs, or the same as ``whole`` where there is one."""
        return self.find_marginal(self.largest.cost.core_seconds, self.runs[0].cost.core_seconds)

    @property
    def fixed(self) -> float:
        """Core-seconds that a run costs before its first school."""
        return max(self.largest.cost.core_seconds - self.largest.schools * self.marginal, 0.0)

    @property
    def wall(self) -> float:
        """Seconds per school of the largest run, as many at a time as there are cores where the way does that."""
        return self.largest.cost.wall_seconds / self.largest.schools

    def find_marginal(self, most: float, fewest: float) -> float:
        """The part per school of any cost of the largest run (``most``) and the smallest (``fewest``)."""
        more = self.largest.schools - self.runs[0].schools
        return (most - fewest) / more if more else most / self.largest.schools

    def find_marginal_role(self, role: str) -> float:
        """Core-seconds per further school that processes in that role used, as far as they were seen."""
        most, fewest = (run.cost.by_role.get(role, 0.0) for run in (self.largest, self.runs[0]))
        return self.find_marginal(most, fewest)


def average_ways(rounds: Sequence[Sequence[Way]]) -> tuple[Way, ...]:
    """The ways with what each of their runs cost on average over all ``rounds``, which measured the same."""
    return tuple(
        same[0].model_copy(
            update={
                "runs": tuple(
                    Run(schools=runs[0].schools, cost=average_costs([run.cost for run in runs]))
                    for runs in zip(*(way.runs for way in same), strict=True)
                )
            }
        )
        for same in zip(*rounds, strict=True)
    )


class Size(_Result):
    """A whole edition: prepared, reported on (with its area's report and the page of trust), and run once more."""

    schools: int
    country: int  # schools in the published files
    prepare: Cost
    reports: Cost
    again: Cost  # nothing has changed


class Preparation(_Result):
    """Preparing an edition of a whole country."""

    schools: int
    years: int
    prepare: Cost


class Claim(_Result):
    """Something that was to be shown, and what was found."""

    what: str
    found: float
    limit: float
    least: bool  # True: at least the limit; False: at most
    rounds: tuple[float, ...] = ()  # found in each round

    @property
    def said(self) -> str:
        """What was found, with the least and the most of several rounds."""
        if len(self.rounds) < 2:
            return f"{self.found:.2f}"
        return f"{self.found:.2f} ({min(self.rounds):.2f} to {max(self.rounds):.2f})"

    @property
    def holds(self) -> bool:
        return self.found >= self.limit if self.least else self.found <= self.limit


class Results(_Result):
    """All that one run of the bench measured."""

    cores: int
    python: str
    packages: dict[str, str]
    #: a: papermill and nbconvert; b: ours, cold kernels; c: ours, direct kernels; d: no kernel; e: as c, through
    #: Quarto, only where that was installed; f: as c, by an earlier version, only where git has it
    rounds: tuple[tuple[Way, ...], ...]  # each measured all ways, one after the other
    same_bytes: bool  # b, c and d gave the same pages for the schools they share
    floor_steps: dict[str, float]  # core-seconds a school of d, by step
    growth: tuple[Size, ...]
    national: Preparation | None = None

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways with the average cost of each of their runs."""
        return average_ways(self.rounds)

    @property
    def by_key(self) -> Mapping[str, Way]:
        return {way.key: way for way in self.ways}

    @property
    def step_costs(self) -> tuple[tuple[int, int, float], ...]:
        """Core-seconds per school from one size of edition to the next: (fewer, more, cost).

        They are those of a machine as fast as it was while (c) was measured: an edition of thousands takes long enough
        for other machines beside this one to slow it down or leave it alone.
        """
        pace = self.by_key["c"].largest.cost.pace_seconds
        return tuple(
            (
                few.schools,
                more.schools,
                (more.reports.find_at_pace(pace) - few.reports.find_at_pace(pace)) / (more.schools - few.schools),
            )
            for few, more in pairwise(self.growth)
        )

    @property
    def failing(self) -> tuple[int, ...]:
        """The sizes of edition of which a report failed: their figures are not to be relied on."""
        return tuple(size.schools for size in self.growth if size.reports.exit_code or size.again.exit_code)

    def break_down(self) -> dict[str, float]:
        """Core-seconds of one more school with direct kernels, by part; they add up to its marginal cost.

        The floor says what cells and rendering cost by themselves; what kernels used beyond the cells is their set-up
        and messages, and what is left beyond rendering is the clients that drive them.
        """
        warm = self.by_key["c"]
        rendering = {step: cost for step, cost in self.floor_steps.items() if step != "cells"}
        kernels, forking = (warm.find_marginal_role(role) for role in ("kernel", "warm"))
        cells = self.floor_steps["cells"]
        return {
            "cells": cells,
            "kernels beyond the cells: set-up, messages": kernels - cells,
            "forking": forking,
            "clients: papermill, messages, files": warm.marginal - kernels - forking - sum(rendering.values()),
            **rendering,
        }

    def list_claims(self) -> tuple[Claim, ...]:
        """What was to be shown, in the order it was asked."""
        warm = self.by_key["c"]
        costs = [warm.marginal, *(cost for _, _, cost in self.step_costs)]
        peaks = [size.reports.parent_peak_mib for size in self.growth]
        one, whole = "one more school", f"a whole run of {warm.largest.schools} schools"
        sizes = f"from {self.growth[0].schools:,} to {self.growth[-1].schools:,} schools"

        def compare(limit: float, least: bool, what: str, over: str, under: str, part: Callable[[Way], float]) -> Claim:
            found, *rounds = (
                part(by_key[over]) / part(by_key[under])
                for by_key in ({way.key: way for way in ways} for ways in (self.ways, *self.rounds))
            )
            return Claim(what=what, found=found, limit=limit, least=least, rounds=tuple(rounds))

        cheaper, floor = "times (c) is cheaper than (a)", "times (c) costs what the floor (d) costs"
        before = f"times (c) is cheaper than (f), {one}"
        earlier = [compare(2, True, before, "f", "c", lambda way: way.marginal)] if "f" in self.by_key else []
        return (
            compare(25, True, f"{cheaper}, {one}", "a", "c", lambda way: way.marginal),
            compare(12, True, f"{cheaper}, {whole}", "a", "c", lambda way: way.whole),
            compare(1.2, False, f"{floor}, {one}", "c", "d", lambda way: way.marginal),
            compare(2.5, False, f"{floor}, {whole}", "c", "d", lambda way: way.whole),
            _at_most(1.1, f"cost of {one}, {sizes}: dearest by cheapest", max(costs) / min(costs)),
            _at_most(1.1, f"parent's peak memory, {sizes}: most by least", max(peaks) / min(peaks)),
            *earlier,
        )


def _at_most(limit: float, what: str, found: float) -> Claim:
    return Claim(what=what, found=found, limit=limit, least=False)
