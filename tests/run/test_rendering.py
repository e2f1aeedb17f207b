"""What renders the reports: chosen as the edition or the user says, counted in keys, given several schools at once.

Reports here have been executed already, so no kernel is needed; the built-in engine is the real one, and what stands in
for a slow one renders through it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from math import ceil
from pathlib import Path
from types import SimpleNamespace

import pytest
from executed_reports import place_executed_jobs
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edition.editions import load_edition
from pipeline.foundation.errors import FailedReport, FaultyInput, MissingTool
from pipeline.foundation.paths import Workspace, find_project
from pipeline.render.engine import EngineChoice
from pipeline.render.engines import BuiltIn
from pipeline.run import rendering
from pipeline.run.desk.doctor import examine_machine
from pipeline.run.due.keys import describe_code
from pipeline.run.executors import Serial, batches, surroundings
from pipeline.run.executors.batches import share_out
from pipeline.run.executors.processes import LOST_TWICE, LostWorker, Processes
from pipeline.run.jobs import FACTS, ReportJob, ReportOutcome
from pipeline.run.making.schools import make_report, make_reports, put_in_place
from pipeline.run.record.withdrawal import withdraw_reports
from pipeline.run.rendering import BUILT_IN, choose_engine, hash_engine, keep_engine
from pipeline.run.stamps import code
from pipeline.run.stamps.code import Code
from pipeline.run.stamps.made import find_damaged, name_changes, read_made

QUARTO = EngineChoice("quarto", "1.9.2", word=True)
DOCX = b"the same in Word"


class EngineStandIn:
    """Renders as the built-in engine does, several at once, and gives a Word document where that is asked for.

    ``stops_at`` names schools whose notebook makes it stop altogether; ``refuses`` those it is at fault with alone.
    """

    batch = 3

    def __init__(self, choice: EngineChoice) -> None:
        self.choice = choice
        self.given: list[int] = []  # how many notebooks it was given, each time
        self.stops_at: set[int] = set()
        self.refuses: set[int] = set()

    def render(self, notebooks):
        self.given.append(len(notebooks))
        urns = [one.cells[-1].outputs[0].data[FACTS].document.urn for one in notebooks]
        if self.stops_at.intersection(urns):
            raise KeyError("a bug of the engine")
        found = BuiltIn().render(notebooks)
        refused = FailedReport(None, "it cannot be laid out", where="school_report.ipynb", remedy="Mend the cell.")
        besides = {"report.docx": DOCX} if self.choice.word else {}
        return [
            refused if urn in self.refuses else replace(one, besides=besides)
            for urn, one in zip(urns, found, strict=True)
        ]


@pytest.fixture
def opened(monkeypatch) -> list[EngineStandIn]:
    """The engines opened in a test: a stand-in for each choice of Quarto, the real one for the built-in."""
    found: list[EngineStandIn] = []

    def open_engine(choice: EngineChoice):
        if choice.name == "built-in":
            return BuiltIn()
        found.append(EngineStandIn(choice))
        return found[-1]

    monkeypatch.setattr(rendering, "open_engine", open_engine)
    rendering._open_once.cache_clear()
    yield found
    rendering._open_once.cache_clear()


def place_jobs(home: Path, count: int, engine: EngineChoice = QUARTO) -> list[ReportJob]:
    return [replace(job, engine=engine, key={"policy": "abc"}) for job in place_executed_jobs(home, count)]


# Which one


def write_edition(home: Path, more: str = "") -> Workspace:
    folder = home / "data" / "editions" / "county"
    folder.mkdir(parents=True)
    text = f"title: A county\narea: {{authority: 998}}\nyear: 2024/25\npolicy: worcestershire\n{more}"
    text += "organisation: Marlshire\n"
    (folder / "edition.yaml").write_text(text, encoding="utf-8")
    return Workspace(home)


@pytest.fixture
def quarto_is_here(tmp_path, monkeypatch) -> Path:
    """A program on the PATH that says it is Quarto 1.9.2, and can do nothing else."""
    program = tmp_path / "programs" / "quarto"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 1.9.2\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return program


def test_an_edition_that_says_nothing_is_rendered_by_what_is_always_there(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_engine(load_edition(write_edition(tmp_path), "county")) == BUILT_IN


def test_the_editions_engine_has_its_settings_and_another_may_be_asked_for(tmp_path, quarto_is_here):
    workspace = write_edition(tmp_path, "engine: quarto\nword: true\n")
    edition = load_edition(workspace, "county")
    assert choose_engine(edition) == EngineChoice("quarto", "1.9.2", None, word=True)
    edition.paths.quarto.mkdir()
    assert choose_engine(edition).settings == edition.paths.quarto
    assert choose_engine(edition, "built-in") == BUILT_IN


def test_quarto_may_be_asked_for_where_the_edition_says_nothing(tmp_path, quarto_is_here):
    edition = load_edition(write_edition(tmp_path), "county")
    assert choose_engine(edition, "quarto") == EngineChoice("quarto", "1.9.2")


@pytest.mark.slow
def test_quarto_that_is_not_here_is_told_before_anything_is_made(tmp_path, monkeypatch):
    from pipeline.cli.verbs import app

    write_edition(tmp_path, "engine: quarto\n")
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    for words in (["reports", "county"], ["plan", "county"], ["preview", "county", "--urn", "900001"]):
        with pytest.raises(MissingTool) as raised:
            app(words, standalone_mode=False)
        assert raised.value.exit_code == 4 and raised.value.remedy
    assert not (tmp_path / "reports").exists() and not (tmp_path / "data/editions/county/prepared").exists()


def test_settings_that_cannot_be_read_are_told_before_anything_is_made(tmp_path, quarto_is_here):
    edition = load_edition(write_edition(tmp_path, "engine: quarto\n"), "county")
    edition.paths.quarto.mkdir()
    (edition.paths.quarto / "_quarto.yml").write_text("theme: [\n", encoding="utf-8")
    with pytest.raises(FaultyInput, match=r"quarto/_quarto\.yml"):
        choose_engine(edition)


def test_what_the_edition_cannot_have_is_refused_with_what_to_write(tmp_path):
    with pytest.raises(FaultyInput, match=r"line 5: word: .*write `engine: quarto` too"):
        load_edition(write_edition(tmp_path / "one", "word: true\n"), "county")
    with pytest.raises(FaultyInput, match="line 5: engine: unknown word 'latex'\n    Use 'built-in' or 'quarto'"):
        load_edition(write_edition(tmp_path / "other", "engine: latex\n"), "county")


@pytest.mark.slow
def test_a_worker_elsewhere_needs_the_same_quarto_only_where_it_is_used(tmp_path, monkeypatch):
    (job,) = place_jobs(tmp_path, 1)
    monkeypatch.setattr(surroundings, "_find_quarto", lambda: "1.9.2")
    here = surroundings.describe_surroundings(job)
    monkeypatch.setattr(surroundings, "_find_quarto", lambda: "")
    there = surroundings.describe_surroundings(job)
    assert surroundings.list_differences(there, here) == ["Quarto is not installed there and 1.9.2 here"]
    assert there.digest != here.digest
    assert surroundings.describe_surroundings(replace(job, engine=BUILT_IN)).quarto == ""


@pytest.mark.slow
def test_a_machine_without_quarto_is_well(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = [one for one in examine_machine(Workspace(tmp_path)) if "Quarto" in one.what]
    assert not found.well and not found.needed and "not on this machine" in found.found


@pytest.mark.slow
def test_the_quarto_that_is_here_is_named(tmp_path, quarto_is_here):
    (found,) = [one for one in examine_machine(Workspace(tmp_path)) if "Quarto" in one.what]
    assert found.well and found.found == f"1.9.2 at {quarto_is_here}"


# What of it counts


def write_settings(folder: Path, **files: str) -> Path:
    (folder / "_extensions").mkdir(parents=True)
    for name, text in {"_quarto.yml": "project: {}\n", "_extensions/crest.lua": "return {}\n", **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_equal_settings_count_the_same_wherever_they_lie(tmp_path):
    here, there = (write_settings(tmp_path / place) for place in ("here", "somewhere else"))
    (there / ".quarto").mkdir()
    (there / ".quarto" / "cache").write_text("of one machine", encoding="utf-8")
    assert hash_engine(replace(QUARTO, settings=here)) == hash_engine(replace(QUARTO, settings=there))


def test_every_setting_counts(tmp_path):
    settings = write_settings(tmp_path / "as it is")
    changed = write_settings(tmp_path / "changed", **{"_extensions/crest.lua": "return {1}\n"})
    more = write_settings(tmp_path / "more", **{"reference.docx": "a crest"})
    usual = replace(QUARTO, settings=settings)
    others = (
        *(replace(usual, settings=changed), replace(usual, settings=more), replace(usual, settings=None)),
        *(replace(usual, version="1.9.3"), replace(usual, word=False), BUILT_IN),
    )
    assert len({hash_engine(one) for one in (usual, *others)}) == 1 + len(others)


@pytest.fixture
def change_project(tmp_path, monkeypatch) -> Callable[[str], Code]:
    """The code as it is after a file of the project changed."""

    def change(name: str) -> Code:
        project = tmp_path / name.replace("/", "-")
        for folder in ("pipeline", "expectations"):
            shutil.copytree(find_project() / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
        with (project / name).open("a", encoding="utf-8") as stream:
            stream.write("\n")
        monkeypatch.setattr(code, "find_project", lambda: project)
        return Code()

    return change


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "engine", "counts"),
    [
        ("pipeline/render/quarto/__init__.py", "built-in", False),
        ("pipeline/render/quarto/__init__.py", "quarto", True),
        ("pipeline/render/typst/report.typ", "built-in", True),
        ("pipeline/render/checks.py", "built-in", True),
        ("pipeline/render/checks.py", "quarto", True),
    ],
)
def test_a_page_rests_on_the_code_of_the_engine_that_lays_it_out(change_project, name, engine, counts):
    notebook = find_project() / "notebooks" / "school_report.ipynb"
    before, after = (describe_code(one, notebook, engine)[0] for one in (Code(), change_project(name)))
    assert name_changes(before, after) == (("how pages are laid out",) if counts else ())


# Several at once


@pytest.mark.slow
def test_schools_are_rendered_together_by_an_engine_that_is_opened_once(tmp_path, opened):
    jobs = place_jobs(tmp_path, 4)
    outcomes = [*make_reports(jobs[:3]), make_report(jobs[3])]
    assert [outcome.urn for outcome in outcomes] == [job.urn for job in jobs]
    assert not any(outcome.problem for outcome in outcomes)
    (engine,) = opened
    assert engine.given == [3, 1]
    for job, outcome in zip(jobs, outcomes, strict=True):
        assert f"{job.name} has" in (Path(outcome.staged) / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_rendering_together_or_alone_gives_the_same_bytes(tmp_path, opened):
    alone = [make_report(job) for job in place_jobs(tmp_path / "alone", 2, BUILT_IN)]
    together = make_reports(place_jobs(tmp_path / "together", 2, replace(QUARTO, word=False)))
    assert [outcome.files for outcome in alone] == [outcome.files for outcome in together]
    assert all("report.pdf" in outcome.files for outcome in together)


@pytest.mark.slow
def test_one_that_cannot_be_rendered_is_that_schools_failure_alone(tmp_path, opened):
    jobs = place_jobs(tmp_path, 3)
    keep_engine(QUARTO).refuses.add(jobs[1].urn)
    first, second, third = make_reports(jobs)
    assert (first.problem, third.problem) == ("", "")
    assert second.problem == "school_report.ipynb: it cannot be laid out\n    Mend the cell." and not second.bug
    assert put_in_place(jobs[1], second).kept == "reports/small/failed/900002.ipynb"


@pytest.mark.slow
def test_one_at_which_an_engine_stops_is_that_schools_failure_alone(tmp_path, opened):
    jobs = place_jobs(tmp_path, 3)
    keep_engine(QUARTO).stops_at.add(jobs[1].urn)
    outcomes = make_reports(jobs)
    assert [bool(outcome.problem) for outcome in outcomes] == [False, True, False]
    assert "KeyError" in outcomes[1].problem and "Traceback" in outcomes[1].bug


@pytest.mark.slow
def test_one_that_never_ran_is_not_given_to_the_engine(tmp_path, opened):
    jobs = place_jobs(tmp_path, 2)
    (jobs[0].into / "notebook.ipynb").unlink()
    first, second = make_reports(jobs)
    assert first.problem and not second.problem
    assert opened[0].given == [1]


def test_one_that_says_it_is_another_schools_is_refused(tmp_path, opened):
    jobs = place_jobs(tmp_path, 2)
    shutil.copyfile(jobs[1].into / "notebook.ipynb", jobs[0].into / "notebook.ipynb")
    first, second = make_reports(jobs)
    assert "published facts of URN 900002, not of URN 900001" in first.problem and not second.problem


def test_an_engine_that_is_gone_is_every_schools_failure_without_a_traceback(tmp_path, monkeypatch):
    def open_engine(choice):
        raise MissingTool("Quarto is not installed", remedy="Install it.")

    monkeypatch.setattr(rendering, "open_engine", open_engine)
    rendering._open_once.cache_clear()
    outcomes = make_reports(place_jobs(tmp_path, 2))
    assert {outcome.problem for outcome in outcomes} == {"Quarto is not installed\n    Install it."}
    assert not any(outcome.bug for outcome in outcomes)


@pytest.mark.slow
def test_pages_of_one_school_given_for_another_are_refused(tmp_path, opened):
    """An engine that gives pages back in another order must be found out."""
    jobs = place_jobs(tmp_path, 2)
    engine = keep_engine(QUARTO)
    render = engine.render
    engine.render = lambda notebooks: render(notebooks)[::-1]
    assert all("900001" in outcome.problem or "900002" in outcome.problem for outcome in make_reports(jobs))


def test_an_engine_is_opened_again_when_its_settings_have_changed(tmp_path, opened):
    settings = write_settings(tmp_path / "quarto")
    choice = replace(QUARTO, settings=settings)
    assert keep_engine(choice) is keep_engine(choice)
    (settings / "_quarto.yml").write_text("theme: darkly\n", encoding="utf-8")
    assert keep_engine(choice) is opened[1]


# Files of a report


@pytest.mark.slow
def test_a_word_document_is_a_file_of_the_report_until_a_run_without_it(tmp_path, opened):
    (job,) = place_jobs(tmp_path, 1)
    assert not put_in_place(job, make_report(job)).problem
    assert (job.into / "report.docx").read_bytes() == DOCX
    assert "report.docx" in read_made(job.into).files
    (job.into / "report.docx").write_bytes(b"changed by hand")
    assert find_damaged(job.into, read_made(job.into).files) == {"report.docx": "was changed"}

    without = replace(job, engine=replace(QUARTO, word=False))
    assert not put_in_place(without, make_report(without)).problem
    assert not (job.into / "report.docx").exists() and "report.docx" not in read_made(job.into).files


def test_a_withdrawn_report_takes_its_word_document_along(tmp_path, opened):
    (job,) = place_jobs(tmp_path, 1)
    put_in_place(job, make_report(job))
    paths = Workspace(tmp_path).edition("small")
    assert withdraw_reports(paths, due=()) == (job.urn,)
    assert (paths.reports / "withdrawn" / str(job.urn) / "report.docx").is_file() and not job.into.exists()


# Batches


@pytest.mark.slow
@given(jobs=st.integers(1, 400), workers=st.integers(1, 40), most=st.integers(1, 12))
def test_batches_hold_every_job_once_and_leave_no_worker_without(jobs, workers, most):
    made = [ReportJob(900000 + n, str(n), Path("n"), {}, Path("w"), Path(str(n)), "e") for n in range(jobs)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "keep_engine", lambda choice: SimpleNamespace(batch=most))
        shared = share_out(made, workers)
    assert [job for batch in shared for job in batch] == made
    sizes = [len(batch) for batch in shared]
    assert min(sizes) >= 1 and max(sizes) <= min(most, ceil(jobs / workers)) and max(sizes) - min(sizes) <= 1
    assert len(shared) == jobs or len(shared) % workers == 0


def test_the_built_in_engine_is_given_one_at_a_time(tmp_path):
    assert [len(batch) for batch in share_out(place_jobs(tmp_path, 5, BUILT_IN), workers=2)] == [1] * 5
    assert share_out([], workers=2) == []


@pytest.mark.slow
def test_a_serial_run_gives_batches_too(tmp_path, opened):
    jobs = place_jobs(tmp_path, 5)
    assert [outcome.urn for outcome in Serial().run(jobs)] == [job.urn for job in jobs]
    assert opened[0].given == [2, 3]


class WorkerStandIn:
    """A worker without a process, which ends when it is given one of ``deadly``."""

    def __init__(self, deadly: set[int], given: list[tuple[int, ...]]) -> None:
        self.made, self._deadly, self._given = 0, deadly, given

    def make(self, batch):
        urns = tuple(job.urn for job in batch)
        self._given.append(urns)
        if self._deadly.intersection(urns):
            raise LostWorker
        return [ReportOutcome(job.urn, job.name) for job in batch]

    def stop(self) -> None:
        pass


@pytest.mark.parametrize("workers", [1, 2])
def test_of_a_lost_batch_every_school_is_tried_alone_and_the_culprit_alone_is_lost(tmp_path, opened, workers):
    jobs = place_jobs(tmp_path, 6)
    deadly, given = {900002}, []
    with Processes(workers, lambda: WorkerStandIn(deadly, given)) as executor:
        outcomes = {outcome.urn: outcome for outcome in executor.run(jobs)}
    assert {urn: outcome.problem for urn, outcome in outcomes.items() if outcome.problem} == {900002: LOST_TWICE}
    assert len(outcomes) == 6
    assert {urn: outcome.attempts for urn, outcome in outcomes.items()} == {
        urn: 2 if urn <= 900003 else 1 for urn in outcomes
    }
    assert sorted(given) == [
        (900001,),
        (900001, 900002, 900003),
        (900002,),
        (900003,),
        (900004, 900005, 900006),
    ]
