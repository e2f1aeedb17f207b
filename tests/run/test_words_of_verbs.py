"""What a hurried analyst writes after a verb: what cannot be meant is refused in words, and nothing is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from pipeline.cli.consoles import make_console, make_error_console
from pipeline.cli.printing import say_summary
from pipeline.cli.verbs import app
from pipeline.edition.editions import Area, write_new_edition
from pipeline.foundation.paths import Workspace, find_project
from pipeline.foundation.writing import clear_beside, replace_folder, write_beside, write_bytes_beside
from pipeline.run.jobs import ReportOutcome
from pipeline.run.lock import hold_edition
from pipeline.run.reports import RunSummary

EDITION = "county"


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """An edition of no files."""
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    workspace = Workspace(tmp_path)
    make_edition(workspace)
    return workspace


def make_edition(workspace, name=EDITION):
    said = {"year": "2024/25", "policy": "worcestershire", "organisation": "Marlshire County Council", "title": ""}
    return write_new_edition(workspace, name, area=Area(authority=998), files=(), **said)


def run(*words):
    ended = CliRunner().invoke(app, list(words))
    return ended.exit_code, " ".join(ended.output.replace("│", " ").split())


URN_VERBS = [
    *(("reports", EDITION, "--urn"), ("plan", EDITION, "--urn"), ("reproduce", EDITION, "--urn")),
    *(("preview", EDITION, "--urn"), ("edit", EDITION, "--urn"), ("phrases", EDITION, "--urn")),
    *(("messages", EDITION, "--urn"), ("send", EDITION, "--urn"), ("explain",)),
    *(("approve", "--by", "Jane Smith", EDITION, "--urn"),),
    *(("resend", EDITION, "--by", "Jane Smith", "--reason", "mended", "--urn"),),
]


@pytest.mark.parametrize("words", URN_VERBS, ids=lambda words: words[0])
@pytest.mark.parametrize("said", ["abc", "12345", "9_00_001", "900001.0", "٩٠٠٠٠١", ""])
def test_what_is_no_urn_is_refused_as_one(workspace, words, said):
    code, told = run(*words, said)
    assert code == 2
    assert f"{said!r} is no URN: a URN has six digits, like 900001" in told


@pytest.mark.parametrize(
    "option", [("follow-support", EDITION, "--on"), ("recover", EDITION, "--by", "J S", "--reminders")]
)
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("2026-02-31", "the calendar has no 2026-02-31"),
        ("31/04/2026", "the calendar has no 31/04/2026"),
        ("02/13/2026", "'02/13/2026' has no month 13. Days come first: write 13/02/2026"),
        ("26-02-01", "'26-02-01' is not a date. Write the day as 2025-10-03 or 03/10/2025"),
    ],
)
def test_a_day_is_read_alike_by_every_verb(workspace, option, said, why):
    code, told = run(*option, said)
    assert code == 2
    assert why in told


@pytest.mark.parametrize(
    "words", [("recover", "--by", "Jane Smith"), ("decide", "1", "sent", "--by", "Jane Smith", "--why", "seen")]
)
def test_a_day_without_reminders_is_refused_and_gets_no_ledger(workspace, words):
    """One was made for whatever day was written, and said to know all."""
    verb, *others = words
    asked = (verb, EDITION, *others, "--reminders", "2026-02-01")
    ended = CliRunner().invoke(app, list(asked))
    assert "there were no reminders on 2026-02-01" in str(ended.exception)
    assert not (workspace.edition(EDITION).folder / "delivery").exists()
    (workspace.edition(EDITION).reports / "delivery" / "reminders" / "2026-02-02").mkdir(parents=True)
    assert "There were on 2026-02-02." in str(CliRunner().invoke(app, list(asked)).exception)


def test_a_table_of_the_status_in_no_folder_is_refused(workspace, tmp_path):
    ended = CliRunner().invoke(app, ["status", EDITION, "--csv", str(tmp_path / "none" / "status.csv")])
    assert "there is no such folder" in str(ended.exception)


def test_a_new_edition_that_was_cut_off_is_made_at_the_next_try(workspace, monkeypatch):
    """Its folder was left half made, and every further `new` of the name ended in a traceback."""
    with monkeypatch.context() as full:
        full.setattr("pipeline.edition.editions.compose_template", lambda file: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            make_edition(workspace, "cut-off")
    assert make_edition(workspace, "cut-off").paths.description.is_file()
    assert not list(workspace.editions.glob(".*"))


@pytest.mark.parametrize(
    "write", [lambda path: write_beside(path, "\ud800"), lambda path: write_bytes_beside(path, "")]
)
def test_what_could_not_be_written_leaves_nothing_beside(tmp_path, write):
    (tmp_path / "page.html").write_text("before")
    with pytest.raises((UnicodeError, TypeError)):
        write(tmp_path / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert (tmp_path / "page.html").read_text() == "before"


def test_a_file_where_a_folder_is_to_stand_is_left_there(tmp_path):
    """It was set aside under a hidden name, where it stood in the way of the next time."""
    (tmp_path / "review").write_text("mine")
    for _ in range(2):
        making = clear_beside(tmp_path / "review")
        making.mkdir()
        with pytest.raises(FileExistsError):
            replace_folder(making, tmp_path / "review")
    assert (tmp_path / "review").read_text() == "mine"


@pytest.mark.parametrize("verb", ["check", "plan-support", "follow-support", "review", "impact", "packs"])
def test_what_writes_beside_reports_waits_for_who_works_on_them(workspace, verb):
    """Two at once wrote into one folder, and one of them ended in a traceback."""
    paths = workspace.edition(EDITION)
    holder = (
        "import sys, time; from pathlib import Path; from pipeline.foundation.paths import Workspace\n"
        "from pipeline.run.lock import hold_edition\n"
        f"with hold_edition(Workspace(Path(sys.argv[1])).edition({EDITION!r})): print(1, flush=True); time.sleep(60)"
    )
    (paths.published / "ks2.csv").write_text("URN\n")
    words = [sys.executable, "-c", holder, str(workspace.root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=find_project()) as other:
        other.stdout.readline()
        try:
            ended = CliRunner().invoke(app, [verb, EDITION])
        finally:
            other.kill()
    assert f"another run of the edition {EDITION} is under way: process {other.pid} on" in str(ended.exception)


def test_who_holds_an_edition_may_hold_it_again(workspace):
    paths = workspace.edition(EDITION)
    with hold_edition(paths):
        with hold_edition(paths):
            pass
        assert (paths.reports / ".lock-holder").is_file()
    assert not (paths.reports / ".lock-holder").exists()


def test_brackets_in_a_path_are_printed_and_lines_are_not_broken(capsys, monkeypatch):
    """A folder named [old] was left out of the path to open, and a long command was broken where a terminal ends."""
    monkeypatch.setenv("COLUMNS", "40")
    said = f"Open /home/[old]/{'x' * 50}/index.html, then: python -m pipeline reports"
    make_console().print(said)
    make_error_console().print(said)
    printed = capsys.readouterr()
    assert printed.out == printed.err == f"{said}\n"


def test_the_command_that_makes_failed_reports_again_stands_on_one_line(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    failed = tuple(ReportOutcome(900001 + number, f"School {number}", "a fault") for number in range(8))
    edition = SimpleNamespace(name="sample", description=SimpleNamespace(title="Sample"))
    say_summary(RunSummary(edition, (), failed, (), (), (), None))
    urns = " ".join(f"--urn {900001 + number}" for number in range(8))
    assert f": python -m pipeline reports sample {urns}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("reports", EDITION, "--scheduler", "tcp://host:8786"), "--scheduler is for --executor dask"),
        (("reports", EDITION, "--executor", "serial", "--workers", "2"), "--workers is not for --executor serial"),
        (("fetch", EDITION, "--list", "--update"), "give --list or --update, not both"),
        (("remind", EDITION, "--schools", "3"), "--schools is for --approve and --live"),
        (("send", EDITION, "--schools", "3"), "--schools is for --live"),
    ],
    ids=lambda words: words[0],
)
def test_an_option_that_would_do_nothing_is_refused(workspace, words, said):
    code, told = run(*words)
    assert code == 2
    assert said in told


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("URN=", "URN= is empty: say what it is, or leave it out"),
        ("EDITION=", "EDITION= is empty"),
        ("urn=900001", "urn= is not known here; there are: EDITION URN "),
        ("URN=900001", "-m pipeline send sample --urn 900001"),
    ],
)
def test_make_takes_no_empty_or_unknown_word_for_all_schools(word, said):
    ended = subprocess.run(
        ["make", "-n", "send", word], cwd=find_project(), capture_output=True, text=True, check=False
    )
    assert said in ended.stdout + ended.stderr


def test_a_new_edition_of_a_misspelled_policy_is_not_made(workspace):
    """It was made, and its organisation asked for, as if the policy were there."""
    made = ("new", "another", "--authority", "998", "--year", "2024/25", "--policy")
    ended = CliRunner().invoke(app, [*made, "worcstershire"])
    assert "Did you mean 'worcestershire'?" in str(ended.exception)
    assert not workspace.edition("another").folder.exists()
    assert CliRunner().invoke(app, [*made, "own.yaml"]).exit_code == 0


@pytest.mark.slow
def test_ctrl_c_while_a_verb_is_loaded_leaves_no_traceback():
    environment = os.environ | {"PYTHONPATH": str(find_project())}
    words = [sys.executable, "-X", "importtime", "-m", "pipeline", "doctor"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment) as verb:
        said = ""
        while "typer" not in said:  # the verbs are being imported
            said = verb.stderr.readline()
        verb.send_signal(signal.SIGINT)
        rest = verb.stderr.read()
    assert verb.returncode == 130
    assert "Stopped." in rest and "Traceback" not in rest
