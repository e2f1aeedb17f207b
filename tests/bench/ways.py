"""The ways of making a school's report that are measured beside each other, on the same notebook and schools."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.edition.editions import load_edition
from pipeline.foundation.paths import Workspace, find_project
from pipeline.run.due.digests import list_schools
from pipeline.run.executors import count_cores
from pipeline.run.preparing.preparation import prepare
from pipeline.run.rendering import find_quarto_version
from tests.bench.accounting import measure
from tests.bench.earlier import COMMIT, Earlier
from tests.bench.results import Cost, Run, Way, add_costs

#: What every way is given: one thread a process, as the pipeline sets it, and no messages to anybody.
QUIET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "GX_ANALYTICS_ENABLED": "False"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Subject:
    """What is reported on: a prepared edition in a workspace of the bench's own, and its schools due a report."""

    workspace: Workspace
    edition: str
    policy: str
    urns: tuple[int, ...]

    @property
    def environment(self) -> dict[str, str]:
        return {**QUIET, "SCHOOL_REPORTS_HOME": str(self.workspace.root)}

    def choose(self, schools: int) -> tuple[int, ...]:
        """So many schools, evenly from all: neighbours in the list may be of one kind."""
        step = len(self.urns) / schools
        return tuple(self.urns[int(number * step)] for number in range(schools))

    def forget_reports(self) -> None:
        """Let the next run begin with nothing made but what was prepared: without its data docs that is made again."""
        paths = self.workspace.edition(self.edition)
        for path in paths.reports.glob("*"):
            if path == paths.data_docs:
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def find_subject(workspace: Workspace, edition: str) -> Subject:
    """Prepare the edition where it is not prepared, and list its schools due a report, by URN."""
    described = load_edition(workspace, edition)
    schools = list_schools(described, prepare(described).tables)
    due = sorted(school.urn for school in schools if not school.not_due)
    return Subject(workspace, edition, described.description.policy, tuple(due))


@dataclass(frozen=True)
class Comparison:
    """What the rounds found; (e) is among the ways only where Quarto is here, (f) where the earlier version is."""

    rounds: tuple[tuple[Way, ...], ...]
    same_bytes: bool  # pages and PDFs of (b), (c) and (d), for the schools they share, in all rounds
    floor_steps: dict[str, float]  # the floor's core-seconds per school by step, on average


def compare(
    subject: Subject,
    earlier: Earlier | None,
    *,
    plain: int,
    cold: Sequence[int],
    warm: Sequence[int],
    rounds: int,
    say: Say,
) -> Comparison:
    """Measure the ways over ``plain`` schools, over each number of ``cold`` ones, and of ``warm`` ones.

    That is done ``rounds`` times, one way after the other: a machine that is slow for some minutes is slow for all.
    """
    found, made, steps = [], [], []
    for number in range(1, rounds + 1):
        heading = f"round {number} of {rounds}: " if rounds > 1 else ""
        ways, hashes, costs = _compare_once(
            subject, earlier, plain, cold, warm, lambda what, said=heading: say(said + what)
        )
        found.append(ways)
        made += hashes
        steps.append(costs)
    shared = set.intersection(*(set(hashes) for hashes in made))
    same = bool(shared) and all(len({hashes[name] for hashes in made}) == 1 for name in shared)
    return Comparison(tuple(found), same, {step: sum(one[step] for one in steps) / rounds for step in steps[0]})


def _compare_once(
    subject: Subject, earlier: Earlier | None, plain: int, cold: Sequence[int], warm: Sequence[int], say: Say
) -> tuple[tuple[Way, ...], list[dict[str, str]], dict[str, float]]:
    """Each way once; the hashes of what (b), (c) and (d) made; and the floor's core-seconds per school by step."""
    made = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        say(f"(a) papermill and nbconvert, {plain} schools")
        ways = [_measure_plain(subject, subject.choose(plain), Path(folder))]
        for key, title, kernels, sizes in (
            ("b", "ours, a cold kernel for every school", "cold", cold),
            ("c", "ours, direct kernels", "direct", warm),
        ):
            runs = []
            for schools in sizes:
                say(f"({key}) {title}, {schools} schools")
                runs.append(Run(schools=schools, cost=_report(subject, subject.choose(schools), kernels)))
            made.append(_hash_reports(subject))
            ways.append(Way(key=key, title=title, makes="page and PDF", runs=tuple(runs)))
        floor, steps, hashes = _measure_floor(subject, warm, Path(folder), say)
    through = (_measure_quarto(subject, warm, say),) if find_quarto_version() else ()
    before = (_measure_earlier(earlier, warm, say),) if earlier else ()
    return (*ways, floor, *through, *before), [*made, hashes], steps


