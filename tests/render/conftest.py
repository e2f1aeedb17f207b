"""Which Quarto a test of that engine meets."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from quarto_stand_in_calls import Recorded

STAND_IN = Path(__file__).with_name("quarto_stand_in.py")


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """Put the stand-in on the PATH as ``quarto``, and nothing else of that name; gives what it is asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "quarto"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("QUARTO_STAND_IN_RECORD", str(tmp_path / "record.jsonl"))
    return Recorded(tmp_path / "record.jsonl")


@pytest.fixture(params=["stand-in", "quarto"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Tests that ask for it run twice: against the stand-in, and against a real Quarto where one is on the PATH."""
    if request.param == "stand-in":
        request.getfixturevalue("stand_in")
    elif shutil.which("quarto") is None:
        pytest.skip("no quarto on PATH: these ran against the stand-in only")
    yield request.param
