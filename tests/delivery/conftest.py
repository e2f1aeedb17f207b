"""An edition and the verbs that work on it, for tests that go through the week of sending at the command line."""

from __future__ import annotations

import functools
import io
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from delivered_edition import accept_thresholds, examine, make_delivered_edition, write_settings
from mail_server import MailServer

from pipeline.cli.verbs import main
from pipeline.foundation.paths import Workspace
from pipeline.run.preparing import preparation

_read_code = functools.cache(preparation.Code)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """What needs a whole edition is slow."""
    for item in items:
        if {"edition", "sound"} & set(item.fixturenames) and item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def code_read_once(monkeypatch):
    """What reports rest on of the code is read once for all verbs: no test of a sending changes code."""
    monkeypatch.setattr(preparation, "Code", _read_code)


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    made = make_delivered_edition(tmp_path_factory.mktemp("sound"))
    accept_thresholds(made)
    examine(made)  # what rests on the address book too is kept with the tables
    return made


@pytest.fixture
def edition(sound, tmp_path, monkeypatch):
    """A copy of the sound edition that a test may spoil, in the workspace that the verbs work on."""
    shutil.copytree(sound.workspace.root, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    workspace = Workspace(tmp_path)
    return replace(sound, workspace=workspace, paths=workspace.edition("county"))


@pytest.fixture
def server(tmp_path_factory):
    with MailServer(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest.fixture
def posted(edition, server):
    """The edition, whose messages go to ``server``."""
    write_settings(edition, channel="smtp", smtp=server.settings().model_dump())
    return edition


@pytest.fixture
def run(edition, monkeypatch, capsys):
    """Runs a verb on the edition as the shell does: its exit code, and all that a person reads."""

    def run_verb(verb: str, *words: object, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["pipeline", verb, "county", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run_verb