def _measure_plain(subject: Subject, urns: Sequence[int], folder: Path) -> Way:
    """(a): what a person does without this project, ``papermill`` and then ``jupyter nbconvert``, school by school.

    As many schools side by side as there are cores, as in (b) and (c): busy cores share their caches, and a core-second
    on a machine that has one core idle does more than one on a machine that has none.
    """
    began = time.monotonic()
    with ThreadPoolExecutor(count_cores()) as cores:
        costs = list(cores.map(lambda urn: _report_plainly(subject, urn, folder), urns))
    cost = add_costs(costs).model_copy(update={"wall_seconds": time.monotonic() - began})
    run = Run(schools=len(urns), cost=cost)
    return Way(key="a", title="papermill, then jupyter nbconvert", makes="page alone", runs=(run,))


def _report_plainly(subject: Subject, urn: int, folder: Path) -> Cost:
    """What the two commands cost for one school."""
    notebook, executed = find_project() / "notebooks" / "school_report.ipynb", folder / f"plain-{urn}.ipynb"
    parameters = {"urn": str(urn), "edition": subject.edition, "policy": subject.policy}
    told = [word for name, value in parameters.items() for word in ("-p", name, value)]
    papermill = ["papermill", "--no-progress-bar", "-k", "python3", str(notebook), str(executed), *told]
    environment = {**subject.environment, "PYTHONPATH": str(find_project())}
    python = [sys.executable, "-m"]
    return add_costs(
        [
            measure([*python, *papermill], environment),
            measure([*python, "jupyter", "nbconvert", "--to", "html", str(executed)], environment),
        ]
    )


def _measure_quarto(subject: Subject, sizes: Sequence[int], say: Say) -> Way:
    """(e): as (c), with pages and PDFs laid out by Quarto."""
    title, runs = "ours through Quarto, direct kernels", []
    for schools in sizes:
        say(f"(e) {title}, {schools} schools")
        cost = _report(subject, subject.choose(schools), "direct", "--engine", "quarto")
        runs.append(Run(schools=schools, cost=cost))
    return Way(key="e", title=title, makes="page and PDF", runs=tuple(runs))


def _measure_earlier(earlier: Earlier, sizes: Sequence[int], say: Say) -> Way:
    """(f): as (c), by an earlier version, of a report of fewer pages and checks."""
    title, runs = f"ours as it was at {COMMIT}, a smaller report", []
    for schools in sizes:
        say(f"(f) {title}, {schools} schools")
        runs.append(Run(schools=schools, cost=earlier.report(schools, QUIET)))
    return Way(key="f", title=title, makes="page and PDF", runs=tuple(runs))


def _report(subject: Subject, urns: Sequence[int], kernels: str, *more: str) -> Cost:
    """(b), (c) and (e): the command of every day, with nothing made before, for these schools alone."""
    subject.forget_reports()
    asked = [*more, *(word for urn in urns for word in ("--urn", str(urn)))]
    return measure(
        [sys.executable, "-m", "pipeline", "reports", subject.edition, *asked],
        {**subject.environment, "SCHOOL_REPORTS_KERNELS": kernels},
    )


def _measure_floor(
    subject: Subject, sizes: Sequence[int], folder: Path, say: Say
) -> tuple[Way, dict[str, float], dict[str, str]]:
    """(d): the same functions in one process; with its steps' core-seconds per school and its files' hashes."""
    notebook = str(find_project() / "notebooks" / "school_report.ipynb")
    runs, steps, made = [], [], folder / "floor"
    for schools in sizes:
        say(f"(d) the floor: one process, no kernel, {schools} schools")
        said = folder / "steps.json"
        asked = [notebook, subject.edition, subject.policy, str(made), str(said), *map(str, subject.choose(schools))]
        cost = measure([sys.executable, "-m", "tests.bench.floor", *asked], subject.environment)
        runs.append(Run(schools=schools, cost=cost))
        steps.append(json.loads(said.read_text(encoding="utf-8")))
    way = Way(key="d", title="the floor: the same functions, no kernel", makes="page and PDF", runs=tuple(runs))
    costs = {step: way.find_marginal(steps[-1][step], steps[0][step]) for step in steps[-1]}
    return way, costs, {path.name: _hash(path) for path in sorted(made.iterdir())}


def _hash_reports(subject: Subject) -> dict[str, str]:
    """The hashes of the edition's pages and PDFs, named as the floor names them."""
    folder = subject.workspace.edition(subject.edition).reports / "schools"
    return {
        f"{path.parent.name}{path.suffix}": _hash(path)
        for path in sorted(folder.glob("*/report.*"))
        if path.suffix in {".html", ".pdf"}
    }


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
