"""The log of a run: whole lines, a URN on each, who did what, and no figure."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from pipeline.run.jobs import ReportOutcome
from pipeline.run.record.log import KEPT, RunLog
from pipeline.run.record.watching import Watchers


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def log_run(folder, *outcomes):
    with RunLog(folder, {"edition": "county", "workers": 2}) as log:
        log.reading("2024-2025/england_ks2.csv")
        log.starting(len(outcomes))
        for outcome in outcomes:
            log.finished(outcome)
    return read(log.path)


@pytest.mark.slow
def test_a_run_is_told_from_its_versions_to_its_counts(tmp_path):
    failed = ReportOutcome(900003, "Beech", "cell 4 stopped\n    Mend it.")
    done = ReportOutcome(900001, "Ash", kernel_seconds=0.5, kernel_bytes=2**27)
    lines = log_run(tmp_path, done, failed, ReportOutcome(None, "the area report"))
    assert [line["event"] for line in lines] == [
        "run started", "reading", "reports starting", *["report finished"] * 3, "run ended",
    ]  # fmt: skip
    assert lines[0]["parameters"] == {"edition": "county", "workers": 2} and "numpy" in lines[0]["versions"]
    assert [line["urn"] for line in lines] == [None, None, None, 900001, 900003, None, None]
    assert (lines[3]["kernel_seconds"], lines[3]["kernel_bytes"]) == (0.5, 2**27)
    assert (lines[4]["report"], lines[4]["outcome"], lines[4]["problem"]) == ("Beech", "failed", "cell 4 stopped")
    assert {"done": 2, "failed": 1, "outcome": "finished"}.items() <= lines[-1].items()
    assert all(line["pid"] == os.getpid() and line["time"].endswith("Z") for line in lines)


@pytest.mark.slow
def test_what_stopped_a_run_is_its_last_line(tmp_path):
    log = RunLog(tmp_path, {})
    with pytest.raises(KeyboardInterrupt), log:
        log.finished(ReportOutcome(900001, "Ash"))
        raise KeyboardInterrupt
    last = read(log.path)[-1]
    assert (last["event"], last["outcome"], last["done"]) == ("run ended", "stopped", 1)
    assert last["problem"].startswith("KeyboardInterrupt")


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_whole_lines(tmp_path):
    code = (
        "import os, pathlib, sys; from pipeline.run.record.log import RunLog\n"
        "log = RunLog(pathlib.Path(sys.argv[1]), {}).__enter__()\n"
        "[log.event('e', urn=900001, problem='x' * 5000) for _ in range(50)]; os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    (path,) = (tmp_path / "logs").iterdir()
    assert len(read(path)) == 51


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("a.csv, line 12 (URN 900001): 104.17% is impossible", "a.csv, line 12 (URN 900001): … is impossible"),
        ("2018-2019/850_ks2final.csv, line 3: found -2.5, not 7", "2018-2019/850_ks2final.csv, line 3: found …, not …"),
        ("school_report.ipynb, cell 4 (study): 11 pupils", "school_report.ipynb, cell 4 (study): … pupils"),
    ],
)
def test_a_value_that_a_problem_quotes_is_left_out_but_its_place_is_kept(tmp_path, problem, said):
    lines = log_run(tmp_path, ReportOutcome(900001, "Ash", problem))
    assert lines[-2]["problem"] == said


def test_anything_else_can_be_told_with_fields_of_its_own(tmp_path):
    with RunLog(tmp_path, {}) as log:
        log.event("report retried", urn=900001, executor="processes", attempt=2, seconds=1.5)
    told = read(log.path)[1]
    assert {"urn": 900001, "executor": "processes", "attempt": 2, "seconds": 1.5}.items() <= told.items()


def test_nothing_is_written_before_the_log_is_open_or_after(tmp_path):
    log = RunLog(tmp_path, {})
    with pytest.raises(ValueError, match="not open"):
        log.reading("x")
    with log:
        pass
    with pytest.raises(ValueError, match="not open"):
        log.reading("x")


def test_the_newest_logs_are_kept_and_nothing_else_is_touched(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "notes.txt").write_text("mine")
    for day in range(10, 40):
        (tmp_path / "logs" / f"202501{day}T000000.000000Z.jsonl").write_text("{}\n")
    with RunLog(tmp_path, {}) as log:
        pass
    kept = sorted(path.name for path in (tmp_path / "logs").glob("*.jsonl"))
    assert len(kept) == KEPT and kept[-1] == log.path.name and kept[0] == "20250121T000000.000000Z.jsonl"
    assert (tmp_path / "logs" / "notes.txt").is_file()


class Told:
    def __init__(self):
        self.heard = []

    def __getattr__(self, name):
        return lambda said: self.heard.append((name, said))


def test_several_watchers_are_told_the_same_in_order():
    one, other = Told(), Told()
    both, outcome = Watchers(one, other), ReportOutcome(900001, "Ash")
    both.reading("a file")
    both.warning("kernels start cold")
    both.starting(1)
    both.finished(outcome)
    told = [("reading", "a file"), ("warning", "kernels start cold"), ("starting", 1), ("finished", outcome)]
    assert one.heard == other.heard == told
