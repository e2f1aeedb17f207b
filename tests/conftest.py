"""What every test may ask for: real published files where they are, a workspace of its own, small true schools."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import hypothesis
import pytest

PROJECT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start: a shell ignores it for what runs in the background, and that is inherited.

    No test is failed for the time it takes.
    """
    hypothesis.settings.register_profile("no deadline", deadline=None)  # a busy machine fails no test
    hypothesis.settings.load_profile("no deadline")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start kernels come first: where workers share the files out, the short ones fill what is left."""
    long = {item.path for item in items if item.get_closest_marker("kernel")}
    items.sort(key=lambda item: item.path not in long)


def find_published() -> Path | None:
    """The folder of real published files: ``SCHOOL_DATA_DIR``, else ``../shared/dfe`` beside the project."""
    named = os.environ.get("SCHOOL_DATA_DIR")
    folder = Path(named) if named else PROJECT.parent / "shared" / "dfe"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def published() -> Path:
    """Real published files; the test says so and is skipped where they are not there."""
    folder = find_published()
    if folder is None:
        pytest.skip("real published files are not here: set SCHOOL_DATA_DIR to their folder to run this test")
    return folder
