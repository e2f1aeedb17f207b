"""Two runs of one edition never work at once, and a run that is over leaves the way free."""

from __future__ import annotations

import pytest
from filelock import FileLock

from pipeline.errors import PipelineError
from pipeline.paths import Workspace
from pipeline.run.edition import Area, write_new_edition
from pipeline.run.reports import _hold


def test_a_held_edition_is_refused_and_free_again_afterwards(tmp_path):
    edition = write_new_edition(
        Workspace(tmp_path), "x", area=Area(authority=850), year="2024/25", policy="x", title="", files=()
    )
    edition.paths.reports.mkdir(parents=True)
    other = FileLock(edition.paths.reports / ".lock", timeout=0)
    with other, pytest.raises(PipelineError, match="under way"), _hold(edition):
        pass
    with _hold(edition):
        pass
    with other:
        assert other.is_locked
